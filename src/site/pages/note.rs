//! A note as it was written, with the linked words marked and the reasons in the margin.

use tera::Value;

use super::deal::note_ref;
use super::{Kind, Plan, RailEntry, Rendering, around};
use crate::playbook::Link;
use crate::site::atlas::Atlas;
use crate::site::context::Given;
use crate::site::quote::{self, Marks, Ref, Said, Why, pieces, telling, why};
use crate::site::resolve::{self, Body};
use crate::site::template_error::TemplateError;
use crate::site::words::DateWords;

const MAX_RAIL: usize = 40;
const MAX_BACKLINKS: usize = 30;
const MAX_MARGIN: usize = 60;
const MAX_TAGS: usize = 60;

pub(super) const KIND: Kind = Kind { plan, render, templates: &["note"], context: NotePage::shape };

context! {
    /// A note as it was written, with the linked words marked and the reasons in the margin.
    struct NotePage<'a> {
        /// Its title.
        title: &'a str,
        /// The anchor of the heading that the title was taken from.
        title_anchor: Option<String>,
        /// The path below the notes folder.
        file: &'a str,
        /// Its day.
        date: Option<DateWords>,
        /// The deal that it belongs to.
        deal: Option<&'a Value> => Option<Ref<'a>>,
        /// How that deal ended: `won`, `partly`, `lost`, `open`, or `none` without a deal.
        outcome: &'static str,
        /// The same for people.
        outcome_text: &'a str,
        /// The stage that it names.
        stage: Option<&'a str>,
        /// The other side.
        counterparties: Vec<Party<'a>>,
        /// Its tags.
        tags: Vec<Ref<'a>>,
        /// Its other names.
        aliases: &'a [String],
        /// `private`, `team` or `public`.
        visibility: &'static str,
        /// Whether it is a draft.
        draft: bool,
        /// Properties that leverbook does not know, for templates of a project's own.
        extra: &'a std::collections::BTreeMap<String, serde_json::Value>,
        /// Made by the Markdown renderer: safe.
        body: &'a str,
        /// Its links, in the order of their passages.
        margin: Vec<MarginEntry<'a>>,
        /// Near misses.
        suggestions: Vec<Suggestion<'a>>,
        /// The note before it in the deal.
        previous: Option<Ref<'a>>,
        /// The note after it in the deal.
        next: Option<Ref<'a>>,
        /// Notes that link here.
        backlinks: Vec<Backlink<'a>>,
        /// The notes of the deal.
        rail: Vec<RailEntry<'a>>,
    }
}

context! {
    /// A counterparty, with a page or without.
    struct Party<'a> {
        /// The name.
        text: &'a str,
        /// The page; empty if there is none.
        href: &'a str,
    }
}

context! {
    /// Why a passage is linked, and how to say that it is wrong.
    struct MarginEntry<'a> {
        /// The marked words, `#m3`; empty if no passage speaks for the link.
        href: String,
        /// The passage, the telling words marked.
        pieces: Said,
        /// The passage's line in the file.
        line: usize,
        /// The principle, the reason and how sure it is.
        why: Why<'a>,
    /// The built-in passage that the quoted one reads like; empty if none is near.
    reads_like: &'a str,
    /// `Timing, 12%`: the likeliest other principle; empty if it is far off.
    rival: String,
    /// Whether labels of other notes speak for it.
    by_labels: bool,
        /// Further passages for the same principle.
        others: Vec<OtherPassage>,
        /// What to write into the note to change it.
        fix: String,
    }
}

context! {
    /// A link that nearly was made.
    struct Suggestion<'a> {
        /// The passage's line in the file.
        line: usize,
        /// The principle, the reason and how sure it is.
        why: Why<'a>,
        /// What to write into the note to make it.
        fix: String,
    }
}

context! {
    /// A further passage for the same principle.
    struct OtherPassage {
        /// Its marked words on the page.
        href: String,
        /// Its line in the file.
        line: usize,
        /// The words that spoke for it.
        reason: String,
    }
}

context! {
    /// A note that links here, with the words around the link.
    struct Backlink<'a> {
        /// The note.
        note: Ref<'a>,
        /// Its day.
        date: Option<DateWords>,
        /// The words around the link.
        pieces: Said,
    }
}

fn plan(atlas: &Atlas, plan: &mut Plan) {
    for (index, place) in atlas.notes.iter().enumerate() {
        plan.page(&place.path, &atlas.note(index).title, index, 0);
    }
}

