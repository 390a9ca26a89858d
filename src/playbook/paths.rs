//! Which file a name in a note means, by Obsidian's rules.
//!
//! In come the paths of the notes and attachments of one edition, from the vault's root; a name that leads to a file
//! outside them leads nowhere. Aliases and titles are not known here: they never are a link's target.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;

/// Where the names of one edition lead.
#[derive(Debug, Default)]
pub struct Paths {
    notes: Vec<String>,
    attachments: Vec<String>,
    /// Every path and every end of one that begins after a `/`, as spelt and folded, with the best file of that name.
    spelt: HashMap<String, Best>,
    folded: HashMap<String, Best>,
}

/// What a name leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// A note, by its number among the notes given.
    Note(usize, Certainty),
    /// Another file, by its path from the vault's root.
    Attachment(String, Certainty),
    /// No file of this edition.
    Nowhere,
}

/// How sure it is that a name means that file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Certainty {
    /// By the rules there is no other.
    Sure,
    /// Another file has as good a claim; the first by name was taken.
    Several,
    /// The name is only the end of the file's path, which Obsidian might not follow.
    End,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum File {
    Note(usize),
    Attachment(usize),
}

/// A way to find the file that a name means in a note of that folder.
type Lookup = fn(&Paths, &str, &str) -> Option<File>;

/// The best files of a name.
#[derive(Clone, Debug)]
struct Best {
    /// The file whose whole path this is.
    whole: Option<File>,
    /// The one with the shortest path; of several such, the first by name.
    shortest: File,
    is_tied: bool,
}

impl Paths {
    /// An index over paths from the vault's root, with `/` between folders.
    pub fn new<'a>(
        notes: impl IntoIterator<Item = &'a str>,
        attachments: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let own = |path: &str| path.trim_start_matches('/').to_owned();
        let mut paths = Self {
            notes: notes.into_iter().map(own).collect(),
            attachments: attachments.into_iter().map(own).collect(),
            ..Self::default()
        };
        for index in 0..paths.notes.len() {
            paths.insert(File::Note(index));
        }
        for index in 0..paths.attachments.len() {
            paths.insert(File::Attachment(index));
        }
        paths
    }

    /// What a wikilink's or embed's target means in the note at `from`.
    pub fn resolve(&self, from: &str, target: &str) -> Resolution {
        self.find(from, target, [Self::in_vault, Self::beside])
    }

    /// What the destination of a Markdown link or image means in the note at `from`: first as seen from its folder.
    pub fn resolve_link(&self, from: &str, destination: &str) -> Resolution {
        self.find(from, destination, [Self::beside, Self::in_vault])
    }

    fn find(&self, from: &str, target: &str, exact: [Lookup; 2]) -> Resolution {
        let folder = from.trim_start_matches('/').rsplit_once('/').map_or("", |(folder, _)| folder);
        let target = target.trim();
        for name in names(target) {
            let is_relative = target.starts_with("./") || target.starts_with("../");
            if is_relative || target.starts_with('/') {
                let found =
                    if is_relative { self.beside(folder, &name) } else { self.in_vault(folder, &name) };
                if let Some(file) = found {
                    return self.resolution(file, Certainty::Sure);
                }
                continue;
            }
            if let Some(file) = exact.iter().find_map(|exact| exact(self, folder, &name)) {
                return self.resolution(file, Certainty::Sure);
            }
            if let Some(best) = self.spelt.get(&normal(&name)).or_else(|| self.folded.get(&fold(&name))) {
                let certainty = match (name.contains('/'), best.is_tied) {
                    (true, _) => Certainty::End,
                    (false, true) => Certainty::Several,
                    (false, false) => Certainty::Sure,
                };
                return self.resolution(best.shortest, certainty);
            }
        }
        Resolution::Nowhere
    }

    fn in_vault(&self, _folder: &str, name: &str) -> Option<File> {
        self.whole(&join("", name)?)
    }

    fn beside(&self, folder: &str, name: &str) -> Option<File> {
        self.whole(&join(folder, name)?)
    }

    /// The file of that path: as it is spelt, else in any case.
    fn whole(&self, path: &str) -> Option<File> {
        let spelt = self.spelt.get(&normal(path)).and_then(|best| best.whole);
        spelt.or_else(|| self.folded.get(&fold(path)).and_then(|best| best.whole))
    }

    fn resolution(&self, file: File, certainty: Certainty) -> Resolution {
        match file {
            File::Note(index) => Resolution::Note(index, certainty),
            File::Attachment(index) => Resolution::Attachment(self.attachments[index].clone(), certainty),
        }
    }

    fn path(&self, file: File) -> &str {
        match file {
            File::Note(index) => &self.notes[index],
            File::Attachment(index) => &self.attachments[index],
        }
    }

    fn insert(&mut self, file: File) {
        let path = self.path(file).to_owned();
        let ends = path.match_indices('/').map(|(index, _)| index + 1);
        for start in std::iter::once(0).chain(ends) {
            self.insert_end(file, &path, start);
        }
    }

    fn insert_end(&mut self, file: File, path: &str, start: usize) {
        let whole = (start == 0).then_some(file);
        for is_folded in [false, true] {
            let end = &path[start..];
            let key = if is_folded { fold(end) } else { normal(end) };
            let map = if is_folded { &self.folded } else { &self.spelt };
            let best = match map.get(&key) {
                None => Best { whole, shortest: file, is_tied: false },
                Some(best) => {
                    let other = self.path(best.shortest);
                    let (length, other_length) = (path.chars().count(), other.chars().count());
                    Best {
                        // Twins in case: the first by name, so that the order of the files does not matter.
                        whole: match (best.whole, whole) {
                            (Some(first), Some(_)) if self.path(first) <= path => Some(first),
                            (first, second) => second.or(first),
                        },
                        shortest: if (length, path) < (other_length, other) { file } else { best.shortest },
                        is_tied: length == other_length || (best.is_tied && length > other_length),
                    }
                }
            };
            let map = if is_folded { &mut self.folded } else { &mut self.spelt };
            map.insert(key, best);
        }
    }
}

