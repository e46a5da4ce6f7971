//! Sending mail by SMTP.

use std::{fmt, time::Duration};

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    address::AddressError,
    message::{
        Mailbox, MultiPart,
        header::{Header, HeaderName, HeaderValue},
    },
};
use thiserror::Error;

use super::digest::Rendered;

/// Sending that takes longer is given up for now.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Why a mail was not sent.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MailError {
    #[error("{0}")]
    Config(String),
    /// The server is not there, or asks to come back.
    #[error("{0}")]
    Temporary(String),
    /// The server will never take it.
    #[error("{0}")]
    Permanent(String),
}

/// A mail to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    pub to_name: String,
    pub to: String,
    /// The same for every attempt at one delivery, without angle brackets.
    pub message_id: String,
    pub unsubscribe_url: String,
    /// It may have been sent before.
    pub repeat: bool,
    pub body: Rendered,
}

/// A mail server to send through.
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailer").field("from", &self.from.to_string()).finish_non_exhaustive()
    }
}

/// A header that lettre has no type for. Its values are ours: URLs and words, without line breaks.
macro_rules! header {
    ($type:ident, $name:literal) => {
        #[derive(Clone)]
        struct $type(String);

        impl Header for $type {
            fn name() -> HeaderName {
                HeaderName::new_from_ascii_str($name)
            }

            fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
                Ok(Self(text.into()))
            }

            fn display(&self) -> HeaderValue {
                HeaderValue::new(Self::name(), self.0.clone())
            }
        }
    };
}

header!(ListUnsubscribe, "List-Unsubscribe");
header!(ListUnsubscribePost, "List-Unsubscribe-Post");
header!(AutoSubmitted, "Auto-Submitted");
header!(Repeat, "X-VectorOS-Repeat");

impl Mailer {
    /// `url`: `smtps://user:password@host:port`, `smtp://…?tls=required` for STARTTLS, or plain `smtp://host:port`.
    pub fn new(url: &str, from: &str) -> Result<Self, MailError> {
        // What lettre says of an address may repeat it, password and all.
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|_| MailError::Config("The mail server's address cannot be read; it looks like smtps://user:password@host:465.".into()))?;
        let from = from.parse().map_err(|error: AddressError| MailError::Config(format!("The sender's address cannot be read: {error}.")))?;
        Ok(Self { transport: transport.timeout(Some(TIMEOUT)).build(), from })
    }

    pub async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let message = self.message(mail)?;
        match tokio::time::timeout(TIMEOUT, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) if error.is_permanent() => Err(MailError::Permanent(format!("The mail server refused: {error}."))),
            Ok(Err(error)) => Err(MailError::Temporary(format!("The mail server did not take it: {error}."))),
            Err(_) => Err(MailError::Temporary(format!("The mail server did not answer within {} s.", TIMEOUT.as_secs()))),
        }
    }

    fn message(&self, mail: &Mail) -> Result<Message, MailError> {
        let address = mail.to.parse().map_err(|error| MailError::Permanent(format!("The address cannot be read: {error}.")))?;
        let one_line = |text: &str| text.split(char::is_control).collect::<Vec<_>>().join(" ");
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(Some(one_line(&mail.to_name)), address))
            .subject(one_line(&mail.body.subject))
            .message_id(Some(format!("<{}>", mail.message_id)))
            .header(ListUnsubscribe(format!("<{}>", mail.unsubscribe_url)))
            .header(ListUnsubscribePost("List-Unsubscribe=One-Click".into()))
            .header(AutoSubmitted("auto-generated".into()));
        if mail.repeat {
            message = message.header(Repeat("yes".into()));
        }
        message
            .multipart(MultiPart::alternative_plain_html(mail.body.text.clone(), mail.body.html.clone()))
            .map_err(|error| MailError::Permanent(format!("The mail cannot be made: {error}.")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::digest::tests::sample;

    #[test]
    fn secrets_are_never_shown() {
        let mailer = Mailer::new("smtp://ann:hunter2@mail.example:2525", "VectorOS <bot@example.com>").expect("a mailer");
        assert!(!format!("{mailer:?}").contains("hunter2"));
        let wrong = Mailer::new("pop://ann:hunter2@mail.example", "bot@example.com").expect_err("no mail server");
        assert!(!wrong.to_string().contains("hunter2") && !format!("{wrong:?}").contains("hunter2"));
        assert!(Mailer::new("smtp://mail.example", "nobody").is_err());
    }

    #[test]
    fn line_breaks_make_no_headers() {
        let mailer = Mailer::new("smtp://localhost:1", "bot@example.com").expect("a mailer");
        let mut body = sample().render();
        body.subject = "One\r\nBcc: eve@example.com".into();
        let mail = Mail {
            to_name: "Ann\r\nBcc: eve@example.com".into(),
            to: "ann@example.com".into(),
            message_id: "1@vectoros".into(),
            unsubscribe_url: "https://vectoros.example/unsubscribe/abc".into(),
            repeat: true,
            body,
        };
        let bytes = mailer.message(&mail).expect("a message").formatted();
        let text = String::from_utf8_lossy(&bytes);
        let head = text.split("\r\n\r\n").next().expect("headers");
        assert!(!head.lines().any(|line| line.starts_with("Bcc:")), "{head}");
        assert!(head.contains("X-VectorOS-Repeat: yes") && head.contains("Message-ID: <1@vectoros>"), "{head}");
        assert!(text.lines().all(|line| line.len() <= 998));
    }
}
