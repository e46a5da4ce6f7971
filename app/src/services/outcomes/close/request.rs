//! What a person says when closing deals, and whether that will do.

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        Instant,
        deals::{Outcome, StageKind},
        error::AppError,
        ids::{DealId, StageId},
        input,
        outcomes::{CloseRules, LossReason, MAX_CLOSED_AT_ONCE},
    },
    store::deals::{Closing, DealDetail},
};

/// Longest notes taken, in characters.
const MAX_NOTES: usize = 5_000;
/// Longest name of a competitor, in characters.
const MAX_NAME: usize = 100;

/// What a person says when closing deals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CloseRequest {
    /// Each with the version that was seen; `None` takes it as it is.
    pub deals: Vec<(DealId, Option<i32>)>,
    pub outcome: Outcome,
    /// Final value of a single deal; `None` keeps the deals' values.
    #[serde(default)]
    pub value: Option<Decimal>,
    /// `None`: now.
    #[serde(default)]
    pub closed_on: Option<NaiveDate>,
    /// Required for a loss: the name of a reason in use.
    #[serde(default)]
    pub reason: Option<String>,
    #[serde(default)]
    pub competitor: Option<String>,
    #[serde(default)]
    pub notes: Option<String>,
}

/// A request that makes sense; what depends on the single deal is still to be checked.
pub(crate) struct Checked {
    outcome: Outcome,
    value: Option<Decimal>,
    /// When the deals closed, and the day that was named for it.
    at: Instant,
    day: Option<NaiveDate>,
    reason: Option<String>,
    competitor: Option<String>,
    notes: Option<String>,
    needs_value: bool,
}

fn trimmed(text: Option<&String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

impl CloseRequest {
    pub(crate) fn check(&self, reasons: &[LossReason], rules: CloseRules, now: Instant) -> Result<Checked, AppError> {
        match self.deals.len() {
            0 => return Err(AppError::invalid("ids", "Choose at least one deal.")),
            1..=MAX_CLOSED_AT_ONCE => {}
            _ => return Err(AppError::invalid("ids", format!("Close at most {MAX_CLOSED_AT_ONCE} deals at once."))),
        }
        if !self.outcome.is_closed() {
            return Err(AppError::invalid("outcome", "Choose won or lost."));
        }
        if self.value.is_some() && self.deals.len() > 1 {
            return Err(AppError::invalid("value", "Several deals keep their values; close a deal by itself to give its final value."));
        }
        let (reason, competitor) = self.reason_and_competitor(reasons, rules)?;
        Ok(Checked {
            outcome: self.outcome,
            value: self.value.map(|value| input::amount("value", value)).transpose()?,
            at: self.closed_at(now)?,
            day: self.closed_on,
            reason,
            competitor,
            notes: self.notes(rules)?,
            needs_value: self.outcome == Outcome::Won && rules.won_value,
        })
    }

    /// Today means now; an earlier day its end.
    fn closed_at(&self, now: Instant) -> Result<Instant, AppError> {
        match self.closed_on {
            None => Ok(now),
            Some(day) if day == now.date_naive() => Ok(now),
            Some(day) if day > now.date_naive() => Err(AppError::invalid("closed_on", "The close date cannot lie in the future.")),
            Some(day) => {
                let day = input::day("closed_on", day)?;
                let next = day.succ_opt().unwrap_or(day).and_time(NaiveTime::MIN).and_utc();
                Ok(next - TimeDelta::seconds(1))
            }
        }
    }

    fn reason_and_competitor(&self, reasons: &[LossReason], rules: CloseRules) -> Result<(Option<String>, Option<String>), AppError> {
        if self.outcome == Outcome::Won {
            return Ok((None, None));
        }
        let Some(name) = trimmed(self.reason.as_ref()) else {
            return Err(AppError::invalid("reason", "Choose why the deal was lost."));
        };
        let Some(reason) = reasons.iter().find(|reason| reason.active && reason.name == name) else {
            return Err(AppError::invalid("reason", "Choose one of the reasons in the list."));
        };
        let wish = format!("Keep the competitor's name under {MAX_NAME} characters, on one line.");
        let competitor = trimmed(self.competitor.as_ref()).map(|name| input::line("competitor", &name, MAX_NAME, &wish)).transpose()?;
        if reason.names_competitor && rules.lost_competitor && competitor.is_none() {
            return Err(AppError::invalid("competitor", "Name the competitor."));
        }
        Ok((Some(name), competitor))
    }

    fn notes(&self, rules: CloseRules) -> Result<Option<String>, AppError> {
        let wish = format!("Keep the notes under {MAX_NOTES} characters.");
        let notes = input::prose("notes", self.notes.as_deref(), MAX_NOTES, &wish)?;
        let required = if self.outcome == Outcome::Won { rules.won_notes } else { rules.lost_notes };
        match &notes {
            None if required => Err(AppError::invalid("notes", "Say in a few words what decided it.")),
            _ => Ok(notes),
        }
    }
}

impl Checked {
    pub fn closing_of(&self, detail: &DealDetail) -> Result<Closing, AppError> {
        let row = &detail.row;
        let value = self.value.or(row.value);
        if self.needs_value && value.is_none() {
            return Err(AppError::invalid("value", "Fill in the final value."));
        }
        if row.created_at.zip(self.day).is_some_and(|(created, day)| day < created.date_naive()) {
            return Err(AppError::invalid("closed_on", "The close date cannot lie before the deal was created."));
        }
        let notes = match (row.notes.as_deref().filter(|old| !old.is_empty()), &self.notes) {
            (Some(old), Some(new)) => Some(format!("{old}\n\n{new}")),
            (None, Some(new)) => Some(new.clone()),
            (_, None) => row.notes.clone(),
        };
        Ok(Closing {
            outcome: self.outcome,
            stage: stage_of(detail, self.outcome),
            from: open_stage(detail),
            value,
            loss_reason: self.reason.clone(),
            competitor: self.competitor.clone(),
            notes,
            at: self.at,
        })
    }
}

/// The pipeline's stage that tells this outcome.
fn stage_of(detail: &DealDetail, outcome: Outcome) -> Option<StageId> {
    let kind = if outcome == Outcome::Won { StageKind::Won } else { StageKind::Lost };
    detail.stages.iter().find(|stage| stage.kind == kind).map(|stage| stage.id)
}

/// The stage that the deal stands in, if that is an open one.
fn open_stage(detail: &DealDetail) -> Option<StageId> {
    let at = detail.row.stage_id.map(StageId)?;
    detail.stages.iter().find(|stage| stage.id == at && stage.kind == StageKind::Open).map(|stage| stage.id)
}
