//! Reading a project: what is content, what is not, and what is said about the rest.
#![allow(clippy::disallowed_methods, reason = "files are staged, and looked at from outside")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use leverbook::config::Config;
use leverbook::source::SourceId;
use leverbook::vault::Vault;
use leverbook::vault::disk::{self, VaultError};
use tempfile::TempDir;

/// A project in a fresh folder.
struct Project {
    folder: TempDir,
    config: Config,
}

impl Project {
    fn new(files: &[(&str, &[u8])]) -> Self {
        let project = Self { folder: TempDir::new().unwrap(), config: Config::default() };
        fs::create_dir(project.root().join("content")).unwrap();
        for (path, bytes) in files {
            project.write(path, bytes);
        }
        project
    }

    fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn read(&self) -> Vault {
        disk::read(&self.root(), &self.config, None, &[]).unwrap()
    }

    fn read_after(&self, previous: &Vault, dirty: &[&str]) -> Vault {
        let dirty: Vec<_> = dirty.iter().map(|path| self.root().join(path)).collect();
        disk::read(&self.root(), &self.config, Some(previous), &dirty).unwrap()
    }
}

fn sources(vault: &Vault) -> Vec<&str> {
    vault.sources.keys().map(SourceId::as_str).collect()
}

fn attachments(vault: &Vault) -> Vec<&str> {
    vault.attachments.keys().map(SourceId::as_str).collect()
}

fn problems(vault: &Vault) -> Vec<String> {
    vault.diagnostics.iter().map(|problem| format!("{} {}", problem.code.as_str(), problem.file())).collect()
}

fn text<'a>(vault: &'a Vault, id: &str) -> &'a str {
    vault.sources.iter().find(|(source, _)| source.as_str() == id).map(|(_, source)| source.text()).unwrap()
}

#[test]
fn notes_attachments_and_overrides_are_told_apart() {
    let project = Project::new(&[
        ("content/leverage.md", b"* **Timing**: x"),
        ("content/deals/Acme Corp.MD", b"a\r\nb"),
        ("content/deals/b.markdown", b""),
        ("content/deals/pic.png", b"12345"),
        ("content/md", b"no ending"),
        ("templates/base.html", b"<p>"),
        ("templates/assets/css/own.css", b"p {}"),
        ("templates/.DS_Store", b""),
        ("leverbook.toml", b""),
        ("README.md", b""),
    ]);
    let vault = project.read();
    assert_eq!(
        sources(&vault),
        ["content/deals/Acme Corp.MD", "content/deals/b.markdown", "content/leverage.md"]
    );
    assert_eq!(attachments(&vault), ["content/deals/pic.png", "content/md"]);
    assert_eq!(vault.overrides.keys().collect::<Vec<_>>(), ["assets/css/own.css", "base.html"]);
    assert_eq!(&*vault.overrides["base.html"], b"<p>");
    assert_eq!(text(&vault, "content/deals/Acme Corp.MD"), "a\r\nb");
    let picture = vault.attachments.values().next().unwrap();
    assert_eq!((picture.bytes, disk::read_attachment(&picture.path).unwrap()), (5, b"12345".to_vec()));
    assert!(problems(&vault).is_empty());
}

#[test]
fn what_belongs_to_programs_is_no_content() {
    let mut project = Project::new(&[
        ("content/.obsidian/workspace.md", b""),
        ("content/.trash/old.md", b""),
        ("content/a/.git/x.md", b""),
        ("content/.hidden.md", b""),
        ("content/a/.note.md.swp", b""),
        ("content/note.md~", b""),
        ("content/#note.md#", b""),
        ("content/4913", b""),
        ("content/a/kept.md", b""),
        ("site/index.html", b""),
        ("site/a.md", b""),
        ("templates/t.md", b""),
        ("leverbook.toml", b""),
    ]);
    assert_eq!(sources(&project.read()), ["content/a/kept.md"]);
    assert!(attachments(&project.read()).is_empty());
    project.config.notes = vec![".".to_owned()];
    assert_eq!(sources(&project.read()), ["content/a/kept.md"]);
    assert!(attachments(&project.read()).is_empty());
}

