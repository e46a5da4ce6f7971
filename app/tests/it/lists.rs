//! The deal list: filters, orders, pages.

use app::{
    domain::{
        deals::{DealQuery, DealSort, Outcome, OutcomeFilter, PAGE_SIZE},
        imports::{AccountRecord, DealRecord},
        people::Viewer,
    },
    services::App,
};
use rust_decimal::Decimal;
use sea_orm::ConnectionTrait;

use crate::support::*;

fn priced(id: &str, value: Option<i64>) -> DealRecord {
    DealRecord { value: value.map(Decimal::from), title: format!("Deal {id}"), changes: vec![], ..deal(id) }
}

async fn titles(app: &App, viewer: &Viewer, query: DealQuery) -> Vec<String> {
    app.deals().deal_list(viewer, query).await.expect("lists").rows.into_iter().map(|row| row.title).collect()
}

#[test]
fn values_sort_as_numbers_and_missing_ones_come_last() {
    on_both(|app| async move {
        ingest(&app, vec![priced("a", Some(900)), priced("b", None), priced("c", Some(10_000)), priced("d", Some(75))]).await;
        let admin = admin(&app).await;
        let by_value = |descending| DealQuery { sort: DealSort::Value, descending, ..DealQuery::opening() };
        assert_eq!(titles(&app, &admin, by_value(true)).await, ["Deal c", "Deal a", "Deal d", "Deal b"]);
        assert_eq!(titles(&app, &admin, by_value(false)).await, ["Deal d", "Deal a", "Deal c", "Deal b"]);
    });
}

#[test]
fn every_order_gives_every_deal_once() {
    on_both(|app| async move {
        let count = PAGE_SIZE * 2 + 3;
        ingest(&app, (0..count).map(|i| priced(&format!("{i:03}"), (i % 3 > 0).then_some(i as i64 % 7))).collect()).await;
        let admin = admin(&app).await;
        for sort in DealSort::ALL {
            for descending in [false, true] {
                let mut seen = Vec::new();
                for page in 1..=3 {
                    seen.extend(titles(&app, &admin, DealQuery { sort, descending, page, ..DealQuery::opening() }).await);
                }
                seen.sort();
                seen.dedup();
                assert_eq!(seen.len() as u64, count, "{sort:?}");
            }
        }
    });
}

#[test]
fn the_dashboard_counts_open_deals_by_tenths() {
    on_both(|app| async move {
        ingest(&app, (0..6).map(|n| priced(&n.to_string(), Some(1_000))).collect()).await;
        let admin = admin(&app).await;
        let db = app.store().db();
        for (n, probability) in [0.0, 0.099, 0.1, 0.95, 1.0].into_iter().enumerate() {
            let sql = format!("UPDATE deal SET win_probability = {probability} WHERE external_id = '{n}'");
            db.execute_unprepared(&sql).await.expect("scores");
        }
        let bars = app.risk().dashboard(&admin).await.expect("shows").distribution;
        assert_eq!((bars[0], bars[1], bars[9]), ((0, 10, 2), (10, 20, 1), (90, 100, 2)));
        assert_eq!(bars.iter().map(|bar| bar.2).sum::<u64>(), 5, "one is not scored");
    });
}

#[test]
fn a_page_beyond_the_last_is_the_last() {
    on_both(|app| async move {
        ingest(&app, (0..PAGE_SIZE + 1).map(|i| priced(&i.to_string(), Some(1))).collect()).await;
        let admin = admin(&app).await;
        let list = app.deals().deal_list(&admin, DealQuery { page: u64::MAX, ..DealQuery::opening() }).await.expect("lists");
        assert_eq!((list.query.page, list.page_count, list.rows.len(), list.total), (2, 2, 1, PAGE_SIZE + 1));
        assert_eq!(list.total_value.map(|total| total.amount), Some(Decimal::from(PAGE_SIZE + 1)));
    });
}

#[test]
fn filters_narrow_and_text_is_taken_literally() {
    on_both(|app| async move {
        let named = |id: &str, account: &str| DealRecord {
            account: Some(AccountRecord { name: account.into(), industry: None }),
            ..priced(id, Some(100))
        };
        ingest(&app, vec![named("a", "Blue Fjord"), named("b", "100% Oak"), named("c", "100 Oaks"), closed("d", Outcome::Won, 3)]).await;
        let admin = admin(&app).await;
        let text = |text: &str| DealQuery { text: Some(text.into()), ..DealQuery::opening() };
        assert_eq!(titles(&app, &admin, text("blue fJ")).await, ["Deal a"]);
        assert_eq!(titles(&app, &admin, text("100%")).await, ["Deal b"]);
        assert_eq!(titles(&app, &admin, text("100_")).await, Vec::<String>::new());
        assert_eq!(titles(&app, &admin, text("'; DROP TABLE deal; --")).await, Vec::<String>::new());
        let list = app.deals().deal_list(&admin, DealQuery { outcome: OutcomeFilter::All, ..DealQuery::opening() }).await.expect("lists");
        assert_eq!(list.total, 4);
        let stage = list.stages.iter().find(|stage| stage.label == "Won").expect("the stage").id;
        let won = DealQuery { outcome: OutcomeFilter::All, stage: Some(stage), ..DealQuery::opening() };
        assert_eq!(titles(&app, &admin, won).await, ["Deal d"]);
        let range = DealQuery { min_value: Some(Decimal::from(100)), max_value: Some(Decimal::from(100)), ..DealQuery::opening() };
        assert_eq!(titles(&app, &admin, range).await.len(), 3);
        assert_eq!(titles(&app, &admin, DealQuery { min_value: Some(Decimal::from(101)), ..DealQuery::opening() }).await.len(), 0);
    });
}
