//! What one audience may see: the only maker of an [`EditedPlaybook`].
//!
//! What is withheld is cut from the text before anything is derived from it, so that an edition is the
//! one of a project that never held it. In come sources; out goes the playbook of that audience, linked.

mod cut;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use rayon::prelude::*;

use crate::config::{Config, Visibility};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::linker::{self, Knowledge, Limits};
use crate::markdown::front_matter::State;
use crate::markdown::{self, Document};
use crate::playbook::{self, Leverage, Note, NoteId, NoteLinks, Playbook};
use crate::source::{Source, SourceId, Span};
use crate::vault::Attachment;

/// Whom a site is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audience {
    /// The edition's name.
    pub edition: String,
    /// What it may see.
    pub includes: Vec<Visibility>,
    /// Whether drafts are shown.
    pub drafts: bool,
}

/// A playbook from which everything that its audience may not see was left out before anything was derived.
#[derive(Debug)]
#[expect(
    clippy::manual_non_exhaustive,
    reason = "`non_exhaustive` keeps nobody in this crate from making one"
)]
pub struct EditedPlaybook {
    /// Whom it is for.
    pub audience: Audience,
    /// What they see.
    pub playbook: Playbook,
    /// The settings that pages show.
    pub config: Config,
    /// Files that its notes show or link to, by path from the project's root.
    pub attachments: BTreeMap<SourceId, Attachment>,
    /// What is odd about the front matter of its notes.
    pub problems: BTreeMap<NoteId, Vec<NoteProblem>>,
    // Keeps others from making one.
    _edited: (),
}

/// A note that its audience may see; only this module makes one.
#[derive(Clone, Debug)]
pub struct Admitted {
    note: Arc<Note>,
    /// What is odd about what the audience may see of it.
    problems: Arc<[Diagnostic]>,
}

/// What is odd about a note's front matter, for its pages: without a place, because a file may hold more than they show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteProblem {
    /// Which kind of problem.
    pub code: Code,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// What reading one source for an audience gave.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// The note, if the audience may see it.
    pub note: Option<Admitted>,
    /// The problems of the whole text, also of what the audience may not see: they are for the author.
    pub diagnostics: Vec<Diagnostic>,
}

impl Audience {
    /// The audience of an edition; `None` if the settings know no such edition.
    pub fn of(config: &Config, edition: &str, drafts: bool) -> Option<Self> {
        let includes = config.editions.get(edition)?.includes.clone();
        Some(Self { edition: edition.to_owned(), includes, drafts })
    }

    fn sees(&self, visibility: Visibility) -> bool {
        self.includes.contains(&visibility)
    }
}

impl Admitted {
    /// The note.
    pub fn note(&self) -> &Arc<Note> {
        &self.note
    }
}

/// Reads a source as a note for an audience; `path` is the one below its notes folder.
pub fn read_note(id: NoteId, path: &str, source: &Arc<Source>, audience: &Audience) -> Reading {
    let (document, mut diagnostics) = admit(source, audience);
    let Some(document) = document else { return Reading { note: None, diagnostics } };
    let (note, problems) = playbook::note::read(id, path, document);
    let problems: Arc<[Diagnostic]> = problems.into();
    diagnostics.extend(problems.iter().cloned());
    Reading { note: Some(Admitted { note: Arc::new(note), problems }), diagnostics }
}

/// Reads a source as the leverage document for an audience.
pub fn read_leverage(source: &Arc<Source>, audience: &Audience) -> (Leverage, Vec<Diagnostic>) {
    let (document, mut diagnostics) = admit(source, audience);
    let Some(document) = document else { return (Leverage::default(), diagnostics) };
    let (leverage, problems) = playbook::leverage::read(&document);
    diagnostics.extend(problems);
    (leverage, diagnostics)
}

/// The document as the audience may read it, and the problems of the whole text.
fn admit(source: &Arc<Source>, audience: &Audience) -> (Option<Document>, Vec<Diagnostic>) {
    let document = markdown::parse(source);
    let mut diagnostics = document.diagnostics.clone();
    if document.front_matter.state == State::Unreadable {
        return (None, diagnostics);
    }
    let active = markdown::active_html(&document).into_iter().map(|span| {
        let message = "this HTML could do something in a reader's browser, so it is left out of pages";
        Diagnostic::at(Code::WithheldPart, source, span, message)
    });
    diagnostics.extend(active);
    match playbook::note::visibility(&document) {
        Err(warning) => {
            diagnostics.push(*warning);
            return (None, diagnostics);
        }
        Ok((visibility, draft)) if !audience.sees(visibility) || (draft && !audience.drafts) => {
            return (None, diagnostics);
        }
        Ok(_) => {}
    }
    diagnostics.extend(cut::misspelt(&document));
    let admitted = cut::cut(document, audience);
    if admitted.is_none() {
        let message =
            "what is left without the parts that this edition withholds could say who may see the note";
        let problem = Diagnostic::at(Code::FrontMatterNotFirst, source, Span::new(0, 0), message);
        diagnostics
            .push(problem.help("put the front matter on the first line; the note is withheld until then"));
    }
    (admitted, diagnostics)
}

