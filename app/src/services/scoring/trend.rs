//! How scores moved, drawn small: in the list, on the dashboard and on the deal page.

use chrono::TimeDelta;

use crate::{
    charts,
    domain::{Instant, error::AppError, ids::DealId},
    services::scoring::Scoring,
    store::scoring::scores,
    views::{deals::DealRow, scoring::ScorePoint},
};

/// How far back the trend of a score is shown.
const SHOWN: TimeDelta = TimeDelta::days(90);

impl Scoring {
    /// Adds the drawings of how the scores moved.
    pub(in crate::services) async fn draw_trends(&self, rows: &mut [DealRow]) -> Result<(), AppError> {
        let ids: Vec<DealId> = rows.iter().filter(|row| row.score.is_some()).map(|row| row.id).collect();
        let points = scores::points(self.store.db(), &ids, self.clock.now() - SHOWN).await?;
        for row in rows {
            if let (Some(score), Some(points)) = (&mut row.score, points.get(&row.id)) {
                score.trend_svg = trend_svg(points);
            }
        }
        Ok(())
    }

    /// How a deal's score moved up to `until`, oldest first.
    pub(in crate::services) async fn score_history(&self, deal: DealId, until: Instant) -> Result<Vec<ScorePoint>, AppError> {
        let mut points = scores::points(self.store.db(), &[deal], until - SHOWN).await?.remove(&deal).unwrap_or_default();
        points.retain(|point| point.at <= until);
        Ok(points)
    }
}

/// A drawing of how a score moved; empty where it did not have the time to.
pub(in crate::services) fn trend_svg(points: &[ScorePoint]) -> String {
    let points: Vec<(Instant, f64)> = points.iter().map(|point| (point.at, point.probability.get())).collect();
    if points.len() < 2 { String::new() } else { charts::sparkline(&points) }
}
