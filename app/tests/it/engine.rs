//! Embedding, training, scoring: from imported deals to a ranked list.

use app::{
    domain::{
        deals::{DealQuery, Outcome},
        scoring::ScoreBasis,
    },
    views::similarity::{BaseRate, EmbeddingStatus, ScoringStatus, SimilarView},
};

use crate::support::*;

#[test]
fn embedding_runs_behind_and_finds_similar_closed_deals() {
    on_both(|app| async move {
        let app = prepared(app).await;
        let admin = admin(&app).await;
        let list = app.deals().deal_list(&admin, DealQuery::opening()).await.expect("lists");
        assert_eq!(list.engine.embedding, EmbeddingStatus::Backlog { waiting: 130 });
        let open = list.rows[0].id;
        assert_eq!(app.deals().deal_view(&admin, open).await.expect("shows").similar, SimilarView::Waiting);
        assert_eq!(app.similarity().embed_backlog(&mut |_, _, _| {}).await.expect("embeds"), 130);
        assert_eq!(app.scoring().engine_status().await.expect("answers").embedding, EmbeddingStatus::Ready);
        let SimilarView::Found(found) = app.deals().deal_view(&admin, open).await.expect("shows").similar else {
            panic!("no similar deals")
        };
        let deals = found.deals;
        assert_eq!((deals.len(), found.base_rate), (6, BaseRate { won: 60, closed: 120 }));
        assert!(deals.iter().all(|deal| deal.outcome.is_closed() && deal.id != open));
        // The same data again: nothing to embed.
        ingest(&app, team_history()).await;
        assert_eq!(app.similarity().embed_backlog(&mut |_, _, _| {}).await.expect("embeds"), 0);
    });
}

#[test]
fn a_source_without_text_is_not_embedded() {
    on_both(|app| async move {
        let mut silent = source();
        silent.embed = false;
        app.imports().ingest(&silent, vec![deal("1")], &mut |_, _, _| {}).await.expect("ingests");
        assert_eq!(app.similarity().embed_backlog(&mut |_, _, _| {}).await.expect("embeds"), 0);
        let admin = admin(&app).await;
        let id = app.deals().deal_list(&admin, DealQuery::opening()).await.expect("lists").rows[0].id;
        assert_eq!(app.deals().deal_view(&admin, id).await.expect("shows").similar, SimilarView::NoText);
    });
}

#[test]
fn without_a_model_stages_speak_and_are_named_as_such() {
    on_both(|app| async move {
        let app = prepared(app).await;
        let admin = admin(&app).await;
        assert_eq!(app.scoring().engine_status().await.expect("answers").scoring, ScoringStatus::Untrained);
        let report = score_open(&app).await;
        assert_eq!((report.deals, report.model_version), (10, None));
        let list = app.deals().deal_list(&admin, DealQuery::opening()).await.expect("lists");
        let view = app.deals().deal_view(&admin, list.rows[0].id).await.expect("shows");
        let score = view.score.expect("scored");
        assert_eq!(score.basis, ScoreBasis::StageRate);
        assert!((score.probability.get() - 0.5).abs() < 0.1, "half of the closed deals were won: {}", score.probability);
    });
}

#[test]
fn a_trained_model_is_published_and_ranks_the_open_deals() {
    on_both(|app| async move {
        let app = prepared(app).await;
        let admin = admin(&app).await;
        app.similarity().embed_backlog(&mut |_, _, _| {}).await.expect("embeds");
        let report = train(&app, 42).await;
        assert_eq!((report.deals, report.won, report.lost, report.model_version), (120, 60, 60, 1));
        assert!(report.ready, "{}", report.reason);
        assert!(
            report.metrics.holdout.as_ref().and_then(|metrics| metrics.roc_auc).is_some_and(|auc| auc > 0.6),
            "{:?}",
            report.metrics.holdout
        );
        assert_eq!(app.scoring().engine_status().await.expect("answers").scoring, ScoringStatus::Model { version: 1 });
        let scored = score_open(&app).await;
        assert_eq!((scored.deals, scored.model_version), (10, Some(1)));
        let list = app.deals().deal_list(&admin, DealQuery::opening()).await.expect("lists");
        for row in &list.rows {
            let score = row.score.as_ref().expect("scored");
            assert!(score.low <= score.probability && score.probability <= score.high);
            assert!(score.main_reason.is_some());
        }
        let top = app.risk().dashboard(&admin).await.expect("shows").top;
        assert!(top.len() <= 10);
        // Training again publishes the next version; there is one champion.
        assert_eq!(train(&app, 43).await.model_version, 2);
        assert_eq!(app.scoring().engine_status().await.expect("answers").scoring, ScoringStatus::Model { version: 2 });
    });
}

#[test]
fn too_few_deals_are_no_model() {
    on_both(|app| async move {
        ingest(&app, vec![closed("1", Outcome::Won, 3), closed("2", Outcome::Lost, 4), deal("3")]).await;
        let report = train(&app, 42).await;
        assert!(!report.ready);
        assert!(report.reason.contains("39 more won and 39 more lost"), "{}", report.reason);
        let status = app.scoring().engine_status().await.expect("answers").scoring;
        assert!(matches!(status, ScoringStatus::StageRate { .. }), "{status:?}");
    });
}

#[test]
fn scoring_closed_deals_leaves_their_pages_alone() {
    on_both(|app| async move {
        let app = prepared(app).await;
        assert_eq!(app.scoring().score_closed(&mut |_, _, _| {}).await.expect("scores"), 120);
        let admin = admin(&app).await;
        let won = DealQuery { outcome: app::domain::deals::OutcomeFilter::Only(Outcome::Won), ..DealQuery::opening() };
        let row = app.deals().deal_list(&admin, won).await.expect("lists").rows.remove(0);
        assert_eq!(row.score, None);
        assert_eq!(app.deals().deal_view(&admin, row.id).await.expect("shows").score, None);
    });
}
