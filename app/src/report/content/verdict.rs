//! What it comes to, in plain words, and what it does not.

use crate::{
    domain::{
        models::{Estimate, ModelDocument, ModelState, TrainingReport},
        report::{Block, Fact, Tone, Verdict},
    },
    report::words::{NO_LEARNER, decimals, interval, or_none, percent},
};

pub(super) fn verdict(document: &ModelDocument) -> Verdict {
    let (summary, report) = (&document.summary, &document.report);
    let (headline, tone) = match (summary.ready, report.low_confidence) {
        (true, false) => ("Fit for use", Tone::Good),
        (true, true) => ("Fit for use, with low confidence", Tone::Careful),
        (false, _) => ("Not ready for use", Tone::Bad),
    };
    let mut blocks = vec![Block::Text(summary.reason.clone())];
    if !summary.ready {
        let champion = document.history.iter().find(|model| model.state == ModelState::Champion && model.version != summary.version);
        blocks.push(Block::Text(match champion {
            Some(champion) => format!("Deals are scored by model {}.", champion.version),
            None => "Until a model is ready, deals show the smoothed win rate of their stage, labelled as such.".into(),
        }));
    }
    let facts = facts(report);
    if !facts.is_empty() {
        blocks.push(Block::Facts(facts));
    }
    let sentences = sentences(report);
    if !sentences.is_empty() {
        blocks.push(Block::List(sentences));
    }
    Verdict { headline: headline.into(), tone, blocks }
}

fn facts(report: &TrainingReport) -> Vec<Fact> {
    let Some(evaluation) = &report.evaluation else { return Vec::new() };
    let base = report.base_rate.as_ref();
    let fact = |label: &str, value: String, detail: String| Fact { label: label.into(), value, detail };
    let within = |of: Estimate, write: fn(f64) -> String| interval(of, write).map_or(String::new(), |interval| format!("95%: {interval}"));
    let lost = evaluation.at_threshold.lost;
    vec![
        fact("AUC", or_none(evaluation.roc_auc.value, decimals), within(evaluation.roc_auc, decimals)),
        fact(
            "Log-loss",
            or_none(evaluation.log_loss.value, decimals),
            base.and_then(|base| base.log_loss).map_or(String::new(), |loss| format!("win rate for all: {}", decimals(loss))),
        ),
        fact("Calibration error", or_none(evaluation.ece.value, points), within(evaluation.ece, points)),
        fact("Lost deals caught", or_none(lost.recall.value, percent), within(lost.recall, percent)),
    ]
}

/// "1.9 pts".
fn points(share: f64) -> String {
    format!("{:.1} pts", share * 100.0)
}

fn sentences(report: &TrainingReport) -> Vec<String> {
    let mut said = Vec::new();
    if let Some(evaluation) = &report.evaluation {
        if let Some(auc) = evaluation.roc_auc.value {
            let hundred = |value: f64| format!("{:.0}", value * 100.0);
            let within = interval(evaluation.roc_auc, hundred).map_or(String::new(), |interval| format!(" (95% interval {interval})"));
            said.push(format!(
                "Of a won and a lost deal picked at random, it gives the won one the better chance in {} of 100 cases{within}. Guessing would in 50.",
                hundred(auc)
            ));
        }
        if let (Some(loss), Some(base)) = (evaluation.log_loss.value, report.base_rate.as_ref().and_then(|base| base.log_loss)) {
            said.push(against(loss, base, "giving every deal the average win rate"));
        }
    }
    if let Some(versus) = &report.crm
        && let (Some(model), Some(crm)) = (versus.model.log_loss, versus.crm.log_loss)
    {
        said.push(format!("On the deals that have one: {}", lower_first(&against(model, crm, "the CRM's own probability"))));
    }
    if let Some(evaluation) = &report.evaluation {
        if let Some(error) = evaluation.ece.value {
            said.push(format!("Its percentages are off by {:.1} points on average.", error * 100.0));
        }
        let at = &evaluation.at_threshold;
        if let (Some(recall), Some(precision)) = (at.lost.recall.value, at.lost.precision.value) {
            said.push(format!(
                "Calling deals below {} likely lost catches {} of the lost deals; of those called so, {} were lost.",
                percent(at.threshold),
                percent(recall),
                percent(precision)
            ));
        }
    }
    said
}

/// Two log-losses compared.
fn against(model: f64, other: f64, what: &str) -> String {
    let change = if other > 0.0 { (other - model) / other } else { 0.0 };
    let (model, other) = (decimals(model), decimals(other));
    if change >= 0.005 {
        format!("It is better than {what}: a log-loss of {model} against {other}, {} less.", percent(change))
    } else if change > -0.005 {
        format!("It is no better than {what}: a log-loss of {model} against {other}.")
    } else {
        format!("It is worse than {what}: a log-loss of {model} against {other}.")
    }
}

fn lower_first(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}

/// What a reader might take from the figures and should not.
pub(super) fn limits(report: &TrainingReport) -> Vec<Block> {
    let mut limits: Vec<String> = Vec::new();
    if report.low_confidence {
        limits.push(format!(
            "{} won and {} lost deals are few: with fewer than 200 of either, another handful of deals could move every figure here.",
            report.won, report.lost
        ));
    }
    if report.evaluation.is_some() {
        limits.push(
            "The figures are of the newest closed deals, predicted by a model that had learned from the older ones only. They say how it did \
             then, not how it will do once prices, products or people change. The model in use has learned from all closed deals."
                .into(),
        );
        limits.push(
            "An interval tells how far the chance of which deals are in the test may move a figure. It covers neither a changing market nor a \
             changing way of keeping the CRM."
                .into(),
        );
    }
    if report.learner != NO_LEARNER {
        limits.extend([
            "A probability is about many deals like this one: of deals at 70%, three in ten are still lost.".into(),
            "What the model looks at is not what wins deals. Many meetings may stand for a willing customer; more meetings do not make one.".into(),
            "Columns that give the outcome away are found by rules. A field that is quietly corrected after the close can pass them and make all \
             figures look better than they are."
                .into(),
        ]);
    }
    if limits.is_empty() { Vec::new() } else { vec![Block::List(limits)] }
}
