//! What raw HTML holds that is not for every reader: comments, and quotes that only look like callouts.

use pulldown_cmark::Event;

use super::Document;
use super::events::raw_events;
use crate::source::Span;

/// The HTML comments of a document; one that is never closed reaches to the end of its text, as in HTML.
pub fn html_comments(document: &Document) -> Vec<Span> {
    let text = &*document.text();
    if !text.contains("<!--") {
        return Vec::new();
    }
    let mut spans: Vec<Span> = Vec::new();
    for (event, range) in raw_events(text) {
        if !matches!(event, Event::Html(_) | Event::InlineHtml(_)) {
            continue;
        }
        let mut from = range.start.max(spans.last().map_or(0, |span| span.end));
        while let Some(start) =
            text.get(from..range.end).and_then(|html| html.find("<!--")).map(|start| from + start)
        {
            let end = text[start..].find("-->").map_or(text.len(), |end| start + end + "-->".len());
            spans.push(Span::new(start, end));
            from = end;
        }
    }
    spans
}

/// Lines of raw HTML that look like a callout, with the word in its brackets in small letters. Neither Obsidian nor a page
/// shows a callout there, but whoever wrote `> [!private]` did not mean the words for everybody.
pub fn html_callouts(document: &Document) -> Vec<(String, Span)> {
    let text = &*document.text();
    if !text.contains("[!") {
        return Vec::new();
    }
    let mut callouts: Vec<(String, Span)> = Vec::new();
    for (event, range) in raw_events(text) {
        if !matches!(event, Event::Html(_) | Event::InlineHtml(_)) {
            continue;
        }
        let mut start = range.start;
        for line in text[range].split_inclusive('\n') {
            let span = Span::new(start, start + line.len());
            start = span.end;
            let Some(quoted) = line.trim_start().strip_prefix('>') else { continue };
            let quoted =
                quoted.trim_start_matches(|character: char| character == '>' || character.is_whitespace());
            if let Some((kind, _)) = quoted.strip_prefix("[!").and_then(|rest| rest.split_once(']')) {
                callouts.push((kind.to_lowercase(), span));
            } else if let Some((_, callout)) =
                callouts.last_mut().filter(|(_, callout)| callout.end == span.start)
            {
                callout.end = span.end;
            }
        }
    }
    callouts
}
