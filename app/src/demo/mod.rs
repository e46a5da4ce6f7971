//! The demo workspace: a seeded simulator that plays a software company's sales team, event by event.
//!
//! A company that sells logistics software has three teams, eleven reps of different skill and temper ([`people`]), six
//! products and some 350 accounts in nine industries ([`catalog`], [`names`]). Deals come up on working days, more in some
//! months than in others and more as the company grows ([`calendar`]). Each begins with a hidden state ([`latent`],
//! [`prospect`]) that shows weakly in its texts ([`text`]), and is then played day by day until its decision ([`play`]);
//! the rep keeps the record, more or less ([`book`]). Whatever lies after `now` has not happened yet: those deals are open.
//!
//! The outcome of a deal is one Bernoulli draw from its hidden win probability at the decision, made after everything else
//! is recorded. So the AUC of the hidden probability ([`DemoWorkspace::bayes_auc`]) is the most that any model can reach
//! on average, and no part of the record derives from the outcome.

use std::collections::BTreeMap;

use chrono::{Months, NaiveDate};

mod activity;
mod activity_phrases;
mod auc;
mod book;
mod calendar;
mod catalog;
mod dice;
mod latent;
mod names;
mod people;
mod phrases;
mod play;
mod prospect;
mod step;
#[cfg(test)]
mod tests;
mod text;

pub use people::{DemoTeam, DemoUser};

use crate::domain::{
    Instant,
    deals::{CustomField, CustomKind, CustomValue, Outcome, StageKind},
    imports::{AccountRecord, DealRecord, FieldChange, PipelineRecord, SourceRecord, StageRecord},
    money::Currency,
    probability::Probability,
};
use dice::Dice;
use play::Life;
use prospect::{Account, AccountPast, Prospect};
use step::Step;

/// Streams of chance; every deal has two of its own, so that no deal's play depends on another's.
const WORLD_STREAM: u64 = 0;
const DEMAND_STREAM: u64 = 1;
const FIRST_DEAL_STREAM: u64 = 16;

const CLOSED_WON: &str = "Closed won";
const CLOSED_LOST: &str = "Closed lost";

const LEAD_SOURCE: &str = "Lead source";
const COMPETITOR: &str = "Competitor";
const SEATS: &str = "Seats";
const REGION: &str = "Region";

/// What to simulate.
#[derive(Debug, Clone, PartialEq)]
pub struct DemoOptions {
    pub seed: u64,
    /// The instant at which the simulated history ends.
    pub now: Instant,
    /// Months of history before `now`.
    pub months: u32,
    /// Deals that come up in that time, closed and open.
    pub deals: usize,
    pub accounts: usize,
}

impl DemoOptions {
    /// The demo workspace as it is meant to be: 18 months, some 1,700 closed and 350 open deals.
    pub fn new(seed: u64, now: Instant) -> Self {
        Self { seed, now, months: 18, deals: 2_060, accounts: 350 }
    }
}

/// A simulated sales organisation with its deals.
#[derive(Debug, Clone, PartialEq)]
pub struct DemoWorkspace {
    pub source: SourceRecord,
    pub teams: Vec<DemoTeam>,
    pub admin: DemoUser,
    /// In the order of their creation.
    pub deals: Vec<DealRecord>,
    /// AUC of the hidden win probability against the drawn outcomes, over closed deals.
    pub bayes_auc: f64,
    /// What the simulator knows of each closed deal, in the order of `deals`.
    pub truth: Vec<HiddenTruth>,
}

/// The hidden truth about a closed deal. Nothing of it but the outcome is in the deal's record.
#[derive(Debug, Clone, PartialEq)]
pub struct HiddenTruth {
    pub external_id: String,
    /// The probability from which the outcome was drawn.
    pub win_probability: f64,
    pub won: bool,
}

