//! The deals file's columns: which field each feeds.

use crate::{
    domain::deals::CustomField,
    imports::{
        binder::Binder,
        field_types::FoundTypes,
        mapping::Deals,
        table::{Field, Only},
        values::{FieldType, Part},
    },
};

pub(crate) enum Title {
    Column(Field),
    Template(Vec<Piece>),
    /// Made from the id.
    None,
}

pub(crate) enum Piece {
    Text(String),
    Column(usize),
}

/// The deals file's columns, found in its header.
pub(crate) struct Fields {
    /// `None` where rows are numbered.
    pub id: Option<Field>,
    pub title: Title,
    pub description: Option<Field>,
    pub account: Option<Field>,
    pub industry: Option<Field>,
    pub owner: Option<Field>,
    pub stage: Option<Field>,
    pub value: Option<Field>,
    pub currency: Option<Field>,
    pub probability: Option<Field>,
    pub expected_close: Option<Field>,
    pub created_at: Option<Field>,
    pub outcome: Option<Field>,
    pub closed_at: Option<Field>,
    pub loss_reason: Option<Field>,
    pub notes: Option<Field>,
    pub sequence: Option<Field>,
    /// In the header's order.
    pub custom: Vec<(usize, CustomField)>,
    pub only: Only,
}

impl Fields {
    pub fn bind(binder: &mut Binder, deals: &Deals, found: &FoundTypes) -> Self {
        let columns = &deals.columns;
        let title = match (&columns.title, &deals.title_template) {
            (Some(_), _) => binder.optional(&columns.title).map_or(Title::None, Title::Column),
            (None, Some(template)) => {
                let pieces = template.0.iter().filter_map(|part| match part {
                    Part::Text(text) => Some(Piece::Text(text.clone())),
                    Part::Column(name) => binder.column(name).map(Piece::Column),
                });
                Title::Template(pieces.collect())
            }
            (None, None) => Title::None,
        };
        let custom = deals.custom.iter().filter_map(|(key, field_type)| {
            // Looked up in any case: also a column that turned out to be no field has been read.
            let place = binder.column(key)?;
            let kind = match field_type {
                FieldType::Kind(kind) => *kind,
                FieldType::Auto => *found.get(key)?,
            };
            Some((place, CustomField { key: key.clone(), kind, in_model: true }))
        });
        let mut custom: Vec<_> = custom.collect();
        custom.sort_by_key(|(place, _)| *place);
        Self {
            id: binder.needed(&columns.id),
            title,
            description: binder.optional(&columns.description),
            account: binder.optional(&columns.account),
            industry: binder.optional(&columns.industry),
            owner: binder.optional(&columns.owner),
            stage: binder.needed(&columns.stage),
            value: binder.optional(&columns.value),
            currency: if deals.currency.is_some() { binder.optional(&columns.currency) } else { binder.needed(&columns.currency) },
            probability: binder.optional(&columns.probability),
            expected_close: binder.optional(&columns.expected_close),
            created_at: binder.needed(&columns.created_at),
            outcome: binder.needed(&columns.outcome),
            closed_at: binder.needed(&columns.closed_at),
            loss_reason: binder.optional(&columns.loss_reason),
            notes: binder.optional(&columns.notes),
            sequence: binder.needed(&columns.sequence),
            custom,
            only: binder.only(&deals.only),
        }
    }
}
