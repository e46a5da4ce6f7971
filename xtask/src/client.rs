//! The browser client: compiled to WebAssembly, bound to JavaScript, made small.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::{
    build::Profile,
    paths::Paths,
    process,
    wasm_std::{Environment, TARGET},
};

/// The name that the pages ask for: `/pkg/vectoros.js` and `/pkg/vectoros_bg.wasm`.
const NAME: &str = "vectoros";

/// The npm package that carries `wasm-opt`, for machines that have Node but not the tool itself.
const BINARYEN: &str = "binaryen@132.0.0";

/// Writes `x.br` and `x.gz` beside each file x given as an argument; the first argument is the effort, from 0 to 1.
const COMPRESS: &str = "\
const fs = require('fs'), zlib = require('zlib');
const [effort, ...files] = process.argv.slice(1);
const quality = Math.round(effort * zlib.constants.BROTLI_MAX_QUALITY), level = Math.max(1, Math.round(effort * 9));
for (const file of files) {
  const content = fs.readFileSync(file);
  const params = { [zlib.constants.BROTLI_PARAM_QUALITY]: quality, [zlib.constants.BROTLI_PARAM_SIZE_HINT]: content.length };
  fs.writeFileSync(file + '.br', zlib.brotliCompressSync(content, { params }));
  fs.writeFileSync(file + '.gz', zlib.gzipSync(content, { level }));
}";

/// Builds the client into `<site>/pkg`, unless it stands there already, and returns how many warnings the compiler gave.
pub fn build(paths: &Paths, profile: Profile, environment: &Environment) -> Result<usize> {
    let warnings = compile(paths, profile, environment)?;
    let wasm = module(paths, profile);
    let package = paths.site().join("pkg");
    let stamp = paths.site().join(".client");
    let state = state_of(&wasm, profile)?;
    if package.is_dir() && fs::read_to_string(&stamp).is_ok_and(|built| built == state) {
        return Ok(warnings);
    }

    let fresh = paths.site().join(".pkg");
    if fresh.exists() {
        fs::remove_dir_all(&fresh)?;
    }
    fs::create_dir_all(&fresh)?;
    bind(&wasm, &fresh, profile)?;
    if profile == Profile::Release {
        shrink(paths, &fresh.join(format!("{NAME}_bg.wasm")));
    }
    compress(&fresh, profile)?;
    if package.exists() {
        fs::remove_dir_all(&package)?;
    }
    fs::rename(&fresh, &package)?;
    fs::write(stamp, state)?;
    Ok(warnings)
}

/// How large a file of the client is, in bytes: as it is, and as it travels.
#[derive(Debug, Clone, PartialEq)]
pub struct Size {
    pub file: String,
    pub raw: u64,
    /// `None` where no Node was there to compress it.
    pub brotli: Option<u64>,
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kib = |bytes: u64| format!("{:.1} KiB", bytes as f64 / 1024.0);
        write!(f, "{:<20} {:>12}", self.file, kib(self.raw))?;
        if let Some(brotli) = self.brotli {
            write!(f, "  {:>10} as brotli", kib(brotli))?;
        }
        Ok(())
    }
}

/// The sizes of the scripts and modules that were built last.
pub fn sizes(paths: &Paths) -> Result<Vec<Size>> {
    let package = paths.site().join("pkg");
    let mut sizes = Vec::new();
    for entry in fs::read_dir(&package).with_context(|| format!("{} cannot be read", package.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "js" || extension == "wasm") {
            let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let brotli = fs::metadata(package.join(format!("{file}.br"))).ok().map(|about| about.len());
            sizes.push(Size { file, raw: fs::metadata(&path)?.len(), brotli });
        }
    }
    sizes.sort_by(|a, b| a.file.cmp(&b.file));
    Ok(sizes)
}

/// The module as the compiler leaves it.
fn module(paths: &Paths, profile: Profile) -> PathBuf {
    let folder = match profile {
        Profile::Dev => "debug",
        Profile::Release => "wasm-release",
    };
    paths.client_target().join(TARGET).join(folder).join("frontend.wasm")
}

