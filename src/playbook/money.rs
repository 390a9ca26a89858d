//! Reads amounts as people write them.

/// The number that a text is: `42,000`, `$1.2m`, `-8%` (as -0.08), `EUR 3.5k`, `1'200`; `None` if more than an amount stands there.
pub fn number(text: &str) -> Option<f64> {
    let _ = text;
    todo!()
}
