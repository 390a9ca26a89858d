//! From a document to HTML in which nothing active is left.
//!
//! The events of the parser are written block by block. Every tag in the result is one that this module writes;
//! what raw HTML becomes is decided in `html`, which addresses may stand in a page in `href`.

mod callout;
mod footnote;
mod href;
mod html;
mod inline;
mod node;
mod write;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::ops::Range;

use pulldown_cmark::{Alignment, CodeBlockKind, Event, HeadingLevel, Tag, TagEnd};

use super::events::{is_inline, raw_events};
use super::{Document, Reference};
use crate::source::Span;
use footnote::Footnotes;
use inline::Surroundings;
use node::Inline;
use write::{Output, attribute};

/// Where references lead; implemented by `site`, which knows the pages of one edition.
pub trait Resolver {
    /// Where a wikilink or Markdown link leads.
    fn link(&self, reference: &Reference) -> Target;
    /// What an embed or image shows.
    fn embed(&self, reference: &Reference) -> Embed;
    /// The page of a tag.
    fn tag(&self, name: &str) -> Option<String>;
}

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A page or file of the site, relative to the page being rendered, or an outside `http`, `https`, `mailto` address.
    Href(String),
    /// Nowhere in this edition: shown as text.
    Nowhere,
}

/// What an embed shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Embed {
    /// An image of the site, by relative URL.
    Image(String),
    /// Audio of the site.
    Audio(String),
    /// Video of the site.
    Video(String),
    /// Another file of the site, shown as a link with this text.
    File {
        /// Relative URL.
        href: String,
        /// What to show.
        text: String,
    },
    /// A note or a part of it, already rendered (cycles and depth are the resolver's duty), with a link to it.
    Html {
        /// Safe HTML made by [`render`].
        html: String,
        /// The embedded note's page.
        href: String,
        /// Its title.
        title: String,
    },
    /// An outside image: becomes a link, nothing is loaded.
    Outside(String),
    /// Nothing: the text stands in its place.
    Nowhere,
}

/// A range of the source to be marked in the HTML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// What to mark.
    pub span: Span,
    /// The `id` of the first `<mark>` element made for it; later ones get none.
    pub id: Option<String>,
}

/// The HTML of a document or of the part of it within `part`; marks ascend and do not overlap.
///
/// Ids in it: `L31` for the block that begins in line 31, the headings' anchors, [`block_anchor`]s, those of the
/// marks, `fn_…` and `fnref_…` for footnotes; slugs have neither capitals nor `_` nor `^`.
pub fn render(document: &Document, part: Option<Span>, marks: &[Mark], resolver: &dyn Resolver) -> String {
    let text = &*document.text();
    let mut renderer = Renderer::new((document, text), marks, resolver);
    renderer.is_part = part.is_some();
    let mut groups = Groups::new(text, part);
    let mut next = groups.next();
    while let Some(group) = next {
        next = groups.next();
        let id = next.as_deref().and_then(|next| lone_block_id(next, 0));
        renderer.blocks(&group, id);
    }
    renderer.finish()
}

/// The `id` in HTML of the block that a note calls `^id`.
pub fn block_anchor(id: &str) -> String {
    // The caret keeps it apart from the anchors of headings, which never have one.
    format!("^{}", id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect::<String>())
}

/// The places of raw HTML that is left out of pages because it could do something there.
pub fn active_html(document: &Document) -> Vec<Span> {
    let text = &*document.text();
    if !text.contains('<') {
        return Vec::new();
    }
    let mut active = Vec::new();
    for (event, range) in raw_events(text) {
        let (Event::Html(html) | Event::InlineHtml(html)) = event else { continue };
        for (token, start) in html::tokens(&html) {
            let html::Token::Open(name, attributes) = token else { continue };
            let policy = html::policy(name, &attributes);
            if matches!(policy, html::Policy::Active | html::Policy::Swallow)
                || attributes.iter().any(html::is_active) && policy != html::Policy::Words
            {
                let start = (range.start + start).min(range.end);
                active.push(Span::new(start, (start + 1 + name.len()).min(range.end)));
            }
        }
    }
    active
}

/// An event and its place in the source.
type Occurrence<'a> = (Event<'a>, Range<usize>);

/// The events of one block at a time, of the whole text or of a part.
struct Groups<'a> {
    events: Box<dyn Iterator<Item = Occurrence<'a>> + 'a>,
}