#[test]
fn globs_and_ignore_files_leave_notes_out() {
    let mut project = Project::new(&[
        ("content/.leverbookignore", b"\xEF\xBB\xBF# words\r\n*.draft.md\r\n/archive/\r\n"),
        ("content/x.draft.md", b""),
        ("content/archive/a.md", b""),
        ("content/deals/archive/b.md", b""),
        ("content/deals/.leverbookignore", b"secret*\n!kept.draft.md\n"),
        ("content/deals/secret.md", b""),
        ("content/deals/kept.draft.md", b""),
        ("content/secret.md", b""),
        ("content/Templates/deal.md", b""),
        ("content/people/me.md", b""),
    ]);
    project.config.exclude = vec!["Templates/**".to_owned(), "content/people".to_owned()];
    let expected = ["content/deals/archive/b.md", "content/deals/kept.draft.md", "content/secret.md"];
    assert_eq!(sources(&project.read()), expected);
    project.write("content/deals/.leverbookignore", b"ok\na[z-a]\n");
    let error = disk::read(&project.root(), &project.config, None, &[]).unwrap_err();
    assert!(matches!(&error, VaultError::Glob { glob, .. } if glob == "a[z-a]"), "{error}");
}

#[test]
fn the_leverage_document_is_read_wherever_it_is() {
    let mut project = Project::new(&[("principles/lever.txt", b"x"), ("content/note.md", b"")]);
    project.config.leverage = "principles/lever.txt".to_owned();
    assert_eq!(sources(&project.read()), ["content/note.md", "principles/lever.txt"]);
    project.config.leverage = "missing.md".to_owned();
    assert_eq!(sources(&project.read()), ["content/note.md"]);
}

#[test]
fn accidents_of_encoding_are_read_and_said() {
    let utf_16: Vec<u8> = "\u{feff}---\r\nTimé".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let project = Project::new(&[
        ("content/bom.md", b"\xEF\xBB\xBF---\n"),
        ("content/old.md", b"caf\xE9 \x80"),
        ("content/wide.md", &utf_16),
        ("content/zip.md", b"PK\x03\x04\0\0"),
    ]);
    let vault = project.read();
    assert_eq!(sources(&vault), ["content/bom.md", "content/old.md", "content/wide.md"]);
    assert_eq!(text(&vault, "content/bom.md"), "---\n");
    assert_eq!(text(&vault, "content/old.md"), "café €");
    assert_eq!(text(&vault, "content/wide.md"), "---\r\nTimé");
    assert_eq!(problems(&vault), ["LB025 content/old.md", "LB009 content/zip.md"]);
    let again = project.read_after(&vault, &[]);
    assert_eq!(problems(&again), problems(&vault));
}

#[test]
fn a_file_that_is_too_long_is_not_read() {
    let project = Project::new(&[("content/a.md", b"a"), ("content/video.mp4", b"")]);
    for name in ["content/long.md", "content/video.mp4"] {
        // A hole takes no room on the disk.
        fs::File::create(project.root().join(name)).unwrap().set_len((64 << 20) + 1).unwrap();
    }
    let vault = project.read();
    assert_eq!(sources(&vault), ["content/a.md"]);
    assert_eq!(attachments(&vault), ["content/video.mp4"]);
    assert_eq!(problems(&vault), ["LB026 content/long.md"]);
}

#[test]
fn unchanged_files_are_taken_from_the_previous_vault() {
    let project = Project::new(&[
        ("content/a.md", b"one"),
        ("content/b.md", b"two"),
        ("content/c.png", b"c"),
        ("templates/base.html", b"x"),
    ]);
    let before = project.read();
    let after = project.read_after(&before, &[]);
    let is_same = |after: &Vault, id: &str| {
        let source = |vault: &Vault| {
            let found = vault.sources.iter().find(|(source, _)| source.as_str() == id).unwrap();
            Arc::clone(found.1)
        };
        Arc::ptr_eq(&source(&before), &source(after))
    };
    assert!(is_same(&after, "content/a.md") && is_same(&after, "content/b.md"));
    assert!(Arc::ptr_eq(&before.overrides["base.html"], &after.overrides["base.html"]));

    // The same length, and a time that somebody has turned back.
    let path = project.root().join("content/a.md");
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    fs::write(&path, b"eno").unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
    let after = project.read_after(&before, &["content/a.md"]);
    assert_eq!(text(&after, "content/a.md"), "eno");
    assert!(is_same(&after, "content/b.md"));
    let after = project.read_after(&before, &["content"]);
    assert!(!is_same(&after, "content/b.md"));

    project.write("content/c.png", b"d");
    fs::remove_file(project.root().join("content/b.md")).unwrap();
    let after = project.read_after(&before, &["content/c.png"]);
    assert_eq!(sources(&after), ["content/a.md"]);
    assert_eq!(after.attachments.len(), 1);
}

