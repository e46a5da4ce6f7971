//! The deals on one side of a comparison.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    api::outcomes::analysis::driver_deals,
    components::{DealTable, ErrorPage, Icon, IconName, TableKind, count},
    domain::{
        error::AppError,
        outcomes::{DriverDealsQuery, Side},
    },
    pages::outcomes::analysis::words::{percent, period_in_words},
    views::outcomes::DriverDealsView,
};

#[component]
pub fn DriverDealsPage() -> impl IntoView {
    let params = use_query_map();
    let query = Memo::new(move |_| params.with(|params| DriverDealsQuery::from_params(|name| params.get_str(name))));
    let shown = Resource::new_blocking(
        move || query.get(),
        |query| async move {
            match query {
                Some(query) => driver_deals(query).await,
                None => Err(AppError::NotFound),
            }
        },
    );
    view! {
        <Title text="Win/loss analysis"/>
        <Transition>
            {move || Suspend::new(async move {
                match shown.await {
                    Ok(shown) => view! { <DriverDeals shown/> }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn DriverDeals(shown: DriverDealsView) -> impl IntoView {
    let DriverDealsView { query, driver, period, rows, total, page_count } = shown;
    let of = |side: Side| if side == Side::High { driver.high.clone() } else { driver.low.clone() };
    let (side, other) = match query.side {
        Side::High => (of(Side::High), Side::Low),
        Side::Low => (of(Side::Low), Side::High),
    };
    let compared = of(other);
    let title = format!("{}: {}", driver.title, side.words);
    let beside = DriverDealsQuery { side: other, page: 1, ..query.clone() }.href();
    let back = query.outcomes.href();
    let pager = (page_count > 1).then(|| view! { <Pager query page_count/> });
    view! {
        <section class="flex flex-col gap-3.5" data-testid="driver-deals">
            <div>
                <a class="link-quiet text-xs" href=back>"Win/loss analysis"</a>
                <h1 class="text-xl font-semibold">{title}</h1>
                <p class="text-muted">{period_in_words(period, None)}</p>
                <p class="mt-1">
                    <span class="num font-semibold" data-testid="driver-deals-total" data-total=total.to_string()>{count(total)}</span>
                    {format!(" closed deals, {} won. Against them: ", percent(side.win_rate))}
                    <a class="link" href=beside>
                        {format!("{}, {} of {} won", compared.words, percent(compared.win_rate), count(compared.deals))}
                    </a>
                </p>
            </div>
            <div class="card">
                <div class="scrolls"><DealTable rows kind=TableKind::Plain caption="Closed deals of this comparison" testid="driver-deals-table"/></div>
                {pager}
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn Pager(query: DriverDealsQuery, page_count: u64) -> impl IntoView {
    let page = query.page;
    let step = |to: u64, label: &'static str, icon: IconName| {
        let href = DriverDealsQuery { page: to, ..query.clone() }.href();
        view! { <a class="button button-square" href=href aria-label=label><Icon name=icon/></a> }
    };
    view! {
        <nav class="no-print flex items-center justify-between gap-3 px-4 py-3 border-t border-line" aria-label="Pages">
            <p class="text-xs text-muted num">{format!("Page {} of {}", count(page), count(page_count))}</p>
            <div class="flex items-center gap-1">
                {(page > 1).then(|| step(page - 1, "Previous page", IconName::ChevronLeft))}
                {(page < page_count).then(|| step(page + 1, "Next page", IconName::ChevronRight))}
            </div>
        </nav>
    }
    .into_any()
}
