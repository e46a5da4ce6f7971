//! The win/loss page: what it looks at, and what it shows.

use chrono::{Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};

use super::{
    Choice, DealQuery, DealRow, Money, OutcomeFilter, Pick, PipelineId, TeamId, UserId,
    deal_query::params::{address, parse_day, read, said},
};

/// Below so many deals a share says little, and is shown in grey.
pub const SMALL_GROUP: u64 = 20;
/// The same of each side of a comparison.
pub const SMALL_SIDE: u64 = 30;

/// Deals of the win/loss page. The URL's query string is its only store.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OutcomesQuery {
    /// First and last day (UTC) of the closes; the last twelve months where both are left out.
    pub from: Option<NaiveDate>,
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

/// A share with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Share {
    pub share: f64,
    pub low: f64,
    pub high: f64,
}

/// How some closed deals ended.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct OutcomeFigures {
    pub won: u64,
    pub lost: u64,
    /// Share won; `None` without deals.
    pub win_rate: Option<Share>,
    /// Median days from creation to close, of deals that have both dates.
    pub days_to_win: Option<f64>,
    pub days_to_loss: Option<f64>,
    /// Sums by currency, the largest number of deals first.
    pub won_value: Vec<Money>,
    pub lost_value: Vec<Money>,
}

impl OutcomeFigures {
    pub fn deals(&self) -> u64 {
        self.won + self.lost
    }

    /// Too few deals for a share to say much.
    pub fn is_small(&self) -> bool {
        self.deals() < SMALL_GROUP
    }
}

/// What closed deals are told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    Reason,
    StageLostFrom,
    Competitor,
    Owner,
    Team,
    Size,
    Source,
    Month,
}

impl Dimension {
    pub const ALL: [Dimension; 8] =
        [Self::Reason, Self::StageLostFrom, Self::Competitor, Self::Owner, Self::Team, Self::Size, Self::Source, Self::Month];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reason => "reason",
            Self::StageLostFrom => "stage",
            Self::Competitor => "competitor",
            Self::Owner => "owner",
            Self::Team => "team",
            Self::Size => "size",
            Self::Source => "source",
            Self::Month => "month",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Reason => "Why deals were lost",
            Self::StageLostFrom => "Stage that deals were lost from",
            Self::Competitor => "By competitor",
            Self::Owner => "By owner",
            Self::Team => "By team",
            Self::Size => "By size",
            Self::Source => "By source",
            Self::Month => "Over time",
        }
    }

    /// Is it about lost deals only?
    pub fn of_losses(self) -> bool {
        matches!(self, Self::Reason | Self::StageLostFrom)
    }
}

/// Deals that share something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutcomeGroup {
    pub label: String,
    pub figures: OutcomeFigures,
    /// The same of the period before; `None` where there is none to compare with.
    pub before: Option<OutcomeFigures>,
    /// Its part of all groups' deals, now and before.
    pub part: Option<Share>,
    pub part_before: Option<f64>,
    /// The deals behind it.
    pub deals: DealQuery,
    /// Those of the period before, where the list can tell them.
    pub deals_before: Option<DealQuery>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutcomeDimension {
    pub by: Dimension,
    pub groups: Vec<OutcomeGroup>,
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

/// Deals on one side of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DriverSide {
    /// "3 or more".
    pub words: String,
    pub deals: u64,
    pub won: u64,
    pub win_rate: Share,
}

/// What deals were like before they closed, and how those with more of it fared against those with less.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Driver {
    /// The feature's or custom field's column, and its value where it is one of several.
    pub feature: String,
    pub value: Option<String>,
    /// "Meetings".
    pub title: String,
    pub high: DriverSide,
    pub low: DriverSide,
    /// Win rate of the high side minus that of the low one, with its 95 % interval.
    pub difference: f64,
    pub difference_low: f64,
    pub difference_high: f64,
    /// Whether it holds when all comparisons are looked at together.
    pub holds: bool,
}

impl Driver {
    /// Too few deals on a side to say anything.
    pub fn is_small(&self) -> bool {
        self.high.deals.min(self.low.deals) < SMALL_SIDE
    }
}

/// What went right: comparisons, the surest first, those with too few deals last.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Drivers {
    /// Closed deals whose features are known.
    pub deals: u64,
    /// Comparisons with enough deals on both sides.
    pub looked_at: u64,
    /// Of those, the ones that hold.
    pub hold: u64,
    pub list: Vec<Driver>,
}

/// The win/loss page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutcomesView {
    pub query: OutcomesQuery,
    pub today: NaiveDate,
    /// `None` for all time.
    pub period: Option<Period>,
    pub before: Option<Period>,
    pub figures: OutcomeFigures,
    pub figures_before: Option<OutcomeFigures>,
    /// Closed deals that have no close date, among those shown; only all time has them.
    pub undated: u64,
    pub dimensions: Vec<OutcomeDimension>,
    /// Won and lost deals over time, as an SVG of the server's.
    pub chart_svg: String,
    pub drivers: Drivers,
    pub pipelines: Vec<Choice<PipelineId>>,
    pub owners: Vec<Choice<UserId>>,
    pub teams: Vec<Choice<TeamId>>,
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

/// The deals on one side of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DriverDealsView {
    /// The page within range.
    pub query: DriverDealsQuery,
    pub driver: Driver,
    pub period: Option<Period>,
    pub rows: Vec<DealRow>,
    pub total: u64,
    pub page_count: u64,
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
