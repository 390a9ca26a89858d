//! Learns from what authors say by hand about their notes, for the other notes of the vault.
//!
//! In come impressions: what each note says by itself, and what its author says of it. Out comes, for
//! notes that share telling words, people or deals with labelled ones, a small step in log-odds. The step
//! is bounded and coarse, so that a new label seldom moves a note. For each principle it is kept only
//! where the labelled notes, each judged by what the others teach, are judged no worse than without it.
//! What an author says of a note always wins for that note; that is not decided here.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use rayon::prelude::*;

use super::hand::{self, ByHand, Names};
use super::library::own_names;
use super::score::Score;
use super::signals::words;
use super::text::{Place, Sentence, Text, UNKNOWN, Vocabulary, Word};
use super::{Knowledge, LEAST_SUGGESTION, Limits, Reading, link_reading};
use crate::playbook::{Leverage, Note, NoteLinks, PrincipleId, Reason};

/// Its name in reasons and explanations.
pub(super) const REASON: &str = "labels";

/// Log-odds of one step.
const STEP: f64 = 0.25;
/// A concept of the library moves by one in log-odds at most, up or down.
const MOST_STEPS: i32 = 4;
/// People and deals alone move half as much.
const MOST_STEPS_BY_NAMES: i32 = 2;
/// What the library does not know is found by the labelled notes or not at all, so it may move further.
const MOST_STEPS_OF_OWN: i32 = 16;
/// A note that names more principles is an overview and teaches nothing.
const MOST_STATED: usize = 5;
/// Words of a longer note are not looked at.
const MOST_WORDS: usize = 4000;
/// A note of more different words shares many with any other, so each says less.
const USUAL_WORDS: i32 = 100;
/// A word that so many of the training passages have tells nothing.
const COMMON: f64 = 0.05;
/// Training passages are about a quarter of a note.
const PASSAGES_OF_A_NOTE: f64 = 4.0;
/// How many notes the usual frequency of a word counts for, beside those of the vault.
const USUAL_NOTES: f64 = 20.0;
/// A telling word is in so many labelled notes of a concept of the library at least.
const FEWEST: u32 = 3;
/// And of a principle of the user's own, about which less is known.
const FEWEST_OF_OWN: u32 = 2;
/// A telling word is in so many times more of the principle's notes than of all others.
const LEAST_LIFT: f64 = 3.0;
/// The log-loss over all labelled notes must fall by so many of its standard errors: less may be chance.
const LEAST_GAIN: f64 = 1.0;
/// A labelled note says less about principles that its author does not name than about those that he names or refuses.
const UNNAMED: f64 = 0.5;

/// Something that notes may have in common: the number of a stem, or the hash of a word that the vocabulary does not know, of a
/// name or a deal.
type Trait = u32;

/// Marks a hash.
const HASHED: u32 = 1 << 31;
/// Marks a hashed word that is nowhere in its note in small letters, as names are.
const CAPITAL: u32 = 1;

/// What a note says by itself and what its author says of it: a function of the note and the principles, which can be remembered.
#[derive(Debug, Default)]
pub struct Impression {
    /// Its links as long as nothing is learnt.
    pub(super) links: Arc<NoteLinks>,
    /// By subject; of subjects that no principle is, the lowest number.
    pub(super) log_odds: Vec<f64>,
    /// Ascending, each once.
    traits: Vec<Trait>,
    /// What its author says, if that is something to learn from.
    labels: Option<Labels>,
}

#[derive(Debug, Default)]
struct Labels {
    stated: Vec<usize>,
    refused: Vec<usize>,
}

/// What is known about words before any note is seen.
pub(super) struct Ground {
    /// By stem: the share of notes that usually have it.
    usual: Vec<f64>,
    /// By stem: whether it names a principle. A label would teach its own name.
    names: Vec<bool>,
}

/// What the labels of a vault teach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Learnt {
    /// Ascending.
    weights: Vec<Weight>,
    /// By subject: how many notes were labelled with it.
    labelled: Vec<u32>,
}

