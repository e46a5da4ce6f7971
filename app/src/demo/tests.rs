//! What the simulated workspace must be, checked on whole simulations.

use std::{collections::HashSet, sync::LazyLock};

use chrono::{TimeDelta, TimeZone, Utc};

use super::{
    CLOSED_LOST, CLOSED_WON, COMPETITOR, DemoOptions, DemoWorkspace, LEAD_SOURCE, SEATS, auc::auc, dice::Dice, play::LOSS_REASONS,
    simulate, step::Step,
};
use crate::domain::{
    Instant,
    deals::{ActivityKind, Outcome, StageKind},
    imports::{DealRecord, FieldChange},
};

fn now() -> Instant {
    Utc.with_ymd_and_hms(2026, 5, 13, 11, 20, 0).single().expect("an instant")
}

/// Whole workspaces take a moment each: the tests share some.
static WORKSPACES: LazyLock<Vec<DemoWorkspace>> =
    LazyLock::new(|| [1, 7, 42].map(|seed| simulate(&DemoOptions::new(seed, now()))).into_iter().collect());

fn closed(workspace: &DemoWorkspace) -> Vec<&DealRecord> {
    workspace.deals.iter().filter(|deal| deal.outcome.is_closed()).collect()
}

fn created(deal: &DealRecord) -> Instant {
    deal.created_at.expect("simulated deals have dates")
}

fn share(deals: &[DealRecord], has: impl Fn(&DealRecord) -> bool) -> f64 {
    deals.iter().filter(|deal| has(deal)).count() as f64 / deals.len() as f64
}

#[test]
fn is_as_large_as_a_real_teams_pipeline() {
    for workspace in WORKSPACES.iter() {
        let closed = closed(workspace);
        let open = workspace.deals.len() - closed.len();
        let won = closed.iter().filter(|deal| deal.outcome == Outcome::Won).count() as f64 / closed.len() as f64;
        assert!(closed.len() >= 1_200, "{} closed", closed.len());
        assert!(open >= 300, "{open} open");
        assert!((0.28..0.39).contains(&won), "{won} won");
        let login = &workspace.teams[0].reps[0];
        assert_eq!(login.email, "rep@demo.vectoros.example");
        let own = |deal: &&DealRecord| deal.outcome == Outcome::Open && deal.owner.as_ref() == Some(&login.name);
        assert!(workspace.deals.iter().filter(own).count() >= 25);
        let accounts: HashSet<_> = workspace.deals.iter().filter_map(|deal| deal.account.as_ref()).collect();
        assert!(accounts.len() > 300);
    }
}

#[test]
fn the_same_options_give_the_same_workspace() {
    let options = DemoOptions { deals: 200, ..DemoOptions::new(3, now()) };
    assert_eq!(simulate(&options), simulate(&options));
    assert_eq!(simulate(&DemoOptions::new(7, now())), WORKSPACES[1]);
    assert_ne!(simulate(&options).deals, simulate(&DemoOptions { seed: 4, ..options }).deals);
}

#[test]
fn a_later_now_only_adds() {
    let options = DemoOptions { deals: 300, ..DemoOptions::new(5, now()) };
    let earlier = simulate(&options);
    // Later the same day, so that the simulated period is the same.
    let later = simulate(&DemoOptions { now: now() + TimeDelta::hours(9), ..options });
    assert!(later.deals.len() >= earlier.deals.len());
    for (before, after) in earlier.deals.iter().zip(&later.deals) {
        assert_eq!(after.changes[..before.changes.len()], before.changes);
        assert_eq!(after.activities[..before.activities.len()], before.activities);
    }
}

#[test]
fn small_and_empty_workspaces_do_not_break() {
    for (deals, accounts, months) in [(0, 0, 0), (1, 1, 1), (40, 2, 3)] {
        let workspace = simulate(&DemoOptions { deals, accounts, months, ..DemoOptions::new(1, now()) });
        assert!(workspace.deals.len() <= deals);
    }
}

