//! Passages: a linear model of words, letters, classes of words and neighbours, trained on thousands of
//! passages that show a principle or none (`training/`). It knows the concepts of the library only.
//!
//! Each sentence is judged alone and together with the one before it, for what a sentence shows often
//! needs its neighbour to be understood. All sums are of whole numbers, so their order does not matter
//! and every platform agrees.

use std::sync::OnceLock;

use super::{Measured, Signal, Signals};
use crate::linker::features::{Lexicon, Pair, Word, closing, opening};
use crate::linker::text::{Sentence, Text};
use crate::linker::weights::{Tensors, softmax};

pub(super) const SIGNAL: Signal = Signal {
    name: "passages",
    features: &["mean", "any", "log_mean", "lead", "none", "pair_mean", "pair_log_mean", "pair_best"],
    measure,
    weigh,
};

/// The classes of the model, in its order: the library's concepts, then none.
pub(in crate::linker) const CLASSES: [&str; 14] = [
    "information",
    "timing",
    "alternatives",
    "relationships",
    "power",
    "expertise-and-reputation",
    "dependency",
    "need",
    "emotional-control",
    "communication",
    "social-standards",
    "confidence-and-clarity",
    "concessions",
    "none",
];

const NONE: usize = CLASSES.len() - 1;
/// A row of weights is padded to a power of two, which the compiler turns into wide additions.
const ROW: usize = 16;
/// Where in a row its idf stands.
const IDF: usize = CLASSES.len();
/// What `training/features.py` calls by the same names: words and pairs; letters; classes; pairs of classes.
const BITS: [u32; 4] = [16, 16, 14, 17];
const SHARE: [f64; 4] = [1.0, 1.0, 0.6, 1.0];
const IDF_STEP: f64 = 0.04;
const TEMPERATURE: f64 = 3.0;
const FILE: &[u8] = include_bytes!("passages.safetensors");

/// The weights, ready to be added up.
pub(in crate::linker) struct Model {
    lexicon: Lexicon,
    blocks: [Weights; BITS.len()],
    scale: [f64; CLASSES.len()],
    bias: [f64; CLASSES.len()],
    /// By number in the lexicon: what the word says by itself, found out when it is first met.
    known: Vec<OnceLock<Box<Alone>>>,
}

/// The weights of one block of features.
struct Weights {
    /// From a hash of 32 bits to a bucket.
    shift: u32,
    /// Behind the weights of the classes stands the idf, so that one look at memory gives both.
    rows: Vec<[i8; ROW]>,
}

/// A sum of rows, times their idf, and of the squares of the idf.
#[derive(Clone, Copy, Default)]
struct Sum {
    rows: [i32; ROW],
    squares: i64,
}

/// What a stretch of text says, by block.
type Spoken = [Sum; BITS.len()];

/// A word by itself.
struct Alone {
    /// What it says: all but its neighbours, which are the last block.
    spoken: [Sum; BITS.len() - 1],
    letter_groups: Vec<u32>,
}

/// The probability of each class and its logarithm.
struct Judgement {
    probability: [f64; CLASSES.len()],
    log: [f64; CLASSES.len()],
}

/// Weighted means over the sentences, by class.
#[derive(Default)]
struct Means {
    probability: [f64; CLASSES.len()],
    log: [f64; CLASSES.len()],
    best: [f64; CLASSES.len()],
    /// The probability that no sentence shows it.
    nowhere: [f64; CLASSES.len()],
    total: f64,
}

