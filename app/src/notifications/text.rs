//! Text that must stay on its line.

/// One line without control characters: nothing in it can end a header, a heading or a link. Non-breaking spaces stay: they hold
/// numbers together.
pub fn one_line(words: &str) -> String {
    let gap = |c: char| c.is_control() || (c.is_whitespace() && !matches!(c, '\u{a0}' | '\u{202f}'));
    words.split(gap).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}
