//! The body of a note as HTML: where its links lead, what its embeds show, and which words are marked.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::atlas::Atlas;
use super::attachment::{self, Shown};
use super::destination::Destination;
use crate::markdown::{self, Document, Embed, Mark, Reference, Resolver, Target};
use crate::source::Span;

/// How deep embeds may nest, as in Obsidian.
const MAX_DEPTH: usize = 4;
/// How many bytes of HTML the embeds of one page may bring in; what is beyond is a link.
const MAX_EMBEDDED: usize = 256 * 1024;

/// The body of a note's page.
pub(super) struct Body {
    /// Safe HTML whose headings begin at level 2 and whose ids are unique.
    pub(super) html: String,
    /// The anchor of the first heading if it is the page's title and therefore left out.
    pub(super) title_anchor: Option<String>,
}

/// Makes the body of a note's page; every mark's anchor exists in it.
pub(super) fn body(atlas: &Atlas, note: usize, marks: &[Mark], root: &'static str) -> Body {
    let document = &atlas.note(note).document;
    let resolver = NoteResolver { atlas, note, page: note, root, above: &[], embedded: &Cell::new(0) };
    let (part, title_anchor) = without_title(document, &atlas.note(note).title);
    let rendered = markdown::render(document, part, marks, &resolver);
    let mut tidy = Tidy::new();
    tidy.seen.extend(title_anchor.as_deref());
    let mut html = tidy.tidy(&rendered);
    // A mark in what is not shown as text (a title, a property) has no element of its own.
    let missing =
        marks.iter().filter_map(|mark| mark.id.as_ref()).filter(|id| !tidy.seen.contains(id.as_str()));
    let anchors = missing.fold(String::new(), |anchors, id| anchors + "<span id=\"" + id + "\"></span>");
    if !anchors.is_empty() {
        html.insert_str(0, &format!("<div>{anchors}</div>"));
    }
    Body { html, title_anchor }
}

/// The part of a document after the heading that is its title, if it opens with that.
fn without_title(document: &Document, title: &str) -> (Option<Span>, Option<String>) {
    let Some(first) = document.headings.first().filter(|heading| heading.text.trim() == title.trim()) else {
        return (None, None);
    };
    let opens = document.text().get(..first.span.start).is_some_and(|before| before.trim().is_empty());
    if !opens {
        return (None, None);
    }
    (Some(Span::new(first.span.end, document.source.text().len())), Some(first.anchor.clone()))
}

/// Where the references of one note lead, seen from one page.
struct NoteResolver<'a> {
    atlas: &'a Atlas,
    /// The note whose references are resolved.
    note: usize,
    /// The note on whose page they stand.
    page: usize,
    root: &'static str,
    /// The notes that embed this one, outermost first.
    above: &'a [usize],
    /// Bytes of embedded HTML so far.
    embedded: &'a Cell<usize>,
}

impl NoteResolver<'_> {
    fn destination(&self, reference: &Reference) -> Option<Destination> {
        self.atlas.places.destination(self.atlas.note(self.note), reference)
    }

    /// A place in a note as an address on this page.
    fn note_href(&self, note: usize, fragment: &str) -> String {
        let anchor = anchor(&self.atlas.note(note).document, fragment);
        let fragment = anchor.map_or_else(String::new, |anchor| format!("#{anchor}"));
        if note == self.page && !fragment.is_empty() {
            return fragment;
        }
        format!("{}{}{fragment}", self.root, self.atlas.notes[note].path)
    }

    fn href(&self, destination: &Destination, fragment: &str) -> Option<String> {
        let path = match destination {
            Destination::Note(note) => return Some(self.note_href(*note, fragment)),
            Destination::Principle(index) => &self.atlas.principles[*index].path,
            Destination::Deal(index) => &self.atlas.deals[*index].path,
            Destination::Counterparty(index) => &self.atlas.counterparties[*index].path,
            Destination::File(id) => self.atlas.attachments.get(id)?,
        };
        Some(format!("{}{path}", self.root))
    }

    /// Another note, or a part of it, within this page.
    fn embedded_note(&self, note: usize, reference: &Reference) -> Embed {
        let href = self.note_href(note, &reference.fragment);
        let title = self.atlas.note(note).title.clone();
        let is_cycle = note == self.note || note == self.page || self.above.contains(&note);
        if is_cycle || self.above.len() + 1 >= MAX_DEPTH || self.embedded.get() >= MAX_EMBEDDED {
            return Embed::File { href, text: title };
        }
        let document = &self.atlas.note(note).document;
        let Ok(part) = part(document, &reference.fragment) else {
            return Embed::File { href, text: title };
        };
        let above: Vec<usize> = self.above.iter().copied().chain([self.note]).collect();
        let resolver = NoteResolver { note, above: &above, ..*self };
        let html = markdown::render(document, part, &[], &resolver);
        self.embedded.set(self.embedded.get() + html.len());
        Embed::Html { html, href, title }
    }
}

