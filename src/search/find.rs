//! Finds the pages that a query asks for, best first.
//!
//! `templates/assets/js/search.js` follows the same rules on the shards; a browser test holds the two together.

use std::collections::BTreeSet;
use std::ops::Range;

use super::index::{Index, Kind, Page, Place, Posting, Term, number};
use super::query::{Filters, Query, Word};
use super::words;

/// An unfinished word stands for at most so many others, the most frequent ones; one of two letters for fewer, since
/// theirs lie far apart in the index.
const MOST_ENDINGS: usize = 12;
const MOST_ENDINGS_OF_TWO: usize = 5;

/// A misspelt word stands for at most so many others.
const MOST_REPAIRS: usize = 4;

/// Shorter words are not repaired: too many are one letter away.
const SHORTEST_REPAIRED: usize = 4;

/// How a word counts that is exactly the one asked for, one that it may become, and one that may be meant.
const EXACT: u32 = 4;
const OPEN: u32 = 2;
const REPAIRED: u32 = 1;

/// What a query found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// Pages, best first. Phrases are not looked for yet.
    pub(super) pages: Vec<u32>,
    /// For each word of the query the stems that it stands for.
    pub(super) stems: Vec<BTreeSet<String>>,
}

/// A term that a word stands for, and how much it counts.
type Choice<'a> = (&'a Term, u32);

/// Finds pages that have all words and pass the filters. Whether phrases stand on them only their texts can say.
pub(super) fn find(index: &Index, query: &Query) -> Found {
    if query.is_empty() {
        return Found::default();
    }
    let pages = &index.pages.pages;
    let mut scores = vec![0_u32; pages.len()];
    let mut matched = vec![0_usize; pages.len()];
    let mut stems = Vec::new();
    for word in &query.words {
        let choices = choose(index, word);
        for (page, score) in score(index, &choices).into_iter().enumerate().filter(|(_, score)| *score > 0) {
            scores[page] += score;
            matched[page] += 1;
        }
        stems.push(choices.iter().map(|(term, _)| term.stem.clone()).collect());
    }
    let admitted = admitted(index, &query.filters);
    let passes = |page: &usize| matched[*page] == query.words.len() && admitted[*page];
    let mut found: Vec<usize> = (0..pages.len()).filter(passes).collect();
    found.sort_by_key(|page| (std::cmp::Reverse(scores[*page]), *page));
    Found { pages: found.into_iter().map(number).collect(), stems }
}

/// The terms that a word stands for: its own, those that it may become, or those that may be meant.
fn choose<'a>(index: &'a Index, word: &Word) -> Vec<Choice<'a>> {
    let stem = words::stem(&word.form);
    let own = term(index, &stem);
    let mut choices: Vec<Choice> = own.map(|term| (term, EXACT)).into_iter().collect();
    let letters = word.form.chars().count();
    if word.is_open && letters >= 2 {
        let start: String = word.form.chars().take(3).collect();
        let limit = if letters == 2 { MOST_ENDINGS_OF_TWO } else { MOST_ENDINGS };
        let goes_on = |term: &&Term| {
            term.stem != stem && term.forms.iter().any(|form| form.starts_with(word.form.as_str()))
        };
        let terms = index.terms[starting_with(index, &start)].iter().filter(goes_on).collect();
        choices.extend(most_frequent(terms, limit).into_iter().map(|term| (term, OPEN)));
    }
    if choices.is_empty() && !word.is_exact && letters >= SHORTEST_REPAIRED {
        let terms = repairs(index, word);
        choices.extend(most_frequent(terms, MOST_REPAIRS).into_iter().map(|term| (term, REPAIRED)));
    }
    choices
}

/// Terms with a form that is one letter away: one too many, one too few, another one, or two that changed places.
fn repairs<'a>(index: &'a Index, word: &Word) -> Vec<&'a Term> {
    let letters: Vec<char> = word.form.chars().collect();
    // The first letter is right, or comes second, or should not be there.
    let starts = [letters[..1].to_vec(), vec![letters[1], letters[0]], letters[1..4].to_vec()];
    let mut terms: BTreeSet<usize> = BTreeSet::new();
    for start in starts {
        let range = starting_with(index, &start.iter().collect::<String>());
        terms.extend(range.filter(|term| {
            index.terms[*term].forms.iter().any(|form| is_near(&letters, form, word.is_open))
        }));
    }
    terms.into_iter().map(|term| &index.terms[term]).collect()
}

/// Whether a form, or its beginning if the word may go on, is one letter away from a word.
fn is_near(word: &[char], form: &str, is_open: bool) -> bool {
    let form: Vec<char> = form.chars().take(word.len() + 2).collect();
    if !is_open {
        return is_one_away(word, &form);
    }
    let lengths = word.len() - 1..=word.len() + 1;
    lengths.into_iter().any(|length| form.get(..length).is_some_and(|start| is_one_away(word, start)))
}

fn is_one_away(left: &[char], right: &[char]) -> bool {
    let same = left.iter().zip(right).take_while(|(left, right)| left == right).count();
    let (left, right) = (&left[same..], &right[same..]);
    let same = left.iter().rev().zip(right.iter().rev()).take_while(|(left, right)| left == right).count();
    match (&left[..left.len() - same], &right[..right.len() - same]) {
        ([a, b], [c, d]) => a == d && b == c,
        (left, right) => left.len() <= 1 && right.len() <= 1,
    }
}

/// The terms with the most pages, in that order.
fn most_frequent(mut terms: Vec<&Term>, limit: usize) -> Vec<&Term> {
    terms.sort_by_key(|term| std::cmp::Reverse(term.postings.len()));
    terms.truncate(limit);
    terms
}

