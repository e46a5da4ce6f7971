//! `vectoros score`.

use std::time::Instant;

use anyhow::Result;
use serde::Serialize;

use crate::{cli::Score, config::Config, progress::Bar};

#[derive(Serialize)]
struct Output {
    /// Deals whose score is up to date now.
    deals: u64,
    /// Those of them that needed computing.
    computed: u64,
    /// Scores of past weeks that were added.
    past: u64,
    model_version: Option<i32>,
    seconds: f64,
}

pub async fn run(config: &Config, args: Score) -> Result<()> {
    let app = super::open(config).await?;
    let start = Instant::now();
    let mut bar = Bar::new("score");
    let mut progress = |done, total, doing: &str| bar.report(done, total, doing);
    let past = if args.weeks > 0 { app.scoring().score_past_weeks(args.weeks, &mut progress).await? } else { 0 };
    let report = app.scoring().score_open(&mut progress).await?;
    let closed = if args.all { app.scoring().score_closed(&mut progress).await? } else { 0 };
    bar.finish();
    let output = Output {
        deals: report.deals + closed,
        computed: report.computed + closed,
        past,
        model_version: report.model_version,
        seconds: super::seconds(start),
    };
    if args.json {
        return super::print_json(&output);
    }
    let by = match output.model_version {
        Some(version) => format!("with model {version}"),
        None => "by the win rates of their stages (no model is ready or can be used)".into(),
    };
    println!("{} deals scored {by}, {} of them anew, in {:.1} s", output.deals, output.computed, output.seconds);
    Ok(())
}
