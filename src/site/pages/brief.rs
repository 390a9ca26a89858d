//! One sheet to take into the meeting.

use serde::Serialize;

use super::deal::{Gap, Sheet, TaskRow, check_words, counterparty_refs, gap, sheet, tasks, when};
use super::{Kind, Plan, Rendering};
use crate::playbook::Side;
use crate::site::atlas::Atlas;
use crate::site::quote::{Quote, Ref, quote};
use crate::site::templates::TemplateError;

const MAX_STRENGTHS: usize = 3;
const MAX_WARNINGS: usize = 3;
const MAX_GAPS: usize = 4;
const MAX_TASKS: usize = 8;

pub(super) const KIND: Kind = Kind { plan, render };

/// `page` in `pages/brief.html`.
#[derive(Serialize)]
struct BriefPage<'a> {
    title: &'a str,
    deal: Ref<'a>,
    outcome: &'static str,
    outcome_text: &'a str,
    meeting: Option<String>,
    counterparties: Vec<Ref<'a>>,
    facts: Sheet<'a>,
    checks: Vec<String>,
    strengths: Vec<Quote<'a>>,
    /// Their levers: what not to walk into.
    warnings: Vec<Quote<'a>>,
    gaps: Vec<Gap<'a>>,
    tasks: Vec<TaskRow<'a>>,
}

fn plan(atlas: &Atlas, plan: &mut Plan) {
    for (index, place) in atlas.deals.iter().enumerate() {
        plan.page(
            &place.brief,
            &atlas.words.fill("brief.title", &[("deal", &atlas.deal(index).name)]),
            index,
            0,
        );
    }
}

fn render(rendering: &Rendering) -> Result<Vec<u8>, TemplateError> {
    let atlas = rendering.atlas;
    let index = rendering.page.item;
    let deal = atlas.deal(index);
    let place = &atlas.deals[index];
    let gaps = atlas.gaps(index);
    let mut open_tasks = tasks(atlas, index);
    open_tasks.truncate(MAX_TASKS);
    let page = BriefPage {
        title: &deal.name,
        deal: Ref { text: &deal.name, href: &place.path },
        outcome: deal.outcome.as_str(),
        outcome_text: atlas.words.outcome(deal.outcome),
        meeting: deal.facts.meeting.as_ref().map(|fact| when(&atlas.words, &fact.value)),
        counterparties: counterparty_refs(atlas, index),
        facts: sheet(atlas, deal),
        checks: deal.checks.iter().map(|check| check_words(&atlas.words, check, deal)).collect(),
        strengths: strongest(atlas, index, |side| side != Side::Theirs, MAX_STRENGTHS),
        warnings: strongest(atlas, index, |side| side == Side::Theirs, MAX_WARNINGS),
        gaps: gaps.iter().take(MAX_GAPS).map(|&principle| gap(atlas, index, principle)).collect(),
        tasks: open_tasks,
    };
    let description = atlas.words.fill("brief.description", &[("deal", &deal.name)]);
    rendering.fill("pages/brief.html", "deals", &description, &page)
}

/// The surest passages of a deal, one a principle, ours before those whose side is not clear.
fn strongest(atlas: &Atlas, deal: usize, wanted: impl Fn(Side) -> bool, limit: usize) -> Vec<Quote<'_>> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for &note in &atlas.deals[deal].notes {
        let links = atlas.links(note).iter().enumerate();
        found.extend(
            links
                .filter(|(_, link)| wanted(link.side) && !link.evidence.is_empty())
                .map(|(link, _)| (note, link)),
        );
    }
    found.sort_by(|left, right| {
        let (left_link, right_link) = (atlas.link(*left), atlas.link(*right));
        (right_link.side == Side::Ours)
            .cmp(&(left_link.side == Side::Ours))
            .then(right_link.confidence.total_cmp(&left_link.confidence))
            .then(left.cmp(right))
    });
    let mut principles = std::collections::BTreeSet::new();
    found.retain(|&at| principles.insert(atlas.link(at).principle.clone()));
    found.truncate(limit);
    found.into_iter().map(|at| quote(atlas, at)).collect()
}