/// What a trait says for a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Weight {
    key: Trait,
    is_name: bool,
    subject: usize,
    steps: i32,
}

/// What was learnt, as it bears on one note, by subject, ascending. Two notes' links differ by it alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advice(Vec<Hint>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Hint {
    subject: usize,
    /// Never zero.
    steps: i32,
    /// Keys of the traits that speak for it, ascending, with their steps.
    traits: Vec<(Trait, i32)>,
}

/// What labels say for one subject in one note, and by which words.
pub(super) struct Taught {
    pub(super) subject: usize,
    log_odds: f64,
    /// Indices of words of the text with their log-odds, ascending; only those that speak for it.
    words: Vec<(usize, f64)>,
}

/// The sums of what the traits of one note say for one subject.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    words: i32,
    names: i32,
    /// How many different words speak for it.
    telling: u32,
}

impl Impression {
    pub(super) fn new(knowledge: &Knowledge, names: &mut Names, note: &Note, limits: Limits) -> Self {
        // Without principles there is nothing to find.
        if knowledge.concepts.is_empty() {
            return Self::default();
        }
        let reading = knowledge.read(note);
        let candidates = knowledge.candidates(&reading);
        let by_hand = hand::links_by_names(names, note);
        let links = link_reading(knowledge, note, &reading, &candidates, &by_hand, limits);
        let mut log_odds = vec![f64::MIN; knowledge.subjects()];
        for candidate in &candidates {
            log_odds[candidate.subject] = logit(candidate.score.probability);
        }
        Self {
            links: Arc::new(links),
            log_odds,
            traits: traits(knowledge, note, &reading.text),
            labels: Labels::of(knowledge, &by_hand),
        }
    }

    /// Whether its author says something to learn from.
    pub(super) fn is_labelled(&self) -> bool {
        self.labels.is_some()
    }
}

impl Labels {
    fn of(knowledge: &Knowledge, by_hand: &ByHand) -> Option<Self> {
        let mut labels = Self::default();
        for stated in &by_hand.stated {
            labels.stated.extend(knowledge.subject(&stated.principle));
        }
        for refused in &by_hand.refused {
            labels.refused.extend(knowledge.subject(refused));
        }
        for subjects in [&mut labels.stated, &mut labels.refused] {
            subjects.sort_unstable();
            subjects.dedup();
        }
        // Two principles may be one concept: who states one of them does not refuse the concept.
        labels.refused.retain(|subject| labels.stated.binary_search(subject).is_err());
        let says_something = !labels.stated.is_empty() || !labels.refused.is_empty();
        (says_something && labels.stated.len() <= MOST_STATED).then_some(labels)
    }

    /// Whether a note shows a subject, and how much that counts; `None` if its author says nothing about it.
    fn truth(&self, subject: usize) -> Option<(bool, f64)> {
        if self.stated.binary_search(&subject).is_ok() {
            Some((true, 1.0))
        } else if self.refused.binary_search(&subject).is_ok() {
            Some((false, 1.0))
        } else {
            (!self.stated.is_empty()).then_some((false, UNNAMED))
        }
    }
}

impl Ground {
    pub(super) fn new(leverage: &Leverage, vocabulary: &mut Vocabulary) -> Self {
        let shares = words::usual_shares(vocabulary);
        let mut names = Vec::new();
        for name in leverage.principles.iter().flat_map(own_names) {
            names.extend(vocabulary.learn_text(name));
        }
        let mut is_name = vec![false; vocabulary.len()];
        for stem in names {
            is_name[stem as usize] = true;
        }
        Self { usual: shares, names: is_name }
    }

    fn tells(&self, stem: u32) -> bool {
        let common = self.usual.get(stem as usize).is_some_and(|&share| share > COMMON);
        !common && !self.names.get(stem as usize).copied().unwrap_or(false)
    }

