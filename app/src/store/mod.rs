//! The database: entities and every query. Each read takes the [`Scope`] of who asks. One schema on SQLite and Postgres.

pub mod alerts;
mod connection;
pub mod deals;
pub mod entity;
mod error;
pub mod imports;
pub mod jobs;
pub(crate) mod json;
pub mod latest_summaries;
pub mod locks;
pub mod models;
pub mod notifications;
pub mod outcomes;
pub mod people;
mod private;
pub mod retention;
pub mod scoring;
pub mod similarity;
mod sql;
pub mod summaries;
pub mod words;

use std::{path::Path, sync::Arc};

use migrations::{Migrator, MigratorTrait};
use sea_orm::{
    AccessMode, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};

use self::{
    connection::options,
    jobs::leases::{self, Lease},
};
pub use error::StoreError;
pub use models::artifacts::{ArtifactStore, ArtifactStoreError};
pub use people::scope::Scope;
pub use people::sessions::SessionTable;
pub(crate) use sql::{statement, subquery};

/// Rows per INSERT: deals have the most columns (30), and SQLite takes 32,766 values a statement.
pub(crate) const INSERT_ROWS: usize = 1_000;
/// Values in one `IN (…)` list.
pub(crate) const IN_LIST: usize = 5_000;

/// An open database.
#[derive(Debug, Clone)]
pub struct Store {
    db: DatabaseConnection,
    /// What every write depends on.
    lease: Option<Arc<Lease>>,
}

impl Store {
    /// Connects to `url` (`sqlite://…` or `postgres://…`) and brings the schema up to date.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        // Over one connection: on SQLite another one would judge a change of the schema by what it remembers of it.
        let single = Database::connect(options(url, 1)).await?;
        Migrator::up(&single, None).await?;
        single.close().await?;
        Ok(Self { db: Database::connect(options(url, 8)).await?, lease: None })
    }

    /// Opens the embedded SQLite database in `folder`, creating both when missing.
    pub async fn open_embedded(folder: &Path) -> Result<Self, StoreError> {
        private::for_its_owner_only(folder)?;
        Self::open(&Self::embedded_url(folder)).await
    }

    /// The address of the embedded database in `folder`.
    fn embedded_url(folder: &Path) -> String {
        format!("sqlite://{}?mode=rwc", folder.join(private::DATABASE).display())
    }

    /// The same store, which calls `count` after each statement: for tests that say how many there may be.
    pub fn counting(mut self, count: impl Fn() + Send + Sync + 'static) -> Self {
        self.db.set_metric_callback(move |_| count());
        self
    }

    /// The same database, for work under a lease: whoever lost it writes no more.
    pub fn under(&self, lease: Lease) -> Self {
        Self { db: self.db.clone(), lease: Some(Arc::new(lease)) }
    }

    pub fn db(&self) -> &DatabaseConnection {
        &self.db
    }

    /// Begins a transaction that will write. On SQLite it takes the write lock at once: a transaction that first reads
    /// and then cannot upgrade would fail instead of waiting.
    pub async fn begin_write(&self) -> Result<DatabaseTransaction, StoreError> {
        let tx = self
            .db
            .begin_with_options(TransactionOptions {
                access_mode: Some(AccessMode::ReadWrite).filter(|_| self.backend() == DbBackend::Postgres),
                isolation_level: None,
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            })
            .await?;
        if let Some(lease) = &self.lease {
            leases::check(&tx, lease).await?;
        }
        Ok(tx)
    }

    /// Refreshes the planner's statistics; worth it after bulk writes.
    pub async fn analyze(&self) -> Result<(), StoreError> {
        self.db.execute_unprepared("ANALYZE").await?;
        Ok(())
    }

    /// Answers when the database does.
    pub async fn ping(&self) -> Result<(), StoreError> {
        Ok(self.db.ping().await?)
    }

    pub fn backend(&self) -> DbBackend {
        self.db.get_database_backend()
    }
}
