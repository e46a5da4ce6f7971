//! How processes show that they live.

use std::time::Duration;

use chrono::{TimeDelta, Utc};

use crate::domain::Instant;

/// How a process shows that it lives: whoever does not renew what it holds within `lost` has died, and others go on.
#[derive(Debug, Clone, Copy)]
pub struct LeaseTimes {
    pub renew: Duration,
    pub lost: Duration,
}

impl Default for LeaseTimes {
    fn default() -> Self {
        Self { renew: Duration::from_secs(10), lost: Duration::from_secs(60) }
    }
}

impl LeaseTimes {
    /// Until when a hold that is renewed now is believed. Of the wall's clock: it is about processes, not about deals.
    pub(in crate::services) fn until(self) -> Instant {
        Utc::now() + self.time()
    }

    /// How long a hold is believed.
    pub fn time(self) -> TimeDelta {
        TimeDelta::from_std(self.lost).unwrap_or(TimeDelta::MAX)
    }
}
