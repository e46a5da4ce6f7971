//! The tables, one file each.

pub mod account;
pub mod activity;
pub mod api_token;
pub mod audit_log;
pub mod contact;
pub mod custom_field;
pub mod deal;
pub mod deal_event;
pub mod embedding;
pub mod model;
pub mod pipeline;
pub mod score;
pub mod session;
pub mod setting;
pub mod stage;
pub mod team;
pub mod user;
