//! People: roles, and what each may see and do.

mod access;

pub use access::{Role, Viewer};
