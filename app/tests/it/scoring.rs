//! What makes a score fresh, what makes it stale, and scores on request.

use app::{
    ai::training::Effort,
    domain::{
        Instant,
        deals::{ActivityKind, DealQuery, Outcome, OutcomeFilter},
        error::AppError,
        ids::DealId,
        people::{Role, Viewer},
        scoring::{ScoreAnswer, ScoreRequest},
    },
    services::{App, MAX_DEALS},
};
use chrono::TimeDelta;
use uuid::Uuid;

use crate::support::*;

fn tomorrow() -> Instant {
    now() + TimeDelta::days(1)
}

/// A trained workspace whose open deals are scored.
async fn scored(app: App) -> (App, Viewer) {
    let app = prepared(app).await;
    app.similarity().embed_backlog(&mut |_, _, _| {}).await.expect("embeds");
    assert!(train(&app, 42).await.ready);
    assert_eq!(score_open(&app).await.computed, 10);
    let admin = admin(&app).await;
    (app, admin)
}

async fn listed(app: &App, viewer: &Viewer, outcome: Outcome) -> Vec<DealId> {
    let query = DealQuery { outcome: OutcomeFilter::Only(outcome), ..DealQuery::opening() };
    app.deals().deal_list(viewer, query).await.expect("lists").rows.iter().map(|row| row.id).collect()
}

async fn ask(app: &App, viewer: &Viewer, request: ScoreRequest) -> ScoreAnswer {
    app.scoring().score_request(viewer, request).await.expect("answers")
}

fn by_ids(ids: &[DealId]) -> ScoreRequest {
    ScoreRequest { deal_ids: Some(ids.iter().map(ToString::to_string).collect()), ..ScoreRequest::default() }
}

fn cached(answer: &ScoreAnswer) -> Vec<bool> {
    answer.results.iter().map(|scored| scored.cached).collect()
}

#[test]
fn what_did_not_change_is_not_computed_again() {
    on_both(|app| async move {
        let (app, admin) = scored(app).await;
        assert_eq!(score_open(&app).await.computed, 0);
        let open = listed(&app, &admin, Outcome::Open).await;
        let answer = ask(&app, &admin, by_ids(&open)).await;
        assert_eq!((answer.results.len(), answer.errors.len()), (10, 0));
        assert!(answer.results.iter().all(|scored| scored.cached && scored.model_version == Some(1) && !scored.hindsight));
        // In the order asked for, and the ranks are those of the list.
        assert_eq!(answer.results.iter().map(|scored| scored.deal_id).collect::<Vec<_>>(), open);
        assert!(answer.results.is_sorted_by_key(|scored| scored.risk_rank) && answer.results[0].risk_rank == Some(1));
        // The same data again is no news.
        ingest(&app, team_history()).await;
        assert_eq!(score_open(&app).await.computed, 0);
    });
}

#[test]
fn a_new_activity_makes_its_deal_stale_and_the_imports_epoch_confirms_the_rest() {
    on_both(|app| async move {
        // One with less effort behind it does not look at activities.
        let (app, admin) = scored(app.with_effort(Effort::default())).await;
        let mut changed = team_history();
        let position = changed.iter().position(|record| record.external_id == "o4").expect("is there");
        changed[position].activities.push(activity(1, ActivityKind::Meeting, "new"));
        assert_eq!(ingest(&app, changed).await.updated, 1);
        // All were looked at, and only the one whose inputs changed was computed and stored anew.
        assert_eq!(score_open(&app).await.computed, 1);
        let open = listed(&app, &admin, Outcome::Open).await;
        let mut lengths = Vec::new();
        for id in open {
            lengths.push(app.deals().deal_view(&admin, id).await.expect("shows").score_history.len());
        }
        lengths.sort_unstable();
        assert_eq!(lengths, [1, 1, 1, 1, 1, 1, 1, 1, 1, 2]);
    });
}

