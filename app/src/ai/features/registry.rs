//! The registry: the 29 core features that every deal has and the extensions to them, each defined once, in words.

/// Whether a feature is measured against all deals closed before: the more of them there are, the nearer is the nearest and the fewer win
/// rates are unknown, so that it moves by itself.
pub fn grows_with_the_past(name: &str) -> bool {
    let feature = FEATURES.iter().find(|feature| feature.name == name).map(|definition| definition.feature);
    matches!(
        feature,
        Some(
            Feature::SimilarityMean
                | Feature::SimilarityMax
                | Feature::SimilarityMeanWon
                | Feature::SimilarityMeanLost
                | Feature::OwnerWinRate
                | Feature::AccountWinRate
                | Feature::AgeVsWonMedian
        )
    )
}

/// What a feature is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Group {
    Temporal,
    Value,
    Stage,
    Probability,
    Activity,
    Similarity,
    /// Beyond the 29: they can be left out, so that both sets can be compared.
    Extension,
}

impl Group {
    /// As the model page names it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Temporal => "Time",
            Self::Value => "Value",
            Self::Stage => "Stage",
            Self::Probability => "Rep's probability",
            Self::Activity => "Activity",
            Self::Similarity => "Similar deals",
            Self::Extension => "Extensions",
        }
    }
}

/// One feature's entry in the registry.
#[derive(Debug, Clone, Copy)]
pub struct Definition {
    pub feature: Feature,
    /// The column's name in a table.
    pub name: &'static str,
    pub group: Group,
    /// Whether it is one beyond the 29.
    pub extension: bool,
    pub unit: &'static str,
    /// What it is, as of the instant t of a snapshot.
    pub definition: &'static str,
    /// When it is missing (NaN).
    pub missing: &'static str,
}

macro_rules! registry {
    ($($group:ident { $($feature:ident $name:literal, $unit:literal, $definition:literal, $missing:literal;)* })*) => {
        /// One of the features; its number is its place in [`FEATURES`] and in a table's columns.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Feature {
            $($($feature,)*)*
        }

        /// All features, in the order of a table's first columns: the 29 core ones, then the extensions.
        pub const FEATURES: &[Definition] = &[$($(Definition {
            feature: Feature::$feature,
            name: $name,
            group: Group::$group,
            extension: matches!(Group::$group, Group::Extension),
            unit: $unit,
            definition: $definition,
            missing: $missing,
        },)*)*];
    };
}

