//! The arithmetic of plots: what a share may be, and where its marks stand.

mod offers;
mod scale;
mod zone;

pub(super) use offers::{Offers, offers};
pub(super) use zone::{Zone, zone};

use super::words::{self, Words};

/// From so many closed deals on a share is shown; below, it would say more than is known.
pub(super) const ENOUGH_DEALS: usize = 5;

/// Deals that share something, by how they ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) won: usize,
    pub(super) partly: usize,
    pub(super) lost: usize,
    pub(super) open: usize,
}

context! {
    /// A share of deals that were won, with the range in which the true share may lie, drawn 400 units wide.
    #[derive(Clone, Debug)]
    pub(super) struct Interval {
        /// Closed deals.
        pub(super) deals: usize,
        /// Won deals.
        pub(super) won: usize,
        /// The share won in whole percent, as all of these.
        pub(super) share: i64,
        /// Lower end.
        pub(super) low: i64,
        /// Upper end.
        pub(super) high: i64,
        /// The share of all deals, for comparison.
        pub(super) base: i64,
        /// Where the share stands on the axis, from 0 to 400.
        pub(super) x: i64,
        /// Place of the lower end.
        pub(super) x_low: i64,
        /// Width of the band.
        pub(super) width: i64,
        /// Place of the share of all deals.
        pub(super) x_base: i64,
        /// How the label of the share of all deals is anchored, so that it stays in the picture.
        pub(super) base_anchor: &'static str,
        /// How the label of the share itself is anchored.
        pub(super) anchor: &'static str,
        /// Whether the range covers the share of all deals.
        pub(super) covers_base: bool,
    }
}

impl Tally {
    pub(super) fn closed(self) -> usize {
        self.won + self.partly + self.lost
    }

    pub(super) fn all(self) -> usize {
        self.closed() + self.open
    }

    pub(super) fn add(&mut self, outcome: crate::playbook::Outcome) {
        use crate::playbook::Outcome;
        match outcome {
            Outcome::Won => self.won += 1,
            Outcome::Partly => self.partly += 1,
            Outcome::Lost => self.lost += 1,
            Outcome::Open => self.open += 1,
        }
    }

    /// `9 closed deals: 5 won, 2 partly, 2 lost`; ends that no deal had are left out.
    pub(super) fn sentence(self, words: &Words) -> String {
        if self.all() == 0 {
            return words.say("record.none").to_owned();
        }
        let ends = [("record.won", self.won), ("record.partly", self.partly), ("record.lost", self.lost)];
        let ends = ends.into_iter().filter(|(_, count)| *count > 0);
        let ends: Vec<String> =
            ends.map(|(key, count)| words.fill(key, &[("n", &count.to_string())])).collect();
        let closed = words.count("count.closed_deals", self.closed());
        let closed = match self.closed() {
            0 => closed,
            _ => words.fill(
                "record.closed",
                &[("deals", &closed), ("ends", &ends.join(words.say("list.between")))],
            ),
        };
        if self.open == 0 {
            return closed;
        }
        words.fill("record.with_open", &[("closed", &closed), ("n", &self.open.to_string())])
    }

    /// The share that was won and its interval; `None` for too few deals.
    pub(super) fn interval(self, base: Self) -> Option<Interval> {
        if self.closed() < ENOUGH_DEALS || base.closed() == 0 {
            return None;
        }
        let share = ratio(self.won, self.closed());
        let (low, high) = wilson(self.won, self.closed());
        let base = ratio(base.won, base.closed());
        let place = |share: f64| words::percent(share) * 4;
        let anchor = |share: f64| match words::percent(share) {
            0..=12 => "start",
            13..=87 => "middle",
            _ => "end",
        };
        Some(Interval {
            deals: self.closed(),
            won: self.won,
            share: words::percent(share),
            low: words::percent(low),
            high: words::percent(high),
            base: words::percent(base),
            x: place(share),
            x_low: place(low),
            width: (place(high) - place(low)).max(4),
            x_base: place(base),
            base_anchor: anchor(base),
            anchor: anchor(share),
            covers_base: low <= base && base <= high,
        })
    }
}

/// The 95% Wilson interval of a share.
fn wilson(won: usize, all: usize) -> (f64, f64) {
    const Z: f64 = 1.959_963_984_540_054;
    let count = number(all);
    let share = ratio(won, all);
    let centre = share + Z * Z / (2.0 * count);
    let spread = Z * libm::sqrt(share * (1.0 - share) / count + Z * Z / (4.0 * count * count));
    let scale = 1.0 + Z * Z / count;
    (((centre - spread) / scale).max(0.0), ((centre + spread) / scale).min(1.0))
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { number(part) / number(whole) }
}

#[expect(clippy::cast_precision_loss, reason = "counts of deals are far below 2^52")]
fn number(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn five_of_nine_lie_between_27_and_81_percent() {
        let tally = Tally { won: 5, partly: 2, lost: 2, open: 0 };
        let interval =
            tally.interval(Tally { won: 19, lost: 23, ..Tally::default() }).expect("nine are enough");
        assert_eq!((interval.share, interval.low, interval.high, interval.base), (56, 27, 81, 45));
        assert!(interval.covers_base);
    }

    #[test]
    fn few_deals_have_no_share() {
        let words = Words::new("en", &BTreeMap::new()).expect("the built-in words are right");
        assert!(
            Tally { won: 4, ..Tally::default() }.interval(Tally { won: 4, ..Tally::default() }).is_none()
        );
        assert_eq!(Tally::default().sentence(&words), "no deals");
    }
}
