//! One batch of scores, from plain values.

use std::sync::Arc;

use rust_decimal::Decimal;
use sha2::{Digest, Sha256};

use super::reference::ReferenceData;
use crate::{
    ai::{
        advice,
        features::{FEATURES, Neighbour},
        learning::scores_live,
        model::RowScore,
        reasons,
        stage_rates::{StageRate, StageRates},
        table::{ColumnData, Table},
    },
    domain::{
        Instant,
        deals::{DealHistory, DealState, Stage},
        money::Currency,
        probability::Probability,
        risk::RiskInputs,
        scoring::{Advice, AdviceKind, InputValue, Reason, Score, ScoreBasis},
    },
    services::scoring::caches::LoadedModel,
    store::scoring::scores::NewScore,
};

/// A deal as of an instant, with what else its score depends on.
pub struct Subject {
    pub history: DealHistory,
    pub at: Instant,
    /// The day by which a close date is overdue.
    pub today: chrono::NaiveDate,
    pub similar: Option<Vec<Neighbour>>,
    /// Its score a month before.
    pub earlier: Option<Probability>,
    pub currency: Currency,
    pub revision: i64,
}

/// The models that have a say.
pub struct Models {
    pub champion: Option<Arc<LoadedModel>>,
    /// With the per cent of the deals that it scores live.
    pub challenger: Option<(Arc<LoadedModel>, u8)>,
}

impl Models {
    /// Scores each subject by the model that is in charge of it. While there is a challenger, both say what they think of every one.
    pub fn score(&self, past: &ReferenceData, now: Instant, subjects: Vec<Subject>) -> Vec<NewScore> {
        let champion = self.champion.as_deref();
        let Some((challenger, share)) = &self.challenger else {
            return Scoring { past, model: champion, rivals: Vec::new(), now }.score(&subjects);
        };
        let challenged = |subject: &Subject| scores_live(subject.history.id.0.as_bytes(), challenger.version, *share);
        let (theirs, ours): (Vec<Subject>, Vec<Subject>) = subjects.into_iter().partition(challenged);
        let rivals: Vec<&LoadedModel> = champion.into_iter().chain([challenger.as_ref()]).collect();
        let scored = |model, subjects: &[Subject]| Scoring { past, model, rivals: rivals.clone(), now }.score(subjects);
        let mut scores = scored(champion, &ours);
        scores.extend(scored(Some(challenger), &theirs));
        scores
    }
}

/// The features of a subject, as models see them, in words.
pub fn inputs(past: &ReferenceData, subject: &Subject) -> Vec<InputValue> {
    let metadata = &past.metadata;
    let deal = [(&subject.history, subject.at)];
    let table = past.reference.table(&deal, std::slice::from_ref(&subject.similar), &metadata.stage_order, &metadata.custom);
    table
        .columns
        .iter()
        .enumerate()
        .map(|(place, column)| {
            let registered = FEATURES.get(place).filter(|feature| feature.name == column.name);
            let value = match &column.data {
                ColumnData::Numeric(values) => values.first().filter(|value| !value.is_nan()).map(|value| number_in_words(*value)),
                ColumnData::Category(values) => values.first().cloned().flatten(),
            };
            let unit = registered.map(|feature| feature.unit).filter(|unit| !unit.is_empty());
            InputValue {
                name: column.name.clone(),
                group: registered.map_or("Custom fields", |feature| feature.group.label()).into(),
                definition: registered.map_or("A field of the workspace's own", |feature| feature.definition).into(),
                value: value.map(|value| unit.map_or(value.clone(), |unit| format!("{value} ({unit})"))),
            }
        })
        .collect()
}

/// At most three decimals, none where there are none to show.
fn number_in_words(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// What a batch is scored with.
struct Scoring<'a> {
    past: &'a ReferenceData,
    /// In charge of the batch; `None`: the stages' win rates are.
    model: Option<&'a LoadedModel>,
    /// Asked as well.
    rivals: Vec<&'a LoadedModel>,
    now: Instant,
}

/// A probability with what it rests on.
struct Judged {
    probability: Probability,
    low: Probability,
    high: Probability,
    reasons: Vec<Reason>,
    advice: Vec<Advice>,
}

/// What could be done about each subject: its place among the subjects, what, and the deal's history as it would be then.
type Hypothesis = (usize, AdviceKind, DealHistory);

