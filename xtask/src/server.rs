//! The product's server, started for a test or a measurement.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::{cleanup::Guard, http::Client, paths::Paths, postgres};

/// How long a start may take; a migration of an empty database is part of it.
const PATIENCE: Duration = Duration::from_secs(60);

/// A command of the server's binary in a folder of its own, which holds its data too: nothing of the user's own
/// installation, be it settings in the environment or a file, reaches it.
pub fn command(paths: &Paths, binary: &Path, folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(binary);
    for (name, _) in std::env::vars_os() {
        if name == "DATABASE_URL" || name.to_string_lossy().starts_with("VECTOROS_") {
            command.env_remove(name);
        }
    }
    command.args(arguments).current_dir(folder);
    command.env("VECTOROS_DATA_DIR", folder.join("data")).env("VECTOROS_MODEL_DIR", paths.models()).env("VECTOROS_SITE_DIR", paths.site());
    command
}

/// A server that answers; dropping it ends it.
pub struct Server {
    /// Host and port.
    pub address: String,
    pub log: PathBuf,
    child: Arc<Mutex<Child>>,
    _process: Guard,
}

impl Server {
    /// Starts `vectoros serve` on a free port and waits until it is healthy. Its output goes to `log`.
    pub fn start(paths: &Paths, binary: &Path, folder: &Path, log: PathBuf) -> Result<Self> {
        Self::start_with(paths, binary, folder, log, &[])
    }

    /// The same over a database of its own.
    pub fn start_on(paths: &Paths, binary: &Path, folder: &Path, log: PathBuf, database: Option<&str>) -> Result<Self> {
        let environment: Vec<(&str, &str)> = database.map(|database| ("DATABASE_URL", database)).into_iter().collect();
        Self::start_with(paths, binary, folder, log, &environment)
    }

    /// The same with settings of its own in the environment.
    pub fn start_with(paths: &Paths, binary: &Path, folder: &Path, log: PathBuf, environment: &[(&str, &str)]) -> Result<Self> {
        let address = format!("127.0.0.1:{}", postgres::free_port()?);
        let output = File::create(&log).with_context(|| format!("{} cannot be written", log.display()))?;
        let mut serve = command(paths, binary, folder, &["serve"]);
        serve.env("VECTOROS_ADDR", &address).stdin(std::process::Stdio::null()).stdout(output.try_clone()?).stderr(output);
        serve.envs(environment.iter().copied());
        let child = serve.spawn().with_context(|| format!("{} did not start", binary.display()))?;
        let child = Arc::new(Mutex::new(child));
        let doomed = Arc::clone(&child);
        let process = Guard::new(move || end(&doomed));
        let server = Self { address, log, child: Arc::clone(&child), _process: process };
        server.wait_until_healthy(&child)?;
        Ok(server)
    }

    fn wait_until_healthy(&self, child: &Mutex<Child>) -> Result<()> {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if let Some(status) = child.lock().unwrap_or_else(PoisonError::into_inner).try_wait()? {
                bail!("`vectoros serve` ended with {status}:\n{}", self.last_lines());
            }
            let healthy = Client::connect(&self.address).and_then(|mut client| client.get("/healthz"));
            if healthy.is_ok_and(|response| response.status == 200) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        bail!("`vectoros serve` was not healthy after {} s:\n{}", PATIENCE.as_secs(), self.last_lines());
    }

    /// Asks the server to stop, and waits until it did.
    pub fn terminate(self, within: Duration) -> Result<()> {
        let id = self.child.lock().unwrap_or_else(PoisonError::into_inner).id();
        crate::process::run_quietly(Command::new("kill").args(["-TERM", &id.to_string()]))?;
        let start = Instant::now();
        while start.elapsed() < within {
            if self.child.lock().unwrap_or_else(PoisonError::into_inner).try_wait()?.is_some() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        bail!("`vectoros serve` had not stopped after {} s:\n{}", within.as_secs(), self.last_lines());
    }

    /// The end of the server's log.
    pub fn last_lines(&self) -> String {
        let log = fs::read(&self.log).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

fn end(child: &Mutex<Child>) {
    let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
    // Both fail only when it has ended already.
    drop(child.kill());
    drop(child.wait());
}
