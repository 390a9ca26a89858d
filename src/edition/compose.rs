//! Puts the playbook of an audience together and links it, and remembers what an edit does not touch.
//!
//! Four things are kept apart by what they follow from: the knowledge of the linker from the leverage document; the frame (deals,
//! counterparties, where names lead) from all notes without their bodies; what the labels teach from the notes that are labelled
//! and how often their words occur elsewhere; and what was found about a note from that note and the other three.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use rayon::prelude::*;

use super::{Admitted, Audience, EditedPlaybook, NoteProblem};
use crate::config::Config;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::linker::{self, Knowledge, Learnt, Limits, Linked};
use crate::playbook::paths::Paths;
use crate::playbook::references::{self, Destinations, Followed};
use crate::playbook::{self, Counterparty, Deal, Leverage, Note, NoteId, Playbook, key};
use crate::source::SourceId;
use crate::vault::Attachment;

/// What an edition is put together from.
pub struct Composition<'a> {
    /// Whom it is for.
    pub audience: &'a Audience,
    /// The settings.
    pub config: &'a Arc<Config>,
    /// The leverage document as the audience may read it.
    pub leverage: &'a Arc<Leverage>,
    /// The notes that they may see, in an order that does not change from one revision to the next.
    pub admitted: &'a [Admitted],
    /// All files that notes may show.
    pub attachments: &'a BTreeMap<SourceId, Attachment>,
    /// The day by which the author is told of deadlines.
    pub today: Option<Date>,
}

/// What composing remembers from one revision to the next, for one audience and one set of settings.
#[derive(Default)]
pub struct Memory {
    knowledge: Option<Arc<Knowledge>>,
    last: Option<Last>,
}

/// The last edition and what it followed from.
struct Last {
    leverage: Arc<Leverage>,
    /// In the order in which they were admitted.
    admitted: Vec<Admitted>,
    offered: BTreeMap<SourceId, Attachment>,
    today: Option<Date>,
    frame: Frame,
    /// By the note's place in the playbook.
    found: Vec<Found>,
    learnt: Arc<Learnt>,
    attachments: Arc<BTreeMap<SourceId, Attachment>>,
}

/// What follows from all notes without their bodies.
#[derive(Clone)]
struct Frame {
    /// The place in the playbook of each note, in the order in which they were admitted.
    places: Arc<Vec<usize>>,
    deals: Arc<Vec<Deal>>,
    counterparties: Arc<Vec<Counterparty>>,
    positions: Arc<BTreeMap<NoteId, usize>>,
    destinations: Arc<Destinations>,
    /// Which file a path below the notes folders is.
    files: Arc<BTreeMap<String, SourceId>>,
    problems: Arc<Vec<Diagnostic>>,
}

/// What was found about one note.
#[derive(Clone)]
struct Found {
    linked: Linked,
    /// What is wrong with the principles that its author names.
    problems: Arc<Vec<Diagnostic>>,
    followed: Arc<Followed>,
}

