//! `vectoros sweep`.

use anyhow::Result;
use app::domain::alerts::SweepCause;

use crate::{cli::Sweep, config::Config};

pub async fn run(config: &Config, args: Sweep) -> Result<()> {
    let app = super::open(config).await?;
    let report = app.alerts().sweep(SweepCause::Demand).await?;
    if args.json {
        return super::print_json(&report);
    }
    println!(
        "{} open deals looked at in {} ms: {} alerts raised, {} worse, {} woken, {} resolved",
        report.deals, report.milliseconds, report.raised, report.worsened, report.woken, report.resolved
    );
    Ok(())
}
