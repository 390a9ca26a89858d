//! What notes and deals are read as, without the Markdown parser.

use std::sync::Arc;

use super::note::{self, Name};
use super::*;
use crate::config::OutcomeWords;
use crate::config::Visibility::{Private, Public, Team};
use crate::markdown::Document;
use crate::markdown::front_matter::{Entry, FrontMatter, State as Reading, Value};
use crate::source::{Source, SourceId};

/// A note with these properties; a value with `|` is a list.
fn note(path: &str, properties: &[(&str, &str)]) -> Arc<Note> {
    let text: String = properties.iter().map(|(key, value)| format!("{key}: {value}\n")).collect();
    let source = Arc::new(Source::new(SourceId::new(format!("content/{path}")), text));
    let mut start = 0;
    let entry = |(key, value): &(&str, &str)| {
        let key_span = Span::new(start, start + key.len());
        let value_span = Span::new(key_span.end + 2, key_span.end + 2 + value.len());
        start = value_span.end + 1;
        let scalar = |text: &str| Value::Scalar { text: text.to_owned(), quoted: false };
        let value = match value.split_once('|') {
            Some(_) if !value.starts_with("[[") => {
                Value::List(value.split('|').map(|item| (scalar(item), value_span)).collect())
            }
            _ => scalar(value),
        };
        Entry { key: (*key).to_owned(), key_span, value, value_span }
    };
    let entries = properties.iter().map(entry).collect();
    let front_matter = FrontMatter { entries, span: Span::default(), state: Reading::Read };
    let document = Document { source, front_matter, ..Document::default() };
    Arc::new(note::read(NoteId(path.into()), path, document).0)
}

fn assembled(notes: &[Arc<Note>]) -> (Vec<Deal>, Vec<Counterparty>, Vec<String>) {
    let today = Some(jiff::civil::date(2026, 11, 24));
    let (deals, counterparties, problems) = deal::assemble(notes, &OutcomeWords::default(), today);
    (
        deals,
        counterparties,
        problems
            .into_iter()
            .map(|problem| format!("{} {}", problem.code.as_str(), problem.message))
            .collect(),
    )
}

#[test]
fn names_are_read_from_text_and_links() {
    let cases = [
        ("Acme", "Acme", "Acme"),
        ("[[firms/Acme Corp]]", "Acme Corp", "Acme Corp"),
        ("[[Acme Corp|the big one]]", "the big one", "Acme Corp"),
        ("[Acme](firms/Acme%20Corp.md)", "Acme", "Acme%20Corp"),
    ];
    for (text, shown, name) in cases {
        let parsed = Name::parse(text);
        assert_eq!((parsed.text.as_str(), parsed.name()), (shown, name), "{text}");
    }
}

#[test]
fn a_note_takes_what_it_lacks_from_its_path() {
    let found = note("Acme renewal/2026-03-14 first call.md", &[]);
    assert_eq!(found.title, "2026-03-14 first call");
    assert_eq!(found.day(), Some(jiff::civil::date(2026, 3, 14)));
    assert_eq!(found.deal.as_ref().map(|deal| deal.text.as_str()), Some("Acme renewal"));
    let deal = |path: &str| note(path, &[]).deal.as_ref().map(|deal| deal.text.clone());
    assert_eq!(deal("deals/acme/x.md").as_deref(), Some("acme"));
    assert_eq!(deal("journal/x.md"), None);
    assert_eq!(deal("x.md"), None);
    assert_eq!(note("x.md", &[("date", "2026-02-30")]).date, None);
    assert_eq!(
        note("x.md", &[("meeting", "2026-12-01T10:00+02:00")]).facts.meeting.as_ref().unwrap().value.at,
        Some(jiff::civil::date(2026, 12, 1).at(10, 0, 0, 0))
    );
}

#[test]
fn who_may_see_a_note_fails_closed() {
    let of = |properties: &[(&str, &str)]| {
        let note = note("x.md", properties);
        note::visibility(&note.document).map_err(|warning| warning.message)
    };
    assert_eq!(of(&[]), Ok((Team, false)));
    assert_eq!(of(&[("Visibility", "PRIVATE")]), Ok((Private, false)));
    assert_eq!(of(&[("visibilty", "private")]), Ok((Private, false)));
    assert_eq!(of(&[("visibility", "public"), ("draft", "yes")]), Ok((Public, true)));
    assert_eq!(of(&[("publish", "false")]), Ok((Private, false)));
    assert_eq!(of(&[("visbility", "team"), ("visibility", "private")]), Ok((Private, false)));
    assert_eq!(of(&[("drafts", "false"), ("draft", "true")]), Ok((Team, true)));
    assert!(of(&[("visibility", "secret")]).is_err());
    assert!(of(&[("visibility", "")]).is_err());
    assert!(of(&[("visibility", "public|team")]).is_err());
    assert!(of(&[("draft", "maybe")]).is_err());
}

