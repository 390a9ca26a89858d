//! The properties at the top of a note: found line by line, read as YAML, TOML or JSON.
//!
//! In comes the whole text; out go the keys with their values and places, as written. What the keys
//! mean is not known here. What cannot be read withholds its note, because the unread part may be
//! what makes the note private.

mod broken;
mod toml;
mod yaml;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Source, Span};

/// The properties of a document; empty if it has none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FrontMatter {
    /// Keys in the order in which they stand; a key that stands twice is kept once, the first.
    pub entries: Vec<Entry>,
    /// From the opening to the closing marker line, both included; empty if there is none. If it is never closed, to the end.
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
        /// The text without quotes, escapes resolved. A wikilink without quotes stands here whole: `[[Acme]]`.
        text: String,
        /// Whether it stood in quotes or as a block of text (then it is never a number, date or checkbox).
        quoted: bool,
    },
    /// A list, each item with its place.
    List(Vec<(Value, Span)>),
    /// A nested map, in order; a key that stands twice is kept once, the first.
    Map(Vec<(String, Value)>),
}

impl FrontMatter {
    /// The property of that name, in any case. The name is given in small letters.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key.chars().flat_map(char::to_lowercase).eq(key.chars()))
    }
}

impl Value {
    /// The texts of a scalar or of a list of scalars, also of lists in lists.
    pub fn texts(&self) -> Vec<&str> {
        match self {
            Self::Scalar { text, .. } => vec![text],
            Self::List(items) => items.iter().flat_map(|(item, _)| item.texts()).collect(),
            Self::Null | Self::Map(_) => Vec::new(),
        }
    }
}

/// A front matter of the size of a novel is a mistake or an attack.
const MAX_BYTES: usize = 64 * 1024;
const MAX_NODES: usize = 10_000;
const MAX_DEPTH: usize = 32;

/// Keys that decide who may see a note. When they are unclear, the note is withheld.
const GUARDS: [&str; 2] = ["visibility", "draft"];

