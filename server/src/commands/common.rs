//! What the commands share.

use std::time::Instant;

use anyhow::Result;
use app::services::{App, Engine, EngineConfig};
use serde::Serialize;

use crate::{clock, config::Config};

/// The services over the configured database.
pub async fn open(config: &Config) -> Result<App> {
    let store = config.open_store().await?;
    let engine = Engine::new(EngineConfig { model_dir: config.model_dir.clone() });
    let app = App::new(store, engine, config.open_artifacts()?).with_outbound(config.outbound()?);
    clock::set(app.with_most_deals(config.train_deals))
}

/// Seconds since `start`, to milliseconds.
pub fn seconds(start: Instant) -> f64 {
    (start.elapsed().as_secs_f64() * 1_000.0).round() / 1_000.0
}

/// Prints one JSON object on standard output.
pub fn print_json(value: &impl Serialize) -> Result<()> {
    println!("{}", serde_json::to_string(value)?);
    Ok(())
}
