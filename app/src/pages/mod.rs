//! One file or folder per page.

mod dashboard;
mod deal;
mod deals;
mod login;
mod missing;
mod model;

pub use dashboard::DashboardPage;
pub use deal::DealPage;
pub use deals::DealsPage;
pub use login::LoginPage;
pub use missing::MissingPage;
pub use model::ModelPage;
