//! Plain lists of everything of one kind, in parts.

use super::{Kind, Pager, Plan, Rendering, part, parts};
use crate::site::atlas::{Atlas, fold};
use crate::site::context::Given;
use crate::site::plots::Tally;
use crate::site::quote::Ref;
use crate::site::template_error::TemplateError;
use crate::site::words;

const ENTRIES: usize = 100;

pub(super) const PRINCIPLES: Kind = Kind {
    plan: |atlas, plan| LIST_OF_PRINCIPLES.plan(atlas, plan),
    render: |page| LIST_OF_PRINCIPLES.render(page),
    templates: &["list"],
    context: ListPage::shape,
};
pub(super) const DEALS: Kind = Kind {
    plan: |atlas, plan| LIST_OF_DEALS.plan(atlas, plan),
    render: |page| LIST_OF_DEALS.render(page),
    templates: &["list"],
    context: ListPage::shape,
};
pub(super) const COUNTERPARTIES: Kind = Kind {
    plan: |atlas, plan| LIST_OF_COUNTERPARTIES.plan(atlas, plan),
    render: |page| LIST_OF_COUNTERPARTIES.render(page),
    templates: &["list"],
    context: ListPage::shape,
};
pub(super) const NOTES: Kind = Kind {
    plan: |atlas, plan| LIST_OF_NOTES.plan(atlas, plan),
    render: |page| LIST_OF_NOTES.render(page),
    templates: &["list"],
    context: ListPage::shape,
};
pub(super) const TAGS: Kind = Kind {
    plan: |atlas, plan| LIST_OF_TAGS.plan(atlas, plan),
    render: |page| LIST_OF_TAGS.render(page),
    templates: &["list"],
    context: ListPage::shape,
};

/// What is listed, and how an entry looks.
struct List {
    name: &'static str,
    /// Keys of its words: the heading, the page's title, what an empty list says.
    title: &'static str,
    page_title: &'static str,
    empty: &'static str,
    /// Indices in the order in which they are shown.
    order: fn(&Atlas) -> Vec<usize>,
    row: for<'a> fn(&'a Atlas, usize) -> Row<'a>,
}

context! {
    /// A plain list of everything of one kind.
    struct ListPage<'a> {
        /// `principles`, `deals`, `counterparties`, `notes` or `tags`.
        name: &'static str,
        /// The heading.
        title: &'a str,
        /// What an empty list says.
        empty: &'a str,
        /// How many entries there are in all.
        count: usize,
        /// The entries of this part.
        rows: Vec<Row<'a>>,
        /// The parts of the list; none if it is on one page.
        pager: Option<Pager>,
    }
}

context! {
    /// An entry.
    struct Row<'a> {
        /// Its name and page.
        entry: Ref<'a>,
        /// Empty for what has none.
        outcome: &'static str,
        /// The outcome for people.
        outcome_text: &'a str,
        /// What stands beside it.
        detail: String,
        /// How deep it is nested.
        level: usize,
    }
}

const LIST_OF_PRINCIPLES: List = List {
    name: "principles",
    title: "site.principles",
    page_title: "lists.all_principles",
    empty: "lists.no_principles",
    order: |atlas| (0..atlas.principles.len()).collect(),
    row: |atlas, index| {
        let passages = atlas.words.count("count.linked_passages", atlas.principles[index].links.len());
        let entry = Ref { text: &atlas.principle(index).title, href: &atlas.principles[index].path };
        Row::plain(
            entry,
            atlas.words.fill("lists.principle", &[("passages", &passages), ("record", &atlas.record(index))]),
        )
    },
};

const LIST_OF_DEALS: List = List {
    name: "deals",
    title: "site.deals",
    page_title: "lists.all_deals",
    empty: "lists.no_deals",
    order: |atlas| (0..atlas.deals.len()).collect(),
    row: |atlas, index| {
        let deal = atlas.deal(index);
        let place = &atlas.deals[index];
        let mut detail = vec![words::shorten(&atlas.words.list(&deal.counterparties), 80).into_owned()];
        detail.push(place.day.map_or_else(String::new, |day| atlas.date(day).text.to_string()));
        detail.push(atlas.words.fill(
            "row.principles_covered",
            &[("n", &atlas.covered(index).to_string()), ("of", &atlas.principles.len().to_string())],
        ));
        detail.retain(|part| !part.is_empty());
        let entry = Ref { text: &deal.name, href: &place.path };
        Row {
            outcome: deal.outcome.as_str(),
            outcome_text: atlas.words.outcome(deal.outcome),
            ..Row::plain(entry, detail.join(", "))
        }
    },
};

const LIST_OF_COUNTERPARTIES: List = List {
    name: "counterparties",
    title: "site.counterparties",
    page_title: "lists.all_counterparties",
    empty: "lists.no_counterparties",
    order: |atlas| (0..atlas.counterparties.len()).collect(),
    row: |atlas, index| {
        let place = &atlas.counterparties[index];
        let mut tally = Tally::default();
        place.deals.iter().for_each(|&deal| tally.add(atlas.deal(deal).outcome));
        Row::plain(
            Ref { text: &atlas.counterparty(index).name, href: &place.path },
            tally.sentence(&atlas.words),
        )
    },
};

const LIST_OF_NOTES: List = List {
    name: "notes",
    title: "site.notes",
    page_title: "lists.all_notes",
    empty: "lists.no_notes",
    order: |atlas| (0..atlas.notes.len()).collect(),
    row: |atlas, index| {
        let note = atlas.note(index);
        let mut detail = vec![atlas.day_of(index).map_or_else(String::new, |date| date.text.to_string())];
        detail.push(atlas.notes[index].deal.map_or_else(String::new, |deal| atlas.deal(deal).name.clone()));
        detail.retain(|part| !part.is_empty());
        Row::plain(Ref { text: &note.title, href: &atlas.notes[index].path }, detail.join(", "))
    },
};

const LIST_OF_TAGS: List = List {
    name: "tags",
    title: "site.tags",
    page_title: "lists.all_tags",
    empty: "lists.no_tags",
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
                atlas.words.count("count.notes", tag.notes.len()),
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
        plan.parts(&self.path(), self.name, atlas.words.say(self.page_title), 0, parts(entries, ENTRIES));
    }

    fn render(&self, rendering: &Rendering) -> Result<Vec<u8>, TemplateError> {
        let atlas = rendering.atlas;
        let order = (self.order)(atlas);
        let page = ListPage {
            name: self.name,
            title: atlas.words.say(self.title),
            empty: atlas.words.say(self.empty),
            count: order.len(),
            rows: part(&order, rendering.page.part, ENTRIES)
                .iter()
                .map(|&index| (self.row)(atlas, index))
                .collect(),
            pager: Pager::new(
                &atlas.words,
                &self.path(),
                self.name,
                rendering.page.part,
                parts(order.len(), ENTRIES),
            ),
        };
        let description = atlas.words.count_with("lists.description", order.len(), &[("title", page.title)]);
        rendering.fill("pages/list.html", self.name, &description, &page)
    }
}
