//! Where settings come from: flags, then the environment, then a file, then defaults.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use app::{
    notifications::{mail::Mailer, slack::SlackHook},
    services::{MOST_DEALS, Outbound, SWEEP_MINUTES},
    store::{ArtifactStore, Store},
};
use figment::{
    Figment,
    providers::{Env, Format, Serialized, Toml},
};
use serde::{Deserialize, Serialize};

use crate::cli::Settings;

/// How long Slack may take to answer.
const SLACK_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(10);

/// The settings in force.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub addr: SocketAddr,
    pub data_dir: PathBuf,
    /// `None`: SQLite in the data folder.
    pub database_url: Option<String>,
    pub model_dir: PathBuf,
    /// Folder or address of the trained models; `None`: a folder in the data folder.
    pub artifacts: Option<String>,
    pub site_dir: PathBuf,
    pub secure_cookies: bool,
    /// Where people reach the server; `None`: where it serves.
    pub public_url: Option<String>,
    pub mail_from: String,
    pub sweep_minutes: u32,
    /// Closed deals that a training learns from, at most.
    pub train_deals: usize,
}

impl Config {
    pub fn load(settings: &Settings) -> Result<Self> {
        let file = settings.config.clone().unwrap_or_else(|| "vectoros.toml".into());
        if settings.config.is_some() && !file.exists() {
            bail!("the configuration file {} is not there", file.display());
        }
        let mut figment = Figment::from(Serialized::defaults(Self::defaults()))
            .merge(Toml::file(&file))
            .merge(Env::raw().only(&["DATABASE_URL"]))
            .merge(Env::prefixed("VECTOROS_").only(&[
                "ADDR",
                "DATA_DIR",
                "MODEL_DIR",
                "ARTIFACTS",
                "SITE_DIR",
                "SECURE_COOKIES",
                "PUBLIC_URL",
                "MAIL_FROM",
                "SWEEP_MINUTES",
                "TRAIN_DEALS",
            ]));
        let flags: [(&str, Option<String>); 6] = [
            ("addr", settings.addr.clone()),
            ("data_dir", settings.data_dir.as_deref().map(text)),
            ("database_url", settings.database_url.clone()),
            ("model_dir", settings.model_dir.as_deref().map(text)),
            ("artifacts", settings.artifacts.clone()),
            ("site_dir", settings.site_dir.as_deref().map(text)),
        ];
        for (key, value) in flags {
            if let Some(value) = value {
                figment = figment.merge(Serialized::default(key, value));
            }
        }
        let config: Self = figment.extract().context("the settings cannot be read")?;
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        Ok(Self { database_url: given(config.database_url), artifacts: given(config.artifacts), ..config })
    }

    fn defaults() -> Self {
        Self {
            addr: SocketAddr::from(([127, 0, 0, 1], 3000)),
            data_dir: "data".into(),
            database_url: None,
            model_dir: cache_dir().join("models"),
            artifacts: None,
            site_dir: beside_program("site"),
            secure_cookies: false,
            public_url: None,
            mail_from: "VectorOS <vectoros@localhost>".into(),
            sweep_minutes: SWEEP_MINUTES,
            train_deals: MOST_DEALS,
        }
    }

    /// Opens the database, creating the data folder when missing.
    pub async fn open_store(&self) -> Result<Store> {
        std::fs::create_dir_all(&self.data_dir).with_context(|| format!("the data folder {} cannot be made", self.data_dir.display()))?;
        match &self.database_url {
            // The address holds a password, so it is not repeated in the message.
            Some(url) => Store::open(url).await.context("the database named by DATABASE_URL cannot be opened"),
            None => Store::open_embedded(&self.data_dir)
                .await
                .with_context(|| format!("the embedded database in {} cannot be opened", self.data_dir.display())),
        }
    }

    /// Opens the store of the trained models.
    pub fn open_artifacts(&self) -> Result<ArtifactStore> {
        let address = self.artifacts.clone().unwrap_or_else(|| text(&self.data_dir.join("models")));
        ArtifactStore::open(&address).context("the store of the trained models (VECTOROS_ARTIFACTS) cannot be opened")
    }

    /// The ways out of the app. Their secrets come from the environment only, and are kept nowhere else.
    pub fn outbound(&self) -> Result<Outbound> {
        let secret = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let mailer = secret("VECTOROS_SMTP_URL").map(|url| Mailer::new(&url, &self.mail_from)).transpose();
        let slack = secret("VECTOROS_SLACK_WEBHOOK").map(|url| SlackHook::new(&url, SLACK_TIMEOUT)).transpose();
        let public_url = self.public_url.clone().unwrap_or_else(|| format!("http://{}", self.addr));
        Ok(Outbound {
            mailer: mailer.context("VECTOROS_SMTP_URL or VECTOROS_MAIL_FROM cannot be used")?,
            slack: slack.context("VECTOROS_SLACK_WEBHOOK cannot be used")?,
            public_url: public_url.trim_end_matches('/').to_owned(),
        })
    }

    /// Removes the folder in which versions before this one kept a vector index of their own. One of them that runs again makes it
    /// anew from the database; left as it is, it would tell of deals as they were before they closed.
    pub fn remove_old_index(&self) {
        let folder = self.data_dir.join("vectors");
        if folder.join("lock").exists() {
            match std::fs::remove_dir_all(&folder) {
                Ok(()) => tracing::info!(folder = %folder.display(), "removed the vector index of an earlier version"),
                Err(error) => tracing::warn!(folder = %folder.display(), %error, "the vector index of an earlier version stays"),
            }
        }
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// The user's cache folder of VectorOS, as `cargo xtask` fills it.
fn cache_dir() -> PathBuf {
    let from = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    from("VECTOROS_CACHE_DIR")
        .or_else(|| from("XDG_CACHE_HOME").map(|dir| dir.join("vectoros")))
        .or_else(|| from("HOME").map(|home| home.join(".cache/vectoros")))
        .unwrap_or_else(|| ".vectoros-cache".into())
}

/// `name` next to the program's folder: `target/site` for `target/release/vectoros`.
fn beside_program(name: &str) -> PathBuf {
    let program = std::env::current_exe().ok();
    let folder = program.as_deref().and_then(Path::parent).and_then(Path::parent);
    folder.map_or_else(|| name.into(), |folder| folder.join(name))
}
