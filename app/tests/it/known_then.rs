//! What was known, seen and done at the time, told apart from what came later.

use app::{
    domain::{
        Instant,
        alerts::{AlertRule, Observation, Priority},
        deals::{ActivityKind, DealQuery, Outcome, OutcomeFilter},
        ids::{AlertId, DealId, TeamId},
        people::{Role, Viewer},
        probability::Probability,
        scoring::FeedbackReason,
    },
    services::{App, NewActivity, ReplayReport},
    store::{
        alerts::{self, NewAlert},
        entity::prediction,
        models, people,
    },
};
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::support::*;

async fn deal_named(app: &App, viewer: &Viewer, title: &str) -> DealId {
    let query = DealQuery { text: Some(title.into()), outcome: OutcomeFilter::All, ..DealQuery::opening() };
    let rows = app.deals().deal_list(viewer, query).await.expect("lists").rows;
    rows.iter().find(|row| row.title == title).expect("is there").id
}

/// A trained workspace whose open deals are scored.
async fn scored(app: App) -> (App, Viewer) {
    let app = prepared(app).await;
    app.similarity().embed_backlog(&mut |_, _, _| {}).await.expect("embeds");
    assert!(train(&app, 42).await.ready);
    score_open(&app).await;
    let admin = admin(&app).await;
    (app, admin)
}

async fn replay(app: &App, months: u32) -> ReplayReport {
    app.models().replay(months, 1, &mut |_, _, _| {}).await.expect("replays")
}

fn two_days_later() -> Instant {
    now() + TimeDelta::days(2)
}

#[test]
fn what_was_made_of_the_past_afterwards_was_seen_by_nobody() {
    on_both(|app| async move {
        let (app, admin) = scored(app).await;
        let deal = deal_named(&app, &admin, "Deal o4").await;
        assert!(app.scoring().score_past_weeks(3, &mut |_, _, _| {}).await.expect("scores") > 0);
        let report = replay(&app, 1).await;
        assert!(report.scores > 0 && report.models.len() == 1, "scores in hindsight do not stand in a replay's way: {report:?}");
        let past = app.scoring().past_score(&admin, deal, Some(days_ago(10).date_naive())).await.expect("replays");
        assert_eq!((past.shown, past.in_charge, past.hindsight), (None, None, true));
        assert_eq!(past.recomputed.model_version, Some(1));
        let today = app.scoring().past_score(&admin, deal, None).await.expect("replays");
        let shown = today.shown.expect("people see it");
        assert_eq!((shown.probability, shown.reasons), (today.recomputed.probability, today.recomputed.reasons));
        assert_eq!((today.in_charge, today.hindsight), (Some(1), false));
    });
}

#[test]
fn the_model_of_the_time_answers_even_when_another_took_its_place() {
    on_both(|app| async move {
        let (app, admin) = scored(app).await;
        let deal = deal_named(&app, &admin, "Deal o4").await;
        let later = app.clone().with_clock(two_days_later);
        assert!(train(&later, 43).await.ready);
        score_open(&later).await;
        let then = later.scoring().past_score(&admin, deal, Some(now().date_naive())).await.expect("replays");
        assert_eq!((then.in_charge, then.recomputed.model_version, then.hindsight), (Some(1), Some(1), false));
        assert_eq!(then.shown.and_then(|score| score.model_version), Some(1));
        let today = later.scoring().past_score(&admin, deal, None).await.expect("replays");
        assert_eq!((today.in_charge, today.shown.and_then(|score| score.model_version)), (Some(2), Some(2)));
    });
}

#[test]
fn a_second_replay_adds_nothing_not_even_where_too_few_deals_had_closed() {
    on_both(|app| async move {
        let (app, admin) = scored(app).await;
        let deal = deal_named(&app, &admin, "Deal o4").await;
        let before = app.deals().deal_view(&admin, deal).await.expect("shows").score;
        let first = replay(&app, 2).await;
        assert_eq!((first.models.len(), first.skipped), (1, 1), "{first:?}");
        let known = app.models().models().await.expect("lists");
        assert_eq!(known.len(), 2, "what was of no use left no trace");
        let again = replay(&app, 2).await;
        assert_eq!((again.models, again.scores), (Vec::new(), 0));
        assert_eq!(app.models().models().await.expect("lists"), known);
        assert_eq!(models::champion_version(app.store().db()).await.expect("reads"), Some(1));
        let accuracy = app.models().accuracy_view(&admin).await.expect("shows");
        assert_eq!(accuracy.replayed, first.models, "it is said which models nobody saw");
        assert_eq!(app.deals().deal_view(&admin, deal).await.expect("shows").score, before, "the present score stays");
    });
}

