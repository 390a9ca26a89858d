//! What many pages share, worked out once: where everything stands, and who counts for what.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;

use super::attachment;
use super::destination::{Destination, Places};
use super::plots::Tally;
use super::words::{DateWords, Words};
use crate::edition::EditedPlaybook;
use crate::markdown::slug;
use crate::playbook::{
    Counterparty, Deal, DealId, Link, Note, NoteId, NoteLinks, Outcome, Playbook, Principle, PrincipleId,
    Side, State, coverage,
};
use crate::source::SourceId;

/// The edited playbook with the place of everything in the site. Things are named by their index in the playbook.
pub(super) struct Atlas {
    pub(super) edited: Arc<EditedPlaybook>,
    /// The words of the interface.
    pub(super) words: Arc<Words>,
    pub(super) principles: Vec<PrinciplePlace>,
    pub(super) deals: Vec<DealPlace>,
    pub(super) counterparties: Vec<CounterpartyPlace>,
    pub(super) notes: Vec<NotePlace>,
    /// By name, in small letters.
    pub(super) tags: Vec<TagPlace>,
    /// Published files by where they stand in the project.
    pub(super) attachments: BTreeMap<SourceId, String>,
    /// Principles, those that won most as ours first.
    by_record: Vec<usize>,
    /// Notes that wait for a decision, newest first.
    pub(super) review: Vec<usize>,
    /// All deals.
    pub(super) base: Tally,
    /// The newest note's day: what "now" means on the pages.
    pub(super) as_of: Option<Date>,
    pub(super) places: Places,
    principle_index: BTreeMap<PrincipleId, usize>,
    tag_index: BTreeMap<String, usize>,
    counterparty_index: BTreeMap<String, usize>,
}

pub(super) struct PrinciplePlace {
    /// Its page; all paths are those below the site's root.
    pub(super) path: String,
    /// The slug that its further pages are named for.
    pub(super) slug: String,
    /// Links to it as note and place among the note's links, newest first.
    pub(super) links: Vec<(usize, usize)>,
    /// The deals that show it, in the playbook's order, with who held the lever.
    pub(super) deals: Vec<(usize, Side)>,
    /// Links to it, the most telling first.
    pub(super) best: Vec<(usize, usize)>,
    /// How its deals ended, by who held it.
    tallies: [Tally; 4],
    /// Notes that name it in a link of their body.
    pub(super) named_in: Vec<usize>,
}

pub(super) struct DealPlace {
    pub(super) path: String,
    pub(super) brief: String,
    pub(super) slug: String,
    /// Newest first.
    pub(super) notes: Vec<usize>,
    pub(super) counterparties: Vec<usize>,
    /// How it stands against each principle that its notes speak of, ascending.
    pub(super) standings: Vec<Standing>,
    /// The principles that have support in it, ascending.
    pub(super) covers: Vec<usize>,
    /// The newest note's day.
    pub(super) day: Option<Date>,
}

/// How a deal stands against one principle.
#[derive(Clone, Copy)]
pub(super) struct Standing {
    pub(super) principle: usize,
    pub(super) state: State,
    /// `None` if nothing links them.
    pub(super) side: Option<Side>,
}

pub(super) struct CounterpartyPlace {
    pub(super) path: String,
    pub(super) slug: String,
    pub(super) deals: Vec<usize>,
    pub(super) notes: Vec<usize>,
}

pub(super) struct NotePlace {
    pub(super) path: String,
    pub(super) deal: Option<usize>,
    /// The notes that link to it: which one, and which of its references.
    pub(super) backlinks: Vec<(usize, usize)>,
}

pub(super) struct TagPlace {
    /// As first written.
    pub(super) name: String,
    pub(super) path: String,
    pub(super) slug: String,
    /// Notes with this tag or one below it, newest first.
    pub(super) notes: Vec<usize>,
    /// Tags directly below it.
    pub(super) children: Vec<usize>,
    /// The tag above it.
    pub(super) parent: Option<usize>,
}

