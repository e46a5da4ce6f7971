//! The evaluation against its definitions.

use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Judged, choose_threshold, evaluate, reliability::wilson, segmentation, ties};
use crate::{
    ai::metrics::Predictions,
    domain::models::{CurvePoint, Estimate, Metrics, ThresholdGoal},
};

/// Rows that own what [`Judged`] borrows.
#[derive(Debug)]
struct Rows {
    probability: Vec<f64>,
    won: Vec<bool>,
    weight: Vec<f64>,
    group: Vec<u32>,
}

impl Rows {
    fn judged(&self) -> Judged<'_> {
        Judged { probability: &self.probability, won: &self.won, weight: &self.weight, group: &self.group }
    }

    fn metrics(&self) -> Metrics {
        Metrics::of(Predictions { probability: &self.probability, won: &self.won, weight: &self.weight })
    }

    /// Calibrated probabilities of deals with a row each.
    fn calibrated(deals: u32, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let probability: Vec<f64> = (0..deals).map(|_| rng.random()).collect();
        let won = probability.iter().map(|p| rng.random_bool(*p)).collect();
        Self { probability, won, weight: vec![1.0; deals as usize], group: (0..deals).collect() }
    }

    fn empty() -> Self {
        Self::calibrated(0, 0)
    }
}

prop_compose! {
    /// Few distinct probabilities, so that there are ties; weights that add up exactly.
    fn rows(most: usize)(rows in prop::collection::vec((0u8..12, any::<bool>(), 1u8..4, 0u32..20), 1..most)) -> Rows {
        Rows {
            probability: rows.iter().map(|row| f64::from(row.0) / 11.0).collect(),
            won: rows.iter().map(|row| row.1).collect(),
            weight: rows.iter().map(|row| f64::from(row.2) / 4.0).collect(),
            group: rows.iter().map(|row| row.3).collect(),
        }
    }
}

/// Precision and recall of a class at a threshold, and the accuracy, straight from their definitions.
fn at(rows: &Rows, threshold: f64, class: bool) -> (Option<f64>, Option<f64>, f64) {
    let weight = |keep: &dyn Fn(bool, bool) -> bool| {
        let kept = (0..rows.won.len()).filter(|row| keep(rows.probability[*row] >= threshold, rows.won[*row]));
        kept.map(|row| rows.weight[row]).sum::<f64>()
    };
    let right = weight(&|called, is| called == class && is == class);
    let of = |part: f64, whole: f64| (whole > 0.0).then(|| part / whole);
    (
        of(right, weight(&|called, _| called == class)),
        of(right, weight(&|_, is| is == class)),
        weight(&|called, is| called == is) / rows.weight.iter().sum::<f64>(),
    )
}

/// All thresholds that may be chosen.
fn candidates(rows: &Rows) -> Vec<f64> {
    let mut distinct = rows.probability.clone();
    distinct.sort_by(f64::total_cmp);
    distinct.dedup();
    distinct.windows(2).map(|pair| (pair[0] + pair[1]) / 2.0).collect()
}

