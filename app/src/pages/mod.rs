//! One file or folder per page.

mod alerts;
mod dashboard;
mod deal;
mod deals;
mod jobs;
mod login;
mod missing;
mod model;
mod monitoring;
mod notifications;
mod outcomes;

pub use alerts::AlertsPage;
pub use dashboard::DashboardPage;
pub use deal::DealPage;
pub use deals::DealsPage;
pub use jobs::JobsPage;
pub use login::LoginPage;
pub use missing::MissingPage;
pub use model::ModelPage;
pub use monitoring::MonitoringPage;
pub use notifications::{NotificationsPage, SettingsPage};
pub use outcomes::{DriverDealsPage, OutcomesPage};
