//! Why a note has the links that it has, with the scores of every principle.

use super::evidence;
use super::{Coverage, Impression, Knowledge, Learnt, Limits, hand, link_reading};
use crate::playbook::{Evidence, Link, Note, Origin, PrincipleId, Reason};

/// What the linker thinks of a note.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// Every principle, best first; of several that are one concept only the one whose own words fit best
    /// can become a link, and the others follow with the same score.
    pub principles: Vec<Explained>,
    /// The probability, averaged over the sentences, that a sentence shows no lever at all.
    pub none: f64,
    /// How many sentences were read.
    pub sentences: usize,
    /// Whether the body says too little to show anything.
    pub too_short: bool,
}

/// What became of a principle in a note.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// It is a link, from the text or by hand.
    Linked,
    /// It is suggested to the author.
    Suggested,
    /// It is sure enough, but others are surer and a note has only so many links.
    Crowded,
    /// Neither.
    Apart,
}

/// What speaks for one principle and against it.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// The principle.
    pub principle: PrincipleId,
    /// Where the knowledge about it comes from.
    pub coverage: Coverage,
    /// The library's concept that it was matched to.
    pub concept: Option<String>,
    /// Calibrated probability from the text alone, whatever was set by hand.
    pub probability: f64,
    /// Shares of the log-odds; they sum to the score.
    pub reasons: Vec<Reason>,
    /// What each signal measured, by name, before it was weighed.
    pub features: Vec<(String, f64)>,
    /// The sentences that speak most for it, best first.
    pub evidence: Vec<Evidence>,
    /// How it was set by hand, if it was.
    pub by_hand: Option<Origin>,
    /// Whether it was refused by hand.
    pub refused: bool,
    /// What became of it.
    pub state: State,
    /// The principle of the same concept that a link goes to instead.
    pub instead: Option<PrincipleId>,
    /// The built-in passage that the evidence reads like.
    pub reads_like: Option<String>,
}

impl Explanation {
    /// The likeliest principle that is another idea.
    pub fn rival(&self, explained: &Explained) -> Option<&Explained> {
        let same = |other: &&Explained| {
            other.principle == explained.principle
                || (other.concept.is_some() && other.concept == explained.concept)
        };
        self.principles.iter().find(|other| !same(other))
    }
}

/// Explains a note of a vault whose labels have taught something.
pub fn explain(knowledge: &Knowledge, learnt: &Learnt, note: &Note, limits: Limits) -> Explanation {
    let impression = Impression::new(knowledge, &mut hand::Names::new(&knowledge.leverage), note, limits);
    let reading = knowledge.read_advised(note, &learnt.advice(knowledge, &impression));
    let by_hand = hand::links(knowledge, note);
    let candidates = knowledge.candidates(&reading);
    let settled = by_hand.settled(knowledge);
    let found = link_reading(knowledge, note, &reading, &candidates, &by_hand, limits);
    let too_short = reading.text.is_too_short();
    let state = |principle: &PrincipleId, probability: f64, settled: bool| {
        let is = |links: &[Link]| links.iter().any(|link| &link.principle == principle);
        if is(&found.links) {
            State::Linked
        } else if is(&found.suggestions) {
            State::Suggested
        } else if !too_short && !settled && probability >= limits.min_confidence {
            State::Crowded
        } else {
            State::Apart
        }
    };
    let mut principles: Vec<Explained> = Vec::new();
    for candidate in candidates {
        let subject = candidate.subject;
        let chosen = evidence::choose(knowledge, &reading, subject);
        let evidence = evidence::quote(knowledge, note, &reading, subject, &chosen);
        let reads_like = knowledge.reads_like(&reading, subject, &chosen);
        let mut members: Vec<_> =
            knowledge.concepts.iter().filter(|concept| concept.subject == subject).collect();
        members.sort_by_key(|concept| concept.principle != candidate.principle);
        for concept in members {
            let stated = by_hand.stated.iter().find(|stated| stated.principle == concept.principle);
            let other = concept.principle != candidate.principle;
            principles.push(Explained {
                principle: concept.principle.clone(),
                coverage: concept.coverage,
                concept: concept.concept.clone(),
                probability: candidate.score.probability,
                reasons: candidate.score.reasons.clone(),
                features: features(&reading, subject),
                evidence: evidence.clone(),
                by_hand: stated.map(|stated| stated.origin),
                refused: by_hand.refused.contains(&concept.principle),
                state: state(
                    &concept.principle,
                    candidate.score.probability,
                    other || settled.contains(&subject),
                ),
                instead: other.then(|| candidate.principle.clone()),
                reads_like: reads_like.clone(),
            });
        }
    }
    let idle = features(&reading, 0).into_iter().find(|(name, _)| name == "passages.none");
    Explanation {
        principles,
        none: idle.map_or(0.0, |(_, value)| value),
        sentences: reading.text.sentences.len(),
        too_short,
    }
}

/// What each signal measured for a subject.
pub(super) fn features(reading: &super::Reading, subject: usize) -> Vec<(String, f64)> {
    let mut features = Vec::new();
    for (signal, measured) in super::SIGNALS.iter().zip(&reading.measured) {
        let width = signal.features.len();
        let values = measured.features.get(subject * width..).unwrap_or_default();
        for (name, value) in signal.features.iter().zip(values) {
            features.push((format!("{}.{name}", signal.name), *value));
        }
    }
    features
}
