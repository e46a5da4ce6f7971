//! The learning loop: challengers in the shadow, their trial, trainings as jobs, drift, who is in charge.

use std::{sync::Arc, time::Duration};

use app::{
    ai::{embedding::FakeEmbedder, training::Effort},
    domain::{
        deals::{DealQuery, Outcome},
        error::AppError,
        ids::DealId,
        models::{ChallengerTestEnding, ChallengerTestRules, LearningRules, ModelState, TrainCause, TrainingState},
        people::{Role, Viewer},
    },
    services::{App, CloseRequest, Engine, ServiceError, TrainRequest},
    store::{
        entity::{notification, prediction, shadow_score},
        models::{self, challenger_tests, trainings},
    },
};
use chrono::TimeDelta;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use crate::support::*;

async fn state_of(app: &App, version: i32) -> ModelState {
    let models = app.models().models().await.expect("lists");
    models.into_iter().find(|model| model.version == version).expect("is there").state
}

/// Trains a model as the loop does.
async fn train_challenger(app: &App, seed: u64) -> app::services::TrainReport {
    app.models().train(TrainRequest { seed, ..TrainRequest::default() }, &mut |_, _, _| {}).await.expect("trains")
}

async fn open_deals(app: &App, admin: &Viewer) -> Vec<DealId> {
    let mut ids = Vec::new();
    for page in 1.. {
        let list = app.deals().deal_list(admin, DealQuery { page, ..DealQuery::opening() }).await.expect("lists");
        ids.extend(list.rows.iter().map(|row| row.id));
        if page >= list.page_count {
            break;
        }
    }
    ids
}

#[test]
fn the_first_model_is_champion_and_the_next_its_challenger() {
    on_both(|app| async move {
        let app = prepared(app).await;
        assert_eq!(train_challenger(&app, 1).await.state, ModelState::Champion);
        assert_eq!(train_challenger(&app, 2).await.state, ModelState::Challenger);
        assert_eq!((state_of(&app, 1).await, state_of(&app, 2).await), (ModelState::Champion, ModelState::Challenger));
        let report = score_open(&app).await;
        assert_eq!(report.model_version, Some(1), "people see the champion's scores");
        let shadows = shadow_score::Entity::find().all(app.store().db()).await.expect("reads");
        assert_eq!(shadows.len(), 20, "both say what they think of each of ten deals");
        assert_eq!(score_open(&app).await.computed, 0);
        assert_eq!(train_challenger(&app, 3).await.state, ModelState::Challenger);
        assert_eq!(state_of(&app, 2).await, ModelState::Candidate, "one challenger at a time");
        let over = challenger_tests::newest(app.store().db(), 9).await.expect("reads");
        assert_eq!(
            over.iter().map(|challenger_test| challenger_test.ending).collect::<Vec<_>>(),
            [None, Some(ChallengerTestEnding::Replaced)]
        );
    });
}

/// Lets champion and challenger say something of every open deal, and closes them: every other one is won.
async fn close_all(app: &App, admin: &Viewer, say: impl Fn(bool) -> (f64, f64)) {
    let db = app.store().db();
    let ids = open_deals(app, admin).await;
    for (place, chunk) in ids.chunks(50).enumerate() {
        for (i, id) in chunk.iter().enumerate() {
            let (champion, challenger) = say((place * 50 + i).is_multiple_of(2));
            for (version, probability) in [(1, champion), (2, challenger)] {
                let said = shadow_score::ActiveModel { probability: Set(probability), ..Default::default() };
                let of = shadow_score::Entity::update_many()
                    .set(said)
                    .filter(shadow_score::Column::DealId.eq(id.0))
                    .filter(shadow_score::Column::ModelVersion.eq(version));
                assert_eq!(of.exec(db).await.expect("writes").rows_affected, 1);
            }
        }
    }
    for won in [true, false] {
        let deals: Vec<_> = ids.iter().enumerate().filter(|(i, _)| i.is_multiple_of(2) == won).map(|(_, id)| (*id, None)).collect();
        let outcome = if won { Outcome::Won } else { Outcome::Lost };
        let first = deals[0].0;
        for some in deals.chunks(100) {
            let close = CloseRequest { deals: some.to_vec(), ..request(first, 1, outcome, (!won).then(|| "Price".into()), None) };
            app.outcomes().close_deals(admin, close).await.expect("closes");
        }
    }
}

/// A workspace with a champion, a challenger, and 120 open deals.
async fn under_test(app: App) -> (App, Viewer) {
    let app = prepared(app).await;
    train_challenger(&app, 1).await;
    train_challenger(&app, 2).await;
    ingest(&app, (0..110).map(|i| deal(&format!("t{i}"))).collect()).await;
    score_open(&app).await;
    let admin = admin(&app).await;
    (app, admin)
}

