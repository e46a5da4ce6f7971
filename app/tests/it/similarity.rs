//! The vector index of each process: it sees what others embedded and closed, and is the same after a restart.

use std::sync::Arc;

use app::{
    ai::{embedding::FakeEmbedder, similarity::Hit},
    domain::{
        Instant,
        deals::{ActivityKind, Outcome},
        error::AppError,
        ids::{DealId, PipelineId},
        imports::DealRecord,
        people::{Role, Viewer},
        similarity::SimilarRequest,
    },
    services::{App, Engine},
    store::{ArtifactStore, people, scoring::scores},
    views::similarity::{BaseRate, SimilarDeals, SimilarView},
};
use sea_orm::ConnectionTrait;

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

async fn similar(app: &App, viewer: &Viewer, request: SimilarRequest) -> SimilarDeals {
    match app.similarity().similar(viewer, request).await.expect("searches") {
        SimilarView::Found(found) => found,
        other => panic!("{other:?}"),
    }
}

fn titles(found: &SimilarDeals) -> Vec<&str> {
    let mut titles: Vec<&str> = found.deals.iter().map(|deal| deal.title.as_str()).collect();
    titles.sort_unstable();
    titles
}

#[test]
fn similar_deals_are_those_that_the_viewer_may_see_and_asks_for() {
    on_both(|app| async move {
        let admin = admin(&app).await;
        let north = people::team_named(app.store().db(), "North").await.expect("a team");
        let nia = viewer(&app, "Nia North", Role::Rep, Some(north)).await;
        let manager = viewer(&app, "Mia Manager", Role::Manager, Some(north)).await;
        let of = |id: &str, owner: &str, outcome, days| DealRecord { owner: Some(owner.into()), ..closed(id, outcome, days) };
        let mut records: Vec<DealRecord> = (0..40).map(|n| of(&format!("ann{n}"), "Ann Rep", Outcome::Won, 20 + n)).collect();
        records.extend([of("nia1", "Nia North", Outcome::Won, 5), of("nia2", "Nia North", Outcome::Lost, 50)]);
        records.push(DealRecord { owner: Some("Nia North".into()), title: "Open".into(), ..deal("open") });
        ingest(&app, records).await;
        assert_eq!(embed(&app).await, 43);
        let open = scores::open_deals(app.store().db()).await.expect("reads")[0];
        let asked = SimilarRequest { deal_id: Some(open), ..SimilarRequest::default() };

        let all = similar(&app, &admin, SimilarRequest { k: Some(50), ..asked.clone() }).await;
        assert_eq!((all.deals.len(), all.base_rate), (42, BaseRate { won: 41, closed: 42 }));
        assert_eq!(similar(&app, &admin, asked.clone()).await.deals.len(), 10, "ten unless asked for more");
        // Forty deals of others are just as alike: none of them stands in the way of one's own.
        for viewer in [&nia, &manager] {
            let found = similar(&app, viewer, SimilarRequest { k: Some(2), ..asked.clone() }).await;
            assert_eq!((titles(&found), found.base_rate), (vec!["Deal nia1", "Deal nia2"], BaseRate { won: 1, closed: 2 }));
        }
        let hidden = SimilarRequest {
            deal_id: Some(all.deals.iter().find(|deal| deal.title == "Deal ann1").expect("is there").id),
            ..asked.clone()
        };
        assert_eq!(app.similarity().similar(&nia, hidden).await, Err(AppError::NotFound));

        let lost = similar(&app, &admin, SimilarRequest { outcome: Some(Outcome::Lost), ..asked.clone() }).await;
        assert_eq!(
            (titles(&lost), lost.deals[0].loss_reason.as_deref(), lost.deals[0].cycle_days),
            (vec!["Deal nia2"], Some("Price"), Some(60))
        );
        let period =
            SimilarRequest { closed_from: Some(days_ago(22).date_naive()), closed_to: Some(days_ago(5).date_naive()), ..asked.clone() };
        let found = similar(&app, &admin, period.clone()).await;
        assert_eq!((titles(&found), found.base_rate.closed), (vec!["Deal ann0", "Deal ann1", "Deal ann2", "Deal nia1"], 4));
        let owned = SimilarRequest { owner: Some(nia.id), ..period };
        assert_eq!(titles(&similar(&app, &admin, owned.clone()).await), ["Deal nia1"]);
        let ann = viewer(&app, "Someone Else", Role::Rep, None).await;
        assert_eq!(titles(&similar(&app, &nia, SimilarRequest { owner: Some(ann.id), ..asked.clone() }).await), [""; 0]);
        let elsewhere = SimilarRequest { pipeline: Some(PipelineId::new()), ..asked.clone() };
        assert_eq!(titles(&similar(&app, &admin, elsewhere).await), [""; 0]);

        // Who got a deal from somebody else finds it.
        ingest(&app, vec![of("ann0", "Nia North", Outcome::Won, 20)]).await;
        embed(&app).await;
        app.similarity().refresh_index().await.expect("reads");
        let found = similar(&app, &nia, SimilarRequest { k: Some(50), ..asked }).await;
        assert_eq!(titles(&found), ["Deal ann0", "Deal nia1", "Deal nia2"]);
    });
}

