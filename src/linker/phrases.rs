//! Phrases of stems, found in one pass over a sentence.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;

use super::text::{UNKNOWN, Word};

/// A set of phrases, each with an index of its own.
#[derive(Default)]
pub(super) struct Phrases {
    /// By stem: whether a phrase begins with it. Most words of a note begin none.
    opens: Vec<bool>,
    /// From a node by a stem to the next node; node 0 is the start.
    steps: HashMap<(u32, u32), u32, BuildHasherDefault<StepHash>>,
    /// By node: the phrase that ends there.
    ends: Vec<Option<usize>>,
    count: usize,
}

/// Quick on two numbers. Both are given by the library and the leverage document, so no note can make steps collide.
#[derive(Default)]
struct StepHash(u64);

impl Hasher for StepHash {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32(u32::from(*byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.0 = (self.0 ^ u64::from(number)).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl Phrases {
    /// Adds a phrase and says its index; the same phrase again has the same index. An empty one is refused.
    pub(super) fn add(&mut self, stems: &[u32]) -> Option<usize> {
        if self.ends.is_empty() {
            self.ends.push(None);
        }
        if let Some(&first) = stems.first() {
            let first = first as usize;
            self.opens.resize(self.opens.len().max(first + 1), false);
            self.opens[first] = true;
        }
        let mut node = 0;
        for &stem in stems {
            let next = u32::try_from(self.ends.len()).ok()?;
            node = *self.steps.entry((node, stem)).or_insert(next);
            if node == next {
                self.ends.push(None);
            }
        }
        if stems.is_empty() {
            return None;
        }
        let end = &mut self.ends[node as usize];
        if end.is_none() {
            *end = Some(self.count);
            self.count += 1;
        }
        *end
    }

    /// The phrases in a row of words: from the left, the longest first, without overlap.
    pub(super) fn matches(&self, words: &[Word]) -> impl Iterator<Item = (Range<usize>, usize)> {
        let mut from = 0;
        std::iter::from_fn(move || {
            while from < words.len() {
                let found = self.longest(&words[from..]);
                let start = from;
                from += found.map_or(1, |(length, _)| length);
                if let Some((length, phrase)) = found {
                    return Some((start..start + length, phrase));
                }
            }
            None
        })
    }

    fn longest(&self, words: &[Word]) -> Option<(usize, usize)> {
        let first = words.first()?.stem as usize;
        if !self.opens.get(first).copied().unwrap_or(false) {
            return None;
        }
        let mut node = 0;
        let mut found = None;
        for (index, word) in words.iter().enumerate() {
            if word.stem == UNKNOWN {
                break;
            }
            let Some(&next) = self.steps.get(&(node, word.stem)) else { break };
            node = next;
            if let Some(phrase) = self.ends[node as usize] {
                found = Some((index + 1, phrase));
            }
        }
        found
    }
}
