//! Sources that lack something: ids, dates, columns. And files that fill a gap of another.

use rust_decimal::Decimal;

use crate::{
    domain::deals::{CustomValue, Outcome},
    imports::tests::*,
};

fn wrong(text: &str) -> String {
    Mapping::parse(text).expect_err("an error")
}

#[test]
fn rows_without_ids_are_told_by_their_place() {
    let text = LIST.replace("currency =", "number_rows = true\ncurrency =").replace("id = \"Id\"", "");
    let header = "Name,Amount,Created,Closed,Result\n";
    let row = "a,1,2026-01-01,,Open\n";
    let files =
        [("deals-1.csv", format!("{header}{row}b,ten,2026-01-01,,Open\ntoo short\n{row}")), ("deals-2.csv", format!("{header}{row}"))];
    let files: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    let batch = read_path(&mapping(&text), folder(&files).path()).expect("a batch");
    // Rejected rows keep their number: once mended they fill the gap.
    assert_eq!(ids(&batch), ["1", "4", "5"]);
    assert_eq!(batch.notes, ["deals-1.csv: its rows have no ids; mend rejected ones in the file itself, so that they keep their place"]);
}

#[test]
fn a_source_has_ids_or_numbers() {
    let neither = wrong(&LIST.replace("id = \"Id\"", ""));
    assert!(neither.contains("deals: map columns.id, or say `number_rows = true`"), "{neither}");
    assert!(wrong(&LIST.replace("currency =", "number_rows = true\ncurrency =")).contains("(not both)"));
    let numbered = LIST.replace("currency =", "number_rows = true\ncurrency =").replace("id = \"Id\"", "");
    let history = "[activities]\nfile = \"a.csv\"\ndefault_kind = \"other\"\ncolumns = { deal = \"d\", at = \"t\" }\n";
    assert!(wrong(&format!("{numbered}\n{history}")).contains("history names its deals by id"));
}

