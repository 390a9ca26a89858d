//! Passages: a linear model of words, letters, classes of words and neighbours, trained on thousands of
//! passages that show a principle or none (`training/`). It knows the concepts of the library only.
//!
//! Each sentence is judged alone and together with the one before it, for what a sentence shows often
//! needs its neighbour to be understood. All sums are of whole numbers, so their order does not matter
//! and every platform agrees.

use std::sync::OnceLock;

use super::{Measured, Signal, Signals};
use crate::linker::features::{Lexicon, Word, each_pair};
use crate::linker::numbers::count;
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
    /// By number in the lexicon: what the word says by itself, summed when it is first met.
    known: Vec<OnceLock<Box<Spoken>>>,
}

/// The weights of one block of features.
struct Weights {
    /// From a hash of 32 bits to a bucket.
    shift: u32,
    rows: Vec<[i8; ROW]>,
    idf: Vec<u8>,
}

/// A sum of rows, times their idf, and of the squares of the idf.
#[derive(Clone, Copy, Default)]
struct Sum {
    rows: [i32; ROW],
    squares: i64,
}

/// What a stretch of text says, by block.
type Spoken = [Sum; BITS.len()];

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
        words.extend(text.words_of(sentence).iter().map(|word| model.lexicon.word(text.folded(word))));
        let spoken = model.sum(&words);
        let judgement = model.judge(&spoken);
        alone.add(&judgement, sentence.weight);
        let row = &mut sentences[index * signals.subjects..][..NONE];
        for (place, p) in row.iter_mut().zip(judgement.probability) {
            *place = p * sentence.weight;
        }
        let both = before.map_or(spoken, |before| join(&before, &spoken));
        paired.add(&model.judge(&both), sentence.weight);
        before = Some(spoken);
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
        let words: Vec<Word> =
            text.words_of(sentence).iter().map(|word| model.lexicon.word(text.folded(word))).collect();
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
        let rows = tensors.rows::<{ CLASSES.len() }, ROW>("weights")?;
        let idf = tensors.bytes("idf")?;
        let buckets: usize = BITS.iter().map(|bits| 1 << bits).sum();
        if rows.len() != buckets || idf.len() != buckets {
            return None;
        }
        let mut start = 0;
        let blocks = BITS.map(|bits| {
            let range = start..start + (1 << bits);
            start = range.end;
            Weights { shift: 32 - bits, rows: rows[range.clone()].to_vec(), idf: idf[range].to_vec() }
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
            match word.number {
                Some(number) => {
                    let known = self.known[number as usize].get_or_init(|| Box::new(self.sum_of_word(word)));
                    spoken = join(&spoken, known);
                }
                None => spoken = join(&spoken, &self.sum_of_word(word)),
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

    /// What a word says by itself.
    fn sum_of_word(&self, word: &Word) -> Spoken {
        let mut spoken = Spoken::default();
        self.blocks[0].add(word.own, &mut spoken[0]);
        word.each_letter_group(|group| self.blocks[1].add(group, &mut spoken[1]));
        for class in word.classes() {
            self.blocks[2].add(class, &mut spoken[2]);
        }
        spoken
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
        let spoken = self.sum(words);
        let mut say = |block: usize, feature: u32, places: &[usize]| {
            let (idf, row) = self.blocks[block].get(feature);
            let unit = TEMPERATURE * self.scale[class] * unit(block, spoken[block].squares);
            let share = unit * f64::from(idf) * f64::from(row[class]) / count(places.len().max(1));
            for &place in places {
                if let Some(weight) = weights.get_mut(place) {
                    *weight += share;
                }
            }
        };
        for (index, word) in words.iter().enumerate() {
            say(0, word.own, &[index]);
            word.each_letter_group(|group| say(1, group, &[index]));
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
    }
}

impl Weights {
    fn get(&self, feature: u32) -> (u8, &[i8; ROW]) {
        let bucket = (feature >> self.shift) as usize;
        (self.idf[bucket], &self.rows[bucket])
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

/// What two stretches of text say together.
fn join(a: &Spoken, b: &Spoken) -> Spoken {
    let mut joined = *a;
    for (sum, more) in joined.iter_mut().zip(b) {
        sum.squares += more.squares;
        for (row, more) in sum.rows.iter_mut().zip(more.rows) {
            *row += more;
        }
    }
    joined
}

/// What one step of idf times weight is worth in a block of that many squared steps.
fn unit(block: usize, squares: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a few thousand squares of bytes stay far below 2^53")]
    let squares = squares as f64;
    SHARE[block] * IDF_STEP / (IDF_STEP * libm::sqrt(squares) + 1e-9)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linker::features::words;

    #[derive(serde::Deserialize)]
    struct Reference {
        text: String,
        words: Vec<String>,
        buckets: [Vec<u32>; BITS.len()],
        probabilities: Vec<f64>,
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
                word.each_letter_group(|group| features[1].push(group));
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
