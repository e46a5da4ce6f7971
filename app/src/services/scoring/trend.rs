//! How scores moved: in the list, on the dashboard and on the deal page.

use chrono::TimeDelta;

use crate::{
    domain::{Instant, error::AppError, ids::DealId, scoring::ScorePoint},
    services::scoring::Scoring,
    store::scoring::scores,
    views::deals::DealRow,
};

/// How far back the trend of a score is shown.
const SHOWN: TimeDelta = TimeDelta::days(90);

impl Scoring {
    /// Adds how the scores moved.
    pub(in crate::services) async fn add_trends(&self, rows: &mut [DealRow]) -> Result<(), AppError> {
        let ids: Vec<DealId> = rows.iter().filter(|row| row.score.is_some()).map(|row| row.id).collect();
        let mut points = scores::points(self.store.db(), &ids, self.clock.now() - SHOWN).await?;
        for row in rows {
            if let (Some(score), Some(points)) = (&mut row.score, points.remove(&row.id)) {
                score.trend = points;
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
