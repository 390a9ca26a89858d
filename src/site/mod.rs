//! From an edited playbook to a site: paths and bytes, in memory, made on demand.
//!
//! In comes an [`EditedPlaybook`] and nothing else; out goes a [`Site`]. Every page kind is a file in `pages/` with
//! a context struct and a template of the same name. Files are not written here.

mod words;
mod templates;
mod plots;
mod attachment;
mod svg;
mod destination;
mod atlas;
mod quote;
mod resolve;
mod plan;
mod pages;
mod names;
mod data;
mod feed;

pub use templates::{TemplateError, Templates};

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use crate::edition::EditedPlaybook;
use atlas::Atlas;
use pages::{Globals, Rendering};
use plan::{File, Plan};

/// Gives the bytes of a file; the vault's trade.
type Reader = Box<dyn Fn(&Path) -> io::Result<Vec<u8>> + Send + Sync>;

/// A whole site: its files by path, rendered one by one when asked for, in any order and from any thread.
pub struct Site {
    atlas: Atlas,
    templates: Templates,
    plan: Plan,
    paths: Vec<String>,
    reader: Reader,
    /// The scripts with names, made when the first of them is asked for.
    names: OnceLock<Vec<Vec<u8>>>,
    /// What was made so far, by place among the paths.
    files: Vec<OnceLock<Arc<[u8]>>>,
    before: Before,
}

/// The bytes of the site before this one, by path.
#[derive(Default)]
pub struct Before(BTreeMap<String, Arc<[u8]>>);

impl Site {
    /// Plans the pages of a playbook; `read` gives the bytes of its attachments.
    #[expect(clippy::needless_pass_by_value, reason = "callers share their templates among sites")]
    pub fn new(
        playbook: Arc<EditedPlaybook>,
        templates: Arc<Templates>,
        read: impl Fn(&Path) -> io::Result<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        let atlas = Atlas::new(playbook, Arc::clone(&templates.words));
        let templates = templates.with_globals("site", &Globals::new(&atlas));
        let plan = Plan::new(&atlas, &templates);
        let paths: Vec<String> = plan.files.keys().cloned().collect();
        let files = paths.iter().map(|_| OnceLock::new()).collect();
        let (reader, names, before) = (Box::new(read), OnceLock::new(), Before::default());
        Self { atlas, templates, plan, paths, reader, names, files, before }
    }

    /// The same site, told what the one before it held.
    #[must_use]
    pub fn after(self, before: Before) -> Self {
        Self { before, ..self }
    }

    /// What this site leaves to the next one: the newest bytes of every file that it has, as far as they were made.
    pub fn memory(&self) -> Before {
        let made = self.paths.iter().zip(&self.files);
        let newest = made.filter_map(|(path, file)| {
            let bytes = file.get().or_else(|| self.before.0.get(path))?;
            Some((path.clone(), Arc::clone(bytes)))
        });
        Before(newest.collect())
    }

    /// The paths of all files, ascending, each a portable relative path with `/`.
    pub fn paths(&self) -> &[String] {
        &self.paths
    }

    /// The bytes of one file, remembered: made once, and the very bytes of the site before if they are the same.
    ///
    /// # Errors
    /// As for [`Self::render`].
    pub fn file(&self, path: &str) -> Result<Arc<[u8]>, TemplateError> {
        let Ok(index) = self.paths.binary_search_by(|known| known.as_str().cmp(path)) else {
            return self.render(path).map(Arc::from);
        };
        if let Some(bytes) = self.files[index].get() {
            return Ok(Arc::clone(bytes));
        }
        let bytes = self.render(path)?;
        let before = self.before.0.get(path).filter(|before| ***before == *bytes);
        let bytes = before.cloned().unwrap_or_else(|| Arc::from(bytes));
        Ok(Arc::clone(self.files[index].get_or_init(|| bytes)))
    }

    /// The bytes of one file, made anew.
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
            File::Names(shard) => {
                let names = self.names.get_or_init(|| names::render(&self.atlas));
                Ok(names.get(*shard).ok_or_else(missing)?.clone())
            }
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
