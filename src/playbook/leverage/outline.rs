//! What each heading is, a principle or a section, and where terms may stand: the shape of the document before it is read.

use std::collections::{BTreeMap, BTreeSet};

use super::blocks::{Block, Heading, Item, List, Table};
use super::prose::{MarkKind, Prose};
use super::term::{self, Term};

/// A heading and what stands directly below it.
pub(super) struct Part<'a> {
    /// `None` for what stands above the first heading.
    pub heading: Option<&'a Heading>,
    /// What stands below it, up to the next heading.
    pub blocks: Vec<&'a Block>,
    /// What the heading is.
    pub kind: PartKind,
    /// The nearest heading of a higher rank.
    parent: Option<usize>,
    /// Whether other headings stand below it.
    pub is_parent: bool,
    /// Text in it may introduce the whole document.
    pub may_introduce: bool,
}

/// What a part is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum PartKind {
    /// Its heading is a principle, all else its text.
    Principle,
    /// Its heading is a section; principles stand in lists, tables and the like.
    Section,
    /// Text first, then a list of terms: decided by its neighbours.
    Either,
}

pub(super) fn parts(blocks: &[Block]) -> Vec<Part<'_>> {
    let mut parts: Vec<Part<'_>> = vec![Part::new(None)];
    for block in blocks {
        match block {
            Block::Heading(heading) => parts.push(Part::new(Some(heading))),
            block => parts.last_mut().expect("the first part is never taken out").blocks.push(block),
        }
    }
    let mut open: Vec<usize> = Vec::new();
    for index in 0..parts.len() {
        let Some(level) = parts[index].level() else { continue };
        while open.last().is_some_and(|&above| parts[above].level() >= Some(level)) {
            open.pop();
        }
        if let Some(&above) = open.last() {
            parts[above].is_parent = true;
            parts[index].parent = Some(above);
        }
        open.push(index);
    }
    let mut parts = join_subheadings(parts);
    let first_heading = parts.iter().position(|part| part.heading.is_some());
    let titles = parts.iter().filter(|part| part.level() == Some(1)).count();
    for (index, part) in parts.iter_mut().enumerate() {
        let is_first = Some(index) == first_heading;
        part.may_introduce = part.heading.is_none() || is_first || part.level() == Some(1);
        // A single heading of the first rank is the document's own title.
        let is_title = is_first && titles == 1 && part.level() == Some(1);
        part.kind = if part.heading.is_none() || part.is_parent || is_title {
            PartKind::Section
        } else {
            kind(&part.blocks)
        };
    }
    decide(&mut parts);
    parts
}

impl<'a> Part<'a> {
    fn new(heading: Option<&'a Heading>) -> Self {
        Self {
            heading,
            blocks: Vec::new(),
            kind: PartKind::Section,
            parent: None,
            is_parent: false,
            may_introduce: false,
        }
    }

    fn level(&self) -> Option<u8> {
        self.heading.map(|heading| heading.level)
    }
}

/// Headings that come back under several others ("Tactics", "Sources") divide the text of a principle; they are none themselves.
fn join_subheadings(parts: Vec<Part<'_>>) -> Vec<Part<'_>> {
    let name = |part: &Part<'_>| part.heading.map(|heading| heading.prose.plain().to_lowercase());
    let mut parents: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for part in &parts {
        if let (Some(name), Some(parent), false) = (name(part), part.parent, part.is_parent) {
            parents.entry(name).or_default().insert(parent);
        }
    }
    let recurs = |part: &Part<'_>| {
        !part.is_parent
            && name(part).is_some_and(|name| {
                name == "tactics" || parents.get(&name).is_some_and(|parents| parents.len() > 1)
            })
    };
    // Only where all headings below one are such; two principles of one name under two sections are another matter.
    let mut others: BTreeSet<usize> = BTreeSet::new();
    for part in &parts {
        if let Some(parent) = part.parent.filter(|_| !recurs(part)) {
            others.insert(parent);
        }
    }
    let joined: Vec<bool> = parts
        .iter()
        .map(|part| {
            recurs(part)
                && part
                    .parent
                    .is_some_and(|parent| !others.contains(&parent) && !parts[parent].blocks.is_empty())
        })
        .collect();
    let mut kept: Vec<Part<'_>> = Vec::new();
    let mut places = Vec::with_capacity(parts.len());
    for (part, is_joined) in parts.into_iter().zip(joined) {
        if is_joined && let Some(parent) = part.parent {
            let place: usize = places[parent];
            kept[place].is_parent = false;
            kept[place].blocks.extend(part.blocks);
            places.push(place);
        } else {
            places.push(kept.len());
            let parent = part.parent.map(|parent| places[parent]);
            kept.push(Part { parent, ..part });
        }
    }
    kept
}

