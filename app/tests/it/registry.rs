//! The model registry: publishing, rolling back, what a damaged artifact does, and that the same data make the same model.

use std::sync::{Arc, atomic::AtomicBool};

use app::{
    ai::{embedding::FakeEmbedder, training::Effort},
    domain::{
        error::AppError,
        models::ModelState,
        people::{Role, Viewer},
        scoring::{ScoreBasis, ScoreRequest},
    },
    services::{App, Engine, ServiceError, TrainRequest},
    store::{ArtifactStore, Store, models, scoring::scores},
    views::similarity::ScoringStatus,
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
        // Asked for twice, as by a double click: what a roll-back returns to stays the model before.
        for _ in 0..2 {
            app.models().publish(3, None).await.expect("publishes");
            assert_eq!(champions(&app).await, [3]);
        }
        assert_eq!(app.models().roll_back(None).await.expect("rolls back"), 1);
        app.models().publish(3, None).await.expect("publishes");
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
        let app = prepared(app.with_effort(Effort::default())).await;
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
    });
}

#[test]
fn a_champion_that_cannot_be_used_falls_back_to_stage_rates_until_it_can() {
    on_both(|app| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let address = folder.path().display().to_string();
        // A new process each time: nothing is at hand.
        let restarted = |store: &Store| {
            let artifacts = ArtifactStore::open(&address).expect("opens");
            App::new(store.clone(), Engine::with_embedder(Arc::new(FakeEmbedder)), artifacts).with_clock(now).with_effort(Effort::LEAST)
        };
        let app = prepared(restarted(app.store())).await;
        train(&app, 1).await;
        let admin = admin(&app).await;
        let champion = models::find(app.store().db(), 1).await.expect("reads").expect("is there").artifact.expect("has one");
        let path = folder.path().join(&champion.path);
        let whole = std::fs::read(&path).expect("reads");
        let by_model = (ScoreBasis::Model, Some(1));
        assert_eq!(bases(&app, &admin).await, [by_model]);
        let cut = whole[..whole.len() / 2].to_vec();
        for damage in [Some(b"{}".to_vec()), Some(Vec::new()), Some(cut), None] {
            match &damage {
                Some(bytes) => std::fs::write(&path, bytes).expect("writes"),
                None => std::fs::remove_file(&path).expect("removes"),
            }
            let app = restarted(app.store());
            let status = app.scoring().engine_status().await.expect("answers").scoring;
            assert!(matches!(status, ScoringStatus::StageRate { .. }), "{status:?}");
            assert_eq!(app.models().model_view(&admin, None).await.expect("shows").unusable, Some(1));
            assert_eq!(bases(&app, &admin).await, [(ScoreBasis::StageRate, None)], "on request");
            assert_eq!(score_open(&app).await.model_version, None, "in the background");
            let deal = scores::open_deals(app.store().db()).await.expect("reads")[0];
            let past = app.scoring().past_score(&admin, deal, None).await.expect("replays");
            assert_eq!(past.recomputed.basis, ScoreBasis::StageRate, "of the past");
            std::fs::write(&path, &whole).expect("writes");
            let app = restarted(app.store());
            assert_eq!(score_open(&app).await.model_version, Some(1));
            assert_eq!(bases(&app, &admin).await, [by_model]);
            assert_eq!(app.models().model_view(&admin, None).await.expect("shows").unusable, None);
        }
        // What is only out of reach is no reason to score otherwise.
        std::fs::remove_file(&path).expect("removes");
        std::os::unix::fs::symlink(&path, &path).expect("a link to itself, which nobody can follow");
        let unreachable = restarted(app.store());
        let status = unreachable.scoring().engine_status().await.expect("answers").scoring;
        assert_eq!(status, ScoringStatus::Model { version: 1 }, "the notice says what the scores are");
        assert_eq!(unreachable.models().model_view(&admin, None).await.expect("shows").unusable, None);
        assert_eq!(bases(&unreachable, &admin).await, [by_model], "fresh scores stay");
    });
}

/// What the open deals' scores are based on, without doubles.
async fn bases(app: &App, viewer: &Viewer) -> Vec<(ScoreBasis, Option<i32>)> {
    let open = scores::open_deals(app.store().db()).await.expect("reads");
    let deal_ids = Some(open.iter().map(ToString::to_string).collect());
    let answer = app.scoring().score_request(viewer, ScoreRequest { deal_ids, ..ScoreRequest::default() }).await.expect("answers");
    assert!(!open.is_empty() && answer.errors.is_empty(), "{:?}", answer.errors);
    let mut bases: Vec<_> = answer.results.iter().map(|scored| (scored.basis, scored.model_version)).collect();
    bases.dedup();
    bases
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
