//! Rows that cannot be imported, among rows that can.

use std::fs;

use crate::{domain::deals::Outcome, imports::tests::*};

#[test]
fn every_bad_row_is_told_by_file_line_and_field() {
    let batch = read_path(&shipped("bpi2012.toml"), &fixture("loans_bad")).expect("a batch");
    assert_eq!(ids(&batch), ["B-1", "B-10"]);
    assert_eq!(
        faults(&batch),
        [
            r#"activities.csv:3: deal_id: "B-404": no deal has this id"#,
            r#"activities.csv:4: kind: "carrier_pigeon": not a kind of activity of the mapping (known: call_complete_application, call_follow_up_offer, call_missing_documents, handle_lead, validate_application, assess_fraud, change_contract); add it to activities.kinds"#,
            r#"deals.csv:3: created_at: "2026-13-05T09:00:00Z": not a date in the format rfc3339"#,
            r#"deals.csv:4: amount: "-100": an amount below zero"#,
            r#"deals.csv:5: amount: "ten": not a number (decimal separator '.', no thousands separator)"#,
            r#"deals.csv:7: id: "B-1": line 2 has this id already"#,
            r#"deals.csv:8: "B-5": the row has 4 fields, the header 9"#,
            r#"deals.csv:9: "B-6": the row has 10 fields, the header 9"#,
            r#"deals.csv:10: outcome: "paused": not an outcome of the mapping (known: won, lost, open)"#,
            r#"deals.csv:11: closed_at: "2026-01-04T09:00:00Z": closed before it was created"#,
            r#"deals.csv:13: "B-9": the deal is lost but has no closing date"#,
            r#"deals.csv:14: id: has no value"#,
            r#"deals.csv:16: outcome: "wonn": not an outcome of the mapping (known: won, lost, open)"#,
            r#"deals.csv:16: created_at: "50/01/2026": not a date in the format rfc3339"#,
            r#"deals.csv:16: closed_at: "soon": not a date in the format rfc3339"#,
            r#"stage_history.csv:3: stage: "A_TELEPORTED": not a stage of the mapping; add it to [[pipeline.stages]] or to pipeline.ignore"#,
            r#"stage_history.csv:4: deal_id: "B-404": no deal has this id"#,
            r#"stage_history.csv:5: deal_id: "B-3": the row of this deal was rejected"#,
            r#"stage_history.csv:6: entered_at: "yesterday": not a date in the format rfc3339"#,
        ]
    );
    assert_eq!(batch.rejected_count(), 17);
    // What the good rows tell is all there: the close of B-10 is its first entry into a stage that tells the outcome.
    assert_eq!((batch.deals[1].outcome, batch.deals[1].closed_at), (Outcome::Won, Some(at("2026-01-09T09:00:00Z"))));
    assert_eq!(batch.deals[0].activities.len(), 1);
}

