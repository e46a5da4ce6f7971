//! Which deals the challenger scores live, where it is given a share of them.

use sha2::{Digest, Sha256};

use crate::domain::models::LearningRules;

/// Whether the challenger of this version scores the deal live, when it has `share` per cent of the deals ([`LearningRules::MAX_SHARE`]
/// at most). A deal always gets the same answer, and keeps it when the share grows; another challenger gets other deals.
pub fn scores_live(deal: &[u8], challenger: i32, share: u8) -> bool {
    let hash = Sha256::new().chain_update(challenger.to_le_bytes()).chain_update(deal).finalize();
    let number = hash.iter().take(8).fold(0u64, |number, byte| number << 8 | u64::from(*byte));
    number % 100 < u64::from(share.min(LearningRules::MAX_SHARE))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live(challenger: i32, share: u8) -> Vec<u32> {
        (0..10_000u32).filter(|deal| scores_live(&deal.to_le_bytes(), challenger, share)).collect()
    }

    #[test]
    fn the_share_is_kept_and_never_more_than_half() {
        for share in [0u8, 1, 10, 25, 50] {
            let (found, expected) = (live(3, share).len() as f64, f64::from(share) * 100.0);
            let error = (expected * (1.0 - f64::from(share) / 100.0)).sqrt();
            assert!((found - expected).abs() <= 4.0 * error, "{found} instead of {expected}");
        }
        assert_eq!(live(3, 100), live(3, 50));
    }

    #[test]
    fn deals_stay_when_the_share_grows_and_change_with_the_challenger() {
        let (few, many) = (live(3, 10), live(3, 30));
        assert!(few.iter().all(|deal| many.binary_search(deal).is_ok()));
        let both = live(4, 10).iter().filter(|deal| few.binary_search(deal).is_ok()).count();
        assert!((50..150).contains(&both), "a tenth of a tenth by chance, not {both}");
    }

    #[test]
    fn the_answer_is_the_same_in_every_run() {
        // Reckoned elsewhere, from the bytes.
        assert_eq!(live(1, 1)[..3], [516, 935, 1162]);
    }
}