    /// The share of notes that usually have a trait.
    fn usual(&self, which: Trait) -> f64 {
        let share = self.usual.get(which as usize).copied().unwrap_or(0.0);
        (share * PASSAGES_OF_A_NOTE).max(0.005)
    }
}

/// What a note may have in common with others.
fn traits(knowledge: &Knowledge, note: &Note, text: &Text) -> Vec<Trait> {
    let mut traits: Vec<Trait> = Vec::new();
    each_trait(knowledge, note, text, |_, which| traits.push(which));
    let names = note.counterparties.iter().chain(&note.deal);
    traits.extend(names.map(|name| hash(&name.key()) | CAPITAL));
    traits.sort_unstable();
    // Small letters stand before capitals.
    traits.dedup_by_key(|which| key(*which));
    traits
}

/// The trait however it is written.
fn key(which: Trait) -> Trait {
    if which & HASHED == 0 { which } else { which & !CAPITAL }
}

/// Calls back with the index of each telling word and its trait.
fn each_trait(knowledge: &Knowledge, note: &Note, text: &Text, mut found: impl FnMut(usize, Trait)) {
    let mut left = MOST_WORDS;
    // A note without a title is called like its file, which names its deal or its day.
    let is_named_by_file = note.title == note.document.source.id.stem();
    for sentence in &text.sentences {
        if sentence.place == Place::Title && is_named_by_file {
            continue;
        }
        let whole = match sentence.place {
            Place::Passage(index) => note.document.passages.get(index).map_or("", |passage| &*passage.text),
            Place::Title => &note.title,
        };
        for index in sentence.words.clone() {
            if left == 0 {
                return;
            }
            left -= 1;
            let is_first = index == sentence.words.start;
            if let Some(which) = trait_of(knowledge, whole, text, &text.words[index], is_first) {
                found(index, which);
            }
        }
    }
}

fn trait_of(knowledge: &Knowledge, whole: &str, text: &Text, word: &Word, is_first: bool) -> Option<Trait> {
    const SHORTEST: usize = 3;
    let folded = text.folded(word);
    let is_word = folded.starts_with(char::is_alphabetic) && folded.chars().nth(SHORTEST - 1).is_some();
    if word.idle || !is_word || (word.stem != UNKNOWN && !knowledge.ground.tells(word.stem)) {
        return None;
    }
    let capital = whole.get(word.start..).is_some_and(|rest| rest.starts_with(char::is_uppercase));
    let hashed = || hash(&knowledge.vocabulary.stem(folded));
    Some(match word.stem {
        _ if capital && !is_first => hashed() | CAPITAL,
        UNKNOWN => hashed() | u32::from(capital),
        stem => stem,
    })
}

