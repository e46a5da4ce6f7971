//! The AI module: features, training, scoring, explanation, embedding, similarity.
//! Plain values in, plain values out: no database, no web, no clock of its own.

pub mod accuracy;
pub mod advice;
pub mod alerts;
pub mod calibration;
pub mod embedding;
pub mod evaluation;
pub mod examples;
pub mod features;
pub mod feedback;
pub mod leaks;
pub mod learner;
pub mod learning;
pub mod metrics;
pub mod model;
pub mod outcomes;
pub mod reasons;
pub mod similarity;
pub mod split;
pub mod stage_rates;
pub mod table;
pub mod thinning;
pub mod training;
