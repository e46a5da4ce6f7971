//! The limits of the alert rules, and where they hold.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::{
    domain::{
        Instant,
        alerts::{AlertRule, ThresholdPlace, Thresholds},
        ids::{PipelineId, StageId, UserId},
    },
    store::{StoreError, entity::alert_threshold, words::UnknownWord},
};

fn place(kind: &str, id: Uuid) -> Option<ThresholdPlace> {
    match kind {
        "workspace" => Some(ThresholdPlace::Workspace),
        "pipeline" => Some(ThresholdPlace::Pipeline(PipelineId(id))),
        "stage" => Some(ThresholdPlace::Stage(StageId(id))),
        _ => None,
    }
}

fn place_columns(place: ThresholdPlace) -> (&'static str, Uuid) {
    match place {
        ThresholdPlace::Workspace => ("workspace", Uuid::nil()),
        ThresholdPlace::Pipeline(id) => ("pipeline", id.0),
        ThresholdPlace::Stage(id) => ("stage", id.0),
    }
}

/// All thresholds that were chosen.
pub async fn all(db: &impl ConnectionTrait) -> Result<Thresholds, StoreError> {
    let mut thresholds = Thresholds::default();
    for row in alert_threshold::Entity::find().all(db).await? {
        let place = place(&row.place, row.place_id).ok_or(UnknownWord { columns: &["alert_threshold.place"], word: row.place })?;
        thresholds.set(row.rule, place, row.limit_value);
    }
    Ok(thresholds)
}

/// Chooses a threshold for a place.
pub async fn set(
    db: &impl ConnectionTrait,
    rule: AlertRule,
    place: ThresholdPlace,
    limit: Option<f64>,
    by: Option<UserId>,
    now: Instant,
) -> Result<(), StoreError> {
    use alert_threshold::Column as T;
    use sea_orm::ActiveValue::Set;
    let (kind, id) = place_columns(place);
    alert_threshold::Entity::insert(alert_threshold::ActiveModel {
        rule: Set(rule),
        place: Set(kind.into()),
        place_id: Set(id),
        limit_value: Set(limit),
        updated_at: Set(now),
        updated_by: Set(by.map(|by| by.0)),
    })
    .on_conflict(
        sea_orm::sea_query::OnConflict::columns([T::Rule, T::Place, T::PlaceId])
            .update_columns([T::LimitValue, T::UpdatedAt, T::UpdatedBy])
            .to_owned(),
    )
    .exec_without_returning(db)
    .await?;
    Ok(())
}

/// Takes a choice back, so that the wider place's holds again.
pub async fn forget(db: &impl ConnectionTrait, rule: AlertRule, place: ThresholdPlace) -> Result<(), StoreError> {
    let (kind, id) = place_columns(place);
    alert_threshold::Entity::delete_many()
        .filter(alert_threshold::Column::Rule.eq(rule))
        .filter(alert_threshold::Column::Place.eq(kind))
        .filter(alert_threshold::Column::PlaceId.eq(id))
        .exec(db)
        .await?;
    Ok(())
}
