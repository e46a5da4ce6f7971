//! Light and dark: the system decides until the user does; the choice is kept in the browser.

use leptos::prelude::*;

use super::{Icon, IconName};

/// Runs in the head before anything is painted, so that the chosen theme never flashes the other one.
/// It needs no wasm; without scripts the page follows the system and hides the toggle.
pub const THEME_SCRIPT: &str = r#"(function () {
  var root = document.documentElement;
  root.dataset.js = "";
  try {
    var kept = localStorage.getItem("theme");
    if (kept === "light" || kept === "dark") root.dataset.theme = kept;
  } catch (_) {}
  document.addEventListener("click", function (event) {
    if (!event.target.closest || !event.target.closest("[data-theme-toggle]")) return;
    var dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    try { localStorage.setItem("theme", root.dataset.theme); } catch (_) {}
  });
})();"#;

#[component]
pub fn ThemeToggle() -> impl IntoView {
    view! {
        <button
            type="button"
            class="needs-js button button-quiet button-square"
            data-theme-toggle=""
            data-testid="theme-toggle"
            aria-label="Switch between light and dark"
            title="Switch between light and dark"
        >
            <Icon name=IconName::Moon class="theme-dark-icon"/>
            <Icon name=IconName::Sun class="theme-light-icon"/>
        </button>
    }
}
