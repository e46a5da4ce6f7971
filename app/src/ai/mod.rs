//! The AI module: features, training, scoring, explanation, embedding, similarity.
//! Plain values in, plain values out: no database, no web, no clock of its own.

pub mod table;
