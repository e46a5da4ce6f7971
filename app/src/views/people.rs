//! Who is signed in, and the demo's sign-ins.

use serde::{Deserialize, Serialize};

use crate::domain::people::Role;

/// Who is signed in, for the page's header.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Me {
    pub name: String,
    pub email: String,
    pub role: Role,
}

/// A sign-in the demo offers on its login page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DemoLogin {
    pub role: Role,
    pub email: String,
    pub password: String,
}
