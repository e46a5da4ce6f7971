//! The standard library for wasm32-unknown-unknown, by one of two routes.
//!
//! Ordinary machines let rustup add the target. Machines that reach Debian's packages and the crate registry but not rustup's
//! server within ten seconds take the other one by themselves, or at once with `VECTOROS_WASM_STD=debian`: Debian's `rustc-web` compiler and the sources of its standard library are
//! unpacked into the cache folder (nothing is installed system-wide), the library is built once, and that compiler
//! builds the client, and only the client.

use std::ffi::OsString;
use std::fs;
use std::net::{TcpStream, ToSocketAddrs};
use std::path::PathBuf;
use std::process::Command;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::{paths::Paths, process};

pub const TARGET: &str = "wasm32-unknown-unknown";

/// The oldest compiler that builds the client; the workspace's `rust-version`.
const OLDEST_RUSTC: (u32, u32) = (1, 95);

/// How long rustup's server may take to answer.
const REACH_RUSTUP: Duration = Duration::from_secs(10);

const DEBIAN_HINT: &str = "on a Debian machine, `VECTOROS_WASM_STD=debian cargo xtask …` builds it from Debian's packages instead";

/// What the client's build needs in its environment to find the standard library; empty with rustup.
pub type Environment = Vec<(&'static str, OsString)>;

/// Makes the standard library available if it is not, and says how a build finds it.
pub fn ensure(paths: &Paths) -> Result<Environment> {
    let debian = DebianStd::new(paths);
    match std::env::var("VECTOROS_WASM_STD").ok().filter(|route| !route.is_empty()).as_deref() {
        Some("debian") => debian.ensure(paths),
        Some("rustup") => through_rustup(paths),
        Some(other) => bail!("VECTOROS_WASM_STD is `{other}`; it can be `rustup` or `debian`"),
        None if rustup_has_it(paths)? => Ok(Environment::new()),
        None if debian.is_ready() => debian.environment(paths),
        None => match through_rustup(paths) {
            Err(why) if debian_is_there() => {
                eprintln!("{why:#}; taking Debian's packages instead");
                debian.ensure(paths)
            }
            outcome => outcome,
        },
    }
}

/// Whether this machine installs Debian's packages.
fn debian_is_there() -> bool {
    ["apt-get", "apt-cache", "dpkg"].iter().all(|program| process::find(program).is_some())
}

/// Refuses when rustup's server does not answer in time: `rustup` itself tries for minutes.
fn reach_rustup() -> Result<()> {
    let server = std::env::var("RUSTUP_DIST_SERVER").ok().filter(|server| !server.is_empty());
    let server = server.unwrap_or_else(|| "https://static.rust-lang.org".to_owned());
    let (host, port) = address_of(&server).with_context(|| format!("`{server}` names no host"))?;
    // With a proxy in between only the download itself can tell.
    if ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"].iter().any(|name| std::env::var_os(name).is_some()) {
        return Ok(());
    }
    let (tell, told) = mpsc::channel();
    let target = host.clone();
    // Looking a name up has no time limit of its own; a thread that is still at it ends with the process.
    thread::spawn(move || {
        let reached = (target.as_str(), port)
            .to_socket_addrs()
            .is_ok_and(|mut addresses| addresses.any(|address| TcpStream::connect_timeout(&address, REACH_RUSTUP).is_ok()));
        let _ = tell.send(reached);
    });
    match told.recv_timeout(REACH_RUSTUP) {
        Ok(true) => Ok(()),
        _ => bail!("rustup's server {host} cannot be reached"),
    }
}

/// Host and port of a web address.
fn address_of(address: &str) -> Option<(String, u16)> {
    let (scheme, rest) = address.split_once("://")?;
    let authority = rest.split('/').next().filter(|authority| !authority.is_empty())?;
    let usual = if scheme == "http" { 80 } else { 443 };
    match authority.rsplit_once(':') {
        Some((host, port)) => Some((host.to_owned(), port.parse().ok()?)),
        None => Some((authority.to_owned(), usual)),
    }
}

fn through_rustup(paths: &Paths) -> Result<Environment> {
    if !rustup_has_it(paths)? {
        reach_rustup().context(DEBIAN_HINT)?;
        eprintln!("adding the target {TARGET}");
        process::run(Command::new("rustup").args(["target", "add", TARGET]).current_dir(&paths.root))
            .with_context(|| format!("no standard library for {TARGET}; {DEBIAN_HINT}"))?;
    }
    Ok(Environment::new())
}

