//! Reads YAML, and with it JSON, event by event, so that scalars keep their spelling and all have places.

use std::collections::BTreeSet;
use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle, StrInput, StructureStyle, Tag};

use super::broken::Block;
use super::{Broken, Entry, MAX_DEPTH, MAX_NODES, Value, twice};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Source, Span, floor_char_boundary};

struct Reader<'a> {
    source: &'a Arc<Source>,
    block: Block<'a>,
    parser: Parser<'a, StrInput<'a>>,
    nodes: usize,
    diagnostics: &'a mut Vec<Diagnostic>,
}

/// A key with its value, places in the block.
struct Pair {
    key: String,
    key_place: Span,
    value: Value,
    value_place: Span,
}

/// The entries of a block, doubles included.
pub(super) fn read(
    source: &Arc<Source>,
    inside: Span,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Vec<Entry>, Broken> {
    let text = &source.text()[inside.range()];
    let options = granit_parser::options! {
        disallow_directives: true,
        emit_unresolved_aliases: true,
        emit_comments: false,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    let block = Block { text, start: inside.start, brackets: Vec::new() };
    let parser = Parser::new_from_str_with_options(text, options);
    Reader { source, block, parser, nodes: 0, diagnostics }.document()
}

impl<'a> Reader<'a> {
    fn document(&mut self) -> Result<Vec<Entry>, Broken> {
        let mut pairs = Vec::new();
        let mut documents = 0;
        loop {
            let (event, place) = self.next()?;
            match event {
                Event::StreamEnd => break,
                Event::DocumentStart(..) if documents == 1 => return Err(self.block.second_document(place)),
                Event::DocumentStart(..) => documents += 1,
                Event::MappingStart(_, 0, _) => pairs = self.pairs(place, 0)?.0,
                Event::Scalar(text, ScalarStyle::Plain, ..) if is_null(&text, place) => {}
                Event::StreamStart | Event::DocumentEnd => {}
                Event::Alias(_) | Event::UnresolvedAlias(_) => return Err(self.block.alias(place)),
                _ => return Err(self.block.no_map(place)),
            }
        }
        Ok(pairs.into_iter().map(|pair| self.entry(pair)).collect())
    }

    fn entry(&self, pair: Pair) -> Entry {
        let Pair { key, key_place, value, value_place } = pair;
        let is_empty = value_place.start == value_place.end;
        let value_place = if is_empty { Span::new(key_place.end, key_place.end) } else { value_place };
        Entry {
            key,
            key_span: self.block.in_source(key_place),
            value,
            value_span: self.block.in_source(value_place),
        }
    }

    fn value(&mut self, event: Event<'a>, place: Span, depth: usize) -> Result<(Value, Span), Broken> {
        self.nodes += 1;
        if depth > MAX_DEPTH || self.nodes > MAX_NODES {
            return Err(self.block.too_deep(place));
        }
        // An anchor serves aliases only, and these could blow up a small text to any size.
        if event.anchor_id().is_some() {
            return Err(self.block.anchor(place));
        }
        match event {
            Event::Scalar(text, style, _, tag) => Ok(self.scalar(&text, style, tag.as_deref(), place)),
            Event::SequenceStart(style, ..) => self.list(style, place, depth),
            Event::MappingStart(..) => {
                let (pairs, place) = self.pairs(place, depth)?;
                Ok((self.map(pairs), place))
            }
            _ => Err(self.block.alias(place)),
        }
    }

    fn scalar(&self, text: &str, style: ScalarStyle, tag: Option<&Tag>, place: Span) -> (Value, Span) {
        let is_plain = style == ScalarStyle::Plain;
        match tag {
            None if is_plain && is_null(text, place) => (Value::Null, place),
            Some(tag) if tag.core_suffix().is_none() => {
                // An exclamation mark at the start of a text is meant as one, not as a tag of YAML.
                let line_start = self.block.line_start(place.start);
                let mark = self.block.text[line_start..place.start].find('!');
                let place = Span::new(mark.map_or(place.start, |at| line_start + at), place.end);
                (
                    Value::Scalar { text: self.block.text[place.range()].trim().to_owned(), quoted: false },
                    place,
                )
            }
            _ => {
                let is_text = tag.is_some_and(|tag| tag.is_yaml_core_schema_tag("str"));
                (Value::Scalar { text: text.to_owned(), quoted: !is_plain || is_text }, place)
            }
        }
    }

    /// What follows after the start of a list.
    fn list(&mut self, style: StructureStyle, start: Span, depth: usize) -> Result<(Value, Span), Broken> {
        let mut items = Vec::new();
        let mut place = start;
        self.block.brackets.push(start.start);
        loop {
            let (event, item_start) = self.next()?;
            if matches!(event, Event::SequenceEnd) {
                // The end of a list without brackets is noticed only at what follows.
                place.end = if style == StructureStyle::Flow { item_start.end } else { place.end };
                break;
            }
            let (item, item_place) = self.value(event, item_start, depth + 1)?;
            self.check_comment(&item, item_place, self.block.line_start(item_place.start));
            place.end = place.end.max(item_place.end);
            items.push((item, self.block.in_source(item_place)));
        }
        self.block.brackets.pop();
        let written = &self.block.text[place.range()];
        let is_wikilink = matches!(&items[..], [(Value::List(_), _)])
            && written.starts_with("[[")
            && written.ends_with("]]")
            && !written.contains('\n');
        let value = if is_wikilink { self.wikilink(place) } else { Value::List(items) };
        Ok((value, place))
    }

    /// `[[Acme]]` is a list in a list for YAML, and a wikilink for its author.
    fn wikilink(&mut self, place: Span) -> Value {
        let text = self.block.text[place.range()].to_owned();
        let message = format!("the wikilink `{text}` stands without quotes, so other programs read a list");
        self.warn(place, message, format!("write `\"{text}\"`"));
        Value::Scalar { text, quoted: false }
    }

    /// What follows after the start of a map, and where it ends.
    fn pairs(&mut self, start: Span, depth: usize) -> Result<(Vec<Pair>, Span), Broken> {
        let mut pairs = Vec::new();
        let mut place = start;
        self.block.brackets.push(start.start);
        loop {
            let (event, key_start) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                let is_flow = self.block.text[start.range()].starts_with('{');
                place.end = if is_flow { key_start.end } else { place.end };
                break;
            }
            let (key, key_place) = self.value(event, key_start, depth + 1)?;
            let (event, value_start) = self.next()?;
            let (value, value_place) = self.value(event, value_start, depth + 1)?;
            self.check_comment(&value, value_place, key_place.end);
            place.end = place.end.max(key_place.end).max(value_place.end);
            // A key that is no scalar counts as its own text: templates leave `{{date}}` behind.
            let key = match key {
                Value::Scalar { text, .. } => text,
                _ => self.block.text[key_place.range()].trim().to_owned(),
            };
            pairs.push(Pair { key, key_place, value, value_place });
        }
        self.block.brackets.pop();
        Ok((pairs, place))
    }

    fn map(&mut self, pairs: Vec<Pair>) -> Value {
        let mut seen = BTreeSet::new();
        let mut kept = Vec::with_capacity(pairs.len());
        for pair in pairs {
            if seen.insert(pair.key.to_lowercase()) {
                kept.push((pair.key, pair.value));
            } else {
                self.diagnostics.push(twice(self.source, &pair.key, self.block.in_source(pair.key_place)));
            }
        }
        Value::Map(kept)
    }

    /// `tags: #batna` sets nothing: the rest of the line is a comment, which its author cannot have meant.
    fn check_comment(&mut self, value: &Value, place: Span, after: usize) {
        if *value != Value::Null || place.start != place.end {
            return;
        }
        let line_end = self.block.line_end(after);
        let rest = self.block.text[after..line_end].trim_start_matches([':', '-', ' ', '\t']);
        let word = rest.split_whitespace().next().unwrap_or_default();
        let bare = word.trim_start_matches('#');
        if !rest.starts_with('#') || bare.is_empty() {
            return;
        }
        let start = line_end - rest.len();
        let message = format!("`{word}` begins a comment in YAML, so no value is set");
        let help = format!("write `{bare}` without the `#`, or put it in quotes");
        self.warn(Span::new(start, start + word.len()), message, help);
    }

    fn warn(&mut self, place: Span, message: String, help: String) {
        let span = self.block.in_source(place);
        let diagnostic = Diagnostic::at(Code::FrontMatterValue, self.source, span, message);
        self.diagnostics.push(diagnostic.help(help));
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), Broken> {
        let text = self.block.text;
        match self.parser.next() {
            None => Ok((Event::StreamEnd, Span::new(text.len(), text.len()))),
            Some(Ok((event, place))) => {
                let range = place.byte_range().unwrap_or_default();
                let end = floor_char_boundary(text, range.end);
                Ok((event, Span::new(floor_char_boundary(text, range.start).min(end), end)))
            }
            Some(Err(error)) => Err(self.block.explain(&error)),
        }
    }
}

fn is_null(text: &str, place: Span) -> bool {
    place.start == place.end || matches!(text, "" | "~" | "null" | "Null" | "NULL")
}
