//! The index of a playbook: its pages in order, and for every word the pages that have it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::read::{Form, Lexicon, NoteWords, Words};
use super::words;
use crate::edition::EditedPlaybook;
use crate::playbook::{Deal, Note, NoteId, Outcome, Playbook};

/// What is known about the words of a playbook, so that pages can be found by them.
#[derive(Debug, Default)]
pub struct Index {
    /// The pages, in the order in which equal ones are listed.
    pub pages: Pages,
    /// Words by stem, in the order of [`order`].
    pub terms: Vec<Term>,
    /// How many words each page has.
    pub lengths: Vec<u32>,
}

/// Every page that can be found: principles, counterparties, deals, then notes, those of one deal together.
#[derive(Debug, Default)]
pub struct Pages {
    /// What each page is.
    pub pages: Vec<Page>,
    /// For each counterparty the pages that have to do with it, ascending.
    pub counterparties: Vec<Vec<u32>>,
    /// For each principle the pages that show it, ascending.
    pub principles: Vec<Vec<u32>>,
    /// What the pages and their order come to.
    pub check: String,
}

/// A page that can be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// What it is about.
    pub kind: Kind,
    /// Which principle, counterparty, deal or note of the playbook.
    pub item: usize,
    /// How the deal ended; `None` for pages without a deal.
    pub outcome: Option<Outcome>,
    /// The year of its newest note; 0 if nobody says.
    pub year: i16,
    /// For a note, the page of its deal.
    pub deal: Option<u32>,
}

/// What a page is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A principle.
    Principle,
    /// A counterparty.
    Counterparty,
    /// A deal.
    Deal,
    /// A note.
    Note,
}

/// A word with all its forms, and where it stands.
#[derive(Debug)]
pub struct Term {
    /// What its forms have in common.
    pub stem: String,
    /// As it is written, folded, ascending.
    pub forms: Vec<String>,
    /// The pages that have it, ascending.
    pub postings: Vec<Posting>,
}

/// A page that has a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posting {
    /// Index of the page.
    pub page: u32,
    /// The best place in which it stands.
    pub place: Place,
    /// How often it occurs in the text.
    pub count: u32,
}

/// Where on a page a word stands, the least telling first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In its text.
    Body,
    /// In the name of a deal, counterparty or principle that it belongs to.
    Name,
    /// In its title.
    Title,
    /// In a title of one or two words.
    ShortTitle,
}

impl Kind {
    /// All of them, in the order of the pages.
    pub const ALL: [Self; 4] = [Self::Principle, Self::Counterparty, Self::Deal, Self::Note];

    /// The word for it in queries and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Principle => "principle",
            Self::Counterparty => "counterparty",
            Self::Deal => "deal",
            Self::Note => "note",
        }
    }
}

impl Pages {
    /// Puts the pages in order.
    pub fn new(playbook: &Playbook) -> Self {
        let mut pages = Vec::new();
        let plain = |kind, item| Page { kind, item, outcome: None, year: 0, deal: None };
        let principles = playbook.leverage.principles.len();
        pages.extend((0..principles).map(|item| plain(Kind::Principle, item)));
        pages.extend((0..playbook.counterparties.len()).map(|item| plain(Kind::Counterparty, item)));
        let first_deal = pages.len();
        pages.extend(playbook.deals.iter().enumerate().map(|(item, deal)| Page {
            outcome: Some(deal.outcome),
            year: notes_of(playbook, deal).map(|note| year(&playbook.notes[note])).max().unwrap_or(0),
            ..plain(Kind::Deal, item)
        }));
        let mut page_of_note: Vec<Option<u32>> = vec![None; playbook.notes.len()];
        for (item, deal) in playbook.deals.iter().enumerate() {
            for note in notes_of(playbook, deal) {
                if page_of_note[note].is_none() {
                    page_of_note[note] = Some(number(pages.len()));
                    pages.push(Page {
                        outcome: Some(deal.outcome),
                        year: year(&playbook.notes[note]),
                        deal: Some(number(first_deal + item)),
                        ..plain(Kind::Note, note)
                    });
                }
            }
        }
        for (note, page) in page_of_note.iter_mut().enumerate().filter(|(_, page)| page.is_none()) {
            *page = Some(number(pages.len()));
            pages.push(Page { year: year(&playbook.notes[note]), ..plain(Kind::Note, note) });
        }
        let check = check(playbook, &pages);
        let mut this = Self { pages, counterparties: Vec::new(), principles: Vec::new(), check };
        this.relate(playbook, first_deal, &page_of_note);
        this
    }