#[test]
fn a_project_is_found_from_any_of_its_folders() {
    let project = Project::new(&[("leverbook.toml", b"[paths]\n"), ("content/deals/a.md", b"")]);
    let root = project.root();
    assert_eq!(disk::find_root(&root.join("content/deals")).unwrap(), root);
    assert_eq!(disk::read_settings(&root.join("leverbook.toml")).unwrap().unwrap().text(), "[paths]\n");
    fs::remove_file(root.join("leverbook.toml")).unwrap();
    assert_eq!(disk::find_root(&root).unwrap(), root);
    assert!(disk::read_settings(&root.join("leverbook.toml")).unwrap().is_none());
    let error = disk::find_root(&root.join("content/deals")).unwrap_err();
    assert!(matches!(error, VaultError::NoProject { .. }) && error.help().is_some());
    fs::create_dir(root.join("leverbook.toml")).unwrap();
    assert!(disk::read_settings(&root.join("leverbook.toml")).is_err());
}

#[test]
fn a_notes_folder_that_is_missing_is_an_error() {
    let mut project = Project::new(&[("content/a.md", b""), ("file", b"")]);
    for missing in ["deals", "file"] {
        project.config.notes = vec!["content".to_owned(), missing.to_owned()];
        let error = disk::read(&project.root(), &project.config, None, &[]).unwrap_err();
        assert!(matches!(error, VaultError::NoNotes { .. }) && error.help().is_some());
    }
    project.config.notes = vec!["content".to_owned(), "./content".to_owned()];
    assert_eq!(sources(&project.read()), ["content/a.md"]);
}

