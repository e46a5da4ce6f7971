//! How useful alerts are, by rule.

use leptos::prelude::*;

use super::{Card, FiguresTable, count};
use crate::domain::alerts::Relevance;

/// "84 %"; a dash where there is nothing to tell.
pub fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "–".into(), |share| format!("{:.0} %", 100.0 * share))
}

#[component]
pub fn RelevanceTable(relevance: Vec<Relevance>) -> impl IntoView {
    let body = if relevance.is_empty() {
        view! { <p class="px-4 pb-4 text-muted">"No alert was raised within the last 90 days."</p> }.into_any()
    } else {
        let rows = relevance
            .into_iter()
            .map(|of| {
                view! {
                    <tr data-testid="relevance" data-rule=of.rule.into_str()>
                        <th scope="row">{of.rule.label()}</th>
                        <td class="right num">{count(of.raised)}</td>
                        <td class="right num">{count(of.active)}</td>
                        <td class="right num">{percent(of.acted_on_share())}</td>
                        <td class="right num">{percent(of.false_positive_share())}</td>
                        <td class="right num">{count(of.useful + of.not_useful + of.wrong)}</td>
                    </tr>
                }
            })
            .collect_view();
        view! {
            <FiguresTable names="Rule" figures=&["Raised", "Active", "Acted on", "False positives", "Judged"]><tbody>{rows}</tbody></FiguresTable>
        }
        .into_any()
    };
    view! {
        <Card
            title="How useful alerts are"
            id="relevance"
            flush=true
            hint="Of the last 90 days. Acted on: acknowledged, or dismissed as useful. False positives: the share of the judged ones that were wrong or of no use.".to_owned()
        >
            {body}
        </Card>
    }
    .into_any()
}
