//! What deals refer to: pipelines and their stages, teams, owners, custom fields.

use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, Query},
};
use uuid::Uuid;

use crate::{
    domain::{
        deals::{CustomField, Stage},
        ids::{PipelineId, StageId, TeamId, UserId},
        probability::Probability,
    },
    store::{
        Scope, StoreError,
        entity::{custom_field, deal, pipeline, stage, team, user},
    },
    views::deals::Choice,
};

/// Owners of deals in scope, by name.
pub async fn owners(db: &impl ConnectionTrait, scope: &Scope) -> Result<Vec<Choice<UserId>>, StoreError> {
    let own = Expr::col((deal::Entity, deal::Column::OwnerId)).equals((user::Entity, user::Column::Id));
    let owning = Query::select().expr(Expr::val(1)).from(deal::Entity).and_where(own).cond_where(scope.condition()).to_owned();
    let rows: Vec<(Uuid, String)> = user::Entity::find()
        .select_only()
        .columns([user::Column::Id, user::Column::Name])
        .filter(Expr::exists(owning))
        .order_by_asc(user::Column::Name)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(id, label)| Choice { id: UserId(id), label }).collect())
}

/// All stages, by pipeline and position; the pipeline's name stands before them where there are several.
pub async fn stage_choices(db: &impl ConnectionTrait) -> Result<Vec<Choice<StageId>>, StoreError> {
    let pipelines = pipeline::Entity::find().order_by_asc(pipeline::Column::Name).all(db).await?;
    let stages = stage::Entity::find().order_by_asc(stage::Column::Position).all(db).await?;
    Ok(pipelines
        .iter()
        .flat_map(|pipeline| stages.iter().filter(|stage| stage.pipeline_id == pipeline.id).map(move |stage| (pipeline, stage)))
        .map(|(pipeline, stage)| Choice {
            id: StageId(stage.id),
            label: if pipelines.len() > 1 { format!("{}: {}", pipeline.name, stage.name) } else { stage.name.clone() },
        })
        .collect())
}

/// All stages of all pipelines.
pub async fn stages(db: &impl ConnectionTrait) -> Result<Vec<(Uuid, Stage)>, StoreError> {
    stage::Entity::find()
        .order_by_asc(stage::Column::PipelineId)
        .order_by_asc(stage::Column::Position)
        .all(db)
        .await?
        .into_iter()
        .map(|row| {
            let kind = row.kind;
            let default_probability = row.default_probability.map(Probability::saturating);
            Ok((row.pipeline_id, Stage { id: StageId(row.id), name: row.name, position: row.position, kind, default_probability }))
        })
        .collect()
}

/// The custom fields in their order.
pub async fn custom_fields(db: &impl ConnectionTrait) -> Result<Vec<CustomField>, StoreError> {
    custom_field::Entity::find()
        .order_by_asc(custom_field::Column::Position)
        .all(db)
        .await?
        .into_iter()
        .map(|row| Ok(CustomField { kind: row.kind, key: row.key, in_model: row.in_model }))
        .collect()
}

/// Switches whether models may learn from a custom field; tells whether there is such a field.
pub async fn switch_custom_field(db: &impl ConnectionTrait, key: &str, in_model: bool) -> Result<bool, StoreError> {
    let updated = custom_field::Entity::update_many()
        .col_expr(custom_field::Column::InModel, Expr::value(in_model))
        .filter(custom_field::Column::Key.eq(key))
        .exec(db)
        .await?;
    Ok(updated.rows_affected > 0)
}

/// All teams by name.
pub async fn teams(db: &impl ConnectionTrait) -> Result<Vec<Choice<TeamId>>, StoreError> {
    let rows = team::Entity::find().order_by_asc(team::Column::Name).all(db).await?;
    Ok(rows.into_iter().map(|row| Choice { id: TeamId(row.id), label: row.name }).collect())
}

/// All pipelines by name.
pub async fn pipelines(db: &impl ConnectionTrait) -> Result<Vec<(PipelineId, String)>, StoreError> {
    let rows = pipeline::Entity::find().order_by_asc(pipeline::Column::Name).all(db).await?;
    Ok(rows.into_iter().map(|row| (PipelineId(row.id), row.name)).collect())
}

/// All pipelines by name, to choose from.
pub async fn pipeline_choices(db: &impl ConnectionTrait) -> Result<Vec<Choice<PipelineId>>, StoreError> {
    Ok(pipelines(db).await?.into_iter().map(|(id, label)| Choice { id, label }).collect())
}
