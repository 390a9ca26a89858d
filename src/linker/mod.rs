//! Finds the principles that a note shows, and says why.
//!
//! In come notes and principles; out come links with calibrated confidence and the passages that
//! speak for them. Each kind of sign is a file in `signals/`; `score` joins them; nothing here knows
//! files, pages or audiences. The same input gives the same links on every platform.

mod phrases;
mod text;
mod features;
mod weights;
mod library;
mod signals;
mod score;
mod side;
mod evidence;
mod hand;
mod resemblance;
mod learn;
pub mod explain;
pub mod eval;

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

pub use hand::check;
pub use learn::{Advice, Impression, Learnt};
pub use library::{Concept, Coverage};

use crate::playbook::{Leverage, Link, Note, NoteLinks, Origin, Principle, PrincipleId, Rival, Side};
use hand::{ByHand, Names};
use learn::{Ground, Taught};
use library::{Library, Namesake, Subject};
use phrases::Phrases;
use resemblance::Resemblance;
use score::{Fusion, Score};
use side::Sides;
use signals::{Measured, SIGNALS, Signals};
use text::{Place, Text, Vocabulary};

/// The limits of `[linking]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Links below this probability are only suggested.
    pub min_confidence: f64,
    /// At most so many links from a note's text.
    pub max_links: usize,
}

/// What the linker knows before it sees a note: the principles, matched to the concept library, and their statistics.
pub struct Knowledge {
    leverage: Leverage,
    library: Library,
    concepts: Vec<Concept>,
    /// The subjects that are principles, in the order of the leverage document.
    asked: Vec<Asked>,
    /// By principle: the words that set it apart from the others of its concept.
    own_words: Vec<BTreeMap<u32, f64>>,
    vocabulary: Vocabulary,
    idle: Phrases,
    signals: Signals,
    sides: Sides,
    fusion: Fusion,
    resemblance: Resemblance,
    ground: Ground,
}

/// A subject that principles are.
struct Asked {
    subject: usize,
    /// Their indices.
    principles: Vec<usize>,
    /// By stem: whether it sets some of several principles apart from the others.
    telling: Vec<bool>,
}

/// A note of a vault with all that was found about it. Cheap to copy.
#[derive(Clone, Debug)]
pub struct Linked {
    /// What the note says by itself.
    impression: Arc<Impression>,
    /// What the labels of other notes add.
    advice: Advice,
    /// The links that follow from both.
    pub links: Arc<NoteLinks>,
}

/// A note with all that the signals say of it.
struct Reading {
    text: Text,
    measured: Vec<Measured>,
    /// What the labels of other notes say of it, by subject.
    taught: Vec<Taught>,
}

/// What a note's text says for one subject.
struct Candidate {
    subject: usize,
    /// The principle of that subject whose own words fit the note best.
    principle: PrincipleId,
    score: Score,
}

/// In fewer words of its body a note shows nothing, whatever they are.
const FEWEST_WORDS: usize = 4;
/// Lower ones are not worth a person's time.
const LEAST_SUGGESTION: f64 = 0.2;
const MOST_SUGGESTIONS: usize = 3;

/// Links the notes of a vault, each from its own text and from what the labels of the others teach. What was learnt and found
/// `before`, by the place of the very same note, is taken over as far as it would be the same again.
pub fn link_vault<'a>(
    knowledge: &Knowledge,
    notes: &[Arc<Note>],
    limits: Limits,
    learnt_before: Option<&Arc<Learnt>>,
    before: impl Fn(usize) -> Option<&'a Linked> + Sync,
) -> (Vec<Linked>, Arc<Learnt>) {
    let first = |names: &mut Names, (place, note): (usize, &Arc<Note>)| match before(place) {
        Some(linked) => Arc::clone(&linked.impression),
        None => Arc::new(Impression::new(knowledge, names, note, limits)),
    };
    let names = || Names::new(&knowledge.leverage);
    let impressions: Vec<Arc<Impression>> = notes.par_iter().enumerate().map_init(names, first).collect();
    let all: Vec<&Impression> = impressions.iter().map(|impression| &**impression).collect();
    let learnt = learn::learn(knowledge, &all);
    let same = learnt_before.filter(|before| ***before == learnt);
    let learnt = same.map_or_else(|| Arc::new(learnt), Arc::clone);
    let finish = |(place, (note, impression)): (usize, (&Arc<Note>, Arc<Impression>))| {
        let before = before(place);
        if let Some(linked) = before.filter(|_| same.is_some()) {
            return linked.clone();
        }
        let advice = learnt.advice(knowledge, &impression);
        if let Some(linked) = before.filter(|linked| linked.advice == advice) {
            return linked.clone();
        }
        let links = if advice.is_empty() {
            Arc::clone(&impression.links)
        } else {
            let reading = knowledge.read_advised(note, &advice);
            let candidates = knowledge.candidates(&reading);
            let by_hand = hand::links(knowledge, note);
            Arc::new(link_reading(knowledge, note, &reading, &candidates, &by_hand, limits))
        };
        Linked { impression, advice, links }
    };
    let linked = notes.par_iter().zip(impressions).enumerate().map(finish).collect();
    (linked, learnt)
}

