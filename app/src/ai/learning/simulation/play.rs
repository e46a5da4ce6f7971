//! The loop, week by week.

use chrono::TimeDelta;

use super::{
    Plant, Played, Promotion, Settings,
    world::{self, Deal, World},
};
use crate::{
    ai::{
        learning::{
            Situation, UnderTest, calibration_drift, challenger_test_status, due, half_life_days, judging::WINDOW_WEEKS, keeps_recency,
        },
        metrics::log_loss_of,
        model::ScoringModel,
        training::{Effort, TrainError, TrainOptions, train_unwatched},
    },
    domain::{
        Instant,
        models::{Baseline, JudgedPrediction, Pair, TrainCause, Verdict},
    },
};

/// Deals that models are held against the true probabilities on.
const TEST_DEALS: usize = 4_000;
/// Resamples behind a training's report, which nobody reads here.
const RESAMPLES: usize = 40;

/// A trained model with what it said of the deals that closed since.
struct Model {
    model: ScoringModel,
    baseline: Option<Baseline>,
    cause: TrainCause,
    began_at: Instant,
    /// Its first deal, as a place in the order of closes.
    from: usize,
    said: Vec<f64>,
    /// Trained to follow drift.
    for_drift: bool,
}

/// The state of the loop.
struct Loop<'a> {
    deals: &'a [Deal],
    settings: &'a Settings,
    seed: u64,
    champion: Model,
    challenger: Option<Model>,
    last_trained: (Instant, usize),
    drift_trained_at: Option<Instant>,
    trainings: usize,
}

/// Plays one year. `None` if the first training gave no model.
pub fn play(plant: Plant, settings: &Settings, seed: u64) -> Result<Option<Played>, TrainError> {
    let mut world = World::new(seed);
    let deals = world.deals(plant, settings);
    let tests = [false, true].map(|planted| world.test_deals(plant, planted, TEST_DEALS));
    let first = settings.history_weeks * settings.deals_a_week;
    let Some(champion) = trained(&deals[..first], settings, seed, TrainCause::Hand, None)? else { return Ok(None) };
    let frozen = champion.model.clone();
    let mut state = Loop {
        deals: &deals,
        settings,
        seed,
        champion,
        challenger: None,
        last_trained: (at(0), first),
        drift_trained_at: None,
        trainings: 1,
    };
    let planted_on = settings.plant_after as i64 * 7;
    let (mut live, mut alarms, mut promotions) = (Vec::new(), Vec::new(), Vec::new());
    for week in 0..settings.weeks {
        let done = first + (week + 1) * settings.deals_a_week;
        let day = (week as i64 + 1) * 7;
        live.extend(state.score(done));
        let drifted = state.drifted(done);
        if drifted {
            alarms.push(day - planted_on);
        }
        let replaced = state.judge(at(day));
        if let Some(old) = replaced {
            let true_difference = state.true_difference(&old, &tests[usize::from(day > planted_on)]);
            promotions.push(Promotion { day: day - planted_on, cause: state.champion.cause, true_difference });
        }
        state.train(at(day), done, drifted)?;
    }
    let judged = &deals[deals.len() - settings.judged_weeks * settings.deals_a_week..];
    let live = &live[live.len() - judged.len()..];
    let frozen = probabilities(&frozen, judged);
    let truth: Vec<f64> = judged.iter().map(|deal| deal.probability).collect();
    let log_loss = |said: &[f64]| said.iter().zip(judged).map(|(p, deal)| log_loss_of(*p, deal.won)).sum::<f64>() / judged.len() as f64;
    // An alarm that stood at the plant says nothing of it.
    let stood = |alarm: &i64| (1..).map(|back| alarm - 7 * back).take_while(|day| alarms.contains(day)).any(|day| day <= 0);
    Ok(Some(Played {
        plant,
        seed,
        detected_after_days: alarms.iter().find(|alarm| **alarm > 0 && !stood(alarm)).copied(),
        earlier_alarms: alarms.iter().filter(|alarm| **alarm <= 0).count(),
        trainings: state.trainings,
        promotions,
        log_loss_before: log_loss(&frozen),
        log_loss_after: log_loss(live),
        log_loss_of_truth: log_loss(&truth),
    }))
}

