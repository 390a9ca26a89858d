//! Reads the project's files: the only place that does.
//!
//! A folder is walked by one thread, in the order of names; then all files that are new or have changed are read
//! side by side. A link is followed only to what is read without it, too. Files that cannot be read
//! are diagnostics; what cannot be read at all is a [`VaultError`].

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use walkdir::{DirEntry, WalkDir};

use super::decode::{Decoded, decode};
use super::ignore::{self, Excludes, Ignores, is_debris, is_hidden};
use super::{Attachment, Stamp, Vault};
use crate::config::{self, Config};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Source, SourceId};

/// No note, template or settings file is longer.
const TEXT_LIMIT: u64 = 64 << 20;
/// No attachment is longer; a page needs its bytes in memory for a moment.
const ATTACHMENT_LIMIT: u64 = 1 << 30;

/// Why the vault cannot be read at all. Single files that cannot be read are diagnostics instead.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// A folder or file that must be there cannot be read.
    #[error("cannot read {}", .path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// No `leverbook.toml` and no `content/` in the folder or a parent.
    #[error("no leverbook.toml and no content/ in {} or a folder above it", .start.display())]
    NoProject {
        /// Where the search began.
        start: PathBuf,
    },
    /// A notes folder of the settings is not there, or is no folder.
    #[error("there is no notes folder {}", .path.display())]
    NoNotes {
        /// Where it should be.
        path: PathBuf,
    },
    /// A notes folder, or what says which files are no content, is a link to a place that may not be read.
    #[error("{} is a link that leads out of the project", .path.display())]
    LeadsOut {
        /// The link.
        path: PathBuf,
    },
    /// A line that says which files are no content cannot be understood, so nothing is known to be safe to show.
    #[error("{}: cannot understand the glob `{glob}`: {reason}", .path.display())]
    Glob {
        /// The ignore file, or the settings.
        path: PathBuf,
        /// The line.
        glob: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl VaultError {
    /// What to do about it.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Read { .. } => None,
            Self::NoProject { .. } => Some("go to your project's folder, or start one with `leverbook init`"),
            Self::NoNotes { .. } => Some(
                "name your notes folders in leverbook.toml: [paths] notes = [\"...\"], or make the folder",
            ),
            Self::LeadsOut { .. } => Some(
                "put leverbook.toml beside or into the folder that the link leads to: [paths] notes = [\".\"]",
            ),
            Self::Glob { .. } => Some("write it in gitignore syntax"),
        }
    }
}

/// The project that a folder belongs to: the nearest folder, upwards, with a settings file; else the folder itself if
/// it has `content/`. The folder is absolute.
///
/// # Errors
/// There is neither.
pub fn find_root(start: &Path) -> Result<PathBuf, VaultError> {
    let with_settings = start.ancestors().find(|folder| folder.join(config::FILE_NAME).is_file());
    match with_settings {
        Some(folder) => Ok(folder.to_path_buf()),
        None if start.join("content").is_dir() => Ok(start.to_path_buf()),
        None => Err(VaultError::NoProject { start: start.to_path_buf() }),
    }
}

/// The one absolute path of something that exists, links resolved.
///
/// # Errors
/// There is no such thing, or it may not be looked at.
pub fn absolute(path: &Path) -> Result<PathBuf, VaultError> {
    path.canonicalize().map_err(|source| VaultError::Read { path: path.to_path_buf(), source })
}

/// The absolute path of something that need not exist yet. Links are resolved on the way, but not at its end: whoever
/// asks wants to know whether there is one.
pub fn absolute_new(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let mut resolved = PathBuf::new();
    for component in path.components() {
        if let Ok(real) = resolved.canonicalize() {
            resolved = real;
        }
        match component {
            Component::ParentDir => {
                resolved.pop();
            }
            component => resolved.push(component),
        }
    }
    resolved
}

