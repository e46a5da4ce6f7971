//! The report as Markdown.

use crate::domain::report::{Block, Grid, Report};

/// The whole report.
pub(super) fn text(report: &Report) -> String {
    let mut parts = vec![format!("# {}", escaped(&report.title)), escaped(&report.origin.join(" · "))];
    parts.push(format!("**{}**", escaped(&report.verdict.headline)));
    parts.extend(report.verdict.blocks.iter().filter_map(block));
    for section in &report.sections {
        parts.push(format!("## {}", escaped(&section.title)));
        parts.extend(section.blocks.iter().filter_map(block));
    }
    parts.join("\n\n") + "\n"
}

/// `None` for what Markdown cannot show.
fn block(block: &Block) -> Option<String> {
    let lines = |lines: Vec<String>| Some(lines.join("\n"));
    match block {
        Block::Text(text) => Some(escaped(text)),
        Block::Note(text) => Some(format!("> {}", escaped(text))),
        Block::List(items) => lines(items.iter().map(|item| format!("- {}", escaped(item))).collect()),
        Block::Facts(facts) => lines(
            facts
                .iter()
                .map(|fact| {
                    let detail = if fact.detail.is_empty() { String::new() } else { format!(" ({})", escaped(&fact.detail)) };
                    format!("- {}: **{}**{detail}", escaped(&fact.label), escaped(&fact.value))
                })
                .collect(),
        ),
        Block::Bars(bars) => lines(
            bars.iter()
                .map(|bar| {
                    let detail = if bar.detail.is_empty() { String::new() } else { format!(": {}", escaped(&bar.detail)) };
                    format!("1. {} ({}){detail}", escaped(&bar.label), escaped(&bar.value))
                })
                .collect(),
        ),
        Block::Table(grid) | Block::Charted(_, grid) => Some(table(grid)),
        Block::Figures(_) => None,
    }
}

fn table(grid: &Grid) -> String {
    let row = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let mut lines = vec![format!("**{}**", escaped(&grid.caption)), String::new()];
    lines.push(row(grid.head.iter().map(|head| escaped(&head.text)).collect()));
    lines.push(row(grid.head.iter().map(|head| if head.number { "---:" } else { "---" }.to_owned()).collect()));
    lines.extend(grid.rows.iter().map(|cells| row(cells.iter().map(|cell| escaped(cell)).collect())));
    lines.join("\n")
}

/// Text that stands for itself, on one line: no markup, no HTML, no way out of a table's cell.
pub(super) fn escaped(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut safe = String::with_capacity(text.len());
    for (at, letter) in letters.iter().enumerate() {
        let inside_word = |at: Option<usize>| at.and_then(|at| letters.get(at)).is_some_and(|letter| letter.is_alphanumeric());
        let special = match letter {
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '&' | '|' | '#' | '~' => true,
            // Within a word it emphasises nothing, and columns' names are full of it.
            '_' => !(inside_word(at.checked_sub(1)) && inside_word(Some(at + 1))),
            '-' | '+' => at == 0,
            _ => false,
        };
        if special {
            safe.push('\\');
        }
        safe.push(if letter.is_control() || letter.is_whitespace() { ' ' } else { *letter });
    }
    safe
}
