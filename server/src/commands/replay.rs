//! `vectoros replay`.

use std::time::Instant;

use anyhow::Result;
use app::services::ReplayReport;
use serde::Serialize;

use crate::{cli::Replay, config::Config, progress::Bar};

#[derive(Serialize)]
struct Output {
    #[serde(flatten)]
    report: ReplayReport,
    seconds: f64,
}

pub async fn run(config: &Config, args: Replay) -> Result<()> {
    let app = super::open(config).await?;
    let start = Instant::now();
    let mut bar = Bar::new("replay");
    let report = app.models().replay(args.months, args.every, &mut |done, total, doing| bar.report(done, total, doing)).await?;
    bar.finish();
    let output = Output { report, seconds: super::seconds(start) };
    if args.json {
        return super::print_json(&output);
    }
    let ReplayReport { models, scores, skipped } = &output.report;
    println!("{} models trained as of the past, {scores} scores of past weeks recorded, in {:.1} s", models.len(), output.seconds);
    if *skipped > 0 {
        println!("{skipped} past instants were skipped: too few deals had closed by then");
    }
    Ok(())
}
