//! A choice in a form of filters applies at once.

use leptos::{
    ev::Event,
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{Element, HtmlFormElement},
};

/// Submits the form inside as soon as something is chosen in it; typing waits for Enter or the button.
#[island]
pub fn AppliesAtOnce(children: Children) -> impl IntoView {
    let on_change = |event: Event| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let form = target.filter(|element| element.tag_name() == "SELECT").and_then(|element| element.closest("form").ok().flatten());
        if let Some(form) = form.and_then(|form| form.dyn_into::<HtmlFormElement>().ok()) {
            let _ = form.request_submit();
        }
    };
    view! { <div class="island" on:change=on_change>{children()}</div> }
}
