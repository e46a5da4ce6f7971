//! The design system and the pieces that pages share, rendered by the server. What is interactive stands in `islands`.

mod active_filters;
mod alert;
mod badge;
mod card;
mod chance;
mod close_fields;
mod deal_table;
mod errors;
mod figures_table;
mod filter_bar;
mod frame;
mod notice;
mod pagination;
mod relevance;
mod select;
mod theme;
mod timeline;
mod trend;

pub use crate::domain::format::{count, date, initials, instant_date, moment, plural, points, whole};
pub use crate::islands::{Icon, IconName};
pub use active_filters::ActiveFilters;
pub use alert::{AlertItem, PriorityBadge};
pub use badge::{HealthBadge, OutcomeBadge};
pub use card::{Card, EmptyState, Fact, Stat};
pub use chance::{ChanceBar, Interval};
pub use close_fields::CloseFields;
pub use deal_table::{DealTable, PICK_FORM, TableKind};
pub use errors::{ErrorPage, NotFound, ToSignIn, error_in_url, lead_to, set_status};
pub use figures_table::FiguresTable;
pub use filter_bar::FilterBar;
pub use frame::{Brand, Frame};
pub use notice::{EngineNotices, Notice, Tone, with_code};
pub use pagination::Pagination;
pub use relevance::{RelevanceTable, percent};
pub use select::Select;
pub use theme::{THEME_SCRIPT, ThemeToggle};
pub use timeline::Timeline;
pub use trend::trend;

/// Marks a list of classes that stands outside a `class=` attribute, so that the stylesheet's build finds it.
macro_rules! classes {
    ($list:literal) => {
        $list
    };
}
pub(crate) use classes;
