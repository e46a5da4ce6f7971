//! Enums and codes in text columns, stored by their names. A name that this version does not know is an error that says where it stands,
//! and no default.

use std::{error::Error, fmt, str::FromStr, sync::Arc};

use sea_orm::{
    ActiveValue, ColIdx, DbErr, IntoActiveValue, QueryResult, TryFromU64, TryGetError, TryGetable, Value,
    sea_query::{ArrayType, ColumnType, Nullable, StringLen, ValueType, ValueTypeErr},
};

use super::entity::{deal_event::EventKind, delivery::DeliveryState, embedding::EmbeddingState};
use crate::domain::{
    alerts::{AlertRule, AlertState, DismissReason, SweepCause},
    deals::{ActivityKind, CustomKind, Outcome, StageKind},
    jobs::JobState,
    models::{ChallengerTestEnding, ModelState, TrainCause, TrainingState},
    money::Currency,
    notifications::Channel,
    people::Role,
    risk::Health,
    scoring::{FeedbackReason, ScoreBasis},
};

/// A stored name or value that this version cannot read, and the columns that it can stand in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownWord {
    pub columns: &'static [&'static str],
    pub word: String,
}

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.columns.join(" or ");
        write!(f, "the database holds {:?} in {columns}, which this version cannot read; was it written by a newer version?", self.word)
    }
}

impl Error for UnknownWord {}

/// Reads a stored text.
pub(crate) fn parse<T: FromStr>(columns: &'static [&'static str], text: &str) -> Result<T, UnknownWord> {
    text.parse().map_err(|_| UnknownWord { columns, word: text.to_owned() })
}

/// Reads a stored name.
pub(crate) fn read<T: for<'a> TryFrom<&'a str>>(columns: &'static [&'static str], word: &str) -> Result<T, UnknownWord> {
    T::try_from(word).map_err(|_| UnknownWord { columns, word: word.to_owned() })
}

/// Makes a type that is read from a name what columns hold.
macro_rules! stored {
    ($type:ident in $($column:literal),+) => {
        impl TryGetable for $type {
            fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
                let word = String::try_get_by(row, index)?;
                read(&[$($column),+], &word).map_err(|unknown| {
                    TryGetError::DbErr(DbErr::TryIntoErr { from: "text", into: stringify!($type), source: Arc::new(unknown) })
                })
            }
        }

        impl ValueType for $type {
            fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
                let word = <String as ValueType>::try_from(value)?;
                <Self as TryFrom<&str>>::try_from(&word).map_err(|_| ValueTypeErr)
            }

            fn type_name() -> String {
                stringify!($type).to_owned()
            }

            fn array_type() -> ArrayType {
                ArrayType::String
            }

            fn column_type() -> ColumnType {
                ColumnType::String(StringLen::None)
            }
        }

        impl Nullable for $type {
            fn null() -> Value {
                <String as Nullable>::null()
            }
        }

        impl IntoActiveValue<$type> for $type {
            fn into_active_value(self) -> ActiveValue<$type> {
                ActiveValue::Set(self)
            }
        }

        impl TryFromU64 for $type {
            fn try_from_u64(_: u64) -> Result<Self, DbErr> {
                Err(DbErr::ConvertFromU64(stringify!($type)))
            }
        }
    };
}

/// Makes types what columns hold, each with the columns that hold it: enums, and what else has a name.
macro_rules! words {
    (enums { $($type:ident in $($column:literal),+;)+ } others { $($other:ident in $($place:literal),+;)+ }) => {
        $(
            impl From<$type> for Value {
                fn from(value: $type) -> Self {
                    Self::from(<&'static str>::from(value))
                }
            }

            stored!($type in $($column),+);
        )+
        $(
            impl From<$other> for Value {
                fn from(value: $other) -> Self {
                    Self::from(String::from(value))
                }
            }

            stored!($other in $($place),+);
        )+

        /// Every column that holds one of these, with what reads the first column of a row as one.
        pub const COLUMNS: &[(&str, fn(&QueryResult) -> Result<(), DbErr>)] = &[
            $($(($column, |row| row.try_get_by_index::<$type>(0).map(drop))),+,)+
            $($(($place, |row| row.try_get_by_index::<$other>(0).map(drop))),+),+
        ];
    };
}

words! {
    enums {
        ActivityKind in "activity.kind";
        AlertRule in "alert_threshold.rule";
        AlertState in "alert.state";
        ChallengerTestEnding in "trial.ending";
        Channel in "delivery.channel";
        CustomKind in "custom_field.kind";
        DeliveryState in "delivery.state";
        DismissReason in "alert.dismissed";
        EmbeddingState in "embedding.state";
        EventKind in "deal_event.kind";
        FeedbackReason in "score_feedback.reason";
        Health in "deal.health", "score.health";
        JobState in "job_run.state";
        ModelState in "model.state";
        Outcome in "deal.outcome", "deal_closing.outcome";
        Role in "app_user.role";
        ScoreBasis in "score.basis";
        StageKind in "stage.kind";
        SweepCause in "sweep_run.cause";
        TrainCause in "training_run.cause";
        TrainingState in "training_run.state";
    }
    others {
        Currency in "deal.currency";
    }
}
