//! Scores: probability, interval, reasons, advice; requests for them and feedback on them.

mod feedback;
mod past_score;
mod request;
mod score;

pub use feedback::{FeedbackReason, WhoWasRight};
pub use past_score::InputValue;
pub use request::{ScoreAnswer, ScoreProblem, ScoreRequest, ScoredDeal};
pub use score::{Advice, AdviceKind, Confidence, Reason, Score, ScoreBasis, ScorePoint};
