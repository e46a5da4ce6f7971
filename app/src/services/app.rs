//! The ports to the outside, and the features made from them. It alone knows all features; what each is made from says what it needs.

use std::sync::Arc;

use crate::{
    ai::training::Effort,
    domain::Instant,
    services::{
        alerts::Alerts,
        clock::Clock,
        deals::Deals,
        demo::Demo,
        imports::Imports,
        jobs::{Jobs, LeaseTimes, Schedules, Wake},
        models::{MOST_DEALS, Models},
        notifications::{Live, Notifications, Outbound},
        outcomes::{LateFeatures, Outcomes},
        people::{People, Viewers, viewers},
        risk::Risk,
        scoring::{Caches, Scoring},
        similarity::{Similarity, engine::Engine},
        stop::Stop,
    },
    store::{ArtifactStore, Store},
};

/// The ports to the outside: database, artifacts, engine, mail and Slack, clock, and what is kept in memory between requests. Each
/// feature is a type of its own, made from the parts it uses. Cheap to clone.
#[derive(Clone)]
pub struct App {
    pub(super) store: Store,
    engine: Arc<Engine>,
    artifacts: ArtifactStore,
    outbound: Arc<Outbound>,
    pub(super) schedules: Schedules,
    pub(super) lease_times: LeaseTimes,
    /// Wakes the workers of this process.
    pub(super) wake: Wake,
    /// Tells running work to give up.
    pub(super) stop: Stop,
    /// What open browser tabs listen to.
    live: Arc<Live>,
    caches: Arc<Caches>,
    late_features: Arc<LateFeatures>,
    /// Closed deals that a training learns from, at most.
    most_deals: usize,
    /// What pages count themselves, at most; of more a job counts.
    counted_by_pages: u64,
    effort: Effort,
    token_viewers: Viewers,
    pub(super) clock: Clock,
}

/// Alerts or predictions.
const COUNTED_BY_PAGES: u64 = 3_000;

impl App {
    pub fn new(store: Store, engine: Engine, artifacts: ArtifactStore) -> Self {
        Self {
            store,
            engine: Arc::new(engine),
            artifacts,
            outbound: Arc::default(),
            schedules: Schedules::default(),
            lease_times: LeaseTimes::default(),
            wake: Wake::default(),
            stop: Stop::default(),
            live: Arc::default(),
            caches: Arc::new(Caches::new()),
            late_features: Arc::default(),
            most_deals: MOST_DEALS,
            counted_by_pages: COUNTED_BY_PAGES,
            effort: Effort::default(),
            token_viewers: viewers(),
            clock: Clock::SYSTEM,
        }
    }

    /// The same app at another time; for tests and replays.
    pub fn with_clock(self, clock: fn() -> Instant) -> Self {
        Self { clock: Clock::from(clock), ..self }
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

    /// The same app with pages that leave counting to a job where there is more than this.
    pub fn with_counted_by_pages(self, counted_by_pages: u64) -> Self {
        Self { counted_by_pages, ..self }
    }

    /// The same app with trainings that make less of it; for tests.
    pub fn with_effort(self, effort: Effort) -> Self {
        Self { effort, ..self }
    }

    /// The same app with other times for leases; for tests.
    pub fn with_lease_times(self, lease_times: LeaseTimes) -> Self {
        Self { lease_times, ..self }
    }

    /// The same app whose work gives up when this tells it to.
    pub(super) fn told_by(self, stop: Stop) -> Self {
        Self { stop, ..self }
    }

    /// The present, by the app's clock.
    pub fn now(&self) -> Instant {
        self.clock.now()
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
}

/// The features, from the ground up: each is made from ports and from features above it in this list.
impl App {
    pub fn jobs(&self) -> Jobs {
        Jobs {
            store: self.store.clone(),
            wake: self.wake.clone(),
            clock: self.clock,
            lease_times: self.lease_times,
            stop: self.stop.clone(),
        }
    }

    pub fn people(&self) -> People {
        People { store: self.store.clone(), token_viewers: self.token_viewers.clone(), clock: self.clock }
    }

    pub fn imports(&self) -> Imports {
        Imports { store: self.store.clone(), clock: self.clock, jobs: self.jobs() }
    }

    pub fn demo(&self) -> Demo {
        Demo { store: self.store.clone(), clock: self.clock, imports: self.imports() }
    }

    pub fn notifications(&self) -> Notifications {
        Notifications {
            store: self.store.clone(),
            live: self.live.clone(),
            outbound: self.outbound.clone(),
            clock: self.clock,
            jobs: self.jobs(),
        }
    }

    pub fn similarity(&self) -> Similarity {
        Similarity { store: self.store.clone(), engine: self.engine.clone(), clock: self.clock, jobs: self.jobs() }
    }

    pub fn scoring(&self) -> Scoring {
        Scoring {
            store: self.store.clone(),
            artifacts: self.artifacts.clone(),
            caches: self.caches.clone(),
            clock: self.clock,
            similarity: self.similarity(),
            stop: self.stop.clone(),
        }
    }

    pub fn alerts(&self) -> Alerts {
        Alerts {
            store: self.store.clone(),
            schedules: self.schedules.clone(),
            clock: self.clock,
            jobs: self.jobs(),
            notifications: self.notifications(),
        }
    }

    pub fn outcomes(&self) -> Outcomes {
        Outcomes {
            store: self.store.clone(),
            late_features: self.late_features.clone(),
            counted_by_pages: self.counted_by_pages,
            clock: self.clock,
            alerts: self.alerts(),
            jobs: self.jobs(),
            similarity: self.similarity(),
        }
    }

    pub fn models(&self) -> Models {
        Models {
            store: self.store.clone(),
            artifacts: self.artifacts.clone(),
            clock: self.clock,
            jobs: self.jobs(),
            notifications: self.notifications(),
            scoring: self.scoring(),
            similarity: self.similarity(),
            most_deals: self.most_deals,
            counted_by_pages: self.counted_by_pages,
            effort: self.effort,
        }
    }

    pub fn deals(&self) -> Deals {
        Deals {
            store: self.store.clone(),
            clock: self.clock,
            jobs: self.jobs(),
            outcomes: self.outcomes(),
            scoring: self.scoring(),
            similarity: self.similarity(),
        }
    }

    pub fn risk(&self) -> Risk {
        Risk { store: self.store.clone(), clock: self.clock, scoring: self.scoring() }
    }
}
