//! A deal: its facts, how it stands against every principle, what is missing, and what happened.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use tera::Value;

use super::{Kind, Pager, Plan, RailEntry, Rendering, part, parts};
use crate::playbook::deal::{Amount, Fact, When};
use crate::playbook::{Check, Deal, Outcome, Role, Side, State, coverage};
use crate::site::alike::{Near, shared};
use crate::site::atlas::{Atlas, GapWords, Standing, fold};
use crate::site::context::Given;
use crate::site::plots::{Offers, Zone, offers, zone};
use crate::site::quote::{
    Elsewhere, Marks, Piece, Reason, Ref, Said, pieces, quoted_elsewhere, why_in_short,
};
use crate::site::template_error::TemplateError;
use crate::site::words::{self, DateWords, Words};

/// Notes on a part of the timeline.
const NOTES: usize = 20;
const MAX_COLUMNS: usize = 10;
const MAX_ROWS: usize = 60;
const MAX_GAPS: usize = 6;
const MAX_TASKS: usize = 40;
const MAX_WHY: usize = 6;
const MAX_SIMILAR: usize = 5;
/// How many deals with the same other side are compared.
const MAX_NEAR: usize = 40;
const MAX_COMMON: usize = 12;
const MAX_COMMON_GAPS: usize = 3;

pub(super) const KIND: Kind = Kind { plan, render, templates: &["deal"], context: DealPage::shape };

context! {
    /// A deal in lists.
    pub(super) struct DealRow<'a> {
        /// Its name.
        pub(super) title: &'a str,
        /// Its page.
        pub(super) href: &'a str,
        /// `won`, `partly`, `lost` or `open`.
        pub(super) outcome: &'static str,
        /// The same for people.
        pub(super) outcome_text: &'a str,
        /// The next meeting as people say it.
        meeting: Option<String>,
        /// The other side, `Acme and Birch`.
        counterparties: String,
        /// The day of its newest note.
        date: Option<DateWords>,
        /// How many principles its notes show.
        covered: usize,
        /// How many principles there are.
        of: usize,
        /// The first principle that an open deal lacks.
        gap: Option<&'a Value> => Option<Ref<'a>>,
    }
}

context! {
    /// A deal: its facts, how it stands against every principle, what is missing, and what happened.
    struct DealPage<'a> {
        /// Its name.
        title: &'a str,
        /// `won`, `partly`, `lost` or `open`.
        outcome: &'static str,
        /// The same for people.
        outcome_text: &'a str,
        /// The outcome as the note has it.
        outcome_word: Option<&'a str>,
        /// The newest stage.
        stage: Option<&'a str>,
        /// Its value with its currency.
        value: Option<String>,
        /// The next meeting as people say it.
        meeting: Option<String>,
        /// Who leads it on our side.
        owner: Option<&'a str>,
        /// Who takes part.
        people: Vec<&'a str>,
        /// The other side.
        counterparties: Vec<Ref<'a>>,
        /// The page of its brief.
        brief: &'a str,
        /// Its newest note.
        newest: Option<Ref<'a>>,
        /// `6 notes`
        notes: String,
        /// `25 linked passages`
        passages: String,
        /// The deal sheet.
        facts: Sheet<'a>,
        /// What follows from the facts, sentence by sentence.
        checks: Vec<String>,
        /// The amounts on one line, if both walk-away points are numbers.
        zone: Option<Zone>,
        /// How the offers moved, if the notes state at least two.
        offers: Option<Offers<'a>>,
        /// Principles against notes.
        coverage: Coverage<'a>,
        /// The principles that it lacks, those that won most elsewhere first.
        gaps: Vec<Gap<'a>>,
        /// Further principles that it lacks.
        more_gaps: Vec<&'a Value> => Vec<Ref<'a>>,
        /// What is to be done, open tasks first.
        tasks: Vec<TaskRow<'a>>,
        /// Its notes, newest first.
        timeline: Vec<Event<'a>>,
        /// The parts of the timeline; none if it is on one page.
        pager: Option<Pager>,
        /// Whether this is the first part; only that one has all the rest.
        first_part: bool,
        /// Deals like it, the closest first.
        similar: Vec<Similar<'a>>,
        /// The parts of the page.
        rail: Vec<RailEntry<'a>>,
    }
}

