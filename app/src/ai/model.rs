//! The artifact that scores deals: a fitted model with its calibration, its threshold, and what is usual in won deals.

use serde::{Deserialize, Serialize};

use super::{
    calibration::{Calibration, VennAbers},
    learner::Model,
    reasons::Benchmarks,
    table::Table,
};
use crate::domain::probability::Probability;

/// Version of the artifact's format.
pub const SCHEMA_VERSION: u32 = 2;

/// Scores deals. Written as JSON; reading checks everything that scoring relies on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoringModel {
    schema_version: u32,
    model: Model,
    calibration: Calibration,
    venn_abers: VennAbers,
    /// Deals below this probability are called likely lost. Of single precision, which any JSON parser carries exactly.
    threshold: f32,
    benchmarks: Benchmarks,
}

/// What the model says of one row.
#[derive(Debug, Clone, PartialEq)]
pub struct RowScore {
    pub probability: Probability,
    /// Venn–Abers interval, widened where need be to hold the probability.
    pub low: Probability,
    pub high: Probability,
    /// The probability in log-odds.
    pub margin: f64,
    /// The margin of a deal of which nothing is known; with the contributions it adds up to the margin.
    pub base: f64,
    /// Log-odds by column of the table; 0 for columns that the model does not know.
    pub contributions: Vec<f64>,
}

/// Why an artifact was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArtifactError {
    #[error("not a model: {0}")]
    Malformed(String),
    #[error("model format {found}; this version reads {SCHEMA_VERSION}")]
    Version { found: u32 },
    #[error("damaged model: {0}")]
    Invalid(String),
}

#[derive(Deserialize)]
struct Header {
    schema_version: u32,
}

impl ScoringModel {
    pub fn new(model: Model, calibration: Calibration, venn_abers: VennAbers, threshold: f64, benchmarks: Benchmarks) -> Self {
        Self { schema_version: SCHEMA_VERSION, model, calibration, venn_abers, threshold: threshold as f32, benchmarks }
    }

    /// Deals below this probability are called likely lost.
    pub fn threshold(&self) -> f64 {
        f64::from(self.threshold)
    }

    /// What was usual in the won deals that it learned from.
    pub fn benchmarks(&self) -> &Benchmarks {
        &self.benchmarks
    }

    /// The probabilities alone, as [`ScoringModel::score`] gives them.
    pub fn probabilities(&self, table: &Table) -> Vec<Probability> {
        let probability = |margin: f64| Probability::saturating(self.calibration.probability(margin));
        self.model.margins(table).into_iter().map(probability).collect()
    }

    /// Names of the columns it learned from.
    pub fn columns(&self) -> Vec<&str> {
        self.model.columns()
    }

    /// Scores all rows. Columns are found by name; one that the table lacks is missing throughout, and what its absence does to
    /// the margin is part of the row's base.
    pub fn score(&self, table: &Table) -> Vec<RowScore> {
        let (margins, explained) = self.model.explain(table);
        let columns = self.model.columns();
        let place: Vec<Option<usize>> = columns.iter().map(|name| table.columns.iter().position(|column| column.name == *name)).collect();
        margins
            .iter()
            .zip(explained.per_row)
            .map(|(raw, by_column)| {
                let probability = self.calibration.probability(*raw);
                let (low, high) = self.venn_abers.interval(*raw);
                let margin = self.calibration.calibrated_margin(*raw);
                let mut base = self.calibration.calibrated_margin(explained.base);
                let slope = self.calibration.slope(explained.base, *raw);
                let mut contributions = vec![0.0; table.columns.len()];
                for (contribution, place) in by_column.iter().zip(&place) {
                    let share = slope * contribution;
                    *place.map_or(&mut base, |column| &mut contributions[column]) += share;
                }
                RowScore {
                    probability: Probability::saturating(probability),
                    low: Probability::saturating(low.min(probability)),
                    high: Probability::saturating(high.max(probability)),
                    margin,
                    base,
                    contributions,
                }
            })
            .collect()
    }

    pub fn to_bytes(&self) -> Result<Vec<u8>, ArtifactError> {
        serde_json::to_vec(self).map_err(|error| ArtifactError::Malformed(error.to_string()))
    }

