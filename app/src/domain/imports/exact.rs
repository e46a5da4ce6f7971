//! Values written down so that they are read back exactly as they were: JSON's numbers and texts alone would not tell.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::{deals::CustomValue, probability::Probability};

/// A custom value with its kind, a number by its bits.
#[derive(Serialize, Deserialize)]
enum Exact {
    Text(String),
    Number(u64),
    Date(NaiveDate),
    Bool(bool),
}

impl From<&CustomValue> for Exact {
    fn from(value: &CustomValue) -> Self {
        match value {
            CustomValue::Text(text) => Self::Text(text.clone()),
            CustomValue::Number(number) => Self::Number(number.to_bits()),
            CustomValue::Date(date) => Self::Date(*date),
            CustomValue::Bool(yes) => Self::Bool(*yes),
        }
    }
}

impl From<Exact> for CustomValue {
    fn from(value: Exact) -> Self {
        match value {
            Exact::Text(text) => Self::Text(text),
            Exact::Number(bits) => Self::Number(f64::from_bits(bits)),
            Exact::Date(date) => Self::Date(date),
            Exact::Bool(yes) => Self::Bool(yes),
        }
    }
}

fn probability_of<E: serde::de::Error>(bits: u64) -> Result<Probability, E> {
    Probability::new(f64::from_bits(bits)).ok_or_else(|| E::custom("not a probability"))
}

/// A deal's custom fields.
pub(super) mod custom {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serializer};

    use super::{CustomValue, Exact};

    pub fn serialize<S: Serializer>(custom: &BTreeMap<String, CustomValue>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(custom.iter().map(|(key, value)| (key, Exact::from(value))))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, CustomValue>, D::Error> {
        let custom: BTreeMap<String, Exact> = BTreeMap::deserialize(deserializer)?;
        Ok(custom.into_iter().map(|(key, value)| (key, value.into())).collect())
    }
}

/// A probability that may be missing.
pub(super) mod probability {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Probability, probability_of};

    pub fn serialize<S: Serializer>(probability: &Option<Probability>, serializer: S) -> Result<S::Ok, S::Error> {
        probability.map(|probability| probability.get().to_bits()).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Probability>, D::Error> {
        Option::<u64>::deserialize(deserializer)?.map(probability_of).transpose()
    }
}

/// A probability.
pub(super) mod one_probability {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::{Probability, probability_of};

    pub fn serialize<S: Serializer>(probability: &Probability, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(probability.get().to_bits())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Probability, D::Error> {
        probability_of(u64::deserialize(deserializer)?)
    }
}
