//! The deal list.

use crate::{
    domain::{
        deals::{DealQuery, PAGE_SIZE},
        error::AppError,
        money::sum_in_one_currency,
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
        self.scoring.add_trends(&mut rows).await?;
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
            engine: self.scoring.engine_status().await?,
            query,
        })
    }
}
