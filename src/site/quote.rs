//! A passage as the pages quote it: plain words, the telling ones marked, beside them why it is here.

use std::borrow::Cow;
use std::ops::Range;

use serde::{Serialize, Serializer};
use tera::Value;

use super::atlas::Atlas;
use super::context::{Given, Shape, Shapes};
use super::pages::evidence::PassageRow;
use super::words::{self, DateWords, Words};
use crate::markdown::{Document, Mark, Passage};
use crate::playbook::{Evidence, Link, Origin};
use crate::source::{Span, floor_char_boundary};

/// How much of a passage a list shows; its note shows all of it.
const QUOTE_LENGTH: usize = 420;
/// How much of it a list of very many shows.
const SHORT_LENGTH: usize = 150;

context! {
    /// A name that leads somewhere.
    #[derive(Clone, Debug)]
    pub(super) struct Ref<'a> {
        /// The name.
        pub(super) text: &'a str,
        /// Below the site's root.
        pub(super) href: &'a str,
    }
}

context! {
    /// A run of words.
    #[derive(Clone, Debug, PartialEq)]
    pub(super) struct Piece {
        /// The words.
        pub(super) text: String,
        /// Whether it spoke for the link.
        pub(super) mark: bool,
    }
}

/// Quoted words as safe HTML, the telling ones in `<mark>`: one text costs a page less than a list of pieces.
#[derive(Debug)]
pub(super) struct Said(Value);

context! {
    /// Why a link was made, for people.
    #[derive(Debug)]
    pub(super) struct Why<'a> {
        /// The principle.
        pub(super) principle: Cow<'a, Value> => Ref<'a>,
        /// How notes name it.
        pub(super) id: &'a str,
        /// The words that spoke for it, or who named it.
        pub(super) reason: String,
        /// `ours`, `theirs`, `mutual` or `unclear`.
        pub(super) side: &'static str,
        /// The same for people.
        pub(super) side_text: &'a str,
        /// `Strong, 91%`; without a figure for links set by hand.
        pub(super) sureness: String,
        /// Class of the bar: `p1` to `p3`.
        pub(super) bar: &'static str,
    }
}

/// So many words are named that spoke for a link.
const MAX_TELLING: usize = 3;

/// Below so much, the likeliest other principle is no rival.
const RIVAL: f64 = 0.1;

context! {
    /// A link as lists show it.
    #[derive(Debug)]
    pub(super) struct Quote<'a> {
        /// The passage; empty if none speaks for the link.
        pub(super) pieces: Said,
        /// The note.
        pub(super) note: Ref<'a>,
        /// The passage on the note's page.
        pub(super) href: String,
        /// The deal that it belongs to.
        pub(super) deal: Option<&'a Value> => Option<Ref<'a>>,
        /// `won`, or `none` for a note without a deal.
        pub(super) outcome: &'static str,
        /// The outcome for people.
        pub(super) outcome_text: &'a str,
        /// The note's day.
        pub(super) date: Option<DateWords>,
        /// `halden-2026.md:31`
        pub(super) place: String,
        /// Further passages of the same note.
        pub(super) more: usize,
        /// The principle, the reason and how sure it is.
        pub(super) why: Why<'a>,
    }
}

context! {
    /// Why a link was made, in a line.
    #[derive(Debug)]
    pub(super) struct Reason<'a> {
        /// The principle.
        principle: Cow<'a, Value> => Ref<'a>,
        /// The words that spoke for it, or who named it.
        reason: String,
        /// `ours`, `theirs`, `mutual` or `unclear`.
        side: &'static str,
        /// The same for people.
        side_text: &'a str,
    }
}

context! {
    /// A link as another deal quotes it.
    #[derive(Debug)]
    pub(super) struct Elsewhere<'a> {
        /// The passage; empty if none speaks for it.
        pieces: Said,
        /// The note.
        note: Ref<'a>,
        /// The passage on the note's page.
        href: String,
        /// The deal that it belongs to.
        deal: Option<&'a Value> => Option<Ref<'a>>,
        /// How the deal ended: `won`, `partly`, `lost`, `open`, or `none` without a deal.
        outcome: &'static str,
        /// The same for people.
        outcome_text: &'a str,
        /// `halden-2026.md:31`
        place: String,
    }
}

/// The marks of a note's page, and which one belongs to which passage.
pub(super) struct Marks {
    pub(super) marks: Vec<Mark>,
    anchors: Anchors,
}

/// The number of the first mark of each passage, by link and place among its passages, ascending.
type Anchors = Vec<((usize, usize), usize)>;

