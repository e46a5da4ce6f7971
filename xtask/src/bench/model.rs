//! Our learners against LightGBM and XGBoost: the same rows, columns and splits, one after the other, on as many threads each.
//!
//! `app/benches/model` reads the data sets, writes tables and splits, trains and predicts; `xtask/bench/model.py` does the same
//! with what it wrote. All figures come from the predictions that both leave behind.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

use super::Options;
use super::figures::Truth;
use crate::{cleanup::TempFolder, paths::Paths, process, python};

pub const THREADS: usize = 2;

/// The set in which there is nothing to learn: no learner can be better than another there.
const NO_SIGNAL: &str = "maven";

/// What is compared: the set's folder, what it is called, and whether only deals count that were open for at least a day.
const EVALUATIONS: [(&str, &str, bool); 7] = [
    ("ibm-random", "IBM, random 80/20", false),
    ("ibm-temporal", "IBM, newest 20 % by opportunity number", false),
    ("salvirt", "salvirt, 5x5-fold CV", false),
    ("salvirt-grouped", "salvirt, 5x5-fold CV, identical rows kept together", false),
    ("bpi2012", "bpi2012 as of four instants a deal, newest 20 % by creation", false),
    ("bpi2012", "the same, only deals open for at least a day", true),
    (NO_SIGNAL, "maven, newest 20 % by close (made up: no signal is the right answer)", false),
];

/// Predictions by their files' names.
const PREDICTORS: [&str; 5] = ["vectoros", "lightgbm", "lightgbm_platt", "xgboost", "xgboost_platt"];

const TEST: u8 = 2;

/// The learners' work of this run.
pub struct Learners<'a> {
    paths: &'a Paths,
    data: PathBuf,
    only: Option<String>,
    pub python: PathBuf,
    folder: TempFolder,
    /// What both sides said of each split; `None` before they ran.
    lines: Option<Vec<Value>>,
}

impl<'a> Learners<'a> {
    pub fn new(paths: &'a Paths, options: &Options) -> Result<Self> {
        let python = python::learners(paths)?;
        // The comparison over HTTP needs no other set than the one its deals are from.
        let ibm = (!options.parts.contains(&"model")).then(|| "ibm".to_owned());
        let only = options.set.clone().or(ibm);
        Ok(Self { paths, data: options.data.clone(), only, python, folder: TempFolder::new("learners")?, lines: None })
    }

    /// The folder with LightGBM's model of the IBM file and its table.
    pub fn lightgbm(&mut self) -> Result<PathBuf> {
        self.lines()?;
        let folder = self.folder.path.join("ibm-random");
        if !folder.join("lightgbm.txt").is_file() {
            bail!("there is no LightGBM model: measure without `--set`, or with `--set ibm`");
        }
        Ok(folder)
    }

    /// All figures, by evaluation.
    pub fn compare(&mut self) -> Result<Map<String, Value>> {
        let lines = self.lines()?;
        let mut sets = Vec::new();
        for (set, title, lived_a_day) in EVALUATIONS {
            let folder = self.folder.path.join(set);
            if folder.is_dir() {
                let of_set: Vec<&Value> = lines.iter().filter(|line| line["set"] == set).collect();
                let mut evaluation = evaluation(&folder, title, lived_a_day, &of_set).with_context(|| title.to_owned())?;
                if set == NO_SIGNAL {
                    evaluation["goals"] = Value::Null;
                }
                sets.push(evaluation);
            }
        }
        Ok(Map::from_iter([("threads".to_owned(), json!(THREADS)), ("sets".to_owned(), Value::Array(sets))]))
    }

    fn lines(&mut self) -> Result<Vec<Value>> {
        if self.lines.is_none() {
            let mut lines = Vec::new();
            for mut command in [self.ours()?, self.theirs()] {
                let mut unreadable = None;
                process::run_by_line(&mut command, |line| match serde_json::from_str(line) {
                    Ok(value) => lines.push(value),
                    Err(_) => unreadable = Some(line.to_owned()),
                })?;
                if let Some(line) = unreadable {
                    bail!("`{}` said {line:?} where JSON was expected", process::line_of(&command));
                }
            }
            self.lines = Some(lines);
        }
        self.lines.clone().context("the learners have run")
    }

