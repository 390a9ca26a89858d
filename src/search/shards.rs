//! The index as scripts, which load where a page may not fetch: from `file://` and under a strict policy.
//!
//! The head is always loaded. Dictionaries hold the words, by their first letters; postings hold the pages that have
//! them; texts hold titles, addresses and what excerpts are cut from. Each is loaded when a query needs it. Numbers are
//! written in printable characters, the small ones in one, which web servers then compress well.

use std::ops::Range;

use serde::Serialize;

use super::find::{LEVELS, level};
use super::hits::{texts, title};
use super::index::{Index, Kind, Page, Pages, Term};
use crate::playbook::{Outcome, Playbook};

/// How many pages share a script of texts.
const PAGES_PER_TEXTS: usize = 3;

/// So many pages bring another dictionary, and another script of postings.
const PAGES_PER_DICTIONARY: usize = 300;
const PAGES_PER_POSTINGS: usize = 40;

/// One of the scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shard {
    /// What every query needs.
    Head,
    /// Which pages have to do with each counterparty.
    Counterparties,
    /// Which pages show each principle.
    Principles,
    /// Words.
    Dictionary(usize),
    /// Pages by word.
    Postings(usize),
    /// Titles and texts of some pages.
    Texts(usize),
}

/// How many scripts there are: as many as the number of pages asks for, whatever stands on them.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    pages: usize,
    dictionaries: usize,
    postings: usize,
}

/// What a hit shows of a page besides its title.
#[derive(Clone, Debug, Default)]
pub struct Label {
    /// Its address below the site's root.
    pub href: String,
    /// A few words that tell it from others.
    pub detail: String,
}

/// What the head script hands over.
#[derive(Serialize)]
struct Head {
    /// Changes with the pages and their order: scripts of texts with another one are of another build.
    pages: String,
    /// Changes with the words.
    words: String,
    /// How many pages of each kind there are.
    kinds: [usize; 4],
    /// How many notes each deal has; the notes that follow belong to none.
    notes: String,
    /// How each deal ended: a digit.
    outcomes: String,
    /// The years of deals and notes, each as the step from the one before.
    years: String,
    /// The first stem of each dictionary.
    dictionaries: Vec<String>,
    /// How many pages share a script of texts.
    together: usize,
}

impl Shard {
    /// Its name: where it stands below the folder of all scripts, without extension.
    pub fn name(self) -> String {
        match self {
            Self::Head => "search/head".to_owned(),
            Self::Counterparties => "search/counterparties".to_owned(),
            Self::Principles => "search/principles".to_owned(),
            Self::Dictionary(number) => format!("search/words-{number}"),
            Self::Postings(number) => format!("search/pages-{number}"),
            Self::Texts(number) => format!("texts/{number}"),
        }
    }
}

impl Layout {
    /// Decides by the number of pages.
    pub fn new(pages: usize) -> Self {
        let dictionaries = pages / PAGES_PER_DICTIONARY + 1;
        Self { pages, dictionaries, postings: dictionaries + pages / PAGES_PER_POSTINGS }
    }

    /// All scripts.
    pub fn shards(self) -> impl Iterator<Item = Shard> {
        [Shard::Head, Shard::Counterparties, Shard::Principles]
            .into_iter()
            .chain((0..self.dictionaries).map(Shard::Dictionary))
            .chain((0..self.postings).map(Shard::Postings))
            .chain((0..self.pages.div_ceil(PAGES_PER_TEXTS)).map(Shard::Texts))
    }

    /// The pages whose texts a script holds; the last ones may not exist.
    pub fn pages_of_texts(self, number: usize) -> Range<usize> {
        number * PAGES_PER_TEXTS..(number + 1) * PAGES_PER_TEXTS
    }

