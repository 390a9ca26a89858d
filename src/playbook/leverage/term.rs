//! What makes the first words of an item a term, and what a term's title is.

use super::prose::{MarkKind, Prose, is_blank};

/// A longer text is no term, in characters.
pub(super) const MAX_TITLE: usize = 120;
/// A plain term has at most so many words.
const MAX_WORDS: usize = 6;

/// An item's term and what follows it.
#[derive(Debug)]
pub(super) struct Term {
    /// As written, without markers and colon.
    pub title: Title,
    /// The term's text, for its place.
    pub prose: Prose,
    /// What follows, without the separator.
    pub rest: Prose,
}

/// What a principle is called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Title {
    /// The term, or the acronym where its expansion follows in brackets.
    pub text: String,
    /// The expansion or the acronym in brackets.
    pub aliases: Vec<String>,
    /// `{#id}`
    pub id: Option<String>,
}

/// The bold term that opens a text: `**Timing**: text`, `**Timing:** text`, `**Timing** - text`.
pub(super) fn bold(prose: &Prose) -> Option<Term> {
    let text = &prose.text;
    let lead = lead(text);
    let strong = prose.marks.iter().take_while(|mark| mark.range.start <= lead);
    let strong = strong.filter(|mark| {
        mark.kind == MarkKind::Strong && mark.range.start + blanks(&text[mark.range.start..]) >= lead
    });
    let mut range = strong.map(|mark| mark.range.clone()).last()?;
    range.start = range.start.max(lead);
    if range.is_empty() {
        return None;
    }
    let mut end = range.end;
    let inner = text[range.clone()].trim_end_matches(is_blank);
    if let Some(colon) = colon(inner).filter(|colon| colon + 1 < inner.len())
        && inner[..colon].split_whitespace().count() <= MAX_WORDS
    {
        // The bold part holds the term and more.
        let width = inner[colon..].chars().next().map_or(1, char::len_utf8);
        return finish(prose, range.start..range.start + colon, range.start + colon + width);
    }
    let is_closed = inner.ends_with([':', '：', '.', '!', '?', '–', '—', '-']);
    let mut rest = &text[end..];
    if !is_closed {
        if let Some(length) = bracket(rest).or_else(|| braces(rest)) {
            let after = &rest[length..];
            if separator(after).is_some() || after.chars().all(is_blank) || braces(rest).is_some() {
                end += length;
                rest = after;
                if let Some(length) = braces(rest) {
                    end += length;
                    rest = &rest[length..];
                }
            }
        }
    } else if let Some(length) = braces(rest) {
        end += length;
        rest = &rest[length..];
    }
    let skipped = separator(rest);
    let opens_sentence = rest.trim_start_matches(is_blank).starts_with(char::is_uppercase);
    if is_closed || skipped.is_some() || opens_sentence || rest.chars().all(is_blank) {
        return finish(prose, range.start..end, end + skipped.unwrap_or(0));
    }
    None
}

/// The plain term that opens a text: `Timing: text`. It may have no text after the colon.
pub(super) fn plain(prose: &Prose) -> Option<Term> {
    let lead = lead(&prose.text);
    let line = prose.text[lead..].lines().next()?;
    // Far longer than any term, so that long lines are not searched to their end.
    let line = &line[..line.char_indices().nth(MAX_TITLE * 2).map_or(line.len(), |(end, _)| end)];
    let colon = colon(line)?;
    let term = &line[..colon];
    let shown = match term.find('(') {
        Some(open) if term.trim_end().ends_with(')') => &term[..open],
        _ => term,
    };
    let words = shown.split_whitespace().count();
    let is_sentence = shown.contains(['.', '!', '?', ';', ',', '…', '"', '“', '”', '/']);
    let is_code = prose.marks.iter().any(|mark| mark.kind == MarkKind::Code && mark.range.start <= lead);
    if words == 0 || words > MAX_WORDS || is_sentence || is_code || !shown.contains(char::is_alphabetic) {
        return None;
    }
    let skipped = line[colon..].chars().next().map_or(1, char::len_utf8);
    finish(prose, lead..lead + colon, lead + colon + skipped)
}

/// A whole text as a title, such as a heading's; `None` if it is none.
pub(super) fn title(prose: &Prose) -> Option<Title> {
    read_title(&prose.plain())
}

/// A heading's or a pseudo-heading's text as a section.
pub(super) fn section(prose: &Prose) -> Option<String> {
    let plain = prose.plain();
    let name = trim(&plain);
    let cut = name.char_indices().nth(MAX_TITLE).map(|(end, _)| format!("{}…", name[..end].trim_end()));
    Some(cut.unwrap_or_else(|| name.to_owned())).filter(|name| !name.is_empty())
}

/// Whether a text is short enough for a heading and is no sentence.
pub(super) fn is_short(prose: &Prose) -> bool {
    let plain = prose.plain();
    let name = trim(&plain);
    !name.is_empty()
        && name.chars().count() <= MAX_TITLE
        && name.split_whitespace().count() <= MAX_WORDS + 2
        && !plain.trim_end().ends_with(['.', '!', '?', ';', ','])
        && name.contains(char::is_alphabetic)
}

/// The place of the term itself within what was cut off as the term.
pub(super) fn place(prose: &Prose) -> Prose {
    let start = lead(&prose.text).min(prose.text.len());
    let body = prose.text[start..].trim_end_matches(|sign: char| is_blank(sign) || ":：".contains(sign));
    prose.slice(start..start + body.len())
}

