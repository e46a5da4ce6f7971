//! `SlackHook` against a local server that plays Slack's documented answers.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use app::notifications::slack::{SlackAlert, SlackError, SlackHook, SlackMessage};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

const PATH: &str = "/services/T0SECRET1/B0SECRET2/XXsecretXXsecretXXsecret";
/// Long enough for a busy machine.
const PATIENT: Duration = Duration::from_secs(20);

type Answer = fn() -> Response;

#[derive(Clone)]
struct Slack {
    answer: Answer,
    seen: Arc<Mutex<Vec<(Uri, HeaderMap, Bytes)>>>,
}

async fn answer(State(slack): State<Slack>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let hang = uri.query() == Some("hang");
    slack.seen.lock().expect("works").push((uri, headers, body));
    if hang {
        std::future::pending::<()>().await;
    }
    (slack.answer)()
}

/// Starts a server that always answers `answer`.
async fn slack(answer_with: Answer) -> (SocketAddr, Slack) {
    let slack = Slack { answer: answer_with, seen: Arc::default() };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("works");
    let address = listener.local_addr().expect("works");
    let app = Router::new().fallback(answer).with_state(slack.clone());
    tokio::spawn(async move { axum::serve(listener, app).await.expect("works") });
    (address, slack)
}

fn new_hook(url: &str, timeout: Duration) -> Result<SlackHook, SlackError> {
    // Fails when another test of this process was first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    SlackHook::new(url, timeout)
}

fn message() -> SlackMessage {
    SlackMessage {
        deal_title: "Renewal".into(),
        deal_url: "https://vectoros.example/deals/7".into(),
        account: Some("Acme".into()),
        value: None,
        owner: "Kim".into(),
        alerts: vec![SlackAlert {
            priority: "Critical".into(),
            headline: "No reply in 14 days".into(),
            detail: "Last mail on 3 May.".into(),
            advice: "Call the buyer.".into(),
        }],
        repeat: true,
    }
}

#[track_caller]
fn assert_no_secret(text: &str) {
    let lower = text.to_lowercase();
    assert!(!lower.contains("secret") && !lower.contains("services"), "{text}");
}

/// Posts to a server that answers `answer_with`; checks that one request came
/// and that neither the hook nor its error shows the secret.
async fn post(answer_with: Answer) -> Result<(), SlackError> {
    let (address, slack) = slack(answer_with).await;
    let hook = new_hook(&format!("http://{address}{PATH}"), PATIENT).expect("works");
    assert_no_secret(&format!("{hook:?} {hook:#?}"));
    let result = hook.post(&message()).await;
    if let Err(error) = &result {
        assert_no_secret(&format!("{error} {error:?} {error:#?}"));
    }
    assert_eq!(slack.seen.lock().expect("works").len(), 1);
    result
}

