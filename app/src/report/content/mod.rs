//! What the report says.

mod data;
mod making;
mod quality;
mod verdict;

use super::words::moment;
use crate::domain::{
    models::ModelDocument,
    report::{Report, Section},
};

/// The report on a model; sections that would have nothing to say are left out.
pub(super) fn report(document: &ModelDocument) -> Report {
    let (summary, report) = (&document.summary, &document.report);
    let sections = [
        ("learned-from", "What it learned from", data::learned_from(document)),
        ("how-good", "How good it is", quality::measures(report)),
        ("threshold", "Likely lost or not", quality::threshold(report)),
        ("calibration", "Do its percentages hold?", quality::calibration(report)),
        ("curves", "Over all thresholds", quality::curves(report)),
        ("lift", "Best deals first", quality::lift(report)),
        ("segments", "By segment", quality::segments(report)),
        ("limits", "What these numbers do not say", verdict::limits(report)),
        ("looks-at", "What it looks at", data::top_features(document)),
        ("selection", "How it was chosen", making::selection(report)),
        ("left-out", "What was left out", making::excluded(report)),
        ("coverage", "How much is known", data::coverage(report)),
        ("features", "What the features mean", data::definitions(document)),
        ("versions", "All versions", making::versions(document)),
    ];
    Report {
        title: match document.workspace.trim() {
            "" => format!("Model {}", summary.version),
            workspace => format!("Model {} of {workspace}", summary.version),
        },
        origin: vec![
            summary.state.label().to_owned(),
            format!("trained {}", moment(summary.trained_at)),
            format!("report made {}", moment(document.generated_at)),
        ],
        verdict: verdict::verdict(document),
        sections: sections
            .into_iter()
            .filter(|(_, _, blocks)| !blocks.is_empty())
            .map(|(id, title, blocks)| Section { id: id.into(), title: title.into(), blocks })
            .collect(),
    }
}
