//! The house's way to call pulldown-cmark: options, offsets, nothing else.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser};

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
    pulldown_cmark::TextMergeWithOffset::new(Parser::new_ext(text, OPTIONS).into_offset_iter())
}