fn measure(signals: &Signals, text: &Text) -> Measured {
    let model = &signals.passages;
    let width = SIGNAL.features.len();
    let mut sentences = vec![0.0; text.sentences.len() * signals.subjects];
    let mut alone = Means::new();
    let mut paired = Means::new();
    let mut before: Option<Spoken> = None;
    let mut words: Vec<Word> = Vec::new();
    for (index, sentence) in text.sentences.iter().enumerate() {
        words.clear();
        words.extend(text.words_of(sentence).iter().map(|word| text.seen(word)));
        let spoken = model.sum(&words);
        let judgement = model.judge(&spoken);
        alone.add(&judgement, sentence.weight);
        let row = &mut sentences[index * signals.subjects..][..NONE];
        for (place, p) in row.iter_mut().zip(judgement.probability) {
            *place = p * sentence.weight;
        }
        match before.replace(spoken) {
            Some(mut both) => {
                add(&mut both, &spoken);
                paired.add(&model.judge(&both), sentence.weight);
            }
            None => paired.add(&judgement, sentence.weight),
        }
    }
    let mut features = vec![0.0; signals.subjects * width];
    if alone.total > 0.0 {
        let mean = alone.probability.map(|sum| sum / alone.total);
        for (subject, features) in features.chunks_exact_mut(width).enumerate() {
            if subject < NONE {
                let rival = (0..NONE).filter(|&other| other != subject).map(|other| mean[other]);
                features.copy_from_slice(&[
                    mean[subject],
                    1.0 - alone.nowhere[subject],
                    alone.log[subject] / alone.total,
                    mean[subject] - rival.fold(0.0, f64::max),
                    mean[NONE],
                    paired.probability[subject] / paired.total,
                    paired.log[subject] / paired.total,
                    paired.best[subject],
                ]);
            } else {
                features[4] = mean[NONE];
            }
        }
    }
    Measured { features, sentences }
}

/// Each feature's share of the sentence's log-odds, divided among the words that it was made of.
fn weigh(signals: &Signals, text: &Text, sentence: &Sentence, subject: usize, weights: &mut [f64]) {
    if subject < NONE {
        let model = &signals.passages;
        let words: Vec<Word> = text.words_of(sentence).iter().map(|word| text.seen(word)).collect();
        model.weigh(&words, subject, weights);
    }
}

impl Model {
    /// The model that is built in.
    pub(super) fn embedded() -> Self {
        // The file is part of the program; a test reads all of it.
        Self::read(FILE).expect("the built-in model is whole")
    }

