//! The model registry: every trained model, and which one is the champion. The artifacts themselves are in
//! [`super::ArtifactStore`].

pub mod accuracy;
pub mod artifacts;
pub mod challenger_tests;
pub mod learning_rules;
pub mod trainings;

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, Query},
};

use uuid::Uuid;

use super::{StoreError, entity::model, json};
use crate::{
    domain::{
        Instant,
        models::{ModelState, ModelSummary, TrainingReport},
    },
    store::{
        entity::{challenger_test, model_deployment},
        locks::{self, Whole},
    },
};

/// A model to store.
#[derive(Debug, Clone)]
pub struct NewModel {
    pub ready: bool,
    /// Why it is ready, or not.
    pub reason: String,
    pub report: TrainingReport,
    /// `None` when there was too little data to fit anything.
    pub artifact: Option<ArtifactRef>,
}

/// Where a model's artifact is, and what it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactRef {
    pub path: String,
    pub sha256: String,
    pub schema_version: u32,
}

/// Where scoring stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModelStatus {
    pub champion: Option<i32>,
    /// Reason of the newest training, if that ended "not ready".
    pub not_ready: Option<String>,
    pub trained: bool,
}

/// A model with its report.
#[derive(Debug, Clone)]
pub struct RegisteredModel {
    pub summary: ModelSummary,
    /// `None` for models of a version whose reports were different.
    pub report: Option<TrainingReport>,
    pub artifact: Option<ArtifactRef>,
}

/// Adds a model as a candidate under the next version. Call it in a transaction.
pub async fn register(db: &impl ConnectionTrait, new: NewModel, now: Instant) -> Result<i32, StoreError> {
    locks::table(db, Whole::Models).await?;
    let newest: Option<i32> = model::Entity::find()
        .select_only()
        .column(model::Column::Version)
        .order_by_desc(model::Column::Version)
        .into_tuple()
        .one(db)
        .await?;
    let version = newest.unwrap_or(0) + 1;
    let artifact = new.artifact;
    model::Entity::insert(model::ActiveModel {
        version: Set(version),
        state: Set(ModelState::Candidate),
        ready: Set(new.ready),
        learner: Set(new.report.learner.clone()),
        reason: Set(new.reason),
        report: Set(json::write("model.report", &new.report)?),
        schema_version: Set(artifact.as_ref().map(|artifact| artifact.schema_version.cast_signed())),
        artifact_sha256: Set(artifact.as_ref().map(|artifact| artifact.sha256.clone())),
        artifact_path: Set(artifact.map(|artifact| artifact.path)),
        trained_at: Set(now),
        published_at: Set(None),
    })
    .exec_without_returning(db)
    .await?;
    Ok(version)
}

/// A time in which a model scored the deals.
#[derive(Debug, Clone, PartialEq)]
pub struct Deployment {
    pub id: Uuid,
    pub version: i32,
    pub since: Instant,
    /// `None`: it still does.
    pub until: Option<Instant>,
    /// The deployment that a roll-back returns to.
    pub previous: Option<Uuid>,
}

fn deployment(row: model_deployment::Model) -> Deployment {
    Deployment { id: row.id, version: row.version, since: row.since, until: row.until, previous: row.previous }
}

async fn present_deployment(db: &impl ConnectionTrait) -> Result<Option<Deployment>, StoreError> {
    Ok(model_deployment::Entity::find().filter(model_deployment::Column::Until.is_null()).one(db).await?.map(deployment))
}

/// All deployments, newest first.
pub async fn deployments(db: &impl ConnectionTrait) -> Result<Vec<Deployment>, StoreError> {
    let rows = model_deployment::Entity::find()
        .order_by_desc(model_deployment::Column::Since)
        .order_by_desc(model_deployment::Column::Id)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(deployment).collect())
}

