//! A deal's alerts as Slack wants them: Block Kit, within its limits.

use reqwest::Url;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::notifications::text::one_line;

/// Blocks Slack accepts in one message.
const MAX_BLOCKS: usize = 50;
/// Characters Slack accepts in a header block.
const MAX_HEADER: usize = 150;
/// Characters Slack accepts in a section block, and in a button's URL.
const MAX_SECTION: usize = 3000;
/// Characters of alerts in one message. Slack's Web API refuses messages whose
/// blocks add up to somewhere above 11,000 characters; it does not document
/// the limit, nor whether webhooks have it.
const MAX_ALERTS: usize = 9000;
/// A longer URL stays out of the deal's section, which also names the deal.
const MAX_LINK: usize = 2000;
/// The fallback only shows in pop-ups and screen readers.
const MAX_FALLBACK: usize = 1000;
/// Alerts named in the fallback text.
const FALLBACK_ALERTS: usize = 3;

/// A deal's alerts, as one Slack message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlackMessage {
    /// The deal's title.
    pub deal_title: String,
    /// The deal's page in VectorOS.
    pub deal_url: String,
    /// The account the deal is with.
    pub account: Option<String>,
    /// What the deal is worth, ready to show.
    pub value: Option<String>,
    /// Who owns the deal.
    pub owner: String,
    /// The alerts, the most important first.
    pub alerts: Vec<SlackAlert>,
    /// Whether an earlier attempt may have reached Slack.
    pub repeat: bool,
}

/// One alert of a [`SlackMessage`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlackAlert {
    /// How urgent it is, such as "Critical".
    pub priority: String,
    /// What is wrong, in a few words.
    pub headline: String,
    /// What was seen.
    pub detail: String,
    /// What to do about it.
    pub advice: String,
}

impl SlackMessage {
    /// The JSON body Slack expects, within Slack's limits.
    pub fn payload(&self) -> Value {
        let header = self.header();
        let url = button_url(&self.deal_url);

        let mut tail = Vec::new();
        if self.repeat {
            tail.push(json!({
                "type": "context",
                "elements": [mrkdwn_object(
                    "You may have seen this already: \
                     VectorOS was interrupted while sending it.",
                )],
            }));
        }
        if let Some(url) = &url {
            tail.push(json!({
                "type": "actions",
                "elements": [{
                    "type": "button",
                    "action_id": "open_deal",
                    "text": plain_object("Open the deal"),
                    "url": url,
                }],
            }));
        }

        let mut blocks =
            vec![json!({ "type": "header", "text": plain_object(&plain(&header, MAX_HEADER)) }), section(&self.deal(url.as_deref()))];
        let shown = self.shown(MAX_BLOCKS - blocks.len() - tail.len());
        let more = self.alerts.len() - shown.len();
        blocks.extend(shown.iter().map(|text| section(text)));
        if more > 0 {
            blocks.push(section(&format!("and {more} more")));
        }
        blocks.extend(tail);

        json!({ "text": self.fallback(&header), "blocks": blocks })
    }

    /// The first alerts' sections: as many as fit in `room` blocks, with one
    /// of them left for the count of the rest if there is a rest.
    fn shown(&self, room: usize) -> Vec<String> {
        let blocks = if self.alerts.len() > room { room - 1 } else { self.alerts.len() };
        let mut used = 0;
        let texts = self.alerts.iter().take(blocks).map(SlackAlert::text);
        texts
            .take_while(|text| {
                used += width(text);
                used <= MAX_ALERTS
            })
            .collect()
    }

    fn title(&self) -> String {
        let title = one_line(&self.deal_title);
        if title.is_empty() { "Untitled deal".to_owned() } else { title }
    }

    fn header(&self) -> String {
        let title = self.title();
        match self.alerts.len() {
            0 => title,
            1 => format!("1 alert: {title}"),
            count => format!("{count} alerts: {title}"),
        }
    }

    /// What notifications show, where blocks cannot be drawn.
    fn fallback(&self, header: &str) -> String {
        let mut text = header.to_owned();
        for (i, alert) in self.alerts.iter().take(FALLBACK_ALERTS).enumerate() {
            text.push_str(if i == 0 { " – " } else { "; " });
            text.push_str(&alert.title());
        }
        if self.alerts.len() > FALLBACK_ALERTS {
            text.push_str(&format!("; and {} more", self.alerts.len() - FALLBACK_ALERTS));
        }
        mrkdwn(&text, MAX_FALLBACK)
    }

