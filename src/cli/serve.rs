//! `leverbook serve`

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use super::args::{Global, Serve};
use super::build::output_folder;
use super::interrupt::Stop;
use super::print::{Tally, Terminal, count};
use super::project::{self, Project, today};
use super::watch::{follow, keys, names};
use super::{CliError, Exit, editor};
use crate::diagnostic::{self, Code, Diagnostic, Severity, draw};
use crate::engine::Engine;
use crate::serve::{Problem, Problems, Server, View};
use crate::site::Site;
use crate::source::SourceId;
use crate::vault::{Vault, disk};
use crate::watch::Batch;

/// The port if none is asked for.
const PORT: u16 = 4747;
/// More problems of one weight than these are only counted over a page.
const OVER_PAGE: usize = 20;

pub(super) fn run(global: &Global, args: &Serve, terminal: &mut Terminal) -> Result<Exit, CliError> {
    let stop = Stop::on_interrupt()?;
    let session = Session::open(args, project::open(global)?)?;
    let server = start(args, &stop, terminal)?;
    let places = |session: &Session| session.project.places(&session.output);
    let mut is_first = true;
    follow(session, args.poll, terminal, places, |session, batch, terminal| {
        terminal.mute(stop.is_put_off());
        let fresh = session.answer(global, args, &server, batch, terminal)?;
        if std::mem::take(&mut is_first) {
            announce(args, server.address(), terminal)?;
        }
        Ok(fresh)
    })
}

/// Begins to listen, at another port if the usual one is taken and none was asked for.
fn start(args: &Serve, stop: &Stop, terminal: &mut Terminal) -> Result<Server, CliError> {
    let listen = |port| {
        let stop = stop.clone();
        let open = move |file: &std::path::Path, line, column| editor::open(&stop, file, line, column);
        Server::start(SocketAddr::new(args.bind, port), Box::new(open))
    };
    let failed = |port: u16, error: std::io::Error| {
        let place = SocketAddr::new(args.bind, port);
        CliError::Message(format!(
            "cannot listen at {place}: {error}\n  help: `--port 0` takes a port that is free"
        ))
    };
    match (listen(args.port.unwrap_or(PORT)), args.port) {
        (Ok(server), _) => Ok(server),
        (Err(error), None) if error.kind() == ErrorKind::AddrInUse => {
            let server = listen(0).map_err(|error| failed(0, error))?;
            let port = server.address().port();
            terminal.done("Taken", &format!("is port {PORT}; this is another one: {port}"))?;
            Ok(server)
        }
        (Err(error), port) => Err(failed(port.unwrap_or(PORT), error)),
    }
}

/// Says where the site is, and to whom.
fn announce(args: &Serve, address: SocketAddr, terminal: &mut Terminal) -> Result<(), CliError> {
    let here = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => SocketAddr::from(([127, 0, 0, 1], address.port())),
        IpAddr::V6(ip) if ip.is_unspecified() => SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], address.port())),
        _ => address,
    };
    let url = format!("http://{here}/");
    if !address.ip().is_loopback() {
        let edition = &args.selection.edition;
        terminal.warn(&format!(
            "everybody who can reach {address} can read the edition `{edition}`; there is no password and no encryption"
        ))?;
    }
    terminal.done("Serving", &url)?;
    if args.open
        && let Err(error) = editor::browse(&url)
    {
        terminal.warn(&format!("no browser could be opened: {error}"))?;
    }
    Ok(())
}

/// A project under watch with one set of settings; other settings begin another session.
struct Session {
    project: Project,
    engine: Engine,
    vault: Option<Vault>,
    /// The folder of the built site, which is not watched.
    output: PathBuf,
    /// Why pages of some kinds cannot be rendered with these templates.
    broken: Vec<Diagnostic>,
    /// The last good site.
    site: Option<Arc<Site>>,
    /// What was last told of problems: the same is not told twice.
    told: Vec<String>,
}

impl Session {
    fn open(args: &Serve, project: Project) -> Result<Self, CliError> {
        let audience = project.audience(&args.selection)?;
        let output = output_folder(&project, None);
        let engine = Engine::new(Arc::clone(&project.config), audience);
        Ok(Self { project, engine, vault: None, output, broken: Vec::new(), site: None, told: Vec::new() })
    }

    /// Shows what changed. `Some` if the settings are other ones now; an error only if nobody listens any more.
    fn answer(
        &mut self,
        global: &Global,
        args: &Serve,
        server: &Server,
        batch: &Batch,
        terminal: &mut Terminal,
    ) -> Result<Option<Self>, CliError> {
        match project::reopened(global, &self.project, batch, |project| Self::open(args, project)) {
            Ok(None) => {}
            Ok(Some(fresh)) => return Ok(Some(Self { site: self.site.take(), ..fresh })),
            Err(error) => {
                // This batch is not shown, so what it names must be read when the settings are sound again.
                self.vault = None;
                return self.tell_failure(&error, server, terminal).map(|()| None);
            }
        }
        match self.show(batch, server, terminal) {
            Ok(()) => Ok(None),
            Err(CliError::Closed) => Err(CliError::Closed),
            Err(error) => self.tell_failure(&error, server, terminal).map(|()| None),
        }
    }

