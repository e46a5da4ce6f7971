//! The state of the deal list, as it stands in the URL.

mod params;
mod pick;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::domain::{
    address,
    deals::Outcome,
    ids::{PipelineId, StageId, TeamId, UserId},
    input,
    money::Currency,
    risk::Health,
    variants::all,
};

pub use self::pick::Pick;

/// Deals on one page of the list.
pub const PAGE_SIZE: u64 = 25;

/// Columns that the list sorts by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum DealSort {
    #[default]
    #[strum(serialize = "risk")]
    RevenueAtRisk,
    Title,
    Account,
    Owner,
    Stage,
    Value,
    #[strum(serialize = "close")]
    ExpectedClose,
    Probability,
    Health,
}

impl DealSort {
    pub const ALL: [Self; 9] = all();

    /// The direction that a first click on the column means.
    pub fn natural_descending(self) -> bool {
        matches!(self, Self::RevenueAtRisk | Self::Value | Self::Health)
    }
}

/// Which deals by outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum OutcomeFilter {
    All,
    /// Won or lost.
    Closed,
    Only(Outcome),
}

impl Default for OutcomeFilter {
    fn default() -> Self {
        Self::Only(Outcome::Open)
    }
}

impl OutcomeFilter {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Closed => "closed",
            Self::Only(outcome) => outcome.into_str(),
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "all" => Some(Self::All),
            "closed" => Some(Self::Closed),
            other => Outcome::try_from(other).ok().map(Self::Only),
        }
    }
}

impl From<OutcomeFilter> for String {
    fn from(filter: OutcomeFilter) -> Self {
        filter.as_str().into()
    }
}

impl TryFrom<String> for OutcomeFilter {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("an outcome is open, won, lost, closed or all")
    }
}

/// What the list shows: filters, order and page. The URL's query string is its only store. In JSON, what is left out is as the
/// list opens.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default = "DealQuery::opening", deny_unknown_fields)]
pub struct DealQuery {
    /// Words looked for in title, account and description.
    pub text: Option<String>,
    pub owner: Option<Pick<UserId>>,
    pub stage: Option<StageId>,
    pub health: Option<Health>,
    pub outcome: OutcomeFilter,
    #[serde(deserialize_with = "input::read_amount")]
    pub min_value: Option<Decimal>,
    #[serde(deserialize_with = "input::read_amount")]
    pub max_value: Option<Decimal>,
    /// Deals without a value only.
    pub no_value: bool,
    pub currency: Option<Currency>,
    /// First and last day (UTC) of the close.
    #[serde(deserialize_with = "input::read_day")]
    pub closed_from: Option<NaiveDate>,
    #[serde(deserialize_with = "input::read_day")]
    pub closed_to: Option<NaiveDate>,
    /// Closed deals of which nobody knows when they were closed.
    pub undated: bool,
    /// Why it was lost.
    pub reason: Option<Pick<String>>,
    pub competitor: Option<Pick<String>>,
    pub team: Option<Pick<TeamId>>,
    /// Where the deal comes from.
    pub source: Option<String>,
    /// The open stage that it was closed from.
    pub closed_stage: Option<Pick<StageId>>,
    pub pipeline: Option<PipelineId>,
    pub sort: DealSort,
    pub descending: bool,
    /// From 1.
    pub page: u64,
}

impl DealQuery {
    /// The list as it opens: open deals, the most revenue at risk first.
    pub fn opening() -> Self {
        Self { descending: true, page: 1, ..Self::default() }
    }

    /// The list's address in this state.
    pub fn href(&self) -> String {
        address::address("/deals", &self.params())
    }

    /// The same deals sorted by `sort`: a second choice of the same column turns the order around.
    pub fn sorted_by(&self, sort: DealSort) -> Self {
        let descending = if self.sort == sort { !self.descending } else { sort.natural_descending() };
        Self { sort, descending, page: 1, ..self.clone() }
    }

    pub fn on_page(&self, page: u64) -> Self {
        Self { page, ..self.clone() }
    }

    /// Does any filter narrow the opening list?
    pub fn is_filtered(&self) -> bool {
        let opening = Self { sort: self.sort, descending: self.descending, page: self.page, ..Self::default() };
        *self != opening
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn read(pairs: &[(&str, &str)]) -> DealQuery {
        let map: HashMap<&str, &str> = pairs.iter().copied().collect();
        DealQuery::from_params(|name| map.get(name).copied())
    }

    #[test]
    fn the_opening_state_has_a_bare_address() {
        assert_eq!(DealQuery::opening().href(), "/deals");
        assert_eq!(read(&[]), DealQuery::opening());
    }

    #[test]
    fn nonsense_is_ignored() {
        let query = read(&[("owner", "1 OR 1=1"), ("page", "-3"), ("health", "fine"), ("min", "lots"), ("dir", "up")]);
        assert_eq!(query, DealQuery::opening());
    }

    #[test]
    fn the_query_string_reads_back() {
        let query = DealQuery {
            text: Some("müller & söhne".into()),
            health: Some(Health::AtRisk),
            outcome: OutcomeFilter::All,
            min_value: Some(Decimal::from(1000)),
            sort: DealSort::Title,
            descending: true,
            page: 3,
            ..DealQuery::default()
        };
        assert_eq!(query.href(), "/deals?q=m%C3%BCller%20%26%20s%C3%B6hne&health=at_risk&outcome=all&min=1000&sort=title&dir=desc&page=3");
        let back = read(&[
            ("q", "müller & söhne"),
            ("health", "at_risk"),
            ("outcome", "all"),
            ("min", "1000"),
            ("sort", "title"),
            ("dir", "desc"),
            ("page", "3"),
        ]);
        assert_eq!(back, query);
    }

    #[test]
    fn sorting_twice_turns_around() {
        let once = DealQuery::opening().sorted_by(DealSort::Title);
        assert!(!once.descending);
        assert!(once.sorted_by(DealSort::Title).descending);
    }
}
