//! Jobs: the queue, and leases on work of which at most one runs.

pub mod leases;
pub mod outbox;
