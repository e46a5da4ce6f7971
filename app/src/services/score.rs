//! Scoring: a probability with its interval, health, reasons and revenue at risk for each deal.

use std::collections::HashMap;

use chrono::TimeDelta;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{Progress, ServiceError, Services, engine::Champion, snapshots::Workspace};
use crate::{
    ai::{
        features::{self, Neighbour, Snapshot},
        reasons,
        stage_rates::StageRates,
    },
    domain::{DealHistory, DealId, DealState, Instant, Outcome, Reason, RiskInputs, Score, ScoreBasis},
    store::scores::{self, NewScore},
};

/// How far back the trend looks.
const TREND_DAYS: i64 = 30;

/// Which deals to score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScoreWhich {
    Open,
    /// Closed deals too, as they stood just before their close. The model has seen how they ended, so these scores say
    /// nothing about its quality, and they are not shown as the deals' scores.
    All,
}

/// What a scoring run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScoreReport {
    pub deals: u64,
    /// `None`: no model is ready, the stages' win rates were taken.
    pub model_version: Option<i32>,
}

impl Services {
    /// Scores deals as of now and keeps the scores; open deals rank by them from then on.
    pub async fn score_deals(&self, which: ScoreWhich, progress: Progress<'_>) -> Result<ScoreReport, ServiceError> {
        let now = self.now();
        progress(0, 1, "reading history");
        let workspace = Workspace::load(self).await?;
        let champion = self.engine.champion(&self.store).await?;
        let earlier: HashMap<DealId, f64> =
            scores::probabilities_at(self.store.db(), now - TimeDelta::days(TREND_DAYS)).await?.into_iter().collect();
        let snapshots = snapshots(&workspace.histories, which, now);
        let neighbours = workspace.neighbours(self, &snapshots, progress).await?;
        let deals = snapshots.len() as u64;
        progress(0, deals, "deals scored");
        let model_version = champion.as_ref().map(|champion| champion.version);
        let scored = tokio::task::spawn_blocking(move || {
            Scoring { workspace: &workspace, champion: champion.as_deref(), earlier: &earlier, now }.score(&snapshots, &neighbours)
        })
        .await?;
        progress(deals, deals, "deals scored");
        let (open, closed): (Vec<_>, Vec<_>) = scored.into_iter().partition(|(outcome, _)| *outcome == Outcome::Open);
        let only = |scores: Vec<(Outcome, NewScore)>| scores.into_iter().map(|(_, score)| score).collect::<Vec<_>>();
        let run = Uuid::now_v7();
        let tx = self.store.begin_write().await?;
        scores::insert(&tx, run, &only(open)).await?;
        scores::copy_to_deals(&tx, run).await?;
        // Under a run of their own, which is not copied.
        scores::insert(&tx, Uuid::now_v7(), &only(closed)).await?;
        tx.commit().await?;
        Ok(ScoreReport { deals, model_version })
    }
}

/// Open deals now; closed ones, if asked for, just before their close.
fn snapshots(histories: &[DealHistory], which: ScoreWhich, now: Instant) -> Vec<Snapshot> {
    let wanted = |history: &DealHistory| which == ScoreWhich::All || history.outcome == Outcome::Open;
    let instant = |history: &DealHistory| match history.outcome {
        Outcome::Open => Some(now),
        Outcome::Won | Outcome::Lost => history.closed_at.map(|closed| closed - TimeDelta::milliseconds(1)),
    };
    histories
        .iter()
        .enumerate()
        .filter(|(_, history)| wanted(history))
        .map(|(deal, history)| Snapshot { deal, at: instant(history) })
        .collect()
}

/// A probability with what it rests on.
struct Judged {
    probability: crate::domain::Probability,
    low: crate::domain::Probability,
    high: crate::domain::Probability,
    reasons: Vec<Reason>,
}

/// One scoring run's inputs.
struct Scoring<'a> {
    workspace: &'a Workspace,
    champion: Option<&'a Champion>,
    earlier: &'a HashMap<DealId, f64>,
    now: Instant,
}

impl Scoring<'_> {
    fn score(&self, snapshots: &[Snapshot], neighbours: &[Option<Vec<Neighbour>>]) -> Vec<(Outcome, NewScore)> {
        let workspace = self.workspace;
        let rates = StageRates::fit(&workspace.histories, &workspace.stage_order);
        let states: Vec<DealState> = snapshots.iter().map(|snapshot| state(&workspace.histories[snapshot.deal], *snapshot)).collect();
        let judged = match self.champion {
            Some(champion) => self.by_model(champion, snapshots, neighbours, &states),
            None => states.iter().map(|state| self.by_stage(&rates, state)).collect(),
        };
        judged
            .into_iter()
            .zip(snapshots)
            .zip(&states)
            .map(|((judged, snapshot), state)| {
                let history = &workspace.histories[snapshot.deal];
                (history.outcome, self.finished(history, state, &rates, judged))
            })
            .collect()
    }

    fn by_model(
        &self,
        champion: &Champion,
        snapshots: &[Snapshot],
        neighbours: &[Option<Vec<Neighbour>>],
        states: &[DealState],
    ) -> Vec<Judged> {
        let workspace = self.workspace;
        let table = features::build(&workspace.histories, snapshots, neighbours, &workspace.stage_order, &workspace.custom);
        let scored = champion.model.score(&table);
        scored
            .iter()
            .enumerate()
            .map(|(row, score)| {
                let context = reasons::Context {
                    currency: None,
                    stage: states[row].stage.and_then(|id| workspace.stages.get(&id)).map(|stage| stage.name.as_str()),
                    custom: &workspace.custom,
                };
                Judged {
                    probability: score.probability,
                    low: score.low,
                    high: score.high,
                    reasons: reasons::reasons(&table, row, &score.contributions, score.probability, &context),
                }
            })
            .collect()
    }

    fn by_stage(&self, rates: &StageRates, state: &DealState) -> Judged {
        let rate = rates.rate(state.stage);
        let stage = state.stage.and_then(|id| self.workspace.stages.get(&id));
        let of = stage.map_or_else(|| "all closed deals".into(), |stage| format!("deals that reached {}", stage.name));
        let text = format!("{} of {of} were won ({} closed so far)", rate.rate, rate.deals);
        let reasons = vec![Reason { feature: "stage".into(), text, points: 0.0 }];
        Judged { probability: rate.rate, low: rate.low, high: rate.high, reasons }
    }

    fn finished(&self, history: &DealHistory, state: &DealState, rates: &StageRates, judged: Judged) -> NewScore {
        let risk = RiskInputs {
            probability: judged.probability,
            stage_base_rate: rates.rate(state.stage).rate,
            trend_30d: self.earlier.get(&history.id).map(|earlier| judged.probability.get() - earlier),
            overdue: state.expected_close.is_some_and(|date| date < self.now.date_naive()),
        };
        NewScore {
            deal: history.id,
            revenue_at_risk: state.value.map(|value: Decimal| risk.revenue_at_risk(value)),
            score: Score {
                at: self.now,
                probability: judged.probability,
                low: judged.low,
                high: judged.high,
                health: risk.health(),
                basis: if self.champion.is_some() { ScoreBasis::Model } else { ScoreBasis::StageRate },
                model_version: self.champion.map(|champion| champion.version),
                reasons: judged.reasons,
            },
        }
    }
}

fn state(history: &DealHistory, snapshot: Snapshot) -> DealState {
    snapshot.at.map_or_else(|| history.undated.clone(), |at| history.state_at(at))
}
