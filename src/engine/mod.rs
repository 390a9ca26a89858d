//! Runs the steps and remembers their results.
//!
//! In comes a vault at one revision; out goes a [`Snapshot`]: the playbook of one audience and every
//! problem found. What was read and linked before is kept by the text that it came from, and the
//! result is always the one of a clean run. Files, clocks and terminals are not known here.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use rayon::prelude::*;

use crate::config::Config;
use crate::diagnostic::{self, Code, Diagnostic};
use crate::edition::{self, Audience, EditedPlaybook, Reading};
use crate::playbook::{Leverage, Note, NoteId, NoteLinks};
use crate::source::{Source, SourceId};
use crate::vault::Vault;

/// All memory between two builds of one edition of one project.
pub struct Engine {
    config: Arc<Config>,
    audience: Audience,
    today: Option<Date>,
    readings: BTreeMap<SourceId, Remembered>,
    last: Option<Arc<EditedPlaybook>>,
}

/// What reading a source gave, and the very text that it came from.
struct Remembered {
    source: Arc<Source>,
    id: NoteId,
    reading: Reading,
}

/// What one revision of the vault means to one audience.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The playbook, linked.
    pub playbook: Arc<EditedPlaybook>,
    /// Every problem, in the order in which they are shown.
    pub diagnostics: Vec<Diagnostic>,
}

impl Engine {
    /// An engine that remembers nothing yet; `today` decides which deadlines have passed.
    pub fn new(config: Arc<Config>, audience: Audience, today: Option<Date>) -> Self {
        Self { config, audience, today, readings: BTreeMap::new(), last: None }
    }

    /// Brings the playbook to a revision of the vault.
    pub fn update(&mut self, vault: &Vault) -> Snapshot {
        let leverage_id = SourceId::new(self.config.leverage.as_str());
        let mut diagnostics = vault.diagnostics.clone();
        let (leverage, problems) = self.leverage(vault, &leverage_id);
        diagnostics.extend(problems);
        self.read_notes(vault, &leverage_id);
        let readings = self.readings.values();
        diagnostics.extend(readings.flat_map(|remembered| remembered.reading.diagnostics.iter().cloned()));
        let admitted: Vec<_> =
            self.readings.values().filter_map(|remembered| remembered.reading.note.clone()).collect();
        let before = self.last.as_ref().filter(|last| last.playbook.leverage == leverage);
        let remembered = |note: &Arc<Note>| -> Option<NoteLinks> {
            let last = &before?.playbook;
            let index = last.positions.get(&note.id)?;
            Arc::ptr_eq(&last.notes[*index], note).then(|| last.links.get(&note.id).cloned())?
        };
        let (playbook, problems) = edition::compose(
            &self.audience,
            &self.config,
            leverage,
            &admitted,
            &vault.attachments,
            self.today,
            remembered,
        );
        diagnostics.extend(problems);
        diagnostic::sort(&mut diagnostics);
        let playbook = Arc::new(playbook);
        self.last = Some(Arc::clone(&playbook));
        Snapshot { playbook, diagnostics }
    }

    fn leverage(&self, vault: &Vault, id: &SourceId) -> (Leverage, Vec<Diagnostic>) {
        if let Some(source) = vault.sources.get(id) {
            return edition::read_leverage(source, &self.audience);
        }
        let problem = Diagnostic::of_file(Code::NoPrinciples, id, "there is no leverage document")
            .help("write one there, or name yours in leverbook.toml: [paths] leverage = \"...\"");
        (Leverage::default(), vec![problem])
    }

    /// Reads the notes that are new or have another text, and forgets those that are gone.
    fn read_notes(&mut self, vault: &Vault, leverage: &SourceId) {
        let mut before = std::mem::take(&mut self.readings);
        let ids = note_ids(vault.sources.keys().filter(|id| *id != leverage), &self.config);
        let jobs: Vec<_> = ids
            .into_iter()
            .map(|(source_id, id)| {
                (before.remove(&source_id), &vault.sources[&source_id], source_id.clone(), id)
            })
            .collect();
        let audience = &self.audience;
        let readings = jobs.into_par_iter().map(|(remembered, source, source_id, id)| {
            let kept = remembered
                .filter(|remembered| remembered.id == id && remembered.source.text() == source.text());
            let remembered = kept.unwrap_or_else(|| {
                let reading = edition::read_note(id.clone(), source, audience);
                Remembered { source: Arc::clone(source), id, reading }
            });
            (source_id, remembered)
        });
        self.readings = readings.collect::<Vec<_>>().into_iter().collect();
    }
}

/// The id of each note: its path below its notes folder; from the project's root where two would be alike.
fn note_ids<'a>(sources: impl Iterator<Item = &'a SourceId>, config: &Config) -> Vec<(SourceId, NoteId)> {
    let mut taken = std::collections::BTreeSet::new();
    let id = |source: &SourceId| {
        let path = config.below_notes(source.as_str()).to_owned();
        let path = if taken.insert(path.clone()) { path } else { source.as_str().to_owned() };
        (source.clone(), NoteId(path.into()))
    };
    sources.map(id).collect()
}
