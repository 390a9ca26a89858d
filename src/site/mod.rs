//! From an edited playbook to a site: paths and bytes, in memory, made on demand.
//!
//! In comes an [`EditedPlaybook`] and nothing else; out goes a [`Site`]. Every page kind is a file in `pages/` with
//! a context struct and a template of the same name. Files are not written here.

#[macro_use]
mod context;
mod promising;
mod words;
mod template_error;
mod templates;
mod plots;
mod attachment;
mod svg;
mod destination;
mod alike;
mod atlas;
mod quote;
mod resolve;
mod search;
mod plan;
mod pages;
mod brief;
mod data;
mod feed;
mod spot;
mod catalogue;

pub use brief::{Brief, Briefs};
pub use catalogue::{ContextOf, FieldOf, Part, RecordOf, catalogue, nearest_file, pages};
pub use spot::Spot;
pub use template_error::{TemplateError, strays};
pub use templates::Templates;

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use crate::edition::EditedPlaybook;
use atlas::Atlas;
use pages::{Globals, Rendering};
use plan::{File, Plan};
use search::Search;

/// Gives the bytes of a file; the vault's trade.
type Reader = Box<dyn Fn(&Path) -> io::Result<Vec<u8>> + Send + Sync>;

/// A whole site: its files by path, rendered one by one when asked for, in any order and from any thread.
pub struct Site {
    atlas: Atlas,
    /// The templates as the project has them, and with the values that every page sees.
    plain_templates: Arc<Templates>,
    globals: Globals,
    templates: Arc<Templates>,
    plan: Arc<Plan>,
    reader: Reader,
    search: Search,
    /// What was made so far, by place among the paths.
    files: Vec<OnceLock<Arc<[u8]>>>,
    /// The newest bytes of the sites before, by place among the paths.
    before: Vec<Option<Arc<[u8]>>>,
}

impl Site {
    /// Plans the pages of a playbook; `read` gives the bytes of its attachments.
    pub fn new(
        playbook: Arc<EditedPlaybook>,
        templates: Arc<Templates>,
        read: impl Fn(&Path) -> io::Result<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        let atlas = Atlas::new(playbook, Arc::clone(&templates.words));
        let globals = Globals::new(&atlas);
        let with_globals = Arc::new(templates.with_globals("site", &globals));
        let plan = Arc::new(Plan::new(&atlas, &with_globals));
        Self {
            plain_templates: templates,
            globals,
            templates: with_globals,
            reader: Box::new(read),
            search: Search::new(&atlas),
            atlas,
            files: plan.paths.iter().map(|_| OnceLock::new()).collect(),
            before: vec![None; plan.paths.len()],
            plan,
        }
    }

    /// The site of the playbook after this one's: the one that [`Self::new`] would make, which shares what is the same and
    /// remembers the bytes of this one.
    #[must_use]
    pub fn next(
        &self,
        playbook: Arc<EditedPlaybook>,
        templates: Arc<Templates>,
        read: impl Fn(&Path) -> io::Result<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        let atlas = Atlas::after(&self.atlas, playbook, Arc::clone(&templates.words));
        let globals = Globals::new(&atlas);
        let same_templates = Arc::ptr_eq(&templates, &self.plain_templates);
        let with_globals = if same_templates && globals == self.globals {
            Arc::clone(&self.templates)
        } else {
            Arc::new(templates.with_globals("site", &globals))
        };
        let same_plan = same_templates && Plan::is_shared(&self.atlas, &atlas);
        let plan =
            if same_plan { Arc::clone(&self.plan) } else { Arc::new(Plan::new(&atlas, &with_globals)) };
        let newest = |index: usize| self.files[index].get().or(self.before[index].as_ref()).cloned();
        let before = if same_plan {
            (0..plan.paths.len()).map(newest).collect()
        } else {
            let index = |path: &String| self.plan.paths.binary_search(path).ok();
            plan.paths.iter().map(|path| index(path).and_then(newest)).collect()
        };
        let touched = (same_plan && Arc::ptr_eq(&with_globals, &self.templates))
            .then(|| atlas.touched_since(&self.atlas))
            .flatten();
        let files = match touched {
            Some(touched) => self.files_without(&touched),
            None => plan.paths.iter().map(|_| OnceLock::new()).collect(),
        };
        let search = self.search.next(&self.atlas, &atlas);
        Self {
            atlas,
            plain_templates: templates,
            globals,
            templates: with_globals,
            reader: Box::new(read),
            search,
            files,
            before,
            plan,
        }
    }

