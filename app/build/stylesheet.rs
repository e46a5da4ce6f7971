//! Builds the stylesheet: encre-css's reset, the handwritten `style/*.css`, then the utility classes that the sources use.
//! A class in the sources that yields no CSS, or a handwritten one that no source uses, fails the build.
//!
//! Classes are read from the literals after `class=`, `attr:class=`, `class=(` and from `classes!("…")`, nowhere else.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs, io,
    path::{Path, PathBuf},
};

use encre_css::{Config, Preflight};

/// Semantic colours, so that a class names a role and dark mode is the tokens' business (`style/10-tokens.css`).
const COLOURS: [&str; 25] = [
    "canvas",
    "surface",
    "sunken",
    "line",
    "line-strong",
    "ink",
    "ink-2",
    "muted",
    "accent",
    "accent-ink",
    "accent-soft",
    "accent-line",
    "healthy",
    "healthy-soft",
    "watch",
    "watch-soft",
    "risk",
    "risk-soft",
    "critical",
    "critical-soft",
    "won",
    "won-soft",
    "lost",
    "lost-soft",
    "neutral-soft",
];

pub fn build() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or_else(|| io::Error::other("cargo does not name the crate's folder"))?);
    let (sources_dir, style_dir) = (root.join("src"), root.join("../style"));
    for dir in [&sources_dir, &style_dir] {
        println!("cargo::rerun-if-changed={}", dir.display());
    }
    // Mails bring their own styles.
    let mut sources = read_all(&sources_dir, "rs")?;
    sources.retain(|path, _| !path.starts_with(sources_dir.join("notifications")));
    let handwritten: String = read_all(&style_dir, "css")?.into_values().collect::<Vec<_>>().join("\n");

    let mut config = Config::default();
    config.preflight = Preflight::new_none();
    for name in COLOURS {
        config.theme.colors.add(name, format!("var(--{name})"));
    }

    let own_classes = class_names_of(&handwritten);
    let mut used: BTreeMap<&str, &Path> = BTreeMap::new();
    for (path, text) in &sources {
        for class in classes_in(text) {
            used.entry(class).or_insert(path);
        }
    }
    let mut faults = Vec::new();
    for (class, path) in &used {
        if !own_classes.contains(*class) && encre_css::generate([*class], &config).trim().is_empty() {
            faults.push(format!("{}: the class `{class}` yields no CSS", path.display()));
        }
    }
    let everything: String = sources.values().map(String::as_str).collect();
    for class in &own_classes {
        if !everything.contains(class.as_str()) {
            faults.push(format!("style: the class `{class}` is used nowhere"));
        }
    }
    if !faults.is_empty() {
        return Err(io::Error::other(faults.join("\n")));
    }

    // Utilities come last, so that they win over the handwritten classes they stand beside.
    let list = used.keys().copied().filter(|class| !own_classes.contains(*class)).collect::<Vec<_>>().join(" ");
    let utilities = encre_css::generate([list.as_str()], &config);
    config.preflight = Preflight::new_full();
    let reset = encre_css::generate([], &config);
    let css = format!("{reset}\n\n{handwritten}\n{utilities}\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("OUT_DIR is not set"))?);
    fs::write(out.join("vectoros.css"), &css)?;
    println!("cargo::rustc-env=VECTOROS_STYLESHEET_HASH={:016x}", fnv1a(css.as_bytes()));
    let script = fs::read(sources_dir.join("islands/page.js"))?;
    println!("cargo::rustc-env=VECTOROS_PAGE_SCRIPT_HASH={:016x}", fnv1a(&script));
    Ok(())
}

/// All files with an ending under `dir`, by path, in a stable order.
fn read_all(dir: &Path, ending: &str) -> io::Result<BTreeMap<PathBuf, String>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(read_all(&path, ending)?);
        } else if path.extension().is_some_and(|extension| extension == ending) {
            let text = fs::read_to_string(&path)?;
            found.insert(path, text);
        }
    }
    Ok(found)
}

/// The class tokens in a source file.
fn classes_in(source: &str) -> BTreeSet<&str> {
    let mut classes = BTreeSet::new();
    for marker in ["class=\"", "class=(\"", "classes!(\""] {
        for (at, _) in source.match_indices(marker) {
            let rest = &source[at + marker.len()..];
            classes.extend(rest.split('"').next().unwrap_or_default().split_whitespace());
        }
    }
    classes
}

/// The class names that a stylesheet's selectors speak of.
fn class_names_of(css: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for block in without_comments(css).split('}') {
        // What stands before the last `{` is a selector, perhaps after an at-rule's own `{`.
        let selectors = block.rsplit_once('{').map_or("", |(selectors, _)| selectors);
        for piece in selectors.split('.').skip(1) {
            let name: String = piece.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
            if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
                names.insert(name);
            }
        }
    }
    names
}

fn without_comments(css: &str) -> String {
    let mut parts = css.split("/*");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        kept.push_str(part.split_once("*/").map_or("", |(_, rest)| rest));
    }
    kept
}

/// 64-bit FNV-1a: enough to name a version of a file.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}
