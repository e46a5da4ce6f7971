//! Challengers against champions.

use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};

use super::{StoreError, entity::trial, known};
use crate::domain::{Instant, TrialEnding, TrialRecord};

fn record(row: trial::Model) -> Result<TrialRecord, StoreError> {
    let ending = row.ending.as_deref().map(|ending| known(TrialEnding::parse, "trial.ending", ending)).transpose()?;
    Ok(TrialRecord {
        challenger: row.challenger,
        champion: row.champion,
        began_at: row.began_at,
        ended_at: row.ended_at,
        ending,
        said: row.said,
    })
}

/// Begins a trial, in place of the one that runs.
pub async fn begin(db: &impl ConnectionTrait, challenger: i32, champion: i32, now: Instant) -> Result<(), StoreError> {
    end_present(db, TrialEnding::Replaced, &format!("Model {challenger} took its place."), now).await?;
    trial::Entity::insert(trial::ActiveModel {
        challenger: Set(challenger),
        champion: Set(champion),
        began_at: Set(now),
        ended_at: Set(None),
        ending: Set(None),
        said: Set(None),
    })
    .exec_without_returning(db)
    .await?;
    Ok(())
}

/// Ends the trial that runs, if one does.
pub async fn end_present(db: &impl ConnectionTrait, ending: TrialEnding, said: &str, now: Instant) -> Result<(), StoreError> {
    trial::Entity::update_many()
        .col_expr(trial::Column::EndedAt, Expr::value(now))
        .col_expr(trial::Column::Ending, Expr::value(ending.as_str()))
        .col_expr(trial::Column::Said, Expr::value(said))
        .filter(trial::Column::EndedAt.is_null())
        .exec(db)
        .await?;
    Ok(())
}

/// The trial that runs.
pub async fn present(db: &impl ConnectionTrait) -> Result<Option<TrialRecord>, StoreError> {
    trial::Entity::find().filter(trial::Column::EndedAt.is_null()).one(db).await?.map(record).transpose()
}

/// Newest first.
pub async fn newest(db: &impl ConnectionTrait, limit: u64) -> Result<Vec<TrialRecord>, StoreError> {
    trial::Entity::find()
        .order_by_desc(trial::Column::BeganAt)
        .order_by_desc(trial::Column::Challenger)
        .limit(limit)
        .all(db)
        .await?
        .into_iter()
        .map(record)
        .collect()
}
