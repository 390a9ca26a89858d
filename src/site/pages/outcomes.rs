//! What came of each principle, with how little can be known.

use super::principle::principle_ref;
use super::{Kind, Plan, Rendering};
use crate::playbook::Side;
use crate::site::atlas::Atlas;
use crate::site::context::Given;
use crate::site::plots::{ENOUGH_DEALS, Interval};
use crate::site::quote::Ref;
use crate::site::template_error::TemplateError;

const MAX_ROWS: usize = 60;

pub(super) const KIND: Kind = Kind { plan, render, templates: &["outcomes"], context: OutcomesPage::shape };

context! {
    /// What came of each principle, with how little can be known.
    struct OutcomesPage<'a> {
        /// One a side: figures of different sides are never added.
        groups: Vec<Group<'a>>,
        /// What came of all deals.
        all: String,
        /// How many principles there are.
        principles: usize,
        /// From so many closed deals on a share is shown.
        enough: usize,
        /// Principles that no closed deal shows.
        unused: Vec<Ref<'a>>,
    }
}

context! {
    /// The principles that one side held in closed deals.
    struct Group<'a> {
        /// `ours`, `theirs`, `mutual` or `unclear`.
        side: &'static str,
        /// The heading.
        title: &'a str,
        /// What is counted here.
        text: &'a str,
        /// The principles, those with most deals first.
        rows: Vec<Row<'a>>,
        /// Principles with fewer deals, for which there is no room.
        hidden: usize,
    }
}

context! {
    /// A principle.
    struct Row<'a> {
        /// The principle.
        principle: Ref<'a>,
        /// Closed deals in which that side held it.
        closed: usize,
        /// Those that were won.
        won: usize,
        /// Those that were won in part.
        partly: usize,
        /// Those that were lost.
        lost: usize,
        /// The share and its range; none for too few deals.
        interval: Option<Interval>,
    }
}

fn plan(atlas: &Atlas, plan: &mut Plan) {
    plan.page("outcomes.html", atlas.words.say("outcomes.title"), 0, 0);
}

fn render(rendering: &Rendering) -> Result<Vec<u8>, TemplateError> {
    let atlas = rendering.atlas;
    let groups = [
        (Side::Ours, "outcomes.ours", "outcomes.ours_text"),
        (Side::Mutual, "outcomes.mutual", "outcomes.mutual_text"),
        (Side::Unclear, "outcomes.unclear", "outcomes.unclear_text"),
        (Side::Theirs, "outcomes.theirs", "outcomes.theirs_text"),
    ];
    let is_unused =
        |principle: usize| groups.iter().all(|&(side, _, _)| atlas.tally(principle, side).closed() == 0);
    let page = OutcomesPage {
        all: atlas.base.sentence(&atlas.words),
        principles: atlas.principles.len(),
        enough: ENOUGH_DEALS,
        unused: (0..atlas.principles.len())
            .filter(|&principle| is_unused(principle))
            .take(MAX_ROWS)
            .map(|principle| principle_ref(atlas, principle))
            .collect(),
        groups: groups
            .iter()
            .map(|&(side, title, text)| group(atlas, side, atlas.words.say(title), atlas.words.say(text)))
            .filter(|group| !group.rows.is_empty())
            .collect(),
    };
    rendering.fill("pages/outcomes.html", "outcomes", atlas.words.say("outcomes.description"), &page)
}

fn group<'a>(atlas: &'a Atlas, side: Side, title: &'a str, text: &'a str) -> Group<'a> {
    let closed = |principle: usize| atlas.tally(principle, side).closed();
    let mut order: Vec<usize> =
        (0..atlas.principles.len()).filter(|&principle| closed(principle) > 0).collect();
    order.sort_by_key(|&principle| (std::cmp::Reverse(closed(principle)), principle));
    let hidden = order.len().saturating_sub(MAX_ROWS);
    order.truncate(MAX_ROWS);
    let rows = order.into_iter().map(|principle| {
        let tally = atlas.tally(principle, side);
        Row {
            principle: principle_ref(atlas, principle),
            closed: tally.closed(),
            won: tally.won,
            partly: tally.partly,
            lost: tally.lost,
            interval: tally.interval(atlas.base),
        }
    });
    Group { side: side.as_str(), title, text, rows: rows.collect(), hidden }
}
