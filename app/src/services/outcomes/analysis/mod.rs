//! The win/loss page: how closed deals ended, by what they have in common, and what won deals did differently.

mod features;
mod months;
mod naming;

use self::naming::Names;
use crate::{
    ai::outcomes::{self, figures},
    domain::{
        deals::PAGE_SIZE,
        error::AppError,
        ids::DealId,
        outcomes::{Dimension, DriverDealsQuery, OutcomeDimension, OutcomeGroup, OutcomesQuery},
        people::Viewer,
    },
    services::outcomes::{Outcomes, late::Rows},
    store::{Scope, deals},
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
        let closed = self.tallies(&scope, &query, period).await?;
        let before = match period_before {
            Some(_) => Some(self.tallies(&scope, &query, period_before).await?),
            None => None,
        };
        let names = Names::load(&self.store).await?;
        let (base, base_before) = (query.deals(period), query.deals(period_before));
        let late = self.late_features().await?;
        let rows = match &late {
            Some(late) => late.rows_among(db, &scope, &base).await?,
            None => Rows::default(),
        };
        let compared_of = late.as_ref().and_then(|late| late.drawn_of);
        let comparing = late.is_none();
        let (total, undated) = (closed.total().all(), closed.undated());
        let total_before = before.as_ref().map(|before| before.total().all());
        let counting = move || {
            let dimensions: Vec<OutcomeDimension> = Dimension::ALL
                .into_iter()
                .map(|by| {
                    let groups = outcomes::groups(by, &closed, before.as_ref(), period).into_iter();
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
            (dimensions, late.map(|late| rows.compared(&late, |compared| compared.drivers())).unwrap_or_default())
        };
        let (dimensions, drivers) = tokio::task::spawn_blocking(counting).await.map_err(crate::services::ServiceError::from)?;
        let teams = if scope == Scope::All { deals::teams(db).await? } else { Vec::new() };
        Ok(OutcomesView {
            today,
            period,
            before: period_before,
            figures: figures(&total),
            figures_before: total_before.as_ref().map(figures),
            undated,
            dimensions,
            drivers,
            compared_of,
            comparing,
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
        let late = self.late_features().await?.ok_or(AppError::NotFound)?;
        let rows = late.rows_among(db, &scope, &query.outcomes.deals(period)).await?;
        let (of, asked) = (late.clone(), query.clone());
        let side = move || rows.compared(&of, |compared| compared.side(&asked.feature, asked.value.as_deref(), asked.side));
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
