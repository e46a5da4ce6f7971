//! Whose deals a read may see: the one place that turns a viewer into a condition.

use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

use crate::{
    domain::people::{Role, Viewer},
    store::entity::deal,
};

/// The deals that a read may touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Every deal: admins, and the system's own work (training, scoring, embedding).
    All,
    Team(Uuid),
    Owner(Uuid),
}

impl Scope {
    /// A rep sees their own deals, a manager the team's, an admin all. A manager without a team sees their own.
    pub fn of(viewer: &Viewer) -> Self {
        match (viewer.role, viewer.team) {
            (Role::Admin, _) => Self::All,
            (Role::Manager, Some(team)) => Self::Team(team.0),
            (Role::Manager, None) | (Role::Rep, _) => Self::Owner(viewer.id.0),
        }
    }

    pub(crate) fn condition(&self) -> Condition {
        match self {
            Self::All => Condition::all(),
            Self::Team(team) => Condition::all().add(deal::Column::TeamId.eq(*team)),
            Self::Owner(owner) => Condition::all().add(deal::Column::OwnerId.eq(*owner)),
        }
    }
}
