//! The router as a browser meets it.

use app::{
    domain::{deals::DealQuery, people::Role},
    services::{App, Engine, EngineConfig, NewAccount},
    store::{ArtifactStore, SessionTable, Store},
};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, Response, StatusCode, header},
};
use leptos::server_fn::axum::server_fn_paths;
use tower::ServiceExt;

use crate::{cli::Settings, config::Config};

/// A server over an empty workspace with one admin.
struct Site {
    router: Router,
    app: App,
    _folder: tempfile::TempDir,
}

impl Site {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let settings = Settings {
            addr: None,
            data_dir: Some(folder.path().into()),
            database_url: None,
            model_dir: Some(folder.path().join("no-models")),
            site_dir: Some(folder.path().into()),
            artifacts: None,
            config: None,
        };
        let config = Config::load(&settings).expect("settings");
        let store = Store::open_embedded(folder.path()).await.expect("SQLite opens");
        let engine = Engine::new(EngineConfig { model_dir: config.model_dir.clone(), index_dir: None });
        let app = App::new(store, engine, ArtifactStore::in_memory());
        let admin = NewAccount {
            name: "Ada".into(),
            email: "ada@example.com".into(),
            password: "long enough".into(),
            role: Role::Admin,
            team: None,
        };
        app.people().add_account(admin).await.expect("an admin");
        let sessions = SessionTable::new(app.store());
        Self { router: super::router(&config, app.clone(), sessions), app, _folder: folder }
    }

    /// A token of the admin's.
    async fn token(&self) -> String {
        self.app.people().add_token("ada@example.com", "test").await.expect("a token").token
    }

    async fn send(&self, request: Request<Body>) -> (Response<()>, String) {
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 10_000_000).await.expect("a body");
        (Response::from_parts(parts, ()), String::from_utf8_lossy(&body).into_owned())
    }

    async fn get(&self, path: &str, cookie: Option<&str>) -> (Response<()>, String) {
        let mut request = Request::get(path).header(header::ACCEPT, "text/html");
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        self.send(request.body(Body::empty()).expect("a request")).await
    }

    async fn post(&self, path: &str, form: &str, more: &[(&str, &str)]) -> (Response<()>, String) {
        let mut request = Request::post(path);
        if !more.iter().any(|(name, _)| *name == "content-type") {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        for (name, value) in more {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(form.to_owned())).expect("a request")).await
    }

    async fn sign_in(&self) -> String {
        let (response, _) = self.post(&path_of("sign_in"), "email=ada%40example.com&password=long%20enough", &[]).await;
        let cookie = response.headers().get(header::SET_COOKIE).expect("a cookie").to_str().expect("text");
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
        cookie.split(';').next().expect("a pair").to_owned()
    }
}

/// The address of a server function.
fn path_of(name: &str) -> String {
    format!("/api/{name}")
}

/// What anybody may ask without signing in.
const OPEN_TO_ALL: [&str; 4] = ["me", "sign_in", "sign_out", "demo_logins"];

#[tokio::test]
async fn nobody_gets_in_anonymously() {
    let site = Site::new().await;
    let mut guarded = 0;
    for (path, _) in server_fn_paths() {
        if OPEN_TO_ALL.contains(&path.trim_start_matches("/api/")) {
            continue;
        }
        guarded += 1;
        let id = "00000000-0000-0000-0000-000000000000";
        let form = format!(
            "id={id}&version=1&outcome=won&key=x&in_model=true&what=acknowledge&ids[]={id}&kind=call&subject=x&muted=true&time_zone=UTC\
             &rule=stale&place=workspace&stage={id}&name=x&promote=true&every_days=&after_outcomes=&share=0&first_checkpoint=100\
             &reason=data&estimate="
        );
        let (response, body) = site.post(path, &form, &[]).await;
        let json = serde_json::json!({ "id": id, "query": DealQuery::opening(), "filter": {}, "outcomes": {}, "ids": [id], "outcome": "won",
            "driver": { "feature": "meetings", "side": "high" } });
        let (as_json, json_body) = site.post(path, &json.to_string(), &[("content-type", "application/json")]).await;
        assert!(!response.status().is_success() && !as_json.status().is_success(), "{path}: {} {}", response.status(), as_json.status());
        assert!(format!("{body}{json_body}").contains("NotSignedIn"), "{path}: {body} {json_body}");
    }
    assert!(guarded >= 4, "only {guarded} guarded server functions were found");
}

