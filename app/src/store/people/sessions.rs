//! Sessions in the database, by the SHA-256 of their id: what is stored opens no session.

use async_trait::async_trait;
use chrono::Utc;
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter, sea_query::OnConflict};
use time::OffsetDateTime;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{self, ExpiredDeletion},
};

use crate::{
    domain::Instant,
    sha256::sha256_hex,
    store::{Store, entity::session},
};

/// The `session` table as a store of tower-sessions.
#[derive(Debug, Clone)]
pub struct SessionTable(DatabaseConnection);

impl SessionTable {
    pub fn new(store: &Store) -> Self {
        Self(store.db().clone())
    }

    async fn write(&self, record: &Record) -> session_store::Result<()> {
        let data = serde_json::to_string(&record.data).map_err(|error| session_store::Error::Encode(error.to_string()))?;
        session::Entity::insert(session::ActiveModel {
            id_hash: Set(hash(&record.id)),
            data: Set(data),
            expires_at: Set(instant(record.expiry_date)?),
        })
        .on_conflict(
            OnConflict::column(session::Column::IdHash).update_columns([session::Column::Data, session::Column::ExpiresAt]).to_owned(),
        )
        .exec_without_returning(&self.0)
        .await
        .map_err(backend)?;
        Ok(())
    }
}

fn hash(id: &Id) -> String {
    sha256_hex(&id.0.to_le_bytes())
}

fn instant(time: OffsetDateTime) -> session_store::Result<Instant> {
    Instant::from_timestamp(time.unix_timestamp(), 0).ok_or_else(|| session_store::Error::Encode("expiry out of range".into()))
}

fn backend(error: sea_orm::DbErr) -> session_store::Error {
    session_store::Error::Backend(error.to_string())
}

#[async_trait]
impl SessionStore for SessionTable {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        while self.load(&record.id).await?.is_some() {
            record.id = Id::default();
        }
        self.write(record).await
    }

    /// Only while it is there: a request that ends after its person signed out must not bring the session back.
    async fn save(&self, record: &Record) -> session_store::Result<()> {
        let data = serde_json::to_string(&record.data).map_err(|error| session_store::Error::Encode(error.to_string()))?;
        let change = session::ActiveModel { data: Set(data), expires_at: Set(instant(record.expiry_date)?), ..Default::default() };
        let kept = session::Entity::update_many().set(change).filter(session::Column::IdHash.eq(hash(&record.id)));
        kept.exec(&self.0).await.map_err(backend)?;
        Ok(())
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let row =
            session::Entity::find_by_id(hash(id)).filter(session::Column::ExpiresAt.gt(Utc::now())).one(&self.0).await.map_err(backend)?;
        row.map(|row| {
            let data = serde_json::from_str(&row.data).map_err(|error| session_store::Error::Decode(error.to_string()))?;
            let expiry_date = OffsetDateTime::from_unix_timestamp(row.expires_at.timestamp())
                .map_err(|error| session_store::Error::Decode(error.to_string()))?;
            Ok(Record { id: *id, data, expiry_date })
        })
        .transpose()
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        session::Entity::delete_by_id(hash(id)).exec(&self.0).await.map_err(backend)?;
        Ok(())
    }
}

#[async_trait]
impl ExpiredDeletion for SessionTable {
    async fn delete_expired(&self) -> session_store::Result<()> {
        session::Entity::delete_many().filter(session::Column::ExpiresAt.lte(Utc::now())).exec(&self.0).await.map_err(backend)?;
        Ok(())
    }
}
