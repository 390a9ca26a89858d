//! How good the linker is, measured on labelled notes.
//!
//! In come labelled notes; out come figures as plain data. How they are printed is not known here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::hand::{self, ByHand};
use super::learn::{self, Impression, Learnt};
use super::{Knowledge, Limits, link, link_reading};
use crate::markdown;
use crate::playbook::{Note, NoteId, PrincipleId};
use crate::source::{Source, SourceId};

/// A note that people have labelled.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct GoldNote {
    /// Names the note in the list of misses.
    #[serde(default)]
    pub id: String,
    /// The title, if it is not in the text.
    #[serde(default)]
    pub title: Option<String>,
    /// The note as Markdown.
    pub text: String,
    /// The principles that it shows, the clearest first; none is an answer too.
    #[serde(default)]
    pub principles: Vec<String>,
}

/// The figures. Shares are from 0 to 1, and 0 where nothing could be measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Evaluation {
    /// How many notes were measured.
    pub notes: usize,
    /// How many of them have a label.
    pub labelled: usize,
    /// Share of the labelled notes whose best principle is one of the labels.
    pub precision_at_1: f64,
    /// Share of a labelled note's labels among its best three principles, averaged.
    pub recall_at_3: f64,
    /// F1 of the links shown, averaged over the principles that occur.
    pub macro_f1: f64,
    /// Share of the links shown that are labels.
    pub precision: f64,
    /// Share of the labels that are shown as links.
    pub recall: f64,
    /// Share of the notes without label that got no link.
    pub none_kept_empty: f64,
    /// How far the confidence of a note's best principle is from how often it is right, averaged over ten bins.
    pub calibration_error: f64,
    /// By principle, in the order of their ids.
    pub principles: Vec<PrincipleFigures>,
    /// By first label, what was shown first.
    pub confusion: Vec<ConfusionRow>,
    /// Links that are wrong and labels that are missing, the surest first.
    pub misses: Vec<Miss>,
    /// Labels that are no principle of the leverage document; they were left out.
    pub unknown: Vec<String>,
}

/// The figures of one principle.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PrincipleFigures {
    /// Id of the library's concept, or of the principle if it is none.
    pub principle: String,
    /// How many notes have it as a label.
    pub labels: usize,
    /// How many notes show it as a link.
    pub shown: usize,
    /// How many of these are right.
    pub right: usize,
    /// Harmonic mean of precision and recall.
    pub f1: f64,
}

/// What was shown for the notes of one label.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ConfusionRow {
    /// The first label, or `none`.
    pub label: String,
    /// What was shown first, or `none`, and how often; most frequent first.
    pub shown: Vec<(String, usize)>,
}

/// A link that is wrong, or a label that is missing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Miss {
    /// The note.
    pub note: String,
    /// The principle.
    pub principle: String,
    /// What the linker thinks of it.
    pub probability: f64,
    /// Whether it is a label, so that the link is missing.
    pub is_label: bool,
}

/// What the links set and refused by hand in a vault say about the linker, and what they teach it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct VaultEvaluation {
    /// How many notes the vault has.
    pub notes: usize,
    /// How many of them name a principle by hand; these are measured, by their text alone.
    pub labelled: usize,
    /// How many principles are refused by hand.
    pub refused: usize,
    /// In how many groups the labelled notes were left out in turn: as many as there are notes, up to fifty.
    pub groups: usize,
    /// Principles for which something is learnt from all of them.
    pub learnt: Vec<String>,
    /// Without learning.
    pub before: VaultFigures,
    /// Each note judged by what the others teach.
    pub after: VaultFigures,
}

/// The figures of a vault with or without learning.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct VaultFigures {
    /// How far the probabilities are from what is named and refused by hand, averaged; lower is better.
    pub log_loss: f64,
    /// Share of the refused principles that are not shown as links.
    pub refused_kept_away: f64,
    /// The figures of the notes that name a principle.
    #[serde(flatten)]
    pub figures: Evaluation,
}

/// A labelled note with all that was found.
struct Answer<'a> {
    id: &'a str,
    labels: Vec<String>,
    /// Best first.
    ranked: Vec<(String, f64)>,
    shown: Vec<String>,
}

