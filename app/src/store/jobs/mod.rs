//! Jobs that are asked for.

pub mod outbox;
