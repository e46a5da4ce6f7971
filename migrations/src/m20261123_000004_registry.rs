//! The model registry, what makes a stored score fresh, switches of custom fields, tokens of the REST interface.

use sea_orm_migration::{prelude::*, schema::*};

use crate::support::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_models(manager).await?;
        widen_custom_fields(manager).await?;
        for column in [
            // Counts what happened to the deal: every change, every activity.
            big_integer("revision").default(0).to_owned(),
            // What the newest score was made from; a score is fresh as long as this is what would be asked for now.
            string_null("score_key").to_owned(),
            uuid_null("score_id").to_owned(),
        ] {
            manager.alter_table(Table::alter().table("deal").add_column(column).to_owned()).await?;
        }
        for column in [
            // SHA-256 of the features that the model saw; null for scores by stage.
            string_len_null("input_hash", 64).to_owned(),
            json_null("advice").to_owned(),
            // The deal's revision that it was made from.
            big_integer("deal_revision").default(0).to_owned(),
        ] {
            manager.alter_table(Table::alter().table("score").add_column(column).to_owned()).await?;
        }
        manager
            .create_table(
                Table::create()
                    .table("api_token")
                    .col(pk_uuid("id"))
                    .col(uuid("user_id"))
                    .col(string("name"))
                    // SHA-256 of the token: a stolen database opens nothing.
                    .col(string_len("token_hash", 64).unique_key())
                    .col(instant("created_at"))
                    .foreign_key(&mut belongs_to("api_token", "user_id", "app_user", ForeignKeyAction::Cascade))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["api_token"]).await?;
        for (table, column) in [
            ("score", "deal_revision"),
            ("score", "advice"),
            ("score", "input_hash"),
            ("deal", "score_id"),
            ("deal", "score_key"),
            ("deal", "revision"),
        ] {
            manager.alter_table(Table::alter().table(table).drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}

/// SQLite cannot change a CHECK, so the table is made anew. Earlier artifacts have an older format: their versions are kept in
/// the list, retired, and the next training takes their place.
async fn create_models(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("model_new")
                .col(integer("version").primary_key())
                .col(one_of("state", &["candidate", "challenger", "champion", "retired"]))
                .col(boolean("ready"))
                .col(string("learner"))
                .col(text("reason"))
                .col(json("report"))
                // Path within the artifact store; null when nothing could be fitted.
                .col(string_null("artifact_path"))
                .col(string_len_null("artifact_sha256", 64))
                .col(integer_null("schema_version"))
                .col(instant("trained_at"))
                .col(instant_null("published_at"))
                .to_owned(),
        )
        .await?;
    manager
        .get_connection()
        .execute_unprepared(
            "INSERT INTO model_new (version, state, ready, learner, reason, report, trained_at) \
             SELECT version, 'retired', FALSE, learner, 'Trained by an earlier version of VectorOS.', '{}', trained_at FROM model",
        )
        .await?;
    manager.drop_table(Table::drop().table("model").to_owned()).await?;
    manager.rename_table(Table::rename().table("model_new", "model").to_owned()).await?;
    // At most one champion, whoever publishes at the same time.
    manager
        .create_index(
            Index::create()
                .name("ux_model_champion")
                .table("model")
                .col("state")
                .unique()
                .and_where(Expr::col("state").eq("champion"))
                .to_owned(),
        )
        .await
}

async fn widen_custom_fields(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("custom_field_new")
                .col(string("key").primary_key())
                .col(one_of("kind", &["numeric", "category", "date", "boolean"]))
                .col(integer("position"))
                // Whether models may learn from it.
                .col(boolean("in_model").default(true))
                .to_owned(),
        )
        .await?;
    manager
        .get_connection()
        .execute_unprepared("INSERT INTO custom_field_new (key, kind, position) SELECT key, kind, position FROM custom_field")
        .await?;
    manager.drop_table(Table::drop().table("custom_field").to_owned()).await?;
    manager.rename_table(Table::rename().table("custom_field_new", "custom_field").to_owned()).await
}
