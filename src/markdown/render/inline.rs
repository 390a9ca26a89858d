//! Text, inline markup, links, images and embeds.

use std::collections::HashMap;

use pulldown_cmark::{LinkType, Tag, TagEnd};

use super::href::{self, Address, address, stays_inside};
use super::html::{self, Policy, Token};
use super::node::{Inline, Node, Run};
use super::write::attribute;
use super::{Embed, Occurrence, Renderer, Target};
use crate::markdown::{Reference, ReferenceKind};
use crate::source::{Span, floor_char_boundary};

/// What is around inline content, and so what may stand in it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Surroundings {
    /// A paragraph of ours: it may be closed for a block and opened again.
    Paragraph,
    /// A list item or the like: blocks may stand in it.
    Flow,
    /// A table cell: blocks may stand in it, block ids may not.
    Cell,
    /// A heading, a title, a footnote in a line: no blocks.
    Phrasing,
}

/// Where in the inline content of a block the writing is.
struct Place {
    surroundings: Surroundings,
    /// Elements that were open when the content began.
    depth: usize,
    /// For each link around, whether it is one in the page.
    links: Vec<bool>,
    /// The character before, for what must follow a blank.
    before: char,
    /// The element whose content is left out.
    muted: Option<String>,
    /// Whether an inline footnote is being written apart.
    in_note: bool,
}

/// An image or embed as it is written.
struct Picture {
    reference: Reference,
    /// What to say instead of showing it.
    alt: String,
    /// Width and height, as far as given.
    size: (Option<u32>, Option<u32>),
}

