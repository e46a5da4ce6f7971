//! The sentences. They state what was seen and fit whether it helps or hurts.

use rust_decimal::{Decimal, prelude::FromPrimitive};

use super::Context;
use crate::{
    ai::{
        features::{COUNT, Feature},
        table::{ColumnData, Table},
    },
    domain::{CustomKind, Money, Probability},
};

/// Longest text of a category shown, in characters.
const MAX_CATEGORY: usize = 60;

/// One row's features; NaN where the table has none.
pub(super) struct Values([f64; COUNT]);

impl Values {
    /// Reads a row of a table whose columns are `features` in that order.
    pub fn read(table: &Table, row: usize, features: &[Option<Feature>]) -> Self {
        let mut values = [f64::NAN; COUNT];
        for (column, feature) in table.columns.iter().zip(features) {
            if let (Some(feature), ColumnData::Numeric(numbers)) = (feature, &column.data) {
                values[*feature as usize] = numbers.get(row).copied().unwrap_or(f64::NAN);
            }
        }
        Self(values)
    }

    pub fn get(&self, feature: Feature) -> f64 {
        self.0[feature as usize]
    }

    /// `None` where it is missing.
    fn known(&self, feature: Feature) -> Option<f64> {
        Some(self.get(feature)).filter(|value| !value.is_nan())
    }
}

/// A sentence about a feature of the registry.
pub(super) fn feature(feature: Feature, values: &Values, context: &Context) -> String {
    use Feature as F;
    match feature {
        F::DealAgeDays => age(values, false),
        F::AgeVsWonMedian => age(values, true),
        F::DaysToExpectedClose | F::IsOverdue => close_date(values),
        F::DaysInStage => time_in_stage(values, context),
        F::Value | F::LogValue => value(values, false, context),
        F::ValueTier => value(values, true, context),
        F::StageOrdinal | F::StageProgress => stage(values, context),
        F::RepProbability | F::HighConfidence | F::LowConfidence => rep_probability(values),
        F::ProbabilityChange30d => probability_change(values),
        F::ActivityCount | F::ActivitiesPerWeek | F::DaysSinceLastActivity | F::Calls | F::Emails | F::Meetings | F::NotesAndOther => {
            activities(feature, values)
        }
        F::SimilarWon
        | F::SimilarLost
        | F::SimilarWinRatio
        | F::SimilarWeightedWinRatio
        | F::SimilarityMean
        | F::SimilarityMax
        | F::SimilarityMeanWon
        | F::SimilarityMeanLost => similar(feature, values),
    }
}

/// A sentence about a custom field.
pub(super) fn custom(key: &str, data: &ColumnData, row: usize, context: &Context) -> String {
    let is_date = context.custom.iter().any(|field| field.key == key && field.kind == CustomKind::Date);
    let value = match data {
        ColumnData::Category(values) => values.get(row).cloned().flatten().map(shortened),
        ColumnData::Numeric(values) => {
            values.get(row).filter(|value| !value.is_nan()).map(|value| if is_date { from_creation(*value) } else { number(*value) })
        }
    };
    format!("{key}: {}", value.as_deref().unwrap_or("not given"))
}

const NO_DATES: &str = "No dates known for this deal";
const NO_STAGE: &str = "No open stage recorded";
const NO_REP_PROBABILITY: &str = "No probability from the rep";

fn age(values: &Values, compare: bool) -> String {
    let Some(days) = values.known(Feature::DealAgeDays) else { return NO_DATES.into() };
    match values.known(Feature::AgeVsWonMedian) {
        Some(ratio) if compare => {
            let usual = match ratio {
                ratio if ratio < 0.01 => "less than 1% of".into(),
                ratio if ratio < 0.95 => format!("{:.0}% of", ratio * 100.0),
                ratio if ratio < 1.05 => "about".into(),
                ratio => format!("{ratio:.1} times"),
            };
            format!("Open for {}, {usual} the usual time to win", span(days))
        }
        _ => format!("Deal is {} old", span(days)),
    }
}

