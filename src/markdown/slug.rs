//! Slugs: portable names for URLs, ids and files.

/// NFKC, small letters, letters and digits of every script kept, everything else one `-`; at most 80 characters.
/// Never empty, never `index`, never a name that some system reserves (`con`, `nul`), never with a leading or trailing `-`.
pub fn slug(text: &str) -> String {
    let _ = text;
    todo!()
}
