//! The backtest: every rule and threshold over the team's own closed deals.

use std::collections::HashSet;

use crate::{
    ai::alerts::{
        backtest::{self, PastDeal},
        suggest,
    },
    domain::{
        alerts::MadeBacktest,
        deals::DealHistory,
        error::AppError,
        ids::{DealId, PipelineId},
        people::{Action, Viewer},
    },
    services::{ServiceError, alerts::Alerts, jobs::Job, workspace::WorkspaceMetadata},
    store::{alerts::sweep as facts, people},
};

/// Setting that holds the newest backtest, as JSON.
const NEWEST: &str = "backtest";

impl Alerts {
    /// Replays all closed deals day by day under every rule and threshold, and keeps the result for the monitoring page.
    pub async fn backtest(&self) -> Result<MadeBacktest, ServiceError> {
        let db = self.store.db();
        let metadata = WorkspaceMetadata::load(&self.store).await?;
        let closed = facts::closed_deals(db).await?;
        let mut scores = facts::scores_while_open(db).await?;
        let thresholds = facts::thresholds(db).await?;
        let mut histories: std::collections::HashMap<DealId, DealHistory> =
            metadata.histories(&self.store).await?.into_iter().map(|history| (history.id, history)).collect();
        let now = self.clock.now();
        let made = tokio::task::spawn_blocking(move || {
            let know_activities: HashSet<PipelineId> = closed
                .iter()
                .filter(|(deal, _)| histories.get(deal).is_some_and(|history| !history.activities.is_empty()))
                .map(|(_, pipeline)| *pipeline)
                .collect();
            let past: Vec<PastDeal> = closed
                .into_iter()
                .filter_map(|(deal, pipeline)| {
                    let history = histories.remove(&deal)?;
                    let scores = scores.remove(&deal).unwrap_or_default();
                    Some(PastDeal { history, pipeline, knows_activities: know_activities.contains(&pipeline), scores })
                })
                .collect();
            MadeBacktest { made_at: now, backtest: backtest::backtest(&past, &thresholds), suggestions: suggest::suggestions(&past) }
        })
        .await?;
        let json = serde_json::to_string(&made).map_err(|error| ServiceError::Engine(error.to_string()))?;
        people::set_setting(db, NEWEST, json).await?;
        Ok(made)
    }

    /// The newest backtest; `None` before the first.
    pub(in crate::services) async fn newest_backtest(&self) -> Result<Option<MadeBacktest>, ServiceError> {
        let stored = people::setting(self.store.db(), NEWEST).await?;
        Ok(stored.and_then(|json| serde_json::from_str(&json).ok()))
    }

    /// Asks for a new backtest; a job makes it.
    pub async fn ask_for_backtest(&self, viewer: &Viewer) -> Result<(), AppError> {
        viewer.must(Action::ManageAlertRules)?;
        self.jobs.ask_for(Job::Backtest).await
    }
}