impl Scoring<'_> {
    fn score(&self, subjects: &[Subject]) -> Vec<NewScore> {
        if subjects.is_empty() {
            return Vec::new();
        }
        let states: Vec<DealState> = subjects.iter().map(|subject| subject.history.state_at(subject.at)).collect();
        let deals: Vec<(&DealHistory, Instant)> = subjects.iter().map(|subject| (&subject.history, subject.at)).collect();
        let similar: Vec<Option<Vec<Neighbour>>> = subjects.iter().map(|subject| subject.similar.clone()).collect();
        let table = self.table(&deals, &similar);
        let hypotheses = if self.model.is_some() { self.hypotheses(subjects, &states) } else { Vec::new() };
        let imagined: Vec<(&DealHistory, Instant)> = hypotheses.iter().map(|(place, _, history)| (history, subjects[*place].at)).collect();
        let similar: Vec<Option<Vec<Neighbour>>> = hypotheses.iter().map(|(place, ..)| subjects[*place].similar.clone()).collect();
        let imagined = self.table(&imagined, &similar);
        let judged: Vec<Judged> = match self.model {
            Some(model) => self.by_model(model, &states, subjects, &table, (&hypotheses, &imagined)),
            None => states.iter().map(|state| self.by_stage(state)).collect(),
        };
        let shadows = self.shadows(&table, subjects.len());
        let mut hashes: Vec<Sha256> = (0..subjects.len()).map(|row| Sha256::new().chain_update(table.row_hash(row))).collect();
        for (row, (place, kind, _)) in hypotheses.iter().enumerate() {
            hashes[*place].update(format!("{kind:?}{}", imagined.row_hash(row)));
        }
        subjects
            .iter()
            .zip(&states)
            .zip(judged.into_iter().zip(hashes).zip(shadows))
            .map(|((subject, state), ((judged, hash), shadows))| NewScore { shadows, ..self.finished(subject, state, judged, hash) })
            .collect()
    }

    /// What each of the rivals says of each row.
    fn shadows(&self, table: &Table, rows: usize) -> Vec<Vec<(i32, Probability)>> {
        let mut shadows = vec![Vec::with_capacity(self.rivals.len()); rows];
        for rival in &self.rivals {
            for (said, probability) in shadows.iter_mut().zip(rival.model.probabilities(table)) {
                said.push((rival.version, probability));
            }
        }
        shadows
    }

    fn table(&self, deals: &[(&DealHistory, Instant)], similar: &[Option<Vec<Neighbour>>]) -> Table {
        let metadata = &self.past.metadata;
        self.past.reference.table(deals, similar, &metadata.stage_order, &metadata.custom)
    }

    fn rates(&self) -> &StageRates {
        &self.past.rates
    }

    fn stage(&self, state: &DealState) -> Option<&Stage> {
        state.stage.and_then(|id| self.past.metadata.stages.get(&id))
    }

    fn hypotheses(&self, subjects: &[Subject], states: &[DealState]) -> Vec<Hypothesis> {
        let recorded = self.past.reference.records_activities();
        subjects
            .iter()
            .zip(states)
            .enumerate()
            .flat_map(|(place, (subject, state))| {
                let typical = state.stage.and_then(|stage| self.past.reference.typical_days_to_win(stage));
                let found = advice::hypotheses(&subject.history, subject.at, typical, recorded);
                found.into_iter().map(move |(kind, history)| (place, kind, history))
            })
            .collect()
    }

    fn by_model(
        &self,
        model: &LoadedModel,
        states: &[DealState],
        subjects: &[Subject],
        table: &Table,
        (hypotheses, imagined): (&[Hypothesis], &Table),
    ) -> Vec<Judged> {
        let mut outcomes: Vec<Vec<(AdviceKind, Probability)>> = vec![Vec::new(); subjects.len()];
        for ((place, kind, _), probability) in hypotheses.iter().zip(model.model.probabilities(imagined)) {
            outcomes[*place].push((*kind, probability));
        }
        let scored = model.model.score(table);
        scored
            .iter()
            .zip(outcomes)
            .enumerate()
            .map(|(row, (score, outcomes))| Judged {
                probability: score.probability,
                low: score.low,
                high: score.high,
                reasons: self.reasons(model, table, row, score, (&states[row], &subjects[row])),
                advice: advice::advice(score.probability, &outcomes),
            })
            .collect()
    }

    fn reasons(
        &self,
        model: &LoadedModel,
        table: &Table,
        row: usize,
        score: &RowScore,
        (state, subject): (&DealState, &Subject),
    ) -> Vec<Reason> {
        let context = reasons::Context {
            currency: Some(&subject.currency),
            stage: self.stage(state).map(|stage| stage.name.as_str()),
            custom: &self.past.metadata.custom,
            benchmarks: Some(model.model.benchmarks()),
        };
        reasons::reasons(table, row, &score.contributions, score.probability, &context)
    }

    fn by_stage(&self, state: &DealState) -> Judged {
        let rate: StageRate = self.rates().rate(state.stage);
        let of = self.stage(state).map_or_else(|| "all closed deals".into(), |stage| format!("deals that reached {}", stage.name));
        let text = format!("{} of {of} were won ({} closed so far)", rate.rate, rate.deals);
        let reasons = vec![Reason { feature: "stage".into(), text, points: 0.0 }];
        Judged { probability: rate.rate, low: rate.low, high: rate.high, reasons, advice: Vec::new() }
    }

    fn finished(&self, subject: &Subject, state: &DealState, judged: Judged, hash: Sha256) -> NewScore {
        let rate = self.rates().rate(state.stage);
        let risk = RiskInputs {
            probability: judged.probability,
            stage_base_rate: rate.rate,
            trend_30d: subject.earlier.map(|earlier| judged.probability.get() - earlier.get()),
            overdue: state.expected_close.is_some_and(|date| date < subject.today),
        };
        // Whatever else is shown with the score.
        let context = (state.stage, rate.rate.get(), rate.deals, subject.earlier.map(Probability::get), risk.overdue, state.value);
        let hash = hash.chain_update(format!("{context:?}{}", subject.currency.code())).finalize();
        NewScore {
            deal: subject.history.id,
            revenue_at_risk: state.value.map(|value: Decimal| risk.revenue_at_risk(value)),
            input_hash: hex::encode(hash),
            revision: subject.revision,
            shadows: Vec::new(),
            score: Score {
                at: self.now,
                probability: judged.probability,
                low: judged.low,
                high: judged.high,
                health: risk.health(),
                basis: if self.model.is_some() { ScoreBasis::Model } else { ScoreBasis::StageRate },
                model_version: self.model.map(|model| model.version),
                reasons: judged.reasons,
                advice: judged.advice,
            },
        }
    }
}
