//! Embeddings: their backlog, and the vectors that each process fills its index from.

use std::collections::BTreeMap;

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, ExprTrait, FromQueryResult, JoinType, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, RelationTrait,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

pub use crate::store::entity::embedding::EmbeddingState;
use crate::{
    domain::{
        Instant,
        deals::Outcome,
        ids::{DealId, PipelineId, TeamId, UserId},
    },
    store::{
        IN_LIST, INSERT_ROWS, StoreError,
        entity::{account, deal, embedding},
        statement,
    },
};

/// What a deal's embedding is made from.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct EmbeddingInput {
    pub deal_id: Uuid,
    pub title: String,
    pub description: String,
    pub industry: Option<String>,
    /// Hash of the text of the vector it has, if any.
    pub text_hash: Option<String>,
    /// Which request for an embedding this is: what is made from it counts only while there is no newer one.
    pub requested: i64,
}

/// A deal's vector with what the index keeps beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredVector {
    pub deal: DealId,
    pub vector: Vec<f32>,
    pub outcome: Outcome,
    pub closed_at: Option<Instant>,
    pub owner: Option<UserId>,
    pub team: Option<TeamId>,
    pub pipeline: PipelineId,
}

pub async fn backlog(db: &impl ConnectionTrait) -> Result<u64, StoreError> {
    Ok(embedding::Entity::find().filter(embedding::Column::State.eq(EmbeddingState::Pending)).count(db).await?)
}

/// How many deals have a vector.
pub async fn count(db: &impl ConnectionTrait) -> Result<u64, StoreError> {
    Ok(embedding::Entity::find().filter(embedding::Column::TextHash.is_not_null()).count(db).await?)
}

/// How many deals have a vector, by the model that made it.
pub async fn by_model(db: &impl ConnectionTrait) -> Result<Vec<(String, u64)>, StoreError> {
    let rows: Vec<(Option<String>, i64)> = embedding::Entity::find()
        .select_only()
        .column(embedding::Column::Model)
        .column_as(embedding::Column::DealId.count(), "deals")
        .filter(embedding::Column::Vector.is_not_null())
        .group_by(embedding::Column::Model)
        .order_by_asc(embedding::Column::Model)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(model, deals)| (model.unwrap_or_default(), deals.unsigned_abs())).collect())
}

/// How many deals could not be embedded.
pub async fn failed(db: &impl ConnectionTrait) -> Result<u64, StoreError> {
    Ok(embedding::Entity::find().filter(embedding::Column::State.eq(EmbeddingState::Failed)).count(db).await?)
}

/// Asks for the embeddings that failed once more; tells how many.
pub async fn ask_again(db: &impl ConnectionTrait) -> Result<u64, StoreError> {
    let asked = embedding::Entity::update_many()
        .col_expr(embedding::Column::State, Expr::value(EmbeddingState::Pending))
        .col_expr(embedding::Column::Requested, Expr::col(embedding::Column::Requested).add(1))
        .filter(embedding::Column::State.eq(EmbeddingState::Failed))
        .exec(db)
        .await?;
    Ok(asked.rows_affected)
}

/// Up to `limit` deals that wait for their embedding.
pub async fn waiting(db: &impl ConnectionTrait, limit: u64) -> Result<Vec<EmbeddingInput>, StoreError> {
    Ok(embedding::Entity::find()
        .select_only()
        .columns([embedding::Column::DealId, embedding::Column::TextHash, embedding::Column::Requested])
        .columns([deal::Column::Title, deal::Column::Description])
        .column(account::Column::Industry)
        .join(JoinType::InnerJoin, embedding::Entity::belongs_to(deal::Entity).from(embedding::Column::DealId).to(deal::Column::Id).into())
        .join(JoinType::LeftJoin, deal::Relation::Account.def())
        .filter(embedding::Column::State.eq(EmbeddingState::Pending))
        .limit(limit)
        .into_model()
        .all(db)
        .await?)
}

/// What became of a request for an embedding.
#[derive(Debug, Clone, Copy)]
pub enum Embedded<'a> {
    Vector {
        model: &'a str,
        text_hash: &'a str,
        vector: &'a [f32],
    },
    /// The text did not change.
    Same,
    /// It could not be embedded; the rest of the backlog goes on.
    Failed(&'a str),
}

impl Embedded<'_> {
    /// What it changes.
    fn columns(self) -> &'static [embedding::Column] {
        use embedding::Column as E;
        match self {
            Self::Vector { .. } => &[E::State, E::TextHash, E::Model, E::Vector, E::Error, E::Indexed],
            Self::Same => &[E::State],
            Self::Failed(_) => &[E::State, E::Error],
        }
    }

    /// As a row, with what it does not change left empty.
    fn row(self, request: &EmbeddingInput) -> embedding::ActiveModel {
        let nothing = embedding::ActiveModel {
            deal_id: Set(request.deal_id),
            state: Set(EmbeddingState::Ready),
            text_hash: Set(None),
            model: Set(None),
            vector: Set(None),
            error: Set(None),
            indexed: Set(false),
            requested: Set(request.requested),
            changed: Set(0),
        };
        match self {
            Self::Vector { model, text_hash, vector } => embedding::ActiveModel {
                text_hash: Set(Some(text_hash.into())),
                model: Set(Some(model.into())),
                vector: Set(Some(vector.iter().flat_map(|x| x.to_le_bytes()).collect())),
                ..nothing
            },
            Self::Same => nothing,
            Self::Failed(why) => {
                embedding::ActiveModel { state: Set(EmbeddingState::Failed), error: Set(Some(why.chars().take(500).collect())), ..nothing }
            }
        }
    }
}