/// The settings file's text, if there is one. Its source is named for the file alone.
///
/// # Errors
/// There is something of that name that cannot be read as text.
pub fn read_settings(path: &Path) -> Result<Option<Arc<Source>>, VaultError> {
    let error = |source| VaultError::Read { path: path.to_path_buf(), source };
    if !path.try_exists().map_err(error)? {
        return Ok(None);
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let text = read_text(path).map_err(error)?;
    Ok(Some(Arc::new(Source::new(SourceId::new(name), text))))
}

/// Tells this program from every other build of it, as far as its file does.
pub fn program_stamp() -> Option<Stamp> {
    std::env::current_exe().and_then(std::fs::metadata).ok().map(|metadata| Stamp::of(&metadata))
}

/// The bytes of an attachment.
///
/// # Errors
/// It is gone, is no regular file, or is too long.
pub fn read_attachment(path: &Path) -> io::Result<Vec<u8>> {
    let (file, metadata) = open(path)?;
    read_bytes(&file, &metadata, ATTACHMENT_LIMIT)
}

/// The Markdown files below a folder, hidden ones left out, by path: what a new project would find there.
pub fn markdown_files(folder: &Path) -> Vec<PathBuf> {
    let visible = |entry: &walkdir::DirEntry| entry.depth() == 0 || !is_hidden(entry.file_name());
    let entries = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(visible);
    let files = entries.flatten().filter(|entry| entry.file_type().is_file() && is_markdown(entry.path()));
    files.filter_map(|entry| entry.path().strip_prefix(folder).ok().map(Path::to_path_buf)).collect()
}

/// Reads everything below the notes folders, and the template overrides. Files that `previous` holds and that have not
/// changed (path, length, times) are taken from it, except those that are, or lie below, one of the `dirty` paths.
///
/// # Errors
/// A notes folder is missing, or it is not certain which files are content.
pub fn read(
    root: &Path,
    config: &Config,
    previous: Option<&Vault>,
    dirty: &[PathBuf],
) -> Result<Vault, VaultError> {
    if let Some(vault) = previous.and_then(|previous| reread(root, previous, dirty)) {
        return Ok(vault);
    }
    let project = Project::new(root, config)?;
    let mut walk = Walk::new(&project);
    for notes in &project.notes {
        walk.has_links |= notes.path != notes.real;
        walk.all(&notes.path, &notes.real, Realm::Notes(notes))?;
    }
    walk.leverage(config);
    if project.templates.is_dir() {
        walk.all(&project.templates, &project.templates, Realm::Templates)?;
    }

    let dirty: HashSet<&Path> = dirty.iter().map(PathBuf::as_path).collect();
    let is_dirty = |path: &Path| !dirty.is_empty() && path.ancestors().any(|folder| dirty.contains(folder));
    let load = |found: Found| {
        let previous = previous.filter(|_| !is_dirty(&found.path) && !is_dirty(&found.real));
        let loaded = found.load(previous);
        (found, loaded)
    };
    let loaded: Vec<_> = std::mem::take(&mut walk.found).into_par_iter().map(load).collect();
    let mut vault = Vault { diagnostics: walk.diagnostics, ..Vault::default() };
    vault.memory.has_links = walk.has_links;
    for (found, loaded) in loaded {
        vault.add(found, loaded);
    }
    Ok(vault)
}

/// The vault after changes to nothing but notes that were there before and are there still, without walking the folders: what
/// most saves are. `None` if anything else may have changed.
fn reread(root: &Path, previous: &Vault, dirty: &[PathBuf]) -> Option<Vault> {
    if dirty.is_empty() || previous.memory.has_links {
        return None;
    }
    let root = root.canonicalize().ok()?;
    let mut vault = previous.clone();
    for path in dirty {
        if !std::fs::symlink_metadata(path).ok()?.is_file() || path.canonicalize().ok()? != *path {
            return None;
        }
        let id = SourceId::new(slashed(path.strip_prefix(&root).ok()?));
        let before = vault.sources.get(&id)?;
        let had_problem = vault.memory.stamps.get(&id)?.1.is_some();
        let found = Found { id: id.clone(), kind: Kind::Markdown, path: path.clone(), real: path.clone() };
        let Load { content: Loaded::Source(source), stamp: Some(stamp), problem: None } = found.load(None)
        else {
            return None;
        };
        if had_problem {
            return None;
        }
        if source.text() != before.text() {
            vault.sources.insert(id.clone(), source);
        }
        vault.memory.stamps.insert(id, (stamp, None));
    }
    Some(vault)
}

/// The places of a project, absolute; all but the paths of notes folders are without links.
struct Project {
    root: PathBuf,
    notes: Vec<Notes>,
    templates: PathBuf,
    output: PathBuf,
}

/// One notes folder.
struct Notes {
    /// As the settings name it.
    path: PathBuf,
    /// Where it is.
    real: PathBuf,
    excludes: Excludes,
}

/// What a walk is for.
#[derive(Clone, Copy)]
enum Realm<'a> {
    Notes(&'a Notes),
    Templates,
}

/// A file that is to be read or listed.
struct Found {
    id: SourceId,
    kind: Kind,
    /// Where it was found; links on the way are not resolved.
    path: PathBuf,
    /// Where it is.
    real: PathBuf,
}

/// What a file is to the vault.
enum Kind {
    Markdown,
    Attachment,
    /// An override, by its path below the templates folder.
    Override(String),
}

/// What came of reading a file.
enum Loaded {
    Source(Arc<Source>),
    Attachment(Attachment),
    Bytes(Arc<[u8]>),
    /// Nothing that could be used; or it went away while the folder was read.
    Nothing,
}

/// A file's content, what it looked like, and what is wrong with it.
struct Load {
    content: Loaded,
    stamp: Option<Stamp>,
    problem: Option<Diagnostic>,
}

/// Goes through folders and collects files.
struct Walk<'a> {
    project: &'a Project,
    found: Vec<Found>,
    ids: HashSet<SourceId>,
    /// Folders and Markdown files that were reached through links: each only once, or links could multiply them
    /// without end.
    reached: BTreeSet<PathBuf>,
    has_links: bool,
    diagnostics: Vec<Diagnostic>,
}

