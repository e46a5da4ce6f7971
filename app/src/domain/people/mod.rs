//! People: roles, and what each may see and do.

mod access;
mod authorisation;

pub use access::{Role, Viewer};
pub use authorisation::Action;
