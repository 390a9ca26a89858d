//! Takes a source apart, in one walk over the events of the Markdown parser.

mod anchors;
mod depth;
mod passage;
mod reference;
mod tags;
mod walk;

use std::sync::Arc;

use super::Document;
use super::comments;
use super::front_matter::{self, State};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Source;

/// Parses a source. Every span of the result lies in `source.text()`, on character borders.
pub fn parse(source: &Arc<Source>) -> Document {
    let (front_matter, diagnostics) = front_matter::split(source);
    let body_start = front_matter.span.end;
    let (comments, mut text) = comments::find(source.text(), body_start);
    let mut document = Document {
        source: Arc::clone(source),
        blanked: None,
        front_matter,
        headings: Vec::new(),
        passages: Vec::new(),
        references: Vec::new(),
        tags: Vec::new(),
        callouts: Vec::new(),
        tasks: Vec::new(),
        blocks: Vec::new(),
        diagnostics,
    };
    if let Some(line) = depth::too_deep(&text) {
        document.diagnostics.push(
            Diagnostic::at(Code::TooLarge, source, line, "quotes or lists are nested too deeply to be read")
                .help("keep them below a hundred levels; the note is withheld until then"),
        );
        document.front_matter.state = State::Unreadable;
        document.blanked = Some(comments::withhold(&text, 0).into());
        return document;
    }
    let mut has_comments = !comments.spans.is_empty();
    let mut unclosed = comments.unclosed;
    for round in 0.. {
        let Some(marker) = walk::walk(source, &text, &mut document) else { break };
        // What was code while the comments were found is none now. That happens in contrived texts only, but nothing of a
        // comment may be shown, so all from there on is withheld.
        has_comments = true;
        text = comments::withhold(&text, if round < 3 { marker.start } else { body_start });
        unclosed = Some(unclosed.map_or(marker, |unclosed| unclosed.min(marker)));
    }
    if let Some(marker) = unclosed {
        document.diagnostics.push(
            Diagnostic::at(Code::UnclosedComment, source, marker, "this `%%` comment is never closed")
                .help("close it with `%%`; the rest of the note is withheld until then"),
        );
    }
    document.blanked = Some(text).filter(|_| has_comments).map(Arc::from);
    shrink(&mut document);
    document
}

/// Gives back what was set aside while the text was walked: documents are kept for as long as the vault is.
fn shrink(document: &mut Document) {
    for passage in &mut document.passages {
        passage.offsets.shrink_to_fit();
    }
    document.headings.shrink_to_fit();
    document.passages.shrink_to_fit();
    document.references.shrink_to_fit();
    document.tags.shrink_to_fit();
    document.callouts.shrink_to_fit();
    document.tasks.shrink_to_fit();
    document.blocks.shrink_to_fit();
}

#[cfg(test)]
mod tests;
