//! `vectoros serve`.

use std::time::Duration;

use anyhow::{Context, Result};
use app::store::SessionTable;
use tokio::{net::TcpListener, signal};
use tower_sessions::session_store::ExpiredDeletion;

use crate::{config::Config, http};

/// How often expired sessions are deleted.
const SESSION_SWEEP: Duration = Duration::from_secs(3_600);

pub async fn run(config: &Config) -> Result<()> {
    let services = super::open(config).await?;
    // Bind first: a taken address should be said before any work starts.
    let listener = TcpListener::bind(config.addr).await.with_context(|| format!("{} cannot be served on; is it taken?", config.addr))?;
    let address = listener.local_addr()?;
    let sessions = SessionTable::new(services.store());
    let embedding = tokio::spawn(services.clone().run_embedding_worker());
    let scoring = tokio::spawn(services.clone().run_scoring_worker());
    let sweeper = tokio::spawn(sweep_sessions(sessions.clone()));
    if let Some(why) = services.engine().unavailable() {
        tracing::warn!(%why, "serving without embedding and similar deals");
    }
    announce(&services, &address.to_string()).await?;
    let router = http::router(config, services, sessions);
    axum::serve(listener, router.into_make_service()).with_graceful_shutdown(asked_to_stop()).await?;
    embedding.abort();
    scoring.abort();
    sweeper.abort();
    Ok(())
}

async fn sweep_sessions(sessions: SessionTable) {
    let mut times = tokio::time::interval(SESSION_SWEEP);
    loop {
        times.tick().await;
        if let Err(error) = sessions.delete_expired().await {
            tracing::warn!(%error, "expired sessions could not be deleted");
        }
    }
}

async fn announce(services: &app::services::Services, address: &str) -> Result<()> {
    println!("VectorOS is ready: http://{address}");
    for login in services.demo_logins().await? {
        println!("  {:<10} {}  password {}", login.role.label(), login.email, login.password);
    }
    Ok(())
}

async fn asked_to_stop() {
    let interrupted = async {
        let _ = signal::ctrl_c().await;
    };
    #[cfg(unix)]
    let terminated = async {
        match signal::unix::signal(signal::unix::SignalKind::terminate()) {
            Ok(mut stream) => {
                stream.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
    }
}
