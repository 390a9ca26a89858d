//! The concept library: what is known about common principles beyond a user's own words.
//!
//! A user's principle is matched to a concept by its name, else, with caution, by what its text says.
//! Then the library's cues and the passage model work for it. A principle that matches nothing works
//! from its own title, text, aliases and cues.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::phrases::Phrases;
use super::text::Vocabulary;
use crate::playbook::{Principle, PrincipleId};

/// A principle of the user with what the library adds to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concept {
    /// The user's principle.
    pub principle: PrincipleId,
    /// Where the knowledge about it comes from.
    pub coverage: Coverage,
    /// The id of the library's concept; BATNA and Alternatives are one.
    pub concept: Option<String>,
    /// What the signals know it as; principles of one concept share it.
    pub(super) subject: usize,
}

/// How well the library covers a principle.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Coverage {
    /// Matched to a concept of the library.
    Library,
    /// Only its own title, text, aliases and cues speak for it.
    OwnText,
    /// There is nothing but a name.
    NameOnly,
}

impl Coverage {
    /// The word for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Library => "library",
            Self::OwnText => "own_text",
            Self::NameOnly => "name_only",
        }
    }
}

/// What the signals learn about: a concept of the library, or a principle that is none.
#[derive(Clone, Debug, Default)]
pub(super) struct Subject {
    pub(super) in_library: bool,
    /// Names and phrases that speak for it.
    pub(super) phrases: Vec<String>,
    /// What is written about it.
    pub(super) document: Vec<String>,
    /// Phrases that the user has named for it; they weigh more.
    pub(super) cues: Vec<String>,
    /// What the user has written about a concept of the library.
    pub(super) own: Vec<String>,
}

/// The library.
pub(super) struct Library {
    file: LibraryFile,
    /// The stems of every name of a concept, and whose they are.
    by_name: BTreeMap<Stems, usize>,
    /// The stems of names that say little by themselves.
    everyday: BTreeSet<Stems>,
}

/// The library as it stands in its file.
#[derive(Deserialize)]
struct LibraryFile {
    /// Phrases in which the name of a principle means something else.
    idle: Vec<String>,
    /// Names of concepts that are everyday words too.
    everyday: Vec<String>,
    /// The classes of the passage model in its order, then concepts that are other names for one of them.
    concepts: Vec<Entry>,
}

/// The telling stems of a name, in any order.
type Stems = BTreeSet<String>;

#[derive(Deserialize)]
struct Entry {
    id: String,
    /// The concept that this one is another name for.
    #[serde(default)]
    same_as: Option<String>,
    title: String,
    /// Other names, which speak for it in a note too.
    aliases: Vec<String>,
    acronyms: Vec<String>,
    /// Other names that only a principle has; in a note they would say too little.
    names: Vec<String>,
    body: Vec<String>,
    cues: Vec<String>,
    examples: Vec<String>,
}

impl Subject {
    /// Adds what a user's principle says.
    pub(super) fn add(&mut self, principle: &Principle) {
        self.phrases.push(principle.title.clone());
        self.phrases.extend(principle.aliases.iter().cloned());
        self.cues.extend(principle.cues.iter().cloned());
        let texts = texts_of(principle);
        if self.in_library {
            self.own.extend(texts);
        } else {
            self.document
                .extend(texts.into_iter().chain(principle.aliases.clone()).chain(principle.cues.clone()));
        }
    }
}

impl Library {
    /// The library that is built in.
    pub(super) fn embedded() -> Self {
        // The file is part of the program; a test reads all of it.
        let file: LibraryFile =
            serde_json::from_str(include_str!("library.json")).expect("the built-in library is well formed");
        let vocabulary = Vocabulary::new();
        let mut by_name = BTreeMap::new();
        for (index, entry) in file.concepts.iter().enumerate() {
            for name in entry.own_names().into_iter().chain(entry.other_names().cloned()) {
                by_name.entry(telling_stems(&name, &vocabulary)).or_insert(index);
            }
        }
        let everyday = file.everyday.iter().map(|name| telling_stems(name, &vocabulary)).collect();
        Self { file, by_name, everyday }
    }

