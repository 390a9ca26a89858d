//! Words as the search sees them: folded so that spellings meet, and cut to their stems.
//!
//! `templates/assets/js/search.js` does the same; `tests/stems.tsv` holds both to it.

use std::ops::Range;

use frostem::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longer words are cut: nobody types them to the end.
const LONGEST_WORD: usize = 40;

/// Calls back for every word of a text, in order, with its place and its folded form.
pub(super) fn scan(text: &str, mut found: impl FnMut(Range<usize>, &str)) {
    let mut form = String::new();
    let mut at = 0;
    while let Some(range) = next_plain_word(text, at).or_else(|| next_word(text, at)) {
        at = range.end;
        form.clear();
        fold(&text[range.clone()], &mut form);
        if !form.is_empty() {
            found(range, &form);
        }
    }
}

/// The next word, if it and all before and right behind it is plain ASCII without an apostrophe: most words are, and such ones are
/// found byte by byte.
fn next_plain_word(text: &str, from: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let is_sign = |byte: &&u8| byte.is_ascii() && !byte.is_ascii_alphanumeric();
    let start = from + bytes[from..].iter().take_while(is_sign).count();
    let end = start + bytes[start..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let is_whole = bytes.get(end).is_none_or(|next| next.is_ascii() && *next != b'\'');
    (start < end && is_whole).then_some(start..end)
}

/// The folded forms of a text's words.
pub fn forms(text: &str) -> Vec<String> {
    let mut forms = Vec::new();
    scan(text, |_, form| forms.push(form.to_owned()));
    forms
}

/// What the forms of one English word have in common; other words are their own stems.
pub fn stem(form: &str) -> String {
    if form.bytes().all(|byte| byte.is_ascii_lowercase()) {
        Stemmer::new(Algorithm::English).stem(form).into_owned()
    } else {
        form.to_owned()
    }
}

/// The next run of letters, digits and marks; an apostrophe between two of them belongs to it.
fn next_word(text: &str, from: usize) -> Option<Range<usize>> {
    let mut chars =
        text[from..].char_indices().map(|(index, character)| (from + index, character)).peekable();
    let (start, first) = chars.by_ref().find(|(_, character)| is_word(*character))?;
    let mut end = start + first.len_utf8();
    // Scripts that put no blanks between words are found sign by sign.
    if stands_alone(first) {
        return Some(start..end);
    }
    while let Some((at, character)) = chars.next() {
        let joins = matches!(character, '\'' | '’')
            && chars.peek().is_some_and(|(_, next)| is_word(*next) && !stands_alone(*next));
        if !joins && (!is_word(character) || stands_alone(character)) {
            break;
        }
        end = at + character.len_utf8();
    }
    Some(start..end)
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || (!character.is_ascii() && is_combining_mark(character))
}

/// Kana and ideographs, and the signs that are folded to them.
fn stands_alone(character: char) -> bool {
    matches!(character, '\u{3038}'..='\u{303a}' | '\u{3040}'..='\u{30ff}' | '\u{3192}'..='\u{3195}'
        | '\u{3220}'..='\u{3229}' | '\u{3280}'..='\u{3289}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ff9f}' | '\u{20000}'..='\u{3ffff}')
}

/// Appends a word in small letters, without diacritics, apostrophes and the `'s` of possession.
fn fold(word: &str, form: &mut String) {
    let owner = ["'s", "’s", "'S", "’S"].into_iter().find_map(|ending| word.strip_suffix(ending));
    let word = owner.unwrap_or(word);
    if word.is_ascii() {
        let letters = word.bytes().filter(u8::is_ascii_alphanumeric).take(LONGEST_WORD);
        form.extend(letters.map(|letter| letter.to_ascii_lowercase() as char));
        return;
    }
    let small = word.nfkd().collect::<String>().to_lowercase();
    let mut length = 0;
    for character in small.chars() {
        let written = match character {
            '\u{300}'..='\u{36f}' => continue,
            'ß' => "ss",
            'æ' => "ae",
            'œ' => "oe",
            'ø' => "o",
            'ł' => "l",
            'đ' | 'ð' => "d",
            'þ' => "th",
            'ı' => "i",
            'ς' => "σ",
            _ => "",
        };
        for letter in
            written.chars().chain((written.is_empty() && character.is_alphanumeric()).then_some(character))
        {
            if length < LONGEST_WORD {
                form.push(letter);
                length += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_are_folded() {
        let check = |text: &str, expected: &[&str]| assert_eq!(forms(text), expected, "{text}");
        check("We walk away: -8% by 12 March.", &["we", "walk", "away", "8", "by", "12", "march"]);
        check("Müller's Straße, naïve CAFÉ", &["muller", "strasse", "naive", "cafe"]);
        check("Cafe\u{301} O’Dowd don't 'quoted'", &["cafe", "odowd", "dont", "quoted"]);
        check("Acme’s ACME'S acme", &["acme", "acme", "acme"]);
        check("snake_case a-b x.y", &["snake", "case", "a", "b", "x", "y"]);
        check("東京tower 2025年", &["東", "京", "tower", "2025", "年"]);
        check("十〸𓑠 ㈠x", &["十", "十", "𓑠", "一", "x"]);
        check("ΟΔΟΣ ½ İstanbul", &["οδοσ", "12", "istanbul"]);
        check(" ’ ' -- \u{301}", &[]);
    }

    #[test]
    fn forms_of_a_word_meet_in_its_stem() {
        for forms in [["negotiate", "negotiation"], ["deadline", "deadlines"], ["waiting", "waits"]] {
            assert_eq!(stem(forms[0]), stem(forms[1]));
        }
        assert_eq!(stem("after"), "after");
        assert_eq!(stem("2025"), "2025");
        assert_eq!(stem("straße"), "straße");
    }

    proptest! {
        #[test]
        fn any_text_has_words_in_order(text in "\\PC{0,80}") {
            let mut last = 0;
            scan(&text, |range, form| {
                assert!(range.start >= last && range.start < range.end);
                assert!(!form.is_empty() && form.chars().count() <= LONGEST_WORD);
                assert!(text.is_char_boundary(range.start) && text.is_char_boundary(range.end));
                last = range.end;
            });
        }

        #[test]
        fn plain_words_are_found_like_all_others(text in "([a-zA-Z0-9' .,-]|\\PC){0,60}") {
            let mut found = Vec::new();
            scan(&text, |range, _| found.push(range));
            let mut at = 0;
            let all = std::iter::from_fn(|| {
                let range = next_word(&text, at)?;
                at = range.end;
                Some(range)
            });
            let is_form = |range: &Range<usize>| {
                let mut form = String::new();
                fold(&text[range.clone()], &mut form);
                !form.is_empty()
            };
            prop_assert_eq!(found, all.filter(is_form).collect::<Vec<_>>());
        }

        #[test]
        fn a_form_is_its_own_form(text in "\\PC{0,40}") {
            for form in forms(&text) {
                // A cut may leave signs that stand alone; else nothing changes.
                prop_assert_eq!(forms(&form).concat(), form);
            }
        }
    }
}