#[test]
fn new_paths_are_absolute_without_being_there() {
    let project = Project::new(&[]);
    let root = project.root();
    assert_eq!(disk::absolute_new(&root.join("content/../new/./site")), root.join("new/site"));
    assert_eq!(disk::absolute(&root.join("content/..")).unwrap(), root);
    assert!(disk::absolute(&root.join("new")).is_err());
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
    use std::time::Duration;

    fn link(target: impl AsRef<Path>, project: &Project, path: &str) {
        symlink(target, project.root().join(path)).unwrap();
    }

    #[test]
    fn links_are_followed_within_the_notes_only() {
        let outside = TempDir::new().unwrap();
        fs::write(outside.path().join("secret.md"), "secret").unwrap();
        fs::write(outside.path().join("secret.png"), "secret").unwrap();
        let mut project = Project::new(&[
            ("secret.md", b"secret"),
            ("content/a.md", b"a"),
            ("content/.hidden/h.md", b"h"),
            ("shared/deals/s.md", b"s"),
            ("shared/logo.png", b"l"),
            ("shared/.env", b"e"),
            ("templates/base.html", b"t"),
            ("leverbook.toml", b""),
        ]);
        link(outside.path(), &project, "content/out");
        link(outside.path().join("secret.md"), &project, "content/out.md");
        link(outside.path().join("secret.png"), &project, "content/out.png");
        link(outside.path().join("secret.png"), &project, "templates/out.html");
        link(outside.path().join("secret.md"), &project, "shared/deals/deep.md");
        link("../secret.md", &project, "content/up.md");
        link(".hidden", &project, "content/shown");
        link("../shared/.env", &project, "content/env.txt");
        link("../leverbook.toml", &project, "content/settings.txt");
        link("../templates/base.html", &project, "content/base.html");
        link("nowhere.md", &project, "content/broken.md");
        link("../shared", &project, "content/shared");
        link("a.md", &project, "content/b.md");
        assert_eq!(sources(&project.read()), ["content/a.md", "content/b.md"]);
        project.config.notes.push("shared".to_owned());
        let vault = project.read();
        let expected = ["content/a.md", "content/b.md", "content/shared/deals/s.md", "shared/deals/s.md"];
        assert_eq!(sources(&vault), expected);
        assert_eq!(attachments(&vault), ["content/shared/logo.png", "shared/logo.png"]);
        assert_eq!(vault.overrides.keys().collect::<Vec<_>>(), ["base.html"]);
        let expected = [
            "content/base.html",
            "content/broken.md",
            "content/env.txt",
            "content/out",
            "content/out.md",
            "content/out.png",
            "content/settings.txt",
            "content/shared/deals/deep.md",
            "content/shown",
            "content/up.md",
            "shared/deals/deep.md",
            "templates/out.html",
        ];
        let mut problems = problems(&vault);
        problems.sort();
        assert_eq!(problems, expected.map(|path| format!("LB033 {path}")));
    }

    #[test]
    fn a_link_shows_nothing_that_is_left_out_of_the_notes() {
        let mut project = Project::new(&[
            ("content/.leverbookignore", b"/private/\nsecret.md\n"),
            ("content/leverage.md", b""),
            ("content/private/p.md", b""),
            ("content/deals/.leverbookignore", b"x.md\n"),
            ("content/deals/x.md", b""),
            ("content/deals/y.md", b""),
            ("content/glob/g.md", b""),
            ("shared/secret.md", b""),
            ("shared/open.md", b""),
        ]);
        project.config.exclude = vec!["/glob".to_owned()];
        project.config.notes.push("shared".to_owned());
        link("private", &project, "content/one");
        link("private/p.md", &project, "content/two.md");
        link("deals/x.md", &project, "content/three.md");
        link("deals", &project, "content/four");
        link("glob/g.md", &project, "content/five.md");
        link("../shared", &project, "content/six");
        let expected = [
            "content/deals/y.md",
            "content/four/y.md",
            "content/leverage.md",
            "content/six/open.md",
            "shared/open.md",
            "shared/secret.md",
        ];
        assert_eq!(sources(&project.read()), expected);
    }

    #[test]
    fn links_in_circles_end() {
        let project = Project::new(&[("content/a/x.md", b""), ("content/b/y.md", b"")]);
        link("..", &project, "content/a/up");
        link("../..", &project, "content/a/root");
        link("../b", &project, "content/a/to_b");
        link("../a", &project, "content/b/to_a");
        link("self", &project, "content/self");
        let vault = project.read();
        assert!(sources(&vault).len() <= 4, "{:?}", sources(&vault));
        assert!(vault.diagnostics.len() >= 4);
    }

    #[test]
    fn links_cannot_multiply_the_vault() {
        let project = Project::new(&[]);
        for folder in 0..12 {
            project.write(&format!("content/{folder}/note.md"), b"");
            for other in 0..12 {
                link(format!("../{other}"), &project, &format!("content/{folder}/to_{other}"));
            }
        }
        assert!(project.read().sources.len() <= 24);
    }

    #[test]
    fn a_notes_folder_may_be_a_link_within_the_project_only() {
        let outside = TempDir::new().unwrap();
        let project =
            Project::new(&[("vault/a.md", b""), ("vault/.leverbookignore", b"/b.md"), ("vault/b.md", b"")]);
        fs::remove_dir(project.root().join("content")).unwrap();
        link("vault", &project, "content");
        assert_eq!(sources(&project.read()), ["content/a.md"]);
        fs::remove_file(project.root().join("content")).unwrap();
        link(outside.path(), &project, "content");
        let error = disk::read(&project.root(), &project.config, None, &[]).unwrap_err();
        assert!(matches!(error, VaultError::LeadsOut { .. }) && error.help().is_some());
    }

    #[test]
    fn what_is_no_regular_file_is_never_opened() {
        let project = Project::new(&[("content/a.md", b"")]);
        let pipe = project.root().join("content/pipe.md");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        let _socket =
            std::os::unix::net::UnixListener::bind(project.root().join("content/socket.md")).unwrap();
        link("/dev/zero", &project, "content/zero.md");
        link("pipe.md", &project, "content/link.md");
        let vault = project.read();
        assert_eq!(sources(&vault), ["content/a.md"]);
        assert_eq!(problems(&vault).len(), 4);
        assert!(disk::read_attachment(&pipe).is_err());
    }

    #[test]
    fn what_may_not_be_read_is_said() {
        let project =
            Project::new(&[("content/a.md", b""), ("content/b.md", b""), ("content/deals/c.md", b"")]);
        let lock = |path: &str, mode| {
            fs::set_permissions(project.root().join(path), fs::Permissions::from_mode(mode)).unwrap();
        };
        lock("content/a.md", 0o000);
        lock("content/deals", 0o000);
        let vault = project.read();
        let may_read_all = fs::read(project.root().join("content/a.md")).is_ok();
        lock("content/deals", 0o700);
        if !may_read_all {
            assert_eq!(sources(&vault), ["content/b.md"]);
            assert_eq!(problems(&vault), ["LB009 content/deals", "LB009 content/a.md"]);
        }
    }

    #[test]
    fn names_that_are_no_text_are_kept_apart() {
        let project = Project::new(&[]);
        for name in [&b"caf\xE9.md"[..], b"caf\xE8.md", b"line\nend.md", b"%41.md"] {
            fs::write(project.root().join("content").join(OsStr::from_bytes(name)), "x").unwrap();
        }
        let vault = project.read();
        assert_eq!(vault.sources.len(), 4);
        assert_eq!(vault.diagnostics.len(), 2);
        assert!(vault.diagnostics.iter().all(|problem| problem.code.as_str() == "LB030"));
    }

    #[test]
    fn reading_changes_nothing_on_the_disk() {
        let project = Project::new(&[("content/a.md", b"a"), ("content/b.png", b"b")]);
        let look = || {
            let paths = ["content", "content/a.md", "content/b.png"];
            paths.map(|path| {
                let metadata = fs::metadata(project.root().join(path)).unwrap();
                (metadata.mtime_nsec(), metadata.ctime_nsec(), metadata.mode())
            })
        };
        let before = look();
        std::thread::sleep(Duration::from_millis(20));
        project.read();
        assert_eq!(look(), before);
    }
}
