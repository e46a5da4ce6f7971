//! Who may do what. The one place that answers it: services ask before they act, pages before they offer. What deals a person may
//! *read* is the store's scope, made from the viewer too.

use crate::domain::{
    error::AppError,
    ids::UserId,
    people::{Role, Viewer},
};

/// Something that not everybody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Change, close or reopen a deal, or write down what was done on it. It has this owner.
    ChangeDeal { owner: Option<UserId> },
    /// See the model, how it learns and how accurate it was.
    SeeModels,
    /// See what people say of scores, and what the product brought.
    SeeInsights,
    /// See the alert rules and how they did; ask for a sweep.
    SeeMonitoring,
    /// Choose limits of alert rules, ask for a backtest.
    ManageAlertRules,
    /// Train, publish, roll back, promote; say what models learn from and when.
    ManageModels,
    /// Keep the reasons that deals are lost for, and what a close must fill in.
    ManageOutcomes,
    /// See the jobs, try failed ones again.
    ManageJobs,
}

/// Who may at least do it.
enum Least {
    Owner(Option<UserId>),
    Manager,
    Admin,
}

impl Action {
    fn least(self) -> Least {
        match self {
            Self::ChangeDeal { owner } => Least::Owner(owner),
            Self::SeeModels | Self::SeeInsights | Self::SeeMonitoring => Least::Manager,
            Self::ManageAlertRules | Self::ManageModels | Self::ManageOutcomes | Self::ManageJobs => Least::Admin,
        }
    }
}

impl Role {
    /// May somebody of this role do it, whoever they are?
    pub fn may(self, action: Action) -> bool {
        match action.least() {
            Least::Owner(_) | Least::Admin => self == Role::Admin,
            Least::Manager => self != Role::Rep,
        }
    }
}

impl Viewer {
    /// May this person do it?
    pub fn may(&self, action: Action) -> bool {
        let own = matches!(action.least(), Least::Owner(owner) if owner == Some(self.id));
        own || self.role.may(action)
    }

    /// Refuses with [`AppError::Forbidden`] what this person may not do.
    pub fn must(&self, action: Action) -> Result<(), AppError> {
        if self.may(action) { Ok(()) } else { Err(AppError::Forbidden) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn viewer(role: Role) -> Viewer {
        Viewer { id: UserId::new(), name: "somebody".into(), role, team: None }
    }

    #[test]
    fn a_deal_is_changed_by_its_owner_and_admins() {
        for role in Role::ALL {
            let who = viewer(role);
            assert!(who.may(Action::ChangeDeal { owner: Some(who.id) }), "{role:?}, their own");
            assert_eq!(who.may(Action::ChangeDeal { owner: Some(UserId::new()) }), role == Role::Admin, "{role:?}, another's");
            assert_eq!(who.may(Action::ChangeDeal { owner: None }), role == Role::Admin, "{role:?}, nobody's");
        }
    }

    #[test]
    fn managers_see_and_admins_manage() {
        for action in [Action::SeeModels, Action::SeeInsights, Action::SeeMonitoring] {
            assert_eq!(Role::ALL.map(|role| viewer(role).may(action)), [false, true, true], "{action:?}");
        }
        for action in [Action::ManageAlertRules, Action::ManageModels, Action::ManageOutcomes, Action::ManageJobs] {
            assert_eq!(Role::ALL.map(|role| viewer(role).must(action).is_ok()), [false, false, true], "{action:?}");
        }
    }
}