/// Reads a file with one labelled note a line; lines that are none are returned with their number and what is wrong.
pub fn read_gold(text: &str) -> (Vec<GoldNote>, Vec<(usize, String)>) {
    let mut notes = Vec::new();
    let mut problems = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        match serde_json::from_str::<GoldNote>(line) {
            Ok(mut note) => {
                if note.id.is_empty() {
                    note.id = format!("line {}", index + 1);
                }
                notes.push(note);
            }
            Err(error) => problems.push((index + 1, error.to_string())),
        }
    }
    (notes, problems)
}

impl GoldNote {
    /// The note as the linker takes it.
    pub fn note(&self) -> Note {
        let source = Source::new(SourceId::new(format!("{}.md", self.id)), self.text.as_str());
        let document = markdown::parse(&source.into());
        let (mut note, _) = crate::playbook::note::read(NoteId(self.id.as_str().into()), "", document);
        if let Some(title) = &self.title {
            note.title.clone_from(title);
        }
        note
    }
}

/// Measures the linker on labelled notes.
pub fn evaluate(knowledge: &Knowledge, gold: &[GoldNote], limits: Limits) -> Evaluation {
    evaluate_notes(knowledge, gold, GoldNote::note, limits)
}

pub(super) fn evaluate_notes(
    knowledge: &Knowledge,
    gold: &[GoldNote],
    parse: impl Fn(&GoldNote) -> Note,
    limits: Limits,
) -> Evaluation {
    let mut unknown = BTreeSet::new();
    let mut answers = Vec::new();
    for gold in gold {
        let mut labels: Vec<String> = Vec::new();
        for label in &gold.principles {
            match key_of_name(knowledge, label) {
                Some(key) if !labels.contains(&key) => labels.push(key),
                Some(_) => {}
                None => {
                    unknown.insert(label.clone());
                }
            }
        }
        // With none of its labels known, the note says nothing about the linker.
        if !labels.is_empty() || gold.principles.is_empty() {
            answers.push(answer(knowledge, gold, labels, &parse(gold), limits));
        }
    }
    let mut evaluation = figures(&answers);
    evaluation.unknown = unknown.into_iter().collect();
    evaluation
}

fn answer<'a>(
    knowledge: &Knowledge,
    gold: &'a GoldNote,
    labels: Vec<String>,
    note: &Note,
    limits: Limits,
) -> Answer<'a> {
    let ranked = knowledge.candidates(&knowledge.read(note)).into_iter();
    let ranked = ranked.map(|found| (key(knowledge, &found.principle), found.score.probability)).collect();
    let links = link(knowledge, note, limits).links;
    let mut shown: Vec<String> = Vec::new();
    for link in links {
        let key = key(knowledge, &link.principle);
        if !shown.contains(&key) {
            shown.push(key);
        }
    }
    Answer { id: &gold.id, labels, ranked, shown }
}

/// A note of a vault with what its author says.
struct Judged<'a> {
    note: &'a Note,
    impression: Impression,
    stated: Vec<String>,
    refused: Vec<String>,
}

/// Measures on the notes of a vault what its authors' links by hand say about the linker, and what they teach.
pub fn evaluate_vault(knowledge: &Knowledge, notes: &[Arc<Note>], limits: Limits) -> VaultEvaluation {
    const MOST_GROUPS: usize = 50;
    let judge = |note: &'_ Arc<Note>| {
        let by_hand = hand::links(knowledge, note);
        let keys = |principles: &mut dyn Iterator<Item = &PrincipleId>| {
            let keys: BTreeSet<String> = principles.map(|principle| key(knowledge, principle)).collect();
            keys.into_iter().collect::<Vec<_>>()
        };
        let stated = keys(&mut by_hand.stated.iter().map(|stated| &stated.principle));
        let mut refused = keys(&mut by_hand.refused.iter());
        refused.retain(|key| !stated.contains(key));
        (
            Impression::new(knowledge, &mut hand::Names::new(&knowledge.leverage), note, limits),
            stated,
            refused,
        )
    };
    let judged: Vec<Judged<'_>> = notes
        .par_iter()
        .map(|note| {
            let (impression, stated, refused) = judge(note);
            Judged { note, impression, stated, refused }
        })
        .collect();
    let labelled: Vec<usize> =
        (0..judged.len()).filter(|&index| judged[index].impression.is_labelled()).collect();
    let groups = labelled.len().min(MOST_GROUPS);
    let mut before = VaultAnswers::default();
    let mut after = VaultAnswers::default();
    for group in 0..groups {
        let left_out: BTreeSet<usize> = labelled.iter().copied().skip(group).step_by(groups).collect();
        let others = judged.iter().enumerate().filter(|(index, _)| !left_out.contains(index));
        let others: Vec<&Impression> = others.map(|(_, judged)| &judged.impression).collect();
        let learnt = learn::learn(knowledge, &others);
        for &index in &left_out {
            before.add(knowledge, &judged[index], &Learnt::default(), limits);
            after.add(knowledge, &judged[index], &learnt, limits);
        }
    }
    let all: Vec<&Impression> = judged.iter().map(|judged| &judged.impression).collect();
    let learnt = learn::learn(knowledge, &all);
    let known = knowledge.concepts.iter().filter(|concept| learnt.knows(knowledge, &concept.principle));
    let known: BTreeSet<String> = known.map(|concept| key(knowledge, &concept.principle)).collect();
    VaultEvaluation {
        notes: notes.len(),
        labelled: labelled.iter().filter(|&&index| !judged[index].stated.is_empty()).count(),
        refused: judged.iter().map(|judged| judged.refused.len()).sum(),
        groups,
        learnt: known.into_iter().collect(),
        before: before.figures(),
        after: after.figures(),
    }
}

