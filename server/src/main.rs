//! `vectoros`: the server and its command line.

mod cli;
mod commands;
mod config;
mod http;
mod progress;

use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::{EnvFilter, fmt, prelude::*};

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let filter = EnvFilter::try_from_env("VECTOROS_LOG").unwrap_or_else(|_| EnvFilter::new("warn,vectoros=info,app=info,server=info"));
    tracing_subscriber::registry().with(filter).with(fmt::layer().with_writer(std::io::stderr)).init();
    // Of the TLS libraries' two providers the small one, for addresses of S3-compatible stores.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("vectoros: the async runtime could not be started: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(commands::run(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("vectoros: {error:#}");
            ExitCode::FAILURE
        }
    }
}
