//! The monitoring page: sweeps, thresholds and where they come from, and how useful alerts were.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::{
    domain::{
        alerts::{AlertRule, DismissReason, Relevance, SweepCause, SweepReport, ThresholdPlace, ThresholdSuggestion, Thresholds},
        deals::StageKind,
        error::AppError,
        ids::{PipelineId, StageId},
        people::{Action, Viewer},
    },
    services::{alerts::Alerts, jobs::Job},
    store::{
        Scope,
        alerts::{self, thresholds},
        deals, people,
    },
    views::alerts::{MonitoringView, PlaceView, ThresholdView},
};

/// Alerts that the relevance figures look at.
const LOOKED_AT: TimeDelta = TimeDelta::days(90);
/// Sweeps shown.
const SWEEPS: u64 = 10;

/// What a threshold is set to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Chosen {
    Limit(f64),
    Off,
    /// Whatever the wider place says.
    Inherited,
}

impl Alerts {
    /// The monitoring page, for managers and admins.
    pub async fn monitoring_view(&self, viewer: &Viewer) -> Result<MonitoringView, AppError> {
        viewer.must(Action::SeeMonitoring)?;
        let db = self.store.db();
        let thresholds = thresholds::all(db).await?;
        let backtest = self.newest_backtest().await?;
        let pipelines = self.pipelines().await?;
        let suggestions = backtest.as_ref().map(|made| made.suggestions.as_slice()).unwrap_or_default();
        let sweeps = alerts::sweeps(db, SWEEPS).await?.into_iter().map(|run| SweepReport {
            started_at: run.started_at,
            milliseconds: run.milliseconds.unsigned_abs(),
            deals: run.deals.unsigned_abs(),
            raised: run.raised.unsigned_abs(),
            worsened: run.worsened.unsigned_abs(),
            woken: run.woken.unsigned_abs(),
            resolved: run.resolved.unsigned_abs(),
        });
        Ok(MonitoringView {
            sweeps: sweeps.collect(),
            minutes_between: self.schedules.sweep_minutes(),
            places: places(&pipelines, &thresholds, suggestions),
            relevance: self.relevance(&Scope::of(viewer)).await?,
            backtest,
            may_manage: viewer.may(Action::ManageAlertRules),
        })
    }

    async fn pipelines(&self) -> Result<Vec<(PipelineId, String, Vec<(StageId, String)>)>, AppError> {
        let db = self.store.db();
        let names = deals::pipelines(db).await?;
        let stages = deals::stages(db).await?;
        Ok(names
            .into_iter()
            .map(|(id, name)| {
                let of_it = stages.iter().filter(|(pipeline, stage)| *pipeline == id.0 && stage.kind == StageKind::Open);
                (id, name, of_it.map(|(_, stage)| (stage.id, stage.name.clone())).collect())
            })
            .collect())
    }

    /// How useful the alerts of the last 90 days on deals in scope were, by rule.
    pub(in crate::services) async fn relevance(&self, scope: &Scope) -> Result<Vec<Relevance>, AppError> {
        let mut by_rule: BTreeMap<AlertRule, Relevance> = BTreeMap::new();
        for row in alerts::figures(self.store.db(), scope, self.clock.now() - LOOKED_AT).await? {
            let rule = AlertRule::try_from(row.cause.as_str()).unwrap_or(AlertRule::Manual);
            let empty = Relevance { rule, raised: 0, active: 0, acted_on: 0, useful: 0, not_useful: 0, wrong: 0 };
            let of = by_rule.entry(rule).or_insert(empty);
            let alerts = row.alerts.unsigned_abs();
            let dismissed = row.dismissed;
            of.raised += alerts;
            if row.state.is_active() {
                of.active += alerts;
            }
            if row.acknowledged || dismissed == Some(DismissReason::Useful) {
                of.acted_on += alerts;
            }
            match dismissed {
                Some(DismissReason::Useful) => of.useful += alerts,
                Some(DismissReason::NotUseful) => of.not_useful += alerts,
                Some(DismissReason::Wrong) => of.wrong += alerts,
                None => {}
            }
        }
        Ok(by_rule.into_values().collect())
    }

    /// Chooses a limit for a rule in a place; for admins.
    pub async fn choose_threshold(&self, viewer: &Viewer, rule: AlertRule, place: ThresholdPlace, chosen: Chosen) -> Result<(), AppError> {
        viewer.must(Action::ManageAlertRules)?;
        if let Chosen::Limit(limit) = chosen
            && !(0.0..=rule.largest_threshold()).contains(&limit)
        {
            let largest = rule.unit().with(rule.largest_threshold());
            return Err(AppError::invalid("limit", format!("Choose a limit from 0 to {largest}.")));
        }
        let now = self.clock.now();
        let tx = self.store.begin_write().await?;
        match chosen {
            Chosen::Limit(limit) => thresholds::set(&tx, rule, place, Some(limit), Some(viewer.id), now).await?,
            Chosen::Off => thresholds::set(&tx, rule, place, None, Some(viewer.id), now).await?,
            Chosen::Inherited => thresholds::forget(&tx, rule, place).await?,
        }
        people::audit(&tx, now, Some(viewer.id), "threshold.choose", None, Some(format!("{} {place:?} {chosen:?}", rule.into_str())))
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Asks for a sweep at once; a job does it.
    pub async fn ask_for_sweep(&self, viewer: &Viewer) -> Result<(), AppError> {
        viewer.must(Action::SeeMonitoring)?;
        self.jobs.ask_for(Job::Sweep { cause: SweepCause::Demand }).await
    }
}

type Pipelines = [(PipelineId, String, Vec<(StageId, String)>)];

/// The workspace's place, and those for which something was chosen or is suggested.
fn places(pipelines: &Pipelines, thresholds: &Thresholds, suggestions: &[ThresholdSuggestion]) -> Vec<PlaceView> {
    let view = |place: ThresholdPlace, name: String, limit: &dyn Fn(AlertRule) -> Option<f64>| PlaceView {
        place,
        name,
        thresholds: AlertRule::WATCHED
            .into_iter()
            .map(|rule| ThresholdView {
                rule,
                chosen: thresholds.chosen(rule, place),
                limit: limit(rule),
                suggested: suggestions.iter().find(|of| of.rule == rule && of.place == place).map(|of| (of.limit, of.deals)),
            })
            .collect(),
    };
    let mut places = vec![view(ThresholdPlace::Workspace, "All pipelines".into(), &|rule| thresholds.workspace_limit(rule))];
    for (pipeline, name, stages) in pipelines {
        if pipelines.len() > 1 {
            places.push(view(ThresholdPlace::Pipeline(*pipeline), name.clone(), &|rule| thresholds.limit(rule, *pipeline, None)));
        }
        for (stage, stage_name) in stages {
            let name = if pipelines.len() > 1 { format!("{name}: {stage_name}") } else { stage_name.clone() };
            places.push(view(ThresholdPlace::Stage(*stage), name, &|rule| thresholds.limit(rule, *pipeline, Some(*stage))));
        }
    }
    places
}
