//! One file or folder per page.

mod alerts;
mod deals;
mod jobs;
mod missing;
mod models;
mod notifications;
mod outcomes;
mod people;
mod risk;
mod scoring;

pub use alerts::list::AlertsPage;
pub use alerts::monitoring::MonitoringPage;
pub use deals::board::BoardPage;
pub use deals::deal::{DealPage, PastScorePage};
pub use deals::list::DealsPage;
pub use jobs::JobsPage;
pub use missing::MissingPage;
pub use models::accuracy::AccuracyPage;
pub use models::learning::LearningPage;
pub use models::model::ModelPage;
pub use notifications::{NotificationsPage, SettingsPage};
pub use outcomes::analysis::{DriverDealsPage, OutcomesPage};
pub use outcomes::close::ClosePage;
pub use outcomes::impact::ImpactPage;
pub use outcomes::settings::OutcomeSettingsPage;
pub use people::login::LoginPage;
pub use risk::DashboardPage;
pub use scoring::feedback::FeedbackPage;
