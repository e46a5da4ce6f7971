//! Waking the workers of this process.

use tokio::sync::watch;

/// Tells workers that there is something to do.
#[derive(Clone)]
pub struct Wake(watch::Sender<u64>);

impl Default for Wake {
    fn default() -> Self {
        Self(watch::Sender::new(0))
    }
}

impl Wake {
    /// Wakes them; what nobody listens to is found at the next look.
    pub fn wake(&self) {
        self.0.send_modify(|wakes| *wakes = wakes.wrapping_add(1));
    }

    /// What a worker waits for.
    pub fn listen(&self) -> watch::Receiver<u64> {
        self.0.subscribe()
    }
}
