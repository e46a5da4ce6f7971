//! Alerts as Slack messages, sent through an incoming webhook.
//!
//! The webhook's URL is a password: whoever has it can post. Nothing here
//! shows more of it than its scheme, host and port.

use std::error::Error as _;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use reqwest::{Client, Response, StatusCode, Url, redirect};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

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

/// The longest webhook URL accepted; Slack's have about 80 characters.
const MAX_HOOK: usize = 1000;
/// How much of an answer is read. An answer that repeats the webhook's path
/// within its first 100 characters repeats it wholly within this.
const MAX_ANSWER: usize = 8 * 1024;
/// How much of an answer is quoted.
const MAX_WORD: usize = 100;

/// The wait after a 429 that does not say how long.
const DEFAULT_RETRY: Duration = Duration::from_secs(60);
/// The longest wait taken from a 429, so that one odd answer cannot silence
/// alerts for days.
const MAX_RETRY: Duration = Duration::from_secs(60 * 60);

/// Why Slack did not take a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SlackError {
    /// Slack asks for fewer messages: send this one again after the wait.
    #[error("Slack asks to wait {} s before the next message", retry_after.as_secs())]
    RateLimited {
        /// How long to wait.
        retry_after: Duration,
    },
    /// Sending the same message again cannot work; a person has to act.
    #[error("Slack refused the message: {0}")]
    Permanent(String),
    /// Sending again later may work.
    #[error("Slack could not be reached: {0}")]
    Temporary(String),
    /// The webhook cannot be used as configured.
    #[error("the Slack webhook is not usable: {0}")]
    Config(String),
}

/// A Slack incoming webhook.
#[derive(Clone)]
pub struct SlackHook {
    url: Url,
    timeout: Duration,
    client: Client,
}

impl fmt::Debug for SlackHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // By hand: both the URL and the client could show the secret path.
        f.debug_struct("SlackHook")
            .field("origin", &self.url.origin().ascii_serialization())
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

impl SlackHook {
    /// A hook that posts to `url` and gives up after `timeout`.
    ///
    /// Only `https` is accepted, or `http` to this machine. The process must
    /// have installed a rustls crypto provider.
    pub fn new(url: &str, timeout: Duration) -> Result<Self, SlackError> {
        let config = |why: &str| SlackError::Config(why.to_owned());

        let url = url.trim();
        if url.len() > MAX_HOOK {
            return Err(config("its URL is too long"));
        }
        let url = Url::parse(url).map_err(|why| SlackError::Config(format!("its URL cannot be read ({why})")))?;
        // reqwest would turn these into an Authorization header.
        if !url.username().is_empty() || url.password().is_some() {
            return Err(config("its URL must not have a user name or password"));
        }
        let loopback = is_loopback(&url);
        match url.scheme() {
            "https" => {}
            "http" if loopback => {}
            _ => return Err(config("its URL must start with https://")),
        }
        // Without a provider reqwest panics instead of failing.
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            return Err(config("no TLS crypto provider is installed"));
        }

