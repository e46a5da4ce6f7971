//! The browser tests: the demo workspace behind a real server, walked through in Chromium by Playwright.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{
    cleanup::TempFolder,
    paths::Paths,
    process,
    server::{self, Server},
};

/// Walks through the site that `binary` serves.
pub fn test(paths: &Paths, binary: &Path) -> Result<()> {
    let (chromium, folder) = ready(paths)?;
    let workspace = TempFolder::new("browser")?;
    process::run(&mut server::command(paths, binary, &workspace.path, &["demo"]))?;
    let server = Server::start(paths, binary, &workspace.path, paths.target.join("browser-test-server.log"))?;
    let mut playwright = Command::new("node");
    playwright.args(["node_modules/@playwright/test/cli.js", "test"]).current_dir(&folder);
    playwright.env("VECTOROS_BASE_URL", format!("http://{}", server.address)).env("VECTOROS_CHROMIUM", chromium);
    process::run(&mut playwright).with_context(|| format!("the server's log is {}", server.log.display()))
}

/// Chromium, and the folder with Playwright's library in it.
pub fn ready(paths: &Paths) -> Result<(PathBuf, PathBuf)> {
    let chromium = chromium()?;
    let folder = paths.root.join("end2end");
    install_playwright(&folder)?;
    Ok((chromium, folder))
}

fn chromium() -> Result<PathBuf> {
    let installed = || ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"].into_iter().find_map(process::find);
    if let Some(path) = installed() {
        return Ok(path);
    }
    if !process::can_apt_install() {
        bail!("the browser tests need Chromium: install the package `chromium`");
    }
    // Without any font Chromium does not draw, and text has no size.
    process::apt_install(&["chromium", "fonts-liberation"])?;
    installed().context("the package `chromium` brought no browser")
}

/// Installs Playwright's library, without the browsers that it would bring along.
fn install_playwright(folder: &Path) -> Result<()> {
    for program in ["node", "npm"] {
        if process::find(program).is_none() {
            bail!("the browser tests need Node.js and npm (`{program}` is missing): install the packages `nodejs` and `npm`");
        }
    }
    let changed = |file: &str| fs::metadata(folder.join(file)).and_then(|about| about.modified());
    let installed = changed("node_modules/.package-lock.json");
    if installed.is_ok_and(|installed| changed("package-lock.json").is_ok_and(|locked| installed >= locked)) {
        return Ok(());
    }
    let mut install = Command::new("npm");
    install.args(["ci", "--no-audit", "--no-fund"]).current_dir(folder).env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    process::run_quietly(&mut install)
}
