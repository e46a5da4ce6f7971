//! The embedded database is readable by its owner only: it holds people's deals, password hashes and sessions.

use std::{fs::OpenOptions, io, path::Path};

/// The database's file in the data folder. SQLite gives its log and index beside it the same permissions.
pub(super) const DATABASE: &str = "vectoros.sqlite";

/// Makes the file where it is missing, and takes from others what they were allowed, also where an earlier version made it.
pub(super) fn for_its_owner_only(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(folder.join(DATABASE))?;
    #[cfg(unix)]
    for file in [DATABASE.to_owned(), format!("{DATABASE}-wal"), format!("{DATABASE}-shm")].map(|file| folder.join(file)) {
        if file.exists() {
            std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        }
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::*;
    use crate::store::Store;

    #[tokio::test]
    async fn nobody_else_reads_the_database_new_or_old() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let modes = || {
            let files = fs::read_dir(folder.path()).expect("the folder").map(|file| file.expect("a file"));
            let files = files.filter(|file| file.file_name().to_string_lossy().starts_with(DATABASE));
            files.map(|file| file.metadata().expect("its data").permissions().mode() & 0o777).collect::<Vec<u32>>()
        };
        let store = Store::open_embedded(folder.path()).await.expect("opens");
        assert!(modes().iter().all(|mode| *mode == 0o600), "{:?}", modes());
        drop(store);
        fs::set_permissions(folder.path().join(DATABASE), fs::Permissions::from_mode(0o644)).expect("is set");
        let _store = Store::open_embedded(folder.path()).await.expect("opens");
        assert!(modes().len() > 1 && modes().iter().all(|mode| *mode == 0o600), "{:?}", modes());
    }
}
