//! A year of the learning loop, played with twenty seeds: with a planted drift, and with badly kept records only.
//!
//! `app/benches/learning` plays and prints one JSON line per play; here they are put together.

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

use crate::{paths::Paths, process};

/// Days after the plant in which the drift must be noticed.
const GOAL_DAYS: i64 = 42;
/// Promotions of worse models, over all seeds, that the goal allows.
const GOAL_FALSE: u64 = 1;

pub fn measure(paths: &Paths) -> Result<Map<String, Value>> {
    let mut command = process::cargo(&paths.root, &["bench", "--quiet", "--package", "app", "--features", "ssr", "--bench", "learning"]);
    command.env("CARGO_TARGET_DIR", &paths.target);
    let lines = process::stdout_of(&mut command)?;
    let plays: Vec<Value> = lines.lines().map(serde_json::from_str).collect::<Result<_, _>>().context("the plays were not JSON")?;
    summary(plays)
}

/// What the plays come to. A drift that was not noticed counts as noticed never: later than all others.
fn summary(mut plays: Vec<Value>) -> Result<Map<String, Value>> {
    plays.sort_by_key(|play| (play["seed"].as_u64(), play["plant"].as_str().map(str::to_owned)));
    let of = |plant: &str| plays.iter().filter(|play| play["plant"] == plant).collect::<Vec<&Value>>();
    let (drift, noise) = (of("drift"), of("label_noise"));
    if drift.is_empty() || drift.len() != noise.len() {
        bail!("{} plays with drift and {} with label noise", drift.len(), noise.len());
    }
    let mut days: Vec<i64> = drift.iter().map(|play| play["detected_after_days"].as_i64().unwrap_or(i64::MAX)).collect();
    days.sort_unstable();
    let noticed = |days: i64| if days == i64::MAX { Value::Null } else { json!(days) };
    let mean = |key: &str| drift.iter().filter_map(|play| play[key].as_f64()).sum::<f64>() / drift.len() as f64;
    let report = json!({
        "detected_after_days": noticed(days[days.len() / 2]),
        "detected_after_days_worst": noticed(days[days.len() - 1]),
        "promoted": drift.iter().filter(|play| promotions(play).any(|promotion| promotion["day"].as_i64() >= Some(0))).count(),
        "log_loss_before": mean("log_loss_before"),
        "log_loss_after": mean("log_loss_after"),
        "log_loss_of_truth": mean("log_loss_of_truth"),
        "better_after": drift.iter().filter(|play| play["log_loss_after"].as_f64() < play["log_loss_before"].as_f64()).count(),
        "false_promotions": noise.iter().copied().map(falsely).sum::<usize>(),
        "promotions_under_noise": noise.iter().map(|play| promotions(play).count()).sum::<usize>(),
        "false_promotions_under_drift": drift.iter().copied().map(falsely).sum::<usize>(),
        "earlier_alarms": plays.iter().filter_map(|play| play["earlier_alarms"].as_u64()).sum::<u64>(),
        "seeds": drift.len(),
    });
    let mut report = report.as_object().cloned().context("the summary has figures")?;
    report.insert("plays".into(), Value::Array(plays));
    Ok(report)
}

fn promotions(play: &Value) -> impl Iterator<Item = &Value> {
    play["promotions"].as_array().into_iter().flatten()
}

/// Promotions that made things worse by the true probabilities.
fn falsely(play: &Value) -> usize {
    promotions(play).filter(|promotion| promotion["true_difference"].as_f64() > Some(0.0)).count()
}

/// The figures in lines of text.
pub fn table(report: &Value) -> String {
    let days = |key: &str| report[key].as_i64().map_or("never".to_owned(), |days| format!("{days} days"));
    let met = |met: bool| if met { "met" } else { "MISSED" };
    let seeds = report["seeds"].as_u64();
    let loss = |key: &str| report[key].as_f64().unwrap_or(f64::NAN);
    let within = report["detected_after_days_worst"].as_i64().is_some_and(|days| days <= GOAL_DAYS);
    let few = report["false_promotions"].as_u64().is_some_and(|count| count <= GOAL_FALSE);
    [
        format!("\nThe learning loop over a year, {} seeds, drift planted in month 7", report["seeds"]),
        format!(
            "  noticed after {} (median; worst {}; goal {GOAL_DAYS} days: {})",
            days("detected_after_days"),
            days("detected_after_days_worst"),
            met(within)
        ),
        format!(
            "  a challenger was promoted with {} of the seeds ({}); alarms before the plant: {} weekly checks",
            report["promoted"],
            met(report["promoted"].as_u64() == seeds),
            report["earlier_alarms"]
        ),
        format!(
            "  log-loss of the last 3 months: {:.4} of the frozen first model, {:.4} of the loop, {:.4} of the truth;\n    better with {} of the seeds ({})",
            loss("log_loss_before"),
            loss("log_loss_after"),
            loss("log_loss_of_truth"),
            report["better_after"],
            met(report["better_after"].as_u64() == seeds)
        ),
        format!(
            "  15 % of the outcomes recorded wrongly, no drift: {} of {} promotions were of a worse model\n    (goal {GOAL_FALSE} at most: {}); with drift {}",
            report["false_promotions"],
            report["promotions_under_noise"],
            met(few),
            report["false_promotions_under_drift"]
        ),
    ]
    .join("\n")
        + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn play(plant: &str, seed: u64, days: Option<i64>, promotion: (i64, f64)) -> Value {
        let (day, difference) = promotion;
        json!({
            "plant": plant, "seed": seed, "detected_after_days": days, "earlier_alarms": 1, "trainings": 3,
            "promotions": [{ "day": day, "cause": "drift", "true_difference": difference }],
            "log_loss_before": 0.7, "log_loss_after": 0.6, "log_loss_of_truth": 0.5,
        })
    }

    fn plays(days: Option<i64>) -> Vec<Value> {
        let drift = [play("drift", 1, Some(14), (35, -0.1)), play("drift", 2, Some(21), (-7, -0.1)), play("drift", 3, days, (42, 0.1))];
        let noise = [1, 2, 3].map(|seed| play("label_noise", seed, None, (50, if seed == 1 { 0.1 } else { -0.1 })));
        drift.into_iter().chain(noise).collect()
    }

    #[test]
    fn plays_are_put_together() {
        let report = Value::Object(summary(plays(Some(35))).expect("a summary"));
        assert_eq!((&report["detected_after_days"], &report["detected_after_days_worst"]), (&json!(21), &json!(35)));
        assert_eq!((&report["promoted"], &report["seeds"], &report["better_after"]), (&json!(2), &json!(3), &json!(3)));
        assert_eq!((&report["false_promotions"], &report["false_promotions_under_drift"]), (&json!(1), &json!(1)));
        assert!(table(&report).contains("noticed after 21 days (median; worst 35 days; goal 42 days: met)"), "{}", table(&report));
        assert!(table(&report).contains("promoted with 2 of the seeds (MISSED)"), "{}", table(&report));
    }

    #[test]
    fn a_drift_that_nobody_noticed_is_the_worst() {
        let report = Value::Object(summary(plays(None)).expect("a summary"));
        assert_eq!((&report["detected_after_days"], &report["detected_after_days_worst"]), (&json!(21), &Value::Null));
        assert!(table(&report).contains("worst never; goal 42 days: MISSED"), "{}", table(&report));
        assert!(summary(Vec::new()).is_err());
    }
}
