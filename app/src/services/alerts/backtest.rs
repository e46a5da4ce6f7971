//! The backtest: every rule and threshold over the team's own closed deals.

use std::collections::HashMap;

use crate::{
    ai::alerts::{
        backtest::{PastDeal, Replay},
        suggest::Suggesting,
    },
    domain::{
        alerts::{Backtest, MadeBacktest},
        error::AppError,
        ids::{DealId, PipelineId},
        people::{Action, Viewer},
    },
    services::{ServiceError, alerts::Alerts, jobs::Job, workspace::WorkspaceMetadata},
    store::{
        alerts::{backtest as facts, thresholds},
        deals::history::DealBatch,
        json, people,
    },
};

/// Deals that are replayed, at most.
const MOST_DEALS: u64 = 100_000;

/// Setting that holds the newest backtest, as JSON.
const NEWEST: &str = "backtest";

impl Alerts {
    /// Replays the closed deals, of very many those that closed last, day by day under every rule and threshold, and keeps the result
    /// for the monitoring page.
    pub async fn backtest(&self) -> Result<MadeBacktest, ServiceError> {
        let db = self.store.db();
        let metadata = WorkspaceMetadata::load(&self.store).await?;
        let pipelines: HashMap<DealId, PipelineId> = facts::closed_deals(db, MOST_DEALS).await?.into_iter().collect();
        let know_activities = facts::pipelines_with_activities(db).await?;
        let thresholds = thresholds::all(db).await?;
        let mut ids: Vec<DealId> = pipelines.keys().copied().collect();
        ids.sort_unstable();
        let (mut replay, mut suggesting) = (Replay::new(&thresholds), Suggesting::default());
        for batch in DealBatch::of(&ids) {
            let mut scores = facts::scores_while_open(db, batch).await?;
            let histories = metadata.histories(&self.store, batch).await?.into_iter();
            let past: Vec<PastDeal> = histories
                .filter_map(|history| {
                    let pipeline = *pipelines.get(&history.id)?;
                    let scores = scores.remove(&history.id).unwrap_or_default();
                    Some(PastDeal { history, pipeline, knows_activities: know_activities.contains(&pipeline), scores })
                })
                .collect();
            (replay, suggesting) = tokio::task::spawn_blocking(move || {
                replay.add(&past);
                suggesting.add(&past);
                (replay, suggesting)
            })
            .await?;
        }
        let of = if ids.len() as u64 == MOST_DEALS { Some(facts::closed_dated(db).await?).filter(|all| *all > MOST_DEALS) } else { None };
        let made_at = self.clock.now();
        let made = tokio::task::spawn_blocking(move || MadeBacktest {
            made_at,
            backtest: Backtest { of, ..replay.finished() },
            suggestions: suggesting.finished(),
        })
        .await?;
        people::set_json_setting(db, NEWEST, &made).await?;
        Ok(made)
    }

    /// The newest backtest; `None` before the first, and where it cannot be read: it can be made again.
    pub(in crate::services) async fn newest_backtest(&self) -> Result<Option<MadeBacktest>, ServiceError> {
        Ok(json::or_to_be_saved_again(people::json_setting(self.store.db(), NEWEST).await)?.flatten())
    }

    /// Asks for a new backtest; a job makes it.
    pub async fn ask_for_backtest(&self, viewer: &Viewer) -> Result<(), AppError> {
        viewer.must(Action::ManageAlertRules)?;
        self.jobs.ask_for(Job::Backtest).await
    }
}
