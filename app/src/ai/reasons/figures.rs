//! Figures as people write them.

/// Longest text of a category shown, in characters.
pub(super) const MAX_CATEGORY: usize = 60;

/// Full days gone by, in words.
pub(super) fn span(days: f64) -> String {
    if days < 1.0 { "less than a day".into() } else { counted(days.floor(), "day", "days") }
}

/// How often, in words.
pub(super) fn times(count: f64) -> String {
    match count {
        1.0 => "once".into(),
        2.0 => "twice".into(),
        count => format!("{} times", number(count)),
    }
}

/// How often something came that came once in so many days: "one every 8 days".
pub(super) fn one_every(days: f64) -> String {
    match days {
        days if days >= 1.5 => format!("one every {} days", number(days.round())),
        days if days >= 0.75 => "one a day".into(),
        days => format!("{} a day", number((1.0 / days).round())),
    }
}

pub(super) fn counted(count: f64, one: &str, many: &str) -> String {
    format!("{} {}", number(count), if count == 1.0 { one } else { many })
}

/// A number as people write it: commas between thousands, no more decimals than tell something.
pub(super) fn number(value: f64) -> String {
    let magnitude = value.abs();
    if !magnitude.is_finite() || magnitude >= 1e15 {
        return format!("{value:e}");
    }
    let decimals = match magnitude {
        0.0 => 0,
        m if m >= 100.0 => 1,
        m if m >= 1.0 => 2,
        // Three figures that count.
        m => ((2.0 - m.log10().floor()) as usize).min(6),
    };
    let text = format!("{magnitude:.decimals$}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let fraction = fraction.trim_end_matches('0');
    let mut grouped = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if value < 0.0 { "−" } else { "" };
    if fraction.is_empty() { format!("{sign}{grouped}") } else { format!("{sign}{grouped}.{fraction}") }
}

pub(super) fn shortened(text: String) -> String {
    if text.chars().count() <= MAX_CATEGORY {
        return text;
    }
    text.chars().take(MAX_CATEGORY - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        let cases =
            [(0.0, "0"), (5.0, "5"), (12.345, "12.35"), (1234.56, "1,234.6"), (0.000123, "0.000123"), (-0.5, "−0.5"), (100.0, "100")];
        for (value, text) in cases {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn how_often() {
        assert_eq!([1.0, 2.0, 3.0].map(times), ["once", "twice", "3 times"]);
        assert_eq!([8.2, 1.4, 0.34].map(one_every), ["one every 8 days", "one a day", "3 a day"]);
    }
}
