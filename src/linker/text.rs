//! Sentences and words of a note, with their places.
//!
//! In comes a note; out come its sentences, heading by heading and item by item, each with its words
//! folded and stemmed. What a word says for a principle is not known here.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;

use frostem::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::features::{self, Known, Lexicon};
use super::phrases::Phrases;
use crate::markdown::{Passage, PassageKind};
use crate::playbook::Note;

/// The stem of a word that no principle and no background knows.
pub(super) const UNKNOWN: u32 = u32::MAX;

/// Longer sentences are cut, so that one block of text cannot hide what it says in the middle.
const LONGEST_SENTENCE: usize = 60;
/// Usual words with the blank behind them are no shorter.
const SHORT_WORD: usize = 5;
/// Longer words are no words of any language that could be stemmed.
const LONGEST_WORD: usize = 32;

/// The words that the linker knows, each with the number of its stem.
pub(super) struct Vocabulary {
    stemmer: Stemmer,
    by_stem: HashMap<String, u32, BuildHasherDefault<WordHash>>,
    /// Spellings seen before, so that most words of a note need no stemming.
    by_word: HashMap<String, u32, BuildHasherDefault<WordHash>>,
    /// By stem: words of grammar, which speak for nothing by themselves.
    stop: Vec<bool>,
}

/// FNV-1a, which is quick on short words. Only words of the library and of the leverage document are ever put in, so no note can
/// make them collide.
struct WordHash(u32);

impl Default for WordHash {
    fn default() -> Self {
        Self(features::START)
    }
}

impl Hasher for WordHash {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = features::hash(self.0, bytes);
    }

    fn finish(&self) -> u64 {
        // The map looks at the highest bits and at the lowest.
        u64::from(self.0).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }
}

/// A note as the signals read it.
#[derive(Default)]
pub(super) struct Text {
    pub(super) sentences: Vec<Sentence>,
    pub(super) words: Vec<Word>,
    folded: String,
}

/// A sentence and what it weighs among the others.
pub(super) struct Sentence {
    pub(super) place: Place,
    /// Bytes in the text of its passage, or in the note's title.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Its words in [`Text::words`].
    pub(super) words: Range<usize>,
    /// One for prose; less for headings, rows and words of others.
    pub(super) weight: f64,
}

/// Where a sentence stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    /// In the passage of that index.
    Passage(usize),
    /// In the title, which is no passage of the body.
    Title,
}

/// A word, a run of digits or a sign of money.
pub(super) struct Word {
    folded: Range<usize>,
    /// Bytes in the text of its passage.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Its number in the vocabulary, or [`UNKNOWN`].
    pub(super) stem: u32,
    /// A word of grammar, or part of a phrase in which the name of a principle means something else.
    pub(super) idle: bool,
    known: Known,
}

impl Vocabulary {
    pub(super) fn new() -> Self {
        let mut vocabulary = Self {
            stemmer: Stemmer::new(Algorithm::English),
            by_stem: HashMap::default(),
            by_word: HashMap::default(),
            stop: Vec::new(),
        };
        for word in STOP_WORDS.split_whitespace() {
            let stem = vocabulary.learn(word);
            vocabulary.stop[stem as usize] = true;
        }
        vocabulary
    }

    /// The number of a word's stem, a new one if need be.
    pub(super) fn learn(&mut self, word: &str) -> u32 {
        if let Some(&stem) = self.by_word.get(word) {
            return stem;
        }
        let stem_text = self.stem(word).into_owned();
        let next = u32::try_from(self.stop.len()).unwrap_or(UNKNOWN);
        let stem = *self.by_stem.entry(stem_text).or_insert(next);
        if stem == next {
            self.stop.push(false);
        }
        self.by_word.insert(word.to_owned(), stem);
        stem
    }

    /// The stems of all words of a text, learnt.
    pub(super) fn learn_text(&mut self, text: &str) -> Vec<u32> {
        let mut stems = Vec::new();
        scan(text, |folded, _, _| stems.push(folded.to_owned()));
        stems.iter().map(|word| self.learn(word)).collect()
    }

    /// The same without words of grammar.
    pub(super) fn learn_content(&mut self, text: &str) -> Vec<u32> {
        let mut stems = self.learn_text(text);
        stems.retain(|&stem| !self.is_stop(stem));
        stems
    }

    /// The stems of the words of a text as they are spelt, without words of grammar.
    pub(super) fn stems_of(&self, text: &str) -> impl Iterator<Item = String> {
        let mut stems = Vec::new();
        scan(text, |word, _, _| {
            if !self.is_stop(self.find(word)) {
                stems.push(self.stem(word).into_owned());
            }
        });
        stems.into_iter()
    }

