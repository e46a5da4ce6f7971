//! The router as a browser meets it.

mod answers;
mod odd_input;

use app::{
    domain::people::{Role, Viewer},
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

use super::strangers::OPEN_TO_ALL;
use crate::{cli::Settings, config::Config};

/// A server over an empty workspace with one admin.
struct Site {
    router: Router,
    app: App,
    folder: tempfile::TempDir,
}

impl Site {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = Store::open_embedded(folder.path()).await.expect("SQLite opens");
        Self::over(store, folder).await
    }

    async fn over(store: Store, folder: tempfile::TempDir) -> Self {
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
        let engine = Engine::new(EngineConfig { model_dir: config.model_dir.clone() });
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
        Self { router: super::router(&config, app.clone(), sessions), app, folder }
    }

    /// A token of the admin's.
    async fn token(&self) -> String {
        self.app.people().add_token("ada@example.com", "test").await.expect("a token").token
    }

    async fn admin(&self) -> Viewer {
        self.app.people().authenticate("ada@example.com", "long enough").await.expect("looks").expect("the admin").viewer
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

#[tokio::test]
async fn nobody_gets_in_anonymously() {
    let site = Site::new().await;
    let mut guarded = 0;
    for (path, _) in server_fn_paths() {
        if OPEN_TO_ALL.contains(&path.trim_start_matches("/api/")) {
            continue;
        }
        guarded += 1;
        // Whatever a stranger sends, also what the function could not read.
        for (kind, body) in [
            ("application/x-www-form-urlencoded", ""),
            ("application/x-www-form-urlencoded", "id=00000000-0000-0000-0000-000000000000"),
            ("application/json", "{}"),
            ("application/json", "no JSON"),
        ] {
            let (answer, said) = site.post(path, body, &[("content-type", kind)]).await;
            assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{path} {kind} {body}: {said}");
            assert_eq!(said, "\"NotSignedIn\"", "{path}");
        }
        let (answer, _) = site.post(path, "", &[("accept", "text/html")]).await;
        assert_eq!(answer.headers().get(header::LOCATION).map(|to| to.as_bytes()), Some(b"/login".as_slice()), "{path}");
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
async fn stylesheet_and_script_are_there_and_may_be_kept() {
    let site = Site::new().await;
    let (_, page) = site.get("/login", None).await;
    for path in [app::stylesheet::STYLESHEET_PATH, app::stylesheet::PAGE_SCRIPT_PATH] {
        let (response, body) = site.get(path, None).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert!(response.headers()["cache-control"].to_str().expect("text").contains("immutable"));
        assert!(body.len() > 1_000);
        assert!(page.contains(path), "a page names {path}");
    }
}

/// Whatever stands inline in a page carries the nonce that its policy names, and pages bring their data once, as content.
#[tokio::test]
async fn pages_bring_no_data_along_and_only_scripts_with_the_nonce() {
    let site = Site::new().await;
    let cookie = site.sign_in().await;
    for path in ["/login", "/deals", "/board", "/learning", "/jobs", "/notifications/settings", "/nowhere"] {
        let (response, page) = site.get(path, Some(&cookie)).await;
        let policy = response.headers()["content-security-policy"].to_str().expect("text").to_owned();
        let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce");
        for script in page.split("<script").skip(1) {
            let tag = script.split('>').next().expect("a tag");
            assert!(tag.contains(" src=") || tag.contains(&format!("nonce=\"{nonce}\"")), "{path}: {tag}");
        }
        // Leptos declares its list of data even so.
        assert_eq!(
            page.matches("__RESOLVED_RESOURCES").count(),
            page.matches("__RESOLVED_RESOURCES=[]").count(),
            "{path} brings its data along"
        );
    }
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
    for path in [
        "/api/v1/alerts",
        &format!("/api/v1/alerts/{id}"),
        "/api/v1/notifications",
        "/api/v1/notifications/stream",
        "/api/v1/embeddings/status",
    ] {
        let (response, body) = site.get(path, None).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{path}: {body}");
    }
    let json = ("content-type", "application/json");
    for path in [
        "/api/v1/deals/similar",
        "/api/v1/embeddings/retry",
        "/api/v1/alerts",
        "/api/v1/alerts/bulk",
        &format!("/api/v1/alerts/{id}/snooze"),
        &format!("/api/v1/deals/{id}/activities"),
    ] {
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
        ("/api/v1/deals/similar".into(), "{}".into(), 422, "invalid"),
        ("/api/v1/deals/similar".into(), format!(r#"{{"deal_id":"{id}"}}"#), 404, "not_found"),
        ("/api/v1/deals/similar".into(), r#"{"text":"vans","k":99}"#.into(), 422, "invalid"),
        ("/api/v1/deals/similar".into(), r#"{"text":"vans","closed_from":"262142-01-01"}"#.into(), 422, "invalid"),
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

/// Pages and static files share threads; what a page says of its answer (its content policy, where it leads) stays its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_beside_a_file_keeps_its_headers() {
    let site = Site::new().await;
    std::fs::write(site.folder.path().join("favicon.svg"), "<svg xmlns='http://www.w3.org/2000/svg'/>").expect("a file");
    let get = |path: &str| {
        let request = Request::get(path).header(header::ACCEPT, "text/html").body(Body::empty()).expect("a request");
        tokio::spawn(site.router.clone().oneshot(request))
    };
    let pairs: Vec<_> = (0..1_000).map(|n| (if n % 2 == 0 { "/login" } else { "/deals" }, n)).collect();
    for some in pairs.chunks(50) {
        let asked: Vec<_> = some.iter().map(|(page, _)| (*page, get(page), get("/favicon.svg"))).collect();
        for (page, answer, file) in asked {
            let (answer, file) = (answer.await.expect("no panic").expect("an answer"), file.await.expect("no panic").expect("a file"));
            assert_eq!(file.status(), StatusCode::OK);
            match page {
                "/login" => {
                    let policy = answer.headers()["content-security-policy"].to_str().expect("text");
                    assert!(policy.contains("'nonce-"), "a page without its policy: {policy}");
                }
                _ => assert!(answer.headers().contains_key(header::LOCATION), "{}: {:?}", answer.status(), answer.headers()),
            }
        }
    }
}

#[tokio::test]
async fn refusals_carry_the_security_headers_too() {
    let site = Site::new().await;
    let cross = [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")];
    let (forbidden, _) = site.post(&path_of("sign_out"), "", &cross).await;
    let (large, _) = site.post(&path_of("sign_in"), "", &[("content-length", "99999999")]).await;
    let (unknown, body) = site.get("/api/v1/nowhere", None).await;
    let (strange, _) = site.post("/api/v1/nowhere/at/all", "", &[]).await;
    assert!(body.starts_with('{') && body.contains("not_found"), "{body}");
    for (response, status) in [(forbidden, 403), (large, 413), (unknown, 404), (strange, 404)] {
        assert_eq!(response.status().as_u16(), status);
        for header in ["x-content-type-options", "x-frame-options", "content-security-policy", "referrer-policy"] {
            assert!(response.headers().contains_key(header), "{status} without {header}");
        }
    }
}

/// A browser that goes away at whatever moment cancels nothing: the change was not begun, or is done as a whole.
#[tokio::test]
async fn a_request_whose_client_goes_away_is_done_or_not_begun() {
    use std::{future::Future, task::Poll};

    let site = Site::new().await;
    let cookie = site.sign_in().await;
    let mut begun = 0;
    for polls in 0..12_usize {
        let name = format!("Reason {polls}");
        let request = Request::post(path_of("add_loss_reason"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, &cookie)
            .body(Body::from(format!("name={}", name.replace(' ', "+"))))
            .expect("a request");
        let mut answer = Box::pin(site.router.clone().oneshot(request));
        for _ in 0..polls {
            let ready = std::future::poll_fn(|context| Poll::Ready(answer.as_mut().poll(context).is_ready())).await;
            if ready {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(answer);
        begun += usize::from(polls > 0);
    }
    // Whatever was begun comes to its end without anybody waiting for it.
    for _ in 0..200 {
        if reasons(&site).await.len() >= begun {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(reasons(&site).await.len(), begun, "each request that was begun is done");
}

/// The reasons that the test above made.
async fn reasons(site: &Site) -> Vec<String> {
    let settings = site.app.outcomes().close_settings(&site.admin().await).await.expect("the settings");
    settings.reasons.into_iter().map(|(reason, _)| reason.name).filter(|name| name.starts_with("Reason ")).collect()
}
