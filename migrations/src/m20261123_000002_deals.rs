//! What is sold: accounts, contacts, pipelines, deals, and their append-only history.

use sea_orm_migration::{prelude::*, schema::*};

use crate::support::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create().table("account").col(pk_uuid("id")).col(string_uniq("name")).col(string_null("industry")).to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("contact")
                    .col(pk_uuid("id"))
                    .col(uuid_null("account_id"))
                    .col(string("name"))
                    .foreign_key(&mut belongs_to("contact", "account_id", "account", ForeignKeyAction::Cascade))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("contact", &["account_id", "name"])).await?;
        manager.create_table(Table::create().table("pipeline").col(pk_uuid("id")).col(string_uniq("name")).to_owned()).await?;
        manager
            .create_table(
                Table::create()
                    .table("stage")
                    .col(pk_uuid("id"))
                    .col(uuid("pipeline_id"))
                    .col(string("name"))
                    .col(integer("position"))
                    .col(one_of("kind", &["open", "won", "lost"]))
                    .col(probability_null("default_probability"))
                    .foreign_key(&mut belongs_to("stage", "pipeline_id", "pipeline", ForeignKeyAction::Cascade))
                    .to_owned(),
            )
            .await?;
        manager.create_index(unique_index("stage", &["pipeline_id", "name"])).await?;
        manager
            .create_table(
                Table::create()
                    .table("custom_field")
                    .col(string("key").primary_key())
                    .col(one_of("kind", &["numeric", "category", "date"]))
                    .col(integer("position"))
                    .to_owned(),
            )
            .await?;
        create_deal(manager).await?;
        create_history(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["activity", "deal_event", "deal", "custom_field", "stage", "pipeline", "contact", "account"]).await
    }
}

async fn create_deal(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("deal")
                .col(pk_uuid("id"))
                .col(string("source"))
                .col(string("external_id"))
                .col(text("title"))
                .col(text("description"))
                .col(text_null("notes"))
                .col(uuid_null("account_id"))
                .col(uuid_null("owner_id"))
                .col(uuid_null("team_id"))
                .col(uuid("pipeline_id"))
                .col(uuid_null("stage_id"))
                .col(amount_null("value"))
                .col(char_len("currency", 3))
                .col(probability_null("rep_probability"))
                .col(date_null("expected_close"))
                // Null where the source has no dates.
                .col(instant_null("created_at"))
                .col(instant_null("closed_at"))
                .col(instant("recorded_at"))
                .col(one_of("outcome", &["open", "won", "lost"]))
                .col(string_null("loss_reason"))
                .col(big_integer_null("sequence"))
                .col(json("custom"))
                .col(integer("version").default(1))
                // The newest score, copied from `score` by the scoring service so that lists sort and filter by it.
                .col(probability_null("win_probability"))
                .col(probability_null("win_low"))
                .col(probability_null("win_high"))
                .col(one_of_null("health", &["healthy", "watch", "at_risk", "critical"]))
                .col(amount_null("revenue_at_risk"))
                .col(text_null("main_reason"))
                .foreign_key(&mut belongs_to("deal", "account_id", "account", ForeignKeyAction::SetNull))
                .foreign_key(&mut belongs_to("deal", "owner_id", "app_user", ForeignKeyAction::SetNull))
                .foreign_key(&mut belongs_to("deal", "team_id", "team", ForeignKeyAction::SetNull))
                .foreign_key(&mut belongs_to("deal", "pipeline_id", "pipeline", ForeignKeyAction::Restrict))
                .foreign_key(&mut belongs_to("deal", "stage_id", "stage", ForeignKeyAction::Restrict))
                .to_owned(),
        )
        .await?;
    manager.create_index(unique_index("deal", &["source", "external_id"])).await?;
    for columns in [
        // The list's filters and totals.
        &["outcome", "currency", "value"][..],
        &["owner_id", "outcome"],
        &["team_id", "outcome"],
        &["stage_id", "outcome"],
        &["account_id"],
        // The list's orders.
        &["outcome", "revenue_at_risk", "id"],
        &["revenue_at_risk", "id"],
        &["outcome", "win_probability", "id"],
        &["value", "id"],
        &["expected_close", "id"],
        &["title", "id"],
    ] {
        manager.create_index(index("deal", columns)).await?;
    }
    Ok(())
}

async fn create_history(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("deal_event")
                .col(pk_uuid("id"))
                .col(uuid("deal_id"))
                // Null where the source gave no date: true from the start of what we know.
                .col(instant_null("at"))
                .col(instant("recorded_at"))
                .col(uuid_null("actor_id"))
                .col(one_of("kind", &["created", "stage", "value", "probability", "close_date", "owner", "outcome", "field"]))
                .col(string_null("field"))
                .col(text_null("old"))
                .col(text_null("new"))
                .foreign_key(&mut belongs_to("deal_event", "deal_id", "deal", ForeignKeyAction::Cascade))
                .foreign_key(&mut belongs_to("deal_event", "actor_id", "app_user", ForeignKeyAction::SetNull))
                .to_owned(),
        )
        .await?;
    manager.create_index(index("deal_event", &["deal_id", "at"])).await?;
    manager
        .create_table(
            Table::create()
                .table("activity")
                .col(pk_uuid("id"))
                .col(uuid("deal_id"))
                .col(string("key"))
                .col(instant("at"))
                .col(one_of("kind", &["call", "email", "meeting", "note", "other"]))
                .col(text("subject"))
                .col(text_null("body"))
                .col(uuid_null("actor_id"))
                .col(uuid_null("contact_id"))
                .foreign_key(&mut belongs_to("activity", "deal_id", "deal", ForeignKeyAction::Cascade))
                .foreign_key(&mut belongs_to("activity", "actor_id", "app_user", ForeignKeyAction::SetNull))
                .foreign_key(&mut belongs_to("activity", "contact_id", "contact", ForeignKeyAction::SetNull))
                .to_owned(),
        )
        .await?;
    manager.create_index(unique_index("activity", &["deal_id", "key"])).await?;
    manager.create_index(index("activity", &["deal_id", "at"])).await
}
