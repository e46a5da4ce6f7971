//! Embedding runs behind: imports and pages only add to its backlog.

use std::{collections::HashMap, sync::Arc, time::Duration};

use super::{Progress, ServiceError, Services};
use crate::{
    ai::embedding::{DealText, Embedder, text_for_embedding, text_hash},
    domain::DealId,
    store::{
        embeddings::{self, EmbeddingInput},
        scores,
    },
};

/// Deals embedded and saved at a time.
const BATCH: u64 = 64;
/// Texts remembered with their vectors: many sources repeat theirs.
const KNOWN: usize = 10_000;
/// How often the worker looks for what another process put into the backlog.
const POLL: Duration = Duration::from_secs(5);

/// Vectors by the hash of their text.
type Known = HashMap<String, Vec<f32>>;

impl Services {
    /// Embeds all deals that wait. Answers how many it embedded; none when the model is not available, which
    /// [`super::Engine::unavailable`] then explains.
    pub async fn embed_backlog(&self, progress: Progress<'_>) -> Result<u64, ServiceError> {
        let total = embeddings::backlog(self.store.db()).await?;
        if total == 0 {
            return Ok(0);
        }
        let engine = self.engine.clone();
        let Ok(embedder) = tokio::task::spawn_blocking(move || engine.embedder()).await? else { return Ok(0) };
        let mut done = 0;
        let mut known = Known::new();
        progress(0, total, "deals embedded");
        loop {
            let batch = embeddings::waiting(self.store.db(), BATCH).await?;
            if batch.is_empty() {
                if done > 0 {
                    // Similar deals are part of every score.
                    scores::begin_epoch(self.store.db()).await?;
                    self.engine.scoring.notify_one();
                }
                return Ok(done);
            }
            done += batch.len() as u64;
            self.embed_batch(embedder.clone(), batch, &mut known).await?;
            progress(done, total.max(done), "deals embedded");
        }
    }

    async fn embed_batch(&self, embedder: Arc<dyn Embedder>, batch: Vec<EmbeddingInput>, known: &mut Known) -> Result<(), ServiceError> {
        let texts: Vec<String> = batch.iter().map(text_of).collect();
        let hashes: Vec<String> = texts.iter().map(|text| text_hash(text)).collect();
        let changed: Vec<usize> = (0..batch.len()).filter(|i| batch[*i].text_hash.as_ref() != Some(&hashes[*i])).collect();
        if known.len() > KNOWN {
            known.clear();
        }
        let mut new: HashMap<&str, &str> = changed.iter().map(|i| (hashes[*i].as_str(), texts[*i].as_str())).collect();
        new.retain(|hash, _| !known.contains_key(*hash));
        let (new_hashes, new_texts): (Vec<String>, Vec<String>) =
            new.into_iter().map(|(hash, text)| (hash.to_owned(), text.to_owned())).unzip();
        let model = embedder.model_name().to_owned();
        let embedded =
            tokio::task::spawn_blocking(move || if new_texts.is_empty() { Ok(Vec::new()) } else { embedder.embed(&new_texts) }).await?;
        let failure = match embedded {
            Ok(vectors) => {
                known.extend(new_hashes.into_iter().zip(vectors));
                None
            }
            Err(error) => {
                tracing::warn!(%error, deals = changed.len(), "deals could not be embedded");
                Some(error.to_string())
            }
        };
        let tx = self.store.begin_write().await?;
        for i in &changed {
            let deal = DealId(batch[*i].deal_id);
            match (known.get(&hashes[*i]), &failure) {
                (Some(vector), _) => embeddings::save(&tx, deal, &model, &hashes[*i], vector).await?,
                (None, Some(why)) => embeddings::fail(&tx, deal, why).await?,
                (None, None) => embeddings::fail(&tx, deal, "the model gave no vector").await?,
            }
        }
        for (i, input) in batch.iter().enumerate() {
            if !changed.contains(&i) {
                embeddings::keep(&tx, DealId(input.deal_id)).await?;
            }
        }
        tx.commit().await?;
        self.index_backlog().await
    }

    /// Works on the backlog until the task is dropped: at start, when told of new work, and every few seconds.
    pub async fn run_embedding_worker(self) {
        loop {
            let mut silent = |_: u64, _: u64, _: &str| {};
            match self.embed_backlog(&mut silent).await {
                Ok(0) => {}
                Ok(done) => tracing::info!(deals = done, "embedded"),
                Err(error) => tracing::warn!(%error, "embedding stopped; trying again soon"),
            }
            if let Err(error) = self.index_backlog().await {
                tracing::warn!(%error, "the vector index is behind; trying again soon");
            }
            let _ = tokio::time::timeout(POLL, self.engine.work.notified()).await;
        }
    }
}

/// Notes are left out: what is written at the close tells the outcome.
fn text_of(input: &EmbeddingInput) -> String {
    text_for_embedding(&DealText {
        title: &input.title,
        account: None,
        industry: input.industry.as_deref(),
        description: Some(&input.description),
        notes: &[],
    })
}