    fn ours(&self) -> Result<Command> {
        let mut command =
            process::cargo(&self.paths.root, &["bench", "--quiet", "--package", "app", "--features", "ssr", "--bench", "model"]);
        command.env("CARGO_TARGET_DIR", &self.paths.target).env("RAYON_NUM_THREADS", THREADS.to_string());
        command.args(["--", "--data"]).arg(&self.data).arg("--mappings").arg(self.paths.root.join("examples/mappings"));
        command.arg("--out").arg(&self.folder.path);
        if let Some(only) = &self.only {
            command.args(["--only", only]);
        }
        Ok(command)
    }

    fn theirs(&self) -> Command {
        let mut command = Command::new(&self.python);
        command.arg(python::scripts(self.paths).join("model.py")).arg(&self.folder.path).arg(THREADS.to_string());
        command
    }
}

fn evaluation(folder: &Path, title: &str, lived_a_day: bool, lines: &[&Value]) -> Result<Value> {
    let about: Value = serde_json::from_slice(&fs::read(folder.join("set.json"))?)?;
    let repeats: Vec<u64> = about["repeats"].as_array().context("no repeats")?.iter().filter_map(Value::as_u64).collect();
    let judged = Judged::read(folder, &repeats, lived_a_day)?;
    let mut learners = Map::new();
    for name in PREDICTORS {
        let mut figures = judged.figures(folder, name)?;
        let own: Vec<&&Value> = lines.iter().filter(|line| line["learner"] == name).collect();
        for key in ["fit_seconds", "train_seconds", "search_seconds", "rows_per_second", "single_p50_us", "trees"] {
            let values: Vec<f64> = own.iter().filter_map(|line| line[key].as_f64()).collect();
            if let Some(value) = median(values) {
                figures.insert(key.to_owned(), json!(value));
            }
        }
        if name == "vectoros" {
            let mut chosen: Vec<&str> = own.iter().filter_map(|line| line["chosen"].as_str()).collect();
            chosen.sort_unstable();
            chosen.dedup();
            figures.insert("chosen".to_owned(), json!(chosen));
            let thresholds: Vec<f64> = own.iter().filter_map(|line| line["threshold"].as_f64()).collect();
            figures.insert("decisions".to_owned(), judged.decisions(folder, &thresholds)?);
        }
        learners.insert(name.to_owned(), Value::Object(figures));
    }
    let rival = if figure(&learners, "lightgbm", "log_loss") <= figure(&learners, "xgboost", "log_loss") { "lightgbm" } else { "xgboost" };
    let mut goals = goals(&learners);
    goals["log_loss"]["standard_error"] = json!(judged.log_loss_error(folder, rival)?);
    let truth = judged.repeats.first().map(|(truth, _)| truth).context("no rows are judged")?;
    Ok(json!({
        "title": title,
        "deals": truth.deals().round(),
        "base_rate": truth.base_rate(),
        "excluded": about["excluded"],
        "goals": goals,
        "learners": learners,
    }))
}

/// The issue's goals: each with our figure, what it is held against, and whether it is met.
fn goals(learners: &Map<String, Value>) -> Value {
    let of = |learner: &str, key: &str| figure(learners, learner, key);
    let best = |key: &str, pick: fn(f64, f64) -> f64| pick(of("lightgbm", key), of("xgboost", key));
    let goal = |ours: f64, theirs: f64, met: bool| json!({ "ours": ours, "theirs": theirs, "met": met });
    let (auc, best_auc) = (of("vectoros", "auc"), best("auc", f64::max));
    let (loss, best_loss) = (of("vectoros", "log_loss"), best("log_loss", f64::min));
    let ece = of("vectoros", "ece");
    let (fit, their_fit) = (of("vectoros", "fit_seconds"), of("lightgbm", "fit_seconds"));
    json!({
        "auc": goal(auc, best_auc, auc >= best_auc - 0.003),
        "log_loss": goal(loss, best_loss, loss <= best_loss),
        "ece": goal(ece, 0.03, ece <= 0.03),
        "fit_seconds": goal(fit, their_fit, fit <= their_fit),
    })
}

