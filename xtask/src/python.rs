//! Virtual environments of Python: the learners that ours is compared with, the mail server that tests send to.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{paths::Paths, process};

/// The learners that ours is compared with.
pub fn learners(paths: &Paths) -> Result<PathBuf> {
    environment(paths, "bench-python", &paths.root.join("xtask/bench/requirements.txt"))
}

/// The mail server that tests send to.
pub fn mail_server(paths: &Paths) -> Result<PathBuf> {
    environment(paths, "test-python", &paths.root.join("app/tests/fixtures/requirements.txt"))
}

/// Makes an environment in the cache folder, anew where its requirements have changed since, and returns its Python.
fn environment(paths: &Paths, name: &str, requirements: &Path) -> Result<PathBuf> {
    let wanted = fs::read_to_string(requirements).with_context(|| format!("{} cannot be read", requirements.display()))?;
    let folder = paths.cache.join(name);
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    // Written last, so that what was interrupted begins anew.
    let stamp = folder.join("requirements.txt");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    let Some(base) = process::find("python3").or_else(|| process::find("python")) else {
        bail!("Python 3 is needed (on Debian: `apt-get install python3 python3-venv`)");
    };
    eprintln!("installing {} into {}", wanted.split_whitespace().collect::<Vec<_>>().join(", "), folder.display());
    process::run_quietly(Command::new(base).args(["-m", "venv", "--clear"]).arg(&folder))
        .context("no virtual environment (on Debian: `apt-get install python3-venv`)")?;
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:", "--requirement"]);
    process::run_quietly(install.arg(requirements))?;
    fs::write(stamp, wanted)?;
    Ok(python)
}

/// Where our own Python programs stand.
pub fn scripts(paths: &Paths) -> PathBuf {
    paths.root.join("xtask/bench")
}