    /// The deal's title, as a link where possible, and what it is about. The
    /// parts' limits add up to less than [`MAX_SECTION`].
    fn deal(&self, url: Option<&str>) -> String {
        let title = self.title();
        let link = url.map(|url| mrkdwn(url, MAX_SECTION * 5));
        let mut text = match link {
            // Slack splits a link at its first `|` and has no escape for one.
            Some(link) if width(&link) <= MAX_LINK => {
                format!("*<{link}|{}>*", mrkdwn(&title.replace('|', "¦"), 300))
            }
            _ => format!("*{}*", mrkdwn(&title, 300)),
        };
        let facts: Vec<String> = [self.account.as_deref().unwrap_or_default(), self.value.as_deref().unwrap_or_default(), &self.owner]
            .into_iter()
            .map(|fact| mrkdwn(&one_line(fact), 200))
            .filter(|fact| !fact.is_empty())
            .collect();
        if !facts.is_empty() {
            text.push('\n');
            text.push_str(&facts.join(" · "));
        }
        text
    }
}

impl SlackAlert {
    fn title(&self) -> String {
        let priority = one_line(&self.priority);
        let headline = one_line(&self.headline);
        match (priority.is_empty(), headline.is_empty()) {
            (false, false) => format!("{priority}: {headline}"),
            (false, true) => priority,
            (true, false) => headline,
            (true, true) => "Alert".to_owned(),
        }
    }

    /// The alert's section. The advice is kept before the detail: it is what
    /// the reader is to act on.
    fn text(&self) -> String {
        let mut text = format!("*{}*", mrkdwn(&self.title(), 400));
        // On one line: Slack's italics end with the line.
        let advice = match mrkdwn(&one_line(&self.advice), 1000) {
            advice if advice.is_empty() => advice,
            advice => format!("\n_{advice}_"),
        };
        let room = MAX_SECTION - width(&text) - width(&advice) - 1;
        let detail = mrkdwn(lines(&self.detail).trim(), room);
        if !detail.is_empty() {
            text.push('\n');
            text.push_str(&detail);
        }
        text.push_str(&advice);
        text
    }
}

fn section(text: &str) -> Value {
    json!({ "type": "section", "text": mrkdwn_object(text) })
}

fn mrkdwn_object(text: &str) -> Value {
    // Verbatim, or an "@channel" in a deal's title would page the channel.
    json!({ "type": "mrkdwn", "text": text, "verbatim": true })
}

fn plain_object(text: &str) -> Value {
    json!({ "type": "plain_text", "text": text, "emoji": false })
}

/// `text` without control characters other than line ends.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace(|c: char| c.is_control() && c != '\n', " ")
}

/// `text` for a plain-text field, in at most `max` characters.
fn plain(text: &str, max: usize) -> String {
    cut(text, max, |_| None)
}

/// `text` escaped for Slack's markup, in at most `max` characters. Escaping
/// `<` also keeps `<!channel>` and links in a deal's data from working.
fn mrkdwn(text: &str, max: usize) -> String {
    cut(text, max, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        _ => None,
    })
}

/// `text` with characters swapped for others, in at most `max` characters:
/// what does not fit gives way to "…", and no swapped-in text is split.
fn cut(text: &str, max: usize, swap: fn(char) -> Option<&'static str>) -> String {
    let mut out = String::new();
    let mut used = 0;
    // How much of `out` leaves room for the "…".
    let mut keep = 0;
    for c in text.chars() {
        let mut buffer = [0; 4];
        let piece: &str = match swap(c) {
            Some(piece) => piece,
            None => c.encode_utf8(&mut buffer),
        };
        used += width(piece);
        if used > max {
            out.truncate(keep);
            out.truncate(out.trim_end().len());
            if max > 0 {
                out.push('…');
            }
            return out;
        }
        out.push_str(piece);
        if used < max {
            keep = out.len();
        }
    }
    out
}

/// The length of `text` in UTF-16 units. Slack does not say what it counts as
/// a character; there are never more characters than units.
fn width(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// The deal's URL as Slack accepts it. None if it would not, since one bad URL
/// makes Slack refuse the whole message.
fn button_url(url: &str) -> Option<String> {
    let url = url.trim();
    let parsed = Url::parse(url).ok()?;
    if !matches!(parsed.scheme(), "http" | "https") {
        return None;
    }
    let mut out = String::new();
    for c in url.chars() {
        match c {
            // These would end the link in the deal's section.
            '|' => out.push_str("%7C"),
            '<' => out.push_str("%3C"),
            '>' => out.push_str("%3E"),
            ' ' => out.push_str("%20"),
            c if c.is_control() || c.is_whitespace() => return None,
            c => out.push(c),
        }
    }
    (width(&out) <= MAX_SECTION).then_some(out)
}

#[cfg(test)]
mod tests;
