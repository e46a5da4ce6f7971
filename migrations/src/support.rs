//! Shorthands that the migrations share.

use sea_orm_migration::{prelude::*, schema};

/// A text column that takes only the given values.
pub fn one_of(column: &'static str, allowed: &'static [&'static str]) -> ColumnDef {
    let mut definition = schema::string_len(column, 32);
    definition.check(Expr::col(column).is_in(allowed.iter().copied()));
    definition
}

/// Like [`one_of`], for a column that may be null.
pub fn one_of_null(column: &'static str, allowed: &'static [&'static str]) -> ColumnDef {
    let mut definition = schema::string_len_null(column, 32);
    definition.check(Expr::col(column).is_null().or(Expr::col(column).is_in(allowed.iter().copied())));
    definition
}

/// A probability: a number in 0..=1, or null.
pub fn probability_null(column: &'static str) -> ColumnDef {
    let mut definition = schema::double_null(column);
    definition.check(Expr::col(column).is_null().or(Expr::col(column).between(0.0, 1.0)));
    definition
}

/// An amount of money. SQLite keeps it as a double: exact to 15 digits.
pub fn amount_null(column: &'static str) -> ColumnDef {
    schema::decimal_len_null(column, 19, 4)
}

/// An instant in UTC.
pub fn instant(column: &'static str) -> ColumnDef {
    schema::timestamp_with_time_zone(column)
}

pub fn instant_null(column: &'static str) -> ColumnDef {
    schema::timestamp_with_time_zone_null(column)
}

/// A foreign key from `column` of `table` to the `id` of `target`.
pub fn belongs_to(
    table: &'static str,
    column: &'static str,
    target: &'static str,
    on_delete: ForeignKeyAction,
) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(table, column).to(target, "id").on_delete(on_delete).to_owned()
}

/// An index named after its table and columns.
pub fn index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut statement = Index::create();
    statement.name(format!("ix_{table}_{}", columns.join("_"))).table(table);
    for column in columns {
        statement.col(*column);
    }
    statement
}

pub fn unique_index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut statement = index(table, columns);
    statement.name(format!("ux_{table}_{}", columns.join("_"))).unique();
    statement
}

/// Drops tables in the given order.
pub async fn drop_tables(manager: &SchemaManager<'_>, tables: &[&'static str]) -> Result<(), DbErr> {
    for table in tables {
        manager.drop_table(Table::drop().table(*table).if_exists().to_owned()).await?;
    }
    Ok(())
}
