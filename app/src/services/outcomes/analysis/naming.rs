//! What groups of closed deals are called, and which filters of the deal list show them.

use std::collections::HashMap;

use rust_decimal::Decimal;

use crate::{
    ai::outcomes::{GroupKey, SizeBand},
    domain::{
        deals::{DealQuery, Pick},
        error::AppError,
        ids::{StageId, TeamId, UserId},
        money::Money,
    },
    store::{Store, deals, people},
};

/// Names of what groups share.
pub(in crate::services::outcomes) struct Names {
    owners: HashMap<UserId, String>,
    teams: HashMap<TeamId, String>,
    stages: HashMap<StageId, String>,
}

impl Names {
    pub async fn load(store: &Store) -> Result<Self, AppError> {
        let db = store.db();
        Ok(Self {
            owners: people::names(db).await?,
            teams: deals::teams(db).await?.into_iter().map(|team| (team.id, team.label)).collect(),
            stages: deals::stage_choices(db).await?.into_iter().map(|stage| (stage.id, stage.label)).collect(),
        })
    }

    pub fn label(&self, key: &GroupKey) -> String {
        fn name<'a, Id: Eq + std::hash::Hash>(names: &'a HashMap<Id, String>, id: &Option<Id>, none: &'a str) -> &'a str {
            id.as_ref().map_or(none, |id| names.get(id).map_or("unknown", String::as_str))
        }
        match key {
            GroupKey::Reason(reason) => reason.as_deref().unwrap_or("No reason given"),
            GroupKey::Competitor(competitor) => competitor.as_deref().unwrap_or("No competitor named"),
            GroupKey::Owner(owner) => name(&self.owners, owner, "No owner"),
            GroupKey::Team(team) => name(&self.teams, team, "No team"),
            GroupKey::Stage(stage) => name(&self.stages, stage, "Unknown"),
            GroupKey::Source(source) => source,
            GroupKey::Size(None) => "No value",
            GroupKey::Size(Some(band)) => return size(band),
            GroupKey::Time(None) => "No close date",
            GroupKey::Time(Some(span)) => &span.name,
        }
        .to_owned()
    }
}

/// "$10,000 to below $25,000".
fn size(band: &SizeBand) -> String {
    let (low, below) = (Money::new(band.low, band.currency.clone()), Money::new(band.below(), band.currency.clone()));
    if band.below() <= Decimal::ZERO { format!("below {below}") } else { format!("{low} to below {below}") }
}

/// The deals of a group, among those of `base`.
pub(in crate::services::outcomes) fn deals_of(key: &GroupKey, base: &DealQuery) -> DealQuery {
    let base = base.clone();
    match key.clone() {
        GroupKey::Reason(reason) => DealQuery { reason: Some(Pick::of(reason)), ..base },
        GroupKey::Competitor(competitor) => DealQuery { competitor: Some(Pick::of(competitor)), ..base },
        GroupKey::Owner(owner) => DealQuery { owner: Some(Pick::of(owner)), ..base },
        GroupKey::Team(team) => DealQuery { team: Some(Pick::of(team)), ..base },
        GroupKey::Stage(stage) => DealQuery { closed_stage: Some(Pick::of(stage)), ..base },
        GroupKey::Source(source) => DealQuery { source: Some(source), ..base },
        GroupKey::Size(None) => DealQuery { no_value: true, ..base },
        GroupKey::Size(Some(band)) => {
            let currency = Some(band.currency.clone());
            DealQuery { currency, min_value: Some(band.low), max_value: Some(band.high), ..base }
        }
        GroupKey::Time(None) => DealQuery { undated: true, ..base },
        GroupKey::Time(Some(span)) => DealQuery { closed_from: Some(span.from), closed_to: Some(span.to), ..base },
    }
}

/// The same among the deals of the period before. Sizes are cut by the values of now: what lies between two of them the list cannot tell.
pub(in crate::services::outcomes) fn deals_before(key: &GroupKey, base: &DealQuery) -> Option<DealQuery> {
    match key {
        GroupKey::Size(Some(_)) | GroupKey::Time(_) => None,
        _ => Some(deals_of(key, base)),
    }
}