impl Memory {
    /// Puts the playbook of an audience together and links it. The result is the one of a memory that holds nothing.
    pub fn compose(&mut self, composition: &Composition) -> (EditedPlaybook, Vec<Diagnostic>) {
        let Composition { audience, config, leverage, admitted, attachments, today } = *composition;
        let last = self.last.take();
        let same_leverage = last.as_ref().filter(|last| last.leverage == *leverage);
        // The very same object, so that whoever compares need not look into it.
        let leverage = same_leverage.map_or(leverage, |last| &last.leverage);
        if same_leverage.is_none() || self.knowledge.is_none() {
            self.knowledge = Some(Arc::new(Knowledge::new(leverage)));
        }
        let knowledge = Arc::clone(self.knowledge.get_or_insert_with(|| Arc::new(Knowledge::new(leverage))));
        let kept = same_leverage.filter(|last| last.keeps_frame(composition)).map(|last| last.frame.clone());
        let same_frame = kept.is_some();
        let frame = kept.unwrap_or_else(|| Frame::new(composition));
        let mut notes: Vec<Option<Arc<Note>>> = vec![None; admitted.len()];
        for (admitted, &place) in admitted.iter().zip(&*frame.places) {
            notes[place] = Some(Arc::clone(&admitted.0));
        }
        let notes: Vec<Arc<Note>> = notes.into_iter().flatten().collect();

        let before: BTreeMap<&NoteId, (&Arc<Note>, &Found)> = match same_leverage {
            Some(last) if !same_frame => {
                last.notes().map(|(note, found)| (&note.id, (note, found))).collect()
            }
            _ => BTreeMap::new(),
        };
        let in_order: Option<Vec<(&Arc<Note>, &Found)>> =
            same_leverage.filter(|_| same_frame).map(|last| last.in_places());
        let limits = Limits { min_confidence: config.min_confidence, max_links: config.max_links };
        // What was found about the very same note.
        let before = |place: usize| -> Option<&Found> {
            let note = &notes[place];
            let before = match &in_order {
                Some(in_order) => Some(in_order[place]),
                None => before.get(&note.id).copied(),
            };
            before.filter(|(before, _)| Arc::ptr_eq(before, note)).map(|(_, found)| found)
        };
        let linked_before = |place: usize| before(place).map(|found| &found.linked);
        let learnt_before = same_leverage.map(|last| &last.learnt);
        let (linked, learnt) = linker::link_vault(&knowledge, &notes, limits, learnt_before, linked_before);
        let find = |(place, linked): (usize, Linked)| {
            let (note, before) = (&notes[place], before(place));
            if let Some(found) = before.filter(|_| same_frame) {
                return Found { linked, ..found.clone() };
            }
            let followed = references::follow(note, &notes, leverage, &frame.destinations);
            let problems = match before {
                Some(found) => Arc::clone(&found.problems),
                None => Arc::new(linker::check(&knowledge, note)),
            };
            Found { linked, problems, followed: Arc::new(followed) }
        };
        let found: Vec<Found> = linked.into_par_iter().enumerate().map(find).collect();

        let mut diagnostics = frame.problems.to_vec();
        diagnostics.extend(found.iter().flat_map(|found| found.problems.iter().cloned()));
        diagnostics.extend(found.iter().flat_map(|found| found.followed.problems.iter().cloned()));
        let followed: Vec<Arc<Followed>> = found.iter().map(|found| Arc::clone(&found.followed)).collect();
        diagnostics.extend(references::circles(&notes, &followed));
        let used: BTreeSet<&String> = followed.iter().flat_map(|followed| &followed.attachments).collect();
        let used = used.into_iter().filter_map(|path| {
            let id = frame.files.get(path)?;
            Some((id.clone(), attachments[id].clone()))
        });
        let used: BTreeMap<SourceId, Attachment> = used.collect();
        let used = match last.as_ref().filter(|last| *last.attachments == used) {
            Some(last) => Arc::clone(&last.attachments),
            None => Arc::new(used),
        };
        let links =
            notes.iter().zip(&found).map(|(note, found)| (note.id.clone(), Arc::clone(&found.linked.links)));
        let edited = EditedPlaybook {
            audience: audience.clone(),
            playbook: Playbook {
                leverage: Arc::clone(leverage),
                links: links.collect(),
                notes,
                deals: Arc::clone(&frame.deals),
                counterparties: Arc::clone(&frame.counterparties),
                positions: Arc::clone(&frame.positions),
            },
            config: Arc::clone(config),
            attachments: Arc::clone(&used),
            problems: note_problems(admitted, &frame.problems),
            learnt: Arc::clone(&learnt),
            knowledge,
            _edited: (),
        };
        let (leverage, admitted) = (Arc::clone(leverage), admitted.to_vec());
        let offered = match last {
            Some(last) if last.offered == *attachments => last.offered,
            _ => attachments.clone(),
        };
        self.last =
            Some(Last { leverage, admitted, offered, today, frame, found, learnt, attachments: used });
        (edited, diagnostics)
    }
}