fn render(rendering: &Rendering) -> Result<Vec<u8>, TemplateError> {
    let atlas = rendering.atlas;
    let index = rendering.page.item;
    let note = atlas.note(index);
    let place = &atlas.notes[index];
    let links = atlas.links(index);
    let marks = Marks::new(links);
    let Body { html, title_anchor } = resolve::body(atlas, index, &marks.marks, rendering.root());
    let outcome = atlas.outcome_of_note(index);
    let (previous, next) = neighbours(atlas, index);
    let mut margin: Vec<MarginEntry> = links
        .iter()
        .enumerate()
        .take(MAX_MARGIN)
        .map(|(number, link)| margin_entry(atlas, index, link, (number, &marks)))
        .collect();
    margin.sort_by_key(|entry| entry.line);
    let page = NotePage {
        title: &note.title,
        title_anchor,
        file: &note.id.0,
        date: atlas.day_of(index),
        deal: place.deal.map(|deal| &atlas.deals[deal].name),
        outcome: outcome.map_or("none", crate::playbook::Outcome::as_str),
        outcome_text: atlas.words.outcome_or_none(outcome),
        stage: note.stage.as_deref(),
        counterparties: note
            .counterparties
            .iter()
            .take(MAX_TAGS)
            .map(|name| Party {
                text: &name.text,
                href: atlas
                    .counterparty_of(&name.text)
                    .map_or("", |party| atlas.counterparties[party].path.as_str()),
            })
            .collect(),
        tags: note
            .tags
            .iter()
            .filter_map(|tag| atlas.tag_of(tag))
            .take(MAX_TAGS)
            .map(|tag| Ref { text: &atlas.tags[tag].name, href: &atlas.tags[tag].path })
            .collect(),
        aliases: &note.aliases,
        visibility: note.visibility.as_str(),
        draft: note.draft,
        extra: &note.extra,
        body: &html,
        margin,
        suggestions: atlas
            .note_links(index)
            .map_or(&[][..], |found| &found.suggestions)
            .iter()
            .take(3)
            .map(|link| suggestion(atlas, link))
            .collect(),
        previous,
        next,
        backlinks: place
            .backlinks
            .iter()
            .take(MAX_BACKLINKS)
            .map(|&(from, reference)| backlink(atlas, from, reference))
            .collect(),
        rail: rail(atlas, index),
    };
    let principles = atlas.words.count("count.principles_shown", links.len());
    let description = match &page.date {
        Some(date) => atlas.words.fill(
            "note.dated_description",
            &[("title", &note.title), ("date", &date.text), ("principles", &principles)],
        ),
        None => atlas.words.fill("note.description", &[("title", &note.title), ("principles", &principles)]),
    };
    let section = if place.deal.is_some() { "deals" } else { "" };
    rendering.fill("pages/note.html", section, &description, &page)
}

fn margin_entry<'a>(
    atlas: &'a Atlas,
    note: usize,
    link: &'a Link,
    (number, marks): (usize, &Marks),
) -> MarginEntry<'a> {
    let href = |evidence: usize| {
        let anchor = marks.anchor(number, evidence);
        anchor.map_or_else(String::new, |anchor| format!("#{anchor}"))
    };
    let document = &atlas.note(note).document;
    let first = link.evidence.first();
    MarginEntry {
        href: href(0),
        pieces: first.map_or_else(Vec::new, |evidence| pieces(document, evidence, 110)).into(),
        line: first.map_or(0, |evidence| evidence.start_line),
        why: why(atlas, link),
        reads_like: link.reads_like.as_deref().unwrap_or_default(),
        rival: quote::rival(atlas, link),
        by_labels: link.reasons.iter().any(|reason| reason.signal == "labels" && reason.weight > 0.0),
        others: link
            .evidence
            .iter()
            .enumerate()
            .skip(1)
            .take(4)
            .map(|(number, evidence)| OtherPassage {
                href: href(number),
                line: evidence.start_line,
                reason: telling(&atlas.words, evidence),
            })
            .collect(),
        fix: format!("not_principles: [{}]", link.principle),
    }
}

fn suggestion<'a>(atlas: &'a Atlas, link: &'a Link) -> Suggestion<'a> {
    Suggestion {
        line: link.evidence.first().map_or(0, |evidence| evidence.start_line),
        why: why(atlas, link),
        fix: format!("principles: [{}]", link.principle),
    }
}

/// The notes before and after one in its deal.
fn neighbours(atlas: &Atlas, note: usize) -> (Option<Ref<'_>>, Option<Ref<'_>>) {
    let Some(deal) = atlas.notes[note].deal else { return (None, None) };
    let notes = &atlas.deals[deal].notes;
    let Some(at) = notes.iter().position(|&other| other == note) else { return (None, None) };
    let earlier = notes.get(at + 1).map(|&other| note_ref(atlas, other));
    let later = at.checked_sub(1).map(|later| note_ref(atlas, notes[later]));
    (earlier, later)
}

fn backlink(atlas: &Atlas, from: usize, reference: usize) -> Backlink<'_> {
    let note = atlas.note(from);
    let span = note.document.references[reference].span;
    Backlink {
        note: note_ref(atlas, from),
        date: atlas.day_of(from),
        pieces: quote::around(&note.document, span).into(),
    }
}

/// The notes of the same deal around this one.
fn rail(atlas: &Atlas, note: usize) -> Vec<RailEntry<'_>> {
    let Some(deal) = atlas.notes[note].deal else { return Vec::new() };
    let notes = &atlas.deals[deal].notes;
    let at = notes.iter().position(|&other| other == note).unwrap_or(0);
    around(notes.len(), at, MAX_RAIL)
        .map(|position| {
            let other = notes[position];
            RailEntry {
                text: &atlas.note(other).title,
                href: &atlas.notes[other].path,
                count: atlas.day_of(other).map_or_else(String::new, |date| date.short.to_string()),
                current: other == note,
            }
        })
        .collect()
}