proptest! {
    #[test]
    fn the_threshold_is_the_best_of_all(rows in rows(60), at_least in 0.0f64..1.0, lost in any::<bool>()) {
        let goal = if lost { ThresholdGoal::LostRecall(at_least) } else { ThresholdGoal::WonRecall(at_least) };
        let chosen = choose_threshold(rows.judged(), goal);
        let merit = |threshold: f64| {
            let (precision, recall, _) = at(&rows, threshold, !lost);
            (precision.unwrap_or(0.0), recall.unwrap_or(0.0))
        };
        let all: Vec<(f64, f64)> = candidates(&rows).into_iter().map(merit).collect();
        if all.is_empty() {
            prop_assert_eq!((chosen.value, chosen.reached), (0.5, false));
            return Ok(());
        }
        let (precision, recall) = merit(chosen.value);
        let near = |a: f64, b: f64| (a - b).abs() < 1e-12;
        let reaching: Vec<_> = all.iter().filter(|merit| merit.1 >= at_least).collect();
        prop_assert_eq!(chosen.reached, !reaching.is_empty());
        if chosen.reached {
            let best = reaching.iter().map(|merit| merit.0).fold(0.0, f64::max);
            prop_assert!(recall >= at_least && near(precision, best));
            let highest_recall = reaching.iter().filter(|merit| near(merit.0, best)).map(|merit| merit.1).fold(0.0, f64::max);
            prop_assert!(near(recall, highest_recall));
        } else {
            prop_assert!(near(recall, all.iter().map(|merit| merit.1).fold(0.0, f64::max)));
        }
    }

    #[test]
    fn the_most_accurate_threshold_is_found(rows in rows(60)) {
        let chosen = choose_threshold(rows.judged(), ThresholdGoal::Accuracy);
        let best = candidates(&rows).into_iter().map(|threshold| at(&rows, threshold, true).2).fold(f64::NAN, f64::max);
        prop_assert!(best.is_nan() || (at(&rows, chosen.value, true).2 - best).abs() < 1e-12);
    }

    #[test]
    fn values_are_those_of_the_definitions_and_lie_in_their_intervals(rows in rows(60), threshold in 0.0f64..1.0) {
        let evaluation = evaluate(rows.judged(), threshold, 40, 7);
        let metrics = rows.metrics();
        let same = |estimate: Estimate, expected: Option<f64>| match (estimate.value, expected) {
            (Some(value), Some(expected)) => {
                let inside = estimate.low.is_none_or(|low| low <= value) && estimate.high.is_none_or(|high| high >= value);
                (value - expected).abs() < 1e-12 && inside
            }
            (value, expected) => value == expected && estimate.low.is_none(),
        };
        prop_assert!(same(evaluation.roc_auc, metrics.roc_auc));
        prop_assert!(same(evaluation.log_loss, metrics.log_loss));
        prop_assert!(same(evaluation.brier, metrics.brier));
        prop_assert!(same(evaluation.ece, metrics.ece));
        let at_threshold = &evaluation.at_threshold;
        for (class, of) in [(true, at_threshold.won), (false, at_threshold.lost)] {
            let (precision, recall, accuracy) = at(&rows, threshold, class);
            prop_assert!(same(of.precision, precision) && same(of.recall, recall) && same(at_threshold.accuracy, Some(accuracy)));
            if let (Some(p), Some(r), Some(f1)) = (precision, recall, of.f1.value) {
                prop_assert!(p + r == 0.0 || (f1 - 2.0 * p * r / (p + r)).abs() < 1e-12);
            }
        }
        let cells = at_threshold.confusion;
        prop_assert!((cells.tp + cells.fp + cells.tn + cells.fn_ - rows.weight.iter().sum::<f64>()).abs() < 1e-9);
    }

    #[test]
    fn the_bins_make_up_the_calibration_error_and_the_brier_score(rows in rows(60)) {
        let evaluation = evaluate(rows.judged(), 0.5, 0, 0);
        let total: f64 = rows.weight.iter().sum();
        let bins = &evaluation.reliability;
        prop_assert!((bins.iter().map(|bin| bin.deals).sum::<f64>() - total).abs() < 1e-9);
        let ece: f64 = bins.iter().map(|bin| bin.deals / total * (bin.predicted - bin.observed).abs()).sum();
        prop_assert!((ece - evaluation.ece.value.unwrap_or_default()).abs() < 1e-9);
        for bin in bins {
            prop_assert!(bin.from <= bin.predicted && bin.predicted <= bin.to);
            prop_assert!(0.0 <= bin.low && bin.low <= bin.observed && bin.observed <= bin.high && bin.high <= 1.0);
        }
        // Murphy's identity holds exactly for the score of each bin's mean prediction.
        let parts = evaluation.brier_parts;
        let binned: f64 = (0..rows.won.len()).map(|row| {
            let bin = bins.iter().find(|bin| rows.probability[row] < bin.to || bin.to == 1.0).expect("every row has a bin");
            rows.weight[row] * (bin.predicted - f64::from(u8::from(rows.won[row]))).powi(2) / total
        }).sum();
        prop_assert!((parts.reliability - parts.resolution + parts.uncertainty - binned).abs() < 1e-9);
    }

    #[test]
    fn tenths_hold_the_same_number_of_deals_and_all_won_ones(rows in rows(60)) {
        let lift = evaluate(rows.judged(), 0.5, 0, 0).lift;
        let won: f64 = (0..rows.won.len()).filter(|row| rows.won[*row]).map(|row| rows.weight[row]).sum();
        prop_assert_eq!(lift.len(), 10);
        prop_assert!((lift.iter().map(|row| row.won).sum::<f64>() - won).abs() < 1e-9);
        prop_assert!(lift.iter().all(|row| (row.deals - lift[0].deals).abs() < 1e-9));
        prop_assert!(won == 0.0 || lift[9].captured == 1.0);
        prop_assert!(lift.windows(2).all(|pair| pair[0].captured <= pair[1].captured + 1e-12));
    }

    #[test]
    fn curves_pass_through_every_threshold(rows in rows(60)) {
        let evaluation = evaluate(rows.judged(), 0.5, 0, 0);
        if let (Some(first), Some(last)) = (evaluation.roc.first(), evaluation.roc.last()) {
            prop_assert_eq!((first.x, first.y, last.x, last.y), (0.0, 0.0, 1.0, 1.0));
            let area: f64 = evaluation.roc.windows(2).map(|pair| (pair[1].x - pair[0].x) * (pair[0].y + pair[1].y) / 2.0).sum();
            prop_assert!((area - rows.metrics().roc_auc.expect("both outcomes")).abs() < 1e-9);
        } else {
            prop_assert_eq!(rows.metrics().roc_auc, None);
        }
        if let Some(first) = evaluation.precision_recall.first() {
            prop_assert_eq!((first.x, evaluation.precision_recall.last().map(|point| point.x)), (0.0, Some(1.0)));
            for threshold in candidates(&rows) {
                let (Some(precision), Some(recall), _) = at(&rows, threshold, true) else { continue };
                let off = distance(&evaluation.precision_recall, CurvePoint { x: recall, y: precision });
                prop_assert!(off < 1e-9);
            }
        }
    }

    #[test]
    fn segments_cover_all_rows(rows in rows(60), labels in prop::collection::vec(prop::option::of(0u8..30), 60)) {
        let labels: Vec<Option<String>> = labels.iter().take(rows.won.len()).map(|label| label.map(|label| format!("rep {label}"))).collect();
        let segments = segmentation(rows.judged(), "Owner", &labels).segments;
        prop_assert!((segments.iter().map(|segment| segment.deals).sum::<f64>() - rows.weight.iter().sum::<f64>()).abs() < 1e-9);
        let named: Vec<f64> = segments.iter().filter(|segment| segment.label.starts_with("rep")).map(|segment| segment.deals).collect();
        prop_assert!(named.len() <= 12 && named.is_sorted_by(|a, b| a >= b));
        prop_assert_eq!(labels.contains(&None), segments.last().is_some_and(|segment| segment.label == "Unknown"));
    }
}

