//! A tag: the notes that carry it or a tag below it.

use super::deal::note_ref;
use super::{Kind, Pager, Plan, Rendering, part, parts};
use crate::site::atlas::Atlas;
use crate::site::context::Given;
use crate::site::quote::Ref;
use crate::site::template_error::TemplateError;
use crate::site::words::{self, DateWords};

const NOTES: usize = 100;
const MAX_CHILDREN: usize = 100;

pub(super) const KIND: Kind = Kind { plan, render, templates: &["tag"], context: TagPage::shape };

context! {
    /// A tag: the notes that carry it or a tag below it.
    struct TagPage<'a> {
        /// The tag without `#`.
        name: &'a str,
        /// The tag above it.
        parent: Option<Ref<'a>>,
        /// The tags directly below it.
        children: Vec<Child<'a>>,
        /// `3 notes`
        count: String,
        /// The notes of this part, newest first.
        notes: Vec<NoteRow<'a>>,
        /// The parts of the list; none if it is on one page.
        pager: Option<Pager>,
    }
}

context! {
    /// A tag directly below another.
    struct Child<'a> {
        /// The tag.
        tag: Ref<'a>,
        /// How many notes carry it.
        count: usize,
    }
}

context! {
    /// A note in a list.
    struct NoteRow<'a> {
        /// The note.
        note: Ref<'a>,
        /// Its day.
        date: Option<DateWords>,
        /// The deal that it belongs to.
        deal: Option<Ref<'a>>,
    }
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