context! {
    /// The deal sheet as people read it.
    pub(in crate::site) struct Sheet<'a> {
        /// The four that come first: target, walk-away, alternative, pressure.
        pub(in crate::site) main: Vec<FactRow<'a>>,
        /// The others that are known.
        pub(in crate::site) others: Vec<FactRow<'a>>,
        /// The note that states most of them; facts that name no other are from it.
        source: Option<Ref<'a>>,
    }
}

context! {
    /// One fact.
    pub(in crate::site) struct FactRow<'a> {
        /// What it is.
        pub(in crate::site) label: &'a str,
        /// The fact as people say it.
        pub(in crate::site) text: String,
        /// What follows it in smaller letters; may be empty.
        pub(in crate::site) detail: String,
        /// Whether the text is too long to be set large.
        pub(in crate::site) long: bool,
        /// The note that states it, if it is another than the sheet's.
        note: Option<Ref<'a>>,
        /// Whether anybody stated it.
        pub(in crate::site) known: bool,
    }
}

context! {
    /// How a deal stands against the principles, note by note.
    pub(super) struct Coverage<'a> {
        /// How many principles its notes show.
        pub(super) covered: usize,
        /// How many principles there are.
        pub(super) of: usize,
        /// The notes, the newest last.
        columns: Vec<Column<'a>>,
        /// Older notes that have no column.
        earlier: usize,
        /// The principles.
        rows: Vec<CoverageRow<'a>>,
        /// Principles that have no row.
        hidden: usize,
    }
}

context! {
    /// A note that has a column.
    struct Column<'a> {
        /// The note.
        note: Ref<'a>,
        /// Its day.
        date: Option<DateWords>,
    }
}

context! {
    /// A principle that has a row.
    struct CoverageRow<'a> {
        /// The principle.
        principle: &'a Value => Ref<'a>,
        /// `blank`, `suggested`, `linked`, `stated` or `contradicted`.
        state: &'static str,
        /// The same for people, with whose lever it is.
        state_text: &'a str,
        /// Whether the deal lacks it.
        is_gap: bool,
        /// One a column.
        cells: Vec<Value> => Vec<Cell>,
        /// `won 5 of 9`, in other deals in which it was ours.
        elsewhere: String,
    }
}

context! {
    /// A principle in one note.
    struct Cell {
        /// `blank`, `suggested`, `linked`, `stated` or `contradicted`.
        state: &'static str,
        /// Passages, up to 3 as step of the tint.
        heat: usize,
        /// How many passages of the note show it.
        count: usize,
        /// The first of them; empty for a blank cell.
        href: String,
        /// What the cell says to those who do not see it.
        text: String,
        /// Whether it is their lever.
        theirs: bool,
    }
}

context! {
    /// A principle that nothing supports yet.
    pub(in crate::site) struct Gap<'a> {
        /// The principle.
        principle: &'a Value => Ref<'a>,
        /// Why it counts as missing although something was noted.
        note: &'a str,
        /// What to ask, made from its first tactic.
        question: &'a Value => str,
        /// What came of it in other deals.
        record: &'a Value => str,
        /// The most telling passage of another deal.
        quote: Option<Cow<'a, Value>> => Option<Elsewhere<'a>>,
    }
}

context! {
    /// Something to be done.
    pub(in crate::site) struct TaskRow<'a> {
        /// Unique on the page.
        pub(in crate::site) id: String,
        /// Whether it is ticked in the note.
        pub(in crate::site) done: bool,
        /// What is to be done.
        pub(in crate::site) text: &'a str,
        /// The note that says so.
        note: Ref<'a>,
    }
}

context! {
    /// A note on the timeline.
    struct Event<'a> {
        /// Unique on the page.
        id: String,
        /// The note.
        note: Ref<'a>,
        /// Its day.
        date: Option<DateWords>,
        /// The stage that it names.
        stage: Option<&'a str>,
        /// Its most telling passage, else its opening words.
        pieces: Said,
        /// `3 linked passages`
        passages: String,
        /// Its links, with reasons.
        whys: Vec<Reason<'a>>,
    }
}

context! {
    /// A deal like this one.
    struct Similar<'a> {
        /// The deal.
        deal: DealRow<'a>,
        /// How many principles both have.
        shared: usize,
        /// The first of them.
        principles: Vec<&'a Value> => Vec<Ref<'a>>,
        /// The other side, if it is the same; empty if not.
        party: String,
        /// Principles that both lack, as far as this page names them.
        gaps: Vec<&'a Value> => Vec<Ref<'a>>,
        /// The stage that both are at.
        stage: Option<&'a str>,
        /// What the other is worth, if that is not far from this one.
        value: Option<String>,
        /// On which side we sit in both.
        role: Option<&'a str>,
    }
}

