//! A limit on how deeply blocks may nest. The Markdown parser takes time for each level on each line, also on those
//! that only carry on a paragraph, and pages could not show it.

use crate::source::Span;

const MAX_DEPTH: usize = 100;
/// Levels times lines. Texts of usual depth reach it beyond ten million lines.
const MAX_WORK: usize = 200_000_000;

/// The first line that opens more quotes and list items than can be meant, or than can be read in so long a text.
pub(super) fn too_deep(text: &str) -> Option<Span> {
    let mut start = 0;
    let mut deepest = (0, Span::default());
    let mut lines = 0;
    for line in text.split_inclusive('\n') {
        // The marks of many levels take at least a byte each, or a blank or tab of indent for two.
        if line.len() > deepest.0 / 2 && may_open_block(line) {
            let depth = levels(line);
            if depth > deepest.0 {
                deepest = (depth, Span::new(start, start + line.trim_end().len()));
            }
        }
        start += line.len();
        lines += 1;
    }
    (deepest.0 > MAX_DEPTH || (deepest.0 > 1 && deepest.0 * lines > MAX_WORK)).then_some(deepest.1)
}

fn may_open_block(line: &str) -> bool {
    let mark = line.bytes().find(|byte| !matches!(byte, b' ' | b'\t'));
    matches!(mark, Some(b'>' | b'-' | b'*' | b'+' | b':' | b'[' | b'0'..=b'9'))
}

/// At most so many blocks are open behind the marks with which a line begins.
fn levels(line: &str) -> usize {
    if is_rule(line) {
        return 0;
    }
    let bytes = line.as_bytes();
    let (mut index, mut indent, mut marks) = (0, 0, 0);
    while let Some(byte) = bytes.get(index) {
        let length = match byte {
            b' ' | b'\t' => {
                if marks == 0 {
                    indent += if *byte == b'\t' { 4 } else { 1 };
                }
                index += 1;
                continue;
            }
            b'>' => 1,
            b'-' | b'*' | b'+' | b':' if is_blank(bytes.get(index + 1)) => 1,
            b'0'..=b'9' => match bytes[index..].iter().take(11).position(|byte| !byte.is_ascii_digit()) {
                Some(digits) if matches!(bytes[index + digits], b'.' | b')') => digits + 1,
                _ => break,
            },
            b'[' if bytes.get(index + 1) == Some(&b'^') => {
                match bytes[index..].windows(2).position(|pair| pair == b"]:") {
                    Some(length) => length + 2,
                    None => break,
                }
            }
            _ => break,
        };
        index += length;
        marks += 1;
    }
    // An item needs at least two columns, which the items in it are indented by.
    if marks == 0 { 0 } else { marks + indent / 2 }
}

/// A line of nothing but dashes or stars is a rule, however long.
fn is_rule(line: &str) -> bool {
    let mut marks = line.bytes().filter(|byte| !byte.is_ascii_whitespace());
    match marks.next() {
        Some(mark @ (b'-' | b'*')) => marks.all(|byte| byte == mark),
        _ => false,
    }
}

fn is_blank(byte: Option<&u8>) -> bool {
    byte.is_none_or(u8::is_ascii_whitespace)
}