/// Puts the playbook of an audience together and links it. `remembered` may know the links of a note already.
pub fn compose(
    audience: &Audience,
    config: &Config,
    leverage: Leverage,
    admitted: &[Admitted],
    attachments: &BTreeMap<SourceId, Attachment>,
    today: Option<Date>,
    remembered: impl Fn(&Arc<Note>) -> Option<NoteLinks> + Sync,
) -> (EditedPlaybook, Vec<Diagnostic>) {
    let mut notes: Vec<Arc<Note>> = admitted.iter().map(|admitted| Arc::clone(&admitted.note)).collect();
    notes.sort_by_cached_key(|note| (std::cmp::Reverse(note.date), note.id.clone()));
    let limits = Limits { min_confidence: config.min_confidence, max_links: config.max_links };
    let knowledge = Knowledge::new(&leverage);
    let links = notes.par_iter().map(|note| {
        let links = remembered(note).unwrap_or_else(|| linker::link(&knowledge, note, limits));
        (note.id.clone(), links)
    });
    let links: BTreeMap<NoteId, NoteLinks> = links.collect::<Vec<_>>().into_iter().collect();
    let (deals, counterparties, mut diagnostics) = playbook::deal::assemble(&notes, &config.outcomes, today);
    let problems = note_problems(admitted, &notes, &diagnostics);
    diagnostics.extend(playbook::vault_checks::check(&notes));
    diagnostics.extend(notes.iter().flat_map(|note| linker::check(&knowledge, note)));
    let names = deals.iter().map(|deal| deal.name.as_str());
    let names = names.chain(counterparties.iter().map(|party| party.name.as_str()));
    let below = |id: &SourceId| config.below_notes(id.as_str()).to_owned();
    let mut by_path: BTreeMap<String, &SourceId> = BTreeMap::new();
    for id in attachments.keys() {
        by_path.entry(below(id)).or_insert(id);
    }
    let followed = playbook::references::follow(&notes, &leverage, names, by_path.keys().map(String::as_str));
    diagnostics.extend(followed.problems);
    let used = followed.attachments.iter().filter_map(|path| {
        let id = by_path.get(path)?;
        Some(((*id).clone(), attachments[*id].clone()))
    });
    let attachments = used.collect();
    let positions = notes.iter().enumerate().map(|(index, note)| (note.id.clone(), index)).collect();
    let playbook = Playbook { leverage, notes, deals, counterparties, positions, links };
    let edited = EditedPlaybook {
        audience: audience.clone(),
        playbook,
        config: config.clone(),
        attachments,
        problems,
        _edited: (),
    };
    (edited, diagnostics)
}

/// What reading the notes told, and which outcomes are not known: nothing that depends on the day or on withheld text.
fn note_problems(
    admitted: &[Admitted],
    notes: &[Arc<Note>],
    of_deals: &[Diagnostic],
) -> BTreeMap<NoteId, Vec<NoteProblem>> {
    let mut problems: BTreeMap<NoteId, Vec<NoteProblem>> = BTreeMap::new();
    let mut add = |note: &Note, problem: &Diagnostic| {
        if problem.severity < Severity::Info {
            let (code, message, help) = (problem.code, problem.message.clone(), problem.help.clone());
            problems.entry(note.id.clone()).or_default().push(NoteProblem { code, message, help });
        }
    };
    for admitted in admitted {
        admitted.problems.iter().for_each(|problem| add(&admitted.note, problem));
    }
    let sources: BTreeMap<&SourceId, &Arc<Note>> =
        notes.iter().map(|note| (&note.document.source.id, note)).collect();
    for problem in of_deals.iter().filter(|problem| problem.code == Code::UnknownOutcome) {
        if let Some(note) = sources.get(problem.file()) {
            add(note, problem);
        }
    }
    problems
}
