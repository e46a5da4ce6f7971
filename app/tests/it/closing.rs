//! Recording won and lost.

use app::{
    domain::{
        deals::{DealHistory, DealQuery, Outcome, OutcomeFilter},
        error::AppError,
        ids::DealId,
        imports::DealRecord,
        outcomes::{CloseRules, LossReason},
        people::{Role, Viewer},
    },
    services::{App, CloseRequest},
    store::entity::{deal as deal_row, prediction},
    views::deals::{DealRow, DealView, TimelineKind},
};
use chrono::TimeDelta;
use rust_decimal::Decimal;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use crate::support::*;

async fn one_open_deal(app: &App) -> (Viewer, DealView) {
    ingest(app, vec![deal("1")]).await;
    let admin = admin(app).await;
    let id = app.deals().deal_list(&admin, DealQuery::opening()).await.expect("lists").rows[0].id;
    let view = app.deals().deal_view(&admin, id).await.expect("shows");
    (admin, view)
}

#[test]
fn a_lost_deal_leaves_the_open_list_and_keeps_its_history() {
    on_both(|app| async move {
        let (admin, view) = one_open_deal(&app).await;
        let notes = Some("They kept their spreadsheet.".into());
        app.outcomes()
            .close_deals(&admin, request(view.id, view.version, Outcome::Lost, Some(" Price ".into()), notes))
            .await
            .expect("closes");
        assert_eq!(app.deals().deal_list(&admin, DealQuery::opening()).await.expect("lists").total, 0);
        let lost = DealQuery { outcome: OutcomeFilter::Only(Outcome::Lost), ..DealQuery::opening() };
        assert_eq!(app.deals().deal_list(&admin, lost).await.expect("lists").total, 1);
        let closed = app.deals().deal_view(&admin, view.id).await.expect("shows");
        assert_eq!((closed.outcome, closed.loss_reason.as_deref()), (Outcome::Lost, Some("Price")));
        assert_eq!(closed.notes.as_deref(), Some("They kept their spreadsheet."));
        assert_eq!(closed.closed_at, Some(now()));
        assert_eq!(closed.stage.as_deref(), Some("Lost"));
        assert!(!closed.may_close);
        assert_eq!(closed.timeline.len(), view.timeline.len() + 2);
        let newest = &closed.timeline[0];
        assert_eq!(newest.actor.as_deref(), Some("admin"));
        assert!(
            closed
                .timeline
                .iter()
                .any(|entry| entry.what == TimelineKind::Outcome { outcome: Outcome::Lost, reason: Some("Price".into()) })
        );
    });
}

#[test]
fn a_loss_needs_a_reason_and_an_outcome_is_won_or_lost() {
    on_both(|app| async move {
        let (admin, view) = one_open_deal(&app).await;
        for (outcome, reason, field) in
            [(Outcome::Lost, None, "reason"), (Outcome::Lost, Some("  ".to_owned()), "reason"), (Outcome::Open, None, "outcome")]
        {
            let error =
                app.outcomes().close_deals(&admin, request(view.id, view.version, outcome, reason, None)).await.expect_err("refused");
            assert!(matches!(error, AppError::Invalid { field: ref named, .. } if named == field), "{error:?}");
        }
        let endless = Some("x".repeat(10_000));
        let error =
            app.outcomes().close_deals(&admin, request(view.id, view.version, Outcome::Won, None, endless)).await.expect_err("refused");
        assert!(matches!(error, AppError::Invalid { ref field, .. } if field == "notes"), "{error:?}");
    });
}

#[test]
fn only_one_of_two_closings_wins() {
    on_both(|app| async move {
        let (admin, view) = one_open_deal(&app).await;
        let close = |outcome, reason: Option<&str>| {
            let (app, admin, reason) = (app.clone(), admin.clone(), reason.map(String::from));
            async move { app.outcomes().close_deals(&admin, request(view.id, view.version, outcome, reason, None)).await }
        };
        let (won, lost) = tokio::join!(close(Outcome::Won, None), close(Outcome::Lost, Some("Timing")));
        assert_ne!(won.is_ok(), lost.is_ok(), "{won:?} {lost:?}");
        let refused = won.and(lost).expect_err("one was refused");
        assert!(matches!(refused, AppError::Conflict(_)), "{refused:?}");
        let closed = app.deals().deal_view(&admin, view.id).await.expect("shows");
        let outcomes = closed.timeline.iter().filter(|entry| matches!(entry.what, TimelineKind::Outcome { .. })).count();
        assert_eq!(outcomes, 1);
    });
}

#[test]
fn an_older_page_cannot_close() {
    on_both(|app| async move {
        let (admin, view) = one_open_deal(&app).await;
        let error =
            app.outcomes().close_deals(&admin, request(view.id, view.version - 1, Outcome::Won, None, None)).await.expect_err("refused");
        assert!(matches!(error, AppError::Conflict(_)), "{error:?}");
        assert_eq!(app.deals().deal_view(&admin, view.id).await.expect("shows").outcome, Outcome::Open);
    });
}

