//! Which of a deal's past scores say nothing any more that a page or a figure needs.
//!
//! Asked for the score that held at an instant, what is kept gives the same answer as all of it would: at any instant of the last
//! month, at the beginning of each day of the daily time, at the beginning of each week and month of the weekly time, and for ever
//! at the close and where accuracy looks before it.

use std::collections::{HashMap, HashSet};

use chrono::{Datelike, NaiveDate, TimeDelta};
use uuid::Uuid;

use super::accuracy::{horizon_start, month_of};
use crate::domain::{
    Instant,
    models::HORIZONS,
    retention::{PastScore, Retention},
};

/// All scores of so many days stay: alert rules look for the highest of a month.
const WHOLE_DAYS: u64 = 31;
/// Days between two looks at the scores of a deal.
const LOOKS_APART: u64 = 6;
/// A close may be recorded some days late; accuracy then looks further back.
const LATE_DAYS: u64 = 7;

/// What a score is the last of.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Span {
    Day(NaiveDate),
    /// A week, cut where a month begins.
    Week(NaiveDate, NaiveDate),
    Before,
}

/// The scores of a deal, in the order in which they were made, that can be deleted.
pub fn superfluous(scores: &[PastScore], closed_at: Option<Instant>, retention: &Retention, now: Instant) -> Vec<Uuid> {
    let span_of = |at: Instant| span(at, retention, now.date_naive());
    let mut kept: HashSet<Uuid> = HashSet::new();
    for class in [(false, false), (false, true), (true, false), (true, true)] {
        let of_class: Vec<&PastScore> = scores.iter().filter(|score| (score.hindsight, score.seen) == class).collect();
        let held_at = |at: Instant| of_class[..of_class.partition_point(|score| score.at <= at)].last().map(|score| score.id);
        let before_close = closed_at.map(|closed| closed - TimeDelta::milliseconds(1));
        let asked_for = closed_at.into_iter().flat_map(|closed| HORIZONS.map(|days| horizon_start(closed, days))).chain(closed_at);
        kept.extend(asked_for.chain(before_close).filter_map(held_at));
        kept.extend(of_class.last().map(|score| score.id));
        let mut last_of: HashMap<Span, Uuid> = HashMap::new();
        for score in &of_class {
            match span_of(score.at) {
                Some(span) => _ = last_of.insert(span, score.id),
                None => _ = kept.insert(score.id),
            }
        }
        // What held when the weekly time began; of a deal that had closed by then nobody asks for it.
        last_of.retain(|span, _| *span != Span::Before || closed_at.is_none_or(|closed| span_of(closed) != Some(Span::Before)));
        kept.extend(last_of.into_values());
    }
    scores.iter().map(|score| score.id).filter(|id| !kept.contains(id)).collect()
}

/// When the scores that were kept are worth another look: none of them can go before. Not every day, for of a deal that is scored
/// daily something can go on each. `None`: never.
pub fn next_look(kept: &[PastScore], retention: &Retention, now: Instant) -> Option<NaiveDate> {
    let today = now.date_naive();
    let older = |day: NaiveDate, days: u64| day.checked_add_days(chrono::Days::new(days + 1));
    let changes = kept.iter().filter_map(|score| {
        let day = (score.at - TimeDelta::microseconds(1)).date_naive();
        match span(score.at, retention, today) {
            None => older(day, WHOLE_DAYS),
            Some(Span::Day(_)) => older(day, u64::from(retention.scores_daily) + LATE_DAYS),
            Some(Span::Week(..)) => older(day, retention.scores_weekly.into()),
            Some(Span::Before) => None,
        }
    });
    changes.min().max(older(today, LOOKS_APART)).filter(|_| kept.iter().any(|score| span(score.at, retention, today) != Some(Span::Before)))
}

