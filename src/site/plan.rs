//! Which files a site has: every path, what it holds, and the title of every page.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::atlas::Atlas;
use super::pages::KINDS;
use super::search;
use super::templates::Templates;
use super::words::{self, Words};
use crate::search::Shard;
use crate::source::SourceId;

/// How long a page's title may get; what is longer is cut by browsers and search engines.
const TITLE_LENGTH: usize = 42;

/// The files of a site by path.
pub(super) struct Plan {
    /// Never walked over: whoever wants an order walks over the paths.
    pub(super) files: HashMap<String, File>,
    /// The paths, ascending.
    pub(super) paths: Vec<String>,
    titles: BTreeSet<String>,
    kind: usize,
    words: Arc<Words>,
}

/// What a file holds.
pub(super) enum File {
    /// A page.
    Page(Page),
    /// A style sheet, the script, the icon, or what the project added to them.
    Asset,
    /// A part of the search's index.
    Search(Shard),
    /// The playbook for other programs.
    Data,
    /// The list of pages for search engines.
    Sitemap,
    /// The newest notes for feed readers.
    Feed,
    /// A file that a note shows.
    Attachment(SourceId),
}

/// A page to be made.
pub(super) struct Page {
    /// Which page kind, as index into [`KINDS`].
    pub(super) kind: usize,
    /// Which principle, deal, note ...; 0 for pages that stand alone.
    pub(super) item: usize,
    /// Which part of it, from 0.
    pub(super) part: usize,
    /// Unique in the site, short enough for a tab.
    pub(super) title: String,
}

impl Plan {
    pub(super) fn new(atlas: &Atlas, templates: &Templates) -> Self {
        let mut plan = Self {
            files: HashMap::new(),
            paths: Vec::new(),
            titles: BTreeSet::new(),
            kind: 0,
            words: Arc::clone(&atlas.words),
        };
        for (kind, page_kind) in KINDS.iter().enumerate() {
            plan.kind = kind;
            (page_kind.plan)(atlas, &mut plan);
        }
        for path in templates.asset_paths() {
            plan.files.insert(path.to_owned(), File::Asset);
        }
        for shard in search::layout(atlas).shards() {
            plan.files.insert(search::path(shard), File::Search(shard));
        }
        for (id, path) in atlas.attachments.iter() {
            plan.files.insert(path.clone(), File::Attachment(id.clone()));
        }
        plan.files.insert("data/playbook.json".to_owned(), File::Data);
        if !atlas.edited.config.base_url.is_empty() {
            plan.files.insert("sitemap.xml".to_owned(), File::Sitemap);
            plan.files.insert("feed.xml".to_owned(), File::Feed);
        }
        plan.titles.clear();
        plan.paths.extend(plan.files.keys().cloned());
        plan.paths.sort_unstable();
        plan
    }

    /// Whether two atlases with the same templates have the same plan; they may have it even if this says no.
    pub(super) fn is_shared(before: &Atlas, now: &Atlas) -> bool {
        let lists = |atlas: &Atlas| -> Vec<usize> {
            let links = atlas.principles.iter().map(|place| place.links.len());
            links.chain([atlas.review.len()]).collect()
        };
        now.has_frame_of(before) && lists(before) == lists(now)
    }

    /// Adds a page of the kind that is being planned.
    pub(super) fn page(&mut self, path: impl Into<String>, title: &str, item: usize, part: usize) {
        let title = if part == 0 {
            words::shorten(title.trim(), TITLE_LENGTH).into_owned()
        } else {
            let title = words::shorten(title.trim(), TITLE_LENGTH - 12);
            self.words.fill("pager.title", &[("title", &title), ("n", &(part + 1).to_string())])
        };
        let mut unique = title.clone();
        let mut number = 2;
        while !self.titles.insert(words_for_comparison(&unique)) {
            unique = format!("{title} ({number})");
            number += 1;
        }
        self.files.insert(path.into(), File::Page(Page { kind: self.kind, item, part, title: unique }));
    }

    /// Adds all parts of a list; the first stands at `path`.
    pub(super) fn parts(&mut self, path: &str, list: &str, title: &str, item: usize, parts: usize) {
        self.page(path, title, item, 0);
        for part in 1..parts {
            self.page(part_path(path, list, part), title, item, part);
        }
    }
}

/// Where a part of a long list stands; further parts have a folder of their own, so that no note can take their names.
pub(super) fn part_path(path: &str, list: &str, part: usize) -> String {
    if part == 0 { path.to_owned() } else { format!("lists/{list}-{}.html", part + 1) }
}

fn words_for_comparison(title: &str) -> String {
    title.to_lowercase()
}