/// A folder that is still to be walked.
struct Start {
    /// Where it was found.
    path: PathBuf,
    /// Where it is.
    real: PathBuf,
    is_linked: bool,
}

impl Project {
    fn new(root: &Path, config: &Config) -> Result<Self, VaultError> {
        let root = absolute(root)?;
        let place = |path: &str| {
            let path = absolute_new(&root.join(path));
            path.canonicalize().unwrap_or(path)
        };
        let (templates, output) = (place(&config.templates), place(&config.output));
        if !templates.starts_with(&root) {
            return Err(VaultError::LeadsOut { path: root.join(&config.templates) });
        }
        let notes = config.notes.iter().map(|notes| Notes::new(&root, notes, &config.exclude));
        Ok(Self { notes: notes.collect::<Result<_, _>>()?, templates, output, root })
    }

    /// Whether a path, links resolved, is one that no notes folder shows.
    fn is_own(&self, real: &Path) -> bool {
        let places = [&self.templates, &self.output];
        places.into_iter().any(|place| *place != self.root && real.starts_with(place))
            || real.parent() == Some(&self.root)
                && real.file_name().is_some_and(|name| name == config::FILE_NAME)
    }

    /// Why what a link leads to is not read: it is never more than what is read without the link.
    fn refusal(
        &self,
        realm: Realm<'_>,
        target: &Path,
        is_folder: bool,
    ) -> Result<Option<&'static str>, VaultError> {
        let has_hidden = |folder: &Path| {
            let below = target.strip_prefix(folder).unwrap_or(target);
            below.iter().any(|name| is_hidden(name) || is_debris(name))
        };
        let folders = match realm {
            Realm::Templates => {
                let is_inside = target.starts_with(&self.templates) && !has_hidden(&self.templates);
                return Ok((!is_inside).then_some("leads out of the templates folder"));
            }
            Realm::Notes(_) => self.notes.iter().filter(|notes| target.starts_with(&notes.real)),
        };
        let mut refusal = Some("leads out of the notes folders");
        for notes in folders {
            let is_out =
                self.is_own(target) || has_hidden(&notes.real) || notes.leaves_out(target, is_folder)?;
            if !is_out {
                return Ok(None);
            }
            refusal = Some("leads to something that is left out of the notes");
        }
        Ok(refusal)
    }
}

impl Notes {
    fn new(root: &Path, notes: &str, exclude: &[String]) -> Result<Self, VaultError> {
        let path = absolute_new(&root.join(notes));
        let real = match path.canonicalize() {
            Ok(real) if real.is_dir() => real,
            Err(source) if !is_absence(&source) => return Err(VaultError::Read { path, source }),
            _ => return Err(VaultError::NoNotes { path }),
        };
        if !real.starts_with(root) {
            return Err(VaultError::LeadsOut { path });
        }
        let excludes = Excludes::new(root, &[&path, &real], exclude)?;
        Ok(Self { path, real, excludes })
    }

