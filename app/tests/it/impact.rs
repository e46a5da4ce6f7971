//! Business impact: flagged deals, acted on or not.

use app::{
    domain::{
        alerts::{ManualAlert, Priority},
        deals::{DealQuery, Outcome},
        error::AppError,
        people::Role,
    },
    services::NewActivity,
    store::people,
};
use chrono::TimeDelta;

use crate::support::*;

#[test]
fn flagged_deals_are_counted_by_what_was_done_about_them() {
    on_both(|app| async move {
        ingest(&app, (0..6).map(|n| deal(&n.to_string())).collect()).await;
        let admin = admin(&app).await;
        let ids: Vec<_> = app.deals().deal_list(&admin, DealQuery::opening()).await.expect("lists").rows.iter().map(|row| row.id).collect();
        for id in &ids {
            let alert = ManualAlert {
                deal_id: *id,
                cause: "champion left".into(),
                headline: "Their champion left".into(),
                detail: String::new(),
                priority: Priority::High,
            };
            app.alerts().raise_alert(&admin, alert).await.expect("raises");
        }
        let next_day = app.clone().with_clock(|| now() + TimeDelta::days(1));
        let activity = NewActivity { kind: app::domain::deals::ActivityKind::Call, subject: "Called".into(), at: None };
        for id in &ids[..2] {
            next_day.deals().add_activity(&admin, *id, activity.clone()).await.expect("adds");
        }
        // Too late to be an answer.
        let much_later = app.clone().with_clock(|| now() + TimeDelta::days(20));
        much_later.deals().add_activity(&admin, ids[2], activity).await.expect("adds");
        let end = app.clone().with_clock(|| now() + TimeDelta::days(21));
        for (id, outcome) in [(ids[0], Outcome::Won), (ids[1], Outcome::Won), (ids[2], Outcome::Lost), (ids[3], Outcome::Lost)] {
            let reason = (outcome == Outcome::Lost).then(|| "Price".to_owned());
            end.outcomes().close_deals(&admin, request(id, 1, outcome, reason, None)).await.expect("closes");
        }
        let view = end.outcomes().impact_view(&admin).await.expect("shows");
        assert_eq!((view.acted_on.deals, view.acted_on.won, view.acted_on.open), (2, 2, 0));
        assert_eq!((view.left_alone.deals, view.left_alone.won, view.left_alone.open), (4, 0, 2));
        assert_eq!(view.median_hours_to_act, Some(24.0));
        assert!(view.difference.is_some_and(|of| of.difference > 0.99 && of.low < 0.99), "two deals prove little: {:?}", view.difference);
        assert_eq!(view.cycle.deals, 2);
        assert_eq!(view.acted_on.won_value.len(), 1);
        // Of very many a job counts them, and the page says when.
        let many = end.clone().with_counted_by_pages(3);
        assert_eq!(many.outcomes().impact_view(&admin).await.expect("shows"), view, "while nobody has counted them the page does");
        assert!(!end.outcomes().count_impact().await.expect("is asked"), "few need no job");
        assert!(many.outcomes().count_impact().await.expect("counts"));
        let counted = many.outcomes().impact_view(&admin).await.expect("shows");
        assert_eq!(counted.counted_at, Some(now() + TimeDelta::days(21)));
        assert_eq!(app::views::outcomes::ImpactView { counted_at: None, ..counted.clone() }, view);
        let team = people::team_named(app.store().db(), "Sales").await.expect("a team");
        let manager = viewer(&app, "Mia Manager", Role::Manager, Some(team)).await;
        let of_team = many.outcomes().impact_view(&manager).await.expect("shows");
        assert_eq!((of_team.counted_at, of_team.acted_on), (counted.counted_at, counted.acted_on));
        let other =
            viewer(&app, "Ned Manager", Role::Manager, Some(people::team_named(app.store().db(), "North").await.expect("a team"))).await;
        assert_eq!(many.outcomes().impact_view(&other).await.expect("shows").acted_on.deals, 0, "another team's deals");
        let rep = viewer(&app, "rep", Role::Rep, None).await;
        assert_eq!(app.outcomes().impact_view(&rep).await, Err(AppError::Forbidden));
    });
}
