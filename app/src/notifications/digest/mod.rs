//! What a digest mail says: from facts to subject, HTML and plain text, with no I/O.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{domain::alerts::Priority, html::Escaped, notifications::text::one_line};

const REPEAT: &str = "You may have received this already: VectorOS was interrupted while sending it.";

/// The inbox preview shows little more than this.
const PREVIEW_CHARS: usize = 140;

const FONT: &str = "font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
/// Titles are typed by people or imported: a word without a gap must not push the mail wider than a phone.
const WRAP: &str = "overflow-wrap:anywhere;word-break:break-word";

/// Dark colours. Inline styles win over a plain rule, hence `!important`.
const DARK: &str = ":root{color-scheme:light dark;supported-color-schemes:light dark}\
@media (prefers-color-scheme:dark){\
.page{background:#101317!important}\
.card{background:#1a1e24!important;border-color:#2f353e!important}\
.line{border-color:#2f353e!important}\
.ink{color:#eceef1!important}\
.soft{color:#a9b1bc!important}\
.link{color:#9db8ff!important}\
.note{background:#3a2f12!important;color:#f6e3b0!important}\
}\
@media (max-width:480px){.pad{padding-left:18px!important;padding-right:18px!important}}";

/// Badge background; each carries white text at 4.5:1 or better, on light and on dark pages.
const fn colour(priority: Priority) -> &'static str {
    match priority {
        Priority::Low => "#526071",
        Priority::Medium => "#1d5fbf",
        Priority::High => "#b04a00",
        Priority::Critical => "#b3161b",
    }
}

/// One alert under a deal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertLine {
    pub priority: Priority,
    pub headline: String,
    pub detail: String,
    pub advice: String,
}

/// A deal and its alerts, shown in the order given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DealBlock {
    pub title: String,
    pub account: Option<String>,
    /// Already formatted, with its currency.
    pub value: Option<String>,
    pub url: String,
    pub alerts: Vec<AlertLine>,
}

impl DealBlock {
    fn urgency(&self) -> Option<Priority> {
        self.alerts.iter().map(|alert| alert.priority).max()
    }

    /// Account and value, as far as known.
    fn facts(&self) -> String {
        // A currency sign must not end up on another line than its number.
        let value = self.value.as_deref().map(|value| one_line(value).replace(' ', "\u{a0}"));
        let known = self.account.as_deref().map(one_line).into_iter().chain(value);
        known.filter(|fact| !fact.is_empty()).collect::<Vec<_>>().join(" · ")
    }

    /// A deal without a title still needs something to click on.
    fn name(&self) -> String {
        let title = one_line(&self.title);
        if title.is_empty() { "Untitled deal".to_owned() } else { title }
    }
}

/// Everything one digest mail says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// The person's name, for the greeting; may be empty.
    pub recipient: String,
    pub day: NaiveDate,
    pub deals: Vec<DealBlock>,
    /// How many further deals have alerts but are not listed.
    pub more: u64,
    pub alerts_url: String,
    pub preferences_url: String,
    pub unsubscribe_url: String,
    /// Whether an earlier attempt may have reached the recipient.
    pub repeat: bool,
}

/// A digest ready to be put into a mail; line ends are LF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    pub subject: String,
    pub html: String,
    pub text: String,
}

impl Digest {
    /// Subject, HTML and text, all with the same facts and links.
    pub fn render(&self) -> Rendered {
        Rendered { subject: self.subject(), html: self.html(), text: self.text() }
    }

    fn subject(&self) -> String {
        let counts = self.counts();
        if counts.is_empty() { self.summary() } else { format!("{}: {counts}", self.summary()) }
    }

    fn summary(&self) -> String {
        match self.more.saturating_add(self.deals.len() as u64) {
            0 => "No deals need you".to_owned(),
            1 => "1 deal needs you".to_owned(),
            total => format!("{total} deals need you"),
        }
    }

    /// How many of the listed deals have which urgency; the unlisted ones only add up to the total.
    fn counts(&self) -> String {
        let mut parts = Vec::new();
        for priority in Priority::ALL {
            let count = self.deals.iter().filter(|deal| deal.urgency() == Some(priority)).count();
            if count > 0 {
                parts.push(format!("{count} {}", priority.label().to_lowercase()));
            }
        }
        if self.more > 0 && !parts.is_empty() {
            parts.push(format!("{} more", self.more));
        }
        parts.join(", ")
    }