#[test]
fn rejects_are_written_as_they_stood() {
    let batch = read_path(&shipped("bpi2012.toml"), &fixture("loans_bad")).expect("a batch");
    let dir = TempDir::new().expect("a folder");
    let mut written = batch.write_rejects(&dir.path().join("rejects")).expect("written");
    written.sort();
    let names: Vec<_> = written.iter().map(|path| path.file_name().expect("a name").to_string_lossy().into_owned()).collect();
    assert_eq!(names, ["activities.rejects.csv", "deals.rejects.csv", "stage_history.rejects.csv"]);

    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(&written[1]).expect("a file");
    let header = "id,title,description,amount,created_at,closed_at,outcome,lost_reason,owner,error";
    assert_eq!(reader.headers().expect("a header").iter().collect::<Vec<_>>().join(","), header);
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), 11);
    assert_eq!(&rows[2][1], "quoted\nnewlines before the fault");
    assert_eq!(&rows[1][9], r#"line 4: amount: "-100": an amount below zero"#);
    assert_eq!((rows[4].len(), &rows[4][9]), (10, r#"line 8: "B-5": the row has 4 fields, the header 9"#));

    // Mended rows come in; the added column is only noted.
    let mended = fs::read_to_string(&written[1]).expect("a file").replace("-100", "100");
    let again = read_deals(&shipped("bpi2012.toml"), mended).expect("a batch");
    assert_eq!(ids(&again), ["B-3", "B-1"]);
    assert!(again.notes.iter().any(|note| note.contains("nothing reads the column error")), "{:?}", again.notes);
}

#[test]
fn rejects_of_an_earlier_import_are_no_input() {
    let good = format!("{HEADER}1,a,10,2026-01-01,,Open\n");
    let dir = folder(&[("deals.csv", good.as_bytes()), ("deals.rejects.csv", b"Id,Name,error\n1,2,3\n")]);
    assert_eq!(ids(&read_path(&mapping(LIST), dir.path()).expect("a batch")), ["1"]);
}

#[test]
fn rows_that_are_not_utf8() {
    let mut bytes = HEADER.as_bytes().to_vec();
    bytes.extend(b"1,Caf\xe9,10,2026-01-01,,Open\n2,Caf\xc3\xa9,10,2026-01-01,,Open\n3,a\0b,10,2026-01-01,,Open\n");
    let batch = read_deals(&mapping(LIST), &bytes).expect("a batch");
    assert_eq!(batch.deals[0].title, "Café");
    assert_eq!(
        faults(&batch),
        [
            "deals.csv:2: Name: \"Caf\u{fffd}\": not UTF-8 text; save the file as UTF-8",
            "deals.csv:4: Name: \"a\\0b\": the text has a NUL character"
        ]
    );
    // The bytes come back as they were.
    let dir = TempDir::new().expect("a folder");
    let written = batch.write_rejects(dir.path()).expect("written");
    assert!(fs::read(&written[0]).expect("a file").windows(5).any(|bytes| bytes == b"Caf\xe9,"));
}

#[test]
fn control_characters_become_blanks() {
    let batch = list("1,a\u{b}b\u{1f}c\u{7f},10,2026-01-01,,Open\n2,\"a\tb\nc\",10,2026-01-01,,Open\n");
    assert_eq!(batch.deals.iter().map(|deal| deal.title.as_str()).collect::<Vec<_>>(), ["a b c", "a\tb\nc"]);
}

#[test]
fn lines_are_physical_lines() {
    // CRLF, a blank line, a quoted newline, a lone CR inside quotes, and rows of nothing but delimiters.
    let rows = "1,\"a\r\nb\",10,2026-01-01,,Open\r\n\r\n2,x,ten,2026-01-01,,Open\r\n,,,,,\r\n3,\"y\rz\",ten,2026-01-01,,Open\r\n4,x,ten,2026-01-01,,Open\r\n";
    let batch = read_deals(&mapping(LIST), format!("{}\r\n{rows}", HEADER.trim_end())).expect("a batch");
    let lines: Vec<_> = batch.rejects.iter().map(|reject| reject.line).collect();
    assert_eq!(lines, [5, 7, 9]);
    assert_eq!(batch.deals[0].title, "a\r\nb");
}

#[test]
fn a_quotation_mark_that_nothing_closes() {
    let batch = list("1,a,10,2026-01-01,,Open\n2,b,10,2026-01-01,,\"Open\n3,c,10,2026-01-01,,Open\n4,d,10,2026-01-01,,Open\n");
    assert_eq!(ids(&batch), ["1"]);
    assert_eq!(
        faults(&batch),
        [r#"deals.csv:3: "2": a quotation mark opens a field here and none closes it, so 2 more lines were taken as part of it"#]
    );
    // One in the middle of a text means nothing.
    assert_eq!(list("1,5\" pipe,10,2026-01-01,,Open\n2,b,10,2026-01-01,,Open").deals[0].title, "5\" pipe");
}

#[test]
fn a_bad_row_does_not_renumber_the_others() {
    let number = LIST.replace("currency =", "duplicate_ids = \"number\"\ncurrency =");
    let read = |rows: &str| read_deals(&mapping(&number), format!("{HEADER}{rows}")).expect("a batch");
    let broken = read("7,a,ten,2026-01-01,,Open\n7,b,20,2026-01-01,,Open\n7,c,30,2026-01-01,,Open\n");
    let mended = read("7,a,10,2026-01-01,,Open\n7,b,20,2026-01-01,,Open\n7,c,30,2026-01-01,,Open\n");
    assert_eq!((ids(&broken), ids(&mended)), (vec!["7#2", "7#3"], vec!["7", "7#2", "7#3"]));
    // An id that looks like a number given to another row stays its own.
    let clash = read("7#2,a,10,2026-01-01,,Open\n7,b,20,2026-01-01,,Open\n7,c,30,2026-01-01,,Open\n");
    assert_eq!(ids(&clash), ["7#2", "7", "7#3"]);
    let clash = read("7,a,10,2026-01-01,,Open\n7,b,20,2026-01-01,,Open\n7#2,c,30,2026-01-01,,Open\n");
    assert_eq!(ids(&clash), ["7", "7#2", "7#2#2"]);
}

#[test]
fn the_first_good_row_has_the_id() {
    let batch = list("7,a,ten,2026-01-01,,Open\n7,b,20,2026-01-01,,Open\n7,c,30,2026-01-01,,Open\n");
    assert_eq!(batch.deals[0].title, "b");
    assert_eq!(faults(&batch)[1], r#"deals.csv:4: Id: "7": line 3 has this id already"#);
}

#[test]
fn days_without_times() {
    // Both on one day: the close is not before the creation.
    let two =
        LIST.replace("name = \"list\"", "name = \"list\"\n[format]\ndates = [\"rfc3339\", \"%d.%m.%Y\"]\ntime_zone = \"Europe/Berlin\"");
    let rows = "1,a,10,2026-01-05T15:00:00+01:00,05.01.2026,Won\n2,b,10,2026-01-05T15:00:00+01:00,04.01.2026,Won\n";
    let batch = read_deals(&mapping(&two), format!("{HEADER}{rows}")).expect("a batch");
    assert_eq!(batch.deals[0].closed_at, batch.deals[0].created_at);
    assert_eq!(faults(&batch), [r#"deals.csv:3: Closed: "04.01.2026": closed before it was created"#]);
}

#[test]
fn open_deals_have_no_closing_date() {
    let batch = list("1,a,10,2026-01-01,2026-02-01,\n");
    assert_eq!((batch.deals[0].outcome, batch.deals[0].closed_at), (Outcome::Open, None));
    assert_eq!(batch.notes, ["left out the closing date of 1 open deal"]);
}

#[test]
fn a_stage_and_an_outcome_that_disagree() {
    let staged = format!(
        "{}\n[[pipeline.stages]]\nname = \"Talk\"\nkind = \"open\"\n[[pipeline.stages]]\nname = \"Signed\"\nkind = \"won\"\n",
        LIST.replace("id = \"Id\"", "id = \"Id\"\nstage = \"Step\"")
    );
    let header = "Id,Name,Amount,Created,Closed,Result,Step\n";
    let rows = "1,a,1,2026-01-01,2026-01-09,Lost,talk\n2,b,1,2026-01-01,2026-01-09,Lost,Signed\n3,c,1,2026-01-01,,Open,Dance\n";
    let batch = read_deals(&mapping(&staged), format!("{header}{rows}")).expect("a batch");
    assert_eq!((ids(&batch), batch.deals[0].stage.as_deref()), (vec!["1"], Some("Talk")));
    assert_eq!(
        faults(&batch),
        [
            r#"deals.csv:3: Step: "Signed": the stage says won, the outcome says lost"#,
            r#"deals.csv:4: Step: "Dance": not a stage of the mapping; add it to [[pipeline.stages]] or to pipeline.ignore"#,
        ]
    );
}
