//! From a document to HTML in which nothing active is left.

use super::{Document, Reference};
use crate::source::Span;

/// Where references lead; implemented by `site`, which knows the pages of one edition.
pub trait Resolver {
    /// Where a wikilink or Markdown link leads.
    fn link(&self, reference: &Reference) -> Target;
    /// What an embed or image shows.
    fn embed(&self, reference: &Reference) -> Embed;
    /// The page of a tag.
    fn tag(&self, name: &str) -> Option<String>;
}

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A page or file of the site, relative to the page being rendered, or an outside `http`, `https`, `mailto` address.
    Href(String),
    /// Nowhere in this edition: shown as text.
    Nowhere,
}

/// What an embed shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Embed {
    /// An image of the site, by relative URL.
    Image(String),
    /// Audio of the site.
    Audio(String),
    /// Video of the site.
    Video(String),
    /// Another file of the site, shown as a link with this text.
    File {
        /// Relative URL.
        href: String,
        /// What to show.
        text: String,
    },
    /// A note or a part of it, already rendered (cycles and depth are the resolver's duty), with a link to it.
    Html {
        /// Safe HTML made by [`render`].
        html: String,
        /// The embedded note's page.
        href: String,
        /// Its title.
        title: String,
    },
    /// An outside image: becomes a link, nothing is loaded.
    Outside(String),
    /// Nothing: the text stands in its place.
    Nowhere,
}

/// A range of the source to be marked in the HTML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// What to mark.
    pub span: Span,
    /// The `id` of the first `<mark>` element made for it; later ones get none.
    pub id: Option<String>,
}

/// The HTML of a document or of the part of it within `part`; marks ascend and do not overlap.
pub fn render(document: &Document, part: Option<Span>, marks: &[Mark], resolver: &dyn Resolver) -> String {
    let _ = (document, part, marks, resolver);
    todo!()
}
