//! Rules for sentences that say plainly who holds the lever.
//!
//! A rule is a phrase that says how its subject stands: "could wait" strengthens whoever could. The
//! subject is the nearest of *we* and *they* before it; a negation turns it round. Where a sentence
//! doubts, reports or asks, and where two sentences disagree, the side stays unclear.

use std::collections::{BTreeMap, HashMap};

use crate::playbook::Side;

/// How a phrase leaves its subject.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    /// The subject holds the lever.
    Strong,
    /// The other side holds it.
    Weak,
}

/// Phrases for one concept; `*` stands for up to three words that are no subject.
struct Rule {
    concept: &'static str,
    stands: Stands,
    phrases: &'static [&'static str],
}

const RULES: &[Rule] = &[
    Rule {
        concept: "timing",
        stands: Stands::Strong,
        phrases: &[
            "can wait",
            "could wait",
            "can afford to wait",
            "could afford to wait",
            "able to wait",
            "happy to wait",
            "in no hurry",
            "in no rush",
            "no hurry",
            "no rush",
            "had time",
            "have time",
            "has time",
            "had all the time",
            "have all the time",
            "had months",
            "had all year",
            "can sit it out",
            "could sit it out",
        ],
    },
    Rule {
        concept: "timing",
        stands: Stands::Weak,
        phrases: &[
            "cannot wait",
            "can't wait",
            "could not wait",
            "couldn't wait",
            "can not wait",
            "cannot afford to wait",
            "could not afford to wait",
            "couldn't afford to wait",
            "in a hurry",
            "in a rush",
            "under time pressure",
            "running out of time",
            "ran out of time",
            "had no time",
            "have no time",
            "has no time",
            "up against the clock",
            "must sign by",
            "must close by",
            "had to sign by",
            "had to close by",
            "have to sign by",
            "have to close by",
            "had to decide by",
            "have to decide by",
            "needed it signed by",
            "need it signed by",
            "needs it signed by",
            "need to close by",
            "needed to close by",
            "needs to close by",
            "have to be out by",
            "had to be out by",
            "must be out by",
            "need it before",
            "needed it before",
            "needs it before",
        ],
    },
    Rule {
        concept: "need",
        stands: Stands::Strong,
        phrases: &[
            "don't need",
            "do not need",
            "did not need",
            "didn't need",
            "doesn't need",
            "does not need",
            "never needed",
            "could live without",
            "can live without",
            "could do without",
            "can do without",
            "would not miss",
            "wouldn't miss",
            "not bothered",
            "not fussed",
            "no need of",
        ],
    },
    Rule {
        concept: "need",
        stands: Stands::Weak,
        phrases: &[
            "need the * money",
            "need the * cash",
            "need the * deal",
            "need the * order",
            "need the * sale",
            "need the * work",
            "need the * business",
            "need the * income",
            "needed the * money",
            "needed the * cash",
            "needed the * deal",
            "needed the * order",
            "needed the * sale",
            "needed the * work",
            "needed the * business",
            "needs the * money",
            "needs the * cash",
            "needs the * deal",
            "needs the * order",
            "needs the * sale",
            "needs the * work",
            "needs the * business",
            "badly need",
            "badly needed",
            "badly needs",
            "need it badly",
            "needed it badly",
            "needs it badly",
            "need this badly",
            "desperate for",
            "desperately need",
            "desperately needed",
            "desperately needs",
            "need us",
            "needs us",
            "needed us",
            "need it more",
            "needs it more",
            "wanted it too much",
            "want it too much",
            "cannot make payroll",
            "could not make payroll",
            "can't make payroll",
            "couldn't make payroll",
        ],
    },
    Rule {
        concept: "dependency",
        stands: Stands::Weak,
        phrases: &[
            "depend on us",
            "depends on us",
            "depended on us",
            "rely on us",
            "relies on us",
            "relied on us",
            "depend on them",
            "depends on them",
            "depended on them",
            "depend on him",
            "depend on her",
            "rely on them",
            "relies on them",
            "relied on them",
            "depend entirely on",
            "cannot switch",
            "can't switch",
            "could not switch",
            "couldn't switch",
            "cannot replace",
            "can't replace",
            "could not replace",
            "couldn't replace",
            "locked in",
            "locked into",
            "are stuck with",
            "were stuck with",
            "is stuck with",
            "cannot run without",
            "can't run without",
            "cannot do without",
            "can't do without",
            "could not do without",
            "couldn't do without",
        ],
    },
    Rule {
        concept: "alternatives",
        stands: Stands::Strong,
        phrases: &[
            "have another offer",
            "had another offer",
            "has another offer",
            "have a second offer",
            "had a second offer",
            "had another buyer",
            "have another buyer",
            "has another buyer",
            "had another supplier",
            "have another supplier",
            "had another quote",
            "have another quote",
            "had a second supplier",
            "have a second supplier",
            "had another bidder",
            "have another bidder",
            "had two other",
            "have two other",
            "had three other",
            "have three other",
            "had a better offer",
            "have a better offer",
            "has a better offer",
            "could walk away",
            "can walk away",
            "can afford to walk",
            "could afford to walk",
            "had somewhere else to go",
            "have somewhere else to go",
            "had a signed offer",
            "have a signed offer",
            "had a written offer",
            "have a written offer",
            "had a plan b",
            "have a plan b",
            "can go elsewhere",
            "could go elsewhere",
        ],
    },
    Rule {
        concept: "alternatives",
        stands: Stands::Weak,
        phrases: &[
            "have no alternative",
            "had no alternative",
            "has no alternative",
            "have no other",
            "had no other",
            "has no other",
            "had nowhere else",
            "have nowhere else",
            "has nowhere else",
            "had no plan b",
            "have no plan b",
            "had no one else",
            "have no one else",
            "had nobody else",
            "have nobody else",
            "has nobody else",
            "had no second",
            "have no second",
            "has no second",
            "had no fallback",
            "have no fallback",
            "has no fallback",
            "cannot walk away",
            "can't walk away",
            "could not walk away",
            "couldn't walk away",
            "cannot go elsewhere",
            "could not go elsewhere",
            "couldn't go elsewhere",
            "can't go elsewhere",
            "had nothing else",
            "have nothing else",
        ],
    },
];

