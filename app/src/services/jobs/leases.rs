//! Work of which at most one runs, whatever the number of servers.

use std::time::Duration;

use chrono::Utc;
use uuid::Uuid;

use super::Jobs;
use crate::{
    services::ServiceError,
    store::{
        Store, StoreError,
        jobs::leases::{self, Lease},
    },
};

/// How long work under a lease may take to give up by itself when the server stops, so that it leaves things as it wants to.
const LAST_STEPS: Duration = Duration::from_secs(2);

/// Who waits for a turn looks so often.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

impl Jobs {
    /// Does what at most one may do at a time, whatever the number of processes; `None` where somebody else is at it. The work gets a
    /// store whose write transactions fail once the lease is somebody else's, and is dropped as soon as that is known.
    pub async fn with_lease<T>(
        &self,
        name: &str,
        work: impl AsyncFnOnce(Store) -> Result<T, ServiceError>,
    ) -> Result<Option<T>, ServiceError> {
        match self.take(name).await? {
            Some(lease) => self.hold(lease, work).await.map(Some),
            None => Ok(None),
        }
    }

    /// The same, after whoever is at it has ended or turned out to have died; `None` where somebody is still at it after that time.
    pub async fn with_lease_in_turn<T>(
        &self,
        name: &str,
        work: impl AsyncFnOnce(Store) -> Result<T, ServiceError>,
    ) -> Result<Option<T>, ServiceError> {
        let begun = tokio::time::Instant::now();
        loop {
            match self.take(name).await? {
                Some(lease) => return self.hold(lease, work).await.map(Some),
                None if begun.elapsed() > self.lease_times.lost + self.lease_times.renew => return Ok(None),
                None => tokio::time::sleep(LOOK_AGAIN.min(self.lease_times.renew)).await,
            }
        }
    }

    async fn take(&self, name: &str) -> Result<Option<Lease>, ServiceError> {
        let lease = Lease { name: name.to_owned(), holder: Uuid::now_v7().to_string() };
        let taken = leases::take(self.store.db(), &lease, Utc::now(), self.lease_times.time()).await?;
        Ok(taken.then_some(lease))
    }

    async fn hold<T>(&self, lease: Lease, work: impl AsyncFnOnce(Store) -> Result<T, ServiceError>) -> Result<T, ServiceError> {
        let stopping = async {
            self.stop.told().await;
            tokio::time::sleep(LAST_STEPS).await;
        };
        let done = tokio::select! {
            biased;
            done = work(self.store.under(lease.clone())) => done,
            error = self.keep(&lease) => return Err(error),
            () = stopping => Err(ServiceError::Stopping),
        };
        leases::give_back(self.store.db(), &lease).await?;
        done
    }

    /// Renews a lease for as long as it is the holder's; answers why it no longer is.
    async fn keep(&self, lease: &Lease) -> ServiceError {
        let mut renewed = tokio::time::Instant::now();
        loop {
            tokio::time::sleep(self.lease_times.renew).await;
            let asked = tokio::time::Instant::now();
            match leases::take(self.store.db(), lease, Utc::now(), self.lease_times.time()).await {
                Ok(true) => renewed = asked,
                Ok(false) => return StoreError::LeaseLost(lease.name.clone()).into(),
                // Others may think that it has died.
                Err(error) if renewed.elapsed() >= self.lease_times.lost => return error.into(),
                Err(error) => tracing::warn!(name = lease.name, %error, "a lease could not be renewed; trying again"),
            }
        }
    }
}
