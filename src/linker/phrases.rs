//! Phrases of stems, found in one pass over a sentence.

use std::collections::HashMap;
use std::ops::Range;

use super::text::UNKNOWN;

/// A set of phrases, each with an index of its own.
#[derive(Default)]
pub(super) struct Phrases {
    /// By stem: whether a phrase begins with it. Most words of a note begin none.
    opens: Vec<bool>,
    /// From a node by a stem to the next node; node 0 is the start.
    steps: HashMap<(u32, u32), u32>,
    /// By node: the phrase that ends there.
    ends: Vec<Option<usize>>,
    count: usize,
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

    /// The phrases in a row of stems: from the left, the longest first, without overlap.
    pub(super) fn matches(
        &self,
        stems: impl Iterator<Item = u32>,
    ) -> impl Iterator<Item = (Range<usize>, usize)> {
        let stems: Vec<u32> = if self.count == 0 { Vec::new() } else { stems.collect() };
        let mut from = 0;
        std::iter::from_fn(move || {
            while from < stems.len() {
                let found = self.longest(&stems[from..]);
                let start = from;
                from += found.map_or(1, |(length, _)| length);
                if let Some((length, phrase)) = found {
                    return Some((start..start + length, phrase));
                }
            }
            None
        })
    }

    fn longest(&self, stems: &[u32]) -> Option<(usize, usize)> {
        let first = *stems.first()? as usize;
        if !self.opens.get(first).copied().unwrap_or(false) {
            return None;
        }
        let mut node = 0;
        let mut found = None;
        for (index, &stem) in stems.iter().enumerate() {
            if stem == UNKNOWN {
                break;
            }
            let Some(&next) = self.steps.get(&(node, stem)) else { break };
            node = next;
            if let Some(phrase) = self.ends[node as usize] {
                found = Some((index + 1, phrase));
            }
        }
        found
    }
}
