//! Which addresses may stand in a page.

use std::fmt::Write as _;

use super::super::{Reference, ReferenceKind};
use crate::source::Span;

/// What an address in a note is, before anybody is asked where it leads.
pub(super) enum Address {
    /// `http`, `https` or `mailto`, ready for an attribute.
    Outside(String),
    /// No scheme: a name of something in the vault, perhaps.
    Inside,
    /// Any other scheme: never a link.
    Refused,
}

/// Sorts an address by its scheme, read as forgivingly as browsers do.
pub(super) fn address(destination: &str) -> Address {
    // Browsers overlook blanks before an address and line ends and tabs anywhere in it.
    let plain: String = destination
        .trim_matches(|c: char| c.is_ascii_control() || c.is_whitespace())
        .chars()
        .filter(|c| !c.is_control())
        .collect();
    let Some(scheme) = scheme(&plain) else { return Address::Inside };
    let rest = &plain[scheme.len() + 1..];
    let known = match scheme.to_ascii_lowercase().as_str() {
        "http" | "https" => rest.starts_with("//") && rest.len() > 2,
        "mailto" => !rest.is_empty(),
        _ => false,
    };
    if known { Address::Outside(encode(&plain)) } else { Address::Refused }
}

/// Whether a relative address, made by the site, stays on the site.
pub(super) fn stays_inside(href: &str) -> bool {
    matches!(address(href), Address::Inside) && !href.trim_start().replace('\\', "/").starts_with("//")
}

/// The part before the first `:`, if that is a scheme and not a part of a path.
fn scheme(address: &str) -> Option<&str> {
    let (scheme, _) = address.split_once(':')?;
    let mut characters = scheme.chars();
    let first = characters.next()?;
    (first.is_ascii_alphabetic() && characters.all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c)))
        .then_some(scheme)
}

/// Percent-encodes what must not stand in an address as it is.
fn encode(address: &str) -> String {
    let mut encoded = String::with_capacity(address.len());
    for character in address.chars() {
        match character {
            '"' | '<' | '>' | '`' | '\\' | '{' | '}' | '|' | '^' => {
                let _ = write!(encoded, "%{:02X}", u32::from(character));
            }
            _ if character.is_whitespace() => {
                let mut bytes = [0; 4];
                for byte in character.encode_utf8(&mut bytes).bytes() {
                    let _ = write!(encoded, "%{byte:02X}");
                }
            }
            _ => encoded.push(character),
        }
    }
    encoded
}

/// A reference out of an address in raw HTML or in a link that was not found among the document's references.
pub(super) fn reference(
    kind: ReferenceKind,
    destination: &str,
    display: Option<String>,
    span: Span,
) -> Reference {
    let (target, fragment) = destination.split_once('#').unwrap_or((destination, ""));
    let decode = |text: &str| match kind {
        // Percent signs mean themselves in wikilinks.
        ReferenceKind::Wikilink | ReferenceKind::Embed => text.trim().to_owned(),
        ReferenceKind::Link | ReferenceKind::Image => percent_decode(text.trim()),
    };
    Reference { kind, target: decode(target), fragment: decode(fragment), display, span }
}

fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while index < bytes.len() {
        let hex = (bytes[index] == b'%').then(|| bytes.get(index + 1..index + 3)).flatten();
        let hex = hex.filter(|hex| hex.iter().all(u8::is_ascii_hexdigit));
        let byte = hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        decoded.push(byte.unwrap_or(bytes[index]));
        index += if byte.is_some() { 3 } else { 1 };
    }
    String::from_utf8(decoded).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_three_schemes_lead_out() {
        for good in ["https://a.example/x", " HTTP://a.example", "mailto:a@b.example", "ht\ntps://a.example"]
        {
            assert!(matches!(address(good), Address::Outside(_)), "{good}");
        }
        for bad in [
            "javascript:alert(1)",
            "java\tscript:x",
            "\u{1}JaVaScRiPt:x",
            "data:text/html,x",
            "http:x",
            "vbscript:x",
            "file:///etc",
        ] {
            assert!(matches!(address(bad), Address::Refused), "{bad}");
        }
        for inside in ["Note.md", "a/b:c.md", "#x", "?q:r", "My note: draft", "//host/x"] {
            assert!(matches!(address(inside), Address::Inside), "{inside}");
        }
        assert!(
            !stays_inside("//host/x") && !stays_inside("\\\\host") && stays_inside("../notes/a.html#b:c")
        );
    }

    #[test]
    fn addresses_are_split_and_decoded() {
        let reference = reference(ReferenceKind::Link, "My%20Note.md#A%zz", None, Span::default());
        assert_eq!((reference.target.as_str(), reference.fragment.as_str()), ("My Note.md", "A%zz"));
    }
}