    pub(super) fn is_stop(&self, stem: u32) -> bool {
        self.stop.get(stem as usize).copied().unwrap_or(false)
    }

    /// How many stems there are; they are numbered from 0.
    pub(super) fn len(&self) -> usize {
        self.stop.len()
    }

    fn find(&self, word: &str) -> u32 {
        if let Some(&stem) = self.by_word.get(word) {
            return stem;
        }
        self.by_stem.get(&*self.stem(word)).copied().unwrap_or(UNKNOWN)
    }

    /// A folded word without its ending.
    pub(super) fn stem<'a>(&self, word: &'a str) -> Cow<'a, str> {
        // "can't" must not become "can".
        if word.ends_with("n't") || word.len() > LONGEST_WORD {
            return Cow::Borrowed(word);
        }
        let word = word.split('\'').next().unwrap_or(word);
        self.stemmer.stem(word)
    }
}

impl Text {
    /// Reads a note. `idle` are the phrases in which a principle's name means something else.
    pub(super) fn read(note: &Note, vocabulary: &Vocabulary, lexicon: &Lexicon, idle: &Phrases) -> Self {
        let mut text = Self::default();
        let length = note.document.passages.iter().map(|passage| passage.text.len()).sum::<usize>();
        text.folded.reserve(length);
        text.words.reserve(length / SHORT_WORD);
        let titled =
            note.document.passages.iter().any(|passage| {
                passage.kind == PassageKind::Heading && passage.text.trim() == note.title.trim()
            });
        if !titled {
            text.read_block(Place::Title, None, &note.title, &|_| false, vocabulary, lexicon);
        }
        for (index, passage) in note.document.passages.iter().enumerate() {
            if !is_figures(passage) && !names_lever(note, passage) {
                let breaks = |offset: usize| is_line_break(note, passage, offset);
                text.read_block(
                    Place::Passage(index),
                    Some(passage.kind),
                    &passage.text,
                    &breaks,
                    vocabulary,
                    lexicon,
                );
            }
        }
        text.mark_idle(vocabulary, idle);
        text
    }

    /// Reads texts that are no note, each as a paragraph.
    pub(super) fn of<'a>(
        blocks: impl IntoIterator<Item = &'a str>,
        vocabulary: &Vocabulary,
        lexicon: &Lexicon,
        idle: &Phrases,
    ) -> Self {
        let mut text = Self::default();
        for (index, block) in blocks.into_iter().enumerate() {
            text.read_block(
                Place::Passage(index),
                Some(PassageKind::Paragraph),
                block,
                &|_| false,
                vocabulary,
                lexicon,
            );
        }
        text.mark_idle(vocabulary, idle);
        text
    }

    /// A word in small letters, digits as zeros.
    pub(super) fn folded(&self, word: &Word) -> &str {
        &self.folded[word.folded.clone()]
    }

    /// A word as the trained models see it.
    pub(super) fn seen<'a>(&'a self, word: &Word) -> features::Word<'a> {
        word.known.word(self.folded(word))
    }

    /// The words of a sentence.
    pub(super) fn words_of(&self, sentence: &Sentence) -> &[Word] {
        &self.words[sentence.words.clone()]
    }

    /// Whether most of its words are of a language that the linker knows.
    pub(super) fn is_understood(&self) -> bool {
        let words = self.words.iter().filter(|word| self.folded(word).starts_with(char::is_alphabetic));
        let (known, all) = words.fold((0, 0), |(known, all), word| {
            (known + usize::from(self.seen(word).number.is_some()), all + 1)
        });
        known * 2 >= all
    }

    /// Lets some stems say nothing.
    pub(super) fn forget(&mut self, stems: &BTreeSet<String>, vocabulary: &Vocabulary) {
        for word in &mut self.words {
            if stems.contains(&*vocabulary.stem(&self.folded[word.folded.clone()])) {
                (word.stem, word.idle) = (UNKNOWN, true);
            }
        }
    }

    fn read_block(
        &mut self,
        place: Place,
        kind: Option<PassageKind>,
        block: &str,
        breaks: &dyn Fn(usize) -> bool,
        vocabulary: &Vocabulary,
        lexicon: &Lexicon,
    ) {
        let weight = weight_of(kind);
        let first = self.words.len();
        let (words, folded) = (&mut self.words, &mut self.folded);
        scan(block, |word, start, end| {
            let from = folded.len();
            folded.push_str(word);
            let stem = vocabulary.find(word);
            let (idle, known) = (vocabulary.is_stop(stem), lexicon.find(word));
            words.push(Word { folded: from..folded.len(), start, end, stem, idle, known });
        });
        let mut from = first;
        for index in first..self.words.len() {
            let last = index + 1 == self.words.len();
            let long = index + 1 - from >= LONGEST_SENTENCE;
            if !last && !long {
                let gap = self.words[index].end..self.words[index + 1].start;
                if !ends_sentence(block, gap, &self.folded[self.words[index].folded.clone()], breaks) {
                    continue;
                }
            }
            // A single word is no sentence; it stays with what follows or comes before.
            if index == from && !last {
                continue;
            }
            let end =
                sentence_end(block, self.words[index].end, self.words.get(index + 1).map(|next| next.start));
            let start = sentence_start(block, self.words[from].start);
            // Who speaks is no part of what is said.
            let said = start + speaker_end(&block[start..end]);
            let name = self.words[from..=index].iter().take_while(|word| word.end <= said).count();
            self.sentences.push(Sentence { place, start, end, words: from + name..index + 1, weight });
            from = index + 1;
        }
    }

    fn mark_idle(&mut self, vocabulary: &Vocabulary, idle: &Phrases) {
        let mut found = Vec::new();
        for sentence in &self.sentences {
            let words = &self.words[sentence.words.clone()];
            let start = sentence.words.start;
            found.extend(idle.matches(words).map(|(range, _)| range.start + start..range.end + start));
        }
        for range in found {
            for word in &mut self.words[range] {
                if !vocabulary.is_stop(word.stem) {
                    word.stem = UNKNOWN;
                    word.idle = true;
                }
            }
        }
    }
}

