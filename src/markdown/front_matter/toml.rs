//! Reads TOML. Texts count as quoted; numbers and dates stand in their plain spelling.

use std::sync::Arc;

use toml::de::{DeTable, DeValue, Error};

use super::{Broken, Entry, MAX_DEPTH, MAX_NODES, Value, twice};
use crate::diagnostic::Diagnostic;
use crate::source::{Source, Span, floor_char_boundary};

/// The entries of a block.
pub(super) fn read(
    source: &Arc<Source>,
    inside: Span,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Vec<Entry>, Broken> {
    let block = &source.text()[inside.range()];
    let in_source = |range: std::ops::Range<usize>| {
        let end = floor_char_boundary(block, range.end);
        let start = floor_char_boundary(block, range.start).min(end);
        Span::new(inside.start + start, inside.start + end)
    };
    let (table, errors) = DeTable::parse_recoverable(block);
    for error in &errors {
        let span = in_source(error.span().unwrap_or(0..0));
        let key = &source.text()[span.range()];
        let is_guard = super::GUARDS.contains(&key.trim_matches(['"', '\'']).to_lowercase().as_str());
        if error.message() != "duplicate key" || is_guard {
            return Err(explain(source, inside, error, span));
        }
        diagnostics.push(twice(source, key, span));
    }
    let mut nodes = 0;
    let mut entries = Vec::new();
    for (key, value) in table.into_inner() {
        let (key_span, value_span) = (in_source(key.span()), in_source(value.span()));
        let value = convert(value.into_inner(), 1, &mut nodes, &in_source).ok_or_else(|| Broken {
            span: key_span,
            message: "the front matter holds too many values or nests them too deeply".into(),
            help: "move long lists into the body of the note".into(),
        })?;
        entries.push(Entry { key: key.into_inner().into_owned(), key_span, value, value_span });
    }
    entries.sort_by_key(|entry| entry.key_span.start);
    Ok(entries)
}

/// `None` when there are too many values or levels.
fn convert(
    value: DeValue<'_>,
    depth: usize,
    nodes: &mut usize,
    in_source: &impl Fn(std::ops::Range<usize>) -> Span,
) -> Option<Value> {
    *nodes += 1;
    if depth > MAX_DEPTH || *nodes > MAX_NODES {
        return None;
    }
    let plain = |text: String| Value::Scalar { text, quoted: false };
    Some(match value {
        DeValue::String(text) => Value::Scalar { text: text.into_owned(), quoted: true },
        DeValue::Integer(number) => plain(number.to_string()),
        DeValue::Float(number) => plain(number.to_string()),
        DeValue::Boolean(flag) => plain(flag.to_string()),
        DeValue::Datetime(moment) => plain(moment.to_string()),
        DeValue::Array(items) => {
            let items = items.into_iter().map(|item| {
                let span = in_source(item.span());
                Some((convert(item.into_inner(), depth + 1, nodes, in_source)?, span))
            });
            Value::List(items.collect::<Option<_>>()?)
        }
        DeValue::Table(table) => {
            let mut pairs: Vec<_> = table.into_iter().collect();
            pairs.sort_by_key(|(key, _)| key.span().start);
            let pairs = pairs.into_iter().map(|(key, value)| {
                Some((
                    key.into_inner().into_owned(),
                    convert(value.into_inner(), depth + 1, nodes, in_source)?,
                ))
            });
            Value::Map(pairs.collect::<Option<_>>()?)
        }
    })
}

fn explain(source: &Arc<Source>, inside: Span, error: &Error, span: Span) -> Broken {
    let line = source.line_span(source.line(span.start.min(inside.end)));
    let text = source.text()[line.range()].trim();
    let help = if text.contains(": ") && !text.contains('=') {
        "between `+++` lines write `key = \"value\"`; lines `key: value` stand between `---`"
    } else if text.contains("[[") {
        "put the wikilink in quotes"
    } else {
        "write `key = \"value\"`, texts in quotes, lists in brackets"
    };
    let span = if span.start == span.end { line } else { span };
    Broken { span, message: error.message().replace('\n', " "), help: help.into() }
}
