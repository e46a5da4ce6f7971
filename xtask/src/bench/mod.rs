//! `cargo xtask bench`: the figures of README's Benchmarks section.
//!
//! Each part can be asked for by itself and then prepares what it stands on; parts asked for together share one workspace and
//! one set of feature tables, in temporary folders.

mod api;
mod builds;
mod figures;
mod front;
mod learning;
mod load;
mod model;
mod monitor;
mod scale;
mod table;
mod vectors;
mod workspace;
mod year;

use std::path::PathBuf;

use anyhow::{Result, bail};
use serde_json::{Map, Value};

use self::workspace::Workspace;
use crate::{
    build::{self, Profile},
    paths::Paths,
};

const PARTS: [&str; 12] = ["import", "train", "score", "pages", "model", "api", "monitor", "learning", "front", "vectors", "scale", "year"];
/// Parts that need no workspace with the IBM file.
const APART: [&str; 7] = ["model", "monitor", "learning", "front", "vectors", "scale", "year"];
/// Parts that need no server either.
const ALONE: [&str; 4] = ["model", "learning", "vectors", "year"];

pub fn run(paths: &Paths, arguments: &[String]) -> Result<()> {
    if let Some((_, rest)) = arguments.split_first().filter(|(part, _)| *part == "build") {
        return builds::run(paths, rest);
    }
    let options = Options::read(paths, arguments)?;
    let mut workspace = None;
    if options.parts.iter().any(|part| !ALONE.contains(part)) {
        build::server(paths, options.profile)?;
    }
    if options.parts.iter().any(|part| !APART.contains(part)) {
        workspace = Some(Workspace::new(paths, &options)?);
    }
    let mut learners = None;
    if options.parts.iter().any(|part| ["model", "api"].contains(part)) {
        learners = Some(model::Learners::new(paths, &options)?);
    }
    let mut report = Map::new();
    for part in &options.parts {
        let figures = match (*part, &mut workspace, &mut learners) {
            ("learning", ..) => learning::measure(paths)?,
            ("vectors", ..) => vectors::measure(paths)?,
            ("front", ..) => front::measure(paths, options.profile)?,
            ("monitor", ..) => monitor::measure(paths, &build::server_binary(paths, options.profile))?,
            ("scale", ..) => scale::measure(paths, &build::server_binary(paths, options.profile), options.deals.unwrap_or(scale::DEALS))?,
            ("year", ..) => {
                let deals = options.deals.unwrap_or(year::DEALS);
                year::measure(paths, options.profile, deals, options.days, options.database.as_deref())?
            }
            ("import", Some(workspace), _) => workspace::import_figures(&workspace.imported()?),
            ("train", Some(workspace), _) => workspace::train_figures(&workspace.trained()?),
            ("score", Some(workspace), _) => workspace::score_figures(&workspace.scored()?),
            ("pages", Some(workspace), _) => workspace.pages()?,
            ("api", Some(workspace), Some(learners)) => api::measure(workspace, learners)?,
            (_, _, Some(learners)) => learners.compare()?,
            _ => continue,
        };
        report.insert((*part).to_owned(), Value::Object(figures));
    }
    if options.json {
        println!("{}", Value::Object(report));
    } else {
        print!("{}", workspace::table(&report));
        print!("{}", report.get("model").map(table::models).unwrap_or_default());
        print!("{}", report.get("api").map(table::api).unwrap_or_default());
        print!("{}", report.get("monitor").map(monitor::table).unwrap_or_default());
        print!("{}", report.get("front").map(front::table).unwrap_or_default());
        print!("{}", report.get("learning").map(learning::table).unwrap_or_default());
        print!("{}", report.get("vectors").map(vectors::table).unwrap_or_default());
        print!("{}", report.get("scale").map(scale::table).unwrap_or_default());
        print!("{}", report.get("year").map(year::table).unwrap_or_default());
    }
    Ok(())
}

#[derive(Debug)]
struct Options {
    parts: Vec<&'static str>,
    data: PathBuf,
    json: bool,
    profile: Profile,
    /// Only this data set of the model's.
    set: Option<String>,
    /// Deals of the made-up workspaces that show how memory grows, and what a year leaves behind.
    deals: Option<u64>,
    /// Days of that year.
    days: u64,
    /// The year is lived on this empty Postgres database; on SQLite without.
    database: Option<String>,
}

impl Options {
    fn read(paths: &Paths, arguments: &[String]) -> Result<Self> {
        use lexopt::{
            Arg::{Long, Value},
            ValueExt,
        };
        let data = paths.root.join("../shared/data");
        let mut options =
            Self { parts: Vec::new(), data, json: false, profile: Profile::Release, set: None, deals: None, days: 365, database: None };
        let mut parser = lexopt::Parser::from_args(arguments);
        while let Some(argument) = parser.next()? {
            match argument {
                Long("data") => options.data = std::path::absolute(parser.value()?)?,
                Long("set") => options.set = Some(parser.value()?.to_string_lossy().into_owned()),
                Long("deals") => options.deals = Some(parser.value()?.parse()?),
                Long("days") => options.days = parser.value()?.parse()?,
                Long("database") => options.database = Some(parser.value()?.to_string_lossy().into_owned()),
                Long("json") => options.json = true,
                Long("dev") => options.profile = Profile::Dev,
                Value(part) if part == "all" => options.parts.extend(PARTS),
                Value(part) => match PARTS.iter().find(|known| part == **known) {
                    Some(known) => options.parts.push(known),
                    None => bail!("there is no measurement `{}`; there are {}, all", part.to_string_lossy(), PARTS.join(", ")),
                },
                other => return Err(other.unexpected().into()),
            }
        }
        if options.parts.is_empty() {
            bail!("say what to measure: {} or all", PARTS.join(", "));
        }
        Ok(options)
    }
}
