//! Links set by hand: front matter, callouts, wikilinks, tags.

use std::collections::BTreeMap;

use super::Knowledge;
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::markdown::ReferenceKind;
use crate::playbook::{HandLink, Leverage, Note, Origin, PrincipleId, Side};
use crate::source::Span;

/// What an author says about a note's principles.
#[derive(Debug, Default)]
pub(super) struct ByHand {
    /// By origin, then in the order in which they stand; each principle once.
    pub(super) stated: Vec<Stated>,
    /// In the order in which they stand.
    pub(super) refused: Vec<PrincipleId>,
}

/// A principle that an author names for a note.
#[derive(Debug)]
pub(super) struct Stated {
    pub(super) principle: PrincipleId,
    pub(super) origin: Origin,
    pub(super) side: Side,
    /// Where in the body it is named.
    pub(super) places: Vec<Span>,
}

/// Looks names up, each once: a note may hold the same link a hundred thousand times, and the notes of a vault share most.
pub(super) struct Names<'a> {
    leverage: &'a Leverage,
    known: BTreeMap<String, Option<PrincipleId>>,
}

/// What the author of a note has set and refused.
pub(super) fn links(knowledge: &Knowledge, note: &Note) -> ByHand {
    links_by_names(&mut Names::new(&knowledge.leverage), note)
}

/// The same with names that may be known from other notes.
pub(super) fn links_by_names(names: &mut Names, note: &Note) -> ByHand {
    let mut by_hand = ByHand::default();
    for link in &note.principles {
        if let Some(principle) = names.find(&link.name) {
            by_hand.state(principle, Origin::FrontMatter, Side::Unclear, None);
        }
    }
    for lever in &note.levers {
        if let Some(principle) = names.find(&lever.name) {
            by_hand.state(principle, Origin::FrontMatter, lever.side, Some(lever.span));
        }
    }
    for link in &note.not_principles {
        let refused = names.find(&link.name);
        // What is both set and refused is reported, and the link stays.
        let refused = refused.filter(|principle| by_hand.find(principle).is_none());
        by_hand.refused.extend(refused.filter(|principle| !by_hand.refused.contains(principle)));
    }
    for reference in &note.document.references {
        let wikilink = matches!(reference.kind, ReferenceKind::Wikilink | ReferenceKind::Embed);
        if wikilink
            && !reference.target.is_empty()
            && let Some(principle) = names.find(&reference.target)
        {
            by_hand.state(principle, Origin::Wikilink, Side::Unclear, Some(reference.span));
        }
    }
    for tag in &note.tags {
        if let Some(principle) = names.find_tag(tag) {
            by_hand.state(principle, Origin::Tag, Side::Unclear, None);
        }
    }
    for tag in &note.document.tags {
        if let Some(principle) = names.find_tag(&tag.name) {
            by_hand.state(principle, Origin::Tag, Side::Unclear, Some(tag.span));
        }
    }
    by_hand
}

/// What is wrong with the names that an author has used.
pub fn check(knowledge: &Knowledge, note: &Note) -> Vec<Diagnostic> {
    let leverage = &knowledge.leverage;
    // Without principles every name is unknown; that is said once, about the leverage document.
    if leverage.principles.is_empty() {
        return Vec::new();
    }
    let source = &note.document.source;
    let mut names = Names::new(leverage);
    let mut diagnostics = Vec::new();
    for link in note.principles.iter().chain(&note.not_principles) {
        if names.find(&link.name).is_none() {
            let message = format!("no principle is called `{}`", link.name);
            let diagnostic = Diagnostic::at(Code::UnknownPrinciple, source, link.span, message);
            diagnostics.push(advise(diagnostic, leverage, &link.name));
        }
    }
    for lever in &note.levers {
        if !lever.name.is_empty() && names.find(&lever.name).is_none() {
            let message = format!("no principle is called `{}`", lever.name);
            let diagnostic = Diagnostic::at(Code::UnknownLever, source, lever.title_span, message);
            diagnostics.push(advise(diagnostic, leverage, &lever.name));
        }
    }
    let mut set = |link: &HandLink| names.find(&link.name);
    let wanted: Vec<PrincipleId> = note.principles.iter().filter_map(&mut set).collect();
    for link in &note.not_principles {
        if set(link).is_some_and(|principle| wanted.contains(&principle)) {
            let message = format!("`{}` is both set and refused", link.name);
            let diagnostic = Diagnostic::at(Code::ContradictoryLinks, source, link.span, message);
            diagnostics.push(diagnostic.help("take it out of `principles` or out of `not_principles`"));
        }
    }
    diagnostics
}

fn advise(diagnostic: Diagnostic, leverage: &Leverage, name: &str) -> Diagnostic {
    let ids = leverage.principles.iter().map(|principle| principle.id.as_str());
    let names = leverage.principles.iter().flat_map(|principle| {
        std::iter::once(&principle.title).chain(&principle.aliases).map(String::as_str)
    });
    match nearest(name, ids).or_else(|| nearest(name, names)) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic.help("`leverbook principles` lists them all"),
    }
}

impl ByHand {
    /// The subjects about which nothing in the text is asked any more.
    pub(super) fn settled(&self, knowledge: &Knowledge) -> Vec<usize> {
        let stated = self.stated.iter().map(|stated| &stated.principle);
        stated.chain(&self.refused).filter_map(|principle| knowledge.subject(principle)).collect()
    }

    fn find(&self, principle: &PrincipleId) -> Option<&Stated> {
        self.stated.iter().find(|stated| &stated.principle == principle)
    }

    fn state(&mut self, principle: PrincipleId, origin: Origin, side: Side, place: Option<Span>) {
        const MOST_PLACES: usize = 16;
        if self.refused.contains(&principle) {
            return;
        }
        let known = self.stated.iter_mut().find(|stated| stated.principle == principle);
        let Some(known) = known else {
            self.stated.push(Stated { principle, origin, side, places: place.into_iter().collect() });
            return;
        };
        if known.places.len() < MOST_PLACES && origin == known.origin {
            known.places.extend(place);
        }
        known.side = match (known.side, side) {
            (known, Side::Unclear) => known,
            (Side::Unclear, side) => side,
            (known, side) if known == side => known,
            _ => Side::Mutual,
        };
    }
}

impl<'a> Names<'a> {
    pub(super) fn new(leverage: &'a Leverage) -> Self {
        Self { leverage, known: BTreeMap::new() }
    }

    fn find(&mut self, name: &str) -> Option<PrincipleId> {
        if let Some(known) = self.known.get(name) {
            return known.clone();
        }
        let found = self.leverage.find(name);
        self.known.insert(name.to_owned(), found.clone());
        found
    }

    /// `#timing`, `#lever/timing` or `#principle/timing`.
    fn find_tag(&mut self, tag: &str) -> Option<PrincipleId> {
        let (folder, name) = tag.split_once('/').unwrap_or(("", tag));
        let folder = folder.to_lowercase();
        if !["", "lever", "levers", "leverage", "principle", "principles"].contains(&folder.as_str()) {
            return None;
        }
        self.find(name).or_else(|| self.find(&name.replace(['-', '_'], " ")))
    }
}
