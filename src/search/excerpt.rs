//! What a hit shows of its page: the passage that answers best, with the words that were found.

use std::collections::BTreeSet;
use std::ops::Range;

use super::query::Phrase;
use super::words;

/// So many words are shown before the first one that was found, and so many in all.
const BEFORE: usize = 8;
const SHOWN: usize = 36;

/// A piece of a passage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// Which of the passages.
    pub passage: usize,
    /// What of it is shown.
    pub range: Range<usize>,
    /// The words that were found, within it.
    pub marks: Vec<Range<usize>>,
}

/// The best piece of some passages for words that stand for these stems; `None` if there are no passages with words.
pub(super) fn excerpt<'a>(
    passages: impl IntoIterator<Item = &'a str>,
    stems: &[BTreeSet<String>],
    phrases: &[Phrase],
) -> Option<Excerpt> {
    let mut best: Option<(usize, Excerpt)> = None;
    for (index, passage) in passages.into_iter().enumerate() {
        let (found, excerpt) = cut(index, passage, stems, phrases);
        let Some(excerpt) = excerpt else { continue };
        if best.as_ref().is_none_or(|(most, _)| found > *most) {
            best = Some((found, excerpt));
        }
    }
    best.map(|(_, excerpt)| excerpt)
}

/// Whether the phrase stands in a text.
pub(super) fn has_phrase(text: &str, phrase: &Phrase) -> bool {
    let forms = words::forms(text);
    forms.windows(phrase.forms.len()).any(|window| is_phrase(window, phrase))
}

fn is_phrase<T: AsRef<str>>(window: &[T], phrase: &Phrase) -> bool {
    let last = phrase.forms.len() - 1;
    window.iter().zip(&phrase.forms).enumerate().all(|(index, (form, wanted))| {
        let form = form.as_ref();
        form == wanted || (phrase.is_open && index == last && form.starts_with(wanted.as_str()))
    })
}

/// How much of the query a passage has, and the piece of it around the first word found. A phrase counts more than all words.
fn cut(
    index: usize,
    passage: &str,
    stems: &[BTreeSet<String>],
    phrases: &[Phrase],
) -> (usize, Option<Excerpt>) {
    let mut places = Vec::new();
    let mut forms = Vec::new();
    words::scan(passage, |range, form| {
        places.push(range);
        forms.push(form.to_owned());
    });
    let Some(last) = places.len().checked_sub(1) else { return (0, None) };
    let mut words_found = BTreeSet::new();
    let mut marked = Vec::new();
    for (place, form) in forms.iter().enumerate() {
        let stem = words::stem(form);
        let before = marked.len();
        for (word, _) in stems.iter().enumerate().filter(|(_, stems)| stems.contains(&stem)) {
            words_found.insert(word);
            if marked.len() == before {
                marked.push(place);
            }
        }
    }
    let mut first = marked.first().copied();
    let mut found = words_found.len();
    for phrase in phrases {
        let at = forms.windows(phrase.forms.len()).position(|window| is_phrase(window, phrase));
        if let Some(at) = at {
            found += stems.len() + 1;
            first = Some(at);
        }
    }
    let start = first.unwrap_or(0).saturating_sub(BEFORE);
    let end = (start + SHOWN - 1).min(last);
    let range = if start == 0 { 0 } else { places[start].start }..if end == last {
        passage.len()
    } else {
        places[end].end
    };
    let marks = marked.into_iter().filter(|place| (start..=end).contains(place));
    let marks = marks.map(|place| places[place].clone()).collect();
    (found, Some(Excerpt { passage: index, range, marks }))
}