fn plan(atlas: &Atlas, plan: &mut Plan) {
    for (index, place) in atlas.deals.iter().enumerate() {
        let list = format!("deal-{}", place.slug);
        plan.parts(&place.path, &list, &atlas.deal(index).name, index, parts(place.notes.len(), NOTES));
    }
}

fn render(rendering: &Rendering) -> Result<Vec<u8>, TemplateError> {
    let atlas = rendering.atlas;
    let index = rendering.page.item;
    let deal = atlas.deal(index);
    let place = &atlas.deals[index];
    let first_part = rendering.page.part == 0;
    let gaps = if first_part { atlas.gaps(index) } else { Vec::new() };
    let tasks = if first_part { tasks(atlas, index) } else { Vec::new() };
    let coverage = coverage(atlas, index, first_part);
    let words = &atlas.words;
    let passages =
        place.notes.iter().flat_map(|&note| atlas.links(note)).map(|link| link.evidence.len().max(1)).sum();
    let rail = if first_part {
        rail(atlas, !deal.outcome.is_closed(), &coverage, gaps.len(), &tasks, place.notes.len())
    } else {
        Vec::new()
    };
    let counts: Vec<String> = rail.iter().map(|(_, _, count)| count.clone()).collect();
    let page = DealPage {
        title: &deal.name,
        outcome: deal.outcome.as_str(),
        outcome_text: atlas.words.outcome(deal.outcome),
        outcome_word: deal.outcome_word.as_deref(),
        stage: deal.stage.as_deref(),
        value: deal.value.map(|value| money(words, value, deal.currency.as_deref())),
        meeting: deal.facts.meeting.as_ref().map(|fact| when(&atlas.words, &fact.value)),
        owner: deal.facts.owner.as_ref().map(|fact| fact.value.as_str()),
        people: deal
            .facts
            .people
            .as_ref()
            .map_or_else(Vec::new, |fact| fact.value.iter().map(String::as_str).collect()),
        counterparties: counterparty_refs(atlas, index),
        brief: &place.brief,
        newest: place.notes.first().map(|&note| note_ref(atlas, note)),
        notes: words.count("count.notes", place.notes.len()),
        passages: words.count("count.linked_passages", passages),
        facts: sheet(atlas, deal),
        checks: deal.checks.iter().map(|check| check_words(words, check, deal)).collect(),
        zone: zone(words, &deal.facts, overlaps(deal)).filter(|_| first_part),
        offers: if first_part { offers(atlas, index) } else { None },
        more_gaps: gaps
            .iter()
            .skip(MAX_GAPS)
            .take(MAX_ROWS)
            .map(|&gap| &atlas.principles[gap].name)
            .collect(),
        gaps: gaps.iter().take(MAX_GAPS).map(|&principle| gap(atlas, index, principle)).collect(),
        tasks,
        timeline: part(&place.notes, rendering.page.part, NOTES)
            .iter()
            .map(|&note| event(atlas, note))
            .collect(),
        pager: Pager::new(
            &atlas.words,
            &place.path,
            &format!("deal-{}", place.slug),
            rendering.page.part,
            parts(place.notes.len(), NOTES),
        ),
        first_part,
        similar: if first_part { similar(atlas, index) } else { Vec::new() },
        rail: rail
            .iter()
            .zip(counts)
            .map(|(entry, count)| RailEntry { text: entry.0, href: entry.1, count, current: false })
            .collect(),
        coverage,
    };
    let description = words.fill(
        "deal.description",
        &[
            ("title", deal.name.as_str()),
            ("outcome", &page.outcome_text.to_lowercase()),
            ("n", &page.coverage.covered.to_string()),
            ("of", &page.coverage.of.to_string()),
            ("notes", &page.notes),
        ],
    );
    rendering.fill("pages/deal.html", "deals", &description, &page)
}

/// A deal in lists.
pub(super) fn deal_row(atlas: &Atlas, index: usize) -> DealRow<'_> {
    let deal = atlas.deal(index);
    let place = &atlas.deals[index];
    let is_open = deal.outcome == Outcome::Open;
    DealRow {
        title: &deal.name,
        href: &place.path,
        outcome: deal.outcome.as_str(),
        outcome_text: atlas.words.outcome(deal.outcome),
        meeting: deal.facts.meeting.as_ref().filter(|_| is_open).map(|fact| when(&atlas.words, &fact.value)),
        counterparties: words::shorten(&atlas.words.list(&deal.counterparties), 120).into_owned(),
        date: place.day.map(|day| atlas.date(day)),
        covered: atlas.covered(index),
        of: atlas.principles.len(),
        gap: is_open.then(|| atlas.gaps(index).first().map(|&gap| &atlas.principles[gap].name)).flatten(),
    }
}

