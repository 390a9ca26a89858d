//! Full-text search: index and query, and the scripts that carry the index to a browser.
//!
//! In comes an [`EditedPlaybook`](crate::edition::EditedPlaybook) and nothing else, as it was parsed for its
//! pages; out go hits in an order, or the index in shards. Where pages stand, and how hits look, is not known here.

mod words;
mod read;
mod index;
mod query;
mod excerpt;
mod find;
mod hits;
mod shards;

pub use excerpt::Excerpt;
pub use hits::{Hit, Hits, search};
pub use index::{Index, Kind, Page, Pages};
pub use query::Query;
pub use read::{Lexicon, NoteWords, read};
pub use shards::{Label, Layout, Shard};
pub use words::{forms, stem};

#[cfg(test)]
mod tests;
