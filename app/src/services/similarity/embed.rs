//! Embedding runs behind: imports and pages only add to its backlog.

use std::{collections::HashMap, sync::Arc};

use crate::{
    ai::embedding::{DealText, Embedder, text_for_embedding, text_hash},
    domain::ids::DealId,
    services::{Progress, ServiceError, jobs::Job, similarity::Similarity},
    store::{
        scoring::{score_key, scores},
        similarity::embeddings::{self, Embedded, EmbeddingInput},
    },
};

/// Deals embedded and saved at a time.
const BATCH: u64 = 64;
/// Texts remembered with their vectors: many sources repeat theirs.
const KNOWN: usize = 10_000;

/// Vectors by the hash of their text.
type Known = HashMap<String, Vec<f32>>;

impl Similarity {
    /// Embeds all deals that wait. Answers how many it embedded; none when the model is not available, which
    /// [`crate::services::Engine::unavailable`] then explains.
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
            self.jobs.stop.check()?;
            let batch = embeddings::waiting(self.store.db(), BATCH).await?;
            if batch.is_empty() {
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
        let mut ids: Vec<DealId> = batch.iter().map(|input| DealId(input.deal_id)).collect();
        ids.sort_unstable();
        let tx = self.store.begin_write().await?;
        // Deals before their embeddings, as whoever changes a deal does: the other way round the two could wait for each other.
        scores::touch(&tx, &ids).await?;
        let answers = batch.iter().enumerate().map(|(i, input)| {
            let text_hash = hashes[i].as_str();
            let embedded = match (changed.contains(&i), known.get(text_hash), &failure) {
                (false, ..) => Embedded::Same,
                (true, Some(vector), _) => Embedded::Vector { model: &model, text_hash, vector },
                (true, None, Some(why)) => Embedded::Failed(why),
                (true, None, None) => Embedded::Failed("the model gave no vector"),
            };
            (input, embedded)
        });
        embeddings::answer(&tx, &answers.collect::<Vec<_>>()).await?;
        // A closed deal's vector is part of the others' scores, an open one's of its own only.
        if scores::any_closed(&tx, &ids).await? {
            score_key::begin_epoch(&tx).await?;
        }
        Job::Score.put(&tx, self.clock.now()).await?;
        tx.commit().await?;
        self.jobs.wake_jobs();
        self.refresh_index().await?;
        Ok(())
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
