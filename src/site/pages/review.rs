//! What waits for a decision: near misses, and notes in which nothing was found.

use tera::Value;

use super::deal::note_ref;
use super::{Kind, Pager, Plan, Rendering, part, parts};
use crate::site::atlas::Atlas;
use crate::site::context::Given;
use crate::site::quote::{Ref, Said, Why, pieces, why};
use crate::site::template_error::TemplateError;
use crate::site::words::{self, DateWords};

const NOTES: usize = 25;
const MAX_GUESSES: usize = 3;
const MAX_ODD: usize = 20;

pub(super) const KIND: Kind = Kind { plan, render, templates: &["review"], context: ReviewPage::shape };

context! {
    /// What waits for a decision: near misses, and notes in which nothing was found.
    struct ReviewPage<'a> {
        /// `3 notes wait`
        count: String,
        /// The notes of this part, newest first.
        notes: Vec<Waiting<'a>>,
        /// Notes with odd front matter, on the first part.
        odd: Vec<Odd<'a>>,
        /// How many of them have no room.
        more_odd: usize,
        /// The parts of the list; none if it is on one page.
        pager: Option<Pager>,
    }
}

context! {
    /// A note that waits.
    struct Waiting<'a> {
        /// The note.
        note: Ref<'a>,
        /// Its path below the notes folder.
        file: &'a str,
        /// Its day.
        date: Option<DateWords>,
        /// The deal that it belongs to.
        deal: Option<&'a Value> => Option<Ref<'a>>,
        /// The likeliest principles, best first.
        guesses: Vec<Guess<'a>>,
    }
}

context! {
    /// A note whose front matter is odd.
    struct Odd<'a> {
        /// The note.
        note: Ref<'a>,
        /// Its path below the notes folder.
        file: &'a str,
        /// What is odd.
        problems: Vec<Problem<'a>>,
    }
}

context! {
    /// A problem in a front matter.
    struct Problem<'a> {
        /// `LB014`
        code: &'static str,
        /// What is wrong.
        message: &'a str,
        /// What to do.
        help: Option<&'a str>,
    }
}

context! {
    /// A near miss.
    struct Guess<'a> {
        /// The passage, the telling words marked.
        pieces: Said,
        /// `notes/x.md:14`
        place: String,
        /// The principle, the reason and how sure it is.
        why: Why<'a>,
        /// What to write into the note to accept it.
        accept: String,
        /// What to write to refuse it.
        refuse: String,
    }
}

fn plan(atlas: &Atlas, plan: &mut Plan) {
    plan.parts("review.html", "review", atlas.words.say("site.review"), 0, parts(atlas.review.len(), NOTES));
}

fn render(rendering: &Rendering) -> Result<Vec<u8>, TemplateError> {
    let atlas = rendering.atlas;
    let problems = &atlas.edited.problems;
    let mut odd: Vec<usize> = problems.keys().filter_map(|note| atlas.note_of(note)).collect();
    odd.sort_unstable();
    if rendering.page.part > 0 {
        odd.clear();
    }
    let page = ReviewPage {
        count: atlas.words.count("review.waiting", atlas.review.len()),
        notes: part(&atlas.review, rendering.page.part, NOTES)
            .iter()
            .map(|&note| waiting(atlas, note))
            .collect(),
        odd: odd.iter().take(MAX_ODD).map(|&note| odd_note(atlas, note)).collect(),
        more_odd: odd.len().saturating_sub(MAX_ODD),
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

fn odd_note(atlas: &Atlas, index: usize) -> Odd<'_> {
    let note = atlas.note(index);
    let problems = atlas.edited.problems.get(&note.id).map_or(&[][..], Vec::as_slice);
    Odd {
        note: note_ref(atlas, index),
        file: &note.id.0,
        problems: problems
            .iter()
            .take(MAX_GUESSES)
            .map(|problem| Problem {
                code: problem.code.as_str(),
                message: &problem.message,
                help: problem.help.as_deref(),
            })
            .collect(),
    }
}

fn waiting(atlas: &Atlas, index: usize) -> Waiting<'_> {
    let note = atlas.note(index);
    let suggestions = atlas.note_links(index).map_or(&[][..], |found| &found.suggestions);
    Waiting {
        note: note_ref(atlas, index),
        file: &note.id.0,
        date: atlas.day_of(index),
        deal: atlas.notes[index].deal.map(|deal| &atlas.deals[deal].name),
        guesses: suggestions
            .iter()
            .take(MAX_GUESSES)
            .map(|link| {
                let evidence = link.evidence.first();
                Guess {
                    pieces: evidence
                        .map_or_else(Vec::new, |evidence| pieces(&note.document, evidence, 260))
                        .into(),
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