/// The links of one note by itself: a pure function of the note and the principles, before anything is learnt from others.
pub fn link(knowledge: &Knowledge, note: &Note, limits: Limits) -> NoteLinks {
    let reading = knowledge.read(note);
    let candidates = knowledge.candidates(&reading);
    link_reading(knowledge, note, &reading, &candidates, &hand::links(knowledge, note), limits)
}

fn link_reading(
    knowledge: &Knowledge,
    note: &Note,
    reading: &Reading,
    candidates: &[Candidate],
    by_hand: &ByHand,
    limits: Limits,
) -> NoteLinks {
    let mut found = NoteLinks { refused: by_hand.refused.clone(), ..NoteLinks::default() };
    let settled = by_hand.settled(knowledge);
    let by_hand = by_hand.stated.iter();
    found.links = by_hand.map(|stated| link_by_hand(knowledge, note, reading, candidates, stated)).collect();
    if reading.text.is_too_short() {
        return found;
    }
    let mut most_links = limits.max_links;
    for candidate in candidates {
        let probability = candidate.score.probability;
        let sure = probability >= limits.min_confidence;
        if settled.contains(&candidate.subject) || (!sure && probability < LEAST_SUGGESTION) {
            continue;
        }
        let room = if sure { most_links } else { MOST_SUGGESTIONS.saturating_sub(found.suggestions.len()) };
        if room == 0 {
            continue;
        }
        let link = link_from_text(knowledge, note, reading, candidates, candidate);
        if link.evidence.is_empty() {
            continue;
        }
        if sure {
            most_links -= 1;
            found.links.push(link);
        } else {
            found.suggestions.push(link);
        }
    }
    found
}

fn link_from_text(
    knowledge: &Knowledge,
    note: &Note,
    reading: &Reading,
    candidates: &[Candidate],
    candidate: &Candidate,
) -> Link {
    let chosen = evidence::choose(knowledge, reading, candidate.subject);
    let concept = knowledge.library.concept_id(candidate.subject);
    Link {
        principle: candidate.principle.clone(),
        confidence: candidate.score.probability,
        origin: Origin::Text,
        side: concept.map(|concept| knowledge.side(concept, &reading.text, &chosen)).unwrap_or_default(),
        evidence: evidence::quote(knowledge, note, reading, candidate.subject, &chosen),
        reasons: candidate.score.reasons.clone(),
        reads_like: knowledge.reads_like(reading, candidate.subject, &chosen),
        rival: rival(candidates, candidate.subject),
    }
}

fn link_by_hand(
    knowledge: &Knowledge,
    note: &Note,
    reading: &Reading,
    candidates: &[Candidate],
    stated: &hand::Stated,
) -> Link {
    let subject = knowledge.subject(&stated.principle).unwrap_or_default();
    let chosen = evidence::choose_near(knowledge, note, reading, subject, &stated.places);
    Link {
        principle: stated.principle.clone(),
        confidence: 1.0,
        origin: stated.origin,
        side: stated.side,
        evidence: evidence::quote(knowledge, note, reading, subject, &chosen),
        reasons: Vec::new(),
        reads_like: knowledge.reads_like(reading, subject, &chosen),
        rival: rival(candidates, subject),
    }
}

/// The likeliest other principle.
fn rival(candidates: &[Candidate], subject: usize) -> Option<Rival> {
    let other = candidates.iter().find(|candidate| candidate.subject != subject)?;
    Some(Rival { principle: other.principle.clone(), confidence: other.score.probability })
}

impl Text {
    /// Whether the body says too little to show anything.
    fn is_too_short(&self) -> bool {
        let body = self.sentences.iter().filter(|sentence| sentence.place != Place::Title);
        body.map(|sentence| sentence.words.len()).sum::<usize>() < FEWEST_WORDS
    }
}

