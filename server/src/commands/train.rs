//! `vectoros train`.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Instant,
};

use anyhow::Result;
use app::{
    domain::models::{Candidate, Metrics, TrainingReport},
    services::{App, TrainReport, TrainRequest},
};
use serde::Serialize;

use crate::{cli::Train, config::Config, progress::Bar};

/// Candidates shown.
const CANDIDATES: usize = 5;

/// What `--json` prints.
#[derive(Serialize)]
pub struct Output {
    #[serde(flatten)]
    pub report: TrainReport,
    pub seconds: f64,
}

pub async fn run(config: &Config, args: Train) -> Result<()> {
    let app = super::open(config).await?;
    let request = TrainRequest {
        seed: args.seed,
        features: args.features.into(),
        goal: args.goal,
        skip_embedding: args.skip_embedding,
        publish: args.publish,
        ..TrainRequest::default()
    };
    let output = train(&app, request).await?;
    if args.json {
        return super::print_json(&output);
    }
    print(&output);
    Ok(())
}

/// Trains under a progress bar; an interrupt ends it and leaves everything as it was.
pub async fn train(app: &App, request: TrainRequest) -> Result<Output> {
    let start = Instant::now();
    let cancelled = Arc::clone(&request.cancelled);
    let interrupt = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            cancelled.store(true, Ordering::Relaxed);
        }
    });
    let mut bar = Bar::new("train");
    let report = app.models().train(request, &mut |done, total, doing| bar.report(done, total, doing)).await;
    bar.finish();
    interrupt.abort();
    Ok(Output { report: report?, seconds: super::seconds(start) })
}

/// The report for people.
pub fn print(output: &Output) {
    let report = &output.report;
    println!(
        "Model {} ({}): {} of {} closed deals, {} won, {} lost, trained in {:.1} s",
        report.model_version, report.learner, report.deals, report.closed_deals, report.won, report.lost, output.seconds
    );
    println!("{}: {}", if report.ready { report.state.label() } else { "Not ready" }, report.reason);
    for column in &report.excluded {
        println!("Left out: {}, {}", column.name, column.why);
    }
    println!("{}", report_table(&report.metrics));
    if !report.candidates.is_empty() {
        println!("Model selection (log-loss, out of fold):");
    }
    report.candidates.iter().take(CANDIDATES).for_each(|candidate| println!("{}", candidate_line(candidate)));
}

fn candidate_line(candidate: &Candidate) -> String {
    let mark = if candidate.chosen { "*" } else { " " };
    match &candidate.failed {
        None => format!("{mark} {:.4}  {} ({})", candidate.log_loss, candidate.learner, candidate.settings),
        Some(why) => format!("{mark}      –  {} ({}): {why}", candidate.learner, candidate.settings),
    }
}

type Row = (&'static str, fn(&Metrics) -> Option<f64>);

const ROWS: [Row; 8] = [
    ("accuracy", |metrics| metrics.accuracy),
    ("precision", |metrics| metrics.precision),
    ("recall", |metrics| metrics.recall),
    ("F1", |metrics| metrics.f1),
    ("ROC-AUC", |metrics| metrics.roc_auc),
    ("log-loss", |metrics| metrics.log_loss),
    ("Brier", |metrics| metrics.brier),
    ("ECE", |metrics| metrics.ece),
];

type Count = (&'static str, fn(&Metrics) -> f64);

const COUNTS: [Count; 5] = [
    ("deals", |metrics| metrics.n as f64),
    ("true won", |metrics| metrics.confusion.tp),
    ("false won", |metrics| metrics.confusion.fp),
    ("true lost", |metrics| metrics.confusion.tn),
    ("false lost", |metrics| metrics.confusion.fn_),
];

/// Metrics, one column for each split or baseline that the report has.
fn report_table(report: &TrainingReport) -> String {
    let crm = report.crm.as_ref();
    let columns: Vec<(&str, &Metrics)> = [
        ("holdout", report.holdout.as_ref()),
        ("base rate", report.base_rate.as_ref()),
        ("CRM's own", crm.map(|versus| &versus.crm)),
        ("model, same deals", crm.map(|versus| &versus.model)),
        ("open a day or more", report.lived_a_day.as_ref()),
        ("cross-validation", report.cross_validation.as_ref()),
    ]
    .into_iter()
    .filter_map(|(label, metrics)| Some((label, metrics?)))
    .collect();
    if columns.is_empty() {
        return String::new();
    }
    let line = |label: &str, figures: Vec<String>| {
        std::iter::once(format!("{label:<10}")).chain(figures.iter().map(|figure| format!("{figure:>20}"))).collect::<String>()
    };
    let mut lines = vec![line("", columns.iter().map(|(label, _)| (*label).to_owned()).collect())];
    for (label, of) in ROWS {
        let figure = |metrics: &Metrics| of(metrics).map_or_else(|| "–".to_owned(), |value| format!("{value:.3}"));
        lines.push(line(label, columns.iter().map(|(_, metrics)| figure(metrics)).collect()));
    }
    for (label, of) in COUNTS {
        lines.push(line(label, columns.iter().map(|(_, metrics)| format!("{}", of(metrics).round())).collect()));
    }
    lines.join("\n")
}
