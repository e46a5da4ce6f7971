//! Columns that tell the outcome since they are filled in at the close: a model that learns from them looks brilliant on closed
//! deals and knows nothing about open ones.

use std::collections::HashMap;

use rayon::prelude::*;

use super::{
    features::CUSTOM_PREFIX,
    metrics::{Predictions, auc},
    table::{Column, ColumnData, Examples, pick},
};
use crate::domain::models::ExcludedColumn;

/// From this AUC on, one column alone as good as decides the outcome. Honest single features of sales data stay below 0.95.
const SEPARATES: f64 = 0.985;
/// Won and lost deals it takes to say so: fewer are separated by chance too often.
const MIN_DEALS: usize = 20;
/// Share of each outcome's deals that have the column, where it is judged by its known values alone: what tells the outcome of a
/// handful of deals is no reason to lose a column.
const MIN_KNOWN_OF_CLASS: f64 = 0.1;
/// A column that fewer closed deals have is too rare to say that open ones lack it.
const MIN_KNOWN_CLOSED: f64 = 0.2;
/// Known in open deals at less than this share of what it is in closed ones: filled in at the close.
const OPEN_TO_CLOSED: f64 = 0.05;
/// Numbers are cut into bins of about this share of the rows, so that "0 or not" separates like "high or low".
const BIN_SHARE: f64 = 1.0 / 64.0;
/// But no bin is meant to be smaller than this many deals: other folds must know it.
const MIN_BIN_DEALS: f64 = 8.0;
const FOLDS: usize = 5;
/// Deals' worth of the base rate that each bin's win rate is mixed with.
const PRIOR_DEALS: f64 = 1.0;

/// The columns to leave out, in the table's order, with the reason in words.
pub fn leaks(examples: &Examples) -> Vec<ExcludedColumn> {
    let outcomes = Outcomes::of(examples);
    let columns: Vec<(usize, &Column)> = examples.table.columns.iter().enumerate().collect();
    let leak = |(at, column): &(usize, &Column)| {
        let open_known = examples.open_known.get(*at).copied().flatten();
        let why = tells_outcome(column, &outcomes).or_else(|| filled_at_close(column, &outcomes, open_known?))?;
        Some(ExcludedColumn { name: column.name.clone(), why })
    };
    columns.par_iter().filter_map(leak).collect()
}

/// What happened, by row.
struct Outcomes {
    won: Vec<bool>,
    weight: Vec<f64>,
    group: Vec<u32>,
}

impl Outcomes {
    fn of(examples: &Examples) -> Self {
        Self { won: examples.won.clone(), weight: examples.weight.clone(), group: examples.group.clone() }
    }

    fn of_rows(&self, rows: &[usize]) -> Self {
        Self { won: pick(&self.won, rows), weight: pick(&self.weight, rows), group: pick(&self.group, rows) }
    }

    /// Weight of the won and of the lost rows.
    fn weights(&self) -> (f64, f64) {
        let weight_of = |won: bool| self.won.iter().zip(&self.weight).filter(|(is_won, _)| **is_won == won).map(|(_, weight)| weight).sum();
        (weight_of(true), weight_of(false))
    }

    fn total(&self) -> f64 {
        self.weight.iter().sum()
    }

    /// Whether there are enough deals of both outcomes to judge by.
    fn enough(&self) -> bool {
        let deals_of = |won: bool| {
            let mut deals: Vec<u32> =
                self.won.iter().zip(&self.group).filter(|(is_won, _)| **is_won == won).map(|(_, deal)| *deal).collect();
            deals.sort_unstable();
            deals.dedup();
            deals.len()
        };
        deals_of(true) >= MIN_DEALS && deals_of(false) >= MIN_DEALS
    }

    fn auc(&self, score: &[f64]) -> Option<f64> {
        auc(Predictions { probability: score, won: &self.won, weight: &self.weight })
    }
}