fn rustup_has_it(paths: &Paths) -> Result<bool> {
    Ok(stock_sysroot(paths)?.join("lib/rustlib").join(TARGET).join("lib").is_dir())
}

fn stock_sysroot(paths: &Paths) -> Result<PathBuf> {
    let sysroot = process::stdout_of(Command::new("rustc").args(["--print", "sysroot"]).current_dir(&paths.root))?;
    Ok(PathBuf::from(sysroot.trim()))
}

/// Debian's compiler and the standard library built with it, in `<cache>/wasm-std`.
struct DebianStd {
    folder: PathBuf,
}

impl DebianStd {
    fn new(paths: &Paths) -> Self {
        Self { folder: paths.cache.join("wasm-std") }
    }

    /// The packages' content.
    fn root(&self) -> PathBuf {
        self.folder.join("root")
    }

    fn sysroot(&self) -> PathBuf {
        self.folder.join("sysroot")
    }

    fn rustc(&self) -> PathBuf {
        self.root().join("usr/bin/rustc")
    }

    /// Debian's name of the machine, such as `x86_64-linux-gnu`, is also a folder of libraries.
    fn libraries(&self) -> PathBuf {
        self.root().join("usr/lib").join(format!("{}-linux-gnu", std::env::consts::ARCH))
    }

    /// Holds the version; written last, so that what was interrupted begins anew.
    fn stamp(&self) -> PathBuf {
        self.folder.join("version")
    }

    fn is_ready(&self) -> bool {
        self.stamp().is_file()
    }

    fn ensure(&self, paths: &Paths) -> Result<Environment> {
        if !self.is_ready() {
            self.build()?;
        }
        self.environment(paths)
    }

    fn environment(&self, paths: &Paths) -> Result<Environment> {
        let host = process::stdout_of(Command::new("rustc").arg("-vV").current_dir(&paths.root))?;
        let host = host.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc does not name its host")?;
        let linker = stock_sysroot(paths)?.join("lib/rustlib").join(host).join("bin/rust-lld");
        if !linker.is_file() {
            bail!("the toolchain has no linker for {TARGET} at {}", linker.display());
        }
        let mut sysroot_flag = OsString::from("--sysroot=");
        sysroot_flag.push(self.sysroot());
        Ok(vec![
            ("RUSTC", self.rustc().into()),
            ("LD_LIBRARY_PATH", self.libraries().into()),
            ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", sysroot_flag),
            ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker.into()),
        ])
    }

    fn build(&self) -> Result<()> {
        for program in ["apt-get", "apt-cache", "dpkg"] {
            if process::find(program).is_none() {
                bail!("VECTOROS_WASM_STD=debian needs Debian's `{program}`, which this machine does not have");
            }
        }
        let version = recent_version()?;
        eprintln!("building the standard library for {TARGET} with Debian's rustc-web {version}");
        if self.folder.exists() {
            fs::remove_dir_all(&self.folder)?;
        }
        self.unpack(&packages(&version)?)?;
        self.compile()?;
        fs::write(self.stamp(), version)?;
        Ok(())
    }

    fn unpack(&self, packages: &[String]) -> Result<()> {
        let downloads = self.folder.join("downloads");
        fs::create_dir_all(&downloads)?;
        fs::create_dir_all(self.root())?;
        // Root's downloads otherwise go through the user _apt, who may not write here.
        let mut download = Command::new("apt-get");
        download.args(["-q", "-o", "APT::Sandbox::User=root", "download"]).args(packages).current_dir(&downloads);
        process::run_quietly(&mut download)?;
        for package in fs::read_dir(&downloads)? {
            process::run(Command::new("dpkg").arg("-x").arg(package?.path()).arg(self.root()))?;
        }
        fs::remove_dir_all(downloads)?;
        Ok(())
    }

    /// Builds an empty crate with `-Zbuild-std` and keeps the standard library that falls out of it.
    fn compile(&self) -> Result<()> {
        let project = self.folder.join("build");
        fs::create_dir_all(project.join("src"))?;
        fs::write(
            project.join("Cargo.toml"),
            "[package]\nname = \"stdbuild\"\nversion = \"0.0.0\"\nedition = \"2021\"\n[profile.release]\ndebug = false\n[workspace]\n",
        )?;
        fs::write(project.join("src/lib.rs"), "#![no_std]\n")?;
        let mut build = process::cargo(&project, &["build", "--release", "-Zbuild-std=std,panic_abort", "--target", TARGET]);
        build
            .arg("--target-dir")
            .arg(project.join("target"))
            .env("RUSTC", self.rustc())
            .env("RUSTC_BOOTSTRAP", "1")
            .env("LD_LIBRARY_PATH", self.libraries());
        process::run(&mut build)?;

        let libraries = self.sysroot().join("lib/rustlib").join(TARGET).join("lib");
        fs::create_dir_all(&libraries)?;
        for file in fs::read_dir(project.join("target").join(TARGET).join("release/deps"))? {
            let path = file?.path();
            let name = path.file_name().context("a file without a name")?.to_string_lossy().into_owned();
            if (name.ends_with(".rlib") || name.ends_with(".rmeta")) && !name.starts_with("libstdbuild") {
                fs::copy(&path, libraries.join(name))?;
            }
        }
        fs::remove_dir_all(project)?;
        Ok(())
    }
}

