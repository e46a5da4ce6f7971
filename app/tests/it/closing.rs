//! Recording won and lost.

use app::{
    domain::{AppError, DealQuery, DealView, Outcome, OutcomeFilter, TimelineKind, Viewer},
    services::Services,
};

use crate::support::*;

async fn one_open_deal(services: &Services) -> (Viewer, DealView) {
    ingest(services, vec![deal("1")]).await;
    let admin = admin(services).await;
    let id = services.deal_list(&admin, DealQuery::opening()).await.expect("lists").rows[0].id;
    let view = services.deal_view(&admin, id).await.expect("shows");
    (admin, view)
}

#[test]
fn a_lost_deal_leaves_the_open_list_and_keeps_its_history() {
    on_both(|services| async move {
        let (admin, view) = one_open_deal(&services).await;
        let notes = Some("They kept their spreadsheet.".into());
        services.close_deal(&admin, request(view.id, view.version, Outcome::Lost, Some(" Price ".into()), notes)).await.expect("closes");
        assert_eq!(services.deal_list(&admin, DealQuery::opening()).await.expect("lists").total, 0);
        let lost = DealQuery { outcome: OutcomeFilter::Only(Outcome::Lost), ..DealQuery::opening() };
        assert_eq!(services.deal_list(&admin, lost).await.expect("lists").total, 1);
        let closed = services.deal_view(&admin, view.id).await.expect("shows");
        assert_eq!((closed.outcome, closed.loss_reason.as_deref()), (Outcome::Lost, Some("Price")));
        assert_eq!(closed.notes.as_deref(), Some("They kept their spreadsheet."));
        assert_eq!(closed.closed_at, Some(now()));
        assert_eq!(closed.stage.as_deref(), Some("Lost"));
        assert!(!closed.may_close);
        assert_eq!(closed.timeline.len(), view.timeline.len() + 2);
        let newest = &closed.timeline[0];
        assert_eq!(newest.actor.as_deref(), Some("admin"));
        assert!(
            closed
                .timeline
                .iter()
                .any(|entry| entry.what == TimelineKind::Outcome { outcome: Outcome::Lost, reason: Some("Price".into()) })
        );
    });
}

#[test]
fn a_loss_needs_a_reason_and_an_outcome_is_won_or_lost() {
    on_both(|services| async move {
        let (admin, view) = one_open_deal(&services).await;
        for (outcome, reason, field) in
            [(Outcome::Lost, None, "reason"), (Outcome::Lost, Some("  ".to_owned()), "reason"), (Outcome::Open, None, "outcome")]
        {
            let error = services.close_deal(&admin, request(view.id, view.version, outcome, reason, None)).await.expect_err("refused");
            assert!(matches!(error, AppError::Invalid { field: ref named, .. } if named == field), "{error:?}");
        }
        let endless = Some("x".repeat(10_000));
        let error = services.close_deal(&admin, request(view.id, view.version, Outcome::Won, None, endless)).await.expect_err("refused");
        assert!(matches!(error, AppError::Invalid { ref field, .. } if field == "notes"), "{error:?}");
    });
}

#[test]
fn only_one_of_two_closings_wins() {
    on_both(|services| async move {
        let (admin, view) = one_open_deal(&services).await;
        let close = |outcome, reason: Option<&str>| {
            let (services, admin, reason) = (services.clone(), admin.clone(), reason.map(String::from));
            async move { services.close_deal(&admin, request(view.id, view.version, outcome, reason, None)).await }
        };
        let (won, lost) = tokio::join!(close(Outcome::Won, None), close(Outcome::Lost, Some("Timing")));
        assert_ne!(won.is_ok(), lost.is_ok(), "{won:?} {lost:?}");
        let refused = won.and(lost).expect_err("one was refused");
        assert!(matches!(refused, AppError::Conflict(_)), "{refused:?}");
        let closed = services.deal_view(&admin, view.id).await.expect("shows");
        let outcomes = closed.timeline.iter().filter(|entry| matches!(entry.what, TimelineKind::Outcome { .. })).count();
        assert_eq!(outcomes, 1);
    });
}

#[test]
fn an_older_page_cannot_close() {
    on_both(|services| async move {
        let (admin, view) = one_open_deal(&services).await;
        let error = services.close_deal(&admin, request(view.id, view.version - 1, Outcome::Won, None, None)).await.expect_err("refused");
        assert!(matches!(error, AppError::Conflict(_)), "{error:?}");
        assert_eq!(services.deal_view(&admin, view.id).await.expect("shows").outcome, Outcome::Open);
    });
}