/// What reading the notes told, and which outcomes are not known: nothing that depends on the day or on withheld text.
fn note_problems(admitted: &[Admitted], of_all: &[Diagnostic]) -> BTreeMap<NoteId, Vec<NoteProblem>> {
    let mut problems: BTreeMap<NoteId, Vec<NoteProblem>> = BTreeMap::new();
    let mut add = |note: &Note, problem: &Diagnostic| {
        if problem.severity < Severity::Info {
            let (code, message, help) = (problem.code, problem.message.clone(), problem.help.clone());
            problems.entry(note.id.clone()).or_default().push(NoteProblem { code, message, help });
        }
    };
    for Admitted(note, of_note) in admitted {
        of_note.iter().for_each(|problem| add(note, problem));
    }
    let unknown: BTreeMap<&SourceId, &Diagnostic> = of_all
        .iter()
        .filter(|problem| problem.code == Code::UnknownOutcome)
        .map(|problem| (problem.file(), problem))
        .collect();
    if !unknown.is_empty() {
        for Admitted(note, _) in admitted {
            if let Some(problem) = unknown.get(&note.document.source.id) {
                add(note, problem);
            }
        }
    }
    problems
}

impl Last {
    /// Whether only bodies of notes differ.
    fn keeps_frame(&self, composition: &Composition) -> bool {
        let same = |(before, now): (&Admitted, &Admitted)| {
            Arc::ptr_eq(&before.0, &now.0) || now.0.has_frame_of(&before.0)
        };
        self.today == composition.today
            && self.admitted.len() == composition.admitted.len()
            && self.offered == *composition.attachments
            && self.admitted.iter().zip(composition.admitted).all(same)
    }

    fn notes(&self) -> impl Iterator<Item = (&Arc<Note>, &Found)> {
        let admitted = self.admitted.iter().zip(&*self.frame.places);
        admitted.map(|(admitted, &place)| (&admitted.0, &self.found[place]))
    }

    /// The notes by their places.
    fn in_places(&self) -> Vec<(&Arc<Note>, &Found)> {
        let mut notes: Vec<Option<&Arc<Note>>> = vec![None; self.found.len()];
        for (admitted, &place) in self.admitted.iter().zip(&*self.frame.places) {
            notes[place] = Some(&admitted.0);
        }
        notes.into_iter().flatten().zip(&self.found).collect()
    }
}

impl Frame {
    fn new(composition: &Composition) -> Self {
        let Composition { config, admitted, attachments, today, .. } = *composition;
        let mut order: Vec<usize> = (0..admitted.len()).collect();
        order.sort_by(|&left, &right| {
            let (left, right) = (&admitted[left].0, &admitted[right].0);
            right.date.cmp(&left.date).then_with(|| left.id.cmp(&right.id))
        });
        let notes: Vec<Arc<Note>> = order.iter().map(|&index| Arc::clone(&admitted[index].0)).collect();
        let mut places = vec![0; order.len()];
        for (place, &index) in order.iter().enumerate() {
            places[index] = place;
        }
        let (deals, counterparties, mut problems) = playbook::deal::assemble(&notes, &config.outcomes, today);
        problems.extend(playbook::vault_checks::check(&notes));
        let mut files: BTreeMap<String, SourceId> = BTreeMap::new();
        for id in attachments.keys() {
            files.entry(config.below_notes(id.as_str()).to_owned()).or_insert_with(|| id.clone());
        }
        let names = deals.iter().map(|deal| deal.name.as_str());
        let names = names.chain(counterparties.iter().map(|party| party.name.as_str())).map(key).collect();
        let paths = Paths::new(notes.iter().map(|note| &*note.id.0), files.keys().map(String::as_str));
        let positions = notes.iter().enumerate().map(|(index, note)| (note.id.clone(), index)).collect();
        Self {
            places: Arc::new(places),
            deals: Arc::new(deals),
            counterparties: Arc::new(counterparties),
            positions: Arc::new(positions),
            destinations: Arc::new(Destinations { paths, names }),
            files: Arc::new(files),
            problems: Arc::new(problems),
        }
    }
}
