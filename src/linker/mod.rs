//! Finds the principles that a note shows, and says why.
//!
//! In come notes and principles; out come links with calibrated confidence and the passages that
//! speak for them. Each kind of sign is a file in `signals/`; `score` joins them; nothing here knows
//! files, pages or audiences. The same input gives the same links on every platform.

mod library;
mod text;
mod signals;
mod score;
mod hand;
pub mod explain;
pub mod eval;

pub use library::{Concept, Coverage};

use crate::playbook::{Note, NoteLinks, Principle};

/// The limits of `[linking]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Links below this probability are only suggested.
    pub min_confidence: f64,
    /// At most so many links from a note's text.
    pub max_links: usize,
}

/// What the linker knows before it sees a note: the principles, matched to the concept library, and their statistics.
pub struct Knowledge {
    concepts: Vec<Concept>,
}

impl Knowledge {
    /// Matches the principles to the library and prepares the statistics of every signal.
    pub fn new(principles: &[Principle]) -> Self {
        let _ = principles;
        todo!()
    }
}

/// The links of one note; a pure function of the note, so that notes can be linked in parallel and remembered singly.
pub fn link(knowledge: &Knowledge, note: &Note, limits: Limits) -> NoteLinks {
    let _ = (knowledge, note, limits);
    todo!()
}
