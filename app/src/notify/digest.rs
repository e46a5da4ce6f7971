//! The daily mail: plain values in, subject, HTML and text out.

use std::fmt::Write;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::Priority;

/// What a person is mailed.
#[derive(Debug, Clone, PartialEq)]
pub struct Digest {
    pub recipient: String,
    pub day: NaiveDate,
    /// The most urgent first.
    pub deals: Vec<DealBlock>,
    /// Alerts of deals that are left out.
    pub more: u64,
    pub alerts_url: String,
    pub preferences_url: String,
    pub unsubscribe_url: String,
    /// It may have been sent before.
    pub repeat: bool,
}

/// A deal and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DealBlock {
    pub title: String,
    pub account: Option<String>,
    pub value: Option<String>,
    pub url: String,
    /// The most urgent first.
    pub alerts: Vec<AlertLine>,
}

/// One alert in words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertLine {
    pub priority: Priority,
    pub headline: String,
    pub detail: String,
    pub advice: String,
}

/// A mail's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    pub subject: String,
    pub html: String,
    pub text: String,
}

/// Said where something may have been sent before.
pub const REPEAT: &str = "You may have received this already: VectorOS was interrupted while sending it.";

/// Columns of the text part.
const TEXT_WIDTH: usize = 74;

/// Colours of a priority's badge on light ground: ground and letters.
fn colours(priority: Priority) -> (&'static str, &'static str) {
    match priority {
        Priority::Critical => ("#fde8e8", "#9b1c1c"),
        Priority::High => ("#feecdc", "#8a2c0d"),
        Priority::Medium => ("#fdf6b2", "#723b13"),
        Priority::Low => ("#e8eaf0", "#3d4757"),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Folds a paragraph at word ends; a word longer than the line, such as a link, stays whole.
fn folded(text: &str, indent: &str) -> String {
    let mut lines = String::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && indent.len() + line.chars().count() + 1 + word.chars().count() > TEXT_WIDTH {
            let _ = writeln!(lines, "{indent}{line}");
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        let _ = writeln!(lines, "{indent}{line}");
    }
    lines
}

impl DealBlock {
    /// How urgent its most urgent alert is.
    fn priority(&self) -> Priority {
        self.alerts.iter().map(|alert| alert.priority).max().unwrap_or(Priority::Low)
    }

    fn about(&self) -> String {
        self.account.iter().chain(&self.value).cloned().collect::<Vec<_>>().join(" · ")
    }
}

impl Digest {
    pub fn render(&self) -> Rendered {
        Rendered { subject: self.subject(), html: self.html(), text: self.text() }
    }

    /// "3 deals need you: 1 critical, 2 high".
    fn subject(&self) -> String {
        let deals = self.deals.len() as u64;
        let by_priority: Vec<String> = Priority::ALL
            .into_iter()
            .filter_map(|priority| {
                let of = self.deals.iter().filter(|deal| deal.priority() == priority).count();
                (of > 0).then(|| format!("{of} {}", priority.label().to_lowercase()))
            })
            .collect();
        format!("{} you: {}", counted(deals, "deal needs", "deals need"), by_priority.join(", "))
    }

    fn more(&self) -> Option<String> {
        (self.more > 0).then(|| format!("{} on other deals", counted(self.more, "more alert", "more alerts")))
    }

    fn text(&self) -> String {
        let mut text = format!("Good morning {},\n\n{}\n", self.recipient, folded(&format!("{}.", self.subject()), ""));
        if self.repeat {
            let _ = writeln!(text, "{}", folded(REPEAT, ""));
        }
        for deal in &self.deals {
            text += &folded(&deal.title, "");
            let about = deal.about();
            if !about.is_empty() {
                text += &folded(&about, "");
            }
            let _ = writeln!(text, "{}", deal.url);
            for alert in &deal.alerts {
                let _ = writeln!(text);
                text += &folded(&format!("{}: {}", alert.priority.label(), alert.headline), "  ");
                text += &folded(&alert.detail, "    ");
                text += &folded(&format!("What to do: {}", alert.advice), "    ");
            }
            let _ = writeln!(text, "\n{}\n", "-".repeat(TEXT_WIDTH));
        }
        let more = self.more().map(|more| format!("{more}: ")).unwrap_or_else(|| "All alerts: ".into());
        let _ = write!(
            text,
            "{more}{}\n\nChange what you get: {}\nUnsubscribe from this mail: {}\n",
            self.alerts_url, self.preferences_url, self.unsubscribe_url
        );
        text
    }

    fn html(&self) -> String {
        let deals: String = self.deals.iter().map(deal_html).collect();
        let repeat = if self.repeat { format!(r#"<p class='muted' style="{MUTED}margin:0 0 16px">{REPEAT}</p>"#) } else { String::new() };
        let more = self.more().unwrap_or_else(|| "All alerts".into());
        let day = self.day.format("%A, %-d %B %Y");
        format!(
            r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{subject}</title>
<style>
@media (prefers-color-scheme: dark) {{
  .page {{ background: #14171c !important; }}
  .card {{ background: #1d2129 !important; border-color: #323843 !important; }}
  .ink {{ color: #e8eaee !important; }}
  .muted {{ color: #a4acb8 !important; }}
  .link {{ color: #9db8ff !important; }}
}}
</style>
</head>
<body class='page' style="margin:0;padding:0;background:#f4f5f7;">
<div style="display:none;max-height:0;overflow:hidden;">{subject}</div>
<table role="presentation" class='page' width="100%" cellpadding="0" cellspacing="0" style="background:#f4f5f7;">
<tr><td align="center" style="padding:24px 12px;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:600px;{FONT}">
<tr><td style="padding:0 4px 16px;">
<p class='muted' style="{MUTED}margin:0 0 4px">VectorOS · {day}</p>
<h1 class='ink' style="font-size:21px;line-height:1.3;color:#1b1f26;margin:0 0 6px;">{subject}</h1>
<p class='ink' style="font-size:15px;line-height:1.5;color:#1b1f26;margin:0 0 8px;">Good morning {recipient}, this is what deserves your time today.</p>
{repeat}
</td></tr>
{deals}
<tr><td style="padding:8px 4px 20px;"><a class='link' href="{alerts_url}" style="{LINK}">{more}</a></td></tr>
<tr><td style="padding:0 4px;">
<p class='muted' style="{MUTED}margin:0">You get this mail once a day, only when there is something to say. <a class='link' href="{preferences_url}" style="{LINK}">Change what you get</a> · <a class='link' href="{unsubscribe_url}" style="{LINK}">Unsubscribe</a></p>
</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
"#,
            subject = escaped(&self.subject()),
            recipient = escaped(&self.recipient),
            alerts_url = escaped(&self.alerts_url),
            preferences_url = escaped(&self.preferences_url),
            unsubscribe_url = escaped(&self.unsubscribe_url),
        )
    }
}

const FONT: &str = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;";
const MUTED: &str = "font-size:13px;line-height:1.5;color:#5b6472;";
const LINK: &str = "color:#2f5bd7;";

fn deal_html(deal: &DealBlock) -> String {
    let about = deal.about();
    let about = if about.is_empty() { String::new() } else { format!(r#"<p class='muted' style="{MUTED}margin:2px 0 0">{}</p>"#, escaped(&about)) };
    let alerts: String = deal.alerts.iter().map(alert_html).collect();
    format!(
        r#"<tr><td style="padding:0 0 12px;">
<table role="presentation" class='card' width="100%" cellpadding="0" cellspacing="0" style="background:#ffffff;border:1px solid #dfe2e8;border-radius:10px;">
<tr><td style="padding:16px 18px 4px;">
<a class='link' href="{url}" style="{LINK}font-size:16px;font-weight:600;line-height:1.35;text-decoration:none;">{title}</a>
{about}
</td></tr>
{alerts}
</table>
</td></tr>
"#,
        url = escaped(&deal.url),
        title = escaped(&deal.title),
    )
}

fn alert_html(alert: &AlertLine) -> String {
    let (ground, letters) = colours(alert.priority);
    format!(
        r#"<tr><td style="padding:10px 18px 14px;">
<span style="display:inline-block;background:{ground};color:{letters};font-size:12px;font-weight:600;border-radius:5px;padding:1px 7px;">{priority}</span>
<span class='ink' style="font-size:15px;font-weight:600;color:#1b1f26;">&nbsp;{headline}</span>
<p class='muted' style="{MUTED}margin:4px 0 2px">{detail}</p>
<p class='ink' style="font-size:14px;line-height:1.5;color:#1b1f26;margin:0;">{advice}</p>
</td></tr>
"#,
        priority = alert.priority.label(),
        headline = escaped(&alert.headline),
        detail = escaped(&alert.detail),
        advice = escaped(&alert.advice),
    )
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn sample() -> Digest {
        let alert = |priority, headline: &str| AlertLine {
            priority,
            headline: headline.into(),
            detail: "The last activity was on 1 Mar 2026; the limit is 14 days.".into(),
            advice: "Get in touch with the customer today, or record what happened elsewhere.".into(),
        };
        let deal = |title: &str, alerts| DealBlock {
            title: title.into(),
            account: Some("Müller & Söhne GmbH".into()),
            value: Some("€48k".into()),
            url: "https://vectoros.example/deals/1".into(),
            alerts,
        };
        Digest {
            recipient: "Zoë Krüger".into(),
            day: NaiveDate::from_ymd_opt(2026, 3, 24).expect("a date"),
            deals: vec![
                deal("Fleet telematics <script>alert(1)</script>", vec![alert(Priority::Critical, "No activity for 23 days"), alert(Priority::Low, "Overdue")]),
                deal("Größere Lagerverwaltung für drei Standorte in Süddeutschland mit Anbindung an das bestehende ERP", vec![alert(Priority::High, "In Proposal for 45 days")]),
                deal("Renewal", vec![alert(Priority::High, "Close date moved back by 30 days")]),
            ],
            more: 7,
            alerts_url: "https://vectoros.example/alerts".into(),
            preferences_url: "https://vectoros.example/notifications/settings".into(),
            unsubscribe_url: "https://vectoros.example/unsubscribe/abc".into(),
            repeat: false,
        }
    }

    #[test]
    fn subjects_count_deals_by_their_most_urgent_alert() {
        assert_eq!(sample().render().subject, "3 deals need you: 1 critical, 2 high");
        let one = Digest { deals: sample().deals.into_iter().take(1).collect(), ..sample() };
        assert_eq!(one.render().subject, "1 deal needs you: 1 critical");
    }

    #[test]
    fn nothing_is_taken_for_markup() {
        let html = sample().render().html;
        assert!(!html.contains("<script>") && html.contains("&lt;script&gt;alert(1)") && html.contains("Müller &amp; Söhne"));
    }

    #[test]
    fn both_parts_say_the_same() {
        let Rendered { html, text, .. } = Digest { repeat: true, ..sample() }.render();
        for part in [&html, &text] {
            for said in ["No activity for 23 days", "7 more alerts", "https://vectoros.example/deals/1", "/unsubscribe/abc", "interrupted while"] {
                assert!(part.contains(said), "{said} in {part}");
            }
        }
        assert!(!sample().render().text.contains("interrupted"));
        assert!(text.lines().all(|line| line.chars().count() <= TEXT_WIDTH), "{text}");
    }
}
