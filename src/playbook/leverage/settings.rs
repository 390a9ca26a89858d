//! What the front matter says about principles: `aliases`, `cues` and `related`, each a map by id.

use std::sync::Arc;

use super::{Leverage, PrincipleId};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::markdown::Document;
use crate::markdown::front_matter::{Entry, Value};
use crate::source::{Source, Span};

/// Pairs of principles that the author related.
pub(super) type Pairs = Vec<(PrincipleId, PrincipleId)>;

/// Adds what the front matter says; related pairs are returned as they stand.
pub(super) fn apply(document: &Document, leverage: &mut Leverage) -> (Pairs, Vec<Diagnostic>) {
    let mut settings =
        Settings { source: &document.source, end: document.front_matter.span.end, problems: Vec::new() };
    let mut pairs = Vec::new();
    let get = |key| document.front_matter.get(key);
    // Aliases first: the other maps may use them.
    if let Some(entry) = get("aliases") {
        for (id, values) in settings.map(entry, leverage) {
            add(leverage, &id, values, |principle| &mut principle.aliases);
        }
    }
    if let Some(entry) = get("cues") {
        for (id, values) in settings.map(entry, leverage) {
            add(leverage, &id, values, |principle| &mut principle.cues);
        }
    }
    if let Some(entry) = get("related") {
        for (id, values) in settings.map(entry, leverage) {
            for value in values {
                if let Some(other) = settings.principle(&value, entry, leverage) {
                    pairs.push((id.clone(), other));
                }
            }
        }
    }
    (pairs, settings.problems)
}

fn add(
    leverage: &mut Leverage,
    id: &PrincipleId,
    values: Vec<String>,
    list: fn(&mut super::Principle) -> &mut Vec<String>,
) {
    let Some(principle) = leverage.principles.iter_mut().find(|principle| &principle.id == id) else {
        return;
    };
    let title = principle.title.clone();
    let list = list(principle);
    for value in values {
        let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
        if !value.is_empty() && value != title && !list.contains(&value) {
            list.push(value);
        }
    }
}

struct Settings<'a> {
    source: &'a Arc<Source>,
    /// Where the front matter ends.
    end: usize,
    problems: Vec<Diagnostic>,
}

impl Settings<'_> {
    /// The principles of a map and what is said about each.
    fn map(&mut self, entry: &Entry, leverage: &Leverage) -> Vec<(PrincipleId, Vec<String>)> {
        let Value::Map(map) = &entry.value else {
            // Obsidian gives `aliases` to any note; a list there names the note, not a principle.
            let is_own = entry.key.eq_ignore_ascii_case("aliases") || entry.value == Value::Null;
            if !is_own {
                let message = format!("`{}` is no map from ids to words", entry.key);
                let help = format!("write `{}:` and below it lines such as `  timing: [...]`", entry.key);
                self.problems.push(
                    Diagnostic::at(Code::FrontMatterValue, self.source, entry.key_span, message).help(help),
                );
            }
            return Vec::new();
        };
        let mut all = Vec::new();
        for (key, value) in map {
            if let Some(id) = self.principle(key, entry, leverage) {
                all.push((id, value.texts().into_iter().map(str::to_owned).collect()));
            }
        }
        all
    }

    fn principle(&mut self, name: &str, entry: &Entry, leverage: &Leverage) -> Option<PrincipleId> {
        let found = leverage.find(name);
        if found.is_none() {
            let message = format!("no principle is called `{name}`");
            let ids = leverage.principles.iter().map(|principle| principle.id.as_str());
            let titles = || leverage.principles.iter().map(|principle| principle.title.as_str());
            let near = nearest(name, ids).or_else(|| nearest(name, titles()));
            let near = near.map(|near| format!("did you mean `{near}`?"));
            let help = near.unwrap_or_else(|| "`leverbook principles` lists the ids".to_owned());
            let span = self.place(name, entry);
            self.problems
                .push(Diagnostic::at(Code::UnknownPrincipleId, self.source, span, message).help(help));
        }
        found
    }

    /// Where a word stands below a key; the key itself if it is spelt otherwise there.
    fn place(&self, name: &str, entry: &Entry) -> Span {
        let start = entry.key_span.end;
        let end = self.end.max(start);
        let below = self.source.text().get(start..end).unwrap_or_default();
        let is_word = |at: usize| {
            let before = below[..at].chars().next_back();
            let after = below[at + name.len()..].chars().next();
            let joins = |sign: Option<char>| sign.is_some_and(|sign| sign.is_alphanumeric() || sign == '-');
            !joins(before) && !joins(after)
        };
        match below.match_indices(name).map(|(at, _)| at).find(|&at| is_word(at)) {
            Some(at) if !name.is_empty() => Span::new(start + at, start + at + name.len()),
            _ => entry.key_span,
        }
    }
}