impl Knowledge {
    /// Matches the principles to the library and prepares the statistics of every signal.
    pub fn new(leverage: &Leverage) -> Self {
        let library = Library::embedded();
        let mut vocabulary = Vocabulary::new();
        let idle = library.idle(&mut vocabulary);
        let fusion = Fusion::embedded();
        let mut subjects = library.subjects();
        let matched = match_principles(leverage, &library, &mut vocabulary, &idle, &fusion);
        let mut concepts = Vec::new();
        for (principle, subject) in leverage.principles.iter().zip(matched) {
            let subject = subject.unwrap_or(subjects.len());
            if subject == subjects.len() {
                subjects.push(Subject::default());
            }
            subjects[subject].add(principle);
            let concept = library.concept_id(subject).map(str::to_owned);
            let coverage = match &concept {
                Some(_) => Coverage::Library,
                None if library::is_described(principle) => Coverage::OwnText,
                None => Coverage::NameOnly,
            };
            concepts.push(Concept { principle: principle.id.clone(), coverage, concept, subject });
        }
        let signals = Signals::new(&subjects, &mut vocabulary);
        let own_words: Vec<_> = leverage
            .principles
            .iter()
            .map(|principle| library::own_words(principle, &library, &mut vocabulary))
            .collect();
        let resemblance = Resemblance::new(&library, &mut vocabulary);
        let ground = Ground::new(leverage, &mut vocabulary);
        Self {
            leverage: leverage.clone(),
            library,
            asked: asked(&concepts, &own_words),
            concepts,
            own_words,
            vocabulary,
            idle,
            signals,
            sides: Sides::embedded(),
            fusion,
            resemblance,
            ground,
        }
    }

    /// The principles as the linker knows them, in the order of the leverage document.
    pub fn concepts(&self) -> &[Concept] {
        &self.concepts
    }

    /// The leverage document that the linker was prepared for.
    pub fn leverage(&self) -> &Leverage {
        &self.leverage
    }

    /// The id of the library's concept of that id or name; other names for one concept give the same id.
    pub fn concept_id(&self, name: &str) -> Option<&str> {
        let of_user = self.leverage.find(name).and_then(|id| self.subject(&id));
        let subject = of_user.or_else(|| self.library.find(name, &mut Vocabulary::new()))?;
        self.library.concept_id(subject)
    }

    fn side(&self, concept: &str, text: &Text, sentences: &[usize]) -> Side {
        self.sides.of_text(concept, text, sentences)
    }

    fn read(&self, note: &Note) -> Reading {
        Self::measure(&self.signals, &self.vocabulary, &self.idle, note)
    }

    /// The note with what the labels of others say of it.
    fn read_advised(&self, note: &Note, advice: &Advice) -> Reading {
        let mut reading = self.read(note);
        reading.taught = advice.taught(self, note, &reading.text);
        reading
    }

    fn measure(signals: &Signals, vocabulary: &Vocabulary, idle: &Phrases, note: &Note) -> Reading {
        let text = Text::read(note, vocabulary, signals.lexicon(), idle);
        let measured = SIGNALS.iter().map(|signal| (signal.measure)(signals, &text)).collect();
        Reading { text, measured, taught: Vec::new() }
    }

    /// Every subject that is a principle of the user, best first.
    fn candidates(&self, reading: &Reading) -> Vec<Candidate> {
        let candidate = |asked: &Asked| {
            let principle = self.best_of(asked, reading);
            Candidate { subject: asked.subject, principle, score: self.score(reading, asked.subject) }
        };
        let mut candidates: Vec<Candidate> = self.asked.iter().map(candidate).collect();
        candidates.sort_by(|a, b| b.score.probability.total_cmp(&a.score.probability));
        candidates
    }

    fn score(&self, reading: &Reading, subject: usize) -> Score {
        let score = self.fusion.score(&reading.measured, subject, self.is_in_library(subject));
        match reading.taught.iter().find(|taught| taught.subject == subject) {
            Some(taught) => taught.add_to(score),
            None => score,
        }
    }

    fn is_in_library(&self, subject: usize) -> bool {
        self.library.concept_id(subject).is_some()
    }

    /// How many subjects there are: concepts of the library, then principles that are none.
    fn subjects(&self) -> usize {
        self.signals.subjects
    }

    /// The passage of the library that the best of the chosen sentences reads like.
    fn reads_like(&self, reading: &Reading, subject: usize, chosen: &[usize]) -> Option<String> {
        let sentence = &reading.text.sentences[*chosen.first()?];
        let stems = reading.text.words_of(sentence).iter().filter(|word| !word.idle).map(|word| word.stem);
        self.resemblance.nearest(subject, stems).map(str::to_owned)
    }

    fn subject(&self, principle: &PrincipleId) -> Option<usize> {
        self.concepts.iter().find(|concept| &concept.principle == principle).map(|concept| concept.subject)
    }

    /// Of several principles that are one concept, the one whose own words fit the note best; else the first.
    fn best_of(&self, asked: &Asked, reading: &Reading) -> PrincipleId {
        if let [only] = *asked.principles {
            return self.concepts[only].principle.clone();
        }
        let stems = reading.text.words.iter().map(|word| word.stem);
        let mut stems: Vec<u32> = stems.filter(|stem| asked.is_telling(*stem)).collect();
        stems.sort_unstable();
        stems.dedup();
        let fit =
            |index: usize| -> f64 { stems.iter().filter_map(|stem| self.own_words[index].get(stem)).sum() };
        let best = asked.principles.iter().map(|&index| (fit(index), index));
        let best = best.reduce(|best, next| if next.0 > best.0 { next } else { best });
        // A subject is asked for only where a principle is it.
        let (_, index) = best.unwrap_or_default();
        self.concepts[index].principle.clone()
    }
}

