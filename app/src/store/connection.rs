//! Connections to the database, and the rule that none of them is shared inside a transaction.
//!
//! SQLite ends a transaction by itself when the disk is full or reading fails. sqlx then cannot roll it back, keeps counting it, and
//! would open each later transaction on that connection as a savepoint, whose release commits nothing: acknowledged writes would be
//! lost. A transaction whose beginning was cancelled can stay open in the same way. So no connection comes back to the pool, or
//! is taken from it, while a transaction is counted or open on it: such a one is closed, which rolls back what is left of it.

use std::time::Duration;

use sea_orm::{
    ConnectOptions,
    sqlx::{
        self, Connection, Executor, Row,
        sqlite::{SqliteJournalMode, SqliteSynchronous},
    },
};

/// How to connect to `url`, with at most so many connections.
pub(super) fn options(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .connect_timeout(Duration::from_secs(10))
        .acquire_timeout(Duration::from_secs(30))
        .sqlx_logging(false);
    options.map_sqlx_sqlite_opts(|sqlite| {
        sqlite
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // What was acknowledged survives a power failure too.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(30))
            // 64 MiB of pages per connection, and reads through the memory map: the list pages stay fast at size.
            .pragma("cache_size", "-65536")
            .pragma("mmap_size", "1073741824")
            .pragma("temp_store", "memory")
    });
    options.map_sqlx_sqlite_pool_opts(|pool| {
        pool.after_release(|connection, _| Box::pin(sqlite_is_idle(connection)))
            .before_acquire(|connection, _| Box::pin(sqlite_is_idle(connection)))
    });
    options.map_sqlx_postgres_pool_opts(|pool| {
        pool.after_release(|connection, _| Box::pin(postgres_is_idle(connection)))
            .before_acquire(|connection, _| Box::pin(postgres_is_idle(connection)))
            // The hooks ask the server themselves.
            .test_before_acquire(false)
    });
    options
}

async fn sqlite_is_idle(connection: &mut sqlx::SqliteConnection) -> Result<bool, sqlx::Error> {
    // A rollback may still be on its way to the connection's thread; the answer comes after it.
    connection.ping().await?;
    Ok(said(!connection.is_in_transaction()))
}

/// Asks the server, since a `BEGIN` whose caller went away is counted by nobody: outside a transaction a statement is its own, and
/// began when it came. A rollback that is still to be sent goes before it; in a failed transaction it fails.
async fn postgres_is_idle(connection: &mut sqlx::PgConnection) -> Result<bool, sqlx::Error> {
    let row = connection.fetch_one(sqlx::raw_sql("SELECT now() = statement_timestamp()")).await?;
    Ok(said(row.try_get(0)? && !connection.is_in_transaction()))
}

fn said(idle: bool) -> bool {
    if !idle {
        tracing::warn!("a database connection was left inside a transaction; it is closed");
    }
    idle
}
