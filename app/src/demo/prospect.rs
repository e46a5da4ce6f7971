//! A deal as it begins: which account wants what, who sells it, and its hidden state.

use std::collections::HashSet;

use super::{
    catalog::{COMPETITORS, INDUSTRIES, LEAD_SOURCES, PRODUCTS},
    dice::Dice,
    latent::{Latent, Setting},
    names::{Contact, company, contacts},
    people::{Rep, TEAMS},
};
use crate::domain::Instant;

/// A customer's company.
pub(super) struct Account {
    pub name: String,
    pub industry: usize,
    /// Whether the CRM knows the industry.
    pub industry_known: bool,
    pub region: &'static str,
    pub team: usize,
    /// Index of the rep in the team who looks after it.
    pub rep: usize,
    /// Logarithm of its size over that of a median account.
    pub log_size: f64,
    /// Random effect on every deal with it.
    pub effect: f64,
    pub contacts: Vec<Contact>,
    /// How often deals come up with it.
    pub appetite: f64,
}

/// Makes the accounts of all teams.
pub(super) fn accounts(count: usize, dice: &mut Dice) -> Vec<Account> {
    let industry_shares: Vec<f64> = INDUSTRIES.iter().map(|industry| industry.share).collect();
    let team_shares: Vec<f64> = TEAMS.iter().map(|team| team.reps.iter().map(|rep| rep.share).sum()).collect();
    let mut taken = HashSet::new();
    let mut account = || {
        let industry = dice.weighted(&industry_shares);
        let team = dice.weighted(&team_shares);
        let rep_shares: Vec<f64> = TEAMS[team].reps.iter().map(|rep| rep.share).collect();
        let log_size = 0.8 * dice.normal() + if TEAMS[team].strategic { 0.9 } else { -0.15 };
        let people = 2 + (dice.uniform(0.0, 2.5) + log_size.max(0.0) * 1.2) as usize;
        Account {
            name: company(&INDUSTRIES[industry], &mut taken, dice),
            industry,
            industry_known: dice.chance(0.86),
            region: dice.pick(TEAMS[team].regions),
            team,
            rep: dice.weighted(&rep_shares),
            log_size,
            effect: dice.normal(),
            contacts: contacts(people.min(6), dice),
            appetite: (0.5 * dice.normal() + 0.15 * log_size).exp(),
        }
    };
    (0..count).map(|_| account()).collect()
}

/// What kind of sale it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sale {
    New,
    /// A trial with few seats.
    Pilot,
    /// More seats of a product that the account has.
    Expansion,
}

/// A deal at its creation.
pub(super) struct Prospect<'a> {
    pub account: &'a Account,
    pub rep: &'static Rep,
    pub utc_offset: i64,
    pub created_at: Instant,
    pub product: usize,
    pub sale: Sale,
    pub seats: i64,
    /// Yearly value at list price, in dollars.
    pub list_value: f64,
    /// Logarithm of the list value over that of a median deal.
    pub log_size: f64,
    pub lead_source: usize,
    pub latent: Latent,
}

/// Yearly list value of a median deal, in dollars.
const MEDIAN_VALUE: f64 = 34_000.0;

/// What the account's past says about a new deal with it.
pub(super) struct AccountPast {
    /// Products it bought before.
    pub bought: Vec<usize>,
    /// Products that other deals with it are about right now.
    pub in_talks: Vec<usize>,
}

impl<'a> Prospect<'a> {
    pub fn draw(account: &'a Account, past: &AccountPast, created_at: Instant, time: f64, month: f64, dice: &mut Dice) -> Self {
        let team = &TEAMS[account.team];
        let rep = owner(account, month, dice);
        let customer = !past.bought.is_empty();
        let affinity = &INDUSTRIES[account.industry].affinity;
        let product_weights: Vec<f64> = PRODUCTS
            .iter()
            .enumerate()
            .map(|(index, product)| {
                let on_sale = product.launched <= month;
                let free = !past.in_talks.contains(&index);
                if on_sale && free { (0.9 * affinity[index]).exp() } else { 0.0 }
            })
            .collect();
        let product = dice.weighted(&product_weights);
        let sale = match (past.bought.contains(&product), dice.uniform(0.0, 1.0)) {
            (true, _) => Sale::Expansion,
            (false, draw) if draw < 0.12 => Sale::Pilot,
            _ => Sale::New,
        };
        let scale = match sale {
            Sale::New => 1.0,
            Sale::Pilot => 0.3,
            Sale::Expansion => 0.5,
        };
        let seats = round_seats(PRODUCTS[product].seats * scale * dice.log_normal((0.75 * account.log_size).exp(), 0.4));
        let list_value = seats as f64 * PRODUCTS[product].seat_price;
        let log_size = (list_value / MEDIAN_VALUE).ln();
        let lead_source = if customer && dice.chance(0.75) { 0 } else { new_lead_source(dice) };
        let setting =
            Setting { industry: account.industry, product, lead_source, rep, account_effect: account.effect, customer, log_size, time };
        let latent = Latent::draw(&setting, dice);
        Self { account, rep, utc_offset: team.utc_offset, created_at, product, sale, seats, list_value, log_size, lead_source, latent }
    }

    pub fn product_name(&self) -> &'static str {
        PRODUCTS[self.product].name
    }

    pub fn competitor_name(&self) -> Option<&'static str> {
        self.latent.competitor.map(|index| COMPETITORS[index].name)
    }
}

/// The rep who looks after the account, or now and then (and before that rep joined) a colleague.
fn owner(account: &Account, month: f64, dice: &mut Dice) -> &'static Rep {
    let reps = TEAMS[account.team].reps;
    let settled = &reps[account.rep];
    if settled.joined <= month && dice.chance(0.88) {
        return settled;
    }
    let shares: Vec<f64> = reps.iter().map(|rep| if rep.joined <= month { rep.share } else { 0.0 }).collect();
    &reps[dice.weighted(&shares)]
}

fn new_lead_source(dice: &mut Dice) -> usize {
    let shares: Vec<f64> = LEAD_SOURCES.iter().map(|source| source.share).collect();
    dice.weighted(&shares)
}

/// People quote round numbers of seats.
fn round_seats(seats: f64) -> i64 {
    let unit = match seats {
        seats if seats < 15.0 => 1.0,
        seats if seats < 100.0 => 5.0,
        seats if seats < 400.0 => 10.0,
        _ => 50.0,
    };
    ((seats / unit).round() * unit).max(5.0) as i64
}