    /// A script with the texts of some pages.
    pub fn texts(
        self,
        number: usize,
        playbook: &Playbook,
        pages: &Pages,
        label: impl Fn(Page) -> Label,
    ) -> Vec<u8> {
        let rows: Vec<_> = pages
            .pages
            .iter()
            .skip(self.pages_of_texts(number).start)
            .take(PAGES_PER_TEXTS)
            .map(|page| {
                let Label { href, detail } = label(*page);
                let texts: Vec<String> =
                    texts(playbook, *page).into_iter().map(|text| text.replace('\n', " ")).collect();
                (title(playbook, *page), href, detail, texts.join("\n"))
            })
            .collect();
        script(Shard::Texts(number), &pages.check, &rows)
    }

    /// All other scripts, in the order of [`Layout::shards`].
    pub fn index(self, index: &Index) -> Vec<Vec<u8>> {
        let words = check_of_words(&index.pages.check, &index.terms);
        let written: Vec<String> = index.terms.iter().map(|term| postings(term, &index.lengths)).collect();
        let dictionaries = self.dictionaries(&index.terms);
        let mut blocks = Vec::new();
        let mut firsts = Vec::new();
        let mut entries = Vec::new();
        let total: usize = written.iter().map(|text| text.len() + 1).sum();
        let limit = total / (self.postings - self.dictionaries).max(1) + 1;
        for range in &dictionaries {
            firsts.push(index.terms.get(range.start).map_or(String::new(), |term| term.stem.clone()));
            let first_block = blocks.len();
            let mut lines = String::new();
            let mut before = "";
            let mut block: Option<String> = None;
            for (term, postings) in index.terms[range.clone()].iter().zip(&written[range.clone()]) {
                let is_full = block.as_ref().is_some_and(|block| block.len() >= limit);
                if is_full {
                    blocks.extend(block.take());
                    lines.push('!');
                }
                entry(term, before, &mut lines);
                before = &term.stem;
                let block = block.get_or_insert_default();
                if !block.is_empty() {
                    block.push(' ');
                }
                block.push_str(postings);
            }
            blocks.extend(block);
            entries.push((first_block, lines));
        }
        blocks.resize(self.postings, String::new());
        let head = head(index, words.clone(), firsts);
        let related =
            |related: &[Vec<u32>]| related.iter().map(|pages| steps(pages)).collect::<Vec<_>>().join(" ");
        let mut scripts = vec![
            script(Shard::Head, "", &head),
            script(Shard::Counterparties, &words, &related(&index.pages.counterparties)),
            script(Shard::Principles, &words, &related(&index.pages.principles)),
        ];
        let entries = entries.iter().enumerate();
        scripts.extend(entries.map(|(number, entries)| script(Shard::Dictionary(number), &words, entries)));
        let blocks = blocks.iter().enumerate();
        scripts.extend(blocks.map(|(number, block)| script(Shard::Postings(number), &words, block)));
        scripts
    }

    /// Shares the terms out among the dictionaries.
    fn dictionaries(self, terms: &[Term]) -> Vec<Range<usize>> {
        let size =
            |term: &Term| term.stem.len() + term.forms.iter().map(|form| form.len() / 2).sum::<usize>() + 4;
        let total: usize = terms.iter().map(size).sum();
        let mut ranges = Vec::new();
        let (mut start, mut reached) = (0, 0);
        for (index, term) in terms.iter().enumerate() {
            reached += size(term);
            // As if the line were divided into equal parts, so that there are never more.
            if reached * self.dictionaries >= total * (ranges.len() + 1) {
                ranges.push(start..index + 1);
                start = index + 1;
            }
        }
        ranges.truncate(self.dictionaries);
        ranges.resize(self.dictionaries, terms.len()..terms.len());
        ranges
    }
}

