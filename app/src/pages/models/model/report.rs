//! The report's blocks as parts of the page.

use leptos::prelude::*;

use crate::{
    charts,
    components::{Icon, IconName, Notice, Tone as NoticeTone, with_code},
    domain::report::{Bar, Block, Fact, Figure, Grid, Report, Section, Tone, Verdict},
};

/// The page has a list of its own in its place, with which one can do something.
const ELSEWHERE: &str = "versions";
/// Long lists that few read: closed until asked for.
const CLOSED: [&str; 3] = ["coverage", "features", "selection"];

/// Whether a section of the report is shown as part of it.
pub fn is_shown(section: &Section) -> bool {
    section.id != ELSEWHERE
}

/// The sections as links, by anchor and title.
#[component]
pub fn Contents(sections: Vec<(String, String)>) -> impl IntoView {
    let links =
        sections.into_iter().map(|(id, title)| view! { <li><a class="link-quiet" href=format!("#{id}")>{title}</a></li> }).collect_view();
    view! {
        <nav class="card px-4 py-3.5 model-contents" aria-label="On this page">
            <h2 class="eyebrow mb-2">"On this page"</h2>
            <ul class="flex flex-col gap-1.5">{links}</ul>
        </nav>
    }
    .into_any()
}

#[component]
pub fn ReportView(report: Report) -> impl IntoView {
    let Report { verdict, sections, .. } = report;
    let sections = sections.into_iter().map(|section| view! { <SectionCard section/> }).collect_view();
    view! {
        <div class="flex flex-col gap-3.5 min-w-0" data-testid="model-report">
            <VerdictCard verdict/>
            {sections}
        </div>
    }
    .into_any()
}

#[component]
fn VerdictCard(verdict: Verdict) -> impl IntoView {
    let tone = match verdict.tone {
        Tone::Good => NoticeTone::Good,
        Tone::Careful => NoticeTone::Warning,
        Tone::Bad => NoticeTone::Error,
    };
    let blocks = verdict.blocks.into_iter().map(block).collect_view();
    view! {
        <section class="card px-4 py-4 flex flex-col gap-3" aria-label="Verdict" data-testid="model-verdict">
            // No message of the moment: it stands here for as long as the model does.
            <Notice tone quiet=true><strong class="font-semibold">{verdict.headline}</strong></Notice>
            {blocks}
        </section>
    }
    .into_any()
}

#[component]
fn SectionCard(section: Section) -> impl IntoView {
    let Section { id, title, blocks } = section;
    let closed = CLOSED.contains(&id.as_str());
    let blocks = blocks.into_iter().map(block).collect_view();
    let heading = format!("{id}-title");
    let labelled_by = heading.clone();
    let body = view! { <div class="px-4 pb-4 flex flex-col gap-3.5">{blocks}</div> };
    if closed {
        view! {
            <section class="card" id=id aria-labelledby=labelled_by>
                <details class="disclosure">
                    <summary class="px-4 py-3.5 flex items-center justify-between gap-2">
                        <h2 class="text-sm font-semibold" id=heading>{title}</h2>
                        <span class="turns inline-flex text-muted"><Icon name=IconName::ChevronRight/></span>
                    </summary>
                    {body}
                </details>
            </section>
        }
        .into_any()
    } else {
        view! {
            <section class="card" id=id aria-labelledby=labelled_by>
                <h2 class="px-4 pt-3.5 pb-3 text-sm font-semibold" id=heading>{title}</h2>
                {body}
            </section>
        }
        .into_any()
    }
}

fn block(block: Block) -> AnyView {
    match block {
        Block::Text(text) => view! { <p class="max-w-3xl">{with_code(&text)}</p> }.into_any(),
        Block::Note(text) => view! { <p class="text-xs text-muted max-w-3xl">{with_code(&text)}</p> }.into_any(),
        Block::List(items) => {
            let items = items.into_iter().map(|item| view! { <li>{with_code(&item)}</li> }).collect_view();
            view! { <ul class="bulleted max-w-3xl">{items}</ul> }.into_any()
        }
        Block::Facts(facts) => {
            let facts = facts.into_iter().map(fact).collect_view();
            view! { <dl class="fact-grid">{facts}</dl> }.into_any()
        }
        Block::Table(grid) => table(grid),
        Block::Figures(figures) => {
            let figures = figures.into_iter().map(figure).collect_view();
            view! { <div class="grid md:grid-cols-2 gap-5">{figures}</div> }.into_any()
        }
        Block::Charted(drawn, grid) => {
            view! { <div class="grid lg:grid-cols-2 gap-5 items-start">{figure(drawn)} {table(grid)}</div> }.into_any()
        }
        Block::Bars(bars) => {
            let bars = bars.into_iter().map(bar).collect_view();
            view! { <ol class="flex flex-col gap-2.5">{bars}</ol> }.into_any()
        }
    }
}

fn fact(fact: Fact) -> impl IntoView {
    view! {
        <div>
            <dt class="eyebrow">{fact.label}</dt>
            <dd class="num text-lg font-semibold tracking-tight mt-0.5">{fact.value}</dd>
            {(!fact.detail.is_empty()).then(|| view! { <dd class="text-xs text-muted">{fact.detail}</dd> })}
        </div>
    }
}

fn figure(figure: Figure) -> AnyView {
    view! {
        <figure class="min-w-0">
            <div inner_html=charts::of_report(&figure.chart)></div>
            <figcaption class="text-xs text-muted mt-1.5">{figure.caption}</figcaption>
        </figure>
    }
    .into_any()
}

/// Where the page is narrow the table scrolls by itself, by keyboard too.
fn table(grid: Grid) -> AnyView {
    let Grid { caption, head, rows } = grid;
    let label = caption.clone();
    let numbers: Vec<bool> = head.iter().map(|head| head.number).collect();
    let class = move |at: usize, numbers: &[bool]| if numbers.get(at).copied().unwrap_or(false) { "right num" } else { "" };
    let heads =
        head.into_iter().enumerate().map(|(at, head)| view! { <th scope="col" class=class(at, &numbers)>{head.text}</th> }).collect_view();
    let rows = rows
        .into_iter()
        .map(|row| {
            let cells = row
                .into_iter()
                .enumerate()
                .map(|(at, cell)| match at {
                    0 => view! { <th scope="row" class=class(at, &numbers)>{cell}</th> }.into_any(),
                    _ => view! { <td class=class(at, &numbers)>{cell}</td> }.into_any(),
                })
                .collect_view();
            view! { <tr>{cells}</tr> }
        })
        .collect_view();
    view! {
        <div class="scrolls min-w-0" role="region" aria-label=label tabindex="0">
            <table class="data-table plain-table report-table">
                <caption class="text-left text-xs text-muted pb-1.5">{caption}</caption>
                <thead><tr>{heads}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn bar(bar: Bar) -> impl IntoView {
    view! {
        <li>
            <span class="flex items-baseline justify-between gap-3">
                <span class="min-w-0 break-words">{bar.label}</span>
                <span class="num text-muted">{bar.value}</span>
            </span>
            <span class="bar-track" aria-hidden="true"><span class="bar-fill" style:width=format!("{:.1}%", bar.share * 100.0)></span></span>
            {(!bar.detail.is_empty()).then(|| view! { <span class="block text-xs text-muted">{bar.detail}</span> })}
        </li>
    }
}
