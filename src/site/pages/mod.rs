//! The page kinds: each file plans its pages, and makes the context of its template.

mod about;
mod brief;
mod counterparty;
pub(in crate::site) mod deal;
pub(in crate::site) mod evidence;
mod index;
mod list;
mod matrix;
mod missing;
mod note;
mod outcomes;
mod principle;
mod review;
mod search;
mod tag;

use std::sync::OnceLock;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use tera::Context;

use super::atlas::Atlas;
use super::catalogue;
use super::context::{Shape, Shapes};
use super::plan::{Page, Plan, part_path};
use super::template_error::TemplateError;
use super::templates::Templates;
use super::words::{self, DateWords, Words};

/// How one kind of page is planned and made.
pub(super) struct Kind {
    /// Adds its pages to the plan.
    pub(super) plan: fn(&Atlas, &mut Plan),
    /// Makes one of them.
    pub(super) render: fn(&Rendering) -> Result<Vec<u8>, TemplateError>,
    /// Its templates, as they are named in `templates/pages/`.
    pub(super) templates: &'static [&'static str],
    /// What they are given as `page`.
    pub(super) context: fn(&mut Shapes) -> Shape,
}

/// All page kinds.
pub(super) const KINDS: &[Kind] = &[
    index::KIND,
    principle::KIND,
    evidence::KIND,
    deal::KIND,
    brief::KIND,
    counterparty::KIND,
    note::KIND,
    matrix::KIND,
    outcomes::KIND,
    review::KIND,
    search::KIND,
    tag::KIND,
    about::KIND,
    missing::KIND,
    list::PRINCIPLES,
    list::DEALS,
    list::COUNTERPARTIES,
    list::NOTES,
    list::TAGS,
];

/// A page in the making.
pub(super) struct Rendering<'a> {
    pub(super) atlas: &'a Atlas,
    pub(super) templates: &'a Templates,
    pub(super) path: &'a str,
    pub(super) page: &'a Page,
    /// Where the site's root is on its host, if that is known better than from the base address.
    pub(super) host_root: Option<&'a str>,
    /// Where to put what the template is given, if that is wanted and not the page.
    pub(super) wanted: Option<&'a OnceLock<catalogue::Context>>,
}

context! {
    /// What every page knows of the site; `site` in templates.
    #[derive(PartialEq)]
    pub(super) struct Globals {
        /// The playbook's title.
        title: String,
        /// Short enough to follow a page's own title.
        short_title: String,
        /// The tag of its language.
        language: String,
        /// The edition's name.
        edition: String,
        /// The newest note's day.
        as_of: Option<DateWords>,
        /// `61 notes`
        notes: String,
        /// How many notes wait for a decision.
        review: usize,
        /// With `/` at its end; empty if not set.
        base_url: String,
        /// Whether the playbook has tags.
        has_tags: bool,
    }
}

context! {
    /// What the frame needs to know of a page; `head` in templates.
    pub(super) struct Head<'a> {
        /// The page's title, unique in the site.
        title: &'a str,
        /// What the page is about, in a sentence.
        description: &'a str,
        /// Which entry of the bar is current.
        section: &'a str,
        /// The page's own path below the site's root.
        path: &'a str,
        /// Its whole address; empty if no base address is set.
        canonical: String,
    }
}

context! {
    /// The pages of a list that is too long for one.
    pub(super) struct Pager {
        /// `Page 2 of 7`
        text: String,
        /// The page before.
        previous: Option<String>,
        /// The page after.
        next: Option<String>,
        /// First, last, and those around this one.
        pages: Vec<PagerEntry>,
    }
}

context! {
    /// A page in a list of pages.
    struct PagerEntry {
        /// From 1.
        number: usize,
        /// Its path below the site's root.
        href: String,
        /// Whether it is this one.
        current: bool,
        /// Whether pages are left out before it.
        gap: bool,
    }
}

/// An entry of the list beside the page; `rail` in templates, which also know as `here` whether it leads to a place on the page.
pub(super) struct RailEntry<'a> {
    pub(super) text: &'a str,
    /// Below the site's root, or `#place` on the page itself.
    pub(super) href: &'a str,
    /// Small text at its end.
    pub(super) count: String,
    pub(super) current: bool,
}

described! {
    /// An entry of the list beside the page.
    <'a> RailEntry<'a> {
        /// Its name.
        text: str,
        /// Where it leads: below the site's root, or `#place` on the page itself.
        href: str,
        /// Whether it leads to a place on the page.
        here: bool,
        /// Small text at its end.
        count: str,
        /// Whether it is this page.
        current: bool,
    }
}

impl Serialize for RailEntry<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut entry = serializer.serialize_struct("RailEntry", 5)?;
        entry.serialize_field("text", self.text)?;
        entry.serialize_field("href", self.href)?;
        entry.serialize_field("here", &self.href.starts_with('#'))?;
        entry.serialize_field("count", &self.count)?;
        entry.serialize_field("current", &self.current)?;
        entry.end()
    }
}

