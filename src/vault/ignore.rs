//! Which files of a notes folder are not content: by their names, and by lines in gitignore syntax.
//!
//! Texts come in; whoever walks the folders asks. Files are not read here.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::disk::VaultError;

/// The file, in any folder of the notes, whose lines say what is not content.
pub const FILE_NAME: &str = ".leverbookignore";

/// Whether a name is one that editors leave beside the file that they save.
pub fn is_debris(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    // Vim probes whether it may write to a folder with a file of this name.
    name == b"4913"
        || name.ends_with(b"~")
        || (name.len() > 1 && name.starts_with(b"#") && name.ends_with(b"#"))
}

/// Whether a name is hidden: settings of programs, repositories, swap and lock files.
pub fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

/// The `exclude` globs of the settings, for one notes folder. They count from the notes folder and from the
/// project's root: whoever wrote them meant one of the two, and what is meant to be left out must not slip in.
pub(super) struct Excludes(Vec<Gitignore>);

impl Excludes {
    /// Compiles the globs, for a notes folder that may have two paths: as it is named, and where it is.
    pub(super) fn new(root: &Path, notes: &[&Path], globs: &[String]) -> Result<Self, VaultError> {
        let settings = root.join(crate::config::FILE_NAME);
        // There are no comments among the settings' globs: a leading `#` belongs to a name.
        let globs: Vec<_> = globs
            .iter()
            .map(|glob| if glob.starts_with('#') { format!("\\{glob}") } else { glob.clone() })
            .collect();
        let lines = || globs.iter().map(String::as_str);
        let folders = std::iter::once(&root).chain(notes);
        Ok(Self(folders.map(|folder| compile(folder, &settings, lines())).collect::<Result<_, _>>()?))
    }

    /// Whether a path below the notes folder is left out.
    pub(super) fn matches(&self, path: &Path, is_folder: bool) -> bool {
        self.0.iter().any(|globs| globs.matched(path, is_folder).is_ignore())
    }
}

/// The ignore files that apply at the present place of a walk, outermost first, with the depth of their folder.
#[derive(Default)]
pub(super) struct Ignores(Vec<(usize, Gitignore)>);

impl Ignores {
    /// Leaves the folders that do not hold an entry at this depth.
    pub(super) fn leave_to(&mut self, depth: usize) {
        while self.0.last().is_some_and(|(folder_depth, _)| *folder_depth >= depth) {
            self.0.pop();
        }
    }

    /// Enters a folder that has an ignore file.
    pub(super) fn enter(&mut self, depth: usize, folder: &Path, text: &str) -> Result<(), VaultError> {
        self.0.push((depth, compile(folder, &folder.join(FILE_NAME), text.lines())?));
        Ok(())
    }

    /// Whether the nearest line that speaks of a path leaves it out.
    pub(super) fn matches(&self, path: &Path, is_folder: bool) -> bool {
        let found = self.0.iter().rev().map(|(_, lines)| lines.matched(path, is_folder));
        found.into_iter().find(|found| !found.is_none()).is_some_and(|found| found.is_ignore())
    }
}

/// A line that cannot be read may be the one that hides something, so it is an error and never skipped.
fn compile<'a>(
    folder: &Path,
    file: &Path,
    lines: impl Iterator<Item = &'a str>,
) -> Result<Gitignore, VaultError> {
    let error = |glob: &str, error: &ignore::Error| VaultError::Glob {
        path: PathBuf::from(file),
        glob: glob.to_owned(),
        reason: reason(error),
    };
    let mut builder = GitignoreBuilder::new(folder);
    for line in lines {
        builder.add_line(None, line).map_err(|problem| error(line.trim(), &problem))?;
    }
    builder.build().map_err(|problem| error("", &problem))
}

fn reason(error: &ignore::Error) -> String {
    match error {
        ignore::Error::Glob { err, .. } => err.clone(),
        error => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_editors_leave_behind_is_no_content() {
        for name in ["4913", "a.md~", "#a.md#"] {
            assert!(is_debris(OsStr::new(name)), "{name}");
        }
        for name in ["49131", "a~b.md", "#1 deal.md", "#", "a#"] {
            assert!(!is_debris(OsStr::new(name)), "{name}");
        }
        assert!(is_hidden(OsStr::new(".a.md.swp")) && is_hidden(OsStr::new(".#a.md")));
    }

    #[test]
    fn the_nearest_ignore_file_has_the_last_word() {
        let mut ignores = Ignores::default();
        ignores.enter(0, Path::new("/p/content"), "*.tmp.md\n# words\n/top.md\ndir/\n").unwrap();
        let is_out =
            |ignores: &Ignores, path: &str| ignores.matches(&Path::new("/p/content").join(path), false);
        assert!(is_out(&ignores, "a/x.tmp.md") && is_out(&ignores, "top.md"));
        assert!(!is_out(&ignores, "a/top.md") && !is_out(&ignores, "dir"));
        ignores.enter(1, Path::new("/p/content/a"), "!x.tmp.md\r\n").unwrap();
        assert!(!is_out(&ignores, "a/x.tmp.md") && is_out(&ignores, "a/y.tmp.md"));
        ignores.leave_to(1);
        assert!(is_out(&ignores, "b/x.tmp.md"));
    }

    #[test]
    fn excludes_count_from_the_notes_and_from_the_root() {
        let globs = ["Templates/**".to_owned(), "content/secret.md".to_owned(), "#x/".to_owned()];
        let excludes = Excludes::new(Path::new("/p"), &[Path::new("/p/content")], &globs).unwrap();
        assert!(excludes.matches(Path::new("/p/content/Templates/deal.md"), false));
        assert!(excludes.matches(Path::new("/p/content/secret.md"), false));
        assert!(excludes.matches(Path::new("/p/content/#x"), true));
        assert!(!excludes.matches(Path::new("/p/content/open.md"), false));
    }

    #[test]
    fn a_glob_that_cannot_be_read_is_named() {
        let error = Excludes::new(Path::new("/p"), &[Path::new("/p/content")], &["a[z-a]".to_owned()]);
        let message = error.err().unwrap().to_string();
        assert!(message.contains("leverbook.toml") && message.contains("a[z-a]"), "{message}");
    }
}
