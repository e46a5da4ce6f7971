//! What people said of scores.

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::{
    domain::{
        Instant,
        deals::Outcome,
        ids::{DealId, UserId},
        probability::Probability,
        scoring::FeedbackReason,
    },
    store::{
        Scope, StoreError,
        entity::{deal, score_feedback, user},
    },
    views::scoring::FeedbackView,
};

/// Something to record.
#[derive(Debug, Clone, PartialEq)]
pub struct NewFeedback {
    pub deal: DealId,
    pub by: UserId,
    pub probability: Probability,
    pub model_version: Option<i32>,
    pub reason: FeedbackReason,
    pub estimate: Option<Probability>,
    pub note: Option<String>,
}

pub async fn add(db: &impl ConnectionTrait, new: NewFeedback, now: Instant) -> Result<(), StoreError> {
    score_feedback::Entity::insert(score_feedback::ActiveModel {
        id: Set(Uuid::now_v7()),
        deal_id: Set(new.deal.0),
        user_id: Set(new.by.0),
        at: Set(now),
        probability: Set(new.probability.get()),
        model_version: Set(new.model_version),
        reason: Set(new.reason),
        estimate: Set(new.estimate.map(Probability::get)),
        note: Set(new.note),
    })
    .exec_without_returning(db)
    .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Row {
    deal_id: Uuid,
    deal_title: String,
    by: String,
    by_id: Uuid,
    at: Instant,
    probability: f64,
    reason: FeedbackReason,
    estimate: Option<f64>,
    note: Option<String>,
    outcome: Outcome,
    closed_at: Option<Instant>,
}

fn view(row: Row) -> Result<FeedbackView, StoreError> {
    let outcome = row.outcome;
    Ok(FeedbackView {
        deal: DealId(row.deal_id),
        deal_title: row.deal_title,
        by: row.by,
        by_id: UserId(row.by_id),
        at: row.at,
        probability: Probability::saturating(row.probability),
        reason: row.reason,
        estimate: row.estimate.map(Probability::saturating),
        note: row.note,
        won: outcome.is_closed().then_some(outcome == Outcome::Won),
        foretold: row.closed_at.is_some_and(|closed| closed >= row.at),
    })
}

/// Feedback on deals in scope, or on one of them, newest first.
pub async fn newest(db: &impl ConnectionTrait, scope: &Scope, deal: Option<DealId>, limit: u64) -> Result<Vec<FeedbackView>, StoreError> {
    use score_feedback::Column as F;
    let mut query = score_feedback::Entity::find()
        .select_only()
        .columns([F::DealId, F::At, F::Probability, F::Reason, F::Estimate, F::Note])
        .column(deal::Column::Outcome)
        .column(deal::Column::ClosedAt)
        .column_as(F::UserId, "by_id")
        .column_as(deal::Column::Title, "deal_title")
        .column_as(user::Column::Name, "by")
        .join(JoinType::InnerJoin, score_feedback::Entity::belongs_to(deal::Entity).from(F::DealId).to(deal::Column::Id).into())
        .join(JoinType::InnerJoin, score_feedback::Entity::belongs_to(user::Entity).from(F::UserId).to(user::Column::Id).into())
        .filter(scope.condition());
    if let Some(deal) = deal {
        query = query.filter(F::DealId.eq(deal.0));
    }
    let rows: Vec<Row> = query.order_by_desc(F::At).order_by_desc(F::Id).limit(limit).into_model().all(db).await?;
    rows.into_iter().map(view).collect()
}