impl Loop<'_> {
    /// Both models score the deals that close next, before they do; those up to `done`. The champion's scores are the live ones.
    fn score(&mut self, done: usize) -> Vec<f64> {
        let deals = self.deals;
        let say = |model: &mut Model| {
            let next = model.from + model.said.len();
            let said = probabilities(&model.model, &deals[next..done]);
            model.said.extend(&said);
            said
        };
        if let Some(challenger) = &mut self.challenger {
            say(challenger);
        }
        say(&mut self.champion)
    }

    /// The weekly check of the champion, over what it said of the deals of the last weeks.
    fn drifted(&self, done: usize) -> bool {
        let champion = &self.champion;
        let window = WINDOW_WEEKS as usize * self.settings.deals_a_week;
        let from = done.saturating_sub(window).max(champion.from);
        let (recent, said) = (&self.deals[from..done], &champion.said[from - champion.from..]);
        let judged: Vec<JudgedPrediction> = recent
            .iter()
            .zip(said)
            .map(|(deal, said)| JudgedPrediction { at: instant(deal.day), probability: *said, won: deal.recorded })
            .collect();
        let alarm = calibration_drift(&judged).is_some_and(|drift| drift.alarm);
        let moved = champion.baseline.as_ref().is_some_and(|baseline| {
            let drift = baseline.compare(&world::table(recent), &vec![1.0; recent.len()], recent.len(), said);
            drift.iter().any(|drift| drift.drifted)
        });
        alarm || moved
    }

    /// The test's verdict; the champion that was replaced, if one was.
    fn judge(&mut self, now: Instant) -> Option<Model> {
        let challenger = self.challenger.as_ref()?;
        let rules = &self.settings.rules;
        match challenger_test_status(&self.pairs(challenger), &rules.challenger_test, challenger.began_at, now, self.seed).verdict {
            Verdict::Promote if rules.promote_by_rule => {
                let challenger = self.challenger.take()?;
                Some(std::mem::replace(&mut self.champion, challenger))
            }
            Verdict::Drop => {
                self.challenger = None;
                None
            }
            _ => None,
        }
    }

    /// What both said since the challenger began.
    fn pairs(&self, challenger: &Model) -> Vec<Pair> {
        let champion = &self.champion.said[challenger.from - self.champion.from..];
        let deals = &self.deals[challenger.from..];
        let both = champion.iter().zip(&challenger.said).zip(deals);
        both.map(|((champion, challenger), deal)| Pair {
            closed_at: instant(deal.day),
            champion: *champion,
            challenger: *challenger,
            won: deal.recorded,
        })
        .collect()
    }

    /// Trains a challenger if that is due.
    fn train(&mut self, now: Instant, done: usize, drifted: bool) -> Result<(), TrainError> {
        let challenger_test = |challenger: &Model| UnderTest { for_drift: challenger.for_drift, deals: challenger.said.len() as u64 };
        let situation = Situation {
            now,
            last_trained_at: Some(self.last_trained.0),
            closed_since: (done - self.last_trained.1) as u64,
            drifted,
            under_test: self.challenger.as_ref().map(challenger_test),
            drift_trained_at: self.drift_trained_at,
        };
        let Some(cause) = due(&self.settings.rules, &situation) else { return Ok(()) };
        if cause == TrainCause::Drift {
            self.drift_trained_at = Some(now);
        }
        self.last_trained = (now, done);
        self.trainings += 1;
        let closed: Vec<f64> = self.deals[..done].iter().map(|deal| deal.day).collect();
        let half_life = half_life_days(&closed).filter(|_| keeps_recency(cause, self.drift_trained_at, now));
        let seed = self.seed.wrapping_add(self.trainings as u64);
        if let Some(model) = trained(&self.deals[..done], self.settings, seed, cause, half_life)? {
            self.challenger = Some(Model { began_at: now, ..model });
        }
        Ok(())
    }

    /// Expected log-loss on some deals by their true probabilities: the champion's less that of the one it replaced.
    fn true_difference(&self, old: &Model, tests: &[Deal]) -> f64 {
        let expected = |model: &ScoringModel| {
            let of = |(said, deal): (f64, &Deal)| {
                deal.probability * log_loss_of(said, true) + (1.0 - deal.probability) * log_loss_of(said, false)
            };
            probabilities(model, tests).into_iter().zip(tests).map(of).sum::<f64>() / tests.len() as f64
        };
        expected(&self.champion.model) - expected(&old.model)
    }
}

/// A model of these deals, which scores those that come after; `None` if it did not pass its checks.
fn trained(
    deals: &[Deal],
    settings: &Settings,
    seed: u64,
    cause: TrainCause,
    half_life_days: Option<f64>,
) -> Result<Option<Model>, TrainError> {
    let options = TrainOptions {
        seed,
        effort: Effort { max_trees: settings.max_trees, resamples: RESAMPLES, ..Effort::default() },
        half_life_days,
        ..TrainOptions::default()
    };
    let trained = train_unwatched(&world::examples(deals), &options)?;
    let model = trained.model.filter(|_| trained.ready);
    Ok(model.map(|model| Model {
        model,
        baseline: trained.report.baseline,
        cause,
        began_at: at(0),
        from: deals.len(),
        said: Vec::new(),
        for_drift: half_life_days.is_some(),
    }))
}

fn probabilities(model: &ScoringModel, deals: &[Deal]) -> Vec<f64> {
    model.probabilities(&world::table(deals)).into_iter().map(|probability| probability.get()).collect()
}

/// The beginning of a day, counted from the first training.
fn at(day: i64) -> Instant {
    Instant::UNIX_EPOCH + TimeDelta::days(day)
}

fn instant(day: f64) -> Instant {
    const MILLIS: f64 = 86_400_000.0;
    Instant::UNIX_EPOCH + TimeDelta::milliseconds((day * MILLIS) as i64)
}