/// The versions that were never in charge or under test.
pub async fn never_in_use(db: &impl ConnectionTrait) -> Result<Vec<i32>, StoreError> {
    let in_charge = Query::select().column(model_deployment::Column::Version).from(model_deployment::Entity).to_owned();
    let under_test = Query::select().column(challenger_test::Column::Challenger).from(challenger_test::Entity).to_owned();
    Ok(model::Entity::find()
        .select_only()
        .column(model::Column::Version)
        .filter(model::Column::Version.not_in_subquery(in_charge))
        .filter(model::Column::Version.not_in_subquery(under_test))
        .order_by_asc(model::Column::Version)
        .into_tuple()
        .all(db)
        .await?)
}

/// The model that scored the deals at an instant.
pub async fn champion_at(db: &impl ConnectionTrait, at: Instant) -> Result<Option<i32>, StoreError> {
    let until = Condition::any().add(model_deployment::Column::Until.is_null()).add(model_deployment::Column::Until.gt(at));
    let row = model_deployment::Entity::find()
        .filter(model_deployment::Column::Since.lte(at))
        .filter(until)
        .order_by_desc(model_deployment::Column::Since)
        .one(db)
        .await?;
    Ok(row.map(|row| row.version))
}

/// The deployment that a roll-back would return to: the one before the present, or where that was itself a roll-back, the one before
/// the deployment it returned to.
pub async fn deployment_before(db: &impl ConnectionTrait) -> Result<Option<Deployment>, StoreError> {
    let Some(previous) = present_deployment(db).await?.and_then(|present| present.previous) else { return Ok(None) };
    Ok(model_deployment::Entity::find_by_id(previous).one(db).await?.map(deployment))
}

/// Makes a model the champion; the champion before it retires. The champion itself stays what it is. Call it in a transaction, so that
/// there is never none or two.
pub async fn publish(db: &impl ConnectionTrait, version: i32, now: Instant) -> Result<(), StoreError> {
    locks::table(db, Whole::Models).await?;
    match present_deployment(db).await? {
        Some(present) if present.version == version => Ok(()),
        present => deploy(db, version, present.map(|present| present.id), now).await,
    }
}

/// Goes back to an earlier deployment, if that is still the one that a roll-back returns to. Call it in a transaction.
pub async fn roll_back(db: &impl ConnectionTrait, to: &Deployment, now: Instant) -> Result<(), StoreError> {
    locks::table(db, Whole::Models).await?;
    if deployment_before(db).await?.as_ref() != Some(to) {
        return Err(StoreError::ModelsChanged);
    }
    deploy(db, to.version, to.previous, now).await
}

async fn deploy(db: &impl ConnectionTrait, version: i32, previous: Option<Uuid>, now: Instant) -> Result<(), StoreError> {
    model_deployment::Entity::update_many()
        .col_expr(model_deployment::Column::Until, Expr::value(now))
        .filter(model_deployment::Column::Until.is_null())
        .exec(db)
        .await?;
    model_deployment::Entity::insert(model_deployment::ActiveModel {
        id: Set(Uuid::now_v7()),
        version: Set(version),
        since: Set(now),
        until: Set(None),
        previous: Set(previous),
    })
    .exec_without_returning(db)
    .await?;
    model::Entity::update_many()
        .col_expr(model::Column::State, Expr::value(ModelState::Retired.into_str()))
        .filter(model::Column::State.eq(ModelState::Champion))
        .exec(db)
        .await?;
    model::Entity::update_many()
        .col_expr(model::Column::State, Expr::value(ModelState::Champion.into_str()))
        .col_expr(model::Column::PublishedAt, Expr::value(now))
        .filter(model::Column::Version.eq(version))
        .exec(db)
        .await?;
    Ok(())
}

/// The version of the champion.
pub async fn champion_version(db: &impl ConnectionTrait) -> Result<Option<i32>, StoreError> {
    Ok(model::Entity::find()
        .select_only()
        .column(model::Column::Version)
        .filter(model::Column::State.eq(ModelState::Champion))
        .into_tuple()
        .one(db)
        .await?)
}