/// FNV-1a. Whoever makes two words of his own vault collide gains nothing.
fn hash(word: &str) -> Trait {
    let mut hash: u32 = 0x811c_9dc5;
    for byte in word.bytes() {
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    (hash | HASHED) & !CAPITAL
}

impl Sums {
    fn add(&mut self, is_name: bool, steps: i32) {
        if is_name {
            self.names += steps;
        } else {
            self.words += steps;
            self.telling += u32::from(steps > 0);
        }
    }

    /// The steps of a note, within bounds.
    fn steps(self, traits: usize, labelled: u32, in_library: bool) -> i32 {
        let traits = i32::try_from(traits).unwrap_or(i32::MAX);
        let words = if traits > USUAL_WORDS {
            i32::try_from(i64::from(self.words) * i64::from(USUAL_WORDS) / i64::from(traits)).unwrap_or(0)
        } else {
            self.words
        };
        // Each further label lets a principle of the user's own move further.
        let by_count = MOST_STEPS.saturating_mul(i32::try_from(labelled).unwrap_or(i32::MAX));
        let most = if in_library { MOST_STEPS } else { MOST_STEPS_OF_OWN.min(by_count) };
        // A single word decides nothing.
        let most_by_words = if self.telling < 2 { MOST_STEPS / 2 } else { most };
        let names = self.names.clamp(-MOST_STEPS_BY_NAMES, MOST_STEPS_BY_NAMES);
        (words.clamp(-MOST_STEPS, most_by_words) + names).clamp(-MOST_STEPS, most)
    }
}

impl Learnt {
    /// What bears on a note: only where it can be seen, so that most notes stay as they are.
    pub(super) fn advice(&self, knowledge: &Knowledge, impression: &Impression) -> Advice {
        let seen = logit(LEAST_SUGGESTION);
        let in_sight = |&(subject, steps): &(usize, i32)| {
            let before = impression.log_odds[subject];
            before >= seen || before + f64::from(steps) * STEP >= seen
        };
        let steps = self.steps(knowledge, impression).into_iter().filter(in_sight);
        let hints = steps.map(|(subject, steps)| {
            let weights = impression.traits.iter().flat_map(|which| self.weights(*which));
            let weights = weights.filter(|weight| weight.subject == subject && weight.steps > 0);
            Hint { subject, steps, traits: weights.map(|weight| (weight.key, weight.steps)).collect() }
        });
        Advice(hints.collect())
    }

    fn weights(&self, which: Trait) -> impl Iterator<Item = &Weight> {
        let key = key(which);
        let from = self.weights.partition_point(|weight| weight.key < key);
        self.weights[from..].iter().take_while(move |weight| weight.key == key)
    }

    fn steps(&self, knowledge: &Knowledge, impression: &Impression) -> Vec<(usize, i32)> {
        let mut sums: BTreeMap<usize, Sums> = BTreeMap::new();
        for which in &impression.traits {
            for weight in self.weights(*which) {
                sums.entry(weight.subject).or_default().add(weight.is_name, weight.steps);
            }
        }
        let traits = impression.traits.len();
        let steps = sums.into_iter().map(|(subject, sums)| {
            (subject, sums.steps(traits, self.labelled[subject], knowledge.is_in_library(subject)))
        });
        steps.filter(|&(_, steps)| steps != 0).collect()
    }

    /// Whether other notes are found by the notes that name a principle.
    pub fn knows(&self, knowledge: &Knowledge, principle: &PrincipleId) -> bool {
        let subject = knowledge.subject(principle);
        self.weights.iter().any(|weight| Some(weight.subject) == subject)
    }
}

impl Advice {
    /// Whether the labels say nothing about the note.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Finds the words in the text of its note.
    pub(super) fn taught(&self, knowledge: &Knowledge, note: &Note, text: &Text) -> Vec<Taught> {
        let start = |hint: &Hint| Taught {
            subject: hint.subject,
            log_odds: f64::from(hint.steps) * STEP,
            words: Vec::new(),
        };
        let mut taught: Vec<Taught> = self.0.iter().map(start).collect();
        if taught.is_empty() {
            return taught;
        }
        each_trait(knowledge, note, text, |index, which| {
            for (hint, taught) in self.0.iter().zip(&mut taught) {
                if let Ok(found) = hint.traits.binary_search_by_key(&key(which), |&(key, _)| key) {
                    taught.words.push((index, f64::from(hint.traits[found].1) * STEP));
                }
            }
        });
        taught
    }
}

impl Taught {
    /// The score with what the labels add.
    pub(super) fn add_to(&self, mut score: Score) -> Score {
        score.probability = logistic(logit(score.probability) + self.log_odds);
        score.reasons.push(Reason { signal: REASON, weight: self.log_odds });
        score
    }

    /// The taught words of a sentence.
    pub(super) fn of(&self, sentence: &Sentence) -> impl Iterator<Item = (usize, f64)> {
        let from = self.words.partition_point(|&(index, _)| index < sentence.words.start);
        let end = sentence.words.end;
        self.words[from..].iter().copied().take_while(move |&(index, _)| index < end)
    }
}

impl Reading {
    /// What labels say for a subject.
    pub(super) fn taught(&self, subject: usize) -> Option<&Taught> {
        self.taught.iter().find(|taught| taught.subject == subject)
    }
}

/// Learns from all notes of a vault, in an order of which nothing depends but rounding.
pub(super) fn learn(knowledge: &Knowledge, impressions: &[&Impression]) -> Learnt {
    let labelled: Vec<(&Impression, &Labels)> = impressions
        .iter()
        .filter_map(|impression| Some((*impression, impression.labels.as_ref()?)))
        .collect();
    if labelled.len() < 2 {
        return Learnt::default();
    }
    let tally = Tally::new(knowledge, impressions, &labelled);
    let judged: Vec<Vec<(usize, i32)>> =
        labelled.par_iter().map(|(impression, labels)| tally.without(impression, labels)).collect();
    let kept = keep(knowledge, &labelled, &judged);
    tally.learnt(&kept)
}

/// How often traits and labels occur together.
struct Tally<'a> {
    knowledge: &'a Knowledge,
    /// Keys of the traits of at least two labelled notes, ascending.
    traits: Vec<Trait>,
    /// By trait: whether no labelled note has it in small letters.
    is_name: Vec<bool>,
    /// By trait: how many labelled notes have it, and how many of all.
    labelled_with: Vec<u32>,
    with: Vec<u32>,
    /// By trait, then by subject: how many notes that state or refuse it have the trait.
    together: Vec<Together>,
    /// By trait: where its rows in `together` begin; one more at the end.
    rows: Vec<usize>,
    /// By subject: how many notes state it, how many refuse it.
    stated: Vec<u32>,
    refused: Vec<u32>,
    notes: u32,
}

