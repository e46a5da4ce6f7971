//! How good the model is: measures, threshold, calibration, curves, lift, segments.

use crate::{
    domain::{
        models::{ClassMetrics, LiftRow, Metrics, ReliabilityBin, Segment, Segmentation, TrainingReport},
        report::{Block, Chart, Figure, Grid, number, text},
    },
    report::words::{NONE, count, deals, decimals, estimate, goal, or_none, percent, range},
};

pub(super) fn measures(report: &TrainingReport) -> Vec<Block> {
    let mut rows = Vec::new();
    if let Some(evaluation) = &report.evaluation {
        let tested = report.holdout.as_ref().map_or(NONE.into(), |metrics| count(metrics.n));
        let figures = [evaluation.roc_auc, evaluation.log_loss, evaluation.brier, evaluation.ece];
        rows.push([vec!["This model".into(), tested], figures.map(|figure| estimate(figure, decimals)).to_vec()].concat());
    } else if let Some(metrics) = &report.holdout {
        rows.push(measured("This model", metrics));
    }
    let others = [
        ("The average win rate for every deal", report.base_rate.as_ref()),
        ("This model, where the CRM has a probability", report.crm.as_ref().map(|versus| &versus.model)),
        ("The CRM's probability, on those deals", report.crm.as_ref().map(|versus| &versus.crm)),
        ("This model, deals open for a day or more", report.lived_a_day.as_ref()),
        ("This model, older deals out of fold", report.cross_validation.as_ref()),
    ];
    rows.extend(others.into_iter().filter_map(|(name, metrics)| metrics.map(|metrics| measured(name, metrics))));
    if rows.is_empty() {
        return Vec::new();
    }
    let about = "Tested on the newest closed deals, which the tested model had not seen. Each deal counts once, however many snapshots it has. \
                 In brackets: 95% bootstrap intervals, drawn by deal.";
    let head = vec![text("Prediction by"), number("Deals"), number("AUC"), number("Log-loss"), number("Brier score"), number("ECE")];
    vec![
        Block::Text(about.into()),
        Block::Table(Grid { caption: "Measures on closed deals".into(), head, rows }),
        Block::List(vec![
            "AUC: how often a won deal has the better chance of a won and a lost one; 0.5 is guessing, 1 perfect.".into(),
            "Log-loss and Brier score: the cost of being wrong, more so when sure; less is better.".into(),
            "ECE: how far percentages and outcomes lie apart on average, over ten bins; less is better.".into(),
        ]),
    ]
}

fn measured(name: &str, metrics: &Metrics) -> Vec<String> {
    let figures = [metrics.roc_auc, metrics.log_loss, metrics.brier, metrics.ece].map(|figure| or_none(figure, decimals));
    [vec![name.to_owned(), count(metrics.n)], figures.to_vec()].concat()
}

pub(super) fn threshold(report: &TrainingReport) -> Vec<Block> {
    let Some(at) = report.evaluation.as_ref().map(|evaluation| &evaluation.at_threshold) else { return Vec::new() };
    let chosen = match &report.threshold {
        Some(threshold) if threshold.reached => format!(" This threshold was chosen on older deals for {}.", goal(threshold.goal)),
        Some(threshold) => format!(" The goal, {}, could not be reached on older deals; this comes closest.", goal(threshold.goal)),
        None => String::new(),
    };
    let class = |name: &str, of: ClassMetrics| {
        let figures = [of.precision, of.recall, of.f1].map(|figure| estimate(figure, percent));
        [vec![name.to_owned()], figures.to_vec()].concat()
    };
    let cells = at.confusion;
    vec![
        Block::Text(format!(
            "Deals below {} are called likely lost.{chosen} On the newest deals it is right about {} of all.",
            percent(at.threshold),
            estimate(at.accuracy, percent)
        )),
        Block::Table(Grid {
            caption: "At this threshold".into(),
            head: vec![text("Deals"), number("Precision"), number("Recall"), number("F1")],
            rows: vec![class("Won", at.won), class("Lost", at.lost)],
        }),
        Block::List(vec![
            "Precision: of the deals called won or lost, the share that was.".into(),
            "Recall: of the deals that were won or lost, the share that was called so. F1 is the mean of both that punishes the lower one."
                .into(),
        ]),
        Block::Table(Grid {
            caption: "Deals by what was said and what happened".into(),
            head: vec![text("What happened"), number("Called likely lost"), number("Not called so")],
            rows: vec![vec!["Lost".into(), deals(cells.tn), deals(cells.fp)], vec!["Won".into(), deals(cells.fn_), deals(cells.tp)]],
        }),
    ]
}

