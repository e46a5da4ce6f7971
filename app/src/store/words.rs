//! Enums in text columns, stored by their names. A name that this version does not know is an error that says where it stands,
//! and no default.

use std::{error::Error, fmt, sync::Arc};

use sea_orm::{
    ActiveValue, ColIdx, DbErr, IntoActiveValue, QueryResult, TryFromU64, TryGetError, TryGetable, Value,
    sea_query::{ArrayType, ColumnType, Nullable, StringLen, ValueType, ValueTypeErr},
};

use super::entity::{deal_event::EventKind, delivery::DeliveryState, embedding::EmbeddingState};
use crate::domain::{
    alerts::{AlertRule, AlertState, DismissReason},
    deals::{ActivityKind, CustomKind, Outcome, StageKind},
    models::{ChallengerTestEnding, ModelState, TrainCause, TrainingState},
    notifications::Channel,
    people::Role,
    risk::Health,
    scoring::{FeedbackReason, ScoreBasis},
};

/// A stored name that this version does not know, and the columns that it can stand in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownWord {
    pub columns: &'static [&'static str],
    pub word: String,
}

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.columns.join(" or ");
        write!(f, "the database holds {:?} in {columns}, which this version does not know; was it written by a newer version?", self.word)
    }
}

impl Error for UnknownWord {}

/// Reads a stored name.
pub(crate) fn read<T: for<'a> TryFrom<&'a str>>(columns: &'static [&'static str], word: &str) -> Result<T, UnknownWord> {
    T::try_from(word).map_err(|_| UnknownWord { columns, word: word.to_owned() })
}

/// Makes enums what columns hold, each with the columns that hold it.
macro_rules! words {
    ($($type:ident in $($column:literal),+;)+) => {
        $(
            impl From<$type> for Value {
                fn from(value: $type) -> Self {
                    Self::from(<&'static str>::from(value))
                }
            }

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
        )+

        /// Every column that holds one of these enums, with what reads the first column of a row as one.
        pub const COLUMNS: &[(&str, fn(&QueryResult) -> Result<(), DbErr>)] =
            &[$($(($column, |row| row.try_get_by_index::<$type>(0).map(drop))),+),+];
    };
}

words! {
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
    ModelState in "model.state";
    Outcome in "deal.outcome", "deal_closing.outcome";
    Role in "app_user.role";
    ScoreBasis in "score.basis";
    StageKind in "stage.kind";
    TrainCause in "training_run.cause";
    TrainingState in "training_run.state";
}
