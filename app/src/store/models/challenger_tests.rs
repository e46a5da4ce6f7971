//! Challengers against champions.

use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};

use crate::{
    domain::{
        Instant,
        models::{ChallengerTest, ChallengerTestEnding},
    },
    store::{StoreError, entity::challenger_test},
};

fn record(row: challenger_test::Model) -> Result<ChallengerTest, StoreError> {
    let ending = row.ending;
    Ok(ChallengerTest {
        challenger: row.challenger,
        champion: row.champion,
        began_at: row.began_at,
        ended_at: row.ended_at,
        ending,
        said: row.said,
    })
}

/// Begins a test, in place of the one that runs.
pub async fn begin(db: &impl ConnectionTrait, challenger: i32, champion: i32, now: Instant) -> Result<(), StoreError> {
    end_present(db, ChallengerTestEnding::Replaced, &format!("Model {challenger} took its place."), now).await?;
    challenger_test::Entity::insert(challenger_test::ActiveModel {
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

/// Ends the test that runs, if one does.
pub async fn end_present(db: &impl ConnectionTrait, ending: ChallengerTestEnding, said: &str, now: Instant) -> Result<(), StoreError> {
    challenger_test::Entity::update_many()
        .col_expr(challenger_test::Column::EndedAt, Expr::value(now))
        .col_expr(challenger_test::Column::Ending, Expr::value(ending.into_str()))
        .col_expr(challenger_test::Column::Said, Expr::value(said))
        .filter(challenger_test::Column::EndedAt.is_null())
        .exec(db)
        .await?;
    Ok(())
}

/// The test that runs.
pub async fn present(db: &impl ConnectionTrait) -> Result<Option<ChallengerTest>, StoreError> {
    challenger_test::Entity::find().filter(challenger_test::Column::EndedAt.is_null()).one(db).await?.map(record).transpose()
}

/// Newest first.
pub async fn newest(db: &impl ConnectionTrait, limit: u64) -> Result<Vec<ChallengerTest>, StoreError> {
    challenger_test::Entity::find()
        .order_by_desc(challenger_test::Column::BeganAt)
        .order_by_desc(challenger_test::Column::Challenger)
        .limit(limit)
        .all(db)
        .await?
        .into_iter()
        .map(record)
        .collect()
}
