//! How deals are closed: the reasons, and each close with what it changed, so that it can be taken back.

use std::collections::HashMap;

use rust_decimal::Decimal;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    domain::{
        Instant,
        deals::Outcome,
        ids::{DealId, LossReasonId, StageId, UserId},
        outcomes::{CloseRules, LossReason},
    },
    store::{
        StoreError,
        entity::{deal, deal_closing, loss_reason},
        json, people,
        summaries::{self, Kind},
    },
};

/// Setting that holds the rules of closing, as JSON.
const RULES: &str = "close_rules";
/// Competitors offered to choose from.
const COMPETITORS: u64 = 50;

/// What a close changes, as it was before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Before {
    pub stage: Option<StageId>,
    pub value: Option<Decimal>,
    pub notes: Option<String>,
}

/// A close that was not taken back.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedClosing {
    pub id: Uuid,
    pub deal: DealId,
    pub at: Instant,
    pub by: Option<UserId>,
    /// `None`: it cannot be read; the close can then be taken back, but not undone.
    pub before: Option<Before>,
}

fn reason(row: loss_reason::Model) -> LossReason {
    LossReason { id: LossReasonId(row.id), name: row.name, active: row.active, names_competitor: row.names_competitor }
}

/// All reasons in their order.
pub async fn reasons(db: &impl ConnectionTrait) -> Result<Vec<LossReason>, StoreError> {
    let rows =
        loss_reason::Entity::find().order_by_asc(loss_reason::Column::Position).order_by_asc(loss_reason::Column::Name).all(db).await?;
    Ok(rows.into_iter().map(reason).collect())
}

/// All reasons in their order, as they stay to the end of the transaction: a deal that is closed for one takes part in its renaming.
pub async fn hold_reasons(db: &impl ConnectionTrait) -> Result<Vec<LossReason>, StoreError> {
    let in_order = loss_reason::Entity::find().order_by_asc(loss_reason::Column::Position).order_by_asc(loss_reason::Column::Name);
    Ok(in_order.lock_shared().all(db).await?.into_iter().map(reason).collect())
}

/// Adds a reason at the end.
pub async fn add_reason(db: &impl ConnectionTrait, name: &str, names_competitor: bool) -> Result<(), StoreError> {
    let position = loss_reason::Entity::find().count(db).await?;
    loss_reason::Entity::insert(loss_reason::ActiveModel {
        id: Set(Uuid::now_v7()),
        name: Set(name.into()),
        position: Set(i32::try_from(position).unwrap_or(i32::MAX)),
        active: Set(true),
        names_competitor: Set(names_competitor),
    })
    .exec_without_returning(db)
    .await?;
    Ok(())
}

/// Changes a reason; deals that were lost for it take its new name along.
pub async fn change_reason(db: &impl ConnectionTrait, old: &LossReason, new: LossReason) -> Result<(), StoreError> {
    loss_reason::Entity::update_many()
        .col_expr(loss_reason::Column::Name, Expr::value(new.name.clone()))
        .col_expr(loss_reason::Column::Active, Expr::value(new.active))
        .col_expr(loss_reason::Column::NamesCompetitor, Expr::value(new.names_competitor))
        .filter(loss_reason::Column::Id.eq(old.id.0))
        .exec(db)
        .await?;
    if new.name != old.name {
        deal::Entity::update_many()
            .col_expr(deal::Column::LossReason, Expr::value(new.name))
            .filter(deal::Column::LossReason.eq(&old.name))
            .exec(db)
            .await?;
        summaries::mark_all(db, Kind::Outcomes).await?;
    }
    Ok(())
}

/// How many deals were lost for each reason.
pub async fn deals_by_reason(db: &impl ConnectionTrait) -> Result<HashMap<String, u64>, StoreError> {
    let rows: Vec<(Option<String>, i64)> = deal::Entity::find()
        .select_only()
        .column(deal::Column::LossReason)
        .column_as(Expr::col(deal::Column::Id).count(), "deals")
        .filter(deal::Column::Outcome.eq(Outcome::Lost))
        .group_by(deal::Column::LossReason)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().filter_map(|(reason, deals)| Some((reason?, deals.unsigned_abs()))).collect())
}

/// Competitors that were named, most often first.
pub async fn competitors(db: &impl ConnectionTrait) -> Result<Vec<String>, StoreError> {
    let rows: Vec<(Option<String>, i64)> = deal::Entity::find()
        .select_only()
        .column(deal::Column::Competitor)
        .column_as(Expr::col(deal::Column::Id).count(), "deals")
        .filter(deal::Column::Competitor.is_not_null())
        .group_by(deal::Column::Competitor)
        .order_by_desc(Expr::col(deal::Column::Id).count())
        .limit(COMPETITORS)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().filter_map(|(name, _)| name).collect())
}

/// What has to be filled in.
pub async fn rules(db: &impl ConnectionTrait) -> Result<CloseRules, StoreError> {
    Ok(people::json_setting(db, RULES).await?.unwrap_or_default())
}

pub async fn set_rules(db: &impl ConnectionTrait, rules: CloseRules) -> Result<(), StoreError> {
    people::set_json_setting(db, RULES, &rules).await
}

/// Records that a deal was closed.
pub async fn record(
    db: &impl ConnectionTrait,
    deal: DealId,
    outcome: Outcome,
    before: &Before,
    by: UserId,
    now: Instant,
) -> Result<(), StoreError> {
    deal_closing::Entity::insert(deal_closing::ActiveModel {
        id: Set(Uuid::now_v7()),
        deal_id: Set(deal.0),
        outcome: Set(outcome),
        at: Set(now),
        by: Set(Some(by.0)),
        before: Set(json::write("deal_closing.before", before)?),
        reopened_at: Set(None),
    })
    .exec_without_returning(db)
    .await?;
    Ok(())
}

/// The newest close of each of these deals that was recorded here and not taken back.
pub async fn newest(db: &impl ConnectionTrait, deals: &[DealId]) -> Result<HashMap<DealId, RecordedClosing>, StoreError> {
    let rows = deal_closing::Entity::find()
        .filter(deal_closing::Column::DealId.is_in(deals.iter().map(|deal| deal.0)))
        .filter(deal_closing::Column::ReopenedAt.is_null())
        .order_by_asc(deal_closing::Column::At)
        .all(db)
        .await?;
    let closing = |row: deal_closing::Model| {
        let before = json::derived(json::read("deal_closing.before", row.before));
        let deal = DealId(row.deal_id);
        (deal, RecordedClosing { id: row.id, deal, at: row.at, by: row.by.map(UserId), before })
    };
    Ok(rows.into_iter().map(closing).collect())
}

/// Says that the closes of a deal were taken back.
pub async fn taken_back(db: &impl ConnectionTrait, deal: DealId, now: Instant) -> Result<(), StoreError> {
    deal_closing::Entity::update_many()
        .col_expr(deal_closing::Column::ReopenedAt, Expr::value(now))
        .filter(deal_closing::Column::DealId.eq(deal.0))
        .filter(deal_closing::Column::ReopenedAt.is_null())
        .exec(db)
        .await?;
    Ok(())
}
