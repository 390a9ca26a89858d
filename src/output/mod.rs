//! From a site to a folder, in one step.
//!
//! In come the paths of a site's files and a way to render each; out comes a folder that holds them and whatever else
//! somebody has put there. The new site is built beside the old one and takes its place by one exchange of names, so
//! whoever reads it, and whatever kills the build, there is a whole old or a whole new site. Files that have not changed
//! are not written again: they keep their times. What the files say is not known here.
//!
//! Two things follow from the exchange: a program that has made the old folder its current one must look anew, and
//! a folder that is a mount point cannot be exchanged. Nothing is forced onto the disk, so a power cut right after a build may
//! cost the site; the next build writes it again.

#![expect(clippy::disallowed_methods, reason = "this is the module that writes the site")]

mod manifest;
mod memory;
mod place;
mod stage;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use walkdir::WalkDir;

use manifest::Manifest;
use place::Place;
use stage::Stage;

pub use manifest::FILE_NAME as MANIFEST;
pub use memory::{is_current, remember};
pub use place::{Protected, check};
pub use stage::is_stage;

/// What a build did to the output folder.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Written {
    /// Files that are new or have other bytes.
    pub written: usize,
    /// Files that are as they were.
    pub kept: usize,
    /// Files of the old site that the new one does not have.
    pub removed: usize,
}

/// Why no site was written. The old one is as it was.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// The folder holds files, and leverbook did not make it.
    #[error("{} is not a site that leverbook has made", .folder.display())]
    Foreign {
        /// The folder.
        folder: PathBuf,
    },
    /// A place where no site may ever be written.
    #[error("the site cannot be written to {}: {reason}", .folder.display())]
    Refused {
        /// The place.
        folder: PathBuf,
        /// Why not.
        reason: &'static str,
    },
    /// A file that somebody put into the output folder stands where the site needs the place, or cannot be carried over.
    #[error("{} was not written by leverbook: {reason}", .path.display())]
    InTheWay {
        /// The file.
        path: PathBuf,
        /// What is the matter with it.
        reason: &'static str,
    },
    /// The site has a file whose path is not one below the output folder.
    #[error("`{path}` is no path for a file of the site")]
    Path {
        /// The path.
        path: String,
    },
    /// A page cannot be rendered.
    #[error(transparent)]
    Render(Box<dyn Error + Send + Sync>),
    /// The disk is full, or something may not be read or written.
    #[error("cannot write {}", .path.display())]
    Write {
        /// What.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl OutputError {
    /// What to do about it.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Foreign { .. } => Some("name another folder, or empty this one yourself"),
            Self::Refused { .. } => Some("name a folder of its own, as in [paths] output = \"site\""),
            Self::InTheWay { .. } => Some("move it out of the output folder"),
            Self::Path { .. } | Self::Render(_) | Self::Write { .. } => None,
        }
    }

    fn write(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Write { path, source }
    }
}

