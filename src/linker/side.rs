//! Who holds the lever, as far as the sentences that speak for a link say it.
//!
//! A few rules speak of what is plain, a trained model of what it is sure of. Where neither does, or two
//! sentences disagree, the side stays unclear, for a wrong side turns the lesson of a deal round.

mod rules;
mod trained;

use super::features::{Lexicon, Word};
use super::text::{Sentence, Text};
use crate::playbook::Side;
use rules::Rules;
use trained::Trained;

/// All that is known about sides.
pub(super) struct Sides {
    rules: Rules,
    trained: Trained,
}

impl Sides {
    /// What is built in.
    pub(super) fn embedded() -> Self {
        Self { rules: Rules::embedded(), trained: Trained::embedded() }
    }

    /// Who holds the lever of a concept: by what any sentence says plainly, else by the sentences that were chosen to speak for it.
    pub(super) fn of_text(&self, lexicon: &Lexicon, concept: &str, text: &Text, chosen: &[usize]) -> Side {
        let words = |sentence: &Sentence| -> Vec<Word> {
            text.words_of(sentence).iter().map(|word| lexicon.word(text.folded(word))).collect()
        };
        let plainly = |sentence: &Sentence| {
            let words: Vec<&str> = text.words_of(sentence).iter().map(|word| text.folded(word)).collect();
            self.rules.of_sentence(concept, &words)
        };
        let mut plain = text.sentences.iter().filter_map(plainly).peekable();
        if plain.peek().is_some() {
            return agreed(plain);
        }
        let sentences = chosen.iter().map(|&index| &text.sentences[index]);
        let judged = sentences.map(|sentence| self.trained.of_sentence(concept, &words(sentence)));
        agreed(judged.filter(|side| matches!(side, Side::Ours | Side::Theirs)))
    }
}

/// The side that all name.
fn agreed(mut sides: impl Iterator<Item = Side>) -> Side {
    let Some(first) = sides.next() else { return Side::Unclear };
    if sides.all(|side| side == first) { first } else { Side::Unclear }
}
