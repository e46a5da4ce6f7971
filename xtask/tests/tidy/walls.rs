//! Which layer may use which, and what of other crates.

use crate::house::{House, Module, Target};

/// A layer is a module right below the crate's root.
struct Layer {
    name: &'static str,
    /// The layers of this crate that it may use besides itself and the root's small tools.
    may_use: &'static [&'static str],
    /// The crates that it must not know.
    must_not_know: &'static [&'static [&'static str]],
    /// Whether it may ask what time it is.
    has_a_clock: bool,
}

const DATABASE: &[&str] = &["sea_orm", "migrations", "apalis", "apalis_cron", "apalis_postgres", "apalis_sqlite"];
const PAGES: &[&str] = &["leptos", "leptos_meta", "leptos_router", "leptos_axum"];
const WEB: &[&str] = &["axum", "axum_login", "tower_sessions"];
const NETWORK: &[&str] = &["tokio", "reqwest", "lettre", "object_store", "rustls"];
const LEARNING: &[&str] = &["smartcore", "ort", "fastembed"];

/// Pieces at the root without a layer: they use nothing of the house, and everybody may use them.
const TOOLS: &[&str] = &["html", "sha256", "stylesheet"];

/// The table. A path that it does not allow fails the test, however it is written.
const LAYERS: &[Layer] = &[
    // The words of an error reach the browser through Leptos, so the domain knows its name.
    Layer { name: "domain", may_use: &[], must_not_know: &[DATABASE, WEB, NETWORK, LEARNING], has_a_clock: false },
    Layer { name: "views", may_use: &["domain"], must_not_know: &[DATABASE, PAGES, WEB, NETWORK, LEARNING], has_a_clock: false },
    Layer { name: "ai", may_use: &["domain"], must_not_know: &[DATABASE, PAGES, WEB, NETWORK], has_a_clock: false },
    Layer { name: "imports", may_use: &["domain"], must_not_know: &[DATABASE, PAGES, WEB, NETWORK, LEARNING], has_a_clock: false },
    Layer { name: "demo", may_use: &["domain"], must_not_know: &[DATABASE, PAGES, WEB, NETWORK, LEARNING], has_a_clock: false },
    Layer { name: "charts", may_use: &["domain"], must_not_know: &[DATABASE, PAGES, WEB, NETWORK, LEARNING], has_a_clock: false },
    Layer { name: "report", may_use: &["charts", "domain"], must_not_know: &[DATABASE, PAGES, WEB, NETWORK, LEARNING], has_a_clock: false },
    Layer { name: "notifications", may_use: &["domain"], must_not_know: &[DATABASE, PAGES, WEB, LEARNING], has_a_clock: false },
    // Sessions are kept for axum's middleware, by its trait.
    Layer { name: "store", may_use: &["views", "domain"], must_not_know: &[PAGES, LEARNING], has_a_clock: true },
    Layer {
        name: "services",
        may_use: &["store", "ai", "imports", "demo", "notifications", "report", "views", "domain"],
        must_not_know: &[PAGES, WEB],
        has_a_clock: true,
    },
    Layer { name: "api", may_use: &["services", "views", "domain"], must_not_know: &[DATABASE, NETWORK, LEARNING], has_a_clock: false },
    Layer { name: "islands", may_use: &["api", "views", "domain"], must_not_know: &[DATABASE, NETWORK, LEARNING], has_a_clock: false },
    Layer {
        name: "components",
        may_use: &["charts", "islands", "api", "views", "domain"],
        must_not_know: &[DATABASE, NETWORK, LEARNING],
        has_a_clock: false,
    },
    Layer {
        name: "pages",
        may_use: &["components", "charts", "islands", "api", "views", "domain"],
        must_not_know: &[DATABASE, NETWORK, LEARNING],
        has_a_clock: false,
    },
    Layer {
        name: "app",
        may_use: &["pages", "components", "islands", "api", "views", "domain"],
        must_not_know: &[DATABASE, NETWORK, LEARNING],
        has_a_clock: false,
    },
];

