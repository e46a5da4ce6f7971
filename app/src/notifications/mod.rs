//! The ways out of the app: the daily mail and messages to Slack. Rendering is pure; sending knows no database.

pub mod digest;
pub mod mail;
pub mod slack;
mod text;