#[test]
fn a_new_champion_a_roll_back_and_a_new_day_make_scores_stale() {
    on_both(|app| async move {
        let (app, admin) = scored(app).await;
        let open = listed(&app, &admin, Outcome::Open).await;
        let first = ask(&app, &admin, by_ids(&open)).await;
        assert!(train(&app, 43).await.ready);
        let second = ask(&app, &admin, by_ids(&open)).await;
        assert!(second.results.iter().all(|scored| !scored.cached && scored.model_version == Some(2)));
        assert_eq!(app.models().roll_back(None).await.expect("rolls back"), 1);
        let again = ask(&app, &admin, by_ids(&open)).await;
        assert!(again.results.iter().all(|scored| scored.model_version == Some(1)));
        let probabilities = |answer: &ScoreAnswer| answer.results.iter().map(|scored| scored.probability).collect::<Vec<_>>();
        assert_eq!(probabilities(&again), probabilities(&first), "the same model says the same");
        // A day later deals are older.
        let app = app.with_clock(tomorrow);
        assert_eq!(cached(&ask(&app, &admin, by_ids(&open)).await), [false; 10]);
        assert_eq!(cached(&ask(&app, &admin, by_ids(&open)).await), [true; 10]);
    });
}

#[test]
fn each_deal_has_its_own_error() {
    on_both(|app| async move {
        let (app, admin) = scored(app).await;
        let open = listed(&app, &admin, Outcome::Open).await;
        let mut request = by_ids(&open[..1]);
        let ids = request.deal_ids.get_or_insert_default();
        ids.extend(["not an id".to_owned(), Uuid::nil().to_string(), open[0].to_string()]);
        let answer = ask(&app, &admin, request).await;
        assert_eq!(answer.results.len(), 1, "asked for twice, answered once");
        let codes: Vec<(&str, &str)> = answer.errors.iter().map(|error| (error.deal_id.as_str(), error.code.as_str())).collect();
        assert_eq!(codes, [("not an id", "invalid_id"), ("00000000-0000-0000-0000-000000000000", "not_found")]);
        // What one may not see is not there.
        let stranger = viewer(&app, "stranger", Role::Rep, None).await;
        let answer = ask(&app, &stranger, by_ids(&open)).await;
        assert_eq!((answer.results.len(), answer.errors.len()), (0, 10));
        assert!(answer.errors.iter().all(|error| error.code == "not_found"));
    });
}

#[test]
fn requests_that_make_no_sense_are_refused() {
    on_both(|app| async move {
        let admin = admin(&app).await;
        let refused = async |request: ScoreRequest| match app.scoring().score_request(&admin, request).await {
            Err(AppError::Invalid { field, .. }) => field,
            other => panic!("{other:?}"),
        };
        assert_eq!(refused(ScoreRequest::default()).await, "deal_ids");
        let both = ScoreRequest { filter: Some(DealQuery::opening()), ..by_ids(&[]) };
        assert_eq!(refused(both).await, "deal_ids");
        let many = ScoreRequest { deal_ids: Some(vec![String::new(); MAX_DEALS + 1]), ..ScoreRequest::default() };
        assert_eq!(refused(many).await, "deal_ids");
        assert_eq!(refused(ScoreRequest { as_of: Some(tomorrow()), ..by_ids(&[]) }).await, "as_of");
    });
}

#[test]
fn a_filter_finds_what_the_list_shows() {
    on_both(|app| async move {
        let (app, admin) = scored(app).await;
        let by_filter = |filter| ScoreRequest { filter: Some(filter), ..ScoreRequest::default() };
        let answer = ask(&app, &admin, by_filter(DealQuery::opening())).await;
        assert_eq!((answer.results.len(), answer.total), (10, Some(10)));
        assert_eq!(answer.results.iter().map(|scored| scored.deal_id).collect::<Vec<_>>(), listed(&app, &admin, Outcome::Open).await);
        let none = DealQuery { text: Some("nothing is called that".into()), ..DealQuery::opening() };
        assert_eq!(ask(&app, &admin, by_filter(none)).await.total, Some(0));
    });
}

