//! The demo workspace: a simulated sales team, trained and scored like any other.

use super::{IngestError, Progress, ServiceError};
use crate::{
    demo::{self, DemoOptions, DemoUser, DemoWorkspace},
    domain::{deals::Outcome, ids::TeamId, people::Role},
    services::{
        clock::Clock,
        imports::Imports,
        people::{accounts::DEMO_LOGINS, passwords::hash_password},
    },
    store::{
        Store,
        people::{self, NewUser},
    },
    views::people::DemoLogin,
};

/// The demo workspace.
#[derive(Clone)]
pub struct Demo {
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) imports: Imports,
}

/// Everybody in the demo signs in with it; it opens made-up data only.
const PASSWORD: &str = "vectoros-demo";

/// What was made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DemoReport {
    pub closed: u64,
    pub open: u64,
    /// AUC of the simulator's own hidden win probabilities: no model can do better but by luck.
    pub bayes_auc: f64,
}

impl Demo {
    /// Whether nobody was added to this workspace yet.
    pub async fn is_empty(&self) -> Result<bool, ServiceError> {
        Ok(people::user_count(self.store.db()).await? == 0)
    }

    /// Simulates a sales team up to now and fills an empty workspace with its people and deals.
    pub async fn create_demo(&self, seed: u64, progress: Progress<'_>) -> Result<DemoReport, IngestError> {
        let now = self.clock.now();
        progress(0, 1, "simulating 18 months of sales");
        let world = tokio::task::spawn_blocking(move || demo::simulate(&DemoOptions::new(seed, now))).await.map_err(ServiceError::from)?;
        self.add_demo_people(&world).await?;
        let closed = world.deals.iter().filter(|deal| deal.outcome != Outcome::Open).count() as u64;
        let open = world.deals.len() as u64 - closed;
        let bayes_auc = world.bayes_auc;
        self.imports.ingest(&world.source, world.deals, progress).await?;
        Ok(DemoReport { closed, open, bayes_auc })
    }

    async fn add_demo_people(&self, world: &DemoWorkspace) -> Result<(), ServiceError> {
        let hash = hash_password(PASSWORD.to_owned()).await.map_err(|error| ServiceError::Engine(error.to_string()))?;
        let now = self.clock.now();
        let new = |user: &DemoUser, role, team: Option<TeamId>| NewUser {
            name: user.name.clone(),
            email: Some(user.email.clone()),
            password_hash: Some(hash.clone()),
            role,
            team,
        };
        let tx = self.store.begin_write().await?;
        let mut logins = Vec::new();
        let mut offer = |user: &DemoUser, role: Role| {
            if user.email.starts_with(role.as_str()) {
                logins.push(DemoLogin { role, email: user.email.clone(), password: PASSWORD.into() });
            }
        };
        for team in &world.teams {
            let id = people::team_named(&tx, &team.name).await?;
            for rep in &team.reps {
                people::add_user(&tx, new(rep, Role::Rep, Some(id)), now).await?;
                offer(rep, Role::Rep);
            }
            people::add_user(&tx, new(&team.manager, Role::Manager, Some(id)), now).await?;
            offer(&team.manager, Role::Manager);
        }
        people::add_user(&tx, new(&world.admin, Role::Admin, None), now).await?;
        offer(&world.admin, Role::Admin);
        logins.sort_by_key(|login| Role::ALL.iter().position(|role| *role == login.role));
        people::set_json_setting(&tx, DEMO_LOGINS, &logins).await?;
        people::audit(&tx, now, None, "demo.create", None, None).await?;
        tx.commit().await?;
        Ok(())
    }
}
