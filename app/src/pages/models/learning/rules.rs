//! When to train, and what becomes of challengers.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    api::models::learning::SetLearningRules,
    components::{Card, Fact},
    domain::models::LearningRules,
};

#[component]
pub fn RulesCard(rules: LearningRules, may_manage: bool) -> impl IntoView {
    let body = if may_manage { view! { <Form rules/> }.into_any() } else { view! { <Facts rules/> }.into_any() };
    view! { <Card title="Rules" id="rules" testid="learning-rules">{body}</Card> }.into_any()
}

fn yes(yes: bool) -> Option<String> {
    Some(if yes { "Yes" } else { "No" }.into())
}

#[component]
fn Facts(rules: LearningRules) -> impl IntoView {
    view! {
        <dl class="max-w-md">
            <Fact label="Train every".into() value=rules.every_days.map(|days| format!("{days} days"))/>
            <Fact label="Train after".into() value=rules.after_outcomes.map(|deals| format!("{deals} outcomes"))/>
            <Fact label="Train on drift".into() value=yes(rules.on_drift)/>
            <Fact label="Promote by the rule".into() value=yes(rules.promote_by_rule)/>
            <Fact label="The challenger scores".into() value=Some(format!("{} % of the deals", rules.share))/>
        </dl>
    }
    .into_any()
}

#[component]
fn Form(rules: LearningRules) -> impl IntoView {
    let text = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
    let challenger_test = rules.challenger_test.clone();
    let rule = format!(
        "The rule: promoted when on at least so many deals (and {} of each outcome) its log-loss is lower with {:.0} % confidence, its \
         Brier score is lower, and its calibration is not worse; looked at only at growing numbers of deals, so that chance gets few tries. \
         Dropped when it is worse with that confidence, or after {} deals or {} days without a verdict.",
        challenger_test.min_outcomes,
        challenger_test.confidence * 100.0,
        challenger_test.max_deals,
        challenger_test.max_days
    );
    view! {
        <form method="post" action=SetLearningRules::url() class="flex flex-col gap-3">
            <div class="fact-grid">
                <Number name="every_days" label="Train every … days (empty: never)" value=text(rules.every_days.map(u64::from))/>
                <Number name="after_outcomes" label="Train after … outcomes (empty: never)" value=text(rules.after_outcomes)/>
                <Number name="first_checkpoint" label="Judge a challenger from … deals on" value=text(Some(challenger_test.first_checkpoint))/>
                <Number name="share" label="Challenger scores … % of the deals (0 to 50)" value=text(Some(rules.share.into()))/>
            </div>
            <label class="flex items-center gap-2">
                <input type="checkbox" name="on_drift" value="true" checked=rules.on_drift/>
                "Train when drift is noticed"
            </label>
            <label class="flex items-center gap-2">
                <input type="checkbox" name="promote_by_rule" value="true" checked=rules.promote_by_rule/>
                "Promote a challenger when the rule says so; otherwise only by hand"
            </label>
            <p class="text-xs text-muted max-w-3xl">{rule}</p>
            <div><button type="submit" class="button button-primary" data-testid="save-rules">"Save"</button></div>
        </form>
    }
    .into_any()
}

#[component]
fn Number(name: &'static str, label: &'static str, value: String) -> impl IntoView {
    view! {
        <div>
            <label class="eyebrow block mb-1" for=name>{label}</label>
            <input class="field num" id=name name=name inputmode="numeric" value=value/>
        </div>
    }
    .into_any()
}
