//! `vectoros report`.

use anyhow::{Context, Result, bail};
use app::report;

use crate::{
    cli::{FormatArg, Report},
    config::Config,
};

pub async fn run(config: &Config, args: Report) -> Result<()> {
    let app = super::open(config).await?;
    let Some(document) = app.models().model_document(args.model).await? else {
        match args.model {
            Some(version) => bail!("there is no model {version} with a report; `vectoros models list` shows what there is"),
            None => bail!("there is no model yet; `vectoros train` makes one"),
        }
    };
    let text = match args.format {
        FormatArg::Html => report::html(&document),
        FormatArg::Md => report::markdown(&document),
    };
    match args.out {
        Some(path) => {
            std::fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))?;
            eprintln!("report on model {} written to {}", document.summary.version, path.display());
        }
        None => print!("{text}"),
    }
    Ok(())
}
