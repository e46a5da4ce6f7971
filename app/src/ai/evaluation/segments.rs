//! The same probabilities, cut by a property of the deals.

use std::collections::HashMap;

use super::Judged;
use crate::{
    ai::{
        metrics::{Predictions, ratio},
        table::pick,
    },
    domain::models::{Metrics, Segment, Segmentation},
};

/// Segments shown by their own name.
const NAMED: usize = 12;
const OTHER: &str = "Other";
const UNKNOWN: &str = "Unknown";

/// How good the probabilities are by label: the largest 12 labels first, the rest together as "Other", rows without a label as
/// "Unknown" last. `labels` has one entry per row.
pub fn segmentation(judged: Judged, by: &str, labels: &[Option<String>]) -> Segmentation {
    let mut named: HashMap<&str, Vec<usize>> = HashMap::new();
    let (mut other, mut unknown) = (Vec::new(), Vec::new());
    for (row, label) in labels.iter().enumerate().take(judged.probability.len()) {
        match label.as_deref() {
            // A label that reads like one of ours would stand there twice.
            None | Some(UNKNOWN) => unknown.push(row),
            Some(OTHER) => other.push(row),
            Some(label) => named.entry(label).or_default().push(row),
        }
    }
    let weight = |rows: &[usize]| rows.iter().map(|row| judged.weight[*row]).sum::<f64>();
    let mut named: Vec<(f64, &str, Vec<usize>)> = named.into_iter().map(|(label, rows)| (weight(&rows), label, rows)).collect();
    named.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    other.extend(named.split_off(named.len().min(NAMED)).into_iter().flat_map(|(_, _, rows)| rows));
    other.sort_unstable();
    let groups = named.into_iter().map(|(_, label, rows)| (label, rows)).chain([(OTHER, other), (UNKNOWN, unknown)]);
    Segmentation { by: by.to_owned(), segments: groups.filter_map(|(label, rows)| segment(judged, label, &rows)).collect() }
}

/// `None` without rows of any weight.
fn segment(judged: Judged, label: &str, rows: &[usize]) -> Option<Segment> {
    let (probability, won, weight) = (pick(judged.probability, rows), pick(judged.won, rows), pick(judged.weight, rows));
    let metrics = Metrics::of(Predictions { probability: &probability, won: &won, weight: &weight });
    let deals: f64 = weight.iter().sum();
    let predicted: f64 = probability.iter().zip(&weight).map(|(p, weight)| p * weight).sum();
    Some(Segment {
        label: label.to_owned(),
        deals,
        win_rate: metrics.base_rate?,
        predicted: ratio(predicted, deals)?,
        roc_auc: metrics.roc_auc,
        log_loss: metrics.log_loss?,
    })
}
