//! How right scores and forecasts were, over time.

mod months;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::NaiveDate;

use self::months::{MonthAccuracy, first_month, months};
use crate::{
    ai::accuracy::{JudgedScores, at_horizon, month_of},
    domain::{
        Instant, day_start,
        error::AppError,
        forecast::{ForecastActual, ForecastWhen},
        models::HORIZONS,
        money::sum_in_one_currency,
        people::{Action, Viewer},
    },
    services::{ServiceError, forecast::forecast, models::Models},
    store::{Scope, deals, models},
    views::models::AccuracyView,
};

impl Models {
    /// The page on accuracy over time; for managers (of their team) and admins.
    pub async fn accuracy_view(&self, viewer: &Viewer) -> Result<AccuracyView, AppError> {
        viewer.must(Action::SeeModels)?;
        let now = self.clock.now();
        let (first, scope) = (first_month(now), Scope::of(viewer));
        let mut counted = self.counted_months(&scope, first).await?;
        let mut missing: BTreeSet<NaiveDate> = months(first).chain([month_of(now)]).filter(|month| !counted.contains_key(month)).collect();
        // Of some deals what is missing is counted here; of very many the job does it, and the present month is told once it is over.
        let many =
            deals::closed_since_in(self.store.db(), &scope, day_start(first), self.counted_by_pages + 1).await? > self.counted_by_pages;
        let waits = many && missing.iter().any(|month| *month < month_of(now));
        if many {
            missing.clear();
        }
        for ((month, _), of_team) in self.count(&self.store, &scope, &missing).await? {
            counted.entry(month).or_default().merge(&of_team);
        }
        let mut view = tokio::task::spawn_blocking(move || view(counted, first, now)).await.map_err(ServiceError::from)?;
        view.waits = waits;
        let shown: HashSet<i32> = view.horizons.iter().flat_map(|horizon| &horizon.models).filter_map(|row| row.of).collect();
        view.replayed = models::never_in_use(self.store.db()).await?.into_iter().filter(|version| shown.contains(version)).collect();
        Ok(view)
    }
}

fn view(counted: BTreeMap<NaiveDate, MonthAccuracy>, first: NaiveDate, now: Instant) -> AccuracyView {
    let nothing = MonthAccuracy::default();
    let forecasts = months(first).filter(|month| day_start(*month) < now);
    let forecasts = forecasts.map(|month| forecast_and_actual(counted.get(&month).unwrap_or(&nothing), month)).collect();
    let judged: BTreeMap<NaiveDate, JudgedScores> = counted.into_iter().map(|(month, counted)| (month, counted.judged)).collect();
    AccuracyView { horizons: HORIZONS.map(|days| at_horizon(&judged, days)).to_vec(), forecasts, replayed: Vec::new(), waits: false }
}

fn forecast_and_actual(counted: &MonthAccuracy, month: NaiveDate) -> ForecastActual {
    let forecast = forecast(&counted.expected(month), month).into_iter().find(|of| of.when == ForecastWhen::Month(month));
    ForecastActual {
        month,
        forecast,
        won: counted.won_of_expected.deals(),
        won_value: sum_in_one_currency(counted.won_of_expected.values()),
        all_won: counted.won.deals(),
        all_won_value: sum_in_one_currency(counted.won.values()),
    }
}
