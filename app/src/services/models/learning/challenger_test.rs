//! Champion against challenger.

use crate::{
    ai::learning::challenger_test_status,
    domain::{
        alerts::Priority,
        ids::UserId,
        models::{ChallengerTest, ChallengerTestEnding, ChallengerTestRules, ChallengerTestStatus, Pair, Verdict},
    },
    services::{
        ServiceError,
        jobs::Job,
        models::{
            Models,
            activation::{Activation, activate},
        },
    },
    store::{
        locks::{self, Whole},
        models::{self, challenger_tests, learning_rules},
        people,
        scoring::predictions::{self, Paired},
    },
};

/// Where admins look after the model.
pub(crate) const PAGE: &str = "/learning";

impl Models {
    /// How the test stands by the deals that closed since.
    pub(crate) async fn challenger_test_status(
        &self,
        challenger_test: &ChallengerTest,
        rules: &ChallengerTestRules,
    ) -> Result<ChallengerTestStatus, ServiceError> {
        let paired = predictions::paired(self.store.db(), challenger_test.champion, challenger_test.challenger).await?;
        let pair = |paired: Paired| Pair {
            closed_at: paired.closed_at,
            champion: paired.champion,
            challenger: paired.challenger,
            won: paired.won,
        };
        let pairs: Vec<Pair> = paired.into_iter().map(pair).collect();
        let (rules, began_at, now, seed) =
            (rules.clone(), challenger_test.began_at, self.clock.now(), challenger_test.challenger.unsigned_abs().into());
        Ok(tokio::task::spawn_blocking(move || challenger_test_status(&pairs, &rules, began_at, now, seed)).await?)
    }

    /// Promotes or drops the challenger where the rule says so; tells in words what was found.
    pub(crate) async fn judge_challenger(&self) -> Result<String, ServiceError> {
        let db = self.store.db();
        let Some(challenger_test) = challenger_tests::present(db).await? else { return Ok("No challenger is under test.".into()) };
        let rules = learning_rules::current(db).await?;
        let challenger_test_status = self.challenger_test_status(&challenger_test, &rules.challenger_test).await?;
        let version = challenger_test.challenger;
        match challenger_test_status.verdict {
            Verdict::Wait { .. } => Ok(format!("Model {version} is under test. {}", challenger_test_status.why)),
            Verdict::Promote if rules.promote_by_rule => {
                self.scoring.load_model(version).await?;
                let headline =
                    format!("Model {version} took the place of model {}: {}", challenger_test.champion, challenger_test_status.why);
                self.end_challenger_test(
                    &challenger_test,
                    ChallengerTestEnding::Promoted,
                    &challenger_test_status.why,
                    (None, Some(&headline)),
                )
                .await?;
                Ok(headline)
            }
            Verdict::Promote => {
                Ok(format!("Model {version} has proved better and waits to be promoted by hand. {}", challenger_test_status.why))
            }
            Verdict::Drop => {
                self.end_challenger_test(&challenger_test, ChallengerTestEnding::Dropped, &challenger_test_status.why, (None, None))
                    .await?;
                Ok(format!("Model {version} was dropped. {}", challenger_test_status.why))
            }
        }
    }

    /// Ends a test, by an admin or by the rule; a promoted challenger becomes the champion. Tells whether it did: somebody else may just
    /// have ended it.
    pub(crate) async fn end_challenger_test(
        &self,
        challenger_test: &ChallengerTest,
        ending: ChallengerTestEnding,
        why: &str,
        (actor, headline): (Option<UserId>, Option<&str>),
    ) -> Result<bool, ServiceError> {
        let now = self.clock.now();
        let tx = self.store.begin_write().await?;
        locks::table(&tx, Whole::Models).await?;
        if challenger_tests::present(&tx).await?.map(|present| present.challenger) != Some(challenger_test.challenger) {
            return Ok(false);
        }
        if ending == ChallengerTestEnding::Promoted {
            activate(&tx, Activation::Publish(challenger_test.challenger), actor, "model.promote", why, now).await?;
        } else {
            challenger_tests::end_present(&tx, ending, why, now).await?;
            models::challenge(&tx, None).await?;
            predictions::forget_shadows_but(&tx, &[]).await?;
            people::audit(&tx, now, actor, "model.drop", None, Some(format!("model {}: {why}", challenger_test.challenger))).await?;
            Job::Score.put(&tx, now).await?;
        }
        if let Some(headline) = headline {
            self.notifications.tell_admins(&tx, Priority::Medium, headline, PAGE, now).await?;
        }
        tx.commit().await?;
        self.jobs.wake_jobs();
        self.notifications.told_somebody();
        Ok(true)
    }
}
