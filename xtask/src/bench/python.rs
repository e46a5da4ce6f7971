//! A virtual environment with the learners that ours is compared with.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::paths::Paths;
use crate::process;

/// Makes the environment in the cache folder, anew where `requirements.txt` has changed since, and returns its Python.
pub fn environment(paths: &Paths) -> Result<PathBuf> {
    let wanted = fs::read_to_string(scripts(paths).join("requirements.txt")).context("requirements.txt cannot be read")?;
    let folder = paths.cache.join("bench-python");
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    // Written last, so that what was interrupted begins anew.
    let stamp = folder.join("requirements.txt");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    let Some(base) = process::find("python3").or_else(|| process::find("python")) else {
        bail!("Python 3.11 or newer is needed for the other learners (on Debian: `apt-get install python3 python3-venv`)");
    };
    eprintln!("installing LightGBM, XGBoost and FastAPI into {}", folder.display());
    process::run_quietly(Command::new(base).args(["-m", "venv", "--clear"]).arg(&folder))
        .context("no virtual environment (on Debian: `apt-get install python3-venv`)")?;
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:", "--requirement"]);
    process::run_quietly(install.arg(scripts(paths).join("requirements.txt")))?;
    fs::write(stamp, wanted)?;
    Ok(python)
}

/// Where our own Python programs stand.
pub fn scripts(paths: &Paths) -> PathBuf {
    paths.root.join("xtask/bench")
}
