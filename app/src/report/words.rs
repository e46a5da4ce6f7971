//! How the report writes numbers and names.

use crate::domain::models::{Estimate, ThresholdGoal};

pub(super) use crate::domain::format::{count, moment};

/// What is undefined.
pub(super) const NONE: &str = "–";

/// The learner of a report without a model.
pub(super) const NO_LEARNER: &str = "none";

/// "81%"; a little of something is never 0%, and nearly all never 100%.
pub(super) fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.005 {
        "<1%".into()
    } else if (0.995..1.0).contains(&share) {
        ">99%".into()
    } else if share.is_finite() {
        format!("{:.0}%", share * 100.0)
    } else {
        NONE.into()
    }
}

/// Three decimals.
pub(super) fn decimals(value: f64) -> String {
    if value.is_finite() { format!("{value:.3}") } else { NONE.into() }
}

pub(super) fn or_none(value: Option<f64>, write: fn(f64) -> String) -> String {
    value.map_or_else(|| NONE.into(), write)
}

/// "0.812 (0.784–0.839)".
pub(super) fn estimate(estimate: Estimate, write: fn(f64) -> String) -> String {
    let value = or_none(estimate.value, write);
    match interval(estimate, write) {
        Some(interval) => format!("{value} ({interval})"),
        None => value,
    }
}

/// "0.784–0.839", "72–78%": the unit is said once.
pub(super) fn interval(estimate: Estimate, write: fn(f64) -> String) -> Option<String> {
    Some(range(&write(estimate.low?), &write(estimate.high?)))
}

/// From one written figure to another.
pub(super) fn range(low: &str, high: &str) -> String {
    let unit = high
        .trim_start_matches(|letter: char| !letter.is_ascii_digit())
        .trim_start_matches(|letter: char| !letter.is_alphabetic() && letter != '%' && letter != ' ');
    format!("{}–{high}", low.strip_suffix(unit).unwrap_or(low))
}

/// Deals by weight, as a whole number.
pub(super) fn deals(weight: f64) -> String {
    count(weight.round().max(0.0) as u64)
}

/// A learner's name as people write it.
pub(super) fn learner(name: &str) -> String {
    match name {
        "boosted_trees" => "Gradient-boosted trees".into(),
        "random_forest" => "Random forest".into(),
        "logistic_regression" => "Logistic regression".into(),
        NO_LEARNER => "None".into(),
        other => other.replace('_', " "),
    }
}

/// What the team wants of the threshold.
pub(super) fn goal(goal: ThresholdGoal) -> String {
    match goal {
        ThresholdGoal::LostRecall(share) => format!("the highest precision while at least {} of the lost deals are caught", percent(share)),
        ThresholdGoal::WonRecall(share) => format!("the highest precision while at least {} of the won deals are kept", percent(share)),
        ThresholdGoal::Accuracy => "the highest accuracy".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_never_rounded_to_nothing_or_all() {
        assert_eq!([0.0, 0.001, 0.226, 0.999, 1.0].map(percent), ["0%", "<1%", "23%", ">99%", "100%"]);
        assert_eq!(percent(f64::NAN), NONE);
    }

    #[test]
    fn estimates_have_their_interval_where_there_is_one() {
        let full = Estimate { value: Some(0.8123), low: Some(0.78), high: Some(0.84) };
        assert_eq!(estimate(full, decimals), "0.812 (0.780–0.840)");
        assert_eq!(estimate(Estimate { low: None, ..full }, percent), "81%");
        assert_eq!(estimate(Estimate::default(), decimals), NONE);
        assert_eq!([range("72%", "78%"), range("2.8 pts", "7.1 pts"), range("<1%", "3%")], ["72–78%", "2.8–7.1 pts", "<1–3%"]);
    }
}
