//! Feedback on scores.

use app::domain::{
    deals::{DealQuery, Outcome},
    error::AppError,
    people::Role,
    probability::Probability,
    scoring::FeedbackReason,
};

use crate::support::*;

#[test]
fn feedback_is_kept_and_judged_when_the_deal_closes() {
    on_both(|app| async move {
        ingest(&app, (0..6).map(|n| deal(&n.to_string())).collect()).await;
        let admin = admin(&app).await;
        let rows = app.deals().deal_list(&admin, DealQuery::opening()).await.expect("lists").rows;
        let scoring = app.scoring();
        let say = |id, estimate: f64| {
            scoring.give_feedback(&admin, id, FeedbackReason::Budget, Probability::new(estimate), Some(" They have it ".into()))
        };
        assert!(matches!(say(rows[0].id, 0.9).await, Err(AppError::Conflict(_))), "there is no score yet");
        score_open(&app).await;
        for row in &rows {
            say(row.id, 0.2).await.expect("is kept");
            say(row.id, 0.9).await.expect("is kept");
        }
        let page = app.scoring().feedback_view(&admin).await.expect("shows");
        assert_eq!((page.feedback.len(), page.overall), (12, None));
        assert_eq!(page.reasons, [(FeedbackReason::Budget, 12)]);
        assert_eq!(page.feedback[0].note.as_deref(), Some("They have it"));
        for row in &rows {
            app.outcomes().close_deals(&admin, request(row.id, 1, Outcome::Won, None, None)).await.expect("closes");
        }
        let page = app.scoring().feedback_view(&admin).await.expect("shows");
        let right = page.overall.expect("deals have closed");
        // Each person's newest estimate of a deal counts.
        assert_eq!(right.n, 6);
        assert!((right.people - 0.01).abs() < 1e-9 && right.people_less_model.mean < 0.0, "{right:?}");
        assert_eq!(page.people.len(), 1);
        assert!(matches!(say(rows[0].id, 0.5).await, Err(AppError::Conflict(_))), "it is closed");
    });
}

#[test]
fn who_may_not_see_a_deal_says_nothing_of_it() {
    on_both(|app| async move {
        ingest(&app, vec![deal("1")]).await;
        score_open(&app).await;
        let admin = admin(&app).await;
        let id = app.deals().deal_list(&admin, DealQuery::opening()).await.expect("lists").rows[0].id;
        let rep = viewer(&app, "stranger", Role::Rep, None).await;
        assert_eq!(app.scoring().give_feedback(&rep, id, FeedbackReason::Data, None, None).await, Err(AppError::NotFound));
        assert_eq!(app.scoring().feedback_view(&rep).await, Err(AppError::Forbidden));
        let endless = Some("x".repeat(1_001));
        let refused = app.scoring().give_feedback(&admin, id, FeedbackReason::Data, None, endless).await;
        assert!(matches!(refused, Err(AppError::Invalid { ref field, .. }) if field == "note"));
    });
}