#[test]
fn everything_is_in_order_and_over_by_now() {
    let workspace = &WORKSPACES[1];
    for deal in &workspace.deals {
        let created = created(deal);
        let end = deal.closed_at.unwrap_or(now());
        assert!(created <= end && end <= now());
        let changes: Vec<Instant> = deal.changes.iter().map(|change| change.at).collect();
        let activities: Vec<Instant> = deal.activities.iter().map(|activity| activity.at).collect();
        assert!(changes.is_sorted() && activities.is_sorted(), "{}", deal.external_id);
        assert_eq!(changes[0], created);
        assert!(changes.iter().chain(&activities).all(|at| (created..=end).contains(at)), "{}", deal.external_id);
        assert!(activities.iter().all(|at| *at < end || deal.closed_at.is_none()));
        assert!((end - created).num_days() <= 310);
        let keys: HashSet<&str> = deal.activities.iter().map(|activity| activity.key.as_str()).collect();
        assert_eq!(keys.len(), deal.activities.len());
    }
    let ids: HashSet<&str> = workspace.deals.iter().map(|deal| deal.external_id.as_str()).collect();
    assert_eq!(ids.len(), workspace.deals.len());
}

#[test]
fn the_newest_state_is_what_the_history_says() {
    let workspace = &WORKSPACES[1];
    let stages: Vec<(&str, StageKind)> = workspace.source.pipeline.stages.iter().map(|stage| (stage.name.as_str(), stage.kind)).collect();
    for deal in &workspace.deals {
        let (mut stage, mut value, mut probability, mut close) = (None, None, None, None);
        for change in &deal.changes {
            match &change.change {
                FieldChange::Stage(name) => {
                    assert!(stages.iter().any(|(known, _)| known == name));
                    stage = Some(name.clone());
                }
                FieldChange::Value(amount) => value = Some(*amount),
                FieldChange::Probability(chance) => probability = Some(*chance),
                FieldChange::CloseDate(date) => close = Some(*date),
                FieldChange::Owner(name) => assert_eq!(deal.owner.as_ref(), Some(name), "nobody hands a deal over"),
            }
        }
        assert_eq!((&deal.stage, deal.value, deal.probability, deal.expected_close), (&stage, value, probability, close));
        let kind = stages.iter().find(|(known, _)| Some(*known) == stage.as_deref()).map(|(_, kind)| *kind);
        let last = deal.changes.last().expect("a deal begins with changes");
        match deal.outcome {
            Outcome::Open => assert_eq!((kind, deal.closed_at, &deal.loss_reason), (Some(StageKind::Open), None, &None)),
            Outcome::Won => assert_eq!((stage.as_deref(), Some(last.at), &deal.loss_reason), (Some(CLOSED_WON), deal.closed_at, &None)),
            Outcome::Lost => {
                assert_eq!((stage.as_deref(), Some(last.at)), (Some(CLOSED_LOST), deal.closed_at));
                assert!(deal.loss_reason.as_deref().is_some_and(|reason| LOSS_REASONS.contains(&reason)));
            }
        }
        let terminal =
            deal.changes.iter().filter(|change| matches!(&change.change, FieldChange::Stage(name) if name.starts_with("Closed")));
        assert_eq!(terminal.count(), usize::from(deal.outcome.is_closed()));
    }
}

#[test]
fn no_text_tells_the_outcome_or_has_an_empty_slot() {
    const TELLING: [&str; 22] = [
        "won",
        "win",
        "wins",
        "winning",
        "winner",
        "lost",
        "lose",
        "loses",
        "losing",
        "loss",
        "closed",
        "signed",
        "signature",
        "rejected",
        "declined",
        "cancelled",
        "accepted",
        "ordered",
        "churned",
        "defeat",
        "victory",
        "awarded",
    ];
    let workspace = &WORKSPACES[1];
    for deal in &workspace.deals {
        let words =
            deal.activities.iter().flat_map(|activity| [Some(&activity.subject), activity.body.as_ref(), activity.contact.as_ref()]);
        let own = [Some(&deal.title), Some(&deal.description), deal.notes.as_ref()];
        for text in words.chain(own).flatten() {
            assert!(!text.contains(['{', '}']) && !text.trim().is_empty(), "{text}");
            let telling =
                text.to_lowercase().split(|c: char| !c.is_alphanumeric()).find_map(|word| TELLING.iter().find(|t| **t == word).copied());
            assert_eq!(telling, None, "{text}");
        }
    }
}

