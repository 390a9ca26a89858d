//! The only place that reads files of the project.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Vault;
use crate::config::Config;
use crate::source::Source;

/// Why the vault cannot be read at all. Single files that cannot be read are diagnostics instead.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// A folder or file that must be there cannot be read.
    #[error("cannot read {}", .path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// No `leverbook.toml` and no `content/` in the folder or a parent.
    #[error("no leverbook.toml and no content/ in {} or a folder above it", .start.display())]
    NoProject {
        /// Where the search began.
        start: PathBuf,
    },
}

/// The project that a folder belongs to: the nearest folder, upwards, with a settings file; else the folder itself if it has `content/`.
pub fn find_root(start: &Path) -> Result<PathBuf, VaultError> {
    let _ = start;
    todo!()
}

/// The settings file's text, if there is one.
pub fn read_settings(path: &Path) -> Result<Option<Arc<Source>>, VaultError> {
    let _ = path;
    todo!()
}

/// Reads everything below the notes folders, and the template overrides. Files that `previous` holds and that have not changed
/// (path, length, time) are taken from it, except those in `dirty`.
pub fn read(
    root: &Path,
    config: &Config,
    previous: Option<&Vault>,
    dirty: &[PathBuf],
) -> Result<Vault, VaultError> {
    let _ = (root, config, previous, dirty);
    todo!()
}

/// The bytes of an attachment.
pub fn read_attachment(path: &Path) -> std::io::Result<Vec<u8>> {
    let _ = path;
    todo!()
}
