//! A run of text without its markup, which still knows what was bold, what was a link, and where all of it stood.

use std::ops::Range;

use crate::source::{Span, floor_char_boundary};

/// The text of a paragraph, a heading, a cell. Line ends of the source are kept as `\n`.
#[derive(Clone, Debug, Default)]
pub(super) struct Prose {
    /// Without markup, citation marks taken out.
    pub text: String,
    /// What stood out, ascending by start.
    pub marks: Vec<Mark>,
    /// What it cites, as written, in order, each with the offset in `text` where it stands.
    pub citations: Vec<(usize, Citation)>,
    /// The whole block in the source.
    pub span: Span,
    /// For each run of `text`, ascending: offset in `text`, offset in the source.
    offsets: Vec<(usize, usize)>,
}

/// A part of a prose that is more than plain text.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    /// Range of the prose's text.
    pub range: Range<usize>,
    /// What it is.
    pub kind: MarkKind,
}

/// What a mark is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum MarkKind {
    /// `**bold**`
    Strong,
    /// `` `code` ``
    Code,
    /// A Markdown link with its destination.
    Link(String),
    /// A wikilink with its target.
    Wikilink(String),
    /// Emphasis and the like, which say nothing here.
    Other,
}

/// A link out of a prose, or a footnote that may hold some.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Citation {
    /// An address; the label is empty where the link showed only a number.
    Link {
        /// The words that were linked.
        label: String,
        /// Where it leads.
        url: String,
    },
    /// `[^label]`
    Footnote(String),
}

impl Prose {
    /// Whether nothing is to be read here.
    pub(super) fn is_blank(&self) -> bool {
        self.text.chars().all(is_blank)
    }

    /// The text as people read it: blanks folded, nothing invisible, no marks of Obsidian.
    pub(super) fn plain(&self) -> String {
        let code = self.code_ranges();
        let mut text = String::with_capacity(self.text.len());
        let mut rest = self.text.as_str();
        let mut gap = false;
        let mut coded = code.iter().peekable();
        while let Some(character) = rest.chars().next() {
            let offset = self.text.len() - rest.len();
            while coded.next_if(|range| range.end <= offset).is_some() {}
            let in_code = coded.peek().is_some_and(|range| range.contains(&offset));
            if !in_code && rest.starts_with("==") && !rest.starts_with("===") {
                rest = &rest[2..];
                continue;
            }
            rest = &rest[character.len_utf8()..];
            if character.is_whitespace() {
                gap = !text.is_empty();
            } else if !is_invisible(character) {
                if std::mem::take(&mut gap) {
                    text.push(' ');
                }
                text.push(character);
            }
        }
        text.truncate(without_block_id(&text).len());
        text
    }

    /// A text that stands so in the source, such as code.
    pub(super) fn verbatim(text: String, span: Span) -> Self {
        let mark = Mark { range: 0..text.len(), kind: MarkKind::Code };
        Self { text, marks: vec![mark], span, ..Self::default() }
    }

    /// A part of the prose; blanks around it are left out.
    pub(super) fn slice(&self, range: Range<usize>) -> Self {
        let part = &self.text[range.clone()];
        let start = range.start + (part.len() - part.trim_start_matches(is_blank).len());
        let end = (range.start + part.trim_end_matches(is_blank).len()).max(start);
        let marks = self.marks.iter().filter(|mark| mark.range.start < end && mark.range.end > start);
        let cited = self.citations.iter().filter(|(at, _)| (range.start..=range.end).contains(at));
        let first = self.offsets.partition_point(|&(from, _)| from <= start);
        let mut offsets = vec![(0, self.source_offset(start))];
        let later = self.offsets[first..].iter().take_while(|&&(from, _)| from < end);
        offsets.extend(later.map(|&(from, source)| (from - start, source)));
        Self {
            text: self.text[start..end].to_owned(),
            marks: marks
                .map(|mark| Mark {
                    range: mark.range.start.max(start) - start..mark.range.end.min(end) - start,
                    kind: mark.kind.clone(),
                })
                .collect(),
            citations: cited
                .map(|(at, citation)| (at.clamp(&start, &end) - start, citation.clone()))
                .collect(),
            span: self.source_span(start, end),
            offsets,
        }
    }