impl Atlas {
    pub(super) fn new(edited: Arc<EditedPlaybook>, words: Arc<Words>) -> Self {
        let playbook = &edited.playbook;
        let index = |ids: Vec<PrincipleId>| -> BTreeMap<PrincipleId, usize> {
            ids.into_iter().enumerate().map(|(index, id)| (id, index)).collect()
        };
        let principle_index =
            index(playbook.leverage.principles.iter().map(|principle| principle.id.clone()).collect());
        let note_index = &playbook.positions;
        let deal_index: BTreeMap<DealId, usize> =
            playbook.deals.iter().enumerate().map(|(index, deal)| (deal.id.clone(), index)).collect();
        let counterparty_index: BTreeMap<String, usize> = playbook
            .counterparties
            .iter()
            .enumerate()
            .rev()
            .map(|(index, counterparty)| (fold(&counterparty.name), index))
            .collect();

        let mut notes = note_places(playbook);
        let deals = deal_places(playbook, note_index, &principle_index, &counterparty_index);
        for (deal_index, deal) in deals.iter().enumerate() {
            for &note in &deal.notes {
                notes[note].deal.get_or_insert(deal_index);
            }
        }
        let mut principles = principle_places(playbook, &notes, &deals, &principle_index);
        let counterparties = counterparty_places(playbook, note_index, &deal_index);
        let (tags, tag_index) = tag_places(playbook);
        let mut files = Names::default();
        let attachments = edited
            .attachments
            .keys()
            .filter_map(|id| {
                let (stem, extension) = attachment::published(id.as_str())?;
                Some((id.clone(), format!("assets/files/{}.{extension}", files.take(&stem, extension))))
            })
            .collect();
        let places = Places::new(&edited);
        note_references(playbook, &places, &mut notes, &mut principles);

        let mut by_record: Vec<usize> = (0..principles.len()).collect();
        by_record.sort_by_key(|&principle| {
            let won = |side| principles[principle].tallies[side_rank(side)].won;
            (std::cmp::Reverse((won(Side::Ours), won(Side::Unclear))), principle)
        });
        let mut base = Tally::default();
        playbook.deals.iter().for_each(|deal| base.add(deal.outcome));
        let review = (0..playbook.notes.len()).filter(|&note| waits(playbook, note)).collect();
        let as_of = playbook.notes.iter().filter_map(|note| note.day()).max();
        Self {
            edited,
            words,
            principles,
            deals,
            counterparties,
            notes,
            tags,
            attachments,
            by_record,
            review,
            base,
            as_of,
            places,
            principle_index,
            tag_index,
            counterparty_index,
        }
    }

    pub(super) fn playbook(&self) -> &Playbook {
        &self.edited.playbook
    }

    pub(super) fn principle(&self, index: usize) -> &Principle {
        &self.playbook().leverage.principles[index]
    }

    pub(super) fn deal(&self, index: usize) -> &Deal {
        &self.playbook().deals[index]
    }

    pub(super) fn note(&self, index: usize) -> &Note {
        &self.playbook().notes[index]
    }

    pub(super) fn counterparty(&self, index: usize) -> &Counterparty {
        &self.playbook().counterparties[index]
    }

    /// What was found about a note, if anything.
    pub(super) fn note_links(&self, note: usize) -> Option<&NoteLinks> {
        self.playbook().links.get(&self.note(note).id).map(Arc::as_ref)
    }

    /// The links of a note; empty if nothing was found.
    pub(super) fn links(&self, note: usize) -> &[Link] {
        self.note_links(note).map_or(&[], |found| &found.links)
    }

    pub(super) fn link(&self, (note, link): (usize, usize)) -> &Link {
        &self.links(note)[link]
    }

    pub(super) fn principle_of(&self, id: &PrincipleId) -> Option<usize> {
        self.principle_index.get(id).copied()
    }

    pub(super) fn note_of(&self, id: &NoteId) -> Option<usize> {
        self.playbook().positions.get(id).copied()
    }

    pub(super) fn counterparty_of(&self, name: &str) -> Option<usize> {
        self.counterparty_index.get(&fold(name)).copied()
    }

    pub(super) fn tag_of(&self, name: &str) -> Option<usize> {
        self.tag_index.get(&tag_key(name)?).copied()
    }

    /// How a note's deal ended; `None` for a note without a deal.
    pub(super) fn outcome_of_note(&self, note: usize) -> Option<Outcome> {
        self.notes[note].deal.map(|deal| self.deal(deal).outcome)
    }

    /// A note's day, if it has one.
    pub(super) fn day_of(&self, note: usize) -> Option<DateWords> {
        self.note(note).day().map(|day| self.words.date(day))
    }

    /// The deals in which a principle was held by one side.
    pub(super) fn tally(&self, principle: usize, side: Side) -> Tally {
        self.principles[principle].tallies[side_rank(side)]
    }