/// What a heading without headings below it is, by its own blocks.
fn kind(blocks: &[&Block]) -> PartKind {
    let terms = blocks.iter().position(|block| holds_terms(block));
    let bold: Vec<usize> =
        blocks.iter().enumerate().filter(|(_, block)| opens_bold(block)).map(|(index, _)| index).collect();
    let bold = bold.first().copied().filter(|_| bold.len() > 1);
    let first_terms = terms.into_iter().chain(bold).min();
    let is_text = |block: &&&Block| !matches!(block, Block::Rule | Block::Html(_));
    match first_terms {
        Some(first) if blocks[..first].iter().filter(is_text).count() == 0 => PartKind::Section,
        Some(_) => PartKind::Either,
        None if blocks.iter().any(|block| says_something(block)) => PartKind::Principle,
        None => PartKind::Section,
    }
}

/// A part that could be either is a principle where most of its neighbours plainly are, else a section.
fn decide(parts: &mut [Part<'_>]) {
    let mut counts: BTreeMap<(Option<usize>, Option<u8>), [usize; 3]> = BTreeMap::new();
    for part in parts.iter().filter(|part| part.heading.is_some() && !part.is_parent) {
        let counts = counts.entry((part.parent, part.level())).or_default();
        counts[part.kind as usize] += 1;
    }
    for part in parts.iter_mut().filter(|part| part.kind == PartKind::Either) {
        let [principles, sections, either] =
            counts.get(&(part.parent, part.level())).copied().unwrap_or_default();
        let by_neighbours = principles >= 2 && principles > sections + either;
        part.kind = if by_neighbours { PartKind::Principle } else { PartKind::Section };
    }
}

/// Whether a block holds principles by itself.
pub(super) fn holds_terms(block: &Block) -> bool {
    match block {
        Block::List(list) => is_term_list(list),
        Block::Table(table) => term_column(table).is_some(),
        Block::Definitions(_) => true,
        _ => false,
    }
}

pub(super) fn opens_bold(block: &Block) -> bool {
    matches!(block, Block::Prose(prose) if term::bold(prose).is_some())
}

/// Whether a block has words of its own, and not only links to elsewhere.
fn says_something(block: &Block) -> bool {
    match block {
        Block::Prose(prose) => has_words(prose),
        Block::List(list) => list.items.iter().any(|item| item.blocks.iter().any(says_something)),
        Block::Quote(blocks, _) => blocks.iter().any(says_something),
        Block::Table(_) | Block::Definitions(_) | Block::Code(..) => true,
        Block::Heading(_) | Block::Html(_) | Block::Rule => false,
    }
}

/// Whether a text is more than links and addresses.
pub(super) fn has_words(prose: &Prose) -> bool {
    let mut unlinked = String::new();
    let mut at = 0;
    for mark in
        prose.marks.iter().filter(|mark| matches!(mark.kind, MarkKind::Link(_) | MarkKind::Wikilink(_)))
    {
        if mark.range.start >= at {
            unlinked.push_str(&prose.text[at..mark.range.start]);
            at = mark.range.end;
        }
    }
    unlinked.push_str(&prose.text[at..]);
    unlinked
        .split_whitespace()
        .filter(|word| !word.contains("://"))
        .any(|word| word.contains(char::is_alphabetic))
}

/// Whether most items of a list are terms, or what follows a term that has no text of its own.
pub(super) fn is_term_list(list: &List) -> bool {
    let style = Style::of(list);
    let mut terms = 0;
    let mut others = 0;
    let mut waits = false;
    count_terms(&list.items, style, &mut waits, &mut terms, &mut others);
    terms > 0 && terms >= others
}

fn count_terms(items: &[Item], style: Style, waits: &mut bool, terms: &mut usize, others: &mut usize) {
    for item in items {
        match item.split() {
            (None, []) => {}
            (None, [Block::List(list), ..]) => {
                let mut waits = false;
                count_terms(&list.items, style, &mut waits, terms, others);
            }
            (None, _) => *others += 1,
            (Some(prose), rest) => match term_of(prose, rest, style) {
                Some(term) => {
                    *terms += 1;
                    *waits = term.rest.is_blank() && rest.is_empty();
                }
                None if *waits => {}
                None => *others += 1,
            },
        }
    }
}

/// How the items of a list show their terms where they are not bold.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// `Term: text`
    Colon,
    /// A few words with items nested below them, all through the list.
    Nested,
}

