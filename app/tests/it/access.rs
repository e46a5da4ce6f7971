//! Who sees what, and who gets in.

use app::{
    domain::{
        deals::{DealQuery, Outcome},
        error::AppError,
        ids::UserId,
        people::{Role, Viewer},
    },
    services::{App, NewAccount},
    store::{SessionTable, people},
};
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
};

use crate::support::*;

/// Ann and Ben of one team, Cem of another, a deal each; and the viewers who look.
struct Cast {
    ann: Viewer,
    manager: Viewer,
    lonely_manager: Viewer,
    admin: Viewer,
}

async fn cast(app: &App) -> Cast {
    let db = app.store().db();
    let north = people::team_named(db, "North").await.expect("a team");
    let south = people::team_named(db, "South").await.expect("a team");
    let ann = viewer(app, "Ann Rep", Role::Rep, Some(north)).await;
    viewer(app, "Ben Rep", Role::Rep, Some(north)).await;
    viewer(app, "Cem Rep", Role::Rep, Some(south)).await;
    let owned = |id: &str, owner: &str| app::domain::imports::DealRecord { owner: Some(owner.into()), ..deal(id) };
    ingest(app, vec![owned("1", "Ann Rep"), owned("2", "Ben Rep"), owned("3", "Cem Rep")]).await;
    Cast {
        ann,
        manager: viewer(app, "manager", Role::Manager, Some(north)).await,
        lonely_manager: viewer(app, "lonely", Role::Manager, None).await,
        admin: admin(app).await,
    }
}

#[test]
fn a_rep_sees_their_own_a_manager_the_teams_an_admin_all() {
    on_both(|app| async move {
        let cast = cast(&app).await;
        for (viewer, expected) in [(&cast.ann, 1), (&cast.manager, 2), (&cast.lonely_manager, 0), (&cast.admin, 3)] {
            let list = app.deals().deal_list(viewer, DealQuery::opening()).await.expect("lists");
            assert_eq!(list.total, expected, "{}", viewer.name);
            assert_eq!(list.rows.len() as u64, expected, "{}", viewer.name);
            assert_eq!(list.owners.len() as u64, expected, "{}", viewer.name);
            assert_eq!(app.risk().dashboard(viewer).await.expect("shows").open_deals, expected, "{}", viewer.name);
        }
    });
}

#[test]
fn a_deal_out_of_scope_is_as_good_as_none() {
    on_both(|app| async move {
        let cast = cast(&app).await;
        let all = app.deals().deal_list(&cast.admin, DealQuery::opening()).await.expect("lists");
        let of_cem = all.rows.iter().find(|row| row.owner.as_deref() == Some("Cem Rep")).expect("Cem's deal").id;
        for viewer in [&cast.ann, &cast.manager] {
            assert_eq!(app.deals().deal_view(viewer, of_cem).await, Err(AppError::NotFound));
            let closing = app.outcomes().close_deals(viewer, request(of_cem, 1, Outcome::Won, None, None)).await;
            assert_eq!(closing, Err(AppError::NotFound));
        }
    });
}

#[test]
fn a_manager_sees_but_does_not_close_others_deals() {
    on_both(|app| async move {
        let cast = cast(&app).await;
        let row = app.deals().deal_list(&cast.ann, DealQuery::opening()).await.expect("lists").rows.remove(0);
        assert!(!app.deals().deal_view(&cast.manager, row.id).await.expect("shows").may_close);
        assert_eq!(app.outcomes().close_deals(&cast.manager, request(row.id, 1, Outcome::Won, None, None)).await, Err(AppError::Forbidden));
        assert!(app.deals().deal_view(&cast.ann, row.id).await.expect("shows").may_close);
    });
}

#[test]
fn only_the_right_password_opens_an_active_account() {
    on_both(|app| async move {
        let new = |email: &str| NewAccount {
            name: "Kim".into(),
            email: email.into(),
            password: "long enough".into(),
            role: Role::Rep,
            team: Some("North".into()),
        };
        let id = app.people().add_account(new("Kim@Example.com")).await.expect("added");
        let signed_in = app.people().authenticate("KIM@example.com ", "long enough").await.expect("answers").expect("signs in");
        assert_eq!(signed_in.viewer.id, id);
        assert!(app.people().authenticate("kim@example.com", "wrong").await.expect("answers").is_none());
        assert!(app.people().authenticate("nobody@example.com", "long enough").await.expect("answers").is_none());
        let taken = app.people().add_account(new("kim@example.COM")).await;
        assert!(matches!(taken, Err(AppError::Invalid { ref field, .. }) if field == "email"), "{taken:?}");
        for bad in [
            NewAccount { password: "short".into(), ..new("a@example.com") },
            new("no address"),
            NewAccount { name: String::new(), ..new("b@example.com") },
        ] {
            assert!(matches!(app.people().add_account(bad).await, Err(AppError::Invalid { .. })));
        }
        assert!(app.people().signed_in(UserId(uuid::Uuid::nil())).await.expect("answers").is_none());
    });
}

#[test]
fn sessions_are_kept_by_hash_and_expire() {
    on_both(|app| async move {
        let table = SessionTable::new(app.store());
        let record = |hours| Record {
            id: Id::default(),
            data: Default::default(),
            expiry_date: time::OffsetDateTime::now_utc() + time::Duration::hours(hours),
        };
        let (mut live, mut expired) = (record(1), record(-1));
        table.create(&mut live).await.expect("creates");
        table.create(&mut expired).await.expect("creates");
        assert!(table.load(&live.id).await.expect("loads").is_some());
        assert!(table.load(&expired.id).await.expect("loads").is_none());
        table.delete(&live.id).await.expect("deletes");
        assert!(table.load(&live.id).await.expect("loads").is_none());
    });
}

#[test]
fn a_session_that_ended_does_not_come_back() {
    use app::store::SessionTable;
    use tower_sessions::{
        SessionStore,
        session::{Id, Record},
    };

    on_both(async |app| {
        let table = SessionTable::new(app.store());
        let expiry_date = time::OffsetDateTime::now_utc() + time::Duration::days(1);
        let mut record = Record { id: Id::default(), data: Default::default(), expiry_date };
        table.create(&mut record).await.expect("creates");
        record.data.insert("x".into(), 1.into());
        table.save(&record).await.expect("saves");
        assert_eq!(table.load(&record.id).await.expect("loads").map(|kept| kept.data), Some(record.data.clone()));
        table.delete(&record.id).await.expect("deletes");
        // A request that was under way when its person signed out.
        table.save(&record).await.expect("does nothing");
        assert!(table.load(&record.id).await.expect("loads").is_none());
    });
}
