//! The document as a small tree: headings, prose, lists, tables. Pasted bullets are lists here as well.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::ops::Range;

use pulldown_cmark::{Event, LinkType, Tag, TagEnd};

use super::pasted;
use super::prose::{MarkKind, Prose, ProseBuilder};
use crate::markdown::{events, is_inline};
use crate::source::Span;

/// Deeper lists and quotes belong to the one at this depth.
const MAX_DEPTH: usize = 24;

/// A piece of the document.
#[derive(Debug)]
pub(super) enum Block {
    /// `## A heading {#id}`
    Heading(Heading),
    /// A paragraph, or the text of a list item.
    Prose(Prose),
    /// A list of any kind.
    List(List),
    /// A table.
    Table(Table),
    /// A definition list: terms and what follows each.
    Definitions(Vec<(Prose, Vec<Block>)>),
    /// A block quote or a callout.
    Quote(Vec<Block>, Span),
    /// A block of code.
    Code(String, Span),
    /// Raw HTML that is more than a comment.
    Html(Span),
    /// `---`
    Rule,
}

/// A heading.
#[derive(Debug)]
pub(super) struct Heading {
    /// 1 to 6.
    pub level: u8,
    /// Its text.
    pub prose: Prose,
    /// `{#id}`
    pub id: Option<String>,
}

/// A list.
#[derive(Debug)]
pub(super) struct List {
    /// In order.
    pub items: Vec<Item>,
    /// The bullet, where it is a sign that Markdown does not know as one.
    pub pasted: Option<String>,
}

/// A list item.
#[derive(Debug, Default)]
pub(super) struct Item {
    /// What stands in it.
    pub blocks: Vec<Block>,
    /// With its marker.
    pub span: Span,
}

/// A table.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// The cells of the first row.
    pub head: Vec<Prose>,
    /// The other rows.
    pub rows: Vec<Vec<Prose>>,
    /// The whole table.
    pub span: Span,
}

/// The whole document.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// In order.
    pub blocks: Vec<Block>,
    /// Footnotes by label.
    pub footnotes: BTreeMap<String, (Vec<Block>, Span)>,
}

impl Item {
    /// The item's own first text, and what follows it.
    pub(super) fn split(&self) -> (Option<&Prose>, &[Block]) {
        match self.blocks.split_first() {
            Some((Block::Prose(prose), rest)) => (Some(prose), rest),
            _ => (None, &self.blocks),
        }
    }
}

impl Block {
    /// Where it stands, for messages.
    pub(super) fn span(&self) -> Span {
        match self {
            Self::Heading(heading) => heading.prose.span,
            Self::Prose(prose) => prose.span,
            Self::List(list) => list.items.first().map_or_else(Span::default, |item| item.span),
            Self::Table(table) => table.span,
            Self::Definitions(definitions) => {
                definitions.first().map_or_else(Span::default, |(term, _)| term.span)
            }
            Self::Quote(_, span) | Self::Code(_, span) | Self::Html(span) => *span,
            Self::Rule => Span::default(),
        }
    }
}

/// Reads a text whose front matter and comments are blanked.
pub(super) fn tree(text: &str) -> Tree {
    let mut reader =
        Reader { text, events: events(text).peekable(), flattened: 0, footnotes: BTreeMap::new() };
    let blocks = reader.blocks(0);
    Tree { blocks, footnotes: reader.footnotes }
}

struct Reader<'a, I: Iterator<Item = (Event<'a>, Range<usize>)>> {
    text: &'a str,
    events: Peekable<I>,
    /// Containers that are open but too deep to be one of their own.
    flattened: usize,
    footnotes: BTreeMap<String, (Vec<Block>, Span)>,
}

