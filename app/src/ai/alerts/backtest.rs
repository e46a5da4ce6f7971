//! How the rules would have done: replayed over closed deals for many thresholds, and what happened after they fired.

use chrono::TimeDelta;
use rayon::prelude::*;

pub use crate::ai::alerts::past_deal::PastDeal;
use crate::{
    ai::alerts::rules::{EASED, look},
    domain::{
        Instant,
        alerts::{AlertRule, Backtest, RuleBacktest, RuleFigures, SuggestedFigures, Thresholds, Unit},
        deals::Outcome,
        ids::StageId,
    },
};

/// A deal slipped when its close came, or was expected, so many days later than expected when the alert fired.
const SLIPPED_DAYS: i64 = 7;
/// What the product promises of a rule: this share of the deals it fires on is then lost or slips …
pub const GOAL_PRECISION: f64 = 0.70;
/// … and on at most this share of the deals that go well it fires.
pub const GOAL_FALSE_POSITIVES: f64 = 0.20;
/// Fewer deals than this tell nothing.
const FEW: u64 = 20;
/// Share of the deals, closed first, on which thresholds are chosen; the others tell how well they do.
const CHOSEN_ON: f64 = 2.0 / 3.0;

/// The rules that history can tell about: what was planned when, and with whom people spoke, is not kept.
pub const REPLAYED: [AlertRule; 8] = [
    AlertRule::Stale,
    AlertRule::Stuck,
    AlertRule::ModelDrop,
    AlertRule::RepDrop,
    AlertRule::Collapse,
    AlertRule::Slipping,
    AlertRule::RepeatedSlips,
    AlertRule::Overdue,
];

/// A rule with the threshold in force, its default where it is off, and all that are tried.
struct Tried {
    rule: AlertRule,
    current: f64,
    grid: Vec<f64>,
}

impl Tried {
    fn new(rule: AlertRule, thresholds: &Thresholds) -> Self {
        let current = thresholds.workspace_limit(rule).unwrap_or_else(|| rule.default_threshold());
        Self { rule, current, grid: grid(rule, current) }
    }
}

/// Thresholds to try for a rule, and the one in force.
fn grid(rule: AlertRule, current: f64) -> Vec<f64> {
    let mut grid: Vec<f64> = match (rule, rule.unit()) {
        (AlertRule::Stuck, _) => vec![3.0, 7.0, 10.0, 14.0, 21.0, 30.0, 40.0, 50.0, 60.0, 75.0, 90.0, 120.0, 180.0],
        (_, Unit::Days) => vec![0.0, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 14.0, 18.0, 21.0, 25.0, 30.0, 40.0, 50.0, 60.0, 90.0],
        (_, Unit::Points) => vec![5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 40.0, 50.0],
        (_, Unit::Percent) => vec![20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0],
        (_, Unit::Times) => vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
    };
    if !grid.contains(&current) {
        grid.push(current);
        grid.sort_by(f64::total_cmp);
    }
    grid
}

/// What a threshold did on one deal.
#[derive(Debug, Clone, Copy, Default)]
struct Firing {
    fired: u64,
    first: Option<Instant>,
    active: bool,
}

impl Firing {
    fn see(&mut self, measure: Option<f64>, threshold: f64, now: Instant) {
        match measure {
            Some(measure) if measure > threshold => {
                if !self.active {
                    self.active = true;
                    self.fired += 1;
                    self.first = self.first.or(Some(now));
                }
            }
            // Not over yet, as in [`crate::ai::alerts::holds`].
            Some(measure) if measure > EASED * threshold => {}
            _ => self.active = false,
        }
    }
}

/// What a threshold came to on a deal, in a few bytes: there is one for each deal and threshold.
#[derive(Debug, Clone, Copy)]
struct Fired {
    alerts: u16,
    /// Whether the deal went wrong after the first alert.
    wrong: bool,
    /// Seconds from the first alert to the close; of no meaning without an alert.
    warning: u32,
}

/// A deal after its replay: what each threshold of each rule did, and what there is to know of the deal.
struct Replayed {
    closed_at: Instant,
    lost: bool,
    /// Won and never slipped.
    went_well: bool,
    days: u64,
    /// By rule and threshold.
    firings: Vec<Box<[Fired]>>,
}

