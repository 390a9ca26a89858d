//! A limit on how deeply blocks may nest. The Markdown parser takes time for each level on each line.

use crate::source::Span;

const MAX_DEPTH: usize = 100;

/// The first line that opens more quotes and list items than can be meant.
pub(super) fn too_deep(text: &str) -> Option<Span> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        // Even a tab, which is as wide as two levels, takes a byte.
        if line.len() > MAX_DEPTH / 2 && levels(line) > MAX_DEPTH {
            return Some(Span::new(start, start + line.trim_end().len()));
        }
        start += line.len();
    }
    None
}

/// At most so many blocks are open behind the marks with which a line begins.
fn levels(line: &str) -> usize {
    if is_rule(line) {
        return 0;
    }
    let bytes = line.as_bytes();
    let (mut index, mut width, mut marks) = (0, 0, 0);
    while let Some(byte) = bytes.get(index) {
        let length = match byte {
            b' ' | b'\t' => {
                width += if *byte == b'\t' { 4 } else { 1 };
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
    if marks == 0 { 0 } else { marks + width / 2 }
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