/// Plays the sales organisation up to `options.now`. The same options always give the same workspace.
pub fn simulate(options: &DemoOptions) -> DemoWorkspace {
    let accounts = prospect::accounts(options.accounts.max(1), &mut Dice::new(options.seed, WORLD_STREAM));
    let today = options.now.date_naive();
    let start = today.checked_sub_months(Months::new(options.months)).unwrap_or(today);
    let span = (today - start).num_days().max(1) as f64;
    let appetites: Vec<f64> = accounts.iter().map(|account| account.appetite).collect();
    let mut pasts: Vec<Vec<Sold>> = accounts.iter().map(|_| Vec::new()).collect();
    let mut deals = Vec::new();
    let mut truth = Vec::new();
    for (index, day) in creation_days(options, start, today).into_iter().enumerate() {
        let stream = FIRST_DEAL_STREAM + 2 * index as u64;
        let (mut dice, mut words) = (Dice::new(options.seed, stream), Dice::new(options.seed, stream + 1));
        let place = free_account(&appetites, &pasts, day, &mut dice);
        let account = &accounts[place];
        let created_at = calendar::office_instant(day, people::TEAMS[account.team].utc_offset, &mut dice);
        if created_at > options.now {
            continue;
        }
        let time = (day - start).num_days() as f64 / span;
        let past = account_past(&pasts[place], created_at);
        let prospect = Prospect::draw(account, &past, created_at, time, time * f64::from(options.months), &mut dice);
        let texts = text::write(&prospect, &mut words);
        let custom = custom_values(&prospect, &mut words);
        let life = play::play(&prospect, &mut dice, &mut words);
        pasts[place].push(Sold { product: prospect.product, until: life.ending.at, won: life.ending.won });
        let external_id = format!("D-{}", 1001 + deals.len());
        if life.ending.at <= options.now {
            let win_probability = life.ending.win_probability;
            truth.push(HiddenTruth { external_id: external_id.clone(), win_probability, won: life.ending.won });
        }
        deals.push(record(external_id, &prospect, texts, custom, life, options.now));
    }
    let probabilities: Vec<f64> = truth.iter().map(|deal| deal.win_probability).collect();
    let outcomes: Vec<bool> = truth.iter().map(|deal| deal.won).collect();
    let bayes_auc = auc::auc(&probabilities, &outcomes);
    DemoWorkspace { source: source(), teams: people::teams(), admin: people::admin(), deals, bayes_auc, truth }
}

/// A deal with an account, for what it means to later ones.
struct Sold {
    product: usize,
    until: Instant,
    won: bool,
}

/// What was known of the account's other deals at `at`.
fn account_past(sold: &[Sold], at: Instant) -> AccountPast {
    let products = |keep: fn(&Sold, Instant) -> bool| sold.iter().filter(|deal| keep(deal, at)).map(|deal| deal.product).collect();
    AccountPast { bought: products(|deal, at| deal.won && deal.until < at), in_talks: products(|deal, at| deal.until >= at) }
}

/// The days on which deals come up, in order: by season, and growing from 65 to 135 % of the mean.
fn creation_days(options: &DemoOptions, start: NaiveDate, today: NaiveDate) -> Vec<NaiveDate> {
    let mut dice = Dice::new(options.seed, DEMAND_STREAM);
    let days: Vec<NaiveDate> = start.iter_days().take_while(|day| *day <= today).collect();
    let weights: Vec<f64> =
        days.iter().enumerate().map(|(index, day)| calendar::demand(*day) * (0.65 + 0.7 * index as f64 / days.len() as f64)).collect();
    if weights.iter().sum::<f64>() <= 0.0 {
        return Vec::new();
    }
    let mut drawn: Vec<NaiveDate> = (0..options.deals).map(|_| days[dice.weighted(&weights)]).collect();
    drawn.sort_unstable();
    drawn
}

/// An account that asks for something on `day`; rarely one with which two deals are open already.
fn free_account(appetites: &[f64], pasts: &[Vec<Sold>], day: NaiveDate, dice: &mut Dice) -> usize {
    let mut place = dice.weighted(appetites);
    for _ in 0..8 {
        let busy = pasts[place].iter().filter(|sold| sold.until.date_naive() >= day).count();
        if busy < 2 {
            break;
        }
        place = dice.weighted(appetites);
    }
    place
}

