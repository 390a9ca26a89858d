//! From an edited playbook to a site: paths and bytes, in memory, made on demand.
//!
//! In comes an [`EditedPlaybook`] and nothing else; out goes a [`Site`]. Every page kind is a file in `pages/` with
//! a context struct and a template of the same name. Files are not written here.

mod templates;

pub use templates::{TemplateError, Templates};

use std::sync::Arc;

use crate::edition::EditedPlaybook;

/// A whole site: its files by path, rendered one by one when asked for, in any order and from any thread.
pub struct Site {
    playbook: Arc<EditedPlaybook>,
    templates: Arc<Templates>,
    paths: Vec<String>,
}

impl Site {
    /// Plans the pages of a playbook.
    pub fn new(playbook: Arc<EditedPlaybook>, templates: Arc<Templates>) -> Self {
        Self { playbook, templates, paths: Vec::new() }
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
        let _ = (path, &self.playbook, &self.templates);
        todo!()
    }
}