impl Globals {
    pub(super) fn new(atlas: &Atlas) -> Self {
        let config = &atlas.edited.config;
        let mut base_url = config.base_url.trim().to_owned();
        if !base_url.is_empty() && !base_url.ends_with('/') {
            base_url.push('/');
        }
        Self {
            title: config.title.clone(),
            short_title: words::shorten(&config.title, 20).into_owned(),
            language: config.language.clone(),
            edition: atlas.edited.audience.edition.clone(),
            as_of: atlas.as_of.map(|day| atlas.words.date(day)),
            notes: atlas.words.count("count.notes", atlas.notes.len()),
            review: atlas.review.len(),
            base_url,
            has_tags: !atlas.tags.is_empty(),
        }
    }
}

impl Rendering<'_> {
    /// Makes the page.
    pub(super) fn render(&self) -> Result<Vec<u8>, TemplateError> {
        (KINDS[self.page.kind].render)(self)
    }

    /// What stands before a path below the site's root to lead there from this page.
    fn root(&self) -> &'static str {
        // No page stands deeper than one folder.
        if self.path.contains('/') { "../" } else { "" }
    }

    /// Fills the template of this page.
    fn fill(
        &self,
        template: &str,
        section: &str,
        description: &str,
        page: &impl Serialize,
    ) -> Result<Vec<u8>, TemplateError> {
        let base_url = &self.atlas.edited.config.base_url;
        let canonical = if base_url.is_empty() {
            String::new()
        } else {
            format!("{}/{}", base_url.trim_end_matches('/'), self.path)
        };
        let description = words::shorten(description.trim(), 155);
        let head =
            Head { title: &self.page.title, description: &description, section, path: self.path, canonical };
        let base_path = base_path(base_url);
        // A host shows this page at any depth; without a base address only the top one finds its style sheet.
        let root = if section == "missing" { self.host_root.unwrap_or(&base_path) } else { self.root() };
        let frame = self.templates.frame(root, section)?;
        if let Some(wanted) = self.wanted {
            let failed = |error: serde_json::Error| TemplateError::plain(error.to_string());
            let page = serde_json::to_value(page).map_err(failed)?;
            let globals = Globals::new(self.atlas);
            let data = serde_json::json!({ "root": root, "head": head, "frame": frame, "site": globals, "page": page });
            let _is_first = wanted.set(catalogue::Context { template: template.to_owned(), data });
            return Ok(Vec::new());
        }
        let mut context = Context::new();
        context.insert("root", root);
        context.insert("head", &head);
        context.insert_value("frame", frame);
        context.insert("page", page);
        self.templates.render(template, &context)
    }
}

impl Pager {
    /// `None` for a list that fits on one page.
    pub(super) fn new(words: &Words, path: &str, list: &str, part: usize, parts: usize) -> Option<Self> {
        Self::over(words, part, parts, |part| part_path(path, list, part))
    }

    /// The same where the parts stand in another way.
    pub(super) fn over(
        words: &Words,
        part: usize,
        parts: usize,
        href: impl Fn(usize) -> String,
    ) -> Option<Self> {
        if parts < 2 {
            return None;
        }
        let near = part.saturating_sub(2)..=(part + 2).min(parts - 1);
        let mut shown: Vec<usize> = near.collect();
        if shown[0] != 0 {
            shown.insert(0, 0);
        }
        if shown.last() != Some(&(parts - 1)) {
            shown.push(parts - 1);
        }
        let mut before = 0;
        let pages = shown
            .into_iter()
            .map(|shown| {
                let gap = shown > before + 1;
                before = shown;
                PagerEntry { number: shown + 1, href: href(shown), current: shown == part, gap }
            })
            .collect();
        Some(Self {
            text: words.fill("pager.place", &[("n", &(part + 1).to_string()), ("of", &parts.to_string())]),
            previous: part.checked_sub(1).map(&href),
            next: (part + 1 < parts).then(|| href(part + 1)),
            pages,
        })
    }
}

/// The path part of a base address, `/` at both ends; empty if it is not set.
fn base_path(base_url: &str) -> String {
    let Some((_, rest)) = base_url.trim().split_once("://") else { return String::new() };
    let path = rest.find('/').map_or("", |slash| rest[slash..].trim_matches('/'));
    if path.is_empty() { "/".to_owned() } else { format!("/{path}/") }
}

/// How many parts a list has; an empty one has one.
pub(super) fn parts(entries: usize, per_part: usize) -> usize {
    entries.div_ceil(per_part).max(1)
}

/// One part of a list.
pub(super) fn part<T>(entries: &[T], part: usize, per_part: usize) -> &[T] {
    let start = (part * per_part).min(entries.len());
    &entries[start..(start + per_part).min(entries.len())]
}

/// The entries around one of them, at most so many.
pub(super) fn around(entries: usize, at: usize, limit: usize) -> std::ops::Range<usize> {
    let start = at.saturating_sub(limit / 2).min(entries.saturating_sub(limit));
    start..(start + limit).min(entries)
}