pub(super) fn calibration(report: &TrainingReport) -> Vec<Block> {
    let mut blocks = Vec::new();
    if let Some(calibration) = &report.calibration {
        let ways = [
            ("none", "as they stand", calibration.none_log_loss),
            ("platt", "by Platt scaling", calibration.platt_log_loss),
            ("isotonic", "by isotonic regression", calibration.isotonic_log_loss),
        ];
        let (chosen, others): (Vec<_>, Vec<_>) = ways.into_iter().partition(|(method, ..)| *method == calibration.method);
        let figures = |ways: Vec<(&str, &str, f64)>| {
            ways.into_iter().map(|(_, words, loss)| format!("{words} {}", decimals(loss))).collect::<Vec<_>>().join(", ")
        };
        blocks.push(Block::Text(format!(
            "Scores become percentages {}. Log-loss out of fold, on {} deals the scores had not been learned from: {}; {}.",
            chosen.first().map_or("", |(_, words, _)| words),
            count(calibration.deals),
            figures(chosen.clone()),
            figures(others),
        )));
    }
    let Some(evaluation) = report.evaluation.as_ref().filter(|evaluation| !evaluation.reliability.is_empty()) else { return blocks };
    let bins = &evaluation.reliability;
    let caption = "Of deals with like predictions, the share that was won, with its 95% interval. On the dashed line both agree.";
    let figure = Figure { chart: Chart::Reliability(bins.clone()), caption: caption.into() };
    let row = |bin: &ReliabilityBin| {
        vec![
            format!("{:.0}–{:.0}%", bin.from * 100.0, bin.to * 100.0),
            deals(bin.deals),
            percent(bin.predicted),
            percent(bin.observed),
            range(&percent(bin.low), &percent(bin.high)),
        ]
    };
    let grid = Grid {
        caption: "Predicted and happened".into(),
        head: vec![text("Predicted"), number("Deals"), number("Mean"), number("Won"), number("95% interval")],
        rows: bins.iter().map(row).collect(),
    };
    blocks.push(Block::Charted(figure, grid));
    let parts = evaluation.brier_parts;
    blocks.push(Block::Text(format!(
        "Brier score by its parts (Murphy): {} reliability (miscalibration, less is better) − {} resolution (telling deals apart, more is \
         better) + {} uncertainty (what the win rate alone leaves open).",
        four(parts.reliability),
        four(parts.resolution),
        four(parts.uncertainty)
    )));
    blocks
}

fn four(value: f64) -> String {
    format!("{value:.4}")
}

pub(super) fn curves(report: &TrainingReport) -> Vec<Block> {
    let Some(evaluation) = &report.evaluation else { return Vec::new() };
    let base_rate = report.holdout.as_ref().and_then(|metrics| metrics.base_rate);
    let mut figures = Vec::new();
    if !evaluation.roc.is_empty() {
        let caption = "ROC: the further above the dashed line, the better it tells won from lost.";
        figures.push(Figure { chart: Chart::Roc(evaluation.roc.clone(), evaluation.roc_auc.value), caption: caption.into() });
    }
    if !evaluation.precision_recall.is_empty() {
        let caption = "Precision and recall of won deals: what a stricter threshold buys and costs.";
        figures.push(Figure { chart: Chart::PrecisionRecall(evaluation.precision_recall.clone(), base_rate), caption: caption.into() });
    }
    if figures.is_empty() { Vec::new() } else { vec![Block::Figures(figures)] }
}

pub(super) fn lift(report: &TrainingReport) -> Vec<Block> {
    let Some(rows) = report.evaluation.as_ref().map(|evaluation| &evaluation.lift).filter(|rows| !rows.is_empty()) else {
        return Vec::new();
    };
    let caption = "Win rate by tenths of the newest deals, those with the best predictions first.";
    let cells = |row: &LiftRow| {
        vec![
            row.tenth.to_string(),
            deals(row.deals),
            deals(row.won),
            percent(row.win_rate),
            format!("{:.2}", row.lift),
            percent(row.captured),
        ]
    };
    let figure = Figure { chart: Chart::Lift(rows.clone()), caption: caption.into() };
    let grid = Grid {
        caption: "Lift: the win rate over that of all deals".into(),
        head: vec![text("Tenth"), number("Deals"), number("Won"), number("Win rate"), number("Lift"), number("Won so far")],
        rows: rows.iter().map(cells).collect(),
    };
    vec![Block::Charted(figure, grid)]
}

pub(super) fn segments(report: &TrainingReport) -> Vec<Block> {
    let table = |segmentation: &Segmentation| {
        let cells = |segment: &Segment| {
            vec![
                segment.label.clone(),
                deals(segment.deals),
                percent(segment.win_rate),
                percent(segment.predicted),
                or_none(segment.roc_auc, decimals),
                decimals(segment.log_loss),
            ]
        };
        Block::Table(Grid {
            caption: format!("By {}", segmentation.by.to_lowercase()),
            head: vec![text("Segment"), number("Deals"), number("Won"), number("Predicted"), number("AUC"), number("Log-loss")],
            rows: segmentation.segments.iter().map(cells).collect(),
        })
    };
    let tables: Vec<Block> = report.segments.iter().filter(|segmentation| !segmentation.segments.is_empty()).map(table).collect();
    if tables.is_empty() {
        return Vec::new();
    }
    let note =
        "Figures of a few dozen deals vary by chance alone: read them as a place to look, not as a finding about people or products.";
    tables.into_iter().chain([Block::Note(note.into())]).collect()
}
