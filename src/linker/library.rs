//! The concept library: what is known about common principles beyond a user's own words.

/// A principle of the user with what the library adds to it.
pub struct Concept {}

/// How well the library covers a principle.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Coverage {
    /// Matched to a concept of the library.
    Library,
    /// Only its own title, text, aliases and cues speak for it.
    OwnText,
}
