//! Outcomes: closing deals, the analysis of won and lost, and the product's impact.

mod analysis;
mod closed_deal;
mod closing;
mod impact;
mod query;

pub use analysis::{
    Dimension, Driver, DriverSide, Drivers, OutcomeDimension, OutcomeFigures, OutcomeGroup, SMALL_GROUP, SMALL_SIDE, Share,
};
pub use closed_deal::ClosedDeal;
pub use closing::{CloseRules, LossReason, MAX_CLOSED_AT_ONCE, UNDO_SECONDS};
pub use impact::{ACT_WITHIN_DAYS, CYCLE_DAYS, CycleTime, FlaggedGroup, IMPACT_DAYS, IMPACT_IN_WORDS, ShareDifference};
pub use query::{DriverDealsQuery, OutcomesQuery, Period, Side};
