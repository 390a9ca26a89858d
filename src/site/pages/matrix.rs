//! Deals against principles: where which lever was used, and how it ended.

use std::collections::BTreeMap;

use super::principle::principle_ref;
use super::{Kind, Pager, Plan, Rendering, part, parts};
use crate::playbook::{Side, State};
use crate::site::atlas::Atlas;
use crate::site::context::Given;
use crate::site::quote::Ref;
use crate::site::template_error::TemplateError;
use crate::site::words::{self, DateWords};

const ROWS: usize = 40;
const MAX_COLUMNS: usize = 40;

pub(super) const KIND: Kind = Kind { plan, render, templates: &["matrix"], context: MatrixPage::shape };

context! {
    /// Deals against principles: where which lever was used, and how it ended.
    struct MatrixPage<'a> {
        /// The principles.
        columns: Vec<Column<'a>>,
        /// Whether some notes do not say whose a lever was.
        has_unclear: bool,
        /// The deals of this part, by counterparty; those with the newest deal first.
        groups: Vec<Group<'a>>,
        /// The same by principle, for narrow screens.
        principles: Vec<ByPrinciple<'a>>,
        /// Principles that have no column because there are too many.
        hidden: usize,
        /// Principles that no deal shows.
        empty: Vec<Ref<'a>>,
        /// The parts of the matrix; none if it is on one page.
        pager: Option<Pager>,
        /// `42 deals`
        deals: String,
    }
}

context! {
    /// A principle with what came of it in closed deals, where it was ours and, apart from that, where nobody said whose.
    struct Column<'a> {
        /// The principle.
        principle: Ref<'a>,
        /// Closed deals in which it was ours.
        ours: usize,
        /// Those of them that were won.
        ours_won: usize,
        /// Closed deals in which nobody said whose it was.
        unclear: usize,
        /// Those of them that were won.
        unclear_won: usize,
    }
}

context! {
    /// The deals with one counterparty.
    struct Group<'a> {
        /// Empty for deals without a counterparty.
        name: String,
        /// Its deals, newest first.
        rows: Vec<Row<'a>>,
    }
}

context! {
    /// A principle with the deals of this part that show it.
    struct ByPrinciple<'a> {
        /// The principle.
        principle: Ref<'a>,
        /// The deals.
        deals: Vec<Shown<'a>>,
    }
}

context! {
    /// A deal in the list of a principle.
    struct Shown<'a> {
        /// Its name.
        name: &'a str,
        /// Its page.
        href: &'a str,
        /// `won`, `partly`, `lost` or `open`.
        outcome: &'static str,
        /// The same for people.
        outcome_text: &'a str,
    }
}

context! {
    /// A deal.
    struct Row<'a> {
        /// Its name.
        title: &'a str,
        /// Its page.
        href: &'a str,
        /// `won`, `partly`, `lost` or `open`.
        outcome: &'static str,
        /// The same for people.
        outcome_text: &'a str,
        /// The day of its newest note.
        date: Option<DateWords>,
        /// One a column.
        cells: Vec<Cell<'a>>,
    }
}

context! {
    /// A principle in a deal.
    struct Cell<'a> {
        /// `blank`, `suggested`, `linked`, `stated` or `contradicted`.
        state: &'static str,
        /// Passages, up to 3 as step of the tint.
        heat: usize,
        /// What is written in the cell.
        sign: String,
        /// What the cell says to those who do not see it.
        text: &'a str,
    }
}

fn plan(atlas: &Atlas, plan: &mut Plan) {
    plan.parts("matrix.html", "matrix", atlas.words.say("matrix.title"), 0, parts(atlas.deals.len(), ROWS));
}

fn render(rendering: &Rendering) -> Result<Vec<u8>, TemplateError> {
    let atlas = rendering.atlas;
    let mut columns: Vec<usize> = (0..atlas.principles.len()).collect();
    if columns.len() > MAX_COLUMNS {
        columns.sort_by_key(|&principle| {
            (std::cmp::Reverse(atlas.principles[principle].deals.len()), principle)
        });
        columns.truncate(MAX_COLUMNS);
        columns.sort_unstable();
    }
    let deals = by_counterparty(atlas);
    let shown = part(&deals, rendering.page.part, ROWS);
    let page = MatrixPage {
        groups: groups(atlas, shown, &columns),
        principles: columns.iter().map(|&principle| by_principle(atlas, principle, shown)).collect(),
        hidden: atlas.principles.len() - columns.len(),
        empty: columns
            .iter()
            .filter(|&&principle| atlas.principles[principle].deals.is_empty())
            .map(|&principle| principle_ref(atlas, principle))
            .collect(),
        has_unclear: columns.iter().any(|&principle| atlas.tally(principle, Side::Unclear).closed() > 0),
        columns: columns
            .iter()
            .map(|&principle| {
                let tally = atlas.tally(principle, Side::Ours);
                let unclear = atlas.tally(principle, Side::Unclear);
                Column {
                    principle: principle_ref(atlas, principle),
                    ours: tally.closed(),
                    ours_won: tally.won,
                    unclear: unclear.closed(),
                    unclear_won: unclear.won,
                }
            })
            .collect(),
        pager: Pager::new(
            &atlas.words,
            "matrix.html",
            "matrix",
            rendering.page.part,
            parts(deals.len(), ROWS),
        ),
        deals: atlas.words.count("count.deals", deals.len()),
    };
    let description = atlas.words.fill("matrix.description", &[("deals", &page.deals)]);
    rendering.fill("pages/matrix.html", "matrix", &description, &page)
}