impl Resolver for NoteResolver<'_> {
    fn link(&self, reference: &Reference) -> Target {
        if is_outside(&reference.target) {
            return Target::Href(with_fragment(reference));
        }
        if reference.target.is_empty() {
            return match anchor(&self.atlas.note(self.note).document, &reference.fragment) {
                Some(_) => Target::Href(self.note_href(self.note, &reference.fragment)),
                None => Target::Nowhere,
            };
        }
        let destination = self.destination(reference);
        let href = destination.and_then(|destination| self.href(&destination, &reference.fragment));
        href.map_or(Target::Nowhere, Target::Href)
    }

    fn embed(&self, reference: &Reference) -> Embed {
        if is_outside(&reference.target) {
            return Embed::Outside(with_fragment(reference));
        }
        if reference.target.is_empty() {
            return Embed::Nowhere;
        }
        let Some(destination) = self.destination(reference) else { return Embed::Nowhere };
        if let Destination::Note(note) = destination {
            return self.embedded_note(note, reference);
        }
        let Some(href) = self.href(&destination, "") else { return Embed::Nowhere };
        let name = reference.target.rsplit('/').next().unwrap_or(&reference.target);
        match (&destination, attachment::shown(&href)) {
            (Destination::File(_), Some(Shown::Image)) => Embed::Image(href),
            (Destination::File(_), Some(Shown::Audio)) => Embed::Audio(href),
            (Destination::File(_), Some(Shown::Video)) => Embed::Video(href),
            _ => Embed::File { href, text: reference.display.clone().unwrap_or_else(|| name.to_owned()) },
        }
    }

    fn tag(&self, name: &str) -> Option<String> {
        let tag = self.atlas.tag_of(name)?;
        Some(format!("{}{}", self.root, self.atlas.tags[tag].path))
    }
}

/// Whether a target is an address of another host or a mail address.
fn is_outside(target: &str) -> bool {
    let target = target.trim_start().as_bytes();
    let begins =
        |scheme: &[u8]| target.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    begins(b"http://") || begins(b"https://") || begins(b"mailto:")
}

fn with_fragment(reference: &Reference) -> String {
    if reference.fragment.is_empty() {
        reference.target.clone()
    } else {
        format!("{}#{}", reference.target, reference.fragment)
    }
}

/// The anchor of a heading or block; `None` if there is none of that name.
fn anchor(document: &Document, fragment: &str) -> Option<String> {
    if let Some(block) = fragment.strip_prefix('^') {
        let block = document.blocks.iter().find(|found| found.id.eq_ignore_ascii_case(block.trim()))?;
        return Some(markdown::block_anchor(&block.id));
    }
    heading(document, fragment).map(|index| document.headings[index].anchor.clone())
}

/// The heading that a fragment names: the last of a chain of headings, or an anchor as it stands.
fn heading(document: &Document, fragment: &str) -> Option<usize> {
    let last = fragment.rsplit('#').next().unwrap_or_default().trim();
    if last.is_empty() {
        return None;
    }
    let wanted = markdown::slug(last);
    let by_text = document.headings.iter().position(|heading| heading.text.trim().eq_ignore_ascii_case(last));
    by_text.or_else(|| {
        let by_slug = |heading: &markdown::Heading| heading.anchor == last || heading.anchor == wanted;
        document.headings.iter().position(by_slug)
    })
}

/// The part of a document that an embed's fragment names; `Err` if there is none of that name.
fn part(document: &Document, fragment: &str) -> Result<Option<Span>, ()> {
    if fragment.is_empty() {
        return Ok(None);
    }
    if let Some(id) = fragment.strip_prefix('^') {
        let block = document.blocks.iter().find(|block| block.id.eq_ignore_ascii_case(id.trim()));
        return block.map(|block| Some(block.span)).ok_or(());
    }
    let index = heading(document, fragment).ok_or(())?;
    let (opening, rest) = (&document.headings[index], &document.headings[index + 1..]);
    let end = rest.iter().find(|heading| heading.level <= opening.level);
    let end = end.map_or(document.source.text().len(), |heading| heading.span.start);
    Ok(Some(Span::new(opening.span.start, end)))
}

