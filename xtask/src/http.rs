//! A small HTTP/1.1 client for one connection to our own server: measures without a library in between.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// A kept-alive connection that keeps cookies.
pub struct Client {
    address: String,
    stream: BufReader<TcpStream>,
    cookies: BTreeMap<String, String>,
}

/// What a request carries.
enum Body<'a> {
    None,
    Form(&'a str),
    Json { json: &'a str, token: Option<&'a str> },
}

pub struct Response {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Client {
    /// `address` is host and port.
    pub fn connect(address: &str) -> Result<Self> {
        let stream = open(address)?;
        Ok(Self { address: address.to_owned(), stream, cookies: BTreeMap::new() })
    }

    pub fn get(&mut self, path: &str) -> Result<Response> {
        self.request("GET", path, Body::None)
    }

    /// Posts JSON, with a bearer token if there is one.
    pub fn post_json(&mut self, path: &str, json: &str, token: Option<&str>) -> Result<Response> {
        self.request("POST", path, Body::Json { json, token })
    }

    /// Posts a form as a browser would from a page of the same site.
    pub fn post_form(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<Response> {
        let form: Vec<String> =
            fields.iter().map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC))).collect();
        self.request("POST", path, Body::Form(&form.join("&")))
    }

    fn request(&mut self, method: &str, path: &str, body: Body) -> Result<Response> {
        let accept = if matches!(body, Body::Json { .. }) { "application/json" } else { "text/html" };
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nAccept: {accept}\r\nAccept-Encoding: identity\r\n", self.address);
        if !self.cookies.is_empty() {
            let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            head.push_str(&format!("Cookie: {}\r\n", pairs.join("; ")));
        }
        let (kind, text) = match body {
            Body::None => ("", ""),
            Body::Form(form) => {
                head.push_str(&format!("Origin: http://{}\r\nSec-Fetch-Site: same-origin\r\n", self.address));
                ("application/x-www-form-urlencoded", form)
            }
            Body::Json { json, token } => {
                if let Some(token) = token {
                    head.push_str(&format!("Authorization: Bearer {token}\r\n"));
                }
                ("application/json", json)
            }
        };
        if !kind.is_empty() {
            head.push_str(&format!("Content-Type: {kind}\r\nContent-Length: {}\r\n", text.len()));
        }
        head.push_str("\r\n");
        head.push_str(text);
        self.stream.get_mut().write_all(head.as_bytes())?;
        self.read_response().with_context(|| format!("{method} {path} at {}", self.address))
    }

    fn read_response(&mut self) -> Result<Response> {
        let status_line = read_line(&mut self.stream)?;
        let status = status_line.split(' ').nth(1).and_then(|code| code.parse().ok()).context("no HTTP status")?;
        let mut length = None;
        let mut chunked = false;
        let mut closes = false;
        loop {
            let line = read_line(&mut self.stream)?;
            let Some((name, value)) = line.split_once(':') else { break };
            let value = value.trim();
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = Some(value.parse::<u64>()?),
                "transfer-encoding" => chunked = value.eq_ignore_ascii_case("chunked"),
                "connection" => closes = value.eq_ignore_ascii_case("close"),
                "set-cookie" => self.keep_cookie(value),
                _ => {}
            }
        }
        let mut body = Vec::new();
        if chunked {
            read_chunks(&mut self.stream, &mut body)?;
        } else if let Some(length) = length {
            self.stream.by_ref().take(length).read_to_end(&mut body)?;
            if (body.len() as u64) < length {
                bail!("the connection closed in the middle of an answer");
            }
        } else if closes {
            self.stream.read_to_end(&mut body)?;
        }
        if closes {
            self.stream = open(&self.address)?;
        }
        Ok(Response { status, body })
    }

    fn keep_cookie(&mut self, header: &str) {
        let pair = header.split(';').next().unwrap_or_default();
        if let Some((name, value)) = pair.split_once('=') {
            self.cookies.insert(name.trim().to_owned(), value.trim().to_owned());
        }
    }
}

fn open(address: &str) -> Result<BufReader<TcpStream>> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    Ok(BufReader::new(stream))
}

fn read_line(stream: &mut impl BufRead) -> Result<String> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        bail!("the connection closed before the answer");
    }
    Ok(line.trim_end().to_owned())
}

fn read_chunks(stream: &mut impl BufRead, body: &mut Vec<u8>) -> Result<()> {
    loop {
        let line = read_line(stream)?;
        let size = u64::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16)?;
        stream.by_ref().take(size).read_to_end(body)?;
        read_line(stream)?;
        if size == 0 {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// A server that reads one request for each answer, on one connection, and returns what it read.
    fn serve(answers: &'static [&'static str]) -> (String, std::thread::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let thread = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a client");
            let mut requests = Vec::new();
            for answer in answers {
                let mut buffer = [0; 4096];
                let read = stream.read(&mut buffer).expect("a request");
                requests.push(String::from_utf8_lossy(&buffer[..read]).into_owned());
                stream.write_all(answer.as_bytes()).expect("answered");
            }
            requests
        });
        (address, thread)
    }

    #[test]
    fn one_connection_serves_many_requests_and_keeps_cookies() {
        let (address, server) = serve(&[
            "HTTP/1.1 302 Found\r\nSet-Cookie: id=abc; HttpOnly\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ndeal\r\n1;x=y\r\ns\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
            "HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\nno",
        ]);
        let mut client = Client::connect(&address).expect("connected");
        assert_eq!(client.post_form("/in", &[("name", "Ann & co"), ("x", "1")]).expect("answered").status, 302);
        assert_eq!(client.get("/deals").expect("answered").body, b"deals");
        assert_eq!(client.post_json("/score", "{\"a\":1}", Some("secret")).expect("answered").body, b"{}");
        let last = client.get("/nowhere").expect("answered");
        assert_eq!((last.status, last.body.as_slice()), (404, b"no".as_slice()));
        let requests = server.join().expect("served");
        assert!(requests[0].ends_with("\r\n\r\nname=Ann%20%26%20co&x=1"), "{}", requests[0]);
        assert!(requests[1].contains("Cookie: id=abc\r\n"), "{}", requests[1]);
        assert!(
            requests[2].contains("Authorization: Bearer secret\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{\"a\":1}")
        );
    }

    #[test]
    fn a_cut_answer_is_an_error() {
        let (address, _server) = serve(&["HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"]);
        assert!(Client::connect(&address).expect("connected").get("/").is_err());
    }
}