fn head(index: &Index, words: String, dictionaries: Vec<String>) -> Head {
    let pages = &index.pages.pages;
    let first = |kind| pages.partition_point(|page| page.kind < kind);
    let (deals, notes) = (first(Kind::Deal), first(Kind::Note));
    let mut of_deal = vec![0; notes - deals];
    for deal in pages.iter().filter_map(|page| page.deal) {
        of_deal[deal as usize - deals] += 1;
    }
    let outcome = |page: &Page| Outcome::ALL.iter().position(|outcome| Some(*outcome) == page.outcome);
    let mut years = String::new();
    let mut before = 0;
    for page in &pages[deals..] {
        write_signed(i32::from(page.year) - before, &mut years);
        before = i32::from(page.year);
    }
    Head {
        pages: index.pages.check.clone(),
        words,
        kinds: Kind::ALL.map(|kind| pages.iter().filter(|page| page.kind == kind).count()),
        notes: numbers(of_deal),
        outcomes: numbers(pages[deals..notes].iter().map(|page| outcome(page).unwrap_or(0))),
        years,
        dictionaries,
        together: PAGES_PER_TEXTS,
    }
}

/// A call that hands a value over; the function is there before any of these scripts is loaded.
fn script(shard: Shard, check: &str, value: &impl Serialize) -> Vec<u8> {
    let value = serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned());
    format!("leverbookSearch(\"{}\",\"{check}\",{value});\n", shard.name()).into_bytes()
}

/// What the words and their order come to.
fn check_of_words(pages: &str, terms: &[Term]) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(pages.as_bytes());
    for term in terms {
        hasher.update(term.stem.as_bytes());
        hasher.update(b"\0");
    }
    hasher.finalize().to_hex()[..8].to_owned()
}

/// A line of a dictionary: how much of the stem is that of the line before, the rest, the number of pages, the forms.
///
/// A form is written as the number of letters that it lacks at the stem's end, as a capital, and what follows.
fn entry(term: &Term, before: &str, lines: &mut String) {
    let shared = term.stem.chars().zip(before.chars()).take_while(|(letter, other)| letter == other).count();
    write_number(shared, lines);
    lines.extend(term.stem.chars().skip(shared));
    lines.push(' ');
    write_number(term.postings.len(), lines);
    for (index, form) in term.forms.iter().enumerate() {
        lines.push(if index == 0 { ' ' } else { ',' });
        let shared =
            term.stem.chars().zip(form.chars()).take_while(|(letter, other)| letter == other).count();
        let missing = term.stem.chars().count() - shared;
        if missing > 0 {
            // A stem is a form without its ending, or with another one: few letters differ.
            lines.push(char::from(b'A' + u8::try_from(missing.min(26)).unwrap_or(26) - 1));
        }
        lines.extend(form.chars().skip(shared));
    }
    lines.push('\n');
}

/// The pages of a term as steps, each with its level.
fn postings(term: &Term, lengths: &[u32]) -> String {
    let mut written = String::new();
    let mut next = 0;
    for posting in &term.postings {
        let level = level(posting, lengths[posting.page as usize]);
        write_number(((posting.page - next) * LEVELS + level) as usize, &mut written);
        next = posting.page + 1;
    }
    written
}

/// Ascending numbers as steps.
fn steps(pages: &[u32]) -> String {
    let mut written = String::new();
    let mut next = 0;
    for page in pages {
        write_number((page - next) as usize, &mut written);
        next = page + 1;
    }
    written
}

fn numbers(numbers: impl IntoIterator<Item = usize>) -> String {
    let mut written = String::new();
    for number in numbers {
        write_number(number, &mut written);
    }
    written
}

/// Appends a number in the 91 printable characters that no text in JSON escapes: the first 61 end a number,
/// the others say that it goes on.
fn write_number(number: usize, written: &mut String) {
    const ENDS: usize = 61;
    const GO_ON: usize = 30;
    let mut rest = number;
    while rest >= ENDS {
        rest -= ENDS;
        written.push(digit(ENDS + rest % GO_ON));
        rest /= GO_ON;
    }
    written.push(digit(rest));
}

fn write_signed(number: i32, written: &mut String) {
    let twice = number.unsigned_abs() as usize * 2;
    write_number(twice - usize::from(number < 0), written);
}

/// `#` to `~` without the backslash.
fn digit(value: usize) -> char {
    let code = u8::try_from(value).unwrap_or(90) + b'#';
    char::from(if code >= b'\\' { code + 1 } else { code })
}
