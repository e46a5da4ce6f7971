//! Things that must be stopped or removed however a command ends: normally, by an error, or by Ctrl-C.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;

type Task = Box<dyn FnOnce() + Send>;

static TASKS: Mutex<Vec<(u64, Task)>> = Mutex::new(Vec::new());
static NEXT: AtomicU64 = AtomicU64::new(0);

/// Runs its task when it is dropped, or when the program is interrupted before that.
pub struct Guard(u64);

impl Guard {
    pub fn new(task: impl FnOnce() + Send + 'static) -> Self {
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        tasks().push((id, Box::new(task)));
        Self(id)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let task = {
            let mut tasks = tasks();
            tasks.iter().position(|(id, _)| *id == self.0).map(|place| tasks.remove(place))
        };
        if let Some((_, task)) = task {
            task();
        }
    }
}

/// From now on SIGINT and SIGTERM run what guards still hold, newest first, and end the program.
pub fn watch_signals() -> Result<()> {
    ctrlc::set_handler(|| {
        // The lock stays held: the main thread must not start the same work again.
        let mut tasks = tasks();
        while let Some((_, task)) = tasks.pop() {
            task();
        }
        std::process::exit(130);
    })?;
    Ok(())
}

fn tasks() -> std::sync::MutexGuard<'static, Vec<(u64, Task)>> {
    TASKS.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// A new folder, readable by others, that is removed again.
pub struct TempFolder {
    pub path: std::path::PathBuf,
    _guard: Guard,
}

impl TempFolder {
    pub fn new(purpose: &str) -> Result<Self> {
        let unique = format!("vectoros-{purpose}-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(unique);
        std::fs::create_dir(&path)?;
        let doomed = path.clone();
        // Nothing to do when it fails: the folder lies in the system's temporary folder.
        let guard = Guard::new(move || drop(std::fs::remove_dir_all(doomed)));
        Ok(Self { path, _guard: guard })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temporary_folder_goes_with_its_owner() {
        let folder = TempFolder::new("test").expect("a folder");
        let path = folder.path.clone();
        std::fs::write(path.join("file"), "x").expect("a file");
        drop(folder);
        assert!(!path.exists());
    }
}
