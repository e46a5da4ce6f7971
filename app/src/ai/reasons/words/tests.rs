//! Each sentence, word by word.

use super::*;
use crate::{
    ai::reasons::{Benchmarks, figures::MAX_CATEGORY},
    domain::{deals::CustomField, money::Currency},
};
use Feature as F;

fn say(about: Feature, known: &[(Feature, f64)]) -> String {
    say_in(about, known, &Context::default())
}

fn say_in(about: Feature, known: &[(Feature, f64)], context: &Context) -> String {
    let mut values = Values([f64::NAN; COUNT]);
    for (feature, value) in known {
        values.0[*feature as usize] = *value;
    }
    feature(about, &values, context)
}

#[test]
fn time() {
    let close = |days| say(F::IsOverdue, &[(F::DealAgeDays, 40.0), (F::DaysToExpectedClose, days)]);
    assert_eq!(close(-12.0), "Expected close date passed 12 days ago");
    assert_eq!(close(-1.0), "Expected close date passed 1 day ago");
    assert_eq!(close(0.0), "Expected to close today");
    assert_eq!(close(1.0), "Expected to close in 1 day");
    assert_eq!(close(f64::NAN), "No expected close date");
    assert_eq!(say(F::DaysToExpectedClose, &[]), "No dates known for this deal");
    assert_eq!(say(F::DealAgeDays, &[(F::DealAgeDays, 0.4)]), "Deal is less than a day old");
    let compared = |ratio| say(F::AgeVsWonMedian, &[(F::DealAgeDays, 90.2), (F::AgeVsWonMedian, ratio)]);
    assert_eq!(compared(1.84), "Open for 90 days, 1.8 times the usual time to win");
    assert_eq!(compared(0.4), "Open for 90 days, 40% of the usual time to win");
    assert_eq!(compared(1.01), "Open for 90 days, about the usual time to win");
    assert_eq!(compared(f64::NAN), "Deal is 90 days old");
}

#[test]
fn stages_by_name_or_place() {
    let known = [(F::DealAgeDays, 90.0), (F::DaysInStage, 41.9), (F::StageOrdinal, 3.0), (F::StageProgress, 3.0 / 7.0)];
    let named = Context { stage: Some("Proposal"), ..Context::default() };
    assert_eq!(say(F::DaysInStage, &known), "In this stage for 41 days");
    assert_eq!(say_in(F::DaysInStage, &known, &named), "In stage Proposal for 41 days");
    assert_eq!(say(F::StageProgress, &known), "In stage 3 of 7");
    assert_eq!(say_in(F::StageOrdinal, &known, &named), "In stage Proposal (3 of 7)");
    assert_eq!(say(F::StageOrdinal, &[]), "No open stage recorded");
    assert_eq!(say(F::DaysInStage, &known[2..]), "No dates known for this deal");
}

#[test]
fn money_in_its_currency() {
    let euro = Currency::new("EUR");
    let context = Context { currency: euro.as_ref(), ..Context::default() };
    let known = [(F::Value, 12_400.0), (F::ValueTier, 5.0)];
    assert_eq!(say_in(F::LogValue, &known, &context), "Value is €12,400");
    assert_eq!(say_in(F::ValueTier, &known, &context), "Value of €12,400 is in the highest fifth of deals");
    assert_eq!(say(F::ValueTier, &known[..1]), "Value is 12,400");
    assert_eq!(say(F::ValueTier, &[]), "No value entered");
}

#[test]
fn the_reps_own_view() {
    assert_eq!(say(F::LowConfidence, &[(F::RepProbability, 0.7)]), "Rep's probability is 70%");
    let changed = |change| say(F::ProbabilityChange30d, &[(F::RepProbability, 0.7), (F::ProbabilityChange30d, change)]);
    assert_eq!(changed(0.2), "Rep's probability rose by 20 points in 30 days");
    assert_eq!(changed(-0.01), "Rep's probability fell by 1 point in 30 days");
    assert_eq!(changed(0.0), "Rep's probability has not changed in 30 days");
    assert_eq!(changed(f64::NAN), "Rep's probability is 70%, with none of 30 days ago to compare");
    assert_eq!(say(F::HighConfidence, &[]), "No probability from the rep");
}

