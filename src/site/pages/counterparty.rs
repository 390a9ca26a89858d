//! A counterparty: their deals, what moved them, and what was said.

use std::collections::BTreeMap;

use super::deal::{DealRow, deal_row, note_ref, when};
use super::principle::principle_ref;
use super::{Kind, Pager, Plan, Rendering, part, parts};
use crate::markdown::PassageKind;
use crate::playbook::Side;
use crate::site::atlas::Atlas;
use crate::site::context::Given;
use crate::site::plots::Tally;
use crate::site::quote::{Piece, Quote, Ref, quote, said};
use crate::site::template_error::TemplateError;
use crate::site::words::DateWords;

const DEALS: usize = 60;
const MAX_MOVED: usize = 12;
const MAX_QUOTES: usize = 8;
const MAX_DEADLINES: usize = 20;
const MAX_PROMISES: usize = 6;
/// How many notes are searched for promises.
const MAX_SEARCHED: usize = 300;
const PROMISE_LENGTH: usize = 240;
const MAX_NOTES: usize = 40;
const MAX_PEOPLE: usize = 60;

pub(super) const KIND: Kind =
    Kind { plan, render, templates: &["counterparty"], context: CounterpartyPage::shape };

context! {
    /// A counterparty: their deals, what moved them, and what was said.
    struct CounterpartyPage<'a> {
        /// Their name.
        title: &'a str,
        /// What came of their deals, `3 closed deals: 2 won, 1 lost`.
        record: String,
        /// Who sits on their side.
        people: Vec<&'a str>,
        /// Their deals, open ones and the newest first.
        deals: Vec<DealRow<'a>>,
        /// The parts of the list of deals; none if it is on one page.
        pager: Option<Pager>,
        /// Principles that were used with them, by what came of them.
        moved: Vec<Moved<'a>>,
        /// What they used against us: their levers, the newest first.
        against: Vec<Quote<'a>>,
        /// What was noted else.
        quotes: Vec<Quote<'a>>,
        /// When they must be done, deal by deal.
        deadlines: Vec<Deadline<'a>>,
        /// Passages that speak of a promise.
        promises: Vec<Promise<'a>>,
        /// The newest notes of their deals.
        notes: Vec<NoteRow<'a>>,
        /// How many notes their deals have.
        note_count: usize,
    }
}

context! {
    /// A principle that was ours in deals with them.
    struct Moved<'a> {
        /// The principle.
        principle: Ref<'a>,
        /// What came of the deals in which it was ours.
        record: String,
        /// Deals in which it was theirs.
        theirs: String,
    }
}

context! {
    /// When they must be done in a deal.
    struct Deadline<'a> {
        /// The deal.
        deal: Ref<'a>,
        /// `won`, `partly`, `lost` or `open`.
        outcome: &'static str,
        /// The same for people.
        outcome_text: &'a str,
        /// The date as people say it, or the words of the note.
        when: String,
    }
}

context! {
    /// A passage that speaks of a promise, theirs or ours.
    struct Promise<'a> {
        /// The passage, the word that promises marked.
        pieces: Vec<Piece>,
        /// The note.
        note: Ref<'a>,
        /// The note's day.
        date: Option<DateWords>,
        /// `note.md:14`
        place: String,
    }
}

context! {
    /// A note in a list.
    struct NoteRow<'a> {
        /// The note.
        note: Ref<'a>,
        /// Its day.
        date: Option<DateWords>,
    }
}

fn plan(atlas: &Atlas, plan: &mut Plan) {
    for (index, place) in atlas.counterparties.iter().enumerate() {
        let title = &atlas.counterparty(index).name;
        plan.parts(&place.path, &list_name(&place.slug), title, index, parts(place.deals.len(), DEALS));
    }
}

fn list_name(slug: &str) -> String {
    format!("counterparty-{slug}")
}

