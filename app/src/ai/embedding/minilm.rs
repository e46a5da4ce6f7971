//! all-MiniLM-L6-v2 on ONNX Runtime.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::{Mutex, PoisonError},
};

use fastembed::{InitOptionsUserDefined, Pooling, TextEmbedding, TokenizerFiles, UserDefinedEmbeddingModel};

use super::{EmbedError, Embedder, ModelFiles};

/// all-MiniLM-L6-v2 (Reimers and Gurevych, Sentence-BERT, 2019) with int8 weights: mean pooling over the first
/// 256 tokens, as the model's authors run it. One text at a time: callers queue behind a mutex.
pub struct MiniLm {
    /// `embed` takes the model mutably.
    model: Mutex<TextEmbedding>,
}

const DIMENSIONS: usize = 384;
const MAX_TOKENS: usize = 256;
/// Texts of one run of the network; larger batches are no faster on a CPU and take more memory.
const BATCH: usize = 32;

impl MiniLm {
    /// Loads the model: about half a second, and some 220 MB of memory. `threads` is how many threads one run uses; `None` is all cores.
    /// ONNX Runtime is loaded once in a process: later calls keep the first library that loaded.
    pub fn load(files: &ModelFiles, threads: Option<usize>) -> Result<Self, EmbedError> {
        if !files.runtime.is_file() {
            return Err(EmbedError::MissingFile { path: files.runtime.clone() });
        }
        let model = UserDefinedEmbeddingModel::new(
            read(&files.model)?,
            TokenizerFiles {
                tokenizer_file: read(&files.tokenizer)?,
                config_file: read(&files.config)?,
                special_tokens_map_file: read(&files.special_tokens)?,
                tokenizer_config_file: read(&files.tokenizer_config)?,
            },
        )
        .with_pooling(Pooling::Mean);
        // Without this first step fastembed would panic on a library that is missing or too old.
        ort::init_from(&files.runtime).map_err(|error| EmbedError::Runtime { reason: error.to_string() })?;
        let mut options = InitOptionsUserDefined::new().with_max_length(MAX_TOKENS);
        if let Some(threads) = threads {
            options = options.with_intra_threads(threads);
        }
        let model = guarded(|| TextEmbedding::try_new_from_user_defined(model, options)).map_err(|reason| EmbedError::Model { reason })?;
        let this = Self { model: Mutex::new(model) };
        // A file of another model shows here and not in the middle of a job.
        this.embed(&["deal".to_owned()]).map_err(|error| EmbedError::Model { reason: error.to_string() })?;
        Ok(this)
    }
}

impl Embedder for MiniLm {
    fn dimensions(&self) -> usize {
        DIMENSIONS
    }

    fn model_name(&self) -> &str {
        "all-MiniLM-L6-v2-int8"
    }

    fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError> {
        // A batch costs as much as its longest text: batches of like length waste least.
        let mut order: Vec<usize> = (0..texts.len()).collect();
        order.sort_by_key(|&nth| texts[nth].len());
        let mut vectors = vec![Vec::new(); texts.len()];
        for batch in order.chunks(BATCH) {
            let batch_texts: Vec<&str> = batch.iter().map(|&nth| texts[nth].as_str()).collect();
            // Locked for each batch, so that a single text need not wait for a whole job.
            let mut model = self.model.lock().unwrap_or_else(PoisonError::into_inner);
            let embedded = guarded(|| model.embed(&batch_texts, Some(BATCH))).map_err(|reason| EmbedError::Embed { reason })?;
            drop(model);
            if embedded.len() != batch.len() {
                return Err(EmbedError::Embed { reason: format!("{} vectors for {} texts", embedded.len(), batch.len()) });
            }
            for (&nth, vector) in batch.iter().zip(embedded) {
                vectors[nth] = checked(vector)?;
            }
        }
        Ok(vectors)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, EmbedError> {
    fs::read(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => EmbedError::MissingFile { path: path.to_owned() },
        _ => EmbedError::Unreadable { path: path.to_owned(), source },
    })
}

/// Runs the library's code; its panics, too, become reasons.
fn guarded<T>(run: impl FnOnce() -> fastembed::Result<T>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(result) => result.map_err(|error| error.to_string()),
        Err(_) => Err("the embedding library panicked".to_owned()),
    }
}

fn checked(vector: Vec<f32>) -> Result<Vec<f32>, EmbedError> {
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    if vector.len() == DIMENSIONS && (length - 1.0).abs() < 1e-3 {
        Ok(vector)
    } else {
        Err(EmbedError::Embed {
            reason: format!("the model gave {} numbers of length {length}, not a unit vector of {DIMENSIONS}", vector.len()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cosine(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(x, y)| x * y).sum()
    }

    #[test]
    fn a_broken_installation_is_an_error_and_no_panic() {
        let dir = tempfile::tempdir().unwrap();
        let files = ModelFiles::in_folder(dir.path());
        assert!(matches!(MiniLm::load(&files, None), Err(EmbedError::MissingFile { path }) if path == files.runtime));
        for path in [&files.model, &files.tokenizer, &files.config, &files.special_tokens, &files.tokenizer_config, &files.runtime] {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "not what it should be").unwrap();
        }
        // Another test of this process may have loaded a good library already; then the model is what fails.
        assert!(matches!(MiniLm::load(&files, None), Err(EmbedError::Runtime { .. } | EmbedError::Model { .. })));
        fs::remove_file(&files.tokenizer).unwrap();
        assert!(matches!(MiniLm::load(&files, None), Err(EmbedError::MissingFile { path }) if path == files.tokenizer));
    }

    #[test]
    #[ignore = "needs the model: `cargo xtask setup`; then name its folder in VECTOROS_TEST_MODEL_DIR"]
    fn meaning_makes_texts_near_whatever_the_batch() {
        let dir = std::env::var("VECTOROS_TEST_MODEL_DIR").expect("VECTOROS_TEST_MODEL_DIR names the model folder");
        let model = MiniLm::load(&ModelFiles::locate(Path::new(&dir)).unwrap(), None).unwrap();
        let mut texts: Vec<String> = [
            "Cloud migration of the core banking platform",
            "Moving a bank's central systems to the cloud",
            "Spare parts for agricultural tractors",
            "",
        ]
        .map(str::to_owned)
        .to_vec();
        texts.extend((0..70).map(|n| "long filler text ".repeat(n)));
        let together = model.embed(&texts).unwrap();
        assert!(together.iter().all(|vector| vector.len() == model.dimensions()));
        assert!(cosine(&together[0], &together[1]) > cosine(&together[0], &together[2]) + 0.3);
        for nth in [0, 3, 73] {
            let alone = model.embed(&texts[nth..=nth]).unwrap();
            assert!(cosine(&alone[0], &together[nth]) > 0.9999, "text {nth} depends on its batch");
        }
        assert!(model.embed(&[]).unwrap().is_empty());
    }
}
