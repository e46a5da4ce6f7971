//! Plays the learning loop for `cargo xtask bench learning`; one JSON line per play.
//!
//! ```text
//! cargo bench --bench learning -- [--seeds N]
//! ```

use app::ai::learning::simulation::{Plant, Settings, play};
use rayon::prelude::*;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

const SEEDS: u64 = 20;

fn main() -> Result<()> {
    let settings = Settings::default();
    let plays: Vec<(u64, Plant)> = (1..=seeds()?).flat_map(|seed| [Plant::Drift, Plant::LabelNoise].map(|plant| (seed, plant))).collect();
    plays.into_par_iter().try_for_each(|(seed, plant)| {
        let played = play(plant, &settings, seed)?.ok_or("the first training gave no model")?;
        println!("{}", serde_json::to_string(&played)?);
        Ok(())
    })
}

fn seeds() -> Result<u64> {
    let mut seeds = SEEDS;
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        match name.as_str() {
            "--seeds" => seeds = arguments.next().ok_or("--seeds needs a number")?.parse()?,
            // cargo's own.
            "--bench" => {}
            _ => return Err(format!("unexpected argument {name}").into()),
        }
    }
    Ok(seeds)
}
