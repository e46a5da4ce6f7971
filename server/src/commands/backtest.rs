//! `vectoros backtest`.

use std::time::Instant;

use anyhow::Result;
use app::domain::alerts::{Backtest, RuleFigures, SuggestedFigures};
use serde::Serialize;

use crate::{cli, config::Config};

#[derive(Serialize)]
struct Output {
    #[serde(flatten)]
    backtest: Backtest,
    seconds: f64,
}

pub async fn run(config: &Config, args: cli::Backtest) -> Result<()> {
    let app = super::open(config).await?;
    let start = Instant::now();
    let backtest = app.alerts().backtest().await?.backtest;
    let output = Output { backtest, seconds: super::seconds(start) };
    if args.json {
        return super::print_json(&output);
    }
    print(&output);
    Ok(())
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "–".into(), |share| format!("{:.0} %", 100.0 * share))
}

fn print(output: &Output) {
    let Backtest { deals, of, lost, days, base_rate, rules } = &output.backtest;
    let newest = of.map_or_else(String::new, |all| format!(", the newest of {all}"));
    println!("{deals} closed deals{newest} ({lost} lost) replayed over {days} days in {:.1} s.", output.seconds);
    println!("{} of them were lost or slipped: what alerts on all of them would come to.\n", percent(*base_rate));
    println!(
        "{:<28} {:>7} {:>7} {:>7} {:>10} {:>10} {:>7} {:>8}",
        "rule", "limit", "alerts", "deals", "precision", "false pos.", "recall", "warning"
    );
    for rule in rules {
        line(rule.rule.label(), &rule.current);
        match rule.suggested {
            Some(suggested) => suggestion(&suggested),
            None => println!("    no limit is quiet enough, or too few deals tell"),
        }
    }
    println!("\nSuggestions are chosen on the two thirds of the deals closed first; their figures are from the last third.");
}

fn line(name: &str, figures: &RuleFigures) {
    let RuleFigures { threshold, fired, deals, precision, false_positive_rate, recall, days_of_warning } = figures;
    let warning = days_of_warning.map_or_else(|| "–".into(), |days| format!("{days:.0} d"));
    println!(
        "{name:<28} {threshold:>7} {fired:>7} {deals:>7} {:>10} {:>10} {:>7} {warning:>8}",
        percent(*precision),
        percent(*false_positive_rate),
        percent(*recall)
    );
}

fn suggestion(suggested: &SuggestedFigures) {
    let SuggestedFigures { threshold, precision, false_positive_rate, recall, deals, meets_goal } = suggested;
    println!(
        "{:<28} {threshold:>7} {:>7} {deals:>7} {:>10} {:>10} {:>7} {}",
        "    suggested",
        "",
        percent(*precision),
        percent(*false_positive_rate),
        percent(*recall),
        if *meets_goal { "  reaches the goal" } else { "" }
    );
}
