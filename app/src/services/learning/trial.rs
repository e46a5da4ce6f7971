//! Champion against challenger.

use sea_orm::ConnectionTrait;

use crate::{
    ai::learning::standing,
    domain::{Instant, Pair, Priority, TrialEnding, TrialRecord, TrialRules, TrialStanding, UserId, Verdict},
    services::{ServiceError, Services, jobs::Job},
    store::{
        StoreError, models, people,
        predictions::{self, Paired},
        scores, trials,
    },
};

/// Where admins look after the model.
pub(super) const PAGE: &str = "/learning";

impl Services {
    /// How the trial stands by the deals that closed since.
    pub(super) async fn standing_of(&self, trial: &TrialRecord, rules: &TrialRules) -> Result<TrialStanding, ServiceError> {
        let paired = predictions::paired(self.store.db(), trial.champion, trial.challenger).await?;
        let pair = |paired: Paired| Pair {
            closed_at: paired.closed_at,
            champion: paired.champion,
            challenger: paired.challenger,
            won: paired.won,
        };
        let pairs: Vec<Pair> = paired.into_iter().map(pair).collect();
        let (rules, began_at, now, seed) = (rules.clone(), trial.began_at, self.now(), trial.challenger.unsigned_abs().into());
        Ok(tokio::task::spawn_blocking(move || standing(&pairs, &rules, began_at, now, seed)).await?)
    }

    /// Promotes or drops the challenger where the rule says so; tells in words what was found.
    pub(super) async fn judge_challenger(&self) -> Result<String, ServiceError> {
        let db = self.store.db();
        let Some(trial) = trials::present(db).await? else { return Ok("No challenger is on trial.".into()) };
        let rules = scores::learning_rules(db).await?;
        let standing = self.standing_of(&trial, &rules.trial).await?;
        let version = trial.challenger;
        match standing.verdict {
            Verdict::Wait { .. } => Ok(format!("Model {version} is on trial. {}", standing.why)),
            Verdict::Promote if rules.promote_by_rule => {
                self.load_model(version).await?;
                let headline = format!("Model {version} took the place of model {}: {}", trial.champion, standing.why);
                self.end_trial(&trial, TrialEnding::Promoted, &standing.why, Some(&headline)).await?;
                Ok(headline)
            }
            Verdict::Promote => Ok(format!("Model {version} has proved better and waits to be promoted by hand. {}", standing.why)),
            Verdict::Drop => {
                self.end_trial(&trial, TrialEnding::Dropped, &standing.why, None).await?;
                Ok(format!("Model {version} was dropped. {}", standing.why))
            }
        }
    }

    /// Ends a trial, unless somebody else just did; a promoted challenger becomes the champion.
    pub(super) async fn end_trial(
        &self,
        trial: &TrialRecord,
        ending: TrialEnding,
        why: &str,
        headline: Option<&str>,
    ) -> Result<(), ServiceError> {
        let now = self.now();
        let tx = self.store.begin_write().await?;
        if trials::present(&tx).await?.map(|present| present.challenger) != Some(trial.challenger) {
            return Ok(());
        }
        if ending == TrialEnding::Promoted {
            enthrone(&tx, Throne::Publish(trial.challenger), None, "model.promote", why, now).await?;
        } else {
            trials::end_present(&tx, ending, why, now).await?;
            models::challenge(&tx, None).await?;
            predictions::forget_shadows_but(&tx, &[]).await?;
            people::audit(&tx, now, None, "model.drop", None, Some(format!("model {}: {why}", trial.challenger))).await?;
            Job::Score.put(&tx, now).await?;
        }
        if let Some(headline) = headline {
            self.tell_admins(&tx, Priority::Medium, headline, PAGE, now).await?;
        }
        tx.commit().await?;
        self.wake_jobs();
        self.told_somebody();
        Ok(())
    }
}

/// Who becomes the champion.
pub(in crate::services) enum Throne {
    Publish(i32),
    /// Back to an earlier reign.
    RollBack(models::Reign),
}

/// Makes a model the champion at once. A trial that runs is over: its challenger became the champion, or has another one to beat.
pub(in crate::services) async fn enthrone(
    tx: &impl ConnectionTrait,
    throne: Throne,
    actor: Option<UserId>,
    action: &str,
    why: &str,
    now: Instant,
) -> Result<(), StoreError> {
    let version = match &throne {
        Throne::Publish(version) => *version,
        Throne::RollBack(reign) => reign.version,
    };
    match &throne {
        Throne::Publish(version) => models::publish(tx, *version, now).await?,
        Throne::RollBack(reign) => models::roll_back(tx, reign, now).await?,
    }
    let ending = match trials::present(tx).await? {
        Some(trial) if trial.challenger == version => TrialEnding::Promoted,
        _ => TrialEnding::Withdrawn,
    };
    trials::end_present(tx, ending, why, now).await?;
    models::challenge(tx, None).await?;
    predictions::forget_shadows_but(tx, &[]).await?;
    people::audit(tx, now, actor, action, None, Some(format!("model {version}"))).await?;
    Job::Score.put(tx, now).await
}
