//! Words: BM25 of the note against what is written about each subject.
//!
//! How rare a word is comes from a table that is built in, not from the vault, so that a note's links
//! do not depend on other notes.

use std::collections::BTreeMap;

use super::{Measured, Signal, Signals};
use crate::linker::library::Subject;
use crate::linker::text::{Sentence, Text, Vocabulary};

pub(super) const SIGNAL: Signal = Signal { name: "words", features: &["bm25"], measure, weigh };

const K1: f64 = 1.2;
const B: f64 = 0.75;
/// A user's own words about a concept of the library count less than the library's.
const OWN_WORDS: f64 = 0.5;
const BACKGROUND: &str = include_str!("background.tsv");

/// By stem: which subjects it speaks for, and how much.
pub(super) struct Words {
    postings: Vec<Vec<(usize, f64)>>,
}

/// In how many of the training passages a stem occurs.
struct Background {
    texts: f64,
    by_stem: Vec<f64>,
}

fn measure(signals: &Signals, text: &Text) -> Measured {
    let mut stems: Vec<(u32, f64)> = Vec::with_capacity(text.words.len());
    let mut length = 0.0;
    for sentence in &text.sentences {
        for word in text.words_of(sentence).iter().filter(|word| !word.idle) {
            length += 1.0;
            // Most words speak for nothing.
            if !signals.words.postings(word.stem).is_empty() {
                stems.push((word.stem, sentence.weight));
            }
        }
    }
    stems.sort_by_key(|&(stem, _)| stem);
    let mut features = vec![0.0; signals.subjects];
    for group in stems.chunk_by(|a, b| a.0 == b.0) {
        let often: f64 = group.iter().map(|(_, weight)| weight).sum();
        let often = libm::sqrt(often.min(2.0));
        for &(subject, weight) in signals.words.postings(group[0].0) {
            features[subject] += weight * often;
        }
    }
    let unit = libm::sqrt(f64::max(4.0, length));
    for feature in &mut features {
        *feature /= unit;
    }
    Measured { features, sentences: Vec::new() }
}

fn weigh(signals: &Signals, text: &Text, sentence: &Sentence, subject: usize, weights: &mut [f64]) {
    // So that a telling word of a description weighs as much as a middling one of the passage model.
    const SHARE: f64 = 0.05;
    for (word, weight) in text.words_of(sentence).iter().zip(weights) {
        if !word.idle {
            let postings = signals.words.postings(word.stem).iter();
            *weight += postings
                .filter(|(other, _)| *other == subject)
                .map(|(_, weight)| weight * SHARE)
                .sum::<f64>();
        }
    }
}

/// By stem: in which share of the training passages it occurs.
pub(in crate::linker) fn usual_shares(vocabulary: &mut Vocabulary) -> Vec<f64> {
    let background = Background::read(vocabulary);
    background.by_stem.iter().map(|seen| seen / background.texts).collect()
}

impl Words {
    pub(super) fn new(subjects: &[Subject], vocabulary: &mut Vocabulary) -> Self {
        let documents: Vec<BTreeMap<u32, f64>> =
            subjects.iter().map(|subject| counts(&subject.document, vocabulary)).collect();
        let own: Vec<BTreeMap<u32, f64>> =
            subjects.iter().map(|subject| counts(&subject.own, vocabulary)).collect();
        let background = Background::read(vocabulary);
        // The library alone decides what is common to all principles; a user's principles shift nothing for the others.
        let library: Vec<&BTreeMap<u32, f64>> = documents
            .iter()
            .zip(subjects)
            .filter(|(_, subject)| subject.in_library)
            .map(|(words, _)| words)
            .collect();
        let total = library.iter().map(|words| words.values().sum::<f64>()).sum::<f64>();
        let average = total / count(library.len()).max(1.0);
        let among = |stem: u32, documents: &[&BTreeMap<u32, f64>]| {
            count(documents.iter().filter(|words| words.contains_key(&stem)).count())
        };
        let own_documents: Vec<&BTreeMap<u32, f64>> = own.iter().collect();
        let mut postings = vec![Vec::new(); vocabulary.len()];
        for (subject, document) in documents.iter().enumerate() {
            let length: f64 = document.values().sum();
            // A library document is long; a short own text must not win by its shortness.
            let length = if subjects[subject].in_library { length } else { length.max(average / 2.0) };
            let mut weights: BTreeMap<u32, f64> = BTreeMap::new();
            for (&stem, &often) in document {
                let rare = rarity(count(library.len()), among(stem, &library)) * background.rarity(stem);
                let frequency = often * (K1 + 1.0) / (often + K1 * (1.0 - B + B * length / average));
                weights.insert(stem, rare * frequency);
            }
            for &stem in own[subject].keys() {
                if !document.contains_key(&stem) && among(stem, &own_documents) <= 2.0 {
                    let rare = rarity(count(library.len()), among(stem, &library)) * background.rarity(stem);
                    weights.insert(stem, rare * OWN_WORDS);
                }
            }
            for (stem, weight) in weights {
                postings[stem as usize].push((subject, weight));
            }
        }
        Self { postings }
    }

    fn postings(&self, stem: u32) -> &[(usize, f64)] {
        self.postings.get(stem as usize).map_or(&[], Vec::as_slice)
    }
}

impl Background {
    fn read(vocabulary: &mut Vocabulary) -> Self {
        let mut texts = 1.0;
        let mut by_stem = Vec::new();
        for line in BACKGROUND.lines() {
            let Some((word, number)) = line.split_once('\t') else { continue };
            let number: f64 = number.parse().unwrap_or(0.0);
            if word.is_empty() {
                texts = number;
                continue;
            }
            let stem = vocabulary.learn(word) as usize;
            if by_stem.len() <= stem {
                by_stem.resize(stem + 1, 0.0);
            }
            by_stem[stem] += number;
        }
        Self { texts, by_stem }
    }

    fn rarity(&self, stem: u32) -> f64 {
        let seen = self.by_stem.get(stem as usize).copied().unwrap_or(0.0);
        rarity(self.texts, seen.min(self.texts))
    }
}

/// Inverse frequency: high for what is in few of many.
fn rarity(total: f64, with: f64) -> f64 {
    libm::log(1.0 + (total - with + 0.5) / (with + 0.5))
}

fn counts(texts: &[String], vocabulary: &mut Vocabulary) -> BTreeMap<u32, f64> {
    let mut counts = BTreeMap::new();
    for text in texts {
        for stem in vocabulary.learn_content(text) {
            *counts.entry(stem).or_insert(0.0) += 1.0;
        }
    }
    counts
}

fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}
