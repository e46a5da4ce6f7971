//! What a form says when it was taken: a word in the address that it leads to, shown once.

/// The parameter's name.
pub const PARAMETER: &str = "done";

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Done {
    Saved,
    Moved,
    Undone,
    Reopened,
    /// It happens in the background.
    #[strum(serialize = "asked")]
    AskedFor,
}

impl Done {
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Saved => "Saved.",
            Self::Moved => "Moved.",
            Self::Undone => "Undone.",
            Self::Reopened => "Reopened.",
            Self::AskedFor => "Asked for; it is done in the background.",
        }
    }

    /// The address with the word in it.
    pub fn at(self, address: &str) -> String {
        let (page, anchor) = address.split_once('#').map_or((address, ""), |(page, anchor)| (page, anchor));
        let join = if page.contains('?') { '&' } else { '?' };
        let hash = if anchor.is_empty() { "" } else { "#" };
        format!("{page}{join}{PARAMETER}={}{hash}{anchor}", self.into_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_stands_among_the_parameters() {
        assert_eq!(Done::Saved.at("/jobs"), "/jobs?done=saved");
        assert_eq!(Done::Saved.at("/alerts?rule=stale"), "/alerts?rule=stale&done=saved");
        assert_eq!(Done::Moved.at("/monitoring#thresholds"), "/monitoring?done=moved#thresholds");
    }
}
