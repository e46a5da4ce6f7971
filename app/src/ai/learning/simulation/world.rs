//! The world that is played on. Deals have a hidden state; with the effects of the time it gives the logit of winning, from which the
//! outcome is drawn once. What is recorded of a deal is its state with noise and gaps, so no model can know the probability itself.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

use super::{Plant, Settings};
use crate::ai::{
    learner::sigmoid,
    table::{Column, ColumnData, Examples, Table},
};

/// Share of the outcomes that are recorded wrongly under [`Plant::LabelNoise`].
const FLIPPED: f64 = 0.15;
/// Noise of what is recorded, in standard deviations of the state.
const RECORDING_NOISE: f64 = 0.5;
/// Share of the records that are missing, by number.
const MISSING: [f64; NUMBERS] = [0.05, 0.1, 0.2, 0.1, 0.3, 0.0];
const NUMBERS: usize = 6;
const NAMES: [&str; NUMBERS] = ["fit", "inner_support", "competition", "engagement", "pace", "size"];
const REPS: usize = 8;
const INDUSTRIES: usize = 5;
/// Standard deviation of the effects of reps and industries.
const GROUP_EFFECT: f64 = 0.35;

/// What the states are worth.
struct Effects {
    intercept: f64,
    by_number: [f64; NUMBERS],
}

/// At first, much as in the demo's world: about a third of the deals are won.
const BEFORE: Effects = Effects { intercept: -0.85, by_number: [0.7, 0.75, -0.7, 0.6, 0.2, 0.0] };
/// After the drift: inner supporters lose their weight, eager customers turn out to be those who only look, competition is a sign of a
/// serious buyer, size begins to matter, and more deals are won.
const AFTER: Effects = Effects { intercept: -0.4, by_number: [0.7, 0.2, 0.3, -0.6, 0.2, 0.4] };

/// A deal as it stood just before it closed.
#[derive(Debug, Clone, PartialEq)]
pub struct Deal {
    /// Days since the first training, below 0 before it.
    pub day: f64,
    /// The true probability of being won.
    pub probability: f64,
    pub won: bool,
    /// How it was recorded.
    pub recorded: bool,
    /// NaN where missing.
    numbers: [f64; NUMBERS],
    rep: usize,
    industry: usize,
}

/// Everything that chance decides, drawn once.
pub struct World {
    rng: ChaCha8Rng,
    reps: Vec<f64>,
    industries: Vec<f64>,
}

impl World {
    pub fn new(seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut effects = |count| (0..count).map(|_| GROUP_EFFECT * rng.sample::<f64, _>(StandardNormal)).collect();
        let (reps, industries) = (effects(REPS), effects(INDUSTRIES));
        Self { rng, reps, industries }
    }

    /// All deals of a play, in the order of their closes.
    pub fn deals(&mut self, plant: Plant, settings: &Settings) -> Vec<Deal> {
        let first = -(settings.history_weeks as i64);
        let planted = settings.plant_after as i64;
        let mut deals: Vec<Deal> = Vec::new();
        for week in first..settings.weeks as i64 {
            let mut of_week: Vec<Deal> = (0..settings.deals_a_week).map(|_| self.deal(week, plant, week >= planted)).collect();
            of_week.sort_by(|a, b| a.day.total_cmp(&b.day));
            deals.append(&mut of_week);
        }
        deals
    }

    /// Other deals of the present world, to hold models against the true probabilities.
    pub fn test_deals(&mut self, plant: Plant, planted: bool, count: usize) -> Vec<Deal> {
        (0..count).map(|_| self.deal(0, plant, planted)).collect()
    }

    fn deal(&mut self, week: i64, plant: Plant, planted: bool) -> Deal {
        let effects = if planted && plant == Plant::Drift { &AFTER } else { &BEFORE };
        let noise = if planted && plant == Plant::LabelNoise { FLIPPED } else { 0.0 };
        let day = (week as f64 + self.rng.random::<f64>()) * 7.0;
        let (rep, industry) = (self.rng.random_range(0..REPS), self.rng.random_range(0..INDUSTRIES));
        let state: [f64; NUMBERS] = std::array::from_fn(|_| self.rng.sample(StandardNormal));
        let logit = effects.intercept + self.reps[rep] + self.industries[industry];
        let probability = sigmoid(logit + state.iter().zip(effects.by_number).map(|(state, effect)| state * effect).sum::<f64>());
        let won = self.rng.random::<f64>() < probability;
        let recorded = won != (self.rng.random::<f64>() < noise);
        let numbers = std::array::from_fn(|which| {
            let seen = state[which] + RECORDING_NOISE * self.rng.sample::<f64, _>(StandardNormal);
            if self.rng.random::<f64>() < MISSING[which] { f64::NAN } else { seen }
        });
        Deal { day, probability, won, recorded, numbers, rep, industry }
    }
}

/// What is known of some deals, as models see it.
pub fn table(deals: &[Deal]) -> Table {
    let number = |(which, name): (usize, &&str)| Column {
        name: (*name).to_owned(),
        data: ColumnData::Numeric(deals.iter().map(|deal| deal.numbers[which]).collect()),
    };
    let category = |name: &str, of: fn(&Deal) -> usize| Column {
        name: name.to_owned(),
        data: ColumnData::Category(deals.iter().map(|deal| Some(format!("{name} {}", of(deal)))).collect()),
    };
    let categories = [category("rep", |deal| deal.rep), category("industry", |deal| deal.industry)];
    Table { rows: deals.len(), columns: NAMES.iter().enumerate().map(number).chain(categories).collect() }
}

/// The deals as examples to learn from, as they were recorded.
pub fn examples(deals: &[Deal]) -> Examples {
    let (rows, table) = (deals.len(), table(deals));
    Examples {
        won: deals.iter().map(|deal| deal.recorded).collect(),
        weight: vec![1.0; rows],
        group: (0..rows as u32).collect(),
        close_order: (0..rows as i64).collect(),
        closed_day: deals.iter().map(|deal| deal.day).collect(),
        crm_probability: vec![f64::NAN; rows],
        lived_a_day: vec![true; rows],
        segments: Vec::new(),
        open_known: vec![None; table.columns.len()],
        table,
    }
}
