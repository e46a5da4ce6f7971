//! The ports to the outside, and the features made from them.

use std::sync::Arc;

use chrono::Utc;

use crate::{
    ai::training::Effort,
    domain::Instant,
    services::{
        alerts::Alerts,
        deals::Deals,
        demo::Demo,
        imports::Imports,
        jobs::{Jobs, Schedules, leases::LeaseTimes},
        models::{MOST_DEALS, Models},
        notifications::{Notifications, Outbound},
        outcomes::{Outcomes, analysis::LateFeatures},
        people::{
            People,
            tokens::{self, Viewers},
        },
        risk::Risk,
        scoring::{Caches, Scoring},
        similarity::{Similarity, engine::Engine},
        stop::Stop,
    },
    store::{ArtifactStore, Store},
};

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

/// The ports to the outside: database, artifacts, engine, mail and Slack, clock, and what is kept in memory between requests. Each
/// feature is a type of its own, made from the parts it uses. Cheap to clone.
#[derive(Clone)]
pub struct App {
    pub(in crate::services) store: Store,
    pub(in crate::services) engine: Arc<Engine>,
    pub(in crate::services) artifacts: ArtifactStore,
    pub(in crate::services) outbound: Arc<Outbound>,
    pub(in crate::services) schedules: Schedules,
    pub(in crate::services) lease_times: LeaseTimes,
    /// Tells running work to give up.
    pub(in crate::services) stop: Stop,
    pub(in crate::services) caches: Arc<Caches>,
    pub(in crate::services) late_features: Arc<LateFeatures>,
    /// Closed deals that a training learns from, at most.
    pub(in crate::services) most_deals: usize,
    pub(in crate::services) effort: Effort,
    pub(in crate::services) token_viewers: Viewers,
    pub(in crate::services) clock: Clock,
}

impl App {
    pub fn new(store: Store, engine: Engine, artifacts: ArtifactStore) -> Self {
        Self {
            store,
            engine: Arc::new(engine),
            artifacts,
            outbound: Arc::default(),
            schedules: Schedules::default(),
            lease_times: LeaseTimes::default(),
            stop: Stop::default(),
            caches: Arc::new(Caches::new()),
            late_features: Arc::default(),
            most_deals: MOST_DEALS,
            effort: Effort::default(),
            token_viewers: tokens::viewers(),
            clock: Clock::SYSTEM,
        }
    }

    /// The same app at another time; for tests and replays.
    pub fn with_clock(self, clock: fn() -> Instant) -> Self {
        Self { clock: Clock(clock), ..self }
    }

    /// The same app with ways out of it.
    pub fn with_outbound(self, outbound: Outbound) -> Self {
        Self { outbound: Arc::new(outbound), ..self }
    }

    /// The same app with recurring jobs at other times.
    pub fn with_schedules(self, schedules: Schedules) -> Self {
        Self { schedules, ..self }
    }

    /// The same app with trainings that learn from at most so many closed deals.
    pub fn with_most_deals(self, most_deals: usize) -> Self {
        Self { most_deals, ..self }
    }

    /// The same app with trainings that make less of it; for tests.
    pub fn with_effort(self, effort: Effort) -> Self {
        Self { effort, ..self }
    }

    /// The present, by the app's clock.
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// The same app with other times for leases; for tests.
    pub fn with_lease_times(self, lease_times: LeaseTimes) -> Self {
        Self { lease_times, ..self }
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    pub fn artifacts(&self) -> &ArtifactStore {
        &self.artifacts
    }

    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    pub fn alerts(&self) -> Alerts {
        Alerts::of(self)
    }

    pub fn deals(&self) -> Deals {
        Deals::of(self)
    }

    pub fn demo(&self) -> Demo {
        Demo::of(self)
    }

    pub fn imports(&self) -> Imports {
        Imports::of(self)
    }

    pub fn jobs(&self) -> Jobs {
        Jobs::of(self)
    }

    pub fn models(&self) -> Models {
        Models::of(self)
    }

    pub fn notifications(&self) -> Notifications {
        Notifications::of(self)
    }

    pub fn outcomes(&self) -> Outcomes {
        Outcomes::of(self)
    }

    pub fn people(&self) -> People {
        People::of(self)
    }

    pub fn risk(&self) -> Risk {
        Risk::of(self)
    }

    pub fn scoring(&self) -> Scoring {
        Scoring::of(self)
    }

    pub fn similarity(&self) -> Similarity {
        Similarity::of(self)
    }
}
