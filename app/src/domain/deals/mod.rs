//! Deals: their state, their history, and how lists of them are asked for.

mod deal;
mod history;
mod query;

pub use deal::{CustomField, CustomKind, CustomValue, Outcome, Stage, StageKind};
pub use history::{Activity, ActivityKind, Change, ChangeKind, DealHistory, DealState};
pub use query::{DealQuery, DealSort, OutcomeFilter, PAGE_SIZE, Pick};
