//! What people were told in the app, what they want to be told, and what is sent to them elsewhere.

use std::collections::{HashMap, HashSet};

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

use super::{
    IN_LIST, INSERT_ROWS, StoreError,
    entity::{deal, deal_mute, delivery, notification, preference, user},
    known,
};
use crate::domain::{AlertId, Channel, DealId, Instant, NotificationId, NotificationView, Preferences, Priority, Role, UserId};

/// Something to tell a person.
#[derive(Debug, Clone, PartialEq)]
pub struct NewNotification {
    pub id: NotificationId,
    pub user: UserId,
    pub alert: Option<AlertId>,
    pub deal: Option<DealId>,
    pub priority: Priority,
    pub headline: String,
    pub quiet: bool,
}

/// A notification with the person it is for.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    pub user: UserId,
    pub view: NotificationView,
}

/// A person who can be told things.
#[derive(Debug, Clone, PartialEq)]
pub struct Reachable {
    pub id: UserId,
    pub name: String,
    pub email: String,
    pub role: Role,
    pub team: Option<Uuid>,
    pub preferences: Preferences,
}

/// Everybody who can sign in, with their preferences.
pub async fn reachable(db: &impl ConnectionTrait) -> Result<Vec<Reachable>, StoreError> {
    let mut settings: HashMap<Uuid, serde_json::Value> =
        preference::Entity::find().all(db).await?.into_iter().map(|row| (row.user_id, row.settings)).collect();
    user::Entity::find()
        .filter(user::Column::Active.eq(true))
        .filter(user::Column::Email.is_not_null())
        .filter(user::Column::PasswordHash.is_not_null())
        .order_by_asc(user::Column::Id)
        .all(db)
        .await?
        .into_iter()
        .map(|row| {
            Ok(Reachable {
                id: UserId(row.id),
                role: known(Role::parse, "app_user.role", &row.role)?,
                team: row.team_id,
                email: row.email.unwrap_or_default(),
                name: row.name,
                preferences: settings.remove(&row.id).and_then(|json| serde_json::from_value(json).ok()).unwrap_or_default(),
            })
        })
        .collect()
}

pub async fn preferences(db: &impl ConnectionTrait, person: UserId) -> Result<Preferences, StoreError> {
    let row = preference::Entity::find_by_id(person.0).one(db).await?;
    Ok(row.and_then(|row| serde_json::from_value(row.settings).ok()).unwrap_or_default())
}

pub async fn set_preferences(db: &impl ConnectionTrait, person: UserId, chosen: &Preferences, now: Instant) -> Result<(), StoreError> {
    preference::Entity::insert(preference::ActiveModel {
        user_id: Set(person.0),
        settings: Set(serde_json::to_value(chosen).unwrap_or_default()),
        updated_at: Set(now),
    })
    .on_conflict(
        OnConflict::column(preference::Column::UserId)
            .update_columns([preference::Column::Settings, preference::Column::UpdatedAt])
            .to_owned(),
    )
    .exec_without_returning(db)
    .await?;
    Ok(())
}

/// Who wants to hear nothing about which deal.
pub async fn mutes(db: &impl ConnectionTrait) -> Result<HashSet<(UserId, DealId)>, StoreError> {
    Ok(deal_mute::Entity::find().all(db).await?.into_iter().map(|row| (UserId(row.user_id), DealId(row.deal_id))).collect())
}

/// The deals a person hears nothing about, by title.
pub async fn muted_by(db: &impl ConnectionTrait, person: UserId) -> Result<Vec<(DealId, String)>, StoreError> {
    let rows: Vec<(Uuid, String)> = deal_mute::Entity::find()
        .select_only()
        .column(deal_mute::Column::DealId)
        .column(deal::Column::Title)
        .join(JoinType::InnerJoin, deal_mute::Entity::belongs_to(deal::Entity).from(deal_mute::Column::DealId).to(deal::Column::Id).into())
        .filter(deal_mute::Column::UserId.eq(person.0))
        .order_by_asc(deal::Column::Title)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(id, title)| (DealId(id), title)).collect())
}

pub async fn is_muted(db: &impl ConnectionTrait, person: UserId, of: DealId) -> Result<bool, StoreError> {
    Ok(deal_mute::Entity::find_by_id((person.0, of.0)).one(db).await?.is_some())
}

pub async fn set_mute(db: &impl ConnectionTrait, person: UserId, of: DealId, muted: bool) -> Result<(), StoreError> {
    if muted {
        deal_mute::Entity::insert(deal_mute::ActiveModel { user_id: Set(person.0), deal_id: Set(of.0) })
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .exec_without_returning(db)
            .await?;
    } else {
        deal_mute::Entity::delete_by_id((person.0, of.0)).exec(db).await?;
    }
    Ok(())
}

