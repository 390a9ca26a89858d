//! Raw HTML in notes.
//!
//! Nothing that a note writes between `<` and `>` is ever copied. A piece of raw HTML is cut into tags and text,
//! and each tag is either written anew, by its name from a fixed list and with the few attributes that this file
//! makes itself, or left out, or shown as the text that it is. So a note cannot carry an `id`, `class`, `aria-*` or
//! `data-*` of its own, nor close an element of ours. What was written is then parsed as a browser would
//! ([`settle`]), which puts misplaced elements into place and is a second, independent line of defence.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// An attribute as it is written, and its value, if it has one, without quotes.
pub(super) type Attribute<'a> = (&'a str, Option<&'a str>);

/// A piece of raw HTML.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// Text between tags, entities not resolved.
    Text(&'a str),
    /// An opening tag with what follows its name.
    Open(&'a str, Vec<Attribute<'a>>),
    /// A closing tag.
    Close(&'a str),
    /// A comment, declaration or instruction.
    Silent,
}

/// What becomes of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Policy {
    /// It is written anew under this name.
    Keep(&'static str),
    /// It is written anew and has no content.
    Void(&'static str),
    /// It is an image, and goes the way of all images.
    Image,
    /// It is a link, and goes the way of all links.
    Link,
    /// The tag is left out, its content stays; nobody misses it.
    Unwrap,
    /// The tag is left out with a warning, its content stays.
    Active,
    /// The tag and all up to its closing tag are left out with a warning.
    Swallow,
    /// No HTML: words in angle brackets, shown as they are.
    Words,
}

/// Cuts raw HTML into tags and text, in linear time. Joined, the pieces are the whole.
pub(super) fn tokens(html: &str) -> Vec<(Token<'_>, usize)> {
    let mut tokens = Vec::new();
    let mut scanner = Scanner { html, no_quote_after: [usize::MAX; 2] };
    let mut text_start = 0;
    let mut index = 0;
    while let Some(found) = html[index..].find('<') {
        let start = index + found;
        let Some((token, end)) = scanner.token(start) else {
            index = start + 1;
            continue;
        };
        if text_start < start {
            tokens.push((Token::Text(&html[text_start..start]), text_start));
        }
        tokens.push((token, start));
        text_start = end;
        index = end;
    }
    if text_start < html.len() {
        tokens.push((Token::Text(&html[text_start..]), text_start));
    }
    tokens
}

struct Scanner<'a> {
    html: &'a str,
    /// For `"` and `'`: from here on there is none. Keeps many unclosed quotes from being searched for again and again.
    no_quote_after: [usize; 2],
}

impl<'a> Scanner<'a> {
    fn token(&mut self, start: usize) -> Option<(Token<'a>, usize)> {
        let html: &'a str = self.html;
        let rest = &html[start + 1..];
        if rest.starts_with("!--") {
            let end = html[start + 4..].find("-->").map_or(html.len(), |end| start + 4 + end + 3);
            return Some((Token::Silent, end));
        }
        if rest.starts_with(['!', '?']) {
            let end = rest.find('>').map_or(html.len(), |end| start + 1 + end + 1);
            return Some((Token::Silent, end));
        }
        let closing = rest.starts_with('/');
        let name_start = start + 1 + usize::from(closing);
        let name = word(&html[name_start..], |c| c.is_ascii_alphanumeric() || "-_:.".contains(c));
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return None;
        }
        let (attributes, end) = self.attributes(name_start + name.len())?;
        Some((if closing { Token::Close(name) } else { Token::Open(name, attributes) }, end))
    }

    /// What follows a tag's name, up to and with `>`. A `<` outside quotes ends the attempt.
    fn attributes(&mut self, mut index: usize) -> Option<(Vec<Attribute<'a>>, usize)> {
        let html: &'a str = self.html;
        let mut attributes = Vec::new();
        loop {
            index += html[index..].len() - html[index..].trim_start_matches(is_blank_or_slash).len();
            if html[index..].starts_with('>') {
                return Some((attributes, index + 1));
            }
            let name = word(&html[index..], |c| !is_blank_or_slash(c) && !"<>=".contains(c));
            index += name.len();
            let after = html[index..].trim_start_matches(is_blank);
            if !after.starts_with('=') {
                if name.is_empty() {
                    return None;
                }
                attributes.push((name, None));
                continue;
            }
            index = html.len() - after[1..].trim_start_matches(is_blank).len();
            let value = if let quote @ (b'"' | b'\'') = html.as_bytes().get(index)? {
                let end = self.quote(*quote, index + 1)?;
                let value = &html[index + 1..end];
                index = end + 1;
                value
            } else {
                let value = word(&html[index..], |c| !is_blank(c) && !"<>".contains(c));
                index += value.len();
                value
            };
            attributes.push((name, Some(value)));
        }
    }

    fn quote(&mut self, quote: u8, from: usize) -> Option<usize> {
        let none_after = &mut self.no_quote_after[usize::from(quote == b'"')];
        if from >= *none_after {
            return None;
        }
        let found = self.html[from..].find(char::from(quote)).map(|end| from + end);
        if found.is_none() {
            *none_after = from;
        }
        found
    }
}

