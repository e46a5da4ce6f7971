//! How won deals went, to say of a deal what is usual.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::ai::{
    features::Feature,
    table::{ColumnData, Examples},
};

/// Won deals needed behind a figure.
const MIN_DEALS: usize = 10;

/// What was usual in the won deals that a model learned from: medians, each deal counting once.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Benchmarks {
    all: Rhythm,
    /// By the fifth that the value lies in, the smallest first.
    by_size: [Rhythm; 5],
    /// Days in the stage so far, by its name, at the instants that the model learned from.
    days_in_stage: BTreeMap<String, f64>,
}

/// Days per activity. `None` where half of the deals have had none, or too few deals tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Rhythm {
    activity: Option<f64>,
    call: Option<f64>,
    email: Option<f64>,
    meeting: Option<f64>,
}

/// How often won deals had something.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Typical {
    /// Once in so many days, above 0.
    pub days: f64,
    /// Whether only deals of a similar value are meant, or all.
    pub of_this_size: bool,
}

impl Benchmarks {
    /// From training examples, of which the won ones are read. A deal's rhythm is that of its last snapshot: the longest life.
    pub fn of(examples: &Examples) -> Self {
        let last = last_won_rows(examples);
        let tier = |row: usize| number(examples, Feature::ValueTier, row);
        let of_size = |size: usize| last.iter().copied().filter(|row| tier(*row) == (size + 1) as f64).collect::<Vec<_>>();
        Self {
            all: Rhythm::of(examples, &last),
            by_size: std::array::from_fn(|size| Rhythm::of(examples, &of_size(size))),
            days_in_stage: days_in_stage(examples),
        }
    }

    /// Refuses figures that no deals can have: none but finite numbers above 0, or from 0 on for the days in a stage.
    pub fn check(&self) -> Result<(), String> {
        let rhythms = self.by_size.iter().chain([&self.all]);
        let days = rhythms.flat_map(|rhythm| [rhythm.activity, rhythm.call, rhythm.email, rhythm.meeting]).flatten();
        let usable = days.into_iter().all(|days| days.is_finite() && days > 0.0)
            && self.days_in_stage.values().all(|days| days.is_finite() && *days >= 0.0);
        if usable { Ok(()) } else { Err("benchmarks of won deals out of range".into()) }
    }

    /// How often won deals had what an activity feature counts, those of the same value tier (1 to 5) where they tell.
    pub(super) fn days_per(&self, feature: Feature, tier: Option<f64>) -> Option<Typical> {
        // No tier and one out of range become a place that is not there.
        let same_size = self.by_size.get((tier.unwrap_or(0.0) as usize).wrapping_sub(1)).and_then(|rhythm| rhythm.of_feature(feature));
        let typical = |of_this_size| move |days| Typical { days, of_this_size };
        same_size.map(typical(true)).or_else(|| self.all.of_feature(feature).map(typical(false)))
    }

    pub(super) fn days_in_stage(&self, stage: &str) -> Option<f64> {
        self.days_in_stage.get(stage).copied()
    }
}

impl Rhythm {
    fn of(examples: &Examples, rows: &[usize]) -> Self {
        let days_per = |feature| {
            let known = rows.iter().filter_map(|row| {
                let (count, age) = (number(examples, feature, *row), number(examples, Feature::DealAgeDays, *row));
                // Never is infinitely rare, and above all others.
                (!count.is_nan() && !age.is_nan()).then(|| (age.max(1.0) / count, 1.0))
            });
            let known: Vec<(f64, f64)> = known.collect();
            if known.len() < MIN_DEALS { None } else { weighted_median(known).filter(|days| days.is_finite() && *days > 0.0) }
        };
        Self {
            activity: days_per(Feature::ActivityCount),
            call: days_per(Feature::Calls),
            email: days_per(Feature::Emails),
            meeting: days_per(Feature::Meetings),
        }
    }

