//! Trainings: asked for, running, and what came of them; and looks at drift.

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

use crate::{
    domain::{
        Instant,
        ids::{TrainingId, UserId},
        models::{DriftReport, TrainCause, TrainingRun, TrainingState},
    },
    store::{
        StoreError,
        entity::{drift_run, training_run, user},
        json,
    },
};

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    cause: TrainCause,
    asked_by: Option<String>,
    asked_at: Instant,
    state: TrainingState,
    started_at: Option<Instant>,
    ended_at: Option<Instant>,
    done: i64,
    total: i64,
    doing: String,
    cancel: bool,
    model_version: Option<i32>,
    said: Option<String>,
}

fn run(row: Row) -> Result<TrainingRun, StoreError> {
    Ok(TrainingRun {
        id: TrainingId(row.id),
        cause: row.cause,
        asked_by: row.asked_by,
        asked_at: row.asked_at,
        state: row.state,
        started_at: row.started_at,
        ended_at: row.ended_at,
        share: if row.total > 0 { row.done as f64 / row.total as f64 } else { 0.0 },
        doing: row.doing,
        cancelling: row.cancel,
        model_version: row.model_version,
        said: row.said,
    })
}

/// How often a training is begun whose server dies.
const ATTEMPTS: i32 = 3;

/// Asks for a training; tells whether none waited or ran yet, in which case there is one now.
pub async fn ask(db: &impl ConnectionTrait, cause: TrainCause, by: Option<UserId>, now: Instant) -> Result<bool, StoreError> {
    let asked = training_run::Entity::insert(training_run::ActiveModel {
        id: Set(Uuid::now_v7()),
        cause: Set(cause),
        asked_by: Set(by.map(|by| by.0)),
        asked_at: Set(now),
        state: Set(TrainingState::Waiting),
        done: Set(0),
        total: Set(0),
        doing: Set(String::new()),
        cancel: Set(false),
        attempts: Set(0),
        ..Default::default()
    })
    .on_conflict(OnConflict::new().do_nothing().to_owned())
    .exec_without_returning(db)
    .await?;
    Ok(asked > 0)
}

/// Begins the training that waits, if one does.
pub async fn begin(db: &impl ConnectionTrait, now: Instant) -> Result<Option<(TrainingId, TrainCause)>, StoreError> {
    let waiting = training_run::Entity::find()
        .filter(training_run::Column::State.eq(TrainingState::Waiting))
        .order_by_asc(training_run::Column::AskedAt)
        .one(db)
        .await?;
    let Some(row) = waiting else { return Ok(None) };
    let begun = training_run::Entity::update_many()
        .col_expr(training_run::Column::State, Expr::value(TrainingState::Running.into_str()))
        .col_expr(training_run::Column::StartedAt, Expr::value(now))
        .col_expr(training_run::Column::Attempts, Expr::col(training_run::Column::Attempts).add(1))
        .filter(training_run::Column::Id.eq(row.id))
        .filter(training_run::Column::State.eq(TrainingState::Waiting))
        .exec(db)
        .await?;
    let cause = row.cause;
    Ok((begun.rows_affected == 1).then_some((TrainingId(row.id), cause)))
}

/// Says how far a training is; tells whether somebody wants it to stop.
pub async fn progress(db: &impl ConnectionTrait, id: TrainingId, done: u64, total: u64, doing: &str) -> Result<bool, StoreError> {
    training_run::Entity::update_many()
        .col_expr(training_run::Column::Done, Expr::value(done.cast_signed()))
        .col_expr(training_run::Column::Total, Expr::value(total.cast_signed()))
        .col_expr(training_run::Column::Doing, Expr::value(doing.chars().take(200).collect::<String>()))
        .filter(training_run::Column::Id.eq(id.0))
        .exec(db)
        .await?;
    let cancel: Option<bool> =
        training_run::Entity::find_by_id(id.0).select_only().column(training_run::Column::Cancel).into_tuple().one(db).await?;
    Ok(cancel.unwrap_or(false))
}

/// Asks a training to stop: one that waits is over at once, one that runs at its next step. Tells whether it waited or ran.
pub async fn cancel(db: &impl ConnectionTrait, id: TrainingId, now: Instant) -> Result<bool, StoreError> {
    let waiting = training_run::Entity::update_many()
        .col_expr(training_run::Column::State, Expr::value(TrainingState::Cancelled.into_str()))
        .col_expr(training_run::Column::EndedAt, Expr::value(now))
        .filter(training_run::Column::Id.eq(id.0))
        .filter(training_run::Column::State.eq(TrainingState::Waiting))
        .exec(db)
        .await?;
    let running = training_run::Entity::update_many()
        .col_expr(training_run::Column::Cancel, Expr::value(true))
        .filter(training_run::Column::Id.eq(id.0))
        .filter(training_run::Column::State.eq(TrainingState::Running))
        .exec(db)
        .await?;
    Ok(waiting.rows_affected + running.rows_affected > 0)
}

