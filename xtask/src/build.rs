//! `cargo xtask build`: the server binary and the site that it serves.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::{client, paths::Paths, process, setup, wasm_std};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    Dev,
    Release,
}

/// Reads a flag out of the arguments and leaves the others.
pub fn take_flag(arguments: &[String], flag: &str) -> (bool, Vec<String>) {
    let rest: Vec<String> = arguments.iter().filter(|argument| *argument != flag).cloned().collect();
    (rest.len() < arguments.len(), rest)
}

impl Profile {
    /// Reads `--dev` out of the arguments and leaves the others.
    pub fn take(arguments: &[String]) -> (Self, Vec<String>) {
        let (dev, rest) = take_flag(arguments, "--dev");
        (if dev { Self::Dev } else { Self::Release }, rest)
    }

    fn folder(self) -> &'static str {
        match self {
            Self::Dev => "debug",
            Self::Release => "release",
        }
    }
}

/// The server's binary in this profile.
pub fn server_binary(paths: &Paths, profile: Profile) -> PathBuf {
    paths.target.join(profile.folder()).join(format!("vectoros{}", std::env::consts::EXE_SUFFIX))
}

pub fn everything(paths: &Paths, profile: Profile) -> Result<()> {
    setup::compiler_prerequisites()?;
    let environment = wasm_std::ensure(paths)?;
    server(paths, profile)?;
    site(paths, profile, &environment)?;
    eprintln!("built {} and {}", server_binary(paths, profile).display(), paths.site().display());
    Ok(())
}

pub fn server(paths: &Paths, profile: Profile) -> Result<()> {
    let mut build = process::cargo(&paths.root, &["build", "--package", "server", "--bin", "vectoros"]);
    if profile == Profile::Release {
        build.arg("--release");
    }
    process::run(build.env("CARGO_TARGET_DIR", &paths.target))
}

/// The browser client and the static files.
pub fn site(paths: &Paths, profile: Profile, environment: &wasm_std::Environment) -> Result<()> {
    client::build(paths, profile, environment)?;
    for line in client::sizes(paths)? {
        eprintln!("{line}");
    }
    public_files(paths)
}

/// The site alone, without the server.
pub fn site_only(paths: &Paths, profile: Profile) -> Result<()> {
    let environment = wasm_std::ensure(paths)?;
    site(paths, profile, &environment)
}

/// Copies the static files into the site.
pub fn public_files(paths: &Paths) -> Result<()> {
    copy_folder(&paths.root.join("public"), &paths.site())
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("{} cannot be read", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dev_is_taken_out_of_the_arguments() {
        let arguments = ["--addr", "0.0.0.0:80", "--dev"].map(String::from);
        assert_eq!(Profile::take(&arguments), (Profile::Dev, vec!["--addr".into(), "0.0.0.0:80".into()]));
        assert_eq!(Profile::take(&[]), (Profile::Release, vec![]));
    }
}