/// Whether the walk-away points overlap; `None` if that cannot be told.
fn overlaps(deal: &Deal) -> Option<bool> {
    deal.checks.iter().find_map(|check| match check {
        Check::Zone { .. } => Some(true),
        Check::NoZone { .. } => Some(false),
        _ => None,
    })
}

/// A note's name and page.
pub(super) fn note_ref(atlas: &Atlas, note: usize) -> Ref<'_> {
    Ref { text: &atlas.note(note).title, href: &atlas.notes[note].path }
}

/// The other side of a deal, those with a page.
pub(super) fn counterparty_refs(atlas: &Atlas, deal: usize) -> Vec<Ref<'_>> {
    let place = &atlas.deals[deal];
    let parties = place.counterparties.iter().take(MAX_ROWS);
    parties
        .map(|&party| Ref { text: &atlas.counterparty(party).name, href: &atlas.counterparties[party].path })
        .collect()
}

/// The facts of a deal, unknown ones among the first four included.
pub(in crate::site) fn sheet<'a>(atlas: &'a Atlas, deal: &'a Deal) -> Sheet<'a> {
    let facts = &deal.facts;
    let source = |note: &Option<crate::playbook::NoteId>| {
        note.as_ref().and_then(|id| atlas.note_of(id)).map(|note| note_ref(atlas, note))
    };
    let words = &atlas.words;
    let amount = |label: &'static str, fact: &Option<Fact<Amount>>| match fact {
        Some(fact) => FactRow {
            label: words.say(label),
            text: words::shorten(&words.amount(&fact.value), 110).into_owned(),
            detail: String::new(),
            long: fact.value.text.chars().count() > 26,
            note: source(&fact.note),
            known: true,
        },
        None => FactRow {
            label: words.say(label),
            text: words.say("facts.unknown").to_owned(),
            detail: String::new(),
            long: false,
            note: None,
            known: false,
        },
    };
    let moment = |label: &'static str, fact: &Option<Fact<When>>| {
        fact.as_ref().map(|fact| FactRow {
            label: words.say(label),
            text: when(words, &fact.value),
            detail: String::new(),
            long: false,
            note: source(&fact.note),
            known: true,
        })
    };
    let main = vec![
        amount("facts.target", &facts.target),
        amount("facts.reservation", &facts.reservation),
        amount("facts.batna", &facts.batna),
        pressure(atlas, deal),
    ];
    let role = facts.role.as_ref().map(|fact| FactRow {
        label: words.say("facts.role"),
        text: match fact.value {
            Role::Buy => words.say("facts.buy").to_owned(),
            Role::Sell => words.say("facts.sell").to_owned(),
        },
        detail: String::new(),
        long: false,
        note: source(&fact.note),
        known: true,
    });
    let known = |row: FactRow<'a>| row.known.then_some(row);
    let others: Vec<FactRow> = [
        role,
        known(amount("facts.settled", &facts.settled)),
        known(amount("facts.their_estimate", &facts.their_estimate)),
        known(amount("facts.their_batna", &facts.their_batna)),
        moment("facts.deadline", &facts.deadline),
        moment("facts.their_deadline", &facts.their_deadline),
        moment("facts.meeting", &facts.meeting).filter(|_| deal.outcome.is_closed()),
    ]
    .into_iter()
    .flatten()
    .collect();
    let mut sheet = Sheet { main, others, source: None };
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for note in sheet.main.iter().chain(&sheet.others).filter_map(|row| row.note.as_ref()) {
        *counts.entry(note.href).or_default() += 1;
    }
    let most = counts.iter().max_by_key(|(_, count)| **count).map(|(href, _)| *href);
    for row in sheet.main.iter_mut().chain(&mut sheet.others) {
        if let Some(note) = row.note.take_if(|note| Some(note.href) == most) {
            sheet.source = Some(note);
        }
    }
    sheet
}

