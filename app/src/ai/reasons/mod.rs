//! Reasons: a model's contributions, column by column, turned into a few sentences about the deal.

mod benchmarks;
mod context;
mod figures;
mod words;

use self::words::Values;
pub use self::{benchmarks::Benchmarks, context::Context};
use super::{
    features::{CUSTOM_PREFIX, FEATURES, Feature},
    table::Table,
};
use crate::domain::{probability::Probability, scoring::Reason};

/// As many as a person reads.
const MAX_REASONS: usize = 5;

/// Reasons below this many percentage points are noise to a reader.
const MIN_POINTS: f64 = 0.5;

/// What a reason is about. Features about the same thing make one reason together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Topic {
    Age,
    CloseDate,
    TimeInStage,
    Value,
    Stage,
    RepProbability,
    Activities,
    LastActivity,
    SimilarDeals,
    CloseDateMoves,
    StageRegressions,
    ActivityTrend,
    Owner,
    Account,
    /// A column that is no feature of the registry, by its place.
    Column(usize),
}

impl Topic {
    fn of(feature: Feature, values: &Values) -> Self {
        use Feature as F;
        match feature {
            F::DealAgeDays | F::AgeVsWonMedian => Self::Age,
            F::DaysToExpectedClose | F::IsOverdue => Self::CloseDate,
            F::DaysInStage => Self::TimeInStage,
            F::Value | F::ValueTier | F::LogValue => Self::Value,
            F::StageOrdinal | F::StageProgress => Self::Stage,
            F::RepProbability | F::HighConfidence | F::LowConfidence | F::ProbabilityChange30d => Self::RepProbability,
            // Without any activity all would say just that.
            F::DaysSinceLastActivity if values.get(F::ActivityCount) > 0.0 => Self::LastActivity,
            F::ActivityTrend if values.get(F::ActivityCount) > 0.0 => Self::ActivityTrend,
            F::ActivityCount | F::ActivitiesPerWeek | F::Calls | F::Emails | F::Meetings | F::NotesAndOther => Self::Activities,
            F::DaysSinceLastActivity | F::ActivityTrend => Self::Activities,
            F::SimilarWon
            | F::SimilarLost
            | F::SimilarWinRatio
            | F::SimilarityMean
            | F::SimilarityMax
            | F::SimilarityMeanWon
            | F::SimilarityMeanLost
            | F::SimilarWeightedWinRatio => Self::SimilarDeals,
            F::SlipsCount | F::DaysSlipped => Self::CloseDateMoves,
            F::StageRegressions => Self::StageRegressions,
            F::OwnerWinRate => Self::Owner,
            F::AccountWinRate => Self::Account,
        }
    }
}

/// A topic's share in the score.
struct Share {
    topic: Topic,
    /// Log-odds.
    total: f64,
    /// Its columns with their log-odds.
    columns: Vec<(usize, f64)>,
}

/// At most five reasons for the score of one row of `table`, strongest first.
///
/// `contributions` are the log-odds that each column adds to the score, in the order of the table's columns and on the scale of
/// `probability` (after a Platt calibration: times its slope). The points of a reason are what the probability would lose (or
/// gain) without its topic. Reasons of less than half a point are left out, unless none would be left.
pub fn reasons(table: &Table, row: usize, contributions: &[f64], probability: Probability, context: &Context) -> Vec<Reason> {
    let features: Vec<Option<Feature>> = table.columns.iter().enumerate().map(|(place, column)| registered(place, &column.name)).collect();
    let values = Values::read(table, row, &features);

    let mut shares: Vec<Share> = Vec::new();
    for (place, (feature, &contribution)) in features.iter().zip(contributions).enumerate() {
        if !contribution.is_finite() || contribution == 0.0 {
            continue;
        }
        let topic = feature.map_or(Topic::Column(place), |feature| Topic::of(feature, &values));
        match shares.iter_mut().find(|share| share.topic == topic) {
            Some(share) => {
                share.total += contribution;
                share.columns.push((place, contribution));
            }
            None => shares.push(Share { topic, total: contribution, columns: vec![(place, contribution)] }),
        }
    }
    let mut ranked: Vec<(f64, Share)> = shares.into_iter().map(|share| (points(probability, share.total), share)).collect();
    // Points that round to the same are told apart by the log-odds.
    ranked.sort_by(|(a, x), (b, y)| b.abs().total_cmp(&a.abs()).then(y.total.abs().total_cmp(&x.total.abs())));
    let strong = ranked.iter().take_while(|(points, _)| points.abs() >= MIN_POINTS).count();
    ranked.truncate(strong.clamp(1, MAX_REASONS));
    ranked.iter().filter_map(|(points, share)| reason(table, row, &features, &values, share, *points, context)).collect()
}

/// The sentence for a topic, about the column that pulls hardest in the topic's direction.
fn reason(
    table: &Table,
    row: usize,
    features: &[Option<Feature>],
    values: &Values,
    share: &Share,
    points: f64,
    context: &Context,
) -> Option<Reason> {
    let (place, _) = *share.columns.iter().max_by(|a, b| (a.1 * share.total).total_cmp(&(b.1 * share.total)))?;
    let column = table.columns.get(place)?;
    let (feature, text) = match features.get(place)? {
        Some(feature) => (column.name.as_str(), words::feature(*feature, values, context)),
        None => {
            let key = column.name.strip_prefix(CUSTOM_PREFIX).unwrap_or(&column.name);
            (key, words::custom(key, &column.data, row, context))
        }
    };
    Some(Reason { feature: feature.into(), text, points })
}