    /// The words that the model has classes for.
    pub(in crate::linker) fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }

    fn read(file: &[u8]) -> Option<Self> {
        let tensors = Tensors::read(file)?;
        let mut rows = tensors.rows::<{ CLASSES.len() }, ROW>("weights")?;
        let idf = tensors.bytes("idf")?;
        let buckets: usize = BITS.iter().map(|bits| 1 << bits).sum();
        if rows.len() != buckets || idf.len() != buckets {
            return None;
        }
        for (row, idf) in rows.iter_mut().zip(idf) {
            row[IDF] = idf.cast_signed();
        }
        let mut start = 0;
        let blocks = BITS.map(|bits| {
            let range = start..start + (1 << bits);
            start = range.end;
            Weights { shift: 32 - bits, rows: rows[range].to_vec() }
        });
        let lexicon = Lexicon::embedded();
        let known = (0..lexicon.len()).map(|_| OnceLock::new()).collect();
        Some(Self {
            lexicon,
            blocks,
            scale: tensors.numbers("scale")?,
            bias: tensors.numbers("bias")?,
            known,
        })
    }

    /// What the words of a sentence say together.
    fn sum(&self, words: &[Word]) -> Spoken {
        let mut spoken = Spoken::default();
        for word in words {
            match self.known(word) {
                Some(known) => add(&mut spoken, &known.spoken),
                None => add(&mut spoken, &self.alone(word).spoken),
            }
        }
        each_pair(words, |pair, _| {
            self.blocks[0].add(pair.words, &mut spoken[0]);
            for class in pair.classes {
                self.blocks[3].add(class, &mut spoken[3]);
            }
        });
        spoken
    }

    /// A word of the lexicon by itself.
    fn known(&self, word: &Word) -> Option<&Alone> {
        let known = &self.known[word.number? as usize];
        Some(known.get_or_init(|| Box::new(self.alone(word))))
    }

    /// A word by itself.
    fn alone(&self, word: &Word) -> Alone {
        let letter_groups = word.letter_groups();
        let mut spoken = [Sum::default(); BITS.len() - 1];
        self.blocks[0].add(word.own, &mut spoken[0]);
        for group in &letter_groups {
            self.blocks[1].add(*group, &mut spoken[1]);
        }
        for class in word.classes() {
            self.blocks[2].add(class, &mut spoken[2]);
        }
        Alone { spoken, letter_groups }
    }

    fn judge(&self, spoken: &Spoken) -> Judgement {
        let mut log_odds = [0.0; CLASSES.len()];
        let units: [f64; BITS.len()] = std::array::from_fn(|block| unit(block, spoken[block].squares));
        for (class, log_odds) in log_odds.iter_mut().enumerate() {
            let sum: f64 =
                spoken.iter().zip(units).map(|(sum, unit)| f64::from(sum.rows[class]) * unit).sum();
            *log_odds = TEMPERATURE * (self.scale[class] * sum + self.bias[class]);
        }
        let (probability, log) = softmax(log_odds);
        Judgement { probability, log }
    }

    fn weigh(&self, words: &[Word], class: usize, weights: &mut [f64]) {
        let mut heard: Vec<Heard> = Vec::with_capacity(words.len() * 32);
        let mut squares = [0; BITS.len()];
        let mut say = |block: usize, feature: u32, places: &[usize]| {
            let (idf, row) = self.blocks[block].get(feature);
            squares[block] += i64::from(idf) * i64::from(idf);
            let first = places.first().copied().unwrap_or_default();
            heard.push(Heard { block, first, places: places.len(), idf, weight: row[class] });
        };
        for (index, word) in words.iter().enumerate() {
            say(0, word.own, &[index]);
            match self.known(word) {
                Some(known) => known.letter_groups.iter().for_each(|group| say(1, *group, &[index])),
                None => word.letter_groups().into_iter().for_each(|group| say(1, group, &[index])),
            }
            for class in word.classes() {
                say(2, class, &[index]);
            }
        }
        each_pair(words, |pair, places| {
            say(0, pair.words, places);
            for class in pair.classes {
                say(3, class, places);
            }
        });
        let units: [f64; BITS.len()] =
            std::array::from_fn(|block| TEMPERATURE * self.scale[class] * unit(block, squares[block]));
        for Heard { block, first, places, idf, weight } in heard {
            let share = units[block] * f64::from(idf) * f64::from(weight) / count(places);
            for weight in weights.iter_mut().skip(first).take(places) {
                *weight += share;
            }
        }
    }
}

/// A feature of some words that stand side by side, and what it says for one class.
struct Heard {
    block: usize,
    first: usize,
    places: usize,
    idf: u8,
    weight: i8,
}

impl Weights {
    fn get(&self, feature: u32) -> (u8, &[i8; ROW]) {
        let row = &self.rows[(feature >> self.shift) as usize];
        (row[IDF].cast_unsigned(), row)
    }

    fn add(&self, feature: u32, sum: &mut Sum) {
        let (idf, row) = self.get(feature);
        let idf = i16::from(idf);
        sum.squares += i64::from(idf) * i64::from(idf);
        // 255 times 127 fits in 16 bits, and short multiplications go eight at a time everywhere.
        for (sum, weight) in sum.rows.iter_mut().zip(row) {
            *sum += i32::from(idf * i16::from(*weight));
        }
    }
}

impl Means {
    fn new() -> Self {
        Self { nowhere: [1.0; CLASSES.len()], ..Self::default() }
    }

    fn add(&mut self, judgement: &Judgement, weight: f64) {
        self.total += weight;
        for class in 0..CLASSES.len() {
            let p = judgement.probability[class];
            self.probability[class] += weight * p;
            self.log[class] += weight * judgement.log[class].max(-20.0);
            self.best[class] = self.best[class].max(weight * p);
            self.nowhere[class] *= 1.0 - (p * weight).min(0.999);
        }
    }
}

