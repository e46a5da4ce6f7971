//! The deal list.

use chrono::TimeDelta;

use super::Services;
use crate::{
    charts,
    domain::{AppError, DealId, DealListView, DealQuery, DealRow, Instant, Money, PAGE_SIZE, ScorePoint, Viewer},
    store::{Scope, deals, scores},
};

/// How far back the trend of a score is shown.
pub(super) const SHOWN_TREND: TimeDelta = TimeDelta::days(90);

impl Services {
    /// A page of the deals that the viewer may see. A page beyond the last becomes the last.
    pub async fn deal_list(&self, viewer: &Viewer, query: DealQuery) -> Result<DealListView, AppError> {
        let scope = Scope::of(viewer);
        let db = self.store.db();
        let totals = deals::totals(db, &scope, &query).await?;
        let total: u64 = totals.iter().map(|total| total.deals.unsigned_abs()).sum();
        let page_count = total.div_ceil(PAGE_SIZE).max(1);
        let query = DealQuery { page: query.page.clamp(1, page_count), ..query };
        let mut rows = deals::list(db, &scope, &query).await?;
        self.draw_trends(&mut rows).await?;
        Ok(DealListView {
            rows,
            total,
            total_value: sum_in_one_currency(totals.into_iter().map(|total| (total.currency, total.value))),
            page_count,
            owners: deals::owners(db, &scope).await?,
            stages: deals::stage_choices(db).await?,
            engine: self.engine_status().await?,
            query,
        })
    }
}

impl Services {
    /// Adds the drawings of how the scores moved.
    pub(super) async fn draw_trends(&self, rows: &mut [DealRow]) -> Result<(), AppError> {
        let ids: Vec<DealId> = rows.iter().filter(|row| row.score.is_some()).map(|row| row.id).collect();
        let points = scores::points(self.store.db(), &ids, self.now() - SHOWN_TREND).await?;
        for row in rows {
            if let (Some(score), Some(points)) = (&mut row.score, points.get(&row.id)) {
                score.trend_svg = trend_svg(points);
            }
        }
        Ok(())
    }
}

/// A drawing of how a score moved; empty where it did not have the time to.
pub(super) fn trend_svg(points: &[ScorePoint]) -> String {
    let points: Vec<(Instant, f64)> = points.iter().map(|point| (point.at, point.probability.get())).collect();
    if points.len() < 2 { String::new() } else { charts::sparkline(&points) }
}

/// The sum of amounts; `None` unless there are any and all share a currency.
pub(super) fn sum_in_one_currency(amounts: impl Iterator<Item = (String, Option<rust_decimal::Decimal>)>) -> Option<Money> {
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
