//! Numbers, money and probabilities as exports write them.

use rust_decimal::Decimal;

use crate::domain::{input, probability::Probability};

const CURRENCY_SIGNS: [char; 4] = ['$', '€', '£', '¥'];

/// How a file writes numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Numbers {
    pub decimal: char,
    pub thousands: Option<char>,
}

impl Numbers {
    /// The number in plain form: `-`, digits, `.`, digits, exponent. Thousands must stand in groups of three: `1,23` is more
    /// likely a decimal comma than 123.
    fn plain(self, text: &str) -> Option<String> {
        let text = text.trim();
        let (negative, text) = match text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
            Some(inside) => (true, inside),
            None => (false, text),
        };
        let is_dressing = |c: char| c.is_whitespace() || CURRENCY_SIGNS.contains(&c);
        let text = text.trim_matches(is_dressing);
        let (negative, text) = match text.strip_prefix(['-', '−']) {
            Some(rest) if !negative => (true, rest),
            Some(_) => return None,
            None => (negative, text.strip_prefix('+').unwrap_or(text)),
        };
        let text = text.trim_start_matches(is_dressing);
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, Some(exponent)),
            None => (text, None),
        };
        let (whole, fraction) = match mantissa.split_once(self.decimal) {
            Some((whole, fraction)) => (whole, fraction),
            None => (mantissa, ""),
        };
        let mut plain = String::with_capacity(text.len() + 1);
        if negative {
            plain.push('-');
        }
        let digits = plain.len();
        for (place, group) in whole.split(|c| self.is_thousands(c)).enumerate() {
            let grouped = whole.len() > group.len();
            let fits = if !grouped {
                true
            } else if place == 0 {
                (1..=3).contains(&group.len())
            } else {
                group.len() == 3
            };
            if !fits || !group.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            plain.push_str(group);
        }
        if !fraction.bytes().all(|b| b.is_ascii_digit()) || (plain.len() == digits && fraction.is_empty()) {
            return None;
        }
        if plain.len() == digits {
            plain.push('0');
        }
        if !fraction.is_empty() {
            plain.push('.');
            plain.push_str(fraction);
        }
        if let Some(exponent) = exponent {
            let size: i32 = exponent.parse().ok()?;
            plain.push_str(&format!("e{size}"));
        }
        Some(plain)
    }

    fn is_thousands(self, c: char) -> bool {
        self.thousands.is_some_and(|t| c == t || (t == ' ' && matches!(c, '\u{a0}' | '\u{202f}')))
    }

    fn not_a_number(self) -> String {
        let thousands = self.thousands.map_or("no thousands separator".into(), |t| format!("thousands separator {t:?}"));
        format!("not a number (decimal separator {:?}, {thousands})", self.decimal)
    }

    pub fn float(self, text: &str) -> Result<f64, String> {
        let number = self.plain(text).and_then(|plain| plain.parse::<f64>().ok()).filter(|number| number.is_finite());
        number.ok_or_else(|| self.not_a_number())
    }

    /// An amount of money: 0 or more.
    pub fn money(self, text: &str) -> Result<Decimal, String> {
        let plain = self.plain(text).ok_or_else(|| self.not_a_number())?;
        let amount = if plain.contains('e') { Decimal::from_scientific(&plain) } else { plain.parse() };
        let amount = amount.map_err(|_| "too large or too exact for an amount of money".to_string())?;
        if amount.is_sign_negative() && !amount.is_zero() {
            return Err("an amount below zero".into());
        }
        let stored = input::stored_amount(amount.abs()).ok_or("too large for an amount of money")?;
        Ok(stored.normalize())
    }

    /// A probability written on a scale whose top is `top` (1 or 100); a `%` sign always means per cent.
    pub fn probability(self, text: &str, top: f64) -> Result<Probability, String> {
        let text = text.trim();
        let (text, top) = match text.strip_suffix('%') {
            Some(rest) => (rest, 100.0),
            None => (text, top),
        };
        Probability::new(self.float(text)? / top).ok_or_else(|| format!("not a probability from 0 to {top}"))
    }

    pub fn integer(self, text: &str) -> Result<i64, String> {
        self.plain(text).and_then(|plain| plain.parse().ok()).ok_or_else(|| "not a whole number".to_string())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLAIN: Numbers = Numbers { decimal: '.', thousands: None };
    const US: Numbers = Numbers { decimal: '.', thousands: Some(',') };
    const GERMAN: Numbers = Numbers { decimal: ',', thousands: Some('.') };
    const FRENCH: Numbers = Numbers { decimal: ',', thousands: Some(' ') };

    fn money(numbers: Numbers, text: &str) -> Option<String> {
        numbers.money(text).ok().map(|amount| amount.to_string())
    }

    #[test]
    fn money_in_many_hands() {
        assert_eq!(money(PLAIN, "20000").as_deref(), Some("20000"));
        assert_eq!(money(PLAIN, "980.50").as_deref(), Some("980.5"));
        assert_eq!(money(US, "$1,234,567.89").as_deref(), Some("1234567.89"));
        assert_eq!(money(GERMAN, "1.234,5 €").as_deref(), Some("1234.5"));
        assert_eq!(money(FRENCH, "12\u{202f}000,25").as_deref(), Some("12000.25"));
        assert_eq!(money(PLAIN, "1.5E+3").as_deref(), Some("1500"));
        assert_eq!(money(PLAIN, "-0").as_deref(), Some("0"));
    }

    #[test]
    fn money_that_is_none() {
        assert_eq!(US.money("-1,200"), Err("an amount below zero".into()));
        assert_eq!(US.money("(1,200)"), Err("an amount below zero".into()));
        for text in ["1,23", "12,5", "1,2345", ",123", "1.2.3", "", "-", ".", "1_000", "ten", "1 2", "--5", "(-5)", "1e", "0x10", "NaN"] {
            assert!(US.money(text).is_err(), "{text:?}");
        }
        assert!(PLAIN.money("1,000").expect_err("a comma").contains("no thousands separator"));
        assert!(PLAIN.money("1e40").is_err() && PLAIN.money("1e12").is_err());
        assert_eq!(money(PLAIN, "999999999999.99").as_deref(), Some("999999999999.99"));
    }

    #[test]
    fn probabilities_on_both_scales() {
        let read = |text, top| PLAIN.probability(text, top).map(Probability::get);
        assert_eq!(read("0.4", 1.0), Ok(0.4));
        assert_eq!(read("40", 100.0), Ok(0.4));
        assert_eq!(read("40 %", 1.0), Ok(0.4));
        assert_eq!(read("40", 1.0), Err("not a probability from 0 to 1".into()));
        assert!(read("-1", 100.0).is_err());
    }

    proptest! {
        #[test]
        fn grouped_money_is_read_back(cents in 0i64..1_000_000_000_000) {
            let amount = Decimal::new(cents, 2);
            let text = crate::domain::money::Money::new(amount, crate::domain::money::Currency::default()).to_string();
            prop_assert_eq!(US.money(&text), Ok(amount.normalize()));
        }

        #[test]
        fn no_text_breaks_the_reader(text in "[-+0-9.,eE()$ %−\u{a0}x]{0,16}") {
            for numbers in [PLAIN, US, GERMAN, FRENCH] {
                let _ = (numbers.money(&text), numbers.float(&text), numbers.probability(&text, 100.0), numbers.integer(&text));
            }
        }
    }
}
