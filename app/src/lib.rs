//! VectorOS, the product: pages, server functions, services, store and the AI module. ARCHITECTURE.md has the map.

// Pages are deeply nested types; the compiler needs room to work them out.
#![recursion_limit = "512"]

pub mod api;
pub mod domain;
pub mod islands;
pub mod views;

// From here on the server only.
#[cfg(feature = "ssr")]
pub mod ai;
#[cfg(feature = "ssr")]
mod app;
#[cfg(feature = "ssr")]
pub mod charts;
#[cfg(feature = "ssr")]
pub mod components;
#[cfg(feature = "ssr")]
pub mod demo;
#[cfg(feature = "ssr")]
mod html;
#[cfg(feature = "ssr")]
pub mod imports;
#[cfg(feature = "ssr")]
pub mod notifications;
#[cfg(feature = "ssr")]
pub mod pages;
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

#[cfg(feature = "ssr")]
pub use app::{Site, shell};
