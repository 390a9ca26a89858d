//! From an edited playbook to a site: paths and bytes, in memory, made on demand.
//!
//! In comes an [`EditedPlaybook`] and nothing else; out goes a [`Site`]. Every page kind is a file in `pages/` with
//! a context struct and a template of the same name. Files are not written here.

mod templates;
mod words;
mod plots;
mod attachment;
mod svg;
mod destination;
mod atlas;
mod quote;
mod resolve;
mod search;
mod plan;
mod pages;
mod data;
mod feed;

pub use templates::{TemplateError, Templates};

use std::io;
use std::path::Path;
use std::sync::Arc;

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
    templates: Templates,
    plan: Plan,
    paths: Vec<String>,
    reader: Reader,
    search: Search,
}

impl Site {
    /// Plans the pages of a playbook; `read` gives the bytes of its attachments.
    #[expect(clippy::needless_pass_by_value, reason = "callers share their templates among sites")]
    pub fn new(
        playbook: Arc<EditedPlaybook>,
        templates: Arc<Templates>,
        read: impl Fn(&Path) -> io::Result<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        let atlas = Atlas::new(playbook);
        let templates = templates.with_globals("site", &Globals::new(&atlas));
        let search = Search::new(&atlas);
        let plan = Plan::new(&atlas, &search, &templates);
        let paths = plan.files.keys().cloned().collect();
        Self { atlas, templates, plan, paths, reader: Box::new(read), search }
    }

    /// The paths of all files, ascending, each a portable relative path with `/`.
    pub fn paths(&self) -> &[String] {
        &self.paths
    }

    /// The bytes of one file.
    ///
    /// # Errors
    /// A template that fails on this page, with file and line; an attachment that cannot be read.
    pub fn render(&self, path: &str) -> Result<Vec<u8>, TemplateError> {
        let missing = || TemplateError { message: format!("the site has no file `{path}`") };
        match self.plan.files.get(path).ok_or_else(missing)? {
            File::Page(page) => {
                Rendering { atlas: &self.atlas, templates: &self.templates, path, page }.render()
            }
            File::Asset => Ok(self.templates.asset(path).ok_or_else(missing)?.to_vec()),
            File::Search(shard) => self.search.render(*shard, &self.atlas).ok_or_else(missing),
            File::Data => data::render(&self.atlas),
            File::Sitemap => Ok(feed::sitemap(&self.atlas, &self.plan)),
            File::Feed => Ok(feed::feed(&self.atlas)),
            File::Attachment(id) => {
                let attachment = self.atlas.edited.attachments.get(id).ok_or_else(missing)?;
                let bytes = (self.reader)(&attachment.path)
                    .map_err(|error| TemplateError { message: format!("cannot read {id}: {error}") })?;
                Ok(attachment::clean(id.as_str(), bytes))
            }
        }
    }
}

#[cfg(test)]
mod tests;
