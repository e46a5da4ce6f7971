//! Alerts as people and programs meet them: lists, one alert, and what is done with it.

use crate::{
    domain::{
        Instant,
        alerts::{ALERTS_PAGE, AlertAction, AlertFilter, MAX_ALERTS, ManualAlert, Observation},
        error::AppError,
        ids::{AlertId, UserId},
        input,
        people::Viewer,
    },
    services::{alerts::Alerts, notifications::News},
    store::{
        Scope,
        alerts::{self, Handling, NewAlert},
        deals, locks, people,
    },
    views::alerts::{AlertList, AlertView},
};

/// The longest snooze, in days.
const LONGEST_SNOOZE: i64 = 180;

impl Alerts {
    /// A page of the alerts in the viewer's scope, the most urgent first.
    pub async fn alert_list(&self, viewer: &Viewer, filter: AlertFilter) -> Result<AlertList, AppError> {
        let scope = Scope::of(viewer);
        let db = self.store.db();
        let total = alerts::count(db, &scope, &filter).await?;
        let page_count = u32::try_from(total.div_ceil(ALERTS_PAGE)).unwrap_or(u32::MAX).max(1);
        let filter = AlertFilter { page: filter.page.clamp(1, page_count), ..filter };
        let alerts = alerts::list(db, &scope, &filter, ALERTS_PAGE, self.clock.now()).await?;
        Ok(AlertList { filter, alerts, total, page_count })
    }

    /// One alert. One outside the viewer's scope is not found.
    pub async fn alert(&self, viewer: &Viewer, id: AlertId) -> Result<AlertView, AppError> {
        alerts::find(self.store.db(), &Scope::of(viewer), id, self.clock.now()).await?.ok_or(AppError::NotFound)
    }

    /// Acknowledges, snoozes, dismisses or reopens alerts; answers which. Alerts that are over, or not the viewer's to see, are left
    /// as they are.
    pub async fn handle_alerts(
        &self,
        viewer: &Viewer,
        ids: &[AlertId],
        action: AlertAction,
        note: Option<String>,
    ) -> Result<Vec<AlertId>, AppError> {
        if ids.is_empty() || ids.len() > MAX_ALERTS {
            return Err(AppError::invalid("ids", format!("Name 1 to {MAX_ALERTS} alerts.")));
        }
        let note = input::prose("note", note.as_deref(), 1_000, "Keep the note under 1,000 characters.")?;
        let now = self.clock.now();
        let handling = handling(&action, now)?;
        let tx = self.store.begin_write().await?;
        let handled = alerts::handle(&tx, &Scope::of(viewer), ids, handling, note.as_deref(), viewer.id, now).await?;
        let what = match handling {
            Handling::Acknowledge => "alert.acknowledge",
            Handling::Snooze { .. } => "alert.snooze",
            Handling::Dismiss { .. } => "alert.dismiss",
            Handling::Reopen => "alert.reopen",
        };
        for id in &handled {
            people::audit(&tx, now, Some(viewer.id), what, Some(id.0), None).await?;
        }
        tx.commit().await?;
        Ok(handled)
    }

    /// Like [`Self::handle_alerts`] for one alert that has to be there and active.
    pub async fn handle_alert(
        &self,
        viewer: &Viewer,
        id: AlertId,
        action: AlertAction,
        note: Option<String>,
    ) -> Result<AlertView, AppError> {
        let handled = self.handle_alerts(viewer, &[id], action, note).await?;
        let alert = self.alert(viewer, id).await?;
        if handled.is_empty() {
            return Err(AppError::Conflict(format!("This alert is already {}.", alert.state.label().to_lowercase())));
        }
        Ok(alert)
    }

    /// Raises an alert by hand. A deal has at most one active alert for each cause.
    pub async fn raise_alert(&self, viewer: &Viewer, new: ManualAlert) -> Result<AlertView, AppError> {
        let ManualAlert { deal_id, cause, headline, detail, priority } = checked(new)?;
        let now = self.clock.now();
        let tx = self.store.begin_write().await?;
        locks::deals(&tx, [deal_id]).await?;
        let detailed = deals::find(&tx, &Scope::of(viewer), deal_id).await?.ok_or(AppError::NotFound)?;
        if detailed.outcome.is_closed() {
            return Err(AppError::Conflict("This deal is closed; there is nothing left to watch.".into()));
        }
        let observation = Observation::Manual { headline, detail, at: now };
        let new = NewAlert {
            id: AlertId::new(),
            deal: deal_id,
            cause: format!("manual:{cause}"),
            priority,
            observation,
            created_by: Some(viewer.id),
        };
        let news = News {
            alert: new.id,
            deal: deal_id,
            owner: detailed.row.owner_id.map(UserId),
            team: detailed.row.team_id,
            rule: new.observation.rule(),
            priority,
            headline: new.observation.headline(now),
        };
        if alerts::raise(&tx, std::slice::from_ref(&new), now).await?.is_empty() {
            return Err(AppError::Conflict(format!("The deal has an active alert for the cause {cause:?} already.")));
        }
        self.notifications.tell(&tx, &[news], now).await?;
        people::audit(&tx, now, Some(viewer.id), "alert.raise", Some(new.id.0), None).await?;
        tx.commit().await?;
        self.notifications.told_somebody();
        self.alert(viewer, new.id).await
    }
}

fn handling(action: &AlertAction, now: Instant) -> Result<Handling, AppError> {
    Ok(match action {
        AlertAction::Acknowledge => Handling::Acknowledge,
        AlertAction::Dismiss { reason } => Handling::Dismiss { reason: *reason },
        AlertAction::Reopen => Handling::Reopen,
        AlertAction::Snooze { until } => {
            if *until <= now || (*until - now).num_days() > LONGEST_SNOOZE {
                return Err(AppError::invalid("until", format!("Choose a time within the next {LONGEST_SNOOZE} days.")));
            }
            Handling::Snooze { until: *until }
        }
    })
}

fn checked(new: ManualAlert) -> Result<ManualAlert, AppError> {
    let trimmed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let cause = input::line("cause", &trimmed(&new.cause).to_lowercase(), 60, "Name the cause in at most 60 characters.")?;
    let headline = input::line("headline", &trimmed(&new.headline), 140, "Say in at most 140 characters what is wrong.")?;
    let detail = input::prose("detail", Some(&new.detail), 2_000, "Keep the detail under 2,000 characters.")?.unwrap_or_default();
    Ok(ManualAlert { cause, headline, detail, ..new })
}
