//! Amounts of money: exact decimals with their currency.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// An ISO 4217 currency code: three capital letters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency(String);

impl Currency {
    /// Reads a code; `None` unless it is three ASCII letters.
    pub fn new(code: &str) -> Option<Self> {
        let code = code.trim();
        (code.len() == 3 && code.bytes().all(|b| b.is_ascii_alphabetic())).then(|| Self(code.to_ascii_uppercase()))
    }

    /// The code, in capitals.
    pub fn code(&self) -> &str {
        &self.0
    }
}

impl Default for Currency {
    fn default() -> Self {
        Self("USD".into())
    }
}

impl TryFrom<&str> for Currency {
    type Error = String;
    fn try_from(code: &str) -> Result<Self, String> {
        Self::new(code).ok_or_else(|| format!("{code:?} is not a currency code"))
    }
}

impl TryFrom<String> for Currency {
    type Error = String;
    fn try_from(code: String) -> Result<Self, String> {
        Self::try_from(code.as_str())
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.0
    }
}

/// An amount in a currency. Displays as people read it: `$12,400`, `€980.50`, `CHF 7,000`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    pub amount: Decimal,
    pub currency: Currency,
}

impl Money {
    pub fn new(amount: Decimal, currency: Currency) -> Self {
        Self { amount, currency }
    }

    fn symbol(&self) -> String {
        match self.currency.code() {
            "USD" => "$".into(),
            "EUR" => "€".into(),
            "GBP" => "£".into(),
            "JPY" => "¥".into(),
            code => format!("{code}\u{a0}"),
        }
    }

    /// Short form for tiles and charts: `$1.2M`, `$840k`, `$950`.
    pub fn compact(&self) -> String {
        let magnitude = self.amount.abs();
        let (scaled, unit) = if magnitude >= Decimal::from(999_950) {
            (self.amount / Decimal::from(1_000_000), "M")
        } else if magnitude >= Decimal::from(10_000) {
            (self.amount / Decimal::from(1_000), "k")
        } else {
            return self.to_string();
        };
        let digits = if scaled.abs() < Decimal::from(100) { 1 } else { 0 };
        format!("{}{}{unit}", self.symbol(), scaled.round_dp(digits).normalize())
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounded = self.amount.round_dp(2);
        let text = if rounded.is_integer() { rounded.trunc().to_string() } else { format!("{rounded:.2}") };
        let (sign, text) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("−", rest));
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        write!(f, "{sign}{}", self.symbol())?;
        for (i, digit) in whole.chars().enumerate() {
            if i > 0 && (whole.len() - i).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        if fraction.is_empty() { Ok(()) } else { write!(f, ".{fraction}") }
    }
}

/// The sum of amounts; `None` unless there are any and all share a currency.
pub fn sum_in_one_currency(amounts: impl Iterator<Item = (Currency, Option<Decimal>)>) -> Option<Money> {
    let mut sum: Option<Money> = None;
    for (currency, amount) in amounts {
        let Some(amount) = amount else { continue };
        let amount = Money::new(amount.round_dp(2), currency);
        sum = match sum {
            None => Some(amount),
            Some(sum) if sum.currency == amount.currency => Some(Money::new(sum.amount + amount.amount, sum.currency)),
            Some(_) => return None,
        };
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str, code: &str) -> Money {
        Money::new(text.parse().expect("a decimal"), Currency::new(code).expect("a code"))
    }

    #[test]
    fn reads_like_people_write_it() {
        assert_eq!(money("1234567", "USD").to_string(), "$1,234,567");
        assert_eq!(money("980.5", "EUR").to_string(), "€980.50");
        assert_eq!(money("-1200", "GBP").to_string(), "−£1,200");
        assert_eq!(money("7000", "chf").to_string(), "CHF\u{a0}7,000");
    }

    #[test]
    fn short_form() {
        assert_eq!(money("1234567", "USD").compact(), "$1.2M");
        assert_eq!(money("840000", "USD").compact(), "$840k");
        assert_eq!(money("12400", "USD").compact(), "$12.4k");
        assert_eq!(money("950", "USD").compact(), "$950");
    }

    #[test]
    fn currency_codes_are_three_letters() {
        assert!(Currency::new("usd").is_some());
        assert!(Currency::new("US").is_none());
        assert!(Currency::new("12€").is_none());
    }

    #[test]
    fn currencies_are_never_added_up() {
        let code = |code| Currency::new(code).expect("a code");
        let usd = || (code("USD"), Some(Decimal::from(5)));
        let eur = || (code("EUR"), Some(Decimal::from(7)));
        assert_eq!(sum_in_one_currency([usd(), usd()].into_iter()).map(|sum| sum.amount), Some(Decimal::from(10)));
        assert_eq!(sum_in_one_currency([usd(), eur()].into_iter()), None);
        assert_eq!(sum_in_one_currency([(code("USD"), None)].into_iter()), None);
    }
}
