//! Where in the project's files something was written that a page shows.

use super::Site;
use super::plan::File;
use super::quote::Marks;
use crate::markdown::block_anchor;
use crate::playbook::Note;
use crate::source::{SourceId, Span};

/// A place in a file of the project, as people count.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spot {
    /// Which file.
    pub source: SourceId,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
}

impl Site {
    /// Where the thing was written that a page shows at an anchor (without `#`). An anchor that nothing is known of stands
    /// for the page as a whole; `None` for pages that no single file has led to.
    pub fn spot(&self, path: &str, anchor: &str) -> Option<Spot> {
        if !matches!(self.plan.files.get(path), Some(File::Page(_))) {
            return None;
        }
        let atlas = &self.atlas;
        if let Some(index) = atlas.notes.iter().position(|place| place.path == path) {
            let span = self.span(index, anchor).unwrap_or_default();
            return Some(spot(atlas.note(index), span));
        }
        if let Some(index) = atlas.principles.iter().position(|place| place.path == path) {
            let source = atlas.playbook().leverage.source.clone()?;
            return Some(Spot { source, line: atlas.principle(index).line, column: 1 });
        }
        let is_of_deal = |place: &super::atlas::DealPlace| place.path == path || place.brief == path;
        let deal = atlas.deals.iter().position(is_of_deal)?;
        let newest = *atlas.deals[deal].notes.first()?;
        Some(spot(atlas.note(newest), Span::default()))
    }

    /// The place of an anchor in a note's text.
    fn span(&self, note: usize, anchor: &str) -> Option<Span> {
        let document = &self.atlas.note(note).document;
        if let Some(number) = anchor.strip_prefix("m_").and_then(|number| number.parse::<usize>().ok()) {
            let marks = Marks::new(self.atlas.links(note)).marks;
            return Some(marks.get(number.checked_sub(1)?)?.span);
        }
        if let Some(line) = anchor.strip_prefix('L').and_then(|line| line.parse().ok()) {
            return Some(document.source.line_span(line));
        }
        let heading = document.headings.iter().find(|heading| heading.anchor == anchor);
        let block = || document.blocks.iter().find(|block| block_anchor(&block.id) == anchor);
        heading.map(|heading| heading.span).or_else(|| block().map(|block| block.span))
    }
}

/// A place in a note's text as one in its file.
fn spot(note: &Note, span: Span) -> Spot {
    let (source, span) = note.document.source.original(span);
    let position = source.position(span.start);
    Spot { source: source.id.clone(), line: position.line, column: position.column }
}