impl<'a, I: Iterator<Item = (Event<'a>, Range<usize>)>> Reader<'a, I> {
    /// Blocks up to the end of the container that they stand in.
    fn blocks(&mut self, depth: usize) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut prose = ProseBuilder::default();
        while let Some((event, range)) = self.events.next() {
            match event {
                Event::Start(tag) if is_inline(&tag) => start_inline(&mut prose, tag, &range),
                Event::Start(tag) => {
                    flush(&mut prose, &mut blocks);
                    self.start_block(tag, range, depth, &mut blocks);
                }
                Event::End(end) if is_inline_end(end) => prose.end(),
                Event::End(_) => {
                    flush(&mut prose, &mut blocks);
                    if self.flattened == 0 {
                        return blocks;
                    }
                    self.flattened -= 1;
                }
                Event::Rule => {
                    flush(&mut prose, &mut blocks);
                    blocks.push(Block::Rule);
                }
                event => self.inline(&mut prose, &event, &range),
            }
        }
        flush(&mut prose, &mut blocks);
        blocks
    }

    fn start_block(&mut self, tag: Tag<'a>, range: Range<usize>, depth: usize, blocks: &mut Vec<Block>) {
        match tag {
            Tag::Heading { level, id, .. } => {
                let prose = self.prose();
                let id = id.map(|id| id.to_string()).filter(|id| !id.is_empty());
                blocks.push(Block::Heading(Heading { level: level as u8, prose, id }));
            }
            Tag::Paragraph => {
                let prose = self.prose();
                push_prose(prose, blocks);
            }
            Tag::CodeBlock(_) => {
                let code = self.verbatim();
                blocks.push(Block::Code(code, trimmed(self.text, &range)));
            }
            Tag::HtmlBlock => {
                let html = self.verbatim();
                if !is_comment(&html) {
                    blocks.push(Block::Html(trimmed(self.text, &range)));
                }
            }
            _ if depth >= MAX_DEPTH => self.flattened += 1,
            Tag::List(_) => {
                let list = self.list(depth + 1);
                push_list(list, blocks);
            }
            Tag::Table(_) => {
                let table = self.table(trimmed(self.text, &range));
                blocks.push(Block::Table(table));
            }
            Tag::DefinitionList => {
                let definitions = self.definitions(depth + 1);
                blocks.push(Block::Definitions(definitions));
            }
            Tag::FootnoteDefinition(label) => {
                let inside = self.blocks(depth + 1);
                self.footnotes.entry(label.to_string()).or_insert((inside, trimmed(self.text, &range)));
            }
            // Quotes, and whatever else may hold blocks.
            _ => {
                let inside = self.blocks(depth + 1);
                blocks.push(Block::Quote(inside, trimmed(self.text, &range)));
            }
        }
    }

    fn list(&mut self, depth: usize) -> List {
        let mut items = Vec::new();
        while let Some((event, range)) = self.events.next() {
            match event {
                Event::Start(Tag::Item) => {
                    let span = trimmed(self.text, &range);
                    let item = Item { blocks: self.blocks(depth), span };
                    items.extend(pasted::siblings(item));
                }
                Event::End(_) => break,
                _ => {}
            }
        }
        List { items, pasted: None }
    }

    fn table(&mut self, span: Span) -> Table {
        let mut table = Table { span, ..Table::default() };
        let mut row = Vec::new();
        while let Some((event, _)) = self.events.next() {
            match event {
                Event::Start(Tag::TableCell) => row.push(self.prose()),
                Event::End(TagEnd::TableHead) => table.head = std::mem::take(&mut row),
                Event::End(TagEnd::TableRow) => table.rows.push(std::mem::take(&mut row)),
                Event::End(TagEnd::Table) => break,
                _ => {}
            }
        }
        table
    }

    fn definitions(&mut self, depth: usize) -> Vec<(Prose, Vec<Block>)> {
        let mut definitions: Vec<(Prose, Vec<Block>)> = Vec::new();
        while let Some((event, _)) = self.events.next() {
            match event {
                Event::Start(Tag::DefinitionListTitle) => definitions.push((self.prose(), Vec::new())),
                Event::Start(Tag::DefinitionListDefinition) => {
                    let blocks = self.blocks(depth);
                    if let Some((_, inside)) = definitions.last_mut() {
                        inside.extend(blocks);
                    }
                }
                Event::End(_) => break,
                _ => {}
            }
        }
        definitions
    }

    /// Inline content up to the end of the block that holds it.
    fn prose(&mut self) -> Prose {
        let mut prose = ProseBuilder::default();
        while let Some((event, range)) = self.events.next() {
            match event {
                Event::Start(tag) => start_inline(&mut prose, tag, &range),
                Event::End(end) if is_inline_end(end) => prose.end(),
                Event::End(_) => break,
                event => self.inline(&mut prose, &event, &range),
            }
        }
        prose.finish()
    }

    fn inline(&self, prose: &mut ProseBuilder, event: &Event<'a>, range: &Range<usize>) {
        match event {
            Event::Text(text) => prose.text(self.text, text, range),
            Event::Code(code) => prose.code(self.text, code, range),
            Event::SoftBreak | Event::HardBreak => prose.line_end(range),
            Event::InlineHtml(html) if html.to_ascii_lowercase().starts_with("<br") => prose.line_end(range),
            Event::FootnoteReference(label) => prose.footnote(label, range),
            Event::InlineMath(text) | Event::DisplayMath(text) => prose.code(self.text, text, range),
            _ => {}
        }
    }

    /// The text up to the next end.
    fn verbatim(&mut self) -> String {
        let mut verbatim = String::new();
        for (event, _) in self.events.by_ref() {
            match event {
                Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => verbatim.push_str(&text),
                Event::End(_) => break,
                _ => {}
            }
        }
        verbatim
    }
}

