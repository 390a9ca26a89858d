//! Watching: however an editor saves, what was read after the last batch is what a fresh reading finds.
#![allow(clippy::disallowed_methods, reason = "files are staged, and looked at from outside")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use leverbook::config::Config;
use leverbook::vault::{Vault, disk};
use leverbook::watch::{self, Batch, Event, Places};
use tempfile::TempDir;

/// A machine under load may be slow; a change that is missed stays missed.
const BOUND: Duration = Duration::from_secs(60);

/// What a reading has found, or that it has failed.
type View = Option<BTreeMap<String, String>>;

/// A project that is watched and read after every batch.
struct Watched {
    folder: TempDir,
    config: Config,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    view: Mutex<Option<View>>,
    batches: Mutex<Vec<Batch>>,
    count: AtomicUsize,
    is_enough: AtomicBool,
}

impl Watched {
    fn new(poll: Option<Duration>) -> Self {
        Self::with(Config::default(), poll, |_| ())
    }

    fn with(config: Config, poll: Option<Duration>, prepare: impl FnOnce(&Path)) -> Self {
        let folder = TempDir::new().unwrap();
        let root = folder.path().join("project");
        fs::create_dir_all(root.join("content/deals")).unwrap();
        fs::write(root.join("content/leverage.md"), "* **Timing**: x").unwrap();
        fs::write(root.join("content/deals/acme.md"), "one").unwrap();
        prepare(&root);
        let mut watched = Self { folder, config, shared: Arc::default(), thread: None };
        let (root, config, shared) = (watched.root(), watched.config.clone(), Arc::clone(&watched.shared));
        watched.thread = Some(thread::spawn(move || build_on_change(&root, &config, poll, &shared)));
        watched.settled("at the start");
        watched
    }

    fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join("project")
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn rename(&self, source: &str, target: &str) {
        fs::rename(self.path(source), self.path(target)).unwrap();
    }

    fn remove(&self, path: &str) {
        fs::remove_file(self.path(path)).unwrap();
    }

    /// Waits until what the watch has led to is what is there, and returns it.
    #[track_caller]
    fn settled(&self, when: &str) -> BTreeMap<String, String> {
        let fresh = || Some(view(disk::read(&self.root(), &self.config, None, &[]).ok().as_ref()));
        let seen = || self.shared.view.lock().unwrap().clone();
        let start = Instant::now();
        while seen() != fresh() {
            assert!(start.elapsed() < BOUND, "{when}: seen {:?}, there is {:?}", seen(), fresh());
            thread::sleep(Duration::from_millis(5));
        }
        fresh().flatten().unwrap_or_default()
    }

    /// Waits until no more batches come, and returns how many there were.
    fn quiet(&self) -> usize {
        let start = Instant::now();
        let mut count = self.shared.count.load(Ordering::SeqCst);
        loop {
            thread::sleep(Duration::from_millis(700));
            let after = self.shared.count.load(Ordering::SeqCst);
            if after == count {
                return count;
            }
            count = after;
            assert!(start.elapsed() < BOUND, "builds without end");
        }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.shared.is_enough.store(true, Ordering::SeqCst);
        let thread = self.thread.take().unwrap();
        let start = Instant::now();
        while !thread.is_finished() && start.elapsed() < BOUND && !thread::panicking() {
            let _ = fs::create_dir_all(self.path("content"));
            let _ = fs::write(self.path("content/the_end.md"), format!("{:?}", start.elapsed()));
            thread::sleep(Duration::from_millis(20));
        }
    }
}

fn build_on_change(root: &Path, config: &Config, poll: Option<Duration>, shared: &Shared) {
    let places = Places::new(root, &root.join("leverbook.toml"), config, &root.join("site"));
    let mut previous: Option<Vault> = None;
    watch::run(&places, poll, |event| {
        let Event::Changed(batch) = event else { panic!("the system should tell of changes") };
        if shared.is_enough.load(Ordering::SeqCst) {
            return ControlFlow::Break(());
        }
        let trusted = previous.as_ref().filter(|_| !batch.rescan);
        let vault = disk::read(root, config, trusted, &batch.dirty).ok();
        *shared.view.lock().unwrap() = Some(view(vault.as_ref()));
        shared.batches.lock().unwrap().push(batch);
        shared.count.fetch_add(1, Ordering::SeqCst);
        if vault.is_some() {
            previous = vault;
        }
        ControlFlow::Continue(())
    });
}

