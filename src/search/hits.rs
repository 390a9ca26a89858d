//! Hits as a person gets them: pages with the piece of their text that answers.

use std::collections::BTreeSet;
use std::ops::Range;

use super::excerpt::{self, Excerpt};
use super::find;
use super::index::{Index, Kind, Page, facts};
use super::query::{Phrase, Query};
use super::read;
use crate::playbook::Playbook;

/// A page that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Which one.
    pub page: Page,
    /// A piece of its text; empty if it has none.
    pub quote: String,
    /// The words in the quote that were found.
    pub marks: Vec<Range<usize>>,
    /// Where the quote stands: the index of its passage, and the first word found in it.
    pub place: Option<(usize, usize)>,
}

/// What a query found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    /// The best ones.
    pub hits: Vec<Hit>,
    /// How many there are in all.
    pub total: usize,
}

/// Finds pages; `limit` says how many are wanted in full.
pub fn search(index: &Index, playbook: &Playbook, query: &Query, limit: usize) -> Hits {
    let found = find::find(index, query);
    let mut hits = Hits::default();
    for page in found.pages {
        let page = index.pages.pages[page as usize];
        let texts = texts(playbook, page);
        if !query.phrases.iter().all(|phrase| stands_in(phrase, title(playbook, page), &texts)) {
            continue;
        }
        hits.total += 1;
        if hits.hits.len() < limit {
            hits.hits.push(hit(page, &texts, &found.stems, &query.phrases));
        }
    }
    hits
}

fn stands_in(phrase: &Phrase, title: &str, texts: &[&str]) -> bool {
    excerpt::has_phrase(title, phrase) || texts.iter().any(|text| excerpt::has_phrase(text, phrase))
}

fn hit(page: Page, texts: &[&str], stems: &[BTreeSet<String>], phrases: &[Phrase]) -> Hit {
    let Some(Excerpt { passage, range, marks }) = excerpt::excerpt(texts.iter().copied(), stems, phrases)
    else {
        return Hit { page, quote: String::new(), marks: Vec::new(), place: None };
    };
    let first = marks.first().map_or(range.start, |mark| mark.start);
    Hit {
        page,
        quote: texts[passage][range.clone()].to_owned(),
        marks: marks.iter().map(|mark| mark.start - range.start..mark.end - range.start).collect(),
        place: Some((passage, first)),
    }
}

/// The title of a page.
pub(super) fn title(playbook: &Playbook, page: Page) -> &str {
    match page.kind {
        Kind::Principle => &playbook.leverage.principles[page.item].title,
        Kind::Counterparty => &playbook.counterparties[page.item].name,
        Kind::Deal => &playbook.deals[page.item].name,
        Kind::Note => &playbook.notes[page.item].title,
    }
}

/// The texts of a page, of which an excerpt shows one.
pub(super) fn texts(playbook: &Playbook, page: Page) -> Vec<&str> {
    match page.kind {
        Kind::Principle => {
            let principle = &playbook.leverage.principles[page.item];
            let texts = std::iter::once(&principle.summary).chain(&principle.text).chain(&principle.tactics);
            texts.map(String::as_str).filter(|text| !text.is_empty()).collect()
        }
        Kind::Counterparty => playbook.counterparties[page.item].people.iter().map(String::as_str).collect(),
        Kind::Deal => facts(&playbook.deals[page.item]),
        Kind::Note => {
            read::passages(&playbook.notes[page.item]).map(|passage| passage.text.as_str()).collect()
        }
    }
}

impl Hit {
    /// The title of its page.
    pub fn title<'a>(&self, playbook: &'a Playbook) -> &'a str {
        title(playbook, self.page)
    }

    /// The file and the line of what it quotes, as the author sees them; for a deal or counterparty those of its newest note.
    pub fn place_in<'a>(&self, playbook: &'a Playbook) -> Option<(&'a str, usize)> {
        let item = self.page.item;
        let note = match self.page.kind {
            Kind::Principle => {
                let source = playbook.leverage.source.as_ref()?;
                return Some((source.as_str(), playbook.leverage.principles[item].line));
            }
            Kind::Counterparty => playbook.note(playbook.counterparties[item].notes.first()?)?,
            Kind::Deal => playbook.note(playbook.deals[item].notes.first()?)?,
            Kind::Note => &playbook.notes[item],
        };
        let quoted = self.place.filter(|_| self.page.kind == Kind::Note);
        let span = quoted.and_then(|(passage, first)| {
            Some(read::passages(note).nth(passage)?.source_span(first, first + 1))
        });
        let (source, span) = note.document.source.original(span.unwrap_or_default());
        Some((source.id.as_str(), source.line(span.start)))
    }
}