    /// The files of this site after an edit that touches some notes, those that it leaves as they were made already. Of a file that
    /// is not sure to be the same, nothing is said.
    fn files_without(&self, touched: &BTreeSet<usize>) -> Vec<OnceLock<Arc<[u8]>>> {
        let keep = |(index, path): (usize, &String)| {
            let is_kept = match self.plan.files.get(path) {
                Some(File::Page(page)) => {
                    let place = self.atlas.notes.get(page.item).filter(|place| place.path == *path);
                    place.is_some() && !touched.contains(&page.item)
                }
                Some(File::Search(shard)) => self.search.shows_none(*shard, &self.atlas, touched),
                Some(File::Asset) => true,
                _ => false,
            };
            if is_kept { self.files[index].clone() } else { OnceLock::new() }
        };
        self.plan.paths.iter().enumerate().map(keep).collect()
    }

    /// The paths of all files, ascending, each a portable relative path with `/`.
    pub fn paths(&self) -> &[String] {
        &self.plan.paths
    }

    /// The bytes of one file, remembered: made once, and the very bytes of the site before if they are the same.
    ///
    /// # Errors
    /// As for [`Self::render`].
    pub fn file(&self, path: &str) -> Result<Arc<[u8]>, TemplateError> {
        let Ok(index) = self.plan.paths.binary_search_by(|known| known.as_str().cmp(path)) else {
            return self.render(path).map(Arc::from);
        };
        if let Some(bytes) = self.files[index].get() {
            return Ok(Arc::clone(bytes));
        }
        let bytes = self.render(path)?;
        let before = self.before[index].as_ref().filter(|before| ***before == *bytes);
        let bytes = before.cloned().unwrap_or_else(|| Arc::from(bytes));
        Ok(Arc::clone(self.files[index].get_or_init(|| bytes)))
    }

    /// The bytes of one file, made anew.
    ///
    /// # Errors
    /// A template that fails on this page, with file and line; an attachment that cannot be read.
    pub fn render(&self, path: &str) -> Result<Vec<u8>, TemplateError> {
        let missing = || TemplateError::plain(format!("the site has no file `{path}`"));
        match self.plan.files.get(path).ok_or_else(missing)? {
            File::Page(page) => {
                let (atlas, templates) = (&self.atlas, &self.templates);
                Rendering { atlas, templates, path, page, host_root: None, wanted: None }.render()
            }
            File::Asset => Ok(self.templates.asset(path).ok_or_else(missing)?.to_vec()),
            File::Search(shard) => self.search.render(*shard, &self.atlas).ok_or_else(missing),
            File::Data => data::render(&self.atlas),
            File::Sitemap => Ok(feed::sitemap(&self.atlas, &self.plan)),
            File::Feed => Ok(feed::feed(&self.atlas)),
            File::Attachment(id) => {
                let attachment = self.atlas.edited.attachments.get(id).ok_or_else(missing)?;
                let bytes = (self.reader)(&attachment.path)
                    .map_err(|error| TemplateError::plain(format!("cannot read {id}: {error}")))?;
                Ok(attachment::clean(id.as_str(), bytes))
            }
        }
    }

    /// What the template of a page is given; `None` for what is no page.
    fn context(&self, path: &str) -> Option<catalogue::Context> {
        let File::Page(page) = self.plan.files.get(path)? else { return None };
        let (atlas, templates, wanted) = (&self.atlas, &self.templates, OnceLock::new());
        let rendering = Rendering { atlas, templates, path, page, host_root: None, wanted: Some(&wanted) };
        rendering.render().ok()?;
        wanted.into_inner()
    }

    /// The page for an address that leads nowhere, for a host that serves the site at `/`, whatever its base address says.
    ///
    /// # Errors
    /// As for [`Self::render`].
    pub fn render_missing(&self) -> Result<Vec<u8>, TemplateError> {
        let path = MISSING;
        let Some(File::Page(page)) = self.plan.files.get(path) else { return self.render(path) };
        let (atlas, templates) = (&self.atlas, &self.templates);
        Rendering { atlas, templates, path, page, host_root: Some("/"), wanted: None }.render()
    }
}

/// What a host shows for an address that leads nowhere.
pub const MISSING: &str = "404.html";

#[cfg(test)]
mod tests;
