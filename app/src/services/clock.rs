//! What time it is.

use chrono::Utc;

use crate::domain::Instant;

/// The present, as a function: tests and replays put another in its place.
#[derive(Clone, Copy)]
pub struct Clock(fn() -> Instant);

impl Clock {
    /// What the machine's clock says.
    pub const SYSTEM: Self = Self(Utc::now);

    pub fn now(self) -> Instant {
        (self.0)()
    }
}

impl From<fn() -> Instant> for Clock {
    fn from(now: fn() -> Instant) -> Self {
        Self(now)
    }
}