#[derive(Clone, Copy)]
struct Together {
    subject: usize,
    stated: u32,
    refused: u32,
}

/// What decides whether a trait tells something.
#[derive(Clone, Copy)]
struct Counts {
    /// Notes with the label; those that have the trait, too.
    of: u32,
    both: u32,
    /// Labelled notes with the trait that say something else.
    otherwise: u32,
    /// All notes; those with the trait.
    notes: u32,
    with: u32,
    /// In fewer labelled notes it may be chance.
    fewest: u32,
    usual: f64,
}

impl<'a> Tally<'a> {
    fn new(
        knowledge: &'a Knowledge,
        impressions: &[&Impression],
        labelled: &[(&Impression, &Labels)],
    ) -> Self {
        let mut all: Vec<Trait> =
            labelled.iter().flat_map(|(impression, _)| impression.traits.iter().copied()).collect();
        all.sort_unstable();
        let runs = || all.chunk_by(|a, b| key(*a) == key(*b)).filter(|run| run.len() >= 2);
        let traits: Vec<Trait> = runs().map(|run| key(run[0])).collect();
        let is_name = runs().map(|run| run[0] & HASHED != 0 && run[0] & CAPITAL != 0).collect();
        let labelled_with = runs().map(|run| number(run.len())).collect();
        let numbers = Numbers::new(&traits);
        let mut with = vec![0; traits.len()];
        for which in impressions.iter().flat_map(|impression| &impression.traits) {
            if let Some(index) = numbers.find(*which) {
                with[index] += 1;
            }
        }
        let (mut stated, mut refused) = (vec![0; knowledge.subjects()], vec![0; knowledge.subjects()]);
        let mut pairs: Vec<(usize, usize, bool)> = Vec::new();
        for (impression, labels) in labelled {
            labels.stated.iter().for_each(|&subject| stated[subject] += 1);
            labels.refused.iter().for_each(|&subject| refused[subject] += 1);
            for index in impression.traits.iter().filter_map(|&which| numbers.find(which)) {
                pairs.extend(labels.stated.iter().map(|&subject| (index, subject, true)));
                pairs.extend(labels.refused.iter().map(|&subject| (index, subject, false)));
            }
        }
        pairs.sort_unstable();
        let mut together = Vec::new();
        let mut rows = vec![0; traits.len() + 1];
        for group in pairs.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let stated = group.iter().filter(|(.., stated)| *stated).count();
            let refused = number(group.len() - stated);
            together.push(Together { subject: group[0].1, stated: number(stated), refused });
            rows[group[0].0 + 1] = together.len();
        }
        for index in 1..rows.len() {
            rows[index] = rows[index].max(rows[index - 1]);
        }
        let notes = number(impressions.len());
        Self { knowledge, traits, is_name, labelled_with, with, together, rows, stated, refused, notes }
    }

    fn rows(&self, index: usize) -> &[Together] {
        &self.together[self.rows[index]..self.rows[index + 1]]
    }

    /// What a trait says for a subject. `left_out` is a labelled note with the trait that is counted as if it were not there.
    fn weight(&self, index: usize, row: Together, left_out: Option<&Labels>) -> i32 {
        let gone = u32::from(left_out.is_some());
        let states =
            left_out.map_or(0, |labels| u32::from(labels.stated.binary_search(&row.subject).is_ok()));
        let refuses =
            left_out.map_or(0, |labels| u32::from(labels.refused.binary_search(&row.subject).is_ok()));
        let (stated, refused) = (row.stated - states, row.refused - refuses);
        let counts = |of: u32, both: u32, otherwise: u32| Counts {
            of,
            both,
            otherwise,
            notes: self.notes - gone,
            with: self.with[index] - gone,
            fewest: if self.knowledge.is_in_library(row.subject) { FEWEST } else { FEWEST_OF_OWN },
            usual: self.knowledge.ground.usual(self.traits[index]),
        };
        let others = self.labelled_with[index] - gone - stated;
        let speaks_for = counts(self.stated[row.subject] - states, stated, others).steps();
        let speaks_against = counts(self.refused[row.subject] - refuses, refused, stated).steps();
        speaks_for - speaks_against
    }

    /// The steps of a labelled note by what all the others teach.
    fn without(&self, impression: &Impression, labels: &Labels) -> Vec<(usize, i32)> {
        let mut sums: BTreeMap<usize, Sums> = BTreeMap::new();
        for which in &impression.traits {
            let Ok(index) = self.traits.binary_search(&key(*which)) else { continue };
            for &row in self.rows(index) {
                let steps = self.weight(index, row, Some(labels));
                if steps != 0 {
                    sums.entry(row.subject).or_default().add(self.is_name[index], steps);
                }
            }
        }
        let traits = impression.traits.len();
        let steps = sums.into_iter().map(|(subject, sums)| {
            let states = u32::from(labels.stated.binary_search(&subject).is_ok());
            let labelled = self.stated[subject] - states;
            (subject, sums.steps(traits, labelled, self.knowledge.is_in_library(subject)))
        });
        steps.filter(|&(_, steps)| steps != 0).collect()
    }

    fn learnt(&self, kept: &[bool]) -> Learnt {
        let mut weights = Vec::new();
        for (index, (&key, &is_name)) in self.traits.iter().zip(&self.is_name).enumerate() {
            for &row in self.rows(index).iter().filter(|row| kept[row.subject]) {
                let steps = self.weight(index, row, None);
                if steps != 0 {
                    weights.push(Weight { key, is_name, subject: row.subject, steps });
                }
            }
        }
        Learnt { weights, labelled: self.stated.clone() }
    }
}

