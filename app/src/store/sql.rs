//! SQL of our own, in either dialect.

use sea_orm::{
    DbBackend, Statement, Value,
    sea_query::{SelectStatement, SimpleExpr, SubQueryStatement},
};

/// A query as a value in another.
pub(crate) fn subquery(query: SelectStatement) -> SimpleExpr {
    SimpleExpr::SubQuery(None, Box::new(SubQueryStatement::SelectStatement(query)))
}

/// SQL of our own in either dialect: `?` stands for a value, as in SQLite, and is numbered for Postgres.
pub(crate) fn statement(backend: DbBackend, sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    if backend != DbBackend::Postgres {
        return Statement::from_sql_and_values(backend, sql, values);
    }
    let mut numbered = String::with_capacity(sql.len() + 8);
    for (place, part) in sql.split('?').enumerate() {
        if place > 0 {
            numbered.push_str(&format!("${place}"));
        }
        numbered.push_str(part);
    }
    Statement::from_sql_and_values(backend, numbered, values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_numbered_for_postgres() {
        let of = |backend| statement(backend, "a > ? AND b < ?", [1.into(), 2.into()]).sql;
        assert_eq!(of(DbBackend::Postgres), "a > $1 AND b < $2");
        assert_eq!(of(DbBackend::Sqlite), "a > ? AND b < ?");
    }
}
