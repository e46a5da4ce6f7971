//! A filter's choice that may also be "those that have none".

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The word for [`Pick::Missing`] in an address.
const MISSING: &str = "none";
/// Stands before a value that would read as something else.
const LITERALLY: char = '=';

/// Deals with this value, or those without any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String", bound = "T: Clone + FromStr + fmt::Display")]
pub enum Pick<T> {
    Only(T),
    Missing,
}

impl<T> Pick<T> {
    /// What a group of deals that share `value`, or lack one, is picked by.
    pub fn of(value: Option<T>) -> Self {
        value.map_or(Self::Missing, Self::Only)
    }

    /// The value; `None` for those without.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Only(value) => Some(value),
            Self::Missing => None,
        }
    }
}

/// `none`, or the value; a value that begins with `=` or is itself `none` stands behind a `=`.
impl<T: fmt::Display> fmt::Display for Pick<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Only(value) = self else { return f.write_str(MISSING) };
        let text = value.to_string();
        if text == MISSING || text.starts_with(LITERALLY) { write!(f, "{LITERALLY}{text}") } else { f.write_str(&text) }
    }
}

impl<T: FromStr> FromStr for Pick<T> {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == MISSING {
            return Ok(Self::Missing);
        }
        let value = text.strip_prefix(LITERALLY).unwrap_or(text);
        value.parse().map(Self::Only).map_err(|_| "a filter holds a value, or `none`")
    }
}

impl<T: fmt::Display> From<Pick<T>> for String {
    fn from(pick: Pick<T>) -> Self {
        pick.to_string()
    }
}

impl<T: FromStr> TryFrom<String> for Pick<T> {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_text_reads_back(text in "(none|=?none|=*.{0,12})") {
            let pick = Pick::Only(text);
            prop_assert_eq!(pick.to_string().parse::<Pick<String>>(), Ok(pick));
        }
    }

    #[test]
    fn none_is_no_value() {
        assert_eq!("none".parse(), Ok(Pick::<String>::Missing));
        assert_eq!(Pick::<u32>::of(None).to_string(), "none");
        assert_eq!("seven".parse::<Pick<u32>>().ok(), None);
    }
}
