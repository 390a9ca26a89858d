//! Runs the steps and remembers their results.
//!
//! In comes a vault at one revision; out goes a [`Snapshot`]: the playbook of one audience and every
//! problem found. What was read and linked before is kept by the text that it came from, and the
//! result is always the one of a clean run. Files, clocks and terminals are not known here.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::sync::Arc;

use jiff::civil::Date;
use rayon::prelude::*;

use crate::config::Config;
use crate::diagnostic::{self, Code, Diagnostic, Severity};
use crate::edition::{self, Audience, Composition, EditedPlaybook, Reading};
use crate::playbook::{Leverage, NoteId};
use crate::site::{self, Site, TemplateError, Templates};
use crate::source::{Source, SourceId};
use crate::vault::Vault;

/// All memory between two builds of one edition of one project.
pub struct Engine {
    config: Arc<Config>,
    audience: Audience,
    readings: BTreeMap<SourceId, Remembered>,
    leverage: Option<RememberedLeverage>,
    memory: edition::Memory,
    templates: Option<RememberedTemplates>,
    site: Option<Arc<Site>>,
}

/// The leverage document, its problems, and the very text that they came from.
struct RememberedLeverage {
    source: Arc<Source>,
    leverage: Arc<Leverage>,
    problems: Vec<Diagnostic>,
}

/// Templates, and the overrides that they came from.
struct RememberedTemplates {
    overrides: BTreeMap<String, Arc<[u8]>>,
    templates: Arc<Templates>,
}

/// What reading a source gave, and the very text that it came from.
struct Remembered {
    source: Arc<Source>,
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
    /// An engine that remembers nothing yet.
    pub fn new(config: Arc<Config>, audience: Audience) -> Self {
        Self {
            config,
            audience,
            readings: BTreeMap::new(),
            leverage: None,
            memory: edition::Memory::default(),
            templates: None,
            site: None,
        }
    }

    /// Brings the playbook to a revision of the vault. By `today` the author is told which deadlines have passed; no page shows it.
    pub fn update(&mut self, vault: &Vault, today: Option<Date>) -> Snapshot {
        let leverage_id = SourceId::new(self.config.leverage.as_str());
        let mut diagnostics = vault.diagnostics.clone();
        let (leverage, problems) = self.leverage(vault, &leverage_id);
        diagnostics.extend(problems);
        self.read_notes(vault, &leverage_id);
        let readings = self.readings.values();
        diagnostics.extend(readings.flat_map(|remembered| remembered.reading.diagnostics.iter().cloned()));
        let admitted: Vec<_> =
            self.readings.values().filter_map(|remembered| remembered.reading.note.clone()).collect();
        let (playbook, problems) = self.memory.compose(&Composition {
            audience: &self.audience,
            config: &self.config,
            leverage: &leverage,
            admitted: &admitted,
            attachments: &vault.attachments,
            today,
        });
        diagnostics.extend(problems);
        diagnostics.extend(site::strays(&self.config.templates, &vault.overrides));
        diagnostic::sort(&mut diagnostics);
        Snapshot { playbook: Arc::new(playbook), diagnostics }
    }

    /// The site of a snapshot, with the templates that a vault overrides; `read` gives the bytes of attachments. Nothing is
    /// rendered yet: each file is when it is first asked for, so the one that somebody waits for can go first.
    ///
    /// # Errors
    /// A template that is wrong, with file, line and caret. What is remembered stays.
    pub fn site(
        &mut self,
        snapshot: &Snapshot,
        overrides: &BTreeMap<String, Arc<[u8]>>,
        read: impl Fn(&Path) -> io::Result<Vec<u8>> + Send + Sync + 'static,
    ) -> Result<Arc<Site>, TemplateError> {
        let templates = self.templates(overrides)?;
        let playbook = Arc::clone(&snapshot.playbook);
        let site = Arc::new(match &self.site {
            Some(before) => before.next(playbook, templates, read),
            None => Site::new(playbook, templates, read),
        });
        self.site = Some(Arc::clone(&site));
        Ok(site)
    }

