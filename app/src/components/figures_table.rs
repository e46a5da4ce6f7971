//! A table of figures: the first column names, the others count.

use leptos::prelude::*;

#[component]
pub fn FiguresTable(
    /// What the first column names.
    names: &'static str,
    /// What the others count.
    figures: &'static [&'static str],
    /// The table's bodies.
    children: Children,
) -> impl IntoView {
    let heads = figures.iter().map(|figure| view! { <th scope="col" class="right">{*figure}</th> }).collect_view();
    view! {
        <div class="scrolls">
            <table class="data-table">
                <thead>
                    <tr>
                        <th scope="col">{names}</th>
                        {heads}
                    </tr>
                </thead>
                {children()}
            </table>
        </div>
    }
    .into_any()
}
