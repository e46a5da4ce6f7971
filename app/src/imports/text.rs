//! Texts as they are compared and shown.

/// Header names and values are compared without regard to case and surrounding spaces.
pub(crate) fn folded(text: &str) -> String {
    text.trim().to_lowercase()
}

/// `word` in the number that `count` asks for.
pub(crate) fn plural(count: usize, word: &str) -> String {
    match word.strip_suffix('y') {
        _ if count == 1 => word.into(),
        Some(stem) => format!("{stem}ies"),
        None => format!("{word}s"),
    }
}

/// How much of a bad value is shown, in characters.
const SHOWN: usize = 60;
/// `text` cut to what a report shows.
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into(),
    }
}