const OURS: &[&str] = &["we", "i", "we're", "i'm", "we'd", "i'd", "we've", "i've"];
const THEIRS: &[&str] =
    &["they", "he", "she", "they're", "they'd", "they've", "he's", "she's", "he'd", "she'd"];
const NEGATIONS: &[&str] = &[
    "not",
    "never",
    "no",
    "nor",
    "neither",
    "hardly",
    "n't",
    "isn't",
    "wasn't",
    "aren't",
    "weren't",
    "don't",
    "didn't",
    "doesn't",
    "hadn't",
    "haven't",
    "hasn't",
    "no longer",
    "nobody",
];
/// Words after which a sentence may be untrue, somebody's claim, or a wish.
const DOUBTS: &[&str] = &[
    "if",
    "whether",
    "unless",
    "think",
    "thinks",
    "thought",
    "believe",
    "believes",
    "believed",
    "pretend",
    "pretended",
    "pretends",
    "claim",
    "claims",
    "claimed",
    "said",
    "says",
    "say",
    "told",
    "tell",
    "tells",
    "bluff",
    "bluffed",
    "hoped",
    "hope",
    "assume",
    "assumed",
    "assumes",
    "suppose",
    "supposed",
    "might",
    "may",
    "maybe",
    "perhaps",
    "would",
    "act",
    "acted",
    "acting",
    "looked",
    "sounded",
    "seemed",
    "as",
    "until",
    "wrote",
    "asked",
    "imagine",
    "wish",
    "wished",
    "suspect",
    "suspected",
    "impression",
    "once",
];
/// How far before a phrase its subject may stand.
const REACH: usize = 4;

