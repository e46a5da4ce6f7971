//! The board: open deals by stage. Cards are moved by the buttons of their menu, or by dragging, which presses them; "Won" and "Lost"
//! lead to the page that records the outcome.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    api::{
        deals::{MoveDeal, board},
        outcomes::closing::close_address,
    },
    components::{EmptyState, ErrorPage, HealthBadge, Notice, Tone, count, error_in_url},
    domain::{
        deals::{DealQuery, DealSort, Outcome},
        ids::{PipelineId, StageId},
    },
    islands::{AppliesAtOnce, DragBoard},
    views::deals::{BoardColumn, BoardView, Choice, DealRow},
};

#[component]
pub fn BoardPage() -> impl IntoView {
    let params = use_query_map();
    let pipeline = Memo::new(move |_| params.with(|params| params.get_str("pipeline").and_then(|id| id.parse::<PipelineId>().ok())));
    let view = Resource::new_blocking(move || pipeline.get(), board);
    let failed = error_in_url::<MoveDeal>();
    view! {
        <Title text="Board"/>
        <section class="flex flex-col gap-3.5" data-testid="board-page">
            {failed.map(|error| view! { <Notice tone=Tone::Error testid="board-error">{error.to_string()}</Notice> })}
            <Transition>
                {move || Suspend::new(async move {
                    match view.await {
                        Ok(board) => view! { <Board board/> }.into_any(),
                        Err(error) => view! { <ErrorPage error/> }.into_any(),
                    }
                })}
            </Transition>
        </section>
    }
}

#[component]
fn Board(board: BoardView) -> impl IntoView {
    let BoardView { pipelines, pipeline, columns } = board;
    if columns.is_empty() {
        return view! { <EmptyState title="No pipeline yet" text="Import deals with `vectoros import`; their stages become the board's columns."/> }
            .into_any();
    }
    let choice = (pipelines.len() > 1).then(|| view! { <PipelineChoice pipelines chosen=pipeline/> });
    let back = pipeline.map_or_else(|| "/board".to_owned(), |pipeline| format!("/board?pipeline={pipeline}"));
    let stages: Vec<(StageId, String)> = columns.iter().map(|column| (column.stage, column.name.clone())).collect();
    let columns = columns.into_iter().map(|column| view! { <Column column stages=stages.clone() back=back.clone()/> }).collect_view();
    view! {
        <div class="flex flex-wrap items-end justify-between gap-3">
            <h1 class="text-xl font-semibold">"Board"</h1>
            {choice}
        </div>
        <DragBoard>
            <div class="board-ends no-print">
                <End outcome=Outcome::Won/>
                <End outcome=Outcome::Lost/>
            </div>
            <div class="board" data-testid="board">{columns}</div>
        </DragBoard>
    }
    .into_any()
}

#[component]
fn PipelineChoice(pipelines: Vec<Choice<PipelineId>>, chosen: Option<PipelineId>) -> impl IntoView {
    let options = pipelines
        .into_iter()
        .map(|pipeline| {
            let selected = Some(pipeline.id) == chosen;
            view! { <option value=pipeline.id.to_string() selected=selected>{pipeline.label}</option> }
        })
        .collect_view();
    view! {
        <AppliesAtOnce><form method="get" action="/board" class="flex items-end gap-2">
            <div>
                <label class="eyebrow block mb-1" for="pipeline">"Pipeline"</label>
                <select class="field" id="pipeline" name="pipeline">{options}</select>
            </div>
            <button type="submit" class="button">"Show"</button>
        </form></AppliesAtOnce>
    }
    .into_any()
}

#[component]
fn Column(column: BoardColumn, stages: Vec<(StageId, String)>, back: String) -> impl IntoView {
    let BoardColumn { stage, name, deals, value, rows } = column;
    let label = name.clone();
    let shown = rows.len() as u64;
    let all = DealQuery { stage: Some(stage), sort: DealSort::Value, ..DealQuery::opening() }.href();
    let more = (deals > shown).then(|| view! { <a class="link text-xs px-1" href=all>{format!("All {}", count(deals))}</a> });
    let cards = rows.into_iter().map(|deal| view! { <DealCard deal at=stage stages=stages.clone() back=back.clone()/> }).collect_view();
    view! {
        <section class="board-column" aria-label=label data-testid="board-column" data-drop=stage.to_string()>
            <h2 class="px-1 flex items-baseline justify-between gap-2 text-sm font-semibold">
                {name} <span class="num text-xs font-normal text-muted">{count(deals)}</span>
            </h2>
            <p class="num text-xs text-muted px-1">{value.map(|value| value.compact())}</p>
            <ul class="board-cards">{cards}</ul>
            {more}
        </section>
    }
    .into_any()
}

#[component]
fn DealCard(deal: DealRow, at: StageId, stages: Vec<(StageId, String)>, back: String) -> impl IntoView {
    let DealRow { id, title, account, value, score, may_close, .. } = deal;
    let chance = score.as_ref().map(|score| score.probability.to_string());
    let about: Vec<String> = value.map(|value| value.compact()).into_iter().chain(chance).chain(account).collect();
    let badge = score.map(|score| view! { <HealthBadge health=score.health/> });
    let menu = may_close.then(|| {
        let moves = stages
            .into_iter()
            .filter(|(stage, _)| *stage != at)
            .map(|(stage, name)| {
                view! {
                    <form method="post" action=MoveDeal::url()>
                        <input type="hidden" name="id" value=id.to_string()/>
                        <input type="hidden" name="stage" value=stage.to_string()/>
                        <input type="hidden" name="back" value=back.clone()/>
                        <button type="submit" class="button button-quiet text-xs" data-to=stage.to_string()>{name}</button>
                    </form>
                }
            })
            .collect_view();
        view! {
            <details class="disclosure no-print">
                <summary class="text-xs font-medium text-muted" data-testid="board-move">"Move"</summary>
                <div class="flex flex-wrap gap-1 mt-1">
                    {moves}
                    <a class="button button-quiet text-xs" href=close_address(&[id], Outcome::Won) data-to="won">"Won"</a>
                    <a class="button button-quiet text-xs" href=close_address(&[id], Outcome::Lost) data-to="lost">"Lost"</a>
                </div>
            </details>
        }
    });
    view! {
        <li
            class="board-card"
            data-testid="board-card"
            draggable=may_close.then_some("true")
            data-card=may_close.then_some("true")
        >
            <a class="link clamp-2 font-medium" href=format!("/deals/{id}")>{title}</a>
            <p class="num text-xs text-muted clamp-2">{about.join(" · ")}</p>
            <div class="flex items-center justify-between gap-2 mt-1">{badge} {menu}</div>
        </li>
    }
    .into_any()
}

/// Where a card is dropped to record its outcome; without scripts its menu leads there.
#[component]
fn End(outcome: Outcome) -> impl IntoView {
    view! {
        <div
            class="board-end needs-js"
            data-outcome=outcome.into_str()
            data-testid=format!("board-{}", outcome.into_str())
            data-drop=outcome.into_str()
        >
            {format!("Drag a deal here: {}", outcome.label().to_lowercase())}
        </div>
    }
    .into_any()
}
