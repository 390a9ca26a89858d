//! What the part after `#` of a link means in the document that it leads to.

use std::collections::HashMap;

use super::{Document, block_anchor};
use crate::source::Span;

/// The parts of a document that links can lead to.
#[derive(Clone, Debug, Default)]
pub struct Fragments {
    headings: Vec<Part>,
    levels: Vec<u8>,
    /// Headings by folded text, in order.
    by_text: HashMap<String, Vec<usize>>,
    blocks: HashMap<String, Part>,
}

/// A part of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The `id` to jump to in its page.
    pub anchor: String,
    /// The part as it is embedded: a heading with its section, or a block.
    pub span: Span,
}

/// So many headings of one text are looked at for a chain of headings.
const MAX_CANDIDATES: usize = 64;

impl Fragments {
    /// The headings and named blocks of a document.
    pub fn new(document: &Document) -> Self {
        let mut fragments = Self::default();
        for (index, heading) in document.headings.iter().enumerate() {
            let span = Span::new(heading.span.start, document.source.text().len());
            fragments.headings.push(Part { anchor: heading.anchor.clone(), span });
            fragments.levels.push(heading.level);
            fragments.by_text.entry(fold(&heading.text)).or_default().push(index);
        }
        fragments.end_sections();
        for block in &document.blocks {
            let part = Part { anchor: block_anchor(&block.id), span: block.span };
            fragments.blocks.entry(block.id.to_lowercase()).or_insert(part);
        }
        fragments
    }

    /// Where a fragment leads: `^id` to a block, else a chain of headings separated by `#`, each within the section of the one
    /// before; the first that fits.
    pub fn find(&self, fragment: &str) -> Option<&Part> {
        let fragment = fragment.trim();
        if let Some(id) = fragment.strip_prefix('^') {
            return self.blocks.get(&id.to_lowercase());
        }
        let chain: Vec<String> = fragment.split('#').map(fold).filter(|text| !text.is_empty()).collect();
        self.find_chain(&chain, Span::new(0, usize::MAX)).map(|index| &self.headings[index])
    }

    fn find_chain(&self, chain: &[String], within: Span) -> Option<usize> {
        let (first, rest) = chain.split_first()?;
        let candidates = self.by_text.get(first)?;
        let from = candidates.partition_point(|&index| self.headings[index].span.start < within.start);
        let candidates = candidates[from..].iter().take(MAX_CANDIDATES);
        let mut candidates = candidates.take_while(|&&index| self.headings[index].span.start < within.end);
        candidates.find_map(|&index| {
            let section = self.headings[index].span;
            match rest {
                [] => Some(index),
                _ => self.find_chain(rest, Span::new(section.start + 1, section.end)),
            }
        })
    }

    /// A section ends where the next heading of its level or a higher one begins.
    fn end_sections(&mut self) {
        let mut open: Vec<usize> = Vec::new();
        for index in 0..self.headings.len() {
            while let Some(&last) = open.last().filter(|&&last| self.levels[last] >= self.levels[index]) {
                self.headings[last].span.end = self.headings[index].span.start;
                open.pop();
            }
            open.push(index);
        }
    }
}

/// Letters and digits in small letters; all else counts as one blank.
fn fold(text: &str) -> String {
    let lower = text.to_lowercase();
    lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::markdown::parse;
    use crate::source::{Source, SourceId};

    #[test]
    fn fragments_lead_to_headings_within_headings_and_to_blocks() {
        let text = "# One\n\n## Same: thing!\n\na ^A-1\n\n# Two\n\n## Same thing\n\nb\n\n### Deep\n\nc\n";
        let document = parse(&Arc::new(Source::new(SourceId::new("a.md"), text)));
        let fragments = Fragments::new(&document);
        let find = |fragment: &str| fragments.find(fragment).map(|part| &text[part.span.range()]);
        assert_eq!(find("same  thing"), Some("## Same: thing!\n\na ^A-1\n\n"));
        assert_eq!(find("Two#Same thing"), Some("## Same thing\n\nb\n\n### Deep\n\nc\n"));
        assert_eq!(find("two#deep"), Some("### Deep\n\nc\n"));
        assert_eq!(find("One#Deep"), None);
        assert!(find("^a-1").is_some_and(|block| block.starts_with('a')));
        assert_eq!(find(""), None);
    }
}