/// All deals, newest first, each followed by those with the same counterparty.
fn by_counterparty(atlas: &Atlas) -> Vec<usize> {
    let mut deals: Vec<usize> = (0..atlas.deals.len()).collect();
    deals.sort_by_key(|&deal| (std::cmp::Reverse(atlas.deals[deal].day), deal));
    let mut ranks: BTreeMap<Option<usize>, usize> = BTreeMap::new();
    let mut ranked: Vec<(usize, usize)> = deals
        .into_iter()
        .enumerate()
        .map(|(position, deal)| {
            // Deals without a counterparty have nothing in common, so each stands for itself.
            let party = atlas.deals[deal].counterparties.first().copied();
            (party.map_or(position, |_| *ranks.entry(party).or_insert(position)), deal)
        })
        .collect();
    ranked.sort_by_key(|&(rank, _)| rank);
    ranked.into_iter().map(|(_, deal)| deal).collect()
}

fn groups<'a>(atlas: &'a Atlas, deals: &[usize], columns: &[usize]) -> Vec<Group<'a>> {
    let party = |deal: usize| atlas.deals[deal].counterparties.first().copied();
    let runs = deals.chunk_by(|&before, &after| party(before) == party(after));
    let name = |deal: usize| {
        let name = party(deal).map_or("", |party| &atlas.counterparty(party).name);
        words::shorten(name, 80).into_owned()
    };
    runs.map(|run| Group {
        name: name(run[0]),
        rows: run.iter().map(|&deal| row(atlas, deal, columns)).collect(),
    })
    .collect()
}

fn by_principle<'a>(atlas: &'a Atlas, principle: usize, deals: &[usize]) -> ByPrinciple<'a> {
    let shows = |deal: &&usize| atlas.standing(**deal, principle).is_covered();
    ByPrinciple {
        principle: principle_ref(atlas, principle),
        deals: deals
            .iter()
            .filter(shows)
            .map(|&deal| Shown {
                name: &atlas.deal(deal).name,
                href: &atlas.deals[deal].path,
                outcome: atlas.deal(deal).outcome.as_str(),
                outcome_text: atlas.words.outcome(atlas.deal(deal).outcome),
            })
            .collect(),
    }
}

fn row<'a>(atlas: &'a Atlas, index: usize, columns: &[usize]) -> Row<'a> {
    let deal = atlas.deal(index);
    let place = &atlas.deals[index];
    let counts = passages(atlas, index);
    Row {
        title: &deal.name,
        href: &place.path,
        outcome: deal.outcome.as_str(),
        outcome_text: atlas.words.outcome(deal.outcome),
        date: place.day.map(|day| atlas.words.date(day)),
        cells: columns
            .iter()
            .map(|&principle| {
                let standing = atlas.standing(index, principle);
                let count = counts.get(&principle).copied().unwrap_or(0).max(1);
                let theirs = standing.side == Some(Side::Theirs);
                let (sign, text) = match standing.state {
                    State::Blank => (String::new(), "matrix.none"),
                    State::Suggested => ("?".to_owned(), "matrix.suggested"),
                    State::Contradicted if theirs => ("−".to_owned(), "matrix.theirs"),
                    State::Contradicted => ("×".to_owned(), "matrix.refused"),
                    State::Linked => (count.to_string(), "matrix.linked"),
                    State::Stated => (count.to_string(), "matrix.stated"),
                };
                Cell { state: standing.state.as_str(), heat: count.min(3), sign, text: atlas.words.say(text) }
            })
            .collect(),
    }
}

/// Passages of a deal's notes by principle.
fn passages(atlas: &Atlas, deal: usize) -> BTreeMap<usize, usize> {
    let mut counts = BTreeMap::new();
    for link in atlas.deals[deal].notes.iter().flat_map(|&note| atlas.links(note)) {
        if let Some(principle) = atlas.principle_of(&link.principle) {
            *counts.entry(principle).or_insert(0) += link.evidence.len().max(1);
        }
    }
    counts
}
