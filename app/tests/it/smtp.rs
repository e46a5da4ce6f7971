//! Sends through a real SMTP server and reads the bytes it received.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    path::PathBuf,
    process::{Child, ChildStdin, Command, Stdio},
};

use app::{
    domain::alerts::Priority,
    notifications::{
        digest::{AlertLine, DealBlock, Digest, Rendered},
        mail::{Mail, MailError, Mailer},
    },
};
use chrono::NaiveDate;
use mailparse::{MailHeaderMap, ParsedMail, parse_mail};

const FROM: &str = "VectorOS <crm@example.com>";

pub struct Server {
    process: Child,
    /// The server ends when this closes.
    _stdin: Option<ChildStdin>,
    port: u16,
    folder: PathBuf,
}

impl Server {
    pub fn start(name: &str) -> Self {
        let Ok(python) = std::env::var("VECTOROS_TEST_SMTP_PYTHON") else {
            panic!("set VECTOROS_TEST_SMTP_PYTHON to a python that has aiosmtpd");
        };
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("smtp-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder for the mails");
        let mut process = Command::new(&python)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/smtp_server.py"))
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("VECTOROS_TEST_SMTP_PYTHON={python} does not start: {error}"));
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
        let port = line.trim().parse().unwrap_or_else(|_| panic!("{python} has no aiosmtpd, or the SMTP server did not start"));
        let _stdin = process.stdin.take();
        Self { process, _stdin, port, folder }
    }

    pub fn mailer(&self) -> Mailer {
        Mailer::new(&format!("smtp://127.0.0.1:{}", self.port), FROM).expect("a mailer")
    }

    pub fn mails(&self) -> Vec<Vec<u8>> {
        let mut paths: Vec<_> = fs::read_dir(&self.folder).expect("the folder").map(|entry| entry.expect("an entry").path()).collect();
        paths.sort();
        paths.iter().map(|path| fs::read(path).expect("a mail")).collect()
    }

    fn only_mail(&self) -> Vec<u8> {
        let mut mails = self.mails();
        assert_eq!(mails.len(), 1);
        mails.remove(0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn rendered() -> Rendered {
    let alert = AlertLine {
        priority: Priority::Critical,
        headline: "Kein Rückruf".into(),
        detail: "wörtlich ".repeat(300),
        advice: "Anrufen".into(),
    };
    let deal = DealBlock {
        title: format!("Größe {}", "x".repeat(2000)),
        account: Some("Müller".into()),
        value: None,
        url: "https://crm.example/deals/1?a=1&b=2".into(),
        alerts: vec![alert],
    };
    Digest {
        recipient: "Jörg".into(),
        day: NaiveDate::from_ymd_opt(2026, 3, 3).expect("a date"),
        deals: vec![deal],
        more: 0,
        alerts_url: "https://crm.example/alerts".into(),
        preferences_url: "https://crm.example/preferences".into(),
        unsubscribe_url: "https://crm.example/u?t=abc".into(),
        repeat: true,
    }
    .render()
}

fn mail(to: &str) -> Mail {
    Mail {
        to_name: "Jörg Müller-Größe".into(),
        to: to.into(),
        message_id: "digest-7-2026-03-03@crm.example".into(),
        unsubscribe_url: format!("https://crm.example/u?t={}", "abc".repeat(60)),
        repeat: true,
        body: Rendered { subject: "3 Geschäfte für dich: 1 kritisch".into(), ..rendered() },
    }
}

fn header(mail: &ParsedMail<'_>, name: &str) -> String {
    let values = mail.headers.get_all_values(name);
    assert_eq!(values.len(), 1, "{name}: {values:?}");
    values.into_iter().next().expect("one value")
}

fn assert_lines(raw: &[u8]) {
    for line in raw.split(|byte| *byte == b'\n') {
        assert!(line.len() <= 999, "{} bytes", line.len());
    }
    assert!(raw.is_ascii(), "a server without 8BITMIME may garble the mail");
    assert_eq!(raw.iter().filter(|byte| **byte == b'\n').count(), raw.windows(2).filter(|pair| pair == b"\r\n").count());
}

#[tokio::test]
async fn headers_and_parts_arrive() {
    let server = Server::start("arrive");
    let sent = mail("joerg@example.org");
    server.mailer().send(&sent).await.expect("sent");
    let raw = server.only_mail();
    assert_lines(&raw);
    let got = parse_mail(&raw).expect("a mail");
    assert_eq!(header(&got, "Subject"), "3 Geschäfte für dich: 1 kritisch");
    assert_eq!(header(&got, "To").replace('"', ""), "Jörg Müller-Größe <joerg@example.org>");
    assert_eq!(header(&got, "From").replace('"', ""), "VectorOS <crm@example.com>");
    assert_eq!(header(&got, "MIME-Version"), "1.0");
    assert_eq!(header(&got, "Message-ID"), "<digest-7-2026-03-03@crm.example>");
    assert_eq!(header(&got, "List-Unsubscribe"), format!("<{}>", sent.unsubscribe_url));
    assert_eq!(header(&got, "List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
    assert_eq!(header(&got, "Auto-Submitted"), "auto-generated");
    assert_eq!(header(&got, "X-VectorOS-Repeat"), "yes");
    let date = mailparse::dateparse(&header(&got, "Date")).expect("a date");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs() as i64;
    assert!((now - date).abs() < 60);

    assert_eq!(got.ctype.mimetype, "multipart/alternative");
    assert_eq!(got.subparts.len(), 2);
    for (part, kind, want) in [(0, "text/plain", &sent.body.text), (1, "text/html", &sent.body.html)] {
        let part = &got.subparts[part];
        assert_eq!(part.ctype.mimetype, kind);
        assert_eq!(part.ctype.charset, "utf-8");
        assert_eq!(part.get_body().expect("decodable").replace("\r\n", "\n").trim_end(), want.trim_end());
    }
}

#[tokio::test]
async fn first_attempts_carry_no_repeat_header() {
    let server = Server::start("first");
    let mailer = server.mailer();
    for _ in 0..3 {
        mailer.send(&Mail { repeat: false, to_name: String::new(), ..mail("a@example.org") }).await.expect("sent");
    }
    let mails = server.mails();
    assert_eq!(mails.len(), 3);
    let got = parse_mail(&mails[2]).expect("a mail");
    assert!(got.headers.get_first_value("X-VectorOS-Repeat").is_none());
    assert_eq!(header(&got, "To"), "a@example.org");
}

#[tokio::test]
async fn line_ends_cannot_inject_headers() {
    let server = Server::start("inject");
    let mailer = server.mailer();
    let evil = "A\r\nX-Evil: yes\r\n\r\nBcc: b@example.org\n\rX-Evil: yes\rX-Evil: yes\0\u{85}X-Evil: yes";
    let mut sent = mail("joerg@example.org");
    sent.to_name = evil.into();
    sent.body.subject = evil.into();
    mailer.send(&sent).await.expect("sent");
    // the same where the words need encoding
    sent.to_name = format!("Ä{evil}");
    sent.body.subject = format!("Ä{evil}");
    mailer.send(&sent).await.expect("sent");
    for raw in server.mails() {
        assert_lines(&raw);
        let got = parse_mail(&raw).expect("a mail");
        assert!(got.headers.get_first_value("X-Evil").is_none());
        assert!(got.headers.get_first_value("Bcc").is_none());
        assert!(header(&got, "Subject").ends_with("X-Evil: yes"));
        assert_eq!(got.subparts.len(), 2);
    }
    let inject = "https://a.example/>\r\nX-Evil: yes";
    for bad in [
        Mail { unsubscribe_url: inject.into(), ..mail("a@example.org") },
        Mail { message_id: format!("a@b{inject}"), ..mail("a@example.org") },
        Mail { to: "a@example.org\r\nX-Evil: yes".into(), ..mail("") },
    ] {
        assert!(matches!(mailer.send(&bad).await, Err(MailError::Permanent(_))));
    }
    assert_eq!(server.mails().len(), 2);
}

#[tokio::test]
async fn long_words_stay_within_a_line() {
    let server = Server::start("long");
    for word in ["x".repeat(3000), "ß".repeat(3000), "x".repeat(3000) + " ü"] {
        let mut sent = mail("joerg@example.org");
        sent.to_name = word.clone();
        sent.body = Rendered { subject: word.clone(), html: word.clone(), text: word };
        server.mailer().send(&sent).await.expect("sent");
    }
    assert_eq!(server.mails().len(), 3);
    server.mails().iter().for_each(|raw| assert_lines(raw));
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let server = Server::start("refuse");
    let mailer = server.mailer();
    let later = mailer.send(&mail("later@example.org")).await;
    assert!(matches!(&later, Err(MailError::Temporary(words)) if words.contains("451") && words.contains("Greylisted")), "{later:?}");
    let never = mailer.send(&mail("never@example.org")).await;
    assert!(matches!(&never, Err(MailError::Permanent(words)) if words.contains("550") && words.contains("No such user")), "{never:?}");
    for bad in ["", "nobody", "a b@example.org", "a@"] {
        let refused = mailer.send(&mail(bad)).await;
        assert!(matches!(refused, Err(MailError::Permanent(_))), "{bad}: {refused:?}");
    }
    mailer.send(&mail("joerg@example.org")).await.expect("a refusal does not spoil the next mail");
    assert_eq!(server.mails().len(), 1);
}

#[tokio::test]
async fn a_closed_port_is_temporary() {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port").port();
    let mailer = Mailer::new(&format!("smtp://127.0.0.1:{port}"), FROM).expect("a mailer");
    let closed = mailer.send(&mail("joerg@example.org")).await;
    assert!(matches!(closed, Err(MailError::Temporary(_))), "{closed:?}");
}

#[tokio::test]
async fn the_password_is_never_shown() {
    let server = Server::start("secret");
    let url = format!("smtp://crm:hunter2%21@127.0.0.1:{}", server.port);
    let mailer = Mailer::new(&url, FROM).expect("a mailer");
    let refused = mailer.send(&mail("joerg@example.org")).await;
    // base64 of "\0crm\0hunter2!", which the server quotes
    let hidden = ["hunter2", "AGNybQBodW50ZXIyIQ=="];
    assert!(matches!(&refused, Err(MailError::Permanent(words)) if words.contains("535") && words.contains("***")), "{refused:?}");
    for shown in [format!("{mailer:?}"), format!("{refused:?}")] {
        assert!(hidden.iter().all(|secret| !shown.contains(secret)), "{shown}");
    }
    for bad in ["hunter2", "http://crm:hunter2@host", "smtp://crm:hunter2", "smtp://crm:1?tls=hunter2@host", "smtp://crm:hun/ter2@host", ""]
    {
        let refused = Mailer::new(bad, FROM).expect_err("unusable");
        assert!(matches!(refused, MailError::Config(_)));
        assert!(!format!("{refused} {refused:?}").contains("hunter2"), "{refused}");
    }
    assert!(matches!(Mailer::new("smtp://host", "nobody"), Err(MailError::Config(_))));
}
