//! Where a reference of a note leads within one edition.

use std::collections::BTreeMap;

use super::atlas::fold;
use crate::config::Config;
use crate::markdown::Reference;
use crate::playbook::{Note, Playbook};
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
    notes: BTreeMap<String, usize>,
    principles: BTreeMap<String, usize>,
    deals: BTreeMap<String, usize>,
    counterparties: BTreeMap<String, usize>,
}

impl Places {
    pub(super) fn new(playbook: &Playbook, _config: &Config) -> Self {
        let mut notes = BTreeMap::new();
        for (index, note) in playbook.notes.iter().enumerate() {
            let path = fold(note.id.0.trim_end_matches(".md"));
            let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
            notes.entry(name).or_insert(index);
            notes.insert(path, index);
        }
        let mut principles = BTreeMap::new();
        for (index, principle) in playbook.leverage.principles.iter().enumerate() {
            for name in principle.aliases.iter().chain([&principle.title]) {
                principles.entry(fold(name)).or_insert(index);
            }
            principles.entry(fold(principle.id.as_str())).or_insert(index);
        }
        let names = |names: Vec<&String>| -> BTreeMap<String, usize> {
            names.into_iter().enumerate().rev().map(|(index, name)| (fold(name), index)).collect()
        };
        Self {
            notes,
            principles,
            deals: names(playbook.deals.iter().map(|deal| &deal.name).collect()),
            counterparties: names(playbook.counterparties.iter().map(|party| &party.name).collect()),
        }
    }

    /// What a reference in a note leads to: a note or file by Obsidian's rules, else a principle, deal or counterparty by name.
    pub(super) fn destination(&self, _from: &Note, reference: &Reference) -> Option<Destination> {
        let name = fold(reference.target.trim_end_matches(".md"));
        if let Some(&note) = self.notes.get(&name) {
            return Some(Destination::Note(note));
        }
        let principle = name.strip_prefix("principles/").unwrap_or(&name);
        if let Some(&principle) = self.principles.get(principle) {
            return Some(Destination::Principle(principle));
        }
        if let Some(&deal) = self.deals.get(&name) {
            return Some(Destination::Deal(deal));
        }
        self.counterparties.get(&name).map(|&counterparty| Destination::Counterparty(counterparty))
    }
}
