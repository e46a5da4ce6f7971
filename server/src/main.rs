//! `vectoros`: the server and its command line.

mod cli;
mod clock;
mod commands;
mod config;
mod http;
mod progress;

use std::{process::ExitCode, time::Duration};

use clap::Parser;
use tracing_subscriber::{EnvFilter, fmt, prelude::*};

/// How long threads that are still at work may take to notice that nobody waits for them; what they do is done again.
const LET_GO: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let filter = EnvFilter::try_from_env("VECTOROS_LOG")
        .unwrap_or_else(|_| EnvFilter::new("warn,qdrant_edge=error,vectoros=info,app=info,server=info"));
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
    let done = runtime.block_on(commands::run(cli));
    // Dropping a runtime would wait for its threads, however long they take.
    runtime.shutdown_timeout(LET_GO);
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("vectoros: {error:#}");
            ExitCode::FAILURE
        }
    }
}
