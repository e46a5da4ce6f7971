//! `vectoros score`.

use std::time::Instant;

use anyhow::Result;
use app::services::ScoreWhich;
use serde::Serialize;

use crate::{cli::Score, config::Config, progress::Bar};

#[derive(Serialize)]
struct Output {
    deals: u64,
    model_version: Option<i32>,
    seconds: f64,
}

pub async fn run(config: &Config, args: Score) -> Result<()> {
    let services = super::open(config).await?;
    let start = Instant::now();
    let mut bar = Bar::new("score");
    let which = if args.all { ScoreWhich::All } else { ScoreWhich::Open };
    let report = services.score_deals(which, &mut |done, total, doing| bar.report(done, total, doing)).await?;
    bar.finish();
    let output = Output { deals: report.deals, model_version: report.model_version, seconds: super::seconds(start) };
    if args.json {
        return super::print_json(&output);
    }
    match output.model_version {
        Some(version) => println!("{} deals scored with model {version} in {:.1} s", output.deals, output.seconds),
        None => println!("{} deals scored by the win rates of their stages (no model is ready) in {:.1} s", output.deals, output.seconds),
    }
    Ok(())
}