async fn flag(app: &App, deal: DealId) {
    let observation = Observation::Stale { since: days_ago(30), limit: 14.0 };
    let cause = AlertRule::Stale.into_str().into();
    let new = NewAlert { id: AlertId::new(), deal, cause, priority: Priority::High, observation, created_by: None };
    assert_eq!(alerts::raise(app.store().db(), &[new], days_ago(1)).await.expect("raises").len(), 1);
}

#[test]
fn what_is_only_planned_is_not_done_and_other_teams_alerts_are_not_told() {
    on_both(|app| async move {
        ingest(&app, vec![deal("1"), deal("2")]).await;
        let admin = admin(&app).await;
        let (planned, done) = (deal_named(&app, &admin, "Deal 1").await, deal_named(&app, &admin, "Deal 2").await);
        for (deal, at) in [(planned, Some(days_ago(-20))), (done, None)] {
            flag(&app, deal).await;
            let call = NewActivity { kind: ActivityKind::Call, subject: "Call".into(), at };
            app.deals().add_activity(&admin, deal, call).await.expect("adds");
        }
        let view = app.outcomes().impact_view(&admin).await.expect("shows");
        assert_eq!((view.acted_on.deals, view.left_alone.deals), (1, 0), "the other can still be answered in time");
        let later = app.clone().with_clock(|| now() + TimeDelta::days(8));
        let view = later.outcomes().impact_view(&admin).await.expect("shows");
        assert_eq!((view.acted_on.deals, view.left_alone.deals, view.median_hours_to_act), (1, 1, Some(24.0)));
        assert_eq!(view.relevance.iter().map(|of| of.raised).sum::<u64>(), 2);
        let elsewhere: TeamId = people::team_named(app.store().db(), "Elsewhere").await.expect("a team");
        let manager = viewer(&app, "manager", Role::Manager, Some(elsewhere)).await;
        let theirs = app.outcomes().impact_view(&manager).await.expect("shows");
        assert_eq!((theirs.since, theirs.relevance), (None, Vec::new()));
    });
}

#[test]
fn estimates_count_by_person_and_only_where_the_end_was_still_open() {
    on_both(|app| async move {
        ingest(&app, (0..5).map(|n| deal(&n.to_string())).collect()).await;
        score_open(&app).await;
        let admin = admin(&app).await;
        let mut namesake = viewer(&app, "other", Role::Admin, None).await;
        namesake.name = "admin".into();
        for n in 0..5 {
            let deal = deal_named(&app, &admin, &format!("Deal {n}")).await;
            for (person, estimate) in [(&admin, 0.9), (&namesake, 0.3)] {
                let scoring = app.scoring();
                let said = scoring.give_feedback(person, deal, FeedbackReason::Budget, Probability::new(estimate), None);
                said.await.expect("is kept");
            }
            let mut close = request(deal, 1, Outcome::Won, None, None);
            // The last was over by the day before.
            close.closed_on = (n == 4).then(|| days_ago(1).date_naive());
            app.outcomes().close_deals(&admin, close).await.expect("closes");
        }
        let page = app.scoring().feedback_view(&admin).await.expect("shows");
        let right = page.overall.expect("deals have closed");
        assert_eq!((right.n, right.deals), (8, 4));
        assert!((right.people - f64::midpoint(0.01, 0.49)).abs() < 1e-9, "{right:?}");
        assert_eq!(page.people.len(), 0, "four estimates of a person are too few to show them alone");
    });
}

/// What was recorded of a deal: what it came to, when it closed, and whether people saw it.
async fn recorded(app: &App, deal: DealId) -> Vec<(bool, Instant, bool)> {
    let rows = prediction::Entity::find().filter(prediction::Column::DealId.eq(deal.0)).all(app.store().db()).await.expect("reads");
    rows.into_iter().map(|row| (row.won, row.closed_at, row.live)).collect()
}

#[test]
fn a_close_that_is_told_otherwise_corrects_what_was_recorded() {
    on_both(|app| async move {
        let (app, admin) = scored(app).await;
        let deal = deal_named(&app, &admin, "Deal o4").await;
        let later = app.clone().with_clock(two_days_later);
        ingest(&later, vec![closed("o4", Outcome::Won, -1)]).await;
        assert_eq!(recorded(&later, deal).await, [(true, days_ago(-1), true)]);
        ingest(&later, vec![closed("o4", Outcome::Lost, -2)]).await;
        assert_eq!(recorded(&later, deal).await, [(false, days_ago(-2), true)], "another outcome on another day");
        // It had closed before it was scored: what was said then was hindsight.
        ingest(&later, vec![closed("o4", Outcome::Lost, 5)]).await;
        assert_eq!(recorded(&later, deal).await, []);
    });
}
