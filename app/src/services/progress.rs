//! How far a long task is.

/// How far a long task is: done, total, and what it is doing.
pub type Progress<'a> = &'a mut (dyn FnMut(u64, u64, &str) + Send);
