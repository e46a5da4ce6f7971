//! The words of activities: what a call was about, what a customer wrote.

use super::{activity_phrases as say, dice::Dice, latent::Turn, prospect::Prospect, step::Step, text::fill};
use crate::domain::{deals::ActivityKind, imports::ActivityRecord};

/// What gives rise to an activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Occasion {
    /// Ordinary work in a stage.
    Work(Step),
    /// What a stage is for: the demo in Demo, the offer in Proposal.
    Milestone(Step),
    /// The rep tries to reach somebody who does not answer.
    Chase,
    /// The customer is busy with other things and says so.
    Pause,
    /// The rep notes down a turn of events.
    Turn(Turn),
}

/// An activity's content, without its time.
pub(super) struct Wording {
    pub kind: ActivityKind,
    pub subject: String,
    pub body: Option<String>,
    /// `None` for what the customer wrote.
    pub actor: Option<&'static str>,
    pub contact: Option<String>,
}

/// Writes an activity. `warmth` is how lively the customer takes part, standardised: it shows in how often they write
/// themselves and in how meetings went. `earlier` are the deal's activities so far, whose words are not repeated.
pub(super) fn write(occasion: Occasion, prospect: &Prospect, warmth: f64, earlier: &[ActivityRecord], dice: &mut Dice) -> Wording {
    let kind = kind(occasion, dice);
    let by_customer = (0.38 + 0.14 * warmth).clamp(0.1, 0.7);
    let inbound = matches!(occasion, Occasion::Work(_)) && kind == ActivityKind::Email && dice.chance(by_customer);
    let body = body(occasion, kind, inbound, warmth, dice).filter(|template| {
        let text = fill(template, prospect);
        earlier.iter().all(|activity| activity.body.as_ref() != Some(&text))
    });
    let mut template = subject(occasion, kind, inbound, body.is_some(), dice);
    for _ in 0..FRESH_ATTEMPTS {
        let text = fill(template, prospect);
        if earlier.iter().rev().take(6).all(|activity| activity.subject != text) {
            break;
        }
        template = subject(occasion, kind, inbound, body.is_some(), dice);
    }
    let internal = matches!(kind, ActivityKind::Note | ActivityKind::Other);
    let contact = (!internal && dice.chance(0.92)).then(|| contact(occasion, template, body, prospect, dice));
    Wording {
        kind,
        subject: fill(template, prospect),
        body: body.map(|body| fill(body, prospect)),
        actor: (!inbound).then_some(prospect.rep.name),
        contact,
    }
}

/// How often to look for a subject that the last activities did not have.
const FRESH_ATTEMPTS: usize = 5;

fn body(occasion: Occasion, kind: ActivityKind, inbound: bool, warmth: f64, dice: &mut Dice) -> Option<&'static str> {
    let (choices, share): (&[&'static str], f64) = match (occasion, kind) {
        (Occasion::Turn(turn), _) => (turn_bodies(turn), 1.0),
        (Occasion::Chase, _) => (&say::CHASE_BODIES, 0.2),
        (Occasion::Pause, _) => (&say::PAUSE_BODIES, 0.6),
        (Occasion::Milestone(step), _) => (milestone_bodies(step, warmth + 0.8 * dice.normal() > 0.0), 0.6),
        (Occasion::Work(_), ActivityKind::Email) if inbound => (&say::INBOUND_BODIES, 0.45),
        (Occasion::Work(_), ActivityKind::Email | ActivityKind::Other) => return None,
        (Occasion::Work(step), _) => (work_bodies(step), 0.45),
    };
    dice.chance(share).then(|| dice.pick(choices))
}

fn kind(occasion: Occasion, dice: &mut Dice) -> ActivityKind {
    use ActivityKind::{Call, Email, Meeting, Note, Other};
    let kinds = [Call, Email, Meeting, Note, Other];
    let weights = match occasion {
        Occasion::Work(Step::Qualification) => [0.40, 0.40, 0.04, 0.12, 0.04],
        Occasion::Work(Step::Discovery) => [0.30, 0.38, 0.15, 0.13, 0.04],
        Occasion::Work(Step::Demo) => [0.22, 0.42, 0.18, 0.12, 0.06],
        Occasion::Work(Step::Proposal) => [0.28, 0.46, 0.10, 0.12, 0.04],
        Occasion::Work(Step::Negotiation) => [0.34, 0.42, 0.10, 0.10, 0.04],
        Occasion::Milestone(Step::Qualification) => [1.0, 0.0, 0.0, 0.0, 0.0],
        Occasion::Milestone(Step::Discovery) => [0.0, 0.0, 1.0, 0.0, 0.0],
        Occasion::Milestone(Step::Demo) => [0.0, 0.0, 1.0, 0.0, 0.0],
        Occasion::Milestone(Step::Proposal) => [0.0, 1.0, 0.0, 0.0, 0.0],
        Occasion::Milestone(Step::Negotiation) => [0.6, 0.0, 0.4, 0.0, 0.0],
        Occasion::Chase => [0.38, 0.56, 0.0, 0.06, 0.0],
        Occasion::Pause => [0.3, 0.4, 0.0, 0.3, 0.0],
        Occasion::Turn(_) => [0.25, 0.0, 0.05, 0.70, 0.0],
    };
    kinds[dice.weighted(&weights)]
}