/// Compiles the frontend, shows what the compiler says, and counts its warnings.
fn compile(paths: &Paths, profile: Profile, environment: &Environment) -> Result<usize> {
    let cargo_profile = match profile {
        Profile::Dev => "dev",
        Profile::Release => "wasm-release",
    };
    let mut build = process::cargo(&paths.root, &["build", "--package", "frontend", "--lib", "--target", TARGET]);
    build.args(["--profile", cargo_profile, "--message-format=json-diagnostic-rendered-ansi", "--target-dir"]).arg(paths.client_target());
    // Either of these would displace the flags of the target, with which the standard library is found.
    build.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    build.envs(environment.iter().map(|(name, value)| (name, value)));
    let mut warnings = 0;
    process::run_by_line(&mut build, |line| {
        let Ok(message) = serde_json::from_str::<serde_json::Value>(line) else { return };
        let Some(rendered) = message["message"]["rendered"].as_str() else { return };
        eprint!("{rendered}");
        // The compiler counts its warnings in a last one, which points nowhere.
        if message["message"]["level"] == "warning" && message["message"]["spans"].as_array().is_some_and(|spans| !spans.is_empty()) {
            warnings += 1;
        }
    })?;
    Ok(warnings)
}

/// What the output depends on: another state means that it must be made again.
fn state_of(wasm: &Path, profile: Profile) -> Result<String> {
    let about = fs::metadata(wasm).with_context(|| format!("{} was not built", wasm.display()))?;
    let changed = about.modified()?.duration_since(UNIX_EPOCH)?.as_nanos();
    Ok(format!("{profile:?} {} bytes, {changed} ns", about.len()))
}

/// What the command wasm-bindgen does, in its library's words.
fn bind(wasm: &Path, folder: &Path, profile: Profile) -> Result<()> {
    let release = profile == Profile::Release;
    let mut bindgen = Bindgen::new();
    bindgen.input_path(wasm).out_name(NAME).typescript(false).web(true)?;
    bindgen.remove_name_section(release).remove_producers_section(release);
    bindgen.generate(folder).context("wasm-bindgen could not bind the client")
}

/// Runs `wasm-opt -Oz` where it can be had; without it the client only is bigger.
fn shrink(paths: &Paths, wasm: &Path) {
    let Some(tool) = process::find("wasm-opt").or_else(|| wasm_opt_from_npm(paths)) else {
        eprintln!("wasm-opt is not installed and could not be fetched: the client stays larger than it could be");
        return;
    };
    let smaller = wasm.with_extension("smaller");
    let result = process::run_quietly(Command::new(tool).arg("-Oz").arg(wasm).arg("-o").arg(&smaller));
    if let Err(error) = result.and_then(|()| Ok(fs::rename(&smaller, wasm)?)) {
        eprintln!("the client stays larger than it could be: {error:#}");
    }
}

fn wasm_opt_from_npm(paths: &Paths) -> Option<PathBuf> {
    let folder = paths.cache.join("binaryen");
    let tool = folder.join("node_modules/.bin/wasm-opt");
    if !tool.is_file() {
        process::find("node")?;
        fs::create_dir_all(&folder).ok()?;
        eprintln!("fetching {BINARYEN}");
        process::run_quietly(Command::new("npm").args(["install", "--no-save", "--prefix"]).arg(&folder).arg(BINARYEN)).ok()?;
    }
    tool.is_file().then_some(tool)
}

/// Compresses scripts and modules once, so that the server need not on every request; without Node it does.
fn compress(folder: &Path, profile: Profile) -> Result<()> {
    if process::find("node").is_none() {
        return Ok(());
    }
    let mut command = Command::new("node");
    command.args(["-e", COMPRESS, "--", if profile == Profile::Release { "1" } else { "0.3" }]);
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "js" || extension == "wasm") {
            command.arg(path);
        }
    }
    process::run_quietly(&mut command)
}
