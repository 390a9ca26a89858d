//! Slugs: portable names for URLs, ids and files.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The longest slug in characters.
const MAX_CHARS: usize = 80;
/// The longest slug in bytes; file systems allow 255, and callers append a number and an extension.
const MAX_BYTES: usize = 200;

/// NFKC, small letters, letters and digits of every script kept, everything else one `-`; at most 80 characters.
/// Never empty, never `index`, never a name that some system reserves (`con`, `nul`), never with a leading or trailing `-`.
pub fn slug(text: &str) -> String {
    if text.is_ascii() {
        // No form of theirs differs from what is written.
        return of(text.chars().map(|character| character.to_ascii_lowercase()));
    }
    // Small letters can be decomposed again (`İ`), so the form is set last.
    of(text.nfkc().flat_map(char::to_lowercase).nfkc())
}

fn of(folded: impl Iterator<Item = char>) -> String {
    let mut slug = String::new();
    let mut gap = false;
    let mut count = 0;
    for character in folded {
        if !belongs(character, gap || slug.is_empty()) {
            gap = true;
            continue;
        }
        let dash = usize::from(gap && !slug.is_empty());
        if count + dash + 1 > MAX_CHARS || slug.len() + dash + character.len_utf8() > MAX_BYTES {
            break;
        }
        if dash == 1 {
            slug.push('-');
        }
        slug.push(character);
        count += dash + 1;
        gap = false;
    }
    match slug.as_str() {
        "" => "untitled".to_owned(),
        "index" => "index-1".to_owned(),
        name if is_reserved(name) => format!("{name}-1"),
        _ => slug,
    }
}

/// Letters, digits, and the marks that stand on them; signs that nobody sees are none.
fn belongs(character: char, first: bool) -> bool {
    match character {
        // Fillers count as letters and variation selectors as marks, but both are invisible.
        '\u{115F}'
        | '\u{1160}'
        | '\u{20D0}'..='\u{20FF}'
        | '\u{FE00}'..='\u{FE0F}'
        | '\u{E0100}'..='\u{E01EF}' => false,
        _ => character.is_alphanumeric() || (!first && is_combining_mark(character)),
    }
}

/// Names that Windows keeps for devices, whatever the extension.
fn is_reserved(name: &str) -> bool {
    matches!(name, "con" | "prn" | "aux" | "nul")
        || (name.len() == 4
            && (name.starts_with("com") || name.starts_with("lpt"))
            && name.ends_with(|last: char| last.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_joined_by_single_dashes() {
        assert_eq!(slug("Acme: the 2nd call (draft)!"), "acme-the-2nd-call-draft");
        assert_eq!(slug("  --a__b--  "), "a-b");
        assert_eq!(slug("a/../b\\c\0d"), "a-b-c-d");
    }

    #[test]
    fn every_script_is_kept() {
        assert_eq!(slug("Čeština ÉTÉ ﬁn"), "čeština-été-fin");
        assert_eq!(slug("E\u{301}te\u{301}"), "été");
        assert_eq!(slug("交渉 メモ"), "交渉-メモ");
        assert_eq!(slug("हिन्दी"), "हिन्दी");
        assert_eq!(slug("x²"), "x2");
    }

    #[test]
    fn names_with_a_meaning_are_never_given() {
        assert_eq!(slug("Index"), "index-1");
        assert_eq!(slug("CON"), "con-1");
        assert_eq!(slug("com¹"), "com1-1");
        assert_eq!(slug("🎉\u{FE0F}"), "untitled");
        assert_eq!(slug(""), "untitled");
        assert_eq!(slug("../.."), "untitled");
    }

    #[test]
    fn long_names_are_cut_at_a_character() {
        assert_eq!(slug(&"a ".repeat(500)).chars().count(), 79);
        assert!(slug(&"漢".repeat(500)).len() <= MAX_BYTES);
    }

    proptest! {
        #[test]
        fn slugs_are_portable_and_stable(text in "\\PC{0,120}|.{0,120}") {
            let name = slug(&text);
            prop_assert!(!name.is_empty() && name.chars().count() <= MAX_CHARS && name.len() <= MAX_BYTES);
            prop_assert!(!name.starts_with('-') && !name.ends_with('-') && !name.contains("--"));
            prop_assert!(name.chars().all(|c| c == '-' || c.is_alphanumeric() || is_combining_mark(c)), "{name}");
            prop_assert_eq!(slug(&name), name);
        }
    }
}
