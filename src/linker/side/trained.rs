//! A small trained model of who holds the lever, which speaks only where it is sure.
//!
//! It knows words, neighbours, and what stands behind *we*, *they* and a negation (`training/`).

use crate::linker::features::{START, Word, closing, hash, mix, opening};
use crate::linker::weights::{Tensors, softmax};
use crate::playbook::Side;

/// The classes of the model, in its order.
const SIDES: [Side; 4] = [Side::Ours, Side::Theirs, Side::Mutual, Side::Unclear];
const BITS: u32 = 15;
/// How often it is right when it is so sure stands in `docs/linking.md`.
const SURE: f64 = 0.9;
const FILE: &[u8] = include_bytes!("trained.safetensors");

/// The weights, and the words to look for.
pub(super) struct Trained {
    rows: Vec<[i8; SIDES.len()]>,
    scale: [f64; SIDES.len()],
    bias: [f64; SIDES.len()],
}

impl Trained {
    /// The model that is built in.
    pub(super) fn embedded() -> Self {
        // The file is part of the program; a test reads all of it.
        Self::read(FILE).expect("the built-in model is whole")
    }

    fn read(file: &[u8]) -> Option<Self> {
        let tensors = Tensors::read(file)?;
        let rows = tensors.rows::<{ SIDES.len() }, { SIDES.len() }>("weights")?;
        (rows.len() == 1 << BITS).then_some(())?;
        Some(Self { rows, scale: tensors.numbers("scale")?, bias: tensors.numbers("bias")? })
    }

    /// Who holds the lever by one sentence, if the model is sure.
    pub(super) fn of_sentence(&self, concept: &str, words: &[Word]) -> Side {
        let probability = self.judge(concept, words);
        let sure = SIDES.into_iter().zip(probability).find(|&(_, probability)| probability >= SURE);
        sure.map_or(Side::Unclear, |(side, _)| side)
    }

    fn judge(&self, concept: &str, words: &[Word]) -> [f64; SIDES.len()] {
        let mut sums = [0_i32; SIDES.len()];
        let mut features = 0_i32;
        each_feature(concept, words, |feature| {
            features += 1;
            for (sum, weight) in sums.iter_mut().zip(self.rows[(feature >> (32 - BITS)) as usize]) {
                *sum += i32::from(weight);
            }
        });
        let unit = 1.0 / libm::sqrt(f64::from(features.max(1)));
        let log_odds: [f64; SIDES.len()] =
            std::array::from_fn(|side| f64::from(sums[side]) * unit * self.scale[side] + self.bias[side]);
        softmax(log_odds).0
    }
}

/// What `side_hashes` of `training/features.py` lists, in the same order.
fn each_feature(concept: &str, words: &[Word], mut found: impl FnMut(u32)) {
    let concept = hash(hash(START, b"l"), concept.as_bytes());
    let (opening, closing) = (opening(), closing());
    for word in words {
        found(mix(10, concept, word.own));
    }
    for index in 0..=words.len() {
        let before = index.checked_sub(1).map_or(&opening, |before| &words[before]);
        let after = words.get(index).unwrap_or(&closing);
        found(mix(11, before.own, after.own));
    }
    let mut spoken = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let negates = word.text.ends_with("n't");
        if !negates && !is_trigger(word.text) {
            continue;
        }
        for (distance, after) in (1..=3).zip(&words[index + 1..]) {
            found(mix(11 + distance, word.own, after.own));
            found(mix(14 + distance, word.own, after.class(2)));
            found(mix(17 + distance, mix(9, concept, word.own), after.class(1)));
        }
        if let Some(before) = index.checked_sub(1) {
            found(mix(21, words[before].own, word.own));
        }
        if !negates {
            spoken.push(word.own);
        }
    }
    let edge = opening.own;
    let mut before = edge;
    for &own in spoken.iter().chain([&edge]) {
        found(mix(22, before, own));
        before = own;
    }
    let first = spoken.first().copied().unwrap_or(edge);
    let last = spoken.last().copied().unwrap_or(edge);
    for feature in
        [mix(23, first, edge), mix(24, last, edge), mix(25, concept, edge), mix(26, concept, first)]
    {
        found(feature);
    }
}

/// Whether a word says of whom a sentence speaks, or turns it round.
fn is_trigger(word: &str) -> bool {
    matches!(
        word,
        "we" | "our"
            | "us"
            | "i"
            | "my"
            | "me"
            | "they"
            | "their"
            | "them"
            | "he"
            | "she"
            | "his"
            | "her"
            | "it"
            | "its"
            | "you"
            | "your"
            | "not"
            | "no"
            | "nobody"
            | "only"
            | "never"
            | "without"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linker::features::Lexicon;
    use crate::linker::text::scan;

    #[derive(serde::Deserialize)]
    struct Reference {
        text: String,
        side_features: Vec<u32>,
        side: Vec<f64>,
    }

    fn words(text: &str) -> Vec<String> {
        let mut words = Vec::new();
        scan(text, |word, _, _| words.push(word.to_owned()));
        words
    }

    #[test]
    fn agrees_with_the_training_program() {
        let cases: Vec<Reference> = serde_json::from_str(include_str!("../signals/reference.json")).unwrap();
        let (model, lexicon) = (Trained::embedded(), Lexicon::embedded());
        for case in cases.iter().filter(|case| !case.side.is_empty()) {
            let folded = words(&case.text);
            let words: Vec<Word> = folded.iter().map(|word| lexicon.word(word)).collect();
            let mut features = Vec::new();
            each_feature("timing", &words, |feature| features.push(feature));
            assert!(features.ends_with(&case.side_features), "{}", case.text);
            for (p, expected) in model.judge("timing", &words).iter().zip(&case.side) {
                assert!((p - expected).abs() < 1e-5, "{}: {p} is not {expected}", case.text);
            }
        }
    }
}