/// Ends a training.
pub async fn end(
    db: &impl ConnectionTrait,
    id: TrainingId,
    state: TrainingState,
    model: Option<i32>,
    said: &str,
    now: Instant,
) -> Result<(), StoreError> {
    training_run::Entity::update_many()
        .col_expr(training_run::Column::State, Expr::value(state.into_str()))
        .col_expr(training_run::Column::EndedAt, Expr::value(now))
        .col_expr(training_run::Column::ModelVersion, Expr::value(model))
        .col_expr(training_run::Column::Said, Expr::value(said))
        .filter(training_run::Column::Id.eq(id.0))
        .exec(db)
        .await?;
    Ok(())
}

/// Lets a training that was given up through no fault of its own wait again: that begin does not count. One that was to be cancelled is
/// left as it is, and over with the next look.
pub async fn hand_back(db: &impl ConnectionTrait, id: TrainingId) -> Result<(), StoreError> {
    training_run::Entity::update_many()
        .col_expr(training_run::Column::State, Expr::value(TrainingState::Waiting.into_str()))
        .col_expr(training_run::Column::Attempts, Expr::col(training_run::Column::Attempts).sub(1))
        .filter(training_run::Column::Id.eq(id.0))
        .filter(training_run::Column::State.eq(TrainingState::Running))
        .filter(training_run::Column::Cancel.eq(false))
        .exec(db)
        .await?;
    Ok(())
}

/// Trainings that are said to run though nobody trains wait again: their server died. One that was begun [`ATTEMPTS`] times, or was
/// to be cancelled, is over.
pub async fn requeue_orphans(db: &impl ConnectionTrait, now: Instant) -> Result<(), StoreError> {
    training_run::Entity::update_many()
        .col_expr(training_run::Column::State, Expr::value(TrainingState::Waiting.into_str()))
        .filter(training_run::Column::State.eq(TrainingState::Running))
        .filter(training_run::Column::Attempts.lt(ATTEMPTS))
        .filter(training_run::Column::Cancel.eq(false))
        .exec(db)
        .await?;
    training_run::Entity::update_many()
        .col_expr(training_run::Column::State, Expr::value(TrainingState::Failed.into_str()))
        .col_expr(training_run::Column::EndedAt, Expr::value(now))
        .col_expr(training_run::Column::Said, Expr::value("The server stopped in the middle of it."))
        .filter(training_run::Column::State.eq(TrainingState::Running))
        .exec(db)
        .await?;
    Ok(())
}

/// Newest first.
pub async fn newest(db: &impl ConnectionTrait, limit: u64) -> Result<Vec<TrainingRun>, StoreError> {
    use training_run::Column as T;
    let rows: Vec<Row> = training_run::Entity::find()
        .select_only()
        .columns([T::Id, T::Cause, T::AskedAt, T::State, T::StartedAt, T::EndedAt, T::Done, T::Total, T::Doing, T::Cancel])
        .columns([T::ModelVersion, T::Said])
        .column_as(user::Column::Name, "asked_by")
        .join(JoinType::LeftJoin, training_run::Entity::belongs_to(user::Entity).from(T::AskedBy).to(user::Column::Id).into())
        .order_by_desc(T::AskedAt)
        .order_by_desc(T::Id)
        .limit(limit)
        .into_model()
        .all(db)
        .await?;
    rows.into_iter().map(run).collect()
}

/// When the newest training for a cause was asked for.
pub async fn last_asked(db: &impl ConnectionTrait, cause: TrainCause) -> Result<Option<Instant>, StoreError> {
    let row = training_run::Entity::find()
        .filter(training_run::Column::Cause.eq(cause))
        .order_by_desc(training_run::Column::AskedAt)
        .one(db)
        .await?;
    Ok(row.map(|row| row.asked_at))
}

/// Keeps what a look at drift found.
pub async fn record_drift(db: &impl ConnectionTrait, report: &DriftReport) -> Result<(), StoreError> {
    drift_run::Entity::insert(drift_run::ActiveModel {
        id: Set(Uuid::now_v7()),
        at: Set(report.at),
        model_version: Set(report.model_version),
        alarm: Set(report.alarm()),
        report: Set(json::write("drift_run.report", report)?),
    })
    .exec_without_returning(db)
    .await?;
    Ok(())
}

/// The newest looks at drift, newest first; those of a version whose reports were different are left out.
pub async fn drift_runs(db: &impl ConnectionTrait, limit: u64) -> Result<Vec<DriftReport>, StoreError> {
    let rows = drift_run::Entity::find().order_by_desc(drift_run::Column::At).limit(limit).all(db).await?;
    Ok(rows.into_iter().filter_map(|row| json::derived(json::read("drift_run.report", row.report))).collect())
}