/// Who must be done first, as far as the deadlines say.
fn pressure<'a>(atlas: &'a Atlas, deal: &Deal) -> FactRow<'a> {
    let words = &atlas.words;
    let ours = deal.facts.deadline.as_ref().map(|fact| &fact.value);
    let theirs = deal.facts.their_deadline.as_ref().map(|fact| &fact.value);
    let key = match (ours, theirs) {
        (None, None) => "facts.unknown",
        (Some(_), None) => "facts.we_may",
        (None, Some(_)) => "facts.they_may",
        (Some(ours), Some(theirs)) => match (ours.at, theirs.at) {
            (Some(ours), Some(theirs)) if theirs < ours => "facts.they_are",
            (Some(ours), Some(theirs)) if ours < theirs => "facts.we_are",
            _ => "facts.both",
        },
    };
    let mut detail = Vec::new();
    if let Some(theirs) = theirs {
        detail.push(words.fill("facts.their_date", &[("date", &when(words, theirs))]));
    }
    if let Some(ours) = ours {
        detail.push(words.fill("facts.our_date", &[("date", &when(words, ours))]));
    }
    FactRow {
        label: words.say("facts.pressure"),
        text: words.say(key).to_owned(),
        known: !detail.is_empty(),
        detail: detail.join("; "),
        long: false,
        note: None,
    }
}

/// A date as people say it, else the words as written.
pub(in crate::site) fn when(words: &Words, when: &When) -> String {
    when.at.map_or_else(|| words::shorten(&when.text, 90).into_owned(), |at| words.moment(at))
}

fn money(words: &Words, value: f64, currency: Option<&str>) -> String {
    match currency {
        Some(currency) => format!("{} {}", words::shorten(currency, 12), words.number(value)),
        None => words.number(value),
    }
}

/// What follows from the facts, as a sentence.
pub(in crate::site) fn check_words(words: &Words, check: &Check, deal: &Deal) -> String {
    let facts = &deal.facts;
    let in_percent = [&facts.target, &facts.reservation, &facts.their_estimate]
        .into_iter()
        .flatten()
        .any(|fact| fact.value.text.contains('%'));
    let amount = |value: f64| {
        if in_percent { words.percent(value * 100.0) } else { words.number(value) }
    };
    match *check {
        Check::Zone { from, to } => words.fill("check.zone", &[("from", &amount(from)), ("to", &amount(to))]),
        Check::NoZone { gap } => words.fill("check.no_zone", &[("gap", &amount(gap))]),
        Check::SurplusShare(share) => {
            words.fill("check.surplus", &[("n", &words::percent(share).to_string())])
        }
        Check::ReservationSide => words.say("check.wrong_side").to_owned(),
        Check::WorseThanAlternative => words.say("check.worse_than_alternative").to_owned(),
        Check::DeadlinePassed { theirs: true } => words.say("check.their_deadline").to_owned(),
        Check::DeadlinePassed { theirs: false } => words.say("check.our_deadline").to_owned(),
    }
}

/// The table of principles and notes, the newest notes last; without rows if only its figures are wanted.
fn coverage(atlas: &Atlas, deal: usize, with_rows: bool) -> Coverage<'_> {
    let place = &atlas.deals[deal];
    let mut notes: Vec<usize> = place.notes.iter().copied().take(MAX_COLUMNS).collect();
    notes.reverse();
    let found: Vec<BTreeMap<usize, Value>> = notes.iter().map(|&note| cells(atlas, note)).collect();
    let blank = Value::from_serializable(&Cell::blank(&atlas.words));
    let all = atlas.principles.len();
    let is_hidden =
        |principle: usize| all > MAX_ROWS && atlas.standing(deal, principle).state == State::Blank;
    let rows: Vec<CoverageRow> = (0..if with_rows { all } else { 0 })
        .filter(|&principle| !is_hidden(principle))
        .take(MAX_ROWS)
        .map(|principle| {
            let standing = atlas.standing(deal, principle);
            CoverageRow {
                principle: &atlas.principles[principle].name,
                state: standing.state.as_str(),
                state_text: atlas.words.say(state_words(standing)),
                is_gap: !standing.is_covered(),
                cells: found.iter().map(|cells| cells.get(&principle).unwrap_or(&blank).clone()).collect(),
                elsewhere: elsewhere(atlas, deal, principle),
            }
        })
        .collect();
    Coverage {
        covered: atlas.covered(deal),
        of: all,
        columns: notes
            .iter()
            .map(|&note| Column { note: note_ref(atlas, note), date: atlas.day_of(note) })
            .collect(),
        earlier: place.notes.len() - notes.len(),
        hidden: all - rows.len(),
        rows,
    }
}

