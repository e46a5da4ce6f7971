//! What is sent to people outside the app: planned, being sent, sent or given up.

use std::collections::HashMap;

use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::OnConflict,
};
use uuid::Uuid;

pub use crate::store::entity::delivery::DeliveryState;
use crate::{
    domain::{Instant, ids::UserId, notifications::Channel},
    store::{
        IN_LIST, StoreError,
        entity::{delivery, user},
    },
};

/// Something to deliver outside the app.
#[derive(Debug, Clone, PartialEq)]
pub struct NewDelivery {
    pub channel: Channel,
    pub user: UserId,
    /// What is delivered; nothing is delivered twice to the same person.
    pub subject: String,
    pub content: serde_json::Value,
    pub due_at: Instant,
}

/// Plans a delivery; tells whether it is new.
pub async fn plan(db: &impl ConnectionTrait, new: NewDelivery, now: Instant) -> Result<bool, StoreError> {
    let planned = delivery::Entity::insert(delivery::ActiveModel {
        id: Set(Uuid::now_v7()),
        channel: Set(new.channel),
        user_id: Set(new.user.0),
        subject: Set(new.subject),
        state: Set(DeliveryState::Planned),
        content: Set(new.content),
        attempts: Set(0),
        repeat: Set(false),
        planned_at: Set(now),
        due_at: Set(new.due_at),
        sent_at: Set(None),
        error: Set(None),
        unsubscribe_hash: Set(None),
    })
    .on_conflict(OnConflict::new().do_nothing().to_owned())
    .exec_without_returning(db)
    .await?;
    Ok(planned > 0)
}

/// Whether a delivery was planned before.
pub async fn is_planned(db: &impl ConnectionTrait, channel: Channel, person: UserId, subject: &str) -> Result<bool, StoreError> {
    let found = delivery::Entity::find()
        .filter(delivery::Column::Channel.eq(channel))
        .filter(delivery::Column::UserId.eq(person.0))
        .filter(delivery::Column::Subject.eq(subject))
        .count(db)
        .await?;
    Ok(found > 0)
}

/// What is due, oldest first; also what was being sent when a server died, as of `interrupted`.
pub async fn due(db: &impl ConnectionTrait, now: Instant, interrupted: Instant, limit: u64) -> Result<Vec<delivery::Model>, StoreError> {
    use delivery::Column as D;
    let planned = Condition::all().add(D::State.eq(DeliveryState::Planned)).add(D::DueAt.lte(now));
    let stuck = Condition::all().add(D::State.eq(DeliveryState::Sending)).add(D::DueAt.lte(interrupted));
    let which = Condition::any().add(planned).add(stuck);
    Ok(delivery::Entity::find().filter(which).order_by_asc(D::DueAt).limit(limit).all(db).await?)
}

/// Claims a delivery for sending, before anything goes out; tells whether nobody else did. `due_at` notes when.
pub async fn claim(
    db: &impl ConnectionTrait,
    row: &delivery::Model,
    unsubscribe_hash: Option<String>,
    repeat: bool,
    now: Instant,
) -> Result<bool, StoreError> {
    let change = delivery::ActiveModel {
        state: Set(DeliveryState::Sending),
        attempts: Set(row.attempts + 1),
        repeat: Set(repeat),
        due_at: Set(now),
        unsubscribe_hash: Set(unsubscribe_hash),
        ..Default::default()
    };
    let claimed = delivery::Entity::update_many()
        .set(change)
        .filter(delivery::Column::Id.eq(row.id))
        .filter(delivery::Column::State.eq(row.state))
        .filter(delivery::Column::Attempts.eq(row.attempts))
        .exec(db)
        .await?;
    Ok(claimed.rows_affected == 1)
}

/// Records what became of a claimed delivery: sent, given up, or to be tried again at an instant.
pub async fn settle(
    db: &impl ConnectionTrait,
    id: Uuid,
    state: DeliveryState,
    due_at: Option<Instant>,
    error: Option<String>,
    now: Instant,
) -> Result<(), StoreError> {
    let mut change = delivery::ActiveModel { state: Set(state), error: Set(error), ..Default::default() };
    if state == DeliveryState::Sent {
        change.sent_at = Set(Some(now));
    }
    if let Some(due_at) = due_at {
        change.due_at = Set(due_at);
    }
    delivery::Entity::update_many().set(change).filter(delivery::Column::Id.eq(id)).exec(db).await?;
    Ok(())
}

/// The newest deliveries with the names of those they are for, newest first.
pub async fn newest(db: &impl ConnectionTrait, limit: u64) -> Result<Vec<(delivery::Model, Option<String>)>, StoreError> {
    let rows = delivery::Entity::find().order_by_desc(delivery::Column::PlannedAt).limit(limit).all(db).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.user_id).take(IN_LIST).collect();
    let names: Vec<(Uuid, String)> = user::Entity::find()
        .select_only()
        .columns([user::Column::Id, user::Column::Name])
        .filter(user::Column::Id.is_in(ids))
        .into_tuple()
        .all(db)
        .await?;
    let names: HashMap<Uuid, String> = names.into_iter().collect();
    Ok(rows
        .into_iter()
        .map(|row| {
            let name = names.get(&row.user_id).cloned();
            (row, name)
        })
        .collect())
}

/// Whose unsubscribe link this is, by the hash of its token.
pub async fn unsubscriber(db: &impl ConnectionTrait, hash: &str) -> Result<Option<UserId>, StoreError> {
    let row = delivery::Entity::find().filter(delivery::Column::UnsubscribeHash.eq(hash)).one(db).await?;
    Ok(row.map(|row| UserId(row.user_id)))
}
