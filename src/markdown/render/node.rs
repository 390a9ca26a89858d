//! The inline content of one block, with what pulldown-cmark does not know: `==marks==`, `^[footnotes]`, block ids.

use std::ops::Range;
use std::rc::Rc;

use pulldown_cmark::{Event, Tag, TagEnd};

use super::Occurrence;

/// The inline content of a block or of a part of it.
pub(super) struct Inline<'e> {
    pub(super) nodes: Vec<Node<'e>>,
    /// What [`Node::Text`] points into.
    pub(super) runs: Rc<[Run]>,
}

/// A piece of inline content.
#[derive(Clone, Debug)]
pub(super) enum Node<'e> {
    /// A part of the text of a run.
    Text {
        run: usize,
        start: usize,
        end: usize,
    },
    Code(&'e str, Range<usize>),
    Html(&'e str),
    Start(&'e Tag<'e>, Range<usize>),
    End(TagEnd),
    /// A line end in the source; `true` if it is one in the page as well.
    Break(bool),
    Footnote(&'e str),
    OpenMark,
    CloseMark,
    OpenNote,
    CloseNote,
}

/// Neighbouring texts, and where in the source they come from.
#[derive(Debug, Default)]
pub(super) struct Run {
    pub(super) text: String,
    pub(super) pieces: Vec<Piece>,
}

/// A part of a run that stands in the source in one piece.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    /// Where it begins in the run's text.
    pub(super) text: usize,
    /// Its place in the source.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether it stands there as it is; else (an entity) it cannot be divided.
    pub(super) verbatim: bool,
}

impl<'e> Inline<'e> {
    /// Collects the nodes of a block. Neighbouring texts become one, which is where the syntax of our own is looked for.
    pub(super) fn new(source: &str, events: &'e [Occurrence<'_>]) -> Self {
        let mut nodes: Vec<Node<'e>> = Vec::with_capacity(events.len());
        let mut runs: Vec<Run> = Vec::new();
        for (event, range) in events {
            let node = match event {
                Event::Text(text) => {
                    push_text(&mut nodes, &mut runs, (text, range), source);
                    continue;
                }
                Event::Start(tag) => Node::Start(tag, range.clone()),
                Event::End(tag) => Node::End(*tag),
                Event::Code(text) => Node::Code(text, range.clone()),
                Event::InlineHtml(html) | Event::Html(html) => Node::Html(html),
                Event::SoftBreak => Node::Break(false),
                Event::HardBreak => Node::Break(true),
                Event::FootnoteReference(name) => Node::Footnote(name),
                Event::TaskListMarker(_) | Event::Rule | Event::InlineMath(_) | Event::DisplayMath(_) => {
                    continue;
                }
            };
            nodes.push(node);
        }
        Self { nodes, runs: runs.into() }
    }

    /// Whether there is nothing to see in it.
    pub(super) fn is_blank(&self) -> bool {
        self.part_is_blank(0, self.nodes.len())
    }

    /// Whether there is nothing to see in some of its nodes.
    pub(super) fn part_is_blank(&self, start: usize, end: usize) -> bool {
        (start..end).all(|index| match &self.nodes[index] {
            Node::Text { .. } => self.text(index).is_none_or(|text| text.trim().is_empty()),
            Node::Break(_) => true,
            _ => false,
        })
    }

    /// The text of a node, if it is text.
    pub(super) fn text(&self, index: usize) -> Option<&str> {
        match self.nodes.get(index)? {
            Node::Text { run, start, end } => Some(&self.runs[*run].text[*start..*end]),
            _ => None,
        }
    }

    /// Takes so many bytes from the start of the first node's text.
    pub(super) fn drop_start(&mut self, bytes: usize) {
        if let Some(Node::Text { start, end, .. }) = self.nodes.first_mut() {
            *start = (*start + bytes).min(*end);
        }
    }

    /// Splits off what stands after the first line end outside inline markup.
    pub(super) fn split_line(&mut self) -> Self {
        let mut depth = 0usize;
        let end = self.nodes.iter().position(|node| {
            match node {
                Node::Start(..) => depth += 1,
                Node::End(_) => depth = depth.saturating_sub(1),
                Node::Break(_) => return depth == 0,
                _ => {}
            }
            false
        });
        let nodes = end.map_or_else(Vec::new, |end| {
            let rest = self.nodes.split_off(end + 1);
            self.nodes.pop();
            rest
        });
        Self { nodes, runs: Rc::clone(&self.runs) }
    }

    /// Takes a block id, ` ^id`, from the end.
    pub(super) fn take_block_id(&mut self) -> Option<String> {
        let last = self.nodes.len().checked_sub(1)?;
        let text = self.text(last)?;
        let (before, id) = split_block_id(text)?;
        // In the middle of a line, what stands before the marker must be a blank; markup is none.
        let at_line_start = last == 0 || matches!(self.nodes[last - 1], Node::Break(_));
        if before.is_empty() && !at_line_start {
            return None;
        }
        let (kept, id) = (before.trim_end().len(), id.to_owned());
        if let Some(Node::Text { start, end, .. }) = self.nodes.last_mut() {
            *end = *start + kept;
        }
        if kept == 0 {
            self.nodes.pop();
            if matches!(self.nodes.last(), Some(Node::Break(_))) {
                self.nodes.pop();
            }
        }
        Some(id)
    }

    /// Finds `==marks==` and `^[inline footnotes]` and puts nodes of their own in their place.
    pub(super) fn find_marks_and_notes(&mut self) {
        let delimiters = self.delimiters();
        if delimiters.is_empty() {
            return;
        }
        let mut nodes = Vec::with_capacity(self.nodes.len() + 2 * delimiters.len());
        let mut delimiters = delimiters.into_iter().peekable();
        for (index, node) in std::mem::take(&mut self.nodes).into_iter().enumerate() {
            let Node::Text { run, mut start, end } = node else {
                nodes.push(node);
                continue;
            };
            while let Some(delimiter) = delimiters.next_if(|delimiter| delimiter.node == index) {
                if start < delimiter.offset {
                    nodes.push(Node::Text { run, start, end: delimiter.offset });
                }
                start = delimiter.offset + delimiter.length;
                nodes.push(delimiter.becomes);
            }
            if start < end {
                nodes.push(Node::Text { run, start, end });
            }
        }
        self.nodes = nodes;
    }

    /// The delimiters that have a partner within the same element, ascending.
    fn delimiters(&self) -> Vec<Delimiter<'e>> {
        let may_hold = |run: &Run| run.text.contains("==") || run.text.contains("^[");
        if !self.runs.iter().any(may_hold) {
            return Vec::new();
        }
        let mut pairs = Pairs { frames: vec![Frame::default()], open_notes: 0, found: Vec::new() };
        for (index, node) in self.nodes.iter().enumerate() {
            match node {
                Node::Start(..) => pairs.frames.push(Frame::default()),
                Node::End(_) => pairs.leave(),
                Node::Text { run, start, end } => {
                    let text = &self.runs[*run].text[*start..*end];
                    let before = !index.checked_sub(1).is_none_or(|before| self.nodes[before].is_start());
                    let after = !self.nodes.get(index + 1).is_none_or(Node::is_end);
                    pairs.scan(text, (index, *start), (before, after));
                }
                _ => {}
            }
        }
        pairs.found.sort_by_key(|delimiter| (delimiter.node, delimiter.offset));
        pairs.found
    }
}