/// `None`: too young to be thinned. What is made as a day begins belongs to the day before: it is what holds at that beginning.
fn span(at: Instant, retention: &Retention, today: NaiveDate) -> Option<Span> {
    let back = |days: u64| today.checked_sub_days(chrono::Days::new(days)).unwrap_or(NaiveDate::MIN);
    let just_before = at - TimeDelta::microseconds(1);
    let day = just_before.date_naive();
    if day >= back(WHOLE_DAYS) {
        return None;
    }
    if day >= back(u64::from(retention.scores_daily) + LATE_DAYS) {
        return Some(Span::Day(day));
    }
    let monday = day.checked_sub_days(chrono::Days::new(day.weekday().num_days_from_monday().into())).unwrap_or(day);
    Some(if day >= back(retention.scores_weekly.into()) { Span::Week(monday, month_of(just_before)) } else { Span::Before })
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};
    use proptest::prelude::*;

    use super::*;
    use crate::ai::accuracy::{ShownScore, shown_at};

    fn now() -> Instant {
        Utc.with_ymd_and_hms(2026, 6, 1, 12, 0, 0).single().expect("a valid instant")
    }

    fn made(minutes_ago: &[i64]) -> Vec<PastScore> {
        let mut at: Vec<Instant> = minutes_ago.iter().map(|minutes| now() - TimeDelta::minutes(*minutes)).collect();
        at.sort();
        at.into_iter().map(|at| PastScore { id: Uuid::now_v7(), at, hindsight: false, seen: true }).collect()
    }

    fn thinned(scores: &[PastScore], closed_at: Option<Instant>) -> Vec<PastScore> {
        let gone = superfluous(scores, closed_at, &Retention::default(), now());
        scores.iter().filter(|score| !gone.contains(&score.id)).copied().collect()
    }

    fn held(scores: &[PastScore], at: Instant) -> Option<Instant> {
        let shown: Vec<ShownScore> = scores.iter().map(|score| ShownScore { at: score.at, probability: 0.5, model: None }).collect();
        shown_at(&shown, at).map(|score| score.at)
    }

    #[test]
    fn many_years_leave_a_bounded_number() {
        // Every six hours for ten years.
        let minutes: Vec<i64> = (0..4 * 3_650).map(|n| n * 360).collect();
        let scores = made(&minutes);
        let open = thinned(&scores, None).len();
        // A month of all, 66 days, 90 weeks of which some are cut by one of 21 months, and what held before.
        assert!((280..=330).contains(&open), "{open}");
        let closed = thinned(&scores[..scores.len() - 4 * 800], Some(now() - TimeDelta::days(800) + TimeDelta::hours(1))).len();
        assert_eq!(closed, HORIZONS.len(), "only what accuracy is judged by");
    }

    #[test]
    fn classes_do_not_stand_in_for_each_other() {
        let mut scores = made(&[200 * 1_440, 200 * 1_440 + 30]);
        assert_eq!(thinned(&scores, None).len(), 1);
        scores[1].hindsight = true;
        assert_eq!(thinned(&scores, None).len(), 2);
    }

    proptest! {
        #[test]
        fn nothing_can_go_before_the_next_look(
            minutes in prop::collection::vec(0i64..1_200 * 1_440, 1..60),
            closed in prop::option::of(0i64..1_000 * 1_440),
            days in 1i64..400,
        ) {
            let closed_at = closed.map(|minutes| now() - TimeDelta::minutes(minutes));
            let scores: Vec<PastScore> = made(&minutes).into_iter().filter(|score| closed_at.is_none_or(|closed| score.at < closed)).collect();
            let kept = thinned(&scores, closed_at);
            let next = next_look(&kept, &Retention::default(), now());
            prop_assert!(next.is_none_or(|next| next > now().date_naive()));
            let later = now() + TimeDelta::days(days);
            let old = superfluous(&kept, closed_at, &Retention::default(), later);
            // A look is at most a week late.
            if next.is_none_or(|next| later.date_naive() < next) && days > 7 {
                prop_assert!(old.is_empty(), "{:?} of {:?}", old.len(), next);
            }
        }

        #[test]
        fn what_held_is_told_as_before(
            minutes in prop::collection::vec(0i64..1_200 * 1_440, 1..60),
            midnights in prop::collection::vec(0i64..500, 0..5),
            closed in prop::option::of(0i64..1_000 * 1_440),
            later in 0i64..4,
        ) {
            let closed_at = closed.map(|minutes| now() - TimeDelta::minutes(minutes));
            let all: Vec<i64> = minutes.into_iter().chain(midnights.into_iter().map(|days| days * 1_440 + 720)).collect();
            let scores: Vec<PastScore> = made(&all).into_iter().filter(|score| closed_at.is_none_or(|closed| score.at < closed)).collect();
            let kept = thinned(&scores, closed_at);
            prop_assert_eq!(&thinned(&kept, closed_at), &kept, "once thinned, nothing is left to thin");
            let midnight = |days: i64| now() - TimeDelta::hours(12) - TimeDelta::days(days);
            for days in 0..97 {
                prop_assert_eq!(held(&kept, midnight(days)), held(&scores, midnight(days)), "{} days ago", days);
            }
            for hours in 0..24 * 31 {
                let at = now() - TimeDelta::hours(hours);
                prop_assert_eq!(held(&kept, at), held(&scores, at));
            }
            for days in (97..729).filter(|days| midnight(*days).day() == 1) {
                prop_assert_eq!(held(&kept, midnight(days)), held(&scores, midnight(days)), "as that month began");
            }
            prop_assert_eq!(held(&kept, now()), held(&scores, now()));
            // A close that comes after the thinning, recorded some days late, is judged as if nothing had been thinned.
            let judged = closed_at.unwrap_or(now() - TimeDelta::days(later));
            if closed_at.is_some() || now() - judged < TimeDelta::days(6) {
                for days in HORIZONS {
                    prop_assert_eq!(held(&kept, horizon_start(judged, days)), held(&scores, horizon_start(judged, days)), "{} before", days);
                }
            }
        }
    }
}
