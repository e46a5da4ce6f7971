//! What the model learned from and what it looks at.

use crate::{
    domain::{
        models::{Coverage, FeatureEntry, FeatureSet, ModelDocument, TopFeature, TrainingReport},
        report::{Bar, Block, Fact, Grid, number, text},
    },
    report::words::{NO_LEARNER, NONE, count, decimals, learner, percent},
};

/// Shares of closed and open deals that lie further apart than this are pointed out.
const FAR_APART: f64 = 0.3;

pub(super) fn learned_from(document: &ModelDocument) -> Vec<Block> {
    let (summary, report) = (&document.summary, &document.report);
    let fact = |label: &str, value: String, detail: String| Fact { label: label.into(), value, detail };
    let win_rate = if report.deals > 0 { percent(report.won as f64 / report.deals as f64) } else { NONE.into() };
    let mut facts = vec![
        fact("Closed deals", count(report.deals as u64), drawn(report)),
        fact("Won", count(report.won as u64), format!("{win_rate} of all")),
        fact("Lost", count(report.lost as u64), String::new()),
    ];
    if report.learner == NO_LEARNER {
        return vec![Block::Facts(facts), Block::Text("No model was fitted.".into())];
    }
    let used = report.coverage.iter().filter(|column| column.used).count();
    facts.push(fact("Columns used", count(used as u64), format!("{} left out", report.excluded.len())));
    let columns = match report.feature_set {
        FeatureSet::Core => "the 29 features only",
        FeatureSet::All => "the 29 features, the extensions, and the custom fields that are switched on",
    };
    let mut how = vec![format!("Learner: {}{}.", learner(&report.learner), in_brackets(&report.settings)), format!("Columns: {columns}.")];
    how.push(format!("Seed {}: the same deals, seed and version of VectorOS give the same model.", report.seed));
    if let Some(artifact) = &summary.artifact {
        how.push(format!("Artifact: SHA-256 {artifact}…"));
    }
    let about = "It learned from snapshots of closed deals while they were still open: what was known at that time, never what came later.";
    vec![Block::Facts(facts), Block::Text(about.into()), Block::List(how)]
}

/// Of how many it learned from a part.
fn drawn(report: &TrainingReport) -> String {
    if report.closed_deals <= report.deals {
        return String::new();
    }
    format!("drawn from the newest of {} in all, month by month and outcome by outcome", count(report.closed_deals as u64))
}

fn in_brackets(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(" ({text})") }
}

pub(super) fn top_features(document: &ModelDocument) -> Vec<Block> {
    let top = &document.report.top_features;
    let highest = top.iter().map(|feature| feature.importance).fold(0.0, f64::max);
    let bar = |feature: &TopFeature| {
        let entry = document.features.iter().find(|entry| entry.name == feature.name);
        Bar {
            label: feature.name.clone(),
            detail: entry.map_or(String::new(), |entry| entry.definition.clone()),
            share: if highest > 0.0 { (feature.importance / highest).clamp(0.0, 1.0) } else { 0.0 },
            value: decimals(feature.importance),
        }
    };
    if top.is_empty() {
        return Vec::new();
    }
    let about = "How far each column moves a deal's log-odds on average, up or down. It tells what the model looks at, not what causes a deal to be won.";
    vec![Block::Text(about.into()), Block::Bars(top.iter().map(bar).collect())]
}

pub(super) fn coverage(report: &TrainingReport) -> Vec<Block> {
    if report.coverage.is_empty() {
        return Vec::new();
    }
    let row = |column: &Coverage| {
        let open = column.open.map_or_else(|| NONE.into(), percent);
        vec![column.name.clone(), percent(column.closed), open, if column.used { "used" } else { "not used" }.into()]
    };
    let apart = |column: &&Coverage| column.used && column.open.is_some_and(|open| (open - column.closed).abs() > FAR_APART);
    let far: Vec<&str> = report.coverage.iter().filter(apart).map(|column| column.name.as_str()).collect();
    let mut blocks = vec![Block::Table(Grid {
        caption: "Share of deals in which a column has a value".into(),
        head: vec![text("Column"), number("Closed deals"), number("Open deals"), text("Model")],
        rows: report.coverage.iter().map(row).collect(),
    })];
    if !far.is_empty() {
        blocks.push(Block::Note(format!(
            "Far more or less often known in open deals than in those it learned from: {}. Scores lean on these columns with less right than the test suggests.",
            far.join(", ")
        )));
    }
    blocks
}

pub(super) fn definitions(document: &ModelDocument) -> Vec<Block> {
    let mut groups: Vec<&str> = Vec::new();
    for entry in &document.features {
        if !groups.contains(&entry.group.as_str()) {
            groups.push(&entry.group);
        }
    }
    let row = |entry: &FeatureEntry| {
        let name = if entry.extension { format!("{} (extension)", entry.name) } else { entry.name.clone() };
        vec![name, entry.unit.clone(), entry.definition.clone(), entry.missing.clone()]
    };
    let table = |group: &str| {
        Block::Table(Grid {
            caption: group.to_owned(),
            head: vec![text("Feature"), text("Unit"), text("What it is"), text("Missing when")],
            rows: document.features.iter().filter(|entry| entry.group == group).map(row).collect(),
        })
    };
    groups.into_iter().map(table).collect()
}
