//! Comparisons in words that a sales manager reads.

use super::split::Split;
use crate::{
    ai::features::{CUSTOM_PREFIX, Feature},
    domain::deals::{CustomField, CustomKind},
};

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Count,
    Days,
    /// 0 to 1.
    Percent,
    /// Percentage points, -1 to 1.
    Points,
    Times,
    Number,
    /// 0 or 1.
    YesNo,
}

/// What a column is called, and its high and its low side.
pub(super) fn of(column: &str, split: &Split, custom: &[CustomField]) -> (String, [String; 2]) {
    let (title, unit) = match Feature::parse(column) {
        Some(feature) => {
            let (title, unit) = registered(feature);
            (title.to_owned(), unit)
        }
        None => {
            let key = column.strip_prefix(CUSTOM_PREFIX).unwrap_or(column);
            own(key, custom.iter().find(|field| field.key == key).map(|field| field.kind))
        }
    };
    let sides = match split {
        Split::Value(value) => [value.clone(), "any other".into()],
        Split::Numbers { .. } if unit == Unit::YesNo => ["yes".into(), "no".into()],
        Split::Numbers { low, high } => numbers(*low, *high, unit),
    };
    (title, sides)
}

fn own(key: &str, kind: Option<CustomKind>) -> (String, Unit) {
    match kind {
        Some(CustomKind::Date) => (format!("{key}, days after creation"), Unit::Days),
        Some(CustomKind::Boolean) => (key.to_owned(), Unit::YesNo),
        _ => (key.to_owned(), Unit::Number),
    }
}

fn registered(feature: Feature) -> (&'static str, Unit) {
    use Feature as F;
    match feature {
        F::DealAgeDays => ("Age of the deal", Unit::Days),
        F::DaysToExpectedClose => ("Time left to the expected close", Unit::Days),
        F::DaysInStage => ("Time in its stage", Unit::Days),
        F::IsOverdue => ("Expected close has passed", Unit::YesNo),
        F::AgeVsWonMedian => ("Age against what won deals take", Unit::Times),
        F::Value => ("Value", Unit::Number),
        F::ValueTier => ("Fifth by value among all deals (5: largest)", Unit::Count),
        F::LogValue => ("Value (logarithm)", Unit::Number),
        F::StageOrdinal => ("Place of its stage", Unit::Count),
        F::StageProgress => ("Way through the pipeline", Unit::Percent),
        F::RepProbability => ("Rep's probability", Unit::Percent),
        F::HighConfidence => ("Rep gives 70% or more", Unit::YesNo),
        F::LowConfidence => ("Rep gives 30% or less", Unit::YesNo),
        F::ProbabilityChange30d => ("Change of the rep's probability within 30 days", Unit::Points),
        F::ActivityCount => ("Activities", Unit::Count),
        F::ActivitiesPerWeek => ("Activities a week", Unit::Number),
        F::DaysSinceLastActivity => ("Time since the last activity", Unit::Days),
        F::Calls => ("Calls", Unit::Count),
        F::Emails => ("E-mails", Unit::Count),
        F::Meetings => ("Meetings", Unit::Count),
        F::NotesAndOther => ("Notes and other activities", Unit::Count),
        F::SimilarWon => ("Won among the most similar deals before", Unit::Count),
        F::SimilarLost => ("Lost among the most similar deals before", Unit::Count),
        F::SimilarWinRatio => ("Win rate of the most similar deals before", Unit::Percent),
        F::SimilarityMean => ("Similarity to earlier deals", Unit::Percent),
        F::SimilarityMax => ("Similarity to the nearest earlier deal", Unit::Percent),
        F::SimilarityMeanWon => ("Similarity to earlier won deals", Unit::Percent),
        F::SimilarityMeanLost => ("Similarity to earlier lost deals", Unit::Percent),
        F::SimilarWeightedWinRatio => ("Win rate of similar deals before, by similarity", Unit::Percent),
        F::SlipsCount => ("Times the expected close was put off", Unit::Count),
        F::DaysSlipped => ("Days the expected close was put off by", Unit::Days),
        F::StageRegressions => ("Steps back in the pipeline", Unit::Count),
        F::ActivityTrend => ("Activities of two weeks against the two before", Unit::Count),
        F::OwnerWinRate => ("Owner's win rate before", Unit::Percent),
        F::AccountWinRate => ("Account's win rate before", Unit::Percent),
    }
}

/// "3 or more" and "at most 1", with as many digits as tell them apart.
fn numbers(low: f64, high: f64, unit: Unit) -> [String; 2] {
    let mut digits = if unit == Unit::Times { 1 } else { 0 };
    if unit == Unit::Number && high.abs() < 100.0 && (low.fract() != 0.0 || high.fract() != 0.0) {
        digits = 1;
    }
    while digits < 4 && written(low, unit, digits) == written(high, unit, digits) {
        digits += 1;
    }
    let at_most = match unit {
        Unit::Count if low == 0.0 => "none".into(),
        _ => format!("at most {}", written(low, unit, digits)),
    };
    [format!("{} or more", written(high, unit, digits)), at_most]
}

fn written(value: f64, unit: Unit, digits: usize) -> String {
    let scaled = if matches!(unit, Unit::Percent | Unit::Points) { value * 100.0 } else { value };
    let number = parted(scaled, digits);
    match unit {
        Unit::Days if number == "1" => "1 day".into(),
        Unit::Days => format!("{number} days"),
        Unit::Percent => format!("{number}%"),
        Unit::Points => format!("{number} points"),
        Unit::Times => format!("{number}×"),
        Unit::Count | Unit::Number | Unit::YesNo => number,
    }
}

/// "−12,400.5".
fn parted(value: f64, digits: usize) -> String {
    let text = format!("{:.digits$}", value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let negative = value < 0.0 && text.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
    let mut parted = String::from(if negative { "−" } else { "" });
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            parted.push(',');
        }
        parted.push(digit);
    }
    if fraction.is_empty() { parted } else { format!("{parted}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(column: &str, low: f64, high: f64) -> String {
        let (title, [high, low]) = of(column, &Split::Numbers { low, high }, &[]);
        format!("{title}: {high} / {low}")
    }

    #[test]
    fn sides_read_as_people_say_them() {
        assert_eq!(said("meetings", 1.0, 3.0), "Meetings: 3 or more / at most 1");
        assert_eq!(said("calls", 0.0, 1.0), "Calls: 1 or more / none");
        assert_eq!(said("is_overdue", 0.0, 1.0), "Expected close has passed: yes / no");
        assert_eq!(said("owner_win_rate", 0.2, 0.61), "Owner's win rate before: 61% or more / at most 20%");
        assert_eq!(said("similarity_max", 0.8312, 0.8344), "Similarity to the nearest earlier deal: 83.4% or more / at most 83.1%");
        assert_eq!(
            said("days_to_expected_close", -4.0, 12_000.0),
            "Time left to the expected close: 12,000 days or more / at most −4 days"
        );
        assert_eq!(said("custom:Seats", 20.0, 60.0), "Seats: 60 or more / at most 20");
    }

    #[test]
    fn a_value_stands_against_the_others() {
        let (title, sides) = of("custom:Region", &Split::Value("North".into()), &[]);
        assert_eq!((title.as_str(), sides), ("Region", ["North".to_owned(), "any other".to_owned()]));
    }
}
