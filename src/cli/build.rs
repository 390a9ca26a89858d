//! `leverbook build`

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use super::args::{Build, Global};
use super::interrupt::Stop;
use super::print::{Terminal, count};
use super::project::{self, Project, today};
use super::{CliError, Exit};
use crate::engine::{Engine, Snapshot};
use crate::output::{self, Protected, Written};
use crate::site::{Site, Templates};
use crate::vault::{Vault, disk};

pub(super) fn run(global: &Global, args: &Build, terminal: &mut Terminal) -> Result<Exit, CliError> {
    #[expect(clippy::disallowed_methods, reason = "how long it took is told to the person, not to the site")]
    let start = Instant::now();
    let stop = Stop::on_interrupt()?;
    let project = project::open(global)?;
    let audience = project.audience(&args.selection)?;
    let output = output_folder(&project, args.output.as_deref());
    let protected = protected(&project);
    output::check(&output, &protected)?;
    let vault = project.read(None, &[])?;
    terminal.step("Reading", &count(vault.sources.len(), "file"))?;
    let snapshot = Engine::new(Arc::clone(&project.config), audience).update(&vault, today());
    terminal.step("Linking", &linked(&snapshot))?;
    let tally = terminal.diagnostics(&snapshot.diagnostics)?;
    let (written, pages) = publish_into(&vault, snapshot, &output, &protected, &stop)?;
    let seconds = start.elapsed().as_secs_f64();
    let summary = format!(
        "{}  {} of {}, {tally} in {seconds:.2} s    open {}",
        shown(&output),
        count(written.written, "changed file"),
        pages,
        shown(&output.join("index.html"))
    );
    terminal.done("Done", &summary)?;
    Ok(tally.exit(args.strict))
}

/// Renders a snapshot into the output folder. When the program is to end, the old site stays.
fn publish_into(
    vault: &Vault,
    snapshot: Snapshot,
    output: &Path,
    protected: &Protected,
    stop: &Stop,
) -> Result<(Written, usize), CliError> {
    let templates = Templates::new(&snapshot.playbook.config.language, &vault.overrides)?;
    let site = Site::new(snapshot.playbook, Arc::new(templates), disk::read_attachment);
    let _writing = stop.writing();
    let render = |path: &str| stop.unless_asked_for(|| site.render(path));
    let written = output::write(site.paths(), render, output, protected)?;
    Ok((written, site.paths().len()))
}

/// Where the site goes.
pub(super) fn output_folder(project: &Project, argument: Option<&Path>) -> PathBuf {
    match argument {
        Some(folder) => disk::absolute_new(folder),
        None => project.root.join(&project.config.output),
    }
}

/// What a build must never overwrite.
pub(super) fn protected(project: &Project) -> Protected {
    let folders = project.config.notes.iter().chain([&project.config.templates]);
    Protected {
        root: project.root.clone(),
        folders: folders.map(|folder| project.root.join(folder)).collect(),
        home: home(),
    }
}

#[expect(clippy::disallowed_methods, reason = "the home folder is only asked for to keep it safe")]
fn home() -> Option<PathBuf> {
    std::env::home_dir()
}

/// What linking gave, in a line.
pub(super) fn linked(snapshot: &Snapshot) -> String {
    let links = &snapshot.playbook.playbook.links;
    let total: usize = links.values().map(|links| links.links.len()).sum();
    let without = links.values().filter(|links| links.links.is_empty()).count();
    let review = links.values().filter(|links| !links.suggestions.is_empty()).count();
    let notes = count(links.len(), "note");
    format!(
        "{notes}  {} in {}, {review} to review, {without} without any",
        count(total, "link"),
        links.len() - without
    )
}

/// A path as a person at this place would write it.
pub(super) fn shown(path: &Path) -> String {
    let here = std::path::absolute(".").ok();
    let shorter = here.and_then(|here| path.strip_prefix(here).ok().map(Path::to_path_buf));
    match shorter {
        Some(path) if !path.as_os_str().is_empty() => path.display().to_string(),
        _ => path.display().to_string(),
    }
}
