//! A labelled choice in a filter form.

use std::fmt::Display;

use leptos::prelude::*;

/// A choice among `options`; nothing chosen is `any`.
#[component]
pub fn Select<Id: Display + PartialEq + 'static>(
    name: &'static str,
    label: &'static str,
    any: Option<&'static str>,
    options: Vec<(Id, String)>,
    chosen: Option<Id>,
) -> impl IntoView {
    let id = format!("filter-{name}");
    let options = options
        .into_iter()
        .map(|(id, label)| {
            let selected = chosen.as_ref() == Some(&id);
            view! { <option value=id.to_string() selected=selected>{label}</option> }
        })
        .collect_view();
    let nothing = chosen.is_none();
    view! {
        <div class="min-w-0">
            <label class="eyebrow block mb-1" for=id.clone()>{label}</label>
            <select class="field" id=id name=name autocomplete="off">
                {any.map(|any| view! { <option value="" selected=nothing>{any}</option> })}
                {options}
            </select>
        </div>
    }
    .into_any()
}