/// How far a point lies from a curve.
fn distance(curve: &[CurvePoint], point: CurvePoint) -> f64 {
    let to_piece = |pair: &[CurvePoint]| {
        let (dx, dy) = (pair[1].x - pair[0].x, pair[1].y - pair[0].y);
        let along = ((point.x - pair[0].x) * dx + (point.y - pair[0].y) * dy) / (dx * dx + dy * dy);
        let along = if along.is_finite() { along.clamp(0.0, 1.0) } else { 0.0 };
        (point.x - pair[0].x - along * dx).hypot(point.y - pair[0].y - along * dy)
    };
    curve.windows(2).map(to_piece).fold(f64::INFINITY, f64::min)
}

#[test]
fn long_curves_are_thinned_but_keep_their_shape() {
    let rows = Rows::calibrated(5_000, 1);
    let evaluation = evaluate(rows.judged(), 0.5, 0, 0);
    assert_eq!((evaluation.roc.len(), evaluation.precision_recall.len()), (101, 101));
    for threshold in [0.02, 0.2, 0.5, 0.8, 0.9] {
        let (precision, recall, _) = at(&rows, threshold, true);
        let true_lost = at(&rows, threshold, false).1.expect("lost deals");
        let (precision, recall) = (precision.expect("called won"), recall.expect("won deals"));
        assert!(distance(&evaluation.roc, CurvePoint { x: 1.0 - true_lost, y: recall }) < 0.005);
        assert!(distance(&evaluation.precision_recall, CurvePoint { x: recall, y: precision }) < 0.02);
    }
}

