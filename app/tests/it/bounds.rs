//! What is read, learned and compared stays bounded, and what is left out is said.

use std::sync::Arc;

use app::{
    ai::{embedding::FakeEmbedder, features::Outline, training::Effort},
    domain::deals::Outcome,
    services::{App, Engine},
    store::{ArtifactStore, Store, deals::history::Depth},
};

use crate::support::*;

#[test]
fn an_outline_is_the_same_from_the_little_that_is_read_for_it() {
    on_both(|app| async move {
        let app = prepared(app).await;
        let mut undated = deal("undated");
        undated.created_at = None;
        undated.activities.clear();
        ingest(&app, vec![undated]).await;
        let outlines = |histories: Vec<::app::domain::deals::DealHistory>| histories.iter().map(Outline::of).collect::<Vec<_>>();
        let whole = outlines(histories(&app, Depth::Whole).await);
        assert_eq!(whole.len(), 131);
        assert_eq!(outlines(histories(&app, Depth::Outline).await), whole);
        let mut keys: Vec<_> = whole.iter().map(|outline| outline.key.clone()).collect();
        keys.sort();
        assert!(whole.iter().map(|outline| &outline.key).eq(&keys), "in the order of their keys");
        // As of a past instant both see the same, whichever is cut.
        for days in [0, 10, 30, 90, 150] {
            let then = histories(&app, Depth::Whole).await.into_iter().filter_map(|history| history.as_of(days_ago(days)));
            let cut: Vec<Outline> = whole.iter().cloned().filter_map(|outline| outline.as_of(days_ago(days))).collect();
            assert_eq!(cut, outlines(then.collect()), "{days} days ago");
        }
    });
}

#[test]
fn a_training_that_learns_from_a_part_says_of_how_many_and_is_the_same_in_every_workspace() {
    on_both(|app| async move {
        let app = prepared(app).await.with_most_deals(80);
        app.similarity().embed_backlog(&mut |_, _, _| {}).await.expect("embeds");
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open_embedded(folder.path()).await.expect("opens");
        let other = App::new(store, Engine::with_embedder(Arc::new(FakeEmbedder)), ArtifactStore::in_memory());
        let other = other.with_clock(now).with_effort(Effort::LEAST).with_most_deals(80);
        let mut deals = team_history();
        deals.reverse();
        ingest(&other, deals).await;
        let (first, second) = (train(&app, 5).await, train(&other, 5).await);
        assert_eq!((first.deals, first.closed_deals), (80, 120));
        assert_eq!((first.won, first.lost), (40, 40), "as many of each outcome as there are among all");
        assert!(first.artifact_sha256.is_some());
        assert_eq!(first.artifact_sha256, second.artifact_sha256);
        let document = app.models().model_document(Some(first.model_version)).await.expect("answers").expect("is there");
        let shown = ::app::report::html(&document);
        assert!(shown.contains("of 120 in all"), "the report says how many");
        let all = train(&app.clone().with_most_deals(120), 5).await;
        assert_eq!((all.deals, all.closed_deals), (120, 120));
        assert_ne!(all.artifact_sha256, first.artifact_sha256);
    });
}

#[test]
fn a_replayed_model_draws_from_what_had_closed_by_then() {
    on_both(|app| async move {
        let app = prepared(app).await.with_most_deals(60);
        let outlines: Vec<Outline> =
            histories(&app, Depth::Outline).await.iter().filter_map(|history| Outline::of(history).as_of(days_ago(40))).collect();
        let closed = outlines.iter().filter(|outline| outline.outcome != Outcome::Open).count();
        app.models().replay(1, 1, &mut |_, _, _| {}).await.expect("replays");
        let report = app.models().models().await.expect("lists");
        // Of the deals that closed up to a month ago, 60 were drawn.
        assert!(closed >= 60);
        for model in report {
            let document = app.models().model_document(Some(model.version)).await.expect("answers").expect("is there");
            assert_eq!(document.report.deals, 60);
            assert!(document.report.closed_deals < 120, "{}", document.report.closed_deals);
        }
    });
}
