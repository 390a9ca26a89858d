//! The sentences that speak for a link, quoted exactly, and the words in them that weighed most.

use super::signals::SIGNALS;
use super::text::{Place, Sentence};
use super::{Knowledge, Reading};
use crate::playbook::{Evidence, Note, Term};
use crate::source::Span;

const MOST_SENTENCES: usize = 3;
const MOST_TERMS: usize = 6;
/// A further sentence must be nearly as strong as the first and speak for itself.
const NEAR_THE_BEST: f64 = 0.6;
const SPEAKS_FOR_ITSELF: f64 = 0.25;
/// What a cue adds to the strength of a sentence.
const CUE: f64 = 0.2;
/// What a word that the user's labels have taught adds to it, by its log-odds.
const LABEL: f64 = 0.2;

/// The sentences that speak for a subject by themselves, best first.
pub(super) fn speaking(knowledge: &Knowledge, reading: &Reading, subject: usize) -> Vec<usize> {
    const MOST: usize = 24;
    let strengths = strengths(knowledge, reading, subject);
    let mut speaking: Vec<usize> =
        (0..strengths.len()).filter(|&index| strengths[index] >= SPEAKS_FOR_ITSELF).collect();
    speaking.sort_by(|&a, &b| strengths[b].total_cmp(&strengths[a]));
    speaking.truncate(MOST);
    speaking
}

/// Whether a sentence shows no other subject more, as far as the trained passages say.
pub(super) fn is_foremost(reading: &Reading, subject: usize, sentence: usize) -> bool {
    reading.measured.iter().all(|measured| measured.strengths.is_foremost(sentence, subject))
}

/// The sentences that speak most for a subject, best first; at least one if the note has any.
pub(super) fn choose(knowledge: &Knowledge, reading: &Reading, subject: usize) -> Vec<usize> {
    let strengths = strengths(knowledge, reading, subject);
    let mut order: Vec<usize> = (0..strengths.len()).collect();
    order.sort_by(|&a, &b| strengths[b].total_cmp(&strengths[a]));
    // The title names what the note is about; it is quoted only where nothing else can be.
    order.sort_by_key(|&index| reading.text.sentences[index].place == Place::Title);
    let Some(&best) = order.first() else { return Vec::new() };
    let least = f64::max(strengths[best] * NEAR_THE_BEST, SPEAKS_FOR_ITSELF);
    order.retain(|&index| {
        index == best || (strengths[index] >= least && reading.text.sentences[index].place != Place::Title)
    });
    order.truncate(MOST_SENTENCES);
    order
}

/// The sentences within the places at which an author named a principle; where there are none, the best ones if they speak for themselves.
pub(super) fn choose_near(
    knowledge: &Knowledge,
    note: &Note,
    reading: &Reading,
    subject: usize,
    places: &[Span],
) -> Vec<usize> {
    let touches = |index: &usize| {
        let sentence = &reading.text.sentences[*index];
        let span = source_span(note, sentence.place, sentence.start, sentence.end);
        sentence.place != Place::Title
            && span.is_some_and(|span| {
                places.iter().any(|place| place.start < span.end && span.start < place.end)
            })
    };
    let mut near: Vec<usize> = (0..reading.text.sentences.len()).filter(touches).collect();
    let strengths = strengths(knowledge, reading, subject);
    if near.is_empty() {
        near = choose(knowledge, reading, subject);
        near.retain(|&index| strengths[index] >= SPEAKS_FOR_ITSELF);
    }
    near.sort_by(|&a, &b| strengths[b].total_cmp(&strengths[a]));
    near.truncate(MOST_SENTENCES);
    near
}

/// Quotes sentences from the note's source.
pub(super) fn quote(
    knowledge: &Knowledge,
    note: &Note,
    reading: &Reading,
    subject: usize,
    sentences: &[usize],
) -> Vec<Evidence> {
    let source = &note.document.source;
    let quote = |&index: &usize| {
        let sentence = &reading.text.sentences[index];
        let span = source_span(note, sentence.place, sentence.start, sentence.end)?;
        let span = with_marks(note, sentence.place, span);
        Some(Evidence {
            span,
            start_line: source.line(span.start),
            end_line: source.line(span.end.saturating_sub(1).max(span.start)),
            quote: source.text().get(span.range())?.to_owned(),
            terms: terms(knowledge, note, reading, subject, sentence),
        })
    };
    sentences.iter().filter_map(quote).collect()
}

