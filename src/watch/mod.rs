//! From file events to rebuilds.
//!
//! In come the places of a project; out go [`Batch`]es of paths that may have changed. What has happened to them is not
//! told: editors save in too many ways for that, so whoever gets a batch reads the paths anew. After a pause a change is
//! told at once when the file is complete: whoever wrote it has closed it, or has put it into its place by renaming. A file that is
//! still open, or gone, may be in the middle of a save, and is waited for a little. What follows is gathered until it is quiet
//! for a moment, so that the last batch of a save finds it complete. What is built, and from what, is not known here.

mod poll;

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode, EventKind, ModifyKind, RenameMode};
use notify::{ErrorKind, RecommendedWatcher, RecursiveMode, Watcher};
use walkdir::{DirEntry, WalkDir};

use crate::config::Config;
use crate::vault::disk::absolute_new;
use crate::vault::{IGNORE_FILE, is_debris, is_hidden};

/// After a pause a file that may be in the middle of a save is told of when it is quiet for so long: an editor may have
/// emptied it to fill it, or moved it away to write it anew.
const UNFINISHED_QUIET: Duration = Duration::from_millis(30);
/// In a row of changes the next batch is told when it is quiet for so long ...
const QUIET: Duration = Duration::from_millis(50);
/// ... or has not been quiet for so long.
const PATIENCE: Duration = Duration::from_millis(400);
/// How often a project folder that is gone is looked for.
const LOST: Duration = Duration::from_millis(500);
/// How often the files are looked at if the system does not tell of changes.
const FALLBACK: Duration = Duration::from_secs(1);

/// Where a project's files are, absolute.
#[derive(Clone, Debug)]
pub struct Places {
    root: PathBuf,
    settings: PathBuf,
    leverage: PathBuf,
    /// The notes folders, and the templates folder whether it exists or not.
    folders: Vec<PathBuf>,
    output: PathBuf,
}

/// What the caller is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// Something may have changed; now is the time to build.
    Changed(Batch),
    /// The system does not tell of changes; from now on the files are looked at every second. The text says what to do.
    Polling(&'static str),
}

/// Paths that may have changed since the last batch.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Batch {
    /// Files, and folders with all that is in them; absolute.
    pub dirty: Vec<PathBuf>,
    /// Anything may have changed: nothing that was read before is to be trusted. True for the first batch.
    pub rescan: bool,
    /// The settings file is among the paths.
    pub settings: bool,
}

impl Places {
    /// The places of a project whose root is absolute.
    pub fn new(root: &Path, settings: &Path, config: &Config, output: &Path) -> Self {
        let real = |path: PathBuf| path.canonicalize().unwrap_or_else(|_| absolute_new(&path));
        let folders = config.notes.iter().chain([&config.templates]);
        Self {
            root: real(root.to_path_buf()),
            settings: absolute_new(settings),
            leverage: real(root.join(&config.leverage)),
            folders: folders.map(|folder| real(root.join(folder))).collect(),
            output: absolute_new(output),
        }
    }
}

/// Tells of changes until the callback says that it is enough. The first batch comes at once, when every change
/// from then on is seen: it is the first build.
///
/// With `poll` the files are looked at so often; else the system tells of changes, if it can.
pub fn run(places: &Places, poll: Option<Duration>, mut on_event: impl FnMut(Event) -> ControlFlow<()>) {
    let interval = match poll {
        Some(interval) => interval,
        None => match watch(places, &mut on_event) {
            Ok(()) => return,
            Err(advice) if on_event(Event::Polling(advice)).is_break() => return,
            Err(_) => FALLBACK,
        },
    };
    poll::run(places, interval, on_event);
}

/// The system's word on changes.
struct Watch<'a> {
    places: &'a Places,
    watcher: RecommendedWatcher,
    events: Receiver<notify::Result<notify::Event>>,
    /// Whether the project's folder is gone.
    is_lost: bool,
}

/// What came since the last batch.
#[derive(Default)]
struct Gathered {
    dirty: BTreeSet<PathBuf>,
    rescan: bool,
    /// Those of the dirty paths that may be in the middle of a save.
    unfinished: BTreeSet<PathBuf>,
    /// Paths that have come into being; nobody waits for one of them that is gone again.
    made: BTreeSet<PathBuf>,
}

