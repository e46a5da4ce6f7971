//! The learning loop's judgement: has the world changed, when to train again, and whether a challenger may take the champion's
//! place. Who trains, stores and publishes is the services' business.

pub mod assignment;
pub mod challenger_test;
pub mod drift;
pub mod judging;
pub mod simulation;
pub mod triggers;

pub use self::{
    assignment::scores_live,
    challenger_test::{challenger_test_status, compare},
    judging::{WINDOW_WEEKS, calibration_drift, rolling},
    triggers::{Situation, UnderTest, due, half_life_days, keeps_recency},
};
