//! The model registry: publishing, rolling back, what a damaged artifact does, and that the same data make the same model.

use std::sync::{Arc, atomic::AtomicBool};

use app::{
    ai::{embedding::FakeEmbedder, training::Effort},
    domain::{error::AppError, models::ModelState, people::Role},
    services::{App, Engine, ServiceError, TrainRequest},
    store::{ArtifactStore, Store, models},
};
use sea_orm::TransactionTrait;

use crate::support::*;

async fn champions(app: &App) -> Vec<i32> {
    let models = app.models().models().await.expect("lists");
    models.iter().filter(|model| model.state == ModelState::Champion).map(|model| model.version).collect()
}

#[test]
fn publishing_and_rolling_back_leave_one_champion() {
    on_both(|app| async move {
        let app = prepared(app).await;
        let refused = app.models().roll_back(None).await.expect_err("there is none to go back to");
        assert!(matches!(refused, ServiceError::Refused(_)), "{refused}");
        for (seed, version) in [(1, 1), (2, 2), (3, 3)] {
            assert_eq!(train(&app, seed).await.model_version, version);
            assert_eq!(champions(&app).await, [version]);
        }
        assert_eq!(app.models().roll_back(None).await.expect("rolls back"), 2);
        assert_eq!(app.models().roll_back(None).await.expect("rolls back further"), 1);
        assert!(app.models().roll_back(None).await.is_err(), "there is none before the first");
        app.models().publish(3, None).await.expect("publishes");
        assert_eq!(champions(&app).await, [3]);
        assert!(app.models().publish(9, None).await.is_err());
        assert_eq!(champions(&app).await, [3]);
    });
}

#[test]
fn concurrent_publishing_never_leaves_two_champions_or_none() {
    on_both(|app| async move {
        let app = prepared(app).await;
        train(&app, 1).await;
        train(&app, 2).await;
        let tasks: Vec<_> = (0..12)
            .map(|i| {
                let app = app.clone();
                tokio::spawn(async move { app.models().publish(1 + i % 2, None).await })
            })
            .collect();
        for task in tasks {
            task.await.expect("does not panic").expect("publishes");
            assert_eq!(champions(&app).await.len(), 1);
        }
    });
}

#[test]
fn a_publication_that_is_cut_off_never_happened() {
    on_both(|app| async move {
        let app = prepared(app).await;
        train(&app, 1).await;
        train(&app, 2).await;
        let tx = app.store().db().begin().await.expect("begins");
        models::publish(&tx, 1, now()).await.expect("publishes");
        // The process dies here.
        drop(tx);
        assert_eq!(champions(&app).await, [2]);
    });
}

#[test]
fn only_admins_change_what_scores_the_deals() {
    on_both(|app| async move {
        let app = prepared(app).await;
        train(&app, 1).await;
        train(&app, 2).await;
        let manager = viewer(&app, "manager", Role::Manager, None).await;
        let rep = viewer(&app, "rep", Role::Rep, None).await;
        let admin = admin(&app).await;
        assert_eq!(app.models().model_view(&rep, None).await, Err(AppError::Forbidden));
        let seen = app.models().model_view(&manager, None).await.expect("managers see it");
        assert!(!seen.may_manage && seen.report.is_some() && seen.versions.len() == 2 && seen.previous == Some(1));
        for viewer in [&manager, &rep] {
            assert_eq!(app.models().publish_model(viewer, 1).await, Err(AppError::Forbidden));
            assert_eq!(app.models().roll_back_model(viewer).await, Err(AppError::Forbidden));
            assert_eq!(app.models().switch_field(viewer, "Seats", false).await, Err(AppError::Forbidden));
        }
        app.models().roll_back_model(&admin).await.expect("rolls back");
        assert_eq!(champions(&app).await, [1]);
        app.models().publish_model(&admin, 2).await.expect("publishes");
        assert_eq!(champions(&app).await, [2]);
        assert!(matches!(app.models().publish_model(&admin, 7).await, Err(AppError::Conflict(_))));
    });
}

#[test]
fn a_field_that_is_switched_off_is_not_learned_from() {
    on_both(|app| async move {
        let app = prepared(app).await;
        let admin = admin(&app).await;
        let uses_seats = |report: &app::services::TrainReport| report.metrics.coverage.iter().any(|column| column.name == "custom:Seats");
        assert!(uses_seats(&train(&app, 1).await));
        app.models().switch_field(&admin, "Seats", false).await.expect("switches");
        assert!(
            !app.models().model_view(&admin, None).await.expect("shows").fields.iter().any(|field| field.key == "Seats" && field.in_model)
        );
        let without = train(&app, 1).await;
        assert!(!uses_seats(&without));
        assert!(!without.ready, "the seats told the outcome: {}", without.reason);
        assert_eq!(app.models().switch_field(&admin, "No such field", false).await, Err(AppError::NotFound));
        // The champion still knows the field, so switching it off does not take it from the scores of today.
        assert_eq!(champions(&app).await, [1]);
        assert_eq!(score_open(&app).await.model_version, Some(1));
    });
}

