//! `%%…%%` comments, which only the author sees while editing.
//!
//! Comments are found before the text is parsed, because their content must shape nothing. Yet code
//! may hold `%%` of its own, and what is code only the Markdown parser knows. So it is asked, piece by
//! piece, about the text in which the comments found so far are blanked already.

use std::borrow::Cow;

use pulldown_cmark::{Event, Tag};

use super::events::raw_events;
use crate::source::Span;

/// Where comments stand in a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comments {
    /// Ascending, markers included; an unclosed one reaches to the end of the text.
    pub spans: Vec<Span>,
    /// The opening marker of a comment that is never closed.
    pub unclosed: Option<Span>,
}

/// What stands for a comment within a line. It is a blank for Markdown and for HTML, but it indents nothing.
pub(super) const FILLER: char = '\u{c}';

/// Finds the comments outside code, from the end of the front matter on.
pub fn comments(text: &str, body_start: usize) -> Comments {
    find(text, body_start).0
}

/// The comments, and the text with everything before the body and every comment blanked: same length, same line ends.
pub(super) fn find(text: &str, body_start: usize) -> (Comments, String) {
    let mut blanked = Blanked::new(text, body_start);
    let mut comments = Comments::default();
    if marker(text, body_start).is_some() {
        search(text, body_start, &mut blanked, &mut comments);
    }
    (comments, blanked.into_text())
}

/// The text with everything before the body blanked: what [`find`] makes of a text without comments.
pub(super) fn without_front(text: &str, body_start: usize) -> Cow<'_, str> {
    if body_start == 0 && !text.starts_with('\u{feff}') {
        return Cow::Borrowed(text);
    }
    Cow::Owned(Blanked::new(text, body_start).into_text())
}

/// The text with everything from an offset on blanked as well.
pub(super) fn withhold(text: &str, start: usize) -> String {
    let mut blanked = Blanked::new(text, 0);
    blanked.blank(Span::new(start, text.len()));
    blanked.into_text()
}

fn search(text: &str, body_start: usize, blanked: &mut Blanked, comments: &mut Comments) {
    let mut code = Code::new(text, body_start);
    let mut offset = body_start;
    while let Some(opening) = marker(text, offset) {
        let start = opening.start;
        let closing = marker(text, opening.end).map(|closing| closing.end);
        match (code.around(start, blanked), closing) {
            (Ok(Some(code)), _) => offset = code.end,
            (Ok(None), Some(end)) => {
                let comment = Span::new(start, end);
                let becomes_blank = blanked.blank(comment);
                if becomes_blank || text[comment.range()].contains(['\n', '`', '<']) {
                    code.forget();
                }
                comments.spans.push(comment);
                offset = end;
            }
            (Ok(None), None) | (Err(Spent), _) => {
                let rest = Span::new(start, text.len());
                blanked.blank(rest);
                comments.spans.push(rest);
                comments.unclosed = Some(opening);
                return;
            }
        }
    }
}

/// The next marker at or after an offset.
fn marker(text: &str, offset: usize) -> Option<Span> {
    let mut offset = offset;
    loop {
        let start = offset + text[offset..].find('%')?;
        if text[start + 1..].starts_with('%') {
            return Some(Span::new(start, start + 2));
        }
        offset = start + 1;
    }
}

/// Where code stands in the text as it is blanked so far, known for one stretch at a time.
struct Code {
    /// The start of a block on the outermost level, not after the stretch that is asked for.
    block_start: usize,
    /// Code is known from there up to here.
    known_to: usize,
    spans: Vec<Span>,
    /// Whether there may be code at all.
    is_possible: bool,
    /// How many bytes may still be parsed. Only thousands of comments in one huge list use it up.
    budget: usize,
}

/// The budget is spent.
struct Spent;

impl Code {
    fn new(text: &str, body_start: usize) -> Self {
        let (body, length) = (&text[body_start..], text.len());
        let is_possible = body.contains(['`', '\t', '~']) || body.contains("    ");
        let budget = 4 * length + (16 << 20);
        Self { block_start: body_start, known_to: body_start, spans: Vec::new(), is_possible, budget }
    }

    /// What follows may have become code, or code no more.
    fn forget(&mut self) {
        self.known_to = self.block_start;
    }

    /// The code span or code block around an offset.
    fn around(&mut self, offset: usize, blanked: &Blanked) -> Result<Option<Span>, Spent> {
        if !self.is_possible {
            return Ok(None);
        }
        if offset >= self.known_to {
            self.look(offset, blanked)?;
        }
        let index = self.spans.partition_point(|span| span.end <= offset);
        Ok(self.spans.get(index).copied().filter(|span| span.start <= offset))
    }

    /// Parses a stretch of whole lines that is long enough to know the outermost block around the offset to its end.
    fn look(&mut self, offset: usize, blanked: &Blanked) -> Result<(), Spent> {
        let mut length = 2 * (offset - self.block_start) + 512;
        loop {
            let end = blanked.line_end(self.block_start.saturating_add(length));
            self.budget = self.budget.checked_sub(end - self.block_start).ok_or(Spent)?;
            let last_block = self.parse(offset, end, blanked);
            let is_all = end == blanked.bytes.len();
            if is_all || last_block > offset {
                self.known_to = if is_all { end } else { last_block };
                return Ok(());
            }
            length *= 4;
        }
    }

