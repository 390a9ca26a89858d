//! The ids of headings in HTML, each once in a document.

use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
pub(super) struct Anchors {
    taken: BTreeSet<String>,
    /// The next number to try for a name that is taken.
    next: BTreeMap<String, usize>,
}

impl Anchors {
    /// The anchor of a heading: the id given in `{#id}` if it is harmless, else a slug of the text, with a number if that is taken.
    pub(super) fn take(&mut self, id: Option<&str>, text: &str) -> String {
        let name = id.filter(|id| is_harmless(id)).map_or_else(|| slug(text), str::to_owned);
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
    id.len() <= 80 && id.starts_with(char::is_alphanumeric) && id.chars().all(is_name)
}

fn slug(text: &str) -> String {
    let mut slug = String::new();
    for character in text.chars().flat_map(char::to_lowercase).take(80) {
        if character.is_alphanumeric() {
            slug.push(character);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "section".to_owned() } else { slug.to_owned() }
}
