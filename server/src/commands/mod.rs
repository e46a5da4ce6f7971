//! The commands, one file each.

mod backtest;
mod demo;
mod import;
mod models;
mod replay;
mod report;
mod score;
mod serve;
mod sweep;
mod token;
mod train;
mod user;

use std::time::Instant;

use anyhow::Result;
use app::services::{App, Engine, EngineConfig};
use serde::Serialize;

use crate::{
    cli::{Cli, Command, User},
    clock,
    config::Config,
};

pub async fn run(cli: Cli) -> Result<()> {
    let config = Config::load(&cli.settings)?;
    match cli.command {
        Command::Serve => serve::run(&config).await,
        Command::Demo(args) => demo::run(&config, args).await,
        Command::Import(args) => import::run(&config, args).await,
        Command::Train(args) => train::run(&config, args).await,
        Command::Score(args) => score::run(&config, args).await,
        Command::Replay(args) => replay::run(&config, args).await,
        Command::Sweep(args) => sweep::run(&config, args).await,
        Command::Backtest(args) => backtest::run(&config, args).await,
        Command::Models(command) => models::run(&config, command).await,
        Command::Report(args) => report::run(&config, args).await,
        Command::User(User::Add(args)) => user::add(&config, args).await,
        Command::Token(command) => token::run(&config, command).await,
    }
}

/// The services over the configured database.
async fn open(config: &Config) -> Result<App> {
    let store = config.open_store().await?;
    let engine = Engine::new(EngineConfig { model_dir: config.model_dir.clone() });
    let app = App::new(store, engine, config.open_artifacts()?).with_outbound(config.outbound()?);
    clock::set(app.with_most_deals(config.train_deals))
}

/// Seconds since `start`, to milliseconds.
fn seconds(start: Instant) -> f64 {
    (start.elapsed().as_secs_f64() * 1_000.0).round() / 1_000.0
}

/// Prints one JSON object on standard output.
fn print_json(value: &impl Serialize) -> Result<()> {
    println!("{}", serde_json::to_string(value)?);
    Ok(())
}