/// What was found in the labelled notes of a vault.
#[derive(Default)]
struct VaultAnswers<'a> {
    answers: Vec<Answer<'a>>,
    losses: Vec<f64>,
    refused: usize,
    kept_away: usize,
}

impl<'a> VaultAnswers<'a> {
    /// Judges a note by its text and what was learnt, as if its author had said nothing.
    fn add(&mut self, knowledge: &Knowledge, judged: &Judged<'a>, learnt: &Learnt, limits: Limits) {
        let advice = learnt.advice(knowledge, &judged.impression);
        let reading = knowledge.read_advised(judged.note, &advice);
        let candidates = knowledge.candidates(&reading);
        let found = link_reading(knowledge, judged.note, &reading, &candidates, &ByHand::default(), limits);
        let mut shown: Vec<String> = Vec::new();
        for link in &found.links {
            let key = key(knowledge, &link.principle);
            if !shown.contains(&key) {
                shown.push(key);
            }
        }
        let ranked: Vec<(String, f64)> = candidates
            .iter()
            .map(|found| (key(knowledge, &found.principle), found.score.probability))
            .collect();
        for (key, probability) in &ranked {
            let is_label = judged.stated.contains(key);
            if is_label || judged.refused.contains(key) {
                let right = if is_label { *probability } else { 1.0 - probability };
                self.losses.push(-libm::log(right.max(1e-9)));
            }
        }
        self.refused += judged.refused.len();
        self.kept_away += judged.refused.iter().filter(|key| !shown.contains(key)).count();
        if !judged.stated.is_empty() {
            let (id, labels) = (&*judged.note.id.0, judged.stated.clone());
            self.answers.push(Answer { id, labels, ranked, shown });
        }
    }

    fn figures(&self) -> VaultFigures {
        VaultFigures {
            log_loss: self.losses.iter().sum::<f64>() / share_base(self.losses.len()),
            refused_kept_away: share(self.kept_away, self.refused),
            figures: figures(&self.answers),
        }
    }
}

