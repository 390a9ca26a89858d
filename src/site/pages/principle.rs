//! A principle: what it says, what came of it, and the passages that show it.

use super::evidence::all_passages;
use super::{Kind, Plan, RailEntry, Rendering, around, part};
use crate::playbook::{Outcome, Side};
use crate::site::atlas::Atlas;
use crate::site::context::Given;
use crate::site::plots::{ENOUGH_DEALS, Interval, Tally};
use crate::site::quote::{Quote, Ref, quote};
use crate::site::template_error::TemplateError;
use crate::site::words::{self, DateWords};

/// Quotes on the principle's own page, the newest; if there are more, all stand on pages of their own.
pub(super) const QUOTES: usize = 30;
const MAX_DOTS: usize = 60;
const MAX_RAIL: usize = 40;
const MAX_BACKLINKS: usize = 30;
const MAX_TOGETHER: usize = 6;
const MAX_TACTICS: usize = 200;

pub(super) const KIND: Kind = Kind { plan, render, templates: &["principle"], context: PrinciplePage::shape };

context! {
    /// A principle in lists.
    pub(super) struct PrincipleRow<'a> {
        /// Its term.
        title: &'a str,
        /// Its page.
        href: &'a str,
        /// What it says, shortened.
        summary: String,
        /// Closed deals in which it was ours.
        dots: Vec<Dot>,
        /// Closed deals in which nobody said whose it was.
        unclear: Vec<Dot>,
        /// What came of it, in a sentence.
        record: String,
        /// `14 linked passages`
        quotes: String,
    }
}

context! {
    /// A deal as a dot.
    pub(super) struct Dot {
        /// The passage on this page, `#e3`, else the deal's page.
        href: String,
        /// `won`, `partly`, `lost` or `open`.
        outcome: &'static str,
        /// `Acme renewal: Won`
        text: String,
    }
}

context! {
    /// What came of a lever that one side held.
    struct Record<'a> {
        /// `ours`, `theirs`, `mutual` or `unclear`.
        side: &'static str,
        /// The same for people.
        side_text: &'a str,
        /// `9 closed deals: 5 won, 2 partly, 2 lost`
        sentence: String,
        /// The deals, oldest first.
        dots: Vec<Dot>,
        /// Older deals that have no dot.
        earlier: usize,
        /// The share won and its range; none for too few deals.
        interval: Option<Interval>,
        /// How many closed deals a share needs, if there are some and not as many.
        too_few: Option<usize>,
    }
}

context! {
    /// A principle: what it says, what came of it, and the passages that show it.
    struct PrinciplePage<'a> {
        /// Its term.
        title: &'a str,
        /// Its first page.
        href: &'a str,
        /// How notes name it.
        id: &'a str,
        /// Its place in the leverage document, from 1.
        number: usize,
        /// How many principles there are.
        of: usize,
        /// The heading above it in the leverage document.
        section: Option<&'a str>,
        /// Its other names.
        aliases: &'a [String],
        /// What it says, in a sentence.
        summary: &'a str,
        /// Further paragraphs.
        text: &'a [String],
        /// Where it stands, `leverage.md, line 9`.
        source: String,
        /// What came of it, one record a side.
        records: Vec<Record<'a>>,
        /// The quotes of this page by outcome.
        counts: Vec<OutcomeCount<'a>>,
        /// How many linked passages there are in all.
        quote_count: usize,
        /// The passages of this page, newest first.
        quotes: Vec<QuoteEntry<'a>>,
        /// The first of the pages with all passages, if this one has not all.
        all_passages: Option<String>,
        /// What to do.
        tactics: &'a [String],
        /// Principles that it names.
        related: Vec<Ref<'a>>,
        /// Principles that were ours in the same deals.
        together: Vec<Together<'a>>,
        /// The pages that it cites.
        sources: Vec<SourceEntry<'a>>,
        /// Notes that name it.
        backlinks: Vec<Backlink<'a>>,
        /// The principles around it.
        rail: Vec<RailEntry<'a>>,
    }
}

context! {
    /// A page that the principle cites.
    struct SourceEntry<'a> {
        /// Its name.
        label: &'a str,
        /// Its address.
        url: &'a str,
    }
}

context! {
    /// A quote with its place on the page.
    struct QuoteEntry<'a> {
        /// Unique on the page.
        id: String,
        /// The passage.
        quote: Quote<'a>,
    }
}

context! {
    /// How many quotes of the page come from deals that ended so.
    pub(super) struct OutcomeCount<'a> {
        /// `won`, `partly`, `lost`, `open`, or `none` without a deal.
        outcome: &'static str,
        /// The same for people.
        text: &'a str,
        /// How many.
        count: usize,
    }
}