#[test]
fn a_close_date_a_final_value_and_the_competitor_are_recorded() {
    on_both(|app| async move {
        let (admin, view) = one_open_deal(&app).await;
        let close = CloseRequest {
            value: Some(Decimal::from(9_000)),
            closed_on: Some(days_ago(3).date_naive()),
            competitor: Some(" Acme ".into()),
            ..request(view.id, view.version, Outcome::Lost, Some("Competitor".into()), None)
        };
        app.outcomes().close_deals(&admin, close).await.expect("closes");
        let closed = app.deals().deal_view(&admin, view.id).await.expect("shows");
        assert_eq!(closed.competitor.as_deref(), Some("Acme"));
        assert_eq!(closed.value.map(|value| value.amount), Some(Decimal::from(9_000)));
        assert_eq!(closed.closed_at.map(|at| at.date_naive()), Some(days_ago(3).date_naive()));
        let row = deal_row::Entity::find_by_id(view.id.0).one(app.store().db()).await.expect("reads").expect("is there");
        assert_eq!(row.closed_from_stage_id.map(|id| id.to_string()), stage_id(&app, "Propose").await);
    });
}

async fn stage_id(app: &App, name: &str) -> Option<String> {
    let stages = app::store::deals::stages(app.store().db()).await.expect("reads");
    stages.iter().find(|(_, stage)| stage.name == name).map(|(_, stage)| stage.id.to_string())
}

#[test]
fn what_makes_no_sense_is_refused_field_by_field() {
    on_both(|app| async move {
        let (admin, view) = one_open_deal(&app).await;
        let won = request(view.id, view.version, Outcome::Won, None, None);
        let cases = [
            (CloseRequest { closed_on: Some(days_ago(-1).date_naive()), ..won.clone() }, "closed_on"),
            (CloseRequest { closed_on: Some(days_ago(400).date_naive()), ..won.clone() }, "closed_on"),
            (CloseRequest { value: Some(Decimal::from(-1)), ..won.clone() }, "value"),
            (CloseRequest { deals: Vec::new(), ..won.clone() }, "ids"),
            (request(view.id, view.version, Outcome::Lost, Some("The weather".into()), None), "reason"),
        ];
        for (close, field) in cases {
            let error = app.outcomes().close_deals(&admin, close).await.expect_err("refused");
            assert!(matches!(error, AppError::Invalid { field: ref named, .. } if named == field), "{error:?}");
        }
        let rules = CloseRules { won_notes: true, lost_competitor: true, ..CloseRules::default() };
        app.outcomes().set_close_rules(&admin, rules).await.expect("is kept");
        let lost = request(view.id, view.version, Outcome::Lost, Some("Competitor".into()), None);
        for (close, field) in [(won, "notes"), (lost, "competitor")] {
            let error = app.outcomes().close_deals(&admin, close).await.expect_err("refused");
            assert!(matches!(error, AppError::Invalid { field: ref named, .. } if named == field), "{error:?}");
        }
        let price = request(view.id, view.version, Outcome::Lost, Some("Price".into()), None);
        app.outcomes().close_deals(&admin, price).await.expect("no competitor is asked for where the reason names none");
    });
}

#[test]
fn several_deals_are_closed_all_or_none() {
    on_both(|app| async move {
        ingest(&app, vec![deal("1"), deal("2"), closed("3", Outcome::Won, 5)]).await;
        let admin = admin(&app).await;
        let all = DealQuery { outcome: OutcomeFilter::All, ..DealQuery::opening() };
        let rows = app.deals().deal_list(&admin, all).await.expect("lists").rows;
        let of = |rows: Vec<DealRow>| CloseRequest {
            deals: rows.iter().map(|row| (row.id, None)).collect(),
            ..request(rows[0].id, 1, Outcome::Won, None, None)
        };
        let error = app.outcomes().close_deals(&admin, of(rows.clone())).await.expect_err("one is closed");
        assert!(matches!(&error, AppError::Conflict(why) if why.starts_with("Deal 3")), "{error:?}");
        let deals = app.deals();
        let open = || deals.deal_list(&admin, DealQuery::opening());
        assert_eq!(open().await.expect("lists").total, 2, "none was closed");
        app.outcomes().close_deals(&admin, of(open().await.expect("lists").rows)).await.expect("closes");
        assert_eq!(open().await.expect("lists").total, 0);
    });
}

