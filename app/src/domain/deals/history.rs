//! A deal's life as it happened, and what was known of it at any past instant.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::domain::{
    Instant,
    deals::{CustomValue, Outcome},
    ids::{AccountId, DealId, StageId, UserId},
    probability::Probability,
    variants::all,
};

/// What kind of work an activity was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum ActivityKind {
    Call,
    Email,
    Meeting,
    Note,
    Other,
}

impl ActivityKind {
    pub const ALL: [Self; 5] = all();

    pub fn label(self) -> &'static str {
        match self {
            Self::Call => "Call",
            Self::Email => "E-mail",
            Self::Meeting => "Meeting",
            Self::Note => "Note",
            Self::Other => "Activity",
        }
    }
}

/// One activity on a deal, as the AI core needs it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Activity {
    pub at: Instant,
    pub kind: ActivityKind,
}

/// The new value that a change gave to one of a deal's fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ChangeKind {
    Stage(StageId),
    Value(Option<Decimal>),
    /// The rep's own estimate.
    Probability(Option<Probability>),
    CloseDate(Option<NaiveDate>),
    Owner(Option<UserId>),
    Custom(String, Option<CustomValue>),
    Outcome(Outcome),
}

/// One change of a deal at an instant. The values a deal was created with are changes at its creation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    pub at: Instant,
    pub kind: ChangeKind,
}

/// Everything that happened to one deal, oldest first. What a source could not date is in `undated`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DealHistory {
    pub id: DealId,
    /// What the deal is called where it comes from: source and external id. Unlike the id it is the same in every workspace
    /// that holds the same data, so chance is drawn by it.
    pub key: String,
    pub account: Option<AccountId>,
    /// `None` where the source has no dates.
    pub created_at: Option<Instant>,
    /// The end of the open life: the close, or the first entry into a stage that tells the outcome, if that was earlier.
    pub closed_at: Option<Instant>,
    /// Orders deals in time where the source has no dates.
    pub sequence: Option<i64>,
    pub outcome: Outcome,
    /// Values known without a date: they hold from the start. Empty for dated sources.
    pub undated: DealState,
    pub changes: Vec<Change>,
    pub activities: Vec<Activity>,
}

/// A deal's fields at an instant.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DealState {
    pub stage: Option<StageId>,
    /// When the deal entered its stage.
    pub stage_since: Option<Instant>,
    pub value: Option<Decimal>,
    pub probability: Option<Probability>,
    pub expected_close: Option<NaiveDate>,
    pub owner: Option<UserId>,
    pub custom: BTreeMap<String, CustomValue>,
}

impl DealHistory {
    /// The deal as it was known at `at`: changes up to and including that instant.
    pub fn state_at(&self, at: Instant) -> DealState {
        let mut state = self.undated.clone();
        for change in self.changes.iter().take_while(|change| change.at <= at) {
            match &change.kind {
                ChangeKind::Stage(stage) => {
                    if state.stage != Some(*stage) {
                        state.stage = Some(*stage);
                        state.stage_since = Some(change.at);
                    }
                }
                ChangeKind::Value(value) => state.value = *value,
                ChangeKind::Probability(probability) => state.probability = *probability,
                ChangeKind::CloseDate(date) => state.expected_close = *date,
                ChangeKind::Owner(owner) => state.owner = *owner,
                ChangeKind::Custom(key, Some(value)) => {
                    state.custom.insert(key.clone(), value.clone());
                }
                ChangeKind::Custom(key, None) => {
                    state.custom.remove(key);
                }
                ChangeKind::Outcome(_) => {}
            }
        }
        state
    }

    /// All that was known of it at `at`; `None` if it was not there yet, or if nobody can say because its source has no dates. A deal
    /// that was closed later was open then.
    pub fn as_of(self, at: Instant) -> Option<Self> {
        if self.created_at? > at || (self.outcome.is_closed() && self.closed_at.is_none()) {
            return None;
        }
        let open = self.closed_at.is_none_or(|closed| closed > at);
        Some(Self {
            outcome: if open { Outcome::Open } else { self.outcome },
            closed_at: self.closed_at.filter(|_| !open),
            changes: self.changes.into_iter().take_while(|change| change.at <= at).collect(),
            activities: self.activities.into_iter().take_while(|activity| activity.at <= at).collect(),
            ..self
        })
    }

    /// The activities up to and including `at`.
    pub fn activities_until(&self, at: Instant) -> &[Activity] {
        &self.activities[..self.activities.partition_point(|activity| activity.at <= at)]
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, TimeZone, Utc};

    use super::*;

    fn day(n: i64) -> Instant {
        Utc.with_ymd_and_hms(2026, 1, 1, 9, 0, 0).single().expect("a valid instant") + TimeDelta::days(n)
    }

    #[test]
    fn later_changes_do_not_show() {
        let history = DealHistory {
            id: DealId(uuid::Uuid::nil()),
            key: "crm/1".into(),
            account: None,
            created_at: Some(day(0)),
            closed_at: None,
            sequence: None,
            outcome: Outcome::Open,
            undated: DealState::default(),
            changes: vec![
                Change { at: day(0), kind: ChangeKind::Value(Some(Decimal::from(100))) },
                Change { at: day(5), kind: ChangeKind::Value(Some(Decimal::from(80))) },
                Change { at: day(5), kind: ChangeKind::Owner(Some(UserId(uuid::Uuid::nil()))) },
            ],
            activities: vec![Activity { at: day(1), kind: ActivityKind::Call }, Activity { at: day(6), kind: ActivityKind::Email }],
        };
        assert_eq!(history.state_at(day(4)).value, Some(Decimal::from(100)));
        assert_eq!(history.state_at(day(4)).owner, None);
        assert_eq!(history.state_at(day(5)).value, Some(Decimal::from(80)));
        assert_eq!(history.state_at(day(5)).owner, Some(UserId(uuid::Uuid::nil())));
        assert_eq!(history.activities_until(day(5)).len(), 1);
        assert_eq!(history.state_at(day(-1)), DealState::default());
    }
}
