//! Watching deals: durable jobs' outbox and leases, alerts with their thresholds, notifications and their delivery.

use sea_orm_migration::{prelude::*, schema::*};

use crate::support::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Counts how often an embedding was asked for: a vector of an older text must not pass for the newest.
        let requested = big_integer("requested").default(0).to_owned();
        manager.alter_table(Table::alter().table("embedding").add_column(requested).to_owned()).await?;
        create_jobs(manager).await?;
        create_alerts(manager).await?;
        create_notifications(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("embedding").drop_column("requested").to_owned()).await?;
        drop_tables(
            manager,
            &["deal_mute", "preference", "delivery", "notification", "sweep_run", "alert_threshold", "alert", "lease", "outbox"],
        )
        .await
    }
}

async fn create_jobs(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("outbox")
                .col(pk_uuid("id"))
                // What is to be done, as JSON; written in the transaction that makes it necessary.
                .col(string("job"))
                .col(integer("attempt").default(0))
                .col(instant("created_at"))
                // Retries wait here until then.
                .col(instant("due_at"))
                .to_owned(),
        )
        .await?;
    manager.create_index(index("outbox", &["due_at"])).await?;
    manager
        .create_table(
            Table::create()
                .table("lease")
                // Work of which at most one may run, whatever the number of servers.
                .col(string("name").primary_key())
                .col(string("holder"))
                .col(instant("until"))
                .to_owned(),
        )
        .await
}

async fn create_alerts(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("alert")
                .col(pk_uuid("id"))
                .col(uuid("deal_id"))
                // The rule; for alerts raised by hand, `manual:` and a name for the cause.
                .col(string("cause"))
                .col(one_of("state", &["open", "acknowledged", "snoozed", "dismissed", "resolved"]))
                // 0 low to 3 critical.
                .col(integer("priority"))
                .col(json("observation"))
                // How much there was of it when it was raised, or last got worse.
                .col(double("measure"))
                .col(instant("raised_at"))
                .col(instant("updated_at"))
                .col(instant_null("snoozed_until"))
                .col(instant_null("acknowledged_at"))
                .col(uuid_null("handled_by"))
                .col(instant_null("ended_at"))
                .col(one_of_null("dismissed", &["useful", "not_useful", "wrong"]))
                .col(text_null("note"))
                .col(uuid_null("created_by"))
                .foreign_key(&mut belongs_to("alert", "deal_id", "deal", ForeignKeyAction::Cascade))
                .foreign_key(&mut belongs_to("alert", "handled_by", "app_user", ForeignKeyAction::SetNull))
                .foreign_key(&mut belongs_to("alert", "created_by", "app_user", ForeignKeyAction::SetNull))
                .to_owned(),
        )
        .await?;
    // At most one active alert per deal and cause, whoever raises one at the same time.
    manager
        .create_index(
            Index::create()
                .name("ux_alert_active")
                .table("alert")
                .col("deal_id")
                .col("cause")
                .unique()
                .and_where(Expr::col("state").is_in(["open", "acknowledged", "snoozed"]))
                .to_owned(),
        )
        .await?;
    manager.create_index(index("alert", &["deal_id", "cause", "raised_at"])).await?;
    manager.create_index(index("alert", &["state", "priority", "raised_at"])).await?;
    manager
        .create_table(
            Table::create()
                .table("alert_threshold")
                .col(string("rule"))
                .col(one_of("place", &["workspace", "pipeline", "stage"]))
                // The pipeline or stage; the nil id for the workspace.
                .col(uuid("place_id"))
                // Null: the rule is off there.
                .col(double_null("limit_value"))
                .col(instant("updated_at"))
                .col(uuid_null("updated_by"))
                .primary_key(Index::create().col("rule").col("place").col("place_id"))
                .foreign_key(&mut belongs_to("alert_threshold", "updated_by", "app_user", ForeignKeyAction::SetNull))
                .to_owned(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("sweep_run")
                .col(pk_uuid("id"))
                .col(instant("started_at"))
                .col(big_integer("milliseconds"))
                .col(one_of("cause", &["schedule", "demand"]))
                .col(big_integer("deals"))
                .col(big_integer("raised"))
                .col(big_integer("worsened"))
                .col(big_integer("woken"))
                .col(big_integer("resolved"))
                .to_owned(),
        )
        .await?;
    manager.create_index(index("sweep_run", &["started_at"])).await
}

async fn create_notifications(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("notification")
                .col(pk_uuid("id"))
                .col(uuid("user_id"))
                // Null for the line that says how many more alerts a sweep raised.
                .col(uuid_null("alert_id"))
                .col(uuid_null("deal_id"))
                .col(integer("priority"))
                .col(string("headline"))
                .col(instant("at"))
                .col(instant_null("read_at"))
                // Within the person's quiet hours: listed, but not shown at once.
                .col(boolean("quiet").default(false))
                .foreign_key(&mut belongs_to("notification", "user_id", "app_user", ForeignKeyAction::Cascade))
                .foreign_key(&mut belongs_to("notification", "alert_id", "alert", ForeignKeyAction::Cascade))
                .foreign_key(&mut belongs_to("notification", "deal_id", "deal", ForeignKeyAction::Cascade))
                .to_owned(),
        )
        .await?;
    manager.create_index(index("notification", &["user_id", "read_at"])).await?;
    manager.create_index(index("notification", &["user_id", "at"])).await?;
    manager.create_index(index("notification", &["at"])).await?;
    manager
        .create_table(
            Table::create()
                .table("delivery")
                .col(pk_uuid("id"))
                .col(one_of("channel", &["email", "slack"]))
                .col(uuid("user_id"))
                // What is delivered: a digest's day, a deal's sweep. Nothing is delivered twice to the same person.
                .col(string("subject"))
                // `sending` is written before anything goes out, so that a crash leaves a trace.
                .col(one_of("state", &["planned", "sending", "sent", "failed", "uncertain"]))
                .col(json("content"))
                .col(integer("attempts").default(0))
                // Whether what was sent may be a repeat, and was marked as such.
                .col(boolean("repeat").default(false))
                .col(instant("planned_at"))
                .col(instant("due_at"))
                .col(instant_null("sent_at"))
                .col(text_null("error"))
                // SHA-256 of the unsubscribe link's token.
                .col(string_len_null("unsubscribe_hash", 64))
                .foreign_key(&mut belongs_to("delivery", "user_id", "app_user", ForeignKeyAction::Cascade))
                .to_owned(),
        )
        .await?;
    manager.create_index(unique_index("delivery", &["channel", "user_id", "subject"])).await?;
    manager.create_index(index("delivery", &["state", "due_at"])).await?;
    manager.create_index(index("delivery", &["unsubscribe_hash"])).await?;
    manager
        .create_table(
            Table::create()
                .table("preference")
                .col(uuid("user_id").primary_key())
                .col(json("settings"))
                .col(instant("updated_at"))
                .foreign_key(&mut belongs_to("preference", "user_id", "app_user", ForeignKeyAction::Cascade))
                .to_owned(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("deal_mute")
                .col(uuid("user_id"))
                .col(uuid("deal_id"))
                .primary_key(Index::create().col("user_id").col("deal_id"))
                .foreign_key(&mut belongs_to("deal_mute", "user_id", "app_user", ForeignKeyAction::Cascade))
                .foreign_key(&mut belongs_to("deal_mute", "deal_id", "deal", ForeignKeyAction::Cascade))
                .to_owned(),
        )
        .await
}