/// Calls back for every word with its folded spelling and its place.
pub(super) fn scan(text: &str, mut found: impl FnMut(&str, usize, usize)) {
    let mut word = String::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let start = at;
        at += first.len_utf8();
        word.clear();
        if let Some(end) = plain_end(text, start) {
            word.push_str(&text[start..end]);
            word.make_ascii_lowercase();
            at = end;
        } else if first.is_alphabetic() {
            push_small(&mut word, first);
            let (mut letters, mut is_composed) = (1, true);
            while let Some(next) = text[at..].chars().next() {
                let joins = matches!(next, '\'' | '\u{2019}')
                    && !word.contains('\'')
                    && text[at + next.len_utf8()..].starts_with(char::is_alphabetic);
                // Some systems write an accent as a mark of its own behind its letter.
                let is_mark = is_combining_mark(next);
                if !joins && !is_mark && !next.is_alphabetic() {
                    break;
                }
                is_composed &= !is_mark;
                letters += 1;
                if letters <= LONGEST_WORD {
                    if joins { word.push('\'') } else { push_small(&mut word, next) }
                }
                at += next.len_utf8();
            }
            if !is_composed {
                word = word.nfc().collect();
            }
        } else if first.is_ascii_digit() {
            let digits = text[start..].bytes().take_while(u8::is_ascii_digit).count();
            word.push_str(&"0000"[..digits.min(4)]);
            at = start + digits;
        } else if matches!(first, '%' | '$' | '€' | '£') {
            word.push(first);
        } else {
            continue;
        }
        found(&word, start, at);
    }
}

/// The end of a word of ASCII letters behind which stand neither an apostrophe nor anything but ASCII; most words are such.
fn plain_end(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let letters = bytes[start..].iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let is_whole = bytes.get(start + letters).is_none_or(|next| next.is_ascii() && *next != b'\'');
    ((1..=LONGEST_WORD).contains(&letters) && is_whole).then_some(start + letters)
}

fn push_small(word: &mut String, letter: char) {
    if letter.is_ascii() {
        word.push(letter.to_ascii_lowercase());
    } else {
        word.extend(letter.to_lowercase());
    }
}

fn weight_of(kind: Option<PassageKind>) -> f64 {
    match kind {
        None | Some(PassageKind::Paragraph | PassageKind::Item) => 1.0,
        Some(PassageKind::Heading | PassageKind::Row) => 0.5,
        Some(PassageKind::Quote) => 0.6,
    }
}

/// A table row that is mostly numbers says nothing about levers.
fn is_figures(passage: &Passage) -> bool {
    if passage.kind != PassageKind::Row {
        return false;
    }
    let letters = passage.text.bytes().filter(u8::is_ascii_alphabetic).count();
    let digits = passage.text.bytes().filter(u8::is_ascii_digit).count();
    digits * 2 > letters
}

