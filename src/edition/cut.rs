//! Cuts out of a document what its audience may not read.

use std::sync::Arc;

use super::Audience;
use crate::config::Visibility;
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::markdown::front_matter::State;
use crate::markdown::{self, Document, comments};
use crate::source::{Source, Span};

/// After so many rounds in which a cut uncovers something new to cut, the note is withheld.
const ROUNDS: usize = 8;

/// The document without comments and without callouts for others; `None` if what remains cannot be trusted.
///
/// The author keeps the comments' places, so that every line number is the file's; in all other
/// editions the text is as if the withheld parts had never been written.
pub(super) fn cut(document: Document, audience: &Audience) -> Option<Document> {
    let keys = document.front_matter.entries.len();
    let mut document = document;
    for _ in 0..ROUNDS {
        let spans = withheld(&document, audience);
        if spans.is_empty() {
            return Some(document);
        }
        // A cut can turn what is left into something else, so the rest is parsed and looked at anew.
        document = markdown::parse(&Arc::new(Source::without(&document.source, &spans)));
        // Front matter is never cut, so there must be neither more nor less of it: a block that has come to the top was not looked at.
        if document.front_matter.state == State::Unreadable || document.front_matter.entries.len() != keys {
            return None;
        }
    }
    None
}

/// What must go: ascending, apart from each other.
fn withheld(document: &Document, audience: &Audience) -> Vec<Span> {
    let text = document.source.text();
    let mut spans = Vec::new();
    if !audience.sees(Visibility::Private) {
        spans.extend(comments(text, document.front_matter.span.end).spans);
        spans.extend(markdown::html_comments(document));
    }
    let callouts = document.callouts.iter().map(|callout| (callout.kind.clone(), callout.span));
    let callouts = callouts.chain(markdown::html_callouts(document));
    let withheld =
        callouts.filter(|(kind, _)| meant(kind).is_some_and(|visibility| !audience.sees(visibility)));
    spans.extend(withheld.map(|(_, span)| span));
    let mut spans: Vec<Span> = spans.into_iter().map(|span| widen(&document.source, span)).collect();
    spans.sort();
    let mut apart: Vec<Span> = Vec::new();
    for span in spans {
        match apart.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => apart.push(span),
        }
    }
    apart
}

/// Whom a callout's kind limits it to, also if it is nearly spelt so: better withheld than leaked.
fn meant(kind: &str) -> Option<Visibility> {
    let word = kind.split(|character: char| !character.is_alphanumeric()).find(|word| !word.is_empty())?;
    [Visibility::Private, Visibility::Team]
        .into_iter()
        .find(|visibility| nearest(word, [visibility.as_str()]).is_some())
}

/// Callouts whose kind is nearly, but not quite, one that limits them.
pub(super) fn misspelt(document: &Document) -> Vec<Diagnostic> {
    let callouts = document.callouts.iter().filter_map(|callout| {
        let visibility =
            meant(&callout.kind).filter(|visibility| visibility.as_str() != callout.kind)?.as_str();
        let message = format!("callout `{}` counts as `{visibility}`, so that nothing leaks", callout.kind);
        let problem = Diagnostic::at(Code::UnknownVisibility, &document.source, callout.title_span, message);
        Some(problem.help(format!("write `[!{visibility}]`")))
    });
    callouts.collect()
}

/// Takes whole lines where nothing else stands on them, and one of two blanks that would meet.
fn widen(source: &Source, span: Span) -> Span {
    let text = source.text();
    // The line index finds a line's ends without walking over it: thousands of comments may share one.
    let line_start = source.line_span(source.line(span.start)).start;
    let end = span.start + text[span.range()].trim_end_matches(['\n', '\r', ' ', '\t']).len();
    let line_end = source.line_span(source.line(end) + 1).start;
    let only_markers = |part: &str| part.chars().all(|character| matches!(character, ' ' | '\t' | '>'));
    if only_markers(&text[line_start..span.start]) && text[end..line_end].trim().is_empty() {
        return Span::new(line_start, line_end);
    }
    let blanks_meet = text[..span.start].ends_with(' ') && text[end..].starts_with([' ', '\n', '\r']);
    Span::new(span.start - usize::from(blanks_meet), end)
}
