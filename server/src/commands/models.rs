//! `vectoros models`.

use anyhow::Result;
use app::domain::models::ModelSummary;

use crate::{cli::Models, config::Config};

pub async fn run(config: &Config, command: Models) -> Result<()> {
    let app = super::open(config).await?;
    match command {
        Models::List { json } => {
            let models = app.models().models().await?;
            if json {
                return super::print_json(&models);
            }
            if models.is_empty() {
                println!("No model yet: `vectoros train` makes one.");
            }
            models.iter().for_each(|model| println!("{}", line(model)));
        }
        Models::Publish { version } => {
            app.models().publish(version, None).await?;
            println!("Model {version} scores the deals now.");
        }
        Models::Rollback => {
            let version = app.models().roll_back(None).await?;
            println!("Model {version} scores the deals again.");
        }
    }
    Ok(())
}

fn line(model: &ModelSummary) -> String {
    let figure = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.3}"));
    let trained = model.trained_at.format("%Y-%m-%d %H:%M");
    let state = if model.ready { model.state.label() } else { "Not ready" };
    format!(
        "{:>4}  {state:<10} {:<20} trained {trained} on {} deals, AUC {}, log-loss {}, artifact {}",
        model.version,
        model.learner,
        model.deals,
        figure(model.roc_auc),
        figure(model.log_loss),
        model.artifact.as_deref().unwrap_or("none"),
    )
}