#[test]
fn the_hidden_probability_is_a_good_and_honest_judge() {
    for workspace in WORKSPACES.iter() {
        assert!((0.82..=0.88).contains(&workspace.bayes_auc), "{}", workspace.bayes_auc);
        let closed = closed(workspace);
        assert_eq!(closed.len(), workspace.truth.len());
        for (deal, truth) in closed.iter().zip(&workspace.truth) {
            assert_eq!((&deal.external_id, deal.outcome == Outcome::Won), (&truth.external_id, truth.won));
        }
        // Outcomes are Bernoulli draws: their mean is the mean of the probabilities, within four standard errors.
        let n = closed.len() as f64;
        let mean = workspace.truth.iter().map(|truth| truth.win_probability).sum::<f64>() / n;
        let won = workspace.truth.iter().filter(|truth| truth.won).count() as f64 / n;
        let variance = workspace.truth.iter().map(|truth| truth.win_probability * (1.0 - truth.win_probability)).sum::<f64>();
        assert!((won - mean).abs() < 4.0 * variance.sqrt() / n, "{won} against {mean}");
        // Against shuffled outcomes it knows nothing.
        let probabilities: Vec<f64> = workspace.truth.iter().map(|truth| truth.win_probability).collect();
        let mut outcomes: Vec<bool> = workspace.truth.iter().map(|truth| truth.won).collect();
        Dice::new(9, 0).shuffle(&mut outcomes);
        assert!((auc(&probabilities, &outcomes) - 0.5).abs() < 0.07);
    }
}

