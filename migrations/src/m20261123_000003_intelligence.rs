//! What the engine knows: embeddings, models, scores.

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
                    .table("embedding")
                    .col(uuid("deal_id").primary_key())
                    .col(one_of("state", &["pending", "ready", "failed"]))
                    // SHA-256 of the text that `vector` was made from: an unchanged text is not embedded again.
                    .col(string_len_null("text_hash", 64))
                    .col(string_null("model"))
                    // 384 little-endian floats; the vector index is rebuilt from here.
                    .col(blob_null("vector"))
                    .col(text_null("error"))
                    // False until the vector index knows this vector and how the deal ended.
                    .col(boolean("indexed").default(false))
                    .foreign_key(&mut belongs_to("embedding", "deal_id", "deal", ForeignKeyAction::Cascade))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("embedding", &["state"])).await?;
        manager.create_index(index("embedding", &["indexed"])).await?;
        manager
            .create_table(
                Table::create()
                    .table("model")
                    .col(integer("version").primary_key())
                    .col(one_of("state", &["champion", "retired", "not_ready"]))
                    .col(string("learner"))
                    .col(string_null("reason"))
                    .col(json("report"))
                    .col(blob_null("artifact"))
                    .col(string_len_null("artifact_sha256", 64))
                    .col(instant("trained_at"))
                    .to_owned(),
            )
            .await?;
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
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("score")
                    .col(pk_uuid("id"))
                    .col(uuid("deal_id"))
                    // One scoring run writes all its scores under one id.
                    .col(uuid("run_id"))
                    .col(instant("at"))
                    .col(one_of("basis", &["model", "stage_rate"]))
                    .col(integer_null("model_version"))
                    .col(double("probability"))
                    .col(double("low"))
                    .col(double("high"))
                    .col(one_of("health", &["healthy", "watch", "at_risk", "critical"]))
                    .col(amount_null("revenue_at_risk"))
                    .col(json("reasons"))
                    .foreign_key(&mut belongs_to("score", "deal_id", "deal", ForeignKeyAction::Cascade))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("score", &["deal_id", "at"])).await?;
        manager.create_index(index("score", &["run_id", "deal_id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["score", "model", "embedding"]).await
    }
}