    /// Finds out which pages have to do with a counterparty or principle.
    fn relate(&mut self, playbook: &Playbook, first_deal: usize, page_of_note: &[Option<u32>]) {
        let deals: BTreeMap<_, usize> =
            playbook.deals.iter().enumerate().map(|(item, deal)| (&deal.id, item)).collect();
        let page_of = |id: &NoteId| playbook.positions.get(id).and_then(|note| page_of_note[*note]);
        let first_counterparty = playbook.leverage.principles.len();
        for (item, counterparty) in playbook.counterparties.iter().enumerate() {
            let mut related = vec![number(first_counterparty + item)];
            for &deal in counterparty.deals.iter().filter_map(|id| deals.get(id)) {
                related.push(number(first_deal + deal));
                related.extend(playbook.deals[deal].notes.iter().filter_map(page_of));
            }
            related.extend(counterparty.notes.iter().filter_map(page_of));
            self.counterparties.push(ascending(related));
        }
        let principles: BTreeMap<_, usize> =
            playbook.leverage.principles.iter().enumerate().map(|(item, known)| (&known.id, item)).collect();
        self.principles = (0..principles.len()).map(|item| vec![number(item)]).collect();
        for (id, links) in &playbook.links {
            let Some(page) = page_of(id) else { continue };
            for principle in links.links.iter().filter_map(|link| principles.get(&link.principle)) {
                self.principles[*principle].push(page);
                self.principles[*principle].extend(self.pages[page as usize].deal);
            }
        }
        for related in &mut self.principles {
            *related = ascending(std::mem::take(related));
        }
    }
}

impl Index {
    /// Indexes a playbook; `read` gives the words of a note, which may be remembered ones of the same lexicon.
    pub fn new(
        edited: &EditedPlaybook,
        lexicon: &mut Lexicon,
        mut read: impl FnMut(&Arc<Note>, &mut Lexicon) -> Arc<NoteWords>,
    ) -> Self {
        let playbook = &edited.playbook;
        let pages = Pages::new(playbook);
        let mut entries = Vec::with_capacity(pages.pages.len());
        for page in &pages.pages {
            entries.push(match page.kind {
                Kind::Note => {
                    Entry { words: read(&playbook.notes[page.item], lexicon), name: Words::default() }
                }
                _ => entry(playbook, *page, lexicon),
            });
        }
        let index = join(pages, &entries, lexicon);
        lexicon.note_use(index.terms.iter().map(|term| term.forms.len()).sum());
        index
    }
}

/// The words of a page.
struct Entry {
    words: Arc<NoteWords>,
    /// The words of the name by which other pages speak of it; none for a note.
    name: Words,
}

/// The words of a page that is no note.
fn entry(playbook: &Playbook, page: Page, lexicon: &mut Lexicon) -> Entry {
    let item = page.item;
    let (name, title, body) = match page.kind {
        Kind::Principle => {
            let principle = &playbook.leverage.principles[item];
            let body = std::iter::once(&principle.summary).chain(&principle.text).chain(&principle.tactics);
            (principle.title.as_str(), principle.names().collect(), body.map(String::as_str).collect())
        }
        Kind::Counterparty => {
            let counterparty = &playbook.counterparties[item];
            let name = counterparty.name.as_str();
            (name, vec![name], counterparty.people.iter().map(String::as_str).collect())
        }
        Kind::Deal => {
            let deal = &playbook.deals[item];
            (deal.name.as_str(), vec![deal.name.as_str()], facts(deal))
        }
        Kind::Note => (playbook.notes[item].title.as_str(), Vec::new(), Vec::new()),
    };
    let name = lexicon.count([name]);
    let words =
        NoteWords { title: lexicon.count(title), is_short: name.is_short(), body: lexicon.count(body) };
    Entry { words: Arc::new(words), name }
}

/// What the facts of a deal say in words.
pub(super) fn facts(deal: &Deal) -> Vec<&str> {
    let facts = &deal.facts;
    let amounts = [&facts.target, &facts.reservation, &facts.batna, &facts.their_batna, &facts.settled];
    let mut texts: Vec<&str> = amounts.into_iter().flatten().map(|fact| fact.value.text.as_str()).collect();
    texts.extend(facts.owner.iter().map(|fact| fact.value.as_str()));
    texts.extend(facts.people.iter().flat_map(|fact| fact.value.iter().map(String::as_str)));
    texts.extend(deal.stage.as_deref());
    texts
}