impl<'a> Groups<'a> {
    fn new(text: &'a str, part: Option<Span>) -> Self {
        let events = raw_events(text);
        match part {
            None => Self { events: Box::new(events) },
            Some(part) => {
                let mut filter = PartFilter::new(text, part);
                Self { events: Box::new(events.filter(move |(event, range)| filter.keeps(event, range))) }
            }
        }
    }

    fn next(&mut self) -> Option<Vec<Occurrence<'a>>> {
        let mut group = Vec::new();
        let mut depth = 0usize;
        for occurrence in self.events.by_ref() {
            match occurrence.0 {
                Event::Start(_) => depth += 1,
                Event::End(_) => depth = depth.saturating_sub(1),
                _ => {}
            }
            group.push(occurrence);
            if depth == 0 {
                return Some(group);
            }
        }
        (!group.is_empty()).then_some(group)
    }
}

/// Picks the events of a part of a text: whole blocks with text in it, and what is around these if it lies in the part.
struct PartFilter {
    part: Span,
    /// Containers end with their last line, parts may end before.
    end: usize,
    /// Whether the block or footnote that is open is kept, and how many elements are open in it.
    open: Option<(bool, usize)>,
}

impl PartFilter {
    fn new(text: &str, part: Span) -> Self {
        let end = text.get(part.end..).map_or(text.len(), |rest| text.len() - rest.trim_start().len());
        Self { part, end, open: None }
    }

    fn keeps(&mut self, event: &Event<'_>, range: &Range<usize>) -> bool {
        if let Some((is_kept, depth)) = self.open {
            let depth = match event {
                Event::Start(_) => depth + 1,
                Event::End(_) => depth - 1,
                _ => depth,
            };
            self.open = (depth > 0).then_some((is_kept, depth));
            return is_kept;
        }
        let overlaps = range.start < self.part.end && range.end > self.part.start;
        match event {
            Event::Start(
                Tag::BlockQuote(_)
                | Tag::List(_)
                | Tag::Item
                | Tag::DefinitionList
                | Tag::DefinitionListDefinition,
            )
            | Event::End(_) => self.part.start <= range.start && range.end <= self.end,
            Event::Start(tag) => {
                // Footnotes stand anywhere and are shown where they are referred to.
                let is_kept = overlaps || matches!(tag, Tag::FootnoteDefinition(_));
                self.open = Some((is_kept, 1));
                is_kept
            }
            _ => overlaps,
        }
    }
}

