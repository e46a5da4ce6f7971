//! The rules: facts of one deal at an instant, what they break, and when a broken one is mended.

use chrono::TimeDelta;

use crate::domain::{
    Instant,
    alerts::{AlertRule, DealFacts, Observation, Thresholds, drop_window},
    probability::Probability,
    scoring::ScorePoint,
};

/// How far back the highest score is looked for, and how long a fall or a slip is news.
const RECENT: TimeDelta = TimeDelta::days(30);
/// A collapse needs as many points, so that 2 % after 5 % is none.
const COLLAPSE_POINTS: f64 = 0.10;

/// Highest point from `since` on; the point that held at `since` counts as of then.
fn peak(points: &[ScorePoint], since: Instant) -> Option<ScorePoint> {
    let within = points.partition_point(|point| point.at < since);
    let before = within.checked_sub(1).and_then(|place| points.get(place));
    points[within..].iter().chain(before).copied().reduce(|best, point| if point.probability > best.probability { point } else { best })
}

/// The highest point from `since` on, dated within that time, and the newest probability.
fn fall(points: &[ScorePoint], since: Instant) -> Option<(ScorePoint, Probability)> {
    let (highest, last) = (peak(points, since)?, points.last()?);
    // What held before still held when the time began; dated earlier it would be old news at once.
    Some((ScorePoint { at: highest.at.max(since), ..highest }, last.probability))
}

/// Everything a deal breaks, by the limits that hold for it. `limit` gives a rule's limit; `None` is off.
pub fn watch(facts: &DealFacts, thresholds: &Thresholds, now: Instant) -> Vec<Observation> {
    AlertRule::WATCHED
        .into_iter()
        .filter_map(|rule| {
            let limit = thresholds.limit(rule, facts.pipeline, facts.stage)?;
            let seen = look(rule, facts, limit, now)?;
            (seen.measure(now) > limit).then_some(seen)
        })
        .collect()
}

/// What a rule sees on a deal, whether or not it exceeds the limit; `None` where it has nothing to look at.
pub fn look(rule: AlertRule, facts: &DealFacts, limit: f64, now: Instant) -> Option<Observation> {
    Some(match rule {
        AlertRule::Stale => Observation::Stale { since: facts.last_sign()?, limit },
        AlertRule::Stuck => Observation::Stuck { stage: facts.stage.map(|_| facts.stage_name.clone())?, since: facts.stage_since?, limit },
        AlertRule::RepDrop => {
            let (from, to) = fall(&facts.rep, drop_window(now))?;
            Observation::RepDrop { from: from.probability, to, since: from.at, limit }
        }
        AlertRule::ModelDrop => {
            let (from, to) = fall(&facts.scores, drop_window(now))?;
            Observation::ModelDrop { from: from.probability, to, since: from.at, limit }
        }
        AlertRule::Collapse => {
            let (from, to) = fall(&facts.scores, now - RECENT)?;
            let far = from.probability.get() - to.get() >= COLLAPSE_POINTS;
            far.then_some(Observation::Collapse { from: from.probability, to, since: from.at, limit, reason: None })?
        }
        AlertRule::Slipping => {
            let recent = facts.pushes.iter().filter(|push| push.at > now - RECENT && push.at <= now);
            let push = recent.max_by_key(|push| push.to - push.from)?;
            Observation::Slipping { from: push.from, to: push.to, at: push.at, limit }
        }
        AlertRule::RepeatedSlips => {
            let (first, last) = (facts.pushes.first()?, facts.pushes.last().filter(|last| slipped_lately(last.at, now))?);
            Observation::RepeatedSlips { times: facts.pushes.len() as u32, first: first.from, now: last.to, at: last.at, limit }
        }
        AlertRule::Overdue => Observation::Overdue { expected: facts.expected_close?, limit },
        AlertRule::NoNextStep => {
            let wanted = facts.knows_plans && !facts.planned;
            wanted.then_some(Observation::NoNextStep { since: facts.last_sign()?, limit })?
        }
        AlertRule::SingleThreaded => Observation::SingleThreaded { contact: facts.only_contact.clone()?, since: facts.created_at?, limit },
        AlertRule::Manual => return None,
    })
}

/// Whether the newest slip is young enough for all of them to matter.
fn slipped_lately(at: Instant, now: Instant) -> bool {
    at > now - RECENT - RECENT
}

/// Share of a limit that has to be undercut before an alert resolves by itself, so that it does not flap around the limit.
pub(crate) const EASED: f64 = 0.75;
/// Share of a fall's limit that has to be made good.
const RECOVERED: f64 = 0.5;