/// What the top of a text looks like.
enum Top {
    /// It begins with its body.
    Body,
    /// Marker lines in their right places.
    Block { syntax: Syntax, span: Span, inside: Span },
    /// An opening marker on the first line, and no closing one.
    Unclosed { syntax: Syntax, marker: Span },
    /// What the author must take for a front matter, though no reader of Markdown does.
    Misplaced { marker: Span, span: Span },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Syntax {
    /// Between `---` lines; JSON is a part of it.
    Yaml,
    /// Between `+++` lines.
    Toml,
}

/// Why a block cannot be read: place, message, help.
struct Broken {
    span: Span,
    message: String,
    help: String,
}

/// Reads the front matter, if the text begins with one. Problems with single keys leave the others readable.
pub fn split(source: &Arc<Source>) -> (FrontMatter, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let unreadable = |span| FrontMatter { entries: Vec::new(), span, state: State::Unreadable };
    let front_matter = match top(source.text()) {
        Top::Body => FrontMatter::default(),
        Top::Block { syntax, span, inside } => match read(source, syntax, inside, &mut diagnostics) {
            Ok(entries) => keep_first(source, entries, span, &mut diagnostics),
            Err(broken) => {
                // What else is odd can wait until the block can be read.
                diagnostics.clear();
                diagnostics.push(
                    Diagnostic::at(Code::FrontMatterUnreadable, source, broken.span, broken.message)
                        .help(broken.help),
                );
                unreadable(span)
            }
        },
        Top::Unclosed { syntax, marker } => {
            let line = syntax.marker();
            diagnostics.push(
                Diagnostic::at(
                    Code::FrontMatterUnreadable,
                    source,
                    marker,
                    "the front matter is never closed",
                )
                .help(format!("close it with a line `{line}`; for a rule at the top of a note write `***`")),
            );
            unreadable(Span::new(marker.start, source.text().len()))
        }
        Top::Misplaced { marker, span } => {
            diagnostics.push(
                Diagnostic::at(
                    Code::FrontMatterNotFirst,
                    source,
                    marker,
                    "this looks like a front matter, but it does not begin the note with a bare marker line",
                )
                .help("let the marker be all of the first line of the file; the note is withheld until then"),
            );
            unreadable(span)
        }
    };
    (front_matter, diagnostics)
}

fn read(
    source: &Arc<Source>,
    syntax: Syntax,
    inside: Span,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Vec<Entry>, Broken> {
    if inside.end - inside.start > MAX_BYTES {
        return Err(Broken {
            span: source.line_span(source.line(inside.start)),
            message: "the front matter is larger than 64 kB".into(),
            help: "move long texts into the body of the note".into(),
        });
    }
    match syntax {
        Syntax::Yaml => yaml::read(source, inside, diagnostics),
        Syntax::Toml => toml::read(source, inside, diagnostics),
    }
}

/// Drops what stands a second time, in any case. A second guard makes the whole unreadable, because either could be meant.
fn keep_first(
    source: &Arc<Source>,
    entries: Vec<Entry>,
    span: Span,
    diagnostics: &mut Vec<Diagnostic>,
) -> FrontMatter {
    let mut seen = BTreeSet::new();
    let mut state = State::Read;
    let mut kept = Vec::with_capacity(entries.len());
    for entry in entries {
        let folded = entry.key.to_lowercase();
        let is_guard = GUARDS.contains(&folded.trim());
        if seen.insert(folded) {
            kept.push(entry);
            continue;
        }
        diagnostics.push(twice(source, &entry.key, entry.key_span));
        if is_guard {
            state = State::Unreadable;
        }
    }
    FrontMatter { entries: kept, span, state }
}

fn twice(source: &Arc<Source>, key: &str, span: Span) -> Diagnostic {
    Diagnostic::at(Code::DuplicateKey, source, span, format!("the key `{key}` stands twice"))
        .help("remove one of the two; the first one counts")
}

impl Syntax {
    fn marker(self) -> &'static str {
        match self {
            Self::Yaml => "---",
            Self::Toml => "+++",
        }
    }

    fn opened_by(line: &str) -> Option<Self> {
        [Self::Yaml, Self::Toml].into_iter().find(|syntax| line == syntax.marker())
    }

    fn is_closed_by(self, line: &str) -> bool {
        line == self.marker() || (self == Self::Yaml && line == "...")
    }
}

fn top(text: &str) -> Top {
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let Some(first) = lines(text, start).next() else { return Top::Body };
    if let Some(object) = bare_object(text, start) {
        return object;
    }
    if let Some(syntax) = Syntax::opened_by(text[first.range()].trim_end()) {
        let inside_start = line_end(text, first.end);
        let closing =
            lines(text, inside_start).find(|line| syntax.is_closed_by(text[line.range()].trim_end()));
        return match closing {
            Some(closing) => Top::Block {
                syntax,
                span: Span::new(start, closing.end),
                inside: Span::new(inside_start, closing.start),
            },
            None => Top::Unclosed { syntax, marker: first },
        };
    }
    misplaced(text, start).unwrap_or(Top::Body)
}

/// A JSON object without marker lines, as some site generators take it. If it is broken, it must at least name a guard.
fn bare_object(text: &str, start: usize) -> Option<Top> {
    let rest = text[start..].trim_start_matches(is_blank);
    if !rest.starts_with('{') {
        return None;
    }
    let from = text.len() - rest.len();
    let mut values =
        serde_json::Deserializer::from_str(rest).into_iter::<serde_json::Map<String, serde_json::Value>>();
    let end = match values.next() {
        Some(Ok(object)) => (!object.is_empty()).then(|| from + values.byte_offset())?,
        _ => {
            let mut paragraph = lines(text, from).take_while(|line| !text[line.range()].trim().is_empty());
            let names_guard =
                |line: &str| GUARDS.iter().any(|guard| line.to_lowercase().contains(&format!("\"{guard}\"")));
            paragraph.find(|line| names_guard(&text[line.range()]))?.end
        }
    };
    Some(Top::Misplaced { marker: Span::new(from, from + 1), span: Span::new(from, end) })
}

/// What nobody sees: white space, and characters without width.
fn is_blank(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// A front matter after blank lines, indented, or with a comment or something invisible about its opening marker.
fn misplaced(text: &str, start: usize) -> Option<Top> {
    let marker = lines(text, start).find(|line| !text[line.range()].trim_matches(is_blank).is_empty())?;
    let words = text[marker.range()].trim_matches(is_blank);
    let syntax = Syntax::opened_by(words).or_else(|| {
        let (marker, rest) = words.split_at_checked(3)?;
        rest.trim_start().starts_with('#').then(|| Syntax::opened_by(marker)).flatten()
    })?;
    let inside_start = line_end(text, marker.end);
    let mut inside = lines(text, inside_start).map(|line| (text[line.range()].trim(), line));
    let (first_key, _) = inside.clone().find_map(|(line, span)| {
        let is_prose = line.is_empty() || line.starts_with('#');
        (!is_prose).then(|| (key_of(line, syntax), span))
    })?;
    let first_key = first_key?;
    let closing = inside.find(|(line, _)| syntax.is_closed_by(line));
    let is_guard = GUARDS.contains(&first_key.to_lowercase().as_str());
    if closing.is_none() && !is_guard {
        return None;
    }
    let end = closing.map_or(text.len(), |(_, line)| line.end);
    Some(Top::Misplaced { marker, span: Span::new(marker.start, end) })
}

/// The key that a line sets, if it can be a line of a front matter: one word, then its sign.
fn key_of(line: &str, syntax: Syntax) -> Option<&str> {
    if line.starts_with('{') && syntax == Syntax::Yaml {
        return Some("{");
    }
    let sign = if syntax == Syntax::Yaml { ':' } else { '=' };
    let key = line.split_once(sign)?.0.trim().trim_matches(['"', '\'']);
    let is_word = !key.is_empty() && !key.contains(char::is_whitespace);
    is_word.then_some(key)
}

/// The lines from an offset on, without their ends.
fn lines(text: &str, start: usize) -> impl Iterator<Item = Span> + Clone {
    let mut start = start;
    std::iter::from_fn(move || {
        let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
        let length = rest.find('\n').map_or(rest.len(), |newline| newline + 1);
        let line = rest[..length].trim_end_matches(['\n', '\r']);
        let span = Span::new(start, start + line.len());
        start += length;
        Some(span)
    })
}

/// The first byte after a line end that begins at the offset or later on the line.
fn line_end(text: &str, offset: usize) -> usize {
    text[offset..].find('\n').map_or(text.len(), |newline| offset + newline + 1)
}

#[cfg(test)]
mod tests;
