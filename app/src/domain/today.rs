//! The day it is, and how far others are from it.

use chrono::NaiveDate;

/// Today in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Today(pub NaiveDate);

impl Today {
    /// Does `date` lie in the past?
    pub fn is_after(self, date: NaiveDate) -> bool {
        self.0 > date
    }

    /// "today", "3 days ago", "5 weeks ago", "7 months ago"; "in 3 days" for what is to come.
    pub fn distance(self, date: NaiveDate) -> String {
        let days = (self.0 - date).num_days();
        let size = days.unsigned_abs();
        let (number, unit) = match size {
            0 => return "today".into(),
            1..=13 => (size, "day"),
            14..=59 => (size / 7, "week"),
            60..=729 => (size * 12 / 365, "month"),
            _ => (size / 365, "year"),
        };
        let plural = if number == 1 { "" } else { "s" };
        if days > 0 { format!("{number} {unit}{plural} ago") } else { format!("in {number} {unit}{plural}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_use_the_unit_one_would_say() {
        let today = NaiveDate::from_ymd_opt(2026, 6, 30).expect("a date");
        let ago = |days: i64| Today(today).distance(today - chrono::TimeDelta::days(days));
        assert_eq!(ago(0), "today");
        assert_eq!(ago(1), "1 day ago");
        assert_eq!(ago(13), "13 days ago");
        assert_eq!(ago(21), "3 weeks ago");
        assert_eq!(ago(90), "2 months ago");
        assert_eq!(ago(800), "2 years ago");
        assert_eq!(ago(-5), "in 5 days");
    }
}
