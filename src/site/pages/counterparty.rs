//! A counterparty: their deals, what moved them, and what was said.

use std::collections::BTreeMap;

use serde::Serialize;

use super::deal::{DealRow, deal_row, note_ref};
use super::principle::principle_ref;
use super::{Kind, Pager, Plan, Rendering, part, parts};
use crate::playbook::Side;
use crate::site::atlas::Atlas;
use crate::site::plots::Tally;
use crate::site::quote::{Quote, Ref, quote};
use crate::site::templates::TemplateError;
use crate::site::words::DateWords;

const DEALS: usize = 60;
const MAX_MOVED: usize = 12;
const MAX_QUOTES: usize = 8;
const MAX_NOTES: usize = 40;
const MAX_PEOPLE: usize = 60;

pub(super) const KIND: Kind = Kind { plan, render };

/// `page` in `pages/counterparty.html`.
#[derive(Serialize)]
struct CounterpartyPage<'a> {
    title: &'a str,
    record: String,
    people: Vec<&'a str>,
    deals: Vec<DealRow<'a>>,
    pager: Option<Pager>,
    moved: Vec<Moved<'a>>,
    quotes: Vec<Quote<'a>>,
    notes: Vec<NoteRow<'a>>,
    note_count: usize,
}

/// A principle that was ours in deals with them.
#[derive(Serialize)]
struct Moved<'a> {
    principle: Ref<'a>,
    record: String,
    /// Deals in which it was theirs.
    theirs: String,
}

#[derive(Serialize)]
struct NoteRow<'a> {
    note: Ref<'a>,
    date: Option<DateWords>,
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
        quotes: quotes(atlas, index),
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

/// The best passage of each of the newest notes with them.
fn quotes(atlas: &Atlas, index: usize) -> Vec<Quote<'_>> {
    let notes = atlas.counterparties[index].notes.iter();
    notes
        .filter_map(|&note| {
            let link = atlas.links(note).iter().position(|link| !link.evidence.is_empty())?;
            Some(quote(atlas, (note, link)))
        })
        .take(MAX_QUOTES)
        .collect()
}
