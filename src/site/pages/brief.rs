//! One sheet to take into the meeting.

use super::{Kind, Plan, Rendering};
use crate::site::atlas::Atlas;
use crate::site::brief::{Brief, brief};
use crate::site::context::Given;
use crate::site::quote::Ref;
use crate::site::template_error::TemplateError;

pub(super) const KIND: Kind = Kind { plan, render, templates: &["brief"], context: BriefPage::shape };

context! {
    /// One sheet to take into the meeting.
    struct BriefPage<'a> {
        /// The deal's page.
        deal: Ref<'a>,
        /// What stands on the sheet.
        brief: Brief,
    }
}

fn plan(atlas: &Atlas, plan: &mut Plan) {
    for (index, place) in atlas.deals.iter().enumerate() {
        let title = atlas.words.fill("brief.title", &[("deal", &atlas.deal(index).name)]);
        plan.page(&place.brief, &title, index, 0);
    }
}

fn render(rendering: &Rendering) -> Result<Vec<u8>, TemplateError> {
    let atlas = rendering.atlas;
    let index = rendering.page.item;
    let deal = atlas.deal(index);
    let page = BriefPage {
        deal: Ref { text: &deal.name, href: &atlas.deals[index].path },
        brief: brief(atlas, index),
    };
    let description = atlas.words.fill("brief.description", &[("deal", &deal.name)]);
    rendering.fill("pages/brief.html", "deals", &description, &page)
}
