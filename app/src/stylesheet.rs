//! The stylesheet and the page's script, built into the server.

/// All of the product's CSS.
pub const STYLESHEET: &str = include_str!(concat!(env!("OUT_DIR"), "/vectoros.css"));

/// A hash of [`STYLESHEET`], in hexadecimal: a new version gets a new address.
pub const STYLESHEET_HASH: &str = env!("VECTOROS_STYLESHEET_HASH");

/// Where the server serves [`STYLESHEET`]; may be cached for ever.
pub const STYLESHEET_PATH: &str = concat!("/pkg/vectoros-", env!("VECTOROS_STYLESHEET_HASH"), ".css");

/// [`STYLESHEET_PATH`], as the server's routes and the page's head use it.
pub fn stylesheet_path() -> &'static str {
    STYLESHEET_PATH
}

/// What brings islands to life and moves between pages.
pub const PAGE_SCRIPT: &str = include_str!("islands/page.js");

/// Where the server serves [`PAGE_SCRIPT`]; may be cached for ever. It stands beside the client, which it loads.
pub const PAGE_SCRIPT_PATH: &str = concat!("/pkg/page-", env!("VECTOROS_PAGE_SCRIPT_HASH"), ".js");
