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

impl Jobs {
    /// Does what at most one may do at a time, whatever the number of processes; `None` where somebody else is at it. The work gets a
    /// store whose write transactions fail once the lease is somebody else's, and is dropped as soon as that is known.
    pub async fn with_lease<T>(
        &self,
        name: &str,
        work: impl AsyncFnOnce(Store) -> Result<T, ServiceError>,
    ) -> Result<Option<T>, ServiceError> {
        let lease = Lease { name: name.to_owned(), holder: Uuid::now_v7().to_string() };
        let db = self.store.db();
        if !leases::take(db, &lease, Utc::now(), self.lease_times.time()).await? {
            return Ok(None);
        }
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
        leases::give_back(db, &lease).await?;
        done.map(Some)
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
