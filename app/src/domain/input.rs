//! What is taken of people's and programs' input: text, days, amounts and places in lists, within bounds that both databases hold.
//!
//! Pages, REST and the command line come to the same services, which ask here; so does the import. What is not taken is refused with the
//! field's name.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer};

use crate::domain::{Instant, error::AppError};

/// The first and the last day that anything may be dated with.
pub const FIRST_DAY: NaiveDate = NaiveDate::from_ymd_opt(1900, 1, 1).expect("a day");
pub const LAST_DAY: NaiveDate = NaiveDate::from_ymd_opt(2200, 12, 31).expect("a day");
/// Amounts stay below it; both databases hold them to the cent.
pub const MAX_AMOUNT: i64 = 1_000_000_000_000;
/// The furthest place in a list that is looked at.
const LAST_PLACE: u64 = 1_000_000_000_000;

/// Whether text may hold it: line breaks and tabs, no other control character. No database of ours stores all of the others.
pub fn may_hold(letter: char) -> bool {
    !letter.is_control() || matches!(letter, '\n' | '\r' | '\t')
}

/// Text without control characters.
pub fn clean(field: &str, text: &str) -> Result<(), AppError> {
    match text.chars().find(|letter| !may_hold(*letter)) {
        None => Ok(()),
        Some(letter) => {
            Err(AppError::invalid(field, format!("Take out the control character U+{:04X}; it cannot be stored.", u32::from(letter))))
        }
    }
}

/// A line of text, 1 to `max` characters without the blanks around it; `wish` says so in the form's words.
pub fn line(field: &str, text: &str, max: usize, wish: &str) -> Result<String, AppError> {
    let text = text.trim();
    clean(field, text)?;
    if text.is_empty() || text.chars().count() > max || text.contains(['\n', '\r']) {
        return Err(AppError::invalid(field, wish));
    }
    Ok(text.into())
}

/// Text of any number of lines, at most `max` characters without the blanks around it; nothing where there is none.
pub fn prose(field: &str, text: Option<&str>, max: usize, wish: &str) -> Result<Option<String>, AppError> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    clean(field, text)?;
    if text.chars().count() > max {
        return Err(AppError::invalid(field, wish));
    }
    Ok(Some(text.into()))
}

/// Whether it lies within [`FIRST_DAY`] and [`LAST_DAY`].
pub fn is_day(day: NaiveDate) -> bool {
    (FIRST_DAY..=LAST_DAY).contains(&day)
}

/// A day within the bounds.
pub fn day(field: &str, day: NaiveDate) -> Result<NaiveDate, AppError> {
    if is_day(day) { Ok(day) } else { Err(AppError::invalid(field, DAYS)) }
}

/// An amount of money, to the fourth decimal, as the databases hold it; nothing below zero, nothing they could not hold.
pub fn stored_amount(value: Decimal) -> Option<Decimal> {
    let value = value.round_dp(4);
    (Decimal::ZERO..Decimal::from(MAX_AMOUNT)).contains(&value).then_some(value)
}

/// An amount of money within the bounds.
pub fn amount(field: &str, value: Decimal) -> Result<Decimal, AppError> {
    stored_amount(value).ok_or_else(|| AppError::invalid(field, AMOUNTS))
}

/// How many entries of a list stand before this page (from 1); beyond all lists for any page that there cannot be.
pub fn offset(page: u64, page_size: u64) -> u64 {
    page.saturating_sub(1).saturating_mul(page_size).min(LAST_PLACE)
}

const DAYS: &str = "Choose a day from 1900 to 2200.";

const AMOUNTS: &str = "Choose a value from 0 to below 1,000,000,000,000.";

/// Reads an amount within the bounds, where there is one.
pub fn read_amount<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Decimal>, D::Error> {
    let value = Option::<Decimal>::deserialize(source)?;
    value.map(|value| stored_amount(value).ok_or_else(|| serde::de::Error::custom(AMOUNTS))).transpose()
}

/// Reads a day within the bounds, where there is one.
pub fn read_day<'de, D: Deserializer<'de>>(source: D) -> Result<Option<NaiveDate>, D::Error> {
    let day = Option::<NaiveDate>::deserialize(source)?;
    if day.is_none_or(is_day) { Ok(day) } else { Err(serde::de::Error::custom(DAYS)) }
}

/// Reads an instant within the bounds, where there is one.
pub fn read_instant<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Instant>, D::Error> {
    let at = Option::<Instant>::deserialize(source)?;
    if at.is_none_or(|at| is_day(at.date_naive())) { Ok(at) } else { Err(serde::de::Error::custom(DAYS)) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_taken_can_be_stored(text in any::<String>(), max in 0usize..50) {
            if let Ok(taken) = line("x", &text, max, "short") {
                prop_assert!(!taken.is_empty() && taken.chars().count() <= max && !taken.chars().any(char::is_control) || taken.contains('\t'));
            }
            if let Ok(Some(taken)) = prose("x", Some(&text), max, "short") {
                prop_assert!(taken.chars().count() <= max && taken.chars().all(may_hold));
            }
        }

        #[test]
        fn every_page_has_a_place(page in any::<u64>(), size in any::<u64>()) {
            prop_assert!(i64::try_from(offset(page, size)).is_ok());
        }

        #[test]
        fn amounts_stay_in_what_both_databases_hold(mantissa in any::<i128>(), scale in 0u32..28) {
            let Ok(value) = Decimal::try_from_i128_with_scale(mantissa, scale) else { return Ok(()) };
            if let Ok(taken) = amount("x", value) {
                prop_assert!(taken >= Decimal::ZERO && taken < Decimal::from(MAX_AMOUNT) && taken.scale() <= 4);
            }
        }
    }

    #[test]
    fn days_have_bounds() {
        let read = |text: &str| text.parse().ok().and_then(|date| day("x", date).ok());
        assert!(read("2026-11-28").is_some() && read("1900-01-01").is_some() && read("2200-12-31").is_some());
        assert!(read("1899-12-31").is_none() && read("+262142-01-01").is_none() && read("-260000-01-01").is_none());
    }

    #[test]
    fn a_nul_is_named() {
        let refused = line("title", "nul\0byte", 300, "short").expect_err("refused");
        assert!(matches!(refused, AppError::Invalid { field, message } if field == "title" && message.contains("U+0000")));
        assert_eq!(line("title", " fine ", 300, "short"), Ok("fine".into()));
    }
}
