//! What a mapping file can say, and what it is told when it says it wrong.

use chrono::NaiveDate;
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::{
    domain::{
        deals::{ActivityKind, CustomValue, Outcome},
        imports::FieldChange,
    },
    imports::tests::*,
};

fn wrong(text: &str) -> String {
    Mapping::parse(text).expect_err("an error")
}

#[test]
fn mistakes_are_told_with_their_line_or_key() {
    let text = wrong(&LIST.replace("outcome =", "outcom ="));
    assert!(text.contains("unknown field `outcom`") && text.contains("line 12"), "{text}");
    assert!(wrong(&LIST.replace("currency = \"EUR\"", "currency = \"Euro\"")).contains("\"Euro\" is not a currency code"));
    assert!(wrong(&LIST.replace("id = \"Id\"", "id = []")).contains("the list of columns is empty"));
    assert!(wrong("name = \"x\"").contains("missing field `deals`"));
    let zone = wrong(&LIST.replace("name = \"list\"", "name = \"list\"\nformat = { time_zone = \"Berlin\" }"));
    assert!(zone.contains("\"Berlin\" is not the name of a time zone") && zone.contains("line 3"), "{zone}");
    assert!(
        wrong(&LIST.replace("name = \"list\"", "name = \"list\"\nformat = { dates = [\"%H:%M\"] }")).contains("does not name a full date")
    );
}

#[test]
fn mappings_that_contradict_themselves() {
    let cases = [
        (LIST.replace("currency = \"EUR\"", ""), "deals: money needs its currency"),
        (LIST.replace("won = [\"Won\"]", "won = [\"Lost\"]"), "deals.outcomes: the value \"Lost\" stands for more than one thing"),
        (LIST.replace("outcome = \"Result\"", ""), "deals.outcomes: map columns.outcome as well"),
        (LIST.replace("created_at = \"Created\"", ""), "deals.columns.closed_at: needs columns.created_at"),
        (LIST.replace("currency =", "title_template = \"{Name}\"\ncurrency ="), "either columns.title or title_template"),
        (LIST.replace("currency =", "known_at_creation = [\"probability\"]\ncurrency ="), "\"probability\" has no column"),
        (LIST.replace("id = \"Id\"", "id = \"Id\"\nstage = \"Step\""), "pipeline.stages: list the stages"),
        (LIST.replace("currency =", "ignored = [\"x\"]\ncustom = { X = \"numeric\" }\ncurrency ="), "is in `custom` and in `ignored`"),
        (
            LIST.replace("currency =", "known_at_creation = [\"expected_close\"]\ncurrency =")
                .replace("id =", "expected_close = \"Closed\"\nid ="),
            "it looks ahead",
        ),
        (format!("{LIST}\n[activities]\nfile = \"a.csv\"\ncolumns = {{ deal = \"d\", at = \"t\" }}\n"), "give all rows a default_kind"),
    ];
    for (text, expected) in cases {
        let told = wrong(&text);
        assert!(told.contains(expected), "{told:?} does not say {expected:?}");
    }
}

/// The way a sales team's export might look: everything in other words.
const TEAM: &str = r#"
name = "team"

[format]
delimiter = ";"
missing = ["n/a"]
dates = ["%d.%m.%Y %H:%M", "%d.%m.%Y"]
time_zone = "Europe/Berlin"
decimal = ","
thousands = "."

[[pipeline.stages]]
name = "Talk"
kind = "open"
values = ["1 - Talk", "1 - Chat"]
default_probability = 0.2
[[pipeline.stages]]
name = "Won"
kind = "won"
[[pipeline.stages]]
name = "Lost"
kind = "lost"

[deals]
file = "deals.csv"
title_template = "{Firm}: {Product}"
currency = "EUR"
probability_scale = "percent"
ignored = ["Internal"]
only = { Team = ["North", "South"] }
[deals.columns]
id = "No"
account = "Firm"
industry = "Branch"
value = "Sum"
currency = "Cur"
probability = "Chance"
expected_close = "Due"
created_at = "Made"
closed_at = ["Won on", "Lost on"]
[deals.custom]
Seats = "numeric"
Product = "category"
Renewal = "date"