fn start_inline(prose: &mut ProseBuilder, tag: Tag<'_>, range: &Range<usize>) {
    let kind = match tag {
        Tag::Strong => MarkKind::Strong,
        Tag::Link { link_type: LinkType::WikiLink { .. }, dest_url, .. } => {
            MarkKind::Wikilink(dest_url.trim_end_matches('\\').to_owned())
        }
        Tag::Link { dest_url, .. } => MarkKind::Link(dest_url.into_string()),
        _ => MarkKind::Other,
    };
    prose.start(kind, range);
}

/// Ends the text of a tight item, which no event ends.
fn flush(prose: &mut ProseBuilder, blocks: &mut Vec<Block>) {
    if prose.is_begun() {
        push_prose(prose.finish(), blocks);
    }
}

fn push_prose(prose: Prose, blocks: &mut Vec<Block>) {
    let after_list = matches!(blocks.last(), Some(Block::List(list)) if list.pasted.is_some());
    for block in pasted::blocks(prose, after_list) {
        match block {
            Block::List(list) => push_list(list, blocks),
            block => blocks.push(block),
        }
    }
}

/// Adds a list; pasted bullets with blank lines between them make one.
fn push_list(list: List, blocks: &mut Vec<Block>) {
    match blocks.last_mut() {
        Some(Block::List(before)) if list.pasted.is_some() && before.pasted == list.pasted => {
            before.items.extend(list.items);
        }
        Some(Block::List(before))
            if before.pasted.is_some() && list.pasted.as_deref().is_some_and(pasted::is_inner) =>
        {
            let blocks = before.items.last_mut().map(|item| &mut item.blocks);
            match blocks {
                Some(blocks) => push_list(list, blocks),
                None => before.items = list.items,
            }
        }
        _ => blocks.push(Block::List(list)),
    }
}

fn is_inline_end(end: TagEnd) -> bool {
    matches!(
        end,
        TagEnd::Emphasis
            | TagEnd::Strong
            | TagEnd::Strikethrough
            | TagEnd::Superscript
            | TagEnd::Subscript
            | TagEnd::Link
            | TagEnd::Image
    )
}

/// Whether raw HTML is nothing but comments, which pages never show.
fn is_comment(html: &str) -> bool {
    let mut rest = html.trim();
    while let Some(inside) = rest.strip_prefix("<!--") {
        let Some(end) = inside.find("-->") else { return true };
        rest = inside[end + 3..].trim_start();
    }
    rest.is_empty()
}

/// The range without the blank lines at its end.
fn trimmed(text: &str, range: &Range<usize>) -> Span {
    Span::new(range.start, range.start + text[range.clone()].trim_end().len())
}
