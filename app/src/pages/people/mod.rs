//! People: signing in.

pub mod login;
