//! What is done for many deals takes as many statements as for few.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use app::{
    domain::deals::Outcome,
    services::App,
    store::{
        entity::prediction,
        scoring::{predictions, scores},
    },
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use crate::support::*;

/// How many statements it takes to record what was said of so many deals that closed.
async fn to_record(app: &App, deals: usize) -> u64 {
    let name = |n: usize| format!("{deals}-{n}");
    ingest(app, (0..deals).map(|n| deal(&name(n))).collect()).await;
    score_open(app).await;
    let ids = scores::open_deals(app.store().db()).await.expect("reads");
    assert_eq!(ids.len(), deals);
    // Closed after they were scored; the import has recorded what was said of them, which is forgotten here.
    ingest(app, (0..deals).map(|n| closed(&name(n), Outcome::Won, 0)).collect()).await;
    for id in &ids {
        predictions::discard(app.store().db(), *id).await.expect("forgets");
    }
    let statements = Arc::new(AtomicU64::new(0));
    let counted = statements.clone();
    let store = app.store().clone().counting(move || {
        counted.fetch_add(1, Ordering::Relaxed);
    });
    predictions::record(store.db(), &ids).await.expect("records");
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    let recorded = prediction::Entity::find().filter(prediction::Column::Live.eq(true)).filter(prediction::Column::DealId.is_in(ids));
    assert_eq!(recorded.count(store.db()).await.expect("counts"), deals as u64, "each deal has its prediction");
    statements.load(Ordering::Relaxed)
}

#[test]
fn what_was_said_of_many_deals_is_recorded_by_a_few_statements() {
    on_both(|app| async move {
        let few = to_record(&app, 3).await;
        let many = to_record(&app, 60).await;
        assert_eq!(few, many);
        assert!((1..=8).contains(&few), "{few} statements");
    });
}
