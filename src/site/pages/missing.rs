//! What a host shows for an address that leads nowhere.

use super::{Kind, Plan, Rendering};
use crate::site::atlas::Atlas;
use crate::site::context::Given;
use crate::site::template_error::TemplateError;

pub(super) const KIND: Kind = Kind { plan, render, templates: &["missing"], context: MissingPage::shape };

context! {
    /// What a host shows for an address that leads nowhere; the page needs nothing.
    struct MissingPage {}
}

fn plan(atlas: &Atlas, plan: &mut Plan) {
    plan.page(crate::site::MISSING, atlas.words.say("missing.page"), 0, 0);
}

fn render(rendering: &Rendering) -> Result<Vec<u8>, TemplateError> {
    let description = rendering.atlas.words.say("missing.description");
    rendering.fill("pages/missing.html", "missing", description, &MissingPage {})
}
