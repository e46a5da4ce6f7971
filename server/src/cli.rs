//! What the command line takes.

use std::path::PathBuf;

use app::domain::Role;
use clap::{Args, Parser, Subcommand, ValueEnum};

/// Self-hosted deal intelligence: which deals will be won, which are dying, why, and what to do next.
#[derive(Debug, Parser)]
#[command(name = "vectoros", version, after_help = SETTINGS)]
pub struct Cli {
    #[command(flatten)]
    pub settings: Settings,
    #[command(subcommand)]
    pub command: Command,
}

const SETTINGS: &str = "\
Settings are taken from flags, then the environment, then the file vectoros.toml (in the working folder, or named by --config):
  addr           VECTOROS_ADDR           where to serve                              [127.0.0.1:3000]
  data_dir       VECTOROS_DATA_DIR       folder of the embedded database and index   [./data]
  database_url   DATABASE_URL            postgres://… or sqlite://…                  [SQLite in the data folder]
  model_dir      VECTOROS_MODEL_DIR      embedding model and ONNX Runtime            [the user's cache folder]
  site_dir       VECTOROS_SITE_DIR       the browser client's files                  [beside the program]
  secure_cookies VECTOROS_SECURE_COOKIES session cookies only over HTTPS             [false]
                 VECTOROS_LOG            log filter, for example debug or app=trace  [warn,vectoros=info]
                 VECTOROS_USER_PASSWORD  password for `user add`                     [asked for on standard input]";

/// Settings; each may also come from the environment or the configuration file.
#[derive(Debug, Args)]
pub struct Settings {
    /// Where to serve: address and port.
    #[arg(long, global = true)]
    pub addr: Option<String>,
    /// Folder of the embedded database and the vector index.
    #[arg(long, global = true)]
    pub data_dir: Option<PathBuf>,
    /// Database to use instead of the embedded one.
    #[arg(long, global = true)]
    pub database_url: Option<String>,
    /// Folder of the embedding model and ONNX Runtime.
    #[arg(long, global = true)]
    pub model_dir: Option<PathBuf>,
    /// Folder of the browser client's files.
    #[arg(long, global = true)]
    pub site_dir: Option<PathBuf>,
    /// Configuration file.
    #[arg(long, global = true)]
    pub config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the product in the browser.
    Serve,
    /// Create the demo workspace: a simulated sales team's 18 months, trained and scored.
    Demo(Demo),
    /// Bring in deals, activities and stage history from CSV files.
    Import(Import),
    /// Train a scoring model on the closed deals and publish it if it passes its checks.
    Train(Train),
    /// Score the open deals.
    Score(Score),
    /// Manage people.
    #[command(subcommand)]
    User(User),
}

#[derive(Debug, Args)]
pub struct Demo {
    /// Seed of the simulation: the same seed makes the same company.
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// Print one JSON object on standard output: {closed, open, bayes_auc, model: <as in train>, seconds}.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Import {
    /// The mapping file (TOML); see examples/mappings.
    #[arg(long)]
    pub mapping: PathBuf,
    /// CSV files (also .gz), or folders of them.
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    /// Folder for the rejects files.
    #[arg(long, default_value = ".")]
    pub rejects_dir: PathBuf,
    /// Print one JSON object on standard output: {imported, updated, unchanged, rejected, seconds}.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Train {
    /// Seed of the splits and the learner.
    #[arg(long, default_value_t = 42)]
    pub seed: u64,
    /// Train without waiting for deals that are not embedded yet; their similarity features are missing.
    #[arg(long)]
    pub skip_embedding: bool,
    /// Print one JSON object on standard output:
    /// {model_version, learner, ready, reason, deals, won, lost, metrics: {holdout: {n, base_rate, accuracy, precision,
    /// recall, f1, roc_auc, log_loss, brier, ece, …}, …}, seconds}.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Score {
    /// Score closed deals too, as they stood just before their close; their lists and pages stay as they are.
    #[arg(long)]
    pub all: bool,
    /// Print one JSON object on standard output: {deals, seconds}.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum User {
    /// Add a person who can sign in. The password comes from VECTOROS_USER_PASSWORD or standard input.
    Add(UserAdd),
}

#[derive(Debug, Args)]
pub struct UserAdd {
    #[arg(long)]
    pub email: String,
    #[arg(long)]
    pub name: String,
    #[arg(long, value_enum)]
    pub role: RoleArg,
    /// Team; made when missing.
    #[arg(long)]
    pub team: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum RoleArg {
    Rep,
    Manager,
    Admin,
}

impl From<RoleArg> for Role {
    fn from(role: RoleArg) -> Role {
        match role {
            RoleArg::Rep => Role::Rep,
            RoleArg::Manager => Role::Manager,
            RoleArg::Admin => Role::Admin,
        }
    }
}
