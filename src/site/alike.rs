//! Which deals stand on the same principles, found once for all deals that stand on the very same ones.

use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Deals by the principles that have support in them.
pub(super) struct Alike {
    groups: Vec<Group>,
    /// By deal.
    group_of: Vec<usize>,
}

/// All deals in which the same principles have support.
struct Group {
    /// Ascending.
    covers: Vec<usize>,
    /// Closed ones first.
    deals: Vec<usize>,
    nearest: OnceLock<Vec<Near>>,
}

/// A deal and how many principles it shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Near {
    pub(super) deal: usize,
    pub(super) shared: usize,
}

/// So many are known for each deal; what else they have in common is weighed elsewhere.
const MOST: usize = 20;

impl Alike {
    /// `deals` gives for each deal the principles that have support in it, ascending, and whether it is closed.
    pub(super) fn new<'a>(deals: impl Iterator<Item = (&'a [usize], bool)>) -> Self {
        let mut by_covers: BTreeMap<&[usize], Vec<(bool, usize)>> = BTreeMap::new();
        for (deal, (covers, is_closed)) in deals.enumerate() {
            by_covers.entry(covers).or_default().push((!is_closed, deal));
        }
        let group_of = vec![0; by_covers.values().map(Vec::len).sum()];
        let mut alike = Self { groups: Vec::new(), group_of };
        for (number, (covers, mut deals)) in by_covers.into_iter().enumerate() {
            deals.sort_unstable();
            let deals: Vec<usize> = deals.into_iter().map(|(_, deal)| deal).collect();
            for &deal in &deals {
                alike.group_of[deal] = number;
            }
            alike.groups.push(Group { covers: covers.to_vec(), deals, nearest: OnceLock::new() });
        }
        alike
    }

    /// Other deals that share principles with one, the closest first, closed ones before open ones of equal closeness.
    pub(super) fn nearest(&self, deal: usize, is_closed: impl Fn(usize) -> bool) -> Vec<Near> {
        let group = &self.groups[self.group_of[deal]];
        let nearest = group.nearest.get_or_init(|| self.of_group(group, is_closed));
        nearest.iter().copied().filter(|near| near.deal != deal).take(MOST).collect()
    }

    /// The deals closest to those of a group, one more than are wanted: one of them may be the deal itself.
    fn of_group(&self, group: &Group, is_closed: impl Fn(usize) -> bool) -> Vec<Near> {
        let closeness = |other: &Group| {
            let shared = shared(&group.covers, &other.covers).count();
            let all = group.covers.len() + other.covers.len() - shared;
            ((shared as u64 * 1_000_000) / (all.max(1) as u64), shared)
        };
        let groups = self.groups.iter().map(|other| (closeness(other), other));
        let mut groups: Vec<_> = groups.filter(|((_, shared), _)| *shared > 0).collect();
        groups.sort_by_key(|((closeness, _), _)| std::cmp::Reverse(*closeness));
        let mut nearest = Vec::new();
        for equal in groups.chunk_by(|left, right| left.0.0 == right.0.0) {
            let deals = equal.iter().flat_map(|((_, shared), other)| {
                other.deals.iter().take(MOST + 1).map(|&deal| Near { deal, shared: *shared })
            });
            let mut deals: Vec<Near> = deals.collect();
            deals.sort_by_key(|near| (!is_closed(near.deal), near.deal));
            nearest.extend(deals);
            if nearest.len() > MOST {
                break;
            }
        }
        nearest.truncate(MOST + 1);
        nearest
    }
}

/// The numbers in both of two ascending lists.
pub(super) fn shared<'a>(left: &'a [usize], right: &'a [usize]) -> impl Iterator<Item = usize> + 'a {
    let mut right = right.iter().copied().peekable();
    left.iter().copied().filter(move |&number| {
        while right.next_if(|&other| other < number).is_some() {}
        right.next_if_eq(&number).is_some()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_nearest_are_those_of_a_plain_comparison(
            deals in prop::collection::vec((prop::collection::btree_set(0_usize..5, 0..5), any::<bool>()), 1..40),
        ) {
            let deals: Vec<(Vec<usize>, bool)> =
                deals.into_iter().map(|(covers, closed)| (covers.into_iter().collect(), closed)).collect();
            let alike = Alike::new(deals.iter().map(|(covers, closed)| (&covers[..], *closed)));
            for (deal, (own, _)) in deals.iter().enumerate() {
                let mut all: Vec<_> = (0..deals.len())
                    .filter(|&other| other != deal)
                    .map(|other| {
                        let shared = shared(own, &deals[other].0).count();
                        let union = own.len() + deals[other].0.len() - shared;
                        let closeness = shared * 1_000_000 / union.max(1);
                        (std::cmp::Reverse((closeness, deals[other].1)), other, shared)
                    })
                    .filter(|&(_, _, shared)| shared > 0)
                    .collect();
                all.sort_unstable();
                let expected: Vec<Near> =
                    all.into_iter().map(|(_, deal, shared)| Near { deal, shared }).take(MOST).collect();
                prop_assert_eq!(alike.nearest(deal, |deal| deals[deal].1), expected);
            }
        }
    }
}
