use crate::notifications::slack::message::*;

fn alert() -> SlackAlert {
    SlackAlert {
        priority: "Critical".into(),
        headline: "No reply in 14 days".into(),
        detail: "Last mail on 3 May.".into(),
        advice: "Call the buyer.".into(),
    }
}

fn message(alerts: usize) -> SlackMessage {
    SlackMessage {
        deal_title: "Renewal".into(),
        deal_url: "https://vectoros.example/deals/7".into(),
        account: Some("Acme".into()),
        value: Some("€12,000".into()),
        owner: "Kim".into(),
        alerts: vec![alert(); alerts],
        repeat: false,
    }
}

fn text(block: &Value) -> &str {
    block["text"]["text"].as_str().unwrap()
}

fn assert_within_limits(payload: &Value) {
    let blocks = payload["blocks"].as_array().unwrap();
    assert!(blocks.len() <= 50, "{} blocks", blocks.len());
    for block in blocks {
        let max = match block["type"].as_str().unwrap() {
            "header" => 150,
            "section" => 3000,
            _ => continue,
        };
        let units = text(block).encode_utf16().count();
        assert!((1..=max).contains(&units), "{units} in {}", block["type"]);
    }
}

#[test]
fn ordinary_message() {
    let payload = message(1).payload();
    assert_eq!(
        payload,
        json!({
            "text": "1 alert: Renewal – Critical: No reply in 14 days",
            "blocks": [
                { "type": "header", "text": {
                    "type": "plain_text", "text": "1 alert: Renewal", "emoji": false,
                } },
                { "type": "section", "text": {
                    "type": "mrkdwn", "verbatim": true,
                    "text": "*<https://vectoros.example/deals/7|Renewal>*\n\
                             Acme · €12,000 · Kim",
                } },
                { "type": "section", "text": {
                    "type": "mrkdwn", "verbatim": true,
                    "text": "*Critical: No reply in 14 days*\n\
                             Last mail on 3 May.\n_Call the buyer._",
                } },
                { "type": "actions", "elements": [{
                    "type": "button",
                    "action_id": "open_deal",
                    "text": {
                        "type": "plain_text", "text": "Open the deal", "emoji": false,
                    },
                    "url": "https://vectoros.example/deals/7",
                }] },
            ],
        })
    );
}

#[test]
fn markup_is_escaped() {
    let mut message = message(1);
    message.deal_title = "R&D | <!channel>\nphase 2".into();
    message.deal_url = "https://v.example/d?a=1&b=<x|y>".into();
    message.account = Some("A & B".into());
    message.value = None;
    message.alerts[0].headline = "<b>".into();
    message.alerts[0].detail = "1 < 2\r\n2 > 1\u{0}".into();
    message.alerts[0].advice = "Ask\nR&D".into();
    let payload = message.payload();
    let blocks = &payload["blocks"];
    assert_eq!(text(&blocks[0]), "1 alert: R&D | <!channel> phase 2");
    assert_eq!(
        text(&blocks[1]),
        "*<https://v.example/d?a=1&amp;b=%3Cx%7Cy%3E|\
         R&amp;D ¦ &lt;!channel&gt; phase 2>*\nA &amp; B · Kim"
    );
    assert_eq!(text(&blocks[2]), "*Critical: &lt;b&gt;*\n1 &lt; 2\n2 &gt; 1\n_Ask R&amp;D_");
    assert_eq!(blocks[3]["elements"][0]["url"], "https://v.example/d?a=1&b=%3Cx%7Cy%3E");
    assert_eq!(payload["text"], "1 alert: R&amp;D | &lt;!channel&gt; phase 2 – Critical: &lt;b&gt;");
}

#[test]
fn cutting_keeps_characters_and_escapes_whole() {
    assert_eq!(plain("héé", 3), "héé");
    assert_eq!(plain("héés", 3), "hé…");
    // 😀 counts twice.
    assert_eq!(plain("😀😀", 4), "😀😀");
    assert_eq!(plain("😀😀a", 4), "😀…");
    assert_eq!(plain("a b", 2), "a…");
    assert_eq!(plain("ab", 1), "…");
    assert_eq!(plain("ab", 0), "");
    assert_eq!(mrkdwn("a&b", 7), "a&amp;b");
    assert_eq!(mrkdwn("a&b", 6), "a…");
    assert_eq!(mrkdwn("a&", 6), "a&amp;");
}