#[test]
fn activity() {
    let known = |feature, value| say(feature, &[(F::DealAgeDays, 30.0), (F::ActivityCount, 14.0), (feature, value)]);
    assert_eq!(known(F::DaysSinceLastActivity, 23.9), "No activity for 23 days");
    assert_eq!(known(F::DaysSinceLastActivity, 1.2), "Last activity 1 day ago");
    assert_eq!(known(F::DaysSinceLastActivity, 0.2), "Last activity less than a day ago");
    assert_eq!(known(F::ActivityCount, 1.0), "1 activity so far");
    assert_eq!(known(F::Calls, 1.0), "1 call so far");
    assert_eq!(known(F::Emails, 0.0), "No e-mails so far");
    assert_eq!(known(F::NotesAndOther, 3.0), "3 notes or other activities so far");
    assert_eq!(known(F::ActivitiesPerWeek, 3.24), "3.2 activities a week so far");
    assert_eq!(known(F::ActivitiesPerWeek, 0.98), "1 activity a week so far");
    assert_eq!(known(F::ActivitiesPerWeek, 0.01), "Fewer than 0.1 activities a week so far");
    assert_eq!(say(F::Meetings, &[(F::ActivityCount, 0.0), (F::DealAgeDays, 1.5)]), "No activity yet, 1 day after it was created");
    assert_eq!(say(F::Meetings, &[]), "No activities are tracked for this deal");
}

#[test]
fn similar_deals() {
    let of = |won: f64, lost: f64| say(F::SimilarWinRatio, &[(F::SimilarWon, won), (F::SimilarLost, lost)]);
    assert_eq!(of(4.0, 6.0), "4 of the 10 most similar past deals were won");
    assert_eq!(of(1.0, 9.0), "1 of the 10 most similar past deals was won");
    assert_eq!(of(0.0, 10.0), "None of the 10 most similar past deals were won");
    assert_eq!(of(10.0, 0.0), "All 10 of the most similar past deals were won");
    assert_eq!(of(1.0, 0.0), "The most similar past deal was won");
    assert_eq!(of(0.0, 1.0), "The most similar past deal was lost");
    assert_eq!(of(0.0, 0.0), "No similar past deals yet");
    assert_eq!(say(F::SimilarityMax, &[]), "Not compared with similar past deals");
    let alike = |feature, value| say(feature, &[(F::SimilarWon, 9.0), (F::SimilarLost, 1.0), (feature, value)]);
    assert_eq!(alike(F::SimilarityMax, 0.823), "The most similar past deal is 82% alike");
    assert_eq!(alike(F::SimilarityMean, 0.6), "The 10 most similar past deals are 60% alike on average");
    assert_eq!(alike(F::SimilarityMeanWon, 0.6), "9 of the 10 most similar past deals were won, 60% alike on average");
    assert_eq!(alike(F::SimilarityMeanLost, 0.6), "1 of the 10 most similar past deals was lost, 60% alike on average");
    assert_eq!(alike(F::SimilarityMeanLost, f64::NAN), "9 of the 10 most similar past deals were won");
}

#[test]
fn custom_fields_keep_their_names() {
    let field = |key: &str, kind| CustomField { key: key.into(), kind, in_model: true };
    let fields = [field("Contract End", CustomKind::Date), field("Budget confirmed", CustomKind::Boolean)];
    let context = Context { custom: &fields, ..Context::default() };
    let numeric = |key, value| custom(key, &ColumnData::Numeric(vec![value]), 0, &context);
    assert_eq!(numeric("ratio_days_ID", 0.113985), "ratio_days_ID: 0.114");
    assert_eq!(numeric("Revenue", -1234567.0), "Revenue: −1,234,567");
    assert_eq!(numeric("Revenue", f64::NAN), "Revenue: not given");
    assert_eq!(numeric("Contract End", 45.0), "Contract End: 45 days after the deal was created");
    assert_eq!(numeric("Contract End", -1.0), "Contract End: 1 day before the deal was created");
    assert_eq!(numeric("Contract End", 0.0), "Contract End: the day the deal was created");
    assert_eq!(numeric("Budget confirmed", 1.0), "Budget confirmed: yes");
    assert_eq!(numeric("Budget confirmed", 0.0), "Budget confirmed: no");
    assert_eq!(numeric("Budget confirmed", f64::NAN), "Budget confirmed: not given");
    let category = |value: Option<String>| custom("Industry", &ColumnData::Category(vec![value]), 0, &context);
    assert_eq!(category(Some("Healthcare".into())), "Industry: Healthcare");
    assert_eq!(category(None), "Industry: not given");
    assert_eq!(category(Some("x".repeat(500))).chars().count(), "Industry: ".len() + MAX_CATEGORY);
}

