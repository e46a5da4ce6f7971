//! The database schema, as migrations that run on SQLite and Postgres alike.
//!
//! Rules that must never break stand here as constraints: enums as text with a CHECK, foreign keys, one champion model,
//! external ids unique within their source.

mod m20261123_000001_people;
mod m20261123_000002_deals;
mod m20261123_000003_intelligence;
mod m20261123_000004_registry;
mod m20261123_000005_monitoring;
mod m20261123_000006_learning;
mod m20261128_000051_jobs;
mod m20261128_000061_vectors;
mod m20261128_000081_retention;
mod m20261128_000083_summaries;
mod m20261128_000084_thinning;
mod m20261128_000085_latest;
mod m20261128_000086_bounds;
mod support;

pub use sea_orm_migration::{MigratorTrait, SchemaManager};

/// All migrations, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn sea_orm_migration::MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_people::Migration),
            Box::new(m20261123_000002_deals::Migration),
            Box::new(m20261123_000003_intelligence::Migration),
            Box::new(m20261123_000004_registry::Migration),
            Box::new(m20261123_000005_monitoring::Migration),
            Box::new(m20261123_000006_learning::Migration),
            Box::new(m20261128_000051_jobs::Migration),
            Box::new(m20261128_000061_vectors::Migration),
            Box::new(m20261128_000081_retention::Migration),
            Box::new(m20261128_000083_summaries::Migration),
            Box::new(m20261128_000084_thinning::Migration),
            Box::new(m20261128_000085_latest::Migration),
            Box::new(m20261128_000086_bounds::Migration),
        ]
    }
}