    /// Whether a walk of the notes folder would not come to a path, links resolved.
    fn leaves_out(&self, target: &Path, is_folder: bool) -> Result<bool, VaultError> {
        let mut ignores = Ignores::default();
        for step in steps_down(&self.real, target) {
            let is_folder = is_folder || step != target;
            let is_out = self.excludes.matches(step, is_folder) || ignores.matches(step, is_folder);
            if is_out && step != self.real {
                return Ok(true);
            }
            if is_folder {
                enter(&mut ignores, step, step)?;
            }
        }
        Ok(false)
    }
}

/// The folders from one down to what lies in it, both included.
fn steps_down<'a>(folder: &Path, target: &'a Path) -> Vec<&'a Path> {
    let mut steps: Vec<_> = target.ancestors().take_while(|step| step.starts_with(folder)).collect();
    steps.reverse();
    steps
}

/// How deep a path is, for the order of ignore files.
fn depth(path: &Path) -> usize {
    path.components().count()
}

/// Reads the ignore file of a folder, if it has one; its lines count for paths as they were found.
fn enter(ignores: &mut Ignores, path: &Path, real: &Path) -> Result<(), VaultError> {
    let file = real.join(ignore::FILE_NAME);
    match std::fs::symlink_metadata(&file) {
        Ok(metadata) if metadata.is_symlink() => return Err(VaultError::LeadsOut { path: file }),
        Ok(_) => {}
        Err(error) if is_absence(&error) => return Ok(()),
        Err(source) => return Err(VaultError::Read { path: file, source }),
    }
    let text = read_text(&file).map_err(|source| VaultError::Read { path: file, source })?;
    ignores.enter(depth(path), path, &text)
}

impl<'a> Walk<'a> {
    fn new(project: &'a Project) -> Self {
        Self {
            project,
            found: Vec::new(),
            ids: HashSet::new(),
            reached: BTreeSet::new(),
            has_links: false,
            diagnostics: Vec::new(),
        }
    }

    /// Walks a folder and everything that links in it lead to.
    fn all(&mut self, path: &Path, real: &Path, realm: Realm<'_>) -> Result<(), VaultError> {
        let mut starts = vec![Start { path: path.to_path_buf(), real: real.to_path_buf(), is_linked: false }];
        while let Some(start) = starts.pop() {
            self.folder(&start, realm, &mut starts)?;
        }
        Ok(())
    }