/// Joins the words of all pages: every stem gets its pages and its forms.
fn join(pages: Pages, entries: &[Entry], lexicon: &Lexicon) -> Index {
    let forms = lexicon.forms();
    let mut is_used = vec![false; forms.len()];
    let mut by_stem: Vec<Vec<Posting>> = vec![Vec::new(); lexicon.stems()];
    let mut add = |page: u32, words: &Words, place: Place| {
        for &(form, count) in &words.counts {
            is_used[form as usize] = true;
            let count = if place == Place::Body { count } else { 0 };
            let postings = &mut by_stem[forms[form as usize].stem as usize];
            match postings.last_mut().filter(|posting| posting.page == page) {
                Some(posting) => {
                    posting.place = posting.place.max(place);
                    posting.count = posting.count.saturating_add(count);
                }
                None => postings.push(Posting { page, place, count }),
            }
        }
    };
    for ((entry, names), page) in entries.iter().zip(names_on(&pages)).zip(0..) {
        add(page, &entry.words.body, Place::Body);
        add(page, &entry.words.title, if entry.words.is_short { Place::ShortTitle } else { Place::Title });
        for name in names {
            add(page, &entries[name as usize].name, Place::Name);
        }
    }
    let used = forms.iter().zip(is_used).filter(|(_, is_used)| *is_used).map(|(form, _)| form);
    let lengths = entries.iter().map(|entry| entry.words.body.total).collect();
    Index { pages, terms: terms(used.collect(), by_stem), lengths }
}

/// For each page the pages whose names stand on it: its deal, its counterparties, its principles.
fn names_on(pages: &Pages) -> Vec<Vec<u32>> {
    let mut names: Vec<Vec<u32>> = pages.pages.iter().map(|page| page.deal.into_iter().collect()).collect();
    let related = pages.principles.iter().chain(&pages.counterparties).enumerate();
    for (named, related) in related {
        for page in related.iter().filter(|page| **page as usize != named) {
            names[*page as usize].push(number(named));
        }
    }
    names
}

/// The terms that some forms belong to, in the order of [`order`].
fn terms(mut forms: Vec<&Form>, mut by_stem: Vec<Vec<Posting>>) -> Vec<Term> {
    forms.sort_unstable_by(|left, right| (left.stem, &left.text).cmp(&(right.stem, &right.text)));
    let of_one_stem = forms.chunk_by(|left, right| left.stem == right.stem);
    let mut terms: Vec<Term> = of_one_stem
        .map(|forms| Term {
            stem: words::stem(&forms[0].text),
            forms: forms.iter().map(|form| form.text.to_string()).collect(),
            postings: std::mem::take(&mut by_stem[forms[0].stem as usize]),
        })
        .collect();
    terms.sort_unstable_by(|left, right| order(&left.stem, &right.stem));
    terms
}

/// How a browser's script orders texts: by UTF-16, which differs from UTF-8 above the basic plane.
pub(super) fn order(left: &str, right: &str) -> std::cmp::Ordering {
    if left.is_ascii() || right.is_ascii() {
        return left.cmp(right);
    }
    left.encode_utf16().cmp(right.encode_utf16())
}

fn notes_of<'a>(playbook: &'a Playbook, deal: &'a Deal) -> impl Iterator<Item = usize> + 'a {
    deal.notes.iter().filter_map(|id| playbook.positions.get(id).copied())
}

fn year(note: &Note) -> i16 {
    note.day().map_or(0, jiff::civil::Date::year)
}

/// What the pages and their order come to.
fn check(playbook: &Playbook, pages: &[Page]) -> String {
    let mut hasher = blake3::Hasher::new();
    for page in pages {
        let id = match page.kind {
            Kind::Principle => playbook.leverage.principles[page.item].id.as_str(),
            Kind::Counterparty => &playbook.counterparties[page.item].slug,
            Kind::Deal => &playbook.deals[page.item].id.0,
            Kind::Note => &playbook.notes[page.item].id.0,
        };
        hasher.update(page.kind.as_str().as_bytes());
        hasher.update(id.as_bytes());
        hasher.update(b"\0");
    }
    hasher.finalize().to_hex()[..8].to_owned()
}

fn ascending(mut pages: Vec<u32>) -> Vec<u32> {
    pages.sort_unstable();
    pages.dedup();
    pages
}

/// Pages and words are counted in 32 bits; there is no memory for more.
fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
