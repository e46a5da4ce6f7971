//! The state of the deal list, as it stands in the URL.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Health, Outcome, StageId, UserId};

/// Deals on one page of the list.
pub const PAGE_SIZE: u64 = 25;

/// Columns that the list sorts by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DealSort {
    #[default]
    RevenueAtRisk,
    Title,
    Account,
    Owner,
    Stage,
    Value,
    ExpectedClose,
    Probability,
    Health,
}

impl DealSort {
    pub const ALL: [DealSort; 9] = [
        Self::RevenueAtRisk,
        Self::Title,
        Self::Account,
        Self::Owner,
        Self::Stage,
        Self::Value,
        Self::ExpectedClose,
        Self::Probability,
        Self::Health,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::RevenueAtRisk => "risk",
            Self::Title => "title",
            Self::Account => "account",
            Self::Owner => "owner",
            Self::Stage => "stage",
            Self::Value => "value",
            Self::ExpectedClose => "close",
            Self::Probability => "probability",
            Self::Health => "health",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.as_str() == text)
    }

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
            Self::Only(outcome) => outcome.as_str(),
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        if text == "all" { Some(Self::All) } else { Outcome::parse(text).map(Self::Only) }
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
        Self::parse(&text).ok_or("an outcome is open, won, lost or all")
    }
}

/// What the list shows: filters, order and page. The URL's query string is its only store. In JSON, what is left out is as the
/// list opens.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default = "DealQuery::opening", deny_unknown_fields)]
pub struct DealQuery {
    /// Words looked for in title, account and description.
    pub text: Option<String>,
    pub owner: Option<UserId>,
    pub stage: Option<StageId>,
    pub health: Option<Health>,
    pub outcome: OutcomeFilter,
    pub min_value: Option<Decimal>,
    pub max_value: Option<Decimal>,
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

    /// Reads the parameters of a query string; what it does not know it leaves at the opening state.
    pub fn from_params<'a>(mut get: impl FnMut(&str) -> Option<&'a str>) -> Self {
        let mut text_of = |name: &str| get(name).map(str::trim).filter(|text| !text.is_empty());
        let sort = text_of("sort").and_then(DealSort::parse).unwrap_or_default();
        Self {
            text: text_of("q").map(|text| text.chars().take(200).collect()),
            owner: text_of("owner").and_then(|text| text.parse().ok()),
            stage: text_of("stage").and_then(|text| text.parse().ok()),
            health: text_of("health").and_then(Health::parse),
            outcome: text_of("outcome").and_then(OutcomeFilter::parse).unwrap_or_default(),
            min_value: text_of("min").and_then(parse_amount),
            max_value: text_of("max").and_then(parse_amount),
            sort,
            descending: match text_of("dir") {
                Some("desc") => true,
                Some("asc") => false,
                _ => sort.natural_descending(),
            },
            page: text_of("page").and_then(|text| text.parse().ok()).unwrap_or(1).max(1),
        }
    }

    /// The query string (without `?`) that reads back as this state; empty for the opening state.
    pub fn to_query_string(&self) -> String {
        let mut pairs: Vec<(&str, String)> = Vec::new();
        if let Some(text) = &self.text {
            pairs.push(("q", text.clone()));
        }
        if let Some(owner) = self.owner {
            pairs.push(("owner", owner.to_string()));
        }
        if let Some(stage) = self.stage {
            pairs.push(("stage", stage.to_string()));
        }
        if let Some(health) = self.health {
            pairs.push(("health", health.as_str().into()));
        }
        if self.outcome != OutcomeFilter::default() {
            pairs.push(("outcome", self.outcome.as_str().into()));
        }
        if let Some(min) = self.min_value {
            pairs.push(("min", min.to_string()));
        }
        if let Some(max) = self.max_value {
            pairs.push(("max", max.to_string()));
        }
        if self.sort != DealSort::default() {
            pairs.push(("sort", self.sort.as_str().into()));
        }
        if self.descending != self.sort.natural_descending() {
            pairs.push(("dir", if self.descending { "desc" } else { "asc" }.into()));
        }
        if self.page > 1 {
            pairs.push(("page", self.page.to_string()));
        }
        pairs.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect::<Vec<_>>().join("&")
    }

    /// The list's address in this state.
    pub fn href(&self) -> String {
        match self.to_query_string() {
            query if query.is_empty() => "/deals".into(),
            query => format!("/deals?{query}"),
        }
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

fn parse_amount(text: &str) -> Option<Decimal> {
    text.replace([',', ' '], "").parse().ok()
}

/// Percent-encodes a value for a query string (RFC 3986 unreserved characters stay).
fn encode(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
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