registry! {
    Temporal {
        DealAgeDays "deal_age_days", "days", "Time since the deal was created", "no creation date";
        DaysToExpectedClose "days_to_expected_close", "whole days", "Expected close date minus today; negative once it has passed",
            "no creation date or no expected close date";
        DaysInStage "days_in_stage", "days", "Time since the deal entered its open stage", "no creation date, no stage, or its entry is not dated";
        IsOverdue "is_overdue", "0 or 1", "1 when the expected close date has passed", "no creation date or no expected close date";
        AgeVsWonMedian "age_vs_won_median", "ratio",
            "Age over the median time from creation to close of the other deals won before t", "no creation date, or fewer than 5 such deals";
    }
    Value {
        Value "value", "the deal's currency", "Value of the deal", "no value";
        ValueTier "value_tier", "1 to 5",
            "Fifth in which its value lies among the other deals created before t, by their values then; 5 is the highest",
            "no value, or fewer than 5 such deals with a value";
        LogValue "log_value", "ln(1 + currency)", "Natural logarithm of 1 + value; negative values count as 0", "no value";
    }
    Stage {
        StageOrdinal "stage_ordinal", "count from 1", "Place of the stage among the open stages of its pipeline", "no open stage";
        StageProgress "stage_progress", "0 to 1", "Place of the stage over the number of open stages; 1 is the last", "no open stage";
    }
    Probability {
        RepProbability "rep_probability", "0 to 1", "The rep's own probability", "no probability";
        HighConfidence "high_confidence", "0 or 1", "1 when the rep's probability is 0.7 or more", "no probability";
        LowConfidence "low_confidence", "0 or 1", "1 when the rep's probability is 0.3 or less", "no probability";
        ProbabilityChange30d "probability_change_30d", "-1 to 1", "The rep's probability minus that of 30 days before t",
            "the deal is younger than 30 days, or either probability is unknown";
    }
    Activity {
        ActivityCount "activity_count", "count", "Activities so far", "no creation date, or the workspace records no activities by t";
        ActivitiesPerWeek "activities_per_week", "1/week", "Activities so far over the age in weeks; the age counts as one day at least",
            "as activity_count";
        DaysSinceLastActivity "days_since_last_activity", "days", "Time since the last activity", "as activity_count, or no activity yet";
        Calls "calls", "count", "Calls so far", "as activity_count";
        Emails "emails", "count", "E-mails so far", "as activity_count";
        Meetings "meetings", "count", "Meetings so far", "as activity_count";
        NotesAndOther "notes_and_other", "count", "Notes and other activities so far", "as activity_count";
    }
    Similarity {
        SimilarWon "similar_won", "count", "Won deals among the 10 most similar deals closed before t", "similarity not available";
        SimilarLost "similar_lost", "count", "Lost deals among them", "similarity not available";
        SimilarWinRatio "similar_win_ratio", "0 to 1", "Won over all of them", "no similar deals";
        SimilarityMean "similarity_mean", "cosine", "Their mean similarity", "no similar deals";
        SimilarityMax "similarity_max", "cosine", "Similarity of the nearest", "no similar deals";
        SimilarityMeanWon "similarity_mean_won", "cosine", "Mean similarity of the won ones", "none was won";
        SimilarityMeanLost "similarity_mean_lost", "cosine", "Mean similarity of the lost ones", "none was lost";
        SimilarWeightedWinRatio "similar_weighted_win_ratio", "0 to 1", "Won over all, each weighted by its similarity",
            "no similar deals, or none with a similarity above 0";
    }
    Extension {
        SlipsCount "slips_count", "count", "How often the expected close date was moved later, by a day or more, so far",
            "no creation date, or never an expected close date";
        DaysSlipped "days_slipped", "whole days", "Days by which these moves put it off, in all; moves to an earlier date take nothing away",
            "as slips_count";
        StageRegressions "stage_regressions", "count", "Moves so far from an open stage to an earlier one of the same pipeline",
            "no creation date or no open stage";
        // A difference and not a ratio: two windows of a few activities make ratios of 0 and infinity.
        ActivityTrend "activity_trend", "count", "Activities of the last 14 days minus those of the 14 days before",
            "as activity_count, or the deal is younger than 28 days";
        OwnerWinRate "owner_win_rate", "0 to 1",
            "Share won of the other deals that its owner at t closed before t (without dates: those of a lower sequence), as if 5 more \
             had been won at the rate of all other deals closed before t",
            "nobody owns it, or its owner has closed none before t (or it has neither dates nor a sequence)";
        AccountWinRate "account_win_rate", "0 to 1", "The same of the other deals with its account",
            "no account, or none with it closed before t (or neither dates nor a sequence)";
    }
}

/// How many features the registry holds.
pub const COUNT: usize = FEATURES.len();

/// Whether a column is one of the 29 core features.
pub fn is_core(name: &str) -> bool {
    FEATURES.iter().any(|definition| definition.name == name && !definition.extension)
}

impl Feature {
    /// The entry in the registry.
    pub fn definition(self) -> &'static Definition {
        &FEATURES[self as usize]
    }

    /// The column's name.
    pub fn name(self) -> &'static str {
        self.definition().name
    }

    /// The feature with this column name.
    pub fn parse(name: &str) -> Option<Self> {
        FEATURES.iter().find(|definition| definition.name == name).map(|definition| definition.feature)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn there_are_29_core_features_in_six_groups() {
        let count = |group| FEATURES.iter().filter(|definition| definition.group == group).count();
        assert_eq!(FEATURES.iter().filter(|definition| is_core(definition.name)).count(), 29);
        assert_eq!(
            [Group::Temporal, Group::Value, Group::Stage, Group::Probability, Group::Activity, Group::Similarity].map(count),
            [5, 3, 2, 4, 7, 8]
        );
    }

    #[test]
    fn extensions_are_marked_and_come_last() {
        assert!(FEATURES.iter().all(|definition| definition.extension == (definition.group == Group::Extension)));
        assert!(FEATURES.is_sorted_by_key(|definition| definition.extension));
        assert!(is_core("value") && !is_core("slips_count") && !is_core("custom:value"));
    }

    #[test]
    fn each_feature_finds_its_own_entry_and_names_are_unique() {
        for (place, definition) in FEATURES.iter().enumerate() {
            assert_eq!(definition.feature as usize, place);
            assert_eq!(Feature::parse(definition.name), Some(definition.feature));
        }
        assert_eq!(FEATURES.iter().map(|definition| definition.name).collect::<HashSet<_>>().len(), COUNT);
    }
}