    /// Walks one folder; the links in it become new starts.
    fn folder(&mut self, start: &Start, realm: Realm<'_>, starts: &mut Vec<Start>) -> Result<(), VaultError> {
        let mut ignores = Ignores::default();
        if let Realm::Notes(notes) = realm {
            for step in steps_down(&notes.path, &start.path) {
                enter(&mut ignores, step, if step == start.path { &start.real } else { step })?;
            }
        }
        let start_depth = depth(&start.path);
        let mut entries = WalkDir::new(&start.real).sort_by_file_name().into_iter();
        while let Some(entry) = entries.next() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.unreadable(start, &error);
                    continue;
                }
            };
            let (real, path) = (entry.path(), start.found_at(entry.path()));
            let is_folder = entry.file_type().is_dir();
            let is_start = entry.depth() == 0;
            if !is_start {
                ignores.leave_to(start_depth + entry.depth());
            }
            let is_again =
                |walk: &mut Self| is_folder && start.is_linked && !walk.reached.insert(real.to_path_buf());
            if !is_start && self.is_out(&entry, &path, start, realm, &ignores)? || is_again(self) {
                if is_folder {
                    entries.skip_current_dir();
                }
            } else if !is_folder {
                self.entry(&entry, path, start, realm, starts)?;
            } else if !is_start && matches!(realm, Realm::Notes(_)) {
                enter(&mut ignores, &path, real)?;
            }
        }
        Ok(())
    }

    fn is_out(
        &self,
        entry: &DirEntry,
        path: &Path,
        start: &Start,
        realm: Realm<'_>,
        ignores: &Ignores,
    ) -> Result<bool, VaultError> {
        let is_folder = entry.file_type().is_dir();
        if is_hidden(entry.file_name()) || is_debris(entry.file_name()) {
            return Ok(true);
        }
        if let Realm::Notes(notes) = realm
            && (self.project.is_own(entry.path())
                || notes.excludes.matches(path, is_folder)
                || ignores.matches(path, is_folder))
        {
            return Ok(true);
        }
        // What is hidden at its own place stays hidden where a link shows it.
        Ok(start.is_linked && self.project.refusal(realm, entry.path(), is_folder)?.is_some())
    }

    fn entry(
        &mut self,
        entry: &DirEntry,
        path: PathBuf,
        start: &Start,
        realm: Realm<'_>,
        starts: &mut Vec<Start>,
    ) -> Result<(), VaultError> {
        let file_type = entry.file_type();
        if file_type.is_file() {
            self.file(path, entry.path().to_path_buf(), realm, start.is_linked);
        } else if file_type.is_symlink() {
            self.link(path, entry.path(), realm, starts)?;
        } else {
            self.withheld(&path, "is no regular file");
        }
        Ok(())
    }

    fn link(
        &mut self,
        path: PathBuf,
        link: &Path,
        realm: Realm<'_>,
        starts: &mut Vec<Start>,
    ) -> Result<(), VaultError> {
        self.has_links = true;
        let target = link.canonicalize().and_then(|real| Ok((real.metadata()?, real)));
        let Ok((metadata, real)) = target else {
            self.withheld(&path, "is a link that leads nowhere");
            return Ok(());
        };
        if let Some(refusal) = self.project.refusal(realm, &real, metadata.is_dir())? {
            let help = "copy it there, or name its folder among the notes: [paths] notes = [\"...\"]";
            let problem = self.withheld(&path, &format!("is a link that {refusal}"));
            problem.help = Some(help.to_owned());
        } else if metadata.is_dir() {
            let is_above = |folder: &Path| folder.canonicalize().is_ok_and(|folder| folder == real);
            if link.starts_with(&real)
                || path.ancestors().skip(1).any(is_above)
                || self.reached.contains(&real)
            {
                self.withheld(&path, "is a link to a folder that is read already");
            } else {
                starts.push(Start { path, real, is_linked: true });
            }
        } else if metadata.is_file() {
            self.file(path, real, realm, true);
        } else {
            self.withheld(&path, "is a link to something that is no regular file");
        }
        Ok(())
    }

    fn file(&mut self, path: PathBuf, real: PathBuf, realm: Realm<'_>, is_linked: bool) {
        let kind = match (realm, path.strip_prefix(&self.project.templates)) {
            (Realm::Templates, Ok(below)) => Kind::Override(slashed(below).into_owned()),
            _ if is_markdown(&path) => Kind::Markdown,
            _ => Kind::Attachment,
        };
        if is_linked && matches!(kind, Kind::Markdown) && !self.reached.insert(real.clone()) {
            self.withheld(&path, "is a link to a note that is read already");
            return;
        }
        let mut id = self.id(&path);
        if path.to_str().is_none() {
            let problem =
                Diagnostic::of_file(Code::NameNotLinkable, &id, format!("the name of `{id}` is not UTF-8"));
            self.diagnostics.push(problem.help("rename the file"));
            while self.ids.contains(&id) {
                id = SourceId::new(format!("{id}_"));
            }
        }
        // Notes folders may lie within each other.
        if self.ids.insert(id.clone()) {
            self.found.push(Found { id, kind, path, real });
        }
    }

    /// The leverage document is read wherever in the project the settings say that it is.
    fn leverage(&mut self, config: &Config) {
        let id = SourceId::new(config.leverage.as_str());
        let path = self.project.root.join(&config.leverage);
        let Ok(real) = path.canonicalize() else { return };
        if self.found.iter().any(|found| found.id == id && matches!(found.kind, Kind::Markdown))
            || !real.is_file()
        {
            return;
        }
        if !real.starts_with(&self.project.root) {
            self.withheld(&path, "is a link that leads out of the project");
            return;
        }
        self.has_links |= real != path;
        self.ids.insert(id.clone());
        self.found.retain(|found| found.id != id);
        self.found.push(Found { id, kind: Kind::Markdown, path, real });
    }

    fn id(&self, path: &Path) -> SourceId {
        SourceId::new(slashed(path.strip_prefix(&self.project.root).unwrap_or(path)))
    }

    fn withheld(&mut self, path: &Path, why: &str) -> &mut Diagnostic {
        let id = self.id(path);
        let message = format!("`{id}` {why}, so it is not read");
        let index = self.diagnostics.len();
        self.diagnostics.push(Diagnostic::of_file(Code::WithheldFile, &id, message));
        &mut self.diagnostics[index]
    }

    fn unreadable(&mut self, start: &Start, error: &walkdir::Error) {
        let path = start.found_at(error.path().unwrap_or(&start.real));
        match error.io_error() {
            Some(error) if is_absence(error) => {}
            error => {
                let reason = error.map_or_else(String::new, |error| format!(": {}", reason(error)));
                let id = self.id(&path);
                let message = format!("the folder `{id}` cannot be read{reason}");
                self.diagnostics.push(Diagnostic::of_file(Code::Unreadable, &id, message));
            }
        }
    }
}

