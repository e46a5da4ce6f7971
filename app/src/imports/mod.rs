//! Reading what a CRM exports: CSV files (gz too) and a mapping file that says what their columns mean.
//!
//! This is pure file reading. [`open`] gives an [`ImportStream`]: the good rows as records for `services::ingest`, the bad ones
//! with file, line, field and reason.

mod binder;
mod contents;
mod dates;
mod deal_fields;
mod deals;
mod error;
mod field_types;
mod files;
mod gathering;
mod history;
mod joined;
mod lookups;
mod mapping;
mod meanings;
mod numbers;
mod read;
mod reading;
mod rejects;
mod rules;
mod settle;
mod spill;
mod table;
mod text;
mod values;

#[cfg(test)]
mod tests;

pub use error::ImportError;
pub use mapping::Mapping;
pub use read::{ImportBatch, ImportStream, Progress, open, read};
pub use rejects::{Reject, RejectedRow, RejectedRows};
