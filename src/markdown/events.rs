//! The house's way to call pulldown-cmark: options, offsets, nothing else.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TextMergeWithOffset};

use super::comments::FILLER;

/// What is parsed. Math stays off: `$5-$7` is money. Metadata blocks stay off: front matter is cut beforehand.
pub(super) const OPTIONS: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_FOOTNOTES)
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_TASKLISTS)
    .union(Options::ENABLE_HEADING_ATTRIBUTES)
    .union(Options::ENABLE_DEFINITION_LIST)
    .union(Options::ENABLE_WIKILINKS);

/// The events of a text whose front matter and comments are blanked ([`super::Document::text`]), with byte offsets; neighbouring texts are merged.
pub fn events(text: &str) -> impl Iterator<Item = (Event<'_>, Range<usize>)> {
    TextMergeWithOffset::new(raw_events(text))
}

/// The same with texts in pieces, each of which stands in the source as it is, unless it is an entity.
pub(super) fn raw_events(text: &str) -> impl Iterator<Item = (Event<'_>, Range<usize>)> {
    Parser::new_ext(text, OPTIONS).into_offset_iter().map(|(event, range)| match event {
        // The blanks at the end of the line are a comment that was taken out.
        Event::HardBreak if text[range.clone()].contains(FILLER) => (Event::SoftBreak, range),
        event => (event, range),
    })
}

/// Whether a tag stands within a line of text.
pub fn is_inline(tag: &Tag<'_>) -> bool {
    matches!(
        tag,
        Tag::Emphasis
            | Tag::Strong
            | Tag::Strikethrough
            | Tag::Superscript
            | Tag::Subscript
            | Tag::Link { .. }
            | Tag::Image { .. }
    )
}
