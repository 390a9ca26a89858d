//! Cues: names of a principle and phrases that speak for it, as they stand in the note.

use super::{Measured, Signal, Signals};
use crate::linker::library::Subject;
use crate::linker::phrases::Phrases;
use crate::linker::text::{Sentence, Text, Vocabulary};

pub(super) const SIGNAL: Signal = Signal { name: "cues", features: &["cues", "stated"], measure, weigh };

/// How much more a stated cue marks a sentence than another phrase.
const STATED: f64 = 2.0;

/// The phrases, and for whom each speaks.
pub(super) struct Cues {
    phrases: Phrases,
    speaks: Vec<Vec<Speaks>>,
}

/// For whom a phrase speaks, and how much.
struct Speaks {
    subject: usize,
    weight: f64,
    /// Named by the user as a cue, which says more than a name or a phrase of the library.
    stated: bool,
}

fn measure(signals: &Signals, text: &Text) -> Measured {
    let cues = &signals.cues;
    let width = SIGNAL.features.len();
    let mut sentences = vec![0.0; text.sentences.len() * signals.subjects];
    let mut found: Vec<(usize, f64)> = Vec::new();
    for (index, sentence) in text.sentences.iter().enumerate() {
        for (_, phrase) in cues.phrases.matches(text.words_of(sentence)) {
            found.push((phrase, sentence.weight));
            for speaks in &cues.speaks[phrase] {
                let factor = if speaks.stated { STATED } else { 1.0 };
                sentences[index * signals.subjects + speaks.subject] +=
                    factor * speaks.weight * sentence.weight;
            }
        }
    }
    found.sort_by_key(|&(phrase, _)| phrase);
    let mut features = vec![0.0; signals.subjects * width];
    for group in found.chunk_by(|a, b| a.0 == b.0) {
        let often: f64 = group.iter().map(|(_, weight)| weight).sum();
        for speaks in &cues.speaks[group[0].0] {
            let feature = speaks.subject * width + usize::from(speaks.stated);
            features[feature] += speaks.weight * (often.min(1.0) + 0.3 * (often.clamp(1.0, 3.0) - 1.0));
        }
    }
    let words = f64::from(u32::try_from(text.words.len()).unwrap_or(u32::MAX));
    let unit = 8.0 / libm::sqrt(words.max(20.0));
    for feature in &mut features {
        *feature *= unit;
    }
    Measured { features, sentences }
}

fn weigh(signals: &Signals, text: &Text, sentence: &Sentence, subject: usize, weights: &mut [f64]) {
    for (range, phrase) in signals.cues.phrases.matches(text.words_of(sentence)) {
        let words = f64::from(u32::try_from(range.len()).unwrap_or(u32::MAX));
        for speaks in signals.cues.speaks[phrase].iter().filter(|speaks| speaks.subject == subject) {
            let factor = if speaks.stated { STATED } else { 1.0 };
            for weight in &mut weights[range.clone()] {
                *weight += factor * speaks.weight / words;
            }
        }
    }
}

impl Cues {
    pub(super) fn new(subjects: &[Subject], vocabulary: &mut Vocabulary) -> Self {
        let mut cues = Self { phrases: Phrases::default(), speaks: Vec::new() };
        for (subject, known) in subjects.iter().enumerate() {
            let stated = known.cues.iter().map(|phrase| (phrase, true));
            for (phrase, stated) in stated.chain(known.phrases.iter().map(|phrase| (phrase, false))) {
                let stems = vocabulary.learn_text(phrase);
                if stems.iter().all(|&stem| vocabulary.is_stop(stem)) {
                    continue;
                }
                let Some(index) = cues.phrases.add(&stems) else { continue };
                if index == cues.speaks.len() {
                    cues.speaks.push(Vec::new());
                }
                let speaks = &mut cues.speaks[index];
                if speaks.iter().all(|other| other.subject != subject) {
                    let weight = [1.0, 1.6, 2.0][stems.len().min(3) - 1];
                    speaks.push(Speaks { subject, weight, stated });
                }
            }
        }
        // A phrase that speaks for several says less for each; a user's own words take nothing from the library's.
        for speaks in &mut cues.speaks {
            let of_library = speaks.iter().filter(|speaks| subjects[speaks.subject].in_library).count();
            let all = speaks.len();
            for speaks in speaks.iter_mut() {
                let sharers = if subjects[speaks.subject].in_library { of_library } else { all };
                speaks.weight /= f64::from(u32::try_from(sharers).unwrap_or(u32::MAX));
            }
        }
        cues
    }
}
