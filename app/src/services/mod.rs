//! Use cases. Each checks what the viewer may do, fetches through the store, lets the AI module decide, and stores the
//! result in one transaction. Pages (through `api`), REST handlers and the command line all enter here.

mod alerts;
mod app;
mod clock;
mod deals;
mod demo;
mod desk;
mod error;
mod forecast;
mod imports;
mod jobs;
mod models;
mod notifications;
mod outcomes;
mod people;
mod progress;
mod risk;
mod scoring;
mod similarity;
mod stop;
mod workers;
mod workspace;

pub use alerts::Chosen;
pub use app::App;
pub use clock::Clock;
pub use deals::edit::{DealChange, NewActivity};
pub use demo::DemoReport;
pub use error::ServiceError;
pub(crate) use error::internal;
pub use imports::{IngestError, IngestReport};
pub use jobs::{Job, LeaseTimes, SWEEP_MINUTES, Schedules};
pub use models::MOST_DEALS;
pub use models::train::{TrainReport, TrainRequest};
pub use models::walk_forward::ReplayReport;
pub use notifications::{LiveFeed, Outbound};
pub use outcomes::close::CloseRequest;
pub use people::accounts::{NewAccount, SignedIn};
pub use people::tokens::NewToken;
pub use progress::Progress;
pub use scoring::{MAX_DEALS, ScoreReport};
pub use similarity::engine::{Engine, EngineConfig};
