//! Plays one deal from its first day to its decision, day by day.
//!
//! On every working day the customer's momentum moves, work on the stage goes on (or rests, or the customer falls silent),
//! things happen, the rep acts, and the rep may bring the CRM up to date. When the last stage is done, the customer says no
//! early, or the rep gives up on a silent one, the decision falls: the outcome is drawn then and there from the hidden
//! probability, after everything else is recorded, and nothing is recorded on that day but the closing.

use chrono::{NaiveDate, TimeDelta};

use super::{
    activity::{self, Occasion},
    book::Book,
    calendar::{days_to_quarter_end, is_working_day, office_instant},
    dice::{Dice, sigmoid},
    latent::Turn,
    prospect::{Prospect, Sale},
    step::Step,
};
use crate::domain::{
    Instant,
    imports::{ActivityRecord, ChangeRecord},
};

pub(super) const LOSS_REASONS: [&str; 6] = ["Price", "Competitor", "No decision", "Timing", "Missing feature", "Lost contact"];

/// How a deal ended.
pub(super) struct Ending {
    pub at: Instant,
    /// The hidden probability from which the outcome was drawn.
    pub win_probability: f64,
    pub won: bool,
    pub loss_reason: &'static str,
}

/// Everything that was recorded of a deal, oldest first, and how it ended.
pub(super) struct Life {
    pub changes: Vec<ChangeRecord>,
    pub activities: Vec<ActivityRecord>,
    pub ending: Ending,
}

/// What keeps a deal from moving.
#[derive(Clone, Copy, PartialEq)]
enum Flow {
    Moving,
    /// The customer is busy; work goes on after the date.
    Paused(NaiveDate),
    /// The customer no longer answers; the rep gives up on the date unless they come back.
    Silent {
        since: NaiveDate,
        until: NaiveDate,
    },
}

/// Days after which a deal is decided whatever its state.
const LONGEST_DAYS: i64 = 300;

/// Minutes between two activities on one deal.
const SHORTEST_GAP: i64 = 25;

struct Play<'a> {
    prospect: &'a Prospect<'a>,
    dice: &'a mut Dice,
    words: &'a mut Dice,
    book: Book<'a>,
    day: NaiveDate,
    /// When the rep is at the desk that day: all of a day's changes in the CRM bear this time.
    desk: Instant,
    step: Step,
    /// Days of work left in the stage.
    work_left: f64,
    flow: Flow,
    /// How lively the customer takes part now, standardised.
    momentum: f64,
    /// Sum of the effects of what happened so far, on the logit.
    events_effect: f64,
    turns: Vec<Turn>,
    /// A stage's own meeting, demo or offer that is due.
    milestone: Option<NaiveDate>,
}

/// Plays the deal; `dice` decides what happens, `words` only how it is written down.
pub(super) fn play(prospect: &Prospect, dice: &mut Dice, words: &mut Dice) -> Life {
    let head_start = if prospect.sale == Sale::Expansion { 0.4 } else { 0.12 };
    let step = if dice.chance(head_start) { Step::Discovery } else { Step::Qualification };
    let day = (prospect.created_at + TimeDelta::hours(prospect.utc_offset)).date_naive();
    let book = Book::open(prospect, step, day, dice);
    let momentum = 0.8 * prospect.latent.engagement + 0.4 * dice.normal();
    let mut play = Play {
        prospect,
        dice,
        words,
        book,
        day,
        desk: prospect.created_at,
        step,
        work_left: 0.0,
        flow: Flow::Moving,
        momentum,
        events_effect: 0.0,
        turns: Vec::new(),
        milestone: None,
    };
    play.enter(step);
    play.first_day();
    loop {
        play.day += TimeDelta::days(1);
        if play.flow == Flow::Moving {
            play.work_left -= 1.0;
        }
        if !is_working_day(play.day) {
            continue;
        }
        play.desk = play.moment();
        if play.decision_falls() {
            return play.decide();
        }
        play.working_day();
    }
}