impl Counts {
    fn steps(self) -> i32 {
        // The label stands on three of five labelled notes that have it.
        if self.both < self.fewest || self.both * 2 < self.otherwise * 3 {
            return 0;
        }
        let (of, both) = (f64::from(self.of), f64::from(self.both));
        let elsewhere = f64::from(self.with.saturating_sub(self.both));
        let others = f64::from(self.notes.saturating_sub(self.of));
        let there = (elsewhere + USUAL_NOTES * self.usual) / (others + USUAL_NOTES);
        let here = (both + 2.0 * there) / (of + 2.0);
        let lift = here / there;
        if lift < LEAST_LIFT {
            return 0;
        }
        steps_of(libm::log(lift) * (both - 1.0) / both)
    }
}

/// Log-odds in whole steps, at most eight.
fn steps_of(log_odds: f64) -> i32 {
    (1..=8).take_while(|&steps| f64::from(steps) * STEP <= log_odds).last().unwrap_or(0)
}

/// For which subjects the steps do the labelled notes good; `judged` has the steps of each by what the others teach.
fn keep(
    knowledge: &Knowledge,
    labelled: &[(&Impression, &Labels)],
    judged: &[Vec<(usize, i32)>],
) -> Vec<bool> {
    let mut gains = vec![0.0; knowledge.subjects()];
    let mut squares = vec![0.0; knowledge.subjects()];
    let mut touched: Vec<Vec<usize>> = vec![Vec::new(); knowledge.subjects()];
    for (note, ((impression, labels), steps)) in labelled.iter().zip(judged).enumerate() {
        for &(subject, steps) in steps {
            touched[subject].push(note);
            let Some((shows, counts)) = labels.truth(subject) else { continue };
            let before = impression.log_odds[subject];
            let after = before + f64::from(steps) * STEP;
            let gain = counts * (loss(before, shows) - loss(after, shows));
            gains[subject] += gain;
            squares[subject] += gain * gain;
        }
    }
    let helps = |&subject: &usize| {
        gains[subject] > 0.0 && gains[subject] >= LEAST_GAIN * libm::sqrt(squares[subject])
    };
    let mut order: Vec<usize> = (0..gains.len()).filter(helps).collect();
    order.sort_by(|&a, &b| gains[b].total_cmp(&gains[a]).then(a.cmp(&b)));
    let mut kept = vec![false; gains.len()];
    let first_is_right = |note: usize, kept: &[bool]| {
        let (impression, labels) = labelled[note];
        let mut log_odds = impression.log_odds.clone();
        for &(subject, steps) in judged[note].iter().filter(|(subject, _)| kept[*subject]) {
            log_odds[subject] += f64::from(steps) * STEP;
        }
        let best = (0..log_odds.len())
            .reduce(|best, next| if log_odds[next] > log_odds[best] { next } else { best });
        best.is_some_and(|best| labels.stated.binary_search(&best).is_ok())
    };
    for subject in order {
        let right =
            |kept: &[bool]| touched[subject].iter().filter(|&&note| first_is_right(note, kept)).count();
        let before = right(&kept);
        kept[subject] = true;
        kept[subject] = right(&kept) >= before;
    }
    kept
}