    /// Collects the code up to `end`; returns the start of the last outermost block, which may be incomplete.
    fn parse(&mut self, offset: usize, end: usize, blanked: &Blanked) -> usize {
        let base = self.block_start;
        let mut depth = 0;
        let (mut last, mut around, mut before) = (base, None, None);
        self.spans.clear();
        for (event, range) in raw_events(blanked.text(Span::new(base, end))) {
            let start = base + range.start;
            let is_block = matches!(event, Event::Start(_) | Event::Rule | Event::Html(_));
            if depth == 0 && is_block {
                last = start;
                if start <= offset {
                    (before, around) = (around, Some(start));
                }
            }
            match event {
                Event::Start(Tag::CodeBlock(_)) | Event::Code(_) => {
                    self.spans.push(Span::new(start, base + range.end));
                    depth += usize::from(matches!(event, Event::Start(_)));
                }
                Event::Start(_) => depth += 1,
                Event::End(_) => depth -= 1,
                _ => {}
            }
        }
        // A list takes in what follows when the block between becomes blank, so one block before counts as well.
        self.block_start = before.or(around).unwrap_or(base);
        last
    }
}

/// A text while comments are taken out of it.
struct Blanked {
    bytes: Vec<u8>,
    /// Everything up to here has been looked at.
    seen_to: usize,
    /// Where the line of `seen_to` begins.
    line_start: usize,
    /// Whether that line holds more than blanks and marks of blocks so far.
    has_words: bool,
}

impl Blanked {
    /// The text without what stands before its body.
    fn new(text: &str, body_start: usize) -> Self {
        let mut bytes = text.as_bytes().to_vec();
        fill(&mut bytes[..body_start], false);
        if body_start == 0 && text.starts_with('\u{feff}') {
            fill(&mut bytes[..'\u{feff}'.len_utf8()], false);
        }
        Self { bytes, seen_to: body_start, line_start: body_start, has_words: false }
    }

    fn text(&self, span: Span) -> &str {
        std::str::from_utf8(&self.bytes[span.range()]).expect("only whole characters are blanked")
    }

    fn into_text(self) -> String {
        String::from_utf8(self.bytes).expect("only whole characters are blanked")
    }

    fn line_end(&self, offset: usize) -> usize {
        let rest = self.bytes.get(offset..).unwrap_or_default();
        let newline = rest.iter().position(|&byte| byte == b'\n');
        newline.map_or(self.bytes.len(), |at| offset + at + 1)
    }

    /// Blanks a comment that stands after all blanked ones. A line of which words remain gets the filler, so that these become
    /// neither an indented block nor are followed by a hard break; a line of which nothing remains becomes a blank line.
    /// Says whether the comment was all of its only line.
    fn blank(&mut self, comment: Span) -> bool {
        self.see(comment.start);
        let words_follow = self.words_follow(comment.end);
        let is_line = !self.has_words && !words_follow;
        let mut start = comment.start;
        while let Some(length) = self.bytes[start..comment.end].iter().position(|&byte| byte == b'\n') {
            let quotes = self.quotes();
            fill(&mut self.bytes[start..start + length], self.has_words);
            (self.line_start, self.has_words) = (start + length + 1, false);
            start = self.skip_quotes(quotes, comment.end);
        }
        fill(&mut self.bytes[start..comment.end], self.has_words || words_follow);
        self.seen_to = comment.end;
        is_line
    }

    fn see(&mut self, offset: usize) {
        for index in self.seen_to..offset {
            match self.bytes[index] {
                b'\n' => (self.line_start, self.has_words) = (index + 1, false),
                b' ' | b'\t' | b'\r' | b'>' | b'-' | b'*' | b'+' | b'#' | b'|' => {}
                byte if byte == FILLER as u8 || byte.is_ascii_digit() => {}
                b'.' | b')' if index > 0 && self.bytes[index - 1].is_ascii_digit() => {}
                _ => self.has_words = true,
            }
        }
        self.seen_to = offset;
    }

    fn words_follow(&self, offset: usize) -> bool {
        let next = self.bytes[offset..].iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\r'));
        next.is_some_and(|&byte| byte != b'\n')
    }

    /// How many quotes the line stands in.
    fn quotes(&self) -> usize {
        let marks = self.bytes[self.line_start..].iter().take_while(|byte| matches!(byte, b' ' | b'>'));
        marks.filter(|&&byte| byte == b'>').count()
    }

    /// The start of the line behind the marks of the quotes in which a comment stands; these are no part of it.
    fn skip_quotes(&self, quotes: usize, end: usize) -> usize {
        let mut offset = self.line_start;
        for _ in 0..quotes {
            let line = &self.bytes[offset..end];
            let blanks = line.iter().take_while(|&&byte| byte == b' ').count();
            if line.get(blanks) != Some(&b'>') {
                break;
            }
            offset += blanks + 1;
        }
        offset
    }
}

fn fill(bytes: &mut [u8], has_words: bool) {
    let filler = if has_words { FILLER as u8 } else { b' ' };
    for byte in bytes.iter_mut().filter(|byte| !matches!(byte, b'\n' | b'\r')) {
        *byte = filler;
    }
}

#[cfg(test)]
mod tests;
