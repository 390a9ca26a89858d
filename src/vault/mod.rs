//! All that was read from the project at one moment: sources, attachments, template overrides.
//!
//! Only `vault/disk.rs` reads files. The content is never written to, not even its times.

pub mod disk;
mod decode;
mod ignore;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::source::{Source, SourceId};

/// A project's content at one revision.
#[derive(Clone, Debug, Default)]
pub struct Vault {
    /// Every Markdown file below a notes folder, by path.
    pub sources: BTreeMap<SourceId, Arc<Source>>,
    /// Files that notes may show or link to, by path; their bytes are read when a page needs them.
    pub attachments: BTreeMap<SourceId, Attachment>,
    /// Templates and assets that the project overrides, by their path below the templates folder.
    pub overrides: BTreeMap<String, Arc<[u8]>>,
    /// What could not be read, and why.
    pub diagnostics: Vec<Diagnostic>,
}

/// A file that is not Markdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Where it is, absolute.
    pub path: PathBuf,
    /// Its length in bytes.
    pub bytes: u64,
}