impl Renderer<'_> {
    /// Writes the inline content of a block.
    pub(super) fn inline(&mut self, mut inline: Inline<'_>, surroundings: Surroundings) {
        if let Some((start, mark)) = self.task.take() {
            self.checkbox(start, mark, &mut inline);
        }
        if surroundings != Surroundings::Cell {
            let id = inline.take_block_id();
            self.block_anchor(id);
        }
        inline.find_marks_and_notes();
        self.nodes(&inline, surroundings);
    }

    fn checkbox(&mut self, start: usize, mark: char, inline: &mut Inline<'_>) {
        let (checked, label) = match mark {
            ' ' => ("", "Open".to_owned()),
            'x' | 'X' => (" checked=\"\"", "Done".to_owned()),
            other => (" checked=\"\"", format!("Marked {other}")),
        };
        let label = attribute("aria-label", &label);
        self.out.raw(&format!("<input type=\"checkbox\" disabled=\"\"{checked}{label}> "));
        let is_text = inline
            .runs
            .first()
            .is_some_and(|run| run.pieces.first().is_some_and(|piece| piece.start == start));
        if is_text {
            inline.drop_start("[]".len() + mark.len_utf8());
        }
        let blanks = inline.text(0).map_or(0, |text| text.len() - text.trim_start().len());
        inline.drop_start(blanks);
    }

    fn nodes(&mut self, inline: &Inline<'_>, surroundings: Surroundings) {
        let depth = self.out.depth();
        let mut place =
            Place { surroundings, depth, links: Vec::new(), before: '\n', muted: None, in_note: false };
        let last_close = last_closing_tags(inline);
        let mut index = 0;
        while let Some(node) = inline.nodes.get(index) {
            let mut next = index + 1;
            match node {
                Node::Html(html) => {
                    self.inline_html(html, &mut place, |name| {
                        last_close.get(name).is_some_and(|last| *last > index)
                    });
                }
                Node::Start(tag, range) => {
                    next = self.start_inline(inline, (index, tag, range.start), &mut place);
                }
                Node::End(tag) => self.end_inline(*tag, &mut place),
                Node::OpenMark => self.out.open("mark", ""),
                Node::CloseMark => self.out.close(),
                Node::OpenNote if self.out.in_link() => self.out.text("("),
                Node::OpenNote => {
                    place.in_note = true;
                    self.open_note();
                }
                Node::CloseNote if place.in_note => {
                    place.in_note = false;
                    self.close_note();
                }
                Node::CloseNote => self.out.text(")"),
                _ if place.muted.is_some() => {}
                Node::Text { run, start, end } => {
                    let run = &inline.runs[*run];
                    self.text(run, *start, *end, place.before);
                    place.before = run.text[*start..*end].chars().next_back().unwrap_or(place.before);
                }
                Node::Code(text, range) => {
                    self.code(text, range.start, range.end);
                    place.before = '`';
                }
                Node::Break(hard) => {
                    self.out.raw(if *hard { "<br>\n" } else { "\n" });
                    place.before = '\n';
                }
                Node::Footnote(name) if self.out.in_link() => self.out.text(&format!("[^{name}]")),
                Node::Footnote(name) => self.footnote_reference(name),
            }
            index = next;
        }
        self.out.close_foreign_above(depth, |_| false);
    }

    /// Opens inline markup, or writes it whole. Gives the index of the next node to look at.
    fn start_inline(
        &mut self,
        inline: &Inline<'_>,
        (index, tag, start): (usize, &Tag<'_>, usize),
        place: &mut Place,
    ) -> usize {
        match tag {
            Tag::Link { link_type, dest_url, title, .. } => {
                return self.link(inline, (index, start), (*link_type, dest_url, title), place);
            }
            Tag::Image { link_type, dest_url, .. } => {
                let (picture, end) = self.picture(inline, index, *link_type, dest_url, start);
                if place.muted.is_none() {
                    let embed = self.resolve_picture(&picture);
                    self.write_picture(picture, embed, place);
                }
                return end + 1;
            }
            Tag::Strong => self.out.open("strong", ""),
            Tag::Strikethrough => self.out.open("del", ""),
            _ => self.out.open("em", ""),
        }
        place.before = '*';
        index + 1
    }

    fn end_inline(&mut self, tag: TagEnd, place: &mut Place) {
        let is_written = match tag {
            TagEnd::Link => place.links.pop().unwrap_or(false),
            TagEnd::Image => false,
            _ => true,
        };
        if is_written {
            self.out.close();
        }
        place.before = '*';
    }

    // ---- Links

    fn link(
        &mut self,
        inline: &Inline<'_>,
        (index, start): (usize, usize),
        (link_type, destination, title): (LinkType, &str, &str),
        place: &mut Place,
    ) -> usize {
        let wiki = match link_type {
            LinkType::WikiLink { has_pothole } => Some(has_pothole),
            _ => None,
        };
        let end = matching_end(inline, index);
        let has_text = !inline.part_is_blank(index + 1, end);
        // `[[Note]]` and `[[Note|]]` are shown by the name that they lead to.
        let shown = match wiki {
            Some(has_pothole) if !has_pothole || !has_text => {
                let is_prompt = is_prompt(destination);
                Some(if is_prompt { destination.trim().to_owned() } else { wiki_text(destination) })
            }
            _ => None,
        };
        let href = match link_type {
            _ if place.muted.is_some() || self.out.in_link() => None,
            LinkType::WikiLink { .. } if is_prompt(destination) => None,
            LinkType::Email => Some(outside_attributes(&format!("mailto:{destination}"))),
            _ => {
                let kind = if wiki.is_some() { ReferenceKind::Wikilink } else { ReferenceKind::Link };
                self.href(kind, destination, start)
            }
        };
        if shown.as_deref() == Some("") {
            // `[[ ]]` is no link.
            self.out.text("[[ ]]");
            return end + 1;
        }
        if let Some(mut attributes) = href.clone() {
            if !title.is_empty() {
                attributes.push_str(&attribute("title", title));
            }
            self.out.open("a", &attributes);
        }
        place.before = '*';
        let Some(shown) = shown else {
            place.links.push(href.is_some());
            return index + 1;
        };
        if place.muted.is_none() {
            self.shown_name(inline, index, &shown);
        }
        if href.is_some() {
            self.out.close();
        }
        end + 1
    }

    /// Writes the name that a wikilink is shown by; if it is just what stands in the source, with marks.
    fn shown_name(&mut self, inline: &Inline<'_>, index: usize, shown: &str) {
        match inline.nodes.get(index + 1) {
            Some(Node::Text { run, start, end }) if inline.runs[*run].text[*start..*end] == *shown => {
                self.marked(&inline.runs[*run], *start, *end);
            }
            _ => self.out.text(shown),
        }
    }

    /// The attributes of a link, if it leads anywhere.
    fn href(&self, kind: ReferenceKind, destination: &str, start: usize) -> Option<String> {
        if let Address::Outside(url) = address(destination) {
            return Some(outside_attributes(&url));
        }
        let reference = self.reference(kind, destination, start);
        let Target::Href(href) = self.resolver.link(&reference) else { return None };
        site_attributes(&href)
    }

    /// The document's reference that begins at a place in the source.
    fn reference(&self, kind: ReferenceKind, destination: &str, start: usize) -> Reference {
        let references = &self.document.references;
        let from = references.partition_point(|reference| reference.span.start < start);
        let found = references[from..].iter().take_while(|reference| reference.span.start == start);
        let mut found = found.take(8).filter(|reference| reference.kind == kind);
        found.next().cloned().unwrap_or_else(|| {
            let wiki = matches!(kind, ReferenceKind::Wikilink | ReferenceKind::Embed);
            let destination = if wiki { destination.trim_end_matches('\\') } else { destination };
            href::reference(kind, destination, None, Span::new(start, start))
        })
    }

    // ---- Images and embeds

    /// Reads an image or embed, and finds its end.
    fn picture(
        &self,
        inline: &Inline<'_>,
        index: usize,
        link_type: LinkType,
        destination: &str,
        start: usize,
    ) -> (Picture, usize) {
        let end = matching_end(inline, index);
        let mut text = String::new();
        for at in index + 1..end {
            match &inline.nodes[at] {
                Node::Text { .. } => text.push_str(inline.text(at).unwrap_or_default()),
                Node::Code(code, _) => text.push_str(code),
                Node::Break(_) => text.push(' '),
                _ => {}
            }
        }
        let (kind, written) = match link_type {
            LinkType::WikiLink { has_pothole } => (ReferenceKind::Embed, has_pothole),
            _ => (ReferenceKind::Image, true),
        };
        let (alt, size) = if written { split_size(&text) } else { (String::new(), (None, None)) };
        (Picture { reference: self.reference(kind, destination, start), alt, size }.named(destination), end)
    }

    /// Writes a paragraph that is one embed of a note as the block that it is; gives back any other.
    pub(super) fn lone_embed<'e>(&mut self, id: &str, inline: Inline<'e>) -> Option<Inline<'e>> {
        let Some(Node::Start(Tag::Image { link_type, dest_url, .. }, range)) = inline.nodes.first() else {
            return Some(inline);
        };
        if !matches!(inline.nodes.last(), Some(Node::End(TagEnd::Image))) {
            return Some(inline);
        }
        let (picture, end) = self.picture(&inline, 0, *link_type, dest_url, range.start);
        if end + 1 != inline.nodes.len() || self.task.is_some() {
            return Some(inline);
        }
        let embed = self.resolve_picture(&picture);
        if let Embed::Html { html, href, title } = embed {
            self.write_embed(id, &html, &href, &title);
            return None;
        }
        let mut place = Place {
            surroundings: Surroundings::Paragraph,
            depth: self.out.depth() + 1,
            links: Vec::new(),
            before: '\n',
            muted: None,
            in_note: false,
        };
        self.out.open("p", id);
        self.write_picture(picture, embed, &mut place);
        self.out.close();
        self.out.line();
        None
    }

    fn resolve_picture(&self, picture: &Picture) -> Embed {
        let Reference { target, fragment, .. } = &picture.reference;
        let whole = if fragment.is_empty() { target.clone() } else { format!("{target}#{fragment}") };
        match address(&whole) {
            Address::Outside(url) => Embed::Outside(url),
            Address::Inside | Address::Refused => self.resolver.embed(&picture.reference),
        }
    }

    fn write_picture(&mut self, picture: Picture, embed: Embed, place: &mut Place) {
        let Picture { alt, size, .. } = picture;
        place.before = '*';
        match embed {
            Embed::Image(src) if stays_inside(&src) => {
                let (src, alt) = (attribute("src", &src), attribute("alt", &alt));
                self.out.raw(&format!("<img{src}{alt}{} loading=\"lazy\">", size_attributes(size)));
            }
            Embed::Audio(src) if stays_inside(&src) && !self.out.in_link() => {
                let (src, label) = (attribute("src", &src), attribute("aria-label", &alt));
                self.out.raw(&format!("<audio{src}{label} controls=\"\" preload=\"none\"></audio>"));
            }
            Embed::Video(src) if stays_inside(&src) && !self.out.in_link() => {
                let (src, label) = (attribute("src", &src), attribute("aria-label", &alt));
                let size = size_attributes(size);
                self.out.raw(&format!("<video{src}{label}{size} controls=\"\" preload=\"none\"></video>"));
            }
            Embed::File { href, text } => self.write_link(site_attributes(&href), &text),
            Embed::Html { html, href, title } => {
                let free = self.out.depth() == place.depth && !place.in_note && !self.out.in_link();
                match place.surroundings {
                    Surroundings::Paragraph if free => {
                        self.out.close_paragraph();
                        self.write_embed("", &html, &href, &title);
                        self.out.open("p", "");
                    }
                    Surroundings::Flow | Surroundings::Cell if free => {
                        self.write_embed("", &html, &href, &title);
                    }
                    _ => self.write_link(site_attributes(&href), &title),
                }
            }
            Embed::Outside(url) => {
                let attributes = match address(&url) {
                    Address::Outside(url) => Some(outside_attributes(&url)),
                    _ => None,
                };
                self.write_link(attributes, if alt.is_empty() { &url } else { &alt });
            }
            _ => self.out.text(&alt),
        }
    }

    /// Writes a link, or its text where it leads nowhere or stands in another link.
    fn write_link(&mut self, attributes: Option<String>, text: &str) {
        match attributes.filter(|_| !self.out.in_link()) {
            Some(attributes) => {
                self.out.open("a", &attributes);
                self.out.text(text);
                self.out.close();
            }
            None => self.out.text(text),
        }
    }

    fn write_embed(&mut self, id: &str, html: &str, href: &str, title: &str) {
        self.embeds += 1;
        self.out.line();
        self.out.open("div", &format!("{id} class=\"embed\""));
        self.out.line();
        self.out.open("p", " class=\"embed-source\"");
        self.write_link(site_attributes(href), title);
        self.out.close();
        self.out.line();
        self.out.raw(&own_ids(html, &format!("e{}_", self.embeds)));
        self.out.line();
        self.out.close();
        self.out.line();
    }

    // ---- Text

    /// Writes a part of a run with its tags and bare addresses as links. `before` is the character before it.
    fn text(&mut self, run: &Run, start: usize, end: usize, before: char) {
        let mut at = start;
        if !self.out.in_link() {
            for (from, to, attributes) in self.links_in_text(run, start, end, before) {
                if from < at || to > end {
                    continue;
                }
                self.marked(run, at, from);
                self.out.open("a", &attributes);
                self.marked(run, from, to);
                self.out.close();
                at = to;
            }
        }
        self.marked(run, at, end);
    }

    /// Tags that have a page and addresses, in order: start and end in the run's text, attributes of the link.
    fn links_in_text(
        &self,
        run: &Run,
        start: usize,
        end: usize,
        before: char,
    ) -> Vec<(usize, usize, String)> {
        let mut links = Vec::new();
        for (from, to) in addresses(&run.text, start, end, before) {
            if let Address::Outside(url) = address(&run.text[from..to]) {
                links.push((from, to, outside_attributes(&url)));
            }
        }
        let (Some(first), Some(last)) = (run.pieces.first(), run.pieces.last()) else { return links };
        let tags = &self.document.tags;
        let from = tags.partition_point(|tag| tag.span.start < first.start);
        for tag in tags[from..].iter().take_while(|tag| tag.span.end <= last.end) {
            let Some(from) = run.offset_of(tag.span.start).filter(|from| (start..end).contains(from)) else {
                continue;
            };
            let is_here =
                run.text[from..end].strip_prefix('#').is_some_and(|rest| rest.starts_with(&*tag.name));
            let page = if is_here { self.resolver.tag(&tag.name) } else { None };
            if let Some(href) = page.as_deref().and_then(site_attributes) {
                links.push((from, from + 1 + tag.name.len(), format!(" class=\"tag\"{href}")));
            }
        }
        links.sort();
        links
    }

    fn code(&mut self, text: &str, start: usize, end: usize) {
        self.out.open("code", "");
        let inside = self.text.get(start..end).and_then(|source| source.find(text));
        match inside {
            Some(offset) if !self.marks.is_empty() => {
                let run = Run::verbatim(text, start + offset);
                self.marked(&run, 0, text.len());
            }
            _ => self.out.text(text),
        }
        self.out.close();
    }

    /// Writes a part of a run, with `<mark>` around what is to be marked. Marks are only ever put around text, so they
    /// cannot cross other elements.
    fn marked(&mut self, run: &Run, start: usize, end: usize) {
        if self.marks.is_empty() {
            self.out.text(&run.text[start..end]);
            return;
        }
        let mut at = start;
        let mut current: Option<(usize, usize)> = None;
        for (from, to, mark) in self.marks_in(run, start, end) {
            // Parts of one mark that touch each other are one element.
            match &mut current {
                Some((index, open_to)) if *index == mark && *open_to == from => *open_to = to,
                _ => {
                    if let Some((index, open_to)) = current {
                        self.write_mark(&run.text[at..open_to], index);
                        at = open_to;
                    }
                    self.out.text(&run.text[at..from]);
                    at = from;
                    current = Some((mark, to));
                }
            }
        }
        if let Some((index, to)) = current {
            self.write_mark(&run.text[at..to], index);
            at = to;
        }
        self.out.text(&run.text[at..end]);
    }

    /// Where marks lie in a part of a run: start and end in its text, and which mark.
    fn marks_in(&self, run: &Run, start: usize, end: usize) -> Vec<(usize, usize, usize)> {
        let mut found: Vec<(usize, usize, usize)> = Vec::new();
        let first = run.pieces.partition_point(|piece| piece.text <= start).saturating_sub(1);
        for (index, piece) in run.pieces.iter().enumerate().skip(first) {
            if piece.text >= end {
                break;
            }
            let text_end = run.pieces.get(index + 1).map_or(run.text.len(), |next| next.text);
            let from = self.marks.partition_point(|mark| mark.span.end <= piece.start);
            for (number, mark) in self.marks.iter().enumerate().skip(from) {
                if mark.span.start >= piece.end {
                    break;
                }
                if mark.span.start >= mark.span.end {
                    continue;
                }
                let (mut from, mut to) = (piece.text, text_end);
                if piece.verbatim {
                    from += mark.span.start.saturating_sub(piece.start);
                    to = to.min(piece.text + (mark.span.end - piece.start));
                }
                // Two marks can claim one entity; the first has it.
                let free = found.last().map_or(start, |(_, to, _)| *to);
                let from = floor_char_boundary(&run.text, from).max(start).max(free);
                let to = floor_char_boundary(&run.text, to).min(end);
                if from < to {
                    found.push((from, to, number));
                }
            }
        }
        found
    }

    fn write_mark(&mut self, text: &str, index: usize) {
        let id = match &self.marks[index].id {
            Some(id) if !self.marked[index] => attribute("id", id),
            _ => String::new(),
        };
        self.marked[index] = true;
        self.out.open("mark", &id);
        self.out.text(text);
        self.out.close();
    }

    // ---- Raw HTML

    fn inline_html(&mut self, html: &str, place: &mut Place, closes_later: impl Fn(&str) -> bool) {
        for (token, start) in html::tokens(html) {
            match (&token, &place.muted) {
                (Token::Close(name), Some(muted)) if name.eq_ignore_ascii_case(muted) => place.muted = None,
                (_, Some(_)) => {}
                (Token::Open(name, attributes), None)
                    if html::policy(name, attributes) == Policy::Swallow =>
                {
                    let name = name.to_ascii_lowercase();
                    place.muted = closes_later(&name).then_some(name);
                }
                _ => self.html_token(&token, &html[start..]),
            }
        }
        place.before = '>';
    }

    /// Writes a block of raw HTML. Its block elements stay open for the Markdown that follows.
    pub(super) fn html_block(&mut self, content: &[Occurrence<'_>]) {
        let html: String = content
            .iter()
            .filter_map(|(event, _)| match event {
                pulldown_cmark::Event::Html(html) | pulldown_cmark::Event::Text(html) => Some(&**html),
                _ => None,
            })
            .collect();
        let depth = self.out.depth();
        let mut swallowed: Option<String> = None;
        self.out.line();
        for (token, start) in html::tokens(&html) {
            match (&token, &swallowed) {
                (Token::Close(name), Some(open)) if name.eq_ignore_ascii_case(open) => swallowed = None,
                (_, Some(_)) => {}
                (Token::Open(name, attributes), None)
                    if html::policy(name, attributes) == Policy::Swallow =>
                {
                    swallowed = Some(name.to_ascii_lowercase());
                }
                _ => self.html_token(&token, &html[start..]),
            }
        }
        self.out.close_foreign_above(depth, html::holds_blocks);
        self.out.line();
    }

    /// Writes a piece of raw HTML anew; `source` begins with it.
    fn html_token(&mut self, token: &Token<'_>, source: &str) {
        match token {
            Token::Text(text) => {
                self.has_html |= text.contains('&');
                self.out.entities(text);
            }
            Token::Silent => {}
            Token::Open(name, attributes) => {
                let policy = html::policy(name, attributes);
                match policy {
                    Policy::Keep(name) => {
                        self.has_html = true;
                        self.out.open_foreign(name, &html::attributes(name, attributes));
                    }
                    Policy::Void(name) => {
                        self.has_html = true;
                        self.out.raw(&format!("<{name}>"));
                    }
                    Policy::Link => self.html_link(attributes),
                    Policy::Image => self.html_image(attributes),
                    Policy::Words => self.words(source),
                    Policy::Unwrap | Policy::Active | Policy::Swallow => {}
                }
            }
            Token::Close(name) => match html::policy(name, &[]) {
                Policy::Keep(name) => self.out.close_foreign(name),
                Policy::Link => self.out.close_foreign("a"),
                Policy::Words => self.words(source),
                _ => {}
            },
        }
    }

    fn words(&mut self, source: &str) {
        let end = source.find('>').map_or(source.len(), |end| end + 1);
        self.out.text(&source[..end]);
    }

    fn html_link(&mut self, attributes: &[(&str, Option<&str>)]) {
        if self.out.in_link() {
            return;
        }
        let destination = html::value(attributes, "href").unwrap_or_default();
        let href = match address(&destination) {
            Address::Outside(url) => Some(outside_attributes(&url)),
            Address::Inside | Address::Refused => {
                let reference = href::reference(ReferenceKind::Link, &destination, None, Span::default());
                match self.resolver.link(&reference) {
                    Target::Href(href) if !destination.is_empty() => site_attributes(&href),
                    _ => None,
                }
            }
        };
        if let Some(href) = href {
            self.has_html = true;
            self.out.open_foreign("a", &href);
        }
    }

    fn html_image(&mut self, attributes: &[(&str, Option<&str>)]) {
        let source = html::value(attributes, "src").unwrap_or_default();
        let pixels = |name| html::value(attributes, name).and_then(|value| pixels(value.trim()));
        let alt = html::value(attributes, "alt").unwrap_or_default();
        let size = (pixels("width"), pixels("height"));
        let reference = href::reference(ReferenceKind::Image, &source, None, Span::default());
        let picture = Picture { reference, alt, size };
        let embed = self.resolve_picture(&picture);
        let mut place = Place {
            surroundings: Surroundings::Phrasing,
            depth: self.out.depth(),
            links: Vec::new(),
            before: '>',
            muted: None,
            in_note: false,
        };
        self.has_html = true;
        self.write_picture(picture, embed, &mut place);
    }
}