#[test]
fn a_slip_is_undone_as_if_it_had_not_happened() {
    on_both(|app| async move {
        let (admin, view) = one_open_deal(&app).await;
        score_open(&app).await;
        let before = history_of(&app, view.id).await;
        let close = CloseRequest { value: Some(Decimal::ONE), ..request(view.id, view.version, Outcome::Won, None, Some("Hooray".into())) };
        app.outcomes().close_deals(&admin, close).await.expect("closes");
        assert_eq!(predictions_of(&app, view.id).await, 1, "what was said is kept to be judged");
        let late = app.clone().with_clock(|| now() + TimeDelta::seconds(61));
        assert!(matches!(late.outcomes().undo_close(&admin, &[view.id]).await, Err(AppError::Conflict(_))));
        let other = viewer(&app, "other", Role::Admin, None).await;
        assert!(matches!(app.outcomes().undo_close(&other, &[view.id]).await, Err(AppError::Conflict(_))), "somebody else's slip");
        app.outcomes().undo_close(&admin, &[view.id]).await.expect("undoes");
        let after = app.deals().deal_view(&admin, view.id).await.expect("shows");
        assert_eq!((after.outcome, after.value, after.notes, after.stage), (Outcome::Open, view.value, view.notes, view.stage));
        assert_eq!(predictions_of(&app, view.id).await, 0);
        let history = history_of(&app, view.id).await;
        assert_eq!(history.closed_at, None);
        assert_eq!(history.state_at(now()), before.state_at(now()), "models see no close");
    });
}

#[test]
fn a_reopened_deal_was_open_all_the_time_for_models() {
    on_both(|app| async move {
        let (admin, view) = one_open_deal(&app).await;
        let lost = |version| request(view.id, version, Outcome::Lost, Some("Timing".into()), None);
        app.outcomes().close_deals(&admin, lost(view.version)).await.expect("closes");
        let later = app.clone().with_clock(|| now() + TimeDelta::days(30));
        later.outcomes().reopen_deal(&admin, view.id).await.expect("opens");
        let open = later.deals().deal_view(&admin, view.id).await.expect("shows");
        assert_eq!((open.outcome, open.loss_reason, open.stage.as_deref()), (Outcome::Open, None, Some("Propose")));
        assert!(open.timeline.iter().any(|entry| entry.what == TimelineKind::Outcome { outcome: Outcome::Open, reason: None }));
        let last = app.clone().with_clock(|| now() + TimeDelta::days(60));
        last.outcomes().close_deals(&admin, lost(open.version)).await.expect("closes again");
        let history = history_of(&app, view.id).await;
        assert_eq!(history.closed_at, Some(now() + TimeDelta::days(60)), "the first close does not end its life");
        assert_eq!(history.state_at(now() + TimeDelta::days(40)).stage_since, Some(days_ago(20)), "it never left its stage");
        assert!(matches!(last.outcomes().reopen_deal(&viewer(&app, "rep", Role::Rep, None).await, view.id).await, Err(AppError::NotFound)));
    });
}

#[test]
fn an_import_that_closes_a_deal_records_its_prediction() {
    on_both(|app| async move {
        ingest(&app, vec![deal("1")]).await;
        score_open(&app).await;
        let won = DealRecord { outcome: Outcome::Won, closed_at: Some(now()), stage: Some("Won".into()), ..deal("1") };
        ingest(&app, vec![won]).await;
        let admin = admin(&app).await;
        let all = DealQuery { outcome: OutcomeFilter::All, ..DealQuery::opening() };
        let id = app.deals().deal_list(&admin, all).await.expect("lists").rows[0].id;
        assert_eq!(predictions_of(&app, id).await, 1);
    });
}

#[test]
fn reasons_are_kept_by_admins_and_renamed_on_their_deals() {
    on_both(|app| async move {
        let (admin, view) = one_open_deal(&app).await;
        app.outcomes()
            .close_deals(&admin, request(view.id, view.version, Outcome::Lost, Some("Price".into()), None))
            .await
            .expect("closes");
        let rep = viewer(&app, "rep", Role::Rep, None).await;
        assert_eq!(app.outcomes().add_loss_reason(&rep, "Weather", false).await, Err(AppError::Forbidden));
        app.outcomes().add_loss_reason(&admin, " Weather ", false).await.expect("adds");
        assert!(app.outcomes().add_loss_reason(&admin, "weather", false).await.is_err(), "there is one");
        let settings = app.outcomes().close_settings(&admin).await.expect("shows");
        assert_eq!(settings.reasons.last().map(|(reason, _)| reason.name.as_str()), Some("Weather"));
        let (price, lost) = settings.reasons.into_iter().find(|(reason, _)| reason.name == "Price").expect("is there");
        assert_eq!(lost, 1);
        app.outcomes().change_loss_reason(&admin, LossReason { name: "Too dear".into(), active: false, ..price }).await.expect("changes");
        let deal = app.deals().deal_view(&admin, view.id).await.expect("shows");
        assert_eq!(deal.loss_reason.as_deref(), Some("Too dear"));
    });
}

async fn history_of(app: &App, id: DealId) -> DealHistory {
    let mut found = histories(app, ::app::store::deals::history::Depth::Whole).await.into_iter();
    found.find(|history| history.id == id).expect("is there")
}

async fn predictions_of(app: &App, id: DealId) -> u64 {
    let of = prediction::Entity::find().filter(prediction::Column::DealId.eq(id.0));
    of.count(app.store().db()).await.expect("counts")
}