/// What a note says of each principle that it speaks of.
fn cells(atlas: &Atlas, note: usize) -> BTreeMap<usize, Value> {
    let Some(found) = atlas.note_links(note) else { return BTreeMap::new() };
    let marks = Marks::new(&found.links);
    let path = &atlas.notes[note].path;
    let mut cells = BTreeMap::new();
    let mentioned = found.links.iter().chain(&found.suggestions).map(|link| &link.principle);
    for id in mentioned.chain(&found.refused) {
        let Some(principle) = atlas.principle_of(id) else { continue };
        let state = coverage::state(std::iter::once(found), id);
        let link = found.links.iter().position(|link| &link.principle == id);
        let theirs = link.is_some_and(|link| found.links[link].side == Side::Theirs);
        let count = link.map_or(0, |link| found.links[link].evidence.len());
        let anchor = link.and_then(|link| marks.anchor(link, 0));
        let text = match state {
            State::Blank => atlas.words.say("coverage.none").to_owned(),
            State::Suggested => atlas.words.say("coverage.cell_suggested").to_owned(),
            State::Contradicted if theirs => atlas.words.say("coverage.cell_theirs").to_owned(),
            State::Contradicted => atlas.words.say("coverage.cell_refused").to_owned(),
            State::Stated if count == 0 => atlas.words.say("coverage.cell_stated").to_owned(),
            State::Linked | State::Stated => atlas.words.count("count.passages", count.max(1)),
        };
        let cell = Cell {
            state: state.as_str(),
            heat: count.clamp(1, 3),
            count,
            href: anchor.map_or_else(|| path.clone(), |anchor| format!("{path}#{anchor}")),
            text,
            theirs,
        };
        cells.entry(principle).or_insert_with(|| Value::from_serializable(&cell));
    }
    cells
}

impl Cell {
    fn blank(words: &Words) -> Self {
        Self {
            state: State::Blank.as_str(),
            heat: 0,
            count: 0,
            href: String::new(),
            text: words.say("coverage.none").to_owned(),
            theirs: false,
        }
    }
}

fn state_words(standing: Standing) -> &'static str {
    match (standing.state, standing.side) {
        (State::Blank, _) => "coverage.gap",
        (State::Suggested, _) => "coverage.gap_suggested",
        (State::Contradicted, Some(Side::Theirs)) => "coverage.gap_theirs",
        (State::Contradicted, _) => "coverage.gap_refused",
        (State::Linked, Some(Side::Mutual)) => "coverage.linked_mutual",
        (State::Linked, Some(Side::Unclear)) => "coverage.linked_unclear",
        (State::Linked, _) => "coverage.linked",
        (State::Stated, Some(Side::Mutual)) => "coverage.stated_mutual",
        (State::Stated, _) => "coverage.stated",
    }
}

/// `won 5 of 9`: other closed deals in which the principle was ours; else those in which nobody said whose it was.
fn elsewhere(atlas: &Atlas, deal: usize, principle: usize) -> String {
    let outcome = atlas.deal(deal).outcome;
    let standing = atlas.standing(deal, principle);
    let others = |side: Side| {
        let tally = atlas.tally(principle, side);
        let is_own = standing.is_covered() && standing.side == Some(side);
        let closed = tally.closed().saturating_sub(usize::from(is_own && outcome.is_closed()));
        let won = tally.won.saturating_sub(usize::from(is_own && outcome == Outcome::Won));
        (won, closed)
    };
    let said = |key: &'static str, won: usize, closed: usize| {
        atlas.words.fill(key, &[("n", &won.to_string()), ("of", &closed.to_string())])
    };
    match (others(Side::Ours), others(Side::Unclear)) {
        ((_, 0), (_, 0)) => atlas.words.say("coverage.none_elsewhere").to_owned(),
        ((_, 0), (won, closed)) => said("coverage.unclear_elsewhere", won, closed),
        ((won, closed), _) => said("coverage.ours_elsewhere", won, closed),
    }
}

/// What every deal says of a principle that it lacks.
fn gap_words(atlas: &Atlas, principle: usize) -> &GapWords {
    let best = atlas.principles[principle].best.first();
    atlas.gap_words[principle].get_or_init(|| GapWords {
        question: Value::from(question(atlas, principle)),
        record: Value::from(atlas.record(principle)),
        best: best.map(|&at| (at, Value::from_serializable(&quoted_elsewhere(atlas, at)))),
    })
}

