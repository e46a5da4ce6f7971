//! Running other programs: their output goes through, and a failure is one line with the command.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result, bail};

/// A command of cargo in the repository, without what `cargo run` put into our own environment for itself.
pub fn cargo(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        let own = name.to_string_lossy();
        if own.starts_with("CARGO_PKG_") || own.starts_with("CARGO_MANIFEST_") || own.starts_with("CARGO_BIN_") {
            command.env_remove(&name);
        }
    }
    command.args(arguments).current_dir(root);
    command
}

/// Runs the command to its end; anything but success is an error.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().map_err(|error| not_started(command, &error))?;
    judge(command, status)
}

/// Runs the command and shows what it said only when it fails.
pub fn run_quietly(command: &mut Command) -> Result<()> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| not_started(command, &error))?;
    if !output.status.success() {
        eprint!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    }
    judge(command, output.status)
}

/// Runs the command and hands over each line of its standard output as it comes; its standard error goes through.
pub fn run_by_line(command: &mut Command, mut take: impl FnMut(&str)) -> Result<()> {
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(|error| not_started(command, &error))?;
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).lines() {
            take(&line?);
        }
    }
    let status = child.wait()?;
    judge(command, status)
}

/// Runs the command and returns its standard output; its standard error goes through.
pub fn stdout_of(command: &mut Command) -> Result<String> {
    let output = command.stderr(Stdio::inherit()).output().map_err(|error| not_started(command, &error))?;
    judge(command, output.status)?;
    String::from_utf8(output.stdout).with_context(|| format!("`{}` answered in bytes that are not UTF-8", line_of(command)))
}

/// The command as one would type it, cut to a readable length.
pub fn line_of(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words: Vec<_> = std::iter::once(program).chain(command.get_args()).map(OsStr::to_string_lossy).collect();
    let line = words.join(" ");
    match line.char_indices().nth(160) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

fn not_started(command: &Command, error: &std::io::Error) -> anyhow::Error {
    if error.kind() == ErrorKind::NotFound {
        anyhow::anyhow!("`{}` is not installed, and this step needs it", command.get_program().to_string_lossy())
    } else {
        anyhow::anyhow!("`{}` did not start: {error}", line_of(command))
    }
}

fn judge(command: &Command, status: ExitStatus) -> Result<()> {
    if status.success() {
        return Ok(());
    }
    bail!("`{}` failed ({status})", line_of(command))
}

/// Looks a program up in PATH.
pub fn find(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(program)).find(|path| path.is_file())
}

pub fn is_root() -> bool {
    cfg!(unix) && Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// Can Debian packages be installed here without asking anybody?
pub fn can_apt_install() -> bool {
    is_root() && find("apt-get").is_some()
}

/// Installs Debian packages; only where [`can_apt_install`] says so.
pub fn apt_install(packages: &[&str]) -> Result<()> {
    eprintln!("installing {} with apt-get", packages.join(", "));
    let install = || {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").args(["install", "-y", "--no-install-recommends"]).args(packages);
        command
    };
    // A fresh machine's package lists are often empty or old: the first failure is worth a refresh.
    if run_quietly(&mut install()).is_ok() {
        return Ok(());
    }
    run_quietly(Command::new("apt-get").arg("update"))?;
    run(&mut install())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_command() {
        let error = run(Command::new("sh").args(["-c", "exit 3"])).expect_err("it failed");
        assert!(error.to_string().starts_with("`sh -c exit 3` failed"), "{error}");
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = run(&mut Command::new("no-such-program-here")).expect_err("it is missing");
        assert_eq!(error.to_string(), "`no-such-program-here` is not installed, and this step needs it");
    }

    #[test]
    fn long_lines_are_cut_between_characters() {
        let line = line_of(Command::new("echo").arg("é".repeat(500)));
        assert_eq!(line.chars().count(), 161);
    }
}
