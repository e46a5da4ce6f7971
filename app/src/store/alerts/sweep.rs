//! What the monitoring reads of all open deals: a handful of set-based queries, whatever the number of deals.

use std::collections::{HashMap, HashSet};

use chrono::{NaiveDate, TimeDelta};
use rust_decimal::Decimal;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    Statement,
    sea_query::{Expr, Query},
};
use uuid::Uuid;

use crate::{
    domain::{
        Instant,
        alerts::{AlertRule, DealFacts, Push, ThresholdPlace, Thresholds, drop_window},
        deals::Outcome,
        ids::{DealId, PipelineId, StageId, UserId},
        probability::Probability,
        scoring::{Reason, ScorePoint},
    },
    store::{
        IN_LIST, StoreError,
        deals::history::DealBatch,
        entity::{activity, alert_threshold, deal, score},
        json, statement,
        words::UnknownWord,
    },
};

/// How far back scores are compared.
const SCORES_BACK: TimeDelta = TimeDelta::days(90);
/// Contacts count that were met so recently.
const CONTACTS_BACK: TimeDelta = TimeDelta::days(90);
/// A fall of less is of no interest to any rule.
const SMALLEST_FALL: f64 = 0.02;

/// An open deal as the monitoring sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct WatchedDeal {
    pub id: DealId,
    pub owner: Option<UserId>,
    pub team: Option<Uuid>,
    pub currency: String,
    pub value: Option<Decimal>,
    pub win_probability: Option<f64>,
    pub facts: DealFacts,
}

#[derive(FromQueryResult)]
struct DealRow {
    id: Uuid,
    owner_id: Option<Uuid>,
    team_id: Option<Uuid>,
    pipeline_id: Uuid,
    stage_id: Option<Uuid>,
    value: Option<Decimal>,
    currency: String,
    rep_probability: Option<f64>,
    win_probability: Option<f64>,
    expected_close: Option<NaiveDate>,
    created_at: Option<Instant>,
}

#[derive(FromQueryResult)]
struct ActivityRow {
    deal_id: Uuid,
    last: Option<Instant>,
    newest: Option<Instant>,
}

#[derive(FromQueryResult)]
struct StageRow {
    deal_id: Uuid,
    since: Option<Instant>,
}

#[derive(FromQueryResult)]
struct ContactRow {
    deal_id: Uuid,
    contacts: i64,
    name: Option<String>,
}

#[derive(FromQueryResult)]
struct ChangeRow {
    deal_id: Uuid,
    at: Instant,
    old: Option<String>,
    new: Option<String>,
}

