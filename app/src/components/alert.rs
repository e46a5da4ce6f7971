//! Alerts as pages show them: priority badge, one alert with what can be done about it.

use leptos::{prelude::*, server_fn::ServerFn};

use super::{Icon, IconName, instant_date};
use crate::{
    api::alerts::handling::HandleAlerts,
    domain::alerts::{AlertState, DismissReason, Priority},
    views::alerts::AlertView,
};

#[component]
pub fn PriorityBadge(priority: Priority) -> impl IntoView {
    let icon = match priority {
        Priority::Critical => IconName::Octagon,
        Priority::High => IconName::Alert,
        Priority::Medium => IconName::Flag,
        Priority::Low => IconName::Info,
    };
    view! {
        <span class="badge" data-priority=priority.into_str() data-testid="priority-badge">
            <Icon name=icon/>
            {priority.label()}
        </span>
    }
    .into_any()
}

/// One alert: what was seen, compared with what, since when, what to do, and buttons to do it.
#[component]
pub fn AlertItem(
    alert: AlertView,
    /// Where the buttons lead back to without scripts.
    back: String,
    /// Can be chosen with others.
    #[prop(optional)]
    in_list: bool,
) -> impl IntoView {
    let id = alert.id.to_string();
    let state = alert.state;
    let checkbox = (in_list && state.is_active()).then(|| {
        view! {
            <input
                type="checkbox"
                class="mt-1"
                name="ids[]"
                value=id.clone()
                form="bulk"
                aria-label=format!("Choose: {} on {}", alert.headline, alert.deal_title)
                data-testid="alert-choose"
            />
        }
    });
    let standing = match state {
        AlertState::Open => None,
        AlertState::Acknowledged => Some(format!("Acknowledged{}", by(&alert))),
        AlertState::Snoozed => alert.snoozed_until.map(|until| format!("Snoozed until {}{}", instant_date(until), by(&alert))),
        AlertState::Dismissed => {
            Some(format!("Dismissed{}: {}", by(&alert), alert.dismissed.map(DismissReason::label).unwrap_or_default().to_lowercase()))
        }
        AlertState::Resolved => alert.ended_at.map(|at| format!("Resolved on {}: the cause is gone", instant_date(at))),
    };
    let note = alert.note.clone().map(|note| view! { <p class="text-xs text-muted">{format!("Note: {note}")}</p> });
    let controls = state.is_active().then(|| view! { <Controls id=id.clone() state back/> });
    view! {
        <li class="px-4 py-3 flex gap-3 items-start" data-testid="alert" data-rule=alert.rule.into_str() data-state=state.into_str() data-id=id>
            {checkbox}
            <div class="min-w-0 flex-1">
                <div class="flex flex-wrap items-center gap-x-2 gap-y-1">
                    <PriorityBadge priority=alert.priority/>
                    <span class="font-semibold" data-testid="alert-headline">{alert.headline.clone()}</span>
                </div>
                <p class="text-xs text-muted mt-1" data-testid="alert-detail">{alert.detail.clone()}</p>
                <p class="mt-1" data-testid="alert-advice">{alert.advice.clone()}</p>
                {standing.map(|text| view! { <p class="text-xs text-muted mt-1" data-testid="alert-standing">{text}</p> })}
                {note}
                {controls}
            </div>
        </li>
    }
    .into_any()
}

fn by(alert: &AlertView) -> String {
    alert.handled_by.as_ref().map(|name| format!(" by {name}")).unwrap_or_default()
}

#[component]
fn Controls(id: String, state: AlertState, back: String) -> impl IntoView {
    let button = |what: &'static str, label: &'static str| {
        view! {
            <button type="submit" name="what" value=what class="button" data-testid=format!("alert-{what}")>{label}</button>
        }
    };
    let reasons = DismissReason::ALL.map(|reason| button(reason.into_str(), reason.label())).collect_view();
    let first = if state == AlertState::Open { button("acknowledge", "Acknowledge") } else { button("reopen", "Reopen") };
    view! {
        <div class="mt-2 no-print">
            <form method="post" action=HandleAlerts::url()>
                <input type="hidden" name="ids[]" value=id.clone()/>
                <input type="hidden" name="back" value=back/>
                <div class="flex flex-wrap gap-2 items-start">
                    {first}
                    <details class="disclosure" id=format!("snooze-{id}")>
                        <summary class="button" data-testid="alert-snooze">"Snooze"</summary>
                        <div class="flex flex-wrap gap-2 mt-2">
                            {button("snooze_1", "1 day")} {button("snooze_7", "1 week")} {button("snooze_30", "30 days")}
                        </div>
                    </details>
                    <details class="disclosure" id=format!("dismiss-{id}")>
                        <summary class="button" data-testid="alert-dismiss">"Dismiss"</summary>
                        <div class="flex flex-wrap gap-2 mt-2">{reasons}</div>
                    </details>
                </div>
            </form>
        </div>
    }
    .into_any()
}