[stage_history]
file = "stages.csv"
columns = { deal = "No", at = "When", stage = "Stage", value = "Sum", probability = "Chance" }

[activities]
file = "log.csv"
default_kind = "other"
format = { delimiter = "," }
kinds = { email = ["Mail"] }
columns = { id = "Key", deal = "No", at = "When", kind = "Kind", subject = "Topic", body = "Text", actor = "Who", contact = "With" }
"#;
const TEAM_DEALS: &str = "\
No;Firm;Branch;Product;Sum;Cur;Chance;Due;Made;Won on;Lost on;Team;Seats;Renewal;Internal
1;Ada GmbH;Steel;Lathe;1.250,50;CHF;40 %;01.07.2026;05.01.2026 09:30;;;north;1.200;31.12.2026;x
2;Bo AG;n/a;n/a;n/a;;;;06.01.2026;;20.02.2026;South;;;
3;Cy KG;Wood;Saw;10;;5;;06.01.2026;;;West;;;
";
const TEAM_STAGES: &str = "\
No;When;Stage;Sum;Chance
1;05.01.2026 09:30;1 - talk;1.000;20
1;06.01.2026 09:30;1 - Chat;1.000;40
1;07.01.2026 09:30;1 - Talk;1.250,5;40
2;06.01.2026 10:00;1 - Talk;;
2;20.02.2026 11:00;Lost;;
3;06.01.2026 11:00;Won;;
";
const TEAM_LOG: &str = "\
Key,No,When,Kind,Topic,Text,Who,With
a1,1,08.01.2026 10:00,mail,Offer,\"Dear Ada,
here it is\",Zoe,Ms Lin
a2,1,07.01.2026,Fax,,,,
a1,1,09.01.2026,Mail,again,,,
";

