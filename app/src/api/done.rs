//! What a form says when it was taken: a word in the address that it leads to, shown once.

/// The parameter's name.
pub const PARAMETER: &str = "done";

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    Saved,
    Moved,
    Undone,
    Reopened,
    /// It happens in the background.
    AskedFor,
}

impl Done {
    const ALL: [Done; 5] = [Self::Saved, Self::Moved, Self::Undone, Self::Reopened, Self::AskedFor];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Saved => "saved",
            Self::Moved => "moved",
            Self::Undone => "undone",
            Self::Reopened => "reopened",
            Self::AskedFor => "asked",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|done| done.as_str() == text)
    }

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
        format!("{page}{join}{PARAMETER}={}{hash}{anchor}", self.as_str())
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

    #[test]
    fn words_read_back() {
        for done in Done::ALL {
            assert_eq!(Done::parse(done.as_str()), Some(done));
        }
        assert_eq!(Done::parse("<b>"), None);
    }
}
