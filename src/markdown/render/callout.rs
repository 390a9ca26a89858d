//! Block quotes, and those that are callouts: `> [!kind]± title`.

use std::ops::Range;

use pulldown_cmark::{Event, Tag, TagEnd};

use super::inline::Surroundings;
use super::node::Inline;
use super::write::attribute;
use super::{Container, Occurrence, Renderer};
use crate::markdown::slug;

/// The first line of a callout.
struct Opening {
    /// As in Obsidian's list, or a word of the author's own.
    kind: String,
    fold: Fold,
    /// Bytes of the first text up to the title.
    length: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fold {
    Never,
    Open,
    Closed,
}

impl Renderer<'_> {
    /// Opens a block quote. Gives how many events of its content are already written.
    pub(super) fn quote(&mut self, range: &Range<usize>, content: &[Occurrence<'_>]) -> usize {
        let id = self.line_id(range.start);
        self.out.line();
        let Some((opening, mut title, end)) = self.opening(content) else {
            self.out.open("blockquote", &id);
            self.containers.push(Container::Block { elements: 1 });
            self.out.line();
            return 0;
        };
        title.drop_start(opening.length);
        let body = title.split_line();
        let mut attributes = format!("{id} class=\"callout\"{}", attribute("data-callout", &opening.kind));
        let (outer, inner) = match opening.fold {
            Fold::Never => ("aside", "p"),
            Fold::Open | Fold::Closed => ("details", "summary"),
        };
        if opening.fold == Fold::Open {
            attributes.push_str(" open=\"\"");
        }
        self.out.open(outer, &attributes);
        self.out.line();
        self.containers.push(Container::Block { elements: 1 });
        self.out.open(inner, " class=\"callout-title\"");
        if title.is_blank() {
            self.out.text(&name(&opening.kind));
        } else {
            self.inline(title, Surroundings::Phrasing);
        }
        self.out.close();
        self.out.line();
        if !body.is_blank() {
            self.paragraph("", body);
        }
        end
    }

    /// The first line of a quote, if it makes it a callout, the paragraph that it begins, and where that ends.
    fn opening<'e>(&self, content: &'e [Occurrence<'_>]) -> Option<(Opening, Inline<'e>, usize)> {
        let (Event::Start(Tag::Paragraph), _) = content.first()? else { return None };
        let (Event::Text(_), first) = content.get(1)? else { return None };
        if !self.text.get(first.start..)?.starts_with("[!") {
            return None;
        }
        let end = content.iter().position(|(event, _)| matches!(event, Event::End(TagEnd::Paragraph)))?;
        let inline = Inline::new(self.text, &content[1..end]);
        let opening = read(inline.text(0)?)?;
        Some((opening, inline, end + 1))
    }
}

/// Reads `[!kind|extra]±`.
fn read(text: &str) -> Option<Opening> {
    let inside = text.strip_prefix("[!")?;
    let close = inside.find(']')?;
    let word = inside[..close].split('|').next().unwrap_or_default().trim();
    if word.is_empty() || word.len() > 100 {
        return None;
    }
    let after = &inside[close + 1..];
    let (fold, sign) = match after.as_bytes().first() {
        Some(b'+') => (Fold::Open, 1),
        Some(b'-') => (Fold::Closed, 1),
        _ => (Fold::Never, 0),
    };
    let title = after[sign..].trim_start();
    Some(Opening { kind: canonical(&word.to_lowercase()), fold, length: text.len() - title.len() })
}

/// Obsidian's aliases, each as the kind that it looks like; words of the author's own as slugs.
fn canonical(kind: &str) -> String {
    let known = match kind {
        "summary" | "tldr" => "abstract",
        "hint" | "important" => "tip",
        "check" | "done" => "success",
        "help" | "faq" => "question",
        "caution" | "attention" => "warning",
        "fail" | "missing" => "failure",
        "error" => "danger",
        "cite" => "quote",
        _ => return slug(kind),
    };
    known.to_owned()
}

/// What stands in place of a title that is not given.
fn name(kind: &str) -> String {
    let mut characters = kind.chars();
    let first = characters.next().map(char::to_uppercase).into_iter().flatten();
    first.chain(characters).collect::<String>().replace('-', " ")
}
