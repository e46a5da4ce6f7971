//! Plain types that the browser and the server share: no I/O, only values and their rules.

mod access;
mod accuracy;
mod alert;
mod closing;
mod deal;
mod deal_query;
mod error;
mod feedback;
mod history;
mod ids;
mod impact;
mod learning;
mod model;
mod money;
mod monitoring;
mod notification;
mod outcomes;
mod probability;
mod replay;
pub mod report;
mod risk;
mod score;
mod score_request;
mod training;
mod view;

pub use access::{Role, Viewer};
pub use accuracy::*;
pub use alert::*;
pub use closing::*;
pub use deal::{CustomField, CustomKind, CustomValue, Outcome, Stage, StageKind};
pub use deal_query::{DealQuery, DealSort, OutcomeFilter, PAGE_SIZE, Pick};
pub use error::AppError;
pub use feedback::*;
pub use history::{Activity, ActivityKind, Change, ChangeKind, DealHistory, DealState};
pub use ids::{AccountId, AlertId, DealId, LossReasonId, NotificationId, PipelineId, StageId, TeamId, TrainingId, UserId};
pub use impact::*;
pub use learning::*;
pub use model::*;
pub use money::{Currency, Money};
pub use monitoring::*;
pub use notification::*;
pub use outcomes::*;
pub use probability::Probability;
pub use replay::*;
pub use risk::{Health, REVENUE_AT_RISK_IN_WORDS, RiskInputs};
pub use score::{Advice, AdviceKind, Confidence, Reason, Score, ScoreBasis};
pub use score_request::{ScoreAnswer, ScoreProblem, ScoreRequest, ScoredDeal};
pub use training::*;
pub use view::*;

/// An instant in UTC, as every stored time is.
pub type Instant = chrono::DateTime<chrono::Utc>;
