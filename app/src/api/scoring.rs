//! Feedback on scores.

use leptos::{prelude::*, server_fn::codec::Json};

use crate::{
    domain::{error::AppError, ids::DealId},
    views::scoring::FeedbackPageView,
};

/// Records that a score is wrong and why; `estimate` is the person's own, in per cent, or empty.
#[server(endpoint = "give_feedback")]
pub async fn give_feedback(id: DealId, reason: String, estimate: String, note: Option<String>) -> Result<(), AppError> {
    use crate::domain::{probability::Probability, scoring::FeedbackReason};

    let (app, viewer) = crate::api::context::signed_in().await?;
    let reason = FeedbackReason::try_from(reason.as_str()).map_err(|_| AppError::invalid("reason", "Choose why the score is wrong."))?;
    let text = estimate.trim().trim_end_matches('%').trim();
    let estimate = match text {
        "" => None,
        text => {
            let percent = text.parse::<f64>().ok().and_then(|percent| Probability::new(percent / 100.0));
            Some(percent.ok_or_else(|| AppError::invalid("estimate", "Write your own estimate as a number from 0 to 100."))?)
        }
    };
    app.scoring().give_feedback(&viewer, id, reason, estimate, note).await?;
    crate::api::context::done(&format!("/deals/{id}"), crate::api::done::Done::Saved);
    Ok(())
}

/// The page on feedback, for managers and admins.
#[server(endpoint = "feedback", input = Json)]
pub async fn feedback() -> Result<FeedbackPageView, AppError> {
    let (app, viewer) = crate::api::context::signed_in().await?;
    app.scoring().feedback_view(&viewer).await
}
