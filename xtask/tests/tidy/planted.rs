//! Tests of the tests: violations in every style of import are seen, and what is allowed is not.

use crate::{
    circles::{circles, found as found_in, uses},
    house::House,
    walls::{past_the_doors, violations},
};

/// A house in which `store`, `ai` and `services` have something to use, with `text` as the file to judge.
fn house_with(file: &str, text: &str) -> House {
    let mut files = vec![
        ("lib.rs", "pub mod ai; pub mod domain; pub mod services; pub mod store; pub mod pages; pub mod report; pub mod components;"),
        ("ai/mod.rs", "pub mod model; pub use model::Model;"),
        ("ai/model.rs", "pub struct Model; impl Model { pub fn new() -> Self { Self } }"),
        ("domain/mod.rs", "pub mod deals;"),
        ("domain/deals.rs", "pub struct Deal; pub type Instant = chrono::DateTime<chrono::Utc>;"),
        ("services/mod.rs", "pub struct App; pub use crate::store::Store;"),
        ("store/mod.rs", "pub mod deals; pub struct Store;"),
        ("store/deals.rs", "pub fn all() {}"),
        ("components/mod.rs", "pub struct Card;"),
        ("pages/mod.rs", ""),
        ("report/mod.rs", ""),
    ];
    files.retain(|(known, _)| *known != file);
    files.push((file, text));
    House::of(&files.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect::<Vec<_>>())
}

#[test]
fn a_forbidden_layer_is_seen_in_every_style_of_import() {
    for (file, text) in [
        ("store/deals.rs", "\nuse crate::ai::Model;"),
        ("store/deals.rs", "\nuse crate::{domain::deals::Deal, ai::{model::{self, Model}}};"),
        ("store/deals.rs", "\nuse crate::ai as brain; fn f() { brain::Model::new(); }"),
        ("store/deals.rs", "\nuse crate::ai::*;"),
        ("store/deals.rs", "\nuse crate::ai::{model::*};"),
        ("store/deals.rs", "\nuse super::super::ai::Model;"),
        ("store/deals.rs", "\nuse super::super::{ai};"),
        ("store/mod.rs", "\nuse super::ai;"),
        ("store/mod.rs", "\nuse self::super::ai::Model;"),
        ("store/deals.rs", "\nfn f() { crate::ai::Model::new(); }"),
        ("store/deals.rs", "\nfn f(_: &crate::ai::Model) {}"),
        ("store/deals.rs", "\nfn f() { super::super::ai::Model::new(); }"),
        ("store/deals.rs", "\nfn f() { <crate::ai::Model>::new(); }"),
        ("store/deals.rs", "\nfn f() { use crate::ai::Model; let _ = Model::new(); }"),
        ("store/deals.rs", "\nmod inner { use super::super::super::ai::Model; }"),
        ("store/deals.rs", "\nuse crate as house; use house::ai::Model;"),
        ("store/deals.rs", "\nextern crate self as house; fn f() { house::ai::Model::new(); }"),
        ("store/deals.rs", "\nfn f() { println!(\"{}\", crate::ai::Model::new()); }"),
        ("store/deals.rs", "\nmacro_rules! hidden { () => { $crate::ai::Model::new() } }"),
        ("store/deals.rs", "\nmacro_rules! hidden { () => { use crate::{domain::deals, ai::Model}; } }"),
        ("store/deals.rs", "\n#[serde(with = \"crate::ai::model\")] struct Row;"),
        ("store/deals.rs", "\n#[derive(crate::ai::Derived)] struct Row;"),
        ("store/deals.rs", "\ntype Held = crate::ai::Model;"),
        ("store/deals.rs", "\nimpl From<crate::ai::Model> for u8 { fn from(_: crate::ai::Model) -> u8 { 0 } }"),
        ("store/deals.rs", "\nfn f() -> Vec<Option<crate::ai::Model>> { Vec::new() }"),
        ("store/deals.rs", "\npub use crate::ai::Model;"),
        ("report/mod.rs", "\nuse crate::components::Card;"),
        ("pages/mod.rs", "\nuse crate::services::App;"),
        ("ai/model.rs", "\nuse crate::store::deals::all;"),
        ("domain/deals.rs", "\nuse crate::ai::Model;"),
    ] {
        let found = violations(&house_with(file, text));
        assert!(!found.is_empty(), "not seen: {text}");
        assert!(found.iter().any(|line| line.starts_with(&format!("{file}:2:"))), "file and line are named: {found:?}");
    }
}

#[test]
fn a_door_hides_nothing() {
    // `services` re-exports the store, and pages' layer `api` takes it from there.
    let found = violations(&house_with("api/mod.rs", "use crate::services::Store;"));
    assert_eq!(found, ["api/mod.rs:1: api must not use store (`crate::services::Store`)"]);
}

