//! The risk dashboard.

use std::collections::BTreeMap;

use rust_decimal::{Decimal, prelude::FromPrimitive};

use crate::{
    domain::{deals::DealQuery, error::AppError, money::sum_in_one_currency, people::Viewer, risk::Health},
    services::{clock::Clock, forecast::forecast, scoring::Scoring},
    store::{
        Scope, Store,
        deals::{self, HealthSum},
    },
    views::risk::{DashboardView, HealthTotal},
};

/// The risk dashboard.
#[derive(Clone)]
pub struct Risk {
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) scoring: Scoring,
}

/// Deals in the at-risk table.
const TOP: usize = 10;

impl Risk {
    /// The open deals in the viewer's scope: the most revenue at risk, totals by health, distribution of probabilities.
    pub async fn dashboard(&self, viewer: &Viewer) -> Result<DashboardView, AppError> {
        let scope = Scope::of(viewer);
        let db = self.store.db();
        let mut top = deals::list(db, &scope, &DealQuery::opening()).await?;
        top.retain(|row| {
            row.score.as_ref().and_then(|score| score.revenue_at_risk.as_ref()).is_some_and(|at_risk| at_risk.amount > Decimal::ZERO)
        });
        top.truncate(TOP);
        self.scoring.add_trends(&mut top).await?;
        let sums = deals::open_by_health(db, &scope).await?;
        let count = |sums: &[&HealthSum]| sums.iter().map(|sum| sum.deals.unsigned_abs()).sum::<u64>();
        let all: Vec<&HealthSum> = sums.iter().collect();
        let unscored: Vec<&HealthSum> = sums.iter().filter(|sum| sum.health.is_none()).collect();
        Ok(DashboardView {
            top,
            by_health: by_health(&sums)?,
            open_deals: count(&all),
            unscored: count(&unscored),
            open_value: sum_in_one_currency(sums.iter().map(|sum| (sum.currency.clone(), sum.value))),
            expected_value: sum_in_one_currency(
                sums.iter().map(|sum| (sum.currency.clone(), sum.expected.and_then(Decimal::from_f64).map(|value| value.round()))),
            ),
            revenue_at_risk: sum_in_one_currency(sums.iter().map(|sum| (sum.currency.clone(), sum.revenue_at_risk))),
            forecast: forecast(&deals::open_by_expected_close(db, &scope).await?, self.clock.now().date_naive()),
            distribution: distribution(&deals::open_by_tenth(db, &scope).await?),
            engine: self.scoring.engine_status().await?,
        })
    }
}

fn by_health(sums: &[HealthSum]) -> Result<Vec<HealthTotal>, AppError> {
    let mut groups: BTreeMap<Health, Vec<&HealthSum>> = Health::ALL.into_iter().map(|health| (health, Vec::new())).collect();
    for sum in sums {
        if let Some(health) = sum.health {
            groups.entry(health).or_default().push(sum);
        }
    }
    Ok(groups
        .into_iter()
        .map(|(health, sums)| HealthTotal {
            health,
            deals: sums.iter().map(|sum| sum.deals.unsigned_abs()).sum(),
            value: sum_in_one_currency(sums.iter().map(|sum| (sum.currency.clone(), sum.value))),
            revenue_at_risk: sum_in_one_currency(sums.iter().map(|sum| (sum.currency.clone(), sum.revenue_at_risk))),
        })
        .collect())
}

/// Deals by win probability, as ten bars: (from %, to %, deals). 100 % belongs to the last.
fn distribution(by_tenth: &[(i32, u64)]) -> Vec<(u8, u8, u64)> {
    let of = |bin: u8| by_tenth.iter().filter(|(tenth, _)| *tenth == i32::from(bin)).map(|(_, deals)| deals).sum();
    (0..10).map(|bin| (bin * 10, (bin + 1) * 10, of(bin))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tenth_has_its_bar() {
        let bars = distribution(&[(0, 2), (9, 3)]);
        assert_eq!((bars.len(), bars[0], bars[1], bars[9]), (10, (0, 10, 2), (10, 20, 0), (90, 100, 3)));
    }
}
