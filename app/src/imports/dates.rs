//! Dates and times as exports write them.

use chrono::{
    DateTime, Datelike, Days, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc,
    format::{Item, Parsed, StrftimeItems, parse},
};
use chrono_tz::Tz;
use serde::Deserialize;

use crate::domain::{Instant, input};

/// One way of writing a date.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum DateFormat {
    /// `2026-01-31T09:30:00+01:00`, and the plain `2026-01-31` of the same standard.
    Rfc3339,
    /// Days since 1899-12-30, the time of day as the fraction: what spreadsheets store.
    Excel,
    /// A chrono (strftime) format.
    Pattern { text: String, items: Vec<Item<'static>> },
}

impl TryFrom<String> for DateFormat {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "rfc3339" => return Ok(Self::Rfc3339),
            "excel" => return Ok(Self::Excel),
            _ => {}
        }
        let items = StrftimeItems::new(&text)
            .parse_to_owned()
            .map_err(|_| format!("{text:?} is not a date format (rfc3339, excel or %Y-%m-%d …)"))?;
        let format = Self::Pattern { text, items };
        // A format that cannot read back what it writes (no year, say) would reject every row.
        let sample = DateTime::from_timestamp(1_600_000_000, 0).unwrap_or_default();
        let Self::Pattern { text, items } = &format else { return Ok(format) };
        let written = sample.format_with_items(items.iter()).to_string();
        format.moment(&written).map_err(|_| format!("{text:?} does not name a full date"))?;
        Ok(format)
    }
}

impl DateFormat {
    fn name(&self) -> &str {
        match self {
            Self::Rfc3339 => "rfc3339",
            Self::Excel => "excel",
            Self::Pattern { text, .. } => text,
        }
    }

    fn moment(&self, text: &str) -> Result<Moment, ()> {
        match self {
            Self::Rfc3339 => match DateTime::parse_from_rfc3339(text) {
                Ok(at) => Ok(Moment::Instant(at.to_utc())),
                Err(_) if text.len() == 10 => NaiveDate::parse_from_str(text, "%Y-%m-%d").map(Moment::Day).map_err(drop),
                Err(_) => Err(()),
            },
            Self::Excel => excel(text).ok_or(()),
            Self::Pattern { items, .. } => {
                let mut parsed = Parsed::new();
                parse(&mut parsed, text, items.iter()).map_err(drop)?;
                if let Ok(at) = parsed.to_datetime() {
                    Ok(Moment::Instant(at.to_utc()))
                } else if let Ok(local) = parsed.to_naive_datetime_with_offset(0) {
                    Ok(Moment::Local(local))
                } else {
                    parsed.to_naive_date().map(Moment::Day).map_err(drop)
                }
            }
        }
    }
}

fn excel(text: &str) -> Option<Moment> {
    let serial: f64 = text.parse().ok()?;
    // 1 is 1900-01-01; 109,574 the last day of 2199.
    if !(1.0..109_575.0).contains(&serial) {
        return None;
    }
    let day = NaiveDate::from_ymd_opt(1899, 12, 30)?.checked_add_days(Days::new(serial.trunc() as u64))?;
    if serial.fract() == 0.0 {
        return Some(Moment::Day(day));
    }
    Some(Moment::Local(day.and_time(NaiveTime::MIN) + TimeDelta::seconds((serial.fract() * 86_400.0).round() as i64)))
}

/// What a text told: an instant, a time on some local clock, or only a day.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Moment {
    Instant(Instant),
    Local(NaiveDateTime),
    Day(NaiveDate),
}

/// An instant, and whether the source told only its day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct When {
    pub at: Instant,
    /// The day, where the source told no time; `at` is its first instant.
    pub day: Option<NaiveDate>,
}

/// A file's date formats, tried in order, and the clock of times without an offset.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Dates {
    pub formats: Vec<DateFormat>,
    pub zone: Tz,
}

impl Dates {
    fn moment(&self, text: &str) -> Result<Moment, String> {
        let Some(moment) = self.formats.iter().find_map(|format| format.moment(text).ok()) else {
            let names: Vec<_> = self.formats.iter().map(DateFormat::name).collect();
            return Err(format!("not a date in the format {}", names.join(" or ")));
        };
        let day = match moment {
            Moment::Instant(at) => at.date_naive(),
            Moment::Local(at) => at.date(),
            Moment::Day(day) => day,
        };
        // Anything else is a slip of the pen or of the format.
        if input::is_day(day) { Ok(moment) } else { Err(format!("the year {} cannot be right", day.year())) }
    }

    pub fn instant(&self, text: &str) -> Result<When, String> {
        match self.moment(text)? {
            Moment::Instant(at) => Ok(When { at, day: None }),
            Moment::Local(local) => match self.zone.from_local_datetime(&local) {
                LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Ok(When { at: at.to_utc(), day: None }),
                LocalResult::None => Err(format!("this time does not exist in {}: the clocks went forward", self.zone)),
            },
            Moment::Day(day) => {
                Ok(When { at: self.start_of(day).ok_or_else(|| format!("this day does not exist in {}", self.zone))?, day: Some(day) })
            }
        }
    }

