//! Progress bars on standard error.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar that follows the services' progress reports. Plain lines take its place where standard error is no terminal.
pub struct Bar {
    bar: ProgressBar,
    plain: bool,
    said: u64,
}

impl Bar {
    pub fn new(what: &str) -> Self {
        let style = ProgressStyle::with_template("{prefix:>10} [{bar:32}] {pos}/{len} {msg} ({elapsed})")
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .progress_chars("━╸ ");
        let bar = ProgressBar::new(0).with_style(style).with_prefix(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
        let plain = bar.is_hidden();
        Self { bar, plain, said: 0 }
    }

    /// Takes a report: done, total, and what is being done.
    pub fn report(&mut self, done: u64, total: u64, doing: &str) {
        self.bar.set_length(total);
        self.bar.set_position(done);
        self.bar.set_message(doing.to_owned());
        if self.plain {
            self.say_quarters(done, total, doing);
        }
    }

    fn say_quarters(&mut self, done: u64, total: u64, doing: &str) {
        let quarter = (done * 4).checked_div(total).unwrap_or(4);
        if quarter != self.said {
            self.said = quarter;
            eprintln!("{}: {done}/{total} {doing}", self.bar.prefix());
        }
    }

    pub fn finish(self) {
        self.bar.finish();
    }
}