#[test]
fn a_challenger_that_proves_better_is_promoted_by_the_rule() {
    on_both(|app| async move {
        let (app, admin) = under_test(app).await;
        let said = app.models().look_after_model().await.expect("looks");
        assert!(said.contains("under test") && state_of(&app, 1).await == ModelState::Champion, "{said}");
        // The live score of a deal is what people saw: the champion's pair is that, so it is left as it was.
        close_all(&app, &admin, |won| (0.5, if won { 0.8 } else { 0.2 })).await;
        let frozen = prediction::Entity::find().filter(prediction::Column::Live.eq(true)).count(app.store().db()).await;
        assert_eq!(frozen.expect("counts"), 120, "one live prediction a deal");
        let view = app.models().learning_view(&admin).await.expect("shows");
        let (_, standing) = view.challenger_test.expect("is under test");
        assert!(standing.so_far.is_some_and(|so_far| so_far.n == 120 && so_far.log_loss.high < 0.0), "{standing:?}");
        let said = app.models().look_after_model().await.expect("looks");
        assert!(said.contains("took the place"), "{said}");
        assert_eq!((state_of(&app, 1).await, state_of(&app, 2).await), (ModelState::Retired, ModelState::Champion));
        let told = notification::Entity::find().filter(notification::Column::UserId.eq(admin.id.0)).all(app.store().db()).await;
        assert!(told.expect("reads").iter().any(|told| told.link.as_deref() == Some("/learning")), "never silently");
        ingest(&app, vec![deal("later")]).await;
        assert_eq!(score_open(&app).await.model_version, Some(2), "scores follow");
        assert_eq!(app.models().roll_back(None).await.expect("rolls back"), 1);
        assert_eq!(models::champion_at(app.store().db(), now()).await.expect("reads"), Some(1));
    });
}

#[test]
fn a_worse_challenger_is_dropped_and_an_undecided_one_waits() {
    on_both(|app| async move {
        let (app, admin) = under_test(app).await;
        close_all(&app, &admin, |won| (0.5, if won { 0.01 } else { 0.99 })).await;
        let said = app.models().look_after_model().await.expect("looks");
        assert!(said.contains("was dropped"), "{said}");
        assert_eq!((state_of(&app, 1).await, state_of(&app, 2).await), (ModelState::Champion, ModelState::Candidate));
        assert_eq!(shadow_score::Entity::find().count(app.store().db()).await.expect("counts"), 0);
    });
}

#[test]
fn without_the_rule_a_better_challenger_waits_for_a_person() {
    on_both(|app| async move {
        let (app, admin) = under_test(app).await;
        let rules = LearningRules { promote_by_rule: false, ..LearningRules::default() };
        app.models().set_learning_rules(&admin, rules).await.expect("is kept");
        close_all(&app, &admin, |won| (0.5, if won { 0.8 } else { 0.2 })).await;
        let said = app.models().look_after_model().await.expect("looks");
        assert!(said.contains("by hand"), "{said}");
        assert_eq!(state_of(&app, 2).await, ModelState::Challenger);
        let manager = viewer(&app, "manager", Role::Manager, None).await;
        assert_eq!(app.models().decide_challenger_test(&manager, true).await, Err(AppError::Forbidden));
        app.models().decide_challenger_test(&admin, true).await.expect("promotes");
        assert_eq!(state_of(&app, 2).await, ModelState::Champion);
        assert!(matches!(app.models().decide_challenger_test(&admin, true).await, Err(AppError::Conflict(_))));
    });
}

#[test]
fn both_can_be_live_and_a_deal_stays_with_its_model() {
    on_both(|app| async move {
        let (app, admin) = under_test(app).await;
        let too_much = LearningRules { share: 80, ..LearningRules::default() };
        assert!(matches!(app.models().set_learning_rules(&admin, too_much).await, Err(AppError::Invalid { .. })));
        let half = LearningRules { share: 50, ..LearningRules::default() };
        app.models().set_learning_rules(&admin, half.clone()).await.expect("is kept");
        score_open(&app).await;
        let by = || async {
            let mut versions = Vec::new();
            for id in open_deals(&app, &admin).await {
                let view = app.deals().deal_view(&admin, id).await.expect("shows");
                versions.push((id, view.score.and_then(|score| score.model_version)));
            }
            versions.sort();
            versions
        };
        let first = by().await;
        let challengers = first.iter().filter(|(_, version)| *version == Some(2)).count();
        assert!((35..=85).contains(&challengers), "about half of 120, not {challengers}");
        let tomorrow = app.clone().with_clock(|| now() + TimeDelta::days(1));
        tomorrow.scoring().score_open(&mut |_, _, _| {}).await.expect("scores");
        assert_eq!(by().await, first);
        app.models().set_learning_rules(&admin, LearningRules { share: 0, ..half }).await.expect("is kept");
        tomorrow.scoring().score_open(&mut |_, _, _| {}).await.expect("scores");
        assert!(by().await.iter().all(|(_, version)| *version == Some(1)));
    });
}