    fn more_line(&self) -> Option<String> {
        match (self.more, self.deals.is_empty()) {
            (0, _) | (_, true) => None,
            (1, _) => Some("1 more deal needs you.".to_owned()),
            (more, _) => Some(format!("{more} more deals need you.")),
        }
    }

    fn greeting(&self) -> String {
        let name = one_line(&self.recipient);
        if name.is_empty() { "Hello,".to_owned() } else { format!("Hello {name},") }
    }

    fn date(&self) -> String {
        self.day.format("%A, %-d %B %Y").to_string()
    }

    /// What the inbox shows beside the subject: the first deals by name, not the greeting.
    fn preheader(&self) -> String {
        let lines: Vec<String> = self
            .deals
            .iter()
            .map(|deal| match deal.alerts.iter().max_by_key(|alert| alert.priority) {
                Some(alert) => format!("{}: {}", deal.name(), one_line(&alert.headline)),
                None => deal.name(),
            })
            .collect();
        shorten(&lines.join(" · "), PREVIEW_CHARS)
    }

    fn text(&self) -> String {
        let mut out = format!("VectorOS · {}\n\n{}\n\n{}\n", self.date(), self.greeting(), self.subject());
        if self.repeat {
            out.push_str(&format!("\n{REPEAT}\n"));
        }
        for (index, deal) in self.deals.iter().enumerate() {
            out.push_str(&format!("\n\n{}. {}\n", index + 1, deal.name()));
            let facts = deal.facts();
            if !facts.is_empty() {
                out.push_str(&format!("   {facts}\n"));
            }
            for alert in &deal.alerts {
                out.push_str(&format!("\n   [{}] {}\n", alert.priority.label().to_uppercase(), one_line(&alert.headline)));
                for (lead, words) in [("", &alert.detail), ("Next: ", &alert.advice)] {
                    let words = one_line(words);
                    if !words.is_empty() {
                        out.push_str(&format!("   {lead}{words}\n"));
                    }
                }
            }
            out.push_str(&format!("\n   Open deal: {}\n", one_line(&deal.url)));
        }
        out.push_str("\n\n");
        if let Some(more) = self.more_line() {
            out.push_str(&format!("{more}\n"));
        }
        out.push_str(&format!(
            "See all alerts: {}\n\n----------\nChange what you get: {}\nUnsubscribe: {}\n",
            one_line(&self.alerts_url),
            one_line(&self.preferences_url),
            one_line(&self.unsubscribe_url)
        ));
        out
    }

    fn html(&self) -> String {
        let mut rows = self.html_head();
        for deal in &self.deals {
            rows.push_str(&deal_html(deal));
        }
        rows.push_str(&self.html_more());
        let footer = self.html_footer();
        let subject = escape(&self.subject());
        let preheader = escape(&self.preheader());
        // Outlook on Windows knows no max-width, hence the fixed table only it sees.
        format!(
            r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{subject}</title>
<style>{DARK}</style>
</head>
<body class="page" style="margin:0;padding:0;background:#f3f4f6;-webkit-text-size-adjust:100%">
<div style="display:none;max-height:0;max-width:0;overflow:hidden;opacity:0;mso-hide:all">{preheader}</div>
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0" style="background:#f3f4f6">
<tr><td align="center" style="padding:24px 12px">
<!--[if mso]><table role="presentation" width="600" cellpadding="0" cellspacing="0" border="0"><tr><td><![endif]-->
<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:600px;background:#ffffff;border:1px solid #dfe2e7;border-radius:10px;text-align:left;{FONT}">
{rows}</table>
{footer}<!--[if mso]></td></tr></table><![endif]-->
</td></tr>
</table>
</body>
</html>
"#
        )
    }

    fn html_head(&self) -> String {
        let date = escape(&self.date());
        let greeting = escape(&self.greeting());
        let summary = escape(&self.summary());
        let counts = self.counts();
        let counts = if counts.is_empty() {
            String::new()
        } else {
            format!(": {}", escape(&counts.replace(' ', "\u{a0}").replace(",\u{a0}", ", ")))
        };
        let repeat = if self.repeat {
            format!(
                r#"<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="margin-top:16px"><tr><td class="note" style="padding:10px 14px;border-radius:6px;background:#fdf3d7;color:#5c4300;font-size:14px;line-height:20px">{}</td></tr></table>
"#,
                escape(REPEAT)
            )
        } else {
            String::new()
        };
        format!(
            r#"<tr><td class="pad" style="padding:24px 28px 22px">
<div class="soft" style="font-size:13px;line-height:18px;color:#5b6472"><strong class="ink" style="color:#14181f">VectorOS</strong> &nbsp;{date}</div>
<h1 class="ink" style="margin:14px 0 0;font-size:22px;line-height:29px;font-weight:700;color:#14181f">{summary}{counts}</h1>
<p class="soft" style="margin:8px 0 0;font-size:15px;line-height:22px;color:#5b6472;{WRAP}">{greeting} this is what to look at today.</p>
{repeat}</td></tr>
"#
        )
    }

