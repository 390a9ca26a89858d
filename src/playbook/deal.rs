//! A deal and its counterparty, put together from the notes that name them, and the deal sheet's arithmetic.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::{Date, DateTime};

use super::note::{Name, Note, NoteId};
use super::outcome::Outcome;
use crate::config::OutcomeWords;
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::markdown::slug;
use crate::source::Span;

/// The id of a deal: the slug of its name; its page is `deals/ID.html`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct DealId(pub Arc<str>);

/// A negotiation over time: all the notes that name it.
#[derive(Clone, Debug)]
pub struct Deal {
    /// Unique among the deals of the playbook.
    pub id: DealId,
    /// As first written by its newest note.
    pub name: String,
    /// Its notes, newest first.
    pub notes: Vec<NoteId>,
    /// Names of the other side, in the order in which they first occur.
    pub counterparties: Vec<String>,
    /// Where it stands.
    pub outcome: Outcome,
    /// The free word that says so.
    pub outcome_word: Option<String>,
    /// The newest `stage`.
    pub stage: Option<String>,
    /// The newest `value` with its currency.
    pub value: Option<f64>,
    /// ISO code.
    pub currency: Option<String>,
    /// Its facts; the newest note that has the key wins.
    pub facts: Facts,
    /// What follows from the facts.
    pub checks: Vec<Check>,
}

/// Somebody one negotiates with.
#[derive(Clone, Debug)]
pub struct Counterparty {
    /// Unique slug; the page is `counterparties/SLUG.html`.
    pub slug: String,
    /// As first written by the newest note.
    pub name: String,
    /// Their deals, in the playbook's order.
    pub deals: Vec<DealId>,
    /// Notes that name them, newest first.
    pub notes: Vec<NoteId>,
    /// People named in their deals' `people`.
    pub people: Vec<String>,
}

/// Which side of the price we are on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// We pay: low is good.
    Buy,
    /// We are paid: high is good.
    Sell,
}

/// The deal sheet: flat front matter keys. A fact is a number if it reads as one, and always the text as written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// Which side we are on.
    pub role: Option<Fact<Role>>,
    /// What we want.
    pub target: Option<Fact<Amount>>,
    /// Where we walk away.
    pub reservation: Option<Fact<Amount>>,
    /// What we think is their walk-away point.
    pub their_estimate: Option<Fact<Amount>>,
    /// What was agreed.
    pub settled: Option<Fact<Amount>>,
    /// What we offered last; each note states what it was on its day.
    pub our_offer: Option<Fact<Amount>>,
    /// What they offered last.
    pub their_offer: Option<Fact<Amount>>,
    /// Our best alternative.
    pub batna: Option<Fact<Amount>>,
    /// Theirs, as far as we know.
    pub their_batna: Option<Fact<Amount>>,
    /// When we must be done.
    pub deadline: Option<Fact<When>>,
    /// When they must be done.
    pub their_deadline: Option<Fact<When>>,
    /// The next meeting.
    pub meeting: Option<Fact<When>>,
    /// Who leads it on our side.
    pub owner: Option<Fact<String>>,
    /// Who takes part.
    pub people: Option<Fact<Vec<String>>>,
}

/// A value with the note and place that state it.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact<T> {
    /// What is stated.
    pub value: T,
    /// Where, in the note's source.
    pub span: Span,
    /// Which note; filled in when a deal is put together.
    pub note: Option<NoteId>,
}

/// A number or a text, as people fill in deal sheets: `-8% on lanes`, `$1.2m`, `42,000`.
#[derive(Clone, Debug, PartialEq)]
pub struct Amount {
    /// As written.
    pub text: String,
    /// The number that the whole text is, if it is one (`42000`, `-0.08`), in units.
    pub number: Option<f64>,
}

/// A civil date, a date-time, or a text that is neither.
#[derive(Clone, Debug, PartialEq)]
pub struct When {
    /// As written.
    pub text: String,
    /// As read.
    pub at: Option<DateTime>,
}