fn render(rendering: &Rendering) -> Result<Vec<u8>, TemplateError> {
    let atlas = rendering.atlas;
    let index = rendering.page.item;
    let counterparty = atlas.counterparty(index);
    let place = &atlas.counterparties[index];
    let mut tally = Tally::default();
    place.deals.iter().for_each(|&deal| tally.add(atlas.deal(deal).outcome));
    let page = CounterpartyPage {
        title: &counterparty.name,
        record: tally.sentence(&atlas.words),
        people: counterparty.people.iter().take(MAX_PEOPLE).map(String::as_str).collect(),
        deals: part(&place.deals, rendering.page.part, DEALS)
            .iter()
            .map(|&deal| deal_row(atlas, deal))
            .collect(),
        pager: Pager::new(
            &atlas.words,
            &place.path,
            &list_name(&place.slug),
            rendering.page.part,
            parts(place.deals.len(), DEALS),
        ),
        moved: moved(atlas, index),
        against: quotes(atlas, index, |side| side == Side::Theirs),
        quotes: quotes(atlas, index, |side| side != Side::Theirs),
        deadlines: deadlines(atlas, index),
        promises: promises(atlas, index),
        notes: place
            .notes
            .iter()
            .take(MAX_NOTES)
            .map(|&note| NoteRow { note: note_ref(atlas, note), date: atlas.day_of(note) })
            .collect(),
        note_count: place.notes.len(),
    };
    let description = atlas
        .words
        .fill("counterparty.description", &[("name", &counterparty.name), ("record", &page.record)]);
    rendering.fill("pages/counterparty.html", "counterparties", &description, &page)
}

/// Principles in deals with them, those that won most first; ours and theirs counted apart.
fn moved(atlas: &Atlas, index: usize) -> Vec<Moved<'_>> {
    let mut tallies: BTreeMap<usize, (Tally, Tally)> = BTreeMap::new();
    for &deal in &atlas.counterparties[index].deals {
        for standing in &atlas.deals[deal].standings {
            let outcome = atlas.deal(deal).outcome;
            match standing.side {
                Some(Side::Ours) => tallies.entry(standing.principle).or_default().0.add(outcome),
                Some(Side::Theirs) => tallies.entry(standing.principle).or_default().1.add(outcome),
                _ => {}
            }
        }
    }
    let mut rows: Vec<(usize, Tally, Tally)> =
        tallies.into_iter().map(|(principle, (ours, theirs))| (principle, ours, theirs)).collect();
    rows.sort_by_key(|&(principle, ours, _)| (std::cmp::Reverse((ours.won, ours.all())), principle));
    rows.truncate(MAX_MOVED);
    rows.into_iter()
        .map(|(principle, ours, theirs)| Moved {
            principle: principle_ref(atlas, principle),
            record: ours.sentence(&atlas.words),
            theirs: if theirs.all() == 0 { String::new() } else { theirs.sentence(&atlas.words) },
        })
        .collect()
}

/// Their deadlines, those of open deals first.
fn deadlines(atlas: &Atlas, index: usize) -> Vec<Deadline<'_>> {
    let deals = atlas.counterparties[index].deals.iter();
    let deadline = |&deal: &usize| {
        let fact = atlas.deal(deal).facts.their_deadline.as_ref()?;
        Some(Deadline {
            deal: Ref { text: &atlas.deal(deal).name, href: &atlas.deals[deal].path },
            outcome: atlas.deal(deal).outcome.as_str(),
            outcome_text: atlas.words.outcome(atlas.deal(deal).outcome),
            when: when(&atlas.words, &fact.value),
        })
    };
    deals.filter_map(deadline).take(MAX_DEADLINES).collect()
}

/// Passages of the newest notes in which a word of the language's list of promising words stands.
fn promises(atlas: &Atlas, index: usize) -> Vec<Promise<'_>> {
    let mut found = Vec::new();
    for &note in atlas.counterparties[index].notes.iter().take(MAX_SEARCHED) {
        let document = &atlas.note(note).document;
        for passage in document.passages.iter().filter(|passage| passage.kind != PassageKind::Heading) {
            let Some(word) = atlas.words.promising_word(&passage.text) else { continue };
            let line = document.source.line(passage.span.start);
            let name = atlas.note(note).id.0.rsplit('/').next().unwrap_or_default();
            found.push(Promise {
                pieces: said(passage, word, PROMISE_LENGTH),
                note: note_ref(atlas, note),
                date: atlas.day_of(note),
                place: format!("{name}:{line}"),
            });
            if found.len() == MAX_PROMISES {
                return found;
            }
        }
    }
    found
}

/// The best passage that one side holds of each of the newest notes with them.
fn quotes(atlas: &Atlas, index: usize, wanted: impl Fn(Side) -> bool) -> Vec<Quote<'_>> {
    let notes = atlas.counterparties[index].notes.iter();
    notes
        .filter_map(|&note| {
            let link =
                atlas.links(note).iter().position(|link| wanted(link.side) && !link.evidence.is_empty())?;
            Some(quote(atlas, (note, link)))
        })
        .take(MAX_QUOTES)
        .collect()
}
