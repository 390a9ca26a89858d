//! Every name in one list; the script turns it into a search.

use serde::Serialize;

use super::{Kind, Plan, Rendering};
use crate::site::atlas::{Atlas, fold};
use crate::site::quote::Ref;
use crate::site::templates::TemplateError;

/// From so many names on the notes have lists of their own instead.
const MAX_NAMES: usize = 600;

pub(super) const KIND: Kind = Kind { plan, render };

/// `page` in `pages/search.html`.
#[derive(Serialize)]
struct SearchPage<'a> {
    groups: Vec<Group<'a>>,
}

#[derive(Serialize)]
struct Group<'a> {
    title: &'a str,
    /// The list that has all of them.
    href: &'static str,
    names: Vec<Ref<'a>>,
    /// How many are only in that list.
    more: usize,
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
