//! The closed deals most like a deal or a text, as pages and REST show them: how they ended, why they are alike, and what the won ones did
//! next.

use std::sync::LazyLock;

use crate::{
    ai::similarity::{
        Belongs, Hit, Only,
        next::{WINDOW_DAYS, won_next},
        shared::{Described, shared},
    },
    domain::{
        day_start,
        deals::{DealQuery, Outcome, OutcomeFilter, Pick},
        error::AppError,
        ids::{DealId, StageId, TeamId, UserId},
        input,
        money::Money,
        people::Viewer,
        similarity::{MOST_SIMILAR, SIMILAR, SimilarRequest, TEXT_LETTERS},
    },
    services::{
        ServiceError,
        desk::Desk,
        similarity::{Similarity, nearest::Like},
        workspace::WorkspaceMetadata,
    },
    store::{
        Scope, StoreError,
        deals::history::DealBatch,
        json,
        similarity::{
            embeddings::{self, EmbeddingState},
            found::{self, FoundDeal},
        },
    },
    views::similarity::{ActivitiesThen, SimilarDeal, SimilarDeals, SimilarView, WonNext},
};

/// Where texts are embedded that people ask with: one at a time, as the backlog wants its turn too.
static DESK: LazyLock<Desk> = LazyLock::new(|| Desk::new(1, 30));

impl Similarity {
    /// The closed deals that are most like a deal or a text, of those that the viewer may see. A closed deal is compared with what was
    /// closed before it.
    pub async fn similar(&self, viewer: &Viewer, request: SimilarRequest) -> Result<SimilarView, AppError> {
        let scope = Scope::of(viewer);
        let limit = request.k.unwrap_or(SIMILAR);
        if !(1..=MOST_SIMILAR).contains(&limit) {
            return Err(AppError::invalid("k", format!("Ask for 1 to {MOST_SIMILAR} deals.")));
        }
        if request.outcome == Some(Outcome::Open) {
            return Err(AppError::invalid("outcome", "Only closed deals are found: won or lost."));
        }
        let text = input::prose("text", request.text.as_deref(), TEXT_LETTERS, "Write at most 4,000 letters.")?;
        let (asked, like) = match (request.deal_id, text) {
            (Some(id), None) => match self.asked(&scope, id).await? {
                Ok(deal) => (Some(deal), Like::Deal(id)),
                Err(view) => return Ok(view),
            },
            (None, Some(text)) => match self.vector_of(text).await? {
                Ok(vector) => (None, Like::Vector(vector)),
                Err(why) => return Ok(SimilarView::Unavailable { why }),
            },
            _ => return Err(AppError::invalid("deal_id", "Say either which deal, or a text, that others are to be like.")),
        };
        let Some(only) = only(&scope, &request, asked.as_ref()) else {
            let base_rate = found::base_rate(self.store.db(), &scope, &fitting(&request)).await?;
            return Ok(SimilarView::Found(SimilarDeals { deals: Vec::new(), base_rate, next: None }));
        };
        match self.nearest_of(like, only, limit as usize).await {
            Ok(Some(hits)) => Ok(SimilarView::Found(self.described(&scope, &request, asked.as_ref(), hits).await?)),
            Ok(None) => Ok(SimilarView::Waiting),
            Err(error) => {
                tracing::warn!(%error, "similar deals could not be searched");
                Ok(SimilarView::Unavailable { why: "The similarity index does not answer; the log says why.".into() })
            }
        }
    }

    /// The deal that others are compared with, or why they cannot be.
    async fn asked(&self, scope: &Scope, id: DealId) -> Result<Result<FoundDeal, SimilarView>, AppError> {
        let db = self.store.db();
        let deal = found::deals(db, scope, &[id]).await?.remove(&id).ok_or(AppError::NotFound)?;
        Ok(match embeddings::state(db, id).await? {
            None => Err(SimilarView::NoText),
            Some(EmbeddingState::Ready) => Ok(deal),
            Some(EmbeddingState::Pending | EmbeddingState::Failed) => Err(match self.engine.unavailable() {
                Some(why) => SimilarView::Unavailable { why },
                None => SimilarView::Waiting,
            }),
        })
    }

    /// A text's vector, or why there is none.
    async fn vector_of(&self, text: String) -> Result<Result<Vec<f32>, String>, AppError> {
        let engine = self.engine.clone();
        let embedded = DESK.work(move || engine.embedder().map(|embedder| embedder.embed(&[text]))).await?;
        Ok(match embedded {
            Err(why) => Err(why),
            Ok(Err(error)) => {
                tracing::warn!(%error, "a text could not be embedded");
                Err("The text could not be embedded; the log says why.".into())
            }
            Ok(Ok(mut vectors)) => vectors.pop().ok_or_else(|| "The model gave no vector.".into()),
        })
    }

