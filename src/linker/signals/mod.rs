//! The kinds of sign that speak for a link, one file each.
//!
//! In comes the text of a note; out come, for every subject, a few numbers that `score` joins, and for
//! a sentence the words that spoke. A subject is a concept of the library or a principle that is none.
//! To add a signal, write a file, register it below, and fit the fusion anew (`training/`).

pub(super) mod cues;
pub(super) mod passages;
pub(super) mod words;

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
    /// By sentence, then by subject: how strongly the sentence speaks for it, from 0 to about 1.
    /// Empty if the signal does not judge sentences.
    pub(super) sentences: Vec<f64>,
}

/// The statistics of all signals, prepared once.
pub(super) struct Signals {
    pub(super) subjects: usize,
    passages: passages::Model,
    words: words::Words,
    cues: cues::Cues,
}

impl Signals {
    pub(super) fn new(subjects: &[Subject], vocabulary: &mut Vocabulary) -> Self {
        Self {
            subjects: subjects.len(),
            passages: passages::Model::embedded(),
            words: words::Words::new(subjects, vocabulary),
            cues: cues::Cues::new(subjects, vocabulary),
        }
    }

    /// The words that the trained models have classes for.
    pub(super) fn lexicon(&self) -> &Lexicon {
        self.passages.lexicon()
    }
}
