//! `front`: how large the browser client is, and how quickly pages of the demo workspace stand in Chromium.

use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

use crate::{
    browser,
    build::{self, Profile},
    cleanup::TempFolder,
    client,
    paths::Paths,
    process,
    server::{self, Server},
    setup,
};

/// Builds the client, serves a demo workspace and looks at its pages.
pub fn measure(paths: &Paths, profile: Profile) -> Result<Map<String, Value>> {
    setup::models_if_possible(paths);
    build::site_only(paths, profile)?;
    let binary = build::server_binary(paths, profile);
    let (chromium, folder) = browser::ready(paths)?;
    let workspace = TempFolder::new("front")?;
    process::run(&mut server::command(paths, &binary, &workspace.path, &["demo"]))?;
    let server = Server::start(paths, &binary, &workspace.path, paths.target.join("front-server.log"))?;
    let mut look = Command::new("node");
    look.arg("front.mjs").current_dir(folder).env("VECTOROS_BASE_URL", format!("http://{}", server.address));
    let pages = process::stdout_of(look.env("VECTOROS_CHROMIUM", chromium))?;
    let pages: Value = serde_json::from_str(&pages).with_context(|| format!("front.mjs printed {pages}"))?;
    let files = client::sizes(paths)?;
    let client: Vec<Value> =
        files.iter().map(|size| json!({ "file": size.file, "bytes": size.raw, "brotli_bytes": size.brotli })).collect();
    Ok(Map::from_iter([("client".to_owned(), client.into()), ("pages".to_owned(), pages)]))
}

/// The figures as a table.
pub fn table(figures: &Value) -> String {
    let mut lines = Vec::new();
    for file in figures["client"].as_array().into_iter().flatten() {
        lines.push(format!(
            "{:<22} {:>9} bytes, {:>8} as brotli",
            file["file"].as_str().unwrap_or_default(),
            file["bytes"],
            file["brotli_bytes"]
        ));
    }
    for (page, of) in figures["pages"].as_object().into_iter().flatten() {
        lines.push(format!(
            "{page:<22} LCP {:>4} ms (first {:>4}), alive {:>4} ms, by a link {:>4} ms, {} KiB",
            of["lcp_ms"], of["first_ms"], of["alive_ms"], of["move_ms"], of["html_kib"]
        ));
    }
    lines.push(String::new());
    lines.join("\n")
}