impl Given for Said {
    fn shape(_: &mut Shapes) -> Shape {
        Shape::Html
    }
}

impl From<Vec<Piece>> for Said {
    fn from(pieces: Vec<Piece>) -> Self {
        let mut html = String::with_capacity(pieces.iter().map(|piece| piece.text.len() + 16).sum());
        for piece in &pieces {
            html.push_str(if piece.mark { "<mark>" } else { "" });
            words::escape_into(&mut html, &piece.text);
            html.push_str(if piece.mark { "</mark>" } else { "" });
        }
        Self(Value::safe_string(&html))
    }
}

impl Serialize for Said {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl Marks {
    /// The words that speak for links; where passages name none, the whole passage.
    pub(super) fn new(links: &[Link]) -> Self {
        let (spans, anchors) = Self::spans(links);
        let mark = |(index, span)| Mark { span, id: Some(anchor(index + 1)) };
        Self { marks: spans.into_iter().enumerate().map(mark).collect(), anchors }
    }

    /// Where the marks stand, and the number of the first one of each passage.
    fn spans(links: &[Link]) -> (Vec<Span>, Anchors) {
        let mut wanted: Vec<(Span, (usize, usize))> = Vec::new();
        for (link_index, link) in links.iter().enumerate() {
            for (evidence_index, evidence) in link.evidence.iter().enumerate() {
                let key = (link_index, evidence_index);
                if evidence.terms.is_empty() {
                    wanted.push((evidence.span, key));
                }
                wanted.extend(evidence.terms.iter().map(|term| (term.span, key)));
            }
        }
        wanted.retain(|(span, _)| span.start < span.end);
        wanted.sort_by_key(|(span, key)| (span.start, std::cmp::Reverse(span.end), *key));
        let mut spans: Vec<Span> = Vec::new();
        let mut anchors = Vec::with_capacity(wanted.len());
        for (span, key) in wanted {
            match spans.last_mut() {
                Some(last) if span.start < last.end => last.end = last.end.max(span.end),
                _ => spans.push(span),
            }
            anchors.push((key, spans.len()));
        }
        anchors.sort_unstable();
        anchors.dedup_by_key(|(key, _)| *key);
        (spans, anchors)
    }

    /// The anchor of a passage, without `#`.
    pub(super) fn anchor(&self, link: usize, evidence: usize) -> Option<String> {
        anchor_of(&self.anchors, (link, evidence))
    }
}

/// The anchor of a passage among those of its note.
fn anchor_of(anchors: &Anchors, passage: (usize, usize)) -> Option<String> {
    let at = anchors.binary_search_by_key(&passage, |(key, _)| *key).ok()?;
    Some(anchor(anchors[at].1))
}

/// The `id` of a mark by its number from 1.
fn anchor(number: usize) -> String {
    format!("m_{number}")
}

/// A link as lists show it.
pub(super) fn quote(atlas: &Atlas, at: (usize, usize)) -> Quote<'_> {
    let Elsewhere { pieces, note, href, deal, outcome, outcome_text, place } = quoted_elsewhere(atlas, at);
    let link = atlas.link(at);
    Quote {
        pieces,
        note,
        href,
        deal,
        outcome,
        outcome_text,
        date: atlas.day_of(at.0),
        place,
        more: link.evidence.len().saturating_sub(1),
        why: why(atlas, link),
    }
}

/// A link as another deal quotes it.
pub(super) fn quoted_elsewhere(atlas: &Atlas, at: (usize, usize)) -> Elsewhere<'_> {
    let (note_index, link_index) = at;
    let place = &atlas.notes[note_index];
    let (_, anchors) = Marks::spans(atlas.links(note_index));
    let anchor = anchor_of(&anchors, (link_index, 0));
    let outcome = atlas.outcome_of_note(note_index);
    Elsewhere {
        pieces: first_pieces(atlas, at, QUOTE_LENGTH).into(),
        note: Ref { text: &atlas.note(note_index).title, href: &place.path },
        href: anchor.map_or_else(|| place.path.clone(), |anchor| format!("{}#{anchor}", place.path)),
        deal: place.deal.map(|deal| &atlas.deals[deal].name),
        outcome: outcome.map_or("none", crate::playbook::Outcome::as_str),
        outcome_text: atlas.words.outcome_or_none(outcome),
        place: place_name(atlas, at),
    }
}

/// A link in a line or two.
pub(super) fn passage_in_short(atlas: &Atlas, at: (usize, usize)) -> PassageRow<'_> {
    let Elsewhere { note, href, deal, outcome, outcome_text, .. } = quoted_elsewhere(atlas, at);
    let side = atlas.link(at).side;
    PassageRow {
        pieces: first_pieces(atlas, at, SHORT_LENGTH).into(),
        note,
        href,
        deal,
        outcome,
        outcome_text,
        date: atlas.day_of(at.0),
        side: side.as_str(),
        side_text: atlas.words.side(side),
    }
}