    /// Reads an artifact; after this, scoring with it cannot go wrong.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ArtifactError> {
        let malformed = |error: serde_json::Error| ArtifactError::Malformed(error.to_string());
        let Header { schema_version } = serde_json::from_slice(bytes).map_err(malformed)?;
        if schema_version != SCHEMA_VERSION {
            return Err(ArtifactError::Version { found: schema_version });
        }
        let model: Self = serde_json::from_slice(bytes).map_err(malformed)?;
        model.check().map_err(ArtifactError::Invalid)?;
        Ok(model)
    }

    fn check(&self) -> Result<(), String> {
        self.model.check()?;
        self.calibration.check()?;
        self.venn_abers.check()?;
        if !(0.0..=1.0).contains(&self.threshold) {
            return Err("threshold out of range".into());
        }
        self.benchmarks.check()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ai::{
        calibration::{Method, Outcomes},
        learner::{Recipe, boosted::BoostParams, random_forest::ForestParams, sigmoid},
        table::{Column, ColumnData},
    };

    fn table(rows: u32) -> Table {
        let number = |row: u32| if row % 5 == 3 { f64::NAN } else { f64::from(row * 7919 % 1009) / 10.0 };
        let category = |row: u32| (row % 4 != 1).then(|| format!("c{}", row * 31 % 6));
        Table {
            rows: rows as usize,
            columns: vec![
                Column { name: "number".into(), data: ColumnData::Numeric((0..rows).map(number).collect()) },
                Column { name: "category".into(), data: ColumnData::Category((0..rows).map(category).collect()) },
            ],
        }
    }

    fn model((recipe, method): &(Recipe, Method)) -> ScoringModel {
        let table = table(120);
        let won: Vec<bool> = (0..120u32).map(|row| row * 31 % 6 < 3 || row % 5 == 3).collect();
        let weight = vec![1.0; 120];
        let model = recipe.fit(&table, &won, &weight).expect("fits");
        let margin = model.margins(&table);
        let outcomes = Outcomes { margin: &margin, won: &won, weight: &weight };
        ScoringModel::new(model, method.fit(outcomes), VennAbers::fit(outcomes), 0.4, Benchmarks::default())
    }

    fn recipes() -> [(Recipe, Method); 4] {
        let boosted = Recipe::Boosted { params: BoostParams::for_deals(120, 1), trees: 12 };
        let forest = Recipe::RandomForest(ForestParams { trees: 8, max_depth: 4, min_leaf: 3, seed: 1 });
        [
            (boosted.clone(), Method::None),
            (boosted, Method::Isotonic),
            (forest, Method::Platt),
            (Recipe::Logistic { l2: 1.0 }, Method::Platt),
        ]
    }

    #[test]
    fn scores_add_up_and_survive_the_artifact() {
        for model in recipes().iter().map(model) {
            let scores = model.score(&table(60));
            for score in &scores {
                assert!((score.base + score.contributions.iter().sum::<f64>() - score.margin).abs() < 1e-6);
                assert!((sigmoid(score.margin) - score.probability.get()).abs() < 1e-12);
                assert!(score.low <= score.probability && score.probability <= score.high);
            }
            assert!(scores.iter().any(|score| score.probability != scores[0].probability), "it learned something");
            let bytes = model.to_bytes().expect("serialises");
            let read = ScoringModel::from_bytes(&bytes).expect("is valid");
            assert_eq!(read.score(&table(60)), scores);
            assert_eq!(read.to_bytes().expect("serialises"), bytes);
        }
    }

    #[test]
    fn columns_are_found_by_name() {
        for model in recipes().iter().map(model) {
            let mut other = table(20);
            other.columns.insert(0, Column { name: "unknown".into(), data: ColumnData::Numeric(vec![1.0; 20]) });
            other.columns.swap(1, 2);
            for (moved, plain) in model.score(&other).iter().zip(model.score(&table(20))) {
                assert_eq!((moved.probability, moved.contributions[0]), (plain.probability, 0.0));
                assert_eq!(moved.contributions[1..], [plain.contributions[1], plain.contributions[0]]);
            }
            other.columns.clear();
            for score in model.score(&other) {
                assert!((score.base - score.margin).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn foreign_artifacts_are_refused() {
        assert!(matches!(ScoringModel::from_bytes(b""), Err(ArtifactError::Malformed(_))));
        assert!(matches!(ScoringModel::from_bytes(b"{\"name\": 1}"), Err(ArtifactError::Malformed(_))));
        assert_eq!(ScoringModel::from_bytes(b"{\"schema_version\": 9}"), Err(ArtifactError::Version { found: 9 }));
        let mut damaged = model(&recipes()[0]);
        damaged.venn_abers = serde_json::from_str(r#"{"groups": [[1, 2]], "intervals": []}"#).expect("parses");
        let bytes = damaged.to_bytes().expect("serialises");
        assert!(matches!(ScoringModel::from_bytes(&bytes), Err(ArtifactError::Invalid(_))));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn no_damage_to_an_artifact_panics(which in 0usize..4, place: prop::sample::Index, with in "[-0-9e.,\\[\\]]{1,3}") {
            use std::sync::OnceLock;
            static ARTIFACTS: OnceLock<Vec<String>> = OnceLock::new();
            let artifacts = ARTIFACTS
                .get_or_init(|| recipes().iter().map(|recipe| String::from_utf8(model(recipe).to_bytes().expect("serialises")).expect("is text")).collect());
            let mut text = artifacts[which].clone();
            let place = place.index(text.len());
            text.replace_range(place..(place + with.len()).min(text.len()), &with);
            if let Ok(model) = ScoringModel::from_bytes(text.as_bytes()) {
                prop_assert_eq!(model.score(&table(10)).len(), 10);
            }
        }
    }
}
