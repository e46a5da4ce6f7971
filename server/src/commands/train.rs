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

/// Splits and baselines side by side, with their place in the report.
const COLUMNS: [(&str, &str); 6] = [
    ("/holdout", "holdout"),
    ("/base_rate", "base rate"),
    ("/crm/crm", "CRM's own"),
    ("/crm/model", "model, same deals"),
    ("/lived_a_day", "open a day or more"),
    ("/cross_validation", "cross-validation"),
];

/// Metrics, one column for each split or baseline that the report has.
fn report_table(metrics: &serde_json::Value) -> String {
    let columns: Vec<(&str, &serde_json::Value)> =
        COLUMNS.iter().filter_map(|(place, label)| Some((*label, metrics.pointer(place).filter(|split| split.is_object())?))).collect();
    let mut lines =
        vec![std::iter::once(format!("{:<10}", "")).chain(columns.iter().map(|(label, _)| format!("{label:>20}"))).collect::<String>()];
    for (key, label) in ROWS {
        let figures = columns.iter().map(|(_, split)| format!("{:>20}", figure(&split[key])));
        lines.push(std::iter::once(format!("{label:<10}")).chain(figures).collect());
    }
    for (key, label) in [("tp", "true won"), ("fp", "false won"), ("tn", "true lost"), ("fn", "false lost")] {
        let counts = columns.iter().map(|(_, split)| format!("{:>20}", split["confusion"][key].as_f64().unwrap_or(0.0).round()));
        lines.push(std::iter::once(format!("{label:<10}")).chain(counts).collect());
    }
    lines.join("\n")
}

fn figure(value: &serde_json::Value) -> String {
    match value.as_f64() {
        Some(number) if value.is_u64() => format!("{number}"),
        Some(number) => format!("{number:.3}"),
        None => "–".into(),
    }
}
