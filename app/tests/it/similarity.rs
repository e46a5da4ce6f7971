//! The vector index of each process: it sees what others embedded and closed, and is the same after a restart.

use std::sync::Arc;

use app::{
    ai::{embedding::FakeEmbedder, similarity::Hit},
    domain::{Instant, deals::Outcome, ids::DealId},
    services::{App, Engine},
    store::{ArtifactStore, scoring::scores},
};

use crate::support::*;

/// Another process over the same database.
fn another(app: &App) -> App {
    let engine = Engine::with_embedder(Arc::new(FakeEmbedder));
    App::new(app.store().clone(), engine, ArtifactStore::in_memory()).with_clock(now)
}

async fn embed(app: &App) -> u64 {
    app.similarity().embed_backlog(&mut |_, _, _| {}).await.expect("embeds")
}

async fn nearest(app: &App, deal: DealId) -> Option<Vec<Hit>> {
    app.similarity().nearest(deal, None::<Instant>, 500).await.expect("searches")
}

async fn everything(app: &App) -> Vec<DealId> {
    let db = app.store().db();
    let closed = scores::closed_deals(db).await.expect("reads").into_iter().map(|(deal, _)| deal);
    scores::open_deals(db).await.expect("reads").into_iter().chain(closed).collect()
}

/// Both processes know the same, and so does one that starts now.
async fn agree(processes: &[&App]) {
    let deals = everything(processes[0]).await;
    let fresh = another(processes[0]);
    assert_eq!(fresh.similarity().refresh_index().await.expect("fills"), deals.len());
    for deal in deals {
        let expected = nearest(&fresh, deal).await;
        assert!(expected.is_some(), "{deal} has no vector");
        for process in processes {
            assert_eq!(nearest(process, deal).await, expected, "as seen from {deal}");
        }
    }
}

#[test]
fn what_one_process_embeds_and_closes_the_others_see() {
    on_both(|first| async move {
        let second = another(&first);
        let admin = admin(&first).await;
        ingest(&first, vec![deal("1"), closed("2", Outcome::Won, 3), closed("3", Outcome::Lost, 4)]).await;
        // The second has looked before there was anything.
        assert_eq!(second.similarity().refresh_index().await.expect("reads"), 0);
        let open = scores::open_deals(first.store().db()).await.expect("reads")[0];
        assert_eq!(nearest(&second, open).await, None);
        assert_eq!(embed(&first).await, 3);
        assert_eq!(nearest(&second, open).await.map(|hits| hits.len()), Some(2));
        agree(&[&first, &second]).await;

        // More deals, embedded by the second this time; a text that changes; a close.
        ingest(&first, vec![deal("4"), deal("5"), closed("6", Outcome::Won, 5)]).await;
        assert_eq!(embed(&second).await, 3);
        agree(&[&first, &second]).await;
        let mut renamed = closed("6", Outcome::Won, 5);
        renamed.title = "Something else entirely".into();
        ingest(&second, vec![renamed]).await;
        assert_eq!(embed(&first).await, 1);
        agree(&[&first, &second]).await;

        let shown = first.deals().deal_view(&admin, open).await.expect("shows");
        first.outcomes().close_deals(&admin, request(open, shown.version, Outcome::Won, None, None)).await.expect("closes");
        first.similarity().refresh_index().await.expect("numbers");
        let other = scores::open_deals(first.store().db()).await.expect("reads")[0];
        let seen = nearest(&second, other).await.expect("a vector");
        assert!(seen.iter().any(|hit| hit.deal == open && hit.won), "the other process knows of the close: {seen:?}");
        agree(&[&first, &second]).await;
    });
}

#[test]
fn at_the_same_time_nothing_is_missed() {
    on_both(|first| async move {
        let second = another(&first);
        // Accounts and people that both would otherwise add at once.
        ingest(&first, vec![deal("known"), closed("known too", Outcome::Won, 9)]).await;
        let work = |app: App, from: usize| async move {
            for round in 0..6 {
                let deals = (0..5).map(|n| closed(&format!("{}", from + round * 5 + n), Outcome::Won, n as i64 + 1)).collect();
                ingest(&app, deals).await;
                embed(&app).await;
                app.similarity().refresh_index().await.expect("reads");
            }
        };
        let both = [tokio::spawn(work(first.clone(), 0)), tokio::spawn(work(second.clone(), 100))];
        for running in both {
            running.await.expect("runs");
        }
        // Deals that one was embedding when the other looked for work.
        embed(&first).await;
        first.similarity().refresh_index().await.expect("reads");
        agree(&[&first, &second]).await;
    });
}
