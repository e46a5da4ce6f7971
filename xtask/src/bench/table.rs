//! The comparisons in lines of text.

use serde_json::Value;

use super::figures::SEED;

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

/// With blanks for what was not measured.
fn cell(value: &Value, width: usize, show: impl Fn(f64) -> String) -> String {
    format!("{:>width$}", value.as_f64().map(show).unwrap_or_default())
}

fn percent(value: &Value) -> String {
    value.as_f64().map_or("–".into(), |share| format!("{:.1} %", share * 100.0))
}

pub fn models(report: &Value) -> String {
    let sets = report["sets"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut text =
        format!("\nOur learner and the others on {} threads each; fit is one fit with settings already chosen\n", report["threads"]);
    sets.iter().for_each(|set| text.push_str(&one(set)));
    text
}

fn one(set: &Value) -> String {
    let title = set["title"].as_str().unwrap_or_default();
    let mut text = format!("\n{title}: {} deals judged, {} won\n", number(&set["deals"]), percent(&set["base_rate"]));
    if let Some(excluded) = set["excluded"].as_array().filter(|columns| !columns.is_empty()) {
        let names: Vec<_> = excluded.iter().filter_map(Value::as_str).collect();
        text.push_str(&format!("  left out of all models, since they tell the outcome: {}\n", names.join(", ")));
    }
    let columns = ["AUC", "log-loss", "ECE", "(chance)", "fit s", "rows/s", "one row µs"];
    let widths = [8, 9, 8, 9, 9, 11, 11];
    let heading: String = columns.iter().zip(widths).map(|(name, width)| format!("{name:>width$}")).collect();
    text.push_str(&format!("  {:<18}{heading}\n", ""));
    for (key, name) in [
        ("vectoros", "VectorOS"),
        ("lightgbm", "LightGBM"),
        ("lightgbm_platt", "  Platt-scaled"),
        ("xgboost", "XGBoost"),
        ("xgboost_platt", "  Platt-scaled"),
    ] {
        let figures = &set["learners"][key];
        let cells = [
            cell(&figures["auc"], widths[0], |x| format!("{x:.4}")),
            cell(&figures["log_loss"], widths[1], |x| format!("{x:.4}")),
            cell(&figures["ece"], widths[2], |x| format!("{x:.4}")),
            cell(&figures["ece_if_exact"], widths[3], |x| format!("{x:.4}")),
            cell(&figures["fit_seconds"], widths[4], |x| format!("{x:.3}")),
            cell(&figures["rows_per_second"], widths[5], |x| format!("{x:.0}")),
            cell(&figures["single_p50_us"], widths[6], |x| format!("{x:.0}")),
        ];
        let chosen: Vec<_> = figures["chosen"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        text.push_str(format!("  {name:<18}{}  {}", cells.concat(), chosen.join(", ")).trim_end());
        text.push('\n');
    }
    let goals = &set["goals"];
    let goal = |key: &str, what: String| format!("{what} {}", if goals[key]["met"] == true { "met" } else { "MISSED" });
    let difference = number(&goals["auc"]["ours"]) - number(&goals["auc"]["theirs"]);
    let ratio = |key: &str| number(&goals[key]["ours"]) / number(&goals[key]["theirs"]);
    // Two standard errors, as a part of their log-loss: what chance alone could do.
    let error = 2.0 * number(&goals["log_loss"]["standard_error"]) / number(&goals["log_loss"]["theirs"]);
    let lines = [
        goal("auc", format!("AUC {difference:+.4} to the better (−0.003 at worst)")),
        goal("log_loss", format!("log-loss {:.3} × theirs, ± {:.3} (1 at most)", ratio("log_loss"), error)),
        goal("ece", "ECE 0.03 at most".into()),
        goal("fit_seconds", format!("fit {:.2} × LightGBM's (1 at most)", ratio("fit_seconds"))),
    ];
    if !goals.is_null() {
        text.push_str(&format!("  goals: {}\n", lines.join("; ")));
    }
    text.push_str(&decisions(&set["learners"]["vectoros"]["decisions"]));
    text
}

/// The decisions at the model's threshold beside the seed metrics.
fn decisions(at: &Value) -> String {
    let class = |name: &str| {
        let class = &at[name];
        let reached = match (class["reaches_seed"] == true, at["some_threshold_reaches_seed"][name] == true) {
            (true, _) => "reached",
            (false, true) => "not here, another threshold could",
            (false, false) => "no threshold can",
        };
        format!("{name}: precision {}, recall {} ({reached})", percent(&class["precision"]), percent(&class["recall"]))
    };
    let (accuracy, precision, recall) = SEED;
    format!(
        "  at the threshold {:.2}: accuracy {}; {}; {}. Seed: {:.0}/{:.0}/{:.0} %\n",
        number(&at["threshold"]),
        percent(&at["accuracy"]),
        class("won"),
        class("lost"),
        accuracy * 100.0,
        precision * 100.0,
        recall * 100.0
    )
}

pub fn api(report: &Value) -> String {
    let mut text = String::from("\nOne score over HTTP, kept-alive connections\n");
    text.push_str(&format!("  {:<44}{:>12}{:>12}{:>10}{:>10}\n", "server", "connections", "requests/s", "p50 ms", "p99 ms"));
    for row in report["rows"].as_array().into_iter().flatten() {
        text.push_str(&format!(
            "  {:<44}{:>12}{:>12}{:>10.2}{:>10.2}\n",
            row["server"].as_str().unwrap_or_default(),
            number(&row["connections"]),
            number(&row["per_second"]),
            number(&row["p50_ms"]),
            number(&row["p99_ms"])
        ));
    }
    for goal in report["goals"].as_array().into_iter().flatten() {
        let met = if goal["met"] == true { "met" } else { "MISSED" };
        text.push_str(&format!("  {}: {:.2}, {met}\n", goal["goal"].as_str().unwrap_or_default(), number(&goal["figure"])));
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn goals_missed_are_seen() {
        let figures = json!({ "auc": 0.9, "log_loss": 0.3, "ece": 0.01, "fit_seconds": 2.0 });
        let set = json!({
            "title": "IBM", "deals": 10.0, "base_rate": 0.25, "excluded": ["custom:x"],
            "learners": { "vectoros": figures, "lightgbm": figures },
            "goals": {
                "auc": { "ours": 0.9, "theirs": 0.91, "met": false },
                "fit_seconds": { "ours": 1.0, "theirs": 2.0, "met": true },
            },
        });
        let text = models(&json!({ "threads": 2, "sets": [set] }));
        assert!(text.contains("IBM: 10 deals judged, 25.0 % won"), "{text}");
        assert!(text.contains("AUC -0.0100 to the better (−0.003 at worst) MISSED"), "{text}");
        assert!(text.contains("fit 0.50 × LightGBM's (1 at most) met"), "{text}");
        assert!(text.contains("since they tell the outcome: custom:x"), "{text}");
    }
}