#[tokio::test]
async fn pages_lead_strangers_to_sign_in() {
    let site = Site::new().await;
    for page in [
        "/deals",
        "/deals/1",
        "/deals/1/replay",
        "/board",
        "/close",
        "/learning",
        "/accuracy",
        "/impact",
        "/feedback",
        "/settings/outcomes",
        "/dashboard",
        "/model",
        "/alerts",
        "/notifications",
        "/notifications/settings",
        "/monitoring",
        "/jobs",
        "/outcomes",
        "/outcomes/deals?feature=meetings&side=high",
    ] {
        let (response, body) = site.get(page, None).await;
        assert!(response.status().is_redirection(), "{page}: {} {body}", response.status());
        let to = response.headers()[header::LOCATION].to_str().expect("text");
        assert!(to.starts_with("/login"), "{page} leads to {to}");
    }
}

#[tokio::test]
async fn a_wrong_password_opens_nothing() {
    let site = Site::new().await;
    let (response, body) = site.post(&path_of("sign_in"), "email=ada%40example.com&password=wrong", &[]).await;
    assert!(!response.status().is_success(), "{body}");
    assert!(response.headers().get(header::SET_COOKIE).is_none());
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    let site = Site::new().await;
    let cookie = site.sign_in().await;
    assert_eq!(site.get("/deals", Some(&cookie)).await.0.status(), StatusCode::OK);
    site.post(&path_of("sign_out"), "", &[("cookie", &cookie)]).await;
    assert!(site.get("/deals", Some(&cookie)).await.0.status().is_redirection());
}