    fn of_feature(&self, feature: Feature) -> Option<f64> {
        match feature {
            Feature::ActivityCount | Feature::ActivitiesPerWeek | Feature::DaysSinceLastActivity => self.activity,
            Feature::Calls => self.call,
            Feature::Emails => self.email,
            Feature::Meetings => self.meeting,
            _ => None,
        }
    }
}

/// The oldest snapshot of each won deal.
fn last_won_rows(examples: &Examples) -> Vec<usize> {
    let age = |row: usize| number(examples, Feature::DealAgeDays, row);
    let mut last: BTreeMap<u32, usize> = BTreeMap::new();
    for row in won_rows(examples).filter(|row| !age(*row).is_nan()) {
        let best = last.entry(examples.group[row]).or_insert(row);
        if age(row) > age(*best) {
            *best = row;
        }
    }
    last.into_values().collect()
}

fn days_in_stage(examples: &Examples) -> BTreeMap<String, f64> {
    let Some(stages) = examples.segments.iter().find(|segment| segment.by == "Stage") else { return BTreeMap::new() };
    // Days, weight and deal of each won row in the stage.
    let mut by_stage: HashMap<&str, Vec<(f64, f64, u32)>> = HashMap::new();
    for row in won_rows(examples) {
        let days = number(examples, Feature::DaysInStage, row);
        if let Some(Some(stage)) = stages.labels.get(row)
            && days >= 0.0
        {
            by_stage.entry(stage).or_default().push((days, examples.weight[row], examples.group[row]));
        }
    }
    let enough = |rows: &[(f64, f64, u32)]| {
        let mut deals: Vec<u32> = rows.iter().map(|(.., deal)| *deal).collect();
        deals.sort_unstable();
        deals.dedup();
        deals.len() >= MIN_DEALS
    };
    let usual = |rows: Vec<(f64, f64, u32)>| weighted_median(rows.into_iter().map(|(days, weight, _)| (days, weight)).collect());
    by_stage.into_iter().filter(|(_, rows)| enough(rows)).filter_map(|(stage, rows)| Some((stage.to_owned(), usual(rows)?))).collect()
}

fn won_rows(examples: &Examples) -> impl Iterator<Item = usize> {
    (0..examples.table.rows).filter(|row| examples.won[*row])
}

fn number(examples: &Examples, feature: Feature, row: usize) -> f64 {
    match examples.table.columns.get(feature as usize) {
        Some(column) if column.name == feature.name() => match &column.data {
            ColumnData::Numeric(values) => values[row],
            ColumnData::Category(_) => f64::NAN,
        },
        _ => f64::NAN,
    }
}