/// Watches until the callback says that it is enough.
///
/// # Errors
/// The system cannot, or can no longer, tell of all changes; the text says what to do.
fn watch(places: &Places, on_event: &mut impl FnMut(Event) -> ControlFlow<()>) -> Result<(), &'static str> {
    let (sender, events) = channel();
    // The receiver is gone only when nobody wants to hear of changes any more.
    let tell = move |event| drop(sender.send(event));
    let watcher = notify::recommended_watcher(tell).map_err(|_| ADVICE)?;
    let mut watch = Watch { places, watcher, events, is_lost: false };
    let mut gathered = Gathered { rescan: true, ..Gathered::default() };
    loop {
        let batch = gathered.into_batch(places);
        watch.arm(&batch)?;
        if on_event(Event::Changed(batch)).is_break() {
            return Ok(());
        }
        gathered = watch.next_batch()?;
    }
}

const ADVICE: &str = "the system watches no more folders for this user: raise fs.inotify.max_user_watches \
    (and max_user_instances), as in `sudo sysctl fs.inotify.max_user_watches=524288`";

impl Watch<'_> {
    /// Waits for changes that matter.
    fn next_batch(&mut self) -> Result<Gathered, &'static str> {
        let mut gathered = Gathered::default();
        // What came during the build is the rest of a row of changes.
        while let Ok(event) = self.events.try_recv() {
            self.gather(event, &mut gathered)?;
        }
        let is_in_a_row = !gathered.is_empty();
        while gathered.is_empty() {
            if self.is_lost {
                std::thread::sleep(LOST);
                self.arm_all()?;
                gathered.rescan |= !self.is_lost;
            } else {
                let event = self.events.recv().map_err(|_| ADVICE)?;
                self.gather(event, &mut gathered)?;
            }
        }
        let start = now();
        let quiet = if is_in_a_row { QUIET } else { UNFINISHED_QUIET };
        while start.elapsed() < PATIENCE && (is_in_a_row || !gathered.is_finished()) {
            match self.events.recv_timeout(quiet) {
                Ok(event) => self.gather(event, &mut gathered)?,
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return Err(ADVICE),
            }
        }
        Ok(gathered)
    }

    fn gather(
        &self,
        event: notify::Result<notify::Event>,
        gathered: &mut Gathered,
    ) -> Result<(), &'static str> {
        match event {
            Ok(event) => {
                gathered.rescan |= event.need_rescan();
                // Reading a file makes events, too; a build must not lead to the next one.
                let is_read = matches!(event.kind, EventKind::Access(kind) if kind != AccessKind::Close(AccessMode::Write));
                if !is_read {
                    let matters = |path: &PathBuf| self.matters(path);
                    gathered.add(event.kind, event.paths.into_iter().filter(matters));
                }
                Ok(())
            }
            Err(error) if matches!(error.kind, ErrorKind::MaxFilesWatch) => Err(ADVICE),
            Err(_) => {
                gathered.rescan = true;
                Ok(())
            }
        }
    }

    fn matters(&self, path: &Path) -> bool {
        let places = self.places;
        if *path == places.settings || *path == places.leverage {
            return true;
        }
        // A folder that holds a place may have taken it away, or brought it.
        let holds_place =
            places.folders.iter().chain([&places.leverage]).any(|place| place.starts_with(path));
        holds_place || (places.folders.iter().any(|folder| path.starts_with(folder)) && places.is_shown(path))
    }

    /// Sees to it that changes in the folders of a batch are seen, before anybody reads them.
    fn arm(&mut self, batch: &Batch) -> Result<(), &'static str> {
        let places = self.places;
        let is_place = |path: &PathBuf| (path.is_dir() || *path == places.root) && places.holds_place(path);
        if batch.rescan || batch.dirty.iter().any(is_place) {
            return self.arm_all();
        }
        for path in &batch.dirty {
            if path.is_dir() {
                self.arm_below(path)?;
            }
        }
        Ok(())
    }

    fn arm_all(&mut self) -> Result<(), &'static str> {
        let places = self.places;
        self.is_lost = !places.root.is_dir();
        for folder in places.folders_above() {
            arm_one(&mut self.watcher, folder)?;
        }
        for folder in &places.folders {
            self.arm_below(folder)?;
        }
        Ok(())
    }

    fn arm_below(&mut self, folder: &Path) -> Result<(), &'static str> {
        let mut result = Ok(());
        // A folder is watched before its entries are read, so that none can come in between.
        self.places.look_below(folder, |entry| {
            if entry.file_type().is_dir() && result.is_ok() {
                result = arm_one(&mut self.watcher, entry.path());
            }
        });
        result
    }
}

