//! The walk over the events: blocks open and close passages, inline markup fills them.

mod inline;
mod marks;

use std::ops::Range;
use std::sync::Arc;

use pulldown_cmark::{Event, Tag, TagEnd};

use super::super::events::raw_events;
use super::super::{Block, Callout, Document, Heading, Passage, PassageKind};
use super::anchors::Anchors;
use super::passage::Draft;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Source, Span};
use inline::OpenReference;
use marks::{CalloutHead, TaskBox};

/// Fills the document with what stands in the text. Stops at a comment that was overlooked and returns its marker.
pub(super) fn walk(source: &Arc<Source>, text: &str, document: &mut Document) -> Option<Span> {
    document.headings.clear();
    document.passages.clear();
    document.references.clear();
    document.tags.clear();
    document.callouts.clear();
    document.tasks.clear();
    document.blocks.clear();
    document.diagnostics.retain(|diagnostic| diagnostic.code != Code::AccidentalHeading);
    let mut walker = Walker {
        source,
        text,
        document,
        frames: vec![Frame::new(Container::Other, Span::new(0, text.len()))],
        quotes: 0,
        draft: None,
        references: Vec::new(),
        hidden: 0,
        run: None,
        skip_to: 0,
        verbatim: false,
        callout: None,
        title_of: None,
        heading: None,
        task_of: None,
        task_box: None,
        anchors: Anchors::default(),
        has_markers: text.contains("%%"),
        overlooked: None,
    };
    for (event, range) in raw_events(text) {
        walker.event(event, range);
        if walker.overlooked.is_some() {
            return walker.overlooked;
        }
    }
    walker.close();
    let passages = &mut document.passages;
    if !passages.is_sorted_by_key(|passage| passage.span.start) {
        passages.sort_by_key(|passage| passage.span.start);
    }
    None
}

struct Walker<'a> {
    source: &'a Arc<Source>,
    text: &'a str,
    document: &'a mut Document,
    /// The open containers, outermost first; the first is the document.
    frames: Vec<Frame>,
    /// How many of them are quotes that are no callouts.
    quotes: usize,
    /// The passage that is being read.
    draft: Option<Draft>,
    /// The links and images that are open, outermost first.
    references: Vec<OpenReference>,
    /// How many of them keep their content out of the passage.
    hidden: usize,
    /// Words as they stand, waiting to be searched for tags, and whether they follow a blank.
    run: Option<(Span, bool)>,
    /// Marks of a callout or task: text before this offset belongs to no passage.
    skip_to: usize,
    /// Within a block of code or HTML.
    verbatim: bool,
    /// What may be a callout, until the next event confirms it.
    callout: Option<CalloutHead>,
    /// The callout whose title is being read.
    title_of: Option<usize>,
    /// The heading that is being read.
    heading: Option<(Heading, Option<String>)>,
    /// What may be a task, until its first words confirm it.
    task_box: Option<TaskBox>,
    /// The task whose text is being read.
    task_of: Option<usize>,
    anchors: Anchors,
    /// Whether any `%%` is left, as there is in code.
    has_markers: bool,
    overlooked: Option<Span>,
}

/// A block that holds other blocks.
struct Frame {
    container: Container,
    span: Span,
    /// The last block in it that is complete: what an id on a line of its own names.
    last_block: Option<Span>,
}

#[derive(Clone, Copy)]
enum Container {
    Quote,
    Callout,
    /// A list item, the box of its task, and whether it has no passage yet.
    Item {
        task: Option<TaskBox>,
        is_fresh: bool,
    },
    Table,
    Other,
}

impl Frame {
    fn new(container: Container, span: Span) -> Self {
        Self { container, span, last_block: None }
    }
}