    fn templates(
        &mut self,
        overrides: &BTreeMap<String, Arc<[u8]>>,
    ) -> Result<Arc<Templates>, TemplateError> {
        if let Some(remembered) =
            self.templates.as_ref().filter(|remembered| remembered.overrides == *overrides)
        {
            return Ok(Arc::clone(&remembered.templates));
        }
        let templates = Arc::new(Templates::new(&self.config, overrides)?);
        let remembered =
            RememberedTemplates { overrides: overrides.clone(), templates: Arc::clone(&templates) };
        self.templates = Some(remembered);
        Ok(templates)
    }

    fn leverage(&mut self, vault: &Vault, id: &SourceId) -> (Arc<Leverage>, Vec<Diagnostic>) {
        let Some(source) = vault.sources.get(id) else {
            self.leverage = None;
            let problem = Diagnostic::of_file(Code::NoPrinciples, id, "there is no leverage document")
                .help("write one there, or name yours in leverbook.toml: [paths] leverage = \"...\"");
            return (Arc::default(), vec![problem]);
        };
        let remembered = self.leverage.take().filter(|remembered| is_same(&remembered.source, source));
        let remembered = remembered.unwrap_or_else(|| {
            let (leverage, mut problems) = edition::read_leverage(source, &self.audience);
            if leverage.source.is_none() && problems.is_empty() {
                let message =
                    format!("the leverage document is not for the edition `{}`", self.audience.edition);
                let problem = Diagnostic::of_file(Code::NoPrinciples, id, message);
                let help = "let its front matter say who may see it, such as `visibility: public`";
                problems.push(Diagnostic { severity: Severity::Warning, ..problem.help(help) });
            }
            RememberedLeverage { source: Arc::clone(source), leverage: Arc::new(leverage), problems }
        });
        let result = (Arc::clone(&remembered.leverage), remembered.problems.clone());
        self.leverage = Some(remembered);
        result
    }

    /// Reads the notes that are new or have another text, and forgets those that are gone.
    fn read_notes(&mut self, vault: &Vault, leverage: &SourceId) {
        let mut before = std::mem::take(&mut self.readings);
        let sources = vault.sources.iter().filter(|(id, _)| *id != leverage);
        let jobs: Vec<_> = sources.map(|(id, source)| (before.remove(id), id, source)).collect();
        let (audience, config) = (&self.audience, &self.config);
        let read = |id: NoteId, source: &Arc<Source>| {
            let reading = edition::read_note(id, config.below_notes(source.id.as_str()), source, audience);
            Remembered { source: Arc::clone(source), reading }
        };
        let readings = jobs.into_par_iter().map(|(remembered, id, source)| {
            let kept = remembered.filter(|remembered| is_same(&remembered.source, source));
            let path = config.below_notes(id.as_str());
            (id.clone(), kept.unwrap_or_else(|| read(NoteId(path.into()), source)))
        });
        self.readings = readings.collect::<Vec<_>>().into_iter().collect();
        // Of notes with one path below two notes folders the first keeps it; a note that is withheld takes nobody's.
        let mut taken = BTreeSet::new();
        for (id, remembered) in &mut self.readings {
            let Some(admitted) = &remembered.reading.note else { continue };
            let path = self.config.below_notes(id.as_str());
            let wanted = NoteId(if taken.insert(path) { path.into() } else { id.as_str().into() });
            if admitted.note().id != wanted {
                *remembered = read(wanted, &vault.sources[id]);
            }
        }
    }
}

/// Whether two sources have the same text.
fn is_same(before: &Arc<Source>, now: &Arc<Source>) -> bool {
    Arc::ptr_eq(before, now) || (before.id == now.id && before.text() == now.text())
}
