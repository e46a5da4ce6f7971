//! Typed identifiers: one kind of id cannot be passed where another is meant.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id; version 7, so ids sort by the time they were made.
            #[cfg(feature = "ssr")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        #[cfg(feature = "ssr")]
        impl Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )*};
}

id! {
    /// A deal.
    DealId,
    /// A customer's company.
    AccountId,
    /// A person who uses, or owns deals in, the workspace.
    UserId,
    /// A sales team.
    TeamId,
    /// A pipeline: an ordered list of stages.
    PipelineId,
    /// One stage of a pipeline.
    StageId,
    /// An alert.
    AlertId,
    /// Something a person was told in the app.
    NotificationId,
    /// A reason that deals are lost for.
    LossReasonId,
    /// A training.
    TrainingId,
}
