//! Who holds the lever, as far as the sentences that speak for a link say it.
//!
//! A few rules speak of what is plain, a trained model of what it is sure of. Where neither does, or two
//! sentences disagree, the side stays unclear, for a wrong side turns the lesson of a deal round.

mod rules;
mod trained;

pub(super) use trained::Model;

use super::features::{Lexicon, Word};
use super::text::{Sentence, Text};
use crate::playbook::Side;

/// Who holds the lever by the sentences that speak for a concept.
pub(super) fn side(
    model: &Model,
    lexicon: &Lexicon,
    concept: &str,
    text: &Text,
    sentences: &[usize],
) -> Side {
    let mut found = Side::Unclear;
    for &index in sentences {
        match (found, of_sentence(model, lexicon, concept, text, &text.sentences[index])) {
            (_, Side::Unclear | Side::Mutual) => {}
            (Side::Unclear, side) => found = side,
            (known, side) if known == side => {}
            _ => return Side::Unclear,
        }
    }
    found
}

fn of_sentence(model: &Model, lexicon: &Lexicon, concept: &str, text: &Text, sentence: &Sentence) -> Side {
    let words: Vec<Word> =
        text.words_of(sentence).iter().map(|word| lexicon.word(text.folded(word))).collect();
    let plain: Vec<&str> = words.iter().map(|word| word.text).collect();
    rules::of_sentence(concept, &plain).unwrap_or_else(|| model.of_sentence(concept, &words))
}
