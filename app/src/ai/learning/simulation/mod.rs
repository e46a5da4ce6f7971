//! A year of the learning loop, played on a made-up world: is a change noticed, does a better model take over, and does bad record
//! keeping alone leave a good one in place? Week by week the loop does what production does, with the same functions.

mod play;
mod world;

use serde::Serialize;

pub use self::{play::play, world::World};
use crate::domain::models::{LearningRules, TrainCause};

/// What befalls the world at the plant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Plant {
    /// What wins deals changes: effects lose weight or change sign, and the base rate moves.
    Drift,
    /// The world stays, but 15 % of the outcomes are recorded the other way round.
    LabelNoise,
}

/// How much is played, and by which rules.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Weeks of history behind the first training.
    pub history_weeks: usize,
    /// Weeks that are played after it.
    pub weeks: usize,
    /// Played weeks before the plant.
    pub plant_after: usize,
    pub deals_a_week: usize,
    /// Weeks at the end over which the loop is compared with the frozen first model.
    pub judged_weeks: usize,
    /// Boosted trees in a training, at most.
    pub max_trees: usize,
    pub rules: LearningRules,
}

impl Default for Settings {
    /// Eighteen months of history, twelve played, the plant at the beginning of the seventh.
    fn default() -> Self {
        Self {
            history_weeks: 78,
            weeks: 52,
            plant_after: 26,
            deals_a_week: 60,
            judged_weeks: 13,
            max_trees: 60,
            rules: LearningRules::default(),
        }
    }
}

/// A challenger that took the champion's place.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Promotion {
    /// Days since the plant, below 0 before it.
    pub day: i64,
    /// Why the challenger was trained.
    pub cause: TrainCause,
    /// Expected log-loss against the true probabilities of the present world, challenger less replaced champion: above 0 the promotion
    /// was false. The loop cannot see it.
    pub true_difference: f64,
}

/// What came of a play.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Played {
    pub plant: Plant,
    pub seed: u64,
    /// Days from the plant to the first alarm after it; `None` if there was none.
    pub detected_after_days: Option<i64>,
    /// Weekly checks that raised an alarm before the plant.
    pub earlier_alarms: usize,
    pub trainings: usize,
    pub promotions: Vec<Promotion>,
    /// Mean log-loss over the last weeks' true outcomes: of the frozen first model, of the loop's live scores, and of the true
    /// probabilities, which nobody can beat.
    pub log_loss_before: f64,
    pub log_loss_after: f64,
    pub log_loss_of_truth: f64,
}

impl Played {
    /// Whether a challenger was promoted after the plant.
    pub fn promoted(&self) -> bool {
        self.promotions.iter().any(|promotion| promotion.day >= 0)
    }

    /// Promotions that made things worse.
    pub fn false_promotions(&self) -> usize {
        self.promotions.iter().filter(|promotion| promotion.true_difference > 0.0).count()
    }
}

#[cfg(test)]
mod tests;
