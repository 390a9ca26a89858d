//! Looks at the files again and again, where the system does not tell of changes: network drives, some containers.
//!
//! `notify` has a watcher of this kind, too, but it compares times in whole seconds: of two saves in one second it would
//! miss the second.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Batch, Event, Gathered, Places};
use crate::vault::Stamp;

/// What all files look like from outside.
type Look = BTreeMap<PathBuf, Stamp>;

/// Tells of changes until the callback says that it is enough.
pub(super) fn run(places: &Places, interval: Duration, mut on_event: impl FnMut(Event) -> ControlFlow<()>) {
    let mut before = look(places);
    let mut batch = Batch { rescan: true, ..Batch::default() };
    let mut last = Vec::new();
    loop {
        if (batch.rescan || !batch.dirty.is_empty()) && on_event(Event::Changed(batch)).is_break() {
            return;
        }
        std::thread::sleep(interval);
        let after = look(places);
        let changed = differences(&before, &after);
        // A file may have been saved twice within one tick of the file system's clock, and read in between. So what has
        // changed counts as changed for one turn more.
        let dirty = changed.iter().cloned().chain(last).collect();
        let gathered = Gathered { dirty, ..Gathered::default() };
        batch = gathered.into_batch(places);
        (before, last) = (after, changed);
    }
}

fn look(places: &Places) -> Look {
    let mut look = Look::new();
    let mut add = |path: &Path| {
        if let Ok(metadata) = std::fs::symlink_metadata(path) {
            look.insert(path.to_path_buf(), Stamp::of(&metadata));
        }
    };
    add(&places.settings);
    add(&places.leverage);
    for folder in &places.folders {
        places.look_below(folder, |entry| {
            // The stamp of a folder says nothing that its files do not say.
            if !entry.file_type().is_dir() {
                add(entry.path());
            }
        });
    }
    look
}

fn differences(before: &Look, after: &Look) -> Vec<PathBuf> {
    let changed = after.iter().filter(|(path, stamp)| before.get(*path) != Some(*stamp));
    let removed = before.keys().filter(|path| !after.contains_key(*path));
    changed.map(|(path, _)| path).chain(removed).cloned().collect()
}
