//! Users, teams, workspace settings and the audit log.

pub mod scope;
pub mod sessions;
pub mod tokens;

use std::collections::HashMap;

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, sea_query::OnConflict,
};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    StoreError,
    entity::{audit_log, setting, team, user},
    json,
};
use crate::domain::{
    Instant,
    ids::{TeamId, UserId},
    people::{Role, Viewer},
};

/// A person who can sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub viewer: Viewer,
    pub email: String,
    pub password_hash: String,
    /// Changes with the password; sessions keep it, so that they end when it does.
    pub session_stamp: Vec<u8>,
}

/// What it takes to add a person.
#[derive(Debug, Clone)]
pub struct NewUser {
    pub name: String,
    /// Lower case; with `password_hash`, or neither for people who cannot sign in.
    pub email: Option<String>,
    pub password_hash: Option<String>,
    pub role: Role,
    pub team: Option<TeamId>,
}

fn account_of(row: user::Model) -> Result<Option<Account>, StoreError> {
    let role = row.role;
    Ok(match (row.email, row.password_hash, row.active) {
        (Some(email), Some(password_hash), true) => Some(Account {
            viewer: Viewer { id: UserId(row.id), name: row.name, role, team: row.team_id.map(TeamId) },
            email,
            session_stamp: Sha256::digest(password_hash.as_bytes()).to_vec(),
            password_hash,
        }),
        _ => None,
    })
}

/// The active person with this e-mail address (any case) who can sign in.
pub async fn account_by_email(db: &impl ConnectionTrait, email: &str) -> Result<Option<Account>, StoreError> {
    let row = user::Entity::find().filter(user::Column::Email.eq(email.trim().to_lowercase())).one(db).await?;
    row.map_or(Ok(None), account_of)
}

pub async fn account_by_id(db: &impl ConnectionTrait, id: UserId) -> Result<Option<Account>, StoreError> {
    user::Entity::find_by_id(id.0).one(db).await?.map_or(Ok(None), account_of)
}

pub async fn user_count(db: &impl ConnectionTrait) -> Result<u64, StoreError> {
    Ok(user::Entity::find().count(db).await?)
}

pub async fn add_user(db: &impl ConnectionTrait, new: NewUser, now: Instant) -> Result<UserId, StoreError> {
    let id = UserId::new();
    user::Entity::insert(user::ActiveModel {
        id: Set(id.0),
        name: Set(new.name),
        email: Set(new.email.map(|email| email.trim().to_lowercase())),
        password_hash: Set(new.password_hash),
        role: Set(new.role),
        team_id: Set(new.team.map(|team| team.0)),
        active: Set(true),
        created_at: Set(now),
    })
    .exec_without_returning(db)
    .await?;
    Ok(id)
}

/// The team of that name, made when missing.
pub async fn team_named(db: &impl ConnectionTrait, name: &str) -> Result<TeamId, StoreError> {
    if let Some(row) = team::Entity::find().filter(team::Column::Name.eq(name)).one(db).await? {
        return Ok(TeamId(row.id));
    }
    let id = TeamId::new();
    team::Entity::insert(team::ActiveModel { id: Set(id.0), name: Set(name.into()) }).exec_without_returning(db).await?;
    Ok(id)
}

pub async fn setting(db: &impl ConnectionTrait, key: &str) -> Result<Option<String>, StoreError> {
    Ok(setting::Entity::find_by_id(key).one(db).await?.map(|row| row.value))
}

pub async fn set_setting(db: &impl ConnectionTrait, key: &str, value: String) -> Result<(), StoreError> {
    setting::Entity::insert(setting::ActiveModel { key: Set(key.into()), value: Set(value) })
        .on_conflict(OnConflict::column(setting::Column::Key).update_column(setting::Column::Value).to_owned())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// A setting that is JSON.
pub async fn json_setting<T: DeserializeOwned>(db: &impl ConnectionTrait, key: &str) -> Result<Option<T>, StoreError> {
    setting(db, key).await?.map(|text| json::read_text(&format!("setting.{key}"), &text)).transpose()
}

pub async fn set_json_setting(db: &impl ConnectionTrait, key: &str, value: &impl Serialize) -> Result<(), StoreError> {
    set_setting(db, key, json::write_text(&format!("setting.{key}"), value)?).await
}

/// Writes who did what. `actor` is `None` for the system itself.
pub async fn audit(
    db: &impl ConnectionTrait,
    at: Instant,
    actor: Option<UserId>,
    action: &str,
    subject: Option<Uuid>,
    detail: Option<String>,
) -> Result<(), StoreError> {
    audit_log::Entity::insert(audit_log::ActiveModel {
        at: Set(at),
        actor_id: Set(actor.map(|actor| actor.0)),
        action: Set(action.into()),
        subject: Set(subject.map(|subject| subject.to_string())),
        detail: Set(detail),
        ..Default::default()
    })
    .exec_without_returning(db)
    .await?;
    Ok(())
}

/// Everybody's name.
pub async fn names(db: &impl ConnectionTrait) -> Result<HashMap<UserId, String>, StoreError> {
    let rows: Vec<(Uuid, String)> =
        user::Entity::find().select_only().columns([user::Column::Id, user::Column::Name]).into_tuple().all(db).await?;
    Ok(rows.into_iter().map(|(id, name)| (UserId(id), name)).collect())
}

pub async fn name_of(db: &impl ConnectionTrait, id: UserId) -> Result<Option<String>, StoreError> {
    Ok(user::Entity::find_by_id(id.0).one(db).await?.map(|row| row.name))
}
