//! Bullets and numbers that a text processor wrote: no lists in Markdown, but their authors see lists.

use std::ops::Range;

use super::blocks::{Block, Item, List};
use super::prose::{MarkKind, Prose};
use super::term;

/// Signs that are a bullet wherever they begin a line.
const BULLETS: &[char] = &['•', '●', '▪', '■', '‣', '►', '◦', '○', '∙', '\u{F0B7}', '\u{F0A7}', '\u{F0D8}'];
/// Bullets of inner lists.
const INNER: &[&str] = &["o", "◦", "○", "▪", "■", "–", "—", "a)", "\u{F0A7}"];

/// A line of a prose that begins with a bullet or a number.
struct Line {
    /// The bullet; all numbers are one kind.
    marker: String,
    /// Where the text after it starts.
    start: usize,
    /// Where the line starts.
    marked_at: usize,
    end: usize,
}

/// The prose as it is, or as the text and the list that its lines are. `after_list`: the bullets before it were pasted as well.
pub(super) fn blocks(prose: Prose, after_list: bool) -> Vec<Block> {
    let lines = marked_lines(&prose, after_list);
    let Some(first) = lines.first() else { return vec![Block::Prose(prose)] };
    let mut blocks = Vec::new();
    let before = prose.slice(0..first.marked_at);
    if !before.is_blank() {
        blocks.push(Block::Prose(before));
    }
    let outer = first.marker.clone();
    let mut items: Vec<Item> = Vec::new();
    for line in lines {
        let text = prose.slice(line.start..line.end);
        let item =
            Item { span: prose.source_span(line.marked_at, line.end), blocks: vec![Block::Prose(text)] };
        match items.last_mut() {
            Some(last) if line.marker != outer => match last.blocks.last_mut() {
                Some(Block::List(inner)) => inner.items.push(item),
                _ => last.blocks.push(Block::List(List { items: vec![item], pasted: Some(line.marker) })),
            },
            _ => items.push(item),
        }
    }
    blocks.push(Block::List(List { items, pasted: Some(outer) }));
    blocks
}

/// The item, and after it the items that are pasted into its text but are terms of their own.
pub(super) fn siblings(mut item: Item) -> Vec<Item> {
    let opens = |item: &Item| item.split().0.is_some_and(|prose| term::bold(prose).is_some());
    let are_terms = opens(&item)
        && matches!(item.blocks.get(1), Some(Block::List(list)) if list.pasted.is_some() && list.items.iter().any(opens));
    if !are_terms {
        return vec![item];
    }
    let Block::List(list) = item.blocks.remove(1) else { return vec![item] };
    let mut items = vec![item];
    items.extend(list.items);
    items
}

/// Whether a bullet is one of those that text processors give to inner lists.
pub(super) fn is_inner(marker: &str) -> bool {
    INNER.contains(&marker)
}

fn marked_lines(prose: &Prose, after_list: bool) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut start = 0;
    for text in prose.text.split_inclusive('\n') {
        let end = start + text.len();
        match marker(text) {
            Some((marker, length)) if !is_code(prose, start) => {
                lines.push(Line { marker, start: start + length, marked_at: start, end });
            }
            _ => {
                if let Some(line) = lines.last_mut() {
                    line.end = end;
                }
            }
        }
        start = end;
    }
    let continues = after_list && lines.first().is_some_and(|line| line.marked_at == 0);
    if continues || is_list(prose, &lines) { lines } else { Vec::new() }
}

/// A dash or a number may begin a line by chance; then it is alone and no term follows it.
fn is_list(prose: &Prose, lines: &[Line]) -> bool {
    let opens_term = |line: &Line| {
        let text = prose.slice(line.start..line.end);
        term::bold(&text).is_some() || term::plain(&text).is_some()
    };
    lines.iter().any(|line| line.marker.starts_with(BULLETS) || opens_term(line))
        || (lines.len() > 1 && lines[0].marked_at == 0)
}

/// The bullet or number at the start of a line, and how long it is with the blanks after it.
fn marker(line: &str) -> Option<(String, usize)> {
    let text = line.trim_start();
    let indent = line.len() - text.len();
    let first = text.chars().next()?;
    let is_dash = matches!(first, '–' | '—' | '·') && blank_at(text, first.len_utf8());
    let (marker, length) = if is_dash || BULLETS.contains(&first) {
        (first.to_string(), first.len_utf8())
    } else if first == 'o' && (text[1..].starts_with('\t') || text[1..].starts_with("  ")) {
        ("o".to_owned(), 1)
    } else if first.is_ascii_digit() {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let closes = digits <= 2 && text[digits..].starts_with([')', '.']) && blank_at(text, digits + 1);
        ("1".to_owned(), closes.then_some(digits + 1)?)
    } else if first.is_ascii_lowercase() && text[1..].starts_with(')') && blank_at(text, 2) {
        ("a)".to_owned(), 2)
    } else {
        return None;
    };
    let after = &text[length..];
    Some((marker, indent + length + (after.len() - after.trim_start().len())))
}

fn blank_at(text: &str, offset: usize) -> bool {
    text[offset..].starts_with(char::is_whitespace)
}

fn is_code(prose: &Prose, offset: usize) -> bool {
    let holds = |range: &Range<usize>| range.contains(&offset);
    prose.marks.iter().any(|mark| mark.kind == MarkKind::Code && holds(&mark.range))
}
