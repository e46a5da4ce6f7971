//! What makes the sentences better where the caller has it.

use crate::{
    ai::reasons::Benchmarks,
    domain::{deals::CustomField, money::Currency},
};

/// What makes the sentences better where the caller has it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context<'a> {
    /// Currency of the deal's value.
    pub currency: Option<&'a Currency>,
    /// Name of the deal's open stage.
    pub stage: Option<&'a str>,
    /// The definitions of the custom fields: they tell dates and booleans from numbers.
    pub custom: &'a [CustomField],
    /// How won deals went.
    pub benchmarks: Option<&'a Benchmarks>,
}
