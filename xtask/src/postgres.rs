//! A private Postgres for the tests: in a temporary folder, on a free port, gone afterwards.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{
    cleanup::{Guard, TempFolder},
    process,
};

/// Fit for tests only: trusts everyone on this machine and survives no power cut.
const SETTINGS: &str = "
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 64MB
fsync = off
synchronous_commit = off
full_page_writes = off
";

/// A running cluster; dropping it stops it and removes its files.
pub struct Cluster {
    /// The address of its database `postgres`, as the user `postgres` who may create others.
    pub url: String,
    // Declared, and so dropped, before the folder that the server works in.
    _server: Guard,
    _folder: TempFolder,
}

impl Cluster {
    /// Starts a cluster, installing Postgres first where that is possible.
    pub fn start() -> Result<Self> {
        let programs = programs()?;
        let user = Unprivileged::find()?;
        let folder = TempFolder::new("postgres")?;
        user.own(&folder.path)?;
        let data = folder.path.join("data");
        let command = |program: &str| user.command(&programs.join(program), &folder.path);

        let mut initdb = command("initdb");
        initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync", "--pgdata"]).arg(&data);
        process::run_quietly(&mut initdb)?;
        let port = free_port()?;
        let settings = data.join("postgresql.conf");
        let defaults = fs::read_to_string(&settings)?;
        fs::write(&settings, format!("{defaults}\nport = {port}\n{SETTINGS}"))?;

        let mut stop = command("pg_ctl");
        stop.args(["stop", "--silent", "--mode=immediate", "--pgdata"]).arg(&data);
        let server = Guard::new(move || {
            if let Err(error) = process::run_quietly(&mut stop) {
                eprintln!("warning: the private Postgres may still run: {error:#}");
            }
        });
        let log = folder.path.join("log");
        let mut start = command("pg_ctl");
        start.args(["start", "--silent", "--wait", "--pgdata"]).arg(&data).arg("--log").arg(&log);
        process::run_quietly(&mut start).with_context(|| fs::read_to_string(&log).unwrap_or_default())?;
        Ok(Self { url: format!("postgres://postgres@127.0.0.1:{port}/postgres"), _server: server, _folder: folder })
    }
}

/// The folder of Postgres' programs.
/// The program that runs SQL.
pub fn psql() -> Result<PathBuf> {
    Ok(programs()?.join("psql"))
}

fn programs() -> Result<PathBuf> {
    if let Some(folder) = installed() {
        return Ok(folder);
    }
    if !process::can_apt_install() {
        bail!("the tests need PostgreSQL's initdb and pg_ctl: install the package `postgresql`");
    }
    process::apt_install(&["postgresql"])?;
    installed().context("the package `postgresql` brought no initdb")
}

/// Debian keeps the programs out of PATH, one folder for each version; the newest is taken.
fn installed() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok().into_iter().flatten().flatten();
    let newest = versions
        .map(|version| version.path())
        .filter(|version| version.join("bin/initdb").is_file())
        .max_by_key(|version| version.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok()));
    if let Some(version) = newest {
        return Some(version.join("bin"));
    }
    let initdb = process::find("initdb")?.canonicalize().ok()?;
    initdb.parent().map(Path::to_path_buf)
}

/// Postgres refuses to run as root: root runs it as somebody else.
enum Unprivileged {
    /// We are unprivileged ourselves.
    Myself,
    Other {
        name: &'static str,
        id: u32,
    },
}

impl Unprivileged {
    fn find() -> Result<Self> {
        if !process::is_root() {
            return Ok(Self::Myself);
        }
        let id = |name| {
            let output = Command::new("id").args(["-u", name]).output().ok().filter(|output| output.status.success())?;
            String::from_utf8(output.stdout).ok()?.trim().parse().ok()
        };
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| id(name).map(|id| Self::Other { name, id }))
            .context("Postgres does not run as root, and there is no user `postgres` or `nobody` to run it as")
    }

    fn own(&self, folder: &Path) -> Result<()> {
        match self {
            Self::Myself => Ok(()),
            Self::Other { id, .. } => give(folder, *id),
        }
    }

    fn command(&self, program: &Path, folder: &Path) -> Command {
        let mut command = match self {
            Self::Myself => Command::new(program),
            Self::Other { name, .. } if process::find("runuser").is_some() => {
                let mut command = Command::new("runuser");
                command.args(["-u", name, "--"]).arg(program);
                command
            }
            Self::Other { name, .. } => {
                let mut command = Command::new("setpriv");
                command.args(["--reuid", name, "--clear-groups", "--"]).arg(program);
                command
            }
        };
        command.current_dir(folder);
        command
    }
}

#[cfg(unix)]
fn give(folder: &Path, user: u32) -> Result<()> {
    Ok(std::os::unix::fs::chown(folder, Some(user), None)?)
}

#[cfg(not(unix))]
fn give(_: &Path, _: u32) -> Result<()> {
    Ok(())
}

/// A port that nobody listens on at this moment.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;

    #[test]
    #[ignore = "starts Postgres; `cargo xtask test unit` runs it"]
    fn a_cluster_answers_and_leaves_nothing_behind() {
        let cluster = Cluster::start().expect("a cluster");
        let address = cluster.url.split(['@', '/']).find(|part| part.starts_with("127.0.0.1:")).expect("an address").to_owned();
        let folder = cluster._folder.path.clone();
        assert!(TcpStream::connect(&address).is_ok());
        drop(cluster);
        assert!(TcpStream::connect(&address).is_err());
        assert!(!folder.exists());
    }
}
