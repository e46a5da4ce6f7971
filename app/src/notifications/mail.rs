//! Puts a rendered digest into a mail and hands it to an SMTP server.

use std::{fmt, time::Duration};

use base64::{Engine as _, prelude::BASE64_STANDARD as BASE64};
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox, MultiPart, SinglePart,
        header::{HeaderName, HeaderValue},
    },
    transport::smtp::{self, PoolConfig},
};
use percent_encoding::percent_decode_str;

use crate::notifications::{digest::Rendered, text::one_line};

/// A server that takes longer than this for one mail counts as out of reach.
const LIMIT: Duration = Duration::from_secs(30);
/// Headers fold only at spaces and a line must stay below 998 bytes; what cannot fold is held well below.
const NAME_CHARS: usize = 120;
const SUBJECT_CHARS: usize = 200;
const TOKEN_BYTES: usize = 900;
/// What a server answers is kept for people to read, not to fill a log.
const REPLY_CHARS: usize = 400;

/// Why a mail did not leave. No message contains the password of the SMTP server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// The SMTP settings cannot be used.
    #[error("the mail settings cannot be used: {0}")]
    Config(String),
    /// Trying again later can help: the server is out of reach, too slow, or said so (4xx).
    #[error("the mail could not be sent yet: {0}")]
    Temporary(String),
    /// Trying this mail again cannot help: the server refused it (5xx), or its address or links are malformed.
    #[error("the mail was refused: {0}")]
    Permanent(String),
}

/// One mail to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// May be empty.
    pub to_name: String,
    pub to: String,
    /// `something@host`; the angle brackets are added. The same on every attempt, so that receivers can tell repeats.
    pub message_id: String,
    /// Answers the POST of a one-click unsubscribe.
    pub unsubscribe_url: String,
    pub repeat: bool,
    pub body: Rendered,
}

/// Sends through one SMTP server, over a connection of its own for each mail.
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    secrets: Vec<String>,
    limit: Duration,
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailer").field("from", &self.from).finish_non_exhaustive()
    }
}

impl Mailer {
    /// Reads `smtp://` or `smtps://user:password@host:port`, with `?tls=required` for STARTTLS, and a sender such as
    /// `VectorOS <crm@example.com>`. Does not connect, but has to run inside a Tokio runtime.
    pub fn new(url: &str, from: &str) -> Result<Self, MailError> {
        // The cause is left out: it can quote pieces of the URL, and with a badly escaped one those are the password.
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(|_| {
            MailError::Config(
                "the SMTP address must look like smtps://user:password@host or smtp://user:password@host:587?tls=required, \
                 with special characters in user and password percent-encoded"
                    .into(),
            )
        })?;
        let from = from
            .parse()
            .map_err(|_| MailError::Config("the sender must look like crm@example.com or VectorOS <crm@example.com>".into()))?;
        // lettre spawns a task here, which would panic.
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(MailError::Config("mail needs a running Tokio runtime".into()));
        }
        // No connection is kept: lettre returns the one of an abandoned mail to its pool in the middle of a command, and
        // the late reply would then pass for the reply to the next mail.
        let transport = builder.timeout(Some(LIMIT)).pool_config(PoolConfig::new().max_size(0)).build();
        Ok(Self { transport, from, secrets: secrets(url), limit: LIMIT })
    }

    /// Sends one mail; `Ok` means the server took it over.
    pub async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let message = self.message(mail)?;
        match tokio::time::timeout(self.limit, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(self.explain(&error, mail)),
            Err(_) => Err(MailError::Temporary(format!("the server did not finish within {} seconds", self.limit.as_secs()))),
        }
    }

    fn message(&self, mail: &Mail) -> Result<Message, MailError> {
        let address: Address = mail.to.trim().parse().map_err(|_| MailError::Permanent(format!("{:?} is not a mail address", mail.to)))?;
        let name = header_text(&mail.to_name, NAME_CHARS);
        let id = mail.message_id.trim().trim_start_matches('<').trim_end_matches('>');
        let id = token("message id", id, |id| id.split('@').filter(|part| !part.is_empty()).count() == 2)?;
        let unsubscribe =
            token("unsubscribe link", mail.unsubscribe_url.trim(), |url| url.starts_with("https://") || url.starts_with("http://"))?;
        let mut builder = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new((!name.is_empty()).then_some(name), address))
            .subject(header_text(&mail.body.subject, SUBJECT_CHARS))
            .date_now()
            .raw_header(as_is("Message-ID", format!("<{id}>")))
            .raw_header(as_is("List-Unsubscribe", format!("<{unsubscribe}>")))
            .raw_header(as_is("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".into()))
            .raw_header(as_is("Auto-Submitted", "auto-generated".into()));
        if mail.repeat {
            builder = builder.raw_header(as_is("X-VectorOS-Repeat", "yes".into()));
        }
        let parts = MultiPart::alternative()
            .singlepart(SinglePart::plain(mail.body.text.clone()))
            .singlepart(SinglePart::html(mail.body.html.clone()));
        builder.multipart(parts).map_err(|error| MailError::Permanent(error.to_string()))
    }

    fn explain(&self, error: &smtp::Error, mail: &Mail) -> MailError {
        let mut words = error.to_string();
        for secret in &self.secrets {
            words = words.replace(secret.as_str(), "***");
        }
        let words = header_text(&words, REPLY_CHARS);
        // lettre itself stops an address with umlauts on a server without SMTPUTF8; other reasons of its own are settings.
        let refused = error.is_permanent() || (error.is_client() && !mail.to.is_ascii());
        if refused { MailError::Permanent(words) } else { MailError::Temporary(words) }
    }
}

