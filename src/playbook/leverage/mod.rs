//! The leverage document: a list of principles in whatever shape people write it.
//!
//! In comes a document; out goes a [`Leverage`] and what was not understood of it. How a note is
//! linked to a principle is not known here.

mod prose;
mod term;
mod blocks;
mod pasted;
mod outline;
mod read;
mod settings;
mod related;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic};
use crate::markdown::{Document, slug};
use crate::source::{Source, SourceId, Span};
use prose::{Citation, Prose};
use read::Draft;

#[cfg(test)]
mod tests;

/// The id of a principle: the slug of its term, or what `{#id}` says.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PrincipleId(pub Arc<str>);

/// What was understood of the leverage document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Leverage {
    /// Where it stands; `None` if the project has none.
    pub source: Option<SourceId>,
    /// The principles, in the order of the document.
    pub principles: Vec<Principle>,
}

/// One principle that gives leverage.
#[derive(Clone, Debug, PartialEq)]
pub struct Principle {
    /// Its id, unique in the document.
    pub id: PrincipleId,
    /// The term, without colon, markers and the acronym's expansion.
    pub title: String,
    /// The nearest heading above, if any.
    pub section: Option<String>,
    /// Other names: from front matter, and the expansion of an acronym.
    pub aliases: Vec<String>,
    /// Words and phrases that speak for it, from front matter.
    pub cues: Vec<String>,
    /// The first paragraph of its text, plain; empty if it has only tactics.
    pub summary: String,
    /// Further paragraphs of its text, plain.
    pub text: Vec<String>,
    /// The items nested below it, plain.
    pub tactics: Vec<String>,
    /// What it cites, each URL once.
    pub sources: Vec<SourceLink>,
    /// Principles that it names, that name it, or that share an acronym with it.
    pub related: Vec<PrincipleId>,
    /// Line of the term in the leverage document, from 1.
    pub line: usize,
    /// The term's place there.
    pub span: Span,
}

/// Something a principle cites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceLink {
    /// The link's text; the host and path where that is only a number.
    pub label: String,
    /// `http`, `https` or `mailto` only.
    pub url: String,
}

impl PrincipleId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PrincipleId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Principle {
    /// Its title and its aliases.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.title.as_str()).chain(self.aliases.iter().map(String::as_str))
    }
}

impl Leverage {
    /// The principle of that id.
    pub fn get(&self, id: &PrincipleId) -> Option<&Principle> {
        self.principles.iter().find(|principle| &principle.id == id)
    }

    /// The principle that a person means by a name: id, title, alias or acronym, in any case, with or without `principles/` before it.
    pub fn find(&self, name: &str) -> Option<PrincipleId> {
        let name = strip_decoration(name);
        if name.is_empty() {
            return None;
        }
        let by = |is_meant: &dyn Fn(&Principle) -> bool| {
            self.principles.iter().find(|principle| is_meant(principle))
        };
        let found = by(&|principle| is_same(principle.id.as_str(), name))
            .or_else(|| by(&|principle| is_same(&principle.title, name)))
            .or_else(|| by(&|principle| principle.aliases.iter().any(|alias| is_same(alias, name))))
            .or_else(|| self.find_title(name))
            .or_else(|| self.find_spelt_out(name));
        found.map(|principle| principle.id.clone())
    }

    /// A name as a term may be written: with the expansion in brackets, `&` for `and`, dashes for blanks.
    fn find_title(&self, name: &str) -> Option<&Principle> {
        let title = term::read_title(name)?;
        let id = slug(&title.text);
        self.principles.iter().find(|principle| {
            principle.id.as_str() == id || (title.text != name && is_same(&principle.title, &title.text))
        })
    }

    /// The only principle whose name has these initials.
    fn find_spelt_out(&self, name: &str) -> Option<&Principle> {
        if name.chars().count() < 3 || !term::is_acronym(name) {
            return None;
        }
        let mut found = self
            .principles
            .iter()
            .filter(|principle| principle.names().any(|words| term::expands(name, words)));
        found.next().filter(|_| found.next().is_none())
    }
}

/// Reads the principles out of a document.
pub fn read(document: &Document) -> (Leverage, Vec<Diagnostic>) {
    let source = &document.source;
    let tree = blocks::tree(&document.text());
    let (drafts, mut diagnostics) = read::drafts(&tree, source);
    let (principles, problems) = principles(&drafts, source);
    diagnostics.extend(problems);
    let mut leverage = Leverage { source: Some(source.id.clone()), principles };
    let (by_hand, problems) = settings::apply(document, &mut leverage);
    diagnostics.extend(problems);
    diagnostics.extend(related::relate(&mut leverage, &drafts, &by_hand, source));
    if leverage.principles.is_empty() {
        let problem =
            Diagnostic::of_file(Code::NoPrinciples, &source.id, "the leverage document has no principles");
        diagnostics.push(
            problem
                .help("write a list whose items open with a bold term: `- **Timing**: Control the clock.`"),
        );
    }
    (leverage, diagnostics)
}

