//! Drawings: read strictly, written anew from what is known to be harmless.
//!
//! What comes out was written here, element by element; nothing is copied through. A drawing that
//! cannot be read is replaced by an empty one.

use std::fmt::Write as _;

/// What stands in for a drawing that cannot be read.
const EMPTY: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1 1\"></svg>";

/// Deeper drawings exist only to break readers.
const MAX_DEPTH: usize = 200;

const ELEMENTS: &[&str] = &[
    "svg",
    "g",
    "defs",
    "symbol",
    "use",
    "title",
    "desc",
    "path",
    "rect",
    "circle",
    "ellipse",
    "line",
    "polyline",
    "polygon",
    "text",
    "tspan",
    "textPath",
    "marker",
    "clipPath",
    "mask",
    "pattern",
    "linearGradient",
    "radialGradient",
    "stop",
    "filter",
    "feGaussianBlur",
    "feOffset",
    "feBlend",
    "feMerge",
    "feMergeNode",
    "feFlood",
    "feComposite",
    "feColorMatrix",
    "feDropShadow",
];

const ATTRIBUTES: &[&str] = &[
    "id",
    "class",
    "x",
    "y",
    "x1",
    "y1",
    "x2",
    "y2",
    "cx",
    "cy",
    "r",
    "rx",
    "ry",
    "fx",
    "fy",
    "d",
    "points",
    "dx",
    "dy",
    "width",
    "height",
    "viewBox",
    "preserveAspectRatio",
    "transform",
    "rotate",
    "fill",
    "fill-opacity",
    "fill-rule",
    "clip-rule",
    "stroke",
    "stroke-width",
    "stroke-opacity",
    "stroke-linecap",
    "stroke-linejoin",
    "stroke-miterlimit",
    "stroke-dasharray",
    "stroke-dashoffset",
    "opacity",
    "color",
    "display",
    "visibility",
    "overflow",
    "font-family",
    "font-size",
    "font-weight",
    "font-style",
    "font-variant",
    "letter-spacing",
    "word-spacing",
    "text-anchor",
    "text-decoration",
    "textLength",
    "lengthAdjust",
    "dominant-baseline",
    "alignment-baseline",
    "baseline-shift",
    "writing-mode",
    "direction",
    "offset",
    "stop-color",
    "stop-opacity",
    "gradientUnits",
    "gradientTransform",
    "spreadMethod",
    "patternUnits",
    "patternContentUnits",
    "patternTransform",
    "clipPathUnits",
    "maskUnits",
    "maskContentUnits",
    "markerWidth",
    "markerHeight",
    "markerUnits",
    "refX",
    "refY",
    "orient",
    "vector-effect",
    "paint-order",
    "shape-rendering",
    "text-rendering",
    "role",
    "aria-label",
    "in",
    "in2",
    "result",
    "stdDeviation",
    "mode",
    "operator",
    "type",
    "values",
    "flood-color",
    "flood-opacity",
    "filterUnits",
    "primitiveUnits",
    "clip-path",
    "mask",
    "filter",
    "marker-start",
    "marker-mid",
    "marker-end",
    "startOffset",
    "method",
    "spacing",
    "version",
    "href",
];

/// A drawing in which only known shapes are left: no script, no style sheet, no address outside itself.
pub(super) fn clean(text: &str) -> String {
    match read(text) {
        Some(drawing) => drawing,
        None => EMPTY.to_owned(),
    }
}

