//! People's local hours: when their day's mail is due, and when nothing rings.

use chrono::{Datelike, TimeDelta, TimeZone, Timelike};

use crate::domain::{Instant, notifications::Preferences};

/// The person's time zone; UTC where the name is none.
pub fn zone(preferences: &Preferences) -> chrono_tz::Tz {
    preferences.time_zone.parse().unwrap_or(chrono_tz::UTC)
}

/// Whether it is within the person's quiet hours.
pub fn is_quiet(preferences: &Preferences, now: Instant) -> bool {
    preferences.is_quiet(now.with_timezone(&zone(preferences)).hour() as u8)
}

/// When the quiet hours end that `now` lies in; `now` outside of them.
pub fn after_quiet(preferences: &Preferences, now: Instant) -> Instant {
    let Some((_, to)) = preferences.quiet.filter(|_| is_quiet(preferences, now)) else { return now };
    let local = now.with_timezone(&zone(preferences));
    let day = if local.hour() < u32::from(to) { Some(local.date_naive()) } else { local.date_naive().succ_opt() };
    day.and_then(|day| at_local_hour(preferences, day, to)).unwrap_or(now)
}

/// The instant of an hour of a local day. An hour that a change of the clocks leaves out is the first one after it; of one that
/// comes twice it is the first.
pub fn at_local_hour(preferences: &Preferences, day: chrono::NaiveDate, hour: u8) -> Option<Instant> {
    let zone = zone(preferences);
    (0..=3).find_map(|later| {
        let local = day.and_hms_opt(0, 0, 0)? + TimeDelta::hours(i64::from(hour) + later);
        let found = zone.with_ymd_and_hms(local.year(), local.month(), local.day(), local.hour(), 0, 0).earliest()?;
        Some(found.with_timezone(&chrono::Utc))
    })
}

#[cfg(test)]
mod tests {
    use chrono::{NaiveDate, Utc};

    use super::*;

    #[test]
    fn hours_follow_the_clocks() {
        let berlin = Preferences { time_zone: "Europe/Berlin".into(), ..Preferences::default() };
        let at = |year, month, day, hour| {
            NaiveDate::from_ymd_opt(year, month, day).and_then(|date| at_local_hour(&berlin, date, hour)).map(|at| at.to_rfc3339())
        };
        assert_eq!(at(2026, 1, 15, 8).as_deref(), Some("2026-01-15T07:00:00+00:00"));
        assert_eq!(at(2026, 7, 15, 8).as_deref(), Some("2026-07-15T06:00:00+00:00"));
        // On 29 March 2026 the hour from 2 to 3 is left out; on 25 October it comes twice.
        assert_eq!(at(2026, 3, 29, 2).as_deref(), Some("2026-03-29T01:00:00+00:00"));
        assert_eq!(at(2026, 10, 25, 2).as_deref(), Some("2026-10-25T00:00:00+00:00"));
    }

    #[test]
    fn quiet_hours_end_in_the_morning() {
        let quiet = Preferences { time_zone: "America/New_York".into(), quiet: Some((20, 7)), ..Preferences::default() };
        let at = |hour| Utc.with_ymd_and_hms(2026, 1, 15, hour, 30, 0).single().expect("a valid instant");
        // 02:30 UTC is 21:30 of the day before in New York.
        assert!(is_quiet(&quiet, at(2)));
        assert_eq!(after_quiet(&quiet, at(2)).to_rfc3339(), "2026-01-15T12:00:00+00:00");
        assert_eq!(after_quiet(&quiet, at(11)).to_rfc3339(), "2026-01-15T12:00:00+00:00");
        assert_eq!(after_quiet(&quiet, at(15)), at(15));
    }
}
