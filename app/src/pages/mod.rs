//! One file or folder per page.

mod accuracy;
mod alerts;
mod board;
mod close;
mod dashboard;
mod deal;
mod deals;
mod feedback;
mod impact;
mod jobs;
mod learning;
mod login;
mod missing;
mod model;
mod monitoring;
mod notifications;
mod outcome_settings;
mod outcomes;

pub use accuracy::AccuracyPage;
pub use alerts::AlertsPage;
pub use board::BoardPage;
pub use close::ClosePage;
pub use dashboard::DashboardPage;
pub use deal::{DealPage, ReplayPage};
pub use deals::DealsPage;
pub use feedback::FeedbackPage;
pub use impact::ImpactPage;
pub use jobs::JobsPage;
pub use learning::LearningPage;
pub use login::LoginPage;
pub use missing::MissingPage;
pub use model::ModelPage;
pub use monitoring::MonitoringPage;
pub use notifications::{NotificationsPage, SettingsPage};
pub use outcome_settings::OutcomeSettingsPage;
pub use outcomes::{DriverDealsPage, OutcomesPage};
