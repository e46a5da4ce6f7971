//! Reading a mapping file, and what it must keep to beyond its grammar.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use crate::{
    domain::deals::StageKind,
    imports::{
        ImportError,
        mapping::{LookupRule, Mapping},
        meanings::{kinds, outcomes, stages},
        reading::Reading,
        text::folded,
        values::KnownField,
    },
};

impl Mapping {
    /// Reads and checks the mapping file at `path`.
    pub fn load(path: &Path) -> Result<Self, ImportError> {
        let text = fs::read_to_string(path).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => ImportError::NotFound { path: path.into() },
            _ => ImportError::Read { path: path.into(), source },
        })?;
        Self::parse(&text).map_err(|message| ImportError::Mapping { path: PathBuf::from(path), message })
    }

    /// Reads and checks a mapping; the error names the line or the key.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mapping: Self = toml::from_str(text).map_err(|error| error.to_string().trim_end().to_string())?;
        check(&mapping)?;
        Ok(mapping)
    }
}

fn ensure(holds: bool, message: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(message.into()) }
}

/// Everything that would make every import with this mapping wrong.
fn check(mapping: &Mapping) -> Result<(), String> {
    ensure(!mapping.name.trim().is_empty(), "name: give the source a short name")?;
    check_pipeline(mapping)?;
    check_deals(mapping)?;
    check_outcomes(mapping)?;
    kinds(mapping)?;
    mapping.lookups.iter().try_for_each(check_lookup)?;

    let dated = mapping.deals.columns.created_at.is_some();
    let files = [
        ("deals", Some((&mapping.deals.format, &mapping.deals.only, &mapping.deals.ignored))),
        ("activities", mapping.activities.as_ref().map(|file| (&file.format, &file.only, &file.ignored))),
        ("stage_history", mapping.stage_history.as_ref().map(|file| (&file.format, &file.only, &file.ignored))),
    ];
    for (key, file) in files {
        let Some((format, only, ignored)) = file else { continue };
        Reading::of(format, &mapping.format).check(key)?;
        ensure(key == "deals" || dated, &format!("{key}: history needs dated deals: map deals.columns.created_at"))?;
        check_only(key, only, ignored)?;
    }
    if let Some(activities) = &mapping.activities {
        ensure(
            activities.columns.kind.is_some() || activities.default_kind.is_some(),
            "activities: map columns.kind, or give all rows a default_kind",
        )?;
    }
    Ok(())
}

fn check_lookup(lookup: &LookupRule) -> Result<(), String> {
    let key = format!("lookups: {:?}", lookup.file);
    ensure(!lookup.columns.is_empty(), &format!("{key} has no `columns`, so nothing would be taken from it"))?;
    let mut aliases: Vec<_> = lookup.aliases.keys().map(|text| folded(text)).collect();
    aliases.dedup();
    ensure(aliases.len() == lookup.aliases.len(), &format!("{key} has an alias twice"))
}

fn check_only(key: &str, only: &BTreeMap<String, Vec<String>>, ignored: &[String]) -> Result<(), String> {
    for (column, values) in only {
        ensure(!values.is_empty(), &format!("{key}.only: no values for {column:?}, so no row would be read"))?;
        ensure(!ignored.iter().any(|name| folded(name) == folded(column)), &format!("{key}: {column:?} is in `only` and in `ignored`"))?;
    }
    Ok(())
}

fn check_pipeline(mapping: &Mapping) -> Result<(), String> {
    let mut names: Vec<_> = mapping.pipeline.stages.iter().map(|stage| folded(&stage.name)).collect();
    names.sort();
    if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(format!("pipeline.stages: {:?} is there twice", twice[0]));
    }
    stages(&mapping.pipeline)?;
    let needed = mapping.deals.columns.stage.is_some() || mapping.stage_history.is_some();
    ensure(!needed || !names.is_empty(), "pipeline.stages: list the stages, since a stage column is mapped")
}

fn check_deals(mapping: &Mapping) -> Result<(), String> {
    let deals = &mapping.deals;
    let columns = &deals.columns;
    ensure(
        columns.id.is_some() != deals.number_rows,
        "deals: map columns.id, or say `number_rows = true` where the source has no ids (not both)",
    )?;
    ensure(
        !deals.number_rows || mapping.activities.is_none() && mapping.stage_history.is_none(),
        "deals.number_rows: history names its deals by id, so the deals need one",
    )?;
    ensure(!deals.undated_open || columns.created_at.is_some(), "deals.undated_open: needs columns.created_at")?;
    ensure(columns.title.is_none() || deals.title_template.is_none(), "deals: give either columns.title or title_template")?;
    ensure(columns.account.is_some() || columns.industry.is_none(), "deals.columns.industry: belongs to an account: map columns.account")?;
    ensure(
        columns.value.is_none() || columns.currency.is_some() || deals.currency.is_some(),
        "deals: money needs its currency: `currency = \"EUR\"` or columns.currency",
    )?;
    ensure(columns.closed_at.is_none() || columns.created_at.is_some(), "deals.columns.closed_at: needs columns.created_at as well")?;
    for column in deals.custom.keys() {
        let ignored = deals.ignored.iter().any(|name| folded(name) == folded(column));
        let again = deals.custom.keys().filter(|other| folded(other) == folded(column)).count() > 1;
        ensure(!ignored, &format!("deals: {column:?} is in `custom` and in `ignored`"))?;
        ensure(!again, &format!("deals.custom: {column:?} is there twice"))?;
    }
    for field in &deals.known_at_creation {
        let (key, column, told_by_history) = match field {
            KnownField::Stage => ("stage", &columns.stage, mapping.stage_history.is_some()),
            KnownField::Value => ("value", &columns.value, mapping.stage_history.as_ref().is_some_and(|file| file.columns.value.is_some())),
            KnownField::Probability => {
                ("probability", &columns.probability, mapping.stage_history.as_ref().is_some_and(|file| file.columns.probability.is_some()))
            }
            KnownField::ExpectedClose => (
                "expected_close",
                &columns.expected_close,
                mapping.stage_history.as_ref().is_some_and(|file| file.columns.expected_close.is_some()),
            ),
            KnownField::Owner => ("owner", &columns.owner, false),
        };
        ensure(columns.created_at.is_some(), "deals.known_at_creation: needs columns.created_at")?;
        ensure(column.is_some(), &format!("deals.known_at_creation: {key:?} has no column"))?;
        ensure(!told_by_history, &format!("deals.known_at_creation: {key:?} comes from stage_history"))?;
        let looks_ahead = *field == KnownField::ExpectedClose && columns.expected_close == columns.closed_at;
        ensure(!looks_ahead, "deals.known_at_creation: the column of expected_close is also that of closed_at, so it looks ahead")?;
    }
    Ok(())
}

fn check_outcomes(mapping: &Mapping) -> Result<(), String> {
    let known = outcomes(mapping)?;
    if mapping.deals.columns.outcome.is_some() {
        return ensure(!known.is_empty(), "deals.outcomes: say which values of the outcome column mean won, lost and open");
    }
    ensure(known.is_empty(), "deals.outcomes: map columns.outcome as well")?;
    // Without an outcome column the stages tell it.
    let staged = mapping.deals.columns.stage.is_some() || mapping.stage_history.is_some();
    let told = mapping.pipeline.stages.iter().any(|stage| stage.kind != StageKind::Open);
    ensure(!staged || told, "deals: nothing tells how deals end: map columns.outcome, or give stages the kinds won and lost")
}
