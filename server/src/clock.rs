//! The clock that the product runs by: the machine's, or for tests one that is shifted against it.

use std::{env, sync::OnceLock};

use anyhow::{Context, Result};
use app::{domain::Instant, services::App};
use chrono::{TimeDelta, Utc};

/// Seconds that the product's clock is ahead of the machine's. For the browser tests only: they run on a workspace that was played up
/// to a fixed day, and all programs that work on it must agree on the time.
const SHIFT: &str = "VECTOROS_TEST_CLOCK_SHIFT";

static AHEAD: OnceLock<TimeDelta> = OnceLock::new();

fn shifted() -> Instant {
    Utc::now() + AHEAD.get().copied().unwrap_or_default()
}

/// The app by the shifted clock where the environment asks for one.
pub fn set(app: App) -> Result<App> {
    let Ok(seconds) = env::var(SHIFT) else { return Ok(app) };
    let ahead = seconds.parse().ok().and_then(TimeDelta::try_seconds).with_context(|| format!("{SHIFT} is a number of seconds"))?;
    tracing::warn!(%seconds, "{SHIFT} is set: the clock is wrong on purpose; use this in tests only");
    let _ = AHEAD.set(ahead);
    Ok(app.with_clock(shifted))
}
