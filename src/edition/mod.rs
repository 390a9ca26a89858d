//! What one audience may see: the only maker of an [`EditedPlaybook`].
//!
//! What is withheld is cut from the text before anything is derived from it, so that an edition is the
//! one of a project that never held it. In come sources; out goes the playbook of that audience, linked.

use std::sync::Arc;

use crate::config::{Config, Visibility};
use crate::playbook::Playbook;
use crate::source::SourceId;
use crate::vault::Attachment;

/// Whom a site is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audience {
    /// The edition's name.
    pub edition: String,
    /// What it may see.
    pub includes: Vec<Visibility>,
    /// Whether drafts are shown.
    pub drafts: bool,
}

/// A playbook from which everything that its audience may not see was left out before anything was derived.
#[derive(Debug)]
pub struct EditedPlaybook {
    /// Whom it is for.
    pub audience: Audience,
    /// What they see.
    pub playbook: Playbook,
    /// The settings that pages show.
    pub config: Config,
    /// Files that its notes show or link to, by path from the project's root.
    pub attachments: std::collections::BTreeMap<SourceId, Attachment>,
    // Keeps others from making one.
    _edited: (),
}

/// A note that its audience may see; only this module makes one.
#[derive(Clone, Debug)]
pub struct Admitted(Arc<crate::playbook::Note>);
