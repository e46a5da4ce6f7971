//! What the simulator knows and nobody in the workspace sees: why deals are won.
//!
//! A deal's hidden state is a handful of latent variables. Together with random effects of rep and account, a mild drift,
//! what happens to the deal on its way and the stage it has reached they give the logit of winning. When the deal comes to
//! its decision, the outcome is drawn once from that probability. Everything recorded before (activities, stage moves,
//! slips, estimates, texts) is drawn from the latent variables with noise, so given the hidden probability the outcome is
//! independent of the record: no model can do better than the hidden probability itself, whose AUC is the Bayes AUC.

use super::{
    catalog::{COMPETITORS, INDUSTRIES, LEAD_SOURCES, PRODUCTS},
    dice::{Dice, sigmoid},
    people::Rep,
    step::Step,
};

/// Intercept of the logit, set so that about a third of the closed deals are won.
const INTERCEPT: f64 = -1.16;
/// Mean and standard deviation of the logit over new deals (without stage and silence), to express it as health.
const MEAN: f64 = -1.28;
const SPREAD: f64 = 1.25;
/// What a customer's silence takes away: few of these deals come back.
const SILENCE: f64 = -0.65;
/// By stage in which the decision falls: an early decision is nearly always a no, though small follow-up orders happen.
const STAGE_EFFECT: [f64; 5] = [-2.1, -1.4, -0.5, 0.0, 0.2];

/// The hidden state that a deal starts with. Standardised unless said otherwise.
#[derive(Debug, Clone)]
pub(super) struct Latent {
    /// How well the product meets the need.
    pub fit: f64,
    pub has_champion: bool,
    /// The inner supporter's weight: about -0.6 without one, 0.3 to 1.3 with one.
    pub champion: f64,
    /// Index of the competitor in the deal.
    pub competitor: Option<usize>,
    /// That competitor's strength here; 0 without one.
    pub competition: f64,
    /// How much the customer takes part.
    pub engagement: f64,
    /// How fast the customer moves.
    pub pace: f64,
    /// Rep, account, earlier purchases and drift.
    pub offset: f64,
}

/// What the latent variables depend on.
pub(super) struct Setting<'a> {
    pub industry: usize,
    pub product: usize,
    pub lead_source: usize,
    pub rep: &'a Rep,
    /// The account's random effect, standard normal.
    pub account_effect: f64,
    /// The account bought before.
    pub customer: bool,
    /// List price over that of a median deal, as a logarithm.
    pub log_size: f64,
    /// Place in the simulated time, 0 to 1.
    pub time: f64,
}

impl Latent {
    pub fn draw(setting: &Setting, dice: &mut Dice) -> Self {
        let affinity = INDUSTRIES[setting.industry].affinity[setting.product];
        let fit = 0.5 * affinity + 0.6 * LEAD_SOURCES[setting.lead_source].fit + 0.75 * dice.normal();
        let has_champion = dice.chance(sigmoid(0.1 + 0.5 * fit));
        let champion = if has_champion { dice.uniform(0.3, 1.3) } else { dice.uniform(-0.9, -0.3) };
        let contested = dice.chance(sigmoid(0.05 + 0.3 * setting.log_size));
        let competitor = contested.then(|| {
            let weights: Vec<f64> = COMPETITORS.iter().map(|competitor| competitor.share).collect();
            dice.weighted(&weights)
        });
        let competition = competitor.map_or(0.0, |index| competitor_strength(index, setting.time) + dice.uniform(-0.3, 0.3));
        let engagement = 0.3 * fit + 0.35 * champion + 0.8 * dice.normal();
        let pace = 0.3 * engagement + 0.95 * dice.normal();
        // The market gets a little harder, and what sold by itself at launch needs work later on.
        let novelty = if PRODUCTS[setting.product].launched > 0.0 { 0.4 } else { 0.0 };
        let drift = (0.2 - novelty) * (1.0 - 2.0 * setting.time);
        let offset = setting.rep.skill + 0.3 * setting.account_effect + if setting.customer { 0.35 } else { 0.0 } + drift;
        Self { fit, has_champion, champion, competitor, competition, engagement, pace, offset }
    }

    /// The logit of winning at a decision in the late middle of the process, without what happened on the way.
    pub fn logit(&self) -> f64 {
        INTERCEPT + 0.68 * self.fit + 0.75 * self.champion - 0.68 * self.competition
            + 0.62 * self.engagement
            + 0.22 * self.pace
            + self.offset
    }

    /// The same as a standardised figure, with the effect of what happened so far.
    pub fn health(&self, events_effect: f64) -> f64 {
        (self.logit() + events_effect - MEAN) / SPREAD
    }

    /// The true probability of winning when the decision falls in `stage`.
    pub fn win_probability(&self, events_effect: f64, stage: Step, silent: bool) -> f64 {
        let silence = if silent { SILENCE } else { 0.0 };
        sigmoid(self.logit() + events_effect + STAGE_EFFECT[stage.index()] + silence)
    }
}

/// How hard a competitor is to beat at `time` (0 to 1).
pub(super) fn competitor_strength(index: usize, time: f64) -> f64 {
    let competitor = &COMPETITORS[index];
    competitor.strength + competitor.strength_drift * time
}

/// Something that happens to a deal on its way and moves its chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    ChampionLeaves,
    BudgetFreeze,
    NewCompetitor,
    Sponsor,
    UrgentNeed,
    ScopeGrows,
    SecurityReview,
}

impl Turn {
    /// What may happen next to a deal, each as likely as its weight.
    pub fn draw(latent: &Latent, dice: &mut Dice) -> Self {
        let choices = [
            (Self::ChampionLeaves, if latent.has_champion { 1.0 } else { 0.0 }),
            (Self::BudgetFreeze, 1.1),
            (Self::NewCompetitor, if latent.competitor.is_some() { 0.2 } else { 0.9 }),
            (Self::Sponsor, 1.2),
            (Self::UrgentNeed, 0.8),
            (Self::ScopeGrows, 0.9),
            (Self::SecurityReview, 0.9),
        ];
        let weights: Vec<f64> = choices.iter().map(|(_, weight)| *weight).collect();
        choices[dice.weighted(&weights)].0
    }

    /// Its effect on the logit.
    pub fn effect(self) -> f64 {
        match self {
            Self::ChampionLeaves => -0.8,
            Self::BudgetFreeze => -0.7,
            Self::NewCompetitor => -0.5,
            Self::Sponsor => 0.6,
            Self::UrgentNeed => 0.5,
            Self::ScopeGrows => 0.3,
            Self::SecurityReview => -0.2,
        }
    }
}
