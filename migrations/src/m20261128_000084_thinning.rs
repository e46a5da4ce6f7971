//! When a deal's scores are to be looked at again, so that thinning reads only those of deals that may have something to thin.

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
                    .table("thinning")
                    .col(pk_uuid("deal_id"))
                    .col(date("due"))
                    .foreign_key(&mut belongs_to("thinning", "deal_id", "deal", ForeignKeyAction::Cascade))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("thinning", &["due", "deal_id"])).await?;
        let filled = "INSERT INTO thinning (deal_id, due) SELECT DISTINCT deal_id, DATE '2000-01-01' FROM score";
        let filled = if manager.get_database_backend() == sea_orm::DatabaseBackend::Postgres {
            filled.to_owned()
        } else {
            filled.replace("DATE ", "")
        };
        manager.get_connection().execute_unprepared(&filled).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["thinning"]).await
    }
}
