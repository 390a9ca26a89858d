//! What waits for a decision: near misses, and notes in which nothing was found.

use serde::Serialize;

use super::deal::note_ref;
use super::{Kind, Pager, Plan, Rendering, part, parts};
use crate::site::atlas::Atlas;
use crate::site::quote::{Piece, Ref, Why, pieces, why};
use crate::site::templates::TemplateError;
use crate::site::words::{self, DateWords};

const NOTES: usize = 25;
const MAX_GUESSES: usize = 3;

pub(super) const KIND: Kind = Kind { plan, render };

/// `page` in `pages/review.html`.
#[derive(Serialize)]
struct ReviewPage<'a> {
    count: String,
    notes: Vec<Waiting<'a>>,
    pager: Option<Pager>,
}

/// A note that waits.
#[derive(Serialize)]
struct Waiting<'a> {
    note: Ref<'a>,
    file: &'a str,
    date: Option<DateWords>,
    deal: Option<Ref<'a>>,
    guesses: Vec<Guess<'a>>,
}

/// A near miss.
#[derive(Serialize)]
struct Guess<'a> {
    pieces: Vec<Piece>,
    /// `notes/x.md:14`
    place: String,
    why: Why<'a>,
    /// What to write into the note to accept it.
    accept: String,
    /// What to write to refuse it.
    refuse: String,
}

fn plan(atlas: &Atlas, plan: &mut Plan) {
    plan.parts("review.html", "review", atlas.words.say("site.review"), 0, parts(atlas.review.len(), NOTES));
}

fn render(rendering: &Rendering) -> Result<Vec<u8>, TemplateError> {
    let atlas = rendering.atlas;
    let page = ReviewPage {
        count: atlas.words.count("review.waiting", atlas.review.len()),
        notes: part(&atlas.review, rendering.page.part, NOTES)
            .iter()
            .map(|&note| waiting(atlas, note))
            .collect(),
        pager: Pager::new(
            &atlas.words,
            "review.html",
            "review",
            rendering.page.part,
            parts(atlas.review.len(), NOTES),
        ),
    };
    let description =
        words::capitalized(&atlas.words.fill("review.description", &[("waiting", &page.count)]));
    rendering.fill("pages/review.html", "review", &description, &page)
}

fn waiting(atlas: &Atlas, index: usize) -> Waiting<'_> {
    let note = atlas.note(index);
    let suggestions = atlas.note_links(index).map_or(&[][..], |found| &found.suggestions);
    Waiting {
        note: note_ref(atlas, index),
        file: &note.id.0,
        date: atlas.day_of(index),
        deal: atlas.notes[index]
            .deal
            .map(|deal| Ref { text: &atlas.deal(deal).name, href: &atlas.deals[deal].path }),
        guesses: suggestions
            .iter()
            .take(MAX_GUESSES)
            .map(|link| {
                let evidence = link.evidence.first();
                Guess {
                    pieces: evidence.map_or_else(Vec::new, |evidence| pieces(&note.document, evidence, 260)),
                    place: evidence.map_or_else(
                        || note.id.0.to_string(),
                        |evidence| format!("{}:{}", note.id.0, evidence.start_line),
                    ),
                    why: why(atlas, link),
                    accept: format!("principles: [{}]", link.principle),
                    refuse: format!("not_principles: [{}]", link.principle),
                }
            })
            .collect(),
    }
}