#[test]
fn a_deal_takes_each_fact_from_the_newest_note_that_has_it() {
    let newer =
        note("b.md", &[("date", "2026-02-01"), ("deal", "Lease"), ("target", "90"), ("outcome", "signed")]);
    let older = note(
        "a.md",
        &[
            ("date", "2026-01-01"),
            ("deal", "[[x/lease]]"),
            ("target", "80"),
            ("reservation", "100"),
            ("counterparty", "Acme|Bolt"),
        ],
    );
    let (deals, counterparties, problems) = assembled(&[newer, older]);
    assert_eq!(deals.len(), 1);
    let deal = &deals[0];
    assert_eq!((deal.name.as_str(), &*deal.id.0, deal.outcome), ("Lease", "lease", Outcome::Won));
    assert_eq!(deal.facts.target.as_ref().unwrap().value.number, Some(90.0));
    assert_eq!(deal.facts.reservation.as_ref().unwrap().note, Some(NoteId("a.md".into())));
    assert_eq!(counterparties.iter().map(|party| party.name.as_str()).collect::<Vec<_>>(), ["Acme", "Bolt"]);
    assert_eq!(problems, [""; 0]);
}

#[test]
fn the_arithmetic_of_a_deal_sheet_is_checked() {
    let sheet = |facts: &[(&str, &str)]| {
        let properties: Vec<_> = [("deal", "D")].iter().chain(facts).copied().collect();
        let (deals, _, problems) = assembled(&[note("a.md", &properties)]);
        (deals[0].checks.clone(), problems)
    };
    let (checks, problems) = sheet(&[
        ("role", "buy"),
        ("target", "80"),
        ("reservation", "100"),
        ("their_estimate", "90"),
        ("settled", "92"),
        ("outcome", "won"),
    ]);
    assert_eq!(checks, [Check::Zone { from: 90.0, to: 100.0 }, Check::SurplusShare(0.8)]);
    assert_eq!(problems, [""; 0]);
    let (checks, _) = sheet(&[("role", "sell"), ("reservation", "$90k"), ("their_estimate", "$80k")]);
    assert_eq!(checks, [Check::NoZone { gap: 10_000.0 }]);
    let (checks, problems) =
        sheet(&[("role", "buy"), ("target", "110"), ("reservation", "100"), ("batna", "95")]);
    assert_eq!(checks, [Check::ReservationSide, Check::WorseThanAlternative]);
    assert_eq!(problems.len(), 2, "{problems:?}");
    let (checks, _) = sheet(&[("target", "80"), ("reservation", "-3%")]);
    assert_eq!(checks, []);
    let (checks, _) =
        sheet(&[("date", "2026-11-24"), ("deadline", "2026-11-23"), ("their_deadline", "2026-11-24")]);
    assert_eq!(checks, [Check::DeadlinePassed { theirs: false }]);
}

#[test]
fn an_unknown_outcome_is_a_warning_and_counts_as_open() {
    let (deals, _, problems) = assembled(&[note("a.md", &[("deal", "D"), ("outcome", "wonn")])]);
    assert_eq!(deals[0].outcome, Outcome::Open);
    assert_eq!(problems, ["LB014 outcome `wonn` is not known; the deal counts as open"]);
}

#[test]
fn a_deal_stands_against_a_principle_in_one_of_five_states() {
    let timing = PrincipleId("timing".into());
    let link = |origin, side| Link {
        principle: timing.clone(),
        confidence: 1.0,
        origin,
        side,
        evidence: Vec::new(),
        reasons: Vec::new(),
        reads_like: None,
        rival: None,
    };
    let state = |notes: &[NoteLinks]| coverage::state(notes.iter(), &timing);
    let text = NoteLinks { links: vec![link(Origin::Text, Side::Ours)], ..NoteLinks::default() };
    let theirs = NoteLinks { links: vec![link(Origin::Text, Side::Theirs)], ..NoteLinks::default() };
    let hand = NoteLinks { links: vec![link(Origin::Tag, Side::Unclear)], ..NoteLinks::default() };
    let perhaps = NoteLinks { suggestions: vec![link(Origin::Text, Side::Unclear)], ..NoteLinks::default() };
    let refused = NoteLinks { refused: vec![timing.clone()], ..NoteLinks::default() };
    assert_eq!(state(&[]), State::Blank);
    assert_eq!(state(std::slice::from_ref(&perhaps)), State::Suggested);
    assert_eq!(state(&[perhaps, text.clone()]), State::Linked);
    assert_eq!(state(&[text.clone(), hand]), State::Stated);
    assert_eq!(state(std::slice::from_ref(&refused)), State::Contradicted);
    assert_eq!(state(std::slice::from_ref(&theirs)), State::Contradicted);
    assert_eq!(state(&[theirs, text.clone()]), State::Linked);
    assert_eq!(state(&[refused, text]), State::Linked);
}
