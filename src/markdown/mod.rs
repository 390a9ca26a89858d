//! From a source to a [`Document`], and from a document to safe HTML. Cannot fail.
//!
//! In comes Markdown as Obsidian users write it; out come its parts with their places and, on demand,
//! HTML in which nothing active is left. This module does not know what a principle or a deal is, and
//! where a link leads it asks through [`Resolver`].

pub mod front_matter;
mod comments;
mod events;
mod parse;
mod raw_html;
mod render;
mod fragment;
mod plain;
mod slug;

use std::borrow::Cow;
use std::sync::Arc;

pub use comments::comments;
pub use events::{events, is_inline};
pub use fragment::{Fragments, Part};
pub use parse::parse;
pub use plain::PlainText;
pub use raw_html::{html_callouts, html_comments};
pub use render::{Embed, Mark, Resolver, Target, active_html, block_anchor, render};
pub use slug::slug;

use crate::diagnostic::Diagnostic;
use crate::source::{Source, Span};
use front_matter::FrontMatter;

/// A Markdown text, taken apart. All spans are byte ranges of `source.text()`.
#[derive(Debug, Default)]
pub struct Document {
    /// What was parsed.
    pub source: Arc<Source>,
    /// The source's text with comments and front matter blanked; `None` if there are no comments. What is read is [`Self::text`].
    pub blanked: Option<Arc<str>>,
    /// The properties at the top.
    pub front_matter: FrontMatter,
    /// Headings in order.
    pub headings: Vec<Heading>,
    /// The pieces of prose, in order, without overlap: what links are found in.
    pub passages: Vec<Passage>,
    /// Wikilinks, Markdown links, images and embeds, in order.
    pub references: Vec<Reference>,
    /// `#tags` in the body, in order.
    pub tags: Vec<Tag>,
    /// Callouts, outer before inner.
    pub callouts: Vec<Callout>,
    /// Task list items, in order.
    pub tasks: Vec<Task>,
    /// `^ids` of blocks.
    pub blocks: Vec<Block>,
    /// What is odd about the text itself.
    pub diagnostics: Vec<Diagnostic>,
}

/// A heading and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// 1 to 6.
    pub level: u8,
    /// Plain text, without block id.
    pub text: String,
    /// The `id` of the heading in HTML, unique in the document.
    pub anchor: String,
    /// The whole heading.
    pub span: Span,
}

/// What kind of block a passage is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PassageKind {
    /// A heading's text.
    Heading,
    /// A paragraph.
    Paragraph,
    /// The own text of a list item (nested items are passages of their own).
    Item,
    /// A paragraph in a block quote, not of a callout: often somebody else's words.
    Quote,
    /// A row of a table.
    Row,
}

/// A piece of prose: a paragraph, the own text of a list item, a heading, a table row. Code is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// What kind of block it is.
    pub kind: PassageKind,
    /// Where it stands, markers excluded.
    pub span: Span,
    /// Its plain text: no markup, wikilinks as shown, soft breaks as blanks.
    pub text: PlainText,
    /// For each run of `text`, ascending: offset in `text`, offset in the source. Between two entries both advance alike.
    pub offsets: Vec<(usize, usize)>,
}

/// How a reference is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReferenceKind {
    /// `[[target]]`
    Wikilink,
    /// `![[target]]`
    Embed,
    /// `[text](target)`
    Link,
    /// `![text](target)`
    Image,
}

/// A link out of the document, not yet resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// How it is written.
    pub kind: ReferenceKind,
    /// The destination without fragment, decoded, trimmed; empty for `[[#heading]]`.
    pub target: String,
    /// After the first `#`: headings separated by `#`, or `^block`; empty if none.
    pub fragment: String,
    /// What the reader sees instead of the target, if anything else was written.
    pub display: Option<String>,
    /// The whole reference.
    pub span: Span,
}

/// A `#tag` in the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Without `#`, as written, `a/b` for nested ones.
    pub name: String,
    /// With `#`.
    pub span: Span,
}

/// A `> [!kind] title` block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callout {
    /// The word in brackets, in small letters.
    pub kind: String,
    /// Plain text after the brackets; empty if none.
    pub title: String,
    /// The first line, from `[!` to its end.
    pub title_span: Span,
    /// The whole quote.
    pub span: Span,
}

/// A task list item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// The character in the box; a blank means open.
    pub mark: char,
    /// Plain text of the item.
    pub text: String,
    /// The item's own text.
    pub span: Span,
}

/// A block that has an id, to be linked to by `[[note#^id]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Without `^`.
    pub id: String,
    /// The block that it names.
    pub span: Span,
}

impl Document {
    /// The source's text with comments and front matter blanked: same length, same offsets.
    pub fn text(&self) -> Cow<'_, str> {
        match &self.blanked {
            Some(blanked) => Cow::Borrowed(blanked),
            // Few texts have comments, so most documents need not keep a text of their own.
            None => comments::without_front(self.source.text(), self.front_matter.span.end),
        }
    }
}

impl Passage {
    /// The place in the source of a range of the plain text.
    pub fn source_span(&self, start: usize, end: usize) -> Span {
        Span::new(
            self.source_offset(start),
            self.source_offset(end.saturating_sub(1).max(start)) + usize::from(end > start),
        )
    }

    fn source_offset(&self, offset: usize) -> usize {
        let index = self.offsets.partition_point(|&(from, _)| from <= offset).saturating_sub(1);
        self.offsets.get(index).map_or(self.span.start, |&(from, source)| source + (offset - from))
    }
}
