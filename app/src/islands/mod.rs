//! Islands: what is interactive. They are compiled for the server, which renders them into its pages, and for the browser, which
//! brings them to life; pages and components around them are rendered by the server only.
//!
//! An island is small, and works without scripts as far as it makes sense: it makes a link, a form or a text quicker or livelier.
//! What it changes it changes by pressing a button of the page, so that there is one way to the server. `page.js` loads them and
//! moves between pages; with the two functions in `page.rs` islands talk to it.

mod apply;
mod bell;
mod board;
mod countdown;
mod follow;
mod icon;
mod page;
mod picked;

pub use apply::AppliesAtOnce;
pub use bell::Bell;
pub use board::DragBoard;
pub use countdown::Countdown;
pub use follow::{Follow, HeardHere};
pub use icon::{Icon, IconName};
pub use picked::PickedCount;