/// All open deals with what the rules look at, as of `now`.
pub async fn open_deals(
    db: &impl ConnectionTrait,
    stage_names: &HashMap<StageId, String>,
    now: Instant,
) -> Result<Vec<WatchedDeal>, StoreError> {
    use deal::Column as D;
    let backend = db.get_database_backend();
    let rows: Vec<DealRow> = deal::Entity::find()
        .select_only()
        .columns([D::Id, D::OwnerId, D::TeamId, D::PipelineId, D::StageId, D::Value, D::Currency, D::RepProbability, D::WinProbability])
        .columns([D::ExpectedClose, D::CreatedAt])
        .filter(D::Outcome.eq(Outcome::Open))
        .order_by_asc(D::Id)
        .into_model()
        .all(db)
        .await?;
    let activities = ActivityRow::find_by_statement(statement(
        backend,
        "SELECT a.deal_id, MAX(CASE WHEN a.at <= ? THEN a.at END) AS last, MAX(a.at) AS newest \
         FROM activity a JOIN deal d ON d.id = a.deal_id WHERE d.outcome = 'open' GROUP BY a.deal_id",
        [now.into()],
    ))
    .all(db)
    .await?;
    let stages = StageRow::find_by_statement(statement(
        backend,
        "SELECT e.deal_id, MAX(e.at) AS since FROM deal_event e JOIN deal d ON d.id = e.deal_id \
         WHERE d.outcome = 'open' AND e.kind = 'stage' AND e.at <= ? GROUP BY e.deal_id",
        [now.into()],
    ))
    .all(db)
    .await?;
    let contacts = ContactRow::find_by_statement(statement(
        backend,
        "SELECT a.deal_id, COUNT(DISTINCT a.contact_id) AS contacts, MIN(c.name) AS name \
         FROM activity a JOIN deal d ON d.id = a.deal_id JOIN contact c ON c.id = a.contact_id \
         WHERE d.outcome = 'open' AND a.at > ? AND a.at <= ? GROUP BY a.deal_id",
        [(now - CONTACTS_BACK).into(), now.into()],
    ))
    .all(db)
    .await?;
    // Days are written as in ISO 8601, so that they compare as text.
    let mut pushes = changes(
        db,
        statement(
            backend,
            "SELECT e.deal_id, e.at, e.old, e.new FROM deal_event e JOIN deal d ON d.id = e.deal_id \
             WHERE d.outcome = 'open' AND e.kind = 'close_date' AND e.old IS NOT NULL AND e.new > e.old AND e.at <= ? \
             ORDER BY e.deal_id, e.at, e.id",
            [now.into()],
        ),
    )
    .await?;
    let mut estimates = changes(
        db,
        statement(
            backend,
            "SELECT e.deal_id, e.at, e.old, e.new FROM deal_event e JOIN deal d ON d.id = e.deal_id \
             WHERE d.outcome = 'open' AND e.kind = 'probability' AND e.at > ? AND e.at <= ? ORDER BY e.deal_id, e.at, e.id",
            [drop_window(now).into(), now.into()],
        ),
    )
    .await?;
    let mut scores = fallen_scores(db, now).await?;
    let activities: HashMap<Uuid, ActivityRow> = activities.into_iter().map(|row| (row.deal_id, row)).collect();
    let stages: HashMap<Uuid, Option<Instant>> = stages.into_iter().map(|row| (row.deal_id, row.since)).collect();
    let contacts: HashMap<Uuid, ContactRow> = contacts.into_iter().map(|row| (row.deal_id, row)).collect();
    let in_pipelines =
        |of: &dyn Fn(Uuid) -> bool| -> HashSet<Uuid> { rows.iter().filter(|row| of(row.id)).map(|row| row.pipeline_id).collect() };
    let know_activities = in_pipelines(&|deal| activities.contains_key(&deal));
    let planned = |deal: Uuid| activities.get(&deal).and_then(|row| row.newest).is_some_and(|newest| newest > now);
    let know_plans = in_pipelines(&planned);
    // The beginning of the window stands for "since before it".
    let before = drop_window(now);
    let watched = rows.iter().map(|row| {
        let stage = row.stage_id.map(StageId);
        let rep = estimates.remove(&row.id).unwrap_or_default();
        let facts = DealFacts {
            pipeline: PipelineId(row.pipeline_id),
            stage,
            stage_name: stage.and_then(|stage| stage_names.get(&stage)).cloned().unwrap_or_default(),
            created_at: row.created_at,
            stage_since: stages.get(&row.id).copied().flatten().or(row.created_at.filter(|_| stage.is_some())),
            last_activity: activities.get(&row.id).and_then(|row| row.last),
            knows_activities: know_activities.contains(&row.pipeline_id),
            planned: planned(row.id),
            knows_plans: know_plans.contains(&row.pipeline_id),
            only_contact: contacts.get(&row.id).filter(|row| row.contacts == 1).and_then(|row| row.name.clone()),
            rep: rep_points(&rep, row.rep_probability, before),
            scores: scores.remove(&row.id).unwrap_or_else(|| points_now(row.win_probability, before)),
            expected_close: row.expected_close,
            pushes: pushes.remove(&row.id).unwrap_or_default().iter().filter_map(push).collect(),
        };
        WatchedDeal {
            id: DealId(row.id),
            owner: row.owner_id.map(UserId),
            team: row.team_id,
            currency: row.currency.clone(),
            value: row.value,
            win_probability: row.win_probability,
            facts,
        }
    });
    Ok(watched.collect())
}

async fn changes(db: &impl ConnectionTrait, statement: Statement) -> Result<HashMap<Uuid, Vec<ChangeRow>>, StoreError> {
    let mut by_deal: HashMap<Uuid, Vec<ChangeRow>> = HashMap::new();
    for row in ChangeRow::find_by_statement(statement).all(db).await? {
        by_deal.entry(row.deal_id).or_default().push(row);
    }
    Ok(by_deal)
}

fn push(change: &ChangeRow) -> Option<Push> {
    let date = |text: &Option<String>| text.as_deref()?.parse::<NaiveDate>().ok();
    Some(Push { at: change.at, from: date(&change.old)?, to: date(&change.new)? })
}

