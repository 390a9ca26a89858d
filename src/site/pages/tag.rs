//! A tag: the notes that carry it or a tag below it.

use serde::Serialize;

use super::deal::note_ref;
use super::{Kind, Pager, Plan, Rendering, part, parts};
use crate::site::atlas::Atlas;
use crate::site::quote::Ref;
use crate::site::templates::TemplateError;
use crate::site::words::{self, DateWords};

const NOTES: usize = 100;
const MAX_CHILDREN: usize = 100;

pub(super) const KIND: Kind = Kind { plan, render };

/// `page` in `pages/tag.html`.
#[derive(Serialize)]
struct TagPage<'a> {
    name: &'a str,
    parent: Option<Ref<'a>>,
    children: Vec<Child<'a>>,
    count: String,
    notes: Vec<NoteRow<'a>>,
    pager: Option<Pager>,
}

#[derive(Serialize)]
struct Child<'a> {
    tag: Ref<'a>,
    count: usize,
}

#[derive(Serialize)]
struct NoteRow<'a> {
    note: Ref<'a>,
    date: Option<DateWords>,
    deal: Option<Ref<'a>>,
}

fn plan(atlas: &Atlas, plan: &mut Plan) {
    for (index, place) in atlas.tags.iter().enumerate() {
        let title = format!("#{}", place.name);
        plan.parts(
            &place.path,
            &format!("tag-{}", place.slug),
            &title,
            index,
            parts(place.notes.len(), NOTES),
        );
    }
}

fn render(rendering: &Rendering) -> Result<Vec<u8>, TemplateError> {
    let atlas = rendering.atlas;
    let place = &atlas.tags[rendering.page.item];
    let tag_ref = |tag: usize| Ref { text: &atlas.tags[tag].name, href: &atlas.tags[tag].path };
    let page = TagPage {
        name: &place.name,
        parent: place.parent.map(tag_ref),
        children: place
            .children
            .iter()
            .take(MAX_CHILDREN)
            .map(|&child| Child { tag: tag_ref(child), count: atlas.tags[child].notes.len() })
            .collect(),
        count: atlas.words.count("count.notes", place.notes.len()),
        notes: part(&place.notes, rendering.page.part, NOTES)
            .iter()
            .map(|&note| NoteRow {
                note: note_ref(atlas, note),
                date: atlas.day_of(note),
                deal: atlas.notes[note]
                    .deal
                    .map(|deal| Ref { text: &atlas.deal(deal).name, href: &atlas.deals[deal].path }),
            })
            .collect(),
        pager: Pager::new(
            &atlas.words,
            &place.path,
            &format!("tag-{}", place.slug),
            rendering.page.part,
            parts(place.notes.len(), NOTES),
        ),
    };
    let description = words::capitalized(
        &atlas.words.fill("tag.description", &[("notes", &page.count), ("tag", &place.name)]),
    );
    rendering.fill("pages/tag.html", "tags", &description, &page)
}
