//! What pages show of closed periods, counted by month.

use sea_orm_migration::{prelude::*, schema::*};

use crate::support::*;

const KINDS: &[&str] = &["outcomes", "accuracy"];

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("counted_month")
                    .col(one_of("kind", KINDS))
                    .col(date("month"))
                    // Null while it is being counted for the first time.
                    .col(instant_null("counted_at"))
                    .primary_key(Index::create().col("kind").col("month"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("month_summary")
                    .col(pk_uuid("id"))
                    .col(one_of("kind", KINDS))
                    .col(date("month"))
                    .col(uuid_null("pipeline_id"))
                    .col(uuid_null("team_id"))
                    .col(json("summary"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("month_summary", &["kind", "month"])).await?;
        // A row for each change, so that those who change deals of the same month do not wait for each other.
        manager
            .create_table(
                Table::create().table("changed_month").col(pk_uuid("id")).col(one_of("kind", KINDS)).col(date("month")).to_owned(),
            )
            .await?;
        manager.create_index(index("changed_month", &["kind", "month"])).await?;
        manager
            .create_table(
                Table::create()
                    .table("comparison")
                    .col(integer("id").primary_key())
                    .col(string("epoch"))
                    .col(instant("made_at"))
                    .col(json("features"))
                    .to_owned(),
            )
            .await?;
        for columns in [&["closed_at", "id"][..], &["owner_id", "closed_at"], &["team_id", "closed_at"]] {
            manager.create_index(index("deal", columns)).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in ["ix_deal_team_id_closed_at", "ix_deal_owner_id_closed_at", "ix_deal_closed_at_id"] {
            manager.drop_index(Index::drop().name(name).table("deal").to_owned()).await?;
        }
        drop_tables(manager, &["comparison", "changed_month", "month_summary", "counted_month"]).await
    }
}
