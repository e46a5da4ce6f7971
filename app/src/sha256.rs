//! SHA-256 in hexadecimal, as it is stored and shown.

use sha2::{Digest, Sha256};

/// Hexadecimal SHA-256 of some bytes.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
