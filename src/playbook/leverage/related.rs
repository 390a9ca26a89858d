//! Which principles belong together: one names the other, both spell out the same acronym, or the author says so.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use frostem::{Algorithm, Stemmer};

use super::prose::{MarkKind, Prose};
use super::read::Draft;
use super::settings::Pairs;
use super::{Leverage, Principle, term};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Source;

/// Above so many principles their texts are not compared pair by pair.
const MAX_COMPARED: usize = 500;
/// A text of fewer different words says too little to be compared.
const MIN_STEMS: usize = 6;
/// With so many others a principle shares an acronym at most.
const MAX_SHARING: usize = 32;

/// Two principles by their place in the document, the first one first.
type Pair = (usize, usize);

/// Sets `related` of all principles, and names those that seem to say the same.
pub(super) fn relate(
    leverage: &mut Leverage,
    drafts: &[Draft],
    by_hand: &Pairs,
    source: &Arc<Source>,
) -> Vec<Diagnostic> {
    let named = named(leverage, drafts);
    let sharing = sharing(leverage, drafts);
    let by_hand = by_hand_places(leverage, by_hand);
    let same: BTreeSet<Pair> = sharing
        .iter()
        .copied()
        .chain(named.iter().copied().filter(|&(one, other)| share_a_word(leverage, one, other)))
        .chain(alike(leverage, drafts))
        .collect();
    set(leverage, named.iter().chain(&sharing).chain(&by_hand));
    // Who relates two by hand has seen that they are close.
    let untold = same.difference(&by_hand);
    untold.map(|&(one, other)| seems_the_same(leverage, one, other, source)).collect()
}

/// Principles of which one names the other.
fn named(leverage: &Leverage, drafts: &[Draft]) -> BTreeSet<Pair> {
    let names = Names::of(leverage);
    let mut pairs = BTreeSet::new();
    for (index, draft) in drafts.iter().enumerate() {
        let mut meant = BTreeSet::new();
        for prose in draft.texts() {
            names.find(prose, &mut meant);
            names.find_linked(prose, &mut meant);
        }
        // A term says its own name; only where it is a link as well does it speak of another.
        names.find_linked(&draft.term, &mut meant);
        pairs.extend(meant.into_iter().filter(|other| *other != index).map(|other| pair(index, other)));
    }
    pairs
}

/// Principles that are called by an acronym or spell it out.
fn sharing(leverage: &Leverage, drafts: &[Draft]) -> BTreeSet<Pair> {
    let mut by_acronym: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for (index, (principle, draft)) in leverage.principles.iter().zip(drafts).enumerate() {
        let own = principle.names().filter(|name| term::is_acronym(name)).map(str::to_owned);
        for acronym in own.chain(draft.texts().flat_map(|prose| acronyms(&prose.plain()))) {
            by_acronym.entry(acronym).or_default().insert(index);
        }
    }
    let mut pairs = BTreeSet::new();
    for sharing in by_acronym.into_values() {
        let sharing: Vec<usize> = sharing.into_iter().collect();
        // In a long list each one is tied to the next few only, or the pairs would outgrow the document.
        for (place, &one) in sharing.iter().enumerate() {
            pairs.extend(sharing[place + 1..].iter().take(MAX_SHARING).map(|&other| pair(one, other)));
        }
    }
    pairs
}

fn by_hand_places(leverage: &Leverage, by_hand: &Pairs) -> BTreeSet<Pair> {
    let places: BTreeMap<_, _> =
        leverage.principles.iter().enumerate().map(|(index, principle)| (&principle.id, index)).collect();
    let pairs = by_hand.iter().filter_map(|(one, other)| Some(pair(*places.get(one)?, *places.get(other)?)));
    pairs.filter(|(one, other)| one != other).collect()
}

/// Whether all that one is called in its title is a part of a name of the other.
fn share_a_word(leverage: &Leverage, one: usize, other: usize) -> bool {
    let (one, other) = (&leverage.principles[one], &leverage.principles[other]);
    let holds = |title: &str, names: &Principle| {
        let title = stems(title);
        !title.is_empty() && names.names().any(|name| title.is_subset(&stems(name)))
    };
    holds(&one.title, other) || holds(&other.title, one)
}

fn pair(one: usize, other: usize) -> Pair {
    (one.min(other), one.max(other))
}