#[test]
fn open_deals_may_lack_a_date_where_the_mapping_says_so() {
    let rows = "1,a,10,,,Open\n2,b,10,,2026-02-01,Won\n3,c,10,soon,,Open\n";
    assert_eq!(list(rows).deals.len(), 0);
    let text = LIST.replace("currency =", "undated_open = true\nknown_at_creation = [\"value\"]\ncurrency =");
    let batch = read_deals(&mapping(&text), format!("{HEADER}{rows}")).expect("a batch");
    assert_eq!(ids(&batch), ["1"]);
    let deal = &batch.deals[0];
    assert_eq!((deal.created_at, deal.outcome, deal.value, deal.changes.len()), (None, Outcome::Open, Some(Decimal::TEN), 0));
    assert_eq!(
        faults(&batch),
        ["deals.csv:3: Created: has no value", r#"deals.csv:4: Created: "soon": not a date in the format rfc3339"#],
        "a closed deal needs its date, and a bad one is bad"
    );
}

#[test]
fn columns_may_be_missing_where_the_mapping_says_so() {
    let text = LIST.replace("currency =", "optional = [\"name\", \"Amount\", \"Old Result\"]\ncurrency =");
    let text = text.replace("outcome = \"Result\"", "outcome = [\"Old Result\", \"Result\"]");
    let batch = read_deals(&mapping(&text), "Id,Created,Closed,Result\n7,2026-01-01,,Open\n").expect("a batch");
    assert_eq!((batch.deals[0].title.as_str(), batch.deals[0].value, batch.notes.len()), ("Deal 7", None, 0));
    // What nothing else can stand in for is still missed.
    let error = read_deals(&mapping(&text), "Id,Created,Closed\n7,2026-01-01,\n").expect_err("an error");
    assert!(error.to_string().contains(r#"missing columns "Result", "Old Result""#), "{error}");
    let all_optional = text.replace("optional = [", "optional = [\"Result\", \"Id\", ");
    let error = read_deals(&mapping(&all_optional), "Created,Closed\n2026-01-01,\n").expect_err("an error");
    assert!(error.to_string().contains(r#"missing columns "Id", "Old Result", "Result""#), "{error}");
}

#[test]
fn a_column_may_feed_a_field_and_a_custom_field() {
    let text = LIST.replace("currency =", "custom = { Amount = \"numeric\" }\ncurrency =");
    let batch = read_deals(&mapping(&text), format!("{HEADER}1,a,12,2026-01-01,,Open\n")).expect("a batch");
    assert_eq!((batch.deals[0].value, &batch.deals[0].custom["Amount"]), (Some(Decimal::from(12)), &CustomValue::Number(12.0)));
}

#[test]
fn the_same_opportunities_with_lookups() {
    const PIPELINE: &str = "\
opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value
A1,Kim Ode,GTX Plus,Betacorp,Won,10/20/2016,3/1/2017,1054
A2,Kim Ode,gtxpro,,Engaging,11/1/2016,,
A3,Lou Ray,MG 9,Betacorp,Prospecting,,,
A4,Lou Ray,GTX Plus,Betacorp,Lost,1/5/2017,1/9/2017,0
";
    const ACCOUNTS: &str = "\
account,sector,year_established,revenue,employees,office_location,subsidiary_of
Betacorp,retail,1999,251.41,495,Kenya,
betacorp,other,1,1,1,x,
";
    const PRODUCTS: &str = "product,series,sales_price\nGTX Plus,GTX,1096\nGTX Pro,GTX,4821\n";
    const TEAMS: &str = "sales_agent,manager,regional_office\nKim Ode,Ann Lee,West\nLou Ray,,East\n";
    let files = [("sales_pipeline.csv", PIPELINE), ("accounts.csv", ACCOUNTS), ("products.csv", PRODUCTS), ("sales_teams.csv", TEAMS)];
    let files = files.map(|(name, text)| (name, text.as_bytes()));
    let batch = read_path(&shipped("maven.toml"), folder(&files).path()).expect("a batch");
    assert_eq!(faults(&batch), Vec::<String>::new());
    assert_eq!(
        batch.notes,
        [
            "accounts.csv: 1 more rows about the same account left out: the first counts",
            r#"products.csv has no row for 1 value of the deals ("MG 9"); `aliases` in the lookup can name the right one"#,
        ]
    );
    let [won, engaging, prospecting, lost] = batch.deals.as_slice() else { panic!("four deals: {:?}", ids(&batch)) };
    assert_eq!(won.account.as_ref().and_then(|account| account.industry.as_deref()), Some("retail"));
    assert_eq!((&won.custom["list_price"], &won.custom["employees"]), (&CustomValue::Number(1096.0), &CustomValue::Number(495.0)));
    assert_eq!((&lost.custom["close_value"], lost.value), (&CustomValue::Number(0.0), Some(Decimal::ZERO)));
    assert_eq!(engaging.custom["series"], CustomValue::Text("GTX".into()), "by its alias");
    assert!(engaging.account.is_none() && !engaging.custom.contains_key("revenue") && !engaging.custom.contains_key("close_value"));
    assert!(!prospecting.custom.contains_key("list_price") && !prospecting.custom.contains_key("manager"));
    assert_eq!((prospecting.created_at, prospecting.stage.as_deref()), (None, Some("Prospecting")));
    assert_eq!(won.created_at, Some(at("2016-10-20T00:00:00Z")));
}

const WITH_LOOKUP: &str = "\n[[lookups]]\nfile = \"firms.csv\"\nkey = \"Firm\"\non = \"Name\"\ncolumns = { Size = \"Employees\" }\n";

#[test]
fn faults_in_what_a_lookup_gives_are_the_row_s() {
    let text = format!("{}{WITH_LOOKUP}", LIST.replace("currency =", "custom = { Size = \"numeric\" }\ncurrency ="));
    let deals = format!("{HEADER}1,a,10,2026-01-01,,Open\n2,b,10,2026-01-01,,Open\n");
    let read = |firms: &str| read_path(&mapping(&text), folder(&[("deals.csv", deals.as_bytes()), ("firms.csv", firms.as_bytes())]).path());
    let batch = read("Firm,Employees,Other\nA,12,x\nb,many,x\n").expect("a batch");
    assert_eq!((ids(&batch), &batch.deals[0].custom["Size"]), (vec!["1"], &CustomValue::Number(12.0)));
    assert_eq!(faults(&batch), [r#"deals.csv:3: Size: "many": not a number (decimal separator '.', no thousands separator)"#]);
    let error = read("Firm,Staff\nA,12\n").expect_err("an error");
    assert!(error.to_string().contains(r#"firms.csv: missing column "Employees""#), "{error}");
}

#[test]
fn a_lookup_that_is_not_given_gives_nothing() {
    let text = format!("{}{WITH_LOOKUP}", LIST.replace("currency =", "custom = { Size = \"numeric\" }\ncurrency ="));
    let batch = read_deals(&mapping(&text), format!("{HEADER}1,a,10,2026-01-01,,Open\n")).expect("a batch");
    assert_eq!((ids(&batch), batch.deals[0].custom.len()), (vec!["1"], 0));
    assert_eq!(batch.notes, ["no file matches `firms.csv` (lookups.file in the mapping), so there is none of it"]);
}

#[test]
fn lookups_that_cannot_be_meant() {
    let same_name = format!("{LIST}{}", WITH_LOOKUP.replace("Size =", "amount ="));
    let files = [("deals.csv", format!("{HEADER}1,a,10,2026-01-01,,Open\n")), ("firms.csv", "Firm,Employees\na,1\n".to_string())];
    let files: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    let error = read_path(&mapping(&same_name), folder(&files).path()).expect_err("an error");
    assert!(error.to_string().contains(r#"there is a column "amount" already; give the one from firms.csv another name"#), "{error}");
    let no_such = format!("{LIST}{}", WITH_LOOKUP.replace("on = \"Name\"", "on = \"Company\""));
    let error = read_path(&mapping(&no_such), folder(&files).path()).expect_err("an error");
    assert!(error.to_string().contains(r#"deals.csv: missing column "Company""#), "{error}");
    let nothing = wrong(&format!("{LIST}{}", WITH_LOOKUP.replace("{ Size = \"Employees\" }", "{}")));
    assert!(nothing.contains("has no `columns`"), "{nothing}");
}

#[test]
fn deals_without_ids_and_dates() {
    let text = fs::read_to_string(crate_folder().join("../examples/mappings/salvirt.toml")).expect("a file");
    let fields: Vec<&str> =
        text.lines().skip_while(|line| *line != "[deals.custom]").filter_map(|line| line.split_once(" = ")).map(|(name, _)| name).collect();
    assert_eq!(fields.len(), 22);
    let row = |status: &str| format!("{};{status}\n", fields.iter().map(|_| "\"Yes\"").collect::<Vec<_>>().join(";"));
    let file = format!("{};Status\n{}{}", fields.join(";"), row("Won"), row("lost"));
    let batch = read_path(&shipped("salvirt.toml"), folder(&[("salvirt_b2b.csv", file.as_bytes())]).path()).expect("a batch");
    assert_eq!((faults(&batch), batch.notes.len(), ids(&batch)), (vec![], 0, vec!["1", "2"]));
    assert_eq!((batch.deals[0].outcome, batch.deals[1].outcome), (Outcome::Won, Outcome::Lost));
    assert_eq!(
        (&batch.deals[0].custom["RFI"], &batch.deals[0].custom["Growth"]),
        (&CustomValue::Bool(true), &CustomValue::Text("Yes".into()))
    );
}