/// `None` if it is not well formed or no drawing.
fn read(text: &str) -> Option<String> {
    let mut drawing = String::with_capacity(text.len());
    let mut open: Vec<&str> = Vec::new();
    // How deep within an element that is dropped with all that it holds.
    let mut dropped = 0_usize;
    let mut rest = text.trim_start_matches('\u{feff}');
    let mut is_done = false;
    while let Some(start) = rest.find('<') {
        if !open.is_empty() && dropped == 0 {
            push_text(&rest[..start], &mut drawing);
        }
        rest = &rest[start..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = &comment[comment.find("-->")? + 3..];
        } else if let Some(literal) = rest.strip_prefix("<![CDATA[") {
            let end = literal.find("]]>")?;
            if !open.is_empty() && dropped == 0 {
                escape(&literal[..end], &mut drawing);
            }
            rest = &literal[end + 3..];
        } else if let Some(instruction) = rest.strip_prefix("<?") {
            rest = &instruction[instruction.find("?>")? + 2..];
        } else if rest.starts_with("<!") {
            // A document type; one that declares entities has brackets and is refused.
            let end = rest.find('>')?;
            if rest[..end].contains('[') {
                return None;
            }
            rest = &rest[end + 1..];
        } else if let Some(closing) = rest.strip_prefix("</") {
            let end = closing.find('>')?;
            let name = closing[..end].trim_end();
            if open.pop()? != name {
                return None;
            }
            if dropped > 0 {
                dropped -= 1;
            } else {
                let _ = write!(drawing, "</{name}>");
                is_done |= open.is_empty();
            }
            rest = &closing[end + 1..];
        } else {
            if is_done || open.len() >= MAX_DEPTH {
                return None;
            }
            let tag = Tag::read(&rest[1..])?;
            let known = ELEMENTS.contains(&tag.name) && (!open.is_empty() || tag.name == "svg");
            if open.is_empty() && !known {
                return None;
            }
            if known && dropped == 0 {
                tag.write(open.is_empty(), &mut drawing);
                is_done |= tag.closed && open.is_empty();
            }
            if !tag.closed {
                open.push(tag.name);
                dropped += usize::from(dropped > 0 || !known);
            }
            rest = tag.after;
        }
    }
    (is_done && open.is_empty()).then_some(drawing)
}

/// An opening tag.
struct Tag<'a> {
    name: &'a str,
    attributes: Vec<(&'a str, &'a str)>,
    /// Whether it ends with `/>`.
    closed: bool,
    after: &'a str,
}

impl<'a> Tag<'a> {
    /// Reads a tag after its `<`.
    fn read(text: &'a str) -> Option<Self> {
        let (name, mut rest) = take_name(text)?;
        let mut attributes = Vec::new();
        loop {
            rest = rest.trim_start();
            if let Some(after) = rest.strip_prefix("/>") {
                return Some(Self { name, attributes, closed: true, after });
            }
            if let Some(after) = rest.strip_prefix('>') {
                return Some(Self { name, attributes, closed: false, after });
            }
            let (key, after) = take_name(rest)?;
            let after = after.trim_start().strip_prefix('=')?.trim_start();
            let quote = after.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
            let end = after[1..].find(quote)? + 1;
            let value = &after[1..end];
            if value.contains('<') {
                return None;
            }
            attributes.push((key, value));
            rest = &after[end + 1..];
        }
    }

    fn write(&self, is_root: bool, drawing: &mut String) {
        drawing.push('<');
        drawing.push_str(self.name);
        if is_root {
            drawing.push_str(" xmlns=\"http://www.w3.org/2000/svg\"");
        }
        let mut written: Vec<&str> = Vec::new();
        for &(key, value) in &self.attributes {
            let key = if key == "xlink:href" { "href" } else { key };
            let value = unescape(value);
            if ATTRIBUTES.contains(&key) && !written.contains(&key) && is_harmless(key, &value) {
                written.push(key);
                let _ = write!(drawing, " {key}=\"");
                escape(&value, drawing);
                drawing.push('"');
            }
        }
        drawing.push_str(if self.closed { "/>" } else { ">" });
    }
}

/// Addresses may only lead to parts of the drawing itself.
fn is_harmless(key: &str, value: &str) -> bool {
    let value: String =
        value.chars().filter(|letter| !letter.is_whitespace()).collect::<String>().to_lowercase();
    if key == "href" {
        return value.starts_with('#');
    }
    let only_own = value.matches("url(").count() == value.matches("url(#").count();
    only_own && !value.contains("javascript:") && !value.contains('\\')
}