fn points_now(probability: Option<f64>, at: Instant) -> Vec<ScorePoint> {
    probability.map(|probability| ScorePoint { at, probability: Probability::saturating(probability) }).into_iter().collect()
}

/// The rep's estimates of the window: what held before it, then each change.
fn rep_points(changes: &[ChangeRow], current: Option<f64>, before: Instant) -> Vec<ScorePoint> {
    let read = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<f64>().ok());
    let Some(first) = changes.first() else { return points_now(current, before) };
    let mut points = points_now(read(&first.old), before);
    for change in changes {
        points.extend(points_now(read(&change.new), change.at));
    }
    points
}

#[derive(FromQueryResult)]
struct FallenRow {
    deal_id: Uuid,
    at: Instant,
    probability: f64,
    model_version: Option<i32>,
}

/// The scores of deals that fell of late, oldest first, as far as the model is the one that scored them last: another model's
/// opinion is no news of the deal.
async fn fallen_scores(db: &impl ConnectionTrait, now: Instant) -> Result<HashMap<Uuid, Vec<ScorePoint>>, StoreError> {
    let rows = FallenRow::find_by_statement(statement(
        db.get_database_backend(),
        "SELECT s.deal_id, s.at, s.probability, s.model_version FROM score s JOIN \
           (SELECT DISTINCT h.deal_id FROM score h JOIN deal d ON d.id = h.deal_id \
            WHERE d.outcome = 'open' AND h.at > ? AND h.at <= ? AND h.probability > d.win_probability + ?) f ON f.deal_id = s.deal_id \
         WHERE s.at > ? AND s.at <= ? AND s.basis = 'model' ORDER BY s.deal_id, s.at, s.id",
        [(now - SCORES_BACK).into(), now.into(), SMALLEST_FALL.into(), (now - SCORES_BACK).into(), now.into()],
    ))
    .all(db)
    .await?;
    let mut by_deal: HashMap<Uuid, Vec<FallenRow>> = HashMap::new();
    for row in rows {
        by_deal.entry(row.deal_id).or_default().push(row);
    }
    Ok(by_deal
        .into_iter()
        .map(|(deal, rows)| {
            let newest = rows.last().and_then(|row| row.model_version);
            let of_it = rows.into_iter().filter(|row| row.model_version == newest);
            (deal, of_it.map(|row| ScorePoint { at: row.at, probability: Probability::saturating(row.probability) }).collect())
        })
        .collect())
}

/// The reasons of the score that held on each deal at an instant, and of its newest one.
pub async fn reasons_then_and_now(
    db: &impl ConnectionTrait,
    deals: &[(DealId, Instant)],
) -> Result<HashMap<DealId, (Vec<Reason>, Vec<Reason>)>, StoreError> {
    let mut found: HashMap<DealId, (Vec<Reason>, Vec<Reason>)> = HashMap::new();
    let then: HashMap<Uuid, Instant> = deals.iter().map(|(deal, at)| (deal.0, *at)).collect();
    for some in deals.chunks(IN_LIST) {
        let rows: Vec<(Uuid, Instant, serde_json::Value)> = score::Entity::find()
            .select_only()
            .columns([score::Column::DealId, score::Column::At, score::Column::Reasons])
            .filter(score::Column::DealId.is_in(some.iter().map(|(deal, _)| deal.0)))
            .filter(score::Column::At.gte(some.iter().map(|(_, at)| *at).min().unwrap_or_default() - SCORES_BACK))
            .order_by_asc(score::Column::At)
            .into_tuple()
            .all(db)
            .await?;
        for (deal, at, reasons) in rows {
            // They only explain; an alert is raised without them too.
            let Some(reasons) = json::derived(json::read::<Vec<Reason>>("score.reasons", reasons)) else { continue };
            let entry = found.entry(DealId(deal)).or_default();
            if then.get(&deal).is_some_and(|then| at <= *then) {
                entry.0 = reasons.clone();
            }
            entry.1 = reasons;
        }
    }
    Ok(found)
}

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
pub async fn thresholds(db: &impl ConnectionTrait) -> Result<Thresholds, StoreError> {
    let mut thresholds = Thresholds::default();
    for row in alert_threshold::Entity::find().all(db).await? {
        let place = place(&row.place, row.place_id).ok_or(UnknownWord { columns: &["alert_threshold.place"], word: row.place })?;
        thresholds.set(row.rule, place, row.limit_value);
    }
    Ok(thresholds)
}