/// Whether a column alone separates the outcomes: over all rows, where being missing is a value like any other, or where known.
fn tells_outcome(column: &Column, all: &Outcomes) -> Option<String> {
    if !all.enough() {
        return None;
    }
    if let Some(auc) = separation(&column.data, all).filter(|auc| *auc >= SEPARATES) {
        return Some(format!("Alone it tells won from lost deals (AUC {auc:.2}): it is probably filled in at the close."));
    }
    let rows = known_rows(&column.data);
    if rows.len() == all.won.len() {
        return None;
    }
    let known = all.of_rows(&rows);
    let ((won, lost), (known_won, known_lost)) = (all.weights(), known.weights());
    if known_won < MIN_KNOWN_OF_CLASS * won || known_lost < MIN_KNOWN_OF_CLASS * lost || !known.enough() {
        return None;
    }
    let auc = separation(&of_rows(&column.data, &rows), &known).filter(|auc| *auc >= SEPARATES)?;
    let share = percent(known.total() / all.total());
    Some(format!(
        "Where it is known ({share} of closed deals), it alone tells won from lost (AUC {auc:.2}): it is probably filled in at the close."
    ))
}

/// Whether closed deals have a custom field that open ones as good as never have. Other columns are made by the product, and some
/// are rightly scarcer in open deals.
fn filled_at_close(column: &Column, all: &Outcomes, open: f64) -> Option<String> {
    if !column.name.starts_with(CUSTOM_PREFIX) {
        return None;
    }
    let closed = all.of_rows(&known_rows(&column.data)).total() / all.total();
    (closed >= MIN_KNOWN_CLOSED && open < OPEN_TO_CLOSED * closed).then(|| {
        let open = if open > 0.0 && open < 0.005 { "less than 1%".to_owned() } else { percent(open) };
        format!("Known in {} of closed deals but {open} of open ones: it is probably filled in at the close.", percent(closed))
    })
}

fn percent(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}

fn known_rows(data: &ColumnData) -> Vec<usize> {
    match data {
        ColumnData::Numeric(values) => (0..values.len()).filter(|row| !values[*row].is_nan()).collect(),
        ColumnData::Category(values) => (0..values.len()).filter(|row| values[*row].is_some()).collect(),
    }
}

fn of_rows(data: &ColumnData, rows: &[usize]) -> ColumnData {
    match data {
        ColumnData::Numeric(values) => ColumnData::Numeric(pick(values, rows)),
        ColumnData::Category(values) => ColumnData::Category(pick(values, rows)),
    }
}

/// The AUC that the column reaches alone: by its win rates, and for numbers also by their order, either way round.
fn separation(data: &ColumnData, outcomes: &Outcomes) -> Option<f64> {
    match data {
        ColumnData::Numeric(values) => {
            // Missing counts as lowest, then as highest: it may tell as much as any value.
            let ordered = [f64::NEG_INFINITY, f64::INFINITY].into_iter().filter_map(|missing| {
                let filled: Vec<f64> = values.iter().map(|value| if value.is_nan() { missing } else { *value }).collect();
                outcomes.auc(&filled).map(|auc| auc.max(1.0 - auc))
            });
            let has_missing = values.iter().any(|value| value.is_nan());
            let by_order = ordered.take(if has_missing { 2 } else { 1 });
            by_order.chain(by_win_rate(&bins(values, outcomes), outcomes)).max_by(f64::total_cmp)
        }
        ColumnData::Category(values) => by_win_rate(&levels(values), outcomes),
    }
}

/// The AUC of each level's win rate among the deals of the other folds: a level that only one deal has says nothing.
fn by_win_rate(level: &[u32], outcomes: &Outcomes) -> Option<f64> {
    let levels = level.iter().max().map_or(0, |highest| *highest as usize + 1);
    // Weight of the won rows and of all, by level and fold.
    let mut sums = vec![[(0.0, 0.0); FOLDS]; levels];
    for (((level, won), weight), deal) in level.iter().zip(&outcomes.won).zip(&outcomes.weight).zip(&outcomes.group) {
        let sum = &mut sums[*level as usize][fold_of(*deal)];
        sum.0 += if *won { *weight } else { 0.0 };
        sum.1 += weight;
    }
    let (won, lost) = outcomes.weights();
    let base_rate = won / (won + lost);
    let rate = |level: &u32, deal: &u32| {
        let others = sums[*level as usize].iter().enumerate().filter(|(fold, _)| *fold != fold_of(*deal));
        let (won, all) = others.fold((0.0, 0.0), |sum, (_, fold)| (sum.0 + fold.0, sum.1 + fold.1));
        (won + PRIOR_DEALS * base_rate) / (all + PRIOR_DEALS)
    };
    let score: Vec<f64> = level.iter().zip(&outcomes.group).map(|(level, deal)| rate(level, deal)).collect();
    outcomes.auc(&score)
}

