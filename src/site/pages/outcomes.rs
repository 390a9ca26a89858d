//! What came of each principle, with how little can be known.

use serde::Serialize;

use super::principle::principle_ref;
use super::{Kind, Plan, Rendering};
use crate::playbook::Side;
use crate::site::atlas::Atlas;
use crate::site::plots::{ENOUGH_DEALS, Interval};
use crate::site::quote::Ref;
use crate::site::templates::TemplateError;

const MAX_ROWS: usize = 100;

pub(super) const KIND: Kind = Kind { plan, render };

/// `page` in `pages/outcomes.html`.
#[derive(Serialize)]
struct OutcomesPage<'a> {
    rows: Vec<Row<'a>>,
    /// What came of all deals.
    all: String,
    principles: usize,
    /// From so many closed deals on a share is shown.
    enough: usize,
    hidden: usize,
}

#[derive(Serialize)]
struct Row<'a> {
    principle: Ref<'a>,
    /// Deals in which it was ours.
    won: usize,
    partly: usize,
    lost: usize,
    closed: usize,
    open: usize,
    /// Closed deals in which it was theirs, and how many of those were won.
    theirs: usize,
    theirs_won: usize,
    /// Closed deals whose notes do not say whose it was, or say that both held it.
    unclear: usize,
    interval: Option<Interval>,
}

fn plan(_: &Atlas, plan: &mut Plan) {
    plan.page("outcomes.html", "Outcomes by principle", 0, 0);
}

fn render(rendering: &Rendering) -> Result<Vec<u8>, TemplateError> {
    let atlas = rendering.atlas;
    let mut order: Vec<usize> = (0..atlas.principles.len()).collect();
    order.sort_by_key(|&principle| {
        (std::cmp::Reverse(atlas.tally(principle, Side::Ours).closed()), principle)
    });
    let hidden = order.len().saturating_sub(MAX_ROWS);
    order.truncate(MAX_ROWS);
    let page = OutcomesPage {
        rows: order.into_iter().map(|principle| row(atlas, principle)).collect(),
        all: atlas.base.sentence(),
        principles: atlas.principles.len(),
        enough: ENOUGH_DEALS,
        hidden,
    };
    let description =
        "What came of the deals that showed each principle, with the range in which the true share may lie.";
    rendering.fill("pages/outcomes.html", "outcomes", description, &page)
}

fn row(atlas: &Atlas, principle: usize) -> Row<'_> {
    let ours = atlas.tally(principle, Side::Ours);
    let theirs = atlas.tally(principle, Side::Theirs);
    Row {
        principle: principle_ref(atlas, principle),
        won: ours.won,
        partly: ours.partly,
        lost: ours.lost,
        closed: ours.closed(),
        open: ours.open,
        theirs: theirs.closed(),
        theirs_won: theirs.won,
        unclear: atlas.tally(principle, Side::Unclear).closed()
            + atlas.tally(principle, Side::Mutual).closed(),
        interval: ours.interval(atlas.base),
    }
}
