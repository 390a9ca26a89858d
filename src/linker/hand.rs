//! Links set by hand: front matter, callouts, wikilinks, tags.

use std::collections::BTreeMap;

use super::Knowledge;
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::markdown::{Reference, ReferenceKind};
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
        if names_a_note(reference)
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
    diagnostics.extend(contradictions(knowledge, note, &mut names));
    diagnostics
}

/// What an author both sets and refuses, whatever it is called and wherever it is set.
fn contradictions(knowledge: &Knowledge, note: &Note, names: &mut Names) -> Vec<Diagnostic> {
    let source = &note.document.source;
    let at = |span: Span, message: String, help: &str| {
        Diagnostic::at(Code::ContradictoryLinks, source, span, message).help(help)
    };
    // By subject: the principle that is refused first.
    let mut refused: BTreeMap<usize, (PrincipleId, &HandLink)> = BTreeMap::new();
    let mut find = |link: &HandLink| {
        let principle = names.find(&link.name)?;
        Some((knowledge.subject(&principle)?, principle))
    };
    let wanted: Vec<(usize, PrincipleId)> = note.principles.iter().filter_map(&mut find).collect();
    let mut diagnostics = Vec::new();
    for link in &note.not_principles {
        let Some((subject, principle)) = find(link) else { continue };
        let by_name = wanted.iter().find(|(_, wanted)| *wanted == principle);
        if let Some((_, wanted)) = by_name.or_else(|| wanted.iter().find(|(wanted, _)| *wanted == subject)) {
            let message = if *wanted == principle {
                format!("`{}` is both set and refused", link.name)
            } else {
                format!(
                    "`{}` is refused, and `{}`, which is the same idea, is set",
                    link.name,
                    wanted.as_str()
                )
            };
            diagnostics.push(at(
                link.span,
                message,
                "take it out of `principles` or out of `not_principles`",
            ));
        }
        refused.entry(subject).or_insert((principle, link));
    }
    if refused.is_empty() {
        return diagnostics;
    }
    let callouts = note.levers.iter().map(|lever| ("callout", &lever.name, Some(lever.title_span)));
    let wikilinks = note.document.references.iter().filter(|reference| names_a_note(reference));
    let wikilinks = wikilinks.map(|reference| ("wikilink", &reference.target, Some(reference.span)));
    let tags = note.document.tags.iter().map(|tag| ("tag", &tag.name, Some(tag.span)));
    let tags = tags.chain(note.tags.iter().map(|tag| ("tag", tag, None)));
    // Of many links to one principle the first is enough.
    let mut told: Vec<(&str, usize)> = Vec::new();
    for (way, name, span) in callouts.chain(wikilinks).chain(tags) {
        let found = if way == "tag" { names.find_tag(name) } else { names.find(name) };
        let Some(subject) = found.as_ref().and_then(|principle| knowledge.subject(principle)) else {
            continue;
        };
        let Some((principle, link)) = refused.get(&subject) else { continue };
        if told.contains(&(way, subject)) {
            continue;
        }
        told.push((way, subject));
        let is_firm = way == "callout"
            || told.contains(&("callout", subject))
            || wanted.iter().any(|(_, wanted)| wanted == principle);
        let help = if !is_firm && found.as_ref() == Some(principle) {
            "the refusal counts; take it out of `not_principles` if it should not"
        } else {
            "what is set here counts; take it away or out of `not_principles`"
        };
        let message = format!("a {way} sets what `not_principles` refuses as `{}`", link.name);
        diagnostics.push(at(span.unwrap_or(link.span), message, help));
    }
    diagnostics
}

fn names_a_note(reference: &Reference) -> bool {
    let is_wikilink = matches!(reference.kind, ReferenceKind::Wikilink | ReferenceKind::Embed);
    is_wikilink && !reference.target.is_empty()
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
