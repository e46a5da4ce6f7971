//! The tables, one file each.

pub mod account;
pub mod activity;
pub mod alert;
pub mod alert_threshold;
pub mod api_token;
pub mod audit_log;
pub mod contact;
pub mod custom_field;
pub mod deal;
pub mod deal_event;
pub mod deal_mute;
pub mod delivery;
pub mod embedding;
pub mod lease;
pub mod model;
pub mod notification;
pub mod outbox;
pub mod pipeline;
pub mod preference;
pub mod score;
pub mod session;
pub mod setting;
pub mod stage;
pub mod sweep_run;
pub mod team;
pub mod user;
