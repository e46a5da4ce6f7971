//! Where the embedding model and ONNX Runtime lie on disk.

use std::{
    env::consts::{DLL_PREFIX, DLL_SUFFIX},
    path::{Path, PathBuf},
};

use super::EmbedError;

/// The files that [`super::MiniLm`] is loaded from.
///
/// In the model folder that `cargo xtask setup` fills they lie as
/// `minilm/{model.onnx,tokenizer.json,config.json,special_tokens_map.json,tokenizer_config.json}` and
/// `onnxruntime/libonnxruntime.so` (the platform's own name for a shared library).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFiles {
    /// The network, as ONNX.
    pub model: PathBuf,
    pub tokenizer: PathBuf,
    pub config: PathBuf,
    pub special_tokens: PathBuf,
    pub tokenizer_config: PathBuf,
    /// ONNX Runtime 1.24 or newer.
    pub runtime: PathBuf,
}

impl ModelFiles {
    /// Where the files of the model folder `dir` belong, whether or not they are there.
    pub fn in_folder(dir: &Path) -> Self {
        let minilm = dir.join("minilm");
        Self {
            model: minilm.join("model.onnx"),
            tokenizer: minilm.join("tokenizer.json"),
            config: minilm.join("config.json"),
            special_tokens: minilm.join("special_tokens_map.json"),
            tokenizer_config: minilm.join("tokenizer_config.json"),
            runtime: dir.join("onnxruntime").join(format!("{DLL_PREFIX}onnxruntime{DLL_SUFFIX}")),
        }
    }

    /// The files of the model folder `dir`, all of which exist; else the first that does not.
    pub fn locate(dir: &Path) -> Result<Self, EmbedError> {
        let files = Self::in_folder(dir);
        let missing = files.all().into_iter().find(|path| !path.is_file()).map(Path::to_owned);
        match missing {
            None => Ok(files),
            Some(path) => Err(EmbedError::MissingFile { path }),
        }
    }

    fn all(&self) -> [&Path; 6] {
        [&self.model, &self.tokenizer, &self.config, &self.special_tokens, &self.tokenizer_config, &self.runtime]
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn names_the_missing_file_and_the_way_out() {
        let dir = tempfile::tempdir().unwrap();
        let files = ModelFiles::in_folder(dir.path());
        for path in files.all() {
            let error = ModelFiles::locate(dir.path()).unwrap_err();
            assert!(matches!(&error, EmbedError::MissingFile { path: missing } if missing == path), "{error}");
            assert!(error.to_string().contains("cargo xtask setup"));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"x").unwrap();
        }
        assert_eq!(ModelFiles::locate(dir.path()).unwrap(), files);
    }
}