context! {
    /// A principle that the same deals show.
    struct Together<'a> {
        /// The other principle.
        principle: Ref<'a>,
        /// Closed deals in which both were ours.
        deals: usize,
        /// Closed deals in which this one was ours.
        of: usize,
    }
}

context! {
    /// A note that names the principle.
    struct Backlink<'a> {
        /// The note.
        note: Ref<'a>,
        /// Its day.
        date: Option<DateWords>,
    }
}

fn plan(atlas: &Atlas, plan: &mut Plan) {
    for (index, place) in atlas.principles.iter().enumerate() {
        plan.page(&place.path, &atlas.principle(index).title, index, 0);
    }
}

/// What the pages with all passages are named for.
pub(super) fn list_name(slug: &str) -> String {
    format!("principle-{slug}")
}

fn render(rendering: &Rendering) -> Result<Vec<u8>, TemplateError> {
    let atlas = rendering.atlas;
    let index = rendering.page.item;
    let principle = atlas.principle(index);
    let place = &atlas.principles[index];
    let links = part(&place.links, 0, QUOTES);
    let quotes: Vec<QuoteEntry> = links
        .iter()
        .enumerate()
        .map(|(number, &at)| QuoteEntry { id: format!("e{}", number + 1), quote: quote(atlas, at) })
        .collect();
    let page = PrinciplePage {
        title: &principle.title,
        href: &place.path,
        id: principle.id.as_str(),
        number: index + 1,
        of: atlas.principles.len(),
        section: principle.section.as_deref(),
        aliases: &principle.aliases,
        summary: &principle.summary,
        text: &principle.text,
        source: source_place(atlas, principle.line),
        records: records(atlas, index),
        counts: counts(atlas, links),
        quote_count: place.links.len(),
        quotes,
        all_passages: all_passages(atlas, index),
        tactics: &principle.tactics[..principle.tactics.len().min(MAX_TACTICS)],
        related: principle
            .related
            .iter()
            .filter_map(|id| atlas.principle_of(id))
            .map(|related| principle_ref(atlas, related))
            .take(MAX_RAIL)
            .collect(),
        together: together(atlas, index),
        sources: principle
            .sources
            .iter()
            .map(|source| SourceEntry { label: &source.label, url: &source.url })
            .collect(),
        backlinks: place
            .named_in
            .iter()
            .take(MAX_BACKLINKS)
            .map(|&note| Backlink {
                note: Ref { text: &atlas.note(note).title, href: &atlas.notes[note].path },
                date: atlas.day_of(note),
            })
            .collect(),
        rail: rail(atlas, index),
    };
    let description = atlas.words.fill(
        "principle.description",
        &[
            ("title", principle.title.as_str()),
            ("passages", &atlas.words.count("count.linked_passages", place.links.len())),
            ("summary", &principle.summary),
        ],
    );
    rendering.fill("pages/principle.html", "principles", &description, &page)
}

/// A principle in lists.
pub(super) fn principle_row(atlas: &Atlas, index: usize) -> PrincipleRow<'_> {
    let principle = atlas.principle(index);
    let place = &atlas.principles[index];
    let first = principle.tactics.first().filter(|_| principle.summary.is_empty());
    PrincipleRow {
        title: &principle.title,
        href: &place.path,
        summary: words::shorten(first.unwrap_or(&principle.summary), 180).into_owned(),
        dots: dots(atlas, index, Side::Ours, false, 24).0,
        unclear: dots(atlas, index, Side::Unclear, false, 24).0,
        record: atlas.record(index),
        quotes: atlas.words.count("count.linked_passages", place.links.len()),
    }
}

/// A principle's name and page.
pub(super) fn principle_ref(atlas: &Atlas, index: usize) -> Ref<'_> {
    Ref { text: &atlas.principle(index).title, href: &atlas.principles[index].path }
}

/// `leverage.md, line 9`
fn source_place(atlas: &Atlas, line: usize) -> String {
    let line = line.to_string();
    match &atlas.playbook().leverage.source {
        Some(source) => atlas.words.fill("principle.file_line", &[("file", source.name()), ("n", &line)]),
        None => atlas.words.fill("principle.line", &[("n", &line)]),
    }
}