fn figure(learners: &Map<String, Value>, learner: &str, key: &str) -> f64 {
    learners.get(learner).and_then(|figures| figures[key].as_f64()).unwrap_or(f64::NAN)
}

/// The judged rows, one truth for each repeat with the splits that make it up.
struct Judged {
    repeats: Vec<(Truth, Vec<usize>)>,
    /// By split, which of its predictions count.
    counts: Vec<Vec<bool>>,
}

impl Judged {
    fn read(folder: &Path, repeats: &[u64], lived_a_day: bool) -> Result<Self> {
        let won = fs::read(folder.join("won.u8"))?;
        let lived = fs::read(folder.join("lived_a_day.u8"))?;
        let (weight, group) = (numbers(&folder.join("weight.f64"))?, numbers(&folder.join("group.f64"))?);
        let mut judged = Self { repeats: Vec::new(), counts: Vec::new() };
        for (split, repeat) in repeats.iter().enumerate() {
            let roles = fs::read(folder.join(format!("split-{split}.u8")))?;
            let test: Vec<usize> = (0..roles.len()).filter(|row| roles[*row] & TEST > 0).collect();
            let counts: Vec<bool> = test.iter().map(|row| !lived_a_day || lived[*row] == 1).collect();
            if split == 0 || repeats[split - 1] != *repeat {
                judged.repeats.push((Truth::default(), Vec::new()));
            }
            if let Some((truth, splits)) = judged.repeats.last_mut() {
                for (row, _) in test.iter().zip(&counts).filter(|(_, counts)| **counts) {
                    truth.won.push(won[*row] == 1);
                    truth.weight.push(weight[*row]);
                    truth.group.push(group[*row] as u32);
                }
                splits.push(split);
            }
            judged.counts.push(counts);
        }
        Ok(judged)
    }

    /// A predictor's probabilities for a repeat's rows.
    fn probabilities(&self, folder: &Path, name: &str, splits: &[usize]) -> Result<Vec<f64>> {
        let mut all = Vec::new();
        for split in splits {
            let path = folder.join(format!("{name}-{split}.f64"));
            let values = numbers(&path)?;
            let counts = &self.counts[*split];
            if values.len() != counts.len() || values.iter().any(|value| !(0.0..=1.0).contains(value)) {
                bail!("{}: not one probability for each test row", path.display());
            }
            all.extend(values.iter().zip(counts).filter(|(_, counts)| **counts).map(|(value, _)| *value));
        }
        Ok(all)
    }

    /// Means over the repeats.
    fn figures(&self, folder: &Path, name: &str) -> Result<Map<String, Value>> {
        let mut sums = [0.0; 4];
        for (truth, splits) in &self.repeats {
            let p = self.probabilities(folder, name, splits)?;
            let figures = [truth.auc(&p), truth.log_loss(&p), truth.ece(&p), truth.ece_if_exact(&p)];
            sums.iter_mut().zip(figures).for_each(|(sum, figure)| *sum += figure / self.repeats.len() as f64);
        }
        let names = ["auc", "log_loss", "ece", "ece_if_exact"];
        Ok(names.into_iter().zip(sums).map(|(name, figure)| (name.to_owned(), json!(figure))).collect())
    }

    /// The standard error of the difference between our log-loss and a rival's: the mean over the repeats, which share deals.
    fn log_loss_error(&self, folder: &Path, rival: &str) -> Result<f64> {
        let mut sum = 0.0;
        for (truth, splits) in &self.repeats {
            let (ours, theirs) = (self.probabilities(folder, "vectoros", splits)?, self.probabilities(folder, rival, splits)?);
            sum += truth.log_loss_difference(&ours, &theirs).1;
        }
        Ok(sum / self.repeats.len() as f64)
    }