/// The version of `rustc-web` that apt would install, after a refresh of its lists when that one is too old.
fn recent_version() -> Result<String> {
    let recent = |version: &String| rustc_version(version).is_some_and(|found| found >= OLDEST_RUSTC);
    let mut candidate = candidate("rustc-web")?;
    if !candidate.as_ref().is_some_and(recent) && process::is_root() {
        process::run_quietly(Command::new("apt-get").args(["-q", "update"]))?;
        candidate = self::candidate("rustc-web")?;
    }
    candidate.filter(recent).with_context(|| {
        format!("apt knows no rustc-web {}.{} or newer; `apt-get update` as root may help", OLDEST_RUSTC.0, OLDEST_RUSTC.1)
    })
}

/// The two leading numbers of a version such as `1.96.0+dfsg1-1~deb12u2`.
fn rustc_version(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

fn candidate(package: &str) -> Result<Option<String>> {
    let policy = process::stdout_of(Command::new("apt-cache").args(["policy", package]).env("LC_ALL", "C"))?;
    let version = policy.lines().find_map(|line| line.trim().strip_prefix("Candidate: "));
    Ok(version.filter(|version| *version != "(none)").map(str::to_owned))
}

/// The packages to unpack: the compiler, its libraries, and the sources of the standard library.
fn packages(version: &str) -> Result<Vec<String>> {
    let std_package = dependency(&format!("libstd-rust-web-dev={version}"), "libstd-rust-web-")?;
    let llvm = dependency(&format!("{std_package}={version}"), "libllvm")?;
    let mut packages: Vec<String> =
        ["rustc-web", "rust-web-src", "libstd-rust-web-dev", &std_package].iter().map(|name| format!("{name}={version}")).collect();
    packages.push(llvm);
    Ok(packages)
}

/// The first package whose name begins with `prefix` among those that `package` depends on.
fn dependency(package: &str, prefix: &str) -> Result<String> {
    let description = process::stdout_of(Command::new("apt-cache").args(["show", package]).env("LC_ALL", "C"))?;
    find_dependency(&description, prefix).with_context(|| format!("{package} names no dependency {prefix}…")).map(str::to_owned)
}

fn find_dependency<'a>(description: &'a str, prefix: &str) -> Option<&'a str> {
    let depends = description.lines().find_map(|line| line.strip_prefix("Depends: "))?;
    depends.split([',', '|']).filter_map(|entry| entry.split_whitespace().next()).find(|name| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_a_host_and_a_port() {
        assert_eq!(address_of("https://static.example"), Some(("static.example".into(), 443)));
        assert_eq!(address_of("http://mirror.example:8080/rust"), Some(("mirror.example".into(), 8080)));
        assert_eq!(address_of("nothing"), None);
        assert_eq!(address_of("https:///path"), None);
    }

    #[test]
    fn debian_versions_begin_with_the_compiler_s() {
        assert_eq!(rustc_version("1.96.0+dfsg1-1~deb12u2"), Some((1, 96)));
        assert_eq!(rustc_version("none"), None);
        assert!(rustc_version("1.85.0+dfsg3-1~deb12u3") < Some(OLDEST_RUSTC));
    }

    #[test]
    fn dependencies_are_found_by_prefix() {
        let description = "Package: x\nDepends: libc6 (>= 2.34), libllvm19 (>= 1:19.1.7), libgcc-s1 | other\nSize: 1\n";
        assert_eq!(find_dependency(description, "libllvm"), Some("libllvm19"));
        assert_eq!(find_dependency(description, "libstd"), None);
    }
}
