//! `leverbook watch`

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::args::{Global, Watch};
use super::build::{output_folder, protected, shown};
use super::interrupt::Stop;
use super::print::{Tally, Terminal, count};
use super::project::{self, Project, today};
use super::{CliError, Exit};
use crate::diagnostic::Diagnostic;
use crate::engine::Engine;
use crate::output::{self, Protected};
use crate::vault::{Vault, disk};
use crate::watch::{self, Batch, Event, Places};

pub(super) fn run(global: &Global, args: &Watch, terminal: &mut Terminal) -> Result<Exit, CliError> {
    let stop = Stop::on_interrupt()?;
    let session = Session::open(args, project::open(global)?)?;
    terminal
        .done("Watching", &format!("{}  into {}", shown(&session.project.root), shown(&session.output)))?;
    let places = |session: &Session| session.project.places(&session.output);
    follow(session, args.poll, terminal, places, |session, batch, terminal| {
        session.answer(global, args, &stop, batch, terminal)
    })
}

/// Answers every batch of changes, until nobody listens any more. An answer may be another session, for other settings; it begins
/// with a batch of its own.
pub(super) fn follow<S>(
    mut session: S,
    poll: Option<u64>,
    terminal: &mut Terminal,
    places: impl Fn(&S) -> Places,
    mut answer: impl FnMut(&mut S, &Batch, &mut Terminal) -> Result<Option<S>, CliError>,
) -> Result<Exit, CliError> {
    loop {
        let mut next = None;
        let mut failure = None;
        watch::run(&places(&session), poll.map(Duration::from_millis), |event| {
            let outcome = match event {
                Event::Polling(advice) => terminal.done("Polling", advice).map(|()| None),
                Event::Changed(batch) => answer(&mut session, &batch, terminal),
            };
            match outcome {
                Ok(None) => ControlFlow::Continue(()),
                Ok(Some(fresh)) => {
                    next = Some(fresh);
                    ControlFlow::Break(())
                }
                Err(error) => {
                    failure = Some(error);
                    ControlFlow::Break(())
                }
            }
        });
        match (next, failure) {
            (Some(fresh), _) => session = fresh,
            (None, Some(error)) => return Err(error),
            (None, None) => return Ok(Exit::Done),
        }
    }
}

/// A project under watch with one set of settings; other settings begin another session.
struct Session {
    project: Project,
    engine: Engine,
    vault: Option<Vault>,
    output: PathBuf,
    protected: Protected,
    /// What was last told of problems: the same is not told twice.
    told: Vec<String>,
}

impl Session {
    fn open(args: &Watch, project: Project) -> Result<Self, CliError> {
        let audience = project.audience(&args.selection)?;
        let output = output_folder(&project, args.output.as_deref());
        let protected = protected(&project);
        output::check(&output, &protected)?;
        let engine = Engine::new(Arc::clone(&project.config), audience);
        Ok(Self { project, engine, vault: None, output, protected, told: Vec::new() })
    }

    /// Builds what changed. `Some` if the settings are other ones now; an error only if nobody listens any more.
    fn answer(
        &mut self,
        global: &Global,
        args: &Watch,
        stop: &Stop,
        batch: &Batch,
        terminal: &mut Terminal,
    ) -> Result<Option<Self>, CliError> {
        match project::reopened(global, &self.project, batch, |project| Self::open(args, project)) {
            Ok(None) => {}
            Ok(fresh) => return Ok(fresh),
            Err(error) => {
                // This batch is not built, so what it names must be read when the settings are sound again.
                self.vault = None;
                return self.tell_failure(&error, terminal).map(|()| None);
            }
        }
        match self.build(stop, batch, terminal) {
            Ok(()) => Ok(None),
            Err(CliError::Closed) => Err(CliError::Closed),
            Err(error) => self.tell_failure(&error, terminal).map(|()| None),
        }
    }

    fn build(&mut self, stop: &Stop, batch: &Batch, terminal: &mut Terminal) -> Result<(), CliError> {
        #[expect(
            clippy::disallowed_methods,
            reason = "how long it took is told to the person, not to the site"
        )]
        let start = Instant::now();
        // If reading fails, the next batch knows only of its own changes; so what was read before is then no help.
        let before = self.vault.take().filter(|_| !batch.rescan);
        let vault = self.project.read(before.as_ref(), &batch.dirty)?;
        let snapshot = self.engine.update(&vault, today());
        let told = keys(&snapshot.diagnostics);
        let tally = Tally::of(&snapshot.diagnostics);
        if told != self.told {
            terminal.diagnostics(&snapshot.diagnostics)?;
            self.told = told;
        }
        let vault = self.vault.insert(vault);
        let site = self.engine.site(&snapshot, &vault.overrides, disk::read_attachment)?;
        let pages = site.paths().len();
        let writing = stop.writing();
        let file = |path: &str| stop.unless_asked_for(|| site.file(path));
        let written = output::write(site.paths(), file, &self.output, &self.protected)?;
        drop(writing);
        let milliseconds = start.elapsed().as_millis();
        if batch.rescan && batch.dirty.is_empty() {
            let there = shown(&self.output.join("index.html"));
            return terminal
                .done("Built", &format!("{} in {milliseconds} ms    open {there}", count(pages, "file")));
        }
        let changed = count(written.written + written.removed, "file");
        terminal.done("Built", &format!("{}  {changed}, {tally} in {milliseconds} ms", names(&batch.dirty)))
    }

    /// The last good site stays; the same failure is told once.
    fn tell_failure(&mut self, error: &CliError, terminal: &mut Terminal) -> Result<(), CliError> {
        let told = [vec![error.to_string()], keys(error.problems())].concat();
        if told == self.told {
            return Ok(());
        }
        self.told = told;
        terminal.error(error)?;
        terminal.done("Kept", "the last site; waiting for a change")
    }
}

/// What tells problems from others; less work than to draw them.
pub(super) fn keys(diagnostics: &[Diagnostic]) -> Vec<String> {
    let key = |diagnostic: &Diagnostic| {
        let start = diagnostic.positions().map_or((0, 0), |(start, _)| (start.line, start.column));
        let Diagnostic { message, help, .. } = diagnostic;
        format!("{} {start:?} {} {message} {help:?}", diagnostic.file(), diagnostic.code.as_str())
    };
    diagnostics.iter().map(key).collect()
}

/// The first names of what changed.
pub(super) fn names(dirty: &[PathBuf]) -> String {
    let name =
        |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    match dirty {
        [] => "everything".to_owned(),
        [only] => name(only),
        [first, more @ ..] => format!("{} and {} more", name(first), more.len()),
    }
}