/// Tells people.
pub async fn tell(db: &impl ConnectionTrait, new: &[NewNotification], now: Instant) -> Result<(), StoreError> {
    for some in new.chunks(INSERT_ROWS) {
        let rows = some.iter().map(|new| notification::ActiveModel {
            id: Set(new.id.0),
            user_id: Set(new.user.0),
            alert_id: Set(new.alert.map(|id| id.0)),
            deal_id: Set(new.deal.map(|id| id.0)),
            priority: Set(new.priority.rank()),
            headline: Set(new.headline.clone()),
            at: Set(now),
            read_at: Set(None),
            quiet: Set(new.quiet),
        });
        notification::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    user_id: Uuid,
    alert_id: Option<Uuid>,
    deal_id: Option<Uuid>,
    deal_title: Option<String>,
    priority: i32,
    headline: String,
    at: Instant,
    read_at: Option<Instant>,
    quiet: bool,
}

fn told(row: Row) -> Told {
    Told {
        user: UserId(row.user_id),
        view: NotificationView {
            id: NotificationId(row.id),
            alert: row.alert_id.map(AlertId),
            deal: row.deal_id.map(DealId),
            deal_title: row.deal_title,
            priority: Priority::ALL.into_iter().find(|priority| priority.rank() == row.priority).unwrap_or(Priority::Low),
            headline: row.headline,
            at: row.at,
            read: row.read_at.is_some(),
            quiet: row.quiet,
        },
    }
}

async fn select(db: &impl ConnectionTrait, which: Condition, limit: u64) -> Result<Vec<Told>, StoreError> {
    use notification::Column as N;
    let rows: Vec<Row> = notification::Entity::find()
        .select_only()
        .columns([N::Id, N::UserId, N::AlertId, N::DealId, N::Priority, N::Headline, N::At, N::ReadAt, N::Quiet])
        .column_as(deal::Column::Title, "deal_title")
        .join(JoinType::LeftJoin, notification::Entity::belongs_to(deal::Entity).from(N::DealId).to(deal::Column::Id).into())
        .filter(which)
        .order_by_desc(N::At)
        .order_by_desc(N::Id)
        .limit(limit)
        .into_model()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(told).collect())
}

/// A person's newest notifications, newest first.
pub async fn newest_of(db: &impl ConnectionTrait, person: UserId, limit: u64) -> Result<Vec<Told>, StoreError> {
    select(db, Condition::all().add(notification::Column::UserId.eq(person.0)), limit).await
}

/// Everybody's notifications from `since` on, oldest first. Two servers' rows may appear out of order: whoever reads along looks
/// back a little and leaves out what it has seen.
pub async fn since(db: &impl ConnectionTrait, since: Instant, limit: u64) -> Result<Vec<Told>, StoreError> {
    let mut told = select(db, Condition::all().add(notification::Column::At.gte(since)), limit).await?;
    told.reverse();
    Ok(told)
}

/// A person's notifications after one that they have, oldest first.
pub async fn after(db: &impl ConnectionTrait, person: UserId, last: NotificationId, limit: u64) -> Result<Vec<Told>, StoreError> {
    let which = Condition::all().add(notification::Column::UserId.eq(person.0)).add(notification::Column::Id.gt(last.0));
    let mut told = select(db, which, limit).await?;
    told.reverse();
    Ok(told)
}

pub async fn unread(db: &impl ConnectionTrait, person: UserId) -> Result<u64, StoreError> {
    Ok(notification::Entity::find()
        .filter(notification::Column::UserId.eq(person.0))
        .filter(notification::Column::ReadAt.is_null())
        .count(db)
        .await?)
}

/// Marks notifications of a person as read: one, or all.
pub async fn mark_read(db: &impl ConnectionTrait, person: UserId, which: Option<NotificationId>, now: Instant) -> Result<(), StoreError> {
    let mut update = notification::Entity::update_many()
        .col_expr(notification::Column::ReadAt, Expr::value(now))
        .filter(notification::Column::UserId.eq(person.0))
        .filter(notification::Column::ReadAt.is_null());
    if let Some(id) = which {
        update = update.filter(notification::Column::Id.eq(id.0));
    }
    update.exec(db).await?;
    Ok(())
}

/// Removes notifications told before `until`.
pub async fn forget_before(db: &impl ConnectionTrait, until: Instant) -> Result<u64, StoreError> {
    Ok(notification::Entity::delete_many().filter(notification::Column::At.lt(until)).exec(db).await?.rows_affected)
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    Planned,
    /// Written before anything goes out.
    Sending,
    Sent,
    /// Given up.
    Failed,
    /// Interrupted twice while sending: nobody knows whether it arrived, and it is not sent a third time.
    Uncertain,
}

impl DeliveryState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Uncertain => "uncertain",
        }
    }
}

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
        channel: Set(new.channel.as_str().into()),
        user_id: Set(new.user.0),
        subject: Set(new.subject),
        state: Set(DeliveryState::Planned.as_str().into()),
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
        .filter(delivery::Column::Channel.eq(channel.as_str()))
        .filter(delivery::Column::UserId.eq(person.0))
        .filter(delivery::Column::Subject.eq(subject))
        .count(db)
        .await?;
    Ok(found > 0)
}

/// What is due, oldest first; also what was being sent when a server died, as of `interrupted`.
pub async fn due(db: &impl ConnectionTrait, now: Instant, interrupted: Instant, limit: u64) -> Result<Vec<delivery::Model>, StoreError> {
    use delivery::Column as D;
    let planned = Condition::all().add(D::State.eq(DeliveryState::Planned.as_str())).add(D::DueAt.lte(now));
    let stuck = Condition::all().add(D::State.eq(DeliveryState::Sending.as_str())).add(D::DueAt.lte(interrupted));
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
        state: Set(DeliveryState::Sending.as_str().into()),
        attempts: Set(row.attempts + 1),
        repeat: Set(repeat),
        due_at: Set(now),
        unsubscribe_hash: Set(unsubscribe_hash),
        ..Default::default()
    };
    let claimed = delivery::Entity::update_many()
        .set(change)
        .filter(delivery::Column::Id.eq(row.id))
        .filter(delivery::Column::State.eq(row.state.clone()))
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
    let mut change = delivery::ActiveModel { state: Set(state.as_str().into()), error: Set(error), ..Default::default() };
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
pub async fn deliveries(db: &impl ConnectionTrait, limit: u64) -> Result<Vec<(delivery::Model, Option<String>)>, StoreError> {
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
