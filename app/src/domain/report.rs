//! What a report is made of: the model page shows it, `vectoros report` writes it. All text is plain: who renders it escapes it.

use serde::{Deserialize, Serialize};

use crate::domain::models::{CurvePoint, LiftRow, ReliabilityBin};

/// A report, ready to be written in some markup.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub title: String,
    /// Where it comes from and when it was made.
    pub origin: Vec<String>,
    pub verdict: Verdict,
    pub sections: Vec<Section>,
}

/// What the report comes to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    pub headline: String,
    pub tone: Tone,
    pub blocks: Vec<Block>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tone {
    Good,
    Careful,
    Bad,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// Its anchor.
    pub id: String,
    pub title: String,
    pub blocks: Vec<Block>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Block {
    Text(String),
    /// What keeps a reader from reading too much into the figures.
    Note(String),
    List(Vec<String>),
    Facts(Vec<Fact>),
    Table(Grid),
    Figures(Vec<Figure>),
    /// A chart with its figures beside it.
    Charted(Figure, Grid),
    Bars(Vec<Bar>),
}

/// A figure that stands out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    pub label: String,
    pub value: String,
    pub detail: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Grid {
    pub caption: String,
    pub head: Vec<Head>,
    pub rows: Vec<Vec<String>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Head {
    pub text: String,
    pub number: bool,
}

/// A column of text.
pub fn text(text: &str) -> Head {
    Head { text: text.into(), number: false }
}

/// A column of numbers.
pub fn number(text: &str) -> Head {
    Head { text: text.into(), number: true }
}

/// A chart; markups that cannot show it leave it out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    pub chart: Chart,
    pub caption: String,
}

/// What a chart shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Chart {
    /// With the area under it.
    Roc(Vec<CurvePoint>, Option<f64>),
    /// With the share of won deals among all.
    PrecisionRecall(Vec<CurvePoint>, Option<f64>),
    Reliability(Vec<ReliabilityBin>),
    Lift(Vec<LiftRow>),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    pub label: String,
    pub detail: String,
    /// Of the longest bar, 0..=1.
    pub share: f64,
    pub value: String,
}