#[tokio::test]
async fn what_is_not_there_is_404() {
    let site = Site::new().await;
    let cookie = site.sign_in().await;
    for path in
        ["/nowhere", "/deals/not-an-id", "/deals/00000000-0000-0000-0000-000000000000", "/pkg/../../secret", "/deals/%27%20OR%201=1"]
    {
        assert_eq!(site.get(path, Some(&cookie)).await.0.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn other_sites_cannot_post() {
    let site = Site::new().await;
    let cookie = site.sign_in().await;
    let headers = [("cookie", cookie.as_str()), ("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")];
    let (response, _) = site.post(&path_of("sign_out"), "", &headers).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert_eq!(site.get("/deals", Some(&cookie)).await.0.status(), StatusCode::OK, "the session goes on");
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let site = Site::new().await;
    for path in ["/login", "/nowhere", "/healthz"] {
        let (response, _) = site.get(path, None).await;
        assert_eq!(response.headers()["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(response.headers()["x-frame-options"], "DENY", "{path}");
        assert!(response.headers().contains_key("content-security-policy"), "{path}");
        assert_eq!(response.headers()["cache-control"], "no-store", "{path}");
    }
    assert_eq!(site.get("/healthz", None).await.0.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_stylesheet_is_there_and_may_be_kept() {
    let site = Site::new().await;
    let (response, body) = site.get(app::stylesheet::STYLESHEET_PATH, None).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.headers()["cache-control"].to_str().expect("text").contains("immutable"));
    assert!(body.len() > 1_000);
}

#[tokio::test]
async fn too_large_a_form_is_refused() {
    let site = Site::new().await;
    let (response, _) = site.post(&path_of("sign_in"), &format!("email=a&password={}", "x".repeat(super::limits::MAX_BODY + 1)), &[]).await;
    assert!(!response.status().is_success());
    assert!(response.headers().get(header::SET_COOKIE).is_none());
}

#[tokio::test]
async fn the_rest_interface_wants_a_token_and_answers_in_json() {
    let site = Site::new().await;
    let path = "/api/v1/deals/score";
    let json = ("content-type", "application/json");
    for headers in [&[json][..], &[json, ("authorization", "Bearer vos_wrong")], &[json, ("authorization", "Basic YTpi")]] {
        let (response, body) = site.post(path, r#"{"deal_ids": []}"#, headers).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{body}");
        assert_eq!(response.headers()[header::WWW_AUTHENTICATE], "Bearer");
        assert!(body.contains("not_signed_in") && body.starts_with('{'), "{body}");
    }
    let token = format!("Bearer {}", site.token().await);
    let signed = [json, ("authorization", token.as_str())];
    let id = "00000000-0000-0000-0000-000000000000";
    let (response, body) = site.post(path, &format!(r#"{{"deal_ids": ["{id}", "x"]}}"#), &signed).await;
    assert_eq!(response.status(), StatusCode::OK, "{body}");
    let answer: serde_json::Value = serde_json::from_str(&body).expect("is JSON");
    assert_eq!((&answer["errors"][0]["code"], &answer["errors"][1]["code"]), (&"not_found".into(), &"invalid_id".into()));
    let (response, body) = site.post(path, r#"{"filter": {"outcome": "won"}}"#, &signed).await;
    assert_eq!((response.status(), body.contains("\"total\":0")), (StatusCode::OK, true), "{body}");
    // A browser's session serves as well.
    let cookie = site.sign_in().await;
    assert_eq!(site.post(path, r#"{"deal_ids": []}"#, &[json, ("cookie", &cookie)]).await.0.status(), StatusCode::OK);
}

#[tokio::test]
async fn bad_requests_to_the_rest_interface_are_said_in_json() {
    let site = Site::new().await;
    let token = format!("Bearer {}", site.token().await);
    let many = serde_json::json!({ "deal_ids": vec!["x"; 1_001] }).to_string();
    let cases = [
        ("{", 400, "malformed"),
        (r#"{"deal_ids": 3}"#, 422, "invalid"),
        (r#"{"deals": []}"#, 422, "invalid"),
        (r#"{"filter": {"outcome": "maybe"}}"#, 422, "invalid"),
        (r#"{"deal_ids": [], "as_of": "yesterday"}"#, 422, "invalid"),
        (r#"{"deal_ids": [], "as_of": "2999-01-01T00:00:00Z"}"#, 422, "invalid"),
        ("{}", 422, "invalid"),
        (&many, 422, "invalid"),
    ];
    for (body, status, code) in cases {
        let headers = [("content-type", "application/json"), ("authorization", token.as_str())];
        let (response, answer) = site.post("/api/v1/deals/score", body, &headers).await;
        assert_eq!(response.status().as_u16(), status, "{body}: {answer}");
        let answer: serde_json::Value = serde_json::from_str(&answer).expect("is JSON");
        assert_eq!(answer["error"]["code"], code, "{body}");
    }
    let (response, answer) = site.post("/api/v1/deals/score", "a=b", &[("authorization", &token)]).await;
    assert_eq!((response.status().as_u16(), answer.contains("not_json")), (415, true), "{answer}");
    let (response, answer) = site.get("/api/v1/deals/score", None).await;
    assert_eq!((response.status().as_u16(), answer.contains("method_not_allowed")), (405, true), "{answer}");
}

#[tokio::test]
async fn alerts_and_notifications_want_a_token() {
    let site = Site::new().await;
    let id = "00000000-0000-0000-0000-000000000000";
    for path in ["/api/v1/alerts", &format!("/api/v1/alerts/{id}"), "/api/v1/notifications", "/api/v1/notifications/stream"] {
        let (response, body) = site.get(path, None).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{path}: {body}");
    }
    let json = ("content-type", "application/json");
    for path in ["/api/v1/alerts", "/api/v1/alerts/bulk", &format!("/api/v1/alerts/{id}/snooze"), &format!("/api/v1/deals/{id}/activities")]
    {
        let (response, body) = site.post(path, "{}", &[json]).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{path}: {body}");
    }
}

#[tokio::test]
async fn bad_requests_about_alerts_are_said_in_json() {
    let site = Site::new().await;
    let token = format!("Bearer {}", site.token().await);
    let id = "00000000-0000-0000-0000-000000000000";
    let headers = [("content-type", "application/json"), ("authorization", token.as_str())];
    let cases = [
        ("/api/v1/alerts".to_owned(), "{}".to_owned(), 422, "invalid"),
        ("/api/v1/alerts".into(), format!(r#"{{"deal_id":"{id}","cause":"x","headline":"y","priority":"high"}}"#), 404, "not_found"),
        ("/api/v1/alerts/bulk".into(), r#"{"ids":[],"action":"acknowledge"}"#.into(), 422, "invalid"),
        ("/api/v1/alerts/bulk".into(), format!(r#"{{"ids":["{id}"],"action":"shred"}}"#), 422, "invalid"),
        (format!("/api/v1/alerts/{id}/acknowledge"), "{}".into(), 404, "not_found"),
        (format!("/api/v1/alerts/{id}/snooze"), "{}".into(), 422, "invalid"),
        (format!("/api/v1/alerts/{id}/dismiss"), r#"{"reason":"because"}"#.into(), 422, "invalid"),
        ("/api/v1/alerts/no-id/acknowledge".into(), "{}".into(), 404, "not_found"),
        (format!("/api/v1/deals/{id}/activities"), r#"{"kind":"call","subject":"x"}"#.into(), 404, "not_found"),
    ];
    for (path, body, status, code) in cases {
        let (response, answer) = site.post(&path, &body, &headers).await;
        assert_eq!(response.status().as_u16(), status, "{path} {body}: {answer}");
        let answer: serde_json::Value = serde_json::from_str(&answer).expect("is JSON");
        assert_eq!(answer["error"]["code"], code, "{path} {body}");
    }
    let request = Request::get("/api/v1/alerts?state=odd").header(header::AUTHORIZATION, &token).body(Body::empty()).expect("a request");
    let (response, answer) = site.send(request).await;
    assert_eq!((response.status().as_u16(), answer.contains("invalid")), (422, true), "{answer}");
    let request =
        Request::get("/api/v1/alerts?at_least=high&page=2").header(header::AUTHORIZATION, &token).body(Body::empty()).expect("one");
    let (response, answer) = site.send(request).await;
    assert_eq!((response.status().as_u16(), answer.contains("\"total\":0")), (200, true), "{answer}");
}

#[tokio::test]
async fn unsubscribe_links_ask_first_and_tell_nothing() {
    let site = Site::new().await;
    let (response, body) = site.get("/unsubscribe/abc", None).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(body.contains("<form method=\"post\">"));
    // A mail program's one click: no session, no origin.
    let (response, body) = site.post("/unsubscribe/abc", "List-Unsubscribe=One-Click", &[]).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND, "{body}");
}

#[tokio::test]
async fn a_replay_wants_a_token_a_deal_and_a_day() {
    let site = Site::new().await;
    let deal = "00000000-0000-0000-0000-000000000000";
    let path = format!("/api/v1/deals/{deal}/replay");
    assert_eq!(site.get(&path, None).await.0.status(), StatusCode::UNAUTHORIZED);
    let token = format!("Bearer {}", site.token().await);
    for (query, status) in [("", 404), ("?at=2026-03-31", 404), ("?at=yesterday", 422)] {
        let request = Request::get(format!("{path}{query}")).header(header::AUTHORIZATION, &token).body(Body::empty()).expect("a request");
        let (response, body) = site.send(request).await;
        assert_eq!((response.status().as_u16(), body.starts_with('{')), (status, true), "{query}: {body}");
    }
    let cookie = site.sign_in().await;
    let (response, body) = site.get(&format!("/deals/{deal}/replay?at=yesterday"), Some(&cookie)).await;
    assert_eq!((response.status().as_u16(), body.contains("replay-form")), (422, true), "another day can be chosen");
}
