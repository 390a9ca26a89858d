//! The built-in passage that a sentence reads like.
//!
//! For people who ask why: a passage of the library beside the quote says more than a number. It has
//! no share in the score.

use super::library::Library;
use super::signals::words;
use super::text::Vocabulary;

/// Two passages with less in common do not read alike.
const ALIKE: f64 = 0.2;
/// One common word is no likeness, however rare it is.
const FEWEST_COMMON: usize = 2;

/// Figures and signs of money, as the words of a text are folded. Any two passages may share them.
const FIGURES: &str = "0 00 000 0000 % $ € £";

/// The passages of the library by subject, ready to be compared.
pub(super) struct Resemblance {
    /// By stem: how much it tells, high for what is rare.
    rarity: Vec<f64>,
    passages: Vec<Vec<Passage>>,
}

struct Passage {
    text: String,
    /// Telling stems, ascending, each once.
    stems: Vec<u32>,
    length: f64,
}

impl Resemblance {
    pub(super) fn new(library: &Library, vocabulary: &mut Vocabulary) -> Self {
        let shares = words::usual_shares(vocabulary);
        let mut resemblance = Self { rarity: Vec::new(), passages: Vec::new() };
        let texts = library.examples();
        let stems: Vec<Vec<Vec<u32>>> = texts
            .iter()
            .map(|texts| texts.iter().map(|text| vocabulary.learn_content(text)).collect())
            .collect();
        let rarity = |stem: usize| libm::log(1.0 / (shares.get(stem).copied().unwrap_or(0.0) + 0.001));
        let figures = vocabulary.learn_text(FIGURES);
        resemblance.rarity = (0..vocabulary.len()).map(rarity).collect();
        for figure in figures {
            resemblance.rarity[figure as usize] = 0.0;
        }
        for (texts, stems) in texts.into_iter().zip(stems) {
            let passages = texts.into_iter().zip(stems).map(|(text, stems)| {
                let stems = distinct(stems.into_iter());
                Passage { text: text.to_owned(), length: resemblance.length(&stems), stems }
            });
            let passages = passages.collect();
            resemblance.passages.push(passages);
        }
        resemblance
    }

    /// The passage of a subject that is nearest to some stems, if it is near.
    pub(super) fn nearest(&self, subject: usize, stems: impl Iterator<Item = u32>) -> Option<&str> {
        let mut stems = distinct(stems);
        let length = self.length(&stems);
        stems.retain(|&stem| self.rarity.get(stem as usize).is_some_and(|&rarity| rarity > 0.0));
        let mut best: Option<(f64, &Passage)> = None;
        let mut common: Vec<u32> = Vec::with_capacity(stems.len());
        for passage in self.passages.get(subject)? {
            common.clear();
            common.extend(stems.iter().filter(|stem| passage.stems.binary_search(stem).is_ok()));
            if common.len() < FEWEST_COMMON {
                continue;
            }
            let likeness = self.square(&common) / (length * passage.length).max(f64::MIN_POSITIVE);
            // Of two that are equally near the first stays.
            let nearer = best.map_or(likeness >= ALIKE, |(nearest, _)| likeness > nearest);
            if nearer {
                best = Some((likeness, passage));
            }
        }
        best.map(|(_, passage)| passage.text.as_str())
    }

    fn length(&self, stems: &[u32]) -> f64 {
        libm::sqrt(self.square(stems))
    }

    fn square(&self, stems: &[u32]) -> f64 {
        stems.iter().filter_map(|&stem| self.rarity.get(stem as usize)).map(|rarity| rarity * rarity).sum()
    }
}

fn distinct(stems: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut stems: Vec<u32> = stems.collect();
    stems.sort_unstable();
    stems.dedup();
    stems
}