#[track_caller]
fn permanent(result: Result<(), SlackError>) -> String {
    match result {
        Err(SlackError::Permanent(text)) => text,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn temporary(result: Result<(), SlackError>) -> String {
    match result {
        Err(SlackError::Temporary(text)) => text,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn ok_and_the_body_received() {
    let (address, slack) = slack(|| "ok".into_response()).await;
    let hook = new_hook(&format!("http://{address}{PATH}"), PATIENT).expect("works");
    assert_eq!(hook.post(&message()).await, Ok(()));

    let seen = slack.seen.lock().expect("works");
    let (uri, headers, body) = &seen[0];
    assert_eq!(uri.path(), PATH);
    assert_eq!(headers["content-type"], "application/json");
    let body: Value = serde_json::from_slice(body).expect("works");
    assert_eq!(body, message().payload());
    assert_eq!(body["text"], "1 alert: Renewal – Critical: No reply in 14 days");
    let kinds: Vec<_> = body["blocks"].as_array().expect("works").iter().map(|block| block["type"].as_str().expect("works")).collect();
    assert_eq!(kinds, ["header", "section", "section", "context", "actions"]);
}

#[tokio::test]
async fn rate_limits() {
    fn limited(seconds: u64) -> Result<(), SlackError> {
        let retry_after = Duration::from_secs(seconds);
        Err(SlackError::RateLimited { retry_after })
    }
    fn with(value: &'static str) -> Response {
        (StatusCode::TOO_MANY_REQUESTS, [("retry-after", value)], "rate_limited").into_response()
    }
    assert_eq!(post(|| with("7")).await, limited(7));
    let without = post(|| StatusCode::TOO_MANY_REQUESTS.into_response()).await;
    assert_eq!(without, limited(60));
    assert_eq!(post(|| with("86400")).await, limited(3600));
    assert_eq!(post(|| with("99999999999999999999999")).await, limited(3600));
    assert_eq!(post(|| with("0")).await, limited(1));
    assert_eq!(post(|| with("Wed, 21 Oct 2026 07:28:00 GMT")).await, limited(60));
    assert_eq!(post(|| with("-5")).await, limited(60));
}

#[tokio::test]
async fn refusals_say_what_to_do() {
    let text = permanent(post(|| (StatusCode::NOT_FOUND, "no_service").into_response()).await);
    assert!(text.starts_with("HTTP 404, no_service. Create a new"), "{text}");
    let text = permanent(post(|| (StatusCode::GONE, "channel_is_archived").into_response()).await);
    assert!(text.starts_with("HTTP 410, channel_is_archived. Unarchive"), "{text}");
    let text = permanent(post(|| (StatusCode::FORBIDDEN, "action_prohibited").into_response()).await);
    assert!(text.starts_with("HTTP 403, action_prohibited. A Slack admin"), "{text}");
    let text = permanent(post(|| (StatusCode::BAD_REQUEST, "invalid_payload").into_response()).await);
    assert!(text.starts_with("HTTP 400, invalid_payload. "), "{text}");
    let text = permanent(post(|| StatusCode::GONE.into_response()).await);
    assert!(text.starts_with("HTTP 410. Create a new"), "{text}");
    let text = permanent(post(|| StatusCode::METHOD_NOT_ALLOWED.into_response()).await);
    assert!(text.starts_with("HTTP 405. Check"), "{text}");
}

#[tokio::test]
async fn answers_are_cut_and_do_not_leak_the_path() {
    let long = permanent(post(|| (StatusCode::BAD_REQUEST, "é\n".repeat(100_000)).into_response()).await);
    assert!(long.starts_with(&format!("HTTP 400, {}. ", "é ".repeat(50))), "{long}");

    // The whole path, the path across the cut, and one part in other case.
    let text = permanent(post(|| (StatusCode::NOT_FOUND, format!("Cannot POST {PATH}")).into_response()).await);
    assert!(text.contains("is not shown"), "{text}");
    let text = temporary(
        post(|| {
            let page = format!("{}{PATH}", "a".repeat(80));
            (StatusCode::BAD_GATEWAY, page).into_response()
        })
        .await,
    );
    assert!(text.contains("is not shown"), "{text}");
    permanent(post(|| (StatusCode::FORBIDDEN, "no hook XXSECRETXXsecretXXsecret").into_response()).await);
}

#[tokio::test]
async fn faults_are_temporary() {
    let text = temporary(post(|| (StatusCode::INTERNAL_SERVER_ERROR, "rollup_error").into_response()).await);
    assert_eq!(text, "HTTP 500, rollup_error");
    temporary(post(|| StatusCode::SERVICE_UNAVAILABLE.into_response()).await);
    temporary(post(|| StatusCode::REQUEST_TIMEOUT.into_response()).await);
    // Not followed: `post` checks that there was one request.
    temporary(post(|| (StatusCode::FOUND, [("location", "/elsewhere")]).into_response()).await);
    temporary(post(|| (StatusCode::TEMPORARY_REDIRECT, [("location", "/elsewhere")]).into_response()).await);
}

#[tokio::test]
async fn a_server_that_hangs_times_out() {
    let (address, _) = slack(|| "ok".into_response()).await;
    let url = format!("http://{address}{PATH}?hang");
    let hook = new_hook(&url, Duration::from_millis(300)).expect("works");
    let started = Instant::now();
    let error = hook.post(&message()).await.unwrap_err();
    assert!(started.elapsed() < PATIENT);
    assert_no_secret(&format!("{hook:?} {error} {error:?}"));
    assert_eq!(error, SlackError::Temporary("no answer within 300ms".into()));
}

#[tokio::test]
async fn no_connection_is_temporary() {
    // A port that was free a moment ago.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("works");
    let address = listener.local_addr().expect("works");
    drop(listener);
    for scheme in ["http", "https"] {
        let hook = new_hook(&format!("{scheme}://{address}{PATH}"), PATIENT).expect("works");
        let result = hook.post(&message()).await;
        let error = result.clone().unwrap_err();
        assert_no_secret(&format!("{error} {error:?}"));
        assert!(temporary(result).contains("refused"), "{error}");
    }
}

#[test]
fn only_safe_urls_are_accepted() {
    for url in [
        format!("https://hooks.slack.com{PATH}"),
        format!(" https://hooks.slack.com{PATH}\n"),
        format!("http://127.0.0.1:9{PATH}"),
        format!("http://[::1]:9{PATH}"),
        format!("http://localhost:9{PATH}"),
    ] {
        let hook = new_hook(&url, PATIENT).expect("works");
        assert_no_secret(&format!("{hook:?} {hook:#?}"));
    }
    for url in [
        String::new(),
        PATH.to_owned(),
        format!("http://hooks.slack.com{PATH}"),
        format!("http://localhost.example{PATH}"),
        format!("http://10.0.0.1{PATH}"),
        format!("ftp://127.0.0.1{PATH}"),
        format!("https://secret:secret@hooks.slack.com{PATH}"),
        format!("https://hooks.slack.com:secret{PATH}"),
        format!("https://hooks.slack.com{PATH}{}", "a".repeat(1000)),
    ] {
        let error = new_hook(&url, PATIENT).unwrap_err();
        assert!(matches!(error, SlackError::Config(_)), "{error:?}");
        assert_no_secret(&format!("{error} {error:?}"));
    }
}
