//! Plain lists of everything of one kind, in parts.

use serde::Serialize;

use super::{Kind, Pager, Plan, Rendering, part, parts};
use crate::site::atlas::{Atlas, fold, note_day};
use crate::site::plots::Tally;
use crate::site::quote::Ref;
use crate::site::templates::TemplateError;
use crate::site::words;

const ENTRIES: usize = 100;

pub(super) const PRINCIPLES: Kind = Kind {
    plan: |atlas, plan| LIST_OF_PRINCIPLES.plan(atlas, plan),
    render: |page| LIST_OF_PRINCIPLES.render(page),
};
pub(super) const DEALS: Kind =
    Kind { plan: |atlas, plan| LIST_OF_DEALS.plan(atlas, plan), render: |page| LIST_OF_DEALS.render(page) };
pub(super) const COUNTERPARTIES: Kind = Kind {
    plan: |atlas, plan| LIST_OF_COUNTERPARTIES.plan(atlas, plan),
    render: |page| LIST_OF_COUNTERPARTIES.render(page),
};
pub(super) const NOTES: Kind =
    Kind { plan: |atlas, plan| LIST_OF_NOTES.plan(atlas, plan), render: |page| LIST_OF_NOTES.render(page) };
pub(super) const TAGS: Kind =
    Kind { plan: |atlas, plan| LIST_OF_TAGS.plan(atlas, plan), render: |page| LIST_OF_TAGS.render(page) };

/// What is listed, and how an entry looks.
struct List {
    name: &'static str,
    title: &'static str,
    /// What an empty list says.
    empty: &'static str,
    /// Indices in the order in which they are shown.
    order: fn(&Atlas) -> Vec<usize>,
    row: for<'a> fn(&'a Atlas, usize) -> Row<'a>,
}

/// `page` in `pages/list.html`.
#[derive(Serialize)]
struct ListPage<'a> {
    name: &'static str,
    title: &'static str,
    empty: &'static str,
    count: usize,
    rows: Vec<Row<'a>>,
    pager: Option<Pager>,
}

/// An entry.
#[derive(Serialize)]
struct Row<'a> {
    entry: Ref<'a>,
    /// Empty for what has none.
    outcome: &'static str,
    outcome_text: &'static str,
    detail: String,
    /// How deep it is nested.
    level: usize,
}

const LIST_OF_PRINCIPLES: List = List {
    name: "principles",
    title: "Principles",
    empty: "The leverage document lists no principle yet.",
    order: |atlas| (0..atlas.principles.len()).collect(),
    row: |atlas, index| {
        let links = words::count(atlas.principles[index].links.len(), "linked passage", "linked passages");
        let entry = Ref { text: &atlas.principle(index).title, href: &atlas.principles[index].path };
        Row::plain(entry, format!("{links}; {}", atlas.record(index)))
    },
};

const LIST_OF_DEALS: List = List {
    name: "deals",
    title: "Deals",
    empty: "No note names a deal yet.",
    order: |atlas| (0..atlas.deals.len()).collect(),
    row: |atlas, index| {
        let deal = atlas.deal(index);
        let place = &atlas.deals[index];
        let mut detail = vec![words::shorten(&words::list(&deal.counterparties), 80).into_owned()];
        detail.push(place.day.map_or_else(String::new, |day| words::DateWords::of(day).text));
        detail.push(format!("{} of {} principles covered", atlas.covered(index), atlas.principles.len()));
        detail.retain(|part| !part.is_empty());
        let entry = Ref { text: &deal.name, href: &place.path };
        Row {
            outcome: deal.outcome.as_str(),
            outcome_text: words::outcome(deal.outcome),
            ..Row::plain(entry, detail.join(", "))
        }
    },
};

const LIST_OF_COUNTERPARTIES: List = List {
    name: "counterparties",
    title: "Counterparties",
    empty: "No note names a counterparty yet.",
    order: |atlas| (0..atlas.counterparties.len()).collect(),
    row: |atlas, index| {
        let place = &atlas.counterparties[index];
        let mut tally = Tally::default();
        place.deals.iter().for_each(|&deal| tally.add(atlas.deal(deal).outcome));
        Row::plain(Ref { text: &atlas.counterparty(index).name, href: &place.path }, tally.sentence())
    },
};

const LIST_OF_NOTES: List = List {
    name: "notes",
    title: "Notes",
    empty: "There are no notes yet.",
    order: |atlas| (0..atlas.notes.len()).collect(),
    row: |atlas, index| {
        let note = atlas.note(index);
        let mut detail = vec![note_day(note).map_or_else(String::new, |date| date.text)];
        detail.push(atlas.notes[index].deal.map_or_else(String::new, |deal| atlas.deal(deal).name.clone()));
        detail.retain(|part| !part.is_empty());
        Row::plain(Ref { text: &note.title, href: &atlas.notes[index].path }, detail.join(", "))
    },
};

const LIST_OF_TAGS: List = List {
    name: "tags",
    title: "Tags",
    empty: "No note has a tag yet.",
    order: |atlas| {
        let mut order: Vec<usize> = (0..atlas.tags.len()).collect();
        // A tag's own tags follow it: `a/b` stands before `a-c`.
        order.sort_by_cached_key(|&tag| fold(&atlas.tags[tag].name).replace('/', "\0"));
        order
    },
    row: |atlas, index| {
        let tag = &atlas.tags[index];
        Row {
            level: tag.name.matches('/').count().min(8),
            ..Row::plain(
                Ref { text: &tag.name, href: &tag.path },
                words::count(tag.notes.len(), "note", "notes"),
            )
        }
    },
};

impl<'a> Row<'a> {
    fn plain(entry: Ref<'a>, detail: String) -> Self {
        Self { entry, outcome: "", outcome_text: "", detail, level: 0 }
    }
}

impl List {
    fn path(&self) -> String {
        format!("{}/index.html", self.name)
    }

    fn plan(&self, atlas: &Atlas, plan: &mut Plan) {
        let entries = (self.order)(atlas).len();
        plan.parts(&self.path(), self.name, &format!("All {}", self.name), 0, parts(entries, ENTRIES));
    }

    fn render(&self, rendering: &Rendering) -> Result<Vec<u8>, TemplateError> {
        let atlas = rendering.atlas;
        let order = (self.order)(atlas);
        let page = ListPage {
            name: self.name,
            title: self.title,
            empty: self.empty,
            count: order.len(),
            rows: part(&order, rendering.page.part, ENTRIES)
                .iter()
                .map(|&index| (self.row)(atlas, index))
                .collect(),
            pager: Pager::new(&self.path(), self.name, rendering.page.part, parts(order.len(), ENTRIES)),
        };
        let description = format!("All {} {} of this playbook.", order.len(), self.name);
        rendering.fill("pages/list.html", self.name, &description, &page)
    }
}
