//! Offers over time: how the two sides moved towards each other.

use super::scale::{Scale, WIDTH, width};
use crate::playbook::deal::{Amount, Fact, comparable};
use crate::site::atlas::Atlas;
use crate::site::quote::Ref;
use crate::site::words::{self, DateWords, Words};

const TOP: i64 = 18;
const BOTTOM: i64 = 150;
const HEIGHT: i64 = 182;
/// More offers than this would be a thicket; the newest are shown.
const MAX_OFFERS: usize = 40;
const MAX_LETTERS: usize = 16;

context! {
    /// A picture with two lines, and the same as rows.
    #[derive(Debug)]
    pub(in crate::site) struct Offers<'a> {
        /// The picture's height; it is 400 wide.
        height: i64,
        /// Our offers as points.
        ours: Vec<Point>,
        /// Their offers as points.
        theirs: Vec<Point>,
        /// The line through our points, as SVG has it.
        our_line: String,
        /// The line through their points.
        their_line: String,
        /// Where it was settled.
        settled: Option<Point>,
        /// Where our walk-away point lies, if it is a number of the same kind.
        reservation: Option<Level>,
        /// The first day.
        start: String,
        /// The last day.
        end: String,
        /// All offers, oldest first.
        rows: Vec<Offer<'a>>,
    }
}

context! {
    /// A place in the picture.
    #[derive(Debug)]
    struct Point {
        /// From the left.
        x: i64,
        /// From the top.
        y: i64,
        /// What stands beside it; empty where a label would hide another.
        label: String,
        /// Where the middle of the label stands.
        label_x: i64,
        /// Where its line stands.
        label_y: i64,
    }
}

context! {
    /// A line across the picture.
    #[derive(Debug)]
    struct Level {
        /// From the top.
        y: i64,
        /// Whether its label stands at the left end.
        is_left: bool,
        /// What stands above it.
        label: String,
    }
}

context! {
    /// A row of the table.
    #[derive(Debug)]
    struct Offer<'a> {
        /// The note's day.
        date: Option<DateWords>,
        /// Whose offer it is, for people.
        who: &'a str,
        /// As written.
        amount: String,
        /// The note that states it.
        note: Ref<'a>,
    }
}

/// Whose offer it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Ours,
    Theirs,
    Settled,
}

