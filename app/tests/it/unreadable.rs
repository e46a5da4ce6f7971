//! Stored JSON that cannot be read is never taken for the default.

use std::collections::HashMap;

use app::{
    domain::{
        alerts::{AlertRule, Priority, SweepCause},
        deals::{DealQuery, Outcome},
        error::AppError,
        models::LearningRules,
        notifications::{Channel, Preferences},
        outcomes::CloseRules,
    },
    services::App,
    store::{
        StoreError,
        deals::history::{self, DealBatch, Depth},
        models::learning_rules,
        notifications::preferences,
        outcomes::closing,
        people,
        words::COLUMNS,
    },
};
use sea_orm::{ConnectionTrait, Statement};

use crate::support::*;

const DAMAGED: &str = r#"{"digest_hour":"at eight"}"#;

async fn damage(app: &App, sql: &str) {
    app.store().db().execute_unprepared(sql).await.expect("damages");
}

fn column_of<T: std::fmt::Debug>(read: Result<T, StoreError>) -> String {
    match read.expect_err("cannot be read") {
        StoreError::Json { column, .. } => column,
        other => panic!("{other}"),
    }
}

#[test]
fn who_cannot_be_asked_is_sent_nothing_until_they_choose_again() {
    on_both(|app| async move {
        let person = admin(&app).await;
        app.notifications().set_preferences(&person, Preferences { digest_hour: None, ..Preferences::default() }).await.expect("chooses");
        damage(&app, &format!("UPDATE preference SET settings = '{DAMAGED}'")).await;
        let db = app.store().db();
        assert_eq!(column_of(preferences::of(db, person.id).await), "preference.settings");
        let reachable = preferences::reachable(db).await.expect("others are told");
        let wants = |channel| reachable[0].wants(channel, AlertRule::Stale, Priority::Critical);
        assert_eq!(Channel::ALL.map(wants), [true, false, false]);
        let view = app.notifications().preferences_view(&person).await.expect("the page says so");
        assert!(view.unreadable);
        assert_eq!((view.preferences.digest_hour, view.preferences.email, view.preferences.slack), (None, None, None));
        app.notifications().set_preferences(&person, Preferences::default()).await.expect("chooses again");
        let view = app.notifications().preferences_view(&person).await.expect("shows");
        assert_eq!((view.unreadable, view.preferences), (false, Preferences::default()));
    });
}

#[test]
fn rules_that_cannot_be_read_are_not_followed_and_can_be_saved_again() {
    on_both(|app| async move {
        ingest(&app, vec![deal("1")]).await;
        let admin = admin(&app).await;
        let id = app.deals().deal_list(&admin, DealQuery::opening()).await.expect("lists").rows[0].id;
        let db = app.store().db();
        for key in ["close_rules", "learning_rules"] {
            people::set_setting(db, key, "no JSON".into()).await.expect("damages");
        }
        assert_eq!(column_of(closing::rules(db).await), "setting.close_rules");
        assert_eq!(column_of(learning_rules::current(db).await), "setting.learning_rules");
        let refused = app.outcomes().close_deals(&admin, request(id, 1, Outcome::Won, None, None)).await;
        assert!(matches!(&refused, Err(AppError::Conflict(why)) if why.contains("close rules")), "{refused:?}");
        assert!(app.outcomes().close_settings(&admin).await.expect("the page says so").unreadable);
        assert!(app.models().learning_view(&admin).await.expect("the page says so").unreadable);
        app.outcomes().set_close_rules(&admin, CloseRules::default()).await.expect("saves");
        app.models().set_learning_rules(&admin, LearningRules::default()).await.expect("saves");
        assert!(!app.outcomes().close_settings(&admin).await.expect("shows").unreadable);
        assert!(!app.models().learning_view(&admin).await.expect("shows").unreadable);
        app.outcomes().close_deals(&admin, request(id, 1, Outcome::Won, None, None)).await.expect("closes");
    });
}

