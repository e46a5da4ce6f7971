//! Embeddings: their backlog, and the vectors that the index is rebuilt from.

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, PaginatorTrait, QueryFilter, QuerySelect, RelationTrait,
    UpdateMany,
    sea_query::{Expr, Query},
};
use uuid::Uuid;

use crate::{
    domain::{Instant, deals::Outcome, ids::DealId},
    store::{
        IN_LIST, StoreError,
        entity::{account, deal, embedding},
        known,
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
}

/// Whether a deal has an embedding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmbeddingState {
    Ready,
    Pending,
    Failed,
    /// Its source carries no text.
    None,
}

pub async fn backlog(db: &impl ConnectionTrait) -> Result<u64, StoreError> {
    Ok(embedding::Entity::find().filter(embedding::Column::State.eq("pending")).count(db).await?)
}

/// How many deals have a vector.
pub async fn count(db: &impl ConnectionTrait) -> Result<u64, StoreError> {
    Ok(embedding::Entity::find().filter(embedding::Column::TextHash.is_not_null()).count(db).await?)
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
        .filter(embedding::Column::State.eq("pending"))
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

/// Answers a request, unless the deal's text changed since: then the newer request stands.
pub async fn answer(db: &impl ConnectionTrait, request: &EmbeddingInput, embedded: Embedded<'_>) -> Result<(), StoreError> {
    let change = match embedded {
        Embedded::Vector { model, text_hash, vector } => embedding::ActiveModel {
            state: Set("ready".into()),
            text_hash: Set(Some(text_hash.into())),
            model: Set(Some(model.into())),
            vector: Set(Some(vector.iter().flat_map(|x| x.to_le_bytes()).collect())),
            error: Set(None),
            indexed: Set(false),
            ..Default::default()
        },
        Embedded::Same => embedding::ActiveModel { state: Set("ready".into()), ..Default::default() },
        Embedded::Failed(why) => {
            embedding::ActiveModel { state: Set("failed".into()), error: Set(Some(why.chars().take(500).collect())), ..Default::default() }
        }
    };
    embedding::Entity::update_many()
        .set(change)
        .filter(embedding::Column::DealId.eq(request.deal_id))
        .filter(embedding::Column::Requested.eq(request.requested))
        .exec(db)
        .await?;
    Ok(())
}

pub async fn state(db: &impl ConnectionTrait, deal: DealId) -> Result<EmbeddingState, StoreError> {
    let state: Option<String> =
        embedding::Entity::find_by_id(deal.0).select_only().column(embedding::Column::State).into_tuple().one(db).await?;
    let parse = |text: &str| match text {
        "ready" => Some(EmbeddingState::Ready),
        "pending" => Some(EmbeddingState::Pending),
        "failed" => Some(EmbeddingState::Failed),
        _ => None,
    };
    state.map_or(Ok(EmbeddingState::None), |text| known(parse, "embedding.state", &text))
}

/// Marks deals whose outcome changed: the index knows an older state of them.
pub async fn mark_stale(db: &impl ConnectionTrait, deals: &[DealId]) -> Result<(), StoreError> {
    for some in deals.chunks(IN_LIST) {
        set_indexed(false).filter(embedding::Column::DealId.is_in(some.iter().map(|deal| deal.0))).exec(db).await?;
    }
    Ok(())
}

/// Marks deals that the index knows now, each with the outcome it knows: one that was closed in the meantime stays stale.
pub async fn mark_indexed(db: &impl ConnectionTrait, deals: &[(DealId, Outcome)]) -> Result<(), StoreError> {
    for some in deals.chunks(IN_LIST) {
        for outcome in Outcome::ALL {
            let ids = some.iter().filter(|(_, known)| *known == outcome).map(|(deal, _)| deal.0);
            let unchanged = Query::select()
                .column(deal::Column::Id)
                .from(deal::Entity)
                .and_where(deal::Column::Outcome.eq(outcome.as_str()))
                .to_owned();
            set_indexed(true)
                .filter(embedding::Column::DealId.is_in(ids))
                .filter(embedding::Column::DealId.in_subquery(unchanged))
                .exec(db)
                .await?;
        }
    }
    Ok(())
}

fn set_indexed(indexed: bool) -> UpdateMany<embedding::Entity> {
    embedding::Entity::update_many().col_expr(embedding::Column::Indexed, Expr::value(indexed))
}

/// Which vectors to read.
#[derive(Debug, Clone, Copy)]
pub enum VectorsOf<'a> {
    Everything,
    Deals(&'a [DealId]),
    /// Those that the index does not know, or knows an older state of.
    NotIndexed,
}

/// Vectors with what the index keeps beside them.
pub async fn vectors(db: &impl ConnectionTrait, of: VectorsOf<'_>) -> Result<Vec<StoredVector>, StoreError> {
    let query = embedding::Entity::find()
        .select_only()
        .column(embedding::Column::DealId)
        .column(embedding::Column::Vector)
        .column(deal::Column::Outcome)
        .column(deal::Column::ClosedAt)
        .join(JoinType::InnerJoin, embedding::Entity::belongs_to(deal::Entity).from(embedding::Column::DealId).to(deal::Column::Id).into())
        .filter(embedding::Column::Vector.is_not_null());
    type Row = (Uuid, Vec<u8>, String, Option<Instant>);
    let rows: Vec<Row> = match of {
        VectorsOf::Everything => query.into_tuple().all(db).await?,
        VectorsOf::NotIndexed => query.filter(embedding::Column::Indexed.eq(false)).into_tuple().all(db).await?,
        VectorsOf::Deals(deals) => {
            let mut rows = Vec::new();
            for some in deals.chunks(IN_LIST) {
                let ids = some.iter().map(|deal| deal.0);
                rows.extend(query.clone().filter(embedding::Column::DealId.is_in(ids)).into_tuple::<Row>().all(db).await?);
            }
            rows
        }
    };
    rows.into_iter()
        .map(|(deal, bytes, outcome, closed_at)| {
            let vector = bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
            Ok(StoredVector { deal: DealId(deal), vector, outcome: known(Outcome::parse, "deal.outcome", &outcome)?, closed_at })
        })
        .collect()
}
