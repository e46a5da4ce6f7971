//! Who is looking: every read and change takes the viewer and is scoped by it.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::domain::{
    ids::{TeamId, UserId},
    variants::all,
};

/// What a signed-in person may see and do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Role {
    /// Sees and closes their own deals.
    Rep,
    /// Sees the team's deals; closes their own.
    Manager,
    /// Sees and changes everything.
    Admin,
}

impl Role {
    pub const ALL: [Self; 3] = all();

    /// The name people read.
    pub fn label(self) -> &'static str {
        match self {
            Role::Rep => "Sales rep",
            Role::Manager => "Manager",
            Role::Admin => "Admin",
        }
    }
}

/// The signed-in person on whose behalf something is read or changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    pub id: UserId,
    pub name: String,
    pub role: Role,
    pub team: Option<TeamId>,
}