fn view(vault: Option<&Vault>) -> View {
    let vault = vault?;
    let sources = vault.sources.iter().map(|(id, source)| (id.to_string(), source.text().to_owned()));
    let attachments =
        vault.attachments.iter().map(|(id, file)| (id.to_string(), format!("{:?}", file.stamp)));
    let overrides =
        vault.overrides.iter().map(|(path, bytes)| (format!("override {path}"), format!("{bytes:?}")));
    Some(sources.chain(attachments).chain(overrides).collect())
}

#[test]
fn every_editor_s_way_of_saving_is_seen() {
    for poll in [None, Some(Duration::from_millis(30))] {
        let watched = Watched::new(poll);
        let note = "content/deals/acme.md";

        watched.write(note, "in place");
        assert_eq!(watched.settled("in place")[note], "in place");

        let mut file = fs::File::create(watched.path(note)).unwrap();
        file.write_all(b"the first half, ").unwrap();
        file.flush().unwrap();
        watched.settled("half-way");
        file.write_all(b"the second half").unwrap();
        drop(file);
        assert_eq!(watched.settled("truncated and written")[note], "the first half, the second half");

        watched.write("content/deals/.acme.md.tmp", "atomic");
        watched.rename("content/deals/.acme.md.tmp", note);
        assert_eq!(watched.settled("hidden file renamed")[note], "atomic");

        watched.write("content/deals/acme.md.tmp", "sync");
        watched.rename("content/deals/acme.md.tmp", note);
        assert_eq!(watched.settled("other file renamed")[note], "sync");

        // Vim with a backup and a swap file.
        watched.write("content/deals/4913", "");
        watched.remove("content/deals/4913");
        watched.write("content/deals/.acme.md.swp", "swap");
        watched.rename(note, "content/deals/acme.md~");
        watched.write(note, "vim");
        watched.remove("content/deals/acme.md~");
        watched.remove("content/deals/.acme.md.swp");
        assert_eq!(watched.settled("vim")[note], "vim");

        // Emacs with an autosave file; its lock is a link that leads nowhere.
        #[cfg(unix)]
        std::os::unix::fs::symlink("me@host.1234", watched.path("content/deals/.#acme.md")).unwrap();
        watched.write("content/deals/#acme.md#", "autosave");
        watched.write(note, "emacs");
        #[cfg(unix)]
        watched.remove("content/deals/.#acme.md");
        watched.remove("content/deals/#acme.md#");
        assert_eq!(watched.settled("emacs")[note], "emacs");

        // The same length, and a time that is turned back, as by a backup that is restored.
        let modified = fs::metadata(watched.path(note)).unwrap().modified().unwrap();
        watched.write(note, "scame");
        fs::File::options().write(true).open(watched.path(note)).unwrap().set_modified(modified).unwrap();
        assert_eq!(watched.settled("time turned back")[note], "scame");

        watched.remove(note);
        assert!(!watched.settled("removed").contains_key(note));
        watched.write(note, "back");
        assert_eq!(watched.settled("made anew")[note], "back");
    }
}

