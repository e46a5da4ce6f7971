//! The browser's entry point: makes the islands of `app` ready to be brought to life, nothing else.

// The islands are exported by the crate itself; the page's script calls them by name.
use app as _;

/// Called by the page's script once the module is loaded.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
}