fn set<'a>(leverage: &mut Leverage, pairs: impl Iterator<Item = &'a Pair>) {
    let mut related: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); leverage.principles.len()];
    for &(one, other) in pairs {
        related[one].insert(other);
        related[other].insert(one);
    }
    let ids: Vec<_> = leverage.principles.iter().map(|principle| principle.id.clone()).collect();
    for (principle, others) in leverage.principles.iter_mut().zip(related) {
        principle.related = others.into_iter().map(|other| ids[other].clone()).collect();
    }
}

fn seems_the_same(leverage: &Leverage, one: usize, other: usize, source: &Arc<Source>) -> Diagnostic {
    let (one, other) = (&leverage.principles[one], &leverage.principles[other]);
    // The one that is an acronym makes the better alias.
    let (kept, alias) = if term::is_acronym(&one.title) { (other, one) } else { (one, other) };
    let message = format!("`{}` and `{}` seem to say the same", alias.title, kept.title);
    let help = format!(
        "keep both and say so, `related: {{{}: [{}]}}`, or make one an alias: `aliases: {{{}: [{}]}}`",
        kept.id, alias.id, kept.id, alias.title
    );
    Diagnostic::at(Code::SamePrinciple, source, other.span, message).help(help)
}

/// The names of all principles, word by word.
struct Names {
    /// Folded words of a name, and the first principle that has it.
    by_words: BTreeMap<Vec<String>, usize>,
    /// For the first word of a name: how many words the names have that begin so.
    lengths: BTreeMap<String, BTreeSet<usize>>,
    by_id: BTreeMap<String, usize>,
}

impl Names {
    fn of(leverage: &Leverage) -> Self {
        let mut names = Self { by_words: BTreeMap::new(), lengths: BTreeMap::new(), by_id: BTreeMap::new() };
        for (index, principle) in leverage.principles.iter().enumerate() {
            names.by_id.insert(principle.id.to_string(), index);
            for name in principle.names() {
                let words: Vec<String> = words(name).map(|range| name[range].to_lowercase()).collect();
                if let Some(first) = words.first() {
                    names.lengths.entry(first.clone()).or_default().insert(words.len());
                    // A second principle of that name is told apart by its id only.
                    names.by_words.entry(words).or_insert(index);
                }
            }
        }
        names
    }

    /// Adds the principles that a text names in words.
    fn find(&self, prose: &Prose, meant: &mut BTreeSet<usize>) {
        let text = &prose.text;
        let places: Vec<Range<usize>> = words(text).collect();
        let folded: Vec<String> = places.iter().map(|range| text[range.clone()].to_lowercase()).collect();
        let is_shouted = places.len() > 1
            && places.iter().filter(|range| is_capitalised(&text[(*range).clone()])).count() * 2
                > places.len();
        for start in 0..places.len() {
            // `BATNAs` is many a BATNA.
            let single = text[places[start].clone()]
                .strip_suffix('s')
                .filter(|word| term::is_acronym(word))
                .map(str::to_lowercase);
            let first = single.as_ref().unwrap_or(&folded[start]);
            let Some(lengths) = self.lengths.get(first) else { continue };
            for &length in lengths.iter().filter(|length| start + **length <= places.len()) {
                let key =
                    if length == 1 { std::slice::from_ref(first) } else { &folded[start..start + length] };
                let Some(&index) = self.by_words.get(key) else { continue };
                let word = &text[places[start].clone()];
                let counts = length > 1
                    || term::is_acronym(word.trim_end_matches('s'))
                    || prose.stands_out(&places[start])
                    || (is_capitalised(word) && !is_shouted && is_mid_sentence(text, places[start].start));
                if counts {
                    meant.insert(index);
                }
            }
        }
    }

    /// Adds the principles that a text links to.
    fn find_linked(&self, prose: &Prose, meant: &mut BTreeSet<usize>) {
        for mark in &prose.marks {
            let (MarkKind::Link(target) | MarkKind::Wikilink(target)) = &mark.kind else { continue };
            if target.contains("://") {
                continue;
            }
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let names = [heading, file].into_iter().filter(|name| !name.is_empty());
            meant.extend(names.filter_map(|name| self.by_name(name.strip_suffix(".html").unwrap_or(name))));
        }
    }

    fn by_name(&self, name: &str) -> Option<usize> {
        let name = super::strip_decoration(name);
        let words: Vec<String> = words(name).map(|range| name[range].to_lowercase()).collect();
        let by_words = || self.by_words.get(&words);
        self.by_id.get(name).or_else(by_words).copied()
    }
}