#[test]
fn folders_may_come_go_and_be_renamed() {
    for poll in [None, Some(Duration::from_millis(30))] {
        let watched = Watched::new(poll);
        watched.write("content/a/b/c/d.md", "deep");
        assert_eq!(watched.settled("new folders")["content/a/b/c/d.md"], "deep");
        watched.write("content/a/b/c/d.md", "deeper");
        assert_eq!(watched.settled("in new folders")["content/a/b/c/d.md"], "deeper");

        watched.rename("content/a", "content/z");
        assert_eq!(watched.settled("renamed")["content/z/b/c/d.md"], "deeper");
        watched.write("content/z/b/c/d.md", "after");
        watched.write("content/z/b/new.md", "after");
        assert_eq!(watched.settled("in the renamed folder")["content/z/b/new.md"], "after");

        for round in 0..5 {
            fs::remove_dir_all(watched.path("content/z")).unwrap();
            watched.write("content/z/b/again.md", &format!("again {round}"));
        }
        assert_eq!(watched.settled("deleted and made anew")["content/z/b/again.md"], "again 4");
        watched.write("content/z/b/again.md", "and saved");
        assert_eq!(watched.settled("in the folder made anew")["content/z/b/again.md"], "and saved");

        watched.write("elsewhere/x/y.md", "moved in");
        watched.rename("elsewhere/x", "content/x");
        assert_eq!(watched.settled("moved in")["content/x/y.md"], "moved in");
        watched.write("content/x/y.md", "saved");
        assert_eq!(watched.settled("in the folder moved in")["content/x/y.md"], "saved");
        watched.rename("content/x", "elsewhere/x");
        assert!(!watched.settled("moved out").contains_key("content/x/y.md"));
    }
}

#[test]
fn a_notes_folder_that_vanishes_is_watched_again_when_it_is_back() {
    for poll in [None, Some(Duration::from_millis(30))] {
        let watched = Watched::new(poll);
        watched.rename("content", "away");
        watched.settled("moved away");
        watched.write("away/deals/acme.md", "changed while away");
        watched.rename("away", "content");
        assert_eq!(watched.settled("back")["content/deals/acme.md"], "changed while away");
        watched.write("content/deals/acme.md", "saved");
        assert_eq!(watched.settled("saved after that")["content/deals/acme.md"], "saved");

        fs::remove_dir_all(watched.path("content")).unwrap();
        watched.settled("deleted");
        watched.write("content/deals/new.md", "new");
        assert_eq!(watched.settled("made anew")["content/deals/new.md"], "new");
        watched.write("content/deals/new.md", "newer");
        assert_eq!(watched.settled("saved after that")["content/deals/new.md"], "newer");
    }
}

#[test]
fn a_project_that_vanishes_is_found_again() {
    let watched = Watched::new(None);
    let away = watched.root().with_file_name("away");
    fs::rename(watched.root(), &away).unwrap();
    watched.settled("moved away");
    fs::write(away.join("content/deals/acme.md"), "changed while away").unwrap();
    fs::rename(&away, watched.root()).unwrap();
    assert_eq!(watched.settled("back")["content/deals/acme.md"], "changed while away");
    watched.write("content/deals/acme.md", "saved");
    assert_eq!(watched.settled("saved after that")["content/deals/acme.md"], "saved");
}

#[test]
fn many_saves_end_in_the_last_one() {
    let watched = Watched::new(None);
    for save in 0..500 {
        watched.write("content/deals/acme.md", &format!("save {save}"));
        thread::sleep(Duration::from_millis(4));
    }
    assert_eq!(watched.settled("500 saves")["content/deals/acme.md"], "save 499");
    for file in 0..2000 {
        watched.write(&format!("content/{}/{file}.md", file % 40), &format!("file {file}"));
    }
    assert_eq!(watched.settled("2,000 files").len(), 2002);
    for folder in 0..40 {
        fs::remove_dir_all(watched.path(&format!("content/{folder}"))).unwrap();
    }
    assert_eq!(watched.settled("2,000 files removed").len(), 2);
}

#[test]
fn templates_and_what_is_left_out_are_watched() {
    for poll in [None, Some(Duration::from_millis(30))] {
        let watched = Watched::new(poll);
        watched.write("templates/pages/note.html", "own");
        assert!(watched.settled("templates come").contains_key("override pages/note.html"));
        watched.write("templates/pages/note.html", "other");
        watched.settled("a template is saved");
        fs::remove_dir_all(watched.path("templates")).unwrap();
        assert!(!watched.settled("templates go").contains_key("override pages/note.html"));

        watched.write("content/.leverbookignore", "deals/\n");
        assert!(!watched.settled("left out").contains_key("content/deals/acme.md"));
        watched.remove("content/.leverbookignore");
        assert!(watched.settled("no longer left out").contains_key("content/deals/acme.md"));

        watched.write("content/pic.png", "1");
        watched.settled("an attachment");
        watched.write("content/pic.png", "2");
        watched.settled("an attachment is saved");
    }
}

