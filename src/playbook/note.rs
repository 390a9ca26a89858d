//! A deal note: what its front matter and its body say about a deal.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::{Date, DateTime};

use super::deal::Facts;
use super::{PrincipleId, Side};
use crate::config::Visibility;
use crate::markdown::Document;
use crate::source::Span;

/// The id of a note: its path below its notes folder, with `/`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NoteId(pub Arc<str>);

/// A note, as one audience may read it.
#[derive(Debug)]
pub struct Note {
    /// Its path below the notes folder.
    pub id: NoteId,
    /// The parsed text.
    pub document: Document,
    /// `title`, else the first heading, else the file name.
    pub title: String,
    /// `date`, else from a file name that starts with a date.
    pub date: Option<DateTime>,
    /// `deal`, else the folder directly below the notes root.
    pub deal: Option<Name>,
    /// Who sits on the other side.
    pub counterparties: Vec<Name>,
    /// Free word.
    pub stage: Option<String>,
    /// Free word, as written; mapped by the settings' `[outcomes]`.
    pub outcome: Option<String>,
    /// Amount at stake.
    pub value: Option<f64>,
    /// ISO code.
    pub currency: Option<String>,
    /// From front matter and body, without `#`, each once.
    pub tags: Vec<String>,
    /// Other names of the note.
    pub aliases: Vec<String>,
    /// Links set by hand in `principles`, as written.
    pub principles: Vec<HandLink>,
    /// Links refused by hand in `not_principles`, as written.
    pub not_principles: Vec<HandLink>,
    /// Levers stated in `[!lever]` callouts.
    pub levers: Vec<Lever>,
    /// Who may see it.
    pub visibility: Visibility,
    /// Only shown with `--drafts`.
    pub draft: bool,
    /// The facts of its deal that this note states.
    pub facts: Facts,
    /// All other keys, as JSON, for templates.
    pub extra: BTreeMap<String, serde_json::Value>,
}

/// A name as the author wrote it, text or wikilink.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// What to show: the wikilink's text or the plain text.
    pub text: String,
    /// The wikilink's target, if it is one.
    pub target: Option<String>,
}

/// A principle named by the author, not yet looked up.
#[derive(Clone, Debug, PartialEq)]
pub struct HandLink {
    /// Id, title, alias, or a wikilink's target.
    pub name: String,
    /// Where it is named.
    pub span: Span,
}

/// `> [!lever] Timing (theirs, strong)`
#[derive(Clone, Debug, PartialEq)]
pub struct Lever {
    /// The principle as named.
    pub name: String,
    /// Whose it is.
    pub side: Side,
    /// How it stands: a free word, or empty.
    pub strength: String,
    /// The callout's first line.
    pub title_span: Span,
    /// The whole callout.
    pub span: Span,
}

impl Note {
    /// The ids of all principles that the note names by hand and that exist.
    pub fn named(&self, find: impl Fn(&str) -> Option<PrincipleId>) -> Vec<PrincipleId> {
        self.principles.iter().filter_map(|link| find(&link.name)).collect()
    }

    /// The civil day of the note.
    pub fn day(&self) -> Option<Date> {
        self.date.map(DateTime::date)
    }
}

/// Reads a note out of a document. Never fails: what is odd becomes a diagnostic.
pub fn read(id: NoteId, document: Document) -> (Note, Vec<crate::diagnostic::Diagnostic>) {
    let _ = (id, document);
    todo!()
}

/// What the front matter says about who may see the note. `Err` holds the warning when a value is not known; the note is then withheld.
pub fn visibility(document: &Document) -> Result<(Visibility, bool), Box<crate::diagnostic::Diagnostic>> {
    let _ = document;
    todo!()
}