/// Something that follows from a deal's facts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Check {
    /// The reservations overlap: from and to, in units.
    Zone {
        /// Lower end.
        from: f64,
        /// Upper end.
        to: f64,
    },
    /// The reservations do not overlap; by how much they miss.
    NoZone {
        /// Distance, in units.
        gap: f64,
    },
    /// Which share of the surplus between the reservations we took, 0 to 1 (outside if somebody went below theirs).
    SurplusShare(f64),
    /// The reservation lies on the wrong side of the target for our role.
    ReservationSide,
    /// Walking away at the reservation is worse than the alternative.
    WorseThanAlternative,
    /// The deadline of an open deal lies before today.
    DeadlinePassed {
        /// Whose: ours if false.
        theirs: bool,
    },
}

/// Puts deals and counterparties together from the notes (newest first). Which deadlines have passed is judged by the newest
/// note for the deals themselves, which pages show, and by `today` for the problems, which only the author is told.
pub fn assemble(
    notes: &[Arc<Note>],
    words: &OutcomeWords,
    today: Option<Date>,
) -> (Vec<Deal>, Vec<Counterparty>, Vec<Diagnostic>) {
    let mut groups: BTreeMap<String, (String, Vec<&Arc<Note>>)> = BTreeMap::new();
    for note in notes {
        if let Some(name) = &note.deal {
            let (_, notes) = groups.entry(name.key()).or_insert_with(|| (name.name().to_owned(), Vec::new()));
            notes.push(note);
        }
    }
    let mut problems: Vec<Diagnostic> =
        notes.iter().filter_map(|note| unknown_outcome(note, words)).collect();
    let mut slugs = Slugs::default();
    let as_of = notes.iter().filter_map(|note| note.day()).max();
    let deals = groups.into_values().map(|(name, notes)| {
        let deal = deal(DealId(slugs.take(&name).into()), name, &notes, words, as_of);
        problems.extend(checks(&deal, today).into_iter().filter_map(|check| problem(&deal, check, &notes)));
        deal
    });
    let mut deals: Vec<Deal> = deals.collect();
    let dates: BTreeMap<&NoteId, Option<DateTime>> = notes.iter().map(|note| (&note.id, note.date)).collect();
    deals.sort_by_cached_key(|deal| {
        let newest = deal.notes.first().and_then(|note| dates[note]);
        let next = if deal.outcome.is_closed() { None } else { Some(deal.next_date().is_none()) };
        // Open deals first, those with a date before the others; then the newest first.
        (
            deal.outcome.is_closed(),
            next,
            deal.next_date().filter(|_| !deal.outcome.is_closed()),
            std::cmp::Reverse(newest),
            deal.id.clone(),
        )
    });
    let counterparties = counterparties(notes, &deals);
    (deals, counterparties, problems)
}

impl Deal {
    /// The next date that the deal waits for: its meeting, else the nearer deadline.
    pub fn next_date(&self) -> Option<DateTime> {
        let at = |fact: &Option<Fact<When>>| fact.as_ref().and_then(|fact| fact.value.at);
        let deadlines = [at(&self.facts.deadline), at(&self.facts.their_deadline)];
        at(&self.facts.meeting).or_else(|| deadlines.into_iter().flatten().min())
    }

    /// Which side of the price we are on, stated or shown by target and reservation.
    pub fn role(&self) -> Option<Role> {
        self.facts.role.as_ref().map(|fact| fact.value).or_else(|| {
            let (target, reservation) =
                comparable(self.facts.target.as_ref()?, self.facts.reservation.as_ref()?)?;
            (target - reservation).abs().gt(&0.0).then_some(if target < reservation {
                Role::Buy
            } else {
                Role::Sell
            })
        })
    }
}

/// Gives each name a slug of its own, in the order in which they ask.
#[derive(Default)]
struct Slugs(BTreeSet<String>);

impl Slugs {
    fn take(&mut self, name: &str) -> String {
        let wanted = slug(name);
        let more = (2..).map(|number| format!("{wanted}-{number}"));
        let free = std::iter::once(wanted.clone()).chain(more).find(|slug| !self.0.contains(slug));
        let free = free.unwrap_or(wanted);
        self.0.insert(free.clone());
        free
    }
}