fn word(text: &str, belongs: impl Fn(char) -> bool) -> &str {
    &text[..text.find(|c| !belongs(c)).unwrap_or(text.len())]
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r' | '\u{c}')
}

fn is_blank_or_slash(character: char) -> bool {
    character == '/' || is_blank(character)
}

/// What becomes of a tag of that name.
pub(super) fn policy(name: &str, attributes: &[(&str, Option<&str>)]) -> Policy {
    let name = name.to_ascii_lowercase();
    if let Some(kept) = KEPT.iter().find(|kept| **kept == name) {
        return Policy::Keep(kept);
    }
    match name.as_str() {
        // A page has one `h1`, and it is not the note's.
        "h1" => Policy::Keep("h2"),
        "strike" => Policy::Keep("del"),
        "tt" => Policy::Keep("code"),
        "br" => Policy::Void("br"),
        "hr" => Policy::Void("hr"),
        "wbr" => Policy::Void("wbr"),
        "img" => Policy::Image,
        "a" => Policy::Link,
        "script" | "style" | "iframe" | "object" | "noscript" | "template" | "svg" | "math" | "textarea"
        | "title" | "xmp" | "noembed" | "noframes" | "plaintext" | "select" | "head" => Policy::Swallow,
        "form" | "input" | "button" | "base" | "meta" | "link" | "embed" | "applet" | "frame"
        | "frameset" | "audio" | "video" | "source" | "track" | "param" | "dialog" | "portal" | "slot"
        | "image" | "isindex" | "keygen" | "fencedframe" | "animate" | "set" | "use" | "foreignobject"
        | "marquee" | "bgsound" | "layer" => Policy::Active,
        "address" | "area" | "article" | "aside" | "big" | "body" | "canvas" | "center" | "col"
        | "colgroup" | "data" | "datalist" | "dir" | "fieldset" | "font" | "footer" | "header" | "hgroup"
        | "html" | "label" | "legend" | "main" | "map" | "menu" | "meter" | "nav" | "nobr" | "optgroup"
        | "option" | "output" | "picture" | "progress" | "rb" | "rtc" | "search" | "section" => {
            Policy::Unwrap
        }
        // `<Acme>` and `<the other side>` are no HTML, but `<x onclick="…">` was meant as such.
        _ if attributes.iter().all(|(_, value)| value.is_none()) => Policy::Words,
        _ if attributes.iter().any(|attribute| is_active(attribute)) => Policy::Active,
        _ => Policy::Unwrap,
    }
}

