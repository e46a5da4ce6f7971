//! Training: from the closed deals to a model in the registry, published if it passes its checks.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use serde::Serialize;

use crate::{
    ai::{
        examples::{self, Names},
        model::SCHEMA_VERSION,
        training::{self, TrainError, TrainOptions, Trained, TrainingProgress},
    },
    domain::{
        Instant,
        models::{CalibrationReport, Candidate, ExcludedColumn, FeatureSet, ModelState, Threshold, ThresholdGoal, TrainingReport},
    },
    services::{
        Progress, ServiceError,
        jobs::Job,
        models::{
            Models,
            activation::{Activation, activate},
            examples::{Material, Wanted},
        },
        stop::on_a_thread,
        workspace::WorkspaceMetadata,
    },
    store::{
        models::{self, NewModel, challenger_tests},
        people,
        scoring::predictions,
    },
};

/// Of two trainings at a time, whichever process they run in, one waits.
pub(in crate::services) const LEASE: &str = "train";

/// How to train.
#[derive(Debug, Clone, Default)]
pub struct TrainRequest {
    /// Of all chance.
    pub seed: u64,
    pub features: FeatureSet,
    pub goal: ThresholdGoal,
    /// Does not wait for deals that are not embedded yet; their similarity features are missing.
    pub skip_embedding: bool,
    /// Makes a model that passes its checks the champion at once, without a trial.
    pub publish: bool,
    /// As of a past instant: from what was known then. Such a model is registered as of then, and never used by itself.
    pub as_of: Option<Instant>,
    /// In so many days an older deal weighs half as much; `None`: all weigh the same.
    pub half_life_days: Option<f64>,
    /// Set from outside to stop.
    pub cancelled: Arc<AtomicBool>,
}

/// How wide the model's uncertainty is, as `train --json` says it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Intervals {
    pub method: &'static str,
    /// 95 % bootstrap interval of the holdout's AUC.
    pub roc_auc: Option<(f64, f64)>,
    pub log_loss: Option<(f64, f64)>,
    pub ece: Option<(f64, f64)>,
}

/// What a training run says, as `vectoros train --json` prints it (with the seconds it took).
#[derive(Debug, Clone, Serialize)]
pub struct TrainReport {
    pub model_version: i32,
    pub learner: String,
    pub candidates: Vec<Candidate>,
    pub calibration: Option<CalibrationReport>,
    pub threshold: Option<Threshold>,
    pub intervals: Intervals,
    /// Whether the model passed its checks.
    pub ready: bool,
    /// What became of it: the first is the champion at once, later ones begin as challenger.
    pub state: ModelState,
    pub reason: String,
    /// Closed deals it learned from, of `closed_deals` in all.
    pub deals: usize,
    pub closed_deals: usize,
    pub won: usize,
    pub lost: usize,
    /// Columns left out since they tell the outcome.
    pub excluded: Vec<ExcludedColumn>,
    /// Hexadecimal SHA-256 of the artifact: the same data, seed and version give the same.
    pub artifact_sha256: Option<String>,
    /// The whole report.
    pub metrics: TrainingReport,
}

impl Models {
    /// Trains on the closed deals, of very many on those [drawn](examples::draw). A model that passes its checks becomes the champion if
    /// there is none, or if that is asked for; otherwise the challenger. Deals that still wait for their embedding are embedded first. A run that is cancelled, or that dies,
    /// leaves the registry as it was. One trains at a time, whatever the number of processes.
    pub async fn train(&self, request: TrainRequest, progress: Progress<'_>) -> Result<TrainReport, ServiceError> {
        let trained = self.jobs.with_lease(LEASE, async |store| self.within(store).train_now(request, progress).await).await?;
        trained.ok_or_else(|| ServiceError::Refused("Another training is running; wait until it is done, or cancel it.".into()))
    }