/// Adds what another stretch of text says.
fn add(spoken: &mut Spoken, more: &[Sum]) {
    for (sum, more) in spoken.iter_mut().zip(more) {
        sum.squares += more.squares;
        for (row, more) in sum.rows.iter_mut().zip(more.rows) {
            *row += more;
        }
    }
}

/// What one step of idf times weight is worth in a block of that many squared steps.
fn unit(block: usize, squares: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a few thousand squares of bytes stay far below 2^53")]
    let squares = squares as f64;
    SHARE[block] * IDF_STEP / (IDF_STEP * libm::sqrt(squares) + 1e-9)
}

/// The neighbours in a sentence, its edges among them, each with the indices of its words.
fn each_pair(words: &[Word], mut found: impl FnMut(&Pair, &[usize])) {
    let (opening, closing) = (opening(), closing());
    for index in 0..=words.len() {
        let before = index.checked_sub(1).map_or(&opening, |before| &words[before]);
        let after = words.get(index).unwrap_or(&closing);
        let places = [index.wrapping_sub(1), index];
        let inside = usize::from(index == 0)..2 - usize::from(index == words.len());
        found(&Pair::of(before, after), places.get(inside).unwrap_or_default());
    }
}

fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number.max(1)).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linker::text::scan;

    #[derive(serde::Deserialize)]
    struct Reference {
        text: String,
        words: Vec<String>,
        buckets: [Vec<u32>; BITS.len()],
        probabilities: Vec<f64>,
    }

    fn words(text: &str) -> Vec<String> {
        let mut words = Vec::new();
        scan(text, |word, _, _| words.push(word.to_owned()));
        words
    }

    #[test]
    fn agrees_with_the_training_program() {
        let cases: Vec<Reference> = serde_json::from_str(include_str!("reference.json")).unwrap();
        let model = Model::embedded();
        for case in cases {
            let folded = words(&case.text);
            assert_eq!(folded, case.words, "{}", case.text);
            let words: Vec<Word> = folded.iter().map(|word| model.lexicon.word(word)).collect();
            let mut features: [Vec<u32>; BITS.len()] = Default::default();
            for word in &words {
                features[0].push(word.own);
                features[1].extend(word.letter_groups());
                features[2].extend(word.classes());
            }
            each_pair(&words, |pair, _| {
                features[0].push(pair.words);
                features[3].extend(pair.classes);
            });
            for ((found, expected), bits) in features.iter().zip(&case.buckets).zip(BITS) {
                let found: Vec<u32> = found.iter().map(|feature| feature >> (32 - bits)).collect();
                assert_eq!(&found[..expected.len()], expected, "{}", case.text);
            }
            let judgement = model.judge(&model.sum(&words));
            for (p, expected) in judgement.probability.iter().zip(&case.probabilities) {
                assert!((p - expected).abs() < 1e-5, "{}: {p} is not {expected}", case.text);
            }
        }
    }

    #[test]
    fn the_file_is_the_one_that_the_fusion_was_fitted_to() {
        let digest = blake3::hash(FILE).to_hex();
        assert_eq!(digest.as_str(), "eccfd67f646efa8d27972af9f24e971bc8b70ccc3a1b13d78fcb8bf15ca9c025");
    }

    #[test]
    fn the_words_of_a_sentence_account_for_its_score() {
        let model = Model::embedded();
        let folded = words("They cannot wait, the season opens in nine days and they cannot wait.");
        let words: Vec<Word> = folded.iter().map(|word| model.lexicon.word(word)).collect();
        let mut weights = vec![0.0; words.len()];
        model.weigh(&words, 1, &mut weights);
        let judgement = model.judge(&model.sum(&words));
        let nothing = model.judge(&Spoken::default());
        // The normaliser cancels between two classes.
        let mut others = vec![0.0; words.len()];
        model.weigh(&words, 2, &mut others);
        let sum = weights.iter().sum::<f64>() - others.iter().sum::<f64>();
        let log_odds = judgement.log[1] - judgement.log[2] - (nothing.log[1] - nothing.log[2]);
        assert!((sum - log_odds).abs() < 1e-9);
    }
}