#[test]
fn similar_deals_say_why_and_what_the_won_ones_did() {
    on_both(|app| async move {
        let admin = admin(&app).await;
        let other = DealRecord {
            account: None,
            description: "Something about paper".into(),
            title: "Paper".into(),
            ..closed("other", Outcome::Lost, 9)
        };
        ingest(&app, vec![deal("open"), closed("won", Outcome::Won, 5), other]).await;
        embed(&app).await;
        let open = scores::open_deals(app.store().db()).await.expect("reads")[0];
        let asked = SimilarRequest { deal_id: Some(open), ..SimilarRequest::default() };
        let found = similar(&app, &admin, asked.clone()).await;
        let won = found.deals.iter().find(|deal| deal.title == "Deal won").expect("is found");
        assert_eq!(won.why, ["Same account", "Same Region: North", "Similar value", "Both mention route, planning, fleet, vans"]);
        let next = found.next.expect("the won one went through the stage");
        assert_eq!((next.stage.as_str(), next.won, next.median_days, next.days), ("Propose", 1, Some(30.0), 20.0));
        let counted: Vec<_> = next.activities.iter().map(|of| (of.kind, of.won, of.here)).collect();
        assert_eq!(counted, [(ActivityKind::Meeting, 0.0, 1)], "the meeting twelve days ago, eight days into the stage");

        // By a text: the nearest is the deal that it was taken from.
        let text = SimilarRequest { text: Some("Something about paper".into()), k: Some(1), ..SimilarRequest::default() };
        let by_text = similar(&app, &admin, text).await;
        assert_eq!((by_text.deals[0].why.as_slice(), by_text.next), (["Both mention something, paper".to_owned()].as_slice(), None));

        // A closed deal is compared with what was known when it closed.
        let lost = found.deals.iter().find(|deal| deal.title == "Paper").expect("is found").id;
        assert_eq!(titles(&similar(&app, &admin, SimilarRequest { deal_id: Some(lost), ..SimilarRequest::default() }).await), [""; 0]);
        assert_eq!(titles(&similar(&app, &admin, SimilarRequest { deal_id: Some(won.id), ..SimilarRequest::default() }).await), ["Paper"]);

        let refused = [
            SimilarRequest::default(),
            SimilarRequest { text: Some("both".into()), ..asked.clone() },
            SimilarRequest { k: Some(0), ..asked.clone() },
            SimilarRequest { k: Some(51), ..asked.clone() },
            SimilarRequest { outcome: Some(Outcome::Open), ..asked.clone() },
            SimilarRequest { text: Some("a".repeat(4_001)), ..SimilarRequest::default() },
        ];
        for request in refused {
            let refused = app.similarity().similar(&admin, request.clone()).await;
            assert!(matches!(refused, Err(AppError::Invalid { .. })), "{request:?}: {refused:?}");
        }
    });
}

#[test]
fn admins_see_how_far_the_vectors_are() {
    on_both(|app| async move {
        let admin = admin(&app).await;
        ingest(&app, vec![deal("1"), deal("2")]).await;
        let view = app.similarity().embeddings_view(&admin).await.expect("shows");
        assert_eq!((view.waiting, view.failed, view.embedded), (2, 0, vec![]));
        embed(&app).await;
        app.store().db().execute_unprepared("UPDATE embedding SET state = 'failed'").await.expect("damages");
        let view = app.similarity().embeddings_view(&admin).await.expect("shows");
        assert_eq!((view.waiting, view.failed, view.embedded.iter().map(|by| by.deals).sum::<u64>(), view.dimensions), (0, 2, 2, 384));
        assert_eq!(app.similarity().embed_failed_again(&admin).await.expect("asks"), 2);
        assert_eq!(embed(&app).await, 2);
        assert_eq!(app.similarity().embeddings_view(&admin).await.expect("shows").failed, 0);
        let rep = viewer(&app, "Rep", Role::Rep, None).await;
        assert_eq!(app.similarity().embeddings_view(&rep).await, Err(AppError::Forbidden));
        assert_eq!(app.similarity().embed_failed_again(&rep).await, Err(AppError::Forbidden));
    });
}