    /// The place in the source of a range of the text.
    pub(super) fn source_span(&self, start: usize, end: usize) -> Span {
        let from = self.source_offset(start);
        let last = floor_char_boundary(&self.text, end.saturating_sub(1)).max(start);
        let to = if end > start { self.source_offset(last) + (end - last) } else { from };
        Span::new(from, to.max(from).min(self.span.end.max(from)))
    }

    fn source_offset(&self, offset: usize) -> usize {
        let index = self.offsets.partition_point(|&(from, _)| from <= offset).saturating_sub(1);
        let place =
            self.offsets.get(index).map_or(self.span.start, |&(from, source)| source + (offset - from));
        place.clamp(self.span.start, self.span.end)
    }

    /// Whether a range of the text is a link or bold.
    pub(super) fn stands_out(&self, range: &Range<usize>) -> bool {
        let first = self.marks.partition_point(|mark| mark.range.start <= range.start);
        // Marks nest at most a few deep, so what encloses a word is among its nearest neighbours.
        self.marks[first.saturating_sub(4)..first]
            .iter()
            .any(|mark| !matches!(mark.kind, MarkKind::Code | MarkKind::Other) && mark.range.end >= range.end)
    }

    fn code_ranges(&self) -> Vec<Range<usize>> {
        let code = self.marks.iter().filter(|mark| mark.kind == MarkKind::Code);
        code.map(|mark| mark.range.clone()).collect()
    }
}

/// Blanks, and signs that nobody sees.
pub(super) fn is_blank(character: char) -> bool {
    character.is_whitespace() || is_invisible(character)
}

/// Controls, signs that turn the direction of reading, and what text processors leave behind.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{AD}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
        || (character.is_control() && !character.is_whitespace())
}

/// The text before a ` ^id` of Obsidian.
fn without_block_id(text: &str) -> &str {
    let Some((before, id)) = text.rsplit_once('^') else { return text };
    let is_id =
        !id.is_empty() && id.chars().all(|character| character.is_ascii_alphanumeric() || character == '-');
    if is_id && (before.is_empty() || before.ends_with(' ')) { before.trim_end() } else { text }
}

/// Puts a prose together, event by event.
#[derive(Default)]
pub(super) struct ProseBuilder {
    prose: Prose,
    /// Where bold, links and images began in the text.
    open: Vec<(usize, usize, MarkKind)>,
    /// Length of the text after which the last citation mark stood.
    cited: Option<usize>,
    begun: bool,
}

impl ProseBuilder {
    /// Whether anything was added.
    pub(super) fn is_begun(&self) -> bool {
        self.begun
    }

    /// What was added, as one prose.
    pub(super) fn finish(&mut self) -> Prose {
        while !self.open.is_empty() {
            self.end();
        }
        let built = std::mem::take(self);
        let mut prose = built.prose;
        prose.marks.sort_by_key(|mark| (mark.range.start, std::cmp::Reverse(mark.range.end)));
        prose
    }

    /// Text that stands so, or nearly so, in the source.
    pub(super) fn text(&mut self, source: &str, text: &str, range: &Range<usize>) {
        self.cover(range);
        let mut skipped = self.bracketed_number(text);
        if self.cited == Some(self.prose.text.len()) {
            skipped += self.close_gap(&text[skipped..]);
        }
        let start = self.prose.text.len();
        self.align(&source[range.clone()], text, skipped, range.start);
        if !self.open.iter().any(|(.., kind)| matches!(kind, MarkKind::Link(_))) {
            let found = addresses(&self.prose.text[start..]);
            let cited = found
                .map(|(at, url)| (start + at, Citation::Link { label: String::new(), url: url.to_owned() }));
            self.prose.citations.extend(cited.collect::<Vec<_>>());
        }
    }