/// The span with the marks of emphasis that open right before it and close right behind it, so that a quote keeps both.
fn with_marks(note: &Note, place: Place, span: Span) -> Span {
    const MARKS: [char; 4] = ['*', '_', '=', '~'];
    const MOST: usize = 6;
    let Place::Passage(index) = place else { return span };
    let passage = note.document.passages[index].span;
    let source = note.document.source.text();
    let before = source.get(passage.start.min(span.start)..span.start).unwrap_or_default();
    let after = source.get(span.end..passage.end.max(span.end)).unwrap_or_default();
    let opening = before.len() - before.trim_end_matches(MARKS).len();
    let closing = after.len() - after.trim_start_matches(MARKS).len();
    let within = |length: usize| if length <= MOST { length } else { 0 };
    Span::new(span.start - within(opening), span.end + within(closing))
}

/// How strongly each sentence speaks for a subject.
fn strengths(knowledge: &Knowledge, reading: &Reading, subject: usize) -> Vec<f64> {
    let mut strengths = vec![0.0; reading.text.sentences.len()];
    for (signal, measured) in SIGNALS.iter().zip(&reading.measured) {
        let share = if signal.name == "passages" { 1.0 } else { CUE };
        for (sentence, strength) in measured.strengths.of(subject) {
            strengths[sentence] += share * strength;
        }
    }
    if let Some(taught) = reading.taught(subject) {
        for (strength, sentence) in strengths.iter_mut().zip(&reading.text.sentences) {
            *strength += LABEL * sentence.weight * taught.of(sentence).map(|(_, weight)| weight).sum::<f64>();
        }
    }
    if strengths.iter().all(|&strength| strength <= 0.0) {
        for (strength, sentence) in strengths.iter_mut().zip(&reading.text.sentences) {
            let weights = weights(knowledge, reading, sentence, subject);
            *strength = sentence.weight * weights.iter().sum::<f64>();
        }
    }
    strengths
}

/// The words that spoke for a subject, neighbours joined, strongest first.
fn terms(
    knowledge: &Knowledge,
    note: &Note,
    reading: &Reading,
    subject: usize,
    sentence: &Sentence,
) -> Vec<Term> {
    let text = &reading.text;
    let words = text.words_of(sentence);
    let weights = weights(knowledge, reading, sentence, subject);
    let highest = words.iter().zip(&weights).filter(|(word, _)| !word.idle);
    let highest = highest.map(|(_, &weight)| weight).fold(0.0, f64::max);
    let speaks = |index: usize| weights[index] > 0.0 && weights[index] >= highest * 0.35;
    let mut terms: Vec<Term> = Vec::new();
    let mut index = 0;
    while index < words.len() {
        let from = index;
        let joins = |index: usize| index == from || words[index].start <= words[index - 1].end + 1;
        while index < words.len() && speaks(index) && joins(index) {
            index += 1;
        }
        if words[from..index].iter().any(|word| !word.idle) {
            let span = source_span(note, sentence.place, words[from].start, words[index - 1].end);
            let shown = span.and_then(|span| note.document.source.text().get(span.range()));
            if let (Some(span), Some(shown)) = (span, shown) {
                terms.push(Term { text: shown.to_owned(), span, weight: weights[from..index].iter().sum() });
            }
        }
        index = index.max(from + 1);
    }
    terms.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    terms.truncate(MOST_TERMS);
    terms
}

fn weights(knowledge: &Knowledge, reading: &Reading, sentence: &Sentence, subject: usize) -> Vec<f64> {
    let mut weights = vec![0.0; sentence.words.len()];
    for signal in SIGNALS {
        (signal.weigh)(&knowledge.signals, &reading.text, sentence, subject, &mut weights);
    }
    if let Some(taught) = reading.taught(subject) {
        for (word, weight) in taught.of(sentence) {
            weights[word - sentence.words.start] += weight;
        }
    }
    weights
}

/// The place in the note's source of some bytes of a passage; `None` if the title stands nowhere in it.
fn source_span(note: &Note, place: Place, start: usize, end: usize) -> Option<Span> {
    let source = note.document.source.text();
    let span = match place {
        Place::Passage(index) => note.document.passages.get(index)?.source_span(start, end),
        Place::Title => {
            let entry = note.document.front_matter.get("title")?;
            let written = source.get(entry.value_span.range())?;
            let at = entry.value_span.start + written.find(note.title.get(start..end)?)?;
            Span::new(at, at + (end - start))
        }
    };
    source.get(span.range()).filter(|quote| !quote.is_empty())?;
    Some(span)
}