    /// What came of a principle: ours and unclear cases as sentences of their own, never added up.
    pub(super) fn record(&self, principle: usize) -> String {
        let named = [
            (Side::Ours, "record.as_ours"),
            (Side::Unclear, "record.as_unclear"),
            (Side::Mutual, "record.as_mutual"),
        ];
        let parts: Vec<String> = named
            .into_iter()
            .map(|(side, key)| (key, self.tally(principle, side)))
            .filter(|(_, tally)| tally.all() > 0)
            .map(|(key, tally)| self.words.fill(key, &[("record", &tally.sentence(&self.words))]))
            .collect();
        if parts.is_empty() { self.words.say("record.none").to_owned() } else { parts.join("; ") }
    }

    /// How many principles speak for us or at least not against us in a deal.
    pub(super) fn covered(&self, deal: usize) -> usize {
        self.deals[deal].covers.len()
    }

    /// How a deal stands against a principle.
    pub(super) fn standing(&self, deal: usize, principle: usize) -> Standing {
        let standings = &self.deals[deal].standings;
        match standings.binary_search_by_key(&principle, |standing| standing.principle) {
            Ok(found) => standings[found],
            Err(_) => Standing { principle, state: State::Blank, side: None },
        }
    }

    /// The principles that a deal lacks, those that won most elsewhere first.
    pub(super) fn gaps(&self, deal: usize) -> Vec<usize> {
        let by_record = self.by_record.iter().copied();
        by_record.filter(|&principle| !self.standing(deal, principle).is_covered()).collect()
    }
}

impl Standing {
    pub(super) fn is_covered(self) -> bool {
        matches!(self.state, State::Linked | State::Stated)
    }
}

/// Names in one folder of the site: portable, each once, in the order of asking.
#[derive(Default)]
pub(super) struct Names {
    taken: BTreeSet<String>,
}

impl Names {
    /// The slug of a text, with a number if it is taken; unique for one extension.
    pub(super) fn take(&mut self, text: &str, extension: &str) -> String {
        // Letters of up to four bytes each could exceed what file systems take.
        let slug = slug(text);
        let slug = slug[..crate::source::floor_char_boundary(&slug, 200)].trim_end_matches('-').to_owned();
        let mut name = slug.clone();
        let mut number = 2;
        while !self.taken.insert(format!("{name}.{extension}")) {
            let suffix = format!("-{number}");
            let kept = slug.char_indices().nth(80 - suffix.len()).map_or(slug.len(), |(cut, _)| cut);
            name = format!("{}{suffix}", slug[..kept].trim_end_matches('-'));
            number += 1;
        }
        name
    }
}

/// A name for comparison.
pub(super) fn fold(name: &str) -> String {
    name.trim().to_lowercase()
}

/// Whether a note waits for a decision of its author: nothing was found, or something nearly was.
fn waits(playbook: &Playbook, note: usize) -> bool {
    playbook.links.get(&playbook.notes[note].id).is_none_or(|found| {
        !found.suggestions.is_empty() || (found.links.is_empty() && found.refused.is_empty())
    })
}

fn note_places(playbook: &Playbook) -> Vec<NotePlace> {
    // Twins are numbered by their path, not by their date, so that a new note does not move an old address.
    let mut order: Vec<usize> = (0..playbook.notes.len()).collect();
    order.sort_by(|&left, &right| playbook.notes[left].id.cmp(&playbook.notes[right].id));
    let mut names = Names::default();
    let mut paths = vec![String::new(); order.len()];
    for note in order {
        let id = &playbook.notes[note].id.0;
        let stem = id.rsplit_once('.').filter(|(_, extension)| extension.eq_ignore_ascii_case("md"));
        paths[note] = format!("notes/{}.html", names.take(stem.map_or(id, |(stem, _)| stem), "html"));
    }
    paths.into_iter().map(|path| NotePlace { path, deal: None, backlinks: Vec::new() }).collect()
}

