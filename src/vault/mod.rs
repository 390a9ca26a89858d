//! All that was read from the project at one moment: sources, attachments, template overrides.
//!
//! Only `vault/disk.rs` reads files. The content is never written to, not even its times.

pub mod disk;
mod decode;
mod ignore;

pub use ignore::{FILE_NAME as IGNORE_FILE, is_debris, is_hidden};

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

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
    /// What the next reading needs to know of this one; nothing else is derived from it.
    pub memory: Memory,
}

/// A file that is not Markdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Where it is, absolute and without links.
    pub path: PathBuf,
    /// Its length in bytes.
    pub bytes: u64,
    /// Differs when the file has changed; never part of any output.
    pub stamp: Stamp,
}

/// What a file looked like from outside when it was read: another stamp, another content.
///
/// Two changes within one tick of the file system's clock may share a stamp; whoever watches names such files.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
    /// Device, inode, and the time of the last change of any kind, where the system tells them.
    identity: (u64, u64, i64, i64),
}

/// The stamps of all files that were read, and what was wrong with them.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    stamps: BTreeMap<SourceId, (Stamp, Option<Diagnostic>)>,
    /// Whether any link was followed: then a file may be known by several paths.
    has_links: bool,
}