    /// One subject for every concept that is not another name for one.
    pub(super) fn subjects(&self) -> Vec<Subject> {
        let mut subjects: Vec<Subject> = Vec::new();
        for entry in &self.file.concepts {
            let index = self.subject_of(entry);
            if index >= subjects.len() {
                subjects.resize_with(index + 1, Subject::default);
            }
            let subject = &mut subjects[index];
            subject.in_library = true;
            subject.phrases.extend(entry.cues.iter().chain(&entry.aliases).cloned());
            subject.document.push(entry.title.clone());
            let parts = [&entry.aliases, &entry.body, &entry.cues, &entry.examples];
            subject.document.extend(parts.into_iter().flatten().cloned());
        }
        subjects
    }

    /// The id of the concept that a subject is, unless it is a user's.
    pub(super) fn concept_id(&self, subject: usize) -> Option<&str> {
        let mut entries = self.file.concepts.iter().filter(|entry| entry.same_as.is_none());
        entries.nth(subject).map(|entry| entry.id.as_str())
    }

    /// The example passages of every concept that is not another name for one.
    pub(super) fn examples(&self) -> Vec<Vec<&str>> {
        let concepts = self.file.concepts.iter().filter(|entry| entry.same_as.is_none());
        concepts.map(|entry| entry.examples.iter().map(String::as_str).collect()).collect()
    }

    /// The subject that a concept of that id or name is.
    pub(super) fn find(&self, name: &str, vocabulary: &Vocabulary) -> Option<usize> {
        self.entry(&telling_stems(name, vocabulary)).map(|entry| self.subject_of(entry))
    }

    /// The phrases in which the name of a principle means something else.
    pub(super) fn idle(&self, vocabulary: &mut Vocabulary) -> Phrases {
        let mut phrases = Phrases::default();
        for phrase in &self.file.idle {
            let stems = vocabulary.learn_text(phrase);
            phrases.add(&stems);
        }
        phrases
    }

    fn entry(&self, name: &Stems) -> Option<&Entry> {
        self.by_name.get(name).map(|&index| &self.file.concepts[index])
    }

    fn subject_of(&self, entry: &Entry) -> usize {
        let id = entry.same_as.as_ref().unwrap_or(&entry.id);
        let mut concepts = self.file.concepts.iter().filter(|entry| entry.same_as.is_none());
        concepts.position(|concept| &concept.id == id).unwrap_or(0)
    }
}

impl Entry {
    /// What it alone is called.
    fn own_names(&self) -> Vec<String> {
        [self.id.replace('-', " "), self.title.clone()]
            .into_iter()
            .chain(self.acronyms.iter().cloned())
            .collect()
    }

    /// What it is called among other things.
    fn other_names(&self) -> impl Iterator<Item = &String> {
        self.aliases.iter().chain(&self.names)
    }
}

/// The subject whose name a principle has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Namesake {
    pub(super) subject: usize,
    pub(super) name: Name,
    /// The stems of the name.
    pub(super) stems: Stems,
}

/// What a name says by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// It is the concept's own.
    Own,
    /// It is one of several: authority may mean power as well as expertise.
    Other,
    /// It is an everyday word that seldom means the concept.
    Everyday,
}

/// Matches a principle by its title, its id or another name of it.
pub(super) fn match_by_name(
    principle: &Principle,
    library: &Library,
    vocabulary: &Vocabulary,
) -> Option<Namesake> {
    let id = principle.id.as_str().replace('-', " ");
    [&principle.title, &id].into_iter().chain(&principle.aliases).find_map(|name| {
        let stems = telling_stems(name, vocabulary);
        let entry = library.entry(&stems)?;
        let is_own = entry.own_names().iter().any(|own| telling_stems(own, vocabulary) == stems);
        let name = match is_own {
            true => Name::Own,
            false if library.everyday.contains(&stems) => Name::Everyday,
            false => Name::Other,
        };
        Some(Namesake { subject: library.subject_of(entry), name, stems })
    })
}

/// Whether a principle has anything to be found by but its name.
pub(super) fn is_described(principle: &Principle) -> bool {
    let texts = [&principle.summary].into_iter().chain(&principle.text).chain(&principle.tactics);
    !principle.aliases.is_empty()
        || !principle.cues.is_empty()
        || texts.into_iter().any(|text| !text.trim().is_empty())
}

/// What a principle is called.
pub(super) fn own_names(principle: &Principle) -> impl Iterator<Item = &str> {
    std::iter::once(&principle.title).chain(&principle.aliases).map(String::as_str)
}

