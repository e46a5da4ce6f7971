//! Tokens of the REST interface.

use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::{
    domain::{Instant, ids::UserId, people::Viewer},
    store::{StoreError, entity::api_token, people},
};

/// A token's entry; the token itself is known to its owner only.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenEntry {
    pub id: Uuid,
    pub user: UserId,
    pub name: String,
    pub created_at: Instant,
}

/// Stores the hash of a new token.
pub async fn add(db: &impl ConnectionTrait, user: UserId, name: &str, token_hash: &str, now: Instant) -> Result<Uuid, StoreError> {
    let id = Uuid::now_v7();
    api_token::Entity::insert(api_token::ActiveModel {
        id: Set(id),
        user_id: Set(user.0),
        name: Set(name.into()),
        token_hash: Set(token_hash.into()),
        created_at: Set(now),
    })
    .exec_without_returning(db)
    .await?;
    Ok(id)
}

/// The active person whose token has this hash.
pub async fn viewer(db: &impl ConnectionTrait, token_hash: &str) -> Result<Option<Viewer>, StoreError> {
    let Some(row) = api_token::Entity::find().filter(api_token::Column::TokenHash.eq(token_hash)).one(db).await? else { return Ok(None) };
    Ok(people::account_by_id(db, UserId(row.user_id)).await?.map(|account| account.viewer))
}

/// Newest first.
pub async fn list(db: &impl ConnectionTrait) -> Result<Vec<TokenEntry>, StoreError> {
    let rows = api_token::Entity::find().order_by_desc(api_token::Column::CreatedAt).all(db).await?;
    Ok(rows
        .into_iter()
        .map(|row| TokenEntry { id: row.id, user: UserId(row.user_id), name: row.name, created_at: row.created_at })
        .collect())
}

/// Takes a token back; tells whether there was one.
pub async fn revoke(db: &impl ConnectionTrait, id: Uuid) -> Result<bool, StoreError> {
    Ok(api_token::Entity::delete_by_id(id).exec(db).await?.rows_affected > 0)
}