impl Picture {
    /// Sees to it that there is something to say: the file's name, if nothing else.
    fn named(mut self, destination: &str) -> Self {
        if self.alt.trim().is_empty() {
            let is_embed = self.reference.kind == ReferenceKind::Embed;
            self.alt = if is_embed { wiki_text(destination) } else { String::new() };
        }
        self
    }
}

/// The last closing tag of each name among the raw HTML of a block.
fn last_closing_tags(inline: &Inline<'_>) -> HashMap<String, usize> {
    let mut last = HashMap::new();
    for (index, node) in inline.nodes.iter().enumerate() {
        if let Node::Html(html) = node
            && let Some(name) = html.strip_prefix("</")
        {
            last.insert(name.trim_end_matches(['>', ' ', '\t', '\n', '\r']).to_ascii_lowercase(), index);
        }
    }
    last
}

/// The end of the link or image that begins at an index.
fn matching_end(inline: &Inline<'_>, start: usize) -> usize {
    let mut depth = 0usize;
    for (index, node) in inline.nodes.iter().enumerate().skip(start) {
        match node {
            Node::Start(..) => depth += 1,
            Node::End(_) => {
                depth -= 1;
                if depth == 0 {
                    return index;
                }
            }
            _ => {}
        }
    }
    inline.nodes.len() - 1
}