    fn html_more(&self) -> String {
        let more = self.more_line().map(|line| format!("{} ", escape(&line))).unwrap_or_default();
        format!(
            r#"<tr><td class="line pad soft" style="padding:18px 28px;border-top:1px solid #dfe2e7;font-size:15px;line-height:22px;color:#5b6472">{more}<a class="link" href="{}" style="color:#2346b0;font-weight:600">See all alerts</a></td></tr>
"#,
            escape(&self.alerts_url)
        )
    }

    fn html_footer(&self) -> String {
        format!(
            r#"<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:600px;{FONT}">
<tr><td class="soft" align="center" style="padding:16px 12px 0;font-size:13px;line-height:20px;color:#5b6472">VectorOS sends this when deals of yours have alerts.<br>
<a class="soft" href="{}" style="color:#5b6472">Change what you get</a> &nbsp;·&nbsp; <a class="soft" href="{}" style="color:#5b6472">Unsubscribe</a></td></tr>
</table>
"#,
            escape(&self.preferences_url),
            escape(&self.unsubscribe_url)
        )
    }
}

fn deal_html(deal: &DealBlock) -> String {
    let url = escape(&deal.url);
    let title = escape(&deal.name());
    let facts = deal.facts();
    let facts = if facts.is_empty() {
        String::new()
    } else {
        format!(
            r#"<div class="soft" style="margin-top:3px;font-size:14px;line-height:20px;color:#5b6472;{WRAP}">{}</div>
"#,
            escape(&facts)
        )
    };
    let alerts: String = deal.alerts.iter().map(alert_html).collect();
    format!(
        r##"<tr><td class="line pad" style="padding:20px 28px 22px;border-top:1px solid #dfe2e7">
<a class="ink" href="{url}" style="font-size:17px;line-height:24px;font-weight:600;color:#14181f;text-decoration:none;{WRAP}">{title}</a>
{facts}{alerts}<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin-top:16px"><tr><td bgcolor="#2346b0" style="border-radius:6px;background:#2346b0"><a href="{url}" style="display:inline-block;padding:8px 16px;font-size:14px;line-height:20px;font-weight:600;color:#ffffff;text-decoration:none">Open deal</a></td></tr></table>
</td></tr>
"##
    )
}

fn alert_html(alert: &AlertLine) -> String {
    let mut out = format!(
        r#"<div class="ink" style="margin-top:14px;font-size:15px;line-height:22px;color:#14181f;{WRAP}"><span style="display:inline-block;margin-right:6px;padding:0 8px;border-radius:4px;background:{};color:#ffffff;font-size:12px;line-height:20px;font-weight:600">{}</span> <strong>{}</strong></div>
"#,
        colour(alert.priority),
        alert.priority.label(),
        escape(&alert.headline)
    );
    if !one_line(&alert.detail).is_empty() {
        out.push_str(&format!(
            r#"<div class="soft" style="margin-top:4px;font-size:14px;line-height:21px;color:#5b6472;{WRAP}">{}</div>
"#,
            escape(&alert.detail)
        ));
    }
    if !one_line(&alert.advice).is_empty() {
        out.push_str(&format!(
            r#"<div class="ink" style="margin-top:4px;font-size:14px;line-height:21px;color:#14181f;{WRAP}"><strong>Next:</strong> {}</div>
"#,
            escape(&alert.advice)
        ));
    }
    out
}

/// Safe as HTML text and inside a quoted attribute.
fn escape(words: &str) -> String {
    Escaped(&one_line(words)).to_string()
}

/// At most `limit` characters, the last one an ellipsis where something was left off.
fn shorten(words: &str, limit: usize) -> String {
    if words.chars().count() <= limit {
        return words.to_owned();
    }
    let kept: String = words.chars().take(limit.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests;