fn custom_values(prospect: &Prospect, dice: &mut Dice) -> BTreeMap<String, CustomValue> {
    let mut custom = BTreeMap::new();
    let mut put = |key: &str, value: CustomValue, known: f64| {
        if dice.chance(known) {
            custom.insert(key.to_owned(), value);
        }
    };
    put(LEAD_SOURCE, CustomValue::Text(catalog::LEAD_SOURCES[prospect.lead_source].name.to_owned()), 0.88);
    put(COMPETITOR, CustomValue::Text(prospect.competitor_name().unwrap_or("None").to_owned()), 0.84);
    put(SEATS, CustomValue::Number(prospect.seats as f64), 0.88);
    put(REGION, CustomValue::Text(prospect.account.region.to_owned()), 0.97);
    custom
}

/// The deal as the workspace knows it at `now`: later events are cut off.
fn record(
    external_id: String,
    prospect: &Prospect,
    texts: text::DealText,
    custom: BTreeMap<String, CustomValue>,
    life: Life,
    now: Instant,
) -> DealRecord {
    let Life { mut changes, mut activities, ending } = life;
    changes.retain(|change| change.at <= now);
    activities.retain(|activity| activity.at <= now);
    let outcome = match (ending.at <= now, ending.won) {
        (false, _) => Outcome::Open,
        (true, true) => Outcome::Won,
        (true, false) => Outcome::Lost,
    };
    let final_stage = match outcome {
        Outcome::Open => None,
        Outcome::Won => Some(CLOSED_WON),
        Outcome::Lost => Some(CLOSED_LOST),
    };
    let owner = Some(prospect.rep.name.to_owned());
    if let Some(stage) = final_stage {
        let change = FieldChange::Stage(stage.to_owned());
        changes.push(crate::domain::imports::ChangeRecord { at: ending.at, actor: owner.clone(), change });
    }
    let mut deal = DealRecord {
        external_id,
        title: texts.title,
        description: texts.description,
        account: Some(account_record(prospect.account)),
        owner,
        stage: None,
        value: None,
        currency: Currency::default(),
        probability: None,
        expected_close: None,
        created_at: Some(prospect.created_at),
        outcome,
        closed_at: outcome.is_closed().then_some(ending.at),
        loss_reason: (outcome == Outcome::Lost).then(|| ending.loss_reason.to_owned()),
        notes: texts.notes,
        sequence: None,
        custom,
        changes: Vec::new(),
        activities,
    };
    for change in &changes {
        match &change.change {
            FieldChange::Stage(stage) => deal.stage = Some(stage.clone()),
            FieldChange::Value(value) => deal.value = Some(*value),
            FieldChange::Probability(probability) => deal.probability = Some(*probability),
            FieldChange::CloseDate(date) => deal.expected_close = Some(*date),
            FieldChange::Owner(owner) => deal.owner = Some(owner.clone()),
        }
    }
    deal.changes = changes;
    deal
}

fn account_record(account: &Account) -> AccountRecord {
    let industry = account.industry_known.then(|| catalog::INDUSTRIES[account.industry].name.to_owned());
    AccountRecord { name: account.name.clone(), industry }
}

fn source() -> SourceRecord {
    let stage = |name: &str, kind: StageKind, probability: f64| StageRecord {
        name: name.to_owned(),
        kind,
        default_probability: Probability::new(probability),
    };
    let open = Step::ALL.iter().map(|step| stage(step.name(), StageKind::Open, step.default_probability()));
    let closed = [stage(CLOSED_WON, StageKind::Won, 1.0), stage(CLOSED_LOST, StageKind::Lost, 0.0)];
    let field = |key: &str, kind: CustomKind| CustomField { key: key.to_owned(), kind, in_model: true };
    SourceRecord {
        name: "demo".to_owned(),
        pipeline: PipelineRecord { name: "Software sales".to_owned(), stages: open.chain(closed).collect() },
        custom_fields: vec![
            field(LEAD_SOURCE, CustomKind::Category),
            field(COMPETITOR, CustomKind::Category),
            field(SEATS, CustomKind::Numeric),
            field(REGION, CustomKind::Category),
        ],
        embed: true,
    }
}