/// The registry's feature behind a column. Custom fields may be named like one, but their columns carry the prefix.
fn registered(place: usize, name: &str) -> Option<Feature> {
    // Tables of features::build have the registry's order: no search needed.
    match FEATURES.get(place) {
        Some(definition) if definition.name == name => Some(definition.feature),
        _ if name.starts_with(CUSTOM_PREFIX) => None,
        _ => Feature::parse(name),
    }
}

/// Percentage points that `contribution` log-odds add to a probability, to one decimal.
fn points(probability: Probability, contribution: f64) -> f64 {
    let p = probability.get().clamp(1e-6, 1.0 - 1e-6);
    let without = 1.0 / (1.0 + (-((p / (1.0 - p)).ln() - contribution)).exp());
    // Adding zero turns -0 into 0.
    ((p - without) * 1000.0).round() / 10.0 + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ai::{
        features::COUNT,
        table::{Column, ColumnData},
    };

    /// A table of one row: the registry's features as given, others missing, then a category.
    fn table(values: &[(Feature, f64)]) -> Table {
        let mut columns: Vec<Column> = FEATURES
            .iter()
            .map(|definition| {
                let value = values.iter().find(|(feature, _)| *feature == definition.feature).map_or(f64::NAN, |(_, value)| *value);
                Column { name: definition.name.into(), data: ColumnData::Numeric(vec![value]) }
            })
            .collect();
        columns.push(Column { name: "custom:value".into(), data: ColumnData::Category(vec![Some("High".into())]) });
        Table { rows: 1, columns }
    }

    fn explain(values: &[(Feature, f64)], contributions: &[(usize, f64)], probability: f64) -> Vec<Reason> {
        let mut all = vec![0.0; COUNT + 1];
        for (place, contribution) in contributions {
            all[*place] = *contribution;
        }
        reasons(&table(values), 0, &all, Probability::saturating(probability), &Context::default())
    }

    const SIMILAR: [(Feature, f64); 3] = [(Feature::SimilarWon, 4.0), (Feature::SimilarLost, 6.0), (Feature::SimilarityMax, 0.8)];

    #[test]
    fn points_are_what_the_probability_would_be_without() {
        assert_eq!(points(Probability::saturating(0.5), 0.0), 0.0);
        assert_eq!(points(Probability::saturating(0.5), 1.0), 23.1);
        assert_eq!(points(Probability::saturating(0.5), -1.0), -23.1);
        assert_eq!(points(Probability::saturating(1.0), 1.0), 0.0);
        assert!(points(Probability::saturating(0.0), -800.0).is_finite());
    }

    #[test]
    fn features_about_the_same_make_one_reason() {
        let reasons = explain(
            &SIMILAR,
            &[(Feature::SimilarWon as usize, -0.4), (Feature::SimilarWinRatio as usize, -0.5), (Feature::SimilarityMax as usize, 0.3)],
            0.5,
        );
        assert_eq!(reasons.len(), 1);
        assert_eq!(reasons[0].text, "4 of the 10 most similar past deals were won");
        assert_eq!(reasons[0].feature, "similar_win_ratio");
        assert_eq!(reasons[0].points, points(Probability::saturating(0.5), -0.6));
    }

    #[test]
    fn strongest_first_and_at_most_five() {
        let places = [0, 1, 2, 5, 8, 10, COUNT];
        let contributions: Vec<(usize, f64)> = places.iter().zip(1..).map(|(place, n)| (*place, f64::from(n) * 0.2)).collect();
        let reasons = explain(&[], &contributions, 0.6);
        assert_eq!(reasons.len(), 5);
        assert_eq!((reasons[0].feature.as_str(), reasons[0].text.as_str()), ("value", "value: High"), "the custom field of that name");
        assert!(reasons.is_sorted_by(|a, b| a.points.abs() >= b.points.abs()));
    }

    #[test]
    fn weak_reasons_are_dropped_unless_nothing_else_is_left() {
        let strong = (Feature::Value as usize, 0.5);
        let weak = (Feature::DealAgeDays as usize, -0.01);
        assert_eq!(explain(&[], &[strong, weak], 0.5).len(), 1);
        let alone = explain(&[], &[weak, (Feature::DaysInStage as usize, 0.001)], 0.5);
        assert_eq!(alone.len(), 1);
        assert_eq!(alone[0].feature, "deal_age_days");
        assert!(explain(&[], &[(0, f64::NAN)], 0.5).is_empty());
    }

    #[test]
    fn a_deal_without_activities_says_so_once() {
        let places = [Feature::ActivityCount, Feature::DaysSinceLastActivity, Feature::Calls].map(|feature| (feature as usize, -0.3));
        let none = explain(&[(Feature::ActivityCount, 0.0), (Feature::Calls, 0.0), (Feature::DealAgeDays, 12.4)], &places, 0.5);
        assert_eq!(none.iter().map(|reason| reason.text.as_str()).collect::<Vec<_>>(), ["No activity yet, 12 days after it was created"]);
        let some = explain(
            &[(Feature::ActivityCount, 3.0), (Feature::Calls, 0.0), (Feature::DaysSinceLastActivity, 23.9)],
            &[(Feature::DaysSinceLastActivity as usize, -0.9), (Feature::Calls as usize, -0.3)],
            0.5,
        );
        assert_eq!(some.iter().map(|reason| reason.text.as_str()).collect::<Vec<_>>(), ["No activity for 23 days", "No calls so far"]);
    }

    #[test]
    fn a_row_or_column_that_is_not_there_is_missing() {
        let table = table(&[(Feature::Value, 5.0)]);
        let reasons = reasons(&table, 3, &[0.0, 0.0, 0.0, 0.0, 0.0, 1.0], Probability::saturating(0.5), &Context::default());
        assert_eq!(reasons[0].text, "No value entered");
    }
}
