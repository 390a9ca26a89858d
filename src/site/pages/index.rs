//! The first page: what comes next, the principles with their record, and what is new.

use super::deal::{DealRow, deal_row};
use super::principle::{PrincipleRow, principle_row};
use super::{Kind, Plan, Rendering};
use crate::site::atlas::Atlas;
use crate::site::context::Given;
use crate::site::quote::{Quote, quote};
use crate::site::template_error::TemplateError;

/// How many open deals, principles and new passages stand here; their lists have all.
const MAX_OPEN: usize = 8;
const MAX_PRINCIPLES: usize = 40;
const MAX_FRESH: usize = 5;

/// Days that count as new, before the newest note.
const FRESH_DAYS: i32 = 30;

pub(super) const KIND: Kind = Kind { plan, render, templates: &["index"], context: IndexPage::shape };

context! {
    /// The first page: what comes next, the principles with their record, and what is new.
    struct IndexPage<'a> {
        /// The playbook's title.
        title: &'a str,
        /// Open deals, by their meeting.
        open: Vec<DealRow<'a>>,
        /// How many there are in all.
        open_count: usize,
        /// Whether one of the open deals waits for a meeting.
        has_meeting: bool,
        /// The principles in the order of the leverage document.
        principles: Vec<PrincipleRow<'a>>,
        /// How many there are in all.
        principle_count: usize,
        /// The best passage of each of the newest notes.
        fresh: Vec<Quote<'a>>,
        /// How many days before the newest note count as new.
        fresh_days: i32,
        /// `12 principles, 42 deals with 6 counterparties, 61 notes`
        summary: String,
        /// Whether there are no notes yet.
        is_empty: bool,
    }
}

fn plan(atlas: &Atlas, plan: &mut Plan) {
    plan.page("index.html", &atlas.edited.config.title, 0, 0);
}

fn render(rendering: &Rendering) -> Result<Vec<u8>, TemplateError> {
    let atlas = rendering.atlas;
    let words = &atlas.words;
    let open: Vec<usize> =
        (0..atlas.deals.len()).filter(|&deal| !atlas.deal(deal).outcome.is_closed()).collect();
    let summary = words.list(&[
        words.count("count.principles", atlas.principles.len()),
        words.count("count.deals", atlas.deals.len()),
        words.count("count.counterparties", atlas.counterparties.len()),
        words.count("count.notes", atlas.notes.len()),
    ]);
    let page = IndexPage {
        title: &atlas.edited.config.title,
        open: open.iter().take(MAX_OPEN).map(|&deal| deal_row(atlas, deal)).collect(),
        open_count: open.len(),
        has_meeting: open.iter().any(|&deal| atlas.deal(deal).facts.meeting.is_some()),
        principles: (0..atlas.principles.len().min(MAX_PRINCIPLES))
            .map(|principle| principle_row(atlas, principle))
            .collect(),
        principle_count: atlas.principles.len(),
        fresh: fresh(atlas),
        fresh_days: FRESH_DAYS,
        is_empty: atlas.notes.is_empty(),
        summary,
    };
    let description = words.fill("home.description", &[("title", page.title), ("summary", &page.summary)]);
    rendering.fill("pages/index.html", "index", &description, &page)
}

/// The best passage of each of the newest notes.
fn fresh(atlas: &Atlas) -> Vec<Quote<'_>> {
    let Some(as_of) = atlas.as_of else { return Vec::new() };
    let is_fresh = |note: usize| {
        let days = atlas.note(note).day().and_then(|day| as_of.since(day).ok()).map(|span| span.get_days());
        days.is_some_and(|days| days <= FRESH_DAYS)
    };
    (0..atlas.notes.len())
        .take_while(|&note| is_fresh(note))
        .filter_map(|note| {
            let link = atlas.links(note).iter().position(|link| !link.evidence.is_empty())?;
            Some(quote(atlas, (note, link)))
        })
        .take(MAX_FRESH)
        .collect()
}
