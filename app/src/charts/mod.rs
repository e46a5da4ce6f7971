//! Charts as SVG text, made on the server. Their parts carry classes that the page's stylesheet may set, and the theme's colours
//! with a fallback, so that a chart also stands alone.

mod distribution;
mod drawing;
mod model;
mod outcomes;
mod rolling;
mod sparkline;

pub use self::{
    distribution::probability_distribution, model::of_report, outcomes::wins_and_losses, rolling::rolling_calibration, sparkline::sparkline,
};
