//! Problems as data, and how they are drawn for a person.
//!
//! A [`Diagnostic`] says what is wrong, where, and what to do. The command line draws it with its
//! source line, `check --format json` prints its fields. Nothing here prints.

mod codes;
mod draw;

use std::sync::Arc;

pub use codes::Code;
pub use draw::{draw, drives_terminal, escape_controls};

use crate::source::{Position, Source, SourceId, Span};

/// How much a problem weighs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Severity {
    /// Something is wrong and a part of the content is not shown: exit code 1.
    Error,
    /// Something is probably not meant so: exit code 1 under `--strict`.
    Warning,
    /// Worth knowing, shown by `check` only.
    Info,
}

/// One problem, found by any step.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// What kind of problem; its default severity comes from there.
    pub code: Code,
    /// How much it weighs.
    pub severity: Severity,
    /// Where it is.
    pub place: Place,
    /// What is wrong: starts small, no full stop, the user's words in backticks.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// Where a problem is.
#[derive(Clone, Debug)]
pub enum Place {
    /// A range of bytes in a text that was read. Always in the file's own text, never in a cut one.
    Text(Arc<Source>, Span),
    /// A file as a whole: it could not be read, or the problem is its name.
    File(SourceId),
}

impl Severity {
    /// The word shown before the code.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

impl Diagnostic {
    /// A problem at a range of a source.
    pub fn at(code: Code, source: &Arc<Source>, span: Span, message: impl Into<String>) -> Self {
        let (original, span) = source.original(span);
        let place = Place::Text(Arc::clone(original), span);
        Self { code, severity: code.severity(), place, message: message.into(), help: None }
    }

    /// A problem of a file as a whole.
    pub fn of_file(code: Code, file: &SourceId, message: impl Into<String>) -> Self {
        let place = Place::File(file.clone());
        Self { code, severity: code.severity(), place, message: message.into(), help: None }
    }

    /// The same with advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The file it is in.
    pub fn file(&self) -> &SourceId {
        match &self.place {
            Place::Text(source, _) => &source.id,
            Place::File(file) => file,
        }
    }

    /// Where it starts and ends as people count; `None` for a whole file.
    pub fn positions(&self) -> Option<(Position, Position)> {
        match &self.place {
            Place::Text(source, span) => Some((source.position(span.start), source.position(span.end))),
            Place::File(_) => None,
        }
    }
}

/// Puts problems into the order in which they are always shown: file, place, code, message; once each.
pub fn sort(diagnostics: &mut Vec<Diagnostic>) {
    let key = |diagnostic: &Diagnostic| {
        let start = match &diagnostic.place {
            Place::Text(_, span) => span.start,
            Place::File(_) => 0,
        };
        (diagnostic.file().clone(), start, diagnostic.code, diagnostic.message.clone())
    };
    diagnostics.sort_by_cached_key(key);
    diagnostics.dedup_by(|a, b| key(a) == key(b));
}

/// The candidate that a misspelt word most likely means, if any is near enough.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word: Vec<char> = word.to_lowercase().chars().collect();
    let limit = (word.len() / 3).max(1);
    let distances = candidates.into_iter().map(|candidate| {
        let other: Vec<char> = candidate.to_lowercase().chars().collect();
        (edit_distance(&word, &other), candidate)
    });
    distances.filter(|(distance, _)| *distance <= limit).min().map(|(_, candidate)| candidate)
}

/// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours.
fn edit_distance(a: &[char], b: &[char]) -> usize {
    // Words of very different length are never near; and names in notes can be megabytes long.
    if a.len().abs_diff(b.len()) > 8 || a.len() > 64 {
        return usize::MAX;
    }
    let mut rows = [vec![0; b.len() + 1], (0..=b.len()).collect::<Vec<_>>(), vec![0; b.len() + 1]];
    for i in 1..=a.len() {
        rows[2][0] = i;
        for j in 1..=b.len() {
            let substitution = rows[1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut distance = substitution.min(rows[1][j] + 1).min(rows[2][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                distance = distance.min(rows[0][j - 2] + 1);
            }
            rows[2][j] = distance;
        }
        rows.rotate_left(1);
    }
    rows[1][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_found_only_when_near() {
        assert_eq!(nearest("batma", ["timing", "batna"]), Some("batna"));
        assert_eq!(nearest("wonn", ["won", "lost"]), Some("won"));
        assert_eq!(nearest("titel", ["title", "date"]), Some("title"));
        assert_eq!(nearest("weather", ["timing", "batna"]), None);
    }
}
