//! What pages show up to the present, as a job counted it last: no page reads a year of alerts or predictions.

use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{
    domain::Instant,
    store::{StoreError, entity::latest_summary, json},
};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Latest {
    /// What came of flagged deals, by team and of all.
    Impact,
    /// Calibration of what people saw, week by week.
    Calibration,
}

impl Latest {
    fn as_str(self) -> &'static str {
        match self {
            Self::Impact => "impact",
            Self::Calibration => "calibration",
        }
    }
}

/// What was counted last, and when; of a team, or of all. `None` where nobody has counted it, or what was kept cannot be read.
pub async fn read<T: DeserializeOwned>(
    db: &impl ConnectionTrait,
    kind: Latest,
    team: Option<Uuid>,
) -> Result<Option<(Instant, T)>, StoreError> {
    use latest_summary::Column as L;
    let of_team = team.map_or_else(|| L::TeamId.is_null(), |team| L::TeamId.eq(team));
    let row = latest_summary::Entity::find().filter(L::Kind.eq(kind.as_str())).filter(of_team).one(db).await?;
    let Some(row) = row else { return Ok(None) };
    Ok(json::derived(json::read("latest_summary.summary", row.summary)).map(|summary| (row.counted_at, summary)))
}

/// Keeps what was counted, in place of what was.
pub async fn keep<T: Serialize>(
    tx: &impl ConnectionTrait,
    kind: Latest,
    summaries: Vec<(Option<Uuid>, T)>,
    now: Instant,
) -> Result<(), StoreError> {
    latest_summary::Entity::delete_many().filter(latest_summary::Column::Kind.eq(kind.as_str())).exec(tx).await?;
    for (team, summary) in summaries {
        let row = latest_summary::ActiveModel {
            id: Set(Uuid::now_v7()),
            kind: Set(kind.as_str().into()),
            team_id: Set(team),
            counted_at: Set(now),
            summary: Set(json::write("latest_summary.summary", &summary)?),
        };
        latest_summary::Entity::insert(row).exec_without_returning(tx).await?;
    }
    Ok(())
}
