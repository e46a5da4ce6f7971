//! Custom fields whose type is declared, and those whose type is found.

use chrono::NaiveDate;

use crate::{
    domain::deals::{CustomKind, CustomValue},
    imports::tests::*,
};

/// A mapping whose only custom fields are these.
fn with_custom(custom: &str) -> Mapping {
    mapping(
        &LIST.replace(
            "currency =",
            &format!("format = {{ dates = [\"%d.%m.%Y\", \"rfc3339\", \"excel\"] }}\ncustom = {custom}\ncurrency ="),
        ),
    )
}

/// A file with one more column, `X`, of these values.
fn with_values<'a>(values: impl IntoIterator<Item = &'a str>) -> String {
    let rows = values.into_iter().enumerate().map(|(n, value)| format!("{n},a,1,2026-01-01,,Open,{value}\n"));
    std::iter::once("Id,Name,Amount,Created,Closed,Result,X\n".to_string()).chain(rows).collect()
}

fn found(values: &[&str]) -> Option<CustomKind> {
    let batch = read_deals(&with_custom("{ X = \"auto\" }"), with_values(values.iter().copied())).expect("a batch");
    assert_eq!(faults(&batch), Vec::<String>::new(), "what was found fits every value");
    batch.source.custom_fields.first().map(|field| field.kind)
}

#[test]
fn types_are_found_from_all_values() {
    assert_eq!(found(&["Yes", "no", "", "TRUE"]), Some(CustomKind::Boolean));
    assert_eq!(found(&["1", "0", "1"]), Some(CustomKind::Numeric), "only words are answers");
    assert_eq!(found(&["31.01.2026", "2026-02-01", ""]), Some(CustomKind::Date));
    assert_eq!(found(&["46023", "46024"]), Some(CustomKind::Numeric), "a serial number is no date in itself");
    assert_eq!(found(&["1.5", "-2", ""]), Some(CustomKind::Numeric));
    assert_eq!(found(&["1.5", "2", "none"]), Some(CustomKind::Category), "the first exception makes it one");
    assert_eq!(found(&["yes", "no", "unknown"]), Some(CustomKind::Category));
    assert_eq!(found(&["North", "South", "North"]), Some(CustomKind::Category));
}

#[test]
fn what_is_no_field_is_noted() {
    let notes = |values: &[String]| {
        let rows = with_values(values.iter().map(String::as_str));
        let batch = read_deals(&with_custom("{ X = \"auto\" }"), rows).expect("a batch");
        assert_eq!((batch.source.custom_fields.len(), batch.deals[0].custom.len()), (0, 0));
        batch.notes
    };
    let codes: Vec<_> = (0..30).map(|n| format!("code {n}")).collect();
    assert_eq!(notes(&codes), ["X makes no custom field: its texts hardly ever come twice (30 in 30 rows)"]);
    assert_eq!(notes(&["a sentence ".repeat(9), "another one ".repeat(9)]), ["X makes no custom field: it holds long texts"]);
    assert_eq!(notes(&[String::new(), String::new()]), ["X makes no custom field: it has no values"]);
}

#[test]
fn what_was_found_is_noted_and_models_may_learn_from_it() {
    let batch = read_deals(&with_custom("{ X = \"auto\" }"), with_values(["yes", "no"])).expect("a batch");
    assert_eq!(batch.notes, ["custom fields found by type: X (boolean)"]);
    assert!(batch.source.custom_fields[0].in_model);
    assert_eq!(batch.deals[1].custom["X"], CustomValue::Bool(false));
}

#[test]
fn only_the_rows_that_are_read_tell_a_type() {
    let wanted = LIST.replace("currency =", "custom = { X = \"auto\" }\nonly = { Name = [\"a\"] }\ncurrency =");
    let rows = format!("{}9,b,1,2026-01-01,,Open,not a number\n", with_values(["1", "2"]));
    let batch = read_deals(&mapping(&wanted), rows).expect("a batch");
    assert_eq!(batch.source.custom_fields[0].kind, CustomKind::Numeric);
}

#[test]
fn several_files_tell_one_type() {
    let files = [("deals-1.csv", with_values(["1", "2"])), ("deals-2.csv", with_values(["x"]).replace("\n0,", "\n7,"))];
    let files: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    let batch = read_path(&with_custom("{ X = \"auto\" }"), folder(&files).path()).expect("a batch");
    assert_eq!(batch.source.custom_fields.len(), 1);
    assert_eq!((batch.deals.len(), &batch.deals[0].custom["X"]), (3, &CustomValue::Text("1".into())));
}

#[test]
fn declared_types_hold_their_values() {
    let read = |kind: &str, values: &[&str]| {
        read_deals(&with_custom(&format!("{{ X = \"{kind}\" }}")), with_values(values.iter().copied())).expect("a batch")
    };
    let batch = read("boolean", &["y", "0", "maybe"]);
    let values: Vec<_> = batch.deals.iter().map(|deal| &deal.custom["X"]).collect();
    assert_eq!(values, [&CustomValue::Bool(true), &CustomValue::Bool(false)]);
    assert_eq!(faults(&batch), [r#"deals.csv:4: X: "maybe": not a yes or no (yes, no, true, false, y, n, 1, 0)"#]);
    let batch = read("date", &["46023", "31.01.2026"]);
    assert_eq!(batch.deals[0].custom["X"], CustomValue::Date(NaiveDate::from_ymd_opt(2026, 1, 1).expect("a date")));
    let wrong = Mapping::parse(&LIST.replace("currency =", "custom = { X = \"text\" }\ncurrency =")).expect_err("an error");
    assert!(wrong.contains(r#""text" is not a type of custom field: give "numeric", "category", "date", "boolean" or "auto""#), "{wrong}");
}