#[test]
fn other_crates_and_clocks_are_seen_however_they_are_named() {
    for text in [
        "use sea_orm::EntityTrait;",
        "use ::sea_orm::EntityTrait;",
        "use {sea_orm as s}; fn f() { s::all(); }",
        "extern crate sea_orm as s; fn f() { s::all(); }",
        "fn f() { tokio::spawn(async {}); }",
        "#[tokio::main] async fn f() {}",
        "fn f() { leptos::view! { <p/> } }",
        "fn f() { chrono::Utc::now(); }",
        "use chrono::Utc; fn f() { Utc::now(); }",
        "use chrono::Utc as World; fn f() { World::now(); }",
        "use chrono::{self as c, Utc}; fn f() -> fn() { c::Utc::now }",
        "use std::time::*; fn f() { Instant::now(); }",
        "use std::time; fn f() { time::SystemTime::now(); }",
        "type World = chrono::Utc; fn f() { World::now(); }",
        "fn f() { <chrono::Utc>::now(); }",
        "fn f() { println!(\"{}\", chrono::Utc::now()); }",
    ] {
        assert!(!violations(&house_with("ai/model.rs", text)).is_empty(), "not seen: {text}");
    }
}

#[test]
fn what_the_table_allows_is_not_refused() {
    for (file, text) in [
        ("ai/model.rs", "use crate::domain::deals::{Deal, Instant}; use super::Model as Other; fn f(now: Instant) {}"),
        ("store/deals.rs", "use sea_orm::EntityTrait; use super::Store; /// [`crate::ai::Model`] reads it.\nfn f() {}"),
        ("store/deals.rs", "// crate::ai\nfn f() { let ai = 1; let _ = ai; }"),
        ("store/deals.rs", "#[cfg(test)] mod tests { use crate::ai::Model; }"),
        ("services/mod.rs", "use crate::{ai::*, store::Store}; fn f() { chrono::Utc::now(); }"),
        ("store/deals.rs", "pub(in crate::store) fn f() {}"),
    ] {
        let found = violations(&house_with(file, text));
        assert!(found.is_empty(), "{text}: {found:?}");
    }
}

#[test]
fn a_layer_that_the_table_does_not_know_is_refused() {
    assert_eq!(violations(&house_with("cellar/mod.rs", "")), ["cellar/mod.rs:1: `cellar` is in no line of the table of layers"]);
}

#[test]
fn the_server_is_seen_past_a_door() {
    for text in ["use app::store::Store;", "use app as product; use product::{services::App, store};", "fn f() { app::pages::home(); }"] {
        assert_eq!(past_the_doors(&House::of(&[("main.rs".into(), text.into())])).len(), 1, "{text}");
    }
    assert!(past_the_doors(&House::of(&[("main.rs".into(), "use app::services::App;".into())])).is_empty());
}

/// A folder `demo` with the files `a` and `b` behind doors, and a `mod.rs` that says `whole` besides.
fn folder_of(whole: &str, a: &str, b: &str) -> House {
    House::of(&[
        ("lib.rs".into(), "mod demo;".into()),
        ("demo/mod.rs".into(), format!("mod a; mod b; pub use a::A; pub use b::B; {whole}")),
        ("demo/a.rs".into(), a.into()),
        ("demo/b.rs".into(), b.into()),
    ])
}

#[test]
fn files_that_use_each_other_are_seen_through_doors() {
    let found = circles(&uses(&folder_of("", "use super::B; pub struct A(B);", "pub struct B; fn f(_: crate::demo::A) {}")));
    assert_eq!(found, [["demo/a.rs".to_owned(), "demo/b.rs".to_owned()].into()]);
    // A `mod.rs` that opens doors uses nothing, and tests are not looked at.
    for test in ["#[cfg(test)]", "#[cfg(all(test, unix))]"] {
        let b = format!("pub struct B; {test} mod tests {{ use super::super::A; }}");
        assert_eq!(found_in(&folder_of("", "use super::B; pub struct A(B);", &b)), [""; 0]);
    }
}

#[test]
fn a_whole_and_its_part_that_use_each_other_are_seen() {
    let part = "use super::Whole; pub struct A(Whole);";
    let found = found_in(&folder_of("pub struct Whole; impl Whole { fn part(&self) -> Option<A> { None } }", part, "pub struct B;"));
    assert_eq!(found, ["2 use each other:\n  demo/a.rs -> demo/mod.rs\n  demo/mod.rs -> demo/a.rs"]);
    assert_eq!(found_in(&folder_of("pub struct Whole;", part, "pub struct B;")), [""; 0]);
}

#[test]
fn folders_that_use_each_other_are_seen_although_no_files_do() {
    let house = |a_of_two: &str| {
        House::of(&[
            ("lib.rs".into(), "mod services;".into()),
            ("services/mod.rs".into(), "mod one; mod two;".into()),
            ("services/one/mod.rs".into(), "pub mod a; pub mod b;".into()),
            ("services/one/a.rs".into(), "use super::super::two::b::B; pub struct A(B);".into()),
            ("services/one/b.rs".into(), "pub struct B;".into()),
            ("services/two/mod.rs".into(), "pub mod a; pub mod b;".into()),
            ("services/two/a.rs".into(), a_of_two.into()),
            ("services/two/b.rs".into(), "pub struct B;".into()),
        ])
    };
    assert_eq!(
        found_in(&house("use crate::services::one::b::B; struct A(B);")),
        ["2 in services use each other:\n  one -> two\n  two -> one"]
    );
    assert_eq!(found_in(&house("pub struct A;")), [""; 0]);
}
