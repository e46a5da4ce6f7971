//! What the rep keeps in the CRM about a deal: stage, value, probability, expected close date and activities, as far as
//! they keep them up to date.

use chrono::{Datelike, NaiveDate, TimeDelta};
use rust_decimal::Decimal;

use super::{activity::Wording, calendar::working_day_after, dice::Dice, prospect::Prospect, step::Step};
use crate::domain::{
    Instant,
    imports::{ActivityRecord, ChangeRecord, FieldChange},
    last_of_month,
    probability::Probability,
};

/// Days that a deal of median size usually still takes from the start of each stage.
const USUAL_DAYS_LEFT: [f64; 5] = [68.0, 58.0, 43.0, 29.0, 14.0];

pub(super) struct Book<'a> {
    prospect: &'a Prospect<'a>,
    created_on: NaiveDate,
    changes: Vec<ChangeRecord>,
    activities: Vec<ActivityRecord>,
    /// The rep never estimates a probability for this deal.
    without_probability: bool,
    /// The rep never sets an expected close date for this deal.
    without_close_date: bool,
    /// How much this rep over- or underrates this deal, in health.
    misjudgement: f64,
    probability: Option<f64>,
    close_date: Option<NaiveDate>,
    value: Option<f64>,
    /// What the deal is worth, whether written down or not, in dollars.
    worth: f64,
}

impl<'a> Book<'a> {
    /// The deal as it is created.
    pub fn open(prospect: &'a Prospect<'a>, step: Step, day: NaiveDate, dice: &mut Dice) -> Self {
        let worth = prospect.list_value * dice.uniform(0.92, 1.06);
        let mut book = Self {
            prospect,
            created_on: day,
            changes: Vec::new(),
            activities: Vec::new(),
            without_probability: dice.chance(0.22 - 0.11 * prospect.rep.tidiness),
            without_close_date: dice.chance(0.20 - 0.09 * prospect.rep.tidiness),
            misjudgement: 0.45 * dice.normal(),
            probability: None,
            close_date: None,
            value: None,
            worth,
        };
        let at = prospect.created_at;
        book.change(at, FieldChange::Owner(prospect.rep.name.to_owned()));
        book.change(at, FieldChange::Stage(step.name().to_owned()));
        if dice.chance(0.83) {
            book.write_value(at);
        }
        book.estimate_probability(step, at, prospect.latent.health(0.0), dice);
        book.estimate_close_date(step, at, day, dice);
        book
    }

    pub fn created_on(&self) -> NaiveDate {
        self.created_on
    }

    pub fn activity(&mut self, at: Instant, wording: Wording) {
        let Wording { kind, subject, body, actor, contact } = wording;
        let actor = actor.map(str::to_owned);
        // Keys are given once the activities stand in order.
        self.activities.push(ActivityRecord { at, kind, subject, body, actor, contact, key: String::new() });
    }

    /// The activities recorded so far.
    pub fn activities(&self) -> &[ActivityRecord] {
        &self.activities
    }

    /// A stage move, and what the rep brings up to date along with it.
    pub fn stage_moved(&mut self, step: Step, at: Instant, day: NaiveDate, health: f64, dice: &mut Dice) {
        self.change(at, FieldChange::Stage(step.name().to_owned()));
        match step {
            Step::Proposal if dice.chance(0.6) => self.worth *= dice.log_normal(0.97, 0.13),
            Step::Negotiation if dice.chance(0.55) => {
                let pressure = 0.05 * self.prospect.latent.competition.max(0.0);
                self.worth *= dice.uniform(0.86 - pressure, 0.99);
            }
            _ => {}
        }
        if self.value.is_some() || step >= Step::Demo || dice.chance(0.5) {
            self.write_value(at);
        }
        if dice.chance(0.85) {
            self.estimate_probability(step, at, health, dice);
        }
        if dice.chance(0.2 + 0.4 * self.prospect.rep.tidiness) {
            self.estimate_close_date(step, at, day, dice);
        }
    }

    /// The value changes by `factor`.
    pub fn value_changed(&mut self, factor: f64, at: Instant) {
        self.worth *= factor;
        if self.value.is_some() {
            self.write_value(at);
        }
    }

    /// What the rep updates between stage moves: now and then the probability, and dates that are (nearly) over.
    pub fn kept_up(&mut self, step: Step, at: Instant, day: NaiveDate, seen_health: f64, dice: &mut Dice) {
        let tidiness = self.prospect.rep.tidiness;
        if dice.chance(0.022 * tidiness) {
            self.estimate_probability(step, at, seen_health, dice);
        }
        let over = self.close_date.is_some_and(|date| date <= day + TimeDelta::days(2));
        if over && dice.chance(0.045 * tidiness) {
            self.estimate_close_date(step, at, day, dice);
        }
    }

    /// All records in order of time.
    pub fn close(mut self) -> (Vec<ChangeRecord>, Vec<ActivityRecord>) {
        self.changes.sort_by_key(|change| change.at);
        self.activities.sort_by_key(|activity| activity.at);
        for (place, activity) in self.activities.iter_mut().enumerate() {
            activity.key = format!("a{:03}", place + 1);
        }
        (self.changes, self.activities)
    }

    fn change(&mut self, at: Instant, change: FieldChange) {
        self.changes.push(ChangeRecord { at, actor: Some(self.prospect.rep.name.to_owned()), change });
    }

    fn write_value(&mut self, at: Instant) {
        let unit = if self.worth < 20_000.0 { 50.0 } else { 100.0 };
        let value = ((self.worth / unit).round() * unit).max(500.0);
        if self.value != Some(value) {
            self.value = Some(value);
            self.change(at, FieldChange::Value(Decimal::from(value as i64)));
        }
    }

    /// The stage's usual chance, the rep's temper, and a dim view of the deal's health, in steps of 5 %.
    fn estimate_probability(&mut self, step: Step, at: Instant, health: f64, dice: &mut Dice) {
        if self.without_probability {
            return;
        }
        let view = 0.5 * health + self.misjudgement + 0.4 * dice.normal();
        let estimate = step.default_probability() + self.prospect.rep.optimism + 0.1 * view;
        let rounded = ((estimate * 20.0).round() / 20.0).clamp(0.05, 0.95);
        if self.probability != Some(rounded) {
            self.probability = Some(rounded);
            self.change(at, FieldChange::Probability(Probability::saturating(rounded)));
        }
    }

    /// A guess at the close, often a month's end or a Friday.
    fn estimate_close_date(&mut self, step: Step, at: Instant, day: NaiveDate, dice: &mut Dice) {
        if self.without_close_date {
            return;
        }
        let usual = USUAL_DAYS_LEFT[step.index()] * (0.12 * self.prospect.log_size - 0.1 * self.prospect.latent.pace).exp();
        let hoped = 0.9 * usual * (1.0 - 0.6 * self.prospect.rep.optimism.max(0.0));
        let days = dice.log_normal(hoped, 0.3).max(6.0) as i64;
        let guess = working_day_after(day, days);
        let date = match dice.weighted(&[0.4, 0.25, 0.35]) {
            0 => last_of_month(guess),
            1 => working_day_after(guess, i64::from(4 - guess.weekday().num_days_from_monday().min(4))),
            _ => guess,
        };
        if self.close_date != Some(date) {
            self.close_date = Some(date);
            self.change(at, FieldChange::CloseDate(date));
        }
    }
}
