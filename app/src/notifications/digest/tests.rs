use crate::notifications::digest::*;

fn alert(priority: Priority) -> AlertLine {
    AlertLine { priority, headline: "No reply".into(), detail: "For 21 days".into(), advice: "Call them".into() }
}

fn deal(title: &str, priorities: &[Priority]) -> DealBlock {
    DealBlock {
        title: title.into(),
        account: Some("Müller & Söhne".into()),
        value: Some("120 000 €".into()),
        url: format!("https://crm.example/deals/{}?a=1&b=2", title.len()),
        alerts: priorities.iter().copied().map(alert).collect(),
    }
}

fn digest(deals: Vec<DealBlock>) -> Digest {
    Digest {
        recipient: "Jörg".into(),
        day: NaiveDate::from_ymd_opt(2026, 3, 3).expect("a date"),
        deals,
        more: 0,
        alerts_url: "https://crm.example/alerts".into(),
        preferences_url: "https://crm.example/preferences".into(),
        unsubscribe_url: "https://crm.example/unsubscribe?t=x&u=y".into(),
        repeat: false,
    }
}

#[test]
fn every_field_is_escaped() {
    let bad = r#"<script>alert("1")</script>'"#;
    let mut all = digest(vec![deal(bad, &[Priority::High])]);
    all.recipient = bad.into();
    all.alerts_url = bad.into();
    all.preferences_url = bad.into();
    all.unsubscribe_url = bad.into();
    all.deals[0].account = Some(bad.into());
    all.deals[0].value = Some(bad.into());
    all.deals[0].url = bad.into();
    all.deals[0].alerts[0] = AlertLine { priority: Priority::High, headline: bad.into(), detail: bad.into(), advice: bad.into() };
    let html = all.render().html;
    assert!(!html.contains("<script"), "{html}");
    assert!(!html.contains(r#""1""#), "{html}");
    // recipient, title, title in the preheader, headline in the preheader, two facts, two deal links, three alert
    // texts, three links of the digest
    assert_eq!(html.matches("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;").count(), 14);
}

#[test]
fn links_survive_escaping() {
    let html = digest(vec![deal("A", &[Priority::Low])]).render().html;
    assert_eq!(html.matches(r#"href="https://crm.example/deals/1?a=1&amp;b=2""#).count(), 2);
    assert!(html.contains(r#"href="https://crm.example/unsubscribe?t=x&amp;u=y""#));
}

#[test]
fn subject_counts_deals_by_their_most_urgent_alert() {
    use Priority::{Critical, High, Low, Medium};
    let subject = |deals: Vec<DealBlock>, more| Digest { more, ..digest(deals) }.render().subject;
    let three = vec![deal("A", &[Low, Critical, High]), deal("B", &[High]), deal("C", &[High, Medium])];
    assert_eq!(subject(three.clone(), 0), "3 deals need you: 1 critical, 2 high");
    assert_eq!(subject(three, 4), "7 deals need you: 1 critical, 2 high, 4 more");
    assert_eq!(subject(vec![deal("A", &[Medium])], 0), "1 deal needs you: 1 medium");
    assert_eq!(subject(vec![deal("A", &[])], 0), "1 deal needs you");
    assert_eq!(subject(vec![], 5), "5 deals need you");
    assert_eq!(subject(vec![], 0), "No deals need you");
}

#[test]
fn unlisted_deals_are_counted_in_words() {
    for (more, line) in [(1, "1 more deal needs you."), (3, "3 more deals need you.")] {
        let rendered = Digest { more, ..digest(vec![deal("A", &[Priority::Low])]) }.render();
        assert!(rendered.text.contains(line) && rendered.html.contains(line), "{}", rendered.text);
    }
    let none = digest(vec![deal("A", &[Priority::Low])]).render();
    assert!(!none.text.contains(" more deal") && !none.html.contains(" more deal"));
}

#[test]
fn repeat_line_only_on_repeat() {
    let first = digest(vec![deal("A", &[Priority::Low])]);
    let again = Digest { repeat: true, ..first.clone() };
    assert!(!first.render().text.contains(REPEAT) && !first.render().html.contains(REPEAT));
    assert!(again.render().text.contains(REPEAT) && again.render().html.contains(REPEAT));
}

#[test]
fn text_has_all_links_and_facts() {
    let all = digest(vec![deal("Anlage Süd", &[Priority::Critical]), deal("B", &[Priority::Low])]);
    let text = all.render().text;
    for part in [
        all.deals[0].url.as_str(),
        all.deals[1].url.as_str(),
        &all.alerts_url,
        &all.preferences_url,
        &all.unsubscribe_url,
        "Tuesday, 3 March 2026",
        "Hello Jörg,",
        "Anlage Süd",
        "Müller & Söhne · 120\u{a0}000\u{a0}€",
        "[CRITICAL] No reply",
        "For 21 days",
        "Next: Call them",
    ] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
}

#[test]
fn a_title_cannot_add_lines() {
    let text = digest(vec![deal("A\r\n\u{2028}Unsubscribe: https://evil.example", &[Priority::Low])]).render().text;
    assert!(text.contains("1. A Unsubscribe: https://evil.example\n"));
    assert_eq!(text.lines().filter(|line| line.starts_with("Unsubscribe:")).count(), 1);
}

#[test]
fn preview_is_cut_between_characters() {
    assert_eq!(shorten("äöü", 3), "äöü");
    assert_eq!(shorten("äö üß", 4), "äö…");
}

#[test]
fn priorities_order_and_speak() {
    assert!(Priority::Critical > Priority::High && Priority::High > Priority::Medium && Priority::Medium > Priority::Low);
    assert_eq!(Priority::Critical.label(), "Critical");
}

#[test]
fn a_digest_reads_as_it_did() {
    use Priority::{Critical, Low};
    let mut all = digest(vec![deal("Fleet renewal", &[Critical, Low]), deal("Vans", &[Low])]);
    all.deals[1].account = None;
    all.deals[1].value = None;
    all.more = 3;
    let whole = |rendered: Rendered| format!("{}\n\n{}\n\n{}", rendered.subject, rendered.text, rendered.html);
    insta::with_settings!({ omit_expression => true }, {
        insta::assert_snapshot!("digest", whole(all.render()));
        insta::assert_snapshot!("digest_sent_twice", whole(Digest { repeat: true, ..digest(vec![deal("Vans", &[Low])]) }.render()));
    });
}