fn close_date(values: &Values) -> String {
    if values.known(Feature::DealAgeDays).is_none() {
        return NO_DATES.into();
    }
    match values.known(Feature::DaysToExpectedClose) {
        None => "No expected close date".into(),
        Some(days) if days < 0.0 => format!("Expected close date passed {} ago", span(-days)),
        Some(days) if days < 1.0 => "Expected to close today".into(),
        Some(days) => format!("Expected to close in {}", span(days)),
    }
}

fn time_in_stage(values: &Values, context: &Context) -> String {
    if let Some(days) = values.known(Feature::DaysInStage) {
        return match context.stage {
            Some(name) => format!("In stage {name} for {}", span(days)),
            None => format!("In this stage for {}", span(days)),
        };
    }
    let reason = match (values.known(Feature::DealAgeDays), values.known(Feature::StageOrdinal)) {
        (_, None) => NO_STAGE,
        (None, _) => NO_DATES,
        _ => "Not known when it entered its stage",
    };
    reason.into()
}

fn stage(values: &Values, context: &Context) -> String {
    let (Some(ordinal), Some(progress)) = (values.known(Feature::StageOrdinal), values.known(Feature::StageProgress)) else {
        return NO_STAGE.into();
    };
    // Progress is the ordinal over the number of open stages.
    let count = (ordinal / progress).round();
    match context.stage {
        Some(name) => format!("In stage {name} ({ordinal} of {count})"),
        None => format!("In stage {ordinal} of {count}"),
    }
}

fn value(values: &Values, compare: bool, context: &Context) -> String {
    let Some(value) = values.known(Feature::Value) else { return "No value entered".into() };
    let exact = Decimal::from_f64(value).zip(context.currency.cloned());
    let amount = exact.map_or_else(|| number(value), |(amount, currency)| Money::new(amount, currency).to_string());
    let fifth = match values.known(Feature::ValueTier) {
        Some(tier) if compare => match tier {
            tier if tier >= 5.0 => "highest",
            tier if tier >= 4.0 => "second-highest",
            tier if tier >= 3.0 => "middle",
            tier if tier >= 2.0 => "second-lowest",
            _ => "lowest",
        },
        _ => return format!("Value is {amount}"),
    };
    format!("Value of {amount} is in the {fifth} fifth of deals")
}

fn rep_probability(values: &Values) -> String {
    values
        .known(Feature::RepProbability)
        .map_or_else(|| NO_REP_PROBABILITY.into(), |probability| format!("Rep's probability is {}", Probability::saturating(probability)))
}

fn probability_change(values: &Values) -> String {
    let Some(change) = values.known(Feature::ProbabilityChange30d) else {
        return match values.known(Feature::RepProbability) {
            Some(_) => format!("{}, with none of 30 days ago to compare", rep_probability(values)),
            None => NO_REP_PROBABILITY.into(),
        };
    };
    let points = (change.abs() * 100.0).round();
    if points == 0.0 {
        return "Rep's probability has not changed in 30 days".into();
    }
    let verb = if change > 0.0 { "rose" } else { "fell" };
    format!("Rep's probability {verb} by {} in 30 days", counted(points, "point", "points"))
}

fn activities(feature: Feature, values: &Values) -> String {
    let Some(count) = values.known(Feature::ActivityCount) else { return "No activities are tracked for this deal".into() };
    if count == 0.0 {
        return match values.known(Feature::DealAgeDays) {
            Some(days) if days >= 1.0 => format!("No activity yet, {} after it was created", span(days)),
            _ => "No activity yet".into(),
        };
    }
    let so_far = |feature, one, many| match values.known(feature) {
        Some(count) if count > 0.0 => format!("{} so far", counted(count, one, many)),
        _ => format!("No {many} so far"),
    };
    match feature {
        Feature::DaysSinceLastActivity => match values.known(feature) {
            Some(days) if days >= 7.0 => format!("No activity for {}", span(days)),
            Some(days) => format!("Last activity {} ago", span(days)),
            None => so_far(Feature::ActivityCount, "activity", "activities"),
        },
        Feature::ActivitiesPerWeek => match values.get(feature) {
            rate if rate >= 0.05 => {
                let rate = (rate * 10.0).round() / 10.0;
                format!("{} a week so far", counted(rate, "activity", "activities"))
            }
            _ => "Fewer than 0.1 activities a week so far".into(),
        },
        Feature::Calls => so_far(feature, "call", "calls"),
        Feature::Emails => so_far(feature, "e-mail", "e-mails"),
        Feature::Meetings => so_far(feature, "meeting", "meetings"),
        Feature::NotesAndOther => so_far(feature, "note or other activity", "notes or other activities"),
        _ => so_far(Feature::ActivityCount, "activity", "activities"),
    }
}

