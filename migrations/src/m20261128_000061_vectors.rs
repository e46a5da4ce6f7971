//! Changes of vectors are numbered, so that every process can read on from the last one it saw.

use sea_orm_migration::{prelude::*, schema::*, sea_orm::ConnectionTrait};

use crate::support::index;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // `indexed` is false for what changed and has no new number yet.
        let changed = big_integer("changed").default(0).take();
        manager.alter_table(Table::alter().table("embedding").add_column(changed).to_owned()).await?;
        manager.create_index(index("embedding", &["changed", "deal_id"])).await?;
        // By hand, as the condition has to stand in queries word for word.
        let unnumbered = "CREATE INDEX ix_embedding_unnumbered ON embedding (deal_id) WHERE NOT indexed AND vector IS NOT NULL";
        manager.get_connection().execute_unprepared(unnumbered).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in ["ix_embedding_unnumbered", "ix_embedding_changed_deal_id"] {
            manager.drop_index(Index::drop().name(name).table("embedding").to_owned()).await?;
        }
        manager.alter_table(Table::alter().table("embedding").drop_column("changed").to_owned()).await
    }
}
