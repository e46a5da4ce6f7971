//! Why deals are alike: what they share, in words.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use crate::domain::{deals::CustomValue, money::Money};

/// Words of both texts that are told, at most.
const WORDS: usize = 5;
/// Shorter words say little.
const LETTERS: usize = 4;
/// Values are near where neither is more than so many times the other.
const NEAR: i64 = 2;
/// Custom fields that are told, at most.
const FIELDS: usize = 3;

/// Words that every text has, in the languages that teams write in most.
const COMMON: [&str; 72] = [
    "about", "after", "also", "auch", "been", "before", "beim", "between", "deal", "deals", "dass", "dem", "dies", "diese", "dieser",
    "durch", "each", "eine", "einem", "einen", "einer", "eines", "first", "from", "haben", "have", "here", "ihre", "into", "just", "kann",
    "like", "mehr", "mit", "more", "most", "much", "nach", "need", "needs", "nicht", "noch", "oder", "only", "other", "over", "same",
    "sein", "sich", "sind", "some", "such", "than", "that", "their", "them", "then", "there", "they", "this", "über", "unter", "until",
    "very", "want", "wants", "well", "werden", "when", "will", "with", "your",
];

/// What of a deal is compared.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Described {
    pub title: String,
    pub description: String,
    pub account: Option<String>,
    pub industry: Option<String>,
    pub value: Option<Money>,
    pub custom: BTreeMap<String, CustomValue>,
}

/// What two deals share: account or industry, values that are near, custom fields, and words of both texts.
pub fn shared(a: &Described, b: &Described) -> Vec<String> {
    let mut told = Vec::new();
    if a.account.is_some() && a.account == b.account {
        told.push("Same account".to_owned());
    } else if let Some(industry) = a.industry.as_ref().filter(|industry| b.industry.as_ref() == Some(*industry)) {
        told.push(format!("Same industry: {industry}"));
    }
    let fields = a.custom.iter().filter(|(key, value)| b.custom.get(*key) == Some(*value)).filter_map(|(key, value)| match value {
        CustomValue::Text(text) => Some(format!("Same {key}: {text}")),
        CustomValue::Number(_) | CustomValue::Date(_) | CustomValue::Bool(_) => None,
    });
    told.extend(fields.take(FIELDS));
    if let (Some(a), Some(b)) = (&a.value, &b.value)
        && near(a, b)
    {
        told.push("Similar value".to_owned());
    }
    // Whose deals they are is said already, and titles are often named for it.
    let names: BTreeSet<String> = a.account.iter().chain(&b.account).flat_map(|name| words(name)).collect();
    let words = shared_words(&[&a.title, &a.description], &[&b.title, &b.description], &names);
    if !words.is_empty() {
        told.push(format!("Both mention {}", words.join(", ")));
    }
    told
}

fn near(a: &Money, b: &Money) -> bool {
    let (less, more) = if a.amount < b.amount { (a.amount, b.amount) } else { (b.amount, a.amount) };
    a.currency == b.currency && less > Decimal::ZERO && more <= less * Decimal::from(NEAR)
}

/// Words of both but for some, in the order of the first text.
fn shared_words(a: &[&str], b: &[&str], but: &BTreeSet<String>) -> Vec<String> {
    let known: BTreeSet<String> = b.iter().flat_map(|text| words(text)).filter(|word| !but.contains(word)).collect();
    let mut seen = BTreeSet::new();
    a.iter().flat_map(|text| words(text)).filter(|word| known.contains(word) && seen.insert(word.clone())).take(WORDS).collect()
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| word.chars().count() >= LETTERS && word.chars().any(char::is_alphabetic))
        .map(str::to_lowercase)
        .filter(|word| !COMMON.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::money::Currency;

    fn described(title: &str, description: &str) -> Described {
        Described { title: title.into(), description: description.into(), ..Described::default() }
    }

    #[test]
    fn says_what_deals_share() {
        let value = |amount: i64| Some(Money::new(amount.into(), Currency::default()));
        let text = |text: &str| CustomValue::Text(text.into());
        let a = Described {
            account: Some("Northgate".into()),
            industry: Some("Logistics".into()),
            value: value(10_000),
            custom: BTreeMap::from([("Region".into(), text("North")), ("Seats".into(), CustomValue::Number(40.0))]),
            ..described("Route planning for Northgate", "For the whole fleet of vans, with Über-Tracking")
        };
        let b = Described {
            account: Some("Other".into()),
            value: value(20_000),
            ..described("Fleet tracking for Northgate", "Route and vans")
        };
        let b = Described { industry: a.industry.clone(), custom: a.custom.clone(), ..b };
        let expected = ["Same industry: Logistics", "Same Region: North", "Similar value", "Both mention route, fleet, vans, tracking"]
            .map(String::from);
        assert_eq!(shared(&a, &b), expected);
        assert_eq!(shared(&a, &Described { account: a.account.clone(), ..Described::default() }), ["Same account"]);
        assert_eq!(shared(&a, &Described { value: value(20_001), ..Described::default() }), [""; 0]);
        let euro = Some(Money::new(10_000.into(), Currency::new("EUR").expect("a code")));
        assert_eq!(shared(&a, &Described { value: euro, ..Described::default() }), [""; 0], "another currency is no near value");
    }

    proptest! {
        #[test]
        fn is_the_same_from_both_sides_but_for_the_order_of_words(a in "[a-f ]{0,60}", b in "[a-f ]{0,60}") {
            let sorted = |mut words: Vec<String>| { words.sort(); words };
            let (there, back) = (shared_words(&[&a], &[&b], &BTreeSet::new()), shared_words(&[&b], &[&a], &BTreeSet::new()));
            prop_assert!(there.len() <= WORDS);
            if there.len() < WORDS {
                prop_assert_eq!(sorted(there), sorted(back));
            }
        }
    }
}