impl Start {
    /// Where something below the folder was found, from where it is.
    fn found_at(&self, real: &Path) -> PathBuf {
        match real.strip_prefix(&self.real) {
            Ok(below) if !below.as_os_str().is_empty() => self.path.join(below),
            _ => self.path.clone(),
        }
    }
}

impl Found {
    /// Reads the file, or takes it from the previous vault if it looks as it did then.
    fn load(&self, previous: Option<&Vault>) -> Load {
        match std::fs::symlink_metadata(&self.real) {
            Ok(metadata) if matches!(self.kind, Kind::Attachment) => self.attachment(&metadata),
            Ok(metadata) => {
                let stamp = Stamp::of(&metadata);
                self.remembered(previous, stamp).unwrap_or_else(|| self.read(metadata.len()))
            }
            Err(error) => self.failed(&error),
        }
    }

    fn attachment(&self, metadata: &Metadata) -> Load {
        let stamp = Stamp::of(metadata);
        let attachment = Attachment { path: self.real.clone(), bytes: metadata.len(), stamp };
        Load { content: Loaded::Attachment(attachment), stamp: None, problem: None }
    }

    fn remembered(&self, previous: Option<&Vault>, stamp: Stamp) -> Option<Load> {
        let previous = previous?;
        let (before, problem) = previous.memory.stamps.get(&self.id)?;
        if *before != stamp {
            return None;
        }
        let content = match &self.kind {
            Kind::Override(path) => {
                previous.overrides.get(path).map(|bytes| Loaded::Bytes(Arc::clone(bytes)))
            }
            _ => previous.sources.get(&self.id).map(|source| Loaded::Source(Arc::clone(source))),
        };
        let content = content.or_else(|| problem.is_some().then_some(Loaded::Nothing))?;
        Some(Load { content, stamp: Some(stamp), problem: problem.clone() })
    }

    fn read(&self, length: u64) -> Load {
        // The length is asked for before the file is opened, so that nothing waits for a file that is not wanted.
        let result = if length > TEXT_LIMIT { Err(too_long()) } else { open(&self.real) };
        let result = result.and_then(|(file, metadata)| {
            // The stamp is older than the bytes: a change in between shows as another stamp next time.
            Ok((Stamp::of(&metadata), read_bytes(&file, &metadata, TEXT_LIMIT)?))
        });
        let (stamp, bytes) = match result {
            Ok((stamp, bytes)) => (stamp, bytes),
            Err(error) => return self.failed(&error),
        };
        let (content, problem) = match self.kind {
            Kind::Override(_) => (Loaded::Bytes(bytes.into()), None),
            _ => self.decoded(bytes),
        };
        Load { content, stamp: Some(stamp), problem }
    }