fn subject(occasion: Occasion, kind: ActivityKind, inbound: bool, with_body: bool, dice: &mut Dice) -> &'static str {
    let choices: &[&'static str] = match (occasion, kind) {
        (Occasion::Turn(turn), _) => turn_subjects(turn),
        (Occasion::Pause, _) => &say::PAUSE,
        (Occasion::Chase, ActivityKind::Call) => &say::CHASE_CALLS,
        (Occasion::Chase, ActivityKind::Note) => &say::CHASE_NOTES,
        (Occasion::Chase, _) => &say::CHASE_EMAILS,
        (Occasion::Milestone(step), _) => match step {
            Step::Qualification => &say::FIRST_CALLS,
            Step::Discovery => &say::DISCOVERY_MEETINGS,
            Step::Demo => &say::DEMOS,
            Step::Proposal => &say::OFFERS,
            Step::Negotiation => &say::TERMS,
        },
        (Occasion::Work(_), _) if inbound => &say::INBOUND,
        (Occasion::Work(_), ActivityKind::Note) if with_body => &say::NOTES_WITH_BODY,
        (Occasion::Work(_), ActivityKind::Note) => &say::NOTES,
        (Occasion::Work(Step::Qualification | Step::Discovery), ActivityKind::Other) => &say::EARLY_TASKS,
        (Occasion::Work(_), ActivityKind::Other) => &say::TASKS,
        (Occasion::Work(_), ActivityKind::Meeting) => &say::MEETINGS,
        (Occasion::Work(step), ActivityKind::Call) => match step {
            Step::Qualification | Step::Discovery => &say::EARLY_CALLS,
            Step::Demo | Step::Proposal => &say::MIDDLE_CALLS,
            Step::Negotiation => &say::LATE_CALLS,
        },
        (Occasion::Work(step), ActivityKind::Email) => match step {
            Step::Qualification | Step::Discovery => &say::EARLY_EMAILS,
            Step::Demo | Step::Proposal => &say::MIDDLE_EMAILS,
            Step::Negotiation => &say::LATE_EMAILS,
        },
    };
    dice.pick(choices)
}

fn work_bodies(step: Step) -> &'static [&'static str] {
    match step {
        Step::Qualification | Step::Discovery => &say::EARLY_BODIES,
        Step::Demo | Step::Proposal => &say::MIDDLE_BODIES,
        Step::Negotiation => &say::LATE_BODIES,
    }
}

fn milestone_bodies(step: Step, warm: bool) -> &'static [&'static str] {
    match (step, warm) {
        (Step::Qualification, true) => &say::FIRST_WARM,
        (Step::Qualification, false) => &say::FIRST_COOL,
        (Step::Discovery, true) => &say::DISCOVERY_WARM,
        (Step::Discovery, false) => &say::DISCOVERY_COOL,
        (Step::Demo, true) => &say::DEMO_WARM,
        (Step::Demo, false) => &say::DEMO_COOL,
        (Step::Proposal, _) => &say::OFFER_BODIES,
        (Step::Negotiation, true) => &say::TERMS_WARM,
        (Step::Negotiation, false) => &say::TERMS_COOL,
    }
}

fn turn_subjects(turn: Turn) -> &'static [&'static str] {
    match turn {
        Turn::ChampionLeaves => &["{first} is leaving", "Change of contact", "Our contact moves on"],
        Turn::BudgetFreeze => &["Spending stop", "Budget under review", "Finance holds new projects"],
        Turn::NewCompetitor => &["Another vendor showed up", "New name on the shortlist", "They asked for a further offer"],
        Turn::Sponsor => &["{decider title} steps in", "Support from above", "Met {decider}"],
        Turn::UrgentNeed => &["They want to speed up", "New deadline on their side", "Pressure from operations"],
        Turn::ScopeGrows => &["Larger scope", "Second site joins", "More seats asked for"],
        Turn::SecurityReview => &["Security review", "IT security wants answers", "Data protection questions"],
    }
}

fn turn_bodies(turn: Turn) -> &'static [&'static str] {
    match turn {
        Turn::ChampionLeaves => &say::CHAMPION_LEAVES,
        Turn::BudgetFreeze => &say::BUDGET_FREEZE,
        Turn::NewCompetitor => &say::NEW_COMPETITOR,
        Turn::Sponsor => &say::SPONSOR,
        Turn::UrgentNeed => &say::URGENT_NEED,
        Turn::ScopeGrows => &say::SCOPE_GROWS,
        Turn::SecurityReview => &say::SECURITY_REVIEW,
    }
}

/// Whom it was with: the person the words name, or else mostly the first contact; deciders join for terms and offers.
fn contact(occasion: Occasion, subject: &str, body: Option<&str>, prospect: &Prospect, dice: &mut Dice) -> String {
    let people = &prospect.account.contacts;
    let names_user = |words: &str| words.contains("{first}") || words.contains("{user}");
    let late =
        matches!(occasion, Occasion::Work(Step::Proposal | Step::Negotiation) | Occasion::Milestone(Step::Proposal | Step::Negotiation));
    let place = if subject.contains("{decider}") {
        1
    } else if names_user(subject) || body.is_some_and(names_user) {
        0
    } else {
        let weight = |place: usize| match place {
            0 => 1.0,
            1 if late => 0.9,
            1 => 0.35,
            _ => 0.2,
        };
        dice.weighted(&(0..people.len()).map(weight).collect::<Vec<_>>())
    };
    people.get(place).map(super::names::Contact::shown).unwrap_or_default()
}
