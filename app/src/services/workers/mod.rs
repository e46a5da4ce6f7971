//! The workers of a running server: they take from the queue what features asked for, and let the features do it.

mod perform;
mod run;
mod worker;
