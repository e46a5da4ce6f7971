//! The deal list.

use crate::{
    domain::{
        deals::{DealQuery, PAGE_SIZE},
        error::AppError,
        money::Money,
        people::Viewer,
    },
    services::deals::{Deals, board::mark_closable},
    store::{Scope, deals},
    views::deals::DealListView,
};

/// Deals that a list counts, and leafs through, at most.
pub const MOST_COUNTED: u64 = 10_000;

impl Deals {
    /// A page of the deals that the viewer may see. A page beyond the last becomes the last.
    pub async fn deal_list(&self, viewer: &Viewer, query: DealQuery) -> Result<DealListView, AppError> {
        let scope = Scope::of(viewer);
        let db = self.store.db();
        let totals = deals::totals_of_some(db, &scope, &query, MOST_COUNTED + 1).await?;
        let counted: u64 = totals.iter().map(|total| total.deals.unsigned_abs()).sum();
        let (total, more) = (counted.min(MOST_COUNTED), counted > MOST_COUNTED);
        let page_count = total.div_ceil(PAGE_SIZE).max(1);
        let query = DealQuery { page: query.page.clamp(1, page_count), ..query };
        let mut rows = deals::list(db, &scope, &query).await?;
        mark_closable(viewer, &mut rows);
        self.scoring.draw_trends(&mut rows).await?;
        let teams = if query.team.is_some() { deals::teams(db).await? } else { Vec::new() };
        let pipelines = if query.pipeline.is_some() { deals::pipeline_choices(db).await? } else { Vec::new() };
        Ok(DealListView {
            rows,
            total,
            more,
            // Of some of them a sum says nothing.
            total_value: sum_in_one_currency(totals.into_iter().map(|total| (total.currency, total.value)).filter(|_| !more)),
            page_count,
            owners: deals::owners(db, &scope).await?,
            stages: deals::stage_choices(db).await?,
            teams,
            pipelines,
            engine: self.similarity.engine_status().await?,
            query,
        })
    }
}

/// The sum of amounts; `None` unless there are any and all share a currency.
pub(in crate::services) fn sum_in_one_currency(amounts: impl Iterator<Item = (String, Option<rust_decimal::Decimal>)>) -> Option<Money> {
    let mut sum: Option<Money> = None;
    for (currency, amount) in amounts {
        let Some(amount) = amount else { continue };
        let amount = deals::money(amount.round_dp(2), &currency);
        sum = match sum {
            None => Some(amount),
            Some(sum) if sum.currency == amount.currency => Some(Money::new(sum.amount + amount.amount, sum.currency)),
            Some(_) => return None,
        };
    }
    sum
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;

    #[test]
    fn currencies_are_never_added_up() {
        let usd = || ("USD".to_owned(), Some(Decimal::from(5)));
        let eur = || ("EUR".to_owned(), Some(Decimal::from(7)));
        assert_eq!(sum_in_one_currency([usd(), usd()].into_iter()).map(|sum| sum.amount), Some(Decimal::from(10)));
        assert_eq!(sum_in_one_currency([usd(), eur()].into_iter()), None);
        assert_eq!(sum_in_one_currency([("USD".to_owned(), None)].into_iter()), None);
    }
}
