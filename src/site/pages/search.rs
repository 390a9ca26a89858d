//! The search with its filters, and every name in one list for those without script.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::{Kind, Plan, Rendering};
use crate::playbook::Outcome;
use crate::search::Kind as PageKind;
use crate::site::atlas::{Atlas, fold};
use crate::site::context::Given;
use crate::site::quote::Ref;
use crate::site::template_error::TemplateError;

/// From so many names on the notes have lists of their own instead.
const MAX_NAMES: usize = 600;

/// More counterparties or principles are not offered for choice but typed.
const MAX_CHOICES: usize = 150;

pub(super) const KIND: Kind = Kind { plan, render, templates: &["search"], context: SearchPage::shape };

context! {
    /// The search with its filters, and a list of all names for those without script.
    struct SearchPage<'a> {
        /// By what hits can be narrowed.
        filters: Vec<Filter<'a>>,
        /// All names, by kind.
        groups: Vec<Group<'a>>,
    }
}

context! {
    /// Something by which hits are narrowed; its choice is written into the query as `key:value`.
    struct Filter<'a> {
        /// The word of the query.
        key: &'static str,
        /// The same for people.
        label: &'a str,
        /// Empty if there are too many; then it is typed.
        options: Vec<Choice<'a>>,
    }
}

context! {
    /// A choice of a filter.
    struct Choice<'a> {
        /// What is written into the query.
        value: Cow<'a, str>,
        /// The same for people.
        text: Cow<'a, str>,
    }
}

context! {
    /// The names of one kind.
    struct Group<'a> {
        /// The heading.
        title: &'a str,
        /// The list that has all of them.
        href: &'static str,
        /// The names in the order of letters.
        names: Vec<Ref<'a>>,
        /// How many are only in that list.
        more: usize,
    }
}

fn plan(atlas: &Atlas, plan: &mut Plan) {
    plan.page("search.html", atlas.words.say("site.search"), 0, 0);
}

fn render(rendering: &Rendering) -> Result<Vec<u8>, TemplateError> {
    let atlas = rendering.atlas;
    let playbook = atlas.playbook();
    let principles = playbook.leverage.principles.iter().map(|principle| principle.title.as_str());
    let deals = playbook.deals.iter().map(|deal| deal.name.as_str());
    let parties = playbook.counterparties.iter().map(|party| party.name.as_str());
    let notes = playbook.notes.iter().map(|note| note.title.as_str());
    let page = SearchPage {
        filters: filters(atlas),
        groups: vec![
            group(
                atlas.words.say("site.principles"),
                "principles/index.html",
                principles.zip(atlas.principles.iter().map(|place| place.path.as_str())),
            ),
            group(
                atlas.words.say("site.deals"),
                "deals/index.html",
                deals.zip(atlas.deals.iter().map(|place| place.path.as_str())),
            ),
            group(
                atlas.words.say("site.counterparties"),
                "counterparties/index.html",
                parties.zip(atlas.counterparties.iter().map(|place| place.path.as_str())),
            ),
            group(
                atlas.words.say("site.notes"),
                "notes/index.html",
                notes.zip(atlas.notes.iter().map(|place| place.path.as_str())),
            ),
        ],
    };
    rendering.fill("pages/search.html", "search", atlas.words.say("search.description"), &page)
}

fn filters(atlas: &Atlas) -> Vec<Filter<'_>> {
    let playbook = atlas.playbook();
    let say = |key| atlas.words.say(key);
    let kind_names = ["site.principles", "site.counterparties", "site.deals", "site.notes"];
    let kinds = PageKind::ALL.into_iter().zip(kind_names);
    let kinds = kinds.map(|(kind, name)| choice(kind.as_str(), say(name)));
    let outcomes =
        Outcome::ALL.into_iter().map(|outcome| choice(outcome.as_str(), atlas.words.outcome(outcome)));
    let years: BTreeSet<i16> =
        playbook.notes.iter().filter_map(|note| note.day()).map(jiff::civil::Date::year).collect();
    let years = years.into_iter().rev().map(|year| choice(year.to_string(), year.to_string()));
    let parties =
        playbook.counterparties.iter().map(|party| choice(party.name.as_str(), party.name.as_str()));
    let principles =
        playbook.leverage.principles.iter().map(|known| choice(known.title.as_str(), known.title.as_str()));
    vec![
        Filter { key: "kind", label: say("search.kind"), options: kinds.collect() },
        Filter { key: "outcome", label: say("search.outcome"), options: outcomes.collect() },
        Filter { key: "year", label: say("search.year"), options: years.collect() },
        Filter { key: "counterparty", label: say("kind.counterparty"), options: limited(parties) },
        Filter { key: "principle", label: say("kind.principle"), options: limited(principles) },
    ]
}

/// The choices, or none if there are too many.
fn limited<'a>(choices: impl ExactSizeIterator<Item = Choice<'a>>) -> Vec<Choice<'a>> {
    if choices.len() > MAX_CHOICES { Vec::new() } else { choices.collect() }
}

fn choice<'a>(value: impl Into<Cow<'a, str>>, text: impl Into<Cow<'a, str>>) -> Choice<'a> {
    Choice { value: value.into(), text: text.into() }
}

fn group<'a>(
    title: &'a str,
    href: &'static str,
    names: impl Iterator<Item = (&'a str, &'a str)>,
) -> Group<'a> {
    let mut names: Vec<Ref> = names.map(|(text, href)| Ref { text, href }).collect();
    let more = names.len().saturating_sub(MAX_NAMES / 4);
    names.truncate(MAX_NAMES / 4);
    names.sort_by_cached_key(|name| (fold(name.text), name.href));
    Group { title, href, names, more }
}
