//! Following a training, and why one could not be done.

use crate::ai::learner::FitError;

/// Why training could not be done at all. Too few deals are no error: see [`Trained`](super::Trained).
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TrainError {
    #[error("the examples are inconsistent: {0}")]
    Examples(String),
    #[error("the training was cancelled")]
    Cancelled,
    #[error(transparent)]
    Fit(#[from] FitError),
}

/// Follows a training from outside.
pub struct TrainingProgress<'a> {
    /// Hears how far it is: done, total, what it is doing.
    pub progress: &'a mut dyn FnMut(u64, u64, &str),
    /// Asked every now and then whether to stop.
    pub cancelled: &'a dyn Fn() -> bool,
}

/// Progress is told in thousandths.
const TOTAL: u64 = 1_000;

impl TrainingProgress<'_> {
    /// Tells how far it is, 0 to 1, and whether to go on.
    pub fn at(&mut self, share: f64, doing: &str) -> Result<(), TrainError> {
        if (self.cancelled)() {
            return Err(TrainError::Cancelled);
        }
        (self.progress)((share * TOTAL as f64).round() as u64, TOTAL, doing);
        Ok(())
    }
}
