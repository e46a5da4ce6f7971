//! The deal list's filters in force, each a link that lifts it.

use leptos::prelude::*;
use rust_decimal::{Decimal, prelude::ToPrimitive};

use super::{Icon, IconName, count, date};
use crate::{
    domain::deals::{DealQuery, Outcome, OutcomeFilter, Pick},
    views::deals::{Choice, DealListView},
};

pub(super) const NO_OWNER: &str = "No owner";

pub(super) fn outcome_label(outcome: OutcomeFilter) -> &'static str {
    match outcome {
        OutcomeFilter::All => "All deals",
        OutcomeFilter::Closed => "Won and lost",
        OutcomeFilter::Only(Outcome::Open) => "Open",
        OutcomeFilter::Only(Outcome::Won) => "Won",
        OutcomeFilter::Only(Outcome::Lost) => "Lost",
    }
}

/// An amount as people write it, without a currency: the list may hold several.
pub(super) fn amount(amount: Decimal) -> String {
    amount.to_u64().filter(|_| amount.is_integer()).map_or_else(|| amount.to_string(), count)
}

fn name_of<Id: PartialEq>(choices: &[Choice<Id>], id: &Id) -> String {
    choices.iter().find(|choice| choice.id == *id).map_or_else(|| "unknown".into(), |choice| choice.label.clone())
}

/// "Owner: Ann", or `none` where the filter is for deals that have none.
fn picked<T>(what: &str, pick: &Pick<T>, none: &str, name: impl Fn(&T) -> String) -> String {
    match pick {
        Pick::Only(value) => format!("{what}: {}", name(value)),
        Pick::Missing => none.to_owned(),
    }
}

/// A filter in force, in words.
fn words(list: &DealListView, filter: &str) -> Option<String> {
    let query = &list.query;
    let quoted = |text: &String| format!("“{text}”");
    let verbatim = |text: &String| text.clone();
    Some(match filter {
        "q" => query.text.as_ref().map(quoted)?,
        "owner" => picked("Owner", &query.owner?, NO_OWNER, |id| name_of(&list.owners, id)),
        "stage" => format!("Stage: {}", name_of(&list.stages, &query.stage?)),
        "health" => format!("Health: {}", query.health?.label()),
        "outcome" => format!("Outcome: {}", outcome_label(query.outcome)),
        "min" => format!("Value from {}", amount(query.min_value?)),
        "max" => format!("Value to {}", amount(query.max_value?)),
        "value" => "No value".into(),
        "currency" => format!("Currency: {}", query.currency.as_ref()?.code()),
        "closed_from" => format!("Closed from {}", date(query.closed_from?)),
        "closed_to" => format!("Closed until {}", date(query.closed_to?)),
        "closed" => "No close date".into(),
        "reason" => picked("Lost for", query.reason.as_ref()?, "No reason given", verbatim),
        "competitor" => picked("Competitor", query.competitor.as_ref()?, "No competitor named", verbatim),
        "team" => picked("Team", &query.team?, "No team", |id| name_of(&list.teams, id)),
        "source" => format!("Source: {}", query.source.as_ref()?),
        "closed_stage" => picked("Closed from", &query.closed_stage?, "Stage before the close unknown", |id| name_of(&list.stages, id)),
        "pipeline" => format!("Pipeline: {}", name_of(&list.pipelines, &query.pipeline?)),
        _ => return None,
    })
}

/// The filters in force: (filter, words, the state without it).
fn in_force(list: &DealListView) -> Vec<(&'static str, String, DealQuery)> {
    let params = list.query.params();
    let without = |lifted: &str| {
        let value = |name: &str| params.iter().find(|(known, _)| *known == name && name != lifted).map(|(_, value)| value.as_str());
        DealQuery::from_params(value).on_page(1)
    };
    params.iter().filter_map(|(name, _)| Some((*name, words(list, name)?, without(name)))).collect()
}

/// The filters in force, each a link that lifts it, and one that lifts all; nothing when none is.
#[component]
pub fn ActiveFilters(list: DealListView) -> impl IntoView {
    let chips = in_force(&list);
    let all = DealQuery { sort: list.query.sort, descending: list.query.descending, ..DealQuery::opening() };
    (!chips.is_empty()).then(|| {
        let chips = chips
            .into_iter()
            .map(|(name, words, without)| {
                view! {
                    <a
                        class="chip"
                        href=without.href()
                        aria-label=format!("Remove filter {}", words)
                        data-testid="filter-chip"
                        data-filter=name
                        data-noscroll="true"
                    >
                        <span class="truncate">{words.clone()}</span>
                        <Icon name=IconName::Close/>
                    </a>
                }
            })
            .collect_view();
        view! {
            <div class="no-print flex flex-wrap items-center gap-2" data-testid="active-filters">
                {chips}
                <a class="text-xs font-medium text-accent hover:underline px-1" href=all.href() data-testid="clear-filters" data-noscroll="true">
                    "Clear all"
                </a>
            </div>
        }
    })
    .into_any()
}
