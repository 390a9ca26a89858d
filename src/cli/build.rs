//! `leverbook build`

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use jiff::civil::Date;

use super::args::{Build, Global};
use super::interrupt::Stop;
use super::print::{Tally, Terminal, count};
use super::project::{self, Project, today};
use super::{CliError, Exit};
use crate::edition::Audience;
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
    let today = today();
    let memory = memory(&project).zip(key(&project, &audience, &vault, today));
    if let Some((memory, key)) = &memory
        && let Some(files) = output::is_current(&output, memory, key)
    {
        let seconds = start.elapsed().as_secs_f64();
        let summary =
            summary(&output, &Written { kept: files, ..Written::default() }, Tally::default(), seconds);
        terminal.done("Done", &summary)?;
        return Ok(Exit::Done);
    }
    let snapshot = Engine::new(Arc::clone(&project.config), audience).update(&vault, today);
    terminal.step("Linking", &linked(&snapshot))?;
    let tally = terminal.diagnostics(&snapshot.diagnostics)?;
    let written = publish_into(&vault, snapshot, &output, &protected, &stop)?;
    // Where there are problems, they are to be told each time.
    if let Some((memory, key)) = memory.filter(|_| tally == Tally::default()) {
        output::remember(&output, &memory, &key);
    }
    let seconds = start.elapsed().as_secs_f64();
    terminal.done("Done", &summary(&output, &written, tally, seconds))?;
    Ok(tally.exit(args.strict))
}

/// What a build did, in a line.
fn summary(output: &Path, written: &Written, tally: Tally, seconds: f64) -> String {
    format!(
        "{}  {} of {}, {tally} in {seconds:.2} s    open {}",
        shown(output),
        count(written.written, "changed file"),
        written.written + written.kept,
        shown(&output.join("index.html"))
    )
}

/// Where it is remembered what was built last: in the user's own folder for such things, and never within the project, which
/// may be a vault. `None` if there is no such place.
fn memory(project: &Project) -> Option<PathBuf> {
    let folder = cache_folder().filter(|folder| folder.is_absolute())?;
    let folder = disk::absolute_new(&folder.join("leverbook"));
    (!folder.starts_with(&project.root)).then(|| folder.join("builds"))
}

#[expect(clippy::disallowed_methods, reason = "the environment says where a user's memories of programs are")]
fn cache_folder() -> Option<PathBuf> {
    let variable = if cfg!(windows) { "LOCALAPPDATA" } else { "XDG_CACHE_HOME" };
    let named = std::env::var_os(variable).map(PathBuf::from).filter(|folder| folder.is_absolute());
    let usual = if cfg!(target_vendor = "apple") { "Library/Caches" } else { ".cache" };
    named.or_else(|| home().map(|home| home.join(usual)))
}

/// A hash that names everything that a build depends on: this very program, the settings, the audience, the day, all content.
/// `None` if the program cannot be told from others.
fn key(project: &Project, audience: &Audience, vault: &Vault, today: Option<Date>) -> Option<String> {
    let program = disk::program_stamp()?;
    let mut hasher = blake3::Hasher::new();
    let mut add = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    add(format!("{} {program:?}", env!("CARGO_PKG_VERSION")).as_bytes());
    add(format!("{:?}", (&project.root, &project.config, audience, today)).as_bytes());
    add(format!("{:?}", (&vault.diagnostics, &vault.attachments)).as_bytes());
    for (id, source) in &vault.sources {
        add(id.as_str().as_bytes());
        add(source.text().as_bytes());
    }
    for (name, bytes) in &vault.overrides {
        add(name.as_bytes());
        add(bytes);
    }
    Some(hasher.finalize().to_hex().to_string())
}

/// Renders a snapshot into the output folder. When the program is to end, the old site stays.
fn publish_into(
    vault: &Vault,
    snapshot: Snapshot,
    output: &Path,
    protected: &Protected,
    stop: &Stop,
) -> Result<Written, CliError> {
    let templates = Templates::new(&snapshot.playbook.config, &vault.overrides)?;
    let site = Site::new(snapshot.playbook, Arc::new(templates), disk::read_attachment);
    let _writing = stop.writing();
    let render = |path: &str| stop.unless_asked_for(|| site.render(path));
    Ok(output::write(site.paths(), render, output, protected)?)
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