/// Elements without attributes of their own that do no harm.
const KEPT: &[&str] = &[
    "abbr",
    "b",
    "bdi",
    "bdo",
    "blockquote",
    "caption",
    "cite",
    "code",
    "dd",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "i",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "small",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "u",
    "ul",
    "var",
];

/// Elements that may stay open from one piece of raw HTML to the next, with Markdown between them.
pub(super) fn holds_blocks(name: &str) -> bool {
    matches!(
        name,
        "blockquote"
            | "caption"
            | "dd"
            | "details"
            | "div"
            | "dl"
            | "dt"
            | "figcaption"
            | "figure"
            | "li"
            | "ol"
            | "table"
            | "tbody"
            | "td"
            | "tfoot"
            | "th"
            | "thead"
            | "tr"
            | "ul"
    )
}

/// Whether an attribute could do something, so that its loss is worth a warning.
pub(super) fn is_active((name, value): &(&str, Option<&str>)) -> bool {
    let name = name.to_ascii_lowercase();
    let value = value.map(decode).unwrap_or_default();
    let script = || {
        let plain: String = value.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
        let plain = plain.to_ascii_lowercase();
        ["javascript:", "vbscript:", "data:"].iter().any(|scheme| plain.contains(scheme))
    };
    name.starts_with("on") || name == "style" || name == "srcdoc" || name == "formaction" || script()
}

/// The attributes that a kept element may have, made anew.
pub(super) fn attributes(name: &str, given: &[(&str, Option<&str>)]) -> String {
    let mut attributes = String::new();
    let mut seen = Vec::new();
    for (key, value) in given {
        let key = key.to_ascii_lowercase();
        if seen.contains(&key) || seen.len() > 16 {
            continue;
        }
        let value = value.map(decode).unwrap_or_default();
        let number = || value.trim().parse::<u32>().ok().filter(|number| (1..=100).contains(number));
        match (name, key.as_str()) {
            ("details", "open") => attributes.push_str(" open=\"\""),
            ("ol", "start") if value.trim().parse::<i32>().is_ok() => {
                attributes.push_str(&super::write::attribute("start", value.trim()));
            }
            ("ol", "reversed") => attributes.push_str(" reversed=\"\""),
            ("td" | "th", "colspan" | "rowspan") => {
                if let Some(number) = number() {
                    attributes.push_str(&super::write::attribute(&key, &number.to_string()));
                }
            }
            ("td" | "th", "align") => match value.trim().to_ascii_lowercase().as_str() {
                "right" => attributes.push_str(" class=\"ta-right\""),
                "center" => attributes.push_str(" class=\"ta-center\""),
                "left" => attributes.push_str(" class=\"ta-left\""),
                _ => {}
            },
            ("abbr" | "dfn", "title") => attributes.push_str(&super::write::attribute("title", &value)),
            (_, "dir") if matches!(value.as_str(), "ltr" | "rtl" | "auto") => {
                attributes.push_str(&super::write::attribute("dir", &value));
            }
            _ => continue,
        }
        seen.push(key);
    }
    attributes
}

/// An attribute's value of that name, entities resolved.
pub(super) fn value(given: &[(&str, Option<&str>)], name: &str) -> Option<String> {
    given
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.map(decode).unwrap_or_default())
}

/// Resolves numeric entities and those five that everybody writes. Others stay as they are and are escaped when written, so
/// the value that a browser sees is the one that was judged here.
pub(super) fn decode(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(index) = rest.find('&') {
        decoded.push_str(&rest[..index]);
        rest = &rest[index + 1..];
        let body = word(rest, |c| c.is_ascii_alphanumeric() || c == '#');
        match entity(body) {
            Some(character) => {
                decoded.push(character);
                rest = &rest[body.len()..];
                rest = rest.strip_prefix(';').unwrap_or(rest);
            }
            None => decoded.push('&'),
        }
    }
    decoded + rest
}