/// A principle that the deal lacks, with a question and the best that was said elsewhere.
pub(in crate::site) fn gap(atlas: &Atlas, deal: usize, principle: usize) -> Gap<'_> {
    let standing = atlas.standing(deal, principle);
    let words = gap_words(atlas, principle);
    Gap {
        principle: &atlas.principles[principle].name,
        note: match (standing.state, standing.side) {
            (State::Suggested, _) => atlas.words.say("gap.suggested"),
            (State::Contradicted, Some(Side::Theirs)) => atlas.words.say("gap.theirs"),
            (State::Contradicted, _) => atlas.words.say("gap.refused"),
            _ => "",
        },
        question: &words.question,
        record: &words.record,
        quote: best_elsewhere(atlas, deal, principle).map(|at| match &words.best {
            Some((best, quote)) if *best == at => Cow::Borrowed(quote),
            _ => Cow::Owned(Value::from_serializable(&quoted_elsewhere(atlas, at))),
        }),
    }
}

/// The most telling passage about a principle in another deal.
pub(in crate::site) fn best_elsewhere(
    atlas: &Atlas,
    deal: usize,
    principle: usize,
) -> Option<(usize, usize)> {
    let best = atlas.principles[principle].best.iter();
    best.copied().find(|(note, _)| atlas.notes[*note].deal != Some(deal))
}

/// What to ask oneself about a principle: its first tactic, turned into a question.
pub(in crate::site) fn question(atlas: &Atlas, principle: usize) -> String {
    let principle = atlas.principle(principle);
    let first = principle.tactics.iter().map(|tactic| tactic.trim()).find(|tactic| !tactic.is_empty());
    match first {
        Some(tactic) => {
            let tactic = words::shorten(tactic, 160);
            atlas.words.fill("gap.ask_tactic", &[("tactic", tactic.trim_end_matches(['.', ':', ';']))])
        }
        None => atlas.words.fill("gap.ask", &[("principle", &lower_first(&principle.title))]),
    }
}

/// A title within a sentence; acronyms and names in capitals stay.
fn lower_first(title: &str) -> String {
    let mut letters = title.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if first.is_uppercase() && second.is_lowercase() => {
            first.to_lowercase().chain([second]).chain(letters).collect()
        }
        _ => title.to_owned(),
    }
}

/// What the notes of a deal say is to be done, open ones first.
pub(in crate::site) fn tasks(atlas: &Atlas, deal: usize) -> Vec<TaskRow<'_>> {
    let notes = atlas.deals[deal].notes.iter();
    let tasks = notes.flat_map(|&note| atlas.note(note).document.tasks.iter().map(move |task| (note, task)));
    // A dash in the box means that the task was given up.
    let mut tasks: Vec<_> =
        tasks.filter(|(_, task)| task.mark != '-' && !task.text.trim().is_empty()).take(500).collect();
    tasks.sort_by_key(|(_, task)| task.mark != ' ');
    tasks.truncate(MAX_TASKS);
    tasks
        .into_iter()
        .enumerate()
        .map(|(number, (note, task))| TaskRow {
            id: format!("t{}", number + 1),
            done: task.mark != ' ',
            text: &task.text,
            note: note_ref(atlas, note),
        })
        .collect()
}

fn event(atlas: &Atlas, note_index: usize) -> Event<'_> {
    let note = atlas.note(note_index);
    let links = atlas.links(note_index);
    let best = links.iter().find_map(|link| link.evidence.first());
    let opening = || {
        let prose = note.document.passages.iter().find(|passage| {
            passage.kind != crate::markdown::PassageKind::Heading && !passage.text.trim().is_empty()
        });
        prose.map_or_else(Vec::new, |passage| {
            vec![Piece { text: words::shorten(passage.text.trim(), 300).into_owned(), mark: false }]
        })
    };
    let passages = links.iter().map(|link| link.evidence.len().max(1)).sum();
    Event {
        id: format!("n{}", note_index + 1),
        note: note_ref(atlas, note_index),
        date: atlas.day_of(note_index),
        stage: note.stage.as_deref(),
        pieces: best.map_or_else(opening, |evidence| pieces(&note.document, evidence, 300)).into(),
        passages: atlas.words.count("count.linked_passages", passages),
        whys: links.iter().take(MAX_WHY).map(|link| why_in_short(atlas, link)).collect(),
    }
}