        let mut client = Client::builder()
            .timeout(timeout)
            // A redirect would carry the message to a host nobody chose.
            .redirect(redirect::Policy::none())
            .https_only(url.scheme() == "https");
        if loopback {
            client = client.no_proxy();
        }
        let client = client.build().map_err(|error| SlackError::Config(describe(error)))?;
        Ok(Self { url, timeout, client })
    }

    /// Sends one message.
    ///
    /// After a [`SlackError::Temporary`] Slack may have the message all the
    /// same (the answer may be what was lost): set [`SlackMessage::repeat`]
    /// when sending it again.
    pub async fn post(&self, message: &SlackMessage) -> Result<(), SlackError> {
        let response = self.client.post(self.url.clone()).json(&message.payload()).send().await.map_err(|error| self.unsent(error))?;

        let status = response.status();
        if status.is_success() {
            return Ok(());
        }
        if status == StatusCode::TOO_MANY_REQUESTS {
            let retry_after = retry_after(&response);
            return Err(SlackError::RateLimited { retry_after });
        }
        let word = self.word(response).await;
        let said = if word.is_empty() { format!("HTTP {}", status.as_u16()) } else { format!("HTTP {}, {word}", status.as_u16()) };
        if status.is_client_error() && status != StatusCode::REQUEST_TIMEOUT {
            let advice = advice(status, &word);
            return Err(SlackError::Permanent(format!("{said}. {advice}")));
        }
        Err(SlackError::Temporary(said))
    }

    /// The error for a request that got no answer.
    fn unsent(&self, error: reqwest::Error) -> SlackError {
        if error.is_timeout() {
            return SlackError::Temporary(format!("no answer within {:?}", self.timeout));
        }
        let config = error.is_builder();
        let text = self.without_secret(describe(error));
        if config { SlackError::Config(text) } else { SlackError::Temporary(text) }
    }

    /// The start of an answer: Slack's word for what is wrong.
    async fn word(&self, mut response: Response) -> String {
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break,
                // The status says enough, and half an answer might hold half
                // the secret, which would not be recognised.
                Err(_) => return String::new(),
            }
            if body.len() >= MAX_ANSWER {
                break;
            }
        }
        let body = self.without_secret(String::from_utf8_lossy(&body).into_owned());
        one_line(&body).chars().take(MAX_WORD).collect()
    }

    /// `text`, unless it repeats a part of the webhook's URL that is secret:
    /// some servers and proxies quote the path in their error pages.
    fn without_secret(&self, text: String) -> String {
        let lower = text.to_ascii_lowercase();
        let holds = |part: &str| lower.contains(&part.to_ascii_lowercase());
        let path = self.url.path();
        let secret = (path.len() > 1 && holds(path))
            // The parts as well: the path may have been escaped or cut. Short
            // ones and Slack's fixed first one are ordinary words.
            || path
                .split('/')
                .any(|part| part.len() >= 6 && part != "services" && holds(part))
            || self.url.query().is_some_and(|query| !query.is_empty() && holds(query));
        if secret { "(the answer repeats the webhook's URL and is not shown)".to_owned() } else { text }
    }
}

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

/// `text` on one line, without control characters.
fn one_line(text: &str) -> String {
    let text = text.replace(char::is_control, " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
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

fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else {
        return false;
    };
    let ip = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || ip.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

fn retry_after(response: &Response) -> Duration {
    let header = response.headers().get(RETRY_AFTER);
    let Some(value) = header.and_then(|value| value.to_str().ok()) else {
        return DEFAULT_RETRY;
    };
    let value = value.trim();
    if value.is_empty() || !value.bytes().all(|b| b.is_ascii_digit()) {
        return DEFAULT_RETRY;
    }
    // Digits that do not parse are a number too large for u64. At least a
    // second, so that "0" does not make the sender spin.
    let seconds = value.parse().unwrap_or(u64::MAX);
    Duration::from_secs(seconds).clamp(Duration::from_secs(1), MAX_RETRY)
}

/// What to do about a refusal.
fn advice(status: StatusCode, word: &str) -> &'static str {
    const NEW_HOOK: &str = "Create a new incoming webhook in Slack and save its URL in VectorOS.";
    const BUG: &str = "Slack does not accept the message's form; please report this \
         as a fault in VectorOS.";
    match word {
        "no_service" | "no_service_id" | "no_active_hooks" | "no_team" | "invalid_token" => NEW_HOOK,
        "team_disabled" => "The Slack workspace is disabled; reactivate it, or use another.",
        "action_prohibited" => "A Slack administrator has restricted this webhook; ask them to allow it.",
        "posting_to_general_channel_denied" => {
            "Only some people may post in that channel; ask a Slack administrator \
             to allow it, or create a webhook for another channel."
        }
        "channel_is_archived" => {
            "Unarchive the channel in Slack, or create a webhook for another channel \
             and save its URL in VectorOS."
        }
        "channel_not_found" | "user_not_found" => {
            "The webhook's channel or person is gone; create a webhook for another \
             channel and save its URL in VectorOS."
        }
        "invalid_payload" | "no_text" | "invalid_blocks" | "invalid_blocks_format" | "too_many_attachments" => BUG,
        _ => match status {
            StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE => BUG,
            StatusCode::FORBIDDEN => "Ask a Slack administrator whether the webhook is still allowed to post.",
            StatusCode::NOT_FOUND | StatusCode::GONE => NEW_HOOK,
            _ => "Check that the URL saved in VectorOS is a Slack incoming webhook.",
        },
    }
}

/// An error with its causes, which is where reqwest says what happened, and
/// without the URL.
fn describe(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(
            payload["blocks"][3]["elements"][0]["text"],
            "You may have seen this already: VectorOS was interrupted while sending it."
        );
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
}