impl Walker<'_> {
    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        let span = Span::from(range);
        if !matches!(event, Event::Text(_)) {
            self.flush_run();
        }
        match event {
            Event::Start(tag) => self.start(tag, span),
            Event::End(tag) => self.end(tag, span),
            Event::Text(words) if !self.verbatim => self.words(&words, span),
            Event::Code(code) => self.code(&code, span),
            Event::SoftBreak | Event::HardBreak => self.line_break(span),
            Event::TaskListMarker(_) => self.task_marker(span),
            Event::FootnoteReference(_) | Event::InlineHtml(_) => self.draft().reach(span),
            Event::Rule => {
                self.close();
                self.block_ends(span);
            }
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>, span: Span) {
        match tag {
            Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Superscript | Tag::Subscript => {
                self.draft().reach(span);
            }
            Tag::Link { link_type, dest_url, .. } => self.start_link(link_type, &dest_url, span),
            Tag::Image { link_type, dest_url, .. } => self.start_image(link_type, &dest_url, span),
            Tag::TableCell => {
                // The blank between two cells stands for the border, which is a single byte.
                if let Some(draft) = &mut self.draft {
                    draft.push_blank(span.start.saturating_sub(1));
                }
            }
            block => {
                self.close();
                self.start_block(block, span);
            }
        }
    }

    fn start_block(&mut self, tag: Tag<'_>, span: Span) {
        let head = self.callout.take();
        match tag {
            Tag::Paragraph => {
                self.open(self.kind());
                self.confirm_callout(head, span);
            }
            Tag::Heading { level, id, .. } => {
                let level = level as u8;
                self.check_heading(level, span);
                let heading =
                    Heading { level, text: String::new(), anchor: String::new(), span: self.trimmed(span) };
                self.heading = Some((heading, id.map(String::from)));
                self.open(PassageKind::Heading);
            }
            Tag::BlockQuote(_) => {
                self.callout = marks::callout_head(self.text, span);
                self.quotes += 1;
                self.frames.push(Frame::new(Container::Quote, span));
            }
            Tag::Item => {
                let task = marks::task_box(self.text, span);
                self.frames.push(Frame::new(Container::Item { task, is_fresh: true }, span));
            }
            Tag::Table(_) => self.frames.push(Frame::new(Container::Table, span)),
            Tag::TableHead | Tag::TableRow => self.open(PassageKind::Row),
            Tag::CodeBlock(_) | Tag::HtmlBlock | Tag::MetadataBlock(_) => self.verbatim = true,
            _ => self.frames.push(Frame::new(Container::Other, span)),
        }
    }

    fn end(&mut self, tag: TagEnd, span: Span) {
        match tag {
            TagEnd::Link | TagEnd::Image => self.end_reference(),
            TagEnd::TableHead | TagEnd::TableRow => {
                self.close();
            }
            TagEnd::Paragraph | TagEnd::Heading(_) => {
                let is_id = self.close();
                if !is_id {
                    self.block_ends(span);
                }
            }
            TagEnd::CodeBlock | TagEnd::HtmlBlock | TagEnd::MetadataBlock(_) => {
                self.verbatim = false;
                self.block_ends(span);
            }
            TagEnd::BlockQuote(_)
            | TagEnd::List(_)
            | TagEnd::Item
            | TagEnd::Table
            | TagEnd::FootnoteDefinition
            | TagEnd::DefinitionList
            | TagEnd::DefinitionListTitle
            | TagEnd::DefinitionListDefinition => {
                self.close();
                if let Some(frame) = self.frames.pop() {
                    self.quotes -= usize::from(matches!(frame.container, Container::Quote));
                }
                self.block_ends(span);
            }
            _ => {}
        }
    }

    /// Begins a passage.
    fn open(&mut self, kind: PassageKind) {
        let mut draft = Draft::new(kind);
        if let Some(Frame { container: Container::Item { task, is_fresh: is_fresh @ true }, .. }) =
            self.frames.last_mut()
        {
            *is_fresh = false;
            draft.is_first_of_item = true;
            self.task_box = task.take();
        }
        self.draft = Some(draft);
    }

    /// The passage that is being read; the text of a list item begins without an event of its own.
    fn draft(&mut self) -> &mut Draft {
        if self.draft.is_none() {
            self.open(self.kind());
        }
        self.draft.get_or_insert_with(|| Draft::new(PassageKind::Paragraph))
    }

    fn kind(&self) -> PassageKind {
        match self.frames.last().map(|frame| frame.container) {
            _ if self.quotes > 0 => PassageKind::Quote,
            Some(Container::Item { .. }) => PassageKind::Item,
            _ => PassageKind::Paragraph,
        }
    }

    /// Makes the quote a callout if its first paragraph begins with the mark of one.
    fn confirm_callout(&mut self, head: Option<CalloutHead>, paragraph: Span) {
        let Some(head) = head.filter(|head| head.line.start == paragraph.start) else { return };
        if let Some(frame) = self.frames.last_mut() {
            frame.container = Container::Callout;
            self.quotes -= 1;
        }
        self.skip_to = head.title_start;
        self.title_of = Some(self.document.callouts.len());
        self.open(PassageKind::Heading);
        let span = self.trimmed(head.quote);
        let title = String::new();
        self.document.callouts.push(Callout { kind: head.kind, title, title_span: head.line, span });
    }

    /// Ends the passage that is being read, if any. Says whether it was nothing but a block id.
    fn close(&mut self) -> bool {
        self.flush_run();
        let Some(mut draft) = self.draft.take() else { return false };
        let is_first_of_item = draft.is_first_of_item;
        let id = draft.take_block_id(self.text);
        let passage = draft.finish(self.text, self.source);
        let text = passage.as_ref().map_or("", |passage| &passage.text);
        if let Some(index) = self.title_of.take() {
            text.clone_into(&mut self.document.callouts[index].title);
        }
        if let Some(index) = self.task_of.take() {
            let task = &mut self.document.tasks[index];
            text.clone_into(&mut task.text);
            task.span = passage.as_ref().map_or(task.span, |passage| passage.span);
        }
        let heading = self.heading.take();
        let heading_span = heading.as_ref().map(|(heading, _)| heading.span);
        if let Some((mut heading, id)) = heading {
            text.clone_into(&mut heading.text);
            heading.anchor = self.anchors.take(id.as_deref(), text);
            self.document.headings.push(heading);
        }
        let is_id = id.is_some() && passage.is_none();
        if let Some((id, caret)) = id {
            let own = Span::new(caret, caret + 1 + id.len());
            let span =
                heading_span.unwrap_or_else(|| self.named_block(passage.as_ref(), own, is_first_of_item));
            self.document.blocks.push(Block { id, span });
        }
        self.document.passages.extend(passage);
        is_id
    }

    /// The block that an id names: the one at whose end it stands, or, on a line of its own, the one before.
    fn named_block(&self, passage: Option<&Passage>, own: Span, is_first_of_item: bool) -> Span {
        let Some(frame) = self.frames.last() else { return own };
        match (passage, frame.container) {
            (_, Container::Table) => self.trimmed(frame.span),
            (None, _) => frame.last_block.unwrap_or(own),
            (Some(_), Container::Item { .. }) if is_first_of_item => self.trimmed(frame.span),
            (Some(passage), _) => passage.span,
        }
    }

    fn check_heading(&mut self, level: u8, span: Span) {
        let heading = self.text[span.range()].trim_end();
        let Some((above, underline)) = heading.rsplit_once('\n') else { return };
        if level == 2 && underline.trim_start_matches(['>', ' ', '\t']) == "---" {
            let start = span.start + above.rfind('\n').map_or(0, |newline| newline + 1);
            let line = self.trimmed(Span::new(start, span.start + above.len()));
            let message = "this line has become a heading, because `---` stands directly below it";
            self.document.diagnostics.push(
                Diagnostic::at(Code::AccidentalHeading, self.source, line, message)
                    .help("put a blank line above `---`; if a heading is meant, write `## ` before it"),
            );
        }
    }

    /// A range without the blanks at its end.
    fn trimmed(&self, span: Span) -> Span {
        Span::new(span.start, span.start + self.text[span.range()].trim_end().len())
    }

    fn block_ends(&mut self, span: Span) {
        let span = self.trimmed(span);
        if let Some(frame) = self.frames.last_mut() {
            frame.last_block = Some(span);
        }
    }
}