/// Simple statistics of a deal as of an instant.
fn statistics(deal: &DealRecord, at: Instant) -> [(&'static str, f64); 7] {
    let activities: Vec<_> = deal.activities.iter().filter(|activity| activity.at <= at).collect();
    let changes: Vec<_> = deal.changes.iter().filter(|change| change.at <= at).collect();
    let stage = changes.iter().rev().find_map(|change| match &change.change {
        FieldChange::Stage(name) => Step::ALL.iter().position(|step| step.name() == name),
        _ => None,
    });
    let probability = changes.iter().rev().find_map(|change| match &change.change {
        FieldChange::Probability(probability) => Some(probability.get()),
        _ => None,
    });
    let slips = changes.iter().filter(|change| matches!(change.change, FieldChange::CloseDate(_))).count();
    let meetings = activities.iter().filter(|activity| activity.kind == ActivityKind::Meeting).count();
    let last = activities.last().map_or(created(deal), |activity| activity.at);
    [
        ("activities", activities.len() as f64),
        ("meetings", meetings as f64),
        ("changes", changes.len() as f64),
        ("date changes", slips as f64),
        ("stage", stage.map_or(-1.0, |place| place as f64)),
        ("days idle", (at - last).num_minutes() as f64),
        ("rep's probability", probability.unwrap_or(0.3)),
    ]
}

/// AUCs of the statistics as of the instant that `at` gives, whichever direction counts.
fn single_aucs(workspace: &DemoWorkspace, at: impl Fn(&DealRecord) -> Instant) -> Vec<(&'static str, f64)> {
    let closed = closed(workspace);
    let won: Vec<bool> = closed.iter().map(|deal| deal.outcome == Outcome::Won).collect();
    let rows: Vec<_> = closed.iter().map(|deal| statistics(deal, at(deal))).collect();
    (0..rows[0].len())
        .map(|column| {
            let values: Vec<f64> = rows.iter().map(|row| row[column].1).collect();
            let auc = auc(&values, &won);
            (rows[0][column].0, auc.max(1.0 - auc))
        })
        .collect()
}

#[test]
fn no_single_statistic_gives_the_outcome_away() {
    for workspace in WORKSPACES.iter() {
        let lifetime = |deal: &DealRecord| deal.closed_at.unwrap_or(now()) - created(deal);
        for (name, auc) in single_aucs(workspace, |deal| created(deal) + lifetime(deal) / 2) {
            assert!(auc < 0.75, "{name} at half of the life: {auc}");
        }
        // Right before the close a deal is well advanced or dead, and still far from decided by one figure.
        for (name, auc) in single_aucs(workspace, |deal| created(deal) + lifetime(deal) - TimeDelta::minutes(1)) {
            assert!(auc < 0.80, "{name} at the end: {auc}");
        }
        let closed = closed(workspace);
        let won: Vec<bool> = closed.iter().map(|deal| deal.outcome == Outcome::Won).collect();
        let days: Vec<f64> = closed.iter().map(|deal| lifetime(deal).num_hours() as f64).collect();
        assert!((auc(&days, &won) - 0.5).abs() < 0.1, "the length of a deal");
    }
}

#[test]
fn the_record_carries_a_signal() {
    let workspace = &WORKSPACES[1];
    let aucs = single_aucs(workspace, |deal| created(deal) + (deal.closed_at.unwrap_or(now()) - created(deal)) / 2);
    let of = |name: &str| aucs.iter().find(|(known, _)| *known == name).map_or(0.0, |(_, auc)| *auc);
    assert!(of("activities") > 0.58 && of("rep's probability") > 0.6, "{aucs:?}");
}

#[test]
fn some_values_are_missing_as_in_life() {
    for workspace in WORKSPACES.iter() {
        let deals = &workspace.deals;
        let range = 0.08..0.21;
        let without_value = |deal: &DealRecord| {
            let first = |change: &&crate::domain::imports::ChangeRecord| change.at == created(deal);
            !deal.changes.iter().filter(first).any(|change| matches!(change.change, FieldChange::Value(_)))
        };
        for (name, missing) in [
            ("probability", share(deals, |deal| deal.probability.is_none())),
            ("expected close", share(deals, |deal| deal.expected_close.is_none())),
            ("value at creation", share(deals, without_value)),
            ("industry", share(deals, |deal| deal.account.as_ref().is_none_or(|account| account.industry.is_none()))),
            ("lead source", share(deals, |deal| !deal.custom.contains_key(LEAD_SOURCE))),
            ("competitor", share(deals, |deal| !deal.custom.contains_key(COMPETITOR))),
            ("seats", share(deals, |deal| !deal.custom.contains_key(SEATS))),
            ("notes", share(deals, |deal| deal.notes.is_none())),
        ] {
            assert!(range.contains(&missing), "{name}: {missing}");
        }
    }
}

#[test]
fn open_deals_are_a_mixed_pipeline() {
    let workspace = &WORKSPACES[2];
    let open: Vec<DealRecord> = workspace.deals.iter().filter(|deal| deal.outcome == Outcome::Open).cloned().collect();
    let idle_days = |deal: &DealRecord| (now() - deal.activities.last().map_or(created(deal), |activity| activity.at)).num_days();
    let stalled = share(&open, |deal| idle_days(deal) >= 21);
    let busy = share(&open, |deal| idle_days(deal) <= 7);
    let overdue = share(&open, |deal| deal.expected_close.is_some_and(|date| date < now().date_naive()));
    let fresh = share(&open, |deal| (now() - created(deal)).num_days() <= 14);
    assert!((0.05..0.30).contains(&stalled), "{stalled} stalled");
    assert!(busy > 0.4, "{busy} busy");
    assert!((0.05..0.30).contains(&overdue), "{overdue} overdue");
    assert!((0.08..0.35).contains(&fresh), "{fresh} fresh");
    for step in Step::ALL {
        assert!(share(&open, |deal| deal.stage.as_deref() == Some(step.name())) > 0.06, "{}", step.name());
    }
}