    /// The day, on the clock of the zone where the text tells an instant.
    pub fn date(&self, text: &str) -> Result<NaiveDate, String> {
        Ok(match self.moment(text)? {
            Moment::Instant(at) => self.day_of(at),
            Moment::Local(local) => local.date(),
            Moment::Day(day) => day,
        })
    }

    /// Whether the text is a date in itself: a number that some format would take for one is not.
    pub fn looks_like_date(&self, text: &str) -> bool {
        let is_number = |format: &DateFormat| match format {
            DateFormat::Rfc3339 => false,
            DateFormat::Excel => true,
            DateFormat::Pattern { text, .. } => text == "%s",
        };
        self.formats.iter().any(|format| !is_number(format) && format.moment(text).is_ok())
    }

    pub fn day_of(&self, at: Instant) -> NaiveDate {
        at.with_timezone(&self.zone).date_naive()
    }

    /// The first instant of a day; where clocks go forward at midnight that is not 0:00.
    fn start_of(&self, day: NaiveDate) -> Option<Instant> {
        let midnight = day.and_time(NaiveTime::MIN);
        (0..24)
            .find_map(|hour| self.zone.from_local_datetime(&(midnight + TimeDelta::hours(hour))).earliest())
            .map(|at| at.with_timezone(&Utc))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn dates(formats: &[&str], zone: Tz) -> Dates {
        let formats = formats.iter().map(|text| DateFormat::try_from(text.to_string()).expect("a format")).collect();
        Dates { formats, zone }
    }

    fn at(dates: &Dates, text: &str) -> String {
        dates.instant(text).expect("an instant").at.to_rfc3339()
    }

    #[test]
    fn offsets_zones_and_days() {
        let berlin = dates(&["rfc3339", "%d.%m.%Y %H:%M", "%d.%m.%Y"], Tz::Europe__Berlin);
        assert_eq!(at(&berlin, "2026-03-01T00:30:00.250+01:00"), "2026-02-28T23:30:00.250+00:00");
        assert_eq!(at(&berlin, "01.07.2026 09:05"), "2026-07-01T07:05:00+00:00");
        let day = berlin.instant("01.07.2026").expect("a day");
        assert_eq!((day.at.to_rfc3339().as_str(), day.day), ("2026-06-30T22:00:00+00:00", NaiveDate::from_ymd_opt(2026, 7, 1)));
        assert_eq!(berlin.date("2026-03-01T23:30:00Z"), Ok(NaiveDate::from_ymd_opt(2026, 3, 2).expect("a date")));
    }

    #[test]
    fn clocks_that_change() {
        let berlin = dates(&["%Y-%m-%d %H:%M"], Tz::Europe__Berlin);
        assert!(berlin.instant("2026-03-29 02:30").expect_err("skipped hour").contains("does not exist in Europe/Berlin"));
        assert_eq!(at(&berlin, "2026-10-25 02:30"), "2026-10-25T00:30:00+00:00", "the earlier of the two");
        let sao_paulo = dates(&["rfc3339"], Tz::America__Sao_Paulo);
        assert_eq!(at(&sao_paulo, "2018-11-04"), "2018-11-04T03:00:00+00:00", "the day began at one o'clock");
    }

    #[test]
    fn spreadsheets_and_epochs() {
        let serial = dates(&["excel", "%s"], Tz::UTC);
        assert_eq!(at(&serial, "46023"), "2026-01-01T00:00:00+00:00");
        assert_eq!(at(&serial, "46023.75"), "2026-01-01T18:00:00+00:00");
        assert_eq!(at(&serial, "1767225600"), "2026-01-01T00:00:00+00:00");
    }

    #[test]
    fn bad_dates_are_named() {
        let plain = dates(&["rfc3339", "%d/%m/%Y"], Tz::UTC);
        assert_eq!(plain.instant("31/02/2026"), Err("not a date in the format rfc3339 or %d/%m/%Y".into()));
        assert_eq!(plain.instant("01/02/0206"), Err("the year 206 cannot be right".into()));
        assert!(plain.instant("soon").is_err());
    }

    #[test]
    fn formats_that_tell_no_date_are_refused() {
        assert!(DateFormat::try_from("%H:%M".to_string()).is_err());
        assert!(DateFormat::try_from("%d/%m".to_string()).is_err());
        assert!(DateFormat::try_from("%Q".to_string()).is_err());
        assert!(DateFormat::try_from("iso".to_string()).is_err());
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reader(text in "\\PC{0,24}") {
            let all = dates(&["rfc3339", "excel", "%d/%m/%Y %H:%M", "%s"], Tz::America__New_York);
            let _ = (all.instant(&text), all.date(&text));
        }

        #[test]
        fn what_rfc3339_writes_is_read_back(seconds in -2_000_000_000i64..7_000_000_000, millis in 0u32..1000) {
            let instant = DateTime::from_timestamp(seconds, millis * 1_000_000).expect("in range");
            let read = dates(&["rfc3339"], Tz::UTC).instant(&instant.to_rfc3339());
            prop_assert_eq!(read, Ok(When { at: instant, day: None }));
        }
    }
}
