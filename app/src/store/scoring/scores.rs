//! Scores: all are kept as history, the newest one is copied onto the deal, and a key tells whether it still holds.

use std::collections::HashMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, ExprTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, Query, SimpleExpr},
};
use uuid::Uuid;

use crate::{
    domain::{
        Instant,
        deals::Outcome,
        ids::DealId,
        models::ModelState,
        money::Currency,
        probability::Probability,
        scoring::{Advice, Reason, Score, ScorePoint},
    },
    store::{
        IN_LIST, INSERT_ROWS, Scope, StoreError,
        entity::{deal, model, score, setting},
        json,
        models::learning_rules,
        retention,
        scoring::score_key::{Challenger, EPOCH, ScoreKey},
        statement, subquery,
        summaries::{self, Kind, UNDATED},
    },
};

/// A deal's new score, and what it puts at risk.
#[derive(Debug, Clone)]
pub struct NewScore {
    pub deal: DealId,
    pub score: Score,
    pub revenue_at_risk: Option<Decimal>,
    /// Hexadecimal SHA-256 of all that it was made from, besides the model.
    pub input_hash: String,
    /// The deal's revision that it was made from.
    pub revision: i64,
    /// What champion and challenger say of it, where there is a challenger.
    pub shadows: Vec<(i32, Probability)>,
}

/// Where a deal stands as to its score.
#[derive(Debug, Clone, FromQueryResult)]
pub struct ScoringState {
    pub id: Uuid,
    pub outcome: Outcome,
    pub created_at: Option<Instant>,
    pub closed_at: Option<Instant>,
    pub currency: Currency,
    pub revision: i64,
    pub score_key: Option<String>,
    pub score_id: Option<Uuid>,
    /// Of the workspace, read in the same statement.
    pub model: Option<i32>,
    pub challenger: Option<i32>,
    pub rules: Option<String>,
    pub epoch: Option<String>,
}

impl ScoringState {
    pub fn deal(&self) -> DealId {
        DealId(self.id)
    }

    pub fn score_key(&self, day: NaiveDate) -> ScoreKey {
        let challenger = Challenger::read(self.challenger, self.rules.as_deref()).filter(|_| self.model.is_some());
        ScoreKey { model: self.model, challenger, epoch: self.epoch.clone().unwrap_or_default(), day }
    }

    pub fn is_open(&self) -> bool {
        self.outcome == Outcome::Open
    }
}

/// A score as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredScore {
    pub score: Score,
    pub revenue_at_risk: Option<Decimal>,
    pub input_hash: Option<String>,
}

impl StoredScore {
    /// Whether a new score would tell people nothing new. Stored amounts are rounded.
    pub fn says_the_same_as(&self, new: &NewScore) -> bool {
        let cents = |amount: Option<Decimal>| amount.map(|amount| amount.round_dp(2));
        // Through text, as the stored one came: the last digit of a number may not survive it.
        let stored = json::write_text("score", &Score { at: self.score.at, ..new.score.clone() });
        let shown = stored.and_then(|text| json::read_text::<Score>("score", &text));
        let points = |score: &Score| (score.reasons.clone(), score.advice.clone());
        shown.is_ok_and(|shown| points(&shown) == points(&self.score))
            && Score { reasons: self.score.reasons.clone(), advice: self.score.advice.clone(), at: self.score.at, ..new.score.clone() }
                == self.score
            && cents(self.revenue_at_risk) == cents(new.revenue_at_risk)
    }
}

/// Says that something new is known of these deals.
pub async fn touch(db: &impl ConnectionTrait, deals: &[DealId]) -> Result<(), StoreError> {
    for some in deals.chunks(IN_LIST) {
        deal::Entity::update_many()
            .col_expr(deal::Column::Revision, Expr::col(deal::Column::Revision).add(1))
            .filter(deal::Column::Id.is_in(some.iter().map(|deal| deal.0)))
            .exec(db)
            .await?;
    }
    Ok(())
}

/// Whether any of these deals is closed.
pub async fn any_closed(db: &impl ConnectionTrait, deals: &[DealId]) -> Result<bool, StoreError> {
    use sea_orm::PaginatorTrait;
    let closed = deal::Entity::find()
        .filter(deal::Column::Outcome.ne(Outcome::Open))
        .filter(deal::Column::Id.is_in(deals.iter().map(|deal| deal.0)));
    Ok(closed.count(db).await? > 0)
}

