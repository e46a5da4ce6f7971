//! What the command line takes.

use std::path::PathBuf;

use app::domain::{
    models::{FeatureSet, ThresholdGoal},
    people::Role,
};
use clap::{Args, Parser, Subcommand, ValueEnum};
use uuid::Uuid;

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
  artifacts      VECTOROS_ARTIFACTS      models: a folder, or s3://bucket/prefix     [models in the data folder]
                 AWS_…                   key, secret, region, endpoint of such a store
  site_dir       VECTOROS_SITE_DIR       the browser client's files                  [beside the program]
  secure_cookies VECTOROS_SECURE_COOKIES session cookies only over HTTPS             [false]
  public_url     VECTOROS_PUBLIC_URL     where people reach the server, for links    [http:// and addr]
  mail_from      VECTOROS_MAIL_FROM      sender of the daily mails                   [VectorOS <vectoros@localhost>]
                 VECTOROS_SMTP_URL       mail server: smtps://user:password@host     [no mail]
                 VECTOROS_SLACK_WEBHOOK  address of an incoming webhook              [no Slack]
  sweep_minutes  VECTOROS_SWEEP_MINUTES  minutes between two looks at all deals      [30]
  train_deals    VECTOROS_TRAIN_DEALS    closed deals that a training learns from       [150000]
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
    /// Where trained models are kept: a folder, or s3://bucket/prefix.
    #[arg(long, global = true)]
    pub artifacts: Option<String>,
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
    /// Train a scoring model on the closed deals. The first that passes its checks scores the deals at once, later ones begin as
    /// challenger.
    Train(Train),
    /// Score the open deals.
    Score(Score),
    /// Replay past months: train models as of then and record the scores they would have shown, so that accuracy over time can be seen
    /// at once. Scores and the model in use stay as they are.
    Replay(Replay),
    /// Look for what is wrong with open deals, now.
    Sweep(Sweep),
    /// Replay the alert rules over closed deals: how often each would have fired, and how right it would have been.
    Backtest(Backtest),
    /// List the trained models; publish one, or bring back the one before.
    #[command(subcommand)]
    Models(Models),
    /// Write all that is known of a model into one file.
    Report(Report),
    /// Manage people.
    #[command(subcommand)]
    User(User),
    /// Manage tokens of the REST interface.
    #[command(subcommand)]
    Token(Token),
}

#[derive(Debug, Args)]
pub struct Demo {
    /// Seed of the simulation: the same seed makes the same company.
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// Print one JSON object on standard output: {closed, open, bayes_auc, model: \<as in train\>, seconds}.
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
    /// Make a model that passes its checks the champion at once; otherwise it begins as challenger, unless it is the first.
    #[arg(long)]
    pub publish: bool,
    /// The 29 core features only, or the extensions and custom fields too.
    #[arg(long, value_enum, default_value_t = FeaturesArg::All)]
    pub features: FeaturesArg,
    /// What the threshold is chosen for: the highest precision among those that catch this share of the lost deals
    /// (lost-recall=0.8) or keep this share of the won ones (won-recall=0.8), or the highest accuracy (accuracy).
    #[arg(long, default_value = "lost-recall=0.8", value_parser = goal)]
    pub goal: ThresholdGoal,
    /// Print one JSON object on standard output:
    /// {model_version, learner, candidates, calibration, threshold, intervals, ready, state, reason, deals,
    /// closed_deals, won, lost, excluded,
    /// artifact_sha256, metrics: {holdout: {n, base_rate, accuracy, precision, recall, f1, roc_auc, log_loss, brier, ece, …}, …},
    /// seconds}.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FeaturesArg {
    Core,
    All,
}

impl From<FeaturesArg> for FeatureSet {
    fn from(features: FeaturesArg) -> Self {
        match features {
            FeaturesArg::Core => Self::Core,
            FeaturesArg::All => Self::All,
        }
    }
}

fn goal(text: &str) -> Result<ThresholdGoal, String> {
    let share = |text: &str| text.parse().ok().filter(|share: &f64| *share > 0.0 && *share <= 1.0);
    let goal = match text.split_once('=') {
        None if text == "accuracy" => Some(ThresholdGoal::Accuracy),
        Some(("lost-recall", text)) => share(text).map(ThresholdGoal::LostRecall),
        Some(("won-recall", text)) => share(text).map(ThresholdGoal::WonRecall),
        _ => None,
    };
    goal.ok_or_else(|| "a goal is lost-recall=0.8, won-recall=0.8 (any share above 0 and up to 1), or accuracy".into())
}

#[derive(Debug, Args)]
pub struct Score {
    /// Score closed deals too, as they stood just before their close; their lists and pages stay as they are.
    #[arg(long)]
    pub all: bool,
    /// Score the open deals as they stood at the end of each of so many past weeks too, where they have no score from then, so that
    /// their trend shows.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=52))]
    pub weeks: u32,
    /// Print one JSON object on standard output: {deals, computed, past, model_version, seconds}.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Replay {
    /// Months to replay.
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..=36))]
    pub months: u32,
    /// Months after which the replayed model is trained anew.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=36))]
    pub every: u32,
    /// Print one JSON object on standard output: {models, scores, skipped, seconds}.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Sweep {
    /// Print one JSON object on standard output: {deals, raised, worsened, woken, resolved, milliseconds, started_at}.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Backtest {
    /// Print one JSON object on standard output: {deals, lost, days, base_rate, rules: [{rule, threshold, fired, deals, precision,
    /// false_positive_rate, recall, days_of_warning, suggested: {threshold, precision, false_positive_rate, recall, deals, meets_goal},
    /// curve: […]}], seconds}.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum Models {
    /// The models, newest first.
    List {
        /// Print one JSON array on standard output.
        #[arg(long)]
        json: bool,
    },
    /// Make a model the one that scores the deals.
    Publish { version: i32 },
    /// Bring back the model that was in use before.
    Rollback,
}

#[derive(Debug, Args)]
pub struct Report {
    /// The model; the one in use unless told otherwise.
    #[arg(long)]
    pub model: Option<i32>,
    #[arg(long, value_enum, default_value_t = FormatArg::Html)]
    pub format: FormatArg,
    /// File to write; standard output unless told otherwise.
    #[arg(long)]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormatArg {
    /// One page without scripts, with nothing to load.
    Html,
    /// Markdown.
    Md,
}

#[derive(Debug, Subcommand)]
pub enum Token {
    /// Make a token with which a person's programs may ask for what that person may see. It is shown this once.
    Add {
        /// Whose.
        #[arg(long)]
        email: String,
        /// What it is for.
        #[arg(long)]
        name: String,
    },
    /// The tokens, newest first.
    List,
    /// Take a token back.
    Revoke { id: Uuid },
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
