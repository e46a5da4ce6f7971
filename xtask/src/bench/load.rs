//! Load on an HTTP server: a number of kept-alive connections, each with its own thread, each asking as fast as it is answered.

use std::sync::Barrier;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::http::Client;

/// How hard to press.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    pub connections: usize,
    /// Requests of each connection that do not count.
    pub warm_up: usize,
    pub duration: Duration,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Measured {
    /// Sorted.
    times: Vec<Duration>,
    seconds: f64,
}

impl Measured {
    pub fn per_second(&self) -> f64 {
        self.times.len() as f64 / self.seconds
    }

    pub fn json(&self, load: Load) -> Value {
        json!({
            "connections": load.connections,
            "requests": self.times.len(),
            "per_second": self.per_second().round(),
            "p50_ms": percentile_ms(&self.times, 0.50),
            "p99_ms": percentile_ms(&self.times, 0.99),
        })
    }
}

/// A request to make: path, JSON body, bearer token.
pub struct Request<'a> {
    pub path: &'a str,
    pub body: String,
    pub token: Option<&'a str>,
}

/// Presses on a server. `request` makes the n-th request of a connection, counted through all of them so that no two are alike
/// unless it wants them to be; `is_right` looks at the answers of the warm-up and at the last one.
pub fn press<'a>(
    address: &str,
    load: Load,
    request: impl Fn(usize) -> Request<'a> + Sync,
    is_right: impl Fn(&[u8]) -> bool + Sync,
) -> Result<Measured> {
    let ready = Barrier::new(load.connections);
    let one = |connection: usize| -> Result<(Vec<Duration>, f64)> {
        let client = warm(address, load, connection, &request, &is_right);
        // Whatever became of it: the others wait here.
        ready.wait();
        let mut client = client?;
        let (mut times, begin) = (Vec::new(), Instant::now());
        let mut last = Vec::new();
        for turn in load.warm_up.. {
            if begin.elapsed() >= load.duration {
                break;
            }
            let Request { path, body, token } = request(turn * load.connections + connection);
            let start = Instant::now();
            let response = client.post_json(path, &body, token)?;
            times.push(start.elapsed());
            if response.status != 200 {
                bail!("{path} answered {}: {}", response.status, String::from_utf8_lossy(&response.body));
            }
            last = response.body;
        }
        if !is_right(&last) {
            bail!("a wrong answer: {}", String::from_utf8_lossy(&last));
        }
        Ok((times, begin.elapsed().as_secs_f64()))
    };
    let results: Vec<Result<(Vec<Duration>, f64)>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..load.connections).map(|connection| scope.spawn(move || one(connection))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| bail!("a connection's thread panicked"))).collect()
    });
    let mut measured = Measured { times: Vec::new(), seconds: 0.0 };
    for result in results {
        let (times, seconds) = result.with_context(|| format!("under {} connections", load.connections))?;
        measured.times.extend(times);
        measured.seconds = measured.seconds.max(seconds);
    }
    measured.times.sort();
    Ok(measured)
}

fn warm<'a>(
    address: &str,
    load: Load,
    connection: usize,
    request: &impl Fn(usize) -> Request<'a>,
    is_right: &impl Fn(&[u8]) -> bool,
) -> Result<Client> {
    let mut client = Client::connect(address)?;
    for turn in 0..load.warm_up {
        let Request { path, body, token } = request(turn * load.connections + connection);
        let response = client.post_json(path, &body, token)?;
        if response.status != 200 || !is_right(&response.body) {
            bail!("{path} answered {}: {}", response.status, String::from_utf8_lossy(&response.body));
        }
    }
    Ok(client)
}

/// The time, in milliseconds, that a share of the sorted times does not exceed (nearest rank).
pub fn percentile_ms(sorted: &[Duration], share: f64) -> f64 {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    let time = sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default();
    (time.as_secs_f64() * 1e5).round() / 100.0
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks() {
        let times: Vec<Duration> = (1..=200).map(Duration::from_millis).collect();
        assert_eq!(percentile_ms(&times, 0.5), 100.0);
        assert_eq!(percentile_ms(&times, 0.99), 198.0);
        assert_eq!(percentile_ms(&[], 0.99), 0.0);
    }

    /// A server that answers every request of every connection with this.
    fn server(answer: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a client");
                std::thread::spawn(move || {
                    let mut buffer = [0; 4096];
                    while stream.read(&mut buffer).is_ok_and(|read| read > 0) {
                        stream.write_all(answer.as_bytes()).expect("answered");
                    }
                });
            }
        });
        address
    }

    fn request(n: usize) -> Request<'static> {
        Request { path: "/score", body: format!("{{\"n\":{n}}}"), token: None }
    }

    const LOAD: Load = Load { connections: 3, warm_up: 2, duration: Duration::from_millis(50) };

    #[test]
    fn every_connection_is_measured() {
        let address = server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
        let measured = press(&address, LOAD, request, |body| body == b"{}").expect("measured");
        assert!(measured.per_second() > 10.0 && measured.json(LOAD)["requests"].as_u64() > Some(3));
    }

    #[test]
    fn wrong_answers_do_not_count() {
        let address = server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
        assert!(press(&address, LOAD, request, |body| body == b"[]").is_err());
        let address = server("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
        let error = press(&address, LOAD, request, |_| true).expect_err("an error");
        assert!(format!("{error:#}").contains("/score answered 503"), "{error:#}");
    }
}
