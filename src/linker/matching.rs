//! Which concept of the library a principle of the user is.
//!
//! In come a principle, the library and its statistics; out comes a concept or none. A name decides, unless
//! the principle's own text is plainly about something else; without a known name the text may decide, with caution.

use super::library::{self, Library, Name, Namesake};
use super::phrases::Phrases;
use super::score::Fusion;
use super::signals::{Measured, SIGNALS, Signal, Signals, passages, words};
use super::text::{Text, Vocabulary};
use crate::playbook::Principle;

/// What matches principles to concepts.
pub(super) struct Matching<'a> {
    pub(super) library: &'a Library,
    pub(super) vocabulary: &'a Vocabulary,
    pub(super) idle: &'a Phrases,
    /// Of the library's concepts alone.
    pub(super) signals: &'a Signals,
    pub(super) fusion: &'a Fusion,
}

impl Matching<'_> {
    /// The concept of the library that a principle is, by its name or, with caution, by what its text says.
    pub(super) fn subject(&self, principle: &Principle) -> Option<usize> {
        let Some(named) = library::match_by_name(principle, self.library, self.vocabulary) else {
            return self.by_text(&library::texts_of(principle), None);
        };
        let mut texts = library::texts_of(principle);
        texts.retain(|text| *text != principle.title);
        // What a principle says of itself counts more than one of several names.
        let told = if named.name == Name::Own { None } else { self.by_text(&texts, Some(named.subject)) };
        told.or_else(|| self.fits(&texts, &named).then_some(named.subject))
    }

    /// Whether a text can be about the concept whose name it stands under. "Power: 63 A is the limit; label every breaker" is not.
    fn fits(&self, texts: &[String], named: &Namesake) -> bool {
        /// Fewer words may speak of the concept in a way that is not known.
        const TELLING: usize = 10;
        const TELLING_OF_EVERYDAY: usize = 5;
        /// Real descriptions of concepts have 10 and more, texts about other things under one of their names 7 at most.
        const LEAST_WORDS: f64 = 8.0;
        /// What a sentence of a note has by chance.
        const LEAST_PASSAGES: f64 = 0.04;
        let (enough, least_passages) = match named.name {
            Name::Own | Name::Other => (TELLING, LEAST_PASSAGES),
            Name::Everyday => (TELLING_OF_EVERYDAY, 2.0 * LEAST_PASSAGES),
        };
        let mut text =
            Text::of(texts.iter().map(String::as_str), self.vocabulary, self.signals.lexicon(), self.idle);
        // A name of several words is hardly used for anything else.
        if named.stems.len() > 1 || text.words.len() < enough || !text.is_understood() {
            return true;
        }
        // Its own name says nothing about what is meant by it.
        text.forget(&named.stems, self.vocabulary);
        let measured = |signal: &Signal| {
            (signal.measure)(self.signals, &text).features[named.subject * signal.features.len()]
        };
        measured(&words::SIGNAL) >= LEAST_WORDS || measured(&passages::SIGNAL) >= least_passages
    }

    /// A text that plainly describes one concept, and no other, is of that concept. `named` is one whose name it happens to have.
    fn by_text(&self, texts: &[String], named: Option<usize>) -> Option<usize> {
        const PLAIN: f64 = 0.6;
        const RIVAL: f64 = 0.15;
        const TELLING: usize = 10;
        let text =
            Text::of(texts.iter().map(String::as_str), self.vocabulary, self.signals.lexicon(), self.idle);
        if text.words.len() < TELLING {
            return None;
        }
        let measured: Vec<Measured> =
            SIGNALS.iter().map(|signal| (signal.measure)(self.signals, &text)).collect();
        let best_two = |score: &dyn Fn(usize) -> f64| {
            let mut scores: Vec<(f64, usize)> =
                (0..self.signals.subjects).map(|subject| (score(subject), subject)).collect();
            scores.sort_by(|a, b| b.0.total_cmp(&a.0));
            // The concept that it shares a name with is no rival: texts of that name speak for it without fail.
            let rival = scores.iter().skip(1).find(|(_, subject)| Some(*subject) != named)?.0;
            Some((*scores.first()?, rival))
        };
        let joined = |subject| self.fusion.score(&measured, subject, true).probability;
        let ((joined, subject), rival) = best_two(&joined)?;
        // A description is no note: the trained model may mistake it, so every signal must agree by itself.
        let agree = SIGNALS.iter().zip(&measured).all(|(signal, measured)| {
            let width = signal.features.len();
            let best = best_two(&|subject| measured.features[subject * width]);
            // Beside the concept of its name, to be as good as any other is agreement enough.
            let ties = named.is_some()
                && best.is_some_and(|((score, _), _)| measured.features[subject * width] >= score);
            best.is_some_and(|((score, best), _)| (best == subject || ties) && score > 0.0)
        });
        (agree && joined >= PLAIN && rival <= RIVAL).then_some(subject)
    }
}
