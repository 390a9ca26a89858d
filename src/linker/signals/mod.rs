//! The kinds of sign that speak for a link, one file each.
//!
//! In comes the text of a note; out come, for every subject, a few numbers that `score` joins, and for
//! a sentence the words that spoke. A subject is a concept of the library or a principle that is none.
//! To add a signal, write a file, register it below, and fit the fusion anew (`training/`).

pub(super) mod cues;
pub(super) mod passages;
pub(super) mod words;

use std::sync::Arc;

pub(super) use passages::Model;

use super::features::Lexicon;
use super::library::Subject;
use super::text::{Sentence, Text, Vocabulary};

/// What speaks for a link, in the order in which `explain` shows it.
pub(super) const SIGNALS: &[Signal] = &[passages::SIGNAL, words::SIGNAL, cues::SIGNAL];

/// One kind of sign.
pub(super) struct Signal {
    /// Its name in reasons and explanations.
    pub(super) name: &'static str,
    /// The names of its features, in the order in which [`Measured::features`] has them.
    pub(super) features: &'static [&'static str],
    /// What a note's text says for every subject.
    pub(super) measure: fn(&Signals, &Text) -> Measured,
    /// Adds to each word of a sentence what it says for one subject, in log-odds of the sentence.
    pub(super) weigh: fn(&Signals, &Text, &Sentence, usize, &mut [f64]),
}

/// What a signal found in a note.
pub(super) struct Measured {
    /// By subject, then by feature.
    pub(super) features: Vec<f64>,
    pub(super) strengths: Strengths,
}

/// How strongly each sentence speaks for a subject, from 0 to about 1. A note may hold a million sentences and a
/// leverage document hundreds of principles, so nothing is kept for a pair that says nothing.
pub(super) enum Strengths {
    /// The signal does not judge sentences.
    None,
    /// By sentence, then by concept of the library, in its order.
    OfConcepts(Vec<[f32; passages::CONCEPTS]>),
    /// Sentence, subject and strength, for what was found.
    Found(Vec<(usize, usize, f64)>),
}

impl Strengths {
    /// Each sentence that speaks for a subject, and how strongly; a sentence may come twice.
    pub(super) fn of(&self, subject: usize) -> impl Iterator<Item = (usize, f64)> {
        let (concepts, found) = match self {
            Self::None => (&[][..], &[][..]),
            Self::OfConcepts(rows) => (rows.as_slice(), &[][..]),
            Self::Found(found) => (&[][..], found.as_slice()),
        };
        let dense = concepts
            .iter()
            .enumerate()
            .filter_map(move |(sentence, row)| Some((sentence, f64::from(*row.get(subject)?))));
        let sparse = found
            .iter()
            .filter(move |(_, other, _)| *other == subject)
            .map(|&(sentence, _, strength)| (sentence, strength));
        dense.chain(sparse)
    }

    /// Whether a sentence shows no other concept more than this one, as far as all concepts were judged.
    pub(super) fn is_foremost(&self, sentence: usize, concept: usize) -> bool {
        let Self::OfConcepts(rows) = self else { return true };
        rows[sentence].get(concept).is_some_and(|own| rows[sentence].iter().all(|other| other <= own))
    }
}

/// The statistics of all signals, prepared once.
pub(super) struct Signals {
    pub(super) subjects: usize,
    passages: Arc<Model>,
    words: words::Words,
    cues: cues::Cues,
}

impl Signals {
    /// The model is large and the same for all, so it is read once.
    pub(super) fn new(subjects: &[Subject], model: &Arc<Model>, vocabulary: &mut Vocabulary) -> Self {
        Self {
            subjects: subjects.len(),
            passages: Arc::clone(model),
            words: words::Words::new(subjects, vocabulary),
            cues: cues::Cues::new(subjects, vocabulary),
        }
    }

    /// The words that the trained models have classes for.
    pub(super) fn lexicon(&self) -> &Lexicon {
        self.passages.lexicon()
    }
}
