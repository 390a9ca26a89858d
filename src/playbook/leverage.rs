//! The leverage document: a list of principles in whatever shape people write it.

use std::fmt;
use std::sync::Arc;

use crate::source::{SourceId, Span};

/// The id of a principle: the slug of its term, or what `{#id}` says.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PrincipleId(pub Arc<str>);

/// What was understood of the leverage document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Leverage {
    /// Where it stands; `None` if the project has none.
    pub source: Option<SourceId>,
    /// The principles, in the order of the document.
    pub principles: Vec<Principle>,
}

/// One principle that gives leverage.
#[derive(Clone, Debug, PartialEq)]
pub struct Principle {
    /// Its id, unique in the document.
    pub id: PrincipleId,
    /// The term, without colon, markers and the acronym's expansion.
    pub title: String,
    /// The nearest heading above, if any.
    pub section: Option<String>,
    /// Other names: from front matter, and the expansion of an acronym.
    pub aliases: Vec<String>,
    /// Words and phrases that speak for it, from front matter.
    pub cues: Vec<String>,
    /// The first paragraph of its text, plain; empty if it has only tactics.
    pub summary: String,
    /// Further paragraphs of its text, plain.
    pub text: Vec<String>,
    /// The items nested below it, plain.
    pub tactics: Vec<String>,
    /// What it cites, each URL once.
    pub sources: Vec<SourceLink>,
    /// Principles that it names, that name it, or that share an acronym with it.
    pub related: Vec<PrincipleId>,
    /// Line of the term in the leverage document, from 1.
    pub line: usize,
    /// The term's place there.
    pub span: Span,
}

/// Something a principle cites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceLink {
    /// The link's text; the host and path where that is only a number.
    pub label: String,
    /// `http`, `https` or `mailto` only.
    pub url: String,
}

impl PrincipleId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PrincipleId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Leverage {
    /// The principle of that id.
    pub fn get(&self, id: &PrincipleId) -> Option<&Principle> {
        self.principles.iter().find(|principle| &principle.id == id)
    }
}

/// Reads the principles out of a document.
pub fn read(document: &crate::markdown::Document) -> (Leverage, Vec<crate::diagnostic::Diagnostic>) {
    let _ = document;
    todo!()
}

impl Leverage {
    /// The principle that a person means by a name: id, title, alias or acronym, in any case, with or without `principles/` before it.
    pub fn find(&self, name: &str) -> Option<PrincipleId> {
        let _ = name;
        todo!()
    }
}