/// The rules, ready to be looked up by concept.
pub(super) struct Rules(BTreeMap<&'static str, OfConcept>);

/// The rules for one concept, ready to be looked up by the first word of a phrase.
pub(super) struct OfConcept {
    phrases: HashMap<&'static str, Vec<Phrase>>,
    /// By the first letter of a phrase: a bit for each length of its first word. Most words of a note begin none.
    opens: [u32; 256],
}

/// The words of a phrase, and how they leave their subject.
type Phrase = (Stands, Vec<&'static str>);

impl Rules {
    /// The rules that are built in.
    pub(super) fn embedded() -> Self {
        let mut rules: BTreeMap<_, OfConcept> = BTreeMap::new();
        for rule in RULES {
            let none = || OfConcept { phrases: HashMap::new(), opens: [0; 256] };
            let of_concept = rules.entry(rule.concept).or_insert_with(none);
            for phrase in rule.phrases {
                let words: Vec<&str> = phrase.split(' ').collect();
                let (letter, length) = look(words[0]);
                of_concept.opens[letter] |= length;
                of_concept.phrases.entry(words[0]).or_default().push((rule.stands, words));
            }
        }
        Self(rules)
    }

    /// The rules that speak of a concept.
    pub(super) fn of_concept(&self, concept: &str) -> Option<&OfConcept> {
        self.0.get(concept)
    }
}

impl OfConcept {
    /// Who holds the lever by one sentence; `None` if it does not say.
    pub(super) fn of_sentence(&self, words: &[&str]) -> Option<Side> {
        let mut found = None;
        for (start, first) in words.iter().enumerate() {
            let (letter, length) = look(first);
            if self.opens[letter] & length == 0 {
                continue;
            }
            for (stands, phrase) in self.phrases.get(first).into_iter().flatten() {
                if !opens_with(&words[start..], phrase) {
                    continue;
                }
                let Some(ours) = subject(words, start) else { continue };
                let holder = if ours == (*stands == Stands::Strong) { Side::Ours } else { Side::Theirs };
                if found.is_some_and(|found| found != holder) {
                    return None;
                }
                found = Some(holder);
            }
        }
        found
    }
}

/// What a word looks like from outside: its first byte, and a bit for its length.
fn look(word: &str) -> (usize, u32) {
    let first = word.bytes().next().unwrap_or_default();
    (usize::from(first), 1 << word.len().min(31))
}

fn opens_with(words: &[&str], phrase: &[&str]) -> bool {
    let Some((first, rest)) = phrase.split_first() else { return true };
    if *first == "*" {
        return (0..=3.min(words.len())).any(|skip| opens_with(&words[skip..], rest));
    }
    words.first() == Some(first) && opens_with(&words[1..], rest)
}

/// Whether the nearest subject before a phrase is ours; `None` if there is none or the sentence is no plain statement about it.
fn subject(words: &[&str], phrase: usize) -> Option<bool> {
    let from = phrase.saturating_sub(REACH);
    let at = (from..phrase).rev().find(|&at| OURS.contains(&words[at]) || THEIRS.contains(&words[at]))?;
    let between = &words[at + 1..phrase];
    if between.iter().any(|word| NEGATIONS.contains(word) || DOUBTS.contains(word)) {
        return None;
    }
    if words[..at].iter().any(|word| DOUBTS.contains(word)) {
        return None;
    }
    Some(OURS.contains(&words[at]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linker::text::scan;

    fn of(concept: &str, text: &str) -> Option<Side> {
        let mut words = Vec::new();
        scan(text, |word, _, _| words.push(word.to_owned()));
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        Rules::embedded().of_concept(concept)?.of_sentence(&words)
    }

    #[test]
    fn the_subject_and_a_negation_decide() {
        for (concept, text, expected) in [
            ("timing", "We could wait until spring.", Some(Side::Ours)),
            ("timing", "We could not wait until spring.", Some(Side::Theirs)),
            ("timing", "They cannot wait, the season opens.", Some(Side::Ours)),
            ("timing", "They knew we couldn't wait.", Some(Side::Theirs)),
            ("timing", "She can wait and she knows it.", Some(Side::Theirs)),
            ("timing", "If we could wait, we would.", None),
            ("timing", "They said they could wait.", None),
            ("timing", "The room can wait.", None),
            ("need", "They don't need us.", Some(Side::Theirs)),
            ("need", "They need the Christmas order badly.", Some(Side::Ours)),
            ("need", "We need the file.", None),
            ("dependency", "They depend on us for the lens.", Some(Side::Ours)),
            ("dependency", "We depend on them for the lens.", Some(Side::Theirs)),
            ("alternatives", "We had no alternative.", Some(Side::Theirs)),
            ("alternatives", "They had no other buyer.", Some(Side::Ours)),
            ("alternatives", "We can walk away.", Some(Side::Ours)),
            ("timing", "We can walk away.", None),
        ] {
            assert_eq!(of(concept, text), expected, "{text}");
        }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the passages stand in the repository, beside the crate")]
    fn the_rules_contradict_no_passage_of_the_training_data() {
        let mut spoke = 0;
        for hand in ["e", "f", "g"] {
            let path = format!("{}/training/passages/{hand}.tsv", env!("CARGO_MANIFEST_DIR"));
            // A package without the training data is whole, too.
            let Ok(passages) = std::fs::read_to_string(path) else { return };
            for line in passages.lines() {
                let fields: Vec<&str> = line.split('\t').collect();
                let opposite = if fields[1] == "ours" { Side::Theirs } else { Side::Ours };
                if let (Some(found), "ours" | "theirs") = (of(fields[0], fields[2]), fields[1]) {
                    spoke += 1;
                    assert_ne!(found, opposite, "{}", fields[2]);
                }
            }
        }
        assert!(spoke > 0);
    }
}
