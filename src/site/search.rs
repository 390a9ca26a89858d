//! The search's scripts in the site: where they stand, and what hits show besides their titles.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::atlas::Atlas;
use super::words;
use crate::playbook::Note;
use crate::search::{Index, Kind, Label, Layout, Lexicon, NoteWords, Page, Pages, Shard, read};

/// The search of one site. Nothing is read until one of its scripts is asked for.
pub(super) struct Search {
    pages: OnceLock<Pages>,
    /// The scripts that are made of all pages together.
    scripts: OnceLock<Vec<Vec<u8>>>,
    /// Numbers the words of all notes, those of the sites before among them.
    lexicon: Arc<Mutex<Lexicon>>,
    /// The words of each note, by its place in the playbook.
    words: Vec<OnceLock<Arc<NoteWords>>>,
}

impl Search {
    pub(super) fn new(atlas: &Atlas) -> Self {
        let words = atlas.playbook().notes.iter().map(|_| OnceLock::new()).collect();
        Self { pages: OnceLock::new(), scripts: OnceLock::new(), lexicon: Arc::default(), words }
    }

    /// The search of the site after this one; it knows the words of the notes that stayed.
    pub(super) fn next(&self, before: &Atlas, now: &Atlas) -> Self {
        // Whoever reads notes into it at this moment may take a while, and a save must not wait for that.
        if self.lexicon.try_lock().is_ok_and(|lexicon| lexicon.is_outgrown()) {
            return Self::new(now);
        }
        let (before, now) = (before.playbook(), now.playbook());
        let words = now.notes.iter().enumerate().map(|(index, note)| {
            let is_same =
                |index: &usize| before.notes.get(*index).is_some_and(|other| Arc::ptr_eq(other, note));
            let found = Some(index).filter(is_same);
            let found = found.or_else(|| before.positions.get(&note.id).copied().filter(is_same));
            found.map_or_else(OnceLock::new, |index| self.words[index].clone())
        });
        let (words, lexicon) = (words.collect(), Arc::clone(&self.lexicon));
        Self { pages: OnceLock::new(), scripts: OnceLock::new(), lexicon, words }
    }

    /// Whether a script shows nothing of some notes, as far as that is known.
    pub(super) fn shows_none(&self, shard: Shard, atlas: &Atlas, notes: &BTreeSet<usize>) -> bool {
        let (Shard::Texts(number), Some(pages)) = (shard, self.pages.get()) else { return false };
        let range = layout(atlas).pages_of_texts(number);
        let mut shown = pages.pages.iter().skip(range.start).take(range.len());
        shown.all(|page| page.kind != Kind::Note || !notes.contains(&page.item))
    }

    /// The bytes of a script; `None` if there is no such one.
    pub(super) fn render(&self, shard: Shard, atlas: &Atlas) -> Option<Vec<u8>> {
        let layout = layout(atlas);
        let pages = self.pages.get_or_init(|| Pages::new(atlas.playbook()));
        if let Shard::Texts(number) = shard {
            return Some(layout.texts(number, atlas.playbook(), pages, |page| label(atlas, page)));
        }
        let at = layout.shards().position(|other| other == shard)?;
        let scripts = self.scripts.get_or_init(|| {
            // Not on several threads: whoever waits here could be handed another script, which would wait for this one.
            let mut lexicon = self.lexicon.lock().unwrap_or_else(PoisonError::into_inner);
            let words = |note: &Arc<Note>, lexicon: &mut Lexicon| self.words_of(note, atlas, lexicon);
            layout.index(&Index::new(&atlas.edited, &mut lexicon, words))
        });
        scripts.get(at).cloned()
    }

    fn words_of(&self, note: &Arc<Note>, atlas: &Atlas, lexicon: &mut Lexicon) -> Arc<NoteWords> {
        match atlas.note_of(&note.id) {
            Some(index) => Arc::clone(self.words[index].get_or_init(|| Arc::new(read(note, lexicon)))),
            None => Arc::new(read(note, lexicon)),
        }
    }
}

/// Which scripts there are; it takes only the number of pages to know.
pub(super) fn layout(atlas: &Atlas) -> Layout {
    let pages = atlas.principles.len() + atlas.counterparties.len() + atlas.deals.len() + atlas.notes.len();
    Layout::new(pages)
}

/// Where a script stands.
pub(super) fn path(shard: Shard) -> String {
    format!("assets/{}.js", shard.name())
}

/// What tells a page from others of its name.
fn label(atlas: &Atlas, page: Page) -> Label {
    let item = page.item;
    match page.kind {
        Kind::Principle => {
            let aliases = atlas.principle(item).aliases.join(", ");
            Label {
                href: atlas.principles[item].path.clone(),
                detail: words::shorten(&aliases, 80).into_owned(),
            }
        }
        Kind::Counterparty => {
            let place = &atlas.counterparties[item];
            Label { href: place.path.clone(), detail: atlas.words.count("count.deals", place.deals.len()) }
        }
        Kind::Deal => {
            let parties = atlas.deal(item).counterparties.join(", ");
            Label { href: atlas.deals[item].path.clone(), detail: words::shorten(&parties, 80).into_owned() }
        }
        Kind::Note => {
            let place = &atlas.notes[item];
            let deal = place.deal.map(|deal| words::shorten(&atlas.deal(deal).name, 60).into_owned());
            let day = atlas.note(item).day().map(|day| atlas.date(day).text.to_string());
            let detail: Vec<String> = deal.into_iter().chain(day).collect();
            Label { href: place.path.clone(), detail: detail.join(" · ") }
        }
    }
}