    /// `[[5]](address)` is a wikilink and a text in brackets to the parser, but a citation mark to its author.
    fn bracketed_number(&mut self, next: &str) -> usize {
        let length = self.prose.text.len();
        let Some(last) = self.prose.marks.last() else { return 0 };
        let start = last.range.start;
        if !matches!(last.kind, MarkKind::Wikilink(_))
            || last.range.end != length
            || !is_citation_mark(&self.prose.text[start..])
        {
            return 0;
        }
        let Some((_, url)) =
            next.strip_prefix('(').and_then(|inside| addresses(inside).next()).filter(|(at, _)| *at == 0)
        else {
            return 0;
        };
        let end = 1 + url.len();
        if !next[end..].starts_with(')') {
            return 0;
        }
        self.prose.citations.push((start, Citation::Link { label: String::new(), url: url.to_owned() }));
        self.take_out(start);
        end + 1
    }

    /// Code, whose marks are not part of it.
    pub(super) fn code(&mut self, source: &str, code: &str, range: &Range<usize>) {
        self.cover(range);
        let start = self.prose.text.len();
        let inside = source[range.clone()].find(code).unwrap_or(0);
        self.align(&source[range.start + inside..range.end], code, 0, range.start + inside);
        self.prose.marks.push(Mark { range: start..self.prose.text.len(), kind: MarkKind::Code });
    }

    /// A line end.
    pub(super) fn line_end(&mut self, range: &Range<usize>) {
        self.cover(range);
        self.prose.offsets.push((self.prose.text.len(), range.start));
        self.prose.text.push('\n');
    }

    /// Bold text, a link or a code span begins.
    pub(super) fn start(&mut self, kind: MarkKind, range: &Range<usize>) {
        self.cover(range);
        self.open.push((self.prose.text.len(), range.start, kind));
    }

    /// What began last ends.
    pub(super) fn end(&mut self) {
        let Some((start, _, kind)) = self.open.pop() else { return };
        let start = start.min(self.prose.text.len());
        if let MarkKind::Link(url) = &kind
            && is_outside(url)
        {
            let label = self.prose.text[start..].to_owned();
            let is_number = is_citation_mark(&label);
            let label = if is_number { String::new() } else { label };
            self.prose.citations.push((start, Citation::Link { label, url: url.clone() }));
            if is_number {
                self.take_out(start);
                return;
            }
        }
        if kind != MarkKind::Other {
            self.prose.marks.push(Mark { range: start..self.prose.text.len(), kind });
        }
    }

    /// A reference to a footnote, which leaves no text.
    pub(super) fn footnote(&mut self, label: &str, range: &Range<usize>) {
        self.cover(range);
        self.prose.citations.push((self.prose.text.len(), Citation::Footnote(label.to_owned())));
        self.take_out(self.prose.text.len());
    }

    /// Takes a citation mark out, and what joined it to the one before.
    fn take_out(&mut self, start: usize) {
        let joined = self.cited.filter(|&cited| {
            cited <= start
                && self.prose.text[cited..start].chars().all(|sign| is_blank(sign) || ",;-–".contains(sign))
        });
        self.truncate(joined.unwrap_or(start));
        self.cited = Some(self.prose.text.len());
    }

    /// Shortens the text, and moves back to its end whatever points behind it.
    fn truncate(&mut self, length: usize) {
        self.cited = self.cited.map(|cited| cited.min(length));
        for (start, ..) in self.open.iter_mut().rev().take_while(|(start, ..)| *start > length) {
            *start = length;
        }
        let prose = &mut self.prose;
        for (at, _) in prose.citations.iter_mut().rev().take_while(|(at, _)| *at > length) {
            *at = length;
        }
        prose.text.truncate(length);
        while prose.offsets.last().is_some_and(|&(from, _)| from >= length) {
            prose.offsets.pop();
        }
        while prose.marks.last().is_some_and(|mark| mark.range.start >= length) {
            prose.marks.pop();
        }
        for mark in prose.marks.iter_mut().rev().take_while(|mark| mark.range.end > length) {
            mark.range.end = length;
        }
    }