fn push_text(
    nodes: &mut Vec<Node<'_>>,
    runs: &mut Vec<Run>,
    (text, range): (&str, &Range<usize>),
    source: &str,
) {
    if text.is_empty() {
        return;
    }
    if !matches!(nodes.last(), Some(Node::Text { .. })) {
        nodes.push(Node::Text { run: runs.len(), start: 0, end: 0 });
        runs.push(Run::default());
    }
    if let (Some(Node::Text { end, .. }), Some(run)) = (nodes.last_mut(), runs.last_mut()) {
        let verbatim = source.get(range.clone()) == Some(text);
        run.pieces.push(Piece { text: run.text.len(), start: range.start, end: range.end, verbatim });
        run.text.push_str(text);
        *end = run.text.len();
    }
}

impl Run {
    /// A text that stands in the source at `start` as it is.
    pub(super) fn verbatim(text: &str, start: usize) -> Self {
        let piece = Piece { text: 0, start, end: start + text.len(), verbatim: true };
        Self { text: text.to_owned(), pieces: vec![piece] }
    }

    /// Where a place in the source is in the text.
    pub(super) fn offset_of(&self, source: usize) -> Option<usize> {
        let index = self.pieces.partition_point(|piece| piece.start <= source).checked_sub(1)?;
        let piece = self.pieces[index];
        (piece.verbatim && source < piece.end).then(|| piece.text + (source - piece.start))
    }
}