    fn decoded(&self, bytes: Vec<u8>) -> (Loaded, Option<Diagnostic>) {
        let source = |text: String| Loaded::Source(Arc::new(Source::new(self.id.clone(), text)));
        let problem = |code, message| Diagnostic::of_file(code, &self.id, message);
        match decode(bytes) {
            Decoded::Text(text) => (source(text), None),
            Decoded::Guessed(text, encoding) => {
                let message = format!("`{}` is not UTF-8; it was read as {encoding}", self.id.name());
                (source(text), Some(problem(Code::Reencoded, message).help("save it as UTF-8")))
            }
            Decoded::Binary => {
                let message = format!("`{}` is no text", self.id.name());
                let help = "give it the ending of what it is, or save it as UTF-8";
                (Loaded::Nothing, Some(problem(Code::Unreadable, message).help(help)))
            }
        }
    }

    fn failed(&self, error: &io::Error) -> Load {
        let name = self.id.name();
        let problem = match error.kind() {
            // It went away while the folder was read: then it is as if it had never been there.
            _ if is_absence(error) => None,
            io::ErrorKind::FileTooLarge => Some(
                Diagnostic::of_file(Code::TooLarge, &self.id, format!("`{name}` is longer than 64 MB"))
                    .help("divide it, or exclude it in leverbook.toml: [paths] exclude = [\"...\"]"),
            ),
            _ => {
                let message = format!("`{name}` cannot be read: {}", reason(error));
                Some(Diagnostic::of_file(Code::Unreadable, &self.id, message))
            }
        };
        Load { content: Loaded::Nothing, stamp: None, problem }
    }
}

impl Vault {
    fn add(&mut self, found: Found, load: Load) {
        if let Some(stamp) = load.stamp {
            self.memory.stamps.insert(found.id.clone(), (stamp, load.problem.clone()));
        }
        self.diagnostics.extend(load.problem);
        match (load.content, found.kind) {
            (Loaded::Source(source), _) => {
                self.sources.insert(found.id, source);
            }
            (Loaded::Attachment(attachment), _) => {
                self.attachments.insert(found.id, attachment);
            }
            (Loaded::Bytes(bytes), Kind::Override(path)) => {
                self.overrides.insert(path, bytes);
            }
            (Loaded::Bytes(_) | Loaded::Nothing, _) => {}
        }
    }
}

impl Stamp {
    /// What a file looks like from outside.
    #[cfg(unix)]
    pub fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        let identity = (metadata.dev(), metadata.ino(), metadata.ctime(), metadata.ctime_nsec());
        Self { length: metadata.len(), modified: metadata.modified().ok(), identity }
    }

    /// What a file looks like from outside.
    #[cfg(not(unix))]
    pub fn of(metadata: &Metadata) -> Self {
        Self { length: metadata.len(), modified: metadata.modified().ok(), identity: Default::default() }
    }
}

/// Whether a name ends like a Markdown file.
fn is_markdown(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default();
    extension.eq_ignore_ascii_case("md") || extension.eq_ignore_ascii_case("markdown")
}

fn slashed(path: &Path) -> Cow<'_, str> {
    let text = path.to_string_lossy();
    match std::path::MAIN_SEPARATOR {
        '/' => text,
        separator => Cow::Owned(text.replace(separator, "/")),
    }
}

fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// The reason without the system's number.
fn reason(error: &io::Error) -> String {
    let text = error.to_string().to_lowercase();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

fn too_long() -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, "the file is too long")
}

/// Opens a regular file; what else may have taken its name is neither waited for nor read.
fn open(path: &Path) -> io::Result<(File, Metadata)> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options
            .custom_flags((rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY).bits().cast_signed());
    }
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_file() {
        Ok((file, metadata))
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file"))
    }
}

fn read_bytes(file: &File, metadata: &Metadata, limit: u64) -> io::Result<Vec<u8>> {
    if metadata.len() > limit {
        return Err(too_long());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0) + 1);
    // The file may grow while it is read.
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(too_long()) } else { Ok(bytes) }
}

/// The text of a file that somebody names, whatever its encoding.
///
/// # Errors
/// It is gone, is no regular file, is too long, or is no text.
pub fn read_text(path: &Path) -> io::Result<String> {
    let (file, metadata) = open(path)?;
    match decode(read_bytes(&file, &metadata, TEXT_LIMIT)?) {
        Decoded::Text(text) | Decoded::Guessed(text, _) => Ok(text),
        Decoded::Binary => Err(io::Error::new(io::ErrorKind::InvalidData, "it is no text")),
    }
}
