//! How the model came to be, and which there were before.

use crate::{
    domain::{
        models::{Candidate, ModelDocument, ModelSummary, TrainingReport},
        report::{Block, Grid, number, text},
    },
    report::words::{count, decimals, learner, moment, or_none},
};

pub(super) fn selection(report: &TrainingReport) -> Vec<Block> {
    if report.candidates.is_empty() {
        return Vec::new();
    }
    let row = |candidate: &Candidate| {
        let judged = candidate.failed.is_none();
        let remark = match &candidate.failed {
            Some(why) => format!("not judged: {why}"),
            None if candidate.chosen => "chosen".into(),
            None => String::new(),
        };
        let log_loss = or_none(judged.then_some(candidate.log_loss), decimals);
        vec![learner(&candidate.learner), candidate.settings.clone(), log_loss, or_none(candidate.roc_auc, decimals), remark]
    };
    let about = "All candidates were judged on the older deals by cross-validation, whole deals in one fold; the lowest log-loss wins. The newest deals had \
                 no say in it.";
    vec![
        Block::Text(about.into()),
        Block::Table(Grid {
            caption: "Candidates, best first".into(),
            head: vec![text("Learner"), text("Settings"), number("Log-loss"), number("AUC"), text("Remark")],
            rows: report.candidates.iter().map(row).collect(),
        }),
    ]
}

pub(super) fn excluded(report: &TrainingReport) -> Vec<Block> {
    if report.excluded.is_empty() {
        return if report.coverage.is_empty() { Vec::new() } else { vec![Block::Text("No column gave the outcome away.".into())] };
    }
    vec![
        Block::Text("These columns tell the outcome rather than predict it. A model that learned from them would shine here and fail on open deals.".into()),
        Block::Table(Grid {
            caption: "Columns left out".into(),
            head: vec![text("Column"), text("Why")],
            rows: report.excluded.iter().map(|column| vec![column.name.clone(), column.why.clone()]).collect(),
        }),
    ]
}

pub(super) fn versions(document: &ModelDocument) -> Vec<Block> {
    if document.history.is_empty() {
        return Vec::new();
    }
    let row = |model: &ModelSummary| {
        vec![
            model.version.to_string(),
            model.state.label().to_owned(),
            if model.ready { "ready" } else { "not ready" }.into(),
            learner(&model.learner),
            moment(model.trained_at),
            count(model.deals),
            or_none(model.roc_auc, decimals),
            or_none(model.log_loss, decimals),
            or_none(model.ece, decimals),
        ]
    };
    let head = [text("Version"), text("State"), text("Checks"), text("Learner"), text("Trained")];
    let figures = [number("Deals"), number("AUC"), number("Log-loss"), number("ECE")];
    let about = "Each was judged on the newest deals of its own time, so the figures of two versions differ by more than the models.";
    let grid = Grid {
        caption: "Models, newest first".into(),
        head: head.into_iter().chain(figures).collect(),
        rows: document.history.iter().map(row).collect(),
    };
    vec![Block::Text(about.into()), Block::Table(grid)]
}