    /// Our decisions at the model's own threshold, on the first repeat's rows (the splits' median threshold).
    fn decisions(&self, folder: &Path, thresholds: &[f64]) -> Result<Value> {
        let (truth, splits) = self.repeats.first().context("no rows are judged")?;
        let p = self.probabilities(folder, "vectoros", splits)?;
        let threshold = median(thresholds.to_vec()).unwrap_or(0.5);
        let mut decisions = truth.at_threshold(&p, threshold).json();
        let (won, lost) = truth.could_reach_seed(&p);
        decisions["some_threshold_reaches_seed"] = json!({ "won": won, "lost": lost });
        Ok(decisions)
    }
}

fn numbers(path: &Path) -> Result<Vec<f64>> {
    let bytes = fs::read(path).with_context(|| format!("{} is missing", path.display()))?;
    Ok(bytes.chunks_exact(8).map(|chunk| f64::from_le_bytes(chunk.try_into().unwrap_or_default())).collect())
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A set of four rows in two folds, of which the second row's deal was over within a day.
    fn set() -> TempFolder {
        let folder = TempFolder::new("set").expect("a folder");
        let put = |name: &str, bytes: &[u8]| fs::write(folder.path.join(name), bytes).expect("written");
        let put_numbers = |name: &str, values: &[f64]| put(name, &values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>());
        put("set.json", br#"{"repeats":[7,7],"excluded":["custom:x"]}"#);
        put("won.u8", &[1, 0, 1, 0]);
        put("lived_a_day.u8", &[1, 0, 1, 1]);
        put_numbers("weight.f64", &[1.0; 4]);
        put_numbers("group.f64", &[0.0, 1.0, 2.0, 3.0]);
        put("split-0.u8", &[2, 2, 1, 1]);
        put("split-1.u8", &[1, 1, 2, 2]);
        for name in PREDICTORS {
            put_numbers(&format!("{name}-0.f64"), &[0.9, 0.95]);
            put_numbers(&format!("{name}-1.f64"), &[0.8, 0.1]);
        }
        folder
    }

    #[test]
    fn folds_of_a_repeat_are_judged_together() {
        let folder = set();
        let lines = [
            json!({"learner": "vectoros", "fit_seconds": 1.0, "threshold": 0.5, "chosen": "a"}),
            json!({"learner": "vectoros", "fit_seconds": 3.0, "threshold": 0.5, "chosen": "a"}),
            json!({"learner": "lightgbm", "fit_seconds": 2.0}),
        ];
        let report = evaluation(&folder.path, "T", false, &lines.each_ref()).expect("evaluated");
        assert_eq!((&report["deals"], &report["base_rate"]), (&json!(4.0), &json!(0.5)));
        assert_eq!(report["learners"]["vectoros"]["auc"], json!(0.5));
        assert_eq!(report["learners"]["vectoros"]["chosen"], json!(["a"]));
        assert_eq!(report["goals"]["auc"]["met"], json!(true));
        assert_eq!(report["goals"]["fit_seconds"]["met"], json!(false));
        let lived = evaluation(&folder.path, "T", true, &lines.each_ref()).expect("evaluated");
        assert_eq!((&lived["deals"], &lived["learners"]["xgboost"]["auc"]), (&json!(3.0), &json!(1.0)));
        assert_eq!(lived["learners"]["vectoros"]["decisions"]["accuracy"], json!(1.0));
    }

    #[test]
    fn predictions_must_fit_the_rows() {
        let folder = set();
        fs::write(folder.path.join("xgboost-1.f64"), 0.5f64.to_le_bytes()).expect("written");
        let error = evaluation(&folder.path, "T", false, &[]).expect_err("an error");
        assert!(error.to_string().contains("xgboost-1.f64: not one probability for each test row"), "{error}");
    }
}
