//! Rows and tables that a transaction holds before it reads what it is going to change.
//!
//! On Postgres a row can change between a statement that reads it and one that writes it; who holds it first reads what was
//! committed last. SQLite's write transactions exclude each other from their beginning, so there is nothing to do there.

use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::LockType};
use uuid::Uuid;

use crate::{
    domain::ids::{AlertId, DealId, UserId},
    store::{
        IN_LIST, StoreError,
        entity::{alert, deal, user},
    },
};

/// How rows that are going to be changed are held: others may still refer to them.
pub(crate) const FOR_CHANGE: LockType = LockType::NoKeyUpdate;

/// Holds these deals to the end of the transaction.
pub async fn deals(db: &impl ConnectionTrait, deals: impl IntoIterator<Item = DealId>) -> Result<(), StoreError> {
    rows::<deal::Entity>(db, deal::Column::Id, deals.into_iter().map(|deal| deal.0).collect()).await
}

/// Holds these alerts to the end of the transaction.
pub async fn alerts(db: &impl ConnectionTrait, alerts: impl IntoIterator<Item = AlertId>) -> Result<(), StoreError> {
    rows::<alert::Entity>(db, alert::Column::Id, alerts.into_iter().map(|alert| alert.0).collect()).await
}

/// Holds rows, always in the order of their ids, so that two who want the same ones wait for each other instead of blocking each other.
async fn rows<E: EntityTrait>(db: &impl ConnectionTrait, id: E::Column, mut ids: Vec<Uuid>) -> Result<(), StoreError> {
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    ids.sort_unstable();
    for some in ids.chunks(IN_LIST) {
        let held = E::find().select_only().column(id).filter(id.is_in(some.iter().copied()));
        let _: Vec<Uuid> = held.order_by_asc(id).lock(FOR_CHANGE).into_tuple().all(db).await?;
    }
    Ok(())
}

/// Holds a person's row to the end of the transaction: who changes what belongs to one person, where a row may not be there yet.
pub async fn person(db: &impl ConnectionTrait, person: UserId) -> Result<(), StoreError> {
    let held = user::Entity::find_by_id(person.0).select_only().column(user::Column::Id).lock(FOR_CHANGE);
    let _: Option<Uuid> = held.into_tuple().one(db).await?;
    Ok(())
}

/// A table that is changed as a whole: what holds of one row depends on the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whole {
    /// Models, with who is champion and challenger.
    Models,
    /// The reasons that deals are lost for.
    LossReasons,
}

/// Makes others who want to change the table wait for the end of this transaction; they can still read it.
pub async fn table(db: &impl ConnectionTrait, whole: Whole) -> Result<(), StoreError> {
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let sql = match whole {
        Whole::Models => "LOCK TABLE model IN SHARE ROW EXCLUSIVE MODE",
        Whole::LossReasons => "LOCK TABLE loss_reason IN SHARE ROW EXCLUSIVE MODE",
    };
    db.execute_unprepared(sql).await?;
    Ok(())
}