/// One deal from its notes, newest first.
fn deal(id: DealId, name: String, notes: &[&Arc<Note>], words: &OutcomeWords, today: Option<Date>) -> Deal {
    let newest = |read: fn(&Note) -> Option<&String>| notes.iter().find_map(|note| read(note).cloned());
    let outcome_word = newest(|note| note.outcome.as_ref());
    let outcome = outcome_word.as_deref().and_then(|word| Outcome::of_word(word, words)).unwrap_or_default();
    let mut seen = BTreeSet::new();
    let names = notes.iter().flat_map(|note| &note.counterparties);
    let counterparties = names.filter(|name| seen.insert(name.key())).map(|name| name.name().to_owned());
    let mut deal = Deal {
        id,
        name,
        notes: notes.iter().map(|note| note.id.clone()).collect(),
        counterparties: counterparties.collect(),
        outcome,
        outcome_word,
        stage: newest(|note| note.stage.as_ref()),
        value: notes.iter().find_map(|note| note.value),
        currency: newest(|note| note.currency.as_ref()),
        facts: facts(notes),
        checks: Vec::new(),
    };
    deal.checks = checks(&deal, today);
    deal
}

/// The facts of a deal: for each key the newest note that has it.
fn facts(notes: &[&Arc<Note>]) -> Facts {
    fn newest<T: Clone>(notes: &[&Arc<Note>], read: impl Fn(&Facts) -> &Option<Fact<T>>) -> Option<Fact<T>> {
        let stated = |note: &&Arc<Note>| {
            let fact = read(&note.facts).clone()?;
            Some(Fact { note: Some(note.id.clone()), ..fact })
        };
        notes.iter().find_map(stated)
    }
    Facts {
        role: newest(notes, |facts| &facts.role),
        target: newest(notes, |facts| &facts.target),
        reservation: newest(notes, |facts| &facts.reservation),
        their_estimate: newest(notes, |facts| &facts.their_estimate),
        settled: newest(notes, |facts| &facts.settled),
        our_offer: newest(notes, |facts| &facts.our_offer),
        their_offer: newest(notes, |facts| &facts.their_offer),
        batna: newest(notes, |facts| &facts.batna),
        their_batna: newest(notes, |facts| &facts.their_batna),
        deadline: newest(notes, |facts| &facts.deadline),
        their_deadline: newest(notes, |facts| &facts.their_deadline),
        meeting: newest(notes, |facts| &facts.meeting),
        owner: newest(notes, |facts| &facts.owner),
        people: newest(notes, |facts| &facts.people),
    }
}

/// Two amounts that can be compared: both numbers, and both or neither a percentage.
pub fn comparable(a: &Fact<Amount>, b: &Fact<Amount>) -> Option<(f64, f64)> {
    let percent = |fact: &Fact<Amount>| fact.value.text.contains('%');
    (percent(a) == percent(b)).then_some((a.value.number?, b.value.number?))
}

/// What follows from the facts. The zone of agreement lies between the two reservations; the share of the
/// surplus is our distance from our reservation over the zone's width (Raiffa, The Art and Science of Negotiation).
fn checks(deal: &Deal, today: Option<Date>) -> Vec<Check> {
    let Facts { target, reservation, their_estimate, settled, batna, deadline, their_deadline, .. } =
        &deal.facts;
    let pair = |a: &Option<Fact<Amount>>, b: &Option<Fact<Amount>>| comparable(a.as_ref()?, b.as_ref()?);
    let mut checks = Vec::new();
    if let Some(role) = deal.role() {
        // For a seller all comparisons turn round; with the sign they read alike.
        let sign = if role == Role::Buy { 1.0 } else { -1.0 };
        if pair(target, reservation).is_some_and(|(target, reservation)| sign * target > sign * reservation) {
            checks.push(Check::ReservationSide);
        }
        if pair(reservation, batna).is_some_and(|(reservation, batna)| sign * reservation > sign * batna) {
            checks.push(Check::WorseThanAlternative);
        }
        if let Some((ours, theirs)) = pair(reservation, their_estimate) {
            let width = sign * (ours - theirs);
            checks.push(if width < 0.0 {
                Check::NoZone { gap: -width }
            } else {
                Check::Zone { from: ours.min(theirs), to: ours.max(theirs) }
            });
            if let Some((settled, _)) = pair(settled, reservation)
                && width > 0.0
            {
                checks.push(Check::SurplusShare(sign * (ours - settled) / width));
            }
        }
    }
    if !deal.outcome.is_closed() {
        for (fact, theirs) in [(deadline, false), (their_deadline, true)] {
            let day = fact.as_ref().and_then(|fact| fact.value.at).map(DateTime::date);
            if day.zip(today).is_some_and(|(day, today)| day < today) {
                checks.push(Check::DeadlinePassed { theirs });
            }
        }
    }
    checks
}

