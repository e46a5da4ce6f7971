//! Deals: the list, the board, and the page of one deal.

pub mod board;
pub mod deal;
pub mod list;