impl Play<'_> {
    fn health(&self) -> f64 {
        self.prospect.latent.health(self.events_effect)
    }

    /// Plans a stage: how long it will take, and its own meeting or offer.
    fn enter(&mut self, step: Step) {
        let latent = &self.prospect.latent;
        self.step = step;
        let factor = (0.12 * self.prospect.log_size - 0.22 * latent.pace).exp();
        self.work_left = self.dice.log_normal(step.median_days() * factor, 0.5).max(2.0);
        let wait = self.dice.whole(0, if step == Step::Qualification { 2 } else { 5 });
        self.milestone = self.dice.chance(0.82).then(|| self.day + TimeDelta::days(wait));
    }

    fn first_day(&mut self) {
        if self.dice.chance(0.55) {
            let minutes = self.dice.whole(8, 90);
            self.record(Occasion::Work(self.step), self.prospect.created_at + TimeDelta::minutes(minutes));
        }
    }

    /// Moves the deal on if its stage is done. True when the decision falls today.
    fn decision_falls(&mut self) -> bool {
        let to_quarter_end = days_to_quarter_end(self.day);
        if (self.day - self.book.created_on()).num_days() > LONGEST_DAYS {
            return true;
        }
        match self.flow {
            Flow::Silent { since, until } => {
                // Reps clean up their pipeline when a quarter begins.
                let clean_up = to_quarter_end >= 84 && (self.day - since).num_days() > 28 && self.dice.chance(0.06);
                if self.day >= until || clean_up {
                    return true;
                }
                if self.dice.chance(0.011) {
                    self.flow = Flow::Moving;
                }
                false
            }
            Flow::Paused(until) => {
                if self.day >= until {
                    self.flow = Flow::Moving;
                }
                false
            }
            Flow::Moving if self.work_left <= 0.0 => self.stage_done(),
            Flow::Moving => {
                // Decisions are pulled into the quarter that ends.
                self.step == Step::Negotiation && self.work_left < 14.0 && to_quarter_end <= 9 && self.dice.chance(0.14)
            }
        }
    }

    fn stage_done(&mut self) -> bool {
        let no = sigmoid(self.step.early_no() - 0.65 * self.health());
        let straight = self.step == Step::Proposal && self.dice.chance(0.10);
        if self.step == Step::Negotiation || straight || self.dice.chance(no) {
            return true;
        }
        let back = if self.step >= Step::Demo { 0.03 } else { 0.0 };
        let skip = if self.step <= Step::Demo { 0.05 } else { 0.0 };
        let by = [1, -1, 2][self.dice.weighted(&[1.0 - back - skip, back, skip])];
        self.enter(self.step.stepped(by));
        let health = self.health();
        self.book.stage_moved(self.step, self.desk, self.day, health, self.dice);
        false
    }

    fn working_day(&mut self) {
        let silent = matches!(self.flow, Flow::Silent { .. });
        let target = 0.8 * self.prospect.latent.engagement + 0.35 * self.events_effect - if silent { 1.6 } else { 0.0 };
        self.momentum += 0.07 * (target - self.momentum) + 0.14 * self.dice.normal();
        if !silent && self.dice.chance(0.0085) {
            self.turn();
        }
        if self.flow == Flow::Moving {
            self.maybe_stop();
        }
        self.act();
        // What the rep can see of the deal's health: later and less than what is the case.
        let seen = self.health() - if silent { 0.7 } else { 0.0 } + 0.25 * self.momentum;
        self.book.kept_up(self.step, self.desk, self.day, seen, self.dice);
    }

    /// The customer may turn to other things for a while, or fall silent.
    fn maybe_stop(&mut self) {
        let silence = 0.0125 * (-0.55 * self.health()).exp();
        if self.dice.chance(silence.min(0.05)) {
            let days = self.dice.log_normal(56.0, 0.42).clamp(20.0, 130.0);
            self.flow = Flow::Silent { since: self.day, until: self.day + TimeDelta::days(days as i64) };
        } else if self.dice.chance(0.007 * (-0.25 * self.health()).exp()) {
            let days = self.dice.log_normal(17.0, 0.5).clamp(6.0, 60.0);
            self.flow = Flow::Paused(self.day + TimeDelta::days(days as i64));
            if self.dice.chance(0.5) {
                let at = self.moment();
                self.record(Occasion::Pause, at);
            }
        }
    }

    fn turn(&mut self) {
        let turn = Turn::draw(&self.prospect.latent, self.dice);
        if self.turns.contains(&turn) {
            return;
        }
        self.turns.push(turn);
        self.events_effect += turn.effect();
        if turn == Turn::ScopeGrows {
            let factor = self.dice.uniform(1.1, 1.4);
            self.book.value_changed(factor, self.desk);
        }
        if self.dice.chance(0.7) {
            self.record(Occasion::Turn(turn), self.desk);
        }
    }

    /// The day's activities.
    fn act(&mut self) {
        if self.flow == Flow::Moving && self.milestone.is_some_and(|due| due <= self.day) {
            self.milestone = None;
            let at = self.moment();
            self.record(Occasion::Milestone(self.step), at);
        }
        let (damping, occasion) = match self.flow {
            Flow::Moving => (1.0, Occasion::Work(self.step)),
            Flow::Paused(_) => (0.14, Occasion::Work(self.step)),
            Flow::Silent { since, .. } => (0.5 * (-((self.day - since).num_days() as f64) / 17.0).exp(), Occasion::Chase),
        };
        let usual = [0.21, 0.22, 0.22, 0.20, 0.22][self.step.index()];
        let rate = usual * self.prospect.rep.diligence * (0.5 * self.momentum + 0.12 * self.prospect.log_size).exp() * damping;
        for _ in 0..self.dice.poisson(rate).min(3) {
            let at = self.moment();
            self.record(occasion, at);
        }
    }

    /// Notes down an activity, unless one was at the same time: people do one thing at a time.
    fn record(&mut self, occasion: Occasion, at: Instant) {
        let earlier = self.book.activities();
        if earlier.last().is_some_and(|last| (last.at - at).abs() < TimeDelta::minutes(SHORTEST_GAP)) {
            return;
        }
        let wording = activity::write(occasion, self.prospect, self.momentum, earlier, self.words);
        self.book.activity(at, wording);
    }

    /// Some time of today's office hours.
    fn moment(&mut self) -> Instant {
        office_instant(self.day, self.prospect.utc_offset, self.dice)
    }

    fn decide(mut self) -> Life {
        let at = self.moment();
        let silent = matches!(self.flow, Flow::Silent { .. });
        let win_probability = self.prospect.latent.win_probability(self.events_effect, self.step, silent);
        let won = self.dice.chance(win_probability);
        let loss_reason = self.loss_reason(silent);
        let (changes, activities) = self.book.close();
        Life { changes, activities, ending: Ending { at, win_probability, won, loss_reason } }
    }

    /// Why the deal is lost, should it be.
    fn loss_reason(&mut self, silent: bool) -> &'static str {
        let latent = &self.prospect.latent;
        let contested = latent.competitor.is_some() || self.turns.contains(&Turn::NewCompetitor);
        let frozen = self.turns.contains(&Turn::BudgetFreeze);
        let late = self.step >= Step::Proposal;
        let weights = [
            if late { 1.5 } else { 0.5 },
            if contested && !silent { 0.8 + 1.4 * latent.competition.max(0.3) } else { 0.0 },
            0.9 + if silent { 1.0 } else { 0.0 } + if frozen { 0.8 } else { 0.0 },
            0.8 + if frozen { 1.2 } else { 0.0 } + if latent.pace < -0.5 { 0.6 } else { 0.0 },
            if silent { 0.1 } else { 0.9 * (-0.8 * latent.fit).exp() },
            if silent { 1.8 } else { 0.05 },
        ];
        LOSS_REASONS[self.dice.weighted(&weights)]
    }
}
