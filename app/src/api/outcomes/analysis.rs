//! The win/loss analysis.

use leptos::{prelude::*, server_fn::codec::Json};

use crate::{
    domain::{
        error::AppError,
        outcomes::{DriverDealsQuery, OutcomesQuery},
    },
    views::outcomes::{DriverDealsView, OutcomesView},
};

/// How the closed deals that the viewer may see ended, and what won ones did differently.
#[server(endpoint = "outcomes", input = Json)]
pub async fn outcomes(outcomes: OutcomesQuery) -> Result<OutcomesView, AppError> {
    let (app, viewer) = crate::api::context::signed_in().await?;
    app.outcomes().outcomes_view(&viewer, outcomes).await
}

/// The deals on one side of a comparison.
#[server(endpoint = "driver_deals", input = Json)]
pub async fn driver_deals(driver: DriverDealsQuery) -> Result<DriverDealsView, AppError> {
    let (app, viewer) = crate::api::context::signed_in().await?;
    app.outcomes().driver_deals(&viewer, driver).await
}