/// These deals, as far as they are in scope, together with what scores are made with now: one statement, since each request for
/// scores begins with it.
pub async fn scoring_states(db: &impl ConnectionTrait, scope: &Scope, deals: &[DealId]) -> Result<Vec<ScoringState>, StoreError> {
    use deal::Column as D;
    let version = |state: ModelState| {
        Query::select().column(model::Column::Version).from(model::Entity).and_where(model::Column::State.eq(state)).to_owned()
    };
    let stored =
        |key: &str| Query::select().column(setting::Column::Value).from(setting::Entity).and_where(setting::Column::Key.eq(key)).to_owned();
    let mut found = Vec::with_capacity(deals.len());
    for some in deals.chunks(IN_LIST) {
        let rows: Vec<ScoringState> = deal::Entity::find()
            .select_only()
            .columns([D::Id, D::Outcome, D::CreatedAt, D::ClosedAt, D::Currency, D::Revision, D::ScoreKey, D::ScoreId])
            .column_as(subquery(version(ModelState::Champion)), "model")
            .column_as(subquery(version(ModelState::Challenger)), "challenger")
            .column_as(subquery(stored(learning_rules::KEY)), "rules")
            .column_as(subquery(stored(EPOCH)), "epoch")
            .filter(scope.condition())
            .filter(D::Id.is_in(some.iter().map(|deal| deal.0)))
            .into_model()
            .all(db)
            .await?;
        found.extend(rows);
    }
    Ok(found)
}

/// Open deals whose score is not what would be made now, at most `limit`.
pub async fn stale_open(db: &impl ConnectionTrait, score_key: &ScoreKey, limit: u64) -> Result<Vec<DealId>, StoreError> {
    let ids: Vec<Uuid> = deal::Entity::find()
        .select_only()
        .column(deal::Column::Id)
        .filter(stale(score_key))
        .order_by_asc(deal::Column::Id)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    Ok(ids.into_iter().map(DealId).collect())
}

/// How many open deals there are, and how many of them [`stale_open`] would find.
pub async fn open_and_stale(db: &impl ConnectionTrait, score_key: &ScoreKey) -> Result<(u64, u64), StoreError> {
    use sea_orm::PaginatorTrait;
    let open = deal::Entity::find().filter(deal::Column::Outcome.eq(Outcome::Open)).count(db).await?;
    Ok((open, deal::Entity::find().filter(stale(score_key)).count(db).await?))
}