/// Gives every draft an id of its own.
fn principles(drafts: &[Draft], source: &Arc<Source>) -> (Vec<Principle>, Vec<Diagnostic>) {
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut problems = Vec::new();
    let mut principles = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let wanted = slug(draft.title.id.as_deref().unwrap_or(&draft.title.text));
        let mut id = wanted.clone();
        let line = source.line(draft.span.start);
        if let Some(&first) = taken.get(&wanted) {
            let count = counts.entry(wanted.clone()).or_insert(1);
            while taken.contains_key(&id) {
                *count += 1;
                id = format!("{wanted}-{count}");
            }
            let message = format!("`{}` stands twice; the first is on line {first}", draft.title.text);
            let help = format!(
                "it has the id `{id}` now; join the two, or give this one an id of its own: `{{#...}}`"
            );
            problems.push(Diagnostic::at(Code::PrincipleTwice, source, draft.span, message).help(help));
        }
        taken.insert(id.clone(), line);
        principles.push(principle(draft, PrincipleId(id.into()), line));
    }
    (principles, problems)
}

fn principle(draft: &Draft, id: PrincipleId, line: usize) -> Principle {
    let mut paragraphs = draft.paragraphs.iter().map(Prose::plain).filter(|text| !text.is_empty());
    let tactic = |parts: &Vec<Prose>| parts.iter().map(Prose::plain).collect::<Vec<_>>().join(" ");
    Principle {
        id,
        title: draft.title.text.clone(),
        section: draft.section.clone(),
        aliases: draft.title.aliases.clone(),
        cues: draft.cues.clone(),
        summary: paragraphs.next().unwrap_or_default(),
        text: paragraphs.collect(),
        tactics: draft.tactics.iter().map(tactic).filter(|text| !text.trim().is_empty()).collect(),
        sources: sources(&draft.citations),
        related: Vec::new(),
        line,
        span: draft.span,
    }
}

/// Each address once, with the first words that were given for it.
fn sources(citations: &[Citation]) -> Vec<SourceLink> {
    let mut sources: Vec<SourceLink> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for citation in citations {
        let Citation::Link { label, url } = citation else { continue };
        let words = label.split_whitespace().collect::<Vec<_>>().join(" ");
        let is_address = words.is_empty() || words.contains("://") || &words == url;
        let readable = readable(url);
        match places.get(url.as_str()) {
            Some(&place) if !is_address && sources[place].label == readable => sources[place].label = words,
            Some(_) => {}
            None => {
                places.insert(url, sources.len());
                sources
                    .push(SourceLink { label: if is_address { readable } else { words }, url: url.clone() });
            }
        }
    }
    sources
}

/// Host and path of an address, as people write them.
fn readable(url: &str) -> String {
    const WIDTH: usize = 100;
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest =
        rest.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:")).map_or(rest, |_| &rest[7..]);
    let rest = rest.split(['?', '#']).next().unwrap_or(rest);
    let rest = decoded(rest.strip_prefix("www.").unwrap_or(rest).trim_end_matches('/'));
    let rest = if rest.is_empty() { url.to_owned() } else { rest };
    match rest.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}…", &rest[..end]),
        None => rest,
    }
}

/// `%C3%A9` as `é`, where it makes readable text.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let hex = (first == b'%').then(|| after.get(..2)).flatten();
        let byte = hex
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(byte.unwrap_or(first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    let is_readable = |text: &String| !text.chars().any(|sign| sign.is_control() || sign.is_whitespace());
    String::from_utf8(bytes).ok().filter(is_readable).unwrap_or_else(|| text.to_owned())
}

/// The name without what links and tags put around it.
fn strip_decoration(name: &str) -> &str {
    let mut name = name.trim();
    for prefix in ["#", "/", "principles/", "lever/"] {
        name = name
            .get(..prefix.len())
            .filter(|start| start.eq_ignore_ascii_case(prefix))
            .map_or(name, |_| &name[prefix.len()..]);
    }
    let stem = name.len().checked_sub(3).and_then(|end| {
        name.get(end..).filter(|tail| tail.eq_ignore_ascii_case(".md")).map(|_| &name[..end])
    });
    stem.unwrap_or(name).trim()
}

/// Whether two names differ at most in case and blanks.
fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.trim_start(), other.trim_start());
    // Most names differ in their first letter.
    let differs =
        |(one, other): (u8, u8)| one.is_ascii() && other.is_ascii() && !one.eq_ignore_ascii_case(&other);
    if one.bytes().next().zip(other.bytes().next()).is_some_and(differs) {
        return false;
    }
    folded(one).eq(folded(other))
}

fn folded(name: &str) -> impl Iterator<Item = char> {
    let words = name.split_whitespace().enumerate();
    words.flat_map(|(index, word)| {
        (index > 0).then_some(' ').into_iter().chain(word.chars().flat_map(char::to_lowercase))
    })
}
