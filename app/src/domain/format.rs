//! How numbers and dates read.

use chrono::NaiveDate;

use crate::domain::{Instant, money::Money};

/// "12 Mar 2026".
pub fn date(date: NaiveDate) -> String {
    date.format("%-d %b %Y").to_string()
}

/// The day of an instant (UTC), as [`date`] writes it.
pub fn instant_date(at: Instant) -> String {
    date(at.date_naive())
}

/// "12 Mar 2026, 08:15 UTC".
pub fn moment(at: Instant) -> String {
    at.format("%-d %b %Y, %H:%M UTC").to_string()
}

/// "1,284".
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// An estimate of money without cents it cannot vouch for: "$45,814".
pub fn whole(money: &Money) -> String {
    Money::new(money.amount.round(), money.currency.clone()).to_string()
}

/// "1 deal", "1,284 deals".
pub fn plural(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// Percentage points with their sign: "+8.2", "−0.4"; "0.0" for what rounds to nothing.
pub fn points(points: f64) -> String {
    let size = format!("{:.1}", points.abs());
    match size.as_str() {
        "0.0" => size,
        _ if points < 0.0 => format!("−{size}"),
        _ => format!("+{size}"),
    }
}

/// At most two letters that stand for a person: "Dana Whitfield" is "DW".
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().next());
    let first = words.next();
    first.into_iter().chain(words.next_back()).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_parted() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_284), "1,284");
        assert_eq!(count(12_345_678), "12,345,678");
        assert_eq!(plural(1, "deal", "deals"), "1 deal");
    }

    #[test]
    fn points_carry_their_sign() {
        assert_eq!(points(8.24), "+8.2");
        assert_eq!(points(-12.0), "−12.0");
        assert_eq!(points(-0.01), "0.0");
    }

    #[test]
    fn dates_read_day_first() {
        assert_eq!(NaiveDate::from_ymd_opt(2026, 3, 2).map(date).as_deref(), Some("2 Mar 2026"));
    }

    #[test]
    fn initials_take_first_and_last() {
        assert_eq!(initials("Dana Whitfield"), "DW");
        assert_eq!(initials("Ana María de la Cruz"), "AC");
        assert_eq!(initials("Cher"), "C");
        assert_eq!(initials(""), "");
    }
}
