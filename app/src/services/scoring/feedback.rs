//! Feedback on scores: recorded, shown to managers, and held against the outcomes. It changes no score.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::{
    ai::feedback::{Estimate, who_was_right},
    domain::{
        error::AppError,
        ids::{DealId, UserId},
        input,
        people::{Action, Viewer},
        probability::Probability,
        scoring::FeedbackReason,
    },
    services::scoring::Scoring,
    store::{
        Scope, deals, people,
        scoring::{
            feedback::{self, NewFeedback},
            scores,
        },
    },
    views::scoring::{FeedbackPageView, FeedbackView},
};

/// Longest note, in characters.
const MAX_NOTE: usize = 1_000;
/// Feedback that the page counts, and what it lists of it.
const COUNTED: u64 = 5_000;
const LISTED: usize = 100;
/// Estimates of a person from which it is said how right they were.
const ENOUGH: usize = 5;

impl Scoring {
    /// Records what a person who may see the deal thinks of its present score.
    pub async fn give_feedback(
        &self,
        viewer: &Viewer,
        deal: DealId,
        reason: FeedbackReason,
        estimate: Option<Probability>,
        note: Option<String>,
    ) -> Result<(), AppError> {
        let note = input::prose("note", note.as_deref(), MAX_NOTE, &format!("Keep the note under {MAX_NOTE} characters."))?;
        let tx = self.store.begin_write().await?;
        let detail = deals::find(&tx, &Scope::of(viewer), deal).await?.ok_or(AppError::NotFound)?;
        if detail.outcome.is_closed() {
            return Err(AppError::Conflict("This deal is closed; its outcome says how right the score was.".into()));
        }
        let Some(score) = scores::latest(&tx, deal, None).await?.map(|stored| stored.score) else {
            return Err(AppError::Conflict("This deal has no score yet.".into()));
        };
        let new =
            NewFeedback { deal, by: viewer.id, probability: score.probability, model_version: score.model_version, reason, estimate, note };
        let now = self.clock.now();
        feedback::add(&tx, new, now).await?;
        people::audit(&tx, now, Some(viewer.id), "score.feedback", Some(deal.0), Some(reason.into_str().into())).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The page on feedback; for managers (of their team) and admins.
    pub async fn feedback_view(&self, viewer: &Viewer) -> Result<FeedbackPageView, AppError> {
        viewer.must(Action::SeeInsights)?;
        let mut feedback = feedback::newest(self.store.db(), &Scope::of(viewer), None, COUNTED).await?;
        let mut reasons: BTreeMap<FeedbackReason, u64> = BTreeMap::new();
        for one in &feedback {
            *reasons.entry(one.reason).or_default() += 1;
        }
        let names: HashMap<UserId, String> = feedback.iter().map(|one| (one.by_id, one.by.clone())).collect();
        let (everybody, by_person) = estimates(&feedback);
        let people = by_person.into_iter().filter(|(_, of)| of.len() >= ENOUGH);
        let mut people: Vec<_> = people.filter_map(|(by, of)| Some((names.get(&by)?.clone(), who_was_right(&of, 1)?))).collect();
        people.sort_by(|(one, _), (other, _)| one.cmp(other));
        let overall = who_was_right(&everybody, 1);
        feedback.truncate(LISTED);
        Ok(FeedbackPageView { feedback, reasons: reasons.into_iter().collect(), overall, people })
    }
}

/// Of deals that closed after they were given, each person's newest estimate of each: all together, and by person.
fn estimates(newest_first: &[FeedbackView]) -> (Vec<Estimate>, BTreeMap<UserId, Vec<Estimate>>) {
    let mut seen: HashSet<(UserId, DealId)> = HashSet::new();
    let mut everybody = Vec::new();
    let mut by_person: BTreeMap<UserId, Vec<Estimate>> = BTreeMap::new();
    for one in newest_first.iter().filter(|one| one.foretold) {
        let (Some(estimate), Some(won)) = (one.estimate, one.won) else { continue };
        if seen.insert((one.by_id, one.deal)) {
            let estimate = Estimate { deal: one.deal, person: estimate.get(), model: one.probability.get(), won };
            everybody.push(estimate);
            by_person.entry(one.by_id).or_default().push(estimate);
        }
    }
    (everybody, by_person)
}