#[test]
fn the_same_data_and_seed_make_the_same_artifact() {
    on_both(|app| async move {
        let app = prepared(app).await;
        app.similarity().embed_backlog(&mut |_, _, _| {}).await.expect("embeds");
        // Another workspace, imported in another order, with other ids.
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open_embedded(folder.path()).await.expect("opens");
        let other = App::new(store, Engine::with_embedder(Arc::new(FakeEmbedder)), ArtifactStore::in_memory())
            .with_clock(now)
            .with_effort(Effort::LEAST);
        let mut deals = team_history();
        deals.reverse();
        ingest(&other, deals).await;
        let (first, second) = (train(&app, 5).await, train(&other, 5).await);
        assert!(first.artifact_sha256.is_some());
        assert_eq!(first.artifact_sha256, second.artifact_sha256);
        assert_ne!(train(&other, 6).await.artifact_sha256, first.artifact_sha256, "another seed makes another model");
    });
}

#[test]
fn a_damaged_artifact_is_refused_and_the_champion_stays() {
    on_both(|app| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let address = folder.path().display().to_string();
        let open = || ArtifactStore::open(&address).expect("opens");
        let with = |store: Store| {
            App::new(store, Engine::with_embedder(Arc::new(FakeEmbedder)), open()).with_clock(now).with_effort(Effort::LEAST)
        };
        let app = prepared(with(app.store().clone())).await;
        train(&app, 1).await;
        train(&app, 2).await;
        let first = models::find(app.store().db(), 1).await.expect("reads").expect("is there").artifact.expect("has one");
        let path = folder.path().join(&first.path);
        let bytes = std::fs::read(&path).expect("reads");
        std::fs::write(&path, [&bytes[..bytes.len() - 2], b"!}"].concat()).expect("writes");
        let error = app.models().roll_back(None).await.expect_err("is refused").to_string();
        assert!(error.contains("damaged") && error.contains("SHA-256"), "{error}");
        assert_eq!(champions(&app).await, [2]);
        std::fs::write(&path, &bytes).expect("writes");
        assert_eq!(app.models().roll_back(None).await.expect("rolls back"), 1);
        // A champion whose artifact is gone: the screens say so and fall back, nothing panics.
        std::fs::remove_file(&path).expect("removes");
        let restarted = with(app.store().clone());
        let status = restarted.similarity().engine_status().await.expect("answers").scoring;
        assert!(matches!(status, app::views::similarity::ScoringStatus::StageRate { .. }), "{status:?}");
        assert!(restarted.scoring().score_open(&mut |_, _, _| {}).await.is_err());
    });
}

#[test]
fn a_cancelled_training_changes_nothing() {
    on_both(|app| async move {
        let app = prepared(app).await;
        let request = TrainRequest { cancelled: Arc::new(AtomicBool::new(true)), ..TrainRequest::default() };
        let cancelled = app.models().train(request, &mut |_, _, _| {}).await.expect_err("stops");
        assert!(matches!(cancelled, ServiceError::Cancelled), "{cancelled}");
        assert!(app.models().models().await.expect("lists").is_empty());
    });
}

#[test]
fn reports_are_written_from_what_is_registered() {
    on_both(|app| async move {
        let app = prepared(app).await;
        assert!(app.models().model_document(None).await.expect("answers").is_none());
        train(&app, 1).await;
        let document = app.models().model_document(None).await.expect("answers").expect("is there");
        assert_eq!((document.summary.version, document.report.deals), (1, 120));
        assert!(app::report::html(&document).contains("Seats"));
        assert!(app::report::markdown(&document).contains("boosted trees") || app::report::markdown(&document).contains("regression"));
        assert!(app.models().model_document(Some(9)).await.expect("answers").is_none());
    });
}

#[test]
fn tokens_open_what_their_owner_may_see_until_they_are_revoked() {
    on_both(|app| async move {
        let rep = viewer(&app, "rep", Role::Rep, None).await;
        let token = app.people().add_token("rep@example.com", "nightly export").await.expect("makes one");
        assert_eq!(app.people().viewer_of_token(&token.token).await.expect("answers").map(|viewer| viewer.id), Some(rep.id));
        for wrong in ["", "vos_", "vos_00", &token.token[1..], &token.token.to_uppercase()] {
            assert_eq!(app.people().viewer_of_token(wrong).await.expect("answers"), None, "{wrong}");
        }
        assert!(matches!(app.people().add_token("nobody@example.com", "x").await, Err(AppError::Invalid { .. })));
        assert!(matches!(app.people().add_token("rep@example.com", " ").await, Err(AppError::Invalid { .. })));
        app.people().revoke_token(token.id).await.expect("revokes");
        assert_eq!(app.people().viewer_of_token(&token.token).await.expect("answers"), None);
        assert_eq!(app.people().revoke_token(token.id).await, Err(AppError::NotFound));
    });
}
