//! The win/loss page: what it looks at, and what it shows.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

use crate::domain::{deals::DealQuery, money::Money, variants::all};

/// Below so many deals a share says little, and is shown in grey.
pub const SMALL_GROUP: u64 = 20;

/// The same of each side of a comparison.
pub const SMALL_SIDE: u64 = 30;

/// A share with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Share {
    pub share: f64,
    pub low: f64,
    pub high: f64,
}

/// How some closed deals ended.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct OutcomeFigures {
    pub won: u64,
    pub lost: u64,
    /// Share won; `None` without deals.
    pub win_rate: Option<Share>,
    /// Median days from creation to close, of deals that have both dates.
    pub days_to_win: Option<f64>,
    pub days_to_loss: Option<f64>,
    /// Sums by currency, the largest number of deals first.
    pub won_value: Vec<Money>,
    pub lost_value: Vec<Money>,
}

impl OutcomeFigures {
    pub fn deals(&self) -> u64 {
        self.won + self.lost
    }

    /// Too few deals for a share to say much.
    pub fn is_small(&self) -> bool {
        self.deals() < SMALL_GROUP
    }
}

/// What closed deals are told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Dimension {
    Reason,
    #[strum(serialize = "stage")]
    StageLostFrom,
    Competitor,
    Owner,
    Team,
    Size,
    Source,
    Month,
}

impl Dimension {
    pub const ALL: [Self; 8] = all();

    pub fn label(self) -> &'static str {
        match self {
            Self::Reason => "Why deals were lost",
            Self::StageLostFrom => "Stage that deals were lost from",
            Self::Competitor => "By competitor",
            Self::Owner => "By owner",
            Self::Team => "By team",
            Self::Size => "By size",
            Self::Source => "By source",
            Self::Month => "Over time",
        }
    }

    /// Is it about lost deals only?
    pub fn of_losses(self) -> bool {
        matches!(self, Self::Reason | Self::StageLostFrom)
    }
}

/// Deals that share something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutcomeGroup {
    pub label: String,
    pub figures: OutcomeFigures,
    /// The same of the period before; `None` where there is none to compare with.
    pub before: Option<OutcomeFigures>,
    /// Its part of all groups' deals, now and before.
    pub part: Option<Share>,
    pub part_before: Option<f64>,
    /// The deals behind it.
    pub deals: DealQuery,
    /// Those of the period before, where the list can tell them.
    pub deals_before: Option<DealQuery>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutcomeDimension {
    pub by: Dimension,
    pub groups: Vec<OutcomeGroup>,
}

/// Deals on one side of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DriverSide {
    /// "3 or more".
    pub words: String,
    pub deals: u64,
    pub won: u64,
    pub win_rate: Share,
}

/// What deals were like before they closed, and how those with more of it fared against those with less.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Driver {
    /// The feature's or custom field's column, and its value where it is one of several.
    pub feature: String,
    pub value: Option<String>,
    /// "Meetings".
    pub title: String,
    pub high: DriverSide,
    pub low: DriverSide,
    /// Win rate of the high side minus that of the low one, with its 95 % interval.
    pub difference: f64,
    pub difference_low: f64,
    pub difference_high: f64,
    /// Whether it holds when all comparisons are looked at together.
    pub holds: bool,
}

impl Driver {
    /// Too few deals on a side to say anything.
    pub fn is_small(&self) -> bool {
        self.high.deals.min(self.low.deals) < SMALL_SIDE
    }
}

/// What went right: comparisons, the surest first, those with too few deals last.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Drivers {
    /// Closed deals whose features are known.
    pub deals: u64,
    /// Comparisons with enough deals on both sides.
    pub looked_at: u64,
    /// Of those, the ones that hold.
    pub hold: u64,
    pub list: Vec<Driver>,
}