/// `halden-2026.md:31`: the file of a link's note and the line of its first passage, if it has one.
pub(super) fn place_name(atlas: &Atlas, at: (usize, usize)) -> String {
    let id = &atlas.note(at.0).id.0;
    let name = id.rsplit('/').next().unwrap_or(id);
    let evidence = atlas.link(at).evidence.first();
    evidence.map_or_else(|| name.to_owned(), |evidence| format!("{name}:{}", evidence.start_line))
}

/// The first passage of a link in at most so many characters; nothing if no passage speaks for it.
pub(super) fn first_pieces(atlas: &Atlas, at: (usize, usize), limit: usize) -> Vec<Piece> {
    let evidence = atlas.link(at).evidence.first();
    let mut pieces: Vec<Piece> =
        evidence.map(|evidence| pieces(&atlas.note(at.0).document, evidence, limit)).unwrap_or_default();
    drop_outer_quotes(&mut pieces);
    pieces
}

/// Takes away quotation marks around the whole passage, and one that its other half is not there for: pages set their own around it.
fn drop_outer_quotes(pieces: &mut [Piece]) {
    let is_mark = |letter: char| matches!(letter, '"' | '“' | '”' | '„' | '«' | '»');
    let marks: usize = pieces.iter().map(|piece| piece.text.matches(is_mark).count()).sum();
    let opens = pieces.first().is_some_and(|piece| piece.text.starts_with(is_mark));
    let closes = pieces.last().is_some_and(|piece| piece.text.ends_with(is_mark));
    if marks != 1 && !(marks == 2 && opens && closes) {
        return;
    }
    if let Some(first) = pieces.first_mut().filter(|_| opens) {
        first.text = first.text.trim_start_matches(is_mark).to_owned();
    }
    if let Some(last) = pieces.last_mut().filter(|_| closes) {
        last.text = last.text.trim_end_matches(is_mark).to_owned();
    }
}

/// Why a link was made, for people.
pub(super) fn why<'a>(atlas: &'a Atlas, link: &'a Link) -> Why<'a> {
    let (bar, word) = match link.sureness() {
        "Possible" => ("p1", atlas.words.say("why.possible")),
        "Good" => ("p2", atlas.words.say("why.good")),
        "Strong" => ("p3", atlas.words.say("why.strong")),
        _ => ("p3", atlas.words.say("why.named")),
    };
    let percent = words::percent(link.confidence).to_string();
    let sureness = match link.origin {
        Origin::Text => atlas.words.fill("why.sureness", &[("word", word), ("n", &percent)]),
        _ => word.to_owned(),
    };
    Why {
        principle: principle_name(atlas, link),
        id: link.principle.as_str(),
        reason: reason(&atlas.words, link, link.evidence.first()),
        side: link.side.as_str(),
        side_text: atlas.words.side(link.side),
        sureness,
        bar,
    }
}

/// Why a link was made, in a line.
pub(super) fn why_in_short<'a>(atlas: &'a Atlas, link: &'a Link) -> Reason<'a> {
    Reason {
        principle: principle_name(atlas, link),
        reason: reason(&atlas.words, link, link.evidence.first()),
        side: link.side.as_str(),
        side_text: atlas.words.side(link.side),
    }
}

/// The name and page of a link's principle.
fn principle_name<'a>(atlas: &'a Atlas, link: &Link) -> Cow<'a, Value> {
    match atlas.principle_of(&link.principle) {
        Some(index) => Cow::Borrowed(&atlas.principles[index].name),
        None => {
            let href = "principles/index.html";
            Cow::Owned(words::shared(&[("text", link.principle.as_str()), ("href", href)]))
        }
    }
}

/// `Timing, 12%`: the likeliest other principle; empty if it is far off.
pub(super) fn rival(atlas: &Atlas, link: &Link) -> String {
    let Some(rival) = link.rival.as_ref().filter(|rival| rival.confidence >= RIVAL) else {
        return String::new();
    };
    let name = atlas.principle_of(&rival.principle).map(|index| atlas.principle(index).title.as_str());
    let percent = words::percent(rival.confidence).to_string();
    let word = name.unwrap_or(rival.principle.as_str());
    atlas.words.fill("why.sureness", &[("word", word), ("n", &percent)])
}