fn replay(past: &PastDeal, rules: &[Tried]) -> Option<Replayed> {
    let (created_at, closed_at) = past.life()?;
    let mut firings: Vec<Vec<Firing>> = rules.iter().map(|tried| vec![Firing::default(); tried.grid.len()]).collect();
    let mut days = 0;
    past.each_day(|now, facts| {
        days += 1;
        for (tried, firings) in rules.iter().zip(&mut firings) {
            let measure = look(tried.rule, facts, 0.0, now).map(|seen| seen.measure(now));
            for (threshold, firing) in tried.grid.iter().zip(firings) {
                firing.see(measure, *threshold, now);
            }
        }
    });
    let fired = |firing: Firing| Fired {
        alerts: u16::try_from(firing.fired).unwrap_or(u16::MAX),
        wrong: firing.first.is_some_and(|first| past.went_wrong_after(first, SLIPPED_DAYS)),
        warning: firing.first.map_or(0, |first| u32::try_from((closed_at - first).num_seconds()).unwrap_or(u32::MAX)),
    };
    let lost = past.history.outcome == Outcome::Lost;
    Some(Replayed {
        closed_at,
        lost,
        went_well: !past.went_wrong_after(created_at + TimeDelta::days(1), SLIPPED_DAYS),
        days,
        firings: firings.into_iter().map(|rule| rule.into_iter().map(fired).collect()).collect(),
    })
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn figures(deals: &[&Replayed], rule: usize, place: usize, threshold: f64) -> RuleFigures {
    let (mut fired, mut on, mut right, mut wrongly, mut quiet_and_well, mut lost, mut lost_seen) = (0, 0, 0, 0, 0, 0, 0);
    let mut warnings: Vec<f64> = Vec::new();
    for deal in deals {
        let alert = deal.firings[rule][place];
        fired += u64::from(alert.alerts);
        lost += u64::from(deal.lost);
        if alert.alerts == 0 {
            quiet_and_well += u64::from(deal.went_well);
            continue;
        }
        on += 1;
        right += u64::from(alert.wrong);
        wrongly += u64::from(!alert.wrong);
        if deal.lost {
            lost_seen += 1;
            warnings.push(f64::from(alert.warning) / 86_400.0);
        }
    }
    warnings.sort_by(f64::total_cmp);
    RuleFigures {
        threshold,
        fired,
        deals: on,
        precision: share(right, on),
        false_positive_rate: share(wrongly, wrongly + quiet_and_well),
        recall: share(lost_seen, lost),
        days_of_warning: (!warnings.is_empty()).then(|| warnings[warnings.len() / 2]),
    }
}

fn is_quiet(figures: &RuleFigures) -> bool {
    figures.false_positive_rate.is_none_or(|rate| rate <= GOAL_FALSE_POSITIVES)
}

fn is_precise(figures: &RuleFigures) -> bool {
    figures.precision.is_some_and(|precision| precision >= GOAL_PRECISION)
}

/// The threshold that reaches the goal and finds the most lost deals; where none does, the most precise one of those that keep
/// false positives under the goal.
fn choose(curve: &[RuleFigures]) -> Option<usize> {
    let by = |value: fn(&RuleFigures) -> Option<f64>| {
        move |a: &(usize, &RuleFigures), b: &(usize, &RuleFigures)| value(a.1).unwrap_or(0.0).total_cmp(&value(b.1).unwrap_or(0.0))
    };
    let candidates = || curve.iter().enumerate().filter(|(_, figures)| figures.deals >= FEW && is_quiet(figures));
    candidates()
        .filter(|(_, figures)| is_precise(figures))
        .max_by(by(|figures| figures.recall))
        .or_else(|| candidates().max_by(by(|figures| figures.precision)))
        .map(|(place, _)| place)
}

/// Closed deals replayed under every threshold, batch by batch: of each only what the thresholds came to is kept.
pub struct Replay {
    rules: [Tried; 8],
    replayed: Vec<Replayed>,
}

impl Replay {
    pub fn new(thresholds: &Thresholds) -> Self {
        Self { rules: REPLAYED.map(|rule| Tried::new(rule, thresholds)), replayed: Vec::new() }
    }

    /// Adds closed deals. Those without dates cannot be replayed and are left out.
    pub fn add(&mut self, deals: &[PastDeal]) {
        let rules = &self.rules;
        self.replayed.par_extend(deals.par_iter().filter_map(|past| replay(past, rules)));
    }

    pub fn finished(self) -> Backtest {
        backtest(self.rules, self.replayed)
    }
}

fn backtest(rules: [Tried; 8], mut replayed: Vec<Replayed>) -> Backtest {
    replayed.sort_by_key(|deal| deal.closed_at);
    let all: Vec<&Replayed> = replayed.iter().collect();
    let (older, newest) = all.split_at((all.len() as f64 * CHOSEN_ON) as usize);
    let rules = rules
        .into_iter()
        .enumerate()
        .map(|(rule, Tried { rule: name, current, grid })| {
            let curve_of = |deals: &[&Replayed]| -> Vec<RuleFigures> {
                grid.iter().enumerate().map(|(place, threshold)| figures(deals, rule, place, *threshold)).collect()
            };
            let curve = curve_of(&all);
            let suggested = choose(&curve_of(older)).map(|place| {
                let checked = figures(newest, rule, place, grid[place]);
                SuggestedFigures {
                    threshold: grid[place],
                    precision: checked.precision,
                    false_positive_rate: checked.false_positive_rate,
                    recall: checked.recall,
                    deals: checked.deals,
                    meets_goal: is_precise(&checked) && is_quiet(&checked),
                }
            });
            let place = grid.iter().position(|threshold| *threshold == current).unwrap_or(0);
            RuleBacktest { rule: name, current: curve[place], suggested, curve }
        })
        .collect();
    Backtest {
        deals: all.len() as u64,
        of: None,
        lost: all.iter().filter(|deal| deal.lost).count() as u64,
        days: all.iter().map(|deal| deal.days).sum(),
        base_rate: share(all.iter().filter(|deal| !deal.went_well).count() as u64, all.len() as u64),
        rules,
    }
}

/// The largest measure that each rule reached on a deal, by the stage it stood in.
pub fn largest_measures(past: &PastDeal) -> Vec<(AlertRule, Option<StageId>, f64)> {
    let mut largest: Vec<(AlertRule, Option<StageId>, f64)> = Vec::new();
    past.each_day(|now, facts| {
        for rule in REPLAYED {
            let Some(measure) = look(rule, facts, 0.0, now).map(|seen| seen.measure(now)) else { continue };
            match largest.iter_mut().find(|(of, stage, _)| *of == rule && *stage == facts.stage) {
                Some((_, _, known)) => *known = known.max(measure),
                None => largest.push((rule, facts.stage, measure)),
            }
        }
    });
    largest
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};
    use uuid::Uuid;

    use super::*;
    use crate::domain::{
        alerts::ThresholdPlace,
        deals::{Activity, ActivityKind, Change, ChangeKind, DealHistory, DealState},
        ids::{DealId, PipelineId},
    };

    fn day(n: i64) -> Instant {
        Utc.with_ymd_and_hms(2026, 1, 1, 9, 0, 0).single().expect("a valid instant") + TimeDelta::days(n)
    }

    /// A deal that lives `days` and has activities on the given days.
    fn deal(start: i64, days: i64, outcome: Outcome, activities: &[i64]) -> PastDeal {
        PastDeal {
            history: DealHistory {
                id: DealId(Uuid::from_u128(1)),
                key: "a/1".into(),
                account: None,
                created_at: Some(day(start)),
                closed_at: Some(day(start + days)),
                sequence: None,
                outcome,
                undated: DealState::default(),
                changes: vec![],
                activities: activities.iter().map(|n| Activity { at: day(start + n), kind: ActivityKind::Call }).collect(),
            },
            pipeline: PipelineId(Uuid::from_u128(2)),
            knows_activities: true,
            scores: vec![],
        }
    }

    fn backtest(deals: &[PastDeal], thresholds: &Thresholds) -> Backtest {
        let mut replay = Replay::new(thresholds);
        deals.chunks(2).for_each(|some| replay.add(some));
        replay.finished()
    }

    fn of(backtest: &Backtest, rule: AlertRule) -> &RuleBacktest {
        backtest.rules.iter().find(|of| of.rule == rule).expect("the rule")
    }

    #[test]
    fn figures_are_counted_by_hand() {
        // Lost after 60 days, silent from day 2 on; won after 20 with steady contact; won after 60 with one silence of 20 days.
        let lost = deal(0, 60, Outcome::Lost, &[2]);
        let steady = deal(0, 20, Outcome::Won, &[1, 5, 10, 15]);
        let late = deal(0, 60, Outcome::Won, &[5, 25, 30, 40, 50]);
        let result = backtest(&[lost, steady, late], &Thresholds::default());
        let stale = of(&result, AlertRule::Stale).current;
        assert_eq!((stale.fired, stale.deals), (2, 2));
        assert_eq!(stale.precision, Some(0.5));
        assert_eq!(stale.false_positive_rate, Some(0.5));
        assert_eq!(stale.recall, Some(1.0));
        // Silent since day 2 at nine; the first midnight more than 14 days later is that of day 17.
        assert_eq!(stale.days_of_warning, Some(60.0 - 17.0 + 9.0 / 24.0));
        assert_eq!((result.deals, result.lost), (3, 1));
    }

    #[test]
    fn two_silences_fire_twice_on_one_deal() {
        let result = backtest(&[deal(0, 90, Outcome::Lost, &[1, 30, 31])], &Thresholds::default());
        let stale = of(&result, AlertRule::Stale).current;
        assert_eq!((stale.fired, stale.deals), (2, 1));
    }

    #[test]
    fn a_slip_after_the_alert_makes_it_right() {
        let mut slipped = deal(0, 60, Outcome::Won, &[2]);
        let date = |n| Some(day(n).date_naive());
        slipped.history.changes = vec![
            Change { at: day(0), kind: ChangeKind::CloseDate(date(30)) },
            Change { at: day(29), kind: ChangeKind::CloseDate(date(60)) },
        ];
        let mut punctual = deal(0, 60, Outcome::Won, &[2]);
        punctual.history.changes = vec![Change { at: day(0), kind: ChangeKind::CloseDate(date(60)) }];
        let result = backtest(&[slipped, punctual], &Thresholds::default());
        assert_eq!(of(&result, AlertRule::Stale).current.precision, Some(0.5));
        assert_eq!(of(&result, AlertRule::Slipping).current.deals, 1);
        assert_eq!(of(&result, AlertRule::Slipping).current.precision, Some(0.0), "after the slip it was won on time");
    }

    #[test]
    fn a_chosen_threshold_is_judged_on_later_deals() {
        // Silence of 20 days means lost; 10 days mean nothing.
        let deals: Vec<PastDeal> =
            (0..300).map(|n| if n % 3 == 0 { deal(n, 40, Outcome::Lost, &[1, 5]) } else { deal(n, 12, Outcome::Won, &[1]) }).collect();
        let result = backtest(&deals, &Thresholds::default());
        let suggested = of(&result, AlertRule::Stale).suggested.expect("a suggestion");
        assert!(suggested.meets_goal && suggested.threshold >= 10.0, "{suggested:?}");
        assert_eq!(suggested.precision, Some(1.0));
        assert!(suggested.deals < 100, "only the newest third counts");
    }

    #[test]
    fn a_threshold_in_force_is_on_the_curve() {
        let mut thresholds = Thresholds::default();
        thresholds.set(AlertRule::Stale, ThresholdPlace::Workspace, Some(12.5));
        let result = backtest(&[deal(0, 60, Outcome::Lost, &[2])], &thresholds);
        let stale = of(&result, AlertRule::Stale);
        assert_eq!(stale.current.threshold, 12.5);
        assert!(stale.curve.iter().any(|figures| figures.threshold == 12.5));
    }

    #[test]
    fn undated_deals_are_left_out() {
        let mut undated = deal(0, 60, Outcome::Lost, &[2]);
        undated.history.created_at = None;
        let result = backtest(&[undated], &Thresholds::default());
        assert_eq!((result.deals, result.days, result.base_rate), (0, 0, None));
        assert_eq!(of(&result, AlertRule::Stale).current.precision, None);
    }
}
