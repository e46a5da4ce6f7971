//! The calls into the product's AI module; everything else here only prepares and measures.

use std::time::Instant;

use app::{
    ai::{
        examples::{self, Gathering, Names, Setting},
        features::Outline,
        leaks,
        table::{Examples, rows_of},
        training::{self, TrainOptions},
    },
    domain::deals::CustomField,
};
use serde_json::{Value, json};

use super::{Result, histories::Histories};

/// Rows that are scored one by one for the latency.
const SINGLE_ROWS: usize = 300;
/// Fits of small tables are timed this often; the median counts.
const FITS: usize = 3;
const SMALL: usize = 5_000;

/// What training on some rows gave on others.
pub struct Scored {
    pub probability: Vec<f64>,
    learner: String,
    threshold: f64,
    /// Of all of training: choosing settings, calibration, test.
    train_seconds: f64,
    /// Of one fit of the chosen settings.
    fit_seconds: f64,
    rows_per_second: f64,
    /// Of one row, in microseconds.
    single_p50: f64,
}

impl Scored {
    pub fn line(&self, set: &str, split: usize) -> Value {
        json!({
            "set": set,
            "split": split,
            "learner": "vectoros",
            "chosen": self.learner,
            "threshold": self.threshold,
            "train_seconds": self.train_seconds,
            "fit_seconds": self.fit_seconds,
            "rows_per_second": self.rows_per_second,
            "single_p50_us": self.single_p50,
        })
    }
}

pub fn examples(histories: &Histories, custom: &[CustomField], per_deal: usize) -> Examples {
    let deals: Vec<Outline> = histories.deals.iter().map(Outline::of).collect();
    let plan = examples::plan(&deals, &examples::closed(&deals), per_deal, TrainOptions::default().seed);
    let setting = Setting { stages: histories.stages.clone(), custom: custom.to_vec(), names: Names::default() };
    let mut gathering = Gathering::new(plan, &deals, setting, chrono::Utc::now());
    for place in gathering.wanted() {
        gathering.add(place, &histories.deals[place], &[]);
    }
    gathering.finished(&deals)
}

/// Takes columns away that alone tell the outcome, and names them.
pub fn exclude_leaks(examples: &mut Examples) -> Vec<String> {
    let gone: Vec<String> = leaks::leaks(examples).into_iter().map(|column| column.name).collect();
    examples.retain_columns(|name| !gone.iter().any(|leak| leak == name));
    gone
}

/// Trains on some rows as the product does, and scores others.
pub fn train_and_score(examples: &Examples, train: &[usize], test: &[usize]) -> Result<Scored> {
    let older = examples.rows(train);
    let (trained, train_seconds) = timed(|| training::train_unwatched(&older, &TrainOptions::default()));
    let trained = trained?;
    let model = trained.model.ok_or(trained.reason)?;
    let recipe = trained.recipe.ok_or("the training names no settings")?;

    let fits = if train.len() < SMALL { FITS } else { 1 };
    let mut times = Vec::new();
    for _ in 0..fits {
        let (fitted, seconds) = timed(|| recipe.fit(&older.table, &older.won, &older.weight));
        fitted?;
        times.push(seconds);
    }
    let newest = rows_of(&examples.table, test);
    let (probability, seconds) = timed(|| model.probabilities(&newest));
    let single = test.iter().take(SINGLE_ROWS).map(|row| {
        let table = rows_of(&examples.table, &[*row]);
        timed(|| model.probabilities(&table)).1
    });
    let single = median(single.collect());
    Ok(Scored {
        probability: probability.iter().map(|probability| probability.get()).collect(),
        learner: recipe.learner().to_owned(),
        threshold: model.threshold(),
        train_seconds,
        fit_seconds: median(times),
        rows_per_second: test.len() as f64 / seconds.max(1e-9),
        single_p50: single * 1e6,
    })
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed().as_secs_f64())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
