//! Who holds the lever, as far as the sentences that speak for a link say it.
//!
//! A few rules speak of what is plain, a trained model of what it is sure of. Where neither does, or two
//! sentences disagree, the side stays unclear, for a wrong side turns the lesson of a deal round.

mod rules;
mod trained;

use super::features::Word;
use super::text::Text;
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
    pub(super) fn of_text(&self, concept: &str, text: &Text, chosen: &[usize]) -> Side {
        if let Some(rules) = self.rules.of_concept(concept) {
            let words: Vec<&str> = text.words.iter().map(|word| text.folded(word)).collect();
            let plainly =
                text.sentences.iter().map(|sentence| rules.of_sentence(&words[sentence.words.clone()]));
            let mut plain = plainly.flatten().peekable();
            if plain.peek().is_some() {
                return agreed(plain);
            }
        }
        let judged = chosen.iter().map(|&index| {
            let words = text.words_of(&text.sentences[index]).iter().map(|word| text.seen(word));
            self.trained.of_sentence(concept, &words.collect::<Vec<Word>>())
        });
        agreed(judged.filter(|side| matches!(side, Side::Ours | Side::Theirs)))
    }
}

/// The side that all name.
fn agreed(mut sides: impl Iterator<Item = Side>) -> Side {
    let Some(first) = sides.next() else { return Side::Unclear };
    if sides.all(|side| side == first) { first } else { Side::Unclear }
}
