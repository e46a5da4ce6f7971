use super::*;

/// A year in small: quick to play.
fn small() -> Settings {
    let rules = LearningRules { every_days: None, after_outcomes: None, ..LearningRules::default() };
    Settings { history_weeks: 26, weeks: 30, plant_after: 6, deals_a_week: 40, judged_weeks: 8, max_trees: 10, rules }
}

#[test]
fn the_loop_notices_a_drift_and_a_better_model_takes_over() {
    let played = play(Plant::Drift, &small(), 1).expect("trains").expect("a first model");
    assert!(played.detected_after_days.is_some_and(|days| days <= 42), "{played:?}");
    assert!(played.promoted() && played.false_promotions() == 0, "{played:?}");
    assert!(played.log_loss_after < played.log_loss_before && played.log_loss_of_truth < played.log_loss_after, "{played:?}");
    assert_eq!(play(Plant::Drift, &small(), 1).expect("trains"), Some(played), "the seed decides");
}