#[test]
fn the_past_is_scored_as_it_was_known() {
    on_both(|app| async move {
        let (app, admin) = scored(app).await;
        let open = listed(&app, &admin, Outcome::Open).await;
        let as_of = |days| ScoreRequest { as_of: Some(days_ago(days)), ..by_ids(&open[..1]) };
        let before = ask(&app, &admin, as_of(25)).await;
        assert_eq!(cached(&before), [false]);
        let scored = &before.results[0];
        assert_eq!((scored.risk_rank, scored.hindsight), (None, false));
        assert_eq!(cached(&ask(&app, &admin, as_of(25)).await), [true]);
        // What happened later does not reach it.
        let mut later = team_history();
        for record in later.iter_mut().filter(|record| record.outcome == Outcome::Open) {
            record.activities.push(activity(2, ActivityKind::Meeting, "later"));
        }
        ingest(&app, later).await;
        let again = ask(&app, &admin, as_of(25)).await;
        assert_eq!((again.results[0].probability, &again.results[0].reasons), (scored.probability, &scored.reasons));
        assert_eq!(ask(&app, &admin, as_of(50)).await.errors[0].code, "not_created_yet");
        // Closed deals as they stood before their close, said to be in hindsight; after it they have no score.
        let won = listed(&app, &admin, Outcome::Won).await;
        let answer = ask(&app, &admin, by_ids(&won[..2])).await;
        assert!(answer.results.len() == 2 && answer.results.iter().all(|scored| scored.hindsight));
        assert_eq!(cached(&ask(&app, &admin, by_ids(&won[..2])).await), [true; 2]);
        let after = ScoreRequest { as_of: Some(now()), ..by_ids(&won[..1]) };
        assert_eq!(ask(&app, &admin, after).await.errors[0].code, "closed_by_then");
    });
}

#[test]
fn closed_deals_without_dates_are_scored_and_remembered() {
    fn a_second_later() -> Instant {
        now() + TimeDelta::seconds(1)
    }
    on_both(|app| async move {
        let (app, admin) = scored(app).await;
        let undated = |record: app::domain::imports::DealRecord| app::domain::imports::DealRecord {
            created_at: None,
            closed_at: None,
            sequence: Some(1),
            changes: Vec::new(),
            activities: Vec::new(),
            ..record
        };
        ingest(&app, vec![undated(closed("undated", Outcome::Won, 3))]).await;
        let query = DealQuery { outcome: OutcomeFilter::Only(Outcome::Won), text: Some("Deal undated".into()), ..DealQuery::opening() };
        let id = app.deals().deal_list(&admin, query).await.expect("lists").rows[0].id;
        assert_eq!(cached(&ask(&app, &admin, by_ids(&[id])).await), [false]);
        let app = app.with_clock(a_second_later);
        assert_eq!(cached(&ask(&app, &admin, by_ids(&[id])).await), [true]);
    });
}

#[test]
fn past_weeks_give_open_deals_a_trend() {
    on_both(|app| async move {
        let (app, admin) = scored(app).await;
        // Deals are 40 days old, so five weeks ago they were there and six weeks ago not.
        let weeks = async || app.scoring().score_past_weeks(8, &mut |_, _, _| {}).await.expect("scores");
        assert_eq!(weeks().await, 50);
        assert_eq!(weeks().await, 0, "they are there already");
        let open = listed(&app, &admin, Outcome::Open).await;
        let view = app.deals().deal_view(&admin, open[0]).await.expect("shows");
        assert_eq!(view.score_history.len(), 6);
        assert!(view.score_history.is_sorted_by_key(|point| point.at));
        assert_eq!(view.score.expect("is scored").at, now(), "the present score is the newest");
        let rows = app.deals().deal_list(&admin, DealQuery::opening()).await.expect("lists").rows;
        assert!(rows.iter().all(|row| row.score.as_ref().is_some_and(|score| score.trend.len() > 1)));
    });
}
