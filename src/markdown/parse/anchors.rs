//! The ids of headings in HTML, each once in a document.

use std::collections::{BTreeMap, BTreeSet};

use super::super::slug;

#[derive(Default)]
pub(super) struct Anchors {
    taken: BTreeSet<String>,
    /// The next number to try for a name that is taken.
    next: BTreeMap<String, usize>,
}

impl Anchors {
    /// The anchor of a heading: the slug of the id given in `{#id}`, if that is no attempt at something else, or of the text; with a
    /// number if it is taken. Slugs keep clear of the page's other ids, which hold capital letters or signs.
    pub(super) fn take(&mut self, id: Option<&str>, text: &str) -> String {
        let name = slug(id.filter(|id| is_harmless(id)).unwrap_or(text));
        if self.taken.insert(name.clone()) {
            return name;
        }
        let number = self.next.entry(name.clone()).or_insert(1);
        loop {
            let numbered = format!("{name}-{number}");
            *number += 1;
            if self.taken.insert(numbered.clone()) {
                return numbered;
            }
        }
    }
}

fn is_harmless(id: &str) -> bool {
    let is_name = |character: char| character.is_alphanumeric() || matches!(character, '-' | '_');
    id.starts_with(char::is_alphanumeric) && id.chars().all(is_name)
}
