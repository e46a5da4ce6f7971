//! What a rep writes when a deal begins: title, description, notes.
//!
//! The text knows the hidden state of the deal's first days only (fit, champion, competitor, pace), and that with noise; it
//! never knows what becomes of the deal.

use super::{
    catalog::PRODUCTS,
    dice::{Dice, sigmoid},
    phrases as say,
    prospect::{Prospect, Sale},
};

/// A deal's words.
pub(super) struct DealText {
    pub title: String,
    pub description: String,
    pub notes: Option<String>,
}

/// Chance that a rep's sentence is off the mark: says the opposite of what is the case.
const MISJUDGED: f64 = 0.08;

pub(super) fn write(prospect: &Prospect, dice: &mut Dice) -> DealText {
    DealText { title: title(prospect, dice), description: description(prospect, dice), notes: notes(prospect, dice) }
}

fn title(prospect: &Prospect, dice: &mut Dice) -> String {
    let (account, product, seats) = (&prospect.account.name, prospect.product_name(), prospect.seats);
    match prospect.sale {
        Sale::Pilot => format!("{account} – {product} pilot, {seats} seats"),
        Sale::Expansion => format!("{account} – {product}, {seats} more seats"),
        Sale::New => match dice.weighted(&[0.6, 0.12, 0.16, 0.12]) {
            0 => format!("{account} – {product}, {seats} seats"),
            1 => format!("{account} – {product} for {}", PRODUCTS[prospect.product].users),
            2 => format!("{account} – {product}, {}", dice.pick(&say::SCOPES)),
            _ => format!("{account} – {product} roll-out, {seats} seats"),
        },
    }
}

fn description(prospect: &Prospect, dice: &mut Dice) -> String {
    let product = &PRODUCTS[prospect.product];
    let sharp = dice.chance(sigmoid(0.6 + 1.7 * prospect.latent.fit));
    let need = dice.pick(if sharp { product.sharp_uses } else { product.vague_uses });
    let opening = match prospect.sale {
        Sale::Expansion => dice.pick(&say::EXPANSION_OPENINGS),
        Sale::Pilot => dice.pick(&say::PILOT_OPENINGS),
        Sale::New => dice.pick(&say::OPENINGS),
    };
    let mut sentences = vec![fill(opening, prospect).replace("{use}", need)];
    if dice.chance(0.6) {
        sentences.push(format!("{}.", dice.pick(product.pains)));
    }
    if dice.chance(0.35) {
        sentences.push(fill(dice.pick(&say::SYSTEMS), prospect));
    }
    sentences.join(" ")
}

/// Between two and five observations in the rep's own order; some deals have none.
fn notes(prospect: &Prospect, dice: &mut Dice) -> Option<String> {
    if dice.chance(0.12) {
        return None;
    }
    let latent = &prospect.latent;
    let mut remarks: Vec<&str> = Vec::new();
    if dice.chance(0.75) {
        let seen = latent.has_champion != dice.chance(MISJUDGED);
        remarks.push(if seen { dice.pick(&say::CHAMPION) } else { dice.pick(&say::NO_CHAMPION) });
    }
    if dice.chance(0.65) {
        let contested = if dice.chance(MISJUDGED) { false } else { latent.competitor.is_some() };
        remarks.push(if contested { dice.pick(&say::COMPETITOR) } else { dice.pick(&say::NO_COMPETITOR) });
    }
    if dice.chance(0.55) {
        let fast = latent.pace + 0.8 * dice.normal() > 0.0;
        remarks.push(if fast { dice.pick(&say::FAST) } else { dice.pick(&say::SLOW) });
    }
    if dice.chance(0.45) {
        let strong = latent.fit + 0.6 * dice.normal() > 0.0;
        remarks.push(if strong { dice.pick(&say::GOOD_FIT) } else { dice.pick(&say::POOR_FIT) });
    }
    if dice.chance(0.6) {
        remarks.push(dice.pick(&say::DECISION));
    }
    if dice.chance(0.4) {
        remarks.push(dice.pick(&say::BUDGET));
    }
    dice.shuffle(&mut remarks);
    if remarks.len() < 2 || (remarks.len() < 5 && dice.chance(0.4)) {
        remarks.push(dice.pick(&say::NEXT_STEPS));
    }
    remarks.truncate(5);
    let written = remarks.iter().map(|remark| fill(remark, prospect));
    Some(if prospect.rep.terse { telegram(written) } else { written.collect::<Vec<_>>().join(" ") })
}

/// Notes as some reps keep them: one line a thought, with a dash and no full stop.
fn telegram(remarks: impl Iterator<Item = String>) -> String {
    remarks.map(|remark| format!("- {}", remark.trim_end_matches('.'))).collect::<Vec<_>>().join("\n")
}

/// Fills a template's slots with what the deal is about.
pub(super) fn fill(template: &str, prospect: &Prospect) -> String {
    let people = &prospect.account.contacts;
    let [user, decider] = [people.first(), people.get(1)];
    let name = |contact: Option<&super::names::Contact>| {
        contact.map_or_else(|| "our contact".to_owned(), |contact| format!("{} {}", contact.first_name, contact.surname))
    };
    template
        .replace("{account}", &prospect.account.name)
        .replace("{product}", prospect.product_name())
        .replace("{seats}", &prospect.seats.to_string())
        .replace("{users}", PRODUCTS[prospect.product].users)
        .replace("{region}", prospect.account.region)
        .replace("{competitor}", prospect.competitor_name().unwrap_or("another vendor"))
        .replace("{first}", user.map_or("our contact", |contact| contact.first_name))
        .replace("{user}", &name(user))
        .replace("{user title}", user.map_or("lead", |contact| contact.title))
        .replace("{decider}", &name(decider))
        .replace("{decider title}", decider.map_or("board", |contact| contact.title))
}
