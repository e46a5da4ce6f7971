//! Closed deals counted by month: what was counted before, together with what has to be counted now.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use uuid::Uuid;

use crate::{
    ai::outcomes::{Tallies, Tally},
    domain::{
        day_start,
        deals::{DealQuery, OutcomeFilter, Pick},
        error::AppError,
        first_of_month, last_of_month, next_month,
        outcomes::{OutcomesQuery, Period},
    },
    services::{ServiceError, outcomes::Outcomes},
    store::{
        Scope, Store, StoreError, outcomes as closed,
        summaries::{self, Kind, Summary, UNDATED},
    },
};

/// Work under this lease is done by one process at a time.
const LEASE: &str = "count closed deals";

impl Outcomes {
    /// The closed deals of a period (`None`: ever), counted. Whole months come from their summaries; the rest is counted here: the days
    /// at both ends of the period, the present month, months that changed since they were counted, and one person's deals.
    pub(in crate::services::outcomes) async fn tallies(
        &self,
        scope: &Scope,
        query: &OutcomesQuery,
        period: Option<Period>,
    ) -> Result<Tallies, AppError> {
        let db = self.store.db();
        let mut tallies = Tallies::default();
        let summed = match teams(scope, query) {
            None => BTreeSet::new(),
            Some(teams) => {
                let held = summaries::holding(db, Kind::Outcomes).await?;
                let within: BTreeSet<NaiveDate> = held.into_iter().filter(|month| lies_in(*month, period)).collect();
                let pipeline = query.pipeline.map(|pipeline| pipeline.0);
                summaries::read(db, Kind::Outcomes, &within, (pipeline, &teams), |month, of_month: Vec<Summary<Tally>>| {
                    let month = Some(month).filter(|month| *month != UNDATED);
                    of_month.iter().for_each(|summary| tallies.merge(month, &summary.summary));
                })
                .await?
            }
        };
        for deals in left_over(query, period, &summed) {
            closed::each_closed(db, scope, &deals, |deal| tallies.add(&deal)).await?;
        }
        Ok(tallies)
    }

    /// Counts the past months that have closes and whose summaries are missing or changed; tells how many.
    pub async fn count_months(&self) -> Result<u64, ServiceError> {
        let counted = self.jobs.with_lease(LEASE, async |store| self.count_months_in(&store).await).await?;
        Ok(counted.unwrap_or_default())
    }

    async fn count_months_in(&self, store: &Store) -> Result<u64, ServiceError> {
        let db = store.db();
        let this_month = first_of_month(self.clock.now().date_naive());
        let mut changes = summaries::changes(db, Kind::Outcomes).await?;
        // What is not over is not counted yet.
        let later: Vec<Uuid> = changes.split_off(&this_month).into_values().flatten().collect();
        summaries::forget_changes(db, &later).await?;
        let held = summaries::holding(db, Kind::Outcomes).await?;
        let mut months: BTreeSet<NaiveDate> = changes.keys().copied().collect();
        months.insert(UNDATED);
        let mut from = day_start(UNDATED);
        while let Some(closed) = closed::next_close(db, from).await? {
            let month = first_of_month(closed.date_naive());
            if month >= this_month {
                break;
            }
            months.insert(month);
            from = day_start(next_month(month));
        }
        let mut counted = 0;
        for month in months.into_iter().filter(|month| !held.contains(month)) {
            self.count_month(store, month, changes.get(&month).map_or(&[], Vec::as_slice)).await?;
            counted += 1;
        }
        Ok(counted)
    }

    async fn count_month(&self, store: &Store, month: NaiveDate, changes: &[Uuid]) -> Result<(), ServiceError> {
        summaries::begin(store.db(), Kind::Outcomes, month).await?;
        let deals = DealQuery { outcome: OutcomeFilter::Closed, ..DealQuery::opening() };
        let deals = match month {
            UNDATED => DealQuery { undated: true, ..deals },
            _ => DealQuery { closed_from: Some(month), closed_to: Some(last_of_month(month)), ..deals },
        };
        let mut tallies: BTreeMap<(Uuid, Option<Uuid>), Tally> = BTreeMap::new();
        closed::each_closed(store.db(), &Scope::All, &deals, |deal| {
            tallies.entry((deal.pipeline.0, deal.team.map(|team| team.0))).or_default().add(&deal);
        })
        .await?;
        let of_month = tallies.into_iter().map(|((pipeline, team), summary)| Summary { pipeline: Some(pipeline), team, summary }).collect();
        let tx = store.begin_write().await?;
        summaries::keep(&tx, Kind::Outcomes, month, of_month, changes, self.clock.now()).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(())
    }
}

/// The teams whose summaries make up what is asked for, all of them if there are none; `None` where it is one person's deals, which
/// nobody counts.
fn teams(scope: &Scope, query: &OutcomesQuery) -> Option<Vec<Option<Uuid>>> {
    let seen = match scope {
        Scope::Owner(_) => return None,
        Scope::Team(team) => Some(Some(*team)),
        Scope::All => None,
    };
    let asked = query.team.map(|team| match team {
        Pick::Only(team) => Some(team.0),
        Pick::Missing => None,
    });
    query.owner.is_none().then(|| seen.into_iter().chain(asked).collect())
}

/// What of a period is not in the summaries of these months, as the deal list shows it.
fn left_over(query: &OutcomesQuery, period: Option<Period>, summed: &BTreeSet<NaiveDate>) -> Vec<DealQuery> {
    if summed.is_empty() {
        return vec![query.deals(period)];
    }
    let mut left = Vec::new();
    if period.is_none() && !summed.contains(&UNDATED) {
        left.push(DealQuery { undated: true, ..query.deals(None) });
    }
    let Period { from, to } = period.unwrap_or(Period { from: UNDATED, to: LAST });
    let mut begin = from;
    for month in summed.iter().filter(|month| **month != UNDATED) {
        if let Some(to) = month.pred_opt().filter(|to| begin <= *to) {
            left.push(query.deals(Some(Period { from: begin, to })));
        }
        begin = next_month(*month);
    }
    if begin <= to {
        left.push(query.deals(Some(Period { from: begin, to })));
    }
    left
}

/// The last day that databases know.
const LAST: NaiveDate = match NaiveDate::from_ymd_opt(9999, 12, 31) {
    Some(day) => day,
    None => NaiveDate::MAX,
};

/// Whether all of a month lies in a period; deals without a date are part of all time only.
fn lies_in(month: NaiveDate, period: Option<Period>) -> bool {
    period.is_none_or(|period| month != UNDATED && period.from <= month && last_of_month(month) <= period.to)
}
