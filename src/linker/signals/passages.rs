//! Passages: a linear model of words, neighbouring words and letter groups, trained on thousands of
//! passages that show a principle or none (`training/`). It knows the concepts of the library only.
//!
//! All sums are of whole numbers, so their order does not matter and every platform agrees.

use super::{Measured, Signal, Signals};
use crate::linker::text::{Sentence, Text};

pub(super) const SIGNAL: Signal =
    Signal { name: "passages", features: &["mean", "any", "log_mean", "lead", "none"], measure, weigh };

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
const IDF_STEP: f64 = 0.04;
const TEMPERATURE: f64 = 3.0;
const FILE: &[u8] = include_bytes!("passages.safetensors");

/// The weights, ready to be added up.
pub(super) struct Model {
    /// From a hash of 32 bits to a bucket.
    shift: u32,
    weights: Vec<[i8; ROW]>,
    idf: Vec<u8>,
    scale: [f64; CLASSES.len()],
    bias: [f64; CLASSES.len()],
}

/// The probability of each class and its logarithm.
#[derive(Clone, Copy, Debug)]
struct Judgement {
    probability: [f64; CLASSES.len()],
    log: [f64; CLASSES.len()],
}

/// A sum of rows, each bucket once.
#[derive(Clone, Copy, Default)]
struct Block {
    sums: [i32; ROW],
    squares: i64,
}

/// Which buckets a block has seen; reused from sentence to sentence.
#[derive(Default)]
struct Seen {
    /// Open addressing: bucket and the turn in which it was seen.
    slots: Vec<(u32, u32)>,
    turn: u32,
}

fn measure(signals: &Signals, text: &Text) -> Measured {
    let model = &signals.passages;
    let width = SIGNAL.features.len();
    let mut seen = Seen::default();
    let mut sentences = vec![0.0; text.sentences.len() * signals.subjects];
    let mut mean = [0.0; CLASSES.len()];
    let mut nowhere = [1.0; CLASSES.len()];
    let mut log_mean = [0.0; CLASSES.len()];
    let mut total = 0.0;
    let mut words: Vec<&str> = Vec::new();
    for (index, sentence) in text.sentences.iter().enumerate() {
        words.clear();
        words.extend(text.words_of(sentence).iter().map(|word| text.folded(word)));
        let judgement = model.judge(&words, &mut seen);
        total += sentence.weight;
        for class in 0..CLASSES.len() {
            let p = judgement.probability[class];
            mean[class] += sentence.weight * p;
            nowhere[class] *= 1.0 - (p * sentence.weight).min(0.999);
            log_mean[class] += sentence.weight * judgement.log[class].max(-20.0);
        }
        let row = &mut sentences[index * signals.subjects..][..NONE];
        for (place, p) in row.iter_mut().zip(judgement.probability) {
            *place = p * sentence.weight;
        }
    }
    let mut features = vec![0.0; signals.subjects * width];
    if total > 0.0 {
        for class in 0..CLASSES.len() {
            mean[class] /= total;
            log_mean[class] /= total;
        }
        for (subject, features) in features.chunks_exact_mut(width).enumerate() {
            if subject < NONE {
                let rival = (0..NONE).filter(|&other| other != subject).map(|other| mean[other]);
                let rival = rival.fold(0.0, f64::max);
                features[..4].copy_from_slice(&[
                    mean[subject],
                    1.0 - nowhere[subject],
                    log_mean[subject],
                    mean[subject] - rival,
                ]);
            }
            features[4] = mean[NONE];
        }
    }
    Measured { features, sentences }
}

/// Each feature's share of the sentence's log-odds, divided among the words that it was made of.
fn weigh(signals: &Signals, text: &Text, sentence: &Sentence, subject: usize, weights: &mut [f64]) {
    if subject < NONE {
        let words: Vec<&str> = text.words_of(sentence).iter().map(|word| text.folded(word)).collect();
        signals.passages.weigh(&words, subject, weights);
    }
}

impl Model {
    /// The model that is built in.
    pub(super) fn embedded() -> Self {
        // The file is part of the program; a test reads all of it.
        Self::read(FILE).expect("the built-in model is whole")
    }