/// The fold of a deal. Deals often come sorted, so their numbers are mixed first (the finaliser of SplitMix64).
fn fold_of(deal: u32) -> usize {
    let mut mixed = u64::from(deal).wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ (mixed >> 31)) % FOLDS as u64) as usize
}

/// The categories as numbers; missing is 0.
fn levels(values: &[Option<String>]) -> Vec<u32> {
    let mut known: HashMap<&str, u32> = HashMap::new();
    let mut numbers = Vec::with_capacity(values.len());
    for value in values {
        let next = known.len() as u32 + 1;
        numbers.push(value.as_deref().map_or(0, |value| *known.entry(value).or_insert(next)));
    }
    numbers
}

/// The numbers in bins of about equal weight, from 1 on; missing is 0. Equal values share a bin, and a value that many rows have
/// gets one of its own.
fn bins(values: &[f64], outcomes: &Outcomes) -> Vec<u32> {
    let mut order: Vec<usize> = (0..values.len()).filter(|row| !values[*row].is_nan()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let enough = (outcomes.total() * BIN_SHARE).max(MIN_BIN_DEALS);
    let mut bin_of = vec![0; values.len()];
    let (mut bin, mut filled) = (1, 0.0);
    for same in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let weight: f64 = same.iter().map(|row| outcomes.weight[*row]).sum();
        if filled >= enough || (filled > 0.0 && weight >= enough) {
            (bin, filled) = (bin + 1, 0.0);
        }
        same.iter().for_each(|row| bin_of[*row] = bin);
        filled += weight;
    }
    bin_of
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::ai::table::Table;

    /// Deals of two snapshots each, every third one won.
    fn deals(count: u32) -> Examples {
        let group: Vec<u32> = (0..count * 2).map(|row| row / 2).collect();
        let rows = group.len();
        Examples {
            table: Table { rows, columns: Vec::new() },
            won: group.iter().map(|deal| deal % 3 == 0).collect(),
            weight: vec![0.5; rows],
            close_order: group.iter().map(|deal| i64::from(*deal)).collect(),
            closed_day: vec![f64::NAN; rows],
            group,
            crm_probability: vec![f64::NAN; rows],
            lived_a_day: vec![true; rows],
            segments: Vec::new(),
            open_known: Vec::new(),
        }
    }

    impl Examples {
        fn with(mut self, name: &str, data: ColumnData, open_known: Option<f64>) -> Self {
            self.table.columns.push(Column { name: name.into(), data });
            self.open_known.push(open_known);
            self
        }

        /// A number for each deal, from its outcome and a source of chance.
        fn number(self, name: &str, of: impl Fn(bool, &mut ChaCha8Rng) -> f64) -> Self {
            let mut rng = ChaCha8Rng::seed_from_u64(name.len() as u64);
            let by_deal: Vec<f64> = self.won.iter().step_by(2).map(|won| of(*won, &mut rng)).collect();
            let values = self.group.iter().map(|deal| by_deal[*deal as usize]).collect();
            self.with(name, ColumnData::Numeric(values), Some(1.0))
        }

        fn category(self, name: &str, of: impl Fn(u32, bool) -> Option<String>) -> Self {
            let values = self.group.iter().zip(&self.won).map(|(deal, won)| of(*deal, *won)).collect();
            self.with(name, ColumnData::Category(values), Some(1.0))
        }
    }

    fn names(examples: &Examples) -> Vec<String> {
        leaks(examples).into_iter().map(|leak| leak.name).collect()
    }

    #[test]
    fn a_value_that_is_zero_for_every_lost_deal_is_a_leak() {
        let examples = deals(600)
            .number("custom:close_value", |won, rng| if won { rng.random_range(50.0..5_000.0) } else { 0.0 })
            .number("custom:list_price", |_, rng| rng.random_range(50.0..5_000.0));
        let found = leaks(&examples);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].name, "custom:close_value");
        assert_eq!(found[0].why, "Alone it tells won from lost deals (AUC 1.00): it is probably filled in at the close.");
    }

    #[test]
    fn separation_need_not_be_monotone() {
        let examples = deals(600)
            .number("custom:balance", |won, rng| match (won, rng.random()) {
                (false, _) => 0.0,
                (true, false) => rng.random_range(-900.0..-1.0),
                (true, true) => rng.random_range(1.0..900.0),
            })
            .number("custom:refund", |won, rng| if won { -rng.random_range(1.0..2.0) } else { 3.0 + rng.random::<f64>() });
        assert_eq!(names(&examples), ["custom:balance", "custom:refund"]);
    }

    #[test]
    fn being_known_for_one_outcome_only_is_a_leak() {
        let examples = deals(600)
            .number("custom:signed_on", |won, rng| if won { rng.random_range(0.0..90.0) } else { f64::NAN })
            .category("custom:contract", |deal, won| won.then(|| format!("C-{deal}")))
            .category("custom:competitor", |deal, won| (!won && deal % 50 != 1).then(|| "Initech".to_owned()));
        assert_eq!(names(&examples), ["custom:signed_on", "custom:contract", "custom:competitor"]);
    }

    #[test]
    fn a_field_that_tells_the_outcome_where_it_is_known_is_a_leak() {
        let reason = |deal: u32, won: bool| (deal % 5 < 2).then(|| if won { "Best price" } else { "No budget" }.to_owned());
        let found = leaks(&deals(600).category("custom:close_reason", reason));
        assert_eq!(found.len(), 1);
        assert!(
            found[0].why.starts_with("Where it is known (40% of closed deals), it alone tells won from lost (AUC 1.00)"),
            "{}",
            found[0].why
        );
        let rare = |deal: u32, won: bool| (deal % 20 == 1).then(|| if won { "Best price" } else { "No budget" }.to_owned());
        assert!(names(&deals(600).category("custom:rare", rare)).is_empty(), "known of too few deals");
    }

    #[test]
    fn strong_features_and_identifiers_are_no_leaks() {
        let shifted =
            |by: f64| move |won: bool, rng: &mut ChaCha8Rng| if won { by } else { 0.0 } + (0..12).map(|_| rng.random::<f64>()).sum::<f64>();
        let examples = deals(900)
            .number("activity_count", shifted(1.5))
            .number("similar_won", shifted(2.3))
            .category("custom:number", |deal, _| Some(format!("D-{deal}")))
            .category("custom:segment", |deal, won| Some(if won && deal % 4 > 0 { "Enterprise" } else { "Small" }.to_owned()))
            .number("custom:empty", |_, _| f64::NAN);
        let auc = |column: usize| separation(&examples.table.columns[column].data, &Outcomes::of(&examples)).expect("both outcomes");
        assert!((0.80..0.90).contains(&auc(0)) && (0.92..0.97).contains(&auc(1)), "{} {}", auc(0), auc(1));
        assert_eq!(auc(4), 0.5);
        assert!(names(&examples).is_empty(), "{:?}", leaks(&examples));
    }

    #[test]
    fn few_deals_prove_nothing() {
        let telling = |deals: Examples| names(&deals.number("custom:x", |won, _| f64::from(u8::from(won))));
        assert!(telling(deals(57)).is_empty(), "19 of them are won");
        assert_eq!(telling(deals(60)), ["custom:x"]);
        assert!(telling(deals(0)).is_empty());
    }

    #[test]
    fn a_custom_field_that_only_closed_deals_have_is_a_leak() {
        let half = || ColumnData::Category((0..1200).map(|row| (row % 4 < 2).then(|| "yes".to_owned())).collect());
        let examples = deals(600)
            .with("custom:surveyed", half(), Some(0.01))
            .with("custom:visited", half(), Some(0.03))
            .with("custom:no_open_deals", half(), None)
            .with("days_in_stage", half(), Some(0.0));
        let found = leaks(&examples);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].name, "custom:surveyed");
        assert_eq!(found[0].why, "Known in 50% of closed deals but 1% of open ones: it is probably filled in at the close.");
    }
}