fn similar(feature: Feature, values: &Values) -> String {
    let (Some(won), Some(lost)) = (values.known(Feature::SimilarWon), values.known(Feature::SimilarLost)) else {
        return "Not compared with similar past deals".into();
    };
    let total = won + lost;
    let likeness = values.known(feature).map(|cosine| format!("{:.0}%", cosine.clamp(0.0, 1.0) * 100.0));
    match (feature, likeness) {
        _ if total == 0.0 => "No similar past deals yet".into(),
        (Feature::SimilarityMax, Some(likeness)) => format!("The most similar past deal is {likeness} alike"),
        (Feature::SimilarityMean, Some(likeness)) if total > 1.0 => {
            format!("The {total} most similar past deals are {likeness} alike on average")
        }
        (Feature::SimilarityMeanWon, Some(likeness)) if total > 1.0 => {
            format!("{}, {likeness} alike on average", won_of(won, total))
        }
        (Feature::SimilarityMeanLost, Some(likeness)) if total > 1.0 => {
            format!("{lost} of the {total} most similar past deals {} lost, {likeness} alike on average", were(lost))
        }
        _ => won_of(won, total),
    }
}

fn won_of(won: f64, total: f64) -> String {
    match won {
        won if total == 1.0 => format!("The most similar past deal was {}", if won == 1.0 { "won" } else { "lost" }),
        0.0 => format!("None of the {total} most similar past deals were won"),
        won if won == total => format!("All {total} of the most similar past deals were won"),
        won => format!("{won} of the {total} most similar past deals {} won", were(won)),
    }
}

fn were(count: f64) -> &'static str {
    if count == 1.0 { "was" } else { "were" }
}

/// Full days gone by, in words.
fn span(days: f64) -> String {
    if days < 1.0 { "less than a day".into() } else { counted(days.floor(), "day", "days") }
}

fn from_creation(days: f64) -> String {
    match days {
        0.0 => "the day the deal was created".into(),
        days => format!("{} {} the deal was created", span(days.abs()), if days < 0.0 { "before" } else { "after" }),
    }
}

fn counted(count: f64, one: &str, many: &str) -> String {
    format!("{} {}", number(count), if count == 1.0 { one } else { many })
}

