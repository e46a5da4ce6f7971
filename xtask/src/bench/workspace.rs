//! The product's own speed, on a workspace that holds the IBM file: import, training, scoring, pages.

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

use super::Options;
use super::load::percentile_ms;
use crate::{
    build,
    cleanup::TempFolder,
    http::Client,
    paths::Paths,
    process,
    server::{self, Server},
};

/// The measured list, and how often each page of it is fetched after a few requests that do not count.
const PAGES: [(&str, &str); 2] = [("first page", "/deals?outcome=all"), ("page 500", "/deals?outcome=all&page=500")];
const REQUESTS: usize = 200;
const WARM_UP: usize = 10;

pub const EMAIL: &str = "bench@vectoros.example";
const PASSWORD: &str = "only-for-this-measurement";

/// One workspace, and what has been done to it so far.
pub struct Workspace<'a> {
    pub paths: &'a Paths,
    pub binary: PathBuf,
    source: PathBuf,
    pub folder: TempFolder,
    imported: Option<Value>,
    trained: Option<Value>,
    scored: Option<Value>,
    /// Whether the person who looks at pages is there.
    has_user: bool,
}

impl<'a> Workspace<'a> {
    pub fn new(paths: &'a Paths, options: &Options) -> Result<Self> {
        let source = options.data.join("ibm_sales_win_loss.csv.gz");
        if !source.is_file() {
            bail!("{} is missing; `--data DIR` names the folder it is in", source.display());
        }
        let binary = build::server_binary(paths, options.profile);
        Ok(Self { paths, binary, source, folder: TempFolder::new("bench")?, imported: None, trained: None, scored: None, has_user: false })
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        server::command(self.paths, &self.binary, &self.folder.path, arguments)
    }

    /// What a command with `--json` answers.
    fn answer(&self, command: &mut Command) -> Result<Value> {
        let answer = process::stdout_of(command)?;
        serde_json::from_str(&answer).with_context(|| format!("`{}` did not answer in JSON: {answer}", process::line_of(command)))
    }

    pub fn imported(&mut self) -> Result<Value> {
        if self.imported.is_none() {
            let mut import = self.command(&["import", "--json", "--mapping"]);
            import.arg(self.paths.root.join("examples/mappings/ibm.toml")).arg(&self.source);
            self.imported = Some(self.answer(&mut import)?);
        }
        self.imported.clone().context("the import is done")
    }

    pub fn trained(&mut self) -> Result<Value> {
        if self.trained.is_none() {
            self.imported()?;
            self.trained = Some(self.answer(&mut self.command(&["train", "--json"]))?);
        }
        self.trained.clone().context("the training is done")
    }

    /// All of the file's deals are closed: `--all` scores them all the same.
    pub fn scored(&mut self) -> Result<Value> {
        if self.scored.is_none() {
            self.trained()?;
            self.scored = Some(self.answer(&mut self.command(&["score", "--json", "--all"]))?);
        }
        self.scored.clone().context("the scoring is done")
    }

    /// A server over the scored deals, and a client that is signed in to it.
    pub fn serve(&mut self) -> Result<(Server, Client)> {
        self.scored()?;
        if !self.has_user {
            let mut add = self.command(&["user", "add", "--email", EMAIL, "--name", "Bench", "--role", "admin"]);
            process::run_quietly(add.env("VECTOROS_USER_PASSWORD", PASSWORD))?;
            self.has_user = true;
        }
        let server = Server::start(self.paths, &self.binary, &self.folder.path, self.folder.path.join("server.log"))?;
        let mut client = Client::connect(&server.address)?;
        sign_in(&mut client)?;
        Ok((server, client))
    }

    pub fn pages(&mut self) -> Result<Map<String, Value>> {
        let (_server, mut client) = self.serve()?;
        let mut figures = Map::new();
        for (name, path) in PAGES {
            figures.insert(name.to_owned(), measure(&mut client, path)?);
        }
        Ok(figures)
    }
}

/// Signs in through the form of the sign-in page, as a browser without JavaScript does.
fn sign_in(client: &mut Client) -> Result<()> {
    let page = client.get("/login")?;
    let page = String::from_utf8_lossy(&page.body).into_owned();
    let action = form_action(&page).context("the sign-in page has no form")?;
    client.post_form(&action, &[("email", EMAIL), ("password", PASSWORD)])?;
    let list = client.get(PAGES[0].1)?;
    if list.status != 200 {
        bail!("the deal list answered {} after signing in", list.status);
    }
    Ok(())
}