    /// [`Models::train`], for whoever has the lease.
    pub(in crate::services) async fn train_now(&self, request: TrainRequest, progress: Progress<'_>) -> Result<TrainReport, ServiceError> {
        if !request.skip_embedding {
            self.similarity.embed_backlog(progress).await?;
        }
        let now = request.as_of.unwrap_or_else(|| self.clock.now());
        let (material, closed) = self.material(&request, now, progress).await?;
        let mut trained = fit(material, &request, progress).await?;
        trained.report.closed_deals = closed;
        if request.as_of.is_some() && !trained.ready {
            // Of no use, and so without a trace: a second replay finds the registry as it was.
            return Ok(report(0, ModelState::Candidate, trained, None));
        }
        let artifact = match &trained.model {
            Some(model) => {
                let bytes = model.to_bytes().map_err(|error| ServiceError::Engine(error.to_string()))?;
                // Kept before the registry knows of it: a crash in between leaves a file that nobody refers to.
                Some(self.artifacts.put(bytes, SCHEMA_VERSION).await?)
            }
            None => None,
        };
        if request.cancelled.load(Ordering::Relaxed) {
            return Err(ServiceError::Cancelled);
        }
        let artifact_sha256 = artifact.as_ref().map(|artifact| artifact.sha256.clone());
        let reason = match request.as_of {
            Some(at) => format!("Replay of {}: {}", at.format("%-d %b %Y"), trained.reason),
            None => trained.reason.clone(),
        };
        let new = NewModel { ready: trained.ready, reason, report: trained.report.clone(), artifact };
        let tx = self.store.begin_write().await?;
        let version = models::register(&tx, new, now).await?;
        let state = match models::champion_version(&tx).await? {
            _ if !trained.ready || request.as_of.is_some() => ModelState::Candidate,
            Some(champion) if !request.publish => {
                models::challenge(&tx, Some(version)).await?;
                challenger_tests::begin(&tx, version, champion, now).await?;
                predictions::forget_shadows_but(&tx, &[champion]).await?;
                ModelState::Challenger
            }
            _ => {
                activate(&tx, Activation::Publish(version), None, "model.publish", "Published when it was trained.", now).await?;
                ModelState::Champion
            }
        };
        people::audit(&tx, now, None, "model.train", None, Some(format!("model {version}, {}", state.as_str()))).await?;
        Job::Score.put(&tx, now).await?;
        tx.commit().await?;
        self.jobs.wake_jobs();
        Ok(report(version, state, trained, artifact_sha256))
    }

    /// What to learn from, and how many closed deals there are in all.
    async fn material(&self, request: &TrainRequest, now: Instant, progress: Progress<'_>) -> Result<(Material, usize), ServiceError> {
        let metadata = WorkspaceMetadata::load(&self.store).await?;
        let outlines = metadata.outlines(&self.store, request.as_of, progress).await?;
        let closed = examples::closed(&outlines);
        let closed_deals = closed.len();
        let wanted = Wanted {
            places: examples::draw(&outlines, closed, self.most_deals().await?, request.seed),
            seed: request.seed,
            names: Names {
                owners: people::names(self.store.db()).await?,
                stages: metadata.stages.values().map(|stage| (stage.id, stage.name.clone())).collect(),
            },
            as_of: request.as_of,
            now,
        };
        Ok((self.gather(&metadata, outlines, wanted, progress).await?, closed_deals))
    }
}

/// Trains on a thread of its own, which stops soon after it is told to.
async fn fit(material: Material, request: &TrainRequest, progress: Progress<'_>) -> Result<Trained, ServiceError> {
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let cancelled = request.cancelled.clone();
    let options = TrainOptions {
        seed: request.seed,
        feature_set: request.features,
        goal: request.goal,
        half_life_days: request.half_life_days,
        ..TrainOptions::default()
    };
    let training = on_a_thread(move |awaited| {
        let examples = material.examples();
        let mut progress = TrainingProgress {
            progress: &mut |done, total, doing: &str| {
                // Nobody listens any more once the caller has given up.
                let _ = tell.send((done, total, doing.to_owned()));
            },
            cancelled: &|| cancelled.load(Ordering::Relaxed) || awaited.no_more(),
        };
        training::train(examples, &options, &mut progress)
    });
    let following = async {
        while let Some((done, total, doing)) = told.recv().await {
            progress(done, total, &doing);
        }
    };
    let (trained, ()) = tokio::join!(training, following);
    trained?.map_err(|error| match error {
        TrainError::Cancelled => ServiceError::Cancelled,
        other => ServiceError::Engine(other.to_string()),
    })
}

fn report(model_version: i32, state: ModelState, trained: Trained, artifact_sha256: Option<String>) -> TrainReport {
    let report = trained.report;
    let interval = |of: fn(&crate::domain::models::Evaluation) -> crate::domain::models::Estimate| {
        let estimate = report.evaluation.as_ref().map(of)?;
        estimate.low.zip(estimate.high)
    };
    TrainReport {
        model_version,
        learner: report.learner.clone(),
        candidates: report.candidates.clone(),
        calibration: report.calibration.clone(),
        threshold: report.threshold,
        intervals: Intervals {
            method: "venn_abers",
            roc_auc: interval(|evaluation| evaluation.roc_auc),
            log_loss: interval(|evaluation| evaluation.log_loss),
            ece: interval(|evaluation| evaluation.ece),
        },
        ready: trained.ready,
        state,
        reason: trained.reason,
        deals: report.deals,
        closed_deals: report.closed_deals,
        won: report.won,
        lost: report.lost,
        excluded: report.excluded.clone(),
        artifact_sha256,
        metrics: report,
    }
}
