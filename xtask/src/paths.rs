//! Where things are.

use std::path::PathBuf;

use anyhow::{Context, Result};

/// The folders that every command works with; all absolute.
pub struct Paths {
    /// The repository.
    pub root: PathBuf,
    /// Cargo's target folder of the server, the tests and the site.
    pub target: PathBuf,
    /// Fetched and expensive things that outlive a clone.
    pub cache: PathBuf,
}

impl Paths {
    pub fn discover() -> Result<Self> {
        // Asked for at run time: a target folder that two clones share keeps the program of one of them.
        let folder = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
        let root = folder.parent().context("xtask stands outside a repository")?.to_path_buf();
        let target = match set("CARGO_TARGET_DIR") {
            Some(folder) => std::path::absolute(folder)?,
            None => root.join("target"),
        };
        Ok(Self { root, target, cache: std::path::absolute(cache_folder()?)? })
    }

    /// The files that the server serves.
    pub fn site(&self) -> PathBuf {
        self.target.join("site")
    }

    /// The client's own target folder: another compiler may build it.
    pub fn client_target(&self) -> PathBuf {
        self.cache.join("wasm-target")
    }

    /// The embedding model and ONNX Runtime.
    pub fn models(&self) -> PathBuf {
        self.cache.join("models")
    }
}

fn cache_folder() -> Result<PathBuf> {
    if let Some(folder) = set("VECTOROS_CACHE_DIR") {
        return Ok(folder);
    }
    if let Some(folder) = set("XDG_CACHE_HOME") {
        return Ok(folder.join("vectoros"));
    }
    let home = set("HOME").context("set VECTOROS_CACHE_DIR: there is no HOME to keep a cache in")?;
    Ok(home.join(".cache").join("vectoros"))
}

/// A variable that is set to something.
fn set(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}