/// The address that the form with a password field posts to.
fn form_action(page: &str) -> Option<String> {
    page.split("<form").skip(1).find_map(|form| {
        let form = form.split("</form").next()?;
        form.contains("name=\"password\"").then_some(())?;
        let action = form.split("action=\"").nth(1)?.split('"').next()?;
        Some(action.replace("&amp;", "&"))
    })
}

/// Fetches one page again and again over one connection.
fn measure(client: &mut Client, path: &str) -> Result<Value> {
    let mut times = Vec::with_capacity(REQUESTS);
    let mut bytes = 0;
    for request in 0..WARM_UP + REQUESTS {
        let start = Instant::now();
        let page = client.get(path)?;
        let time = start.elapsed();
        if page.status != 200 {
            bail!("{path} answered {}", page.status);
        }
        bytes = page.body.len();
        if request >= WARM_UP {
            times.push(time);
        }
    }
    times.sort();
    Ok(json!({ "requests": REQUESTS, "bytes": bytes, "p50_ms": percentile_ms(&times, 0.50), "p99_ms": percentile_ms(&times, 0.99) }))
}

pub fn import_figures(answer: &Value) -> Map<String, Value> {
    let rows: f64 = ["imported", "updated", "unchanged", "rejected"].iter().filter_map(|kind| answer[*kind].as_f64()).sum();
    with_speed(answer, "rows_per_second", rows)
}

pub fn train_figures(answer: &Value) -> Map<String, Value> {
    answer.as_object().cloned().unwrap_or_default()
}

pub fn score_figures(answer: &Value) -> Map<String, Value> {
    with_speed(answer, "deals_per_second", answer["deals"].as_f64().unwrap_or_default())
}

fn with_speed(answer: &Value, name: &str, count: f64) -> Map<String, Value> {
    let mut figures = answer.as_object().cloned().unwrap_or_default();
    if let Some(seconds) = answer["seconds"].as_f64().filter(|seconds| *seconds > 0.0) {
        figures.insert(name.to_owned(), json!((count / seconds).round()));
    }
    figures
}

/// The figures in lines of text, beside the goals that issue and README name.
pub fn table(report: &Map<String, Value>) -> String {
    let mut lines = Vec::new();
    let mut line =
        |measure: &str, figure: String, goal: &str| lines.push(format!("{measure:<24} {figure:>22}   {goal}").trim_end().to_owned());
    let number = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
    if let Some(import) = report.get("import") {
        line("import", format!("{:.1} s", number(&import["seconds"])), "under 30 s");
        line("", format!("{:.0} rows/s", number(&import["rows_per_second"])), "");
    }
    if let Some(train) = report.get("train") {
        let holdout = &train["metrics"]["holdout"];
        line("train", format!("{:.1} s", number(&train["seconds"])), "under 60 s");
        line("  newest fifth", format!("ROC AUC {:.4}", number(&holdout["roc_auc"])), "0.86 or more");
    }
    if let Some(score) = report.get("score") {
        line("score", format!("{:.1} s", number(&score["seconds"])), "under 20 s");
        line("", format!("{:.0} deals/s", number(&score["deals_per_second"])), "");
    }
    if let Some(pages) = report.get("pages") {
        for (name, _) in PAGES {
            let page = &pages[name];
            let figure = format!("p50 {:.1}, p99 {:.1} ms", number(&page["p50_ms"]), number(&page["p99_ms"]));
            line(&format!("deal list, {name}"), figure, "p99 under 60 ms");
        }
    }
    if !lines.is_empty() {
        lines.insert(0, format!("{:<24} {:>22}   {}", "measure", "figure", "goal"));
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_with_the_password_is_found() {
        let page = r#"<form action="/search"><input name="q"></form><form method="post" action="/api/sign_in77?a=1&amp;b=2">
            <input type="password" name="password"></form>"#;
        assert_eq!(form_action(page).as_deref(), Some("/api/sign_in77?a=1&b=2"));
        assert_eq!(form_action("<p>nothing</p>"), None);
    }

    #[test]
    fn speeds_come_from_counts_and_seconds() {
        let figures = import_figures(&json!({"imported": 900, "updated": 0, "unchanged": 0, "rejected": 100, "seconds": 2.0}));
        assert_eq!(figures["rows_per_second"], json!(500.0));
        assert!(!score_figures(&json!({"deals": 5, "seconds": 0.0})).contains_key("deals_per_second"));
    }

    #[test]
    fn the_table_shows_only_what_was_measured() {
        let mut report = Map::new();
        report.insert("score".into(), Value::Object(score_figures(&json!({"deals": 300, "seconds": 2.0}))));
        let table = table(&report);
        assert!(table.contains("150 deals/s"), "{table}");
        assert!(!table.contains("import"), "{table}");
    }
}