    /// Where a citation mark was taken out: drops the blank or the brackets around it; says how much of the next text goes with it.
    fn close_gap(&mut self, next: &str) -> usize {
        let before = self.prose.text.trim_end_matches(is_blank);
        for (opening, closing) in [('(', ')'), ('[', ']')] {
            if before.ends_with(opening) && next.starts_with(closing) {
                let length = before[..before.len() - 1].trim_end_matches(is_blank).len();
                self.truncate(length);
                return 1;
            }
        }
        if next.starts_with(['.', ',', ';', ':', '!', '?', ')']) {
            let length = before.len();
            self.truncate(length);
        }
        0
    }

    /// Appends text from `skipped` on and notes where each part of it stands; escapes, entities and quote markers are stepped over.
    fn align(&mut self, source: &str, text: &str, skipped: usize, base: usize) {
        let prose = &mut self.prose;
        let start = prose.text.len();
        prose.text.push_str(&text[skipped..]);
        if source.len() == text.len() {
            prose.offsets.push((start, base + skipped));
            return;
        }
        prose.offsets.push((start, base));
        let mut at = 0;
        for (offset, character) in text.char_indices() {
            let rest = &source[at..];
            let (step, length) = if let Some(length) = entity(rest, &text[offset..]) {
                (0, length)
            } else if rest.starts_with(character) {
                (0, character.len_utf8())
            } else if rest.starts_with('\\') && rest[1..].starts_with(character) {
                (1, 1 + character.len_utf8())
            } else {
                // Nothing in the source answers to this character; it stands where the last one ended.
                (0, 0)
            };
            if offset >= skipped {
                let here = start + offset - skipped;
                let place = base + at + step;
                if prose.offsets.last().is_none_or(|&(from, before)| before + (here - from) != place) {
                    prose.offsets.push((here, place));
                }
            }
            at += length;
        }
    }

    fn cover(&mut self, range: &Range<usize>) {
        let span = &mut self.prose.span;
        if !std::mem::replace(&mut self.begun, true) {
            *span = Span::new(range.start, range.end);
        }
        *span = Span::new(span.start.min(range.start), span.end.max(range.end));
    }
}

/// How long the entity is that the source starts with, if the text has something else in its place.
fn entity(source: &str, text: &str) -> Option<usize> {
    let name = source.strip_prefix('&')?;
    let length = name.bytes().take(40).position(|byte| byte == b';')?;
    let is_name = name[..length].bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'#');
    (is_name && !text.starts_with(&source[..length + 2])).then_some(length + 2)
}

/// The addresses that stand in a text without being links.
fn addresses(text: &str) -> impl Iterator<Item = (usize, &str)> {
    const CLOSING: [char; 8] = ['.', ',', ';', ':', '!', '?', '\'', '*'];
    let mut read_to = 0;
    text.match_indices("http").filter_map(move |(start, _)| {
        if start < read_to {
            return None;
        }
        let rest = &text[start..];
        let end =
            rest.find(|sign: char| sign.is_whitespace() || "<>\"`|\\".contains(sign)).unwrap_or(rest.len());
        read_to = start + end;
        let mut url = rest[..end].trim_end_matches(CLOSING);
        let mut unopened = url.matches(')').count().saturating_sub(url.matches('(').count());
        while unopened > 0
            && let Some(shorter) = url.strip_suffix(')')
        {
            url = shorter.trim_end_matches(CLOSING);
            unopened -= 1;
        }
        is_outside(url).then_some((start, url))
    })
}

/// Whether a link leaves the playbook, by a scheme that a page may show.
pub(super) fn is_outside(url: &str) -> bool {
    ["http://", "https://", "mailto:"].iter().any(|scheme| {
        url.len() > scheme.len()
            && url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    })
}

/// Whether a link's text is only a number, as citations have it.
fn is_citation_mark(label: &str) -> bool {
    let label = label.trim_matches(is_blank);
    let inner = label.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(label);
    (1..=3).contains(&inner.len()) && inner.bytes().all(|byte| byte.is_ascii_digit())
}
