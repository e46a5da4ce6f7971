//! Dragging the board's cards.

use leptos::{
    ev::DragEvent,
    html::Div,
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{Element, HtmlElement},
};

/// The card that is being dragged, and where it could be dropped.
const DRAGGED: &str = "data-dragged";
const OVER: &str = "data-over";

/// The nearest element around the event that matches.
fn around(event: &DragEvent, selector: &str) -> Option<Element> {
    event.target()?.dyn_into::<Element>().ok()?.closest(selector).ok().flatten()
}

/// Takes a mark off whatever carries it.
fn unmark(board: &Element, mark: &str) {
    while let Ok(Some(marked)) = board.query_selector(&format!("[{mark}]")) {
        let _ = marked.remove_attribute(mark);
    }
}

/// Lets cards (`data-card`) be dragged onto what names a place (`data-drop`). A drop presses the card's own button or link to
/// that place (`data-to`), which moves the deal without scripts too.
#[island]
pub fn DragBoard(children: Children) -> impl IntoView {
    let board = NodeRef::<Div>::new();
    let clear = move |mark: &str| {
        if let Some(board) = board.get_untracked() {
            unmark(&board, mark);
        }
    };
    let start = move |event: DragEvent| {
        if let Some(card) = around(&event, "[data-card]") {
            let _ = card.set_attribute(DRAGGED, "true");
        }
    };
    let over = move |event: DragEvent| {
        let place = around(&event, "[data-drop]");
        if let Some(place) = &place {
            event.prevent_default();
            if place.has_attribute(OVER) {
                return;
            }
        }
        clear(OVER);
        if let Some(place) = place {
            let _ = place.set_attribute(OVER, "true");
        }
    };
    let drop = move |event: DragEvent| {
        event.prevent_default();
        let card = board.get_untracked().and_then(|board| board.query_selector(&format!("[{DRAGGED}]")).ok().flatten());
        let place = around(&event, "[data-drop]").and_then(|place| place.get_attribute("data-drop"));
        clear(OVER);
        if let (Some(card), Some(place)) = (card, place)
            && let Ok(Some(control)) = card.query_selector(&format!("[data-to='{place}']"))
            && let Ok(control) = control.dyn_into::<HtmlElement>()
        {
            control.click();
        }
    };
    let end = move |_| {
        clear(DRAGGED);
        clear(OVER);
    };
    view! {
        <div class="island" node_ref=board on:dragstart=start on:dragover=over on:drop=drop on:dragend=end>
            {children()}
        </div>
    }
}