/// What a principle says of itself.
pub(super) fn texts_of(principle: &Principle) -> Vec<String> {
    let texts = principle.text.iter().chain(&principle.tactics);
    let all = [&principle.title, &principle.summary].into_iter().chain(texts);
    all.filter(|text| !text.trim().is_empty()).cloned().collect()
}

/// The words of a principle and what each says for it; names and cues say most.
pub(super) fn own_words(
    principle: &Principle,
    library: &Library,
    vocabulary: &mut Vocabulary,
) -> BTreeMap<u32, f64> {
    const NAME: f64 = 3.0;
    let mut words = BTreeMap::new();
    for text in texts_of(principle) {
        for stem in vocabulary.learn_content(&text) {
            words.insert(stem, 1.0);
        }
    }
    let names: Vec<&String> =
        std::iter::once(&principle.title).chain(&principle.aliases).chain(&principle.cues).collect();
    let known = names.iter().find_map(|name| library.entry(&telling_stems(name, vocabulary)));
    let known = known.into_iter().filter(|entry| entry.same_as.is_some());
    let known: Vec<&String> = known.flat_map(|entry| entry.aliases.iter().chain(&entry.cues)).collect();
    for name in names.into_iter().chain(known) {
        for stem in vocabulary.learn_content(name) {
            words.insert(stem, NAME);
        }
    }
    words
}

/// The stems that tell one name from others: "Control the timing" is called like "Timing".
fn telling_stems(name: &str, vocabulary: &Vocabulary) -> Stems {
    const FILLERS: &str = "control create build use using keep capitalize capitalise manage leverage leverages strategic \
        principle principles strong good better your negotiation negotiating have having maintain show clearly know insist \
        invent focus develop improve study";
    static STEMS: LazyLock<Stems> = LazyLock::new(|| Vocabulary::new().stems_of(FILLERS).collect());
    let stems: Stems = vocabulary.stems_of(name).collect();
    let telling: Stems = stems.difference(&STEMS).cloned().collect();
    if telling.is_empty() { stems } else { telling }
}

/// The library's concepts, and each once more as if a user had described it with its title, aliases and body alone.
#[cfg(test)]
pub(super) fn described_anew() -> (super::signals::Signals, Vocabulary) {
    let library = Library::embedded();
    let mut vocabulary = Vocabulary::new();
    let mut subjects = library.subjects();
    for entry in library.file.concepts.iter().filter(|entry| entry.same_as.is_none()) {
        let names = || std::iter::once(&entry.title).chain(&entry.aliases).cloned();
        let document = names().chain(entry.body.iter().cloned()).collect();
        subjects.push(Subject { phrases: names().collect(), document, ..Subject::default() });
    }
    let model = std::sync::Arc::new(super::signals::Model::embedded());
    (super::signals::Signals::new(&subjects, &model, &mut vocabulary), vocabulary)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linker::signals::passages::CLASSES;

    #[test]
    fn the_library_holds_the_classes_of_the_passage_model_in_its_order() {
        let library = Library::embedded();
        let ids: Vec<&str> = (0..).map_while(|subject| library.concept_id(subject)).collect();
        assert_eq!(ids, CLASSES[..CLASSES.len() - 1]);
        let subjects = library.subjects();
        assert_eq!(subjects.len(), ids.len());
        assert!(subjects.iter().all(|subject| subject.in_library && !subject.document.is_empty()));
    }

    #[test]
    fn a_concept_is_found_by_any_of_its_names() {
        let library = Library::embedded();
        let vocabulary = Vocabulary::new();
        let concept = |name| library.find(name, &vocabulary).and_then(|subject| library.concept_id(subject));
        for (name, expected) in [
            ("Timing", "timing"),
            ("control the timing", "timing"),
            ("Deadlines", "timing"),
            ("BATNA", "alternatives"),
            ("Best Alternative to a Negotiated Agreement", "alternatives"),
            ("Create alternatives", "alternatives"),
            ("Expertise and Reputation", "expertise-and-reputation"),
            ("Reputation", "expertise-and-reputation"),
            ("Normative Leverage", "social-standards"),
            ("Social Standards", "social-standards"),
            ("Communicate value clearly", "communication"),
            ("Need", "need"),
            ("Trade-offs", "concessions"),
        ] {
            assert_eq!(concept(name), Some(expected), "{name}");
        }
        for name in
            ["", "Leverage", "Silence", "Anchoring", "Venue", "Power lunch", "Time of day", "Coalitions"]
        {
            assert_eq!(concept(name), None, "{name}");
        }
    }
}