/// A header written as it stands: folding or encoding would break ids and links. Only for what [`token`] let through
/// and for constants.
fn as_is(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str(name), value.clone(), value)
}

/// `value`, if it can stand in a header between angle brackets.
fn token<'a>(what: &str, value: &'a str, shape: impl Fn(&str) -> bool) -> Result<&'a str, MailError> {
    let plain = value.len() <= TOKEN_BYTES && value.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>'));
    if plain && shape(value) { Ok(value) } else { Err(MailError::Permanent(format!("the {what} cannot stand in a header"))) }
}

/// One line without control characters: nothing in it can end a header and start another.
fn header_text(words: &str, limit: usize) -> String {
    one_line(words).chars().take(limit).collect()
}

/// The password in every form a server may quote it back: as written, decoded, and as sent with AUTH LOGIN and PLAIN.
fn secrets(url: &str) -> Vec<String> {
    let Some((_, rest)) = url.split_once("://") else { return Vec::new() };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let Some((login, _)) = authority.rsplit_once('@') else { return Vec::new() };
    let Some((user, password)) = login.split_once(':') else { return Vec::new() };
    let (user, decoded) = (percent_decoded(user), percent_decoded(password));
    let mut forms = vec![BASE64.encode(format!("\0{user}\0{decoded}")), BASE64.encode(&decoded), password.to_owned(), decoded];
    forms.retain(|form| !form.is_empty());
    // The longest first: a form can be part of another.
    forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
    forms
}

fn percent_decoded(words: &str) -> String {
    percent_decode_str(words).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use std::{
        io::{BufRead, BufReader, Write},
        net::TcpListener,
        thread,
    };

    use super::*;

    fn mail() -> Mail {
        Mail {
            to_name: String::new(),
            to: "a@example.org".into(),
            message_id: "1@example.com".into(),
            unsubscribe_url: "https://example.com/u".into(),
            repeat: false,
            body: Rendered { subject: "s".into(), html: "h".into(), text: "t".into() },
        }
    }

    #[tokio::test]
    async fn a_late_reply_is_not_taken_for_the_next_one() {
        let socket = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = socket.local_addr().expect("an address").port();
        // Takes the first mail too late, refuses every one after it.
        let server = thread::spawn(move || {
            let mut threads = Vec::new();
            for first in [true, false] {
                let (stream, _) = socket.accept().expect("a client");
                threads.push(thread::spawn(move || {
                    let mut lines = BufReader::new(stream.try_clone().expect("a stream")).lines();
                    let answer = |words: &str| (&stream).write_all(format!("{words}\r\n").as_bytes());
                    let mut late = false;
                    let _ = answer("220 hi");
                    while let Some(Ok(line)) = lines.next() {
                        let _ = match line.get(..4).unwrap_or_default() {
                            "DATA" => {
                                let _ = answer("354 go");
                                while lines.next().is_some_and(|line| line.is_ok_and(|line| line != ".")) {}
                                if first && !std::mem::replace(&mut late, true) {
                                    thread::sleep(Duration::from_millis(700));
                                    answer("250 taken late")
                                } else {
                                    answer("550 no")
                                }
                            }
                            _ => answer("250 ok"),
                        };
                    }
                }));
            }
            threads
        });
        let mut mailer = Mailer::new(&format!("smtp://127.0.0.1:{port}"), "crm@example.com").expect("a mailer");
        mailer.limit = Duration::from_millis(300);
        let late = mailer.send(&mail()).await;
        assert!(matches!(&late, Err(MailError::Temporary(words)) if words.contains("did not finish")), "{late:?}");
        // time for a pool to take the connection back
        tokio::time::sleep(Duration::from_millis(50)).await;
        mailer.limit = Duration::from_secs(10);
        let next = mailer.send(&mail()).await;
        assert!(matches!(next, Err(MailError::Permanent(_))), "{next:?}");
        drop(server);
    }

    #[test]
    fn outside_a_runtime_is_an_error_not_a_panic() {
        assert!(matches!(Mailer::new("smtp://localhost", "crm@example.com"), Err(MailError::Config(_))));
    }

    #[tokio::test]
    async fn addresses_in_use() {
        for url in ["smtps://a:b@mail.example", "smtp://a:b@mail.example:587?tls=required", "smtp://localhost:2525"] {
            for from in ["crm@example.com", "VectorOS <crm@example.com>", "\"Müller, Jörg\" <crm@example.com>", "Größe <crm@example.com>"]
            {
                assert!(Mailer::new(url, from).is_ok(), "{url} {from}");
            }
        }
    }

    #[tokio::test]
    async fn a_mail_goes_out_as_it_did() {
        let mailer = Mailer::new("smtp://localhost:2525", "VectorOS <crm@example.com>").expect("settings");
        let sent = mailer.message(&Mail { to_name: "Jörg Müller".into(), repeat: true, ..mail() }).expect("a mail").formatted();
        insta::with_settings!({ omit_expression => true, filters => [
            (r"Date: [^\r\n]+", "Date: [date]"),
            (r#"boundary="[^"]+""#, r#"boundary="[boundary]""#),
            (r"--[A-Za-z0-9'()+_,./:=?-]{20,}", "--[boundary]"),
            (r"\r\n", "\n"),
        ] }, { insta::assert_snapshot!(String::from_utf8(sent).expect("text")) });
    }

    #[test]
    fn forms_of_the_password() {
        let forms = secrets("smtp://jo:p%40ss:w@mail.example:25/x?tls=required");
        assert_eq!(forms, ["AGpvAHBAc3M6dw==", "cEBzczp3", "p%40ss:w", "p@ss:w"]);
        assert!(secrets("smtp://mail.example").is_empty());
    }
}