fn take_name(text: &str) -> Option<(&str, &str)> {
    let end = text
        .find(|letter: char| !(letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | ':' | '.')))
        .filter(|&end| end > 0)?;
    Some(text.split_at(end))
}

fn push_text(text: &str, drawing: &mut String) {
    escape(&unescape(text), drawing);
}

/// The five named entities and numbers; others stay as written and are escaped.
fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        plain.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.bytes().take(12).position(|byte| byte == b';');
        let letter = end.and_then(|end| entity(&rest[1..end]));
        if let (Some(letter), Some(end)) = (letter, end) {
            plain.push(letter);
            rest = &rest[end + 1..];
        } else {
            plain.push('&');
            rest = &rest[1..];
        }
    }
    plain.push_str(rest);
    plain
}

fn entity(name: &str) -> Option<char> {
    let number = match name {
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "amp" => return Some('&'),
        "quot" => return Some('"'),
        "apos" => return Some('\''),
        _ => name.strip_prefix('#')?,
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16).ok()?,
        None => number.parse().ok()?,
    };
    char::from_u32(code)
}

fn escape(text: &str, drawing: &mut String) {
    for letter in text.chars() {
        match letter {
            '<' => drawing.push_str("&lt;"),
            '>' => drawing.push_str("&gt;"),
            '&' => drawing.push_str("&amp;"),
            '"' => drawing.push_str("&quot;"),
            // XML knows no other control characters.
            control if control.is_control() && !matches!(control, '\n' | '\r' | '\t') => {}
            '\u{fffe}' | '\u{ffff}' => {}
            letter => drawing.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_stay() {
        let drawing = "<?xml version=\"1.0\"?>\n<!DOCTYPE svg>\n<svg xmlns='http://www.w3.org/2000/svg' viewBox=\"0 0 9 9\"><!-- x --><path d=\"M0 0\"/><text x='1'>A &amp; B</text></svg>\n";
        assert_eq!(
            clean(drawing),
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\"><path d=\"M0 0\"/><text x=\"1\">A &amp; B</text></svg>"
        );
    }

    #[test]
    fn nothing_active_is_left() {
        let drawing = "<svg onload=\"a()\" style=\"x\"><script>alert(1)</script><style>@import 'x'</style>\
            <a href=\"javascript:x\"><g/></a><foreignObject><body onload='x'/></foreignObject>\
            <use xlink:href=\"http://x/y\"/><use href=\"#a\"/><rect fill=\"url(http://x)\" ONCLICK='x'/>\
            <image href=\"data:x\"/><set attributeName=\"href\" to=\"javascript:x\"/>\
            <rect fill=\"url(&#104;ttp://x)\"/><g filter=\"u&#x72;l( //x )\"/></svg>";
        assert_eq!(
            clean(drawing),
            "<svg xmlns=\"http://www.w3.org/2000/svg\"><use/><use href=\"#a\"/><rect/><rect/><g/></svg>"
        );
    }

    #[test]
    fn what_cannot_be_read_becomes_empty() {
        for drawing in [
            "",
            "<svg>",
            "<svg></g></svg>",
            "<html><svg></svg></html>",
            "<!DOCTYPE svg [<!ENTITY a \"b\">]><svg>&a;</svg>",
            "<svg a=b></svg>",
            "<svg/><script/>",
            "<svg><!-- </svg>",
        ] {
            assert_eq!(clean(drawing), EMPTY, "{drawing}");
        }
        assert_eq!(clean(&"<svg>".repeat(100_000)), EMPTY);
    }

    proptest::proptest! {
        #[test]
        fn no_text_breaks_it(text in "(<|>|/|svg|g|script| |=|\"|'|on|&|#|;|!--|-->|a|é){0,40}") {
            let cleaned = clean(&text);
            proptest::prop_assert!(cleaned.starts_with("<svg ") && !cleaned.contains("<script"));
        }
    }
}
