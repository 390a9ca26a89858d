//! The properties at the top of a note: found line by line, read as YAML, TOML or JSON.
//!
//! In comes the whole text; out go the keys with their values and places, as written. What the keys
//! mean is not known here.

use crate::source::Span;

/// The properties of a document; empty if it has none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FrontMatter {
    /// Keys in the order in which they stand; a key that stands twice is kept once, the first.
    pub entries: Vec<Entry>,
    /// From the opening to the closing marker line, both included; empty if there is none.
    pub span: Span,
    /// Whether it could be read. If not, nothing may be assumed about the note: it is withheld.
    pub state: State,
}

/// Whether a front matter could be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// There is none.
    #[default]
    Absent,
    /// It was read; single keys may still have problems.
    Read,
    /// It is broken, unclosed, or too large: the note must be withheld.
    Unreadable,
}

/// One property.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// As spelt; compare with [`FrontMatter::get`], which folds case.
    pub key: String,
    /// Place of the key.
    pub key_span: Span,
    /// What it is set to.
    pub value: Value,
    /// Place of the value; empty after the key if there is none.
    pub value_span: Span,
}

/// A value as it is written; scalars keep their spelling, so `no` is a text that may be read as false.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing, `~` or `null`.
    Null,
    /// A plain or quoted scalar, number, date or checkbox.
    Scalar {
        /// The text without quotes, escapes resolved.
        text: String,
        /// Whether it stood in quotes (then it is never a number, date or checkbox).
        quoted: bool,
    },
    /// A list, each item with its place.
    List(Vec<(Value, Span)>),
    /// A nested map, in order.
    Map(Vec<(String, Value)>),
}

impl FrontMatter {
    /// The property of that name, in any case.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key.to_lowercase() == key)
    }
}

impl Value {
    /// The texts of a scalar or of a list of scalars; `[[A]]`, which YAML takes for nested lists, as the wikilink that was meant.
    pub fn texts(&self) -> Vec<&str> {
        match self {
            Self::Scalar { text, .. } => vec![text],
            Self::List(items) => items.iter().flat_map(|(item, _)| item.texts()).collect(),
            Self::Null | Self::Map(_) => Vec::new(),
        }
    }
}