/// For each start the index of its end; for all else its own index.
fn ends(events: &[Occurrence<'_>]) -> Vec<usize> {
    let mut ends: Vec<usize> = (0..events.len()).collect();
    let mut open = Vec::new();
    for (index, (event, _)) in events.iter().enumerate() {
        match event {
            Event::Start(_) => open.push(index),
            Event::End(_) => {
                if let Some(start) = open.pop() {
                    ends[start] = index;
                }
            }
            _ => {}
        }
    }
    ends
}

/// The block id that is all there is in the paragraph that begins at an index.
fn lone_block_id(events: &[Occurrence<'_>], index: usize) -> Option<String> {
    let (Event::Start(Tag::Paragraph), _) = events.get(index)? else { return None };
    let mut text = String::new();
    for (event, _) in &events[index + 1..] {
        match event {
            Event::Text(piece) if text.len() < 200 => text.push_str(piece),
            Event::End(TagEnd::Paragraph) => break,
            _ => return None,
        }
    }
    match node::split_block_id(&text) {
        Some(("", id)) => Some(id.to_owned()),
        _ => None,
    }
}

/// A block under way, with the elements that were opened for it.
enum Container {
    /// Its elements are closed when it ends.
    Block {
        elements: usize,
    },
    List,
    /// `wrapped` if it came without its list, as a part of a note.
    Item {
        wrapped: bool,
    },
    Table {
        alignments: Vec<Alignment>,
        column: usize,
        part: TablePart,
    },
    Footnote(String),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum TablePart {
    Head,
    BetweenHeadAndBody,
    Body,
}

struct Renderer<'a> {
    document: &'a Document,
    /// The document's text, which the events point into.
    text: &'a str,
    resolver: &'a dyn Resolver,
    marks: &'a [Mark],
    /// For each mark, whether its id was given away.
    marked: Vec<bool>,
    out: Output,
    containers: Vec<Container>,
    footnotes: Footnotes,
    /// The last line that got an `id`.
    line: usize,
    block_ids: BTreeSet<String>,
    embeds: usize,
    /// A task's mark and the place of its box, until the item's text is written.
    task: Option<(usize, char)>,
    /// Whether only a part is rendered; footnotes of other parts are then left out.
    is_part: bool,
    /// Whether raw HTML was written.
    has_html: bool,
}

impl<'a> Renderer<'a> {
    fn new((document, text): (&'a Document, &'a str), marks: &'a [Mark], resolver: &'a dyn Resolver) -> Self {
        Self {
            document,
            text,
            resolver,
            marks,
            marked: vec![false; marks.len()],
            out: Output::default(),
            containers: Vec::new(),
            footnotes: Footnotes::default(),
            line: 0,
            block_ids: BTreeSet::new(),
            embeds: 0,
            task: None,
            is_part: false,
            has_html: false,
        }
    }

    fn finish(mut self) -> String {
        self.write_footnotes();
        let html = self.out.finish();
        if self.has_html { html::settle(&html) } else { html }
    }

    /// Writes the events of one outermost block; `id` is a block id that stands below it.
    fn blocks(&mut self, events: &[Occurrence<'_>], mut id: Option<String>) {
        let ends = ends(events);
        let mut index = 0;
        while let Some((event, range)) = events.get(index) {
            let end = ends[index];
            index = match event {
                Event::Start(Tag::Paragraph) if lone_block_id(events, index).is_some() => end + 1,
                Event::Start(tag) if !is_inline(tag) => {
                    let below = id.take().or_else(|| lone_block_id(events, end + 1));
                    self.block_anchor(below);
                    match self.start(tag, range, &events[index + 1..end]) {
                        Content::Written => end + 1,
                        Content::Follows { skip } => index + 1 + skip,
                    }
                }
                Event::End(_) => {
                    self.end(event);
                    index + 1
                }
                Event::Rule => {
                    let id = self.line_id(range.start);
                    self.out.line();
                    self.out.raw(&format!("<hr{id}>\n"));
                    index + 1
                }
                _ => {
                    let end = inline_end(events, index);
                    let surroundings = match self.containers.last() {
                        None => Surroundings::Phrasing,
                        Some(_) => Surroundings::Flow,
                    };
                    self.inline(Inline::new(self.text, &events[index..end]), surroundings);
                    end
                }
            };
        }
    }

    fn start(&mut self, tag: &Tag<'_>, range: &Range<usize>, content: &[Occurrence<'_>]) -> Content {
        let text = self.text;
        match tag {
            Tag::Paragraph => {
                let id = self.line_id(range.start);
                self.paragraph(&id, Inline::new(text, content));
                return Content::Written;
            }
            Tag::Heading { level, .. } => {
                self.heading(*level, range, content);
                return Content::Written;
            }
            Tag::CodeBlock(kind) => {
                self.code_block(kind, range, content);
                return Content::Written;
            }
            Tag::HtmlBlock => {
                self.html_block(content);
                return Content::Written;
            }
            Tag::TableCell => {
                self.cell(Inline::new(text, content));
                return Content::Written;
            }
            Tag::DefinitionListTitle => {
                self.out.open("dt", "");
                self.inline(Inline::new(text, content), Surroundings::Phrasing);
                self.out.close();
                self.out.line();
                return Content::Written;
            }
            Tag::BlockQuote(_) => return Content::Follows { skip: self.quote(range, content) },
            Tag::List(start) => self.list(*start, range),
            Tag::Item => self.item(content),
            Tag::DefinitionList => {
                let id = self.line_id(range.start);
                self.out.line();
                self.out.open("dl", &id);
                self.out.line();
                self.containers.push(Container::Block { elements: 1 });
            }
            Tag::DefinitionListDefinition => {
                self.out.open("dd", "");
                self.containers.push(Container::Block { elements: 1 });
            }
            Tag::FootnoteDefinition(name) => {
                self.out.suspend();
                self.containers.push(Container::Footnote(name.to_string()));
            }
            Tag::Table(alignments) => self.table(alignments, range),
            Tag::TableHead | Tag::TableRow => self.row(matches!(tag, Tag::TableHead)),
            _ => self.containers.push(Container::Block { elements: 0 }),
        }
        Content::Follows { skip: 0 }
    }

    fn end(&mut self, event: &Event<'_>) {
        if let Event::End(TagEnd::TableHead | TagEnd::TableRow) = event {
            self.end_row();
            return;
        }
        self.task = None;
        match self.containers.pop() {
            Some(Container::Block { elements }) => (0..elements).for_each(|_| self.out.close()),
            Some(Container::List) => self.out.close(),
            Some(Container::Item { wrapped }) => {
                self.out.close();
                if wrapped {
                    self.out.line();
                    self.out.close();
                }
            }
            Some(Container::Table { part, .. }) => {
                (0..2 + usize::from(part != TablePart::BetweenHeadAndBody)).for_each(|_| self.out.close());
            }
            Some(Container::Footnote(name)) => {
                let html = self.out.resume();
                self.footnotes.define(&name, html);
                return;
            }
            None => {}
        }
        self.out.line();
    }

    fn paragraph(&mut self, id: &str, inline: Inline<'_>) {
        self.out.line();
        let Some(inline) = self.lone_embed(id, inline) else { return };
        self.out.open("p", id);
        self.inline(inline, Surroundings::Paragraph);
        self.out.close_paragraph();
        self.out.line();
    }

    fn heading(&mut self, level: HeadingLevel, range: &Range<usize>, content: &[Occurrence<'_>]) {
        // The page's own title is its only `h1`.
        let name = ["h2", "h3", "h4", "h5", "h6", "h6"][level as usize - 1];
        let headings = &self.document.headings;
        let found = headings.partition_point(|heading| heading.span.start < range.start);
        let anchor = headings
            .get(found)
            .filter(|heading| range.contains(&heading.span.start) && !is_ours(&heading.anchor))
            .map_or_else(String::new, |heading| attribute("id", &heading.anchor));
        self.out.line();
        self.out.open(name, &anchor);
        let line = self.line_id(range.start);
        if !line.is_empty() {
            self.out.raw(&format!("<span{line}></span>"));
        }
        self.inline(Inline::new(self.text, content), Surroundings::Phrasing);
        self.out.close();
        self.out.line();
    }

    fn code_block(&mut self, kind: &CodeBlockKind<'_>, range: &Range<usize>, content: &[Occurrence<'_>]) {
        let id = self.line_id(range.start);
        let language: String = match kind {
            CodeBlockKind::Fenced(info) => info
                .split([' ', '\t', ',', '{'])
                .next()
                .unwrap_or_default()
                .chars()
                .filter(|c| c.is_alphanumeric() || "+#-_.".contains(*c))
                .take(40)
                .collect(),
            CodeBlockKind::Indented => String::new(),
        };
        self.out.line();
        if matches!(language.as_str(), "mermaid" | "query" | "base" | "dataview" | "dataviewjs") {
            self.out.raw(&format!("<p class=\"notice\">This <code>{language}</code> block is shown as it is written; nothing is run here.</p>\n"));
        }
        let class = if language.is_empty() {
            String::new()
        } else {
            attribute("class", &format!("language-{language}"))
        };
        self.out.open("pre", &format!("{id} tabindex=\"0\""));
        self.out.open("code", &class);
        for (event, _) in content {
            if let Event::Text(text) = event {
                self.out.text(text);
            }
        }
        self.out.close();
        self.out.close();
        self.out.line();
    }

    fn list(&mut self, start: Option<u64>, range: &Range<usize>) {
        let mut attributes = self.line_id(range.start);
        let name = match start {
            None => "ul",
            Some(start) => {
                if start != 1 {
                    attributes.push_str(&attribute("start", &start.to_string()));
                }
                "ol"
            }
        };
        self.out.line();
        self.out.open(name, &attributes);
        self.out.line();
        self.containers.push(Container::List);
    }

    fn item(&mut self, content: &[Occurrence<'_>]) {
        let wrapped = !matches!(self.containers.last(), Some(Container::List));
        if wrapped {
            self.out.line();
            self.out.open("ul", "");
        }
        self.out.line();
        self.task = task(self.text, content);
        let attributes = self.task.map_or_else(String::new, |(_, mark)| {
            format!(" class=\"task\"{}", attribute("data-task", &mark.to_string()))
        });
        self.out.open("li", &attributes);
        self.containers.push(Container::Item { wrapped });
    }

    fn table(&mut self, alignments: &[Alignment], range: &Range<usize>) {
        let id = self.line_id(range.start);
        self.out.line();
        // Wide tables scroll in a box of their own, also by keyboard.
        let attributes = format!("{id} class=\"table\" tabindex=\"0\" role=\"group\" aria-label=\"Table\"");
        self.out.open("div", &attributes);
        self.out.open("table", "");
        self.out.line();
        let part = TablePart::BetweenHeadAndBody;
        self.containers.push(Container::Table { alignments: alignments.to_vec(), column: 0, part });
    }

    fn row(&mut self, is_head: bool) {
        let Some(Container::Table { column, part, .. }) = self.containers.last_mut() else { return };
        *column = 0;
        let group = match (is_head, *part) {
            (true, _) => Some("thead"),
            (false, TablePart::Body) => None,
            (false, _) => Some("tbody"),
        };
        *part = if is_head { TablePart::Head } else { TablePart::Body };
        if let Some(group) = group {
            self.out.open(group, "");
            self.out.line();
        }
        self.out.open("tr", "");
    }

    fn end_row(&mut self) {
        let Some(Container::Table { part, .. }) = self.containers.last_mut() else { return };
        self.out.close();
        if *part == TablePart::Head {
            *part = TablePart::BetweenHeadAndBody;
            self.out.line();
            self.out.close();
        }
        self.out.line();
    }

    fn cell(&mut self, inline: Inline<'_>) {
        let Some(Container::Table { alignments, column, part }) = self.containers.last_mut() else {
            self.paragraph("", inline);
            return;
        };
        let class = match alignments.get(*column) {
            Some(Alignment::Left) => " class=\"ta-left\"",
            Some(Alignment::Center) => " class=\"ta-center\"",
            Some(Alignment::Right) => " class=\"ta-right\"",
            Some(Alignment::None) | None => "",
        };
        *column += 1;
        match part {
            TablePart::Head => self.out.open("th", &format!(" scope=\"col\"{class}")),
            _ => self.out.open("td", class),
        }
        self.inline(inline, Surroundings::Cell);
        self.out.close();
    }

    /// The `id` of an outermost block, by the line in which it begins; the file's own lines would tell how many were cut.
    fn line_id(&mut self, start: usize) -> String {
        if !self.containers.is_empty() {
            return String::new();
        }
        let line = self.document.source.line(start);
        if line <= self.line {
            return String::new();
        }
        self.line = line;
        format!(" id=\"L{line}\"")
    }

    /// A place to jump to for links to a block id; the first block of that id has it.
    fn block_anchor(&mut self, id: Option<String>) {
        if let Some(anchor) = id.map(|id| block_anchor(&id))
            && self.block_ids.insert(anchor.clone())
        {
            self.out.raw(&format!("<span{}></span>", attribute("id", &anchor)));
        }
    }
}

/// Whether an author's own id for a heading looks like one that is made here.
fn is_ours(id: &str) -> bool {
    let numbered = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
    id.starts_with("fn_")
        || id.starts_with("fnref_")
        || id.strip_prefix('L').is_some_and(numbered)
        || (id.strip_prefix('e').is_some_and(numbered) && id.contains('_'))
}

/// What [`Renderer::start`] has done with the content of a block.
enum Content {
    /// It is all written.
    Written,
    /// It is still to be looked at, but for so many events at its start.
    Follows { skip: usize },
}

/// The mark of a task and the place of its box, if an item is one.
fn task(text: &str, content: &[Occurrence<'_>]) -> Option<(usize, char)> {
    let first = content.iter().find(|(event, _)| !matches!(event, Event::Start(Tag::Paragraph)))?;
    let (Event::Text(_) | Event::TaskListMarker(_), range) = first else { return None };
    let rest = text.get(range.start..)?.strip_prefix('[')?;
    let mark = rest.chars().next()?;
    let after = rest[mark.len_utf8()..].strip_prefix(']')?;
    (!mark.is_control() && after.starts_with([' ', '\t'])).then_some((range.start, mark))
}

/// Where the run of inline events that begins at an index ends.
fn inline_end(events: &[Occurrence<'_>], start: usize) -> usize {
    let mut depth = 0usize;
    let length = events[start..].iter().position(|(event, _)| match event {
        Event::Start(tag) if !is_inline(tag) => true,
        Event::Rule => true,
        Event::Start(_) => {
            depth += 1;
            false
        }
        Event::End(_) if depth == 0 => true,
        Event::End(_) => {
            depth -= 1;
            false
        }
        _ => false,
    });
    // At least one event is taken, so that no input stops the loop over the blocks.
    length.map_or(events.len(), |length| start + length.max(1))
}
