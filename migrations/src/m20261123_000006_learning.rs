//! Learning from outcomes: how deals were closed, predictions to be judged, challengers on trial, trainings, drift, feedback.

use sea_orm_migration::{
    prelude::*,
    schema::*,
    sea_orm::{ConnectionTrait, DbBackend, Statement},
};
use uuid::Uuid;

use crate::support::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// The reasons that a workspace begins with; those that name a competitor.
const REASONS: [(&str, bool); 7] = [
    ("Price", false),
    ("Competitor", true),
    ("No decision", false),
    ("Timing", false),
    ("Missing feature", true),
    ("Lost contact", false),
    ("Other", false),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        widen(manager).await?;
        create_closing(manager).await?;
        create_predictions(manager).await?;
        create_learning(manager).await?;
        fill(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(
            manager,
            &[
                "score_feedback",
                "drift_run",
                "training_run",
                "trial",
                "model_reign",
                "shadow_score",
                "prediction",
                "deal_closing",
                "loss_reason",
            ],
        )
        .await?;
        manager.drop_index(Index::drop().name("ux_model_challenger").table("model").to_owned()).await?;
        manager.drop_index(Index::drop().name("ix_deal_outcome_closed_at").table("deal").to_owned()).await?;
        for (table, column) in [("notification", "link"), ("deal", "closed_from_stage_id"), ("deal", "competitor")] {
            manager.alter_table(Table::alter().table(table).drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}

async fn widen(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    for (table, column) in [
        // Who won the deal instead.
        ("deal", string_null("competitor").to_owned()),
        // The open stage that it was closed from.
        ("deal", uuid_null("closed_from_stage_id").to_owned()),
        // Where a notification leads that is about no deal.
        ("notification", string_null("link").to_owned()),
    ] {
        manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
    }
    manager.create_index(index("deal", &["outcome", "closed_at"])).await
}

async fn create_closing(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("loss_reason")
                .col(pk_uuid("id"))
                .col(string_uniq("name"))
                .col(integer("position"))
                // Offered when a deal is closed; others only stand in the past.
                .col(boolean("active").default(true))
                .col(boolean("names_competitor").default(false))
                .to_owned(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("deal_closing")
                .col(pk_uuid("id"))
                .col(uuid("deal_id"))
                .col(one_of("outcome", &["won", "lost"]))
                // When it was recorded; the deal's close date may lie before.
                .col(instant("at"))
                .col(uuid_null("by"))
                // What the close changed, as it was before, so that it can be taken back.
                .col(json("before"))
                .col(instant_null("reopened_at"))
                .foreign_key(&mut belongs_to("deal_closing", "deal_id", "deal", ForeignKeyAction::Cascade))
                .foreign_key(&mut belongs_to("deal_closing", "by", "app_user", ForeignKeyAction::SetNull))
                .to_owned(),
        )
        .await?;
    manager.create_index(index("deal_closing", &["deal_id", "at"])).await
}

async fn create_predictions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("prediction")
                // What a model said last before the close: frozen with it, to be judged.
                .col(uuid("deal_id"))
                // 0: the stages' win rates.
                .col(integer("model_version"))
                // Whether it is what people saw; a challenger's is not.
                .col(boolean("live"))
                .col(instant("at"))
                .col(double("probability"))
                .col(boolean("won"))
                .col(instant("closed_at"))
                .primary_key(Index::create().col("deal_id").col("model_version"))
                .foreign_key(&mut belongs_to("prediction", "deal_id", "deal", ForeignKeyAction::Cascade))
                .to_owned(),
        )
        .await?;
    manager.create_index(index("prediction", &["model_version", "closed_at"])).await?;
    manager.create_index(index("prediction", &["closed_at"])).await?;
    manager
        .create_table(
            Table::create()
                .table("shadow_score")
                // What champion and challenger say of each open deal, side by side, made at the same instant.
                .col(uuid("deal_id"))
                .col(integer("model_version"))
                .col(instant("at"))
                .col(double("probability"))
                .primary_key(Index::create().col("deal_id").col("model_version"))
                .foreign_key(&mut belongs_to("shadow_score", "deal_id", "deal", ForeignKeyAction::Cascade))
                .to_owned(),
        )
        .await
}

async fn create_learning(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("model_reign")
                .col(pk_uuid("id"))
                // Who scored the deals, from when until when.
                .col(integer("version"))
                .col(instant("since"))
                .col(instant_null("until"))
                // The reign that a roll-back returns to.
                .col(uuid_null("previous"))
                .to_owned(),
        )
        .await?;
    manager.create_index(index("model_reign", &["since"])).await?;
    // At most one challenger, whoever trains at the same time.
    manager
        .create_index(
            Index::create()
                .name("ux_model_challenger")
                .table("model")
                .col("state")
                .unique()
                .and_where(Expr::col("state").eq("challenger"))
                .to_owned(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("trial")
                .col(integer("challenger").primary_key())
                .col(integer("champion"))
                .col(instant("began_at"))
                .col(instant_null("ended_at"))
                .col(one_of_null("ending", &["promoted", "dropped", "replaced", "withdrawn"]))
                // Why it ended, in words.
                .col(text_null("said"))
                .to_owned(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("training_run")
                .col(pk_uuid("id"))
                .col(one_of("cause", &["schedule", "outcomes", "drift", "hand"]))
                .col(uuid_null("asked_by"))
                .col(instant("asked_at"))
                .col(one_of("state", &["waiting", "running", "done", "failed", "cancelled"]))
                .col(instant_null("started_at"))
                .col(instant_null("ended_at"))
                .col(big_integer("done").default(0))
                .col(big_integer("total").default(0))
                .col(string("doing").default(""))
                .col(boolean("cancel").default(false))
                // How often it was begun: what kills its server every time must come to an end.
                .col(integer("attempts").default(0))
                .col(integer_null("model_version"))
                .col(text_null("said"))
                .foreign_key(&mut belongs_to("training_run", "asked_by", "app_user", ForeignKeyAction::SetNull))
                .to_owned(),
        )
        .await?;
    manager.create_index(index("training_run", &["asked_at"])).await?;
    // One training waits or runs at most, whoever asks.
    manager
        .create_index(
            Index::create()
                .name("ux_training_run_active")
                .table("training_run")
                .col("cancel")
                .unique()
                .and_where(Expr::col("state").is_in(["waiting", "running"]).and(Expr::col("cancel").eq(false)))
                .to_owned(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("drift_run")
                .col(pk_uuid("id"))
                .col(instant("at"))
                .col(integer("model_version"))
                .col(boolean("alarm"))
                .col(json("report"))
                .to_owned(),
        )
        .await?;
    manager.create_index(index("drift_run", &["at"])).await?;
    manager
        .create_table(
            Table::create()
                .table("score_feedback")
                .col(pk_uuid("id"))
                .col(uuid("deal_id"))
                .col(uuid("user_id"))
                .col(instant("at"))
                // What was criticised.
                .col(double("probability"))
                .col(integer_null("model_version"))
                .col(one_of("reason", &["relationship", "budget", "competitor", "timing", "data", "other"]))
                // The person's own estimate.
                .col(probability_null("estimate"))
                .col(text_null("note"))
                .foreign_key(&mut belongs_to("score_feedback", "deal_id", "deal", ForeignKeyAction::Cascade))
                .foreign_key(&mut belongs_to("score_feedback", "user_id", "app_user", ForeignKeyAction::Cascade))
                .to_owned(),
        )
        .await?;
    manager.create_index(index("score_feedback", &["deal_id", "at"])).await?;
    manager.create_index(index("score_feedback", &["at"])).await
}

/// The default reasons; the reign of the present champion; the stages that deals were closed from, as their history tells.
async fn fill(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let db = manager.get_connection();
    let backend = db.get_database_backend();
    for (position, (name, names_competitor)) in (0..).zip(REASONS) {
        let insert = Query::insert()
            .into_table("loss_reason")
            .columns(["id", "name", "position", "active", "names_competitor"])
            .values_panic([Uuid::now_v7().into(), name.into(), Expr::val(position), true.into(), names_competitor.into()])
            .to_owned();
        db.execute(&insert).await?;
    }
    let champions =
        Statement::from_string(backend, "SELECT version, COALESCE(published_at, trained_at) AS since FROM model WHERE state = 'champion'");
    for row in db.query_all_raw(champions).await? {
        let (version, since): (i32, chrono::DateTime<chrono::Utc>) = (row.try_get("", "version")?, row.try_get("", "since")?);
        let insert = Query::insert()
            .into_table("model_reign")
            .columns(["id", "version", "since"])
            .values_panic([Uuid::now_v7().into(), version.into(), since.into()])
            .to_owned();
        db.execute(&insert).await?;
    }
    // Events hold ids as text; SQLite keeps them as bytes elsewhere.
    let same = match backend {
        DbBackend::Postgres => "CAST(s.id AS TEXT) = e.new",
        _ => "lower(hex(s.id)) = replace(lower(e.new), '-', '')",
    };
    db.execute_unprepared(&format!(
        "UPDATE deal SET closed_from_stage_id = (SELECT s.id FROM deal_event e JOIN stage s ON {same} \
         WHERE e.deal_id = deal.id AND e.kind = 'stage' AND s.kind = 'open' ORDER BY e.at DESC, e.id DESC LIMIT 1) \
         WHERE outcome <> 'open'"
    ))
    .await?;
    Ok(())
}