/// The numbers of traits, found quickly: stems by their own number.
struct Numbers {
    of_stem: Vec<u32>,
    of_hash: HashMap<Trait, u32>,
}

impl Numbers {
    const NONE: u32 = u32::MAX;

    fn new(traits: &[Trait]) -> Self {
        let stems = traits.partition_point(|which| which & HASHED == 0);
        let length = traits[..stems].last().map_or(0, |&last| last as usize + 1);
        let mut of_stem = vec![Self::NONE; length];
        for (number, &stem) in (0..).zip(&traits[..stems]) {
            of_stem[stem as usize] = number;
        }
        let of_hash =
            (number(stems)..).zip(&traits[stems..]).map(|(number, &which)| (which, number)).collect();
        Self { of_stem, of_hash }
    }

    fn find(&self, which: Trait) -> Option<usize> {
        let found = match which & HASHED {
            0 => self.of_stem.get(which as usize).copied(),
            _ => self.of_hash.get(&key(which)).copied(),
        };
        found.filter(|&number| number != Self::NONE).map(|number| number as usize)
    }
}

fn loss(log_odds: f64, shows: bool) -> f64 {
    let sign = if shows { -1.0 } else { 1.0 };
    libm::log(1.0 + libm::exp((sign * log_odds).min(700.0)))
}

fn logit(probability: f64) -> f64 {
    let probability = probability.clamp(1e-9, 1.0 - 1e-9);
    libm::log(probability / (1.0 - probability))
}

fn logistic(log_odds: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-log_odds))
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
