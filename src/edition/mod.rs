//! What one audience may see: the only maker of an [`EditedPlaybook`].
//!
//! What is withheld is cut from the text before anything is derived from it, so that an edition is the
//! one of a project that never held it. In come sources; out goes the playbook of that audience, linked.

mod compose;
mod cut;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::{Config, Visibility};
use crate::diagnostic::{Code, Diagnostic};
use crate::linker::{Knowledge, Learnt};
use crate::markdown::front_matter::State;
use crate::markdown::{self, Document};
use crate::playbook::{self, Leverage, Note, NoteId, Playbook};
use crate::source::{Source, SourceId, Span};
use crate::vault::Attachment;

pub use compose::{Composition, Memory};

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
    pub config: Arc<Config>,
    /// Files that its notes show or link to, by path from the project's root.
    pub attachments: Arc<BTreeMap<SourceId, Attachment>>,
    /// What is odd about the front matter of its notes.
    pub problems: BTreeMap<NoteId, Vec<NoteProblem>>,
    /// What the links set and refused by hand in its notes teach.
    pub learnt: Arc<Learnt>,
    /// What the linker knows of the principles that they see.
    pub knowledge: Arc<Knowledge>,
    // Keeps others from making one.
    _edited: (),
}

/// A note that its audience may see; only this module makes one.
#[derive(Clone, Debug)]
pub struct Admitted(
    Arc<Note>,
    /// What is odd about what the audience may see of it.
    Arc<[Diagnostic]>,
);

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
        &self.0
    }
}

/// Reads a source as a note for an audience; `path` is the one below its notes folder.
pub fn read_note(id: NoteId, path: &str, source: &Arc<Source>, audience: &Audience) -> Reading {
    let (document, mut diagnostics) = admit(source, audience);
    let Some(document) = document else { return Reading { note: None, diagnostics } };
    let (note, problems) = playbook::note::read(id, path, document);
    let problems: Arc<[Diagnostic]> = problems.into();
    diagnostics.extend(problems.iter().cloned());
    Reading { note: Some(Admitted(Arc::new(note), problems)), diagnostics }
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