/// One record a side, because they say different things: none is ever added to another.
fn records(atlas: &Atlas, index: usize) -> Vec<Record<'_>> {
    let sides = [Side::Ours, Side::Mutual, Side::Unclear, Side::Theirs];
    let text = |side| match side {
        Side::Ours => atlas.words.say("record.ours"),
        Side::Mutual => atlas.words.say("record.mutual"),
        Side::Unclear => atlas.words.say("record.unclear"),
        Side::Theirs => atlas.words.say("record.theirs"),
    };
    let record = |side: Side| {
        let tally: Tally = atlas.tally(index, side);
        if tally.all() == 0 {
            return None;
        }
        let (dots, earlier) = dots(atlas, index, side, true, MAX_DOTS);
        Some(Record {
            side: side.as_str(),
            side_text: text(side),
            sentence: tally.sentence(&atlas.words),
            dots,
            earlier,
            interval: tally.interval(atlas.base),
            too_few: (1..ENOUGH_DEALS).contains(&tally.closed()).then_some(ENOUGH_DEALS),
        })
    };
    sides.into_iter().filter_map(record).collect()
}

/// Deals as dots, oldest first, the newest so many; each leads to its quote on the page, else to the deal.
fn dots(atlas: &Atlas, principle: usize, side: Side, is_own_page: bool, limit: usize) -> (Vec<Dot>, usize) {
    let mut deals: Vec<usize> = atlas.principles[principle]
        .deals
        .iter()
        .filter(|&&(deal, held)| held == side && atlas.deal(deal).outcome != Outcome::Open)
        .map(|&(deal, _)| deal)
        .collect();
    deals.sort_by_key(|&deal| (atlas.deals[deal].day, deal));
    let earlier = deals.len().saturating_sub(limit);
    let links = part(&atlas.principles[principle].links, 0, QUOTES);
    let href = |deal: usize| {
        let is_here = |(note, _): &(usize, usize)| is_own_page && atlas.notes[*note].deal == Some(deal);
        let on_page = links.iter().position(is_here);
        on_page.map_or_else(|| atlas.deals[deal].path.clone(), |quote| format!("#e{}", quote + 1))
    };
    let dots = deals[earlier..].iter().map(|&deal| dot(atlas, deal, href(deal))).collect();
    (dots, earlier)
}

/// A deal as a dot that leads somewhere.
pub(super) fn dot(atlas: &Atlas, deal: usize, href: String) -> Dot {
    let deal = atlas.deal(deal);
    let outcome = atlas.words.outcome(deal.outcome);
    Dot {
        href,
        text: atlas.words.fill("record.dot", &[("deal", &deal.name), ("outcome", outcome)]),
        outcome: deal.outcome.as_str(),
    }
}

/// How many quotes there are by outcome; outcomes without any are left out.
pub(super) fn counts<'a>(atlas: &'a Atlas, links: &[(usize, usize)]) -> Vec<OutcomeCount<'a>> {
    let count = |wanted: Option<Outcome>| {
        links.iter().filter(|(note, _)| atlas.outcome_of_note(*note) == wanted).count()
    };
    let mut counts: Vec<OutcomeCount> = Outcome::ALL
        .into_iter()
        .map(|outcome| OutcomeCount {
            outcome: outcome.as_str(),
            text: atlas.words.outcome(outcome),
            count: count(Some(outcome)),
        })
        .collect();
    counts.push(OutcomeCount {
        outcome: "none",
        text: atlas.words.outcome_or_none(None),
        count: count(None),
    });
    counts.retain(|count| count.count > 0);
    counts
}

/// Which principles the closed deals that had this one as ours also had as ours, most often first.
fn together(atlas: &Atlas, index: usize) -> Vec<Together<'_>> {
    let ours: Vec<usize> = atlas.principles[index]
        .deals
        .iter()
        .filter(|&&(deal, side)| side == Side::Ours && atlas.deal(deal).outcome.is_closed())
        .map(|&(deal, _)| deal)
        .collect();
    let mut counts = vec![0_usize; atlas.principles.len()];
    for &deal in &ours {
        for standing in &atlas.deals[deal].standings {
            if standing.side == Some(Side::Ours) {
                counts[standing.principle] += 1;
            }
        }
    }
    let mut found: Vec<(usize, usize)> =
        counts.into_iter().enumerate().filter(|&(other, count)| other != index && count > 0).collect();
    found.sort_by_key(|&(other, count)| (std::cmp::Reverse(count), other));
    found.truncate(MAX_TOGETHER);
    found
        .into_iter()
        .map(|(other, deals)| Together { principle: principle_ref(atlas, other), deals, of: ours.len() })
        .collect()
}

pub(super) fn rail(atlas: &Atlas, index: usize) -> Vec<RailEntry<'_>> {
    around(atlas.principles.len(), index, MAX_RAIL)
        .map(|other| RailEntry {
            text: &atlas.principle(other).title,
            href: &atlas.principles[other].path,
            count: atlas.principles[other].deals.len().to_string(),
            current: other == index,
        })
        .collect()
}