#[test]
fn a_leverage_document_and_settings_elsewhere_are_watched() {
    let config = Config { leverage: "principles/own/lever.md".to_owned(), ..Config::default() };
    let watched = Watched::with(config, None, |_| ());
    watched.write("principles/own/lever.md", "one");
    assert_eq!(watched.settled("it comes")["principles/own/lever.md"], "one");
    watched.write("principles/own/lever.md", "two");
    assert_eq!(watched.settled("it is saved")["principles/own/lever.md"], "two");

    watched.write("leverbook.toml", "[playbook]\n");
    let start = Instant::now();
    let is_told = || watched.shared.batches.lock().unwrap().iter().any(|batch| batch.settings);
    while !is_told() {
        assert!(start.elapsed() < BOUND);
        thread::sleep(Duration::from_millis(5));
    }
}

#[cfg(unix)]
#[test]
fn what_links_lead_to_is_watched() {
    for poll in [None, Some(Duration::from_millis(30))] {
        let config = Config { notes: vec!["content".to_owned(), "shared".to_owned()], ..Config::default() };
        let watched = Watched::with(config, poll, |root| {
            fs::create_dir_all(root.join("shared/deep")).unwrap();
            fs::write(root.join("shared/deep/s.md"), "one").unwrap();
            std::os::unix::fs::symlink("../shared", root.join("content/shared")).unwrap();
        });
        watched.write("shared/deep/s.md", "two");
        assert_eq!(watched.settled("in a linked folder")["content/shared/deep/s.md"], "two");
        watched.write("shared/file.txt", "one");
        std::os::unix::fs::symlink("../shared/deep/s.md", watched.path("content/file.md")).unwrap();
        assert_eq!(watched.settled("a new link")["content/file.md"], "two");
        watched.write("shared/new.txt", "three");
        watched.rename("shared/new.txt", "shared/deep/s.md");
        assert_eq!(watched.settled("a linked file")["content/file.md"], "three");
    }
}

#[test]
fn reading_building_and_foreign_files_start_no_build() {
    let config = Config { notes: vec![".".to_owned()], ..Config::default() };
    for (config, poll) in
        [(Config::default(), None), (config.clone(), None), (config, Some(Duration::from_millis(30)))]
    {
        let watched = Watched::with(config, poll, |root| {
            fs::create_dir_all(root.join("site")).unwrap();
            fs::create_dir_all(root.join(".git")).unwrap();
            fs::create_dir_all(root.join("content/.obsidian")).unwrap();
        });
        let before = watched.quiet();
        for round in 0..3 {
            watched.write("site/index.html", &format!("{round}"));
            watched.write(".git/index", "x");
            watched.write("content/.obsidian/workspace.json", "{}");
            watched.write(".site.leverbook-abcdef/new/index.html", "x");
            watched.write("content/deals/.acme.md.swp", "x");
            disk::read(&watched.root(), &watched.config, None, &[]).unwrap();
        }
        assert_eq!(watched.quiet(), before);
    }
}

#[test]
fn random_changes_end_in_what_is_there() {
    // A fixed row of numbers: the test must do the same everywhere.
    let mut seed = 20_260_314_u64;
    let mut next = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let watched = Watched::new(None);
    let folders = ["content", "content/a", "content/a/b", "content/c", "content/deals"];
    for step in 0..400 {
        let (folder, other) =
            (folders[usize::try_from(next(5)).unwrap()], folders[usize::try_from(next(4)).unwrap() + 1]);
        let file = format!("{folder}/{}.md", next(4));
        match next(10) {
            0..=4 => watched.write(&file, &format!("step {step}")),
            5 => drop(fs::remove_file(watched.path(&file))),
            6 => drop(fs::rename(watched.path(&file), watched.path(&format!("{other}/moved.md")))),
            7 => drop(fs::rename(watched.path(other), watched.path(&format!("content/{}", next(3))))),
            8 => drop(fs::remove_dir_all(watched.path(other))),
            _ => thread::sleep(Duration::from_millis(next(80))),
        }
        if step % 80 == 79 {
            watched.settled(&format!("after step {step}"));
        }
    }
}