/// Watches one folder. Each is watched for itself, for a watch on everything below would include repositories and the site
/// that is just being written. The call ends when the watch is set.
fn arm_one(watcher: &mut RecommendedWatcher, folder: &Path) -> Result<(), &'static str> {
    match watcher.watch(folder, RecursiveMode::NonRecursive) {
        Err(error) if matches!(error.kind, ErrorKind::MaxFilesWatch) => Err(ADVICE),
        // It is gone again, or may not be read: the next event or reading tells.
        _ => Ok(()),
    }
}

impl Gathered {
    fn add(&mut self, kind: EventKind, paths: impl Iterator<Item = PathBuf>) {
        for path in paths {
            match kind {
                // The system names both ends of a renaming once more; times and permissions follow the content.
                EventKind::Modify(ModifyKind::Name(RenameMode::Both) | ModifyKind::Metadata(_)) => {}
                EventKind::Access(_) => drop(self.unfinished.remove(&path)),
                EventKind::Modify(ModifyKind::Name(RenameMode::To)) => {
                    self.unfinished.remove(&path);
                    self.made.insert(path.clone());
                }
                EventKind::Modify(ModifyKind::Name(RenameMode::From)) | EventKind::Remove(_)
                    if self.made.contains(&path) =>
                {
                    self.unfinished.remove(&path);
                }
                EventKind::Create(_) => {
                    self.unfinished.insert(path.clone());
                    self.made.insert(path.clone());
                }
                _ => drop(self.unfinished.insert(path.clone())),
            }
            self.dirty.insert(path);
        }
    }

    /// Whether no file among them may be in the middle of a save.
    fn is_finished(&self) -> bool {
        self.unfinished.is_empty() && !self.dirty.is_empty()
    }

    fn is_empty(&self) -> bool {
        self.dirty.is_empty() && !self.rescan
    }

    fn into_batch(self, places: &Places) -> Batch {
        let settings = self.dirty.contains(&places.settings);
        Batch { dirty: self.dirty.into_iter().collect(), rescan: self.rescan, settings }
    }
}

impl Places {
    /// The folders of which only some entries matter: those that hold the project's places.
    fn folders_above(&self) -> BTreeSet<&Path> {
        let places = self.folders.iter().chain([&self.leverage]).flat_map(|place| place.ancestors().skip(1));
        let above = places.filter(|folder| folder.starts_with(&self.root));
        above.chain([self.root.as_path()]).chain(self.settings.parent()).collect()
    }

    fn holds_place(&self, folder: &Path) -> bool {
        self.folders.iter().chain([&self.leverage, &self.root]).any(|place| place.starts_with(folder))
    }

    /// Whether a path below a folder of notes or templates is neither hidden nor left behind by an editor nor ours.
    fn is_shown(&self, path: &Path) -> bool {
        let above = self.folders.iter().chain([&self.root]);
        let below = above.into_iter().find_map(|folder| path.strip_prefix(folder).ok()).unwrap_or(path);
        let is_ignore_file = below.file_name().is_some_and(|name| name == IGNORE_FILE);
        let names = if is_ignore_file { below.parent().unwrap_or(below) } else { below };
        !path.starts_with(&self.output) && names.iter().all(|name| !is_hidden(name) && !is_debris(name))
    }

    /// Goes through a folder and tells of everything that matters. Links are not followed: what they may lead to lies in a
    /// folder of notes or templates, too.
    fn look_below(&self, folder: &Path, mut tell: impl FnMut(&DirEntry)) {
        let mut entries = WalkDir::new(folder).into_iter();
        while let Some(entry) = entries.next() {
            // What cannot be read now is told of by whoever reads the notes.
            let Ok(entry) = entry else { continue };
            if self.is_shown(entry.path()) {
                tell(&entry);
            } else if entry.file_type().is_dir() {
                entries.skip_current_dir();
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "how long it is quiet is no part of any output")]
fn now() -> Instant {
    Instant::now()
}
