//! What only shows when all notes are looked at together: properties of several kinds, names that cannot be linked to.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Note;
use super::note::date_time;
use crate::diagnostic::{Code, Diagnostic};
use crate::markdown::front_matter::{Entry, Value};

/// What a wikilink cannot hold (Obsidian's own list).
const UNLINKABLE: &[&str] = &["#", "|", "^", ":", "%%", "[[", "]]"];

/// The problems of the vault as a whole.
pub fn check(notes: &[Arc<Note>]) -> Vec<Diagnostic> {
    let mut problems = property_kinds(notes);
    problems.extend(notes.iter().filter_map(|note| unlinkable(note)));
    problems
}

/// The kind of a property's value, as Obsidian tells them apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Text,
    Number,
    Checkbox,
    Date,
    List,
    Map,
}

impl Kind {
    /// `None` for an empty property, which has no kind yet.
    fn of(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Null => return None,
            Value::Scalar { quoted: true, .. } => Self::Text,
            Value::Scalar { text, .. } if matches!(text.as_str(), "true" | "false") => Self::Checkbox,
            Value::Scalar { text, .. } if text.parse::<f64>().is_ok() => Self::Number,
            Value::Scalar { text, .. } if date_time(text).is_some() => Self::Date,
            Value::Scalar { .. } => Self::Text,
            Value::List(_) => Self::List,
            Value::Map(_) => Self::Map,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Number => "a number",
            Self::Checkbox => "a checkbox",
            Self::Date => "a date",
            Self::List => "a list",
            Self::Map => "a nested map",
        }
    }
}

/// The uses of one property, by the kind of its value.
type Uses<'a> = BTreeMap<Kind, Vec<(&'a Arc<Note>, &'a Entry)>>;

/// Every use of a property that is of another kind than most of its uses.
fn property_kinds(notes: &[Arc<Note>]) -> Vec<Diagnostic> {
    let mut uses: BTreeMap<String, Uses<'_>> = BTreeMap::new();
    for note in notes {
        for entry in &note.document.front_matter.entries {
            let key = entry.key.to_lowercase();
            // The keys of ours take several kinds on purpose.
            if super::note::KEYS.contains(&key.as_str()) {
                continue;
            }
            if let Some(kind) = Kind::of(&entry.value) {
                uses.entry(key).or_default().entry(kind).or_default().push((note, entry));
            }
        }
    }
    let mut problems = Vec::new();
    for kinds in uses.into_values().filter(|kinds| kinds.len() > 1) {
        let most = kinds
            .iter()
            .max_by_key(|(kind, uses)| (uses.len(), std::cmp::Reverse(**kind)))
            .map(|(kind, _)| *kind);
        let Some(usual) = most else { continue };
        for (kind, uses) in kinds.into_iter().filter(|(kind, _)| *kind != usual) {
            problems.extend(uses.into_iter().map(|(note, entry)| {
                let message =
                    format!("`{}` is {} here and {} in most notes", entry.key, kind.name(), usual.name());
                Diagnostic::at(Code::PropertyKinds, &note.document.source, entry.value_span, message)
            }));
        }
    }
    problems
}

fn unlinkable(note: &Note) -> Option<Diagnostic> {
    let id = &note.document.source.id;
    let mark = UNLINKABLE.iter().find(|mark| id.stem().contains(**mark))?;
    let message = format!("the name has `{mark}`, so that no wikilink can name this note");
    Some(Diagnostic::of_file(Code::NameNotLinkable, id, message).help("rename the file"))
}
