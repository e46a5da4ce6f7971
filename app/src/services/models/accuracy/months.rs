//! How right scores and forecasts were, counted by month and team.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{Months, NaiveDate, TimeDelta};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    ai::accuracy::{ClosedScores, JudgedScores, ShownScore, month_of, shown_at},
    domain::{Instant, day_start, deals::DealHistory, ids::DealId, money::Currency, next_month},
    services::{ServiceError, models::Models, workspace::WorkspaceMetadata},
    store::{
        Scope, Store, StoreError,
        deals::{ForecastSum, history::DealBatch},
        models::accuracy::{self as facts, Ended},
        summaries::{self, Kind, Summary},
    },
};

/// Months looked back.
const MONTHS: u32 = 12;
/// Work under this lease is done by one process at a time.
const LEASE: &str = "count accuracy";
/// Scores from so long before a month may still hold at what is looked at of it.
const LEAD: TimeDelta = TimeDelta::days(180);
/// Deals whose scores are read at a time.
const DEALS: usize = 1_000;

/// Deals and their values, by currency.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Won(BTreeMap<Currency, (u64, Option<Decimal>)>);

impl Won {
    fn add(&mut self, currency: &Currency, deals: u64, value: Option<Decimal>) {
        let of_currency = self.0.entry(currency.clone()).or_default();
        of_currency.0 += deals;
        of_currency.1 = value.map_or(of_currency.1, |value| Some(of_currency.1.unwrap_or_default().saturating_add(value)));
    }

    fn merge(&mut self, other: &Self) {
        other.0.iter().for_each(|(currency, (deals, value))| self.add(currency, *deals, *value));
    }

    pub fn deals(&self) -> u64 {
        self.0.values().map(|(deals, _)| deals).sum()
    }

    pub fn values(&self) -> impl Iterator<Item = (Currency, Option<Decimal>)> {
        self.0.iter().map(|(currency, (_, value))| (currency.clone(), *value))
    }
}

/// What was expected of a month as it began, in one currency.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Expected {
    deals: i64,
    value: Decimal,
    expected: f64,
    variance: f64,
}

/// How right scores and forecasts were of one month's deals.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct MonthAccuracy {
    pub judged: JudgedScores,
    expected: BTreeMap<Currency, Expected>,
    /// Of the deals expected, those that were won in the month.
    pub won_of_expected: Won,
    pub won: Won,
}

impl MonthAccuracy {
    pub fn merge(&mut self, other: &Self) {
        self.judged.merge(&other.judged);
        for (currency, more) in &other.expected {
            let sum = self.expected.entry(currency.clone()).or_default();
            sum.deals += more.deals;
            sum.value = sum.value.saturating_add(more.value);
            sum.expected += more.expected;
            sum.variance += more.variance;
        }
        self.won_of_expected.merge(&other.won_of_expected);
        self.won.merge(&other.won);
    }

    /// What was expected, as the forecast takes it.
    pub fn expected(&self, month: NaiveDate) -> Vec<ForecastSum> {
        let sum = |(currency, of): (&Currency, &Expected)| ForecastSum {
            expected_close: Some(month),
            currency: currency.clone(),
            deals: of.deals,
            value: Some(of.value),
            expected: Some(of.expected),
            variance: Some(of.variance),
        };
        self.expected.iter().map(sum).collect()
    }

    /// A deal that was open when the month began and expected to close in it, with its score then.
    fn expect(&mut self, history: &DealHistory, deal: &Ended, scores: &[ShownScore], month: NaiveDate) -> Option<()> {
        let at = day_start(month);
        let open = history.created_at.is_none_or(|created| created < at) && history.closed_at.is_none_or(|closed| closed >= at);
        let state = history.state_at(at);
        state.expected_close.filter(|day| open && month_of(day_start(*day)) == month)?;
        let value = state.value?;
        let (amount, probability) = (value.to_f64()?, shown_at(scores, at)?.probability);
        let sum = self.expected.entry(deal.currency.clone()).or_default();
        sum.deals += 1;
        sum.value = sum.value.saturating_add(value);
        sum.expected += amount * probability;
        sum.variance += amount * amount * probability * (1.0 - probability);
        if deal.won() && deal.closed_at.is_some_and(|closed| month_of(closed) == month) {
            self.won_of_expected.add(&deal.currency, 1, deal.value);
        }
        Some(())
    }
}

/// By month and team.
type Counted = BTreeMap<(NaiveDate, Option<Uuid>), MonthAccuracy>;

impl Models {
    /// The months since `first` that were counted and hold, as far as the scope sees them. One person's deals nobody counts.
    pub(super) async fn counted_months(&self, scope: &Scope, first: NaiveDate) -> Result<BTreeMap<NaiveDate, MonthAccuracy>, StoreError> {
        let team = match scope {
            Scope::Owner(_) => return Ok(BTreeMap::new()),
            Scope::Team(team) => vec![Some(*team)],
            Scope::All => Vec::new(),
        };
        let db = self.store.db();
        let held = holding(&self.store, first).await?;
        let mut counted: BTreeMap<NaiveDate, MonthAccuracy> = BTreeMap::new();
        summaries::read(db, Kind::Accuracy, &held, (None, &team), |month, of_month: Vec<Summary<MonthAccuracy>>| {
            let month = counted.entry(month).or_default();
            of_month.iter().for_each(|summary| month.merge(&summary.summary));
        })
        .await?;
        Ok(counted)
    }

    /// Counts the past months that the page shows and whose summaries are missing or changed; tells how many.
    pub async fn count_accuracy(&self) -> Result<u64, ServiceError> {
        let counted = self.jobs.with_lease(LEASE, async |store| self.count_accuracy_in(&store).await).await?;
        Ok(counted.unwrap_or_default())
    }

