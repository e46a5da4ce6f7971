//! Paging through a list by links.

use leptos::prelude::*;

use super::{Icon, IconName, count};
use crate::domain::deals::{DealQuery, PAGE_SIZE};

/// The pages a pager offers: the first, the last, and those around the current one; `None` is a gap.
fn offered(current: u64, last: u64) -> Vec<Option<u64>> {
    let mut pages = Vec::new();
    let mut previous = 0;
    for page in (1..=last).filter(|&page| page == 1 || page == last || page.abs_diff(current) <= 1) {
        match page - previous {
            1 => {}
            2 => pages.push(Some(page - 1)),
            _ => pages.push(None),
        }
        pages.push(Some(page));
        previous = page;
    }
    pages
}

#[component]
pub fn Pagination(query: DealQuery, page_count: u64, total: u64, more: bool) -> impl IntoView {
    let page = query.page;
    let first = (page - 1) * PAGE_SIZE + 1;
    let last = (page * PAGE_SIZE).min(total);
    let plus = if more { "+" } else { "" };
    let step = |to: u64, enabled: bool, label: &'static str, testid: &'static str, icon: IconName| {
        if enabled {
            view! {
                <a class="button button-square" href=query.on_page(to).href() aria-label=label data-testid=testid><Icon name=icon/></a>
            }
            .into_any()
        } else {
            view! { <span class="button button-square opacity-40 pointer-events-none" aria-hidden="true"><Icon name=icon/></span> }
                .into_any()
        }
    };
    let pages = offered(page, page_count)
        .into_iter()
        .map(|offer| match offer {
            None => view! { <span class="px-1 text-muted">"…"</span> }.into_any(),
            Some(number) if number == page => view! {
                <span class="button num bg-sunken pointer-events-none" aria-current="page">{count(number)}</span>
            }
            .into_any(),
            Some(number) => view! {
                <a
                    class="button button-quiet num"
                    href=query.on_page(number).href()
                    aria-label=format!("Page {number}")
                    data-testid=format!("pager-page-{number}")
                >
                    {count(number)}
                </a>
            }
            .into_any(),
        })
        .collect_view();
    view! {
        <nav
            class="no-print flex flex-wrap items-center justify-between gap-3 px-4 py-3 border-t border-line"
            aria-label="Pages"
            data-testid="pager"
        >
            <p class="text-xs text-muted num" data-testid="pager-status">
                {format!("{}–{} of {}{plus} · page {} of {}{plus}", count(first), count(last), count(total), count(page), count(page_count))}
            </p>
            <div class="flex items-center gap-1">
                {step(page - 1, page > 1, "Previous page", "pager-prev", IconName::ChevronLeft)}
                <span class="hidden sm:flex items-center gap-1">{pages}</span>
                {step(page + 1, page < page_count, "Next page", "pager-next", IconName::ChevronRight)}
            </div>
        </nav>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pager_offers_the_ends_and_the_neighbours() {
        assert_eq!(offered(1, 1), [Some(1)]);
        assert_eq!(offered(2, 4), [Some(1), Some(2), Some(3), Some(4)]);
        assert_eq!(offered(4, 5), [Some(1), Some(2), Some(3), Some(4), Some(5)]);
        assert_eq!(offered(10, 20), [Some(1), None, Some(9), Some(10), Some(11), None, Some(20)]);
        assert_eq!(offered(1, 3121), [Some(1), Some(2), None, Some(3121)]);
    }
}
