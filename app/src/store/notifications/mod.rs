//! What people were told in the app.

pub mod deliveries;
pub mod preferences;

use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, sea_query::Expr,
};
use uuid::Uuid;

use super::{
    INSERT_ROWS, StoreError,
    entity::{deal, notification},
};
use crate::{
    domain::{
        Instant,
        alerts::Priority,
        ids::{AlertId, DealId, NotificationId, UserId},
    },
    views::notifications::NotificationView,
};

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
    /// Where it leads, if it is about no deal.
    pub link: Option<String>,
}

/// A notification with the person it is for.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonalNotification {
    pub user: UserId,
    pub view: NotificationView,
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
            link: Set(new.link.clone()),
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
    link: Option<String>,
}

fn notices(row: Row) -> PersonalNotification {
    PersonalNotification {
        user: UserId(row.user_id),
        view: NotificationView {
            id: NotificationId(row.id),
            alert: row.alert_id.map(AlertId),
            deal: row.deal_id.map(DealId),
            deal_title: row.deal_title,
            priority: Priority::of_rank(row.priority).unwrap_or(Priority::Low),
            headline: row.headline,
            at: row.at,
            read: row.read_at.is_some(),
            quiet: row.quiet,
            link: row.link,
        },
    }
}

async fn select(db: &impl ConnectionTrait, which: Condition, limit: u64) -> Result<Vec<PersonalNotification>, StoreError> {
    use notification::Column as N;
    let rows: Vec<Row> = notification::Entity::find()
        .select_only()
        .columns([N::Id, N::UserId, N::AlertId, N::DealId, N::Priority, N::Headline, N::At, N::ReadAt, N::Quiet, N::Link])
        .column_as(deal::Column::Title, "deal_title")
        .join(JoinType::LeftJoin, notification::Entity::belongs_to(deal::Entity).from(N::DealId).to(deal::Column::Id).into())
        .filter(which)
        .order_by_desc(N::At)
        .order_by_desc(N::Id)
        .limit(limit)
        .into_model()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(notices).collect())
}

/// A person's newest notifications, newest first.
pub async fn newest_of(db: &impl ConnectionTrait, person: UserId, limit: u64) -> Result<Vec<PersonalNotification>, StoreError> {
    select(db, Condition::all().add(notification::Column::UserId.eq(person.0)), limit).await
}

/// Everybody's notifications from `since` on, oldest first. Two servers' rows may appear out of order: whoever reads along looks
/// back a little and leaves out what it has seen.
pub async fn since(db: &impl ConnectionTrait, since: Instant, limit: u64) -> Result<Vec<PersonalNotification>, StoreError> {
    let mut notices = select(db, Condition::all().add(notification::Column::At.gte(since)), limit).await?;
    notices.reverse();
    Ok(notices)
}

/// A person's notifications after one that they have, oldest first.
pub async fn after(
    db: &impl ConnectionTrait,
    person: UserId,
    last: NotificationId,
    limit: u64,
) -> Result<Vec<PersonalNotification>, StoreError> {
    let which = Condition::all().add(notification::Column::UserId.eq(person.0)).add(notification::Column::Id.gt(last.0));
    let mut notices = select(db, which, limit).await?;
    notices.reverse();
    Ok(notices)
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
