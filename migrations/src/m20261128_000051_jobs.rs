//! The queue of jobs in tables of our own: what is to be done, what was done, and when recurring jobs were last due.

use sea_orm_migration::{prelude::*, schema::*};

use crate::support::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("job")
                    .col(pk_uuid("id"))
                    // A server takes the kinds it knows; those of a newer version wait for one.
                    .col(string_len("kind", 32))
                    // The whole job, as JSON.
                    .col(string("job"))
                    .col(integer("attempt").default(0))
                    .col(instant("created_at"))
                    .col(instant("due_at"))
                    // Who works on it, and until when that is believed without a sign of life.
                    .col(uuid_null("holder"))
                    .col(instant_null("held_until"))
                    .col(instant_null("started_at"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("job", &["kind", "due_at"])).await?;
        // The same work runs once at a time, whatever the number of servers.
        manager
            .create_index(
                Index::create()
                    .name("ux_job_running")
                    .table("job")
                    .col("job")
                    .unique()
                    .and_where(Expr::col("holder").is_not_null())
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("job_run")
                    .col(pk_uuid("id"))
                    .col(string_len("kind", 32))
                    .col(string("job"))
                    // `retried`: failed, and put back.
                    .col(one_of("state", &["done", "retried", "failed"]))
                    .col(integer("attempts"))
                    .col(instant("started_at"))
                    .col(instant("ended_at"))
                    .col(text("said"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("job_run", &["state", "ended_at"])).await?;
        manager
            .create_table(
                Table::create()
                    .table("job_schedule")
                    .col(string_len("name", 32).primary_key())
                    // The newest time at which it was due and asked for.
                    .col(instant("due_at"))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["job_schedule", "job_run", "job"]).await
    }
}
