//! The text that stands for a deal.

use crate::sha256::sha256_hex;

/// The model reads 256 tokens, about 1,500 letters; what is far beyond would only cost time.
const MAX_CHARS: usize = 4_000;

/// What a deal's text is made of. There is deliberately no place for the outcome, the stage or the loss reason:
/// a vector that knew how the deal ended would leak it into the score.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DealText<'a> {
    pub title: &'a str,
    /// The customer's name.
    pub account: Option<&'a str>,
    pub industry: Option<&'a str>,
    pub description: Option<&'a str>,
    /// What the team wrote while the deal was open; notes from its closing on tell the outcome and must be left out.
    pub notes: &'a [&'a str],
}

/// The text to embed: what matters most comes first, as the model reads only the beginning of a long text.
/// White space is evened out and empty parts are skipped, so that how a CRM stores them makes no difference.
pub fn text_for_embedding(deal: &DealText<'_>) -> String {
    let labelled = [("", Some(deal.title)), ("Industry: ", deal.industry), ("Account: ", deal.account), ("", deal.description)];
    let notes = deal.notes.iter().map(|note| ("", Some(*note)));
    let mut text = String::new();
    for (label, part) in labelled.into_iter().chain(notes) {
        let mut words = part.unwrap_or_default().split_whitespace().peekable();
        if words.peek().is_none() {
            continue;
        }
        if !text.is_empty() {
            text.push_str(if text.ends_with(['.', '!', '?']) { " " } else { ". " });
        }
        text.push_str(label);
        for (nth, word) in words.enumerate() {
            if nth > 0 {
                text.push(' ');
            }
            text.push_str(word);
        }
    }
    if let Some((end, _)) = text.char_indices().nth(MAX_CHARS) {
        text.truncate(end);
    }
    text
}

/// SHA-256 of the text as hexadecimal: tells whether a stored vector still belongs to the deal's text.
pub fn text_hash(text: &str) -> String {
    sha256_hex(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn puts_what_matters_first_and_skips_what_is_empty() {
        let deal = DealText {
            title: " Plant  automation ",
            account: Some("Acme"),
            industry: Some("Manufacturing"),
            description: Some(" \n"),
            notes: &["Asked for a pilot.", "", "Budget set"],
        };
        let text = text_for_embedding(&deal);
        assert_eq!(text, "Plant automation. Industry: Manufacturing. Account: Acme. Asked for a pilot. Budget set");
        assert_eq!(text_for_embedding(&DealText::default()), "");
    }

    #[test]
    fn hash_is_the_standard_sha_256() {
        assert_eq!(text_hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    proptest! {
        #[test]
        fn white_space_makes_no_difference_and_length_is_bounded(words in prop::collection::vec("[a-zé]{1,12}", 0..900)) {
            let (one, other) = (words.join(" "), words.join(" \n\t"));
            let text = |description| text_for_embedding(&DealText { title: "T", description: Some(description), ..DealText::default() });
            prop_assert_eq!(text(&one), text(&other));
            prop_assert!(text(&one).chars().count() <= MAX_CHARS);
        }
    }
}