#[test]
fn two_instances_that_train_at_once_make_one_model() {
    on_both(|app| async move {
        let app = prepared(app).await;
        let other = App::new(app.store().clone(), Engine::with_embedder(Arc::new(FakeEmbedder)), app.artifacts().clone())
            .with_clock(now)
            .with_effort(Effort::LEAST);
        let train = |app: App| async move { app.models().train(TrainRequest::default(), &mut |_, _, _| {}).await };
        let (one, two) = tokio::join!(train(app.clone()), train(other));
        assert_ne!(one.is_ok(), two.is_ok(), "{:?} {:?}", one.is_ok(), two.is_ok());
        let refused = one.err().or(two.err()).expect("one was refused");
        assert!(matches!(refused, ServiceError::Refused(_)), "{refused}");
        assert_eq!(app.models().models().await.expect("lists").len(), 1);
    });
}

#[test]
fn a_training_is_asked_for_once_followed_and_done_by_a_job() {
    on_both(|app| async move {
        let app = prepared(app).await;
        let admin = admin(&app).await;
        app.models().ask_for_training(&admin).await.expect("asks");
        assert!(matches!(app.models().ask_for_training(&admin).await, Err(AppError::Conflict(_))), "one at a time");
        app.prepare_jobs().await.expect("prepares");
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let jobs = tokio::spawn(app.clone().run_jobs(async move {
            let _ = stopped.await;
        }));
        let run = loop {
            let run = trainings::newest(app.store().db(), 1).await.expect("reads").remove(0);
            if !run.state.is_active() {
                break run;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        let _ = stop.send(());
        jobs.await.expect("does not panic").expect("stops");
        assert_eq!((run.state, run.model_version, run.cause), (TrainingState::Done, Some(1), TrainCause::Hand), "{run:?}");
        assert_eq!(run.asked_by.as_deref(), Some("admin"));
        assert_eq!(state_of(&app, 1).await, ModelState::Champion);
    });
}

#[test]
fn a_training_that_waits_can_be_cancelled_and_one_whose_server_died_waits_again() {
    on_both(|app| async move {
        let app = prepared(app).await;
        let admin = admin(&app).await;
        let db = app.store().db();
        app.models().ask_for_training(&admin).await.expect("asks");
        let id = trainings::newest(db, 1).await.expect("reads")[0].id;
        app.models().cancel_training(&admin, id).await.expect("cancels");
        assert_eq!(trainings::newest(db, 1).await.expect("reads")[0].state, TrainingState::Cancelled);
        assert!(matches!(app.models().cancel_training(&admin, id).await, Err(AppError::Conflict(_))));
        // Begun by a server that dies each time.
        app.models().ask_for_training(&admin).await.expect("asks");
        for _ in 0..3 {
            assert!(trainings::begin(db, now()).await.expect("begins").is_some());
            trainings::requeue_orphans(db, now()).await.expect("writes");
        }
        let newest = &trainings::newest(db, 1).await.expect("reads")[0];
        assert_eq!(newest.state, TrainingState::Failed, "it is not tried for ever: {newest:?}");
    });
}

#[test]
fn outcomes_make_a_training_due_by_themselves() {
    on_both(|app| async move {
        // A model with less effort behind it drifts at once.
        let app = prepared(app.with_effort(Effort::default())).await;
        train_challenger(&app, 1).await;
        let said = app.models().look_after_model().await.expect("looks");
        assert!(said.contains("No training is due"), "{said}");
        let admin = admin(&app).await;
        let rules = LearningRules { after_outcomes: Some(10), challenger_test: ChallengerTestRules::default(), ..LearningRules::default() };
        app.models().set_learning_rules(&admin, rules).await.expect("is kept");
        let later = app.clone().with_clock(|| now() + TimeDelta::days(1));
        score_open(&app).await;
        for id in open_deals(&app, &admin).await {
            later.outcomes().close_deals(&admin, request(id, 1, Outcome::Won, None, None)).await.expect("closes");
        }
        let said = later.models().look_after_model().await.expect("looks");
        assert!(said.contains("new outcomes"), "{said}");
        let view = later.models().learning_view(&admin).await.expect("shows");
        assert_eq!((view.closed_since, view.trainings[0].cause), (10, TrainCause::Outcomes));
        // Of very many predictions a job counts the calibration, and the page says when.
        let many = later.clone().with_counted_by_pages(3);
        let shown = many.models().learning_view(&admin).await.expect("shows");
        assert_eq!((shown.rolling_at, &shown.rolling), (None, &view.rolling), "while nobody has counted it the page does");
        assert!(!later.models().count_calibration().await.expect("is asked"), "few need no job");
        assert!(many.models().count_calibration().await.expect("counts"));
        let shown = many.models().learning_view(&admin).await.expect("shows");
        assert_eq!((shown.rolling_at, shown.rolling.len()), (Some(now() + TimeDelta::days(1)), view.rolling.len()));
        let (kept, counted) = (&shown.rolling[0].calibration, &view.rolling[0].calibration);
        assert_eq!((kept.n, kept.observed), (counted.n, counted.observed));
        assert!((kept.predicted - counted.predicted).abs() < 1e-9, "{kept:?} {counted:?}");
        let drift = view.drift.expect("was looked for");
        assert!(drift.model_version == 1 && drift.features.len() > 20 && drift.recent_deals > 30, "{drift:?}");
    });
}