/// The file names that a target can stand for, best first: `.md` may be left out for notes only.
fn names(target: &str) -> Vec<String> {
    if target.is_empty() || target.ends_with('/') {
        return Vec::new();
    }
    let extension =
        target.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map(|(_, extension)| extension);
    let as_note = format!("{target}.md");
    let is_file = extension
        .is_some_and(|extension| EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known)));
    if is_file { vec![target.to_owned(), as_note] } else { vec![as_note, target.to_owned()] }
}

/// Extensions by which a target is first taken for the file of that name, and only then for a note that has a dot in its name.
const EXTENSIONS: &[&str] = &[
    "md", "avif", "bmp", "gif", "jpeg", "jpg", "png", "svg", "webp", "flac", "m4a", "mp3", "ogg", "wav",
    "webm", "3gp", "mkv", "mov", "mp4", "ogv", "pdf", "canvas", "base", "csv", "docx", "xlsx", "pptx", "txt",
    "zip", "html",
];

/// A path seen from a folder, without `.` and `..`; `None` if it leads out of the vault.
fn join(folder: &str, name: &str) -> Option<String> {
    let mut parts: Vec<&str> = if name.starts_with('/') { Vec::new() } else { folder.split('/').collect() };
    parts.retain(|part| !part.is_empty());
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

fn normal(path: &str) -> String {
    if path.is_ascii() { path.to_owned() } else { path.nfc().collect() }
}

fn fold(path: &str) -> String {
    if path.is_ascii() {
        path.to_ascii_lowercase()
    } else {
        path.nfc().flat_map(char::to_lowercase).nfc().collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Certainty::{End, Several, Sure};
    use super::*;

    const NOTES: &[&str] = &[
        "Home.md",
        "deals/Acme.md",
        "deals/2025/Acme.md",
        "deals/2025/call.md",
        "b/Twin.md",
        "a/Twin.md",
        "x/y/Deep.md",
        "Name 1.2.md",
        "pic.png.md",
        "cafe\u{301}/E\u{301}te\u{301}.md",
    ];
    const FILES: &[&str] = &["media/pic.png", "media/Plan.canvas", "Acme.canvas", "LICENSE"];

    fn paths() -> Paths {
        Paths::new(NOTES.iter().copied(), FILES.iter().copied())
    }

    fn note(from: &str, target: &str) -> Option<(&'static str, Certainty)> {
        match paths().resolve(from, target) {
            Resolution::Note(index, certainty) => Some((NOTES[index], certainty)),
            _ => None,
        }
    }

    #[test]
    fn a_path_from_the_root_comes_first_then_the_own_folder_then_the_shortest_path() {
        assert_eq!(note("x/y/Deep.md", "deals/2025/acme"), Some(("deals/2025/Acme.md", Sure)));
        assert_eq!(note("deals/2025/call.md", "Acme"), Some(("deals/2025/Acme.md", Sure)));
        assert_eq!(note("x/y/Deep.md", "ACME.MD"), Some(("deals/Acme.md", Sure)));
        assert_eq!(note("deals/call.md", "Home"), Some(("Home.md", Sure)));
    }

    #[test]
    fn equal_claims_are_settled_by_name_and_said() {
        assert_eq!(note("Home.md", "twin"), Some(("a/Twin.md", Several)));
        assert_eq!(note("b/other.md", "twin"), Some(("b/Twin.md", Sure)));
    }

    #[test]
    fn the_end_of_a_path_is_the_last_resort() {
        assert_eq!(note("Home.md", "y/Deep"), Some(("x/y/Deep.md", End)));
        assert_eq!(note("Home.md", "z/Deep"), None);
    }

    #[test]
    fn relative_targets_stay_in_the_vault() {
        assert_eq!(note("deals/2025/call.md", "../Acme"), Some(("deals/Acme.md", Sure)));
        assert_eq!(note("deals/2025/call.md", "./Acme.md"), Some(("deals/2025/Acme.md", Sure)));
        assert_eq!(note("deals/2025/call.md", "/deals/Acme"), Some(("deals/Acme.md", Sure)));
        assert_eq!(note("deals/2025/call.md", "/Acme"), None);
        assert_eq!(note("Home.md", "../Home"), None);
        assert_eq!(note("Home.md", "../../etc/passwd"), None);
        assert_eq!(note("Home.md", ""), None);
    }

    #[test]
    fn names_are_folded_in_case_and_form() {
        assert_eq!(note("Home.md", "été"), Some(("cafe\u{301}/E\u{301}te\u{301}.md", Sure)));
        let twins = Paths::new(["n/log.md", "n/Log.md"], []);
        assert_eq!(twins.resolve("n/x.md", "Log"), Resolution::Note(1, Sure));
        assert_eq!(twins.resolve("n/x.md", "log"), Resolution::Note(0, Sure));
        assert_eq!(twins.resolve("n/x.md", "LOG"), Resolution::Note(1, Sure));
    }

    #[test]
    fn other_files_need_their_extension() {
        let file = |target: &str| match paths().resolve("deals/Acme.md", target) {
            Resolution::Attachment(path, _) => Some(path),
            _ => None,
        };
        assert_eq!(file("pic.png").as_deref(), Some("media/pic.png"));
        assert_eq!(file("Plan.canvas").as_deref(), Some("media/Plan.canvas"));
        assert_eq!(file("Plan"), None);
        assert_eq!(file("LICENSE").as_deref(), Some("LICENSE"));
        assert_eq!(note("x.md", "Name 1.2"), Some(("Name 1.2.md", Sure)));
        assert_eq!(note("x.md", "acme"), Some(("deals/Acme.md", Sure)));
    }

    #[test]
    fn markdown_links_look_beside_the_note_first() {
        let paths = Paths::new(["a/x.md", "a/a/x.md", "Sub/My Note.md"], []);
        assert_eq!(paths.resolve_link("a/n.md", "a/x.md"), Resolution::Note(1, Sure));
        assert_eq!(paths.resolve("a/n.md", "a/x.md"), Resolution::Note(0, Sure));
        assert_eq!(paths.resolve_link("n.md", "My Note.md"), Resolution::Note(2, Sure));
    }

    proptest! {
        #[test]
        fn the_order_of_the_files_does_not_matter(
            paths in proptest::collection::btree_set("([ab]/){0,2}[abAB]\\.md", 1..12),
            from in "([ab]/){0,2}n\\.md",
            target in "(\\./|\\.\\./|/)?([abAB]/){0,2}[abAB](\\.md)?",
        ) {
            let forward: Vec<&str> = paths.iter().map(String::as_str).collect();
            let backward: Vec<&str> = forward.iter().rev().copied().collect();
            let find = |order: &[&str]| match Paths::new(order.iter().copied(), []).resolve(&from, &target) {
                Resolution::Note(index, certainty) => Some((order[index].to_owned(), certainty)),
                _ => None,
            };
            prop_assert_eq!(find(&forward), find(&backward));
        }
    }
}