fn deal_places(
    playbook: &Playbook,
    note_index: &BTreeMap<NoteId, usize>,
    principle_index: &BTreeMap<PrincipleId, usize>,
    counterparty_index: &BTreeMap<String, usize>,
) -> Vec<DealPlace> {
    let mut names = Names::default();
    let place = |deal: &Deal| {
        let slug = names.take(&deal.id.0, "html");
        let notes: Vec<usize> = deal.notes.iter().filter_map(|id| note_index.get(id).copied()).collect();
        let mut counterparties: Vec<usize> = Vec::new();
        for name in &deal.counterparties {
            if let Some(&index) = counterparty_index.get(&fold(name)) {
                counterparties.push(index);
            }
        }
        let standings = standings(playbook, &notes, principle_index);
        let covered = standings.iter().filter(|standing| standing.is_covered());
        DealPlace {
            covers: covered.map(|standing| standing.principle).collect(),
            path: format!("deals/{slug}.html"),
            brief: format!("briefs/{slug}.html"),
            standings,
            day: notes.iter().filter_map(|&note| playbook.notes[note].day()).max(),
            slug,
            notes,
            counterparties,
        }
    };
    playbook.deals.iter().map(place).collect()
}

/// How the notes of a deal stand against every principle that they speak of.
fn standings(
    playbook: &Playbook,
    notes: &[usize],
    principle_index: &BTreeMap<PrincipleId, usize>,
) -> Vec<Standing> {
    let mut speaking: BTreeMap<usize, Vec<&NoteLinks>> = BTreeMap::new();
    for found in notes.iter().filter_map(|&note| playbook.links.get(&playbook.notes[note].id)) {
        let links = found.links.iter().chain(&found.suggestions).map(|link| &link.principle);
        let principles: BTreeSet<usize> =
            links.chain(&found.refused).filter_map(|id| principle_index.get(id).copied()).collect();
        for principle in principles {
            speaking.entry(principle).or_default().push(found);
        }
    }
    let standing = |(principle, found): (usize, Vec<&NoteLinks>)| {
        let id = &playbook.leverage.principles[principle].id;
        let sides = found.iter().flat_map(|found| &found.links).filter(|link| &link.principle == id);
        let side = joint_side(sides.map(|link| link.side));
        Standing { principle, state: coverage::state(found.iter().copied(), id), side }
    };
    speaking.into_iter().map(standing).collect()
}

/// Who holds a lever of which several passages speak; `None` if none does.
pub(super) fn joint_side(sides: impl Iterator<Item = Side>) -> Option<Side> {
    sides.fold(None, |joint, side| {
        Some(match (joint, side) {
            (None | Some(Side::Unclear), side) => side,
            (Some(joint), Side::Unclear) => joint,
            (Some(joint), side) if joint == side => joint,
            (Some(_), _) => Side::Mutual,
        })
    })
}

fn principle_places(
    playbook: &Playbook,
    notes: &[NotePlace],
    deals: &[DealPlace],
    principle_index: &BTreeMap<PrincipleId, usize>,
) -> Vec<PrinciplePlace> {
    let mut names = Names::default();
    let place = |principle: &Principle| {
        let slug = names.take(principle.id.as_str(), "html");
        PrinciplePlace {
            path: format!("principles/{slug}.html"),
            slug,
            links: Vec::new(),
            deals: Vec::new(),
            best: Vec::new(),
            tallies: [Tally::default(); 4],
            named_in: Vec::new(),
        }
    };
    let mut places: Vec<PrinciplePlace> = playbook.leverage.principles.iter().map(place).collect();
    for (note_index, note) in playbook.notes.iter().enumerate() {
        let links = playbook.links.get(&note.id).map_or(&[][..], |found| &found.links);
        for (link_index, link) in links.iter().enumerate() {
            if let Some(&principle) = principle_index.get(&link.principle) {
                places[principle].links.push((note_index, link_index));
            }
        }
    }
    for (deal_index, deal) in deals.iter().enumerate() {
        for standing in &deal.standings {
            if let (Some(side), true) =
                (standing.side, standing.is_covered() || standing.side == Some(Side::Theirs))
            {
                let place = &mut places[standing.principle];
                place.deals.push((deal_index, side));
                place.tallies[side_rank(side)].add(playbook.deals[deal_index].outcome);
            }
        }
    }
    for place in &mut places {
        let link = |&(note, link): &(usize, usize)| &playbook.links[&playbook.notes[note].id].links[link];
        place.best = place.links.iter().copied().filter(|at| !link(at).evidence.is_empty()).collect();
        place.best.sort_by(|left, right| {
            let rank = |at: &(usize, usize)| {
                let outcome = notes[at.0].deal.map(|deal| playbook.deals[deal].outcome);
                (side_rank(link(at).side), outcome_rank(outcome))
            };
            let sureness = |at| link(at).confidence;
            rank(left)
                .cmp(&rank(right))
                .then(sureness(right).total_cmp(&sureness(left)))
                .then(left.cmp(right))
        });
    }
    places
}

