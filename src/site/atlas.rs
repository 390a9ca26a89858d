//! What many pages share, worked out once: where everything stands, and who counts for what.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use jiff::civil::Date;
use rayon::prelude::*;
use tera::Value;

use super::alike::{Alike, Near};
use super::attachment;
use super::destination::{Destination, Places};
use super::plots::Tally;
use super::words::{DateWords, Words, shared};
use crate::edition::EditedPlaybook;
use crate::markdown::{ReferenceKind, slug};
use crate::playbook::{
    Counterparty, Deal, DealId, Link, Note, NoteId, NoteLinks, Outcome, Playbook, Principle, PrincipleId,
    Side, State, coverage,
};
use crate::source::SourceId;

/// The edited playbook with the place of everything in the site. Things are named by their index in the playbook.
///
/// What an edit does not touch is shared with the atlas before it.
pub(super) struct Atlas {
    pub(super) edited: Arc<EditedPlaybook>,
    /// The words of the interface.
    pub(super) words: Arc<Words>,
    pub(super) principles: Arc<Vec<PrinciplePlace>>,
    pub(super) deals: Arc<Vec<DealPlace>>,
    pub(super) counterparties: Arc<Vec<CounterpartyPlace>>,
    pub(super) notes: Arc<Vec<NotePlace>>,
    /// By name, in small letters.
    pub(super) tags: Arc<Vec<TagPlace>>,
    /// Published files by where they stand in the project.
    pub(super) attachments: Arc<BTreeMap<SourceId, String>>,
    /// What was found about each note.
    found: Vec<Arc<NoteLinks>>,
    /// Where the references of each note lead.
    leads: Vec<Leads>,
    /// Which deals stand on the same principles, worked out when a page first asks.
    alike: Arc<OnceLock<Alike>>,
    /// Principles, those that won most as ours first.
    by_record: Arc<Vec<usize>>,
    /// Notes that wait for a decision, newest first.
    pub(super) review: Arc<Vec<usize>>,
    /// All deals.
    pub(super) base: Tally,
    /// The newest note's day: what "now" means on the pages.
    pub(super) as_of: Option<Date>,
    /// The days of all notes in words.
    days: Arc<BTreeMap<Date, DateWords>>,
    pub(super) places: Arc<Places>,
    principle_index: Arc<BTreeMap<PrincipleId, usize>>,
    tag_index: Arc<BTreeMap<String, usize>>,
    counterparty_index: Arc<BTreeMap<String, usize>>,
    /// What deals say of the principles that they lack, by principle, worked out when a page first asks. It quotes notes, so
    /// each atlas has its own.
    pub(super) gap_words: Vec<OnceLock<GapWords>>,
}

/// What every deal says of a principle that it lacks, ready for templates.
pub(super) struct GapWords {
    pub(super) question: Value,
    pub(super) record: Value,
    /// The most telling passage of all: which link, and the words.
    pub(super) best: Option<((usize, usize), Value)>,
}

/// Where a note's references lead, each destination once, with the number of the first reference that leads there.
type Leads = Arc<[(Destination, usize)]>;

#[derive(Clone)]
pub(super) struct PrinciplePlace {
    /// Its page; all paths are those below the site's root.
    pub(super) path: String,
    /// `text` and `href` for templates, as for any name that leads somewhere.
    pub(super) name: Value,
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

#[derive(Clone)]
pub(super) struct DealPlace {
    pub(super) path: String,
    /// `text` and `href` for templates.
    pub(super) name: Value,
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

#[derive(Clone)]
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
        let deal_index: BTreeMap<DealId, usize> =
            playbook.deals.iter().enumerate().map(|(index, deal)| (deal.id.clone(), index)).collect();
        let counterparty_index: BTreeMap<String, usize> = playbook
            .counterparties
            .iter()
            .enumerate()
            .rev()
            .map(|(index, counterparty)| (fold(&counterparty.name), index))
            .collect();

