//! Whether the present is still what the champion learned.

use chrono::TimeDelta;

use crate::{
    ai::{
        examples::{self, Names},
        features,
        learning::{WINDOW_WEEKS, calibration_drift},
    },
    domain::{
        Instant,
        alerts::Priority,
        models::{Baseline, DriftReport, FeatureDrift, JudgedPrediction},
    },
    services::{
        ServiceError,
        models::{Models, examples::Wanted, learning::challenger_test::PAGE},
        workspace::WorkspaceMetadata,
    },
    store::{
        entity::prediction,
        models::{self, trainings},
        scoring::predictions,
    },
};

/// Deals that closed within so many days are held against those that the model learned from.
const RECENT_DAYS: i64 = 90;
/// Fewer say nothing.
const FEWEST_DEALS: usize = 30;
/// Of more than that, so many are drawn: drift shows in a few hundred.
const MOST_DEALS: usize = 20_000;

pub(crate) fn judged(row: &prediction::Model) -> JudgedPrediction {
    JudgedPrediction { at: row.closed_at, probability: row.probability, won: row.won }
}

impl Models {
    /// Looks for drift, keeps what was found, and tells admins when a limit is newly crossed; tells whether one is.
    pub(crate) async fn look_for_drift(&self) -> Result<bool, ServiceError> {
        let db = self.store.db();
        let Some(version) = models::champion_version(db).await? else { return Ok(false) };
        let report = self.drift_of(version).await?;
        let before = trainings::drift_runs(db, 1).await?.into_iter().next();
        let known = before.is_some_and(|before| before.model_version == version && before.alarm());
        let tx = self.store.begin_write().await?;
        trainings::record_drift(&tx, &report).await?;
        if report.alarm() && !known {
            let first = report.why().into_iter().next().unwrap_or_default();
            self.notifications
                .tell_admins(&tx, Priority::High, &format!("The world moved away from model {version}: {first}."), PAGE, report.at)
                .await?;
        }
        tx.commit().await?;
        self.notifications.told_somebody();
        Ok(report.alarm())
    }

    async fn drift_of(&self, version: i32) -> Result<DriftReport, ServiceError> {
        let now = self.clock.now();
        let registered = models::find(self.store.db(), version).await?;
        let baseline = registered.and_then(|model| model.report).and_then(|report| report.baseline);
        let (recent_deals, features) = match baseline {
            Some(baseline) => self.moved(version, baseline, now).await?,
            None => (0, Vec::new()),
        };
        // What it said in the shadow before it was promoted counts too.
        let said = predictions::of_model_since(self.store.db(), version, now - TimeDelta::weeks(WINDOW_WEEKS)).await?;
        let own: Vec<JudgedPrediction> = said.iter().map(judged).collect();
        Ok(DriftReport {
            at: now,
            model_version: version,
            recent_deals,
            recent_days: RECENT_DAYS,
            features,
            calibration: calibration_drift(&own),
        })
    }

    /// How far the deals that closed lately are from the baseline, and how many there are.
    async fn moved(&self, version: i32, baseline: Baseline, now: Instant) -> Result<(u64, Vec<FeatureDrift>), ServiceError> {
        let model = self.scoring.model(version).await?;
        let metadata = WorkspaceMetadata::load(&self.store).await?;
        let outlines = metadata.outlines(&self.store, None, &mut |_, _, _| {}).await?;
        let recent = examples::closed_between(&outlines, now - TimeDelta::days(RECENT_DAYS), now);
        let places = examples::draw(&outlines, recent, MOST_DEALS, 0);
        let count = places.len();
        if count < FEWEST_DEALS {
            return Ok((count as u64, Vec::new()));
        }
        let wanted = Wanted { places, seed: 0, names: Names::default(), as_of: None, now };
        let material = self.gather(&metadata, outlines, wanted, &mut |_, _, _| {}).await?;
        let features = tokio::task::spawn_blocking(move || {
            let recent = material.examples();
            let scores: Vec<f64> = model.model.probabilities(&recent.table).into_iter().map(|probability| probability.get()).collect();
            let mut features = baseline.compare(&recent.table, &recent.weight, count, &scores);
            for feature in &mut features {
                // What is measured against all of the past moves as that grows, and no world has changed.
                feature.drifted &= !features::grows_with_the_past(&feature.name);
            }
            // The score stands first; of the others the most drifted, measured by their own limits.
            if let Some((_, others)) = features.split_first_mut() {
                others.sort_by(|a, b| (b.psi / b.limit).total_cmp(&(a.psi / a.limit)));
            }
            features
        })
        .await?;
        Ok((count as u64, features))
    }
}