pub async fn open_deals(db: &impl ConnectionTrait) -> Result<Vec<DealId>, StoreError> {
    let ids: Vec<Uuid> = deal::Entity::find()
        .select_only()
        .column(deal::Column::Id)
        .filter(deal::Column::Outcome.eq(Outcome::Open))
        .order_by_asc(deal::Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    Ok(ids.into_iter().map(DealId).collect())
}

/// Deals that were open at a past instant.
pub async fn open_at(db: &impl ConnectionTrait, at: Instant) -> Result<Vec<DealId>, StoreError> {
    let still = Condition::any().add(deal::Column::ClosedAt.is_null()).add(deal::Column::ClosedAt.gt(at));
    let undated = Condition::all().add(deal::Column::Outcome.ne(Outcome::Open)).add(deal::Column::ClosedAt.is_null());
    let ids: Vec<Uuid> = deal::Entity::find()
        .select_only()
        .column(deal::Column::Id)
        .filter(deal::Column::CreatedAt.lt(at))
        .filter(still)
        .filter(undated.not())
        .order_by_asc(deal::Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    Ok(ids.into_iter().map(DealId).collect())
}

/// Closed deals, with their close where it is dated.
pub async fn closed_deals(db: &impl ConnectionTrait) -> Result<Vec<(DealId, Option<Instant>)>, StoreError> {
    let rows: Vec<(Uuid, Option<Instant>)> = deal::Entity::find()
        .select_only()
        .columns([deal::Column::Id, deal::Column::ClosedAt])
        .filter(deal::Column::Outcome.ne(Outcome::Open))
        .order_by_asc(deal::Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(id, closed_at)| (DealId(id), closed_at)).collect())
}

/// Deals that have a score made between these instants.
pub async fn deals_with_score_between(db: &impl ConnectionTrait, from: Instant, to: Instant) -> Result<Vec<DealId>, StoreError> {
    let ids: Vec<Uuid> = score::Entity::find()
        .select_only()
        .column(score::Column::DealId)
        .distinct()
        .filter(score::Column::At.between(from, to))
        .into_tuple()
        .all(db)
        .await?;
    Ok(ids.into_iter().map(DealId).collect())
}

fn stale(score_key: &ScoreKey) -> Condition {
    let fresh = Expr::val(score_key.prefix()).binary(sea_orm::sea_query::BinOper::Custom("||"), revision_as_text());
    let differs = Expr::col((deal::Entity, deal::Column::ScoreKey)).ne(fresh);
    Condition::all().add(deal::Column::Outcome.eq(Outcome::Open)).add(Condition::any().add(deal::Column::ScoreKey.is_null()).add(differs))
}

fn revision_as_text() -> SimpleExpr {
    Expr::col((deal::Entity, deal::Column::Revision)).cast_as("text")
}

/// Adds scores to the history.
async fn insert(db: &impl ConnectionTrait, run: Uuid, scores: &[NewScore]) -> Result<(), StoreError> {
    let row = |new: &NewScore| -> Result<score::ActiveModel, StoreError> {
        Ok(score::ActiveModel {
            id: Set(Uuid::now_v7()),
            deal_id: Set(new.deal.0),
            run_id: Set(run),
            at: Set(new.score.at),
            basis: Set(new.score.basis),
            model_version: Set(new.score.model_version),
            probability: Set(new.score.probability.get()),
            low: Set(new.score.low.get()),
            high: Set(new.score.high.get()),
            health: Set(new.score.health),
            revenue_at_risk: Set(new.revenue_at_risk),
            reasons: Set(json::write("score.reasons", &new.score.reasons)?),
            input_hash: Set(Some(new.input_hash.clone())),
            advice: Set(Some(json::write("score.advice", &new.score.advice)?)),
            deal_revision: Set(new.revision),
        })
    };
    retention::look_some_day(db, scores.iter().map(|new| (new.deal.0, new.score.at.date_naive()))).await?;
    for some in scores.chunks(INSERT_ROWS) {
        let rows = some.iter().map(row).collect::<Result<Vec<_>, _>>()?;
        score::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Adds scores of past instants to the history; the deals' present scores stay as they are.
pub async fn record_past(db: &impl ConnectionTrait, scores: &[NewScore]) -> Result<(), StoreError> {
    summaries::mark(db, Kind::Accuracy, [UNDATED]).await?;
    insert(db, Uuid::now_v7(), scores).await
}

/// Makes scores the deals' present ones. A deal that changed in the meantime gets a key that no longer fits, and is scored again.
pub async fn publish(db: &impl ConnectionTrait, score_key: &ScoreKey, scores: &[NewScore]) -> Result<(), StoreError> {
    if scores.is_empty() {
        return Ok(());
    }
    let run = Uuid::now_v7();
    insert(db, run, scores).await?;
    let backend = db.get_database_backend();
    let first_reason = match backend {
        DbBackend::Postgres => "s.reasons->0->>'text'",
        _ => "json_extract(s.reasons, '$[0].text')",
    };
    let sql = format!(
        "UPDATE deal SET win_probability = s.probability, win_low = s.low, win_high = s.high, health = s.health, \
         revenue_at_risk = s.revenue_at_risk, main_reason = {first_reason}, score_id = s.id, \
         score_key = ? || CAST(s.deal_revision AS TEXT) \
         FROM score AS s WHERE s.deal_id = deal.id AND deal.outcome = 'open' AND s.run_id = ?"
    );
    db.execute_raw(statement(backend, &sql, [score_key.prefix().into(), run.into()])).await?;
    Ok(())
}

/// Says that the present scores of these deals, seen at these revisions, would come out the same now.
pub async fn confirm(db: &impl ConnectionTrait, score_key: &ScoreKey, deals: &[(DealId, i64)]) -> Result<(), StoreError> {
    let mut by_revision: HashMap<i64, Vec<Uuid>> = HashMap::new();
    for (deal, revision) in deals {
        by_revision.entry(*revision).or_default().push(deal.0);
    }
    for (revision, deals) in by_revision {
        for some in deals.chunks(IN_LIST) {
            deal::Entity::update_many()
                .col_expr(deal::Column::ScoreKey, Expr::value(score_key.at_revision(revision)))
                .filter(deal::Column::Id.is_in(some.iter().copied()))
                .filter(deal::Column::Revision.eq(revision))
                .exec(db)
                .await?;
        }
    }
    Ok(())
}

/// A deal's newest score, made at or before `until` if that is given.
pub async fn latest(db: &impl ConnectionTrait, deal: DealId, until: Option<Instant>) -> Result<Option<StoredScore>, StoreError> {
    let mut query =
        score::Entity::find().filter(score::Column::DealId.eq(deal.0)).order_by_desc(score::Column::At).order_by_desc(score::Column::Id);
    if let Some(until) = until {
        query = query.filter(score::Column::At.lte(until));
    }
    query.one(db).await?.map(stored).transpose()
}

/// Scores by id. One that cannot be read is left out: its deal is then scored again.
pub async fn by_id(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<HashMap<Uuid, StoredScore>, StoreError> {
    let mut found = HashMap::with_capacity(ids.len());
    for some in ids.chunks(IN_LIST) {
        let rows = score::Entity::find().filter(score::Column::Id.is_in(some.iter().copied())).all(db).await?;
        for row in rows {
            let id = row.id;
            match stored(row) {
                Err(error @ StoreError::Json { .. }) => tracing::error!(score = %id, %error, "a score cannot be read"),
                read => {
                    found.insert(id, read?);
                }
            }
        }
    }
    Ok(found)
}

fn stored(row: score::Model) -> Result<StoredScore, StoreError> {
    let reasons: Vec<Reason> = json::read("score.reasons", row.reasons)?;
    let advice: Vec<Advice> = row.advice.map_or_else(|| Ok(Vec::new()), |advice| json::read("score.advice", advice))?;
    let score = Score {
        at: row.at,
        probability: Probability::saturating(row.probability),
        low: Probability::saturating(row.low),
        high: Probability::saturating(row.high),
        health: row.health,
        basis: row.basis,
        model_version: row.model_version,
        reasons,
        advice,
    };
    Ok(StoredScore { score, revenue_at_risk: row.revenue_at_risk, input_hash: row.input_hash })
}

/// The probabilities that these deals had at their newest score made at or before `at`.
pub async fn probabilities_at(
    db: &impl ConnectionTrait,
    deals: &[DealId],
    at: Instant,
) -> Result<HashMap<DealId, Probability>, StoreError> {
    let mut found = HashMap::new();
    for some in deals.chunks(IN_LIST) {
        let newest = Query::select()
            .expr(Expr::col(("earlier", score::Column::At)).max())
            .from_as(score::Entity, "earlier")
            .and_where(Expr::col(("earlier", score::Column::DealId)).equals((score::Entity, score::Column::DealId)))
            .and_where(Expr::col(("earlier", score::Column::At)).lte(at))
            .to_owned();
        let rows: Vec<(Uuid, f64)> = score::Entity::find()
            .select_only()
            .columns([score::Column::DealId, score::Column::Probability])
            .filter(score::Column::DealId.is_in(some.iter().map(|deal| deal.0)))
            .filter(Expr::col((score::Entity, score::Column::At)).eq(subquery(newest)))
            .into_tuple()
            .all(db)
            .await?;
        found.extend(rows.into_iter().map(|(deal, probability)| (DealId(deal), Probability::saturating(probability))));
    }
    Ok(found)
}

/// The scores of these deals from `since` on, oldest first.
pub async fn points(db: &impl ConnectionTrait, deals: &[DealId], since: Instant) -> Result<HashMap<DealId, Vec<ScorePoint>>, StoreError> {
    let rows: Vec<(Uuid, Instant, f64)> = score::Entity::find()
        .select_only()
        .columns([score::Column::DealId, score::Column::At, score::Column::Probability])
        .filter(score::Column::DealId.is_in(deals.iter().map(|deal| deal.0)))
        .filter(score::Column::At.gte(since))
        .order_by_asc(score::Column::At)
        .into_tuple()
        .all(db)
        .await?;
    let mut found: HashMap<DealId, Vec<ScorePoint>> = HashMap::new();
    for (deal, at, probability) in rows {
        found.entry(DealId(deal)).or_default().push(ScorePoint { at, probability: Probability::saturating(probability) });
    }
    Ok(found)
}

/// What the scored open deals in scope put at risk, highest first: a deal's place in it is its risk rank.
pub async fn revenue_at_risk(db: &impl ConnectionTrait, scope: &Scope) -> Result<Vec<Decimal>, StoreError> {
    Ok(deal::Entity::find()
        .select_only()
        .column(deal::Column::RevenueAtRisk)
        .filter(scope.condition())
        .filter(deal::Column::Outcome.eq(Outcome::Open))
        .filter(deal::Column::RevenueAtRisk.is_not_null())
        .order_by_desc(deal::Column::RevenueAtRisk)
        .into_tuple()
        .all(db)
        .await?)
}
