//! Drift: what moved away from what the model learned, and whether its predictions still mean what they say.

use leptos::prelude::*;

use crate::{
    charts,
    components::{Card, Notice, Tone, count, instant_date, moment},
    domain::{
        Instant,
        models::{CalibrationPoint, DriftReport, FeatureDrift},
    },
};

#[component]
pub fn DriftCard(drift: Option<DriftReport>, rolling: Vec<CalibrationPoint>, rolling_at: Option<Instant>) -> impl IntoView {
    let latest = rolling.last().map(|point| {
        let of = point.calibration;
        format!(
            "Of {} deals closed within six weeks {:.0} % were won, {:.0} % were predicted; on the right side of one half: {:.0} %. \
             Log-loss {:.3}, {:.3} expected if the predictions were true; Brier score {:.3}.",
            count(of.n),
            of.observed * 100.0,
            of.predicted * 100.0,
            of.accuracy * 100.0,
            of.log_loss,
            of.expected_log_loss,
            of.brier
        )
    });
    let latest = latest.unwrap_or_else(|| "No deal that had a score has closed yet.".into());
    let rolling_svg = charts::rolling_calibration(&rolling);
    let chart = (!rolling_svg.is_empty()).then(|| view! { <div class="mt-2" data-testid="rolling" inner_html=rolling_svg></div> });
    view! {
        <Card title="Predictions and outcomes" id="rolling" hint="Of the last scores before each close, replayed ones included, six weeks at a time.">
            <p data-testid="rolling-latest">{latest}{rolling_at.map(|at| format!(" Counted {}.", moment(at)))}</p>
            {chart}
        </Card>
        <Moved drift/>
    }
    .into_any()
}

#[component]
fn Moved(drift: Option<DriftReport>) -> impl IntoView {
    let Some(drift) = drift else {
        return view! {
            <Card title="Drift" id="drift"><p class="text-muted">"Not looked for yet; that is done every night."</p></Card>
        }
        .into_any();
    };
    let why = drift.why();
    let said = if why.is_empty() {
        view! { <Notice tone=Tone::Good quiet=true testid="drift-none">"No limit is crossed."</Notice> }.into_any()
    } else {
        let text = format!("Beyond the limits: {}.", why.join("; "));
        view! { <Notice tone=Tone::Warning quiet=true testid="drift-alarm">{text}</Notice> }.into_any()
    };
    let hint = format!(
        "Model {}, looked at {}. {} deals closed within {} days against those that it learned from. Bars: share of deals by value, \
         grey then, coloured now. The limit allows for what chance does to so few deals. What is measured against all past deals (nearness \
         of similar ones, win rates of owners and accounts) moves by itself as the past grows, and raises no alarm.",
        drift.model_version,
        instant_date(drift.at),
        count(drift.recent_deals),
        drift.recent_days
    );
    let charts = drift.features.into_iter().map(|feature| view! { <Feature feature/> }).collect_view();
    view! {
        <Card title="Drift" id="drift" hint=hint testid="drift">
            {said}
            <ul class="multiples mt-3">{charts}</ul>
        </Card>
    }
    .into_any()
}

/// A feature's bins, then and now.
#[component]
fn Feature(feature: FeatureDrift) -> impl IntoView {
    let FeatureDrift { name, psi, limit, drifted, expected, actual, labels } = feature;
    let highest = expected.iter().chain(&actual).copied().fold(0.0, f64::max).max(1e-9);
    let height = |share: f64| format!("height:{:.1}%", 100.0 * share / highest);
    let bars = expected
        .iter()
        .zip(&actual)
        .zip(labels)
        .map(|((expected, actual), label)| {
            let said = format!("{label}: {:.0} % then, {:.0} % now", expected * 100.0, actual * 100.0);
            view! {
                <span class="multiple-bin" title=said>
                    <span class="multiple-then" style=height(*expected)></span>
                    <span class="multiple-now" style=height(*actual)></span>
                </span>
            }
        })
        .collect_view();
    let title = if name == FeatureDrift::SCORE { "The score itself".to_owned() } else { name.replace('_', " ") };
    let figures = format!("PSI {psi:.2}, limit {limit:.2}");
    view! {
        <li class="multiple" data-drifted=drifted.then_some("true") data-testid="feature-drift">
            <p class="text-xs font-medium clamp-1">{title}</p>
            <div class="multiple-bins" role="img" aria-label=figures.clone()>{bars}</div>
            <p class="num text-xs text-muted">{figures} {drifted.then_some(" – moved")}</p>
        </li>
    }
    .into_any()
}
