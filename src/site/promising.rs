//! Finds words that speak of a promise, by the list that each language's words hold.

use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};

use super::words::capitalized;

/// The words of a list, ready to be looked for.
#[derive(Clone, Debug)]
pub(super) struct Promising {
    /// `None` if there are no words, or more than can be looked for.
    finder: Option<AhoCorasick>,
    /// How much of a word each pattern of the finder is.
    extents: Vec<Extent>,
}

/// How much of a word an entry of the list stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Extent {
    Whole,
    /// `promis*`: all words that begin so.
    Start,
    /// The languages that put no blanks between words have no other way.
    Anywhere,
}

impl Promising {
    /// Reads a list with blanks between its entries.
    pub(super) fn new(list: &str) -> Self {
        let mut entries: Vec<(&str, Extent)> = list
            .split_whitespace()
            .map(|entry| match entry.strip_suffix('*') {
                _ if entry.chars().any(is_unspaced) => (entry.trim_end_matches('*'), Extent::Anywhere),
                Some(start) => (start, Extent::Start),
                None => (entry, Extent::Whole),
            })
            .filter(|(word, _)| !word.is_empty() && word.chars().all(char::is_alphanumeric))
            .collect();
        // Of two entries that could stand at one place the longer is found; it must not hide a beginning.
        let starts: Vec<&str> =
            entries.iter().filter(|(_, extent)| *extent == Extent::Start).map(|(word, _)| *word).collect();
        entries.retain(|(word, extent)| {
            *extent == Extent::Anywhere
                || !starts.iter().any(|start| word.len() > start.len() && word.starts_with(start))
        });
        let forms = entries.iter().flat_map(|(word, extent)| {
            [word.to_lowercase(), capitalized(&word.to_lowercase())].map(|form| (form, *extent))
        });
        let (forms, extents): (Vec<String>, Vec<Extent>) = forms.unzip();
        let mut finder = AhoCorasick::builder();
        finder.ascii_case_insensitive(true).match_kind(MatchKind::LeftmostLongest);
        let finder = if forms.is_empty() { None } else { finder.build(forms).ok() };
        Self { finder, extents }
    }

    /// Where the first of the words stands in a text.
    pub(super) fn find(&self, text: &str) -> Option<Range<usize>> {
        let is_letter = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
        self.finder.as_ref()?.find_iter(text).find_map(|found| {
            let extent = self.extents[found.pattern().as_usize()];
            let (start, end) = (found.start(), found.end());
            if extent == Extent::Anywhere {
                return Some(start..end);
            }
            if is_letter(text[..start].chars().next_back()) {
                return None;
            }
            match extent {
                Extent::Whole => (!is_letter(text[end..].chars().next())).then_some(start..end),
                _ => {
                    let rest = text[end..].find(|letter: char| !letter.is_alphanumeric());
                    Some(start..rest.map_or(text.len(), |more| end + more))
                }
            }
        })
    }
}

/// Whether a letter is of a script that puts no blanks between words.
fn is_unspaced(letter: char) -> bool {
    matches!(letter, '\u{e00}'..='\u{eff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'a>(list: &str, text: &'a str) -> Option<&'a str> {
        Promising::new(list).find(text).map(|range| &text[range])
    }

    #[test]
    fn a_promise_is_found_by_the_words_of_any_language() {
        assert_eq!(found("promise promised", "She PROMISED it."), Some("PROMISED"));
        assert_eq!(found("promise", "a promising lead, compromise"), None);
        assert_eq!(found("promise promis*", "He promises."), Some("promises"));
        assert_eq!(found("verspr* zusage*", "Sie haben die Zusagen gehalten."), Some("Zusagen"));
        assert_eq!(found("обещ*", "Они Обещали скидку."), Some("Обещали"));
        assert_eq!(found("promise 承诺", "他们承诺月底交货。"), Some("承诺"));
        assert_eq!(found("* pledge", "nothing here"), None);
        assert_eq!(found("", "a promise"), None);
    }
}