/// Whether what was seen still holds. `limit` is today's limit of its rule; `None`, switched off, ends it.
pub fn holds(seen: &Observation, facts: &DealFacts, limit: Option<f64>, now: Instant) -> bool {
    let Some(limit) = limit else { return matches!(seen, Observation::Manual { .. }) };
    let again = || look(seen.rule(), facts, limit, now);
    match seen {
        Observation::Stale { .. }
        | Observation::Stuck { .. }
        | Observation::NoNextStep { .. }
        | Observation::SingleThreaded { .. }
        | Observation::Overdue { .. } => again().is_some_and(|again| again.measure(now) > EASED * limit),
        Observation::RepDrop { from, since, .. } => fallen(*from, *since, facts.rep.last(), limit, now),
        Observation::ModelDrop { from, since, .. } => fallen(*from, *since, facts.scores.last(), limit, now),
        Observation::Collapse { from, since, .. } => {
            let low = from.get() * (1.0 - EASED * limit / 100.0);
            *since > now - RECENT - RECENT && facts.scores.last().is_some_and(|point| point.probability.get() < low)
        }
        Observation::Slipping { from, at, .. } => {
            let still_later = facts.expected_close.is_some_and(|date| (date - *from).num_days() as f64 > EASED * limit);
            *at > now - RECENT && still_later
        }
        Observation::RepeatedSlips { at, .. } => {
            let last = facts.pushes.last().map_or(*at, |push| push.at);
            slipped_lately(last, now) && facts.pushes.len() as f64 > limit
        }
        Observation::Manual { .. } => true,
    }
}

fn fallen(from: Probability, since: Instant, last: Option<&ScorePoint>, limit: f64, now: Instant) -> bool {
    since > now - RECENT && last.is_some_and(|point| 100.0 * (from.get() - point.probability.get()) > RECOVERED * limit)
}

#[cfg(test)]
mod tests {
    use chrono::{NaiveDate, TimeZone, Utc};
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::domain::{
        alerts::Push,
        ids::{PipelineId, StageId},
    };

    fn day(n: i64) -> Instant {
        Utc.with_ymd_and_hms(2026, 3, 1, 9, 0, 0).single().expect("a valid instant") + TimeDelta::days(n)
    }

    fn date(n: i64) -> NaiveDate {
        day(n).date_naive()
    }

    fn point(n: i64, probability: f64) -> ScorePoint {
        ScorePoint { at: day(n), probability: Probability::saturating(probability) }
    }

    fn quiet() -> DealFacts {
        DealFacts {
            pipeline: PipelineId(Uuid::from_u128(1)),
            stage: Some(StageId(Uuid::from_u128(2))),
            stage_name: "Proposal".into(),
            created_at: Some(day(-20)),
            stage_since: Some(day(-10)),
            last_activity: Some(day(-2)),
            knows_activities: true,
            planned: true,
            knows_plans: true,
            only_contact: None,
            rep: vec![],
            scores: vec![],
            expected_close: Some(date(20)),
            pushes: vec![],
        }
    }

    fn rules(facts: &DealFacts, now: Instant) -> Vec<AlertRule> {
        watch(facts, &Thresholds::default(), now).iter().map(Observation::rule).collect()
    }

    #[test]
    fn nothing_is_wrong_with_a_quiet_deal() {
        assert_eq!(rules(&quiet(), day(0)), []);
    }

    #[test]
    fn exactly_the_limit_is_not_more_than_it() {
        let facts = DealFacts { last_activity: Some(day(-14)), ..quiet() };
        assert_eq!(rules(&facts, day(0)), []);
        assert_eq!(rules(&facts, day(0) + TimeDelta::seconds(1)), [AlertRule::Stale]);
        let stuck = DealFacts { stage_since: Some(day(-31)), ..quiet() };
        assert_eq!(rules(&stuck, day(0)), [AlertRule::Stuck]);
    }

    #[test]
    fn a_deal_without_any_activity_counts_from_its_creation() {
        let facts = DealFacts { last_activity: None, created_at: Some(day(-15)), ..quiet() };
        assert_eq!(rules(&facts, day(0)), [AlertRule::Stale]);
        let unknown = DealFacts { knows_activities: false, ..facts };
        assert_eq!(rules(&unknown, day(0)), [], "a pipeline without activities says nothing about silence");
    }

    #[test]
    fn a_fall_counts_within_a_week_only() {
        let fell = DealFacts { rep: vec![point(-60, 0.7), point(-1, 0.45)], scores: vec![point(-60, 0.6), point(-3, 0.3)], ..quiet() };
        assert_eq!(rules(&fell, day(0)), [AlertRule::ModelDrop, AlertRule::RepDrop], "30 of 60 is not more than half");
        assert_eq!(rules(&fell, day(5)), [AlertRule::RepDrop]);
        let slow =
            DealFacts { scores: vec![point(-40, 0.7), point(-29, 0.6), point(-20, 0.5), point(-8, 0.3), point(-1, 0.28)], ..quiet() };
        assert_eq!(rules(&slow, day(0)), [AlertRule::Collapse]);
    }

    #[test]
    fn two_percent_after_five_is_no_collapse() {
        let facts = DealFacts { scores: vec![point(-9, 0.05), point(-1, 0.01)], ..quiet() };
        assert_eq!(rules(&facts, day(0)), []);
    }

