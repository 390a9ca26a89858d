//! The zone of agreement: between which amounts both sides gain, and where the wishes and the result lie.

use super::scale::{Scale, label_start, width};
use crate::playbook::deal::{Amount, Fact, Facts, comparable};
use crate::site::words::{self, Words};

/// Room between the lines of labels, and above the first.
const LINE: i64 = 18;
/// The least distance of two labels in a line.
const APART: i64 = 10;
const MARGIN: i64 = 14;
/// How much of an amount's own words a label shows.
const MAX_LETTERS: usize = 18;

context! {
    /// A picture of the amounts of a deal on one axis; ours above it, theirs below.
    #[derive(Debug)]
    pub(in crate::site) struct Zone {
        /// The picture's height; it is 400 wide.
        height: i64,
        /// Where the axis lies.
        axis: i64,
        /// From where to where both gain; `None` if nowhere or not known.
        band: Option<Band>,
        /// Whether the two walk-away points miss each other.
        is_gap: bool,
        /// The amounts that are known.
        marks: Vec<Mark>,
    }
}

context! {
    /// A part of the axis.
    #[derive(Debug)]
    struct Band {
        /// Where it begins.
        x: i64,
        /// How wide it is.
        width: i64,
    }
}

context! {
    /// An amount.
    #[derive(Debug)]
    struct Mark {
        /// `ours`, `theirs` or `settled`.
        kind: &'static str,
        /// What it is, with the amount.
        label: String,
        /// As written.
        value: String,
        /// Its place on the axis.
        x: i64,
        /// Where the label begins.
        text_x: i64,
        /// Where the label's line stands.
        text_y: i64,
        /// From where to where the line from the axis to the label goes.
        line: i64,
    }
}

/// `None` unless both walk-away points are numbers that can be compared.
pub(in crate::site) fn zone(words: &Words, facts: &Facts, overlaps: Option<bool>) -> Option<Zone> {
    let (Some(ours), Some(theirs)) = (&facts.reservation, &facts.their_estimate) else { return None };
    let (low, high) = comparable(ours, theirs)?;
    let named: [(&'static str, &'static str, &Option<Fact<Amount>>); 5] = [
        ("ours", "zone.target", &facts.target),
        ("ours", "zone.reservation", &facts.reservation),
        ("ours", "zone.batna", &facts.batna),
        ("theirs", "zone.their_estimate", &facts.their_estimate),
        ("settled", "zone.settled", &facts.settled),
    ];
    let found = named.into_iter().filter_map(|(kind, key, fact)| {
        let (number, _) = comparable(fact.as_ref()?, ours)?;
        let value = words::shorten(&words.amount(&fact.as_ref()?.value), MAX_LETTERS).into_owned();
        Some((kind, words.fill(key, &[("amount", &value)]), value, number))
    });
    let mut found: Vec<_> = found.collect();
    found.sort_by(|left, right| left.3.total_cmp(&right.3));
    let scale = Scale::over(found.iter().map(|amount| amount.3), 24, 376)?;
    let mut above: Vec<i64> = Vec::new();
    let mut below: Vec<i64> = Vec::new();
    let mut placed = Vec::new();
    for (kind, label, value, number) in found {
        let x = scale.place(number);
        let label_width = width(&label);
        let start = label_start(x, label_width);
        let lines = if kind == "ours" { &mut above } else { &mut below };
        let line = lines.iter().position(|end| end + APART <= start).unwrap_or(lines.len());
        if line == lines.len() {
            lines.push(0);
        }
        lines[line] = start + label_width;
        placed.push((kind, label, value, x, start, i64::try_from(line).unwrap_or(0)));
    }
    let lines = |lines: &[i64]| i64::try_from(lines.len()).unwrap_or(0) * LINE;
    let axis = MARGIN + lines(&above) + 12;
    let height = axis + 14 + lines(&below) + 6;
    let marks = placed.into_iter().map(|(kind, label, value, x, text_x, line)| {
        let text_y = if kind == "ours" { axis - 16 - line * LINE } else { axis + 26 + line * LINE };
        let end = if kind == "ours" { text_y + 4 } else { text_y - 12 };
        Mark { kind, label, value, x, text_x, text_y, line: end }
    });
    let (from, to) = (scale.place(low.min(high)), scale.place(low.max(high)));
    Some(Zone {
        height,
        axis,
        band: overlaps.map(|_| Band { x: from, width: (to - from).max(2) }),
        is_gap: overlaps == Some(false),
        marks: marks.collect(),
    })
}
