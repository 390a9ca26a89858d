//! The model: principles, notes, deals, counterparties, links and their evidence, as plain data.
//!
//! In come documents; out goes what they say in the words of negotiators. How links are found,
//! who may see what, and how pages look is not known here.

pub mod leverage;
pub mod note;
pub mod paths;
pub mod deal;
pub mod money;
pub mod outcome;
pub mod coverage;
pub mod vault_checks;
pub mod media;
pub mod references;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

pub use coverage::State;
pub use deal::{Check, Counterparty, Deal, DealId, Facts, Role};
pub use leverage::{Leverage, Principle, PrincipleId, SourceLink};
pub use note::{HandLink, Lever, Name, Note, NoteId, key};
pub use outcome::Outcome;

#[cfg(test)]
mod tests;

use crate::source::Span;

/// Everything that one audience may see, in one piece. Parts that an edit leaves as they are may be shared with the playbook
/// before it.
#[derive(Clone, Debug, Default)]
pub struct Playbook {
    /// The leverage document.
    pub leverage: Arc<Leverage>,
    /// Notes, newest first, undated ones last, then by path.
    pub notes: Vec<Arc<Note>>,
    /// Deals: open ones first by next date, then closed ones, newest first.
    pub deals: Arc<Vec<Deal>>,
    /// Counterparties by name.
    pub counterparties: Arc<Vec<Counterparty>>,
    /// Where each note stands in `notes`.
    pub positions: Arc<BTreeMap<NoteId, usize>>,
    /// What was found about each note.
    pub links: BTreeMap<NoteId, Arc<NoteLinks>>,
}

/// The links of one note, and what nearly became one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NoteLinks {
    /// Best first.
    pub links: Vec<Link>,
    /// Near misses below the threshold, best first, for the review queue.
    pub suggestions: Vec<Link>,
    /// Principles that the author refused for this note.
    pub refused: Vec<PrincipleId>,
}

/// A note shows a principle.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// Which one.
    pub principle: PrincipleId,
    /// Calibrated probability that a careful reader agrees; 1.0 for links set by hand.
    pub confidence: f64,
    /// How the link came to be.
    pub origin: Origin,
    /// Who holds the lever.
    pub side: Side,
    /// The passages that speak for it, best first. Never empty for links found in the text.
    pub evidence: Vec<Evidence>,
    /// How much each kind of sign spoke for it: name and share of the score; they sum to the score.
    pub reasons: Vec<Reason>,
    /// The built-in passage that the evidence reads like, if one is near enough.
    pub reads_like: Option<String>,
    /// The likeliest other principle, by the text alone.
    pub rival: Option<Rival>,
}

/// The principle that came next.
#[derive(Clone, Debug, PartialEq)]
pub struct Rival {
    /// Which one.
    pub principle: PrincipleId,
    /// What the text says for it: calibrated probability.
    pub confidence: f64,
}

/// One contribution to a link's score, for the person who asks why.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// The signal's name, as in `explain`.
    pub signal: &'static str,
    /// Its share, in log-odds; negative speaks against.
    pub weight: f64,
}

/// How a link came to be; the first that applies counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Origin {
    /// Named in the note's `principles` or in a `[!lever]` callout.
    FrontMatter,
    /// The body links to the principle.
    Wikilink,
    /// A tag names the principle.
    Tag,
    /// Found in the text by the linker.
    Text,
}

/// Who holds the lever.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Side {
    /// It strengthens us.
    Ours,
    /// It strengthens them.
    Theirs,
    /// Both.
    Mutual,
    /// Nobody said.
    #[default]
    Unclear,
}

/// A passage of the note that speaks for a link.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// Where it stands in the note's source, for quoting exactly.
    pub span: Span,
    /// First line.
    pub start_line: usize,
    /// Last line.
    pub end_line: usize,
    /// The source's bytes at `span`.
    pub quote: String,
    /// The words in it that spoke for the link, strongest first, each with its place in the source.
    pub terms: Vec<Term>,
}

/// A word or phrase that spoke for a link.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// As it stands in the note.
    pub text: String,
    /// Its place in the note's source.
    pub span: Span,
    /// Its share of the score; larger is stronger.
    pub weight: f64,
}

impl Origin {
    /// The word of the JSON contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FrontMatter => "front_matter",
            Self::Wikilink => "wikilink",
            Self::Tag => "tag",
            Self::Text => "text",
        }
    }
}

impl Side {
    /// The word of the JSON contract and of `[!lever]` callouts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Theirs => "theirs",
            Self::Mutual => "mutual",
            Self::Unclear => "unclear",
        }
    }
}

impl Side {
    /// The side that a word means, in any case.
    pub fn of_word(word: &str) -> Option<Self> {
        let sides = [Self::Ours, Self::Theirs, Self::Mutual, Self::Unclear];
        sides.into_iter().find(|side| side.as_str() == word.trim().to_lowercase())
    }
}

impl Playbook {
    /// The note of that id.
    pub fn note(&self, id: &NoteId) -> Option<&Arc<Note>> {
        self.positions.get(id).map(|index| &self.notes[*index])
    }
}

impl fmt::Display for Side {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl Link {
    /// Sureness as a word for people.
    pub fn sureness(&self) -> &'static str {
        match self.origin {
            Origin::FrontMatter | Origin::Wikilink | Origin::Tag => "Named by the author",
            Origin::Text => sureness(self.confidence),
        }
    }
}

/// A calibrated probability as a word for people.
pub fn sureness(probability: f64) -> &'static str {
    match probability {
        _ if probability >= 0.8 => "Strong",
        _ if probability >= 0.5 => "Good",
        _ => "Possible",
    }
}