    fn read(file: &[u8]) -> Option<Self> {
        let (length, rest) = file.split_first_chunk::<8>()?;
        let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
        let header: serde_json::Value = serde_json::from_slice(rest.get(..length)?).ok()?;
        let content = rest.get(length..)?;
        let tensor = |name: &str| {
            let offsets = header.get(name)?.get("data_offsets")?;
            let at = |index: usize| usize::try_from(offsets.get(index)?.as_u64()?).ok();
            content.get(at(0)?..at(1)?)
        };
        let floats = |name: &str| {
            let (chunks, _) = tensor(name)?.as_chunks::<4>();
            let mut values = [0.0; CLASSES.len()];
            if chunks.len() != values.len() {
                return None;
            }
            for (value, bytes) in values.iter_mut().zip(chunks) {
                *value = f64::from(f32::from_le_bytes(*bytes));
            }
            Some(values)
        };
        let idf = tensor("idf")?.to_vec();
        let (rows, _) = tensor("weights")?.as_chunks::<{ CLASSES.len() }>();
        if !idf.len().is_power_of_two() || rows.len() != idf.len() {
            return None;
        }
        let pad = |row: &[u8; CLASSES.len()]| {
            let mut padded = [0; ROW];
            for (place, byte) in padded.iter_mut().zip(row) {
                *place = i8::from_le_bytes([*byte]);
            }
            padded
        };
        Some(Self {
            shift: 32 - idf.len().trailing_zeros(),
            weights: rows.iter().map(pad).collect(),
            idf,
            scale: floats("scale")?,
            bias: floats("bias")?,
        })
    }

    fn judge(&self, words: &[&str], seen: &mut Seen) -> Judgement {
        let blocks = [self.word_block(words, seen), self.letter_block(words, seen)];
        let mut log_odds = [0.0; CLASSES.len()];
        for (class, log_odds) in log_odds.iter_mut().enumerate() {
            let sum: f64 = blocks.iter().map(|block| f64::from(block.sums[class]) * block.unit()).sum();
            *log_odds = TEMPERATURE * (self.scale[class] * sum + self.bias[class]);
        }
        Judgement::new(log_odds)
    }

    fn word_block(&self, words: &[&str], seen: &mut Seen) -> Block {
        let mut block = Block::default();
        seen.clear(words.len() * 2 + 1);
        each_word_feature(words, |hash, _| self.add(hash, seen, &mut block));
        block
    }

    fn letter_block(&self, words: &[&str], seen: &mut Seen) -> Block {
        let mut block = Block::default();
        seen.clear(words.iter().map(|word| word.len() * 3).sum());
        for word in words {
            each_letter_group(word, |hash| self.add(hash, seen, &mut block));
        }
        block
    }

    fn add(&self, hash: u32, seen: &mut Seen, block: &mut Block) {
        let bucket = hash >> self.shift;
        if seen.insert(bucket) {
            let idf = i16::from(self.idf[bucket as usize]);
            block.squares += i64::from(idf) * i64::from(idf);
            // 255 times 127 fits in 16 bits, and short multiplications go eight at a time everywhere.
            for (sum, weight) in block.sums.iter_mut().zip(self.weights[bucket as usize]) {
                *sum += i32::from(idf * i16::from(weight));
            }
        }
    }

    fn weigh(&self, words: &[&str], class: usize, weights: &mut [f64]) {
        let mut parts: [Vec<(u32, usize)>; 2] = [Vec::new(), Vec::new()];
        each_word_feature(words, |hash, index| parts[0].push((hash >> self.shift, index)));
        for (index, word) in words.iter().enumerate() {
            each_letter_group(word, |hash| parts[1].push((hash >> self.shift, index)));
        }
        for part in &mut parts {
            part.sort_unstable();
            let by_bucket = || part.chunk_by(|a, b| a.0 == b.0);
            let idf = |bucket: u32| f64::from(self.idf[bucket as usize]);
            let squares: f64 = by_bucket().map(|group| idf(group[0].0) * idf(group[0].0)).sum();
            let unit = TEMPERATURE * self.scale[class] * unit(squares);
            for group in by_bucket() {
                let bucket = group[0].0;
                let share = unit * idf(bucket) * f64::from(self.weights[bucket as usize][class]);
                for &(_, index) in group {
                    if let Some(weight) = weights.get_mut(index) {
                        *weight += share / count(group.len());
                    }
                }
            }
        }
    }
}

impl Judgement {
    fn new(log_odds: [f64; CLASSES.len()]) -> Self {
        let highest = log_odds.iter().copied().fold(f64::MIN, f64::max);
        let total: f64 = log_odds.iter().map(|z| libm::exp(z - highest)).sum();
        let log = log_odds.map(|z| z - highest - libm::log(total));
        Self { probability: log.map(libm::exp), log }
    }
}

impl Block {
    fn unit(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a few thousand squares of bytes stay far below 2^53")]
        unit(self.squares as f64)
    }
}

impl Seen {
    /// Forgets all and makes room for so many buckets.
    fn clear(&mut self, most: usize) {
        let slots = (most * 2).next_power_of_two().max(256);
        self.turn = self.turn.wrapping_add(1);
        if self.slots.len() < slots || self.turn == 0 {
            self.slots = vec![(0, 0); slots.max(self.slots.len())];
            self.turn = 1;
        }
    }

