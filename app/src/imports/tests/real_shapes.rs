//! The shipped mappings on rows in the shape of the sources they are for.

use std::{fs, io::Write};

use flate2::{Compression, write::GzEncoder};
use rust_decimal::Decimal;

use crate::{
    domain::{
        deals::{ActivityKind, CustomKind, CustomValue, Outcome, StageKind},
        imports::FieldChange,
    },
    imports::tests::*,
};

#[test]
fn a_funnel_with_its_history() {
    let batch = read_path(&shipped("bpi2012.toml"), &fixture("loans")).expect("a batch");
    assert_eq!(faults(&batch), Vec::<String>::new());
    assert_eq!(ids(&batch), ["L-1", "L-2", "L-3", "L-4"]);
    let [won, declined, cancelled, open] = batch.deals.as_slice() else { panic!("four deals") };

    assert_eq!(won.outcome, Outcome::Won);
    assert_eq!(won.closed_at, Some(at("2026-02-20T15:30:00.5Z")));
    assert_eq!(won.stage.as_deref(), Some("Activated"));
    assert_eq!(won.currency.code(), "EUR");
    // The requested amount was known from the start; then the stages, without the one that is ignored.
    assert_eq!(won.changes[0].change, FieldChange::Value(Decimal::from(12_500)));
    assert_eq!((won.changes[0].at, won.changes.len()), (at("2026-02-02T08:00:00Z"), 9));
    assert_eq!(won.changes[5].change, FieldChange::Stage("Offer sent".into()));
    assert_eq!(won.changes[6].change, FieldChange::Stage("Offer sent".into()));
    assert_eq!(won.changes[8].actor.as_deref(), Some("7003"));

    // Only completed work counts, in the order of time.
    let times: Vec<_> = won.activities.iter().map(|activity| activity.at).collect();
    assert_eq!(times, [at("2026-02-02T13:00:00Z"), at("2026-02-10T14:00:00Z"), at("2026-02-10T14:00:00Z")]);
    assert_eq!((won.activities[0].kind, won.activities[0].subject.as_str()), (ActivityKind::Call, "Call complete application"));

    assert_eq!((declined.loss_reason.as_deref(), declined.owner.as_deref()), (Some("declined"), None));
    assert_eq!(cancelled.description, "application; goal: boat;\namount requested: 30000 EUR");
    // Rows out of order are brought into it, and work after the close stays where it was.
    assert_eq!(cancelled.stage.as_deref(), Some("Cancelled"));
    assert_eq!(cancelled.activities.iter().filter(|activity| Some(activity.at) > cancelled.closed_at).count(), 1);
    assert_eq!((open.outcome, open.closed_at, open.value), (Outcome::Open, None, Some("9500.5".parse().expect("a decimal"))));

    let kinds: Vec<_> = batch.source.pipeline.stages.iter().map(|stage| stage.kind).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == StageKind::Open).count(), 9);
    assert_eq!(kinds.len(), 16);
}

#[test]
fn activity_keys_are_stable_and_apart() {
    let mapping = shipped("bpi2012.toml");
    let keys = |batch: &ImportBatch| -> Vec<String> {
        batch.deals.iter().flat_map(|deal| &deal.activities).map(|activity| activity.key.clone()).collect()
    };
    let first = keys(&read_path(&mapping, &fixture("loans")).expect("a batch"));
    assert_eq!(first, keys(&read_path(&mapping, &fixture("loans")).expect("a batch")));
    // Two rows of the same deal are alike in everything.
    assert_eq!(first[2], format!("{}#2", first[1]));
    let mut distinct = first.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), first.len());

    // More work, later, leaves the keys of the earlier rows as they were.
    let dir = TempDir::new().expect("a folder");
    for name in ["deals.csv", "stage_history.csv", "activities.csv"] {
        fs::copy(fixture("loans").join(name), dir.path().join(name)).expect("a copy");
    }
    let mut activities = fs::read_to_string(fixture("loans/activities.csv")).expect("a file");
    activities.push_str("L-1,call_follow_up_offer,2026-02-12T15:00:00.000+01:00,7001,complete\n");
    fs::write(dir.path().join("activities.csv"), activities).expect("a file");
    let grown = keys(&read_path(&mapping, dir.path()).expect("a batch"));
    assert!(grown.len() == first.len() + 1 && first.iter().all(|key| grown.contains(key)));
}

#[test]
fn opportunities_without_dates() {
    let batch = read_path(&shipped("ibm.toml"), &fixture("sales")).expect("a batch");
    assert_eq!(faults(&batch), Vec::<String>::new());
    assert_eq!(ids(&batch), ["900001", "900002", "900001#2", "900003", "900001#3"]);
    let deal = &batch.deals[0];
    assert_eq!((deal.title.as_str(), deal.outcome, deal.sequence), ("Tool Chests – Northland", Outcome::Won, Some(900_001)));
    assert_eq!((deal.created_at, deal.closed_at, deal.changes.len()), (None, None, 0));
    assert_eq!(batch.deals[2].sequence, Some(900_001), "a number to order by need not be unique");
    assert_eq!(deal.custom.len(), 16);
    assert_eq!(deal.custom["Competitor Type"], CustomValue::Text("Unknown".into()));
    assert_eq!(deal.custom["Ratio Days Validated To Total Days"], CustomValue::Number(0.5));
    assert!(!batch.deals[3].custom.contains_key("Total Days Identified Through Closing"), "an empty cell is no value");
    assert_eq!(batch.source.custom_fields.len(), 16);
    assert_eq!(
        (batch.source.custom_fields[0].key.as_str(), batch.source.custom_fields[0].kind),
        ("Supplies Subgroup", CustomKind::Category)
    );
    assert!(!batch.source.embed);
    assert_eq!(batch.notes.len(), 1, "{:?}", batch.notes);
}

#[test]
fn packed_files_and_single_files_give_the_same() {
    let mapping = shipped("ibm.toml");
    let plain = fs::read(fixture("sales/sales_win_loss.csv")).expect("a file");
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(&plain).expect("packed");
    let packed = packer.finish().expect("packed");
    let dir = folder(&[("Sales_Win_Loss.CSV.gz", &packed)]);
    let expected = read_path(&mapping, &fixture("sales")).expect("a batch");
    assert_eq!(read_path(&mapping, dir.path()).expect("a batch"), expected);
    // The name of the only file given need not fit.
    let dir = folder(&[("export.csv", &plain)]);
    assert_eq!(read_path(&mapping, &dir.path().join("export.csv")).expect("a batch").deals, expected.deals);
}

#[test]
fn progress_runs_to_the_end() {
    let mut steps = Vec::new();
    read(&shipped("bpi2012.toml"), &[fixture("loans")], &mut |step| steps.push((step.done, step.total))).expect("a batch");
    assert!(steps.is_sorted());
    assert!(steps.last().is_some_and(|(done, total)| done == total && *total > 0));
}
