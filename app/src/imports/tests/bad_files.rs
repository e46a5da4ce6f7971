//! Files that cannot be read at all: one clear error that names the path.

use std::path::PathBuf;

use crate::imports::tests::*;

fn error(bytes: impl AsRef<[u8]>) -> ImportError {
    read_deals(&mapping(LIST), bytes).expect_err("an error")
}

const ROW: &str = "1,a,10,2026-01-01,,Open\n";

#[test]
fn a_wrong_delimiter_is_named_with_the_right_one() {
    let error = error(format!("{HEADER}{ROW}").replace(',', ";"));
    assert!(matches!(&error, ImportError::Columns { found, suggestion: Some(';'), .. } if found.len() == 1), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("the header has 1 column"), "{text}");
    assert!(text.ends_with(r#"with `delimiter = ";"` no column would be missing"#), "{text}");
    let tabs = LIST.replace("name = \"list\"", "name = \"list\"\nformat = { delimiter = \"tab\" }");
    assert_eq!(ids(&read_deals(&mapping(&tabs), format!("{HEADER}{ROW}").replace(',', "\t")).expect("a batch")), ["1"]);
}

#[test]
fn missing_columns_are_named() {
    let error = error("Id,Title,Amount,Created,Result\n1,a,10,2026-01-01,Open\n");
    let ImportError::Columns { missing, found, suggestion, .. } = &error else { panic!("{error:?}") };
    assert_eq!((missing.as_slice(), suggestion), (["Name".to_string(), "Closed".to_string()].as_slice(), &None));
    assert_eq!(found.len(), 5);
    assert!(error.to_string().contains(r#"missing columns "Name", "Closed""#), "{error}");
}

#[test]
fn columns_are_found_in_any_order_and_case_after_a_bom() {
    let bytes = "\u{feff}\" RESULT \", id ,created,CLOSED,name,amount,Extra\nOpen,1,2026-01-01,,a,10,x\n";
    let batch = read_deals(&mapping(LIST), bytes).expect("a batch");
    assert_eq!((ids(&batch), batch.deals[0].title.as_str()), (vec!["1"], "a"));
    assert_eq!(batch.notes, ["deals.csv: nothing reads the column Extra; list them as `ignored` to be rid of this note"]);
    let bom_first = format!("\u{feff}{HEADER}{ROW}");
    assert_eq!(ids(&read_deals(&mapping(LIST), bom_first).expect("a batch")), ["1"]);
}

#[test]
fn a_column_that_is_there_twice() {
    let error = error("Id,Name,Amount,Created,Closed,Result,amount\n1,a,10,2026-01-01,,Open,20\n");
    assert!(matches!(&error, ImportError::RepeatedColumn { column, .. } if column == "Amount"), "{error:?}");
}

#[test]
fn no_rows() {
    for bytes in ["", "\n\n", HEADER, "Id,Name,Amount,Created,Closed,Result\n,,,,,\n"] {
        let error = error(bytes);
        assert!(matches!(error, ImportError::NoRows { .. }) && error.to_string().contains("deals.csv: no rows"), "{bytes:?}: {error}");
    }
    // Rows that are all bad are still rows.
    assert_eq!(list("1,a,ten,2026-01-01,,Open\n").rejected_count(), 1);
    assert_eq!(list("1,a\n").rejected_count(), 1);
}

#[test]
fn other_encodings_and_formats_are_named() {
    let utf16 = |bytes: fn(u16) -> [u8; 2]| format!("{HEADER}{ROW}").encode_utf16().flat_map(bytes).collect::<Vec<_>>();
    let little = utf16(u16::to_le_bytes);
    let big = utf16(u16::to_be_bytes);
    let with_bom = [b"\xff\xfe".as_slice(), &little].concat();
    for (bytes, name) in [(little, "UTF-16 (little endian)"), (big, "UTF-16 (big endian)"), (with_bom, "UTF-16 (little endian)")] {
        let text = error(bytes).to_string();
        assert!(text.contains("deals.csv") && text.contains(name), "{text}");
    }
    assert!(error(b"PK\x03\x04rest").to_string().contains("Excel workbook"));
}

#[test]
fn damaged_gzip_and_missing_files_name_the_path() {
    let list = mapping(LIST);
    let cut = folder(&[("deals.csv.gz", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b".as_slice())]);
    let error = read_path(&list, cut.path()).expect_err("an error");
    assert!(matches!(&error, ImportError::Gzip { path, .. } if path.ends_with("deals.csv.gz")), "{error:?}");
    let plain = folder(&[("deals.csv.gz", HEADER.as_bytes())]);
    assert!(matches!(read_path(&list, plain.path()), Err(ImportError::Gzip { .. })));

    let gone = PathBuf::from("/no/such/place/deals.csv");
    assert!(matches!(read_path(&list, &gone), Err(ImportError::NotFound { path }) if path == gone));
    assert!(matches!(Mapping::load(&gone), Err(ImportError::NotFound { path }) if path == gone));
}

#[test]
fn files_that_the_mapping_does_not_know() {
    let list = mapping(LIST);
    let empty = folder(&[("notes.txt", b"hello".as_slice())]);
    let text = read_path(&list, empty.path()).expect_err("an error").to_string();
    assert_eq!(text, "no file matches `deals*.csv` (deals.file in the mapping); looked at notes.txt");

    let funnel = shipped("bpi2012.toml");
    let dir = folder(&[("other.csv", b"a,b\n".as_slice())]);
    let error = read_path(&funnel, &dir.path().join("other.csv")).expect_err("an error");
    assert!(error.to_string().ends_with("it knows `deals.csv`, `activities.csv`, `stage_history.csv`"), "{error}");

    let row = format!("{HEADER}{ROW}");
    let both = folder(&[("deals.csv", row.as_bytes()), ("deals.csv.gz", b"\x1f\x8b".as_slice())]);
    assert!(matches!(read_path(&list, both.path()), Err(ImportError::Twice { .. })));
}

#[test]
fn several_deals_files_are_one_source() {
    let first = format!("{HEADER}1,a,10,2026-01-01,,Open\n");
    let second = format!("{HEADER}2,b,10,2026-01-01,,Open\n1,c,10,2026-01-01,,Open\n");
    let dir = folder(&[("deals-2025.csv", first.as_bytes()), ("deals-2026.csv", second.as_bytes())]);
    let batch = read_path(&mapping(LIST), dir.path()).expect("a batch");
    assert_eq!(ids(&batch), ["1", "2"]);
    assert_eq!(faults(&batch), [r#"deals-2026.csv:3: Id: "1": deals-2025.csv, line 2 has this id already"#]);
}

#[test]
fn history_that_is_not_given_is_noted() {
    let batch = read_path(&shipped("bpi2012.toml"), &fixture("loans/deals.csv")).expect("a batch");
    assert_eq!((batch.deals.len(), batch.deals[0].stage.as_deref()), (4, None));
    assert_eq!(batch.notes.len(), 2);
    assert!(batch.notes[0].starts_with("no file matches `stage_history.csv`"), "{:?}", batch.notes);
}

#[test]
fn a_row_without_an_end_is_no_reason_to_take_all_memory() {
    let open = format!("{HEADER}{ROW}2,\"a,10,2026-01-01,,Open\n{}", ROW.repeat((17 << 20) / ROW.len()));
    let error = error(open);
    assert!(matches!(error, ImportError::LongRow { line: 3, .. }), "{error}");
    assert!(error.to_string().ends_with("is there a quotation mark that nothing closes?"), "{error}");
    // Two rows that each are shorter than that.
    let long = format!("1,{},10,2026-01-01,,Open\n", "a".repeat(9 << 20));
    assert_eq!(ids(&read_deals(&mapping(LIST), format!("{HEADER}{long}{}", long.replacen('1', "2", 1))).expect("a batch")), ["1", "2"]);
    // So many rows of nothing are no row.
    let blank = ",,,,,\n".repeat((17 << 20) / 6);
    assert_eq!(ids(&read_deals(&mapping(LIST), format!("{HEADER}{blank}{ROW}")).expect("a batch")), ["1"]);
}

#[cfg(unix)]
#[test]
fn a_pipe_is_read_once() {
    let dir = folder(&[]);
    let pipe = dir.path().join("deals.csv");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo");
    assert!(made.success());
    let path = pipe.clone();
    let writer = std::thread::spawn(move || std::fs::write(path, format!("{HEADER}{ROW}")));
    let batch = read_path(&mapping(LIST), &pipe).expect("a batch");
    writer.join().expect("a writer").expect("is written");
    assert_eq!(ids(&batch), ["1"]);
    let path = pipe.clone();
    let writer = std::thread::spawn(move || std::fs::write(path, b"PK\x03\x04rest"));
    let error = read_path(&mapping(LIST), &pipe).expect_err("an error");
    writer.join().expect("a writer").expect("is written");
    assert!(error.to_string().starts_with(&pipe.display().to_string()), "{error}");
}