/// Makes rendered HTML fit into a page: headings follow the page's title without a gap, ids stand once.
struct Tidy<'a> {
    /// Levels of the headings that are open, as written.
    levels: Vec<u8>,
    /// Ids so far, those of the page's frame included.
    seen: BTreeSet<&'a str>,
}

/// Ids of the frame; nothing in a note may take them.
pub(super) const FRAME_IDS: [&str; 8] =
    ["main", "search", "hits", "said", "all-hits", "links", "backlinks", "suggestions"];

impl<'a> Tidy<'a> {
    fn new() -> Self {
        Self { levels: Vec::new(), seen: FRAME_IDS.into_iter().collect() }
    }

    /// Copies HTML that [`markdown::render`] has made, and changes only its tags.
    fn tidy(&mut self, html: &'a str) -> String {
        let mut tidied = String::with_capacity(html.len() + html.len() / 16);
        let mut open_level = 2;
        let mut rest = html;
        while let Some(start) = rest.find('<') {
            let (text, tag) = rest.split_at(start);
            tidied.push_str(text);
            let end = tag_end(tag);
            let (tag, after) = tag.split_at(end);
            rest = after;
            match heading_tag(tag) {
                Some((level, true)) => {
                    open_level = self.level(level);
                    let _ = write!(tidied, "<h{open_level}");
                    self.attributes(&tag[3..], &mut tidied);
                }
                Some((_, false)) => {
                    let _ = write!(tidied, "</h{open_level}>");
                }
                None => self.attributes(tag, &mut tidied),
            }
        }
        tidied.push_str(rest);
        tidied
    }

    /// The level at which a heading is shown.
    fn level(&mut self, written: u8) -> usize {
        while self.levels.last().is_some_and(|&last| last >= written) {
            self.levels.pop();
        }
        self.levels.push(written);
        (self.levels.len() + 1).min(6)
    }

    /// Copies a tag without an `id` that is taken.
    fn attributes(&mut self, tag: &'a str, tidied: &mut String) {
        let found = if tag.starts_with("</") { None } else { attribute(tag, " id=\"") };
        match found {
            Some((before, value, after)) if !self.seen.insert(value) => {
                tidied.push_str(before);
                tidied.push_str(after);
            }
            _ => tidied.push_str(tag),
        }
    }
}

/// A tag up to the start of an attribute, the attribute's value, and what follows it.
fn attribute<'a>(tag: &'a str, opening: &str) -> Option<(&'a str, &'a str, &'a str)> {
    let at = tag.as_bytes().windows(opening.len()).position(|part| part == opening.as_bytes())?;
    let value = &tag[at + opening.len()..];
    let end = value.find('"')?;
    Some((&tag[..at], &value[..end], &value[end + 1..]))
}

/// The length of a tag; `>` within a quoted value does not end it.
fn tag_end(tag: &str) -> usize {
    let mut quote = None;
    for (index, byte) in tag.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return index + 1,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if byte == open => quote = None,
            _ => {}
        }
    }
    tag.len()
}

/// Level of a heading's tag, and whether it opens.
fn heading_tag(tag: &str) -> Option<(u8, bool)> {
    let bytes = tag.as_bytes();
    let (name, opens) = match bytes {
        [b'<', b'/', name @ ..] => (name, false),
        [b'<', name @ ..] => (name, true),
        _ => return None,
    };
    match name {
        [b'h', level @ b'1'..=b'6', b'>' | b' ', ..] => Some((level - b'0', opens)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_follow_the_title_without_a_gap() {
        let html = Tidy::new().tidy("<h3 id=\"a\">A</h3><h6>B</h6><h4>C</h4><h1>D</h1>");
        assert_eq!(html, "<h2 id=\"a\">A</h2><h3>B</h3><h3>C</h3><h2>D</h2>");
    }

    #[test]
    fn an_id_stands_once_and_never_takes_one_of_the_frame() {
        let html = Tidy::new().tidy("<p id=\"x\">1</p><p id=\"x\">2</p><h2 id=\"main\">3</h2>");
        assert_eq!(html, "<p id=\"x\">1</p><p>2</p><h2>3</h2>");
    }

    #[test]
    fn text_is_not_touched() {
        let html = "a < b <a title=\"x > y\" href=\"c\">id=\"q\"</a> &lt;h1&gt;";
        assert_eq!(Tidy::new().tidy("<p>1 &gt; 0</p>"), "<p>1 &gt; 0</p>");
        assert_eq!(Tidy::new().tidy(html), html);
    }
}