/// Writes a site: the files at `paths`, each as it is rendered, from any thread. What somebody else has put into the folder
/// stays there.
///
/// # Errors
/// The folder is not ours, a page cannot be rendered, or the disk fails; the old site stays as it was.
pub fn write<B, E>(
    paths: &[String],
    render: impl Fn(&str) -> Result<B, E> + Sync,
    folder: &Path,
    protected: &Protected,
) -> Result<Written, OutputError>
where
    B: AsRef<[u8]>,
    E: Into<Box<dyn Error + Send + Sync>> + Send,
{
    let place = Place::new(folder, protected)?;
    let folders = folders_of(paths)?;
    let _lock = place.lock()?;
    let old = Old::look(&place)?;
    old.make_room(paths, &folders)?;
    let stage = Stage::new(&place).map_err(OutputError::write(&place.parent))?;
    let new = stage.folder();
    for folder in &folders {
        fs::create_dir_all(new.join(folder)).map_err(OutputError::write(&place.folder.join(folder)))?;
    }

    let render = |path: &str| render(path).map_err(|error| OutputError::Render(error.into()));
    let files: Vec<Result<File, OutputError>> = paths
        .par_iter()
        .map(|path| {
            let bytes = render(path)?;
            let bytes = bytes.as_ref();
            let is_kept = old.has(path, bytes);
            if !is_kept {
                old.write(&new, path, bytes)?;
            }
            Ok(File { path, hash: blake3::hash(bytes).to_hex().to_string(), is_kept })
        })
        .collect();
    // Of several failures the first in the order of paths is told, whichever thread was faster.
    let files = files.into_iter().collect::<Result<Vec<_>, _>>()?;
    let (kept, changed): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| file.is_kept);
    let mut written = Written { written: changed.len(), kept: kept.len(), removed: 0 };
    let hashes = kept.iter().chain(&changed).map(|file| (file.path.to_owned(), file.hash.clone()));
    let manifest = Manifest::new(hashes);
    if old.manifest == manifest && changed.is_empty() {
        return Ok(written);
    }

    written.removed = old.manifest.files.keys().filter(|path| !manifest.files.contains_key(*path)).count();
    old.carry_over(&new)?;
    kept.par_iter().try_for_each(|file| {
        match link_or_copy(&old.folder.join(file.path), &new.join(file.path)) {
            Ok(()) => Ok(()),
            // Somebody has taken it away in the meantime.
            Err(_) => old.write(&new, file.path, render(file.path)?.as_ref()),
        }
    })?;
    old.write(&new, MANIFEST, &manifest.bytes())?;
    stage.publish(&old.manifest, &manifest)?;
    Ok(written)
}

/// A file of the new site.
struct File<'a> {
    path: &'a str,
    hash: String,
    is_kept: bool,
}

/// What stands in the output folder before the build.
struct Old<'a> {
    folder: &'a Path,
    manifest: Manifest,
    /// What leverbook has not written, by path below the folder: folders before what they hold.
    foreign: BTreeMap<PathBuf, Foreign>,
}

/// What kind of thing somebody else has put into the output folder.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Foreign {
    Folder,
    File,
    Link,
    /// A pipe, a socket, a device, or a folder that is closed to its owner.
    Special,
}

impl<'a> Old<'a> {
    fn look(place: &'a Place) -> Result<Self, OutputError> {
        let manifest = Manifest::read(&place.folder).unwrap_or_default();
        let mut old = Self { folder: &place.folder, manifest, foreign: BTreeMap::new() };
        if !place.folder.is_dir() {
            return Ok(old);
        }
        let ours: HashSet<&Path> = old.manifest.files.keys().map(Path::new).collect();
        let our_folders: HashSet<&Path> = ours.iter().flat_map(|path| path.ancestors().skip(1)).collect();
        for entry in WalkDir::new(&place.folder).min_depth(1) {
            let entry = entry.map_err(|error| {
                let path = error.path().unwrap_or(&place.folder).to_path_buf();
                OutputError::Write { path, source: error.into() }
            })?;
            let path = entry.path().strip_prefix(&place.folder).unwrap_or(entry.path());
            let kind = Foreign::of(&entry);
            let is_ours = match kind {
                _ if entry.file_type().is_dir() => our_folders.contains(path),
                // Whatever has taken the place of a file of ours gives way to the new one.
                _ => ours.contains(path) || path == Path::new(MANIFEST),
            };
            if !is_ours {
                old.foreign.insert(path.to_path_buf(), kind);
            }
        }
        Ok(old)
    }

    /// Refuses what cannot be carried over, before anything is touched.
    fn make_room(&self, paths: &[String], folders: &BTreeSet<&Path>) -> Result<(), OutputError> {
        let files: HashSet<&Path> = paths.iter().map(Path::new).collect();
        for (path, kind) in &self.foreign {
            let is_below_file = || path.ancestors().skip(1).any(|folder| files.contains(folder));
            let reason = match kind {
                Foreign::Special => "it is no regular file, or is locked, and cannot be carried over",
                Foreign::Folder if !files.contains(path.as_path()) && !is_below_file() => continue,
                _ if files.contains(path.as_path())
                    || folders.contains(path.as_path())
                    || is_below_file() =>
                {
                    "the site has a file of that name"
                }
                _ => continue,
            };
            return Err(OutputError::InTheWay { path: self.folder.join(path), reason });
        }
        Ok(())
    }

