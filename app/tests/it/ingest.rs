//! Imported data: complete, idempotent, and seen as of any past instant.

use app::{
    domain::{
        deals::{ActivityKind, CustomField, CustomKind, CustomValue, DealQuery, Outcome, OutcomeFilter},
        imports::{ChangeRecord, DealRecord, FieldChange},
    },
    services::{DealChange, IngestError, IngestReport},
    store::{
        Scope,
        deals::{self, history::Depth},
    },
    views::deals::TimelineKind,
};
use rust_decimal::Decimal;

use crate::support::*;

#[test]
fn a_second_import_changes_nothing() {
    on_both(|app| async move {
        let records = || vec![deal("1"), closed("2", Outcome::Won, 5), closed("3", Outcome::Lost, 3)];
        assert_eq!(ingest(&app, records()).await, IngestReport { imported: 3, updated: 0, unchanged: 0 });
        let admin = admin(&app).await;
        let id = app.deals().deal_list(&admin, DealQuery::opening()).await.expect("lists").rows[0].id;
        let before = app.deals().deal_view(&admin, id).await.expect("shows");
        assert_eq!(ingest(&app, records()).await, IngestReport { imported: 0, updated: 0, unchanged: 3 });
        assert_eq!(app.deals().deal_view(&admin, id).await.expect("shows"), before);
    });
}

#[test]
fn undated_deals_are_idempotent_too() {
    on_both(|app| async move {
        let undated = || DealRecord {
            created_at: None,
            closed_at: None,
            sequence: Some(7),
            changes: vec![],
            activities: vec![],
            ..closed("1", Outcome::Lost, 0)
        };
        assert_eq!(ingest(&app, vec![undated()]).await.imported, 1);
        assert_eq!(ingest(&app, vec![undated()]).await, IngestReport { unchanged: 1, ..IngestReport::default() });
        let history = &histories(&app, Depth::Whole).await[0];
        assert_eq!(history.undated.value, Some(Decimal::new(1_234_550, 2)));
        assert!(history.changes.is_empty());
        let changed = DealRecord { value: Some(Decimal::from(5)), ..undated() };
        assert_eq!(ingest(&app, vec![changed]).await.updated, 1);
        let history = &histories(&app, Depth::Whole).await[0];
        assert_eq!(history.undated.value, Some(Decimal::new(1_234_550, 2)), "what held from the start still does");
        assert_eq!(history.state_at(now()).value, Some(Decimal::from(5)));
    });
}

#[test]
fn new_history_is_added_to_known_deals() {
    on_both(|app| async move {
        ingest(&app, vec![deal("1")]).await;
        let mut newer = deal("1");
        newer.stage = Some("Negotiate".into());
        newer.changes.push(ChangeRecord { at: days_ago(2), actor: None, change: FieldChange::Stage("Negotiate".into()) });
        newer.activities.push(activity(1, ActivityKind::Email, "a3"));
        assert_eq!(ingest(&app, vec![newer]).await.updated, 1);
        let history = &histories(&app, Depth::Whole).await[0];
        assert_eq!(history.activities.len(), 3);
        assert_eq!(history.state_at(now()).stage_since, Some(days_ago(2)));
    });
}

#[test]
fn a_deal_is_seen_as_of_any_past_instant() {
    on_both(|app| async move {
        ingest(&app, vec![deal("1")]).await;
        let history = &histories(&app, Depth::Whole).await[0];
        let early = history.state_at(days_ago(30));
        assert_eq!(early.value, Some(Decimal::from(10_000)));
        assert_eq!(early.probability, None);
        assert_eq!(early.stage_since, Some(days_ago(40)));
        assert_eq!(early.custom.get("Seats"), Some(&CustomValue::Number(40.0)));
        let late = history.state_at(now());
        assert_eq!(late.value, Some(Decimal::new(1_234_550, 2)));
        assert_eq!(late.expected_close, Some(days_ago(-20).date_naive()));
        assert_eq!(history.activities_until(days_ago(13)).len(), 1);
    });
}

#[test]
fn a_list_export_without_history_tells_nothing_about_the_past() {
    on_both(|app| async move {
        ingest(&app, vec![DealRecord { changes: vec![], ..closed("1", Outcome::Won, 10) }]).await;
        let history = &histories(&app, Depth::Whole).await[0];
        let state = history.state_at(days_ago(20));
        assert_eq!((state.stage, state.value, state.expected_close), (None, None, None));
    });
}

#[test]
fn the_open_life_ends_where_a_stage_tells_the_outcome() {
    on_both(|app| async move {
        let mut told_early = closed("1", Outcome::Won, 10);
        told_early.changes.insert(4, ChangeRecord { at: days_ago(12), actor: None, change: FieldChange::Stage("Won".into()) });
        ingest(&app, vec![told_early]).await;
        assert_eq!(histories(&app, Depth::Whole).await[0].closed_at, Some(days_ago(12)));
    });
}

#[test]
fn what_was_closed_here_is_not_reopened_by_an_older_export() {
    on_both(|app| async move {
        ingest(&app, vec![deal("1")]).await;
        let admin = admin(&app).await;
        let row = app.deals().deal_list(&admin, DealQuery::opening()).await.expect("lists").rows.remove(0);
        app.outcomes().close_deals(&admin, request(row.id, 1, Outcome::Won, None, None)).await.expect("closes");
        ingest(&app, vec![deal("1")]).await;
        let view = app.deals().deal_view(&admin, row.id).await.expect("shows");
        assert_eq!(view.outcome, Outcome::Won);
        assert_eq!(view.stage.as_deref(), Some("Won"));
        let outcomes = view.timeline.iter().filter(|entry| matches!(entry.what, TimelineKind::Outcome { .. })).count();
        assert_eq!(outcomes, 1);
    });
}

#[test]
fn a_custom_field_keeps_its_kind() {
    on_both(|app| async move {
        ingest(&app, vec![deal("1")]).await;
        let mut other = source();
        other.custom_fields = vec![CustomField { key: "Seats".into(), kind: CustomKind::Category, in_model: true }];
        let error = app.imports().ingest(&other, vec![], &mut |_, _, _| {}).await.expect_err("refused");
        assert!(matches!(error, IngestError::FieldKind { ref key, .. } if key == "Seats"), "{error}");
    });
}

#[test]
fn amounts_keep_their_cents() {
    on_both(|app| async move {
        let large = DealRecord { value: Some("98765432109.87".parse().expect("a decimal")), changes: vec![], ..deal("1") };
        ingest(&app, vec![large]).await;
        let query = DealQuery { outcome: OutcomeFilter::All, ..DealQuery::opening() };
        let rows = deals::list(app.store().db(), &Scope::All, &query).await.expect("lists");
        assert_eq!(rows[0].value.as_ref().map(ToString::to_string), Some("$98,765,432,109.87".into()));
    });
}

#[test]
fn an_amount_that_people_wrote_is_no_news_when_the_source_has_it_too() {
    on_both(|app| async move {
        ingest(&app, vec![deal("1")]).await;
        let admin = admin(&app).await;
        let id = app.deals().deal_list(&admin, DealQuery::opening()).await.expect("lists").rows[0].id;
        let change = DealChange { value: Some(Some(Decimal::new(9_990, 2))), ..DealChange::default() };
        app.deals().change_deal(&admin, id, change).await.expect("changes");
        let told = DealRecord { value: Some(Decimal::new(999, 1)), ..deal("1") };
        assert_eq!(ingest(&app, vec![told]).await.unchanged, 1);
    });
}
