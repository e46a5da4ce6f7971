//! What open deals are worth by the month they are expected to close in.

use leptos::prelude::*;

use crate::{
    components::{Card, count},
    domain::{
        forecast::{ForecastMonth, ForecastWhen},
        money::Money,
    },
    pages::risk::words::amount,
};

fn when_in_words(when: ForecastWhen) -> String {
    match when {
        ForecastWhen::Overdue => "Overdue".into(),
        ForecastWhen::Month(first) => first.format("%b %Y").to_string(),
        ForecastWhen::Later => "Later".into(),
        ForecastWhen::Undated => "No date".into(),
    }
}

#[component]
pub fn Forecast(months: Vec<ForecastMonth>) -> impl IntoView {
    if months.is_empty() {
        return view! {
            <Card title="Forecast by month" id="forecast" testid="forecast">
                <p class="text-muted">"No open deals, nothing to forecast."</p>
            </Card>
        }
        .into_any();
    }
    let most = months.iter().filter_map(|month| month.value.as_ref()).map(as_number).fold(0.0, f64::max);
    let rows = months.into_iter().map(|month| view! { <Row month most/> }).collect_view();
    view! {
        <Card
            title="Forecast by month"
            id="forecast"
            testid="forecast"
            flush=true
            hint="Value × win probability, by expected close date. Nine times out of ten the won value falls into the range, if the \
                  probabilities hold and deals do not depend on each other."
                .to_owned()
        >
            <div class="scrolls border-t border-line">
                <table class="data-table plain-table">
                    <caption class="sr-only">"Open deals by the month of their expected close"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Closes"</th>
                            <th scope="col" class="right max-sm:hidden">"Deals"</th>
                            <th scope="col" class="right">"Value"</th>
                            <th scope="col" class="right">"Expected"</th>
                            <th scope="col" class="right">"Range"</th>
                            <th scope="col" class="forecast-bar-cell"><span class="sr-only">"Drawn"</span></th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </Card>
    }
    .into_any()
}

fn as_number(money: &Money) -> f64 {
    use rust_decimal::prelude::ToPrimitive;
    money.amount.to_f64().unwrap_or(0.0).max(0.0)
}

#[component]
fn Row(month: ForecastMonth, most: f64) -> impl IntoView {
    let ForecastMonth { when, deals, value, expected, low, high } = month;
    let range = match (&low, &high) {
        (Some(low), Some(high)) => format!("{}–{}", low.compact(), high.compact()),
        _ => "–".into(),
    };
    let percent = |money: &Option<Money>| money.as_ref().map_or(0.0, as_number) / most.max(1.0) * 100.0;
    let (from, to) = (percent(&low), percent(&high));
    let drawn = expected.is_some().then(|| {
        view! {
            <span class="forecast-range" style:left=format!("{from:.1}%") style:width=format!("{:.1}%", to - from)></span>
            <span class="forecast-tick" style:left=format!("{:.1}%", percent(&expected))></span>
        }
    });
    let value_share = format!("{:.1}%", percent(&value));
    view! {
        <tr data-testid="forecast-row">
            <th scope="row" class="whitespace-nowrap" class=("text-critical", when == ForecastWhen::Overdue)>{when_in_words(when)}</th>
            <td class="right num max-sm:hidden">{count(deals)}</td>
            <td class="right num">{amount(value.as_ref())}</td>
            <td class="right num font-semibold" data-testid="forecast-expected">{amount(expected.as_ref())}</td>
            <td class="right num text-muted whitespace-nowrap">{range}</td>
            <td class="forecast-bar-cell" aria-hidden="true">
                <span class="forecast-track"><span class="forecast-value" style:width=value_share></span> {drawn}</span>
            </td>
        </tr>
    }
    .into_any()
}
