//! Margins with their outcomes, in order, as isotonic regression and Venn–Abers intervals start from.

use super::Outcomes;

/// Calibration points kept apart; more are put into groups of equal weight.
pub const MAX_GROUPS: usize = 1_000;

/// Rows that share one probability.
#[derive(Debug, Clone, Copy, Default)]
pub struct Block {
    pub won: f64,
    pub weight: f64,
}

impl Block {
    pub fn mean(self) -> f64 {
        self.won / self.weight
    }

    pub fn with(self, other: Self) -> Self {
        Self { won: self.won + other.won, weight: self.weight + other.weight }
    }
}

/// Neighbouring margins.
pub struct Group {
    pub low: f32,
    pub high: f32,
    pub block: Block,
}

/// Equal margins together; if that leaves too many, neighbours too.
pub fn groups(outcomes: Outcomes) -> Vec<Group> {
    let mut rows: Vec<(f32, Block)> = outcomes
        .margin
        .iter()
        .zip(outcomes.won)
        .zip(outcomes.weight)
        .map(|((margin, won), weight)| (*margin as f32, Block { won: if *won { *weight } else { 0.0 }, weight: *weight }))
        .filter(|(margin, _)| margin.is_finite())
        .collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut distinct: Vec<Group> = Vec::new();
    for (margin, block) in rows {
        match distinct.last_mut() {
            Some(last) if last.high == margin => last.block = last.block.with(block),
            _ => distinct.push(Group { low: margin, high: margin, block }),
        }
    }
    if distinct.len() <= MAX_GROUPS {
        return distinct;
    }
    let share = distinct.iter().map(|group| group.block.weight).sum::<f64>() / MAX_GROUPS as f64;
    let mut seen = 0.0;
    let mut grouped: Vec<Group> = Vec::new();
    let mut present = usize::MAX;
    for group in distinct {
        // The share in which the group's middle lies.
        let index = ((seen + group.block.weight / 2.0) / share) as usize;
        seen += group.block.weight;
        match grouped.last_mut() {
            Some(last) if index == present => {
                last.high = group.high;
                last.block = last.block.with(group.block);
            }
            _ => grouped.push(group),
        }
        present = index;
    }
    grouped
}