/// What spoke for a link: who named it, else which words.
fn reason(words: &Words, link: &Link, evidence: Option<&Evidence>) -> String {
    let terms = evidence.map_or_else(String::new, |evidence| telling(words, evidence));
    match link.origin {
        Origin::FrontMatter => words.say("why.front_matter").to_owned(),
        Origin::Wikilink => words.say("why.wikilink").to_owned(),
        Origin::Tag => words.say("why.tag").to_owned(),
        Origin::Text if terms.is_empty() => words.say("why.wording").to_owned(),
        Origin::Text => terms,
    }
}

/// The words of a passage that spoke for its link; empty if none is named.
pub(super) fn telling(words: &Words, evidence: &Evidence) -> String {
    let mut texts: Vec<String> = Vec::new();
    for term in &evidence.terms {
        let text = words.fill("why.word", &[("word", &words::shorten(term.text.trim(), 60))]);
        if !texts.contains(&text) {
            texts.push(text);
        }
        if texts.len() == MAX_TELLING {
            break;
        }
    }
    if texts.is_empty() {
        return String::new();
    }
    words.count_with("why.speaks", texts.len(), &[("words", &words.list(&texts))])
}

/// The plain words of a passage in at most so many characters, with the telling ones marked.
pub(super) fn pieces(document: &Document, evidence: &Evidence, limit: usize) -> Vec<Piece> {
    let (text, marks) = plain(document, evidence);
    window(&text, &marks, limit)
}

/// The plain text of a passage, and where in it the telling words stand.
fn plain(document: &Document, evidence: &Evidence) -> (String, Vec<Range<usize>>) {
    let mut text = String::new();
    let mut marks = Vec::new();
    let first = document.passages.partition_point(|passage| passage.span.end <= evidence.span.start);
    for passage in
        document.passages[first..].iter().take_while(|passage| passage.span.start < evidence.span.end)
    {
        let start = text_offset(passage, evidence.span.start);
        let end = text_offset(passage, evidence.span.end);
        if start >= end {
            continue;
        }
        if !text.is_empty() {
            text.push(' ');
        }
        let shift = text.len();
        text.push_str(&passage.text[start..end]);
        for term in &evidence.terms {
            if passage.span.contains(term.span) {
                let from = text_offset(passage, term.span.start).clamp(start, end) - start + shift;
                let to = text_offset(passage, term.span.end).clamp(start, end) - start + shift;
                if from < to {
                    marks.push(from..to);
                }
            }
        }
    }
    if text.is_empty() {
        text.push_str(&evidence.quote);
    }
    without_highlights(&mut text, &mut marks);
    marks.sort_by_key(|mark| (mark.start, mark.end));
    (text, marks)
}

/// Takes out the signs of `==highlights==`, as pages show them without.
fn without_highlights(text: &mut String, marks: &mut [Range<usize>]) {
    const SIGN: &str = "==";
    let mut signs: Vec<usize> = Vec::new();
    let mut opened = None;
    for (at, _) in text.match_indices(SIGN) {
        let is_space = |letter: Option<char>| letter.is_none_or(char::is_whitespace);
        let before = text[..at].chars().next_back();
        let after = text[at + SIGN.len()..].chars().next();
        match opened {
            Some(start) if !is_space(before) => {
                signs.extend([start, at]);
                opened = None;
            }
            None if !is_space(after) => opened = Some(at),
            _ => {}
        }
    }
    let moved = |place: usize| {
        let before = signs.partition_point(|&at| at < place);
        let inside = before.checked_sub(1).map_or(0, |last| (signs[last] + SIGN.len()).saturating_sub(place));
        place - before * SIGN.len() + inside
    };
    for mark in marks {
        *mark = moved(mark.start)..moved(mark.end);
    }
    let mut kept = String::with_capacity(text.len());
    let mut done = 0;
    for at in signs {
        kept.push_str(&text[done..at]);
        done = at + SIGN.len();
    }
    kept.push_str(&text[done..]);
    *text = kept;
}

/// The place in a passage's plain text of a place in its source.
fn text_offset(passage: &Passage, source: usize) -> usize {
    let source = source.clamp(passage.span.start, passage.span.end);
    let next = passage.offsets.partition_point(|&(_, from)| from <= source);
    let end = passage.offsets.get(next).map_or(passage.text.len(), |&(text, _)| text);
    let offset = match next.checked_sub(1).map(|run| passage.offsets[run]) {
        Some((text, from)) => text + (source - from),
        None => 0,
    };
    floor_char_boundary(&passage.text, offset.min(end))
}

