//! The learning loop: trainings, the challenger's trial, drift, and the rules of it all.

use leptos::{prelude::*, server_fn::codec::Json};

use crate::{
    domain::{error::AppError, ids::TrainingId},
    views::{
        models::{AccuracyView, LearningView},
        outcomes::ImpactView,
    },
};

/// Where the forms below lead back to.
#[cfg(feature = "ssr")]
const PAGE: &str = "/learning";

/// The page on learning, for managers and admins.
#[server(endpoint = "learning", input = Json)]
pub async fn learning() -> Result<LearningView, AppError> {
    let (app, viewer) = crate::api::context::signed_in().await?;
    app.models().learning_view(&viewer).await
}

/// Asks for a training at once.
#[server(endpoint = "train_now")]
pub async fn train_now() -> Result<(), AppError> {
    let (app, viewer) = crate::api::context::signed_in().await?;
    app.models().ask_for_training(&viewer).await?;
    crate::api::context::done(PAGE, crate::api::done::Done::AskedFor);
    Ok(())
}

/// Asks a training to stop.
#[server(endpoint = "cancel_training")]
pub async fn cancel_training(id: TrainingId) -> Result<(), AppError> {
    let (app, viewer) = crate::api::context::signed_in().await?;
    app.models().cancel_training(&viewer, id).await?;
    crate::api::context::done(PAGE, crate::api::done::Done::AskedFor);
    Ok(())
}

/// Asks for a look at drift and the challenger at once.
#[server(endpoint = "look_after_model")]
pub async fn look_after_model() -> Result<(), AppError> {
    let (app, viewer) = crate::api::context::signed_in().await?;
    app.models().ask_to_look_after_model(&viewer).await?;
    crate::api::context::redirect("/learning?asked=look");
    Ok(())
}

/// Makes the challenger the champion, or ends its trial.
#[server(endpoint = "decide_trial")]
pub async fn decide_challenger_test(promote: bool) -> Result<(), AppError> {
    let (app, viewer) = crate::api::context::signed_in().await?;
    app.models().decide_challenger_test(&viewer, promote).await?;
    crate::api::context::done(PAGE, crate::api::done::Done::Saved);
    Ok(())
}

/// Changes when to train and what becomes of challengers. Empty numbers switch a trigger off.
#[server(endpoint = "set_learning_rules")]
pub async fn set_learning_rules(
    every_days: String,
    after_outcomes: String,
    #[server(default)] on_drift: bool,
    #[server(default)] promote_by_rule: bool,
    share: u8,
    first_checkpoint: u64,
) -> Result<(), AppError> {
    use crate::domain::models::LearningRules;

    fn number<N: std::str::FromStr>(field: &str, text: &str) -> Result<Option<N>, AppError> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(Some).map_err(|_| AppError::invalid(field, "Write a whole number, or leave it empty."))
    }
    let (app, viewer) = crate::api::context::signed_in().await?;
    let before = app.models().learning_rules(&viewer).await?;
    let rules = LearningRules {
        every_days: number("every_days", &every_days)?,
        after_outcomes: number("after_outcomes", &after_outcomes)?,
        on_drift,
        promote_by_rule,
        share,
        challenger_test: crate::domain::models::ChallengerTestRules { first_checkpoint, ..before.challenger_test },
    };
    app.models().set_learning_rules(&viewer, rules).await?;
    crate::api::context::done(PAGE, crate::api::done::Done::Saved);
    Ok(())
}

/// The page on business impact, for managers and admins.
#[server(endpoint = "impact", input = Json)]
pub async fn impact() -> Result<ImpactView, AppError> {
    let (app, viewer) = crate::api::context::signed_in().await?;
    app.outcomes().impact_view(&viewer).await
}

/// The page on accuracy over time, for managers and admins.
#[server(endpoint = "accuracy", input = Json)]
pub async fn accuracy() -> Result<AccuracyView, AppError> {
    let (app, viewer) = crate::api::context::signed_in().await?;
    app.models().accuracy_view(&viewer).await
}