#[test]
fn a_team_s_own_words() {
    let files = [("deals.csv", TEAM_DEALS.as_bytes()), ("stages.csv", TEAM_STAGES.as_bytes()), ("log.csv", TEAM_LOG.as_bytes())];
    let batch = read_path(&mapping(TEAM), folder(&files).path()).expect("a batch");
    assert_eq!(faults(&batch), [r#"log.csv:5: Key: "a1": an earlier activity of the deal has this id already"#]);
    let [ada, bo] = batch.deals.as_slice() else { panic!("two deals: {:?}", ids(&batch)) };

    let account = ada.account.as_ref().expect("an account");
    assert_eq!((ada.title.as_str(), account.name.as_str(), account.industry.as_deref()), ("Ada GmbH: Lathe", "Ada GmbH", Some("Steel")));
    assert_eq!((ada.value, ada.currency.code()), (Some(Decimal::new(12_505, 1)), "CHF"));
    assert_eq!(ada.probability.map(|probability| probability.get()), Some(0.4));
    assert_eq!(ada.expected_close, NaiveDate::from_ymd_opt(2026, 7, 1));
    assert_eq!(ada.created_at, Some(at("2026-01-05T08:30:00Z")));
    assert_eq!(ada.custom["Seats"], CustomValue::Number(1200.0));
    assert_eq!(ada.custom["Renewal"], CustomValue::Date(NaiveDate::from_ymd_opt(2026, 12, 31).expect("a date")));
    // No outcome column: the newest stage tells it.
    assert_eq!((ada.outcome, ada.stage.as_deref()), (Outcome::Open, Some("Talk")));
    let values: Vec<_> = ada.changes.iter().filter(|entry| matches!(entry.change, FieldChange::Value(_))).map(|entry| entry.at).collect();
    assert_eq!(values, [at("2026-01-05T08:30:00Z"), at("2026-01-07T08:30:00Z")], "only where the value differs from the last");
    assert_eq!(ada.changes.iter().filter(|entry| matches!(entry.change, FieldChange::Probability(_))).count(), 2);
    assert_eq!(ada.changes.iter().filter(|entry| matches!(entry.change, FieldChange::Stage(_))).count(), 3);

    let [fax, mail] = ada.activities.as_slice() else { panic!("two activities") };
    assert_eq!((mail.key.as_str(), mail.kind, mail.body.as_deref()), ("a1", ActivityKind::Email, Some("Dear Ada,\nhere it is")));
    assert_eq!((mail.actor.as_deref(), mail.contact.as_deref()), (Some("Zoe"), Some("Ms Lin")));
    assert_eq!((fax.kind, fax.subject.as_str()), (ActivityKind::Other, "Fax"));

    assert_eq!((bo.title.as_str(), bo.value, bo.currency.code()), ("Bo AG: unknown", None, "EUR"));
    assert_eq!((bo.outcome, bo.closed_at), (Outcome::Lost, Some(at("2026-02-19T23:00:00Z"))));
    assert!(batch.notes.iter().any(|note| note == "deals.csv: 1 row left out as the mapping says"), "{:?}", batch.notes);
    assert!(batch.notes.iter().any(|note| note == "stages.csv: 1 row left out as the mapping says"), "{:?}", batch.notes);
}

#[test]
fn one_column_for_the_expected_and_the_real_close() {
    let shared = LIST.replace("id = \"Id\"", "id = \"Id\"\nexpected_close = \"Closed\"");
    let rows = "1,a,10,2026-01-01,2026-02-01,Open\n2,b,10,2026-01-01,2026-02-01,Won\n";
    let batch = read_deals(&mapping(&shared), format!("{HEADER}{rows}")).expect("a batch");
    assert_eq!((batch.deals[0].expected_close, batch.deals[0].closed_at), (NaiveDate::from_ymd_opt(2026, 2, 1), None));
    assert_eq!((batch.deals[1].expected_close, batch.deals[1].closed_at), (None, Some(at("2026-02-01T00:00:00Z"))));
    assert!(batch.notes.is_empty(), "{:?}", batch.notes);
}

#[test]
fn an_amount_needs_its_currency() {
    let told = LIST.replace("currency = \"EUR\"", "").replace("id = \"Id\"", "id = \"Id\"\ncurrency = \"Cur\"");
    let rows = "Id,Name,Amount,Created,Closed,Result,Cur\n1,a,10,2026-01-01,,Open,usd\n2,b,10,2026-01-01,,Open,\n3,c,,2026-01-01,,Open,\n4,d,10,2026-01-01,,Open,Taler\n";
    let batch = read_deals(&mapping(&told), rows).expect("a batch");
    assert_eq!((ids(&batch), batch.deals[0].currency.code()), (vec!["1", "3"], "USD"));
    assert_eq!(
        faults(&batch),
        ["deals.csv:3: Cur: an amount without a currency", "deals.csv:5: Cur: \"Taler\": not a currency code such as EUR"]
    );
}

proptest! {
    /// Whatever the bytes, every row ends up as a deal or as a reject, and a line lies in the file.
    #[test]
    fn no_bytes_break_the_reader(rows in "([0-9]{0,2}[,;\"\n\r a-zé]{0,6}){0,40}", cut in 0usize..200) {
        let mut bytes = format!("{HEADER}{rows}").into_bytes();
        bytes.truncate(HEADER.len() + cut);
        let lines = bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() as u64 + 1;
        if let Ok(batch) = read_deals(&mapping(LIST), &bytes) {
            prop_assert!(batch.rejects.iter().all(|reject| (2..=lines).contains(&reject.line)));
            prop_assert!(batch.rejected_count() + batch.deals.len() > 0);
        }
    }

    /// Rows that a CSV writer wrote come back as they were, wherever their line ends and quotation marks are.
    #[test]
    fn written_rows_are_read_back(names in prop::collection::vec("[a-z\"\r\n,;é]{0,8}x", 1..12), crlf: bool) {
        let terminator = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
        let mut writer = csv::WriterBuilder::new().terminator(terminator).from_writer(Vec::new());
        writer.write_record(HEADER.trim_end().split(',')).expect("written");
        for (n, name) in names.iter().enumerate() {
            writer.write_record([n.to_string().as_str(), name, "1", "2026-01-01", "", "Open"]).expect("written");
        }
        let batch = read_deals(&mapping(LIST), writer.into_inner().expect("written")).expect("a batch");
        let read: Vec<_> = batch.deals.iter().map(|deal| deal.title.as_str()).collect();
        let written: Vec<_> = names.iter().map(|name| name.trim()).collect();
        prop_assert_eq!(read, written);
    }
}
