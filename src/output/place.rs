//! Where a site may be written: a folder of its own, and never where anything of somebody else could be lost.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::OutputError;
use super::manifest::Manifest;
use crate::vault::disk::absolute_new;

/// What a build must never overwrite.
#[derive(Clone, Debug, Default)]
pub struct Protected {
    /// The project's folder. A site may lie in it, but neither be it nor hold it.
    pub root: PathBuf,
    /// The notes and templates folders. A site may neither be one, nor hold one, nor lie in one; but a notes folder that is the
    /// project's folder may hold the site.
    pub folders: Vec<PathBuf>,
    /// The user's home folder.
    pub home: Option<PathBuf>,
}

/// Names that a folder may hold without being somebody's: they only make a repository keep an empty folder.
const PLACEHOLDERS: [&str; 3] = [".gitignore", ".gitkeep", ".keep"];

/// Makes sure that a site may be written to a folder, without touching anything.
///
/// # Errors
/// It may not.
pub fn check(folder: &Path, protected: &Protected) -> Result<(), OutputError> {
    Place::new(folder, protected).map(drop)
}

/// An output folder that may be written.
pub(super) struct Place {
    /// The folder, absolute and without links; it need not exist.
    pub(super) folder: PathBuf,
    /// The folder that it lies in.
    pub(super) parent: PathBuf,
    /// Its name.
    pub(super) name: String,
}

impl Place {
    pub(super) fn new(folder: &Path, protected: &Protected) -> Result<Self, OutputError> {
        let folder = absolute_new(folder);
        let refused = |reason| Err(OutputError::Refused { folder: folder.clone(), reason });
        let (Some(parent), Some(name)) = (folder.parent(), folder.file_name()) else {
            return refused("it is the root of the file system");
        };
        let Some(name) = name.to_str() else { return refused("its name is not UTF-8") };
        if let Some(reason) = refusal(&folder, protected) {
            return refused(reason);
        }
        let place = Self { parent: parent.to_path_buf(), name: name.to_owned(), folder: folder.clone() };
        match fs::symlink_metadata(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(place),
            Err(source) => Err(OutputError::Write { path: folder, source }),
            Ok(metadata) if metadata.is_symlink() && place.is_ours() => {
                refused("it is a link to a site; name the site's own folder")
            }
            Ok(metadata) if metadata.is_symlink() => refused("it is a link"),
            Ok(metadata) if !metadata.is_dir() => refused("it is a file"),
            Ok(_) if place.is_ours() || holds_nothing(&folder)? => Ok(place),
            Ok(_) => Err(OutputError::Foreign { folder }),
        }
    }

    /// Whether leverbook has made what is there.
    pub(super) fn is_ours(&self) -> bool {
        Manifest::read(&self.folder).is_some()
    }

    /// Waits until no other build writes beside this one, and cleans up after builds that were killed. The lock is on the
    /// parent folder itself, so no file is left behind.
    pub(super) fn lock(&self) -> Result<Option<File>, OutputError> {
        fs::create_dir_all(&self.parent).map_err(OutputError::write(&self.parent))?;
        let lock = File::open(&self.parent).and_then(|parent| parent.lock().map(|()| parent));
        let Ok(lock) = lock else {
            // Some network drives have no locks. Then what seems abandoned may be another build's, so it stays.
            return Ok(None);
        };
        super::stage::sweep(self);
        Ok(Some(lock))
    }
}

fn refusal(folder: &Path, protected: &Protected) -> Option<&'static str> {
    // The last name may be spelled otherwise where the file system does not tell capital letters apart.
    let real = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
    let holds = |path: &Path| {
        let path = path.canonicalize().unwrap_or_else(|_| absolute_new(path));
        path.starts_with(folder) || path.starts_with(&real)
    };
    let lies_in = |path: &Path| {
        let path = path.canonicalize().unwrap_or_else(|_| absolute_new(path));
        folder.starts_with(&path) || real.starts_with(&path)
    };
    let is_root = |path: &Path| path.canonicalize().ok() == protected.root.canonicalize().ok();
    if protected.home.as_deref().is_some_and(holds) {
        Some("it is, or holds, your home folder")
    } else if holds(&protected.root) {
        Some("it is, or holds, the project's folder")
    } else if protected.folders.iter().any(|path| holds(path)) {
        Some("it is, or holds, a folder of notes or templates")
    } else if protected.folders.iter().any(|path| lies_in(path) && !is_root(path)) {
        Some("it lies in a folder of notes or templates")
    } else {
        None
    }
}

fn holds_nothing(folder: &Path) -> Result<bool, OutputError> {
    let entries = fs::read_dir(folder).map_err(OutputError::write(folder))?;
    for entry in entries {
        let entry = entry.map_err(OutputError::write(folder))?;
        let is_file = entry.file_type().is_ok_and(|file_type| file_type.is_file());
        if !is_file || !PLACEHOLDERS.iter().any(|name| entry.file_name() == *name) {
            return Ok(false);
        }
    }
    Ok(true)
}