impl Node<'_> {
    /// Whether text after it begins something.
    fn is_start(&self) -> bool {
        matches!(self, Self::Start(..) | Self::Break(_))
    }

    /// Whether text before it ends something.
    fn is_end(&self) -> bool {
        matches!(self, Self::End(_) | Self::Break(_))
    }
}

/// Delimiters in search of partners.
struct Pairs<'e> {
    /// The elements around the place that is looked at, and inline footnotes that may turn out to be ones.
    frames: Vec<Frame>,
    open_notes: usize,
    found: Vec<Delimiter<'e>>,
}

#[derive(Default)]
struct Frame {
    /// Node and offset of a `==` without partner.
    mark: Option<(usize, usize)>,
    /// Node and offset of the `^[` that opened this frame.
    note: Option<(usize, usize)>,
    brackets: usize,
}

impl Pairs<'_> {
    fn leave(&mut self) {
        while let Some(frame) = self.frames.pop() {
            if frame.note.is_none() {
                break;
            }
            // A footnote that is not closed in its element is none.
            self.open_notes -= 1;
        }
        if self.frames.is_empty() {
            self.frames.push(Frame::default());
        }
    }

    /// Looks through the text of one node. `content_before` and `content_after` tell whether something stands beside it.
    fn scan(
        &mut self,
        text: &str,
        (node, base): (usize, usize),
        (content_before, content_after): (bool, bool),
    ) {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let Some(frame) = self.frames.last_mut() else { return };
            let here = (node, base + at);
            match bytes[at] {
                b'=' => {
                    let length = bytes[at..].iter().take_while(|byte| **byte == b'=').count();
                    let before = text[..at].chars().next_back();
                    let after = text[at + length..].chars().next();
                    let closes = before.map_or(content_before, |character| !character.is_whitespace());
                    let opens = after.map_or(content_after, |after| opens_mark(before, after));
                    match frame.mark {
                        Some(opener) if length == 2 && closes => {
                            frame.mark = None;
                            self.found.push(Delimiter::new(opener, 2, Node::OpenMark));
                            self.found.push(Delimiter::new(here, 2, Node::CloseMark));
                        }
                        _ if length == 2 && opens => frame.mark = Some(here),
                        _ => {}
                    }
                    at += length;
                    continue;
                }
                // Footnotes are not nested: one within another stays text.
                b'^' if bytes.get(at + 1) == Some(&b'[') && self.open_notes == 0 => {
                    self.frames.push(Frame { note: Some(here), ..Frame::default() });
                    self.open_notes += 1;
                    at += 1;
                }
                b'[' => frame.brackets += 1,
                b']' if frame.brackets > 0 => frame.brackets -= 1,
                b']' => {
                    if let Some(opener) = frame.note {
                        self.frames.pop();
                        self.open_notes -= 1;
                        self.found.push(Delimiter::new(opener, 2, Node::OpenNote));
                        self.found.push(Delimiter::new(here, 1, Node::CloseNote));
                    }
                }
                _ => {}
            }
            at += 1;
        }
    }
}

/// Whether `==` between these characters can open a mark: not in `a==b`, nor where it can only close one.
fn opens_mark(before: Option<char>, after: char) -> bool {
    let is_within_word =
        before.is_some_and(|before| before.is_ascii_alphanumeric()) && after.is_ascii_alphanumeric();
    let ends_word = before.is_some_and(char::is_alphanumeric) && after.is_ascii_punctuation();
    !(after.is_whitespace() || is_within_word || ends_word)
}

struct Delimiter<'e> {
    node: usize,
    offset: usize,
    length: usize,
    becomes: Node<'e>,
}

impl<'e> Delimiter<'e> {
    fn new((node, offset): (usize, usize), length: usize, becomes: Node<'e>) -> Self {
        Self { node, offset, length, becomes }
    }
}

/// Splits `text ^id` into what stands before the marker and the id.
pub(super) fn split_block_id(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_end();
    let marker = text.rfind('^')?;
    let (before, id) = (&text[..marker], &text[marker + 1..]);
    let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (is_id && (before.is_empty() || before.ends_with(char::is_whitespace))).then_some((before, id))
}
