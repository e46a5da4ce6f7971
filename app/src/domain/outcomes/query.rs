//! What the win/loss page looks at, as it stands in the address.

use chrono::{Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::domain::{
    address::{address, parse_day, read, said},
    deals::{DealQuery, OutcomeFilter, Pick},
    ids::{PipelineId, TeamId, UserId},
    input,
};

/// Deals of the win/loss page. The URL's query string is its only store.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OutcomesQuery {
    /// First and last day (UTC) of the closes; the last twelve months where both are left out.
    #[serde(deserialize_with = "input::read_day")]
    pub from: Option<NaiveDate>,
    #[serde(deserialize_with = "input::read_day")]
    pub to: Option<NaiveDate>,
    /// Every close, even those without a date. Days given say otherwise.
    pub all_time: bool,
    pub pipeline: Option<PipelineId>,
    pub owner: Option<Pick<UserId>>,
    pub team: Option<Pick<TeamId>>,
}

/// Days, the first and the last included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    pub from: NaiveDate,
    pub to: NaiveDate,
}

impl Period {
    /// As many days that end right before.
    pub fn before(self) -> Option<Self> {
        let days = Days::new((self.to - self.from).num_days().unsigned_abs());
        let to = self.from.pred_opt()?;
        Some(Self { from: to.checked_sub_days(days)?, to })
    }

    /// The `months` that end with `last`.
    pub fn months_to(last: NaiveDate, months: u32) -> Self {
        let from = last.checked_sub_months(Months::new(months)).and_then(|day| day.succ_opt());
        Self { from: from.unwrap_or(last), to: last }
    }
}

impl OutcomesQuery {
    /// Reads the parameters of a query string; what makes no sense is left out.
    pub fn from_params<'a>(mut get: impl FnMut(&str) -> Option<&'a str>) -> Self {
        let mut text_of = |name: &str| get(name).map(str::trim).filter(|text| !text.is_empty());
        let (from, to) = (text_of("from").and_then(parse_day), text_of("to").and_then(parse_day));
        Self {
            from,
            to,
            all_time: from.is_none() && to.is_none() && text_of("period") == Some("all"),
            pipeline: read(text_of("pipeline")),
            owner: read(text_of("owner")),
            team: read(text_of("team")),
        }
    }

    /// The parameters that read back as this.
    pub fn params(&self) -> Vec<(&'static str, String)> {
        let all = [
            ("from", said(&self.from)),
            ("to", said(&self.to)),
            ("period", self.all_time.then(|| "all".to_owned())),
            ("pipeline", said(&self.pipeline)),
            ("owner", said(&self.owner)),
            ("team", said(&self.team)),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    /// The page's address.
    pub fn href(&self) -> String {
        address("/outcomes", &self.params())
    }

    /// The days looked at; `None` for all time. Days given the wrong way round are turned.
    pub fn period(&self, today: NaiveDate) -> Option<Period> {
        match (self.from, self.to) {
            (None, None) if self.all_time => None,
            (None, to) => Some(Period::months_to(to.unwrap_or(today), 12)),
            (Some(from), to) => {
                let to = to.unwrap_or(today);
                Some(Period { from: from.min(to), to: from.max(to) })
            }
        }
    }

    /// The same with other days.
    pub fn within(&self, period: Option<Period>) -> Self {
        Self { from: period.map(|of| of.from), to: period.map(|of| of.to), all_time: period.is_none(), ..self.clone() }
    }

    /// The closed deals of a period as the deal list shows them.
    pub fn deals(&self, period: Option<Period>) -> DealQuery {
        DealQuery {
            outcome: OutcomeFilter::Closed,
            closed_from: period.map(|of| of.from),
            closed_to: period.map(|of| of.to),
            pipeline: self.pipeline,
            owner: self.owner,
            team: self.team,
            ..DealQuery::opening()
        }
    }
}

/// The side of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    High,
    Low,
}

impl Side {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Low => "low",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::High, Self::Low].into_iter().find(|side| side.as_str() == text)
    }
}

/// Which deals of a comparison, in an address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DriverDealsQuery {
    #[serde(default)]
    pub outcomes: OutcomesQuery,
    pub feature: String,
    #[serde(default)]
    pub value: Option<String>,
    pub side: Side,
    /// From 1.
    #[serde(default)]
    pub page: u64,
}

impl DriverDealsQuery {
    /// Reads the parameters of a query string; `None` where they name no comparison.
    pub fn from_params<'a>(mut get: impl FnMut(&str) -> Option<&'a str>) -> Option<Self> {
        Some(Self {
            feature: get("feature")?.to_owned(),
            value: get("value").map(str::to_owned),
            side: Side::parse(get("side")?)?,
            page: read(get("page")).unwrap_or(1).max(1),
            outcomes: OutcomesQuery::from_params(get),
        })
    }

    /// The list's address.
    pub fn href(&self) -> String {
        let mut params = vec![("feature", self.feature.clone()), ("side", self.side.as_str().to_owned())];
        params.extend(self.value.clone().map(|value| ("value", value)));
        params.extend(self.outcomes.params());
        params.extend((self.page > 1).then(|| ("page", self.page.to_string())));
        address("/outcomes/deals", &params)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn read_back(query: &OutcomesQuery) -> OutcomesQuery {
        let params: HashMap<&str, String> = query.params().into_iter().collect();
        OutcomesQuery::from_params(|name| params.get(name).map(String::as_str))
    }

    #[test]
    fn the_state_reads_back_from_its_address() {
        assert_eq!(OutcomesQuery::default().href(), "/outcomes");
        let all_time = OutcomesQuery { all_time: true, owner: Some(Pick::Missing), ..OutcomesQuery::default() };
        assert_eq!(all_time.href(), "/outcomes?period=all&owner=none");
        let some = OutcomesQuery { from: Some(day("2026-01-01")), to: Some(day("2026-03-31")), ..OutcomesQuery::default() };
        for query in [OutcomesQuery::default(), all_time, some] {
            assert_eq!(read_back(&query), query);
        }
    }

    #[test]
    fn the_period_before_is_as_long_and_ends_the_day_before() {
        let year = OutcomesQuery::default().period(day("2026-06-01")).expect("a period");
        assert_eq!(year, Period { from: day("2025-06-02"), to: day("2026-06-01") });
        assert_eq!(year.before(), Some(Period { from: day("2024-06-02"), to: day("2025-06-01") }));
        let turned = OutcomesQuery { from: Some(day("2026-05-01")), to: Some(day("2026-04-01")), ..OutcomesQuery::default() };
        assert_eq!(turned.period(day("2026-06-01")), Some(Period { from: day("2026-04-01"), to: day("2026-05-01") }));
        assert_eq!(OutcomesQuery { all_time: true, ..OutcomesQuery::default() }.period(day("2026-06-01")), None);
    }

    #[test]
    fn a_side_of_a_comparison_reads_back() {
        let outcomes = OutcomesQuery { all_time: true, ..OutcomesQuery::default() };
        let query =
            DriverDealsQuery { outcomes, feature: "custom:Region".into(), value: Some("North & East".into()), side: Side::Low, page: 2 };
        assert_eq!(query.href(), "/outcomes/deals?feature=custom%3ARegion&side=low&value=North%20%26%20East&period=all&page=2");
        let params =
            HashMap::from([("feature", "custom:Region"), ("side", "low"), ("value", "North & East"), ("period", "all"), ("page", "2")]);
        assert_eq!(DriverDealsQuery::from_params(|name| params.get(name).copied()), Some(query));
        assert_eq!(DriverDealsQuery::from_params(|_| None), None);
    }
}