/// Whether a wikilink is what the editor leaves of a search for headings or blocks.
fn is_prompt(destination: &str) -> bool {
    let destination = destination.trim_start();
    destination.starts_with("##") || destination.starts_with("^^")
}

/// What a wikilink without a text of its own is shown as: `Note > Heading`.
fn wiki_text(destination: &str) -> String {
    let destination = destination.trim_end_matches('\\');
    let parts = destination.split('#').map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "));
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" > ")
}

/// Splits `alt|100x20` into the text and the size.
fn split_size(text: &str) -> (String, (Option<u32>, Option<u32>)) {
    let (alt, last) = text.rsplit_once('|').unwrap_or(("", text));
    let (width, height) = last.split_once('x').map_or((last, None), |(width, height)| (width, Some(height)));
    match (pixels(width.trim()), height.map(|height| pixels(height.trim()))) {
        (Some(width), None) => (alt.trim().to_owned(), (Some(width), None)),
        (Some(width), Some(Some(height))) => (alt.trim().to_owned(), (Some(width), Some(height))),
        _ => (text.trim().to_owned(), (None, None)),
    }
}

fn pixels(text: &str) -> Option<u32> {
    let is_number = !text.is_empty() && text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|pixels| is_number && *pixels > 0)
}

fn size_attributes((width, height): (Option<u32>, Option<u32>)) -> String {
    let width = width.map(|width| format!(" width=\"{width}\"")).unwrap_or_default();
    width + &height.map(|height| format!(" height=\"{height}\"")).unwrap_or_default()
}

