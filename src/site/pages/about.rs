//! How links are made, what the words and signs mean, and what this edition holds.

use serde::Serialize;

use super::{Kind, Plan, Rendering};
use crate::site::atlas::Atlas;
use crate::site::templates::TemplateError;
use crate::site::words;

pub(super) const KIND: Kind = Kind { plan, render };

/// `page` in `pages/about.html`.
#[derive(Serialize)]
struct AboutPage {
    /// Least probability of a link, in percent.
    min_percent: i64,
    max_links: usize,
    principles: String,
    deals: String,
    links: String,
}

fn plan(_: &Atlas, plan: &mut Plan) {
    plan.page("about.html", "About this playbook", 0, 0);
}

fn render(rendering: &Rendering) -> Result<Vec<u8>, TemplateError> {
    let atlas = rendering.atlas;
    let config = &atlas.edited.config;
    let links = atlas.playbook().links.values().map(|found| found.links.len()).sum();
    let page = AboutPage {
        min_percent: words::percent(config.min_confidence),
        max_links: config.max_links,
        principles: words::count(atlas.principles.len(), "principle", "principles"),
        deals: words::count(atlas.deals.len(), "deal", "deals"),
        links: words::count(links, "link", "links"),
    };
    let description =
        "How notes are linked to principles, what sureness means, and what the signs stand for.";
    rendering.fill("pages/about.html", "about", description, &page)
}