    fn carry_over(&self, new: &Path) -> Result<(), OutputError> {
        for (path, kind) in &self.foreign {
            let (source, target) = (self.folder.join(path), new.join(path));
            let result = match kind {
                Foreign::Folder => fs::create_dir_all(&target).and_then(|()| {
                    fs::set_permissions(&target, fs::symlink_metadata(&source)?.permissions())
                }),
                Foreign::Link => copy_link(&source, &target),
                Foreign::File | Foreign::Special => link_or_copy(&source, &target),
            };
            match result {
                // It was taken away in this moment.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                result => result.map_err(OutputError::write(&source))?,
            }
        }
        Ok(())
    }

    /// Whether a file of ours has these bytes already.
    fn has(&self, path: &str, bytes: &[u8]) -> bool {
        self.manifest.is_known(path) && has_bytes(&self.folder.join(path), bytes)
    }

    /// Writes a file of the new site. What a copy that failed has left there is overwritten.
    fn write(&self, new: &Path, path: &str, bytes: &[u8]) -> Result<(), OutputError> {
        fs::write(new.join(path), bytes).map_err(OutputError::write(&self.folder.join(path)))
    }
}

impl Foreign {
    fn of(entry: &walkdir::DirEntry) -> Self {
        match entry.file_type() {
            file_type if file_type.is_dir() && entry.metadata().is_ok_and(|metadata| is_open(&metadata)) => {
                Self::Folder
            }
            file_type if file_type.is_file() => Self::File,
            file_type if file_type.is_symlink() => Self::Link,
            _ => Self::Special,
        }
    }
}

/// Whether its owner may add files to a folder and take them away.
#[cfg(unix)]
fn is_open(folder: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(folder) & 0o700 == 0o700
}

#[cfg(not(unix))]
fn is_open(folder: &fs::Metadata) -> bool {
    !folder.permissions().readonly()
}

/// The folders that the files of a site need, each after the one that it lies in.
fn folders_of(paths: &[String]) -> Result<BTreeSet<&Path>, OutputError> {
    let mut files = HashSet::new();
    let mut folders = BTreeSet::new();
    for text in paths {
        let path = Path::new(text);
        let is_name = |name: &str| !matches!(name, "" | "." | "..") && !name.contains(['\\', '\0']);
        if text == MANIFEST || !text.split('/').all(is_name) || !files.insert(path) {
            return Err(OutputError::Path { path: text.clone() });
        }
        folders.extend(path.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty()));
    }
    match folders.iter().find(|folder| files.contains(*folder)) {
        Some(folder) => Err(OutputError::Path { path: folder.display().to_string() }),
        None => Ok(folders),
    }
}

/// Whether a regular file has these bytes.
fn has_bytes(path: &Path, bytes: &[u8]) -> bool {
    let is_file = |metadata: fs::Metadata| metadata.is_file() && metadata.len() == bytes.len() as u64;
    fs::symlink_metadata(path).is_ok_and(is_file) && fs::read(path).is_ok_and(|old| old == bytes)
}

/// Gives a file a second name; where that is not allowed, a copy with the same times.
fn link_or_copy(source: &Path, target: &Path) -> io::Result<()> {
    if fs::hard_link(source, target).is_ok() {
        return Ok(());
    }
    let metadata = fs::symlink_metadata(source)?;
    fs::copy(source, target)?;
    let mut times = fs::FileTimes::new();
    if let Ok(modified) = metadata.modified() {
        times = times.set_modified(modified);
    }
    if let Ok(accessed) = metadata.accessed() {
        times = times.set_accessed(accessed);
    }
    // A file system that cannot keep times is no reason to build nothing.
    let _ = fs::File::open(target).and_then(|file| file.set_times(times));
    Ok(())
}

#[cfg(unix)]
fn copy_link(source: &Path, target: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(fs::read_link(source)?, target)
}

#[cfg(not(unix))]
fn copy_link(source: &Path, target: &Path) -> io::Result<()> {
    link_or_copy(source, target)
}
