//! Where models' artifacts are kept: a folder, or an S3-compatible store that several servers share.

use std::{path::Path as FilePath, sync::Arc};

use object_store::{
    ObjectStore, ObjectStoreExt, PutPayload,
    aws::{AmazonS3Builder, AmazonS3ConfigKey},
    local::LocalFileSystem,
    memory::InMemory,
    path::Path,
    prefix::PrefixStore,
};
use thiserror::Error;

use crate::{sha256::sha256_hex, store::models::ArtifactRef};

/// The folder within the store.
const FOLDER: &str = "models";

/// Why an artifact could not be kept or fetched.
#[derive(Debug, Error)]
pub enum ArtifactStoreError {
    #[error("the artifact store `{0}` is neither a folder nor an address like s3://bucket/prefix")]
    Address(String),
    #[error("the artifact store does not answer: {0}")]
    Store(#[from] object_store::Error),
    #[error("the artifact {path} is damaged: its SHA-256 is not the one recorded with the model; train again, or publish another version")]
    Damaged { path: String },
}

impl ArtifactStoreError {
    /// Whether the same artifact will be refused again: it is damaged or gone, not out of reach.
    pub fn is_lasting(&self) -> bool {
        matches!(self, Self::Damaged { .. } | Self::Store(object_store::Error::NotFound { .. }))
    }
}

/// Keeps artifacts by their content: a path is never written with anything else.
#[derive(Debug, Clone)]
pub struct ArtifactStore {
    store: Arc<dyn ObjectStore>,
}

impl ArtifactStore {
    /// Opens a folder (made when missing), or `s3://bucket/prefix` with the credentials and endpoint of the environment
    /// (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT`, `AWS_ALLOW_HTTP`).
    pub fn open(address: &str) -> Result<Self, ArtifactStoreError> {
        let store: Arc<dyn ObjectStore> = match address.split_once("://") {
            Some(("s3", rest)) => s3(address, rest)?,
            Some(_) => return Err(ArtifactStoreError::Address(address.into())),
            None => {
                let folder = FilePath::new(address);
                std::fs::create_dir_all(folder).map_err(|_| ArtifactStoreError::Address(address.into()))?;
                Arc::new(LocalFileSystem::new_with_prefix(folder)?.with_fsync(true))
            }
        };
        Ok(Self { store })
    }

    /// A store that ends with the process; for tests.
    pub fn in_memory() -> Self {
        Self { store: Arc::new(InMemory::new()) }
    }

    /// Keeps an artifact. What a crash leaves behind is never half a file, and nobody refers to it.
    pub async fn put(&self, bytes: Vec<u8>, schema_version: u32) -> Result<ArtifactRef, ArtifactStoreError> {
        let sha256 = sha256_hex(&bytes);
        let path = format!("{FOLDER}/{sha256}.json");
        self.store.put(&Path::from(path.as_str()), PutPayload::from(bytes)).await?;
        Ok(ArtifactRef { path, sha256, schema_version })
    }

    /// Fetches an artifact and checks that it is the one that was kept.
    pub async fn get(&self, artifact: &ArtifactRef) -> Result<Vec<u8>, ArtifactStoreError> {
        let bytes = self.store.get(&Path::from(artifact.path.as_str())).await?.bytes().await?;
        if sha256_hex(&bytes) != artifact.sha256 {
            return Err(ArtifactStoreError::Damaged { path: artifact.path.clone() });
        }
        Ok(bytes.into())
    }
}

fn s3(address: &str, rest: &str) -> Result<Arc<dyn ObjectStore>, ArtifactStoreError> {
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    if bucket.is_empty() {
        return Err(ArtifactStoreError::Address(address.into()));
    }
    let store = AmazonS3Builder::from_env().with_config(AmazonS3ConfigKey::Bucket, bucket).build()?;
    let prefix = prefix.trim_matches('/');
    Ok(if prefix.is_empty() { Arc::new(store) } else { Arc::new(PrefixStore::new(store, prefix)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_folder_keeps_artifacts_and_notices_damage() {
        let folder = tempfile::tempdir().expect("a folder");
        let address = folder.path().join("deep/er").display().to_string();
        let store = ArtifactStore::open(&address).expect("opens");
        let kept = store.put(b"{\"a\": 1}".to_vec(), 2).await.expect("is kept");
        assert_eq!(store.put(b"{\"a\": 1}".to_vec(), 2).await.expect("is kept again"), kept);
        let again = ArtifactStore::open(&address).expect("opens again");
        assert_eq!(again.get(&kept).await.expect("is there"), b"{\"a\": 1}");
        std::fs::write(FilePath::new(&address).join(&kept.path), b"{\"a\": 2}").expect("writes");
        assert!(matches!(again.get(&kept).await, Err(ArtifactStoreError::Damaged { .. })));
        std::fs::remove_file(FilePath::new(&address).join(&kept.path)).expect("removes");
        assert!(matches!(again.get(&kept).await, Err(ArtifactStoreError::Store(_))));
    }

    #[test]
    fn foreign_addresses_are_refused() {
        for address in ["ftp://host/x", "s3://", "s3:///prefix"] {
            assert!(matches!(ArtifactStore::open(address), Err(ArtifactStoreError::Address(_))), "{address}");
        }
    }
}
