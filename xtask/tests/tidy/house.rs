//! The modules of a crate and what their names stand for, read from the sources: enough of Rust's name resolution to say for
//! every path where it leads, however it is written.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use crate::paths::{self, Named};

/// A path as its segments.
pub type Segments = Vec<String>;

/// Where a path leads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// Into this crate: the module that defines what is named, and all modules that were passed on the way.
    Inside { module: usize, passed: BTreeSet<usize>, is_item: bool },
    /// Into another crate, under its real name.
    Outside(Segments),
}

/// One module: a file, or a `mod` with a body inside of one.
#[derive(Debug, Default)]
pub struct Module {
    pub path: Segments,
    /// The file's path below `src`.
    pub file: String,
    /// Only compiled for tests.
    pub is_test: bool,
    children: BTreeMap<String, usize>,
    items: BTreeSet<String>,
    /// Names that stand for another path: imports, renames, type aliases.
    aliases: BTreeMap<String, Vec<Segments>>,
    globs: Vec<Segments>,
    /// Every path that is written in the module.
    pub named: Vec<Named>,
}

/// All modules of a crate; the first one is its root.
#[derive(Debug, Default)]
pub struct House {
    pub modules: Vec<Module>,
}

impl House {
    /// Reads all Rust files below `src`.
    pub fn read(src: &Path) -> Self {
        let mut files = Vec::new();
        walk(src, src, &mut files);
        Self::of(&files)
    }

    /// The house of these files: their paths below `src` and their texts.
    pub fn of(files: &[(String, String)]) -> Self {
        let mut house = Self { modules: vec![Module { file: "lib.rs".into(), ..Module::default() }] };
        let mut files: Vec<_> = files.iter().map(|(file, text)| (place_of(file), file, text)).collect();
        files.sort();
        for (place, file, text) in files {
            let module = house.module_at(&place);
            house.modules[module].file.clone_from(file);
            let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{file} does not parse: {error}"));
            house.fill(module, &parsed.items);
        }
        house.mark_tests();
        house
    }

    fn module_at(&mut self, place: &[String]) -> usize {
        let mut module = 0;
        for segment in place {
            module = match self.modules[module].children.get(segment) {
                Some(&child) => child,
                None => self.add_child(module, segment),
            };
        }
        module
    }

    fn add_child(&mut self, parent: usize, name: &str) -> usize {
        let mut path = self.modules[parent].path.clone();
        path.push(name.to_owned());
        let (file, is_test) = (self.modules[parent].file.clone(), self.modules[parent].is_test);
        self.modules.push(Module { path, file, is_test, ..Module::default() });
        let child = self.modules.len() - 1;
        self.modules[parent].children.insert(name.to_owned(), child);
        child
    }

    fn fill(&mut self, module: usize, items: &[syn::Item]) {
        for item in items {
            if let syn::Item::Mod(inner) = item {
                let child = self.module_at_child(module, &inner.ident.to_string());
                self.modules[child].is_test |= paths::is_test(&inner.attrs);
                if let Some((_, items)) = &inner.content {
                    self.fill(child, items);
                }
                continue;
            }
            let found = paths::of(item);
            let target = &mut self.modules[module];
            target.items.extend(found.defined);
            for (name, path) in found.aliases {
                target.aliases.entry(name).or_default().push(path);
            }
            target.globs.extend(found.globs);
            target.named.extend(found.named);
        }
    }

    fn module_at_child(&mut self, module: usize, name: &str) -> usize {
        match self.modules[module].children.get(name) {
            Some(&child) => child,
            None => self.add_child(module, name),
        }
    }

    /// What stands below a module of tests is of the tests too.
    fn mark_tests(&mut self) {
        let tests: Vec<Segments> = self.modules.iter().filter(|module| module.is_test).map(|module| module.path.clone()).collect();
        for module in &mut self.modules {
            module.is_test |= tests.iter().any(|test| module.path.starts_with(test));
        }
    }

    /// Where a path leads that is written in `module`; several places where a name has several meanings.
    pub fn resolve(&self, module: usize, path: &[String]) -> Vec<Target> {
        let mut found = Vec::new();
        self.follow(module, path, &BTreeSet::new(), &mut Vec::new(), &mut found);
        found.sort();
        found.dedup();
        found
    }

