//! What a host shows for an address that leads nowhere.

use serde::Serialize;

use super::{Kind, Plan, Rendering};
use crate::site::atlas::Atlas;
use crate::site::templates::TemplateError;

pub(super) const KIND: Kind = Kind { plan, render };

/// `page` in `pages/missing.html`; it needs nothing.
#[derive(Serialize)]
struct MissingPage {}

fn plan(_: &Atlas, plan: &mut Plan) {
    plan.page(crate::site::MISSING, "Page not found", 0, 0);
}

fn render(rendering: &Rendering) -> Result<Vec<u8>, TemplateError> {
    rendering.fill("pages/missing.html", "missing", "There is no page at this address.", &MissingPage {})
}
