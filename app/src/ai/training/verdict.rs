//! Whether a model may be used, and why, in words.

use crate::domain::models::TrainingReport;

/// Below this many won or lost deals a model is not published.
const MIN_TO_PUBLISH: usize = 40;

/// How many more deals it takes until a model can be published.
pub fn too_few(won: usize, lost: usize) -> String {
    let missing = |count: usize| MIN_TO_PUBLISH.saturating_sub(count);
    let need = match (missing(won), missing(lost)) {
        (0, lost) => format!("{lost} more lost deals are needed"),
        (won, 0) => format!("{won} more won deals are needed"),
        (won, lost) => format!("{won} more won and {lost} more lost deals are needed"),
    };
    format!("Too few closed deals: {won} won and {lost} lost; {need}.")
}

pub fn one_sided(won: usize, lost: usize) -> String {
    format!("The older deals, from which a model would learn, are nearly all of one outcome ({won} won and {lost} lost in all).")
}

/// Whether the model may be used, and why.
pub fn verdict(won: usize, lost: usize, report: &TrainingReport) -> (bool, String) {
    if won.min(lost) < MIN_TO_PUBLISH {
        return (false, too_few(won, lost));
    }
    let auc = report.evaluation.as_ref().map(|evaluation| evaluation.roc_auc);
    let Some((auc, low, high)) = auc.and_then(|auc| Some((auc.value?, auc.low?, auc.high?))) else {
        return (false, "The newest fifth of the closed deals all ended the same way, so the model could not be tested.".into());
    };
    let measured =
        format!("on the newest fifth of the closed deals its AUC is {auc:.2} (95% interval {low:.2} to {high:.2}), where 0.5 is chance");
    if high < 0.5 {
        return (
            false,
            format!("The model ranks deals the wrong way round: {measured}. What it learned from older deals no longer holds."),
        );
    }
    if low <= 0.5 {
        return (
            false,
            format!("The data hold no signal that the model could prove: {measured}. More closed deals, activities or fields may help."),
        );
    }
    let confidence = if report.low_confidence { " With fewer than 200 won or lost deals its scores are of low confidence." } else { "" };
    (true, format!("The model passed its checks: {measured}.{confidence}"))
}
