//! Writing a site: whole old or whole new, and nothing of anybody else's lost.
#![allow(clippy::disallowed_methods, reason = "files are staged, and looked at from outside")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use leverbook::output::{self, MANIFEST, OutputError, Protected, Written};
use tempfile::TempDir;

type Files = BTreeMap<String, Vec<u8>>;

/// A project folder into which sites are written.
struct Project(TempDir);

impl Project {
    fn new() -> Self {
        let project = Self(TempDir::new().unwrap());
        fs::create_dir(project.path("content")).unwrap();
        fs::create_dir(project.path("templates")).unwrap();
        project
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().canonicalize().unwrap().join(path)
    }

    fn put(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn protected(&self) -> Protected {
        Protected {
            root: self.path(""),
            folders: vec![self.path("content"), self.path("templates")],
            home: Some(self.path("")),
        }
    }

    fn write(&self, files: &Files) -> Result<Written, OutputError> {
        self.write_to("site", files)
    }

    fn write_to(&self, folder: &str, files: &Files) -> Result<Written, OutputError> {
        let paths: Vec<String> = files.keys().cloned().collect();
        let render = |path: &str| Ok::<_, String>(files[path].clone());
        output::write(&paths, render, &self.path(folder), &self.protected())
    }

    /// The files of the site without the manifest.
    fn site(&self) -> Files {
        let mut files = tree(&self.path("site"));
        files.remove(MANIFEST);
        files
    }

    /// What lies in the project's folder itself.
    fn names(&self) -> Vec<String> {
        let names = fs::read_dir(self.path("")).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn tree(folder: &Path) -> Files {
    let entries = walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap);
    let files = entries.filter(|entry| entry.file_type().is_file());
    let read = |entry: walkdir::DirEntry| {
        let path = entry.path().strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
        (path, fs::read(entry.path()).unwrap())
    };
    files.map(read).collect()
}

fn files(list: &[(&str, &str)]) -> Files {
    list.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
}

#[test]
fn a_site_is_written_and_replaced_as_a_whole() {
    let project = Project::new();
    let first = files(&[("index.html", "a"), ("deals/acme.html", "b"), ("deals/old.html", "c")]);
    assert_eq!(project.write(&first).unwrap(), Written { written: 3, kept: 0, removed: 0 });
    assert_eq!(project.site(), first);
    let second = files(&[("index.html", "a"), ("deals/acme.html", "new"), ("notes/x/y.html", "d")]);
    assert_eq!(project.write(&second).unwrap(), Written { written: 2, kept: 1, removed: 1 });
    assert_eq!(project.site(), second);
    assert_eq!(project.names(), ["content", "site", "templates"]);
    assert_eq!(project.write(&files(&[])).unwrap(), Written { written: 0, kept: 0, removed: 3 });
    assert!(project.site().is_empty() && !project.path("site/deals").exists());
}

#[test]
fn the_same_site_has_the_same_bytes_wherever_it_is_built() {
    let (one, other) = (Project::new(), Project::new());
    let site = files(&[("index.html", "a"), ("deals/acme.html", "b")]);
    one.write(&site).unwrap();
    other.write(&files(&[("gone.html", "x"), ("index.html", "z")])).unwrap();
    other.write(&site).unwrap();
    assert_eq!(tree(&one.path("site")), tree(&other.path("site")));
}

#[test]
fn a_file_that_was_edited_by_hand_is_written_again() {
    let project = Project::new();
    let site = files(&[("index.html", "a"), ("b.html", "b"), ("c.html", "c")]);
    project.write(&site).unwrap();
    project.put("site/index.html", "z");
    fs::remove_file(project.path("site/b.html")).unwrap();
    fs::remove_file(project.path("site/c.html")).unwrap();
    project.put("site/c.html/inside", "x");
    let error = project.write(&site).unwrap_err();
    assert!(matches!(error, OutputError::InTheWay { .. }), "{error}");
    fs::remove_dir_all(project.path("site/c.html")).unwrap();
    assert_eq!(project.write(&site).unwrap(), Written { written: 3, kept: 0, removed: 0 });
    assert_eq!(project.site(), site);
}

#[test]
fn what_others_have_put_there_stays() {
    let project = Project::new();
    project.write(&files(&[("index.html", "a"), ("deals/a.html", "b")])).unwrap();
    project.put("site/CNAME", "books.example");
    project.put("site/.git/objects/ab/cd", "blob");
    project.put("site/deals/robots.txt", "x");
    fs::create_dir_all(project.path("site/empty/folder")).unwrap();
    let mut site = files(&[("index.html", "new"), ("notes/a.html", "c")]);
    project.write(&site).unwrap();
    site.extend(files(&[
        ("CNAME", "books.example"),
        (".git/objects/ab/cd", "blob"),
        ("deals/robots.txt", "x"),
    ]));
    assert_eq!(project.site(), site);
    assert!(project.path("site/empty/folder").is_dir());
    assert_eq!(project.names(), ["content", "site", "templates"]);
}

#[test]
fn a_foreign_file_where_the_site_needs_the_place_stops_the_build() {
    let project = Project::new();
    let first = files(&[("index.html", "a")]);
    project.write(&first).unwrap();
    project.put("site/deals", "a file");
    project.put("site/notes/a.html", "mine");
    fs::create_dir(project.path("site/tags.html")).unwrap();
    let before = tree(&project.path("site"));
    for clash in ["deals", "deals/x.html", "notes/a.html", "notes", "tags.html"] {
        let error = project.write(&files(&[("index.html", "b"), (clash, "c")])).unwrap_err();
        assert!(matches!(error, OutputError::InTheWay { .. }), "{clash}: {error}");
        assert!(error.help().is_some());
        assert_eq!(tree(&project.path("site")), before);
    }
    assert_eq!(project.names(), ["content", "site", "templates"]);
}

#[test]
fn folders_of_others_are_never_touched() {
    let project = Project::new();
    project.put("own/notes.txt", "mine");
    project.put("hidden/.git/HEAD", "mine");
    project.put("fake/.leverbook-site.json", "not a list");
    project.put("file", "mine");
    project.put("content/a.md", "mine");
    fs::create_dir(project.path("content/empty")).unwrap();
    fs::create_dir_all(project.path("templates/empty")).unwrap();
    let before = tree(&project.path(""));
    let site = files(&[("index.html", "a")]);
    let refused = [
        "",
        "..",
        "/",
        "own",
        "hidden",
        "fake",
        "file",
        "content",
        "content/empty",
        "content/new",
        "templates",
        "templates/empty",
        "content/../content",
        "own/..",
        "file/x",
    ];
    for folder in refused {
        let error = project.write_to(folder, &site).unwrap_err();
        let is_refused = matches!(error, OutputError::Foreign { .. } | OutputError::Refused { .. });
        assert!(is_refused || folder == "file/x", "{folder}: {error}");
        assert!(output::check(&project.path(folder), &project.protected()).is_err(), "{folder}");
    }
    assert_eq!(tree(&project.path("")), before);
    let protected = Protected { home: Some(project.path("user/me")), ..project.protected() };
    fs::create_dir_all(project.path("user/me")).unwrap();
    for folder in ["user", "user/me"] {
        assert!(output::check(&project.path(folder), &protected).is_err(), "{folder}");
    }
    assert!(output::check(&project.path("user/me/site"), &protected).is_ok());
}

#[test]
fn an_empty_folder_is_accepted_and_a_missing_one_is_made() {
    let project = Project::new();
    let site = files(&[("index.html", "a")]);
    project.put("site/.gitignore", "*");
    project.put("site/.gitkeep", "");
    project.write(&site).unwrap();
    let expected = files(&[("index.html", "a"), (".gitignore", "*"), (".gitkeep", "")]);
    assert_eq!(project.site(), expected);
    fs::create_dir(project.path("empty")).unwrap();
    project.write_to("empty", &site).unwrap();
    project.write_to("new/deep/site", &site).unwrap();
    project.write_to("content/../sibling", &site).unwrap();
    assert!(project.path("new/deep/site/index.html").exists() && project.path("sibling/index.html").exists());
}

#[test]
fn a_vault_that_is_the_project_itself_may_hold_its_site() {
    let project = Project::new();
    let protected =
        Protected { folders: vec![project.path("."), project.path("templates")], ..project.protected() };
    assert!(output::check(&project.path("site"), &protected).is_ok());
    assert!(output::check(&project.path(""), &protected).is_err());
    assert!(output::check(&project.path("templates/x"), &protected).is_err());
}

#[test]
fn a_page_that_cannot_be_rendered_leaves_the_old_site() {
    let project = Project::new();
    project.write(&files(&[("index.html", "a")])).unwrap();
    let before = tree(&project.path("site"));
    let paths: Vec<String> = (0..200).map(|page| format!("{page:03}.html")).collect();
    let render = |path: &str| match path {
        "150.html" | "020.html" => Err(format!("{path} is broken")),
        _ => Ok(vec![b'x'; 1000]),
    };
    for _ in 0..5 {
        let error = output::write(&paths, render, &project.path("site"), &project.protected()).unwrap_err();
        assert_eq!(error.to_string(), "020.html is broken");
    }
    assert_eq!(tree(&project.path("site")), before);
    assert_eq!(project.names(), ["content", "site", "templates"]);
}

#[test]
fn a_path_that_leads_out_is_an_error() {
    let project = Project::new();
    for path in ["", "/etc/x", "../x", "a/../b", "a//b", "./a", "a/", "a\\b", "a\0b", MANIFEST] {
        let error = project.write(&files(&[(path, "x")])).unwrap_err();
        assert!(matches!(error, OutputError::Path { .. }), "{path}: {error}");
    }
    let error = project.write(&files(&[("a", "x"), ("a/b", "y")])).unwrap_err();
    assert!(matches!(error, OutputError::Path { .. }), "{error}");
    assert_eq!(project.names(), ["content", "templates"]);
}

#[test]
fn builds_at_the_same_time_wait_for_each_other() {
    let project = Project::new();
    let sites: Vec<Files> = (0..6)
        .map(|site| (0..40).map(|page| (format!("{site}/{page}.html"), vec![b'x'; 100])).collect())
        .collect();
    std::thread::scope(|scope| {
        for site in &sites {
            scope.spawn(|| project.write(site).unwrap());
        }
    });
    assert!(sites.contains(&project.site()));
    assert_eq!(project.names(), ["content", "site", "templates"]);
}

#[test]
fn what_is_beside_the_site_and_only_looks_like_ours_stays() {
    let project = Project::new();
    project.put(".site.leverbook-backup/mine.txt", "mine");
    project.put(".site.leverbook-file", "mine");
    project.put(".other.leverbook-123456/leverbook-stage", "");
    let before = tree(&project.path(""));
    let site = files(&[("index.html", "a")]);
    project.write(&site).unwrap();
    fs::remove_dir_all(project.path("site")).unwrap();
    assert_eq!(tree(&project.path("")), before);
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    #[test]
    fn what_has_not_changed_keeps_its_file() {
        let project = Project::new();
        let look = |path: &str| {
            let metadata = fs::metadata(project.path(path)).unwrap();
            (metadata.ino(), metadata.mtime(), metadata.mtime_nsec(), metadata.nlink())
        };
        project.write(&files(&[("a.html", "a"), ("b.html", "b")])).unwrap();
        let (a, b, site) = (look("site/a.html"), look("site/b.html"), look("site"));
        std::thread::sleep(Duration::from_millis(20));
        project.write(&files(&[("a.html", "a"), ("b.html", "c")])).unwrap();
        assert_eq!(look("site/a.html"), a);
        assert_ne!(look("site/b.html"), b);
        assert_ne!(look("site").0, site.0);
        let site = look("site");
        project.write(&files(&[("a.html", "a"), ("b.html", "c")])).unwrap();
        assert_eq!(look("site"), site, "a build that changes nothing touches nothing");
    }

    #[test]
    fn the_site_can_be_read_by_whoever_could_read_a_new_file() {
        let project = Project::new();
        project.write(&files(&[("deals/a.html", "a")])).unwrap();
        project.put("plain", "");
        fs::create_dir(project.path("folder")).unwrap();
        let mode = |path: &str| fs::metadata(project.path(path)).unwrap().mode();
        assert_eq!(mode("site/deals/a.html"), mode("plain"));
        assert_eq!(mode("site"), mode("folder"));
        assert_eq!(mode("site/deals"), mode("folder"));
        fs::set_permissions(project.path("site"), fs::Permissions::from_mode(0o750)).unwrap();
        project.write(&files(&[("deals/a.html", "b")])).unwrap();
        assert_eq!(mode("site") & 0o777, 0o750);
    }

    #[test]
    fn links_in_the_site_are_kept_as_links_and_pipes_stop_the_build() {
        let project = Project::new();
        project.write(&files(&[("index.html", "a")])).unwrap();
        symlink("index.html", project.path("site/home.html")).unwrap();
        symlink("/nowhere", project.path("site/broken")).unwrap();
        symlink(project.path("content"), project.path("site/folder")).unwrap();
        project.write(&files(&[("index.html", "b")])).unwrap();
        assert_eq!(fs::read_link(project.path("site/home.html")).unwrap(), Path::new("index.html"));
        assert_eq!(fs::read_link(project.path("site/broken")).unwrap(), Path::new("/nowhere"));
        assert_eq!(fs::read_link(project.path("site/folder")).unwrap(), project.path("content"));
        let pipe = project.path("site/pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        let error = project.write(&files(&[("index.html", "c")])).unwrap_err();
        assert!(matches!(error, OutputError::InTheWay { .. }), "{error}");
        assert_eq!(project.site()["index.html"], b"b");
    }

    #[test]
    fn a_page_that_somebody_has_made_a_link_does_not_lead_a_build_astray() {
        let project = Project::new();
        project.put("content/a.md", "mine");
        let site = files(&[("index.html", "mine"), ("deals/a.md", "mine")]);
        project.write(&site).unwrap();
        fs::remove_file(project.path("site/index.html")).unwrap();
        symlink(project.path("content/a.md"), project.path("site/index.html")).unwrap();
        fs::remove_dir_all(project.path("site/deals")).unwrap();
        symlink(project.path("content"), project.path("site/deals")).unwrap();
        let error = project.write(&site).unwrap_err();
        assert!(matches!(error, OutputError::InTheWay { .. }), "{error}");
        fs::remove_file(project.path("site/deals")).unwrap();
        project.write(&site).unwrap();
        assert_eq!(project.site(), site);
        assert!(!fs::symlink_metadata(project.path("site/index.html")).unwrap().is_symlink());
        assert_eq!(tree(&project.path("content")), files(&[("a.md", "mine")]));
    }

    #[test]
    fn a_link_is_no_output_folder() {
        let project = Project::new();
        project.put("elsewhere/mine.txt", "mine");
        project.write_to("real", &files(&[("index.html", "a")])).unwrap();
        for target in ["elsewhere", "real", "missing", "content"] {
            symlink(project.path(target), project.path("site")).unwrap();
            let error = project.write(&files(&[("index.html", "b")])).unwrap_err();
            assert!(matches!(error, OutputError::Refused { .. }), "{target}: {error}");
            fs::remove_file(project.path("site")).unwrap();
        }
        assert_eq!(fs::read(project.path("real/index.html")).unwrap(), b"a");
        symlink("content", project.path("alias")).unwrap();
        let error = project.write_to("alias/new", &files(&[])).unwrap_err();
        assert!(matches!(error, OutputError::Refused { .. }), "{error}");
        assert!(!project.path("missing").exists() && !project.path("content/new").exists());
    }

    #[test]
    fn a_disk_that_fails_leaves_the_old_site() {
        let project = Project::new();
        project.write(&files(&[("index.html", "a")])).unwrap();
        // A name that is too long fails as late as a full disk would.
        let long = format!("deals/{}.html", "x".repeat(300));
        let error = project.write(&files(&[("index.html", "b"), (&long, "c")])).unwrap_err();
        assert!(matches!(&error, OutputError::Write { path, .. } if path.ends_with(&long)), "{error}");
        assert_eq!(project.site(), files(&[("index.html", "a")]));
        assert_eq!(project.names(), ["content", "site", "templates"]);

        fs::set_permissions(project.path(""), fs::Permissions::from_mode(0o500)).unwrap();
        let may_write_all = fs::create_dir(project.path("probe")).is_ok();
        let result = project.write(&files(&[("index.html", "b")]));
        fs::set_permissions(project.path(""), fs::Permissions::from_mode(0o700)).unwrap();
        if !may_write_all {
            assert!(matches!(result, Err(OutputError::Write { .. })));
            assert_eq!(project.site(), files(&[("index.html", "a")]));
        }
    }

    /// Not a test: the process that other tests start and kill. It writes two sites in turn, for ever.
    #[test]
    #[ignore = "started by the tests that kill it"]
    fn a_build_that_is_killed() {
        let Some(root) = std::env::var_os("LEVERBOOK_TEST_ROOT") else { return };
        let root = PathBuf::from(root);
        let protected = Protected { root: root.clone(), ..Protected::default() };
        for turn in 0_usize.. {
            let site = site_of(turn % 2);
            let paths: Vec<String> = site.keys().cloned().collect();
            let render = |path: &str| Ok::<_, String>(site[path].clone());
            output::write(&paths, render, &root.join("site"), &protected).unwrap();
        }
    }

    fn site_of(turn: usize) -> Files {
        let page = |page: usize| {
            let text =
                if page.is_multiple_of(3) { "same".to_owned() } else { format!("page {page} of {turn}") };
            let path = if page.is_multiple_of(2) {
                format!("{turn}/{page}.html")
            } else {
                format!("all/{page}.html")
            };
            (path, text.into_bytes())
        };
        (0..60).map(page).collect()
    }

    fn start(project: &Project) -> std::process::Child {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "output::unix::a_build_that_is_killed", "--ignored", "--nocapture"])
            .env("LEVERBOOK_TEST_ROOT", project.path(""))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    #[test]
    fn a_build_may_be_killed_at_any_moment() {
        let project = Project::new();
        project.write(&site_of(0)).unwrap();
        project.put("site/CNAME", "mine");
        project.put("site/all/mine.txt", "mine");
        for round in 0..40 {
            let mut child = start(&project);
            // The pauses differ so that the child is killed in every phase of a build.
            std::thread::sleep(Duration::from_micros(4000 + round * 1370 % 19_000));
            child.kill().unwrap();
            child.wait().unwrap();
            let mut site = project.site();
            assert_eq!(site.remove("CNAME").as_deref(), Some(&b"mine"[..]), "round {round}");
            assert_eq!(site.remove("all/mine.txt").as_deref(), Some(&b"mine"[..]), "round {round}");
            assert!(site == site_of(0) || site == site_of(1), "round {round}: {:?}", site.keys());
        }
        // The next build leaves nothing of the killed ones.
        let site = files(&[("index.html", "a")]);
        project.write(&site).unwrap();
        assert_eq!(project.names(), ["content", "site", "templates"]);
        assert_eq!(project.site().len(), 3);
    }

    #[test]
    fn a_reader_never_finds_a_hole() {
        let project = Project::new();
        project.write(&site_of(0)).unwrap();
        let mut child = start(&project);
        let deadline = Instant::now() + Duration::from_secs(120);
        let site = || fs::metadata(project.path("site")).unwrap().ino();
        let (mut last, mut changes, mut is_whole) = (site(), 0, true);
        while changes < 10 && Instant::now() < deadline {
            for _ in 0..1000 {
                is_whole &= fs::read(project.path("site/all/3.html")).is_ok_and(|page| page == b"same");
            }
            changes += usize::from(site() != last);
            last = site();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(is_whole && changes > 0);
    }

    #[test]
    fn a_file_that_is_put_there_during_a_build_is_not_lost() {
        let project = Project::new();
        project.write(&files(&[("index.html", "a")])).unwrap();
        project.put("site/CNAME", "old");
        let paths = vec!["index.html".to_owned()];
        let render = |_: &str| {
            project.put("site/deep/late.txt", "mine");
            // Saved anew, as editors do, by another file that takes the name.
            std::thread::sleep(Duration::from_millis(20));
            project.put("new", "new");
            fs::rename(project.path("new"), project.path("site/CNAME")).unwrap();
            Ok::<_, String>(b"b".to_vec())
        };
        output::write(&paths, render, &project.path("site"), &project.protected()).unwrap();
        let expected = files(&[("index.html", "b"), ("CNAME", "new"), ("deep/late.txt", "mine")]);
        assert_eq!(project.site(), expected);
        assert_eq!(project.names(), ["content", "site", "templates"]);
    }
}
