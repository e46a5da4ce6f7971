//! `cargo xtask run`: from a clone to a served demo workspace.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::{
    build::{self, Profile},
    paths::Paths,
    process, setup,
};

pub fn product(paths: &Paths, profile: Profile, arguments: &[String]) -> Result<()> {
    setup::models_if_possible(paths);
    build::everything(paths, profile)?;
    let binary = build::server_binary(paths, profile);
    if let Some(data) = embedded_data(paths, arguments)? {
        if !data.join("vectoros.sqlite").exists() {
            fill_demo(paths, &binary, &data)?;
        }
    } else {
        eprintln!("using the given database as it is; `vectoros demo` or `vectoros import` fills an empty one");
    }
    become_process(command(paths, &binary).arg("serve").args(arguments))
}

/// The folder of the embedded database; none when another database is named.
fn embedded_data(paths: &Paths, arguments: &[String]) -> Result<Option<PathBuf>> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    if option(arguments, "--database-url").or_else(|| variable("DATABASE_URL")).is_some() {
        return Ok(None);
    }
    let folder = option(arguments, "--data-dir").or_else(|| variable("VECTOROS_DATA_DIR")).unwrap_or_else(|| "data".into());
    Ok(Some(paths.root.join(folder)))
}

/// The value of `--name value` or `--name=value`.
fn option(arguments: &[String], name: &str) -> Option<String> {
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.strip_prefix(name) {
            Some("") => return rest.next().cloned(),
            Some(value) if value.starts_with('=') => return Some(value[1..].to_owned()),
            _ => {}
        }
    }
    None
}

fn command(paths: &Paths, binary: &Path) -> Command {
    let mut command = Command::new(binary);
    command.current_dir(&paths.root).env("VECTOROS_CACHE_DIR", &paths.cache).env("VECTOROS_SITE_DIR", paths.site());
    command
}

/// Fills a workspace beside the data folder and moves it there when it is whole: what was interrupted leaves nothing.
fn fill_demo(paths: &Paths, binary: &Path, data: &Path) -> Result<()> {
    let unfinished = data.with_extension("unfinished");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished)?;
    }
    process::run(command(paths, binary).arg("demo").arg("--data-dir").arg(&unfinished))?;
    fs::create_dir_all(data)?;
    for entry in fs::read_dir(&unfinished)? {
        let entry = entry?;
        fs::rename(entry.path(), data.join(entry.file_name()))
            .with_context(|| format!("{} cannot be moved to {}", entry.path().display(), data.display()))?;
    }
    fs::remove_dir_all(unfinished)?;
    Ok(())
}

/// Lets the server take this program's place, so that signals reach it and it alone ends.
#[cfg(unix)]
fn become_process(command: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    let error = command.exec();
    Err(error).with_context(|| format!("`{}` did not start", process::line_of(command)))
}

#[cfg(not(unix))]
fn become_process(command: &mut Command) -> Result<()> {
    process::run(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_in_both_spellings() {
        let arguments = ["--addr", "127.0.0.1:1", "--data-dir=x", "--database-url", "postgres://y"].map(String::from);
        assert_eq!(option(&arguments, "--data-dir").as_deref(), Some("x"));
        assert_eq!(option(&arguments, "--database-url").as_deref(), Some("postgres://y"));
        assert_eq!(option(&arguments, "--data"), None);
    }
}