/// The value at which half of the weight is reached; none of nothing.
fn weighted_median(mut values: Vec<(f64, f64)>) -> Option<f64> {
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = values.iter().map(|(_, weight)| weight).sum::<f64>() / 2.0;
    let mut reached = 0.0;
    values.into_iter().find_map(|(value, weight)| {
        reached += weight;
        (reached >= half).then_some(value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ai::{
        features::FEATURES,
        table::{Column, SegmentLabels, Table},
    };

    /// Two snapshots of each deal, at half of its life and at the end; deals as (won, days, tier, meetings at the end).
    fn examples(deals: &[(bool, f64, f64, f64)]) -> Examples {
        let rows = deals.len() * 2;
        let half = |row: usize| if row.is_multiple_of(2) { 0.5 } else { 1.0 };
        let value = |feature, row: usize| {
            let (_, days, tier, meetings) = deals[row / 2];
            match feature {
                Feature::DealAgeDays | Feature::DaysInStage => days * half(row),
                Feature::ValueTier => tier,
                // None at half time.
                Feature::Meetings if half(row) < 1.0 => 0.0,
                Feature::Meetings => meetings,
                _ => f64::NAN,
            }
        };
        let column = |feature: Feature| ColumnData::Numeric((0..rows).map(|row| value(feature, row)).collect());
        let columns = FEATURES.iter().map(|entry| Column { name: entry.name.into(), data: column(entry.feature) }).collect();
        let labels = (0..rows).map(|row| (deals[row / 2].2 > 0.0).then(|| "Offer".to_owned())).collect();
        Examples {
            table: Table { rows, columns },
            won: (0..rows).map(|row| deals[row / 2].0).collect(),
            weight: vec![0.5; rows],
            group: (0..rows).map(|row| (row / 2) as u32).collect(),
            close_order: vec![0; rows],
            closed_day: vec![f64::NAN; rows],
            crm_probability: vec![f64::NAN; rows],
            lived_a_day: vec![true; rows],
            segments: vec![SegmentLabels { by: "Stage".into(), labels }],
            open_known: vec![None; FEATURES.len()],
        }
    }

    #[test]
    fn the_rhythm_is_that_of_won_deals_at_the_end_of_their_lives() {
        let mut deals = vec![(true, 80.0, 5.0, 10.0); 10];
        deals.extend(vec![(true, 60.0, 1.0, 3.0); 15]);
        deals.extend(vec![(true, 60.0, 2.0, 3.0); 9]);
        deals.extend(vec![(false, 60.0, 5.0, 60.0); 50]);
        let benchmarks = Benchmarks::of(&examples(&deals));
        let typical = |tier| benchmarks.days_per(Feature::Meetings, tier);
        assert_eq!(typical(Some(5.0)), Some(Typical { days: 8.0, of_this_size: true }));
        assert_eq!(typical(Some(2.0)), Some(Typical { days: 20.0, of_this_size: false }), "nine deals tell too little");
        assert_eq!(typical(None), typical(Some(7.0)));
        assert_eq!(benchmarks.days_per(Feature::Calls, None), None, "none is recorded");
        assert_eq!(benchmarks.check(), Ok(()));
    }

    #[test]
    fn what_half_of_the_deals_never_had_has_no_rhythm() {
        let mut deals = vec![(true, 80.0, 5.0, 0.0); 11];
        deals.extend(vec![(true, 80.0, 5.0, 10.0); 10]);
        assert_eq!(Benchmarks::of(&examples(&deals)).days_per(Feature::Meetings, None), None);
        assert_eq!(Benchmarks::of(&examples(&[])), Benchmarks::default());
    }

    #[test]
    fn days_in_a_stage_are_those_of_won_deals() {
        let mut deals: Vec<_> = (1..=10).map(|n| (true, f64::from(n) * 2.0, 1.0, 0.0)).collect();
        deals.push((false, 900.0, 1.0, 0.0));
        let benchmarks = Benchmarks::of(&examples(&deals));
        // Half time and end: 1, 2, 2, 3, 4, 4, 5, 6, 6, 7 | 8, 8, 9, 10, 10, 12, …
        assert_eq!(benchmarks.days_in_stage("Offer"), Some(7.0));
        assert_eq!(benchmarks.days_in_stage("Lead"), None);
        assert_eq!(Benchmarks::of(&examples(&deals[1..])).days_in_stage("Offer"), None, "nine deals tell too little");
    }

    #[test]
    fn they_survive_json_and_damage_is_refused() {
        let benchmarks = Benchmarks::of(&examples(&[(true, 80.0, 5.0, 10.0); 12]));
        let json = serde_json::to_string(&benchmarks).expect("serializes");
        assert_eq!(serde_json::from_str::<Benchmarks>(&json).expect("reads back"), benchmarks);
        for (from, to) in [("8.0", "0.0"), ("8.0", "-8.0"), ("40.0", "-1.0")] {
            let damaged: Benchmarks = serde_json::from_str(&json.replacen(from, to, 1)).expect("reads");
            assert!(damaged.check().is_err(), "{from} -> {to}");
        }
        assert!(serde_json::from_str::<Benchmarks>(r#"{"all": {}, "by_size": [], "days_in_stage": {}}"#).is_err());
    }
}