/// Chooses a threshold for a place.
pub async fn set_threshold(
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
pub async fn forget_threshold(db: &impl ConnectionTrait, rule: AlertRule, place: ThresholdPlace) -> Result<(), StoreError> {
    let (kind, id) = place_columns(place);
    alert_threshold::Entity::delete_many()
        .filter(alert_threshold::Column::Rule.eq(rule))
        .filter(alert_threshold::Column::Place.eq(kind))
        .filter(alert_threshold::Column::PlaceId.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

fn dated() -> Condition {
    Condition::all()
        .add(deal::Column::Outcome.ne(Outcome::Open))
        .add(deal::Column::CreatedAt.is_not_null())
        .add(deal::Column::ClosedAt.is_not_null())
}

/// How many closed deals have a dated life.
pub async fn closed_dated(db: &impl ConnectionTrait) -> Result<u64, StoreError> {
    Ok(deal::Entity::find().filter(dated()).count(db).await?)
}

/// The closed deals whose life is dated, with their pipelines, the newest close first; at most so many.
pub async fn closed_deals(db: &impl ConnectionTrait, most: u64) -> Result<Vec<(DealId, PipelineId)>, StoreError> {
    let rows: Vec<(Uuid, Uuid)> = deal::Entity::find()
        .select_only()
        .columns([deal::Column::Id, deal::Column::PipelineId])
        .filter(dated())
        .order_by_desc(deal::Column::ClosedAt)
        .order_by_asc(deal::Column::Id)
        .limit(most)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(deal, pipeline)| (DealId(deal), PipelineId(pipeline))).collect())
}

/// The pipelines in which closed deals have activities.
pub async fn pipelines_with_activities(db: &impl ConnectionTrait) -> Result<HashSet<PipelineId>, StoreError> {
    let of_deal = Query::select()
        .expr(Expr::val(1))
        .from(activity::Entity)
        .and_where(Expr::col((activity::Entity, activity::Column::DealId)).equals((deal::Entity, deal::Column::Id)))
        .to_owned();
    let rows: Vec<Uuid> = deal::Entity::find()
        .select_only()
        .column(deal::Column::PipelineId)
        .distinct()
        .filter(deal::Column::Outcome.ne(Outcome::Open))
        .filter(Expr::exists(of_deal))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(PipelineId).collect())
}

/// Whose open deals are, and which team's.
pub async fn owners_and_teams(db: &impl ConnectionTrait) -> Result<HashMap<DealId, (Option<UserId>, Option<Uuid>)>, StoreError> {
    let rows: Vec<(Uuid, Option<Uuid>, Option<Uuid>)> = deal::Entity::find()
        .select_only()
        .columns([deal::Column::Id, deal::Column::OwnerId, deal::Column::TeamId])
        .filter(deal::Column::Outcome.eq(Outcome::Open))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(deal, owner, team)| (DealId(deal), (owner.map(UserId), team))).collect())
}

/// The model's scores of some closed deals that were made while they were open, oldest first.
pub async fn scores_while_open(db: &impl ConnectionTrait, batch: DealBatch<'_>) -> Result<HashMap<DealId, Vec<ScorePoint>>, StoreError> {
    let deals = vec!["?"; batch.len()].join(", ");
    let rows = FallenRow::find_by_statement(statement(
        db.get_database_backend(),
        &format!(
            "SELECT s.deal_id, s.at, s.probability, s.model_version FROM score s JOIN deal d ON d.id = s.deal_id \
             WHERE s.deal_id IN ({deals}) AND d.outcome <> 'open' AND s.basis = 'model' AND s.at < d.closed_at \
             ORDER BY s.deal_id, s.at, s.id"
        ),
        batch.ids().map(Into::into),
    ))
    .all(db)
    .await?;
    let mut by_deal: HashMap<DealId, Vec<ScorePoint>> = HashMap::new();
    for row in rows {
        by_deal
            .entry(DealId(row.deal_id))
            .or_default()
            .push(ScorePoint { at: row.at, probability: Probability::saturating(row.probability) });
    }
    Ok(by_deal)
}

#[cfg(test)]
mod tests {
    use crate::store::deals::history::EventKind;

    #[test]
    fn kinds_are_named_as_they_are_stored() {
        assert_eq!(EventKind::Stage.into_str(), "stage");
        assert_eq!(EventKind::CloseDate.into_str(), "close_date");
        assert_eq!(EventKind::Probability.into_str(), "probability");
    }
}
