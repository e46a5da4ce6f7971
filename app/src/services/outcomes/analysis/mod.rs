//! The win/loss page: how closed deals ended, by what they have in common, and what won deals did differently.

mod features;
mod naming;

use self::naming::Names;
use crate::{
    ai::outcomes::{self, Compared, figures},
    domain::{
        deals::PAGE_SIZE,
        error::AppError,
        ids::DealId,
        outcomes::{ClosedDeal, Dimension, DriverDealsQuery, OutcomeDimension, OutcomeGroup, OutcomesQuery},
        people::Viewer,
    },
    services::outcomes::{Outcomes, late::Late},
    store::{Scope, deals, outcomes as store},
    views::outcomes::{DriverDealsView, OutcomesView},
};

impl Outcomes {
    /// The closed deals that the viewer may see, within a period, and those of the period before.
    pub async fn outcomes_view(&self, viewer: &Viewer, query: OutcomesQuery) -> Result<OutcomesView, AppError> {
        let scope = Scope::of(viewer);
        let db = self.store.db();
        let today = self.clock.now().date_naive();
        let period = query.period(today);
        let period_before = period.and_then(|period| period.before());
        let closed = store::closed(db, &scope, &query.deals(period)).await?;
        let before = match period_before {
            Some(_) => Some(store::closed(db, &scope, &query.deals(period_before)).await?),
            None => None,
        };
        let late = self.late_features().await?;
        let compared_of = late.newest_of;
        let names = Names::load(&self.store).await?;
        let (base, base_before) = (query.deals(period), query.deals(period_before));
        let (closed, before, dimensions, drivers) = tokio::task::spawn_blocking(move || {
            let dimensions: Vec<OutcomeDimension> = Dimension::ALL
                .into_iter()
                .map(|by| {
                    let groups = outcomes::groups(by, &closed, before.as_deref(), period).into_iter();
                    let named = groups.map(|group| OutcomeGroup {
                        label: names.label(&group.key),
                        deals: naming::deals_of(&group.key, &base),
                        deals_before: group.before.as_ref().and_then(|_| naming::deals_before(&group.key, &base_before)),
                        figures: group.figures,
                        before: group.before,
                        part: group.part,
                        part_before: group.part_before,
                    });
                    OutcomeDimension { by, groups: named.collect() }
                })
                .collect();
            let drivers = compared(&late, &closed, |compared| compared.drivers());
            (closed, before, dimensions, drivers)
        })
        .await
        .map_err(crate::services::ServiceError::from)?;
        let teams = if scope == Scope::All { deals::teams(db).await? } else { Vec::new() };
        Ok(OutcomesView {
            today,
            period,
            before: period_before,
            figures: figures(&closed),
            figures_before: before.as_ref().map(figures),
            undated: closed.iter().filter(|deal| deal.closed_at.is_none()).count() as u64,
            dimensions,
            drivers,
            compared_of,
            pipelines: deals::pipeline_choices(db).await?,
            owners: deals::owners(db, &scope).await?,
            teams,
            query,
        })
    }

    /// The deals on one side of a comparison, the newest close first. A page beyond the last becomes the last.
    pub async fn driver_deals(&self, viewer: &Viewer, query: DriverDealsQuery) -> Result<DriverDealsView, AppError> {
        let scope = Scope::of(viewer);
        let db = self.store.db();
        let period = query.outcomes.period(self.clock.now().date_naive());
        let closed = store::closed(db, &scope, &query.outcomes.deals(period)).await?;
        let late = self.late_features().await?;
        let (of, asked) = (late.clone(), query.clone());
        let side = move || compared(&of, &closed, |compared| compared.side(&asked.feature, asked.value.as_deref(), asked.side));
        let side = tokio::task::spawn_blocking(side).await.map_err(crate::services::ServiceError::from)?;
        let (driver, rows) = side.ok_or(AppError::NotFound)?;
        let total = rows.len() as u64;
        let page_count = total.div_ceil(PAGE_SIZE).max(1);
        let page = query.page.clamp(1, page_count);
        let ids: Vec<DealId> =
            rows.iter().skip(((page - 1) * PAGE_SIZE) as usize).take(PAGE_SIZE as usize).filter_map(|row| late.deal(*row)).collect();
        let mut found = deals::rows(db, &scope, &ids).await?;
        let rows = ids.iter().filter_map(|id| found.remove(id)).map(|(row, _)| row).collect();
        Ok(DriverDealsView { query: DriverDealsQuery { page, ..query }, driver, period, rows, total, page_count })
    }
}

/// Compares those of some closed deals whose features are known.
fn compared<T>(late: &Late, closed: &[ClosedDeal], compare: impl FnOnce(&Compared) -> T) -> T {
    let rows: Vec<usize> = closed.iter().filter_map(|deal| late.row(deal.id)).collect();
    let mut currencies = closed.iter().map(|deal| &deal.currency);
    let first = currencies.next();
    let one_currency = currencies.all(|currency| Some(currency) == first);
    compare(&Compared { table: &late.table, rows: &rows, won: &late.won, custom: &late.custom, one_currency })
}
