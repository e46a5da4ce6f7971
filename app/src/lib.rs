//! VectorOS, the product: pages, server functions, services, store and the AI module. ARCHITECTURE.md has the map.

// Pages are deeply nested types; the compiler needs room to work them out.
#![recursion_limit = "512"]

pub mod api;
mod app;
pub mod components;
pub mod domain;
#[cfg(feature = "ssr")]
pub mod imports;
#[cfg(feature = "ssr")]
pub mod notifications;
pub mod pages;

#[cfg(feature = "ssr")]
pub mod ai;
#[cfg(feature = "ssr")]
pub mod charts;
#[cfg(feature = "ssr")]
pub mod demo;
#[cfg(feature = "ssr")]
mod html;
#[cfg(feature = "ssr")]
pub mod report;
#[cfg(feature = "ssr")]
pub mod services;
#[cfg(feature = "ssr")]
mod sha256;
#[cfg(feature = "ssr")]
pub mod store;
#[cfg(feature = "ssr")]
pub mod stylesheet;
pub mod views;

pub use app::Site;
#[cfg(feature = "ssr")]
pub use app::shell;
