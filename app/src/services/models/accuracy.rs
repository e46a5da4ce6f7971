//! How right scores and forecasts were, over time.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{Months, NaiveDate, TimeDelta};
use rust_decimal::prelude::ToPrimitive;
use uuid::Uuid;

use crate::{
    ai::accuracy::{ClosedScores, ShownScore, at_horizon, month_of, shown_at},
    domain::{
        Instant, day_start,
        deals::{DealHistory, Outcome},
        error::AppError,
        forecast::{ForecastActual, ForecastWhen},
        ids::DealId,
        models::HORIZONS,
        money::sum_in_one_currency,
        people::{Action, Viewer},
    },
    services::{ServiceError, forecast::forecast, models::Models, workspace::WorkspaceMetadata},
    store::{
        Scope,
        deals::{ForecastSum, history::DealBatch},
        models::{
            self,
            accuracy::{self as facts, Ended},
        },
    },
    views::models::AccuracyView,
};

/// Months looked back.
const MONTHS: u32 = 12;
/// Scores from before that time may still hold in it.
const LEAD: TimeDelta = TimeDelta::days(120);

/// What the page is made of.
struct Material {
    scores: HashMap<Uuid, Vec<ShownScore>>,
    /// In the order of ids, so that sums are the same each time.
    ended: BTreeMap<Uuid, Ended>,
    expectations: Vec<Expectation>,
}

/// A deal that was open when a month began and expected to close in it.
struct Expectation {
    deal: Uuid,
    month: NaiveDate,
    sum: ForecastSum,
}

impl Models {
    /// The page on accuracy over time; for managers (of their team) and admins.
    pub async fn accuracy_view(&self, viewer: &Viewer) -> Result<AccuracyView, AppError> {
        viewer.must(Action::SeeModels)?;
        let now = self.clock.now();
        let first = month_of(now).checked_sub_months(Months::new(MONTHS)).unwrap_or_else(|| month_of(now));
        let material = self.accuracy_material(&Scope::of(viewer), first).await?;
        let mut view = tokio::task::spawn_blocking(move || view(&material, first, now)).await.map_err(ServiceError::from)?;
        let shown: HashSet<i32> = view.horizons.iter().flat_map(|horizon| &horizon.models).filter_map(|row| row.of).collect();
        view.replayed = models::never_in_use(self.store.db()).await?.into_iter().filter(|version| shown.contains(version)).collect();
        Ok(view)
    }

    async fn accuracy_material(&self, scope: &Scope, first: NaiveDate) -> Result<Material, ServiceError> {
        let (db, since) = (self.store.db(), day_start(first));
        let mut scores: HashMap<Uuid, Vec<ShownScore>> = HashMap::new();
        for shown in facts::shown(db, scope, since - LEAD).await? {
            let score = ShownScore { at: shown.at, probability: shown.probability, model: shown.model_version };
            scores.entry(shown.deal_id).or_default().push(score);
        }
        let ended: BTreeMap<Uuid, Ended> = facts::ended_since(db, scope, since).await?.into_iter().map(|deal| (deal.id, deal)).collect();
        let scored: Vec<DealId> = ended.keys().filter(|deal| scores.contains_key(deal)).map(|deal| DealId(*deal)).collect();
        let metadata = WorkspaceMetadata::load(&self.store).await?;
        let mut expectations = Vec::new();
        for batch in DealBatch::of(&scored) {
            for history in metadata.histories(&self.store, batch).await? {
                let deal = history.id.0;
                let Some((ended, scores)) = ended.get(&deal).zip(scores.get(&deal)) else { continue };
                let of_month = |month| expectation(&history, ended, scores, month).map(|sum| Expectation { deal, month, sum });
                expectations.extend(months(first).filter_map(of_month));
            }
        }
        Ok(Material { scores, ended, expectations })
    }
}

fn months(first: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    (0..MONTHS).filter_map(move |n| first.checked_add_months(Months::new(n)))
}

fn view(material: &Material, first: NaiveDate, now: Instant) -> AccuracyView {
    let closed: Vec<ClosedScores> = material
        .ended
        .values()
        .filter_map(|deal| {
            let closed_at = deal.closed_at.filter(|closed| *closed >= day_start(first))?;
            let won = deal.outcome.is_closed().then_some(deal.outcome == Outcome::Won)?;
            Some(ClosedScores { closed_at, won, scores: material.scores.get(&deal.id)?.clone() })
        })
        .collect();
    let horizons = HORIZONS.map(|days| at_horizon(&closed, days)).to_vec();
    let forecasts = months(first).filter(|month| day_start(*month) < now).map(|month| forecast_and_actual(material, month)).collect();
    AccuracyView { horizons, forecasts, replayed: Vec::new() }
}

/// A deal that was open when the month began and expected to close in it, with its score then.
fn expectation(history: &DealHistory, ended: &Ended, scores: &[ShownScore], month: NaiveDate) -> Option<ForecastSum> {
    let at = day_start(month);
    let open = history.created_at.is_none_or(|created| created < at) && history.closed_at.is_none_or(|closed| closed >= at);
    let state = history.state_at(at);
    let expected_close = state.expected_close.filter(|day| open && month_of(day_start(*day)) == month)?;
    let value = state.value?;
    let (amount, probability) = (value.to_f64()?, shown_at(scores, at)?.probability);
    Some(ForecastSum {
        expected_close: Some(expected_close),
        currency: ended.currency.clone(),
        deals: 1,
        value: Some(value),
        expected: Some(amount * probability),
        variance: Some(amount * amount * probability * (1.0 - probability)),
    })
}

fn forecast_and_actual(material: &Material, month: NaiveDate) -> ForecastActual {
    let mut sums = Vec::new();
    let mut won_of_them = Vec::new();
    let won_in_month = |deal: &Ended| deal.outcome == Outcome::Won && deal.closed_at.is_some_and(|closed| month_of(closed) == month);
    for expectation in material.expectations.iter().filter(|expectation| expectation.month == month) {
        sums.push(expectation.sum.clone());
        won_of_them.extend(material.ended.get(&expectation.deal).filter(|ended| won_in_month(ended)));
    }
    let all_won: Vec<&Ended> = material.ended.values().filter(|deal| won_in_month(deal)).collect();
    let value = |deals: &[&Ended]| sum_in_one_currency(deals.iter().map(|deal| (deal.currency.clone(), deal.value)));
    let forecast = forecast(&sums, month).into_iter().find(|of| of.when == ForecastWhen::Month(month));
    ForecastActual {
        month,
        forecast,
        won: won_of_them.len() as u64,
        won_value: value(&won_of_them),
        all_won: all_won.len() as u64,
        all_won_value: value(&all_won),
    }
}
