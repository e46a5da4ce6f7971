//! A stand-in for the real model in tests and where the model is not installed.

use super::{EmbedError, Embedder};

/// Hashed bag of words: texts with the same words are near, texts without common words nearly orthogonal.
/// Deterministic on every machine; knows nothing about meaning.
#[derive(Debug, Clone, Copy, Default)]
pub struct FakeEmbedder;

const DIMENSIONS: usize = 384;

/// Each word touches several dimensions, so that two words seldom fall on the same ones.
const DIMENSIONS_PER_WORD: u64 = 4;

impl Embedder for FakeEmbedder {
    fn dimensions(&self) -> usize {
        DIMENSIONS
    }

    fn model_name(&self) -> &str {
        "fake-bag-of-words"
    }

    fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError> {
        Ok(texts.iter().map(|text| bag_of_words(text)).collect())
    }
}

fn bag_of_words(text: &str) -> Vec<f32> {
    let mut vector = vec![0.0_f32; DIMENSIONS];
    let lower = text.to_lowercase();
    for word in lower.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()) {
        for salt in 0..DIMENSIONS_PER_WORD {
            let hash = fnv1a(salt, word);
            let sign = if hash >> 63 == 0 { 1.0 } else { -1.0 };
            vector[(hash % DIMENSIONS as u64) as usize] += sign;
        }
    }
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|x| *x /= length);
    } else {
        // A text without words needs a unit vector too.
        vector[0] = 1.0;
    }
    vector
}

/// FNV-1a, 64 bit: unlike the standard library's hasher it is the same in every release of Rust.
fn fnv1a(salt: u64, word: &str) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    let hash = salt.to_le_bytes().iter().chain(word.as_bytes()).fold(0xcbf2_9ce4_8422_2325, step);
    // The low bits of FNV mix poorly for short words.
    hash ^ (hash >> 29)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cosine(a: &str, b: &str) -> f32 {
        let vectors = FakeEmbedder.embed(&[a.to_owned(), b.to_owned()]).unwrap();
        vectors[0].iter().zip(&vectors[1]).map(|(x, y)| x * y).sum()
    }

    #[test]
    fn common_words_make_texts_near() {
        assert!((cosine("Cloud migration, phase two", "cloud MIGRATION phase two") - 1.0).abs() < 1e-5);
        let (near, far) =
            (cosine("cloud migration for a bank", "cloud migration for an insurer"), cosine("cloud migration", "wind turbine"));
        assert!(near > 0.4 && far.abs() < 0.3, "{near} {far}");
    }

    #[test]
    fn every_vector_has_length_one() {
        for text in ["", "   ", "x", "a b c a b c"] {
            let vector = bag_of_words(text);
            assert_eq!(vector.len(), FakeEmbedder.dimensions());
            assert!((vector.iter().map(|x| x * x).sum::<f32>() - 1.0).abs() < 1e-5, "{text:?}");
        }
    }
}
