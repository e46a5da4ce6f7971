//! Who tokens belong to, as it was looked up a moment ago.

use std::time::Duration;

use moka::sync::Cache;

use crate::domain::people::Viewer;

/// Viewers by their token's hash. A revoked token, or a changed role, is noticed this late by other instances.
pub(in crate::services) type Viewers = Cache<String, Viewer>;
const NOTICED_WITHIN: Duration = Duration::from_secs(10);

pub(in crate::services) fn viewers() -> Viewers {
    Cache::builder().max_capacity(10_000).time_to_live(NOTICED_WITHIN).build()
}