impl Style {
    pub(super) fn of(list: &List) -> Self {
        let is_nested = |item: &Item| match item.split() {
            (Some(prose), [Block::List(inner)]) => term::is_short(prose) && !is_term_list_of_bold(inner),
            _ => false,
        };
        if list.items.len() > 1 && list.items.iter().all(is_nested) { Self::Nested } else { Self::Colon }
    }
}

fn is_term_list_of_bold(list: &List) -> bool {
    list.items.iter().any(|item| item.split().0.is_some_and(|prose| term::bold(prose).is_some()))
}

/// The term of an item that stands in a list of principles.
pub(super) fn term_of(prose: &Prose, rest: &[Block], style: Style) -> Option<Term> {
    let plain = || term::plain(prose).filter(|term| !term.rest.is_blank() || !rest.is_empty());
    let nested = || {
        let title = term::title(prose).filter(|_| style == Style::Nested)?;
        Some(Term { title, prose: term::place(prose), rest: Prose::default() })
    };
    term::bold(prose).or_else(plain).or_else(nested)
}

/// The column that holds the terms of a table, if one does.
pub(super) fn term_column(table: &Table) -> Option<usize> {
    let cell = |row: &'_ [Prose], column: usize| row.get(column).map(Prose::plain).unwrap_or_default();
    let is_number = |text: &str| !text.is_empty() && !text.contains(char::is_alphabetic);
    let column = usize::from(table.rows.iter().all(|row| is_number(&cell(row, 0))));
    let is_term = |text: &str| {
        text.chars().count() <= term::MAX_TITLE
            && text.split_whitespace().count() <= 10
            && text.contains(char::is_alphabetic)
    };
    let terms = table.rows.iter().filter(|row| is_term(&cell(row, column))).count();
    (terms > 0 && terms * 2 >= table.rows.len()).then_some(column)
}

/// What the words above a column say that stands in it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Text,
    Tactics,
    Aliases,
    Cues,
    Sources,
    Section,
}

impl Column {
    pub(super) fn of(head: &Prose) -> Self {
        let head = head.plain().to_lowercase();
        let speaks_of = |words: &[&str]| {
            words.iter().any(|word| head.split_whitespace().any(|part| part.trim_end_matches('s') == *word))
        };
        if speaks_of(&["tactic", "move"]) {
            Self::Tactics
        } else if speaks_of(&["alia", "aliase", "also"]) {
            Self::Aliases
        } else if speaks_of(&["cue"]) {
            Self::Cues
        } else if speaks_of(&["source", "link", "reference"]) {
            Self::Sources
        } else if speaks_of(&["section", "group", "category"]) {
            Self::Section
        } else {
            Self::Text
        }
    }
}
