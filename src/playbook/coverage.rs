//! How a deal stands against each principle.

use super::{NoteLinks, Origin, PrincipleId, Side};

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
pub fn state<'a>(notes: impl Iterator<Item = &'a NoteLinks>, principle: &PrincipleId) -> State {
    let mut state = State::Blank;
    let (mut refused, mut found, mut theirs) = (false, 0, 0);
    for note in notes {
        refused |= note.refused.contains(principle);
        if note.suggestions.iter().any(|link| &link.principle == principle) {
            state = state.max(State::Suggested);
        }
        for link in note.links.iter().filter(|link| &link.principle == principle) {
            found += 1;
            theirs += usize::from(link.side == Side::Theirs);
            state = state.max(if link.origin == Origin::Text { State::Linked } else { State::Stated });
        }
    }
    let only_theirs = found > 0 && theirs == found;
    if only_theirs || (refused && found == 0) { State::Contradicted } else { state }
}
