//! What pages show up to the present and a job counts where there is too much of it: no months, the last count alone.

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
                    .table("latest_summary")
                    .col(pk_uuid("id"))
                    .col(string("kind"))
                    // Null: of all teams.
                    .col(uuid_null("team_id"))
                    .col(instant("counted_at"))
                    .col(json("summary"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("latest_summary", &["kind", "team_id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["latest_summary"]).await
    }
}