/// `None` unless at least two dated offers are numbers that can be compared.
pub(in crate::site) fn offers(atlas: &Atlas, deal: usize) -> Option<Offers<'_>> {
    let words = &atlas.words;
    let mut stated: Vec<(usize, Who, &Fact<Amount>)> = Vec::new();
    // Notes are listed newest first.
    for &note in atlas.deals[deal].notes.iter().rev() {
        let facts = &atlas.note(note).facts;
        let of_note = [
            (Who::Theirs, &facts.their_offer),
            (Who::Ours, &facts.our_offer),
            (Who::Settled, &facts.settled),
        ];
        stated.extend(of_note.into_iter().filter_map(|(who, fact)| Some((note, who, fact.as_ref()?))));
    }
    let first = stated.iter().find(|(_, who, _)| *who != Who::Settled)?.2;
    let mut found: Vec<(usize, Who, &Fact<Amount>, f64)> = stated
        .into_iter()
        .filter(|(note, ..)| atlas.note(*note).day().is_some())
        .filter_map(|(note, who, fact)| Some((note, who, fact, comparable(fact, first)?.0)))
        .collect();
    found.drain(..found.len().saturating_sub(MAX_OFFERS));
    if found.len() < 2 {
        return None;
    }
    let reservation = atlas.deal(deal).facts.reservation.as_ref();
    let level = reservation.and_then(|fact| Some((fact, comparable(fact, first)?.0)));
    let ordinal = |note: usize| {
        let day = atlas.note(note).day()?;
        Some(f64::from(day.since(jiff::civil::date(2000, 1, 1)).ok()?.get_days()))
    };
    let days = Scale::over(found.iter().filter_map(|offer| ordinal(offer.0)), 44, WIDTH - 44)?;
    let numbers = found.iter().map(|offer| offer.3).chain(level.map(|(_, number)| number));
    // High amounts stand above low ones.
    let amounts = Scale::over(numbers, BOTTOM, TOP)?;
    let place = |offer: &(usize, Who, &Fact<Amount>, f64)| {
        (ordinal(offer.0).map_or(WIDTH / 2, |day| days.place(day)), amounts.place(offer.3))
    };
    let mut taken: Vec<(i64, i64, i64)> = Vec::new();
    let points = |wanted: Who, taken: &mut Vec<(i64, i64, i64)>| -> Vec<Point> {
        let wanted = found.iter().filter(|offer| offer.1 == wanted);
        wanted.map(|offer| point(place(offer), &amount(words, offer.2), taken)).collect()
    };
    let theirs = points(Who::Theirs, &mut taken);
    let ours = points(Who::Ours, &mut taken);
    let settled = points(Who::Settled, &mut taken).pop();
    // The label of the level stands where the lines leave room for it.
    let level_y = level.map(|(_, number)| amounts.place(number));
    let near = |y: i64, is_there: &dyn Fn(i64) -> bool| {
        let points = ours.iter().chain(&theirs).chain(&settled);
        points.filter(|point| is_there(point.x) && (point.y - y).abs() < 30).count()
    };
    let is_left = level_y.is_some_and(|y| near(y, &|x| x < 200) <= near(y, &|x| x >= 200));
    let day = |note: usize| atlas.day_of(note).map(|day| day.text.to_string()).unwrap_or_default();
    Some(Offers {
        height: HEIGHT,
        our_line: line(&ours, settled.as_ref()),
        their_line: line(&theirs, settled.as_ref()),
        ours,
        theirs,
        settled,
        reservation: level.map(|(fact, number)| Level {
            y: amounts.place(number),
            is_left,
            label: words.fill("zone.reservation", &[("amount", &amount(words, fact))]),
        }),
        start: day(found[0].0),
        end: day(found[found.len() - 1].0),
        rows: found
            .iter()
            .map(|&(note, who, fact, _)| Offer {
                date: atlas.day_of(note),
                who: words.say(match who {
                    Who::Ours => "offers.we",
                    Who::Theirs => "offers.they",
                    Who::Settled => "offers.settled",
                }),
                amount: amount(words, fact),
                note: Ref { text: &atlas.note(note).title, href: &atlas.notes[note].path },
            })
            .collect(),
    })
}

fn amount(words: &Words, fact: &Fact<Amount>) -> String {
    words::shorten(&words.amount(&fact.value), MAX_LETTERS).into_owned()
}

/// A point with its label above it, below it, or without one where others stand.
fn point((x, y): (i64, i64), label: &str, taken: &mut Vec<(i64, i64, i64)>) -> Point {
    let wide = width(label);
    let label_x = x.clamp(wide / 2, WIDTH - wide / 2);
    let is_free = |at: i64| {
        taken.iter().all(|&(other, other_y, other_wide)| {
            (other - label_x).abs() > i64::midpoint(wide, other_wide) || (other_y - at).abs() > 12
        })
    };
    let label_y = [y - 10, y + 20, y - 24].into_iter().find(|&at| is_free(at));
    if let Some(at) = label_y {
        taken.push((label_x, at, wide));
    }
    Point {
        x,
        y,
        label: label_y.map_or_else(String::new, |_| label.to_owned()),
        label_x,
        label_y: label_y.unwrap_or(y),
    }
}

/// The line through points, which ends where the deal was settled.
fn line(points: &[Point], settled: Option<&Point>) -> String {
    if points.is_empty() {
        return String::new();
    }
    let places = points.iter().chain(settled).map(|point| format!("{},{}", point.x, point.y));
    places.collect::<Vec<_>>().join(" ")
}
