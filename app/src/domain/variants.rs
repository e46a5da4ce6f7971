//! All variants of plain enums, in their order.

use strum::VariantArray;

/// All `N` variants of an enum. Does not compile to a constant where it has another number of them.
pub const fn all<T: VariantArray + Copy, const N: usize>() -> [T; N] {
    assert!(T::VARIANTS.len() == N, "the enum has another number of variants");
    match T::VARIANTS.first_chunk::<N>() {
        Some(all) => *all,
        None => panic!("the enum has fewer variants"),
    }
}