/// The version of the challenger.
pub async fn challenger_version(db: &impl ConnectionTrait) -> Result<Option<i32>, StoreError> {
    Ok(model::Entity::find()
        .select_only()
        .column(model::Column::Version)
        .filter(model::Column::State.eq(ModelState::Challenger))
        .into_tuple()
        .one(db)
        .await?)
}

/// Makes a candidate the challenger, or with `None` leaves none; who was it before is a candidate again. Call it in a transaction.
pub async fn challenge(db: &impl ConnectionTrait, version: Option<i32>) -> Result<(), StoreError> {
    locks::table(db, Whole::Models).await?;
    let change = |from: ModelState, to: ModelState| {
        model::Entity::update_many().col_expr(model::Column::State, Expr::value(to.into_str())).filter(model::Column::State.eq(from))
    };
    change(ModelState::Challenger, ModelState::Candidate).exec(db).await?;
    if let Some(version) = version {
        change(ModelState::Candidate, ModelState::Challenger).filter(model::Column::Version.eq(version)).exec(db).await?;
    }
    Ok(())
}

pub async fn find(db: &impl ConnectionTrait, version: i32) -> Result<Option<RegisteredModel>, StoreError> {
    model::Entity::find_by_id(version).one(db).await?.map(registered).transpose()
}

/// Newest first.
pub async fn list(db: &impl ConnectionTrait, limit: u64) -> Result<Vec<ModelSummary>, StoreError> {
    let rows = model::Entity::find().order_by_desc(model::Column::Version).limit(limit).all(db).await?;
    rows.into_iter().map(|row| Ok(registered(row)?.summary)).collect()
}

/// The newest version, whatever became of it.
pub async fn newest_version(db: &impl ConnectionTrait) -> Result<Option<i32>, StoreError> {
    Ok(model::Entity::find()
        .select_only()
        .column(model::Column::Version)
        .order_by_desc(model::Column::Version)
        .into_tuple()
        .one(db)
        .await?)
}

fn registered(row: model::Model) -> Result<RegisteredModel, StoreError> {
    let report: Option<TrainingReport> = json::derived(json::read("model.report", row.report));
    let holdout = report.as_ref().and_then(|report| report.holdout.as_ref());
    let artifact = match (row.artifact_path, row.artifact_sha256, row.schema_version) {
        (Some(path), Some(sha256), Some(schema_version)) => {
            Some(ArtifactRef { path, sha256, schema_version: schema_version.cast_unsigned() })
        }
        _ => None,
    };
    let summary = ModelSummary {
        version: row.version,
        state: row.state,
        ready: row.ready,
        reason: row.reason,
        learner: row.learner,
        trained_at: row.trained_at,
        published_at: row.published_at,
        deals: report.as_ref().map_or(0, |report| report.deals as u64),
        roc_auc: holdout.and_then(|metrics| metrics.roc_auc),
        log_loss: holdout.and_then(|metrics| metrics.log_loss),
        ece: holdout.and_then(|metrics| metrics.ece),
        artifact: artifact.as_ref().map(|artifact| artifact.sha256.chars().take(12).collect()),
    };
    Ok(RegisteredModel { summary, report, artifact })
}

/// When a model was trained last.
pub async fn last_trained(db: &impl ConnectionTrait) -> Result<Option<Instant>, StoreError> {
    let last: Option<Option<Instant>> =
        model::Entity::find().select_only().column_as(model::Column::TrainedAt.max(), "last").into_tuple().one(db).await?;
    Ok(last.flatten())
}

pub async fn status(db: &impl ConnectionTrait) -> Result<ModelStatus, StoreError> {
    let newest: Option<(bool, String)> = model::Entity::find()
        .select_only()
        .column(model::Column::Ready)
        .column(model::Column::Reason)
        .order_by_desc(model::Column::Version)
        .into_tuple()
        .one(db)
        .await?;
    Ok(ModelStatus {
        champion: champion_version(db).await?,
        trained: newest.is_some(),
        not_ready: newest.filter(|(ready, _)| !ready).map(|(_, reason)| reason),
    })
}
