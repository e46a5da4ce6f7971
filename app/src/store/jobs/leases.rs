//! Leases on work of which at most one may run, whatever the number of processes.

use chrono::TimeDelta;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{LockType, OnConflict},
};

use crate::{
    domain::Instant,
    store::{StoreError, entity::lease},
};

/// A lease as its holder knows it. Another may have taken it since: see [`check`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    pub name: String,
    /// Of this one time of holding it.
    pub holder: String,
}

/// Takes, or prolongs, a lease; tells whether the holder has it now.
pub async fn take(db: &impl ConnectionTrait, lease: &Lease, now: Instant, time: TimeDelta) -> Result<bool, StoreError> {
    let row = lease::ActiveModel { name: Set(lease.name.clone()), holder: Set(lease.holder.clone()), until: Set(now + time) };
    // One statement, so that of two that come at the same time one finds the other's.
    let free = Condition::any().add(lease::Column::Until.lte(now)).add(lease::Column::Holder.eq(lease.holder.as_str()));
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
pub async fn give_back(db: &impl ConnectionTrait, lease: &Lease) -> Result<(), StoreError> {
    lease::Entity::delete_many()
        .filter(lease::Column::Name.eq(lease.name.as_str()))
        .filter(lease::Column::Holder.eq(lease.holder.as_str()))
        .exec(db)
        .await?;
    Ok(())
}

/// Fails with [`StoreError::LeaseLost`] unless the holder still has the lease, and keeps it from being taken until the caller's
/// transaction ends.
pub async fn check(db: &impl ConnectionTrait, lease: &Lease) -> Result<(), StoreError> {
    let mut held =
        lease::Entity::find().filter(lease::Column::Name.eq(lease.name.as_str())).filter(lease::Column::Holder.eq(lease.holder.as_str()));
    // On SQLite whoever writes is alone.
    if db.get_database_backend() == DbBackend::Postgres {
        held = held.lock(LockType::Share);
    }
    held.one(db).await?.map(drop).ok_or_else(|| StoreError::LeaseLost(lease.name.clone()))
}