fn entity(body: &str) -> Option<char> {
    let number = body.strip_prefix('#');
    match (body, number) {
        ("amp", _) => Some('&'),
        ("lt", _) => Some('<'),
        ("gt", _) => Some('>'),
        ("quot", _) => Some('"'),
        ("apos", _) => Some('\''),
        ("nbsp", _) => Some('\u{a0}'),
        (_, Some(number)) => {
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) if !hex.starts_with('+') => u32::from_str_radix(hex, 16),
                Some(_) => return None,
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
        }
        _ => None,
    }
}

/// Parses HTML of ours as a browser would and writes it again: what raw HTML misplaced is put into place, and
/// whatever this renderer does not write itself is gone.
///
/// Elements that were moved out of a table can come to lie where they would be moved again by the next reader, so this
/// goes on until nothing changes; a few rounds are enough for all that was ever met.
pub(super) fn settle(html: &str) -> String {
    let mut settled = CLEANER.clean(html).to_string();
    for _ in 0..MAX_ROUNDS {
        let again = CLEANER.clean(&settled).to_string();
        if again == settled {
            break;
        }
        settled = again;
    }
    settled
}

/// How often HTML is settled at most.
const MAX_ROUNDS: usize = 4;

static CLEANER: LazyLock<ammonia::Builder<'static>> = LazyLock::new(|| {
    let ours = ["a", "aside", "audio", "br", "hr", "img", "input", "section", "video", "wbr"];
    let mut cleaner = ammonia::Builder::empty();
    cleaner
        .tags(KEPT.iter().copied().chain(ours).collect())
        .clean_content_tags(["script", "style"].into())
        .generic_attributes(
            ["id", "class", "dir", "title", "role", "tabindex", "aria-label", "data-callout", "data-task"]
                .into(),
        )
        .tag_attributes(own_attributes())
        .url_schemes(["http", "https", "mailto"].into())
        .link_rel(None)
        .strip_comments(true);
    cleaner
});

fn own_attributes() -> HashMap<&'static str, HashSet<&'static str>> {
    HashMap::from([
        ("a", HashSet::from(["href", "rel"])),
        ("audio", HashSet::from(["src", "controls", "preload"])),
        ("details", HashSet::from(["open"])),
        ("img", HashSet::from(["src", "alt", "width", "height", "loading"])),
        ("input", HashSet::from(["type", "disabled", "checked"])),
        ("ol", HashSet::from(["start", "reversed"])),
        ("td", HashSet::from(["colspan", "rowspan"])),
        ("th", HashSet::from(["colspan", "rowspan", "scope"])),
        ("video", HashSet::from(["src", "controls", "preload", "width", "height"])),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_told_from_text() {
        let names: Vec<String> = tokens("a < b <b x='1>' y=2 z>c</b\n><!-- <i> --><br/>d")
            .into_iter()
            .map(|(token, start)| format!("{start}{token:?}"))
            .collect();
        assert_eq!(
            names,
            [
                "0Text(\"a < b \")".to_owned(),
                "6Open(\"b\", [(\"x\", Some(\"1>\")), (\"y\", Some(\"2\")), (\"z\", None)])".to_owned(),
                "22Text(\"c\")".to_owned(),
                "23Close(\"b\")".to_owned(),
                "28Silent".to_owned(),
                "40Open(\"br\", [])".to_owned(),
                "45Text(\"d\")".to_owned(),
            ]
        );
    }

    #[test]
    fn unfinished_tags_take_no_longer_than_finished_ones() {
        for piece in ["<a ", "<a b=\"", "<a b='", "<a b=\"<a c='", "<!-", "<", "</"] {
            tokens(&piece.repeat(200_000));
        }
    }

    #[test]
    fn entities_are_resolved_before_a_value_is_judged() {
        assert_eq!(decode("java&#115;cript&#x3a;a&b&amp;c&colon;"), "javascript:a&b&c&colon;");
        assert_eq!(decode("&#x+41;&#99999999;"), "&#x+41;&#99999999;");
    }
}