    fn show(&mut self, batch: &Batch, server: &Server, terminal: &mut Terminal) -> Result<(), CliError> {
        #[expect(
            clippy::disallowed_methods,
            reason = "how long it took is told to the person, not to the site"
        )]
        let start = Instant::now();
        // If reading fails, the next batch knows only of its own changes; so what was read before is then no help.
        let before = self.vault.take().filter(|_| !batch.rescan);
        let vault = self.project.read(before.as_ref(), &batch.dirty)?;
        let templates_changed = before.as_ref().is_none_or(|before| before.overrides != vault.overrides);
        let assets_changed =
            templates_changed || before.is_some_and(|before| before.attachments != vault.attachments);
        let files = count(vault.sources.len(), "file");
        let snapshot = self.engine.update(&vault, today());
        let site = self.engine.site(&snapshot, &vault.overrides, disk::read_attachment)?;
        if templates_changed {
            self.broken = if vault.overrides.is_empty() { Vec::new() } else { broken_pages(&site) };
        }
        self.vault = Some(vault);
        // To take the old site apart takes its time: the new one goes first.
        let _old = self.site.replace(site);
        let mut errors = problems(&snapshot.diagnostics, Severity::Error);
        let broken = problems(&self.broken, Severity::Error);
        errors.count += broken.count;
        errors.first.splice(0..0, broken.first);
        let warnings = problems(&snapshot.diagnostics, Severity::Warning);
        server.show(View { warnings, assets_changed, ..self.view(errors) });
        let milliseconds = start.elapsed().as_millis();

        let told = [keys(&snapshot.diagnostics), keys(&self.broken)].concat();
        if told != self.told {
            terminal.diagnostics(&snapshot.diagnostics)?;
            terminal.diagnostics(&self.broken)?;
            self.told = told;
        }
        let tally = Tally::of(&snapshot.diagnostics);
        if batch.rescan && batch.dirty.is_empty() {
            return terminal.done("Built", &format!("{files} read, {tally} in {milliseconds} ms"));
        }
        terminal.done("Shown", &format!("{}  {tally} in {milliseconds} ms", names(&batch.dirty)))
    }

    fn view(&self, errors: Problems) -> View {
        View {
            site: self.site.clone(),
            errors,
            warnings: Problems::default(),
            root: self.project.root.clone(),
            editor: self.project.config.editor,
            assets_changed: false,
        }
    }

    /// The last good site stays, and over it stands why; the same failure is told once.
    fn tell_failure(
        &mut self,
        error: &CliError,
        server: &Server,
        terminal: &mut Terminal,
    ) -> Result<(), CliError> {
        let errors = match error {
            CliError::Settings(diagnostics) | CliError::Templates(diagnostics) => {
                problems(diagnostics, Severity::Error)
            }
            error => {
                Problems { first: vec![Problem { text: format!("error: {error}"), place: None }], count: 1 }
            }
        };
        server.show(self.view(errors));
        let told = [vec![error.to_string()], keys(error.problems())].concat();
        if told == self.told {
            return Ok(());
        }
        self.told = told;
        terminal.error(error)?;
        terminal.done("Kept", "the last site; waiting for a change")
    }
}

/// What is wrong with the templates of a project: a page of each kind is tried, for all others are rendered when they are asked for.
fn broken_pages(site: &Site) -> Vec<Diagnostic> {
    let mut kinds = BTreeSet::new();
    let mut broken = Vec::new();
    for path in site.paths().iter().filter(|path| path.ends_with(".html")) {
        let kind = path.rsplit_once('/').map_or(path.as_str(), |(folder, _)| folder);
        let is_new = path.ends_with("/index.html") || kinds.insert(kind);
        if let Some(error) = is_new.then(|| site.file(path).err()).flatten() {
            if error.problems.is_empty() {
                broken.push(Diagnostic::of_file(
                    Code::Template,
                    &SourceId::new(path.as_str()),
                    error.message,
                ));
            } else {
                broken.extend(error.problems);
            }
        }
    }
    diagnostic::sort(&mut broken);
    broken
}

/// Problems of one weight as they are shown over a page.
fn problems(diagnostics: &[Diagnostic], severity: Severity) -> Problems {
    let these = || diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity);
    let shown = |diagnostic: &Diagnostic| {
        let (line, column) = diagnostic.positions().map_or((1, 1), |(start, _)| (start.line, start.column));
        let place = Some((diagnostic.file().clone(), line, column));
        Problem { text: draw(diagnostic, false), place }
    };
    Problems { first: these().take(OVER_PAGE).map(shown).collect(), count: these().count() }
}
