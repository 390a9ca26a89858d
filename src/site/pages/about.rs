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

fn plan(atlas: &Atlas, plan: &mut Plan) {
    plan.page("about.html", atlas.words.say("about.page"), 0, 0);
}

fn render(rendering: &Rendering) -> Result<Vec<u8>, TemplateError> {
    let atlas = rendering.atlas;
    let config = &atlas.edited.config;
    let links = atlas.playbook().links.values().map(|found| found.links.len()).sum();
    let page = AboutPage {
        min_percent: words::percent(config.min_confidence),
        max_links: config.max_links,
        principles: atlas.words.count("count.principles", atlas.principles.len()),
        deals: atlas.words.count("count.deals", atlas.deals.len()),
        links: atlas.words.count("count.links", links),
    };
    rendering.fill("pages/about.html", "about", atlas.words.say("about.description"), &page)
}
