//! What the REST interface answers, word for word: programs are written against it, so a change of it is seen in review.

use std::fmt::Write;

use axum::{body::Body, http::Request};
use serde_json::{Value, json};

use super::{Site, odd_input::a_deal};

/// One client of the interface, who writes down what it sees.
struct Client<'a> {
    site: &'a Site,
    token: String,
    seen: String,
}

impl Client<'_> {
    async fn ask(&mut self, method: &str, path: &str, body: Option<Value>) -> Value {
        let request = Request::builder().method(method).uri(path).header("authorization", &self.token);
        let (request, sent) = match &body {
            Some(body) => (request.header("content-type", "application/json"), body.to_string()),
            None => (request, String::new()),
        };
        let (response, answer) = self.site.send(request.body(Body::from(sent.clone())).expect("a request")).await;
        let read: Value = serde_json::from_str(&answer).unwrap_or(Value::String(answer));
        let shown = serde_json::to_string_pretty(&read).expect("JSON");
        write!(self.seen, "{method} {path}\n{sent}\n=> {}\n{shown}\n\n", response.status()).expect("a text");
        read
    }

    /// What was seen since, without what differs each time.
    fn seen(&mut self, name: &str) {
        insta::with_settings!({ omit_expression => true, filters => [
            (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "[id]"),
            (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "[instant]"),
            (r"/[^ ]*/no-models", "[models]"),
            (r#""reference": "[^"]+""#, r#""reference": "[reference]""#),
        ] }, { insta::assert_snapshot!(name, std::mem::take(&mut self.seen)) });
    }
}

#[tokio::test]
async fn answers_are_as_they_were() {
    let site = Site::new().await;
    let deal = a_deal(&site).await;
    let token = format!("Bearer {}", site.token().await);
    let mut client = Client { site: &site, token, seen: String::new() };
    let path = |rest: &str| format!("/api/v1/{rest}");

    client.ask("POST", &path("deals/score"), Some(json!({ "deal_ids": [deal, "x"] }))).await;
    client.ask("POST", &path("deals/score"), Some(json!({ "filter": { "text": "vans", "page": 1 } }))).await;
    client.seen("scores");

    let change = json!({ "title": "Vans and trucks", "value": "1200.50", "expected_close": "2199-12-01" });
    client.ask("PATCH", &path(&format!("deals/{deal}")), Some(change)).await;
    client.ask("POST", &path(&format!("deals/{deal}/activities")), Some(json!({ "kind": "call", "subject": "Prices" }))).await;
    client.seen("changes");

    let alert = json!({ "deal_id": deal, "cause": "budget", "headline": "Budget cut", "detail": "By a third", "priority": "high" });
    let raised = client.ask("POST", &path("alerts"), Some(alert)).await;
    let id = raised["id"].as_str().or(raised["alert"]["id"].as_str()).expect("the alert's id").to_owned();
    client.ask("GET", &path("alerts?at_least=high"), None).await;
    client.ask("GET", &path(&format!("alerts/{id}")), None).await;
    client.ask("POST", &path(&format!("alerts/{id}/acknowledge")), Some(json!({ "note": "On it" }))).await;
    client.ask("POST", &path(&format!("alerts/{id}/snooze")), Some(json!({ "until": "2199-12-01T00:00:00Z" }))).await;
    client.ask("POST", &path(&format!("alerts/{id}/reopen")), Some(json!({}))).await;
    client.ask("POST", &path("alerts/bulk"), Some(json!({ "ids": [id], "action": "acknowledge" }))).await;
    client.ask("POST", &path(&format!("alerts/{id}/dismiss")), Some(json!({ "reason": "useful" }))).await;
    client.seen("alerts");

    let close = json!({ "deals": [[deal, null]], "outcome": "lost", "reason": "Price", "competitor": "Rival" });
    client.ask("POST", &path("deals/close"), Some(close)).await;
    client.ask("POST", &path(&format!("deals/{deal}/reopen")), Some(json!({}))).await;
    client.seen("closing");

    client.ask("POST", &path("deals/similar"), Some(json!({ "text": "vans", "outcome": "lost", "k": 2 }))).await;
    client.ask("POST", &path("deals/similar"), Some(json!({ "deal_id": deal }))).await;
    client.ask("GET", &path("embeddings/status"), None).await;
    client.ask("POST", &path("embeddings/retry"), Some(json!({}))).await;
    client.seen("similar");

    client.ask("GET", &path("settings/retention"), None).await;
    client.ask("GET", &path("notifications"), None).await;
    client.seen("the_rest");

    client.ask("GET", &path("nothing"), None).await;
    client.ask("PATCH", &path(&format!("deals/{deal}")), Some(json!({ "expected_close": "1492-10-12" }))).await;
    client.ask("POST", &path("alerts"), Some(json!({ "deal_id": deal }))).await;
    client.token = "Bearer vos_wrong".into();
    client.ask("GET", &path("alerts"), None).await;
    client.seen("refusals");
}
