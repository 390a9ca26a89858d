//! Where a reference of a note leads within one edition.

use std::collections::BTreeMap;

use super::atlas::fold;
use crate::edition::EditedPlaybook;
use crate::markdown::{Reference, ReferenceKind};
use crate::playbook::Note;
use crate::playbook::paths::{Paths, Resolution};
use crate::source::SourceId;

/// What a reference leads to; indices are those of the playbook.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Destination {
    Note(usize),
    Principle(usize),
    Deal(usize),
    Counterparty(usize),
    File(SourceId),
}

/// Everything that can be linked to by name.
pub(super) struct Places {
    /// Notes by their ids, files by their paths below the notes folder.
    paths: Paths,
    /// What stands in the project at those paths.
    files: BTreeMap<String, SourceId>,
    principles: BTreeMap<String, usize>,
    deals: BTreeMap<String, usize>,
    counterparties: BTreeMap<String, usize>,
}

impl Places {
    pub(super) fn new(edited: &EditedPlaybook) -> Self {
        let playbook = &edited.playbook;
        let mut files = BTreeMap::new();
        for id in edited.attachments.keys() {
            files.entry(edited.config.below_notes(id.as_str()).to_owned()).or_insert_with(|| id.clone());
        }
        let mut principles = BTreeMap::new();
        for (index, principle) in playbook.leverage.principles.iter().enumerate() {
            principles.entry(fold(&principle.title)).or_insert(index);
            principles.entry(fold(principle.id.as_str())).or_insert(index);
        }
        for (index, principle) in playbook.leverage.principles.iter().enumerate() {
            for alias in &principle.aliases {
                principles.entry(fold(alias)).or_insert(index);
            }
        }
        let names = |names: Vec<&String>| -> BTreeMap<String, usize> {
            names.into_iter().enumerate().rev().map(|(index, name)| (fold(name), index)).collect()
        };
        Self {
            paths: Paths::new(
                playbook.notes.iter().map(|note| &*note.id.0),
                files.keys().map(String::as_str),
            ),
            files,
            principles,
            deals: names(playbook.deals.iter().map(|deal| &deal.name).collect()),
            counterparties: names(playbook.counterparties.iter().map(|party| &party.name).collect()),
        }
    }

    /// What a reference in a note leads to: a note or file by Obsidian's rules, else a principle, deal or counterparty by name.
    pub(super) fn destination(&self, from: &Note, reference: &Reference) -> Option<Destination> {
        if reference.target.is_empty() {
            return None;
        }
        let found = match reference.kind {
            ReferenceKind::Wikilink | ReferenceKind::Embed => {
                self.paths.resolve(&from.id.0, &reference.target)
            }
            ReferenceKind::Link | ReferenceKind::Image => {
                self.paths.resolve_link(&from.id.0, &reference.target)
            }
        };
        match found {
            Resolution::Note(note, _) => return Some(Destination::Note(note)),
            Resolution::Attachment(path, _) => return self.files.get(&path).cloned().map(Destination::File),
            Resolution::Nowhere => {}
        }
        self.by_name(&reference.target)
    }

    /// A principle, deal or counterparty of that name; its folder may stand before it.
    fn by_name(&self, name: &str) -> Option<Destination> {
        let name = fold(name);
        let name = name.strip_suffix(".md").unwrap_or(&name);
        let below = |folder: &str| name.strip_prefix(folder).unwrap_or(name);
        let principle = self.principles.get(below("principles/")).copied().map(Destination::Principle);
        let deal = || self.deals.get(below("deals/")).copied().map(Destination::Deal);
        let counterparty =
            || self.counterparties.get(below("counterparties/")).copied().map(Destination::Counterparty);
        principle.or_else(deal).or_else(counterparty)
    }
}
