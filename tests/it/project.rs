//! A project in a temporary folder, the program run in it, and the files that come out.
#![allow(clippy::disallowed_methods, reason = "tests stage files and look at what was written")]
#![allow(dead_code, reason = "every module of the suite uses a part of it")]

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use tempfile::TempDir;

/// The day on which the program believes to run: 24 November 2026.
pub(crate) const TODAY: &str = "1795478400";

/// Files by path below their folder, with `/`.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// A leverage document that is enough for most tests.
pub(crate) const LEVERAGE: &str = "\
## Leverage

* **Timing**: Learn the date that hurts them and keep your own to yourself.
    * Write both deadlines on the first page.
* **Alternatives**: A second offer that could be signed tomorrow changes how you are heard.
* **Dependency**: Look at what one side could not replace within the year.
* **Relationships**: Goodwill is saved slowly and spent quickly.
";

/// A project in a folder of its own that goes when the test ends.
pub(crate) struct Project {
    folder: TempDir,
}

/// What a command said and how it ended.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// What a test compares to learn whether somebody touched a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Trace {
    bytes: Vec<u8>,
    modified: Option<SystemTime>,
    permissions: fs::Permissions,
}

impl Project {
    /// A folder with nothing in it.
    pub(crate) fn empty() -> Self {
        let folder =
            tempfile::Builder::new().prefix("leverbook-test-").tempdir().expect("a temporary folder");
        Self { folder }
    }

    /// A project with the small leverage document and these files.
    pub(crate) fn with<T: AsRef<[u8]>>(files: &[(&str, T)]) -> Self {
        let project = Self::empty();
        project.write("content/leverage.md", LEVERAGE);
        for (path, bytes) in files {
            project.write(path, bytes);
        }
        project
    }

    /// A project that holds exactly these files.
    pub(crate) fn of(files: &Files) -> Self {
        let project = Self::empty();
        for (path, bytes) in files {
            project.write(path, bytes);
        }
        project
    }

    /// The project's folder.
    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    /// A path below the project's folder.
    pub(crate) fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root().join(path)
    }

    /// Writes a file with the folders above it.
    pub(crate) fn write(&self, path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("folders can be made");
        fs::write(&path, bytes).unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
    }

    /// The text of a file.
    pub(crate) fn read(&self, path: impl AsRef<Path>) -> String {
        let path = self.path(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()))
    }

    /// Removes a file.
    pub(crate) fn remove(&self, path: impl AsRef<Path>) {
        fs::remove_file(self.path(path)).expect("the file is there");
    }

    /// The program, ready to run in the project's folder, in an environment that is the same everywhere.
    pub(crate) fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = leverbook();
        command.current_dir(self.root()).env("HOME", self.root()).args(arguments);
        command
    }

    /// Runs a command in the project's folder.
    pub(crate) fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Run {
        Run::of(&mut self.command(arguments))
    }

    /// Builds an edition into `site/`, whatever the content's errors, and gives its files.
    pub(crate) fn build(&self, edition: &str) -> Files {
        self.build_with(&["--edition", edition])
    }

    /// Builds into `site/` with more arguments, and gives the files.
    pub(crate) fn build_with(&self, arguments: &[&str]) -> Files {
        let run = self.run(["build"].iter().chain(arguments));
        assert!(run.code == 0 || run.code == 1, "{run}");
        self.site()
    }

    /// The built site.
    pub(crate) fn site(&self) -> Files {
        files(&self.path("site"))
    }

    /// The state of every file below a folder of the project.
    pub(crate) fn traces(&self, folder: &str) -> BTreeMap<PathBuf, Trace> {
        let entries =
            walkdir::WalkDir::new(self.path(folder)).into_iter().map(|entry| entry.expect("readable"));
        entries.map(|entry| (entry.path().to_path_buf(), Trace::of(entry.path()))).collect()
    }
}

impl Run {
    /// Runs a command to its end.
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.stdin(Stdio::null()).output().expect("the program starts");
        let text = |bytes| String::from_utf8(bytes).expect("the program prints UTF-8");
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// Fails unless the command ended so.
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self}");
        self
    }

    /// The result as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in:\n{self}"))
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "exit {}\n-- stdout\n{}\n-- stderr\n{}", self.code, self.stdout, self.stderr)
    }
}

impl Trace {
    fn of(path: &Path) -> Self {
        let about = fs::symlink_metadata(path).expect("the file is there");
        let bytes = match about.file_type() {
            kind if kind.is_file() => fs::read(path).expect("the file can be read"),
            kind if kind.is_symlink() => {
                fs::read_link(path).expect("a link").into_os_string().into_encoded_bytes()
            }
            _ => Vec::new(),
        };
        // A folder's own time changes when the site is put beside the content; only what it holds matters.
        let modified = about.is_file().then(|| about.modified().expect("times are kept"));
        Self { bytes, modified, permissions: about.permissions() }
    }
}

/// The program in an environment that is the same everywhere.
pub(crate) fn leverbook() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_leverbook"));
    command.env_clear().env("SOURCE_DATE_EPOCH", TODAY);
    for name in ["PATH", "TMPDIR", "SYSTEMROOT", "LLVM_PROFILE_FILE"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
}

/// Whether a name ends so, in any case.
pub(crate) fn is_kind(path: &str, ending: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension.eq_ignore_ascii_case(ending))
}

/// The repository, which is a project itself.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder, hidden ones included; a link is never followed.
#[track_caller]
pub(crate) fn files(folder: &Path) -> Files {
    list(folder).unwrap_or_else(|error| panic!("cannot list {}: {error}", folder.display()))
}

/// As [`files`], for a folder that may change meanwhile.
pub(crate) fn list(folder: &Path) -> std::io::Result<Files> {
    let mut files = Files::new();
    for entry in walkdir::WalkDir::new(folder).min_depth(1) {
        let entry = entry?;
        let bytes = match entry.file_type() {
            kind if kind.is_dir() => continue,
            kind if kind.is_symlink() => fs::read_link(entry.path())?.into_os_string().into_encoded_bytes(),
            _ => fs::read(entry.path())?,
        };
        let below = entry.path().strip_prefix(folder).expect("it lies below");
        let name = below.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
        files.insert(name, bytes);
    }
    Ok(files)
}

/// Fails with the first difference if two sites are not byte for byte alike.
#[track_caller]
pub(crate) fn assert_same(left: &Files, right: &Files) {
    let only = |one: &Files, other: &Files| -> Vec<String> {
        one.keys().filter(|path| !other.contains_key(*path)).cloned().collect()
    };
    let (only_left, only_right) = (only(left, right), only(right, left));
    assert!(
        only_left.is_empty() && only_right.is_empty(),
        "files only left: {only_left:?}, only right: {only_right:?}"
    );
    // Pages first: what is hidden are sums over them, which say less.
    let hidden = |path: &&String| path.starts_with('.');
    let order = left.keys().filter(|path| !hidden(path)).chain(left.keys().filter(hidden));
    for path in order {
        let (bytes, other) = (&left[path], &right[path]);
        if bytes != other {
            let at = bytes.iter().zip(other).take_while(|(one, other)| one == other).count();
            let around = |bytes: &[u8]| {
                let part = &bytes[at.saturating_sub(120).min(bytes.len())..(at + 120).min(bytes.len())];
                String::from_utf8_lossy(part).into_owned()
            };
            panic!("{path} differs at byte {at}:\n-- left\n{}\n-- right\n{}", around(bytes), around(other));
        }
    }
}