/// What the server may name of `app`: use cases, plain values, and what it puts together at its start; never a page.
const DOORS: &[&str] =
    &["services", "api", "views", "domain", "imports", "notifications", "demo", "report", "Site", "shell", "sha256", "stylesheet"];

/// Where the server opens the store, to hand it to the services.
const OPEN_THE_STORE: &[&str] = &["commands/serve.rs", "config.rs", "http/mod.rs"];

/// Functions that read a clock, as the type and the function.
const CLOCKS: &[(&str, &str)] = &[
    ("Utc", "now"),
    ("Local", "now"),
    ("SystemTime", "now"),
    ("Instant", "now"),
    ("OffsetDateTime", "now_utc"),
    ("OffsetDateTime", "now_local"),
];

/// Every path of the house that the table does not allow, as `file:line: what`.
pub fn violations(house: &House) -> Vec<String> {
    let mut found = Vec::new();
    for (index, module) in house.modules.iter().enumerate().filter(|(_, module)| !module.is_test) {
        let Some(name) = module.path.first() else { continue };
        let Some(layer) = LAYERS.iter().find(|layer| layer.name == name) else {
            if !TOOLS.contains(&name.as_str()) {
                found.push(format!("{}:1: `{name}` is in no line of the table of layers", module.file));
            }
            found.extend(uses_of_a_tool(house, index, module));
            continue;
        };
        for named in module.named.iter().filter(|named| !named.is_test) {
            for target in house.resolve(index, &named.path) {
                if let Some(what) = layer.refuses(house, &target) {
                    found.push(format!("{}:{}: {name} must not use {what} (`{}`)", module.file, named.line, named.path.join("::")));
                }
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

fn uses_of_a_tool(house: &House, index: usize, module: &Module) -> Vec<String> {
    let mut found = Vec::new();
    for named in module.named.iter().filter(|named| !named.is_test) {
        for target in house.resolve(index, &named.path) {
            for other in layers_of(house, &target).filter(|other| Some(*other) != module.path.first().map(String::as_str)) {
                found.push(format!("{}:{}: a tool of the root must not use {other}", module.file, named.line));
            }
        }
    }
    found
}

/// The layers that a path leads to or through.
fn layers_of<'a>(house: &'a House, target: &'a Target) -> impl Iterator<Item = &'a str> {
    let modules = match target {
        Target::Inside { passed, module, .. } => passed.iter().chain([module]).copied().collect(),
        Target::Outside(_) => Vec::new(),
    };
    modules.into_iter().filter_map(|module| house.modules[module].path.first()).map(String::as_str)
}

impl Layer {
    fn refuses(&self, house: &House, target: &Target) -> Option<String> {
        if let Target::Outside(path) = target {
            let root = path.first()?;
            if self.must_not_know.iter().any(|names| names.contains(&root.as_str())) {
                return Some(format!("the crate {root}"));
            }
            let reads_a_clock = path.windows(2).any(|pair| CLOCKS.iter().any(|(kind, function)| pair[0] == *kind && pair[1] == *function));
            return (reads_a_clock && !self.has_a_clock).then(|| "a clock".to_owned());
        }
        let allowed = |other: &&str| *other == self.name || self.may_use.contains(other) || TOOLS.contains(other);
        layers_of(house, target).find(|other| !allowed(other)).map(str::to_owned)
    }
}

/// Every path of the server's that goes past the doors of `app`.
pub fn past_the_doors(server: &House) -> Vec<String> {
    let mut found = Vec::new();
    for (index, module) in server.modules.iter().enumerate().filter(|(_, module)| !module.is_test) {
        for named in module.named.iter().filter(|named| !named.is_test) {
            for target in server.resolve(index, &named.path) {
                if let Target::Outside(path) = &target
                    && let [root, door, ..] = path.as_slice()
                    && root == "app"
                    && !DOORS.contains(&door.as_str())
                    && !(door == "store" && OPEN_THE_STORE.contains(&module.file.as_str()))
                {
                    found.push(format!("{}:{}: the server must not enter at app::{door}", module.file, named.line));
                }
            }
        }
    }
    found.sort();
    found.dedup();
    found
}
