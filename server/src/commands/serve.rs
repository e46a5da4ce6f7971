//! `vectoros serve`.

use std::time::Duration;

use anyhow::{Context, Result};
use app::{services::Schedules, store::SessionTable};
use tokio::{net::TcpListener, signal, sync::watch};
use tower_sessions::session_store::ExpiredDeletion;

use crate::{config::Config, http};

/// How long jobs may go on after the last answer, which has a limit too: what is cut off then is taken up by the next start.
const JOBS_AFTER: Duration = Duration::from_secs(2);
/// How often expired sessions are deleted.
const SESSION_SWEEP: Duration = Duration::from_secs(3_600);

pub async fn run(config: &Config) -> Result<()> {
    let app = super::open(config).await?.with_schedules(Schedules::sweeping_every(config.sweep_minutes)?);
    // Bind first: a taken address should be said before any work starts.
    let listener = TcpListener::bind(config.addr).await.with_context(|| format!("{} cannot be served on; is it taken?", config.addr))?;
    let address = listener.local_addr()?;
    let sessions = SessionTable::new(app.store());
    app.prepare_jobs().await?;
    let (stop, stopping) = watch::channel(false);
    let mut jobs = tokio::spawn(app.clone().run_jobs(told_to_stop(stopping)));
    let live = tokio::spawn(app.notifications().run_live());
    let sweeper = tokio::spawn(sweep_sessions(sessions.clone()));
    if let Some(why) = app.engine().unavailable() {
        tracing::warn!(%why, "serving without embedding and similar deals");
    }
    announce(&app, &address.to_string()).await?;
    let router = http::router(config, app.clone(), sessions);
    let stopped = async {
        asked_to_stop().await;
        tracing::info!("stopping");
        // Jobs first: they give up, or finish, while the last requests are answered.
        let _ = stop.send(true);
        // Open event streams would keep their connections.
        app.notifications().stop_listening();
    };
    http::serve(listener, router, stopped).await;
    match tokio::time::timeout(JOBS_AFTER, &mut jobs).await {
        Ok(ended) => ended??,
        Err(_) => tracing::warn!("the jobs did not stop in time; the next start takes them up"),
    }
    live.abort();
    sweeper.abort();
    Ok(())
}

/// Resolves when the server stops and its jobs should end.
async fn told_to_stop(mut stopping: watch::Receiver<bool>) {
    let _ = stopping.wait_for(|stop| *stop).await;
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

async fn announce(app: &app::services::App, address: &str) -> Result<()> {
    println!("VectorOS is ready: http://{address}");
    for login in app.people().demo_logins().await? {
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