    /// `trail` holds the names that are being looked up, so that imports in a circle end.
    fn follow(&self, module: usize, path: &[String], passed: &BTreeSet<usize>, trail: &mut Vec<(usize, String)>, found: &mut Vec<Target>) {
        let Some((first, rest)) = path.split_first() else { return };
        match first.as_str() {
            "" => found.push(Target::Outside(rest.to_vec())),
            "crate" | "$crate" => self.descend(0, rest, passed, trail, found),
            "self" if rest.first().is_some_and(|next| next == "super") => self.follow(module, rest, passed, trail, found),
            "self" => self.descend(module, rest, passed, trail, found),
            "super" => {
                let place = &self.modules[module].path;
                let parent = self.place(&place[..place.len().saturating_sub(1)]);
                match rest.first().map(String::as_str) {
                    Some("super") => self.follow(parent, rest, passed, trail, found),
                    _ => self.descend(parent, rest, passed, trail, found),
                }
            }
            _ if self.knows(module, first, trail) => self.descend(module, path, passed, trail, found),
            _ => found.push(Target::Outside(path.to_vec())),
        }
    }

    fn place(&self, path: &[String]) -> usize {
        path.iter().fold(0, |module, segment| self.modules[module].children.get(segment).copied().unwrap_or(module))
    }

    fn knows(&self, module: usize, name: &str, trail: &mut Vec<(usize, String)>) -> bool {
        let here = &self.modules[module];
        let direct = here.children.contains_key(name) || here.items.contains(name) || here.aliases.contains_key(name);
        direct && !trail.contains(&(module, name.to_owned())) || !self.through_globs(module, name, trail).is_empty()
    }

    /// Modules of this crate that `module` imports whole and that know the name.
    fn through_globs(&self, module: usize, name: &str, trail: &mut Vec<(usize, String)>) -> Vec<usize> {
        let key = (module, format!("*{name}"));
        if trail.contains(&key) {
            return Vec::new();
        }
        trail.push(key);
        let mut sources = Vec::new();
        for glob in &self.modules[module].globs {
            let mut targets = Vec::new();
            self.follow(module, glob, &BTreeSet::new(), trail, &mut targets);
            for target in targets {
                if let Target::Inside { module: source, is_item: false, .. } = target
                    && source != module
                    && self.knows(source, name, trail)
                {
                    sources.push(source);
                }
            }
        }
        trail.pop();
        sources
    }

    /// Goes from `module` down along `path`, through imports where a name is one.
    fn descend(&self, module: usize, path: &[String], passed: &BTreeSet<usize>, trail: &mut Vec<(usize, String)>, found: &mut Vec<Target>) {
        let mut passed = passed.clone();
        passed.insert(module);
        let Some((name, rest)) = path.split_first() else {
            found.push(Target::Inside { module, passed, is_item: false });
            return;
        };
        let here = &self.modules[module];
        let mut is_known = false;
        if let Some(&child) = here.children.get(name) {
            is_known = true;
            self.descend(child, rest, &passed, trail, found);
        }
        if here.items.contains(name) {
            is_known = true;
            found.push(Target::Inside { module, passed: passed.clone(), is_item: true });
        }
        let key = (module, name.clone());
        if !trail.contains(&key) {
            trail.push(key);
            for alias in here.aliases.get(name).into_iter().flatten() {
                is_known = true;
                let whole: Segments = alias.iter().chain(rest).cloned().collect();
                self.follow(module, &whole, &passed, trail, found);
            }
            if !is_known {
                for source in self.through_globs(module, name, trail) {
                    is_known = true;
                    self.descend(source, path, &passed, trail, found);
                }
            }
            trail.pop();
        }
        if !is_known {
            // A macro, a derive's product, or a glob of another crate: it belongs to the module that is named.
            found.push(Target::Inside { module, passed, is_item: true });
        }
    }
}

fn place_of(file: &str) -> Segments {
    let mut place: Segments = file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if place.last().is_some_and(|last| last == "mod" || last == "lib") {
        place.pop();
    }
    place
}

fn walk(src: &Path, folder: &Path, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("a source folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            walk(src, &entry, files);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            let name = entry.strip_prefix(src).expect("below src").to_string_lossy().replace('\\', "/");
            files.push((name, fs::read_to_string(&entry).expect("a readable source")));
        }
    }
}
