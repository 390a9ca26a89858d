//! Builds the plain text of a passage and remembers where each run of it stands.

use std::sync::Arc;

use super::super::comments::FILLER;
use super::super::{Passage, PassageKind, PlainText};
use crate::source::{Source, Span};

/// A passage that is being read.
pub(super) struct Draft {
    pub(super) kind: PassageKind,
    pub(super) text: String,
    pub(super) offsets: Vec<(usize, usize)>,
    /// From the first to the last piece of content, markup within included.
    pub(super) extent: Option<Span>,
    /// Whether the text ends with words as they stand, not with code or a link.
    pub(super) ends_in_words: bool,
    /// Whether it is the first of a list item.
    pub(super) is_first_of_item: bool,
}

impl Draft {
    pub(super) fn new(kind: PassageKind) -> Self {
        Self {
            kind,
            text: String::new(),
            offsets: Vec::new(),
            extent: None,
            ends_in_words: false,
            is_first_of_item: false,
        }
    }

    /// Notes that something of the passage stands there.
    pub(super) fn reach(&mut self, span: Span) {
        self.extent = Some(match self.extent {
            Some(extent) => Span::new(extent.start.min(span.start), extent.end.max(span.end)),
            None => span,
        });
    }

    /// Appends a text that stands so at an offset of the source. What is left of a comment is dropped.
    pub(super) fn push(&mut self, text: &str, source: usize) {
        if !text.as_bytes().contains(&(FILLER as u8)) {
            return self.push_run(text, source);
        }
        let mut offset = source;
        for part in text.split(FILLER) {
            self.push_run(part, offset);
            offset += part.len() + 1;
        }
    }

    fn push_run(&mut self, text: &str, source: usize) {
        let follows_blank = self.text.is_empty() || self.text.ends_with(' ');
        let run = if follows_blank { text.trim_start() } else { text };
        if !run.is_empty() {
            self.map(source + text.len() - run.len());
            self.text.push_str(run);
        }
    }

    /// Appends a blank that stands for a line end or a border of cells.
    pub(super) fn push_blank(&mut self, source: usize) {
        if !self.text.is_empty() && !self.text.ends_with(' ') {
            self.map(source);
            self.text.push(' ');
        }
    }

    /// Appends a text of which only some characters stand in the range of the source: code over several lines, an entity.
    /// Characters that are not found there point to the start of what is left of the range.
    pub(super) fn push_aligned(&mut self, text: &str, whole: &str, range: Span) {
        const LOOK_AHEAD: usize = 64;
        let mut source = range.start;
        for character in text.chars() {
            let rest = &whole[source..range.end];
            let found = rest
                .char_indices()
                .take(LOOK_AHEAD)
                .find(|&(_, other)| other == character || (character == ' ' && matches!(other, '\n' | '\r')));
            match found {
                Some((at, other)) => {
                    let follows_blank = self.text.is_empty() || self.text.ends_with(' ');
                    if character != FILLER && !(follows_blank && character.is_whitespace()) {
                        self.map(source + at);
                        self.text.push(character);
                    }
                    source += at + other.len_utf8();
                }
                None if rest.starts_with(|other: char| other.is_ascii()) => {
                    self.push_pinned(character, source);
                }
                // There is no single byte that could stand for it.
                None => {}
            }
        }
    }

    /// Appends a text that is not written; all of it points to one ASCII character of the source.
    pub(super) fn push_unwritten(&mut self, text: &str, source: usize) {
        for character in text.chars() {
            self.push_pinned(character, source);
        }
    }

    fn push_pinned(&mut self, character: char, source: usize) {
        for index in 0..character.len_utf8() {
            self.offsets.push((self.text.len() + index, source));
        }
        self.text.push(character);
    }

    /// Notes that the next byte of the text stands at an offset of the source, unless that follows from what is known.
    fn map(&mut self, source: usize) {
        let offset = self.text.len();
        let follows = self.offsets.last().is_some_and(|&(from, start)| start + (offset - from) == source);
        if !follows {
            self.offsets.push((offset, source));
        }
    }

    /// Takes a block id off the end: its name and the offset of its `^` in the source.
    pub(super) fn take_block_id(&mut self, source: &str) -> Option<(String, usize)> {
        if !self.ends_in_words {
            return None;
        }
        let text = self.text.trim_end();
        let is_id = |character: char| character.is_ascii_alphanumeric() || character == '-';
        let before = text.trim_end_matches(is_id).strip_suffix('^')?;
        let id = text[before.len() + 1..].to_owned();
        if id.is_empty() || !(before.is_empty() || before.ends_with(char::is_whitespace)) {
            return None;
        }
        let index = self.offsets.partition_point(|&(from, _)| from <= before.len()).checked_sub(1)?;
        let (from, start) = self.offsets[index];
        let caret = start + (before.len() - from);
        // A caret that is escaped or written as an entity is text.
        let is_written = source[caret..].strip_prefix('^').is_some_and(|rest| rest.starts_with(&id));
        if !is_written || source[..caret].ends_with('\\') {
            return None;
        }
        self.text.truncate(before.len());
        if let Some(extent) = &mut self.extent {
            extent.end = extent.start.max(caret);
        }
        Some((id, caret))
    }

    /// The passage, or `None` if it holds no words. `read` is the source's text without comments.
    pub(super) fn finish(mut self, read: &str, source: &Arc<Source>) -> Option<Passage> {
        let length = self.text.trim_end().len();
        let extent = self.extent?;
        if length == 0 {
            return None;
        }
        self.text.truncate(length);
        let known = self.offsets.partition_point(|&(from, _)| from < length);
        self.offsets.truncate(known);
        let is_space = |character: char| character.is_whitespace();
        let written = read[extent.range()].trim_end_matches(is_space);
        let start = extent.start + written.len() - written.trim_start_matches(is_space).len();
        let span = Span::new(start, extent.start + written.len());
        let text = match self.offsets[..] {
            [(0, start)] => PlainText::at(self.text, source, start),
            _ => PlainText::from(self.text),
        };
        Some(Passage { kind: self.kind, span, text, offsets: self.offsets })
    }
}