#[test]
fn an_import_does_not_write_over_fields_that_it_cannot_read() {
    on_both(|app| async move {
        ingest(&app, vec![deal("1")]).await;
        damage(&app, "UPDATE deal SET custom = '[1]'").await;
        let refused = app.imports().ingest(&source(), vec![deal("1")], &mut |_, _, _| {}).await.expect_err("refuses");
        assert!(refused.to_string().contains("deal.custom"), "{refused}");
    });
}

#[test]
fn a_close_whose_past_cannot_be_read_is_taken_back_but_not_undone() {
    on_both(|app| async move {
        ingest(&app, vec![deal("1")]).await;
        let admin = admin(&app).await;
        let id = app.deals().deal_list(&admin, DealQuery::opening()).await.expect("lists").rows[0].id;
        app.outcomes().close_deals(&admin, request(id, 1, Outcome::Won, None, None)).await.expect("closes");
        damage(&app, "UPDATE deal_closing SET before = '[1]'").await;
        let refused = app.outcomes().undo_close(&admin, &[id]).await;
        assert!(matches!(refused, Err(AppError::Conflict(_))), "{refused:?}");
        app.outcomes().reopen_deal(&admin, id).await.expect("reopens");
        let view = app.deals().deal_view(&admin, id).await.expect("shows");
        assert_eq!((view.outcome, view.stage.as_deref()), (Outcome::Open, Some("Propose")));
    });
}

#[test]
fn a_name_that_this_version_does_not_know_is_refused_with_table_and_column() {
    on_both(|app| async move {
        ingest(&app, vec![deal("1")]).await;
        let db = app.store().db();
        for (column, read) in COLUMNS {
            let (table, name) = column.split_once('.').expect("table and column");
            // The column is there, and what is not known of it is an error that names it.
            db.query_all_raw(Statement::from_string(db.get_database_backend(), format!("SELECT {name} FROM {table}"))).await.expect(column);
            let stored = Statement::from_string(db.get_database_backend(), format!("SELECT 'from the future' AS {name}"));
            let row = db.query_one_raw(stored).await.expect("reads").expect("a row");
            let error = StoreError::from(read(&row).expect_err("is not known"));
            let StoreError::Unknown(unknown) = &error else { panic!("{error}") };
            assert_eq!(unknown.word, "from the future");
            assert!(unknown.columns.contains(column), "{error}");
        }
    });
}

#[test]
fn history_that_cannot_be_read_is_not_taken_for_a_field_without_value() {
    on_both(|app| async move {
        ingest(&app, vec![deal("1")]).await;
        let admin = admin(&app).await;
        let id = app.deals().deal_list(&admin, DealQuery::opening()).await.expect("lists").rows[0].id;
        let ids = [id];
        for kind in ["stage", "value", "probability", "close_date", "owner", "outcome"] {
            damage(&app, &format!("UPDATE deal_event SET kind = '{kind}', new = 'much'")).await;
            let batch = DealBatch::of(&ids).next().expect("one batch");
            let read = history::histories(app.store().db(), &HashMap::new(), batch, Depth::Whole).await;
            assert!(matches!(&read, Err(StoreError::Unknown(unknown)) if unknown.columns == ["deal_event.new"]), "{kind}: {read:?}");
            // The page shows what it can, and says of the rest that it cannot.
            let view = app.deals().deal_view(&admin, id).await.expect("shows");
            let said = ["value", "probability", "close_date"].contains(&kind);
            assert_eq!(format!("{:?}", view.timeline).contains("cannot be read"), said, "{kind}");
            // And the sweep watches over the others.
            app.alerts().sweep(SweepCause::Schedule).await.expect("sweeps");
        }
        for kind in ["stage", "value", "probability", "close_date", "owner"] {
            damage(&app, &format!("UPDATE deal_event SET kind = '{kind}', old = 'much', new = NULL")).await;
            let batch = DealBatch::of(&ids).next().expect("one batch");
            let read = history::histories(app.store().db(), &HashMap::new(), batch, Depth::Whole).await;
            assert!(matches!(&read, Err(StoreError::Unknown(unknown)) if unknown.columns == ["deal_event.old"]), "{kind}: {read:?}");
        }
    });
}