fn outside_attributes(url: &str) -> String {
    attribute("href", url) + " rel=\"noopener noreferrer\""
}

/// The attributes of a link that a resolver gave. What it gives is not trusted blindly.
fn site_attributes(href: &str) -> Option<String> {
    if stays_inside(href) {
        return Some(attribute("href", href));
    }
    match address(href) {
        Address::Outside(url) => Some(outside_attributes(&url)),
        Address::Inside | Address::Refused => None,
    }
}

/// Finds `http://` and `https://` addresses that stand bare in a text, without the punctuation after them.
fn addresses(text: &str, start: usize, end: usize, before: char) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = start;
    while let Some(offset) = text[at..end].find("://") {
        let colon = at + offset;
        at = colon + 3;
        let scheme = ["https", "http"].into_iter().find(|scheme| {
            colon >= start + scheme.len()
                && text.get(colon - scheme.len()..colon).is_some_and(|word| word.eq_ignore_ascii_case(scheme))
        });
        let Some(from) = scheme.map(|scheme| colon - scheme.len()) else { continue };
        let previous = text[start..from].chars().next_back().unwrap_or(before);
        let rest = &text[at..end];
        let length = rest.find(|c: char| {
            c.is_whitespace() || c.is_control() || "<>\"`\u{2018}\u{2019}\u{201c}\u{201d}".contains(c)
        });
        let address = trim_punctuation(&rest[..length.unwrap_or(rest.len())]);
        if !previous.is_alphanumeric() && address.starts_with(|c: char| c.is_alphanumeric() || c == '[') {
            found.push((from, at + address.len()));
        }
        at += address.len();
    }
    found
}

