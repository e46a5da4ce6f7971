//! What a source of deals tells, as an import takes it.

mod exact;
mod record;

pub use record::{AccountRecord, ActivityRecord, ChangeRecord, DealRecord, FieldChange, PipelineRecord, SourceRecord, StageRecord};