/// Answers requests, but for deals whose text changed since: there the newer request stands. A few statements for all of them.
pub async fn answer(db: &impl ConnectionTrait, answers: &[(&EmbeddingInput, Embedded<'_>)]) -> Result<(), StoreError> {
    // What changes the same number of columns changes the same ones.
    let mut by_change: BTreeMap<usize, (&[embedding::Column], Vec<embedding::ActiveModel>)> = BTreeMap::new();
    for (request, embedded) in answers {
        let columns = embedded.columns();
        by_change.entry(columns.len()).or_insert_with(|| (columns, Vec::new())).1.push(embedded.row(request));
    }
    for (columns, rows) in by_change.into_values() {
        for some in rows.chunks(INSERT_ROWS) {
            let asked = Expr::col((embedding::Entity, embedding::Column::Requested));
            let same = asked.equals(("excluded", embedding::Column::Requested));
            let mut change = OnConflict::column(embedding::Column::DealId);
            change.update_columns(columns.iter().copied()).action_and_where(same);
            embedding::Entity::insert_many(some.iter().cloned()).on_conflict(change).exec_without_returning(db).await?;
        }
    }
    Ok(())
}

/// Where a deal's request for an embedding stands; `None` where its source carries no text.
pub async fn state(db: &impl ConnectionTrait, deal: DealId) -> Result<Option<EmbeddingState>, StoreError> {
    Ok(embedding::Entity::find_by_id(deal.0).select_only().column(embedding::Column::State).into_tuple().one(db).await?)
}

/// Marks deals whose outcome or owner changed: the indexes know an older state of them.
pub async fn mark_stale(db: &impl ConnectionTrait, deals: &[DealId]) -> Result<(), StoreError> {
    for some in deals.chunks(IN_LIST) {
        embedding::Entity::update_many()
            .col_expr(embedding::Column::Indexed, Expr::value(false))
            .filter(embedding::Column::DealId.is_in(some.iter().map(|deal| deal.0)))
            .exec(db)
            .await?;
    }
    Ok(())
}

/// What changed and has no number yet; the words of the index that finds it.
const UNNUMBERED: &str = "NOT indexed AND vector IS NOT NULL";
/// One process numbers at a time: so who sees a number sees all lower ones.
const NUMBERING: i64 = 0x766f_735f_766e;

/// Whether a vector or an outcome changed that has no number yet.
pub async fn unnumbered(db: &impl ConnectionTrait) -> Result<bool, StoreError> {
    let sql = format!("SELECT deal_id FROM embedding WHERE {UNNUMBERED} LIMIT 1");
    Ok(db.query_one_raw(statement(db.get_database_backend(), &sql, [])).await?.is_some())
}

/// Numbers what changed, so that every process finds it. Call it in a short transaction of its own: the numbers that others
/// see must be complete up to the highest, which those of long transactions that overlap would not be. What such a
/// transaction is changing right now is left to whoever follows it up.
pub async fn number_changes(tx: &impl ConnectionTrait) -> Result<(), StoreError> {
    let backend = tx.get_database_backend();
    let mut skip_busy = "";
    if backend == DbBackend::Postgres {
        tx.execute_raw(statement(backend, "SELECT pg_advisory_xact_lock(?)", [NUMBERING.into()])).await?;
        skip_busy = "FOR UPDATE SKIP LOCKED";
    }
    let newest: Option<Option<i64>> =
        embedding::Entity::find().select_only().column_as(embedding::Column::Changed.max(), "newest").into_tuple().one(tx).await?;
    let next = newest.flatten().unwrap_or(0) + 1;
    let sql = format!(
        "UPDATE embedding SET changed = ?, indexed = TRUE \
         WHERE deal_id IN (SELECT deal_id FROM embedding WHERE {UNNUMBERED} {skip_busy})"
    );
    tx.execute_raw(statement(backend, &sql, [next.into()])).await?;
    Ok(())
}

/// How far a process has read: the number of a change and a deal that has it.
pub type Seen = (i64, Uuid);
/// Before the first.
pub const UNSEEN: Seen = (-1, Uuid::nil());

/// The next `limit` vectors, in the order of their changes, with what the index keeps beside them. Those that changed since
/// come again at the end.
pub async fn changed_since(db: &impl ConnectionTrait, seen: Seen, limit: u64) -> Result<Vec<(Seen, StoredVector)>, StoreError> {
    type Row = (i64, Uuid, Vec<u8>, Outcome, Option<Instant>, Option<Uuid>, Option<Uuid>, Uuid);
    let place = Expr::tuple([
        Expr::col((embedding::Entity, embedding::Column::Changed)),
        Expr::col((embedding::Entity, embedding::Column::DealId)),
    ]);
    let rows: Vec<Row> = embedding::Entity::find()
        .select_only()
        .columns([embedding::Column::Changed, embedding::Column::DealId, embedding::Column::Vector])
        .columns([deal::Column::Outcome, deal::Column::ClosedAt, deal::Column::OwnerId, deal::Column::TeamId, deal::Column::PipelineId])
        .join(JoinType::InnerJoin, embedding::Entity::belongs_to(deal::Entity).from(embedding::Column::DealId).to(deal::Column::Id).into())
        .filter(embedding::Column::Vector.is_not_null())
        .filter(place.gt(Expr::tuple([seen.0.into(), seen.1.into()])))
        .order_by_asc(embedding::Column::Changed)
        .order_by_asc(embedding::Column::DealId)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    rows.into_iter()
        .map(|(changed, deal, bytes, outcome, closed_at, owner, team, pipeline)| {
            let vector = bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
            let (owner, team, pipeline) = (owner.map(UserId), team.map(TeamId), PipelineId(pipeline));
            Ok(((changed, deal), StoredVector { deal: DealId(deal), vector, outcome, closed_at, owner, team, pipeline }))
        })
        .collect()
}