/// The acronyms that a text spells out: `BATNA (Best Alternative ...)`, `Best Alternative ... (BATNA)`, `BATNA—Best Alternative ...`.
fn acronyms(text: &str) -> Vec<String> {
    let places: Vec<Range<usize>> = words(text).collect();
    let mut found = Vec::new();
    for (index, place) in places.iter().enumerate() {
        let word = text[place.clone()].trim_end_matches('s');
        if !term::is_acronym(word) {
            continue;
        }
        let count = word.chars().count();
        let spells = |first: usize, last: usize| {
            let range = places.get(first).zip(places.get(last)).map(|(first, last)| first.start..last.end);
            range.is_some_and(|range| term::expands(word, &text[range]))
        };
        let gap = |from: usize, to: usize| text[from..to].trim();
        let after = places.get(index + 1).map_or("", |next| gap(place.end, next.start));
        let before = index.checked_sub(1).map_or("", |last| gap(places[last].end, place.start));
        let is_told = matches!(after, "(" | "—" | "–" | "-" | ":" | "=" | "," | "[" | "\"(" | "\" (");
        let lengths = count.saturating_sub(1).max(2)..=count + 4;
        let spelt_after = is_told && lengths.clone().any(|length| spells(index + 1, index + length));
        let spelt_before = matches!(before, "(" | "—" | "–" | "," | "[")
            && lengths.clone().any(|length| index >= length && spells(index - length, index - 1));
        if spelt_after || spelt_before {
            found.push(word.to_owned());
        }
    }
    found
}

/// Principles whose titles or texts are made of the same words.
fn alike(leverage: &Leverage, drafts: &[Draft]) -> BTreeSet<Pair> {
    let mut same = BTreeSet::new();
    let mut by_title: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    for (index, principle) in leverage.principles.iter().enumerate() {
        let mut stems: Vec<String> = stems(&principle.title).into_iter().collect();
        stems.sort();
        let title = principle.title.to_lowercase();
        if let Some(&first) = by_title.get(&stems).filter(|_| !stems.is_empty()) {
            // Two of the very same title are told of already.
            if leverage.principles[first].title.to_lowercase() != title {
                same.insert((first, index));
            }
        } else {
            by_title.insert(stems, index);
        }
    }
    if drafts.len() > MAX_COMPARED {
        return same;
    }
    let texts: Vec<BTreeSet<String>> =
        drafts.iter().map(|draft| draft.texts().flat_map(|prose| stems(&prose.text)).collect()).collect();
    for (index, text) in texts.iter().enumerate().filter(|(_, text)| text.len() >= MIN_STEMS) {
        for (other, compared) in
            texts.iter().enumerate().skip(index + 1).filter(|(_, text)| text.len() >= MIN_STEMS)
        {
            // A text much longer than the other says more; and only texts of like length need a closer look.
            if text.len().min(compared.len()) * 2 < text.len().max(compared.len()) {
                continue;
            }
            let shared = text.intersection(compared).count();
            let all = text.len() + compared.len() - shared;
            if shared * 10 >= all * 6 {
                same.insert((index, other));
            }
        }
    }
    same
}

/// The stems of the words that carry meaning.
fn stems(text: &str) -> BTreeSet<String> {
    const SMALL: &[&str] = &[
        "and", "the", "for", "with", "that", "this", "are", "your", "you", "their", "they", "them", "not",
        "from", "have", "has", "its", "our", "who", "can", "will", "may", "more", "but", "than", "what",
        "when", "which",
    ];
    let words = words(text).map(|range| text[range].to_lowercase());
    let words = words.filter(|word| word.chars().count() > 2 && !SMALL.contains(&word.as_str()));
    let stemmer = Stemmer::new(Algorithm::English);
    words.map(|word| if word.len() > 40 { word } else { stemmer.stem(&word).into_owned() }).collect()
}

/// The words of a text: letters and digits, with apostrophes and hyphens as gaps.
fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut rest = 0;
    std::iter::from_fn(move || {
        let start = rest + text[rest..].find(char::is_alphanumeric)?;
        let length = text[start..].find(|sign: char| !sign.is_alphanumeric());
        rest = length.map_or(text.len(), |length| start + length);
        Some(start..rest)
    })
}

fn is_capitalised(word: &str) -> bool {
    word.starts_with(char::is_uppercase)
}

/// Whether a word before this one belongs to the same sentence.
fn is_mid_sentence(text: &str, start: usize) -> bool {
    let before =
        text[..start].trim_end_matches(|sign: char| sign.is_whitespace() || "\"'“”‘’«»([*_".contains(sign));
    before.chars().next_back().is_some_and(|sign| !".!?:;…•–—".contains(sign))
}
