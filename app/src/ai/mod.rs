//! The AI module: features, training, scoring, explanation, embedding, similarity.
//! Plain values in, plain values out: no database, no web, no clock of its own.

pub mod embedding;
pub mod examples;
pub mod features;
pub mod reasons;
pub mod similarity;
pub mod stage_rates;
pub mod table;
pub mod model {
    use super::table::Table;
    use crate::domain::Probability;
    pub struct ScoringModel;
    #[derive(Debug, thiserror::Error)]
    #[error("x")]
    pub struct E;
    pub struct RowScore {
        pub probability: Probability,
        pub low: Probability,
        pub high: Probability,
        pub contributions: Vec<f64>,
    }
    impl ScoringModel {
        pub fn from_bytes(_: &[u8]) -> Result<Self, E> {
            Err(E)
        }
        pub fn to_bytes(&self) -> Result<Vec<u8>, E> {
            Err(E)
        }
        pub fn score(&self, _: &Table) -> Vec<RowScore> {
            vec![]
        }
    }
}
pub mod training {
    use super::{model::*, table::*};
    #[derive(Default)]
    pub struct TrainOptions {
        pub seed: u64,
        pub x: u8,
    }
    #[derive(serde::Serialize)]
    pub struct Report {
        pub learner: String,
    }
    pub struct Trained {
        pub model: Option<ScoringModel>,
        pub report: Report,
        pub ready: bool,
        pub reason: String,
    }
    pub fn train(_: &Examples, _: &TrainOptions, _: &mut dyn FnMut(u64, u64, &str)) -> Result<Trained, E> {
        Err(E)
    }
}