        let found = found(playbook);
        let mut notes = note_places(playbook);
        let deals = deal_places(playbook, &found, &principle_index, &counterparty_index);
        for (deal_index, deal) in deals.iter().enumerate() {
            for &note in &deal.notes {
                notes[note].deal.get_or_insert(deal_index);
            }
        }
        let mut principles = principle_places(playbook, &found, &notes, &deals, &principle_index);
        let counterparties = counterparty_places(playbook, &deal_index);
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
        let leads: Vec<Leads> = playbook.notes.par_iter().map(|note| leads(&places, note)).collect();
        for (from, leads) in leads.iter().enumerate() {
            for (destination, reference) in leads.iter() {
                match *destination {
                    Destination::Note(to) if to != from => notes[to].backlinks.push((from, *reference)),
                    Destination::Principle(principle) => principles[principle].named_in.push(from),
                    _ => {}
                }
            }
        }
        let mut base = Tally::default();
        playbook.deals.iter().for_each(|deal| base.add(deal.outcome));
        let days: BTreeSet<Date> = playbook.notes.iter().filter_map(|note| note.day()).collect();
        let as_of = days.last().copied();
        let days = days.into_iter().map(|day| (day, words.date(day))).collect();
        Self {
            gap_words: principles.iter().map(|_| OnceLock::new()).collect(),
            by_record: Arc::new(by_record(&principles)),
            review: Arc::new(review(&found)),
            alike: Arc::default(),
            edited,
            words,
            principles: Arc::new(principles),
            deals: Arc::new(deals),
            counterparties: Arc::new(counterparties),
            notes: Arc::new(notes),
            tags: Arc::new(tags),
            attachments: Arc::new(attachments),
            found,
            leads,
            base,
            as_of,
            days: Arc::new(days),
            places: Arc::new(places),
            principle_index: Arc::new(principle_index),
            tag_index: Arc::new(tag_index),
            counterparty_index: Arc::new(counterparty_index),
        }
    }

    /// The atlas of the playbook after an edit: the one that [`Self::new`] would make, from the one before.
    pub(super) fn after(before: &Self, edited: Arc<EditedPlaybook>, words: Arc<Words>) -> Self {
        if !Arc::ptr_eq(&before.words, &words) || !is_same_frame(&before.edited, &edited) {
            return Self::new(edited, words);
        }
        let (old, new) = (&before.edited.playbook.notes, &edited.playbook.notes);
        let changed: Vec<usize> =
            (0..new.len()).filter(|&note| !Arc::ptr_eq(&old[note], &new[note])).collect();
        let mut atlas = Self {
            edited: Arc::clone(&edited),
            words,
            principles: Arc::clone(&before.principles),
            deals: Arc::clone(&before.deals),
            counterparties: Arc::clone(&before.counterparties),
            notes: Arc::clone(&before.notes),
            tags: Arc::clone(&before.tags),
            attachments: Arc::clone(&before.attachments),
            found: found(&edited.playbook),
            leads: before.leads.clone(),
            alike: Arc::clone(&before.alike),
            by_record: Arc::clone(&before.by_record),
            review: Arc::clone(&before.review),
            base: before.base,
            as_of: before.as_of,
            days: Arc::clone(&before.days),
            places: Arc::clone(&before.places),
            principle_index: Arc::clone(&before.principle_index),
            tag_index: Arc::clone(&before.tag_index),
            counterparty_index: Arc::clone(&before.counterparty_index),
            gap_words: before.gap_words.iter().map(|_| OnceLock::new()).collect(),
        };
        // A label in one note may move the links of others.
        let is_relinked = |note: &usize| {
            let (before, now) = (&before.found[*note], &atlas.found[*note]);
            !Arc::ptr_eq(before, now) && !counts_alike(before, now)
        };
        let relinked: Vec<usize> = (0..new.len()).filter(is_relinked).collect();
        if !relinked.is_empty() {
            atlas.relink(&relinked);
        }
        for note in changed {
            atlas.lead_anew(note);
        }
        atlas
    }

    /// Counts the links of all notes anew, some of which have other links now.
    fn relink(&mut self, notes: &[usize]) {
        let playbook = &self.edited.playbook;
        let deals = Arc::make_mut(&mut self.deals);
        for deal in notes.iter().filter_map(|&note| self.notes[note].deal).collect::<BTreeSet<_>>() {
            deals[deal].stand(playbook, &self.found, &self.principle_index);
        }
        let principles = principle_places(playbook, &self.found, &self.notes, deals, &self.principle_index);
        let named_in = self.principles.iter().map(|place| place.named_in.clone());
        let principles = principles.into_iter().zip(named_in);
        let principles: Vec<_> =
            principles.map(|(place, named_in)| PrinciplePlace { named_in, ..place }).collect();
        self.alike = Arc::default();
        self.by_record = Arc::new(by_record(&principles));
        self.review = Arc::new(review(&self.found));
        self.principles = Arc::new(principles);
    }

    /// Follows the references of a note anew.
    fn lead_anew(&mut self, from: usize) {
        let leads = leads(&self.places, self.note(from));
        let before = std::mem::replace(&mut self.leads[from], Arc::clone(&leads));
        if before == leads {
            return;
        }
        let (notes, principles) = (Arc::make_mut(&mut self.notes), Arc::make_mut(&mut self.principles));
        for (destination, _) in before.iter() {
            match *destination {
                Destination::Note(to) => notes[to].backlinks.retain(|&(note, _)| note != from),
                Destination::Principle(principle) => {
                    principles[principle].named_in.retain(|&note| note != from);
                }
                _ => {}
            }
        }
        for (destination, reference) in leads.iter() {
            match *destination {
                Destination::Note(to) if to != from => {
                    let links = &mut notes[to].backlinks;
                    let at = links.partition_point(|&(note, _)| note < from);
                    links.insert(at, (from, *reference));
                }
                Destination::Principle(principle) => {
                    let notes = &mut principles[principle].named_in;
                    let at = notes.partition_point(|&note| note < from);
                    notes.insert(at, from);
                }
                _ => {}
            }
        }
    }

