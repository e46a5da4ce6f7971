//! What changes make necessary, written in the transaction that makes it so; and leases for work of which at most one may run.

use chrono::TimeDelta;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::OnConflict,
};
use uuid::Uuid;

use crate::{
    domain::Instant,
    store::{
        IN_LIST, StoreError,
        entity::{lease, outbox},
    },
};

/// Work that waits to become a job.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    pub id: Uuid,
    /// The job, as JSON.
    pub job: String,
    /// How often it was tried before.
    pub attempt: i32,
    pub due_at: Instant,
}

/// Writes what is to be done, at once or later.
pub async fn put(db: &impl ConnectionTrait, job: String, attempt: i32, now: Instant, due_at: Instant) -> Result<(), StoreError> {
    outbox::Entity::insert(outbox::ActiveModel {
        id: Set(Uuid::now_v7()),
        job: Set(job),
        attempt: Set(attempt),
        created_at: Set(now),
        due_at: Set(due_at),
    })
    .exec_without_returning(db)
    .await?;
    Ok(())
}

/// What is due, oldest first.
pub async fn due(db: &impl ConnectionTrait, now: Instant, limit: u64) -> Result<Vec<Waiting>, StoreError> {
    let rows = outbox::Entity::find().filter(outbox::Column::DueAt.lte(now)).order_by_asc(outbox::Column::Id).limit(limit).all(db).await?;
    Ok(rows.into_iter().map(waiting).collect())
}

/// What waits to be tried again, soonest first.
pub async fn retrying(db: &impl ConnectionTrait, limit: u64) -> Result<Vec<Waiting>, StoreError> {
    let rows =
        outbox::Entity::find().filter(outbox::Column::Attempt.gt(0)).order_by_asc(outbox::Column::DueAt).limit(limit).all(db).await?;
    Ok(rows.into_iter().map(waiting).collect())
}

fn waiting(row: outbox::Model) -> Waiting {
    Waiting { id: row.id, job: row.job, attempt: row.attempt, due_at: row.due_at }
}

/// Removes what became a job.
pub async fn remove(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<(), StoreError> {
    for some in ids.chunks(IN_LIST) {
        outbox::Entity::delete_many().filter(outbox::Column::Id.is_in(some.iter().copied())).exec(db).await?;
    }
    Ok(())
}

/// Takes, or prolongs, a lease; tells whether the holder has it now.
pub async fn take_lease(db: &impl ConnectionTrait, name: &str, holder: &str, now: Instant, time: TimeDelta) -> Result<bool, StoreError> {
    let row = lease::ActiveModel { name: Set(name.into()), holder: Set(holder.into()), until: Set(now + time) };
    // One statement, so that of two that come at the same time one finds the other's.
    let free = Condition::any().add(lease::Column::Until.lte(now)).add(lease::Column::Holder.eq(holder));
    let taken = lease::Entity::insert(row)
        .on_conflict(
            OnConflict::column(lease::Column::Name)
                .update_columns([lease::Column::Holder, lease::Column::Until])
                .action_cond_where(free)
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    Ok(taken > 0)
}

/// Gives a lease back.
pub async fn give_lease_back(db: &impl ConnectionTrait, name: &str, holder: &str) -> Result<(), StoreError> {
    lease::Entity::delete_many().filter(lease::Column::Name.eq(name)).filter(lease::Column::Holder.eq(holder)).exec(db).await?;
    Ok(())
}