/// Cuts a text to a window around its first mark, and into pieces at its marks.
fn window(text: &str, marks: &[Range<usize>], limit: usize) -> Vec<Piece> {
    let mut start = 0;
    let mut end = text.len();
    if let Some((cut, _)) = text.char_indices().nth(limit) {
        let first = marks.first().map_or(0, |mark| mark.start);
        if first > cut * 2 / 3 {
            start = word_start(text, floor_char_boundary(text, first.saturating_sub(limit / 3)));
        }
        end = text[start..].char_indices().nth(limit).map_or(text.len(), |(cut, _)| start + cut);
        if end < text.len() {
            end = text[start..end].rfind(char::is_whitespace).map_or(end, |space| start + space);
        }
    }
    let mut pieces: Vec<Piece> = Vec::new();
    let mut push = |text: &str, mark: bool| {
        if !text.is_empty() {
            pieces.push(Piece { text: text.to_owned(), mark });
        }
    };
    if start > 0 {
        push("…", false);
    }
    let mut done = start;
    for mark in marks {
        let from = mark.start.clamp(done, end);
        let to = mark.end.clamp(from, end);
        if from < to {
            push(&text[done..from], false);
            push(&text[from..to], true);
            done = to;
        }
    }
    push(&text[done..end], false);
    if end < text.len() {
        push("…", false);
    }
    pieces
}

/// The start of the word after a place, unless the word is very long.
fn word_start(text: &str, at: usize) -> usize {
    text[at..].char_indices().take(40).find(|(_, letter)| letter.is_whitespace()).map_or(at, |(space, _)| {
        let space = at + space;
        space + text[space..].chars().next().map_or(0, char::len_utf8)
    })
}

/// A passage with one of its words marked.
pub(super) fn said(passage: &Passage, word: Range<usize>, limit: usize) -> Vec<Piece> {
    window(&passage.text, &[word], limit)
}

/// The words around a reference, as a backlink quotes them.
pub(super) fn around(document: &Document, span: Span) -> Vec<Piece> {
    let evidence = {
        let first = document.passages.partition_point(|passage| passage.span.end <= span.start);
        match document.passages.get(first).filter(|passage| passage.span.start < span.end) {
            Some(passage) => Evidence {
                span: passage.span,
                start_line: 0,
                end_line: 0,
                quote: String::new(),
                terms: vec![crate::playbook::Term { text: String::new(), span, weight: 0.0 }],
            },
            None => return Vec::new(),
        }
    };
    pieces(document, &evidence, 240)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pieces: &[Piece]) -> String {
        pieces
            .iter()
            .map(|piece| if piece.mark { format!("[{}]", piece.text) } else { piece.text.clone() })
            .collect()
    }

    #[test]
    fn a_long_quote_is_cut_around_its_telling_words() {
        let text =
            format!("{}the deadline is near {}", "so it goes on and ".repeat(40), "and on ".repeat(80));
        let at = text.find("deadline").expect("it is there");
        let quote = shown(&window(&text, std::slice::from_ref(&(at..at + 8)), 120));
        assert!(quote.starts_with('…') && quote.ends_with('…') && quote.contains("[deadline]"), "{quote}");
        assert!(quote.chars().count() <= 124);
    }

    #[test]
    fn highlights_lose_their_signs() {
        let mut text = "x ==only against the last== 25, a == b".to_owned();
        let mut marks = [4..16, 21..25];
        without_highlights(&mut text, &mut marks);
        assert_eq!(text, "x only against the last 25, a == b");
        assert_eq!(marks.map(|mark| text[mark].to_owned()), ["only against", "last"]);
    }

    #[test]
    fn quotation_marks_around_the_whole_or_without_their_other_half_are_dropped() {
        let dropped = |texts: &[&str]| {
            let mut pieces: Vec<Piece> =
                texts.iter().map(|text| Piece { text: (*text).to_owned(), mark: false }).collect();
            drop_outer_quotes(&mut pieces);
            shown(&pieces)
        };
        assert_eq!(dropped(&["\"You should ", "not."]), "You should not.");
        assert_eq!(dropped(&["“All ", "of it”"]), "All of it");
        assert_eq!(dropped(&["to the end\""]), "to the end");
        assert_eq!(dropped(&["\"One\" and \"two\""]), "\"One\" and \"two\"");
        assert_eq!(dropped(&["five 2\" pipes"]), "five 2\" pipes");
        assert_eq!(dropped(&["\""]), "");
        assert_eq!(dropped(&[]), "");
    }

    #[test]
    fn marks_that_overlap_become_one() {
        assert_eq!(shown(&window("abcdef", &[1..3, 2..4], 99)), "a[bc][d]ef");
        assert_eq!(shown(&window("", &[], 99)), "");
    }
}