impl Asked {
    fn is_telling(&self, stem: u32) -> bool {
        self.telling.get(stem as usize).copied().unwrap_or(false)
    }
}

/// The subjects that principles are, in the order of the principles.
fn asked(concepts: &[Concept], own_words: &[BTreeMap<u32, f64>]) -> Vec<Asked> {
    let mut all: Vec<Asked> = Vec::new();
    for (index, concept) in concepts.iter().enumerate() {
        let subject = concept.subject;
        match all.iter_mut().find(|asked| asked.subject == subject) {
            Some(asked) => asked.principles.push(index),
            None => all.push(Asked { subject, principles: vec![index], telling: Vec::new() }),
        }
    }
    for asked in &mut all {
        for stem in asked.principles.iter().flat_map(|&index| own_words[index].keys()) {
            let has = |&index: &usize| own_words[index].contains_key(stem);
            let place = *stem as usize;
            asked.telling.resize(asked.telling.len().max(place + 1), false);
            asked.telling[place] = !asked.principles.iter().all(has);
        }
    }
    all
}

/// The subject of the library that each principle is, by name or, with caution, by what its text says.
fn match_principles(
    leverage: &Leverage,
    library: &Library,
    vocabulary: &mut Vocabulary,
    idle: &Phrases,
    fusion: &Fusion,
) -> Vec<Option<usize>> {
    let by_name = |principle| library::match_by_name(principle, library, vocabulary);
    let named: Vec<Option<Namesake>> = leverage.principles.iter().map(by_name).collect();
    let is_sure = |named: &Option<Namesake>| named.is_some_and(|named| named.is_own);
    if named.iter().all(is_sure) {
        return named.into_iter().map(|named| named.map(|named| named.subject)).collect();
    }
    let signals = Signals::new(&library.subjects(), vocabulary);
    let subject = |(principle, named): (&Principle, Option<Namesake>)| match named {
        Some(named) if named.is_own => Some(named.subject),
        // What a principle says of itself counts more than one of several names, which says nothing then.
        Some(named) => {
            let texts = library::texts_of(principle).into_iter().filter(|text| *text != principle.title);
            let texts: Vec<String> = texts.collect();
            match_by_text(&texts, Some(named.subject), &signals, vocabulary, idle, fusion)
                .or(Some(named.subject))
        }
        None => match_by_text(&library::texts_of(principle), None, &signals, vocabulary, idle, fusion),
    };
    leverage.principles.iter().zip(named).map(subject).collect()
}

/// A principle whose text plainly describes one concept, and no other, is that concept. `named` is one whose name it happens to have.
fn match_by_text(
    texts: &[String],
    named: Option<usize>,
    signals: &Signals,
    vocabulary: &Vocabulary,
    idle: &Phrases,
    fusion: &Fusion,
) -> Option<usize> {
    const PLAIN: f64 = 0.6;
    const RIVAL: f64 = 0.15;
    let text = Text::of(texts.iter().map(String::as_str), vocabulary, signals.lexicon(), idle);
    if text.words.len() < 10 {
        return None;
    }
    let measured: Vec<Measured> = SIGNALS.iter().map(|signal| (signal.measure)(signals, &text)).collect();
    let best_two = |score: &dyn Fn(usize) -> f64| {
        let mut scores: Vec<(f64, usize)> =
            (0..signals.subjects).map(|subject| (score(subject), subject)).collect();
        scores.sort_by(|a, b| b.0.total_cmp(&a.0));
        // The concept that it shares a name with is no rival: texts of that name speak for it without fail.
        let rival = scores.iter().skip(1).find(|(_, subject)| Some(*subject) != named)?.0;
        Some((*scores.first()?, rival))
    };
    let ((joined, subject), rival) = best_two(&|subject| fusion.score(&measured, subject, true).probability)?;
    // A description is no note: the trained model may mistake it, so every signal must agree by itself.
    let agree = SIGNALS.iter().zip(&measured).all(|(signal, measured)| {
        let width = signal.features.len();
        let best = best_two(&|subject| measured.features[subject * width]);
        // Beside the concept of its name, to be as good as any other is agreement enough.
        let ties = named.is_some()
            && best.is_some_and(|((score, _), _)| measured.features[subject * width] >= score);
        best.is_some_and(|((score, best), _)| (best == subject || ties) && score > 0.0)
    });
    (agree && joined >= PLAIN && rival <= RIVAL).then_some(subject)
}

#[cfg(test)]
mod tests;
