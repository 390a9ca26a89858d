//! Who holds the lever, as far as the sentences that speak for a link say it.
//!
//! A few rules speak of what is plain, a trained model of what it is sure of. Neither reads the words of
//! others, nor questions. Where neither speaks, or two sentences disagree, the side stays unclear, for a
//! wrong side turns the lesson of a deal round.

mod rules;
mod trained;
mod voice;

use super::features::Word;
use super::text::Text;
use crate::playbook::{Note, Side};
use rules::{OfConcept, Rules};
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

    /// Who holds the lever of a concept: by what any sentence that speaks for it says plainly, else by what those that show it
    /// foremost are likely to mean.
    pub(super) fn of_text(
        &self,
        concept: &str,
        note: &Note,
        text: &Text,
        speaking: &[usize],
        foremost: &[usize],
    ) -> Side {
        if let Some(rules) = self.rules.of_concept(concept) {
            let sentences = speaking.iter().chain(foremost);
            let mut plain = sentences.filter_map(|&index| plainly(rules, note, text, index)).peekable();
            if plain.peek().is_some() {
                return agreed(plain);
            }
        }
        let own = foremost.iter().filter(|&&index| voice::own_words(note, text, index).is_some());
        let judged = own.filter_map(|&index| {
            let words = text.words_of(&text.sentences[index]).iter().map(|word| text.seen(word));
            self.trained.of_sentence(concept, &words.collect::<Vec<Word>>())
        });
        agreed(judged)
    }
}

/// Who holds it by the rules, if the sentence is in the note's own words.
fn plainly(rules: &OfConcept, note: &Note, text: &Text, index: usize) -> Option<Side> {
    let words: Vec<&str> =
        text.words_of(&text.sentences[index]).iter().map(|word| text.folded(word)).collect();
    // Few sentences hold a phrase, so only of those it is asked whose words they are.
    rules.of_sentence(&words)?;
    rules.of_sentence(&voice::own_words(note, text, index)?)
}

/// The side that all name.
fn agreed(mut sides: impl Iterator<Item = Side>) -> Side {
    let Some(first) = sides.next() else { return Side::Unclear };
    if sides.all(|side| side == first) { first } else { Side::Unclear }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linker::eval::GoldNote;
    use crate::linker::features::Lexicon;
    use crate::linker::phrases::Phrases;
    use crate::linker::text::Vocabulary;

    fn note(text: &str) -> Note {
        GoldNote { id: "note".to_owned(), title: None, text: text.to_owned(), principles: Vec::new() }.note()
    }

    /// The note with its text and the indices of all its sentences.
    fn read(text: &str, vocabulary: &Vocabulary, lexicon: &Lexicon) -> (Note, Text, Vec<usize>) {
        let note = note(text);
        let text = Text::read(&note, vocabulary, lexicon, &Phrases::default());
        let all = (0..text.sentences.len()).collect();
        (note, text, all)
    }

    #[test]
    fn what_others_say_of_themselves_leaves_the_side_unclear() {
        let (sides, vocabulary, lexicon) = (Sides::embedded(), Vocabulary::new(), Lexicon::embedded());
        for (concept, text, expected) in [
            ("timing", "We can wait until spring.", Side::Ours),
            ("timing", "\"We can't wait beyond June,\" their director said.", Side::Unclear),
            ("timing", "“We can’t wait beyond June.”", Side::Unclear),
            ("timing", "We can't wait beyond June, their director said.", Side::Unclear),
            (
                "timing",
                "Her answer is in:\n\n> We are in no hurry and we can wait until spring.\n",
                Side::Unclear,
            ),
            ("timing", "Her answer is in:\n\n> - We can wait until spring.\n", Side::Unclear),
            ("timing", "JOOP (Kramer): We cannot wait.", Side::Unclear),
            ("timing", "Joop: Good morning.\nKlaas: We cannot wait.\n", Side::Unclear),
            ("timing", "- Joop: We cannot wait.\n- noted\n", Side::Unclear),
            ("timing", "**Joop:** We cannot wait. The oven is cold on Monday.", Side::Unclear),
            ("timing", "Ines (us): We can wait.", Side::Ours),
            ("timing", "Me: We can wait.", Side::Ours),
            ("timing", "— We cannot wait, not a day.", Side::Unclear),
            (
                "alternatives",
                "From: Joop Kramer\nTo: Ines\n\nWe have another buyer and could walk away.",
                Side::Unclear,
            ),
            (
                "alternatives",
                "From: Joop Kramer\nTo: Ines\n\nSee below.\n\n# What we know\n\nWe have another buyer.",
                Side::Ours,
            ),
            ("alternatives", "On Monday, Joop Kramer wrote:\n\nWe have another buyer.", Side::Unclear),
            ("timing", "We can't wait to show them the hall.", Side::Unclear),
            ("timing", "We had time to kill.", Side::Unclear),
            ("timing", "Can it be that we can wait?", Side::Unclear),
            ("timing", "They were sure we could not wait.", Side::Unclear),
            ("timing", "We can wait if the bank agrees.", Side::Unclear),
            ("need", "Their \"final\" word: they need the money before June.", Side::Ours),
            ("timing", "We can wait. They can wait.", Side::Unclear),
        ] {
            let (note, read, all) = read(text, &vocabulary, &lexicon);
            assert_eq!(sides.of_text(concept, &note, &read, &[], &all), expected, "{text}");
        }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the passages stand in the repository, beside the crate")]
    fn the_passages_of_all_hands_seldom_contradict_the_rules() {
        let (sides, vocabulary, lexicon) = (Sides::embedded(), Vocabulary::new(), Lexicon::embedded());
        let folder = format!("{}/training/passages", env!("CARGO_MANIFEST_DIR"));
        let files = std::fs::read_dir(folder).expect("the training data stand in the repository");
        let (mut marked, mut right, mut wrong) = (0, 0, Vec::new());
        for file in files {
            let passages = std::fs::read_to_string(file.expect("it is there").path()).expect("it is text");
            for line in passages.lines() {
                let fields: Vec<&str> = line.split('\t').collect();
                let [concept, side @ ("ours" | "theirs"), text] = fields[..] else { continue };
                marked += 1;
                let (note, read, all) = read(text, &vocabulary, &lexicon);
                let plain = all
                    .into_iter()
                    .filter_map(|index| plainly(sides.rules.of_concept(concept)?, &note, &read, index));
                match agreed(plain) {
                    Side::Unclear => {}
                    found if found.as_str() == side => right += 1,
                    _ => wrong.push(text.to_owned()),
                }
            }
        }
        // How seldom they speak of such passages stands in `docs/linking.md`.
        assert!(marked > 7000 && right >= 20 && wrong.len() * 20 <= right, "{right} of {marked}: {wrong:#?}");
    }
}