#[test]
fn intervals_depend_on_the_seed_not_on_the_threads() {
    let rows = Rows::calibrated(300, 2);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| evaluate(rows.judged(), 0.4, 100, 5))
    };
    assert_eq!(on(1), on(3));
    assert_ne!(on(1).roc_auc, evaluate(rows.judged(), 0.4, 100, 6).roc_auc);
}

#[test]
fn intervals_are_as_wide_as_theory_says() {
    let rows = Rows::calibrated(2_000, 3);
    let Estimate { value: Some(accuracy), low: Some(low), high: Some(high) } = evaluate(rows.judged(), 0.5, 1_000, 1).at_threshold.accuracy
    else {
        panic!("an interval")
    };
    let expected = 2.0 * 1.96 * (accuracy * (1.0 - accuracy) / 2_000.0).sqrt();
    assert!(((high - low) / expected - 1.0).abs() < 0.15, "{} for {expected}", high - low);
}

#[test]
fn snapshots_of_a_deal_do_not_pass_for_deals() {
    let once = Rows::calibrated(120, 4);
    let copies = |values: &[f64]| values.iter().flat_map(|value| [*value; 4]).collect::<Vec<_>>();
    let often = Rows {
        probability: copies(&once.probability),
        won: once.won.iter().flat_map(|won| [*won; 4]).collect(),
        weight: vec![0.25; 480],
        group: once.group.iter().flat_map(|deal| [*deal; 4]).collect(),
    };
    let (once, often) = (evaluate(once.judged(), 0.5, 200, 1), evaluate(often.judged(), 0.5, 200, 1));
    assert_eq!(once.roc_auc, often.roc_auc);
    for (once, often) in once.reliability.iter().zip(&often.reliability) {
        assert!((once.low - often.low).abs() < 1e-9 && (once.high - often.high).abs() < 1e-9);
    }
}

#[test]
fn wilson_intervals_are_those_worked_by_hand() {
    // 8 of 10, worked by hand: 0.7167 ± 0.2266.
    let (low, high) = wilson(0.8, 10.0);
    assert!((low - 0.4902).abs() < 5e-4 && (high - 0.9433).abs() < 5e-4, "{low} {high}");
    assert_eq!(wilson(0.0, 5.0).0, 0.0);
    assert_eq!(wilson(1.0, 5.0).1, 1.0);
    assert_eq!(wilson(0.3, 0.0), (0.0, 1.0));
}

#[test]
fn nothing_to_judge_gives_nothing() {
    let rows = Rows::empty();
    let evaluation = evaluate(rows.judged(), 0.5, 10, 1);
    assert_eq!(evaluation.roc_auc, Estimate::default());
    assert!(evaluation.roc.is_empty() && evaluation.precision_recall.is_empty() && evaluation.reliability.is_empty());
    assert!(evaluation.lift.is_empty() && segmentation(rows.judged(), "Owner", &[]).segments.is_empty());
    assert!(!choose_threshold(rows.judged(), ThresholdGoal::default()).reached);
}

#[test]
fn neighbouring_floats_can_be_told_apart() {
    let low = 0.3f64;
    let rows = Rows { probability: vec![low, low.next_up()], won: vec![false, true], weight: vec![1.0; 2], group: vec![0, 1] };
    let threshold = choose_threshold(rows.judged(), ThresholdGoal::Accuracy).value;
    assert!(rows.probability[0] < threshold && rows.probability[1] >= threshold);
    assert_eq!(ties(rows.judged()).len(), 2);
}

#[test]
fn labels_that_read_like_ours_stand_there_once() {
    let rows = Rows::calibrated(30, 5);
    let labels: Vec<Option<String>> = (0..30)
        .map(|i| match i {
            0..3 => None,
            3..6 => Some("Unknown".into()),
            6..9 => Some("Other".into()),
            i if i < 15 => Some("a".into()),
            i => Some(format!("rep {i}")),
        })
        .collect();
    let segments = segmentation(rows.judged(), "Owner", &labels).segments;
    let labels: Vec<&str> = segments.iter().map(|segment| segment.label.as_str()).collect();
    assert_eq!((labels.len(), labels[0], labels[12], labels[13]), (14, "a", "Other", "Unknown"));
    assert_eq!((segments[12].deals, segments[13].deals), (7.0, 6.0));
}
