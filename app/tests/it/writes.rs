//! No acknowledged write is lost: whatever ends a transaction from outside, the connections that come back are whole.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use app::{services::App, store::people};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, TransactionTrait, sqlx};

use crate::support::{now, on_both};

const WRITERS: usize = 3;
const WRITES: usize = 60;

/// One change in a transaction, with enough rows to meet a limit in the middle of it.
async fn write(app: &App, name: &str) -> Result<(), DbErr> {
    let tx = app.store().begin_write().await.map_err(|error| DbErr::Custom(error.to_string()))?;
    for part in 0..4 {
        let detail = format!("{part} {}", "x".repeat(2_000));
        people::audit(&tx, now(), None, name, None, Some(detail)).await.map_err(|error| DbErr::Custom(error.to_string()))?;
    }
    tx.commit().await
}

/// A nested change, and one that gives up half-way: both leave savepoints behind where something goes wrong.
async fn write_nested(app: &App, name: &str) -> Result<(), DbErr> {
    let tx = app.store().db().begin().await?;
    let inner = tx.begin().await?;
    let written = people::audit(&inner, now(), None, name, None, Some("x".repeat(4_000))).await;
    written.map_err(|error| DbErr::Custom(error.to_string()))?;
    inner.commit().await?;
    tx.commit().await
}

async fn names(app: &App) -> BTreeSet<String> {
    let sql = "SELECT DISTINCT action FROM audit_log WHERE action LIKE 'write %'";
    let rows = app.store().db().query_all_raw(sea_orm::Statement::from_string(app.store().backend(), sql)).await.expect("reads");
    rows.into_iter().map(|row| row.try_get("", "action").expect("a name")).collect()
}

/// Limits the size of the database on every connection that there is now, or lifts the limit.
async fn limit_pages(app: &App, pages: Option<u32>) {
    let pool = app.store().db().get_sqlite_connection_pool().clone();
    let mut held = Vec::new();
    for _ in 0..pool.options().get_max_connections() {
        held.push(pool.acquire().await.expect("a connection"));
    }
    for connection in &mut held {
        let sql = match pages {
            Some(pages) => format!("PRAGMA max_page_count = {pages}"),
            None => "PRAGMA max_page_count = 1073741823".to_owned(),
        };
        sqlx::Executor::execute(&mut **connection, sqlx::raw_sql(sqlx::AssertSqlSafe(sql))).await.expect("is set");
    }
}

async fn pages(app: &App) -> u32 {
    let row = app.store().db().query_one_raw(sea_orm::Statement::from_string(DbBackend::Sqlite, "PRAGMA page_count")).await;
    row.expect("reads").expect("a row").try_get_by_index::<i32>(0).expect("a number") as u32
}

/// Ends other sessions of this database in the middle of what they do.
async fn disturb(app: &App) {
    let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE datname = current_database() AND pid <> pg_backend_pid() AND state LIKE '%transaction%'";
    // Whoever is asked may be ended itself by the next one who asks.
    let _ = app.store().db().query_all_raw(sea_orm::Statement::from_string(DbBackend::Postgres, sql)).await;
}

#[test]
fn what_was_acknowledged_is_there_and_room_is_used_again() {
    on_both(|app| async move {
        let sqlite = app.store().backend() == DbBackend::Sqlite;
        if sqlite {
            limit_pages(&app, Some(pages(&app).await + 20)).await;
        }
        let acknowledged = Arc::new(Mutex::new(BTreeSet::new()));
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (app, acknowledged) = (app.clone(), acknowledged.clone());
                tokio::spawn(async move {
                    let mut refused = 0;
                    for n in 0..WRITES {
                        let name = format!("write {writer} {n}");
                        let written = if n % 3 == 2 { write_nested(&app, &name).await } else { write(&app, &name).await };
                        match written {
                            Ok(()) => _ = acknowledged.lock().expect("no writer panics").insert(name),
                            Err(_) => refused += 1,
                        }
                        if !sqlite && n % 10 == writer {
                            disturb(&app).await;
                        }
                    }
                    refused
                })
            })
            .collect();
        let mut refused = 0;
        for writer in writers {
            refused += writer.await.expect("the writer ends");
        }
        assert!(!sqlite || refused > 0, "the limit was never met: the test shows nothing");
        if sqlite {
            limit_pages(&app, None).await;
        }
        for n in 0..30 {
            let name = format!("write after {n}");
            write(&app, &name).await.expect("there is room again");
            write_nested(&app, &format!("{name} nested")).await.expect("there is room again");
            acknowledged.lock().expect("no writer panics").extend([name.clone(), format!("{name} nested")]);
        }
        // The connections with whatever they still hold are gone; what is read comes from the database.
        let acknowledged = acknowledged.lock().expect("no writer panics").clone();
        let seen_elsewhere = fresh_names(&app).await;
        let lost: Vec<&String> = acknowledged.difference(&seen_elsewhere).collect();
        assert!(lost.is_empty(), "{} of {} acknowledged writes are gone: {lost:?}", lost.len(), acknowledged.len());
    });
}

/// What another connection than the pool's sees: committed work only.
async fn fresh_names(app: &App) -> BTreeSet<String> {
    use sqlx::{Connection, Row};
    let sql = "SELECT DISTINCT action FROM audit_log WHERE action LIKE 'write %'";
    let committed: Vec<String> = match app.store().backend() {
        DbBackend::Sqlite => {
            let options = app.store().db().get_sqlite_connection_pool().connect_options();
            let mut connection = sqlx::SqliteConnection::connect_with(&options).await.expect("connects");
            let rows = sqlx::query(sql).fetch_all(&mut connection).await.expect("reads");
            rows.iter().map(|row| row.get(0)).collect()
        }
        _ => {
            let options = app.store().db().get_postgres_connection_pool().connect_options();
            let mut connection = sqlx::PgConnection::connect_with(&options).await.expect("connects");
            let rows = sqlx::query(sql).fetch_all(&mut connection).await.expect("reads");
            rows.iter().map(|row| row.get(0)).collect()
        }
    };
    let found: BTreeSet<String> = committed.into_iter().collect();
    assert_eq!(found, names(app).await, "the pool sees what is committed, no more");
    found
}
