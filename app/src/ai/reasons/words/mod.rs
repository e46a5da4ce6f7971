//! The sentences. They state what was seen and fit whether it helps or hurts.

use rust_decimal::{Decimal, prelude::FromPrimitive};

use super::{
    Context,
    figures::{counted, number, one_every, shortened, span, times},
};
use crate::{
    ai::{
        features::{COUNT, Feature},
        table::{ColumnData, Table},
    },
    domain::{deals::CustomKind, money::Money, probability::Probability},
};

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
            activities(feature, values, context)
        }
        F::SimilarWon
        | F::SimilarLost
        | F::SimilarWinRatio
        | F::SimilarWeightedWinRatio
        | F::SimilarityMean
        | F::SimilarityMax
        | F::SimilarityMeanWon
        | F::SimilarityMeanLost => similar(feature, values),
        F::SlipsCount | F::DaysSlipped => slips(values),
        F::StageRegressions => regressions(values),
        F::ActivityTrend => trend(values, context),
        F::OwnerWinRate => owner(values),
        F::AccountWinRate => account(values),
    }
}

/// A sentence about a custom field.
pub(super) fn custom(key: &str, data: &ColumnData, row: usize, context: &Context) -> String {
    let kind = context.custom.iter().find(|field| field.key == key).map(|field| field.kind);
    let in_words = |value: f64| match kind {
        Some(CustomKind::Date) => from_creation(value),
        Some(CustomKind::Boolean) => if value > 0.5 { "yes" } else { "no" }.into(),
        Some(CustomKind::Numeric | CustomKind::Category) | None => number(value),
    };
    let value = match data {
        ColumnData::Category(values) => values.get(row).cloned().flatten().map(shortened),
        ColumnData::Numeric(values) => values.get(row).filter(|value| !value.is_nan()).map(|value| in_words(*value)),
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
        let Some(name) = context.stage else { return format!("In this stage for {}", span(days)) };
        let usual = context.benchmarks.and_then(|benchmarks| benchmarks.days_in_stage(name));
        let won = usual.map(|usual| format!("; won deals had usually been there for {}", span(usual))).unwrap_or_default();
        return format!("In stage {name} for {}{won}", span(days));
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

const NO_ACTIVITIES: &str = "No activities are tracked for this deal";

fn activities(feature: Feature, values: &Values, context: &Context) -> String {
    let Some(count) = values.known(Feature::ActivityCount) else { return NO_ACTIVITIES.into() };
    let won = won_deals_had(feature, values, context);
    if count == 0.0 {
        let won = won_deals_had(Feature::ActivityCount, values, context);
        return match values.known(Feature::DealAgeDays) {
            Some(days) if days >= 1.0 => format!("No activity yet, {} after it was created{won}", span(days)),
            _ => "No activity yet".into(),
        };
    }
    let so_far = |feature, one, many| match values.known(feature) {
        Some(count) if count > 0.0 => format!("{} so far{won}", counted(count, one, many)),
        _ => format!("No {many} so far{won}"),
    };
    match feature {
        Feature::DaysSinceLastActivity => match values.known(feature) {
            Some(days) if days >= 7.0 => format!("No activity for {}{won}", span(days)),
            Some(days) => format!("Last activity {} ago{won}", span(days)),
            None => so_far(Feature::ActivityCount, "activity", "activities"),
        },
        Feature::ActivitiesPerWeek => match values.get(feature) {
            rate if rate >= 0.05 => {
                let rate = (rate * 10.0).round() / 10.0;
                format!("{} a week so far{won}", counted(rate, "activity", "activities"))
            }
            _ => format!("Fewer than 0.1 activities a week so far{won}"),
        },
        Feature::Calls => so_far(feature, "call", "calls"),
        Feature::Emails => so_far(feature, "e-mail", "e-mails"),
        Feature::Meetings => so_far(feature, "meeting", "meetings"),
        Feature::NotesAndOther => so_far(feature, "note or other activity", "notes or other activities"),
        _ => so_far(Feature::ActivityCount, "activity", "activities"),
    }
}

/// The second half of a sentence: how often won deals had what the feature counts; empty where that is not known.
fn won_deals_had(feature: Feature, values: &Values, context: &Context) -> String {
    let typical = context.benchmarks.and_then(|benchmarks| benchmarks.days_per(feature, values.known(Feature::ValueTier)));
    let Some(typical) = typical else { return String::new() };
    let often = match feature {
        Feature::ActivitiesPerWeek => number((70.0 / typical.days).round() / 10.0),
        _ => one_every(typical.days),
    };
    format!("; won deals{} had {often}", if typical.of_this_size { " of this size" } else { "" })
}

fn trend(values: &Values, context: &Context) -> String {
    let Some(trend) = values.known(Feature::ActivityTrend) else { return activities(Feature::ActivityCount, values, context) };
    let silent = values.known(Feature::DaysSinceLastActivity);
    let more = number(trend.abs());
    match trend {
        _ if silent.is_some_and(|days| days >= 28.0) => "Activity has stopped: none in the last 28 days".into(),
        // Nothing in the last 14 days: the difference is what there was before.
        trend if trend < 0.0 && silent.is_some_and(|days| days >= 14.0) => {
            format!("Activity has stopped: none in the last 14 days, {more} in the 14 days before")
        }
        trend if trend < 0.0 => format!("Activity is falling: {more} fewer in the last 14 days than in the 14 days before"),
        trend if trend > 0.0 => format!("Activity is rising: {more} more in the last 14 days than in the 14 days before"),
        _ => "Activity is steady: as many in the last 14 days as in the 14 days before".into(),
    }
}

fn slips(values: &Values) -> String {
    match (values.known(Feature::SlipsCount), values.known(Feature::DaysSlipped)) {
        (Some(1.0), Some(days)) => format!("Close date put off once, by {}", counted(days, "day", "days")),
        (Some(count), Some(days)) if count > 0.0 => {
            format!("Close date put off {}, by {} in all", times(count), counted(days, "day", "days"))
        }
        (Some(_), Some(_)) => "Close date never put off".into(),
        _ => close_date(values),
    }
}

fn regressions(values: &Values) -> String {
    match values.known(Feature::StageRegressions) {
        Some(count) if count > 0.0 => format!("Went back a stage {}", times(count)),
        Some(_) => "Never went back a stage".into(),
        None if values.known(Feature::StageOrdinal).is_some() => NO_DATES.into(),
        None => NO_STAGE.into(),
    }
}

// The rates are smoothed: estimates, not shares that somebody could count up.

fn owner(values: &Values) -> String {
    values.known(Feature::OwnerWinRate).map_or_else(
        || "No earlier deals of its owner to go by".into(),
        |rate| format!("Going by earlier deals, its owner wins about {}", Probability::saturating(rate)),
    )
}

fn account(values: &Values) -> String {
    values.known(Feature::AccountWinRate).map_or_else(
        || "No earlier deals with this account to go by".into(),
        |rate| format!("Going by earlier deals, about {} with this account are won", Probability::saturating(rate)),
    )
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

fn from_creation(days: f64) -> String {
    match days {
        0.0 => "the day the deal was created".into(),
        days => format!("{} {} the deal was created", span(days.abs()), if days < 0.0 { "before" } else { "after" }),
    }
}

#[cfg(test)]
mod tests;
