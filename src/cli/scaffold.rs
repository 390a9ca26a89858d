//! Writes what `init`, `new` and `man` begin, and never over a file that is there.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use super::CliError;
use super::build::shown;

/// Makes a folder, with those above it.
#[expect(clippy::disallowed_methods, reason = "it is the folder that the user names for what is written")]
pub(super) fn make_folder(folder: &Path) -> Result<(), CliError> {
    fs::create_dir_all(folder)
        .map_err(|error| CliError::Message(format!("cannot make {}: {error}", shown(folder))))
}

/// Writes a new file, with its folders.
#[expect(clippy::disallowed_methods, reason = "`init` and `new` are asked to write into the content")]
pub(super) fn write_new(path: &Path, text: &str) -> Result<(), CliError> {
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => CliError::Message(format!("{} is there already", shown(path))),
        _ => CliError::Message(format!("cannot write {}: {error}", shown(path))),
    };
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    let mut file = File::create_new(path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)
}