/// A number as people write it: commas between thousands, no more decimals than tell something.
fn number(value: f64) -> String {
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

fn shortened(text: String) -> String {
    if text.chars().count() <= MAX_CATEGORY {
        return text;
    }
    text.chars().take(MAX_CATEGORY - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Currency, CustomField};
    use Feature as F;

    fn say(about: Feature, known: &[(Feature, f64)]) -> String {
        say_in(about, known, &Context::default())
    }

    fn say_in(about: Feature, known: &[(Feature, f64)], context: &Context) -> String {
        let mut values = Values([f64::NAN; COUNT]);
        for (feature, value) in known {
            values.0[*feature as usize] = *value;
        }
        feature(about, &values, context)
    }

    #[test]
    fn time() {
        let close = |days| say(F::IsOverdue, &[(F::DealAgeDays, 40.0), (F::DaysToExpectedClose, days)]);
        assert_eq!(close(-12.0), "Expected close date passed 12 days ago");
        assert_eq!(close(-1.0), "Expected close date passed 1 day ago");
        assert_eq!(close(0.0), "Expected to close today");
        assert_eq!(close(1.0), "Expected to close in 1 day");
        assert_eq!(close(f64::NAN), "No expected close date");
        assert_eq!(say(F::DaysToExpectedClose, &[]), "No dates known for this deal");
        assert_eq!(say(F::DealAgeDays, &[(F::DealAgeDays, 0.4)]), "Deal is less than a day old");
        let compared = |ratio| say(F::AgeVsWonMedian, &[(F::DealAgeDays, 90.2), (F::AgeVsWonMedian, ratio)]);
        assert_eq!(compared(1.84), "Open for 90 days, 1.8 times the usual time to win");
        assert_eq!(compared(0.4), "Open for 90 days, 40% of the usual time to win");
        assert_eq!(compared(1.01), "Open for 90 days, about the usual time to win");
        assert_eq!(compared(f64::NAN), "Deal is 90 days old");
    }

    #[test]
    fn stages_by_name_or_place() {
        let known = [(F::DealAgeDays, 90.0), (F::DaysInStage, 41.9), (F::StageOrdinal, 3.0), (F::StageProgress, 3.0 / 7.0)];
        let named = Context { stage: Some("Proposal"), ..Context::default() };
        assert_eq!(say(F::DaysInStage, &known), "In this stage for 41 days");
        assert_eq!(say_in(F::DaysInStage, &known, &named), "In stage Proposal for 41 days");
        assert_eq!(say(F::StageProgress, &known), "In stage 3 of 7");
        assert_eq!(say_in(F::StageOrdinal, &known, &named), "In stage Proposal (3 of 7)");
        assert_eq!(say(F::StageOrdinal, &[]), "No open stage recorded");
        assert_eq!(say(F::DaysInStage, &known[2..]), "No dates known for this deal");
    }

    #[test]
    fn money_in_its_currency() {
        let euro = Currency::new("EUR");
        let context = Context { currency: euro.as_ref(), ..Context::default() };
        let known = [(F::Value, 12_400.0), (F::ValueTier, 5.0)];
        assert_eq!(say_in(F::LogValue, &known, &context), "Value is €12,400");
        assert_eq!(say_in(F::ValueTier, &known, &context), "Value of €12,400 is in the highest fifth of deals");
        assert_eq!(say(F::ValueTier, &known[..1]), "Value is 12,400");
        assert_eq!(say(F::ValueTier, &[]), "No value entered");
    }

    #[test]
    fn the_reps_own_view() {
        assert_eq!(say(F::LowConfidence, &[(F::RepProbability, 0.7)]), "Rep's probability is 70%");
        let changed = |change| say(F::ProbabilityChange30d, &[(F::RepProbability, 0.7), (F::ProbabilityChange30d, change)]);
        assert_eq!(changed(0.2), "Rep's probability rose by 20 points in 30 days");
        assert_eq!(changed(-0.01), "Rep's probability fell by 1 point in 30 days");
        assert_eq!(changed(0.0), "Rep's probability has not changed in 30 days");
        assert_eq!(changed(f64::NAN), "Rep's probability is 70%, with none of 30 days ago to compare");
        assert_eq!(say(F::HighConfidence, &[]), "No probability from the rep");
    }

    #[test]
    fn activity() {
        let known = |feature, value| say(feature, &[(F::DealAgeDays, 30.0), (F::ActivityCount, 14.0), (feature, value)]);
        assert_eq!(known(F::DaysSinceLastActivity, 23.9), "No activity for 23 days");
        assert_eq!(known(F::DaysSinceLastActivity, 1.2), "Last activity 1 day ago");
        assert_eq!(known(F::DaysSinceLastActivity, 0.2), "Last activity less than a day ago");
        assert_eq!(known(F::ActivityCount, 1.0), "1 activity so far");
        assert_eq!(known(F::Calls, 1.0), "1 call so far");
        assert_eq!(known(F::Emails, 0.0), "No e-mails so far");
        assert_eq!(known(F::NotesAndOther, 3.0), "3 notes or other activities so far");
        assert_eq!(known(F::ActivitiesPerWeek, 3.24), "3.2 activities a week so far");
        assert_eq!(known(F::ActivitiesPerWeek, 0.98), "1 activity a week so far");
        assert_eq!(known(F::ActivitiesPerWeek, 0.01), "Fewer than 0.1 activities a week so far");
        assert_eq!(say(F::Meetings, &[(F::ActivityCount, 0.0), (F::DealAgeDays, 1.5)]), "No activity yet, 1 day after it was created");
        assert_eq!(say(F::Meetings, &[]), "No activities are tracked for this deal");
    }

    #[test]
    fn similar_deals() {
        let of = |won: f64, lost: f64| say(F::SimilarWinRatio, &[(F::SimilarWon, won), (F::SimilarLost, lost)]);
        assert_eq!(of(4.0, 6.0), "4 of the 10 most similar past deals were won");
        assert_eq!(of(1.0, 9.0), "1 of the 10 most similar past deals was won");
        assert_eq!(of(0.0, 10.0), "None of the 10 most similar past deals were won");
        assert_eq!(of(10.0, 0.0), "All 10 of the most similar past deals were won");
        assert_eq!(of(1.0, 0.0), "The most similar past deal was won");
        assert_eq!(of(0.0, 1.0), "The most similar past deal was lost");
        assert_eq!(of(0.0, 0.0), "No similar past deals yet");
        assert_eq!(say(F::SimilarityMax, &[]), "Not compared with similar past deals");
        let alike = |feature, value| say(feature, &[(F::SimilarWon, 9.0), (F::SimilarLost, 1.0), (feature, value)]);
        assert_eq!(alike(F::SimilarityMax, 0.823), "The most similar past deal is 82% alike");
        assert_eq!(alike(F::SimilarityMean, 0.6), "The 10 most similar past deals are 60% alike on average");
        assert_eq!(alike(F::SimilarityMeanWon, 0.6), "9 of the 10 most similar past deals were won, 60% alike on average");
        assert_eq!(alike(F::SimilarityMeanLost, 0.6), "1 of the 10 most similar past deals was lost, 60% alike on average");
        assert_eq!(alike(F::SimilarityMeanLost, f64::NAN), "9 of the 10 most similar past deals were won");
    }

    #[test]
    fn custom_fields_keep_their_names() {
        let fields = [CustomField { key: "Contract End".into(), kind: CustomKind::Date }];
        let context = Context { custom: &fields, ..Context::default() };
        let numeric = |key, value| custom(key, &ColumnData::Numeric(vec![value]), 0, &context);
        assert_eq!(numeric("ratio_days_ID", 0.113985), "ratio_days_ID: 0.114");
        assert_eq!(numeric("Revenue", -1234567.0), "Revenue: −1,234,567");
        assert_eq!(numeric("Revenue", f64::NAN), "Revenue: not given");
        assert_eq!(numeric("Contract End", 45.0), "Contract End: 45 days after the deal was created");
        assert_eq!(numeric("Contract End", -1.0), "Contract End: 1 day before the deal was created");
        assert_eq!(numeric("Contract End", 0.0), "Contract End: the day the deal was created");
        let category = |value: Option<String>| custom("Industry", &ColumnData::Category(vec![value]), 0, &context);
        assert_eq!(category(Some("Healthcare".into())), "Industry: Healthcare");
        assert_eq!(category(None), "Industry: not given");
        assert_eq!(category(Some("x".repeat(500))).chars().count(), "Industry: ".len() + MAX_CATEGORY);
    }

    #[test]
    fn numbers() {
        let cases =
            [(0.0, "0"), (5.0, "5"), (12.345, "12.35"), (1234.56, "1,234.6"), (0.000123, "0.000123"), (-0.5, "−0.5"), (100.0, "100")];
        for (value, text) in cases {
            assert_eq!(number(value), text);
        }
    }
}
