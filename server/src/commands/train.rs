//! `vectoros train`.

use std::time::Instant;

use anyhow::Result;
use app::services::{Services, TrainReport};
use serde::Serialize;

use crate::{cli::Train, config::Config, progress::Bar};

/// What `--json` prints.
#[derive(Serialize)]
pub struct Output {
    #[serde(flatten)]
    pub report: TrainReport,
    pub seconds: f64,
}

pub async fn run(config: &Config, args: Train) -> Result<()> {
    let services = super::open(config).await?;
    let output = train(&services, args.seed, args.skip_embedding).await?;
    if args.json {
        return super::print_json(&output);
    }
    print(&output);
    Ok(())
}

/// Trains under a progress bar.
pub async fn train(services: &Services, seed: u64, skip_embedding: bool) -> Result<Output> {
    let start = Instant::now();
    let mut bar = Bar::new("train");
    let report = services.train(seed, skip_embedding, &mut |done, total, doing| bar.report(done, total, doing)).await?;
    bar.finish();
    Ok(Output { report, seconds: super::seconds(start) })
}

/// The report for people.
pub fn print(output: &Output) {
    let TrainReport { model_version, learner, ready, reason, deals, won, lost, metrics } = &output.report;
    println!("Model {model_version} ({learner}): {deals} closed deals, {won} won, {lost} lost, trained in {:.1} s", output.seconds);
    println!("{}: {reason}", if *ready { "Ready" } else { "Not ready" });
    println!("{}", report_table(metrics));
}

const ROWS: [(&str, &str); 9] = [
    ("n", "rows"),
    ("accuracy", "accuracy"),
    ("precision", "precision"),
    ("recall", "recall"),
    ("f1", "F1"),
    ("roc_auc", "ROC-AUC"),
    ("log_loss", "log-loss"),
    ("brier", "Brier"),
    ("ece", "ECE"),
];

/// Metrics side by side: one column for each split or baseline that has them.
fn report_table(metrics: &serde_json::Value) -> String {
    let Some(splits) = metrics.as_object() else { return String::new() };
    let splits: Vec<(&String, &serde_json::Value)> = splits.iter().filter(|(_, value)| value.get("log_loss").is_some()).collect();
    let mut text = format!("{:<12}", "");
    for (name, _) in &splits {
        text.push_str(&format!("{name:>24}"));
    }
    for (key, label) in ROWS {
        text.push_str(&format!("\n{label:<12}"));
        for (_, split) in &splits {
            text.push_str(&format!("{:>24}", figure(&split[key])));
        }
    }
    text.push_str(&format!("\n{:<12}", "confusion"));
    for (_, split) in &splits {
        let count = |key: &str| split["confusion"][key].as_f64().unwrap_or(0.0).round();
        let cells = format!("tp {} fp {} tn {} fn {}", count("tp"), count("fp"), count("tn"), count("fn"));
        text.push_str(&format!(" {cells:>23}"));
    }
    text
}

fn figure(value: &serde_json::Value) -> String {
    match value.as_f64() {
        Some(number) if value.is_u64() => format!("{number}"),
        Some(number) => format!("{number:.3}"),
        None => "–".into(),
    }
}
