//! The search's scripts in the site: where they stand, and what hits show besides their titles.

use super::atlas::Atlas;
use super::words;
use crate::search::{Index, Kind, Label, Layout, Page, Pages, Shard, read};
use std::sync::{Arc, OnceLock};

/// The search of one site; the index is made when the first of its scripts is asked for.
pub(super) struct Search {
    layout: Layout,
    pages: Pages,
    scripts: OnceLock<Vec<Vec<u8>>>,
}

impl Search {
    pub(super) fn new(atlas: &Atlas) -> Self {
        let pages = Pages::new(atlas.playbook());
        let layout = Layout::new(atlas.playbook(), &pages);
        Self { layout, pages, scripts: OnceLock::new() }
    }

    /// All scripts.
    pub(super) fn shards(&self) -> impl Iterator<Item = Shard> {
        self.layout.shards()
    }

    /// The bytes of a script; `None` if there is no such one.
    pub(super) fn render(&self, shard: Shard, atlas: &Atlas) -> Option<Vec<u8>> {
        if let Shard::Texts(number) = shard {
            return Some(self.layout.texts(number, atlas.playbook(), &self.pages, |page| label(atlas, page)));
        }
        let at = self.layout.shards().position(|other| other == shard)?;
        let scripts = self.scripts.get_or_init(|| {
            let index = Index::new(&atlas.edited, |note| Arc::new(read(note)));
            self.layout.index(&index)
        });
        scripts.get(at).cloned()
    }
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
            let day = atlas.note(item).day().map(|day| atlas.words.date(day).text);
            let detail: Vec<String> = deal.into_iter().chain(day).collect();
            Label { href: place.path.clone(), detail: detail.join(" · ") }
        }
    }
}
