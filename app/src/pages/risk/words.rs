//! Amounts as the dashboard says them.

use crate::domain::money::Money;

/// Short; a dash where there is none.
pub fn amount(money: Option<&Money>) -> String {
    money.map_or_else(|| "–".into(), Money::compact)
}
