//! Cues: names of a principle and phrases that speak for it, as they stand in the note.

use super::{Measured, Signal, Signals};
use crate::linker::library::Subject;
use crate::linker::phrases::Phrases;
use crate::linker::text::{Sentence, Text, Vocabulary};

pub(super) const SIGNAL: Signal = Signal { name: "cues", features: &["cues", "kinds"], measure, weigh };

/// What a user names as a cue says more than a phrase of the library.
const STATED: f64 = 2.0;

/// The phrases, and for whom each speaks how much.
pub(super) struct Cues {
    phrases: Phrases,
    speaks: Vec<Vec<(usize, f64)>>,
}

fn measure(signals: &Signals, text: &Text) -> Measured {
    let cues = &signals.cues;
    let width = SIGNAL.features.len();
    let mut sentences = vec![0.0; text.sentences.len() * signals.subjects];
    let mut found: Vec<(usize, f64)> = Vec::new();
    for (index, sentence) in text.sentences.iter().enumerate() {
        let stems = text.words_of(sentence).iter().map(|word| word.stem);
        for (_, phrase) in cues.phrases.matches(stems) {
            found.push((phrase, sentence.weight));
            for &(subject, weight) in &cues.speaks[phrase] {
                sentences[index * signals.subjects + subject] += weight * sentence.weight;
            }
        }
    }
    found.sort_by_key(|&(phrase, _)| phrase);
    let mut features = vec![0.0; signals.subjects * width];
    for group in found.chunk_by(|a, b| a.0 == b.0) {
        let often: f64 = group.iter().map(|(_, weight)| weight).sum();
        for &(subject, weight) in &cues.speaks[group[0].0] {
            features[subject * width] += weight * (often.min(1.0) + 0.3 * (often.clamp(1.0, 3.0) - 1.0));
            features[subject * width + 1] += 1.0;
        }
    }
    let words = f64::from(u32::try_from(text.words.len()).unwrap_or(u32::MAX));
    let unit = 8.0 / libm::sqrt(words.max(20.0));
    for features in features.chunks_exact_mut(width) {
        features[0] *= unit;
    }
    Measured { features, sentences }
}

fn weigh(signals: &Signals, text: &Text, sentence: &Sentence, subject: usize, weights: &mut [f64]) {
    let stems = text.words_of(sentence).iter().map(|word| word.stem);
    for (range, phrase) in signals.cues.phrases.matches(stems) {
        let words = f64::from(u32::try_from(range.len()).unwrap_or(u32::MAX));
        for &(other, weight) in &signals.cues.speaks[phrase] {
            if other == subject {
                weights[range.clone()].iter_mut().for_each(|word| *word += weight / words);
            }
        }
    }
}

impl Cues {
    pub(super) fn new(subjects: &[Subject], vocabulary: &mut Vocabulary) -> Self {
        let mut cues = Self { phrases: Phrases::default(), speaks: Vec::new() };
        for (subject, known) in subjects.iter().enumerate() {
            let stated = known.cues.iter().map(|phrase| (phrase, STATED));
            for (phrase, factor) in stated.chain(known.phrases.iter().map(|phrase| (phrase, 1.0))) {
                let stems = vocabulary.learn_text(phrase);
                if stems.iter().all(|&stem| vocabulary.is_stop(stem)) {
                    continue;
                }
                let Some(index) = cues.phrases.add(&stems) else { continue };
                if index == cues.speaks.len() {
                    cues.speaks.push(Vec::new());
                }
                let speaks = &mut cues.speaks[index];
                if speaks.iter().all(|&(other, _)| other != subject) {
                    let weight = factor * [1.0, 1.6, 2.0][stems.len().min(3) - 1];
                    speaks.push((subject, weight));
                }
            }
        }
        // A phrase that speaks for several says less for each; a user's own words take nothing from the library's.
        for speaks in &mut cues.speaks {
            let of_library = speaks.iter().filter(|(subject, _)| subjects[*subject].in_library).count();
            let all = speaks.len();
            for (subject, weight) in speaks.iter_mut() {
                let sharers = if subjects[*subject].in_library { of_library } else { all };
                *weight /= f64::from(u32::try_from(sharers).unwrap_or(u32::MAX));
            }
        }
        cues
    }
}