    /// Whether the bucket is new.
    fn insert(&mut self, bucket: u32) -> bool {
        let mask = self.slots.len() - 1;
        let mut slot = bucket.wrapping_mul(0x9E37_79B1) as usize >> 8 & mask;
        loop {
            let (known, turn) = self.slots[slot];
            if turn != self.turn {
                self.slots[slot] = (bucket, self.turn);
                return true;
            }
            if known == bucket {
                return false;
            }
            slot = (slot + 1) & mask;
        }
    }
}

/// What one step of idf times weight is worth in a block of that many squared steps.
fn unit(squares: f64) -> f64 {
    IDF_STEP / (IDF_STEP * libm::sqrt(squares) + 1e-9)
}

/// The words and the pairs of neighbours, each with the index of a word that it is made of.
fn each_word_feature(words: &[&str], mut found: impl FnMut(u32, usize)) {
    let mut before = "<";
    for (index, word) in words.iter().copied().chain([">"]).enumerate() {
        if index < words.len() {
            found(hash(hash(START, b"w"), word.as_bytes()), index);
        }
        let pair = hash(hash(hash(hash(START, b"b"), before.as_bytes()), b" "), word.as_bytes());
        found(pair, index.min(words.len().saturating_sub(1)));
        if index > 0 && index < words.len() {
            found(pair, index - 1);
        }
        before = word;
    }
}

/// The groups of 3, 4 and 5 letters of `<word>`.
fn each_letter_group(word: &str, mut found: impl FnMut(u32)) {
    let start = hash(START, b"c");
    let letters = || std::iter::once('<').chain(word.chars()).chain(['>']);
    if word.is_ascii() {
        let mut bytes = [b'<'; 34];
        let Some(inside) = bytes.get_mut(1..=word.len()) else { return };
        inside.copy_from_slice(word.as_bytes());
        bytes[word.len() + 1] = b'>';
        for group in bytes[..word.len() + 2].windows(3) {
            found(hash(start, group));
        }
        for group in bytes[..word.len() + 2].windows(4) {
            found(hash(start, group));
        }
        for group in bytes[..word.len() + 2].windows(5) {
            found(hash(start, group));
        }
        return;
    }
    let letters: Vec<char> = letters().collect();
    for length in 3..=5 {
        for group in letters.windows(length) {
            let hashed = group
                .iter()
                .fold(start, |state, letter| hash(state, letter.encode_utf8(&mut [0; 4]).as_bytes()));
            found(hashed);
        }
    }
}

/// FNV-1a, 32 bits.
const START: u32 = 2_166_136_261;

fn hash(state: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(state, |state, byte| (state ^ u32::from(*byte)).wrapping_mul(16_777_619))
}

fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linker::text::scan;

    #[derive(serde::Deserialize)]
    struct Reference {
        text: String,
        words: Vec<String>,
        buckets: [Vec<u32>; 2],
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
            let words = words(&case.text);
            assert_eq!(words, case.words, "{}", case.text);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let mut buckets = [Vec::new(), Vec::new()];
            each_word_feature(&words, |hash, _| buckets[0].push(hash >> model.shift));
            for word in &words {
                each_letter_group(word, |hash| buckets[1].push(hash >> model.shift));
            }
            for (found, expected) in buckets.iter_mut().zip(&case.buckets) {
                found.sort_unstable();
                found.dedup();
                assert_eq!(&found[..expected.len()], expected, "{}", case.text);
            }
            let judgement = model.judge(&words, &mut Seen::default());
            for (p, expected) in judgement.probability.iter().zip(&case.probabilities) {
                assert!((p - expected).abs() < 1e-5, "{}: {p} is not {expected}", case.text);
            }
        }
    }

    #[test]
    fn the_file_is_the_one_that_the_fusion_was_fitted_to() {
        let digest = blake3::hash(FILE).to_hex();
        assert_eq!(digest.as_str(), "b5bdea954b4c8a6b3c4e9032252efeee3bba309f7616a5413ef5f6627b8d1e25");
    }

    #[test]
    fn the_words_of_a_sentence_account_for_its_score() {
        let model = Model::embedded();
        let words = words("They cannot wait, the season opens in nine days and they cannot wait.");
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let mut weights = vec![0.0; words.len()];
        model.weigh(&words, 1, &mut weights);
        let mut seen = Seen::default();
        let blocks = [model.word_block(&words, &mut seen), model.letter_block(&words, &mut seen)];
        let score: f64 = blocks.iter().map(|block| f64::from(block.sums[1]) * block.unit()).sum();
        let sum: f64 = weights.iter().sum();
        assert!((sum - TEMPERATURE * model.scale[1] * score).abs() < 1e-9);
    }
}