    async fn count_accuracy_in(&self, store: &Store) -> Result<u64, ServiceError> {
        let (db, now) = (store.db(), self.clock.now());
        let first = first_month(now);
        let changes = summaries::changes(db, Kind::Accuracy).await?;
        let held = holding(store, first).await?;
        let missing: BTreeSet<NaiveDate> = months(first).filter(|month| !held.contains(month)).collect();
        for month in &missing {
            summaries::begin(db, Kind::Accuracy, *month).await?;
        }
        let mut by_month: BTreeMap<NaiveDate, Vec<Summary<MonthAccuracy>>> = missing.iter().map(|month| (*month, Vec::new())).collect();
        for ((month, team), summary) in self.count(store, &Scope::All, &missing).await? {
            by_month.entry(month).or_default().push(Summary { pipeline: None, team, summary });
        }
        let tx = store.begin_write().await?;
        for (month, summaries) in by_month {
            summaries::keep(&tx, Kind::Accuracy, month, summaries, &[], now).await?;
        }
        let seen: Vec<Uuid> = changes.into_values().flatten().collect();
        summaries::forget_changes(&tx, &seen).await?;
        summaries::forget_before(&tx, Kind::Accuracy, first).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(missing.len() as u64)
    }

    /// Counts months from deals and scores, some deals at a time.
    pub(super) async fn count(&self, store: &Store, scope: &Scope, months: &BTreeSet<NaiveDate>) -> Result<Counted, ServiceError> {
        let mut counted = Counted::new();
        for month in months {
            self.judge(store, scope, *month, &mut counted).await?;
        }
        // A month's forecast is held against what came once it is over.
        let this_month = month_of(self.clock.now());
        let over: BTreeSet<NaiveDate> = months.iter().copied().filter(|month| *month < this_month).collect();
        self.expect(store, scope, &over, &mut counted).await?;
        Ok(counted)
    }

    /// The deals that closed in a month: their scores, and those that were won.
    async fn judge(&self, store: &Store, scope: &Scope, month: NaiveDate, counted: &mut Counted) -> Result<(), ServiceError> {
        let (db, from) = (store.db(), day_start(month));
        let until = day_start(next_month(month));
        let ended = facts::ended_between(db, scope, from, until).await?;
        for some in ended.chunks(DEALS) {
            let ids: Vec<Uuid> = some.iter().map(|deal| deal.id).collect();
            let mut scores = shown(store, &ids, from - LEAD, until).await?;
            for deal in some {
                let of_month = counted.entry((month, deal.team_id)).or_default();
                if deal.won() {
                    of_month.won.add(&deal.currency, 1, deal.value);
                }
                if let Some((scores, closed_at)) = scores.remove(&deal.id).zip(deal.closed_at) {
                    of_month.judged.add(&ClosedScores { closed_at, won: deal.won(), scores });
                }
            }
        }
        Ok(())
    }

    /// The deals that were expected to close in these months as each began.
    async fn expect(&self, store: &Store, scope: &Scope, months: &BTreeSet<NaiveDate>, counted: &mut Counted) -> Result<(), ServiceError> {
        let Some((first, last)) = months.first().zip(months.last()) else { return Ok(()) };
        let (first, last) = (day_start(*first), day_start(*last));
        let metadata = WorkspaceMetadata::load(store).await?;
        let open: Vec<DealId> = facts::open_since(store.db(), scope, first, (first - LEAD, last)).await?;
        for (some, batch) in open.chunks(DealBatch::MOST).zip(DealBatch::of(&open)) {
            let ids: Vec<Uuid> = some.iter().map(|deal| deal.0).collect();
            let ended = facts::ended(store.db(), &ids).await?;
            let scores = shown(store, &ids, first - LEAD, last).await?;
            for history in metadata.histories(store, batch).await? {
                let Some((deal, scores)) = ended.get(&history.id.0).zip(scores.get(&history.id.0)) else { continue };
                for month in months {
                    counted.entry((*month, deal.team_id)).or_default().expect(&history, deal, scores, *month);
                }
            }
        }
        Ok(())
    }
}

/// The first of the months looked back.
pub(super) fn first_month(now: Instant) -> NaiveDate {
    month_of(now).checked_sub_months(Months::new(MONTHS)).unwrap_or_else(|| month_of(now))
}

/// The months looked back, all of which are over.
pub(super) fn months(first: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    (0..MONTHS).filter_map(move |n| first.checked_add_months(Months::new(n)))
}

/// The counted months since `first` that hold: a change of a month is one of all that follow.
async fn holding(store: &Store, first: NaiveDate) -> Result<BTreeSet<NaiveDate>, StoreError> {
    let changed = summaries::first_change(store.db(), Kind::Accuracy).await?;
    let held = summaries::holding(store.db(), Kind::Accuracy).await?;
    Ok(held.into_iter().filter(|month| *month >= first && changed.is_none_or(|changed| *month < changed)).collect())
}

/// What was shown of some deals, oldest first.
async fn shown(store: &Store, deals: &[Uuid], since: Instant, until: Instant) -> Result<HashMap<Uuid, Vec<ShownScore>>, StoreError> {
    let mut scores: HashMap<Uuid, Vec<ShownScore>> = HashMap::new();
    for some in deals.chunks(DEALS) {
        for shown in facts::shown(store.db(), some, since, until).await? {
            let score = ShownScore { at: shown.at, probability: shown.probability, model: shown.model_version };
            scores.entry(shown.deal_id).or_default().push(score);
        }
    }
    Ok(scores)
}