/// The warning that a check is worth, at the fact that it is about.
fn problem(deal: &Deal, check: Check, notes: &[&Arc<Note>]) -> Option<Diagnostic> {
    let facts = &deal.facts;
    let amount = |fact: &Option<Fact<Amount>>| fact.as_ref().map(|fact| (fact.note.clone(), fact.span));
    let when = |fact: &Option<Fact<When>>| fact.as_ref().map(|fact| (fact.note.clone(), fact.span));
    let (better, worse) =
        if deal.role() == Some(Role::Buy) { ("below", "above") } else { ("above", "below") };
    let (code, place, message, help) = match check {
        Check::ReservationSide => (
            Code::ReservationSide,
            amount(&facts.reservation),
            format!("the reservation lies {better} the target"),
            format!(
                "we {}, so the target lies {better} the point where we walk away",
                if better == "below" { "buy" } else { "sell" }
            ),
        ),
        Check::WorseThanAlternative => (
            Code::WorseThanAlternative,
            amount(&facts.reservation),
            format!("the reservation lies {worse} the alternative"),
            "rather take the alternative than this: move `reservation`, or correct `batna`".to_owned(),
        ),
        Check::NoZone { .. } => (
            Code::NoZone,
            amount(&facts.reservation),
            "there is no zone of agreement between `reservation` and `their_estimate`".to_owned(),
            "change the deal, not the price: new terms, another party, or the alternative".to_owned(),
        ),
        Check::DeadlinePassed { theirs } => (
            Code::DeadlinePassed,
            when(if theirs { &facts.their_deadline } else { &facts.deadline }),
            format!("the deal is open, but {} deadline has passed", if theirs { "their" } else { "our" }),
            "set `outcome`, or the new date".to_owned(),
        ),
        Check::Zone { .. } | Check::SurplusShare(_) => return None,
    };
    let (note, span) = place?;
    let note = notes.iter().find(|candidate| Some(&candidate.id) == note.as_ref())?;
    Some(Diagnostic::at(code, &note.document.source, span, message).help(help))
}

fn unknown_outcome(note: &Note, words: &OutcomeWords) -> Option<Diagnostic> {
    let word = note.outcome.as_deref().filter(|word| Outcome::of_word(word, words).is_none())?;
    let entry = note.document.front_matter.get("outcome")?;
    let help = match nearest(word, words.all()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "the words for outcomes are set in leverbook.toml under [outcomes]".to_owned(),
    };
    let message = format!("outcome `{word}` is not known; the deal counts as open");
    Some(Diagnostic::at(Code::UnknownOutcome, &note.document.source, entry.value_span, message).help(help))
}

/// Everybody whom a note or a deal names as the other side, by name.
fn counterparties(notes: &[Arc<Note>], deals: &[Deal]) -> Vec<Counterparty> {
    let mut parties: BTreeMap<String, Counterparty> = BTreeMap::new();
    let names = notes.iter().flat_map(|note| note.counterparties.iter().map(move |name| (note, name)));
    for (note, name) in names {
        let party = parties.entry(name.key()).or_insert_with(|| Counterparty {
            slug: String::new(),
            name: name.name().to_owned(),
            deals: Vec::new(),
            notes: Vec::new(),
            people: Vec::new(),
        });
        if party.notes.last() != Some(&note.id) {
            party.notes.push(note.id.clone());
        }
    }
    for deal in deals {
        let people = deal.facts.people.iter().flat_map(|fact| &fact.value);
        for name in &deal.counterparties {
            let key = Name { text: name.clone(), target: None }.key();
            let Some(party) = parties.get_mut(&key) else { continue };
            party.deals.push(deal.id.clone());
            for person in people.clone() {
                if !party.people.contains(person) {
                    party.people.push(person.clone());
                }
            }
        }
    }
    let mut slugs = Slugs::default();
    let with_slug = |party: Counterparty| Counterparty { slug: slugs.take(&party.name), ..party };
    parties.into_values().map(with_slug).collect()
}
