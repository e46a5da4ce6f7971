//! Who can be told things, what they want to be told, and of which deals nothing.

use std::collections::{HashMap, HashSet};

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, sea_query::OnConflict,
};
use uuid::Uuid;

use crate::{
    domain::{
        Instant,
        alerts::{AlertRule, Priority},
        ids::{DealId, UserId},
        notifications::{Channel, Preferences},
        people::Role,
    },
    store::{
        StoreError,
        entity::{deal, deal_mute, preference, user},
        json,
    },
};

/// A person who can be told things.
#[derive(Debug, Clone, PartialEq)]
pub struct Reachable {
    pub id: UserId,
    pub name: String,
    pub email: String,
    pub role: Role,
    pub team: Option<Uuid>,
    /// `None`: what the person chose cannot be read.
    pub preferences: Option<Preferences>,
}

impl Reachable {
    /// Whether the person wants to be told in a channel. Nothing leaves the house for who may have asked not to be told.
    pub fn wants(&self, channel: Channel, rule: AlertRule, priority: Priority) -> bool {
        self.preferences.as_ref().map_or(channel == Channel::App, |preferences| preferences.wants(channel, rule, priority))
    }
}

/// Everybody who can sign in, with their preferences.
pub async fn reachable(db: &impl ConnectionTrait) -> Result<Vec<Reachable>, StoreError> {
    let mut settings: HashMap<Uuid, serde_json::Value> =
        preference::Entity::find().all(db).await?.into_iter().map(|row| (row.user_id, row.settings)).collect();
    let mut chosen = move |person: Uuid| match settings.remove(&person).map(read) {
        None => Some(Preferences::default()),
        Some(Ok(preferences)) => Some(preferences),
        Some(Err(error)) => {
            tracing::error!(%person, %error, "what a person wants to be told cannot be read; nothing is sent");
            None
        }
    };
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
                role: row.role,
                team: row.team_id,
                email: row.email.unwrap_or_default(),
                name: row.name,
                preferences: chosen(row.id),
            })
        })
        .collect()
}

fn read(settings: serde_json::Value) -> Result<Preferences, StoreError> {
    json::read("preference.settings", settings)
}

/// What a person wants to be told; what everybody is told while the person chose nothing.
pub async fn of(db: &impl ConnectionTrait, person: UserId) -> Result<Preferences, StoreError> {
    let row = preference::Entity::find_by_id(person.0).one(db).await?;
    row.map_or_else(|| Ok(Preferences::default()), |row| read(row.settings))
}

pub async fn set(db: &impl ConnectionTrait, person: UserId, chosen: &Preferences, now: Instant) -> Result<(), StoreError> {
    preference::Entity::insert(preference::ActiveModel {
        user_id: Set(person.0),
        settings: Set(json::write("preference.settings", chosen)?),
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
