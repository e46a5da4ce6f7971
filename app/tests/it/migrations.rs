//! "The previous version runs on the new schema" (migrations/README.md): what a migration finds, it leaves as it may be used.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
};

use migrations::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};

use crate::support::new_postgres;

/// The migrations that made the first schema: no version ran before them.
const FIRST_SCHEMA: usize = 6;

/// A column as far as writers have to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Column {
    kind: String,
    /// It may be null or has a default.
    may_be_left_out: bool,
    may_be_null: bool,
}

#[derive(Debug)]
struct Schema {
    /// By table and column.
    columns: BTreeMap<(String, String), Column>,
    /// Unique indexes by table and name.
    unique: BTreeSet<(String, String)>,
}

impl Schema {
    async fn read(db: &DatabaseConnection) -> Self {
        let (columns, unique) = match db.get_database_backend() {
            DbBackend::Postgres => (
                "SELECT table_name, column_name, data_type, is_nullable = 'YES', column_default IS NOT NULL OR is_identity = 'YES' \
                 FROM information_schema.columns WHERE table_schema = 'public'",
                "SELECT t.relname, i.relname FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid \
                 JOIN pg_namespace n ON n.oid = t.relnamespace WHERE x.indisunique AND n.nspname = 'public'",
            ),
            _ => (
                "SELECT t.name, c.name, c.type, c.\"notnull\" = 0, c.dflt_value IS NOT NULL OR c.pk > 0 \
                 FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'",
                "SELECT t.name, i.name FROM sqlite_master t JOIN pragma_index_list(t.name) i WHERE t.type = 'table' AND i.\"unique\"",
            ),
        };
        let rows = async |sql: &str| {
            db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.expect("the schema can be read")
        };
        let text = |row: &sea_orm::QueryResult, at| row.try_get_by_index::<String>(at).expect("a text");
        let truth = |row: &sea_orm::QueryResult, at| row.try_get_by_index::<bool>(at).expect("a truth");
        let rows_of_columns = rows(columns).await;
        let columns = rows_of_columns.iter().map(|row| {
            let (may_be_null, given) = (truth(row, 3), truth(row, 4));
            ((text(row, 0), text(row, 1)), Column { kind: text(row, 2), may_be_left_out: may_be_null || given, may_be_null })
        });
        let columns = columns.collect();
        Self { columns, unique: rows(unique).await.iter().map(|row| (text(row, 0), text(row, 1))).collect() }
    }

    fn has_table(&self, table: &str) -> bool {
        self.columns.keys().any(|(known, _)| known == table)
    }

    /// What a version that was made for `self` does not survive in `new`.
    fn broken_in(&self, new: &Schema) -> Vec<String> {
        let mut broken = Vec::new();
        for ((table, column), old) in &self.columns {
            match new.columns.get(&(table.clone(), column.clone())) {
                None => broken.push(format!("{table}.{column} is gone")),
                Some(new) if new.kind != old.kind => broken.push(format!("{table}.{column} is {} instead of {}", new.kind, old.kind)),
                Some(new) if old.may_be_null && !new.may_be_null => broken.push(format!("{table}.{column} may not be null any more")),
                Some(new) if old.may_be_left_out && !new.may_be_left_out => broken.push(format!("{table}.{column} has lost its default")),
                Some(_) => {}
            }
        }
        let added = new.columns.iter().filter(|(place, _)| self.has_table(&place.0) && !self.columns.contains_key(place));
        for ((table, column), _) in added.filter(|(_, column)| !column.may_be_left_out) {
            broken.push(format!("{table}.{column} is new, and neither null nor with a default"));
        }
        for (table, index) in new.unique.iter().filter(|of| self.has_table(&of.0) && !self.unique.contains(of)) {
            broken.push(format!("{index} forbids in {table} what was allowed"));
        }
        broken
    }
}

/// Runs `test` with a new database of each kind that has the first schema.
fn on_first_schema<Fut: Future<Output = ()>>(test: impl Fn(DatabaseConnection) -> Fut) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        for url in ["sqlite::memory:".to_owned(), new_postgres().await] {
            let mut options = sea_orm::ConnectOptions::new(url);
            let db = Database::connect(options.max_connections(1).sqlx_logging(false).to_owned()).await.expect("opens");
            Migrator::up(&db, Some(FIRST_SCHEMA as u32)).await.expect("the first schema");
            test(db).await;
        }
    });
}

#[test]
fn every_migration_leaves_the_version_before_it_running() {
    on_first_schema(|db| async move {
        let mut before = Schema::read(&db).await;
        for migration in &Migrator::migrations()[FIRST_SCHEMA..] {
            Migrator::up(&db, Some(1)).await.unwrap_or_else(|error| panic!("{}: {error}", migration.name()));
            let after = Schema::read(&db).await;
            assert_eq!(before.broken_in(&after), Vec::<String>::new(), "{}", migration.name());
            before = after;
        }
    });
}

#[test]
fn what_breaks_the_version_before_is_seen() {
    let everywhere = [
        ("DROP TABLE loss_reason", "loss_reason.id is gone"),
        ("ALTER TABLE account DROP COLUMN industry", "account.industry is gone"),
        ("ALTER TABLE account RENAME COLUMN industry TO trade", "account.industry is gone"),
        ("ALTER TABLE account RENAME TO customer", "account.name is gone"),
        ("CREATE UNIQUE INDEX ux_planted ON account (industry)", "ux_planted forbids in account what was allowed"),
    ];
    // SQLite refuses or cannot say these.
    let on_postgres = [
        ("ALTER TABLE account ADD COLUMN size INT NOT NULL", "account.size is new, and neither null nor with a default"),
        ("ALTER TABLE account ALTER COLUMN industry SET NOT NULL", "account.industry may not be null any more"),
        ("ALTER TABLE account ALTER COLUMN industry TYPE INT USING 0", "account.industry is integer instead of character varying"),
        ("ALTER TABLE app_user ALTER COLUMN active DROP DEFAULT", "app_user.active has lost its default"),
    ];
    let harmless = [
        "CREATE TABLE planted (id INT NOT NULL)",
        "CREATE INDEX ix_planted ON account (industry)",
        "ALTER TABLE account ADD COLUMN size INT NOT NULL DEFAULT 0",
        "ALTER TABLE account ADD COLUMN motto TEXT",
    ];
    on_first_schema(|db| async move {
        let before = Schema::read(&db).await;
        let after = async |sql: &str| {
            db.execute_unprepared("BEGIN").await.expect("begins");
            db.execute_unprepared(sql).await.expect(sql);
            let broken = before.broken_in(&Schema::read(&db).await);
            db.execute_unprepared("ROLLBACK").await.expect("takes back");
            broken
        };
        let postgres = db.get_database_backend() == DbBackend::Postgres;
        for (sql, said) in everywhere.into_iter().chain(on_postgres.into_iter().filter(|_| postgres)) {
            let broken = after(sql).await;
            assert!(broken.iter().any(|line| line == said), "{sql}: {broken:?}");
        }
        for sql in harmless {
            assert_eq!(after(sql).await, Vec::<String>::new(), "{sql}");
        }
    });
}
