//! Every path in an item: imports, types, expressions, patterns, attributes, and what macros are given.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::{
    ext::IdentExt,
    punctuated::Punctuated,
    spanned::Spanned,
    visit::{self, Visit},
};

use crate::house::Segments;

/// A path that is written somewhere.
#[derive(Debug, Clone)]
pub struct Named {
    pub path: Segments,
    pub line: usize,
    /// Re-exported under its place: a door to what others define, no use of it.
    pub is_door: bool,
    /// In a function or module of tests.
    pub is_test: bool,
}

/// What an item defines, imports and names.
#[derive(Debug, Default)]
pub struct Found {
    pub defined: Vec<String>,
    pub aliases: Vec<(String, Segments)>,
    pub globs: Vec<Segments>,
    pub named: Vec<Named>,
    is_test: bool,
}

pub fn of(item: &syn::Item) -> Found {
    let mut found = Found { is_test: is_test(attributes(item)), ..Found::default() };
    found.defined.extend(defined(item));
    found.visit_item(item);
    found
}

/// Whether attributes say that something is compiled for tests only.
pub fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || attribute.path().is_ident("cfg") && attribute.parse_args::<syn::Meta>().is_ok_and(|condition| asks_for_tests(&condition))
    })
}

/// `test`, also among others that all have to hold.
fn asks_for_tests(condition: &syn::Meta) -> bool {
    match condition {
        syn::Meta::Path(path) => path.is_ident("test"),
        syn::Meta::List(list) if list.path.is_ident("all") => list
            .parse_args_with(Punctuated::<syn::Meta, syn::Token![,]>::parse_terminated)
            .is_ok_and(|conditions| conditions.iter().any(asks_for_tests)),
        _ => false,
    }
}

fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn defined(item: &syn::Item) -> Option<String> {
    let name = match item {
        syn::Item::Const(item) => &item.ident,
        syn::Item::Enum(item) => &item.ident,
        syn::Item::Fn(item) => &item.sig.ident,
        syn::Item::Macro(item) => item.ident.as_ref()?,
        syn::Item::Static(item) => &item.ident,
        syn::Item::Struct(item) => &item.ident,
        syn::Item::Trait(item) => &item.ident,
        syn::Item::Type(item) => &item.ident,
        syn::Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(name.unraw().to_string())
}

fn segments(path: &syn::Path) -> Segments {
    let root = path.leading_colon.map(|_| String::new());
    root.into_iter().chain(path.segments.iter().map(|segment| segment.ident.unraw().to_string())).collect()
}

impl Found {
    fn name(&mut self, path: Segments, line: usize, is_door: bool) {
        self.named.push(Named { path, line, is_door, is_test: self.is_test });
    }

    fn import(&mut self, prefix: &Segments, tree: &syn::UseTree, is_door: bool) {
        let line = tree.span().start().line;
        let with = |name: &syn::Ident| -> Segments { prefix.iter().cloned().chain([name.unraw().to_string()]).collect() };
        match tree {
            syn::UseTree::Path(inner) => self.import(&with(&inner.ident), &inner.tree, is_door),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(prefix, tree, is_door)),
            syn::UseTree::Glob(_) => {
                self.name(prefix.clone(), line, is_door);
                self.globs.push(prefix.clone());
            }
            syn::UseTree::Name(name) if name.ident == "self" && !prefix.is_empty() => {
                self.alias(prefix.last().cloned().unwrap_or_default(), prefix.clone(), line, is_door);
            }
            syn::UseTree::Name(name) => self.alias(name.ident.unraw().to_string(), with(&name.ident), line, is_door),
            syn::UseTree::Rename(rename) => {
                let path = if rename.ident == "self" { prefix.clone() } else { with(&rename.ident) };
                self.alias(rename.rename.unraw().to_string(), path, line, is_door);
            }
        }
    }

    fn alias(&mut self, name: String, path: Segments, line: usize, is_door: bool) {
        self.name(path.clone(), line, is_door);
        // `use chrono;` binds a name to itself.
        if path != [name.clone()] {
            self.aliases.push((name, path));
        }
    }

    /// Paths in a stream of tokens, also in groups behind `::` as in `use a::{b, c}`.
    fn tokens(&mut self, prefix: &Segments, stream: TokenStream) {
        let mut path: Segments = prefix.clone();
        let mut line = 0;
        // How the path so far ends: in a name (true) or in `::` (false).
        let mut ends_in_name = false;
        let mut colons = 0;
        let finish = |found: &mut Self, path: &mut Segments, line: usize| {
            if path.len() > prefix.len() {
                found.name(path.clone(), line, false);
            }
            path.clone_from(prefix);
        };
        for token in stream {
            match token {
                TokenTree::Ident(name) => {
                    if ends_in_name {
                        finish(self, &mut path, line);
                    }
                    line = name.span().start().line;
                    path.push(name.unraw().to_string());
                    (ends_in_name, colons) = (true, 0);
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => {
                    colons += 1;
                    if colons == 2 {
                        ends_in_name = false;
                    }
                }
                TokenTree::Punct(punct) if punct.as_char() == '$' => {}
                TokenTree::Group(group) => {
                    let continues = colons == 2 && group.delimiter() == Delimiter::Brace && path.len() > prefix.len();
                    let inner = if continues { path.clone() } else { Segments::new() };
                    if continues {
                        path.clone_from(prefix);
                    } else {
                        finish(self, &mut path, line);
                    }
                    self.tokens(&inner, group.stream());
                    (ends_in_name, colons) = (false, 0);
                }
                TokenTree::Literal(literal) => {
                    finish(self, &mut path, line);
                    self.text(&literal.to_string(), literal.span().start().line);
                    (ends_in_name, colons) = (false, 0);
                }
                TokenTree::Punct(_) => {
                    finish(self, &mut path, line);
                    (ends_in_name, colons) = (false, 0);
                }
            }
        }
        finish(self, &mut path, line);
    }

    /// A path in quotes, as attributes have it: `#[serde(with = "crate::money")]`.
    fn text(&mut self, literal: &str, line: usize) {
        let text = literal.trim_matches('"');
        if text.contains("::")
            && let Ok(path) = syn::parse_str::<syn::Path>(text)
        {
            self.name(segments(&path), line, false);
        }
    }

    /// Names that a macro's tokens bind by `use`; `macro_rules!` and `cfg_if!` can hide imports.
    fn hidden_imports(&mut self, stream: TokenStream) {
        let tokens: Vec<TokenTree> = stream.into_iter().collect();
        for (place, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Group(group) => self.hidden_imports(group.stream()),
                TokenTree::Ident(word) if word == "use" => {
                    let end = tokens[place..].iter().position(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';'));
                    let statement: Option<TokenStream> = end.map(|end| tokens[place..=place + end].iter().cloned().collect());
                    if let Some(Ok(item)) = statement.map(syn::parse2::<syn::ItemUse>) {
                        self.import(&Segments::new(), &item.tree, false);
                    }
                }
                _ => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for Found {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let root: Segments = item.leading_colon.map(|_| String::new()).into_iter().collect();
        self.import(&root, &item.tree, !matches!(item.vis, syn::Visibility::Inherited));
    }

    fn visit_item_extern_crate(&mut self, item: &'ast syn::ItemExternCrate) {
        let own = item.ident.unraw().to_string();
        if let Some((_, name)) = &item.rename {
            let path = if own == "self" { vec!["crate".to_owned()] } else { vec![String::new(), own] };
            self.alias(name.unraw().to_string(), path, item.span().start().line, false);
        }
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        if let syn::Type::Path(path) = &*item.ty {
            self.aliases.push((item.ident.unraw().to_string(), segments(&path.path)));
        }
        visit::visit_item_type(self, item);
    }

    fn visit_expr_path(&mut self, expression: &'ast syn::ExprPath) {
        // `<Utc>::now` is `Utc::now`.
        if let Some(own) = &expression.qself
            && let syn::Type::Path(inner) = &*own.ty
        {
            let whole = segments(&inner.path).into_iter().chain(segments(&expression.path).into_iter().filter(|name| !name.is_empty()));
            self.name(whole.collect(), expression.span().start().line, false);
        }
        visit::visit_expr_path(self, expression);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.name(segments(path), path.span().start().line, false);
        visit::visit_path(self, path);
    }

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {
        // `pub(in crate::services)` says who may look in, not what is used.
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.visit_path(&call.path);
        self.hidden_imports(call.tokens.clone());
        self.tokens(&Segments::new(), call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if attribute.path().is_ident("doc") {
            return;
        }
        self.visit_path(attribute.path());
        match &attribute.meta {
            syn::Meta::Path(_) => {}
            syn::Meta::List(list) => self.tokens(&Segments::new(), list.tokens.clone()),
            syn::Meta::NameValue(pair) => {
                if let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &pair.value {
                    self.text(&text.value(), text.span().start().line);
                }
            }
        }
    }
}
