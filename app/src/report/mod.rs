//! A model's report: for the model page, or as one file to keep, send or print: HTML without scripts and without anything to load, or Markdown.
//!
//! `content` says what is in it, as the blocks of `domain::report`; `html` and `markdown` write them and escape all text.

mod content;
mod html;
mod markdown;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;
mod words;

use crate::domain::{models::ModelDocument, report::Report};

/// The report as blocks that know no markup, for whoever renders them.
pub fn report(document: &ModelDocument) -> Report {
    content::report(document)
}

/// The report as one HTML page, light or dark as the reader's system asks.
pub fn html(document: &ModelDocument) -> String {
    html::page(&content::report(document))
}

/// The report as Markdown with tables (GitHub's dialect); the charts are left to their figures.
pub fn markdown(document: &ModelDocument) -> String {
    markdown::text(&content::report(document))
}
