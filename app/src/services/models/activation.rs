//! Making a model the champion, whoever or whatever asks for it.

use sea_orm::ConnectionTrait;

use crate::{
    domain::{Instant, ids::UserId, models::ChallengerTestEnding},
    services::jobs::Job,
    store::{
        StoreError,
        models::{self, challenger_tests},
        people,
        scoring::predictions,
    },
};

/// Who becomes the champion.
pub(super) enum Activation {
    Publish(i32),
    /// Back to an earlier deployment.
    RollBack(models::Deployment),
}

/// Makes a model the champion at once. A challenger's test that runs is over: its challenger became the champion, or has another one to beat.
pub(super) async fn activate(
    tx: &impl ConnectionTrait,
    activation: Activation,
    actor: Option<UserId>,
    action: &str,
    why: &str,
    now: Instant,
) -> Result<(), StoreError> {
    let version = match &activation {
        Activation::Publish(version) => *version,
        Activation::RollBack(deployment) => deployment.version,
    };
    match &activation {
        Activation::Publish(version) => models::publish(tx, *version, now).await?,
        Activation::RollBack(deployment) => models::roll_back(tx, deployment, now).await?,
    }
    let ending = match challenger_tests::present(tx).await? {
        Some(challenger_test) if challenger_test.challenger == version => ChallengerTestEnding::Promoted,
        _ => ChallengerTestEnding::Withdrawn,
    };
    challenger_tests::end_present(tx, ending, why, now).await?;
    models::challenge(tx, None).await?;
    predictions::forget_shadows_but(tx, &[]).await?;
    people::audit(tx, now, actor, action, None, Some(format!("model {version}"))).await?;
    Job::Score.put(tx, now).await
}