fn side_rank(side: Side) -> usize {
    match side {
        Side::Ours => 0,
        Side::Mutual => 1,
        Side::Unclear => 2,
        Side::Theirs => 3,
    }
}

fn outcome_rank(outcome: Option<Outcome>) -> u8 {
    match outcome {
        Some(Outcome::Won) => 0,
        Some(Outcome::Partly) => 1,
        Some(Outcome::Open) => 2,
        Some(Outcome::Lost) => 3,
        None => 4,
    }
}

fn counterparty_places(
    playbook: &Playbook,
    note_index: &BTreeMap<NoteId, usize>,
    deal_index: &BTreeMap<DealId, usize>,
) -> Vec<CounterpartyPlace> {
    let mut names = Names::default();
    let place = |counterparty: &Counterparty| {
        let slug = names.take(&counterparty.slug, "html");
        CounterpartyPlace {
            path: format!("counterparties/{slug}.html"),
            slug,
            deals: counterparty.deals.iter().filter_map(|id| deal_index.get(id).copied()).collect(),
            notes: counterparty.notes.iter().filter_map(|id| note_index.get(id).copied()).collect(),
        }
    };
    playbook.counterparties.iter().map(place).collect()
}

/// A tag for comparison: without empty levels, in small letters; `None` if nothing is left.
fn tag_key(name: &str) -> Option<String> {
    let levels: Vec<&str> =
        name.trim_matches(['#', ' ']).split('/').filter(|level| !level.is_empty()).collect();
    if levels.is_empty() { None } else { Some(levels.join("/").to_lowercase()) }
}

fn tag_places(playbook: &Playbook) -> (Vec<TagPlace>, BTreeMap<String, usize>) {
    // Deeper levels than anybody writes would let one tag make a thousand pages.
    const MAX_LEVELS: usize = 8;
    let mut found: BTreeMap<String, (String, Vec<usize>)> = BTreeMap::new();
    for (note_index, note) in playbook.notes.iter().enumerate() {
        let mut of_note: BTreeMap<String, &str> = BTreeMap::new();
        for tag in &note.tags {
            let Some(key) = tag_key(tag) else { continue };
            let ends = key.match_indices('/').map(|(at, _)| at).take(MAX_LEVELS);
            for end in ends.chain([key.len()]) {
                let name = tag.trim_matches(['#', ' ', '/']);
                let name = if name.is_char_boundary(end) && name.len() >= end { &name[..end] } else { name };
                let name = if fold(name) == key[..end] { name } else { "" };
                of_note.entry(key[..end].to_owned()).or_insert(name);
            }
        }
        for (key, name) in of_note {
            let name = if name.is_empty() { key.clone() } else { name.to_owned() };
            found.entry(key).or_insert_with(|| (name, Vec::new())).1.push(note_index);
        }
    }
    let index: BTreeMap<String, usize> = found.keys().cloned().zip(0..).collect();
    let parents: Vec<Option<usize>> = found
        .keys()
        .map(|key| key.rsplit_once('/').and_then(|(parent, _)| index.get(parent).copied()))
        .collect();
    let mut names = Names::default();
    let mut places: Vec<TagPlace> = found
        .into_values()
        .zip(&parents)
        .map(|((name, notes), &parent)| {
            let slug = names.take(&name, "html");
            TagPlace { path: format!("tags/{slug}.html"), slug, name, notes, children: Vec::new(), parent }
        })
        .collect();
    for (child, parent) in parents.into_iter().enumerate() {
        if let Some(parent) = parent {
            places[parent].children.push(child);
        }
    }
    (places, index)
}

/// Who links to whom.
fn note_references(
    playbook: &Playbook,
    places: &Places,
    notes: &mut [NotePlace],
    principles: &mut [PrinciplePlace],
) {
    for (from, note) in playbook.notes.iter().enumerate() {
        let mut seen = BTreeSet::new();
        for (reference_index, reference) in note.document.references.iter().enumerate() {
            let Some(destination) = places.destination(note, reference) else { continue };
            if !seen.insert(destination.clone()) {
                continue;
            }
            match destination {
                Destination::Note(to) if to != from => notes[to].backlinks.push((from, reference_index)),
                Destination::Principle(principle) => principles[principle].named_in.push(from),
                _ => {}
            }
        }
    }
}
