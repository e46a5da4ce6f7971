//! Deals: the list, the board, the page of one, and changing one.

pub mod board;
pub mod edit;
pub mod list;
pub mod page;
