//! Which site was built last from what, so that a build without changes need not be one.
//!
//! The memory is a small file outside the project and outside the site. It holds hashes only: one names all that a build started
//! from, one says what the files of the site looked like from outside. Lost, damaged or foreign, it makes a build do all its
//! work, and no more.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::SystemTime;

use rayon::prelude::*;

use super::manifest::{FILE_NAME, Manifest};
use super::stage::is_stage;

/// So many sites are remembered; the one that was built longest ago is forgotten first.
const MOST_SITES: usize = 200;

/// The number of files of the site in a folder, if by the memory it was built from what `key` names and nobody has touched it
/// since.
pub fn is_current(folder: &Path, memory: &Path, key: &str) -> Option<usize> {
    let text = fs::read_to_string(memory).ok()?;
    // What a build that was killed has left beside the site is cleaned up by the next one that writes.
    let mut beside = fs::read_dir(folder.parent()?).ok()?.flatten();
    if beside.any(|entry| entry.file_name().to_str().is_some_and(is_stage)) {
        return None;
    }
    let place = place(folder);
    let mut known = text.lines().filter_map(|line| line.strip_prefix(&place)?.strip_prefix(' '));
    let (look, files) = look(folder)?;
    (known.next()? == format!("{key} {look}")).then_some(files)
}

/// Remembers that the site in a folder was built from what `key` names. If that fails, the next build does all its work.
pub fn remember(folder: &Path, memory: &Path, key: &str) {
    let Some((look, _)) = look(folder) else { return };
    let place = place(folder);
    let before = fs::read_to_string(memory).unwrap_or_default();
    let mut text = format!("{place} {key} {look}\n");
    let others = before.lines().filter(|line| !line.starts_with(&place));
    for line in others.take(MOST_SITES - 1) {
        let _ = writeln!(text, "{line}");
    }
    let Some(parent) = memory.parent() else { return };
    let _ = fs::create_dir_all(parent);
    // By rename, so that two builds at once leave one whole file.
    if let Ok(mut file) = tempfile::NamedTempFile::new_in(parent)
        && file.write_all(text.as_bytes()).is_ok()
    {
        let _ = file.persist(memory);
    }
}

/// Names an output folder.
fn place(folder: &Path) -> String {
    blake3::hash(folder.as_os_str().as_encoded_bytes()).to_hex().to_string()
}

/// What the files of a site look like from outside, and how many there are. `None` if it is not ours, a file is gone, or
/// one has been written after the list of them, which a build writes last.
fn look(folder: &Path) -> Option<(String, usize)> {
    let (manifest_look, built) = look_of(&folder.join(FILE_NAME))?;
    let manifest = Manifest::read(folder)?;
    let paths: Vec<&String> = manifest.files.keys().collect();
    let looks: Vec<Option<String>> = paths
        .par_iter()
        .map(|path| {
            look_of(&folder.join(path)).filter(|(_, modified)| *modified <= built).map(|(look, _)| look)
        })
        .collect();
    let mut hasher = blake3::Hasher::new();
    hasher.update(manifest_look.as_bytes());
    for (path, look) in paths.iter().zip(looks) {
        hasher.update(path.as_bytes());
        hasher.update(look?.as_bytes());
    }
    Some((hasher.finalize().to_hex().to_string(), paths.len()))
}

/// What tells a regular file from another one in its place, as far as that shows without reading it; and when it was written.
fn look_of(path: &Path) -> Option<(String, SystemTime)> {
    let metadata = fs::symlink_metadata(path).ok().filter(fs::Metadata::is_file)?;
    let modified = metadata.modified().ok()?;
    let since = modified.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    #[cfg(unix)]
    let identity = {
        use std::os::unix::fs::MetadataExt;
        (metadata.dev(), metadata.ino())
    };
    #[cfg(not(unix))]
    let identity = (0, 0);
    Some((format!("{} {} {identity:?};", metadata.len(), since.as_nanos()), modified))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::{Protected, write};

    #[test]
    fn a_site_is_current_until_somebody_touches_it() {
        let root = tempfile::tempdir().unwrap();
        let (site, memory) = (root.path().join("site"), root.path().join("cache/memory"));
        let paths = ["a.html".to_owned(), "b/c.html".to_owned()];
        let build = |text: &str| {
            let render = |path: &str| Ok::<_, std::io::Error>(format!("{text} {path}").into_bytes());
            write(&paths, render, &site, &Protected::default()).unwrap();
            remember(&site, &memory, text);
        };
        let is_current = |key: &str| is_current(&site, &memory, key);
        assert_eq!(is_current("one"), None);
        build("one");
        assert_eq!((is_current("one"), is_current("two")), (Some(2), None));
        build("two");
        assert_eq!((is_current("one"), is_current("two")), (None, Some(2)));

        fs::write(site.join("b/c.html"), "two b/c.htmL").unwrap();
        assert_eq!(is_current("two"), None);
        // What somebody has changed is not remembered as ours.
        remember(&site, &memory, "two");
        assert_eq!(is_current("two"), None);
        build("two");
        assert_eq!(is_current("two"), Some(2));
        fs::remove_file(site.join("a.html")).unwrap();
        assert_eq!(is_current("two"), None);
        build("two");
        for damaged in ["", "x", "\0\u{ff}", "a b c\n"] {
            fs::write(&memory, damaged).unwrap();
            assert_eq!(is_current("two"), None);
        }
    }
}