/// Letters and digits, most of them capitals, such as BATNA.
pub(super) fn is_acronym(word: &str) -> bool {
    let count = word.chars().count();
    let capitals = word.chars().filter(|character| character.is_uppercase()).count();
    (2..=8).contains(&count)
        && word.chars().all(char::is_alphanumeric)
        && capitals >= 2
        && capitals * 2 > count
}

/// Whether the words' initials make the acronym; small words may be left out.
pub(super) fn expands(acronym: &str, words: &str) -> bool {
    let words = words.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
    let words: Vec<&str> = words.take(17).collect();
    let letters: Vec<char> = acronym.chars().filter(|character| character.is_uppercase()).take(9).collect();
    if !(2..=16).contains(&words.len()) || !(2..=8).contains(&letters.len()) {
        return false;
    }
    // Bit n: the words so far may have used n letters.
    let mut used = 1_u32;
    for (index, word) in words.iter().enumerate() {
        let initial = word.chars().flat_map(char::to_uppercase).next();
        let is_small = index > 0 && word.chars().count() <= 4;
        let mut next = if is_small { used } else { 0 };
        for (place, letter) in letters.iter().enumerate() {
            if used & (1 << place) != 0 && Some(*letter) == initial {
                next |= 1 << (place + 1);
            }
        }
        used = next;
    }
    used & (1 << letters.len()) != 0
}

fn finish(prose: &Prose, term: std::ops::Range<usize>, rest: usize) -> Option<Term> {
    let term = prose.slice(term);
    let title = title(&term)?;
    Some(Term { title, prose: place(&term), rest: prose.slice(rest..prose.text.len()) })
}

/// A title, its `{#id}` and what stands in brackets behind it.
pub(super) fn read_title(text: &str) -> Option<Title> {
    let mut text = trim(text);
    let mut id = None;
    if let Some((before, inside)) = text.strip_suffix('}').and_then(|rest| rest.rsplit_once("{#")) {
        id = Some(inside.trim().to_owned()).filter(|id| id.contains(char::is_alphanumeric));
        text = trim(before);
    }
    if text.chars().count() > MAX_TITLE || !text.contains(char::is_alphanumeric) {
        return None;
    }
    if let Some((before, inside)) = text.strip_suffix(')').and_then(|rest| rest.split_once('(')) {
        let (before, inside) = (trim(before), trim(inside));
        if (is_acronym(before) && expands(before, inside)) || (is_acronym(inside) && expands(inside, before))
        {
            return Some(Title { text: before.to_owned(), aliases: vec![inside.to_owned()], id });
        }
    }
    Some(Title { text: text.to_owned(), aliases: Vec::new(), id })
}

/// A title without stray markers, numbering and closing signs.
fn trim(text: &str) -> &str {
    let text = &text[lead(text)..];
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let numbered = (1..=3).contains(&digits) && text[digits..].starts_with(['.', ')']);
    let unnumbered = text[if numbered { digits + 1 } else { 0 }..].trim_start();
    let text = if unnumbered.is_empty() { text } else { unnumbered };
    let is_abbreviation =
        text.ends_with('.') && text.rsplit(' ').next().is_some_and(|word| word.matches('.').count() > 1);
    if is_abbreviation {
        return text;
    }
    text.trim_end_matches(|sign: char| is_blank(sign) || ":：.;,–—-*".contains(sign))
}

/// How long the blanks and stray markers at the start of a text are.
fn lead(text: &str) -> usize {
    let mut rest = text.trim_start_matches(is_blank);
    while let Some(after) =
        rest.strip_prefix(['.', '*', '•', '·']).filter(|after| after.starts_with(is_blank))
    {
        rest = after.trim_start_matches(is_blank);
    }
    text.len() - rest.len()
}

fn blanks(text: &str) -> usize {
    text.len() - text.trim_start_matches(is_blank).len()
}

/// The first colon that a blank or nothing follows; the wide colon needs none.
fn colon(text: &str) -> Option<usize> {
    text.char_indices()
        .find(|&(at, sign)| {
            sign == '：' || (sign == ':' && text[at + 1..].chars().next().is_none_or(is_blank))
        })
        .map(|(at, _)| at)
}

/// How long the separator is that a text starts with.
fn separator(text: &str) -> Option<usize> {
    let rest = text.trim_start_matches([' ', '\t', '\u{A0}']);
    let indent = text.len() - rest.len();
    let first = rest.chars().next()?;
    let is_separator = match first {
        ':' | '：' | '\n' => true,
        '-' | '–' | '—' | '=' | '→' | '|' => {
            first == '—' || rest[first.len_utf8()..].starts_with(is_blank)
        }
        '.' => rest[1..].chars().next().is_none_or(is_blank),
        _ => false,
    };
    is_separator.then(|| indent + first.len_utf8())
}

/// How long the text in round brackets is that a text starts with.
fn bracket(text: &str) -> Option<usize> {
    enclosed(text, '(', ')')
}

/// How long the `{#id}` is that a text starts with.
fn braces(text: &str) -> Option<usize> {
    text.trim_start_matches(is_blank).starts_with("{#").then(|| enclosed(text, '{', '}')).flatten()
}

fn enclosed(text: &str, open: char, close: char) -> Option<usize> {
    let rest = text.trim_start_matches([' ', '\u{A0}']);
    if !rest.starts_with(open) {
        return None;
    }
    let end = rest.char_indices().take(MAX_TITLE).find(|(_, sign)| *sign == close)?.0;
    Some(text.len() - rest.len() + end + 1)
}
