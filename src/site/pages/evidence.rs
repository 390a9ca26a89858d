//! All passages of a principle that has too many for its own page: in short, newest first.

use tera::Value;

use super::principle::{OutcomeCount, counts, list_name, rail};
use super::{Kind, Pager, Plan, RailEntry, Rendering, part, parts};
use crate::site::atlas::Atlas;
use crate::site::context::Given;
use crate::site::plan::part_path;
use crate::site::quote::{Ref, Said, passage_in_short};
use crate::site::template_error::TemplateError;
use crate::site::words::DateWords;

/// Passages on a page.
const PASSAGES: usize = 120;

pub(super) const KIND: Kind = Kind { plan, render, templates: &["evidence"], context: EvidencePage::shape };

context! {
    /// All passages of a principle that has too many for its own page.
    struct EvidencePage<'a> {
        /// The principle.
        principle: &'a Value => Ref<'a>,
        /// How many passages there are in all.
        count: usize,
        /// The passages of this page by outcome.
        counts: Vec<OutcomeCount<'a>>,
        /// The passages of this page, newest first.
        passages: Vec<PassageRow<'a>>,
        /// The pages of passages; none if they are on one page.
        pager: Option<Pager>,
        /// The principles around it.
        rail: Vec<RailEntry<'a>>,
    }
}

context! {
    /// A passage in short.
    pub(in crate::site) struct PassageRow<'a> {
        /// The passage; empty if none speaks for the link.
        pub(in crate::site) pieces: Said,
        /// The note.
        pub(in crate::site) note: Ref<'a>,
        /// The passage on the note's page.
        pub(in crate::site) href: String,
        /// The deal that it belongs to.
        pub(in crate::site) deal: Option<&'a Value> => Option<Ref<'a>>,
        /// How the deal ended: `won`, `partly`, `lost`, `open`, or `none` without a deal.
        pub(in crate::site) outcome: &'static str,
        /// The same for people.
        pub(in crate::site) outcome_text: &'a str,
        /// The note's day.
        pub(in crate::site) date: Option<DateWords>,
        /// `ours`, `theirs`, `mutual` or `unclear`.
        pub(in crate::site) side: &'static str,
        /// The same for people.
        pub(in crate::site) side_text: &'a str,
    }
}

fn plan(atlas: &Atlas, plan: &mut Plan) {
    for (index, place) in atlas.principles.iter().enumerate() {
        let title = &atlas.principle(index).title;
        for part in 0..pages(place.links.len()) {
            plan.page(page_path(atlas, index, part), title, index, part + 1);
        }
    }
}

/// How many pages show all passages, of which there are so many; none if the principle's own page does.
fn pages(passages: usize) -> usize {
    if passages > super::principle::QUOTES { parts(passages, PASSAGES) } else { 0 }
}

fn page_path(atlas: &Atlas, principle: usize, part: usize) -> String {
    let place = &atlas.principles[principle];
    part_path(&place.path, &list_name(&place.slug), part + 1)
}

/// The first page with all passages of a principle, if its own page has not all.
pub(super) fn all_passages(atlas: &Atlas, principle: usize) -> Option<String> {
    (pages(atlas.principles[principle].links.len()) > 0).then(|| page_path(atlas, principle, 0))
}

fn render(rendering: &Rendering) -> Result<Vec<u8>, TemplateError> {
    let atlas = rendering.atlas;
    let index = rendering.page.item;
    let principle = atlas.principle(index);
    let place = &atlas.principles[index];
    let at = rendering.page.part.saturating_sub(1);
    let links = part(&place.links, at, PASSAGES);
    let page = EvidencePage {
        principle: &place.name,
        count: place.links.len(),
        counts: counts(atlas, links),
        passages: links.iter().map(|&at| passage_in_short(atlas, at)).collect(),
        pager: Pager::over(&atlas.words, at, pages(place.links.len()), |part| page_path(atlas, index, part)),
        rail: rail(atlas, index),
    };
    let passages = atlas.words.count("count.linked_passages", place.links.len());
    let values =
        [("title", principle.title.as_str()), ("passages", &passages), ("summary", &principle.summary)];
    rendering.fill(
        "pages/evidence.html",
        "principles",
        &atlas.words.fill("principle.description", &values),
        &page,
    )
}