/// What each page gains by a word: by the best of its choices, more if the word is rare.
fn score(index: &Index, choices: &[Choice]) -> Vec<u32> {
    let mut best = vec![0; index.pages.pages.len()];
    for (term, weight) in choices {
        for posting in &term.postings {
            let page = posting.page as usize;
            best[page] = best[page].max(weight * worth(level(posting, index.lengths[page])));
        }
    }
    let frequent = choices.iter().map(|(term, _)| term.postings.len()).max().unwrap_or(0);
    let rarity = rarity(frequent, best.len());
    best.into_iter().map(|score| score * rarity).collect()
}

/// How rare a word is, from 1. Counted in steps, since logarithms differ between machines.
fn rarity(pages: usize, of: usize) -> u32 {
    let (mut reached, all) = (precise(pages.max(1)), precise(of));
    let mut rarity = 1;
    while reached < all {
        reached *= 1.25;
        rarity += 1;
    }
    rarity
}

/// How well a page is matched by a word: its place, then how much of its text the word is.
pub(super) fn level(posting: &Posting, length: u32) -> u32 {
    let place = match posting.place {
        Place::Body => 0,
        Place::Name => 1,
        Place::Title => 2,
        Place::ShortTitle => 3,
    };
    // As in BM25, with a fixed length for the middle one, so that one note does not change the levels of others.
    let (count, length) = (f64::from(posting.count), f64::from(length));
    let share = 2.2 * count / (count + 0.48 + 0.72 * length / 250.0);
    let density = if share < 1.1 {
        0
    } else if share < 1.6 {
        1
    } else {
        2
    };
    place * 3 + density
}

/// How many levels there are.
pub(super) const LEVELS: u32 = 12;

/// What a level is worth: title over names over text.
fn worth(level: u32) -> u32 {
    let place = match level / 3 {
        0 => 4,
        1 => 12,
        2 => 24,
        _ => 40,
    };
    place + level % 3
}

/// Which pages pass the filters.
fn admitted(index: &Index, filters: &Filters) -> Vec<bool> {
    let pages = &index.pages;
    let passes = |page: &Page| {
        (filters.kinds.is_empty() || filters.kinds.contains(&Some(page.kind)))
            && (filters.outcomes.is_empty()
                || page.outcome.is_some_and(|outcome| filters.outcomes.contains(&Some(outcome))))
            && (filters.years.is_empty()
                || filters.years.iter().flatten().any(|years| page.year > 0 && years.contains(&page.year)))
    };
    let mut admitted: Vec<bool> = pages.pages.iter().map(passes).collect();
    let first_counterparty = pages.principles.len();
    let mut narrow = |names: &[Vec<String>], kind, first: usize, related: &[Vec<u32>]| {
        if names.is_empty() {
            return;
        }
        let mut allowed = vec![false; admitted.len()];
        for named in names.iter().flat_map(|forms| named(index, forms, kind)) {
            for page in &related[named as usize - first] {
                allowed[*page as usize] = true;
            }
        }
        admitted.iter_mut().zip(allowed).for_each(|(admitted, allowed)| *admitted &= allowed);
    };
    narrow(&filters.counterparties, Kind::Counterparty, first_counterparty, &pages.counterparties);
    narrow(&filters.principles, Kind::Principle, 0, &pages.principles);
    admitted
}

/// The pages of a kind that have all these words in their titles.
fn named(index: &Index, forms: &[String], kind: Kind) -> Vec<u32> {
    let mut common: Option<BTreeSet<u32>> = None;
    for form in forms {
        let word = Word { form: form.clone(), is_open: true, is_exact: false };
        let choices = choose(index, &word);
        let postings = choices.iter().flat_map(|(term, _)| &term.postings);
        let titled = postings.filter(|posting| posting.place >= Place::Title).map(|posting| posting.page);
        let pages = titled.filter(|page| index.pages.pages[*page as usize].kind == kind).collect();
        common = Some(match common {
            Some(common) => common.intersection(&pages).copied().collect(),
            None => pages,
        });
    }
    common.unwrap_or_default().into_iter().collect()
}

fn term<'a>(index: &'a Index, stem: &str) -> Option<&'a Term> {
    let at = index.terms.binary_search_by(|term| super::index::order(&term.stem, stem)).ok()?;
    Some(&index.terms[at])
}

/// The terms whose stems begin so.
fn starting_with(index: &Index, start: &str) -> Range<usize> {
    let first = index.terms.partition_point(|term| super::index::order(&term.stem, start).is_lt());
    let length = index.terms[first..].partition_point(|term| term.stem.starts_with(start));
    first..first + length
}

/// Pages are fewer than a float can count.
#[expect(clippy::cast_precision_loss, reason = "pages are fewer than 2^52")]
fn precise(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_letter_away() {
        let check = |left: &str, right: &str, expected| {
            let letters = |text: &str| text.chars().collect::<Vec<_>>();
            assert_eq!(is_one_away(&letters(left), &letters(right)), expected, "{left} {right}");
            assert_eq!(is_one_away(&letters(right), &letters(left)), expected, "{right} {left}");
        };
        for (left, right) in
            [("timing", "timing"), ("timing", "timng"), ("timing", "tmiing"), ("timing", "tiding"), ("a", "")]
        {
            check(left, right, true);
        }
        for (left, right) in [("timing", "tmng"), ("timing", "itmign"), ("abab", "baba"), ("", "ab")] {
            check(left, right, false);
        }
    }

    #[test]
    fn rare_words_say_more() {
        assert_eq!(rarity(100, 100), 1);
        assert!(rarity(1, 10_000) > rarity(100, 10_000));
        assert!(rarity(0, 0) > 0);
    }
}
