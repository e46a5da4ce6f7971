//! `vectoros demo`.

use std::time::Instant;

use anyhow::{Result, bail};
use app::services::TrainRequest;
use serde::Serialize;

use super::train;
use crate::{cli::Demo, config::Config, progress::Bar};

/// Seed of the demo's training.
const TRAIN_SEED: u64 = 42;
/// Months whose scores are replayed, so that accuracy over time shows, and after how many the replayed model is trained anew.
const REPLAYED_MONTHS: u32 = 6;
const REPLAY_EVERY: u32 = 6;
/// Past weeks whose scores show as the deals' trend.
const TREND_WEEKS: u32 = 12;

#[derive(Serialize)]
struct Output {
    closed: u64,
    open: u64,
    bayes_auc: f64,
    model: train::Output,
    seconds: f64,
}

pub async fn run(config: &Config, args: Demo) -> Result<()> {
    let app = super::open(config).await?;
    if !app.demo().is_empty().await? {
        bail!("this workspace has people and deals already; choose an empty folder with --data-dir to create the demo in");
    }
    let start = Instant::now();
    let mut bar = Bar::new("demo");
    let report = app.demo().create_demo(args.seed, &mut |done, total, doing| bar.report(done, total, doing)).await?;
    bar.finish();
    let mut bar = Bar::new("replay");
    app.models().replay(REPLAYED_MONTHS, REPLAY_EVERY, &mut |done, total, doing| bar.report(done, total, doing)).await?;
    bar.finish();
    let model = train::train(&app, TrainRequest { seed: TRAIN_SEED, ..TrainRequest::default() }).await?;
    let mut bar = Bar::new("score");
    app.scoring().score_past_weeks(TREND_WEEKS, &mut |done, total, doing| bar.report(done, total, doing)).await?;
    app.scoring().score_open(&mut |done, total, doing| bar.report(done, total, doing)).await?;
    bar.finish();
    let output = Output { closed: report.closed, open: report.open, bayes_auc: report.bayes_auc, model, seconds: super::seconds(start) };
    if args.json {
        return super::print_json(&output);
    }
    println!("Demo workspace: {} closed and {} open deals in {:.1} s", output.closed, output.open, output.seconds);
    train::print(&output.model);
    let holdout = output.model.report.metrics.holdout.as_ref();
    let auc = holdout.and_then(|metrics| metrics.roc_auc).unwrap_or(f64::NAN);
    println!("Bayes AUC {:.3} (what the simulator itself knows), the model's on the holdout {auc:.3}", output.bayes_auc);
    Ok(())
}