/// Other deals that have most in common with one, and what they have in common.
fn similar(atlas: &Atlas, index: usize) -> Vec<Similar<'_>> {
    let lacking: Vec<usize> = atlas.gaps(index).into_iter().take(MAX_GAPS).collect();
    let parties = atlas.deals[index].counterparties.iter();
    let with_them = parties.flat_map(|&party| atlas.counterparties[party].deals.iter().take(MAX_NEAR));
    let near = atlas.nearest(index).into_iter().map(|near: Near| near.deal);
    let candidates: BTreeSet<usize> = near.chain(with_them.copied()).filter(|&deal| deal != index).collect();
    let common = candidates.into_iter().map(|other| common(atlas, index, other, &lacking));
    let mut common: Vec<(u64, Similar)> = common.filter(|(closeness, _)| *closeness > 0).collect();
    // The sort is stable: of equal closeness, the newer deal stands first.
    common.sort_by_key(|(closeness, other)| (Reverse(*closeness), other.deal.outcome == "open"));
    common.into_iter().take(MAX_SIMILAR).map(|(_, similar)| similar).collect()
}

/// What two deals have in common, and how much that is: the same principles weigh most, then the same other side.
fn common<'a>(atlas: &'a Atlas, index: usize, other: usize, lacking: &[usize]) -> (u64, Similar<'a>) {
    let (deal, near) = (atlas.deal(index), atlas.deal(other));
    let (own, theirs) = (&atlas.deals[index].covers, &atlas.deals[other].covers);
    let both: Vec<usize> = shared(own, theirs).collect();
    let all = own.len() + theirs.len() - both.len();
    let is_ours = |party: &usize| atlas.deals[index].counterparties.contains(party);
    let parties = atlas.deals[other].counterparties.iter().filter(|party| is_ours(party));
    let parties: Vec<String> = parties.map(|&party| atlas.counterparty(party).name.clone()).collect();
    let gaps: Vec<usize> = lacking
        .iter()
        .copied()
        .filter(|gap| theirs.binary_search(gap).is_err())
        .take(MAX_COMMON_GAPS)
        .collect();
    let stage = near
        .stage
        .as_deref()
        .filter(|stage| deal.stage.as_deref().is_some_and(|own| fold(own) == fold(stage)));
    let value = near.value.filter(|&value| near.currency == deal.currency && is_like(deal.value, value));
    let role = deal.role().filter(|role| near.role() == Some(*role));
    let closeness = (both.len() as u64 * 1000) / (all.max(1) as u64)
        + u64::from(!parties.is_empty()) * 400
        + gaps.len() as u64 * 30
        + u64::from(stage.is_some()) * 60
        + u64::from(value.is_some()) * 60
        + u64::from(role.is_some()) * 20;
    // What nearly all deals share makes none of them similar.
    let is_similar = !both.is_empty() || !parties.is_empty();
    let names =
        |principles: &[usize]| principles.iter().map(|&index| &atlas.principles[index].name).collect();
    let similar = Similar {
        deal: deal_row(atlas, other),
        shared: both.len(),
        principles: names(&both[..both.len().min(MAX_COMMON)]),
        party: words::shorten(&atlas.words.list(&parties), 120).into_owned(),
        gaps: names(&gaps),
        stage,
        value: value.map(|value| money(&atlas.words, value, near.currency.as_deref())),
        role: role.map(|role| match role {
            Role::Buy => atlas.words.say("deal.both_buy"),
            Role::Sell => atlas.words.say("deal.both_sell"),
        }),
    };
    (if is_similar { closeness } else { 0 }, similar)
}

/// Whether a value is at most half as much again as another, and at least two thirds of it.
fn is_like(own: Option<f64>, value: f64) -> bool {
    own.is_some_and(|own| own > 0.0 && value * 3.0 >= own * 2.0 && value * 2.0 <= own * 3.0)
}

fn rail<'a>(
    atlas: &'a Atlas,
    is_open: bool,
    coverage: &Coverage,
    gaps: usize,
    tasks: &[TaskRow],
    notes: usize,
) -> Vec<(&'a str, &'static str, String)> {
    let words = &atlas.words;
    let mut rail = vec![
        (words.say("deal.facts"), "#facts", String::new()),
        (words.say("deal.coverage"), "#coverage", format!("{}/{}", coverage.covered, coverage.of)),
    ];
    if gaps > 0 {
        rail.push((
            words.say(if is_open { "deal.gaps" } else { "deal.closed_gaps" }),
            "#gaps",
            gaps.to_string(),
        ));
    }
    if !tasks.is_empty() {
        rail.push((words.say("deal.todo"), "#todo", tasks.len().to_string()));
    }
    rail.push((words.say("deal.timeline"), "#timeline", notes.to_string()));
    rail
}