#[test]
fn long_text_stays_within_slacks_limits() {
    for filler in ["a", "é", "漢", "😀", "&", "<", "é&😀 "] {
        let long = filler.repeat(6000);
        let mut message = message(3);
        message.deal_title = long.clone();
        message.account = Some(long.clone());
        message.value = Some(long.clone());
        message.owner = long.clone();
        message.deal_url = format!("https://v.example/{}", "&".repeat(395));
        message.alerts[0].detail = long.clone();
        message.alerts[1].advice = long.clone();
        message.alerts[2] = SlackAlert { priority: long.clone(), headline: long.clone(), detail: long.clone(), advice: long };
        let payload = message.payload();
        assert_within_limits(&payload);
        assert!(payload["text"].as_str().unwrap().encode_utf16().count() <= 1000);
        let blocks = &payload["blocks"];
        assert!(text(&blocks[0]).ends_with('…'));
        // A long detail leaves the advice in place.
        assert!(text(&blocks[2]).ends_with("…\n_Call the buyer._"));
        assert!(text(&blocks[3]).ends_with("…_"));
    }
}

#[test]
fn extra_alerts_are_counted() {
    for (count, repeat, shown) in [(47, false, 47), (48, false, 46), (60, true, 45)] {
        let mut message = message(count);
        message.repeat = repeat;
        let payload = message.payload();
        assert_within_limits(&payload);
        let blocks = payload["blocks"].as_array().unwrap();
        assert_eq!(blocks.len(), 50);
        let alerts = blocks.iter().filter(|block| {
            let text = block["text"]["text"].as_str();
            text.is_some_and(|text| text.starts_with("*Critical"))
        });
        assert_eq!(alerts.count(), shown);
        if shown < count {
            assert_eq!(text(&blocks[2 + shown]), format!("and {} more", count - shown));
        }
        assert_eq!(blocks[49]["type"], "actions");
    }
    let fallback = message(60).payload()["text"].as_str().unwrap().to_owned();
    assert!(fallback.ends_with("; and 57 more"), "{fallback}");
}

#[test]
fn long_alerts_do_not_add_up() {
    let mut message = message(10);
    for alert in &mut message.alerts {
        alert.detail = "é😀&".repeat(2000);
    }
    let payload = message.payload();
    assert_within_limits(&payload);
    let blocks = payload["blocks"].as_array().unwrap();
    // The header, the deal, three alerts, the count and the button.
    assert_eq!(blocks.len(), 7);
    assert_eq!(text(&blocks[5]), "and 7 more");
}

#[test]
fn repeats_are_announced() {
    let mut message = message(1);
    assert!(!message.payload().to_string().contains("\"context\""));
    message.repeat = true;
    let payload = message.payload();
    assert_eq!(payload["blocks"][3]["type"], "context");
    assert_eq!(payload["blocks"][3]["elements"][0]["text"], "You may have seen this already: VectorOS was interrupted while sending it.");
}

#[test]
fn empty_fields_leave_no_empty_markup() {
    let mut message = message(1);
    message.deal_title = " \n".into();
    message.account = None;
    message.value = Some(String::new());
    message.owner = String::new();
    message.alerts[0] = SlackAlert { priority: String::new(), headline: String::new(), detail: String::new(), advice: String::new() };
    let payload = message.payload();
    let blocks = &payload["blocks"];
    assert_eq!(text(&blocks[1]), "*<https://vectoros.example/deals/7|Untitled deal>*");
    assert_eq!(text(&blocks[2]), "*Alert*");
}

#[test]
fn unusable_urls_are_left_out() {
    let long = format!("https://v.example/{}", "a".repeat(3000));
    for url in ["", "/deals/7", "javascript:alert(1)", "https://v.example/a\nb", &long] {
        let mut message = message(1);
        message.deal_url = url.into();
        let payload = message.payload();
        assert_eq!(text(&payload["blocks"][1]), "*Renewal*\nAcme · €12,000 · Kim");
        assert!(!payload.to_string().contains("\"actions\""), "{url}");
    }
    // Too long for the section beside the rest, but not for the button.
    let mut message = message(1);
    message.deal_url = format!("https://v.example/{}", "a".repeat(2500));
    let payload = message.payload();
    assert!(text(&payload["blocks"][1]).starts_with("*Renewal*"));
    assert_eq!(payload["blocks"][3]["elements"][0]["url"], message.deal_url);
}

#[test]
fn messages_survive_storage() {
    let message = message(2);
    let stored = serde_json::to_string(&message).unwrap();
    assert_eq!(serde_json::from_str::<SlackMessage>(&stored).unwrap(), message);
}

#[test]
fn messages_read_as_they_did() {
    let bare = SlackMessage { account: None, value: None, repeat: true, ..message(2) };
    for (name, message) in [("one_alert", message(1)), ("two_alerts_sent_twice", bare), ("many_alerts", message(60))] {
        let payload = serde_json::to_string_pretty(&message.payload()).unwrap();
        insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(name, payload) });
    }
}
