//! Text and places in it: what every other module speaks of when it says where.
//!
//! In come paths and texts that somebody else has read; out go [`Source`]s that know their lines.
//! This module knows neither Markdown nor files.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// Names a source by its path from the project's root, with `/` between folders on every platform.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(Arc<str>);

/// A half-open range of bytes in the text of one source.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// First byte that no longer belongs to it.
    pub end: usize,
}

/// A place as people count: lines and columns from 1, columns in characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// One text file of the project, and where its lines begin.
#[derive(Default)]
pub struct Source {
    /// Where the text came from.
    pub id: SourceId,
    text: Arc<str>,
    line_starts: OnceLock<Vec<usize>>,
    origin: Option<Origin>,
}

/// Ties a text from which parts were cut to the text as it stands in the file.
struct Origin {
    source: Arc<Source>,
    /// Ascending: from the offset in the shorter text on, so many bytes are missing in all.
    shifts: Vec<(usize, usize)>,
}

impl Default for SourceId {
    fn default() -> Self {
        Self("".into())
    }
}

impl SourceId {
    /// Takes a path that already has `/` between its folders.
    pub fn new(path: impl Into<Arc<str>>) -> Self {
        Self(path.into())
    }

    /// The path, with `/` between its folders.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The file name without folders and without its last extension.
    pub fn stem(&self) -> &str {
        let name = self.name();
        match name.rfind('.') {
            Some(dot) if dot > 0 => &name[..dot],
            _ => name,
        }
    }

    /// The file name without folders.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }
}

impl fmt::Debug for SourceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", &*self.0)
    }
}

impl fmt::Display for SourceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Span {
    /// The bytes from `start` up to, not including, `end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The same bytes as a range.
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }

    /// Whether the other span lies within this one.
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        Self::new(range.start, range.end)
    }
}

impl Source {
    /// A text as it stands in its file.
    pub fn new(id: SourceId, text: impl Into<Arc<str>>) -> Self {
        Self { id, text: text.into(), line_starts: OnceLock::new(), origin: None }
    }

    /// The same source without some parts of its text, as if they had never been written.
    /// `cuts` are ascending, apart from each other, and lie on character borders.
    pub fn without(source: &Arc<Self>, cuts: &[Span]) -> Self {
        let mut text = String::with_capacity(source.text.len());
        let mut shifts = Vec::with_capacity(cuts.len());
        let mut kept_to = 0;
        let mut missing = 0;
        for cut in cuts {
            text.push_str(&source.text[kept_to..cut.start]);
            missing += cut.end - cut.start;
            shifts.push((text.len(), missing));
            kept_to = cut.end;
        }
        text.push_str(&source.text[kept_to..]);
        Self {
            id: source.id.clone(),
            text: text.into(),
            line_starts: OnceLock::new(),
            origin: Some(Origin { source: Arc::clone(source), shifts }),
        }
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column of a byte offset; an offset past the end counts as the end.
    pub fn position(&self, offset: usize) -> Position {
        let offset = floor_char_boundary(&self.text, offset);
        let line_index = self.line_index(offset);
        let column = self.text[self.line_starts()[line_index]..offset].chars().count() + 1;
        Position { line: line_index + 1, column }
    }

    /// Line of a byte offset, from 1.
    pub fn line(&self, offset: usize) -> usize {
        self.line_index(floor_char_boundary(&self.text, offset)) + 1
    }

    /// Bytes of a line (from 1) without its line end; empty past the last line.
    pub fn line_span(&self, line: usize) -> Span {
        let starts = self.line_starts();
        let Some(&start) = line.checked_sub(1).and_then(|index| starts.get(index)) else {
            return Span::new(self.text.len(), self.text.len());
        };
        let end = starts.get(line).copied().unwrap_or(self.text.len());
        Span::new(start, start + self.text[start..end].trim_end_matches(['\n', '\r']).len())
    }

    /// The file's own text and the place in it that a place in this text stands for.
    pub fn original(self: &Arc<Self>, span: Span) -> (&Arc<Self>, Span) {
        match &self.origin {
            None => (self, span),
            Some(origin) => {
                let start = span.start + origin.missing_before(span.start);
                let last = span.end.saturating_sub(1).max(span.start);
                let end = span.end + origin.missing_before(last);
                (&origin.source, Span::new(start, end.max(start)))
            }
        }
    }

    fn line_index(&self, offset: usize) -> usize {
        self.line_starts().partition_point(|&start| start <= offset) - 1
    }

    fn line_starts(&self) -> &[usize] {
        self.line_starts.get_or_init(|| {
            let newlines = self.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
            std::iter::once(0).chain(newlines.map(|(index, _)| index + 1)).collect()
        })
    }
}

impl Origin {
    fn missing_before(&self, offset: usize) -> usize {
        let count = self.shifts.partition_point(|&(from, _)| from <= offset);
        count.checked_sub(1).map_or(0, |index| self.shifts[index].1)
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Source")
            .field("id", &self.id)
            .field("bytes", &self.text.len())
            .finish_non_exhaustive()
    }
}

/// The nearest character border at or before an offset, within the text.
pub fn floor_char_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Arc<Source> {
        Arc::new(Source::new(SourceId::new("content/a.b.md"), text))
    }

    #[test]
    fn positions_count_characters_from_one() {
        let source = source("é1\r\nzwei\n");
        assert_eq!(source.position(0), Position { line: 1, column: 1 });
        assert_eq!(source.position(2), Position { line: 1, column: 2 });
        assert_eq!(source.position(1), Position { line: 1, column: 1 });
        assert_eq!(source.position(5), Position { line: 2, column: 1 });
        assert_eq!(source.position(999), Position { line: 3, column: 1 });
        assert_eq!(&source.text()[source.line_span(1).range()], "é1");
        assert_eq!(source.line_span(9), Span::new(10, 10));
        assert_eq!(source.id.stem(), "a.b");
    }

    #[test]
    fn what_was_cut_does_not_move_places_in_the_file() {
        let whole = source("one\ntwo\nthree\nfour\n");
        let cut = Arc::new(Source::without(&whole, &[Span::new(4, 8), Span::new(14, 19)]));
        assert_eq!(cut.text(), "one\nthree\n");
        let (original, span) = cut.original(Span::new(4, 9));
        assert_eq!(&original.text()[span.range()], "three");
        assert_eq!(cut.original(Span::new(0, 3)).1, Span::new(0, 3));
    }
}