    #[test]
    fn slips_are_told_apart() {
        let push = |at, from, to| Push { at: day(at), from: date(from), to: date(to) };
        let once = DealFacts { pushes: vec![push(-3, 0, 20)], ..quiet() };
        assert_eq!(rules(&once, day(0)), [AlertRule::Slipping]);
        let often = DealFacts { pushes: vec![push(-50, -30, -25), push(-45, -25, -20), push(-40, -20, 20)], ..quiet() };
        assert_eq!(rules(&often, day(0)), [AlertRule::RepeatedSlips], "the last slip is old news, their number is not");
        let little = DealFacts { pushes: vec![push(-3, 13, 20)], ..quiet() };
        assert_eq!(rules(&little, day(0)), [], "seven days are not more than seven");
    }

    #[test]
    fn overdue_next_step_and_contacts() {
        assert_eq!(rules(&DealFacts { expected_close: Some(date(-1)), ..quiet() }, day(0)), [AlertRule::Overdue]);
        assert_eq!(rules(&DealFacts { expected_close: Some(date(0)), ..quiet() }, day(0)), []);
        let unplanned = DealFacts { planned: false, last_activity: Some(day(-4)), ..quiet() };
        assert_eq!(rules(&unplanned, day(0)), [AlertRule::NoNextStep]);
        assert_eq!(rules(&DealFacts { knows_plans: false, ..unplanned }, day(0)), []);
        let single = DealFacts { only_contact: Some("Ann".into()), created_at: Some(day(-31)), ..quiet() };
        assert_eq!(rules(&single, day(0)), [AlertRule::SingleThreaded]);
    }

    #[test]
    fn a_fall_resolves_when_half_of_it_is_made_good() {
        let seen =
            Observation::ModelDrop { from: Probability::saturating(0.6), to: Probability::saturating(0.3), since: day(-3), limit: 20.0 };
        let now = |probability| DealFacts { scores: vec![point(0, probability)], ..quiet() };
        assert!(holds(&seen, &now(0.45), Some(20.0), day(1)), "within ten points of where it was is recovered, this is not");
        assert!(!holds(&seen, &now(0.51), Some(20.0), day(1)));
        assert!(!holds(&seen, &now(0.3), Some(20.0), day(40)), "old news");
        assert!(!holds(&seen, &now(0.3), None, day(1)), "switched off");
    }

    #[test]
    fn limits_raised_a_little_do_not_resolve() {
        let facts = DealFacts { last_activity: Some(day(-16)), ..quiet() };
        let seen = Observation::Stale { since: day(-16), limit: 14.0 };
        assert!(holds(&seen, &facts, Some(20.0), day(0)));
        assert!(!holds(&seen, &facts, Some(30.0), day(0)));
        assert!(!holds(&seen, &DealFacts { last_activity: Some(day(0)), ..quiet() }, Some(14.0), day(1)));
    }

    #[test]
    fn slips_of_long_ago_raise_nothing_that_would_be_resolved_at_once() {
        let slips =
            |at: i64| DealFacts { pushes: (1..4).map(|n| Push { at: day(at), from: date(n), to: date(n + 1) }).collect(), ..quiet() };
        assert_eq!(rules(&slips(-60), day(0)), []);
        assert_eq!(rules(&slips(-59), day(0)), [AlertRule::RepeatedSlips]);
    }

    proptest! {
        /// What fires holds: otherwise a sweep would raise an alert and the next one resolve it.
        #[test]
        fn what_fires_holds(
            activity in -60i64..0, stage in -90i64..0, close in -20i64..40, planned: bool, contact: bool,
            scores in proptest::collection::vec((-40i64..0, 0.0..1.0f64), 0..6),
            pushes in proptest::collection::vec((-70i64..0, 1i64..40), 0..5),
        ) {
            let mut scores: Vec<ScorePoint> = scores.into_iter().map(|(at, probability)| point(at, probability)).collect();
            scores.sort_by_key(|point| point.at);
            let mut pushes: Vec<(i64, i64)> = pushes;
            pushes.sort_unstable();
            // The close date stands where the last push left it.
            let mut expected = close - pushes.iter().map(|(_, by)| by).sum::<i64>();
            let pushes: Vec<Push> = pushes.into_iter().map(|(at, by)| {
                let push = Push { at: day(at), from: date(expected), to: date(expected + by) };
                expected += by;
                push
            }).collect();
            let facts = DealFacts {
                last_activity: Some(day(activity)), stage_since: Some(day(stage)), created_at: Some(day(-95)),
                expected_close: Some(date(close)), planned, only_contact: contact.then(|| "Ann".into()),
                rep: scores.clone(), scores, pushes, ..quiet()
            };
            for seen in watch(&facts, &Thresholds::default(), day(0)) {
                prop_assert!(holds(&seen, &facts, Some(seen.rule().default_threshold()), day(0)), "{seen:?}");
            }
        }
    }
}