fn figures(answers: &[Answer<'_>]) -> Evaluation {
    let labelled: Vec<&Answer<'_>> = answers.iter().filter(|answer| !answer.labels.is_empty()).collect();
    let first_right = labelled.iter().filter(|answer| answer.first_is_right()).count();
    let recall_at_3 = labelled.iter().map(|answer| {
        let best: Vec<&String> = answer.ranked.iter().take(3).map(|(key, _)| key).collect();
        let found = answer.labels.iter().filter(|label| best.contains(label)).count();
        share(found, answer.labels.len())
    });
    let recall_at_3 = recall_at_3.sum::<f64>() / share_base(labelled.len());
    let empty: Vec<&Answer<'_>> = answers.iter().filter(|answer| answer.labels.is_empty()).collect();
    let kept_empty = empty.iter().filter(|answer| answer.shown.is_empty()).count();
    let principles = by_principle(answers);
    let sum = |of: fn(&PrincipleFigures) -> usize| principles.iter().map(of).sum::<usize>();
    let right = sum(|figures| figures.right);
    Evaluation {
        notes: answers.len(),
        labelled: labelled.len(),
        precision_at_1: share(first_right, labelled.len()),
        recall_at_3,
        macro_f1: principles.iter().map(|figures| figures.f1).sum::<f64>() / share_base(principles.len()),
        precision: share(right, sum(|figures| figures.shown)),
        recall: share(right, sum(|figures| figures.labels)),
        none_kept_empty: share(kept_empty, empty.len()),
        calibration_error: calibration_error(answers),
        confusion: confusion(answers),
        misses: misses(answers),
        principles,
        unknown: Vec::new(),
    }
}

fn by_principle(answers: &[Answer<'_>]) -> Vec<PrincipleFigures> {
    let mut by_key: BTreeMap<&String, PrincipleFigures> = BTreeMap::new();
    for answer in answers {
        for label in &answer.labels {
            by_key.entry(label).or_default().labels += 1;
        }
        for shown in &answer.shown {
            let figures = by_key.entry(shown).or_default();
            figures.shown += 1;
            figures.right += usize::from(answer.labels.contains(shown));
        }
    }
    let finish = |(key, mut figures): (&String, PrincipleFigures)| {
        figures.principle.clone_from(key);
        figures.f1 = share(2 * figures.right, figures.labels + figures.shown);
        figures
    };
    by_key.into_iter().map(finish).collect()
}

fn calibration_error(answers: &[Answer<'_>]) -> f64 {
    // By tenth of confidence: how many, the sum of their confidences, how many are right.
    let mut bins = [(0_usize, 0.0, 0_usize); 10];
    for answer in answers {
        if let Some((_, probability)) = answer.ranked.first() {
            let in_bin = (1..10).filter(|&tenth| *probability >= f64::from(tenth) / 10.0).count();
            let bin = &mut bins[in_bin];
            bin.0 += 1;
            bin.1 += probability;
            bin.2 += usize::from(answer.first_is_right());
        }
    }
    let distance = bins.iter().map(|&(_, sure, right)| (sure - number(right)).abs());
    distance.sum::<f64>() / share_base(answers.len())
}

fn confusion(answers: &[Answer<'_>]) -> Vec<ConfusionRow> {
    let none = "none".to_owned();
    let mut rows: BTreeMap<&String, BTreeMap<&String, usize>> = BTreeMap::new();
    for answer in answers {
        let row = rows.entry(answer.labels.first().unwrap_or(&none)).or_default();
        *row.entry(answer.shown.first().unwrap_or(&none)).or_default() += 1;
    }
    let finish = |(label, row): (&String, BTreeMap<&String, usize>)| {
        let mut shown: Vec<(String, usize)> =
            row.into_iter().map(|(shown, often)| (shown.clone(), often)).collect();
        shown.sort_by_key(|(_, often)| std::cmp::Reverse(*often));
        ConfusionRow { label: label.clone(), shown }
    };
    rows.into_iter().map(finish).collect()
}

fn misses(answers: &[Answer<'_>]) -> Vec<Miss> {
    let mut misses = Vec::new();
    for answer in answers {
        for (key, probability) in &answer.ranked {
            let is_label = answer.labels.contains(key);
            if is_label != answer.shown.contains(key) {
                misses.push(Miss {
                    note: answer.id.to_owned(),
                    principle: key.clone(),
                    probability: *probability,
                    is_label,
                });
            }
        }
    }
    let sure = |miss: &Miss| if miss.is_label { 1.0 - miss.probability } else { miss.probability };
    misses.sort_by(|a, b| sure(b).total_cmp(&sure(a)));
    misses
}

impl Answer<'_> {
    fn first_is_right(&self) -> bool {
        self.ranked.first().is_some_and(|(key, _)| self.labels.contains(key))
    }
}

/// What a principle is called in the figures: BATNA and Alternatives are one.
fn key(knowledge: &Knowledge, principle: &PrincipleId) -> String {
    let concept = knowledge.concepts.iter().find(|concept| &concept.principle == principle);
    let id = concept.and_then(|concept| concept.concept.clone());
    id.unwrap_or_else(|| principle.as_str().to_owned())
}

pub(super) fn key_of_name(knowledge: &Knowledge, name: &str) -> Option<String> {
    if let Some(principle) = knowledge.leverage.find(name) {
        return Some(key(knowledge, &principle));
    }
    let concept = knowledge.concept_id(name)?.to_owned();
    let known = knowledge.concepts.iter().any(|known| known.concept.as_deref() == Some(&concept));
    known.then_some(concept)
}

fn share(part: usize, whole: usize) -> f64 {
    number(part) / share_base(whole)
}

/// A share of nothing is zero, not an error.
fn share_base(whole: usize) -> f64 {
    number(whole.max(1))
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
