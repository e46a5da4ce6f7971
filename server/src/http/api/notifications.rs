//! Notifications: the newest, and a stream of server-sent events as they come.

use std::{convert::Infallible, time::Duration};

use app::{
    services::{App, LiveFeed},
    views::notifications::{NotificationCentre, NotificationView},
};
use axum::{
    Json, Router,
    http::{HeaderMap, HeaderName, header},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::get,
};
use futures::{Stream, StreamExt, stream};

use super::{error::ApiError, request::Caller};

/// A comment is sent so often, so that no proxy takes the connection for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// A stream ends after so long; the browser comes back with what it has, and is let in again only if it still may.
const LONGEST: Duration = Duration::from_secs(600);
/// How soon a browser comes back after it was cut off.
const COME_BACK: Duration = Duration::from_secs(2);
/// What a browser sends when it comes back.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

pub fn router() -> Router<App> {
    Router::new().route("/api/v1/notifications", get(newest)).route("/api/v1/notifications/stream", get(listen))
}

async fn newest(caller: Caller) -> Result<Json<NotificationCentre>, ApiError> {
    Ok(Json(caller.app.notifications().notification_centre(&caller.viewer).await?))
}

/// The viewer's notifications as they come; one that was cut off goes on where it was.
async fn listen(caller: Caller, headers: HeaderMap) -> Result<Response, ApiError> {
    let last = headers.get(LAST_EVENT_ID).and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    let feed = caller.app.notifications().listen(&caller.viewer, last).await?;
    let sse = Sse::new(events(feed)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    // nginx passes events on at once only if told so.
    let headers = [(header::CACHE_CONTROL, "no-store"), (HeaderName::from_static("x-accel-buffering"), "no")];
    Ok((headers, sse).into_response())
}

fn events(feed: LiveFeed) -> impl Stream<Item = Result<Event, Infallible>> {
    // Browsers leave events without data out.
    let hello = Event::default().event("hello").data("listening").retry(COME_BACK);
    let told = stream::unfold(feed, async |mut feed| {
        let view = feed.next().await?;
        Some((event(&view), feed))
    });
    stream::once(async { hello }).chain(told).map(Ok).take_until(tokio::time::sleep(LONGEST))
}

fn event(view: &NotificationView) -> Event {
    let event = Event::default().event("notification").id(view.id.to_string());
    event.json_data(view).unwrap_or_default()
}
