//! How links are made, what the words and signs mean, and what this edition holds.

use super::{Kind, Plan, Rendering};
use crate::site::atlas::Atlas;
use crate::site::context::Given;
use crate::site::template_error::TemplateError;
use crate::site::words;

pub(super) const KIND: Kind = Kind { plan, render, templates: &["about"], context: AboutPage::shape };

context! {
    /// How links are made, and what this edition holds.
    struct AboutPage {
        /// Least probability of a link, in percent.
        min_percent: i64,
        /// Most links of one note.
        max_links: usize,
        /// `12 principles`
        principles: String,
        /// `42 deals`
        deals: String,
        /// `148 links`
        links: String,
    }
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
