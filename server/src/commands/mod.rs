//! The commands, one file each.

mod backtest;
mod common;
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

use anyhow::Result;

use self::common::{open, print_json, seconds};
use crate::{
    cli::{Cli, Command, User},
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
