//! Indexes for what pages and jobs ask of many deals and alerts.

use sea_orm_migration::prelude::*;

use crate::support::*;

/// On parts of the deals: each covers what is asked of it, so that no row of a deal is read.
const OF_DEALS: [(&str, &str); 4] = [
    ("ix_deal_competitor", "(competitor) WHERE competitor IS NOT NULL"),
    ("ix_deal_loss_reason", "(loss_reason) WHERE outcome = 'lost'"),
    ("ix_deal_open_stage", "(stage_id, currency, value) WHERE outcome = 'open'"),
    ("ix_deal_open_chance", "(win_probability, owner_id, team_id) WHERE outcome = 'open'"),
];

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, what) in OF_DEALS {
            manager.get_connection().execute_unprepared(&format!("CREATE INDEX {name} ON deal {what}")).await?;
        }
        manager.create_index(index("alert", &["raised_at"])).await?;
        manager.create_index(index("alert", &["ended_at"])).await?;
        // What falls with an alert is found without looking at all of it.
        manager.create_index(index("notification", &["alert_id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, name) in [("notification", "ix_notification_alert_id"), ("alert", "ix_alert_ended_at"), ("alert", "ix_alert_raised_at")]
        {
            manager.drop_index(Index::drop().name(name).table(table).to_owned()).await?;
        }
        for (name, _) in OF_DEALS {
            manager.drop_index(Index::drop().name(name).table("deal").to_owned()).await?;
        }
        Ok(())
    }
}
