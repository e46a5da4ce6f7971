//! The learning loop's judgement: has the world changed, when to train again, and whether a challenger may take the champion's
//! place. Who trains, stores and publishes is the services' business.

pub mod assignment;
pub mod drift;
pub mod judging;
pub mod simulation;
pub mod trial;
pub mod triggers;

pub use self::{
    assignment::scores_live,
    judging::{WINDOW_WEEKS, calibration_drift, rolling},
    trial::{compare, standing},
    triggers::{OnTrial, Situation, due, half_life_days, keeps_recency},
};
