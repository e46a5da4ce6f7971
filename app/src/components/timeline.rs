//! A deal's history, newest first, by month.

use leptos::prelude::*;

use super::{Icon, IconName, instant_date};
use crate::{
    domain::deals::{ActivityKind, Outcome},
    views::deals::{TimelineEntry, TimelineKind},
};

/// How an entry reads.
struct Line {
    kind: &'static str,
    icon: IconName,
    /// For the dot's colour: good, bad, watch, accent or plain.
    tone: &'static str,
    title: String,
    detail: Option<String>,
    body: Option<String>,
}

fn change(from: Option<&str>, to: Option<&str>) -> String {
    match (from, to) {
        (Some(from), Some(to)) => format!("{from} → {to}"),
        (None, Some(to)) => format!("Set to {to}"),
        (Some(from), None) => format!("Was {from}, now empty"),
        (None, None) => "Emptied".into(),
    }
}

fn close_date_title(slip_days: Option<i64>) -> (String, &'static str) {
    let days = |days: i64| format!("{days} day{}", if days == 1 { "" } else { "s" });
    match slip_days {
        Some(slip) if slip > 0 => (format!("Close date slipped by {}", days(slip)), "watch"),
        Some(slip) if slip < 0 => (format!("Close date pulled in by {}", days(-slip)), "good"),
        _ => ("Close date changed".into(), "plain"),
    }
}

fn line(what: TimelineKind) -> Line {
    let plain = |kind, icon, title: String, detail| Line { kind, icon, tone: "plain", title, detail, body: None };
    match what {
        TimelineKind::Created => plain("created", IconName::Plus, "Deal created".into(), None),
        TimelineKind::Stage { from, to } => {
            let title = match from {
                Some(from) => format!("Moved from {from} to {to}"),
                None => format!("Entered {to}"),
            };
            Line { tone: "accent", ..plain("stage", IconName::Flag, title, None) }
        }
        TimelineKind::Value { from, to } => {
            plain("value", IconName::Coin, "Value changed".into(), Some(change(from.as_deref(), to.as_deref())))
        }
        TimelineKind::Probability { from, to } => {
            plain("probability", IconName::Gauge, "Rep's estimate changed".into(), Some(change(from.as_deref(), to.as_deref())))
        }
        TimelineKind::CloseDate { from, to, slip_days } => {
            let (title, tone) = close_date_title(slip_days);
            Line { tone, ..plain("close_date", IconName::Calendar, title, Some(change(from.as_deref(), to.as_deref()))) }
        }
        TimelineKind::Owner { from, to } => {
            plain("owner", IconName::User, "Owner changed".into(), Some(change(from.as_deref(), to.as_deref())))
        }
        TimelineKind::Field { name, from, to } => {
            plain("field", IconName::Tag, format!("{name} changed"), Some(change(from.as_deref(), to.as_deref())))
        }
        TimelineKind::Outcome { outcome, reason } => {
            let (icon, tone, title) = match outcome {
                Outcome::Won => (IconName::Trophy, "good", "Deal won"),
                Outcome::Lost => (IconName::Close, "bad", "Deal lost"),
                Outcome::Open => (IconName::Circle, "plain", "Deal reopened"),
            };
            Line { tone, ..plain("outcome", icon, title.into(), reason) }
        }
        TimelineKind::Activity { activity, subject, body, contact } => {
            let icon = match activity {
                ActivityKind::Call => IconName::Phone,
                ActivityKind::Email => IconName::Mail,
                ActivityKind::Meeting => IconName::Meeting,
                ActivityKind::Note => IconName::Note,
                ActivityKind::Other => IconName::Circle,
            };
            let title = if subject.is_empty() { activity.label().into() } else { subject };
            let detail = match contact {
                Some(contact) => format!("{} with {contact}", activity.label()),
                None => activity.label().into(),
            };
            Line { body, ..plain("activity", icon, title, Some(detail)) }
        }
    }
}

/// The heading an entry stands under.
fn month(entry: &TimelineEntry) -> String {
    entry.at.map_or_else(|| "Without a date".into(), |at| at.format("%B %Y").to_string())
}

#[component]
pub fn Timeline(entries: Vec<TimelineEntry>) -> impl IntoView {
    let mut months: Vec<(String, Vec<TimelineEntry>)> = Vec::new();
    for entry in entries {
        let name = month(&entry);
        match months.last_mut() {
            Some((last, group)) if *last == name => group.push(entry),
            _ => months.push((name, vec![entry])),
        }
    }
    let groups = months
        .into_iter()
        .map(|(name, group)| {
            view! {
                <li>
                    <h3 class="eyebrow mb-3">{name}</h3>
                    <ol class="mb-2">{group.into_iter().map(|entry| view! { <Entry entry/> }).collect_view()}</ol>
                </li>
            }
        })
        .collect_view();
    view! { <ol data-testid="timeline">{groups}</ol> }.into_any()
}

#[component]
fn Entry(entry: TimelineEntry) -> impl IntoView {
    let TimelineEntry { at, actor, what } = entry;
    let Line { kind, icon, tone, title, detail, body } = line(what);
    let byline = match (detail, actor) {
        (Some(detail), Some(actor)) => Some(format!("{detail} · {actor}")),
        (detail, actor) => detail.or(actor),
    };
    view! {
        <li class="timeline-item" data-testid="timeline-entry" data-kind=kind>
            <span class="timeline-dot" data-tone=tone><Icon name=icon/></span>
            <div class="min-w-0 pt-1">
                <p class="font-medium leading-5 break-words">{title}</p>
                {byline.map(|byline| view! { <p class="text-xs text-muted mt-0.5 break-words">{byline}</p> })}
                {body.map(|body| view! { <p class="text-ink-2 mt-1 whitespace-pre-line break-words">{body}</p> })}
            </div>
            {at.map(|at| {
                view! { <time class="num text-xs text-muted pt-1.5" datetime=at.to_rfc3339()>{instant_date(at)}</time> }
            })}
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_told_from_a_pull_in() {
        assert_eq!(close_date_title(Some(14)).0, "Close date slipped by 14 days");
        assert_eq!(close_date_title(Some(-1)).0, "Close date pulled in by 1 day");
        assert_eq!(close_date_title(None).0, "Close date changed");
    }

    #[test]
    fn an_activity_without_a_subject_still_has_a_title() {
        let what = TimelineKind::Activity { activity: ActivityKind::Call, subject: String::new(), body: None, contact: None };
        assert_eq!(line(what).title, "Call");
    }
}
