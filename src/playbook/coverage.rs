//! How a deal stands against each principle.

/// One of five states; the order is from nothing to certainty, `Contradicted` apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum State {
    /// No note speaks of it.
    #[default]
    Blank,
    /// Only near misses below the threshold.
    Suggested,
    /// Found in the text of a note.
    Linked,
    /// Stated by hand.
    Stated,
    /// Refused by hand, or every link says that the lever is theirs.
    Contradicted,
}

impl State {
    /// The word shown and used in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Blank => "blank",
            Self::Suggested => "suggested",
            Self::Linked => "linked",
            Self::Stated => "stated",
            Self::Contradicted => "contradicted",
        }
    }
}

/// How a deal stands against a principle, given the links of its notes.
pub fn state<'a>(links: impl Iterator<Item = &'a super::NoteLinks>, principle: &super::PrincipleId) -> State {
    let _ = (links, principle);
    todo!()
}
