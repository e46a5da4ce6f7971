//! Which custom fields the next model may learn from.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{api::models::registry::SwitchField, components::Card, views::models::FieldSwitch};

#[component]
pub fn Fields(fields: Vec<FieldSwitch>, may_manage: bool) -> impl IntoView {
    if fields.is_empty() {
        return ().into_any();
    }
    let rows = fields.into_iter().map(|field| view! { <Field field may_manage/> }).collect_view();
    view! {
        <Card
            title="Custom fields"
            id="fields"
            testid="model-fields"
            flush=true
            hint="What models may learn from. A change counts from the next training on.".to_owned()
        >
            <ul class="divided border-t border-line">{rows}</ul>
        </Card>
    }
    .into_any()
}

#[component]
fn Field(field: FieldSwitch, may_manage: bool) -> impl IntoView {
    let FieldSwitch { key, kind, in_model } = field;
    let (posted, named) = (key.clone(), key.clone());
    let state = if in_model { "In use" } else { "Left out" };
    let control = if may_manage {
        let (text, label) = if in_model { ("Leave out", format!("Leave out {key}")) } else { ("Use", format!("Use {key}")) };
        view! {
            <form method="post" action=SwitchField::url()>
                <input type="hidden" name="key" value=posted/>
                <input type="hidden" name="in_model" value=(!in_model).to_string()/>
                <button type="submit" class="button" aria-label=label data-testid="switch-field">{text}</button>
            </form>
        }
        .into_any()
    } else {
        ().into_any()
    };
    view! {
        <li class="px-4 py-2 flex items-center justify-between gap-3" data-testid="field" data-key=named data-in-model=in_model.to_string()>
            <span class="min-w-0">
                <span class="block break-words">{key}</span>
                <span class="block text-xs text-muted">{format!("{kind} · {state}")}</span>
            </span>
            {control}
        </li>
    }
    .into_any()
}
