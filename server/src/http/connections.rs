//! Connections: accepted, timed, and ended when the server stops, whatever is at their other end.

use std::{pin::pin, time::Duration};

use axum::{Router, serve::Listener};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::timeout,
};

/// How long a request's headers may take, and how long a connection may rest between two requests.
const HEADERS: Duration = Duration::from_secs(30);
/// How long a stopping server lets requests finish. Then it cuts them off.
const DRAIN: Duration = Duration::from_secs(5);

/// Answers requests until `stop` resolves; then takes none, and lets those under way finish for [`DRAIN`].
pub async fn serve(mut listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    let (tell, told) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            // Waits by itself while no connection can be accepted, as when files run out.
            (stream, _) = Listener::accept(&mut listener) => {
                connections.spawn(answer(stream, router.clone(), told.clone()));
            }
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    tell.send_replace(true);
    if timeout(DRAIN, async { while connections.join_next().await.is_some() {} }).await.is_err() {
        tracing::info!(connections = connections.len(), "connections that did not end in time are cut off");
    }
}

/// Answers one connection's requests; once told to, ends it after the request under way.
async fn answer(stream: TcpStream, router: Router, mut told: watch::Receiver<bool>) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADERS);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router)));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = to_end(&mut told) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Resolves when the server stops.
async fn to_end(told: &mut watch::Receiver<bool>) {
    let _ = told.wait_for(|told| *told).await;
}
