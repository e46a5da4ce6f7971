//! The limits, for the workspace, each pipeline and each stage, with what won deals suggest.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    api::alerts::monitoring::{ChooseThreshold, place_text},
    components::{Card, count},
    views::alerts::{PlaceView, ThresholdView},
};

#[component]
pub fn ThresholdsCard(places: Vec<PlaceView>, may_manage: bool) -> impl IntoView {
    let places = places.into_iter().enumerate().map(|(number, place)| view! { <Place place may_manage open=number == 0/> }).collect_view();
    view! {
        <Card
            title="Limits"
            id="thresholds"
            testid="thresholds"
            flush=true
            hint="An alert needs more than the limit. A stage's limit goes before its pipeline's, that before the one for all. Suggested: what nine in ten won deals never exceeded.".to_owned()
        >
            {places}
        </Card>
    }
    .into_any()
}

#[component]
fn Place(place: PlaceView, may_manage: bool, open: bool) -> impl IntoView {
    let PlaceView { place, name, thresholds } = place;
    let place = place_text(place);
    let rows = thresholds.into_iter().map(|threshold| view! { <Threshold threshold place=place.clone() may_manage/> }).collect_view();
    view! {
        <details class="disclosure border-t border-line" id=format!("place-{place}") open=open data-testid="place" data-place=place.clone()>
            <summary class="px-4 py-2.5 font-medium">{name}</summary>
            <ul class="divided border-t border-line">{rows}</ul>
        </details>
    }
    .into_any()
}

#[component]
fn Threshold(threshold: ThresholdView, place: String, may_manage: bool) -> impl IntoView {
    let ThresholdView { rule, chosen, limit, suggested } = threshold;
    let unit = rule.unit();
    let holds = limit.map_or_else(|| "off".to_owned(), |limit| unit.with(limit));
    let origin = if chosen.is_some() { "chosen here" } else { "inherited" };
    let hint = suggested.map(|(limit, deals)| format!(" · suggested: {} (from {} won deals)", unit.with(limit), count(deals)));
    let value = match chosen {
        None => String::new(),
        Some(None) => "off".into(),
        Some(Some(limit)) => limit.to_string(),
    };
    let form = may_manage.then(|| {
        view! {
            <form method="post" action=ChooseThreshold::url() class="flex gap-2">
                <input type="hidden" name="rule" value=rule.into_str()/>
                <input type="hidden" name="place" value=place/>
                <input
                    class="field limit-field"
                    name="limit"
                    value=value
                    placeholder="inherited"
                    inputmode="decimal"
                    aria-label=format!("Limit for {}: a number, off, or nothing", rule.label())
                    data-testid="limit"
                />
                <button type="submit" class="button" data-testid="limit-save">"Save"</button>
            </form>
        }
    });
    view! {
        <li class="px-4 py-2.5 flex flex-wrap items-center justify-between gap-x-4 gap-y-2" data-testid="threshold" data-rule=rule.into_str()>
            <div class="min-w-0 flex-1">
                <p>
                    <span class="font-medium">{rule.label()}</span>
                    <span class="text-muted" data-testid="threshold-holds">{format!(" · {holds} ({origin})")}</span>
                    <span class="text-muted">{hint}</span>
                </p>
                <p class="text-xs text-muted">{rule.describe()}</p>
            </div>
            {form}
        </li>
    }
    .into_any()
}
