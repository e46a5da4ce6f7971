//! What the monitoring reads of all open deals: a handful of set-based queries, whatever the number of deals.

use std::collections::{HashMap, HashSet};

use chrono::{NaiveDate, TimeDelta};
use rust_decimal::Decimal;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Statement};
use uuid::Uuid;

use crate::{
    domain::{
        Instant,
        alerts::{DealFacts, Push, drop_window},
        deals::Outcome,
        ids::{DealId, PipelineId, StageId, UserId},
        money::Currency,
        probability::Probability,
        scoring::{Reason, ScorePoint},
    },
    store::{
        IN_LIST, StoreError,
        deals::history::{read_new, read_old},
        entity::{deal, score},
        json, statement,
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
    pub currency: Currency,
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
    currency: Currency,
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
            pushes: pushes_of(&pushes.remove(&row.id).unwrap_or_default()),
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

/// Changes of the expected close date; one that cannot be read is left out.
fn pushes_of(changes: &[ChangeRow]) -> Vec<Push> {
    let push = |change: &ChangeRow| {
        let (from, to) = (json::derived(read_old(change.old.as_deref()))??, json::derived(read_new(change.new.as_deref()))??);
        Some(Push { at: change.at, from, to })
    };
    changes.iter().filter_map(push).collect()
}

fn points_now(probability: Option<f64>, at: Instant) -> Vec<ScorePoint> {
    probability.map(|probability| ScorePoint { at, probability: Probability::saturating(probability) }).into_iter().collect()
}

/// The rep's estimates of the window: what held before it, then each change. One that cannot be read is left out.
fn rep_points(changes: &[ChangeRow], current: Option<f64>, before: Instant) -> Vec<ScorePoint> {
    let Some(first) = changes.first() else { return points_now(current, before) };
    let mut points = points_now(json::derived(read_old(first.old.as_deref())).flatten(), before);
    for change in changes {
        points.extend(points_now(json::derived(read_new(change.new.as_deref())).flatten(), change.at));
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