fn trim_punctuation(address: &str) -> &str {
    let open = address.matches('(').count();
    let mut close = address.matches(')').count();
    let mut kept = address;
    loop {
        let Some(last) = kept.chars().next_back() else { return kept };
        match last {
            ')' if close > open => close -= 1,
            '.' | ',' | ':' | ';' | '!' | '?' | '\'' | '*' | '_' | '~' | ']' | '|' | '。' | '、' | '，'
            | '）' => {}
            _ => return kept,
        }
        kept = &kept[..kept.len() - last.len_utf8()];
    }
}

/// Prepares the HTML of an embedded note for the page around it: only footnotes keep their ids, under a prefix.
fn own_ids(html: &str, prefix: &str) -> String {
    let mut result = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        result.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = tag_end(rest);
        let mut tag = &rest[..end];
        rest = &rest[end..];
        while let Some((name, value_start)) = next_attribute(tag) {
            let value_end = tag[value_start..].find('"').map_or(tag.len(), |end| value_start + end);
            let value = &tag[value_start..value_end];
            let footnote = value.strip_prefix('#').unwrap_or(value);
            let is_footnote = footnote.contains("fn_") || footnote.contains("fnref_");
            let before = &tag[..value_start];
            match name {
                "id" if is_footnote => result.extend([before, prefix, value, "\""]),
                "id" => result.push_str(before[..before.len() - " id=\"".len()].trim_end()),
                "href" if is_footnote && value.starts_with('#') => {
                    result.extend([before, "#", prefix, footnote, "\""]);
                }
                _ => result.extend([before, value, "\""]),
            }
            tag = tag.get(value_end + 1..).unwrap_or_default();
        }
        result.push_str(tag);
    }
    // What is left of the places to jump to.
    (result + rest).replace("<span></span>", "")
}

/// The length of a tag, up to and with its `>`; a `>` in quotes does not end it.
fn tag_end(html: &str) -> usize {
    let mut quoted = false;
    let end = html.bytes().position(|byte| {
        quoted ^= byte == b'"';
        byte == b'>' && !quoted
    });
    end.map_or(html.len(), |end| end + 1)
}

/// The next attribute with a value in a tag: its name, and where the value begins.
fn next_attribute(tag: &str) -> Option<(&str, usize)> {
    let equals = tag.find("=\"")?;
    let name = tag[..equals].rsplit([' ', '\n']).next()?;
    Some((name, equals + 2))
}
