//! Alerts as Slack messages, sent through an incoming webhook.
//!
//! The webhook's URL is a password: whoever has it can post. Nothing here
//! shows more of it than its scheme, host and port.

mod message;

use std::error::Error as _;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use reqwest::{Client, Response, StatusCode, Url, redirect};

pub use self::message::{SlackAlert, SlackMessage};
use crate::notifications::text::one_line;

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
