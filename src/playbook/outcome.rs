//! The four outcomes that statistics use.

use crate::config::OutcomeWords;

/// Where a deal stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Outcome {
    /// Still being negotiated, or nobody said.
    #[default]
    Open,
    /// We got what we wanted.
    Won,
    /// Some of it.
    Partly,
    /// No deal, or a bad one.
    Lost,
}

impl Outcome {
    /// All of them, in the order in which pages list them.
    pub const ALL: [Self; 4] = [Self::Won, Self::Partly, Self::Lost, Self::Open];

    /// The word shown and used in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Won => "won",
            Self::Partly => "partly",
            Self::Lost => "lost",
        }
    }

    /// The outcome that a free word means by the settings; `None` if it is in no group.
    pub fn of_word(word: &str, words: &OutcomeWords) -> Option<Self> {
        let word = word.trim().to_lowercase();
        let groups = [
            (Self::Won, &words.won),
            (Self::Partly, &words.partly),
            (Self::Lost, &words.lost),
            (Self::Open, &words.open),
        ];
        let mut groups = groups.into_iter();
        groups
            .find(|(_, words)| words.iter().any(|known| known.to_lowercase() == word))
            .map(|(outcome, _)| outcome)
    }

    /// Whether the deal is over.
    pub fn is_closed(self) -> bool {
        self != Self::Open
    }
}
