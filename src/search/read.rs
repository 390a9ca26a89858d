//! The words of one page, counted: a pure function of what stands on it, which may be kept between builds.

use super::words;
use crate::markdown::{Passage, PassageKind};
use crate::playbook::Note;

/// The words of a text, each form once.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// Forms in ascending order, each with a line end.
    forms: String,
    /// How often each occurs.
    counts: Vec<u32>,
    /// How many words the text has.
    pub total: u32,
}

/// What of a note can be found.
#[derive(Clone, Debug, Default)]
pub struct NoteWords {
    /// Its title and its other names.
    pub title: Words,
    /// Its text and its tags.
    pub body: Words,
}

impl Words {
    /// Counts the words of some texts.
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut written = String::new();
        let mut places: Vec<(u32, u32)> = Vec::new();
        for text in texts {
            words::scan(text, |_, form| {
                let start = offset(written.len());
                written.push_str(form);
                places.push((start, offset(written.len())));
            });
        }
        let form = |&(start, end): &(u32, u32)| &written[start as usize..end as usize];
        places.sort_unstable_by(|left, right| form(left).cmp(form(right)));
        let mut counted = Self { total: offset(places.len()), ..Self::default() };
        for same in places.chunk_by(|left, right| form(left) == form(right)) {
            counted.forms.push_str(form(&same[0]));
            counted.forms.push('\n');
            counted.counts.push(offset(same.len()));
        }
        counted
    }

    /// Every form, and how often it occurs.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u32)> {
        self.forms.lines().zip(self.counts.iter().copied())
    }
}

/// Counts the words of a note; what stands beside it in the playbook does not matter.
pub fn read(note: &Note) -> NoteWords {
    let title = [note.title.as_str()].into_iter().chain(note.aliases.iter().map(String::as_str));
    let body = passages(note).map(|passage| passage.text.as_str());
    NoteWords { title: Words::of(title), body: Words::of(body.chain(note.tags.iter().map(String::as_str))) }
}

/// The passages of a note that are its text; a heading that is its title is not.
pub(super) fn passages(note: &Note) -> impl Iterator<Item = &Passage> {
    let is_title =
        |passage: &&Passage| passage.kind == PassageKind::Heading && passage.text.trim() == note.title.trim();
    note.document.passages.iter().filter(move |passage| !is_title(passage) && !passage.text.is_empty())
}

/// Sources are far smaller than what 32 bits can count.
fn offset(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