/// The title of a `[!lever]` callout is a statement of the author, not a sentence that shows anything.
fn names_lever(note: &Note, passage: &Passage) -> bool {
    let levers = &note.levers;
    let after = levers.partition_point(|lever| lever.title_span.end <= passage.span.start);
    levers.get(after).is_some_and(|lever| lever.title_span.contains(passage.span))
}

/// Whether the blank at an offset is the end of a short line, as in notes that are written line by line.
fn is_line_break(note: &Note, passage: &Passage, offset: usize) -> bool {
    const WRAPPED: usize = 60;
    let source = note.document.source.text().as_bytes();
    let at = passage.source_span(offset, offset + 1).start;
    let broken = source.get(at).is_some_and(|byte| matches!(byte, b'\n' | b'\r'));
    broken && source[..at].iter().rev().take(WRAPPED).any(|byte| *byte == b'\n')
}

/// Whether a sentence ends between two words.
fn ends_sentence(block: &str, gap: Range<usize>, before: &str, breaks: &dyn Fn(usize) -> bool) -> bool {
    let between = &block[gap.clone()];
    let next = block[gap.end..].chars().next().unwrap_or(' ');
    if between == " " && next.is_ascii_lowercase() {
        return false;
    }
    let opens = next.is_uppercase() || next.is_ascii_digit() || matches!(next, '$' | '€' | '£');
    let opens = opens || between.trim_end().ends_with(['"', '“', '\'', '(', '‘']);
    let Some(blank) = between.find(char::is_whitespace) else { return false };
    if !opens {
        return false;
    }
    if between.contains('\n') || breaks(gap.start + blank) {
        return true;
    }
    let mark = between[..blank].trim_end_matches(['"', '”', '\'', '’', ')', '*', '_']);
    match mark.chars().last() {
        Some('!' | '?' | '…') => true,
        Some('.') => !is_abbreviation(before),
        _ => false,
    }
}

/// Where a sentence of a transcript goes on behind the name of its speaker: `JOY POWERS: ` or `Joy Powers (Halden): `.
/// One word in small letters and a colon may be a heading as well.
fn speaker_end(sentence: &str) -> usize {
    const LONGEST: usize = 60;
    const MOST_WORDS: usize = 5;
    const FEWEST_SAID: usize = 2;
    let Some((name, said)) = sentence.split_once(": ").filter(|(name, _)| name.len() <= LONGEST) else {
        return 0;
    };
    let outside = name.split('(').next().unwrap_or(name);
    let words = outside.split_whitespace().count();
    let is_name = outside.split_whitespace().all(|word| word.starts_with(char::is_uppercase))
        && (words > 1 || (words == 1 && name.len() > 1 && !outside.contains(char::is_lowercase)));
    let is_said = said.split_whitespace().nth(FEWEST_SAID - 1).is_some();
    if is_name && is_said && words <= MOST_WORDS { name.len() + 1 } else { 0 }
}

fn is_abbreviation(word: &str) -> bool {
    // One letter is an initial; "I." does not end sentences in notes often enough to matter.
    (word.len() == 1 && word.bytes().all(|byte| byte.is_ascii_alphabetic()))
        || matches!(word, "mr" | "mrs" | "ms" | "dr" | "prof" | "st" | "no" | "nos" | "vs" | "approx")
        || matches!(
            word,
            "ca" | "incl" | "excl" | "etc" | "eg" | "ie" | "fig" | "art" | "sec" | "cf" | "ref" | "tel"
        )
}

/// The end of a sentence with its closing marks: full stop, quotation mark, bracket.
fn sentence_end(block: &str, last_word_end: usize, next_word: Option<usize>) -> usize {
    let until = next_word.filter(|&next| next > last_word_end).unwrap_or(block.len());
    let rest = &block[last_word_end..until];
    let closing = rest.find(|c: char| c.is_whitespace()).unwrap_or(rest.len());
    last_word_end + closing
}

/// The start of a sentence with its opening quotation mark or bracket.
fn sentence_start(block: &str, first_word: usize) -> usize {
    let before = &block[..first_word];
    first_word - (before.len() - before.trim_end_matches(['"', '“', '‘', '(', '-', '+', '#']).len())
}

const STOP_WORDS: &str = "a an the and or but if of to in on at by for with from as is are was were be been being it its \
    this that these those i me my we our us you your he him his she her they them their what which who when where how \
    than then so not no do does did have has had will would can could should may might must just about into over after \
    before out up down all any some more very there here also only own same too s t d ll re ve m don't didn't doesn't \
    isn't wasn't weren't aren't hadn't hasn't haven't won't wouldn't couldn't shouldn't it's i'm we're they're he's she's";