    /// Whether two atlases differ at most in what the bodies of notes say.
    pub(super) fn has_frame_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.places, &other.places)
    }

    /// The notes whose own pages may look otherwise than before an edit; all other pages of notes are as they were. `None` if
    /// the edit did more than change what bodies say, so that any page may look otherwise. What a page of a note shows of other notes
    /// (headings that it links to, embeds, the words around backlinks) must be named here.
    pub(super) fn touched_since(&self, before: &Self) -> Option<BTreeSet<usize>> {
        let is_same = self.has_frame_of(before)
            && Arc::ptr_eq(&self.principles, &before.principles)
            && Arc::ptr_eq(&self.deals, &before.deals)
            && Arc::ptr_eq(&self.notes, &before.notes);
        if !is_same {
            return None;
        }
        let (old, new) = (&before.playbook().notes, &self.playbook().notes);
        let is_changed = |note: &usize| {
            !Arc::ptr_eq(&old[*note], &new[*note]) || !Arc::ptr_eq(&before.found[*note], &self.found[*note])
        };
        let changed: Vec<usize> = (0..new.len()).filter(is_changed).collect();
        let named_by = |note: usize| self.notes[note].backlinks.iter().map(|&(from, _)| from);
        let embeds = |note: &usize| {
            let mut references = self.note(*note).document.references.iter();
            references.any(|reference| reference.kind == ReferenceKind::Embed)
        };
        // A link may lead to a heading of a changed note, and what is embedded may hold such a link.
        let mut open: Vec<usize> = changed.iter().flat_map(|&note| named_by(note).chain([note])).collect();
        let mut touched = BTreeSet::new();
        while let Some(note) = open.pop() {
            if touched.insert(note) {
                open.extend(named_by(note).filter(embeds));
            }
        }
        // Where a changed note leads, it is quoted.
        for (destination, _) in changed.iter().flat_map(|&note| self.leads[note].iter()) {
            if let Destination::Note(note) = destination {
                touched.insert(*note);
            }
        }
        Some(touched)
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
        self.found.get(note).map(Arc::as_ref)
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
        self.note(note).day().map(|day| self.date(day))
    }

    /// A day in words.
    pub(super) fn date(&self, day: Date) -> DateWords {
        self.days.get(&day).cloned().unwrap_or_else(|| self.words.date(day))
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

    /// Other deals that stand on the same principles, the closest first.
    pub(super) fn nearest(&self, deal: usize) -> Vec<Near> {
        let is_closed = |deal: usize| self.deal(deal).outcome.is_closed();
        let deals =
            || self.deals.iter().enumerate().map(|(deal, place)| (&place.covers[..], is_closed(deal)));
        self.alike.get_or_init(|| Alike::new(deals())).nearest(deal, is_closed)
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

/// Whether nothing differs between two playbooks but bodies of notes. Whoever composes them shares what is the same.
fn is_same_frame(before: &EditedPlaybook, now: &EditedPlaybook) -> bool {
    let (old, new) = (&before.playbook, &now.playbook);
    Arc::ptr_eq(&old.leverage, &new.leverage)
        && Arc::ptr_eq(&old.positions, &new.positions)
        && Arc::ptr_eq(&old.deals, &new.deals)
        && Arc::ptr_eq(&old.counterparties, &new.counterparties)
        && Arc::ptr_eq(&before.attachments, &now.attachments)
        && Arc::ptr_eq(&before.config, &now.config)
        && before.audience == now.audience
}

/// Whether the links of two versions of a note count alike in every list and statistic; their quotes may differ.
fn counts_alike(before: &NoteLinks, now: &NoteLinks) -> bool {
    let alike = |before: &[Link], now: &[Link]| {
        before.len() == now.len()
            && before.iter().zip(now).all(|(before, now)| {
                before.principle == now.principle
                    && before.confidence.to_bits() == now.confidence.to_bits()
                    && before.origin == now.origin
                    && before.side == now.side
                    && before.evidence.is_empty() == now.evidence.is_empty()
            })
    };
    alike(&before.links, &now.links)
        && alike(&before.suggestions, &now.suggestions)
        && before.refused == now.refused
}

/// What was found about the notes, in their order.
fn found(playbook: &Playbook) -> Vec<Arc<NoteLinks>> {
    let found = playbook.notes.iter().map(|note| playbook.links.get(&note.id).cloned());
    found.map(Option::unwrap_or_default).collect()
}

/// Notes that wait for a decision of their author: nothing was found, or something nearly was.
fn review(found: &[Arc<NoteLinks>]) -> Vec<usize> {
    let waits = |found: &NoteLinks| {
        !found.suggestions.is_empty() || (found.links.is_empty() && found.refused.is_empty())
    };
    (0..found.len()).filter(|&note| waits(&found[note])).collect()
}

/// Principles, those that won most as ours first.
fn by_record(principles: &[PrinciplePlace]) -> Vec<usize> {
    let mut by_record: Vec<usize> = (0..principles.len()).collect();
    by_record.sort_by_key(|&principle| {
        let won = |side| principles[principle].tallies[side_rank(side)].won;
        (std::cmp::Reverse((won(Side::Ours), won(Side::Unclear))), principle)
    });
    by_record
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
    found: &[Arc<NoteLinks>],
    principle_index: &BTreeMap<PrincipleId, usize>,
    counterparty_index: &BTreeMap<String, usize>,
) -> Vec<DealPlace> {
    let mut names = Names::default();
    let place = |deal: &Deal| {
        let slug = names.take(&deal.id.0, "html");
        let notes: Vec<usize> =
            deal.notes.iter().filter_map(|id| playbook.positions.get(id).copied()).collect();
        let mut counterparties: Vec<usize> = Vec::new();
        for name in &deal.counterparties {
            if let Some(&index) = counterparty_index.get(&fold(name)) {
                counterparties.push(index);
            }
        }
        let path = format!("deals/{slug}.html");
        let mut place = DealPlace {
            name: shared(&[("text", &deal.name), ("href", &path)]),
            path,
            brief: format!("briefs/{slug}.html"),
            standings: Vec::new(),
            covers: Vec::new(),
            day: notes.iter().filter_map(|&note| playbook.notes[note].day()).max(),
            slug,
            notes,
            counterparties,
        };
        place.stand(playbook, found, principle_index);
        place
    };
    playbook.deals.iter().map(place).collect()
}

impl DealPlace {
    /// Works out how the deal stands against the principles.
    fn stand(
        &mut self,
        playbook: &Playbook,
        found: &[Arc<NoteLinks>],
        principle_index: &BTreeMap<PrincipleId, usize>,
    ) {
        self.standings = standings(playbook, found, &self.notes, principle_index);
        let covered = self.standings.iter().filter(|standing| standing.is_covered());
        self.covers = covered.map(|standing| standing.principle).collect();
    }
}

/// How the notes of a deal stand against every principle that they speak of.
fn standings(
    playbook: &Playbook,
    found: &[Arc<NoteLinks>],
    notes: &[usize],
    principle_index: &BTreeMap<PrincipleId, usize>,
) -> Vec<Standing> {
    let mut speaking: BTreeMap<usize, Vec<&NoteLinks>> = BTreeMap::new();
    for found in notes.iter().map(|&note| &*found[note]) {
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
    found: &[Arc<NoteLinks>],
    notes: &[NotePlace],
    deals: &[DealPlace],
    principle_index: &BTreeMap<PrincipleId, usize>,
) -> Vec<PrinciplePlace> {
    let mut names = Names::default();
    let place = |principle: &Principle| {
        let slug = names.take(principle.id.as_str(), "html");
        let path = format!("principles/{slug}.html");
        PrinciplePlace {
            name: shared(&[("text", &principle.title), ("href", &path)]),
            path,
            slug,
            links: Vec::new(),
            deals: Vec::new(),
            best: Vec::new(),
            tallies: [Tally::default(); 4],
            named_in: Vec::new(),
        }
    };
    let mut places: Vec<PrinciplePlace> = playbook.leverage.principles.iter().map(place).collect();
    for (note_index, found) in found.iter().enumerate() {
        for (link_index, link) in found.links.iter().enumerate() {
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
        let link = |&(note, link): &(usize, usize)| &found[note].links[link];
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

fn counterparty_places(playbook: &Playbook, deal_index: &BTreeMap<DealId, usize>) -> Vec<CounterpartyPlace> {
    let mut names = Names::default();
    let place = |counterparty: &Counterparty| {
        let slug = names.take(&counterparty.slug, "html");
        CounterpartyPlace {
            path: format!("counterparties/{slug}.html"),
            slug,
            deals: counterparty.deals.iter().filter_map(|id| deal_index.get(id).copied()).collect(),
            notes: counterparty.notes.iter().filter_map(|id| playbook.positions.get(id).copied()).collect(),
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

/// Where the references of a note lead.
fn leads(places: &Places, note: &Note) -> Leads {
    let mut seen = BTreeSet::new();
    let references = note.document.references.iter().enumerate();
    let leads = references.filter_map(|(number, reference)| {
        let destination = places.destination(note, reference)?;
        seen.insert(destination.clone()).then_some((destination, number))
    });
    leads.collect()
}
