//! An address that leads nowhere.

use leptos::prelude::*;

use crate::components::{Brand, NotFound};

#[component]
pub fn MissingPage() -> impl IntoView {
    view! {
        <main class="p-4">
            <Brand/>
            <NotFound/>
        </main>
    }
}
