//! The words of one page, counted: a pure function of what stands on it, which may be kept between builds.

use std::collections::HashMap;

use super::words;
use crate::markdown::{Passage, PassageKind};
use crate::playbook::Note;

/// Every form that was met, with its stem. It only grows; what numbers forms have depends on who was read first, so none is ever
/// shown.
#[derive(Debug, Default)]
pub struct Lexicon {
    numbers: HashMap<Box<str>, u32>,
    forms: Vec<Form>,
    stems: HashMap<String, u32>,
    /// By form: its place among the words that are just being counted, from 1.
    places: Vec<u32>,
    /// The words that are just being counted.
    counts: Vec<(u32, u32)>,
    /// How many forms the newest index has.
    in_use: usize,
}

/// A word as it is written, folded.
#[derive(Debug)]
pub(super) struct Form {
    pub(super) text: Box<str>,
    /// The number of what it has in common with other forms.
    pub(super) stem: u32,
}

/// The words of a text, each form once.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// The number of each form in the lexicon, and how often it occurs.
    pub(super) counts: Box<[(u32, u32)]>,
    /// How many words the text has.
    pub total: u32,
}

/// What of a note can be found.
#[derive(Clone, Debug, Default)]
pub struct NoteWords {
    /// Its title and its other names.
    pub title: Words,
    /// Whether its title has few words.
    pub(super) is_short: bool,
    /// Its text and its tags.
    pub body: Words,
}

/// So many forms that stand nowhere any more are no reason to begin anew.
const FORGIVEN: usize = 20_000;

/// A title of at most so many words is all about them.
const SHORT_TITLE: u32 = 2;

impl Lexicon {
    /// Counts the words of some texts.
    pub(super) fn count<'a>(&mut self, texts: impl IntoIterator<Item = &'a str>) -> Words {
        let mut total = 0;
        self.counts.clear();
        for text in texts {
            words::scan(text, |_, form| {
                let form = self.number(form);
                let place = &mut self.places[form as usize];
                if *place == 0 {
                    self.counts.push((form, 0));
                    *place = count(self.counts.len());
                }
                self.counts[*place as usize - 1].1 += 1;
                total += 1;
            });
        }
        for (form, _) in &self.counts {
            self.places[*form as usize] = 0;
        }
        Words { counts: self.counts.as_slice().into(), total }
    }

    /// Whether most of its forms stand nowhere any more, so that it is better begun anew.
    pub fn is_outgrown(&self) -> bool {
        self.forms.len() > 2 * self.in_use + FORGIVEN
    }

    /// Says how many forms the newest index has.
    pub(super) fn note_use(&mut self, forms: usize) {
        self.in_use = forms;
    }

    /// All forms, by number.
    pub(super) fn forms(&self) -> &[Form] {
        &self.forms
    }

    /// How many stems there are.
    pub(super) fn stems(&self) -> usize {
        self.stems.len()
    }

    fn number(&mut self, form: &str) -> u32 {
        if let Some(number) = self.numbers.get(form) {
            return *number;
        }
        let number = count(self.forms.len());
        let next = count(self.stems.len());
        let stem = *self.stems.entry(words::stem(form)).or_insert(next);
        self.numbers.insert(form.into(), number);
        self.forms.push(Form { text: form.into(), stem });
        self.places.push(0);
        number
    }
}

impl Words {
    /// Whether they are a title that is all about them.
    pub(super) fn is_short(&self) -> bool {
        self.total <= SHORT_TITLE
    }
}

/// Counts the words of a note; what stands beside it in the playbook does not matter.
pub fn read(note: &Note, lexicon: &mut Lexicon) -> NoteWords {
    let title = [note.title.as_str()];
    let is_short = lexicon.count(title).is_short();
    let names = title.into_iter().chain(note.aliases.iter().map(String::as_str));
    let body = passages(note).map(|passage| passage.text.as_str());
    NoteWords {
        title: lexicon.count(names),
        is_short,
        body: lexicon.count(body.chain(note.tags.iter().map(String::as_str))),
    }
}

/// The passages of a note that are its text; a heading that is its title is not.
pub(super) fn passages(note: &Note) -> impl Iterator<Item = &Passage> {
    let is_title =
        |passage: &&Passage| passage.kind == PassageKind::Heading && passage.text.trim() == note.title.trim();
    note.document.passages.iter().filter(move |passage| !is_title(passage) && !passage.text.is_empty())
}

/// Sources are far smaller than what 32 bits can count.
fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
