//! The folder beside the output folder in which a new site is built, and the exchange of the two.
//!
//! `.NAME.leverbook-XXXXXX/` holds a marker, and `new/`: first the new site; after the exchange the old one, which is then
//! taken apart. A build may be killed at any moment; the next one finds out from the marker which of the two it is.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use walkdir::WalkDir;

use super::OutputError;
use super::manifest::{FILE_NAME, Manifest};
use super::place::Place;

/// In the stage: says that it is ours, and which folder was built in it.
const MARKER: &str = "leverbook-stage";
/// In the stage: the new site, and after the exchange the old one.
const NEW: &str = "new";
/// In the stage: the old site, where names cannot be exchanged.
const OLD: &str = "old";

/// Whether a name is one of a folder in which a site is built.
pub fn is_stage(name: &str) -> bool {
    name.starts_with('.') && name.contains(".leverbook-")
}

/// A new site in the making; dropped before it is published, it is removed.
pub(super) struct Stage<'a> {
    place: &'a Place,
    folder: TempDir,
}

impl<'a> Stage<'a> {
    pub(super) fn new(place: &'a Place) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix(&prefix(place)).tempdir_in(&place.parent)?;
        let new = folder.path().join(NEW);
        fs::create_dir(&new)?;
        fs::write(folder.path().join(MARKER), identity(&new)?)?;
        Ok(Self { place, folder })
    }

    /// Where the new site is built.
    pub(super) fn folder(&self) -> PathBuf {
        self.folder.path().join(NEW)
    }

    /// Puts the new site into the place of the old one, and removes the old one.
    pub(super) fn publish(self, old: &Manifest, new: &Manifest) -> Result<(), OutputError> {
        let Self { place, folder: stage } = self;
        let folder = stage.path().join(NEW);
        if let Ok(metadata) = fs::metadata(&place.folder) {
            // Somebody may have opened the site to a group, or closed it to others.
            fs::set_permissions(&folder, metadata.permissions())
                .map_err(OutputError::write(&place.folder))?;
            let replaced = replace(&folder, &place.folder, &stage.path().join(OLD));
            let replaced = replaced.map_err(OutputError::write(&place.folder))?;
            // From here on the stage may hold files of somebody else, so it is no longer removed blindly.
            let stage = stage.keep();
            take_apart(&replaced, &place.folder, old, new)?;
            remove(&stage).map_err(OutputError::write(&stage))
        } else {
            fs::rename(&folder, &place.folder).map_err(OutputError::write(&place.folder))
        }
    }
}

/// Removes what builds that were killed have left beside the output folder. What fails is tried again by the next build.
pub(super) fn sweep(place: &Place) {
    let Ok(entries) = fs::read_dir(&place.parent) else { return };
    for entry in entries.flatten() {
        let is_folder = entry.file_type().is_ok_and(|file_type| file_type.is_dir());
        if is_folder && entry.file_name().to_str().is_some_and(|name| name.starts_with(&prefix(place))) {
            let _ = recover(&entry.path(), place);
        }
    }
}

fn recover(stage: &Path, place: &Place) -> Result<(), OutputError> {
    let (new, old) = (stage.join(NEW), stage.join(OLD));
    // Without the marker nothing was built yet, and folders are only removed if they are empty.
    let Ok(marker) = fs::read_to_string(stage.join(MARKER)) else {
        let _ = fs::remove_dir(&new);
        return fs::remove_dir(stage).map_err(OutputError::write(stage));
    };
    if old.exists() && !place.folder.exists() {
        // The build was killed between the two renames.
        fs::rename(&old, &place.folder).map_err(OutputError::write(&place.folder))?;
    }
    let is_half_built = identity(&new).is_ok_and(|identity| identity == marker);
    if is_half_built {
        fs::remove_dir_all(&new).map_err(OutputError::write(&new))?;
    }
    let site = Manifest::read(&place.folder).unwrap_or_default();
    for folder in [new, old] {
        if folder.exists() {
            let manifest = Manifest::read(&folder).unwrap_or_default();
            take_apart(&folder, &place.folder, &manifest, &site)?;
        }
    }
    remove(stage).map_err(OutputError::write(stage))
}

/// Exchanges the new site with the old one; says where the old one is now.
fn replace(new: &Path, site: &Path, old: &Path) -> io::Result<PathBuf> {
    match exchange(new, site) {
        Ok(()) => return Ok(new.to_path_buf()),
        Err(error) if error.kind() == io::ErrorKind::Unsupported => {}
        Err(error) => return Err(error),
    }
    // This file system cannot exchange names. Between two renames there is a moment without a site; killed in it, the
    // next build brings the old one back.
    fs::rename(site, old)?;
    match fs::rename(new, site) {
        Ok(()) => Ok(old.to_path_buf()),
        Err(error) => fs::rename(old, site).and(Err(error)),
    }
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn exchange(a: &Path, b: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    match renameat_with(CWD, a, CWD, b, RenameFlags::EXCHANGE) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => Err(io::ErrorKind::Unsupported.into()),
        result => Ok(result?),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Removes an old site, file by file. What is not ours was carried over before; what has come, or was saved anew, since
/// then moves to the site now.
fn take_apart(folder: &Path, site: &Path, old: &Manifest, new: &Manifest) -> Result<(), OutputError> {
    let manifest = folder.join(FILE_NAME);
    for entry in WalkDir::new(folder).contents_first(true).min_depth(1) {
        let entry =
            entry.map_err(|error| OutputError::Write { path: folder.to_path_buf(), source: error.into() })?;
        let path = entry.path();
        let below = path.strip_prefix(folder).unwrap_or(path);
        let result = if entry.file_type().is_dir() {
            fs::remove_dir(path)
        } else if path == manifest {
            // It goes last: killed before, the next build still knows which files are ours.
            Ok(())
        } else if below.to_str().is_some_and(|below| old.is_known(below)) {
            fs::remove_file(path)
        } else if below.to_str().is_some_and(|below| new.is_known(below)) {
            let reason = "it came while the site was built, and the site has a file of that name";
            return Err(OutputError::InTheWay { path: path.to_path_buf(), reason });
        } else {
            rescue(path, &site.join(below))
        };
        result.map_err(OutputError::write(path))?;
    }
    let removed = match fs::remove_file(&manifest) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    };
    removed.and_then(|()| fs::remove_dir(folder)).map_err(OutputError::write(folder))
}

/// Leaves of two versions of a foreign file the one that was saved last.
fn rescue(old: &Path, site: &Path) -> io::Result<()> {
    let before = fs::symlink_metadata(old)?;
    let is_missed = match fs::symlink_metadata(site) {
        Ok(after) => before.modified()? > after.modified()?,
        Err(_) => true,
    };
    if !is_missed {
        return fs::remove_file(old);
    }
    if let Some(folder) = site.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::rename(old, site)
}

fn remove(stage: &Path) -> io::Result<()> {
    fs::remove_file(stage.join(MARKER))?;
    fs::remove_dir(stage)
}

fn prefix(place: &Place) -> String {
    format!(".{}.leverbook-", place.name)
}

/// Tells a folder from every other one that exists, also under another name.
#[cfg(unix)]
fn identity(folder: &Path) -> io::Result<String> {
    use std::os::unix::fs::MetadataExt;
    let metadata = fs::symlink_metadata(folder)?;
    Ok(format!("{}:{}", metadata.dev(), metadata.ino()))
}

/// Where names are never exchanged, what was built in the stage never leaves its name for another folder.
#[cfg(not(unix))]
fn identity(folder: &Path) -> io::Result<String> {
    fs::symlink_metadata(folder).map(|_| String::new())
}