    async fn described(
        &self,
        scope: &Scope,
        request: &SimilarRequest,
        asked: Option<&FoundDeal>,
        hits: Vec<Hit>,
    ) -> Result<SimilarDeals, AppError> {
        let db = self.store.db();
        // What the index knows may be a moment old; who may see a deal is asked of the database.
        let mut rows = found::deals(db, scope, &hits.iter().map(|hit| hit.deal).collect::<Vec<_>>()).await?;
        let own = asked.map(described).transpose()?;
        let text = request.text.clone().unwrap_or_default();
        let own = own.unwrap_or_else(|| Described { description: text, ..Described::default() });
        let mut deals = Vec::with_capacity(hits.len());
        for hit in hits {
            let Some(row) = rows.remove(&hit.deal) else { continue };
            let why = shared(&own, &described(&row)?);
            deals.push(SimilarDeal {
                id: hit.deal,
                why,
                cycle_days: row.created_at.zip(row.closed_at).map(|(created, closed)| (closed - created).num_days().max(0)),
                value: row.value.map(|value| Money::new(value, row.currency.clone())),
                title: row.title,
                account: row.account,
                owner: row.owner,
                outcome: row.outcome,
                closed_at: row.closed_at,
                loss_reason: row.loss_reason.filter(|_| row.outcome == Outcome::Lost),
                similarity: f64::from(hit.similarity),
            });
        }
        let base_rate = found::base_rate(db, scope, &fitting(request)).await?;
        let next = match asked {
            Some(asked) => self.won_next(asked, &deals).await?,
            None => None,
        };
        Ok(SimilarDeals { deals, base_rate, next })
    }

    /// What the won ones among similar deals did in the stage that an open deal is in.
    async fn won_next(&self, asked: &FoundDeal, similar: &[SimilarDeal]) -> Result<Option<WonNext>, ServiceError> {
        let Some(stage) = asked.stage_id.map(StageId).filter(|_| asked.outcome == Outcome::Open) else { return Ok(None) };
        let metadata = WorkspaceMetadata::load(&self.store).await?;
        let Some(name) = metadata.stages.get(&stage).map(|stage| stage.name.clone()) else { return Ok(None) };
        let won = similar.iter().filter(|deal| deal.outcome == Outcome::Won).map(|deal| deal.id);
        let ids: Vec<DealId> = won.chain([DealId(asked.id)]).collect();
        let mut histories = Vec::with_capacity(ids.len());
        for batch in DealBatch::of(&ids) {
            histories.extend(metadata.histories(&self.store, batch).await?);
        }
        let Some(own) = histories.iter().position(|history| history.id.0 == asked.id) else { return Ok(None) };
        let own = histories.swap_remove(own);
        Ok(won_next(&own, &histories, stage, self.clock.now()).map(|next| WonNext {
            stage: name,
            won: next.won,
            median_days: next.median_days,
            days: next.days,
            window_days: WINDOW_DAYS,
            activities: next.activities.into_iter().map(|(kind, won, here)| ActivitiesThen { kind, won, here }).collect(),
        }))
    }
}

/// What the index is asked for; `None` where nobody can see such deals.
fn only(scope: &Scope, request: &SimilarRequest, asked: Option<&FoundDeal>) -> Option<Only> {
    let (mut owner, mut team) = (request.owner, None);
    match scope {
        Scope::All => {}
        Scope::Team(of) => team = Some(TeamId(*of)),
        Scope::Owner(of) if owner.is_some_and(|owner| owner.0 != *of) => return None,
        Scope::Owner(of) => owner = Some(UserId(*of)),
    }
    let to = request.closed_to.map(|day| day_start(day.succ_opt().unwrap_or(day)));
    let known_then = asked.and_then(|deal| deal.closed_at);
    Some(Only {
        belongs: Belongs { owner, team, pipeline: request.pipeline },
        won: request.outcome.map(|outcome| outcome == Outcome::Won),
        closed_from: request.closed_from.map(day_start),
        closed_before: to.into_iter().chain(known_then).min(),
    })
}

/// The closed deals that fit a request's filters but for the outcome, as the deal list has them.
fn fitting(request: &SimilarRequest) -> DealQuery {
    DealQuery {
        outcome: OutcomeFilter::Closed,
        owner: request.owner.map(Pick::Only),
        pipeline: request.pipeline,
        closed_from: request.closed_from,
        closed_to: request.closed_to,
        ..DealQuery::opening()
    }
}

fn described(deal: &FoundDeal) -> Result<Described, StoreError> {
    Ok(Described {
        title: deal.title.clone(),
        description: deal.description.clone(),
        account: deal.account.clone(),
        industry: deal.industry.clone(),
        value: deal.value.map(|value| Money::new(value, deal.currency.clone())),
        custom: json::read("deal.custom", deal.custom.clone())?,
    })
}
