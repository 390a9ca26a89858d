//! `#tags` within a stretch of text.

use super::super::Tag;
use crate::source::Span;

/// Finds the tags in a range of the text that is prose as it stands. A tag follows a blank or the start of its line;
/// `is_start` says whether the range begins so.
pub(super) fn find(text: &str, range: Span, is_start: bool, tags: &mut Vec<Tag>) {
    let run = &text[range.range()];
    let mut offset = 0;
    while let Some(hash) = run[offset..].find('#').map(|at| offset + at) {
        let name = name(&run[hash + 1..]);
        let follows_blank = match run[..hash].chars().next_back() {
            Some(before) => before.is_whitespace(),
            // An escape stands outside of the range.
            None => is_start && !text[..range.start].ends_with('\\'),
        };
        if follows_blank && !name.is_empty() {
            let start = range.start + hash;
            tags.push(Tag { name: name.to_owned(), span: Span::new(start, start + 1 + name.len()) });
        }
        offset = hash + 1 + name.len();
    }
}

/// The name of a tag that the text begins with; empty if it begins with none. A number is no name.
fn name(text: &str) -> &str {
    let end = text.find(|character| !is_name(character)).unwrap_or(text.len());
    let name = text[..end].trim_end_matches('/');
    let is_number =
        name.chars().all(|character| character.is_numeric() || matches!(character, '-' | '_' | '/'));
    if is_number { "" } else { name }
}

fn is_name(character: char) -> bool {
    match character {
        // The joiner of emoji stands amid the punctuation.
        'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '-' | '/' | '\u{200d}' => true,
        '\0'..='\u{7f}'
        | '\u{2000}'..='\u{206f}'
        | '\u{2e00}'..='\u{2e7f}'
        | '\u{feff}'
        | '«'
        | '»'
        | '¿'
        | '¡'
        | '、'
        | '。'
        | '，'
        | '：'
        | '；'
        | '！'
        | '？'
        | '（'
        | '）' => false,
        _ => !character.is_whitespace() && !character.is_control(),
    }
}