#[test]
fn moves_of_the_close_date_and_back_in_the_stages() {
    let slipped = |count, days| say(F::DaysSlipped, &[(F::SlipsCount, count), (F::DaysSlipped, days)]);
    assert_eq!(slipped(3.0, 41.0), "Close date put off 3 times, by 41 days in all");
    assert_eq!(slipped(1.0, 1.0), "Close date put off once, by 1 day");
    assert_eq!(slipped(0.0, 0.0), "Close date never put off");
    assert_eq!(say(F::SlipsCount, &[(F::DealAgeDays, 4.0)]), "No expected close date");
    assert_eq!(say(F::SlipsCount, &[]), "No dates known for this deal");
    assert_eq!(say(F::StageRegressions, &[(F::StageRegressions, 2.0)]), "Went back a stage twice");
    assert_eq!(say(F::StageRegressions, &[(F::StageRegressions, 0.0)]), "Never went back a stage");
    assert_eq!(say(F::StageRegressions, &[]), "No open stage recorded");
    assert_eq!(say(F::StageRegressions, &[(F::StageOrdinal, 2.0)]), "No dates known for this deal");
}

#[test]
fn the_trend_of_activity() {
    let known = |trend, silent| {
        say(
            F::ActivityTrend,
            &[(F::DealAgeDays, 60.0), (F::ActivityCount, 14.0), (F::ActivityTrend, trend), (F::DaysSinceLastActivity, silent)],
        )
    };
    assert_eq!(known(-4.0, 3.0), "Activity is falling: 4 fewer in the last 14 days than in the 14 days before");
    assert_eq!(known(-6.0, 15.0), "Activity has stopped: none in the last 14 days, 6 in the 14 days before");
    assert_eq!(known(2.0, 1.0), "Activity is rising: 2 more in the last 14 days than in the 14 days before");
    assert_eq!(known(0.0, 1.0), "Activity is steady: as many in the last 14 days as in the 14 days before");
    assert_eq!(known(0.0, 40.0), "Activity has stopped: none in the last 28 days");
    assert_eq!(known(f64::NAN, 1.0), "14 activities so far", "too young for a trend");
    assert_eq!(say(F::ActivityTrend, &[(F::ActivityCount, 0.0), (F::DealAgeDays, 3.0)]), "No activity yet, 3 days after it was created");
    assert_eq!(say(F::ActivityTrend, &[]), "No activities are tracked for this deal");
}

#[test]
fn earlier_deals_of_owner_and_account() {
    assert_eq!(say(F::OwnerWinRate, &[(F::OwnerWinRate, 0.42)]), "Going by earlier deals, its owner wins about 42%");
    assert_eq!(say(F::OwnerWinRate, &[]), "No earlier deals of its owner to go by");
    assert_eq!(say(F::AccountWinRate, &[(F::AccountWinRate, 0.42)]), "Going by earlier deals, about 42% with this account are won");
    assert_eq!(say(F::AccountWinRate, &[]), "No earlier deals with this account to go by");
}

#[test]
fn won_deals_to_compare_with() {
    let benchmarks: Benchmarks = serde_json::from_value(serde_json::json!({
        "all": {"activity": 5.0, "call": null, "email": 9.0, "meeting": 12.0},
        "by_size": [{}, {}, {}, {}, {"activity": 4.0, "meeting": 8.4}],
        "days_in_stage": {"Proposal": 12.3},
    }))
    .expect("reads");
    let context = Context { benchmarks: Some(&benchmarks), stage: Some("Proposal"), ..Context::default() };
    let say = |about, tier| {
        let known =
            [(F::DealAgeDays, 30.0), (F::ActivityCount, 4.0), (F::ValueTier, tier), (F::Meetings, 0.0), (F::Calls, 2.0), (F::Emails, 2.0)];
        let more = [(F::DaysSinceLastActivity, 23.0), (F::ActivitiesPerWeek, 0.9), (F::DaysInStage, 41.0), (F::StageOrdinal, 1.0)];
        say_in(about, &[&known[..], &more].concat(), &context)
    };
    assert_eq!(say(F::DaysSinceLastActivity, 5.0), "No activity for 23 days; won deals of this size had one every 4 days");
    assert_eq!(say(F::DaysSinceLastActivity, 2.0), "No activity for 23 days; won deals had one every 5 days");
    assert_eq!(say(F::Meetings, 5.0), "No meetings so far; won deals of this size had one every 8 days");
    assert_eq!(say(F::Emails, 5.0), "2 e-mails so far; won deals had one every 9 days", "none is known for this size");
    assert_eq!(say(F::Calls, f64::NAN), "2 calls so far");
    assert_eq!(say(F::ActivitiesPerWeek, f64::NAN), "0.9 activities a week so far; won deals had 1.4");
    assert_eq!(say(F::DaysInStage, 5.0), "In stage Proposal for 41 days; won deals had usually been there for 12 days");
    let none = say_in(F::Calls, &[(F::DealAgeDays, 30.0), (F::ActivityCount, 0.0)], &context);
    assert_eq!(none, "No activity yet, 30 days after it was created; won deals had one every 5 days");
}
