//! The playbook for other programs: `data/playbook.json`.

use serde::Serialize;

use super::atlas::Atlas;
use super::template_error::TemplateError;
use crate::playbook::PrincipleId;
use crate::playbook::deal::{Amount, Fact, When};

#[derive(Serialize)]
struct Playbook<'a> {
    title: &'a str,
    language: &'a str,
    edition: &'a str,
    as_of: Option<String>,
    principles: Vec<Principle<'a>>,
    deals: Vec<Deal<'a>>,
    counterparties: Vec<Counterparty<'a>>,
    notes: Vec<Note<'a>>,
}

#[derive(Serialize)]
struct Principle<'a> {
    id: &'a str,
    title: &'a str,
    section: Option<&'a str>,
    aliases: &'a [String],
    summary: &'a str,
    tactics: &'a [String],
    sources: Vec<Source<'a>>,
    related: Vec<&'a str>,
    line: usize,
    page: &'a str,
}

#[derive(Serialize)]
struct Source<'a> {
    label: &'a str,
    url: &'a str,
}

#[derive(Serialize)]
struct Deal<'a> {
    id: &'a str,
    name: &'a str,
    outcome: &'static str,
    stage: Option<&'a str>,
    value: Option<f64>,
    currency: Option<&'a str>,
    counterparties: &'a [String],
    notes: Vec<&'a str>,
    facts: Facts<'a>,
    /// How it stands against the principles that its notes speak of.
    principles: Vec<Standing<'a>>,
    page: &'a str,
    brief: &'a str,
}

/// As written.
#[derive(Serialize)]
struct Facts<'a> {
    target: Option<&'a str>,
    reservation: Option<&'a str>,
    their_estimate: Option<&'a str>,
    settled: Option<&'a str>,
    our_offer: Option<&'a str>,
    their_offer: Option<&'a str>,
    batna: Option<&'a str>,
    their_batna: Option<&'a str>,
    deadline: Option<&'a str>,
    their_deadline: Option<&'a str>,
    meeting: Option<&'a str>,
    owner: Option<&'a str>,
    people: Option<&'a [String]>,
}

#[derive(Serialize)]
struct Standing<'a> {
    principle: &'a str,
    state: &'static str,
    side: Option<&'static str>,
}

#[derive(Serialize)]
struct Counterparty<'a> {
    name: &'a str,
    deals: Vec<&'a str>,
    people: &'a [String],
    page: &'a str,
}

#[derive(Serialize)]
struct Note<'a> {
    #[serde(rename = "note")]
    id: &'a str,
    title: &'a str,
    date: Option<String>,
    deal: Option<&'a str>,
    counterparties: Vec<&'a str>,
    stage: Option<&'a str>,
    tags: &'a [String],
    links: Vec<Link<'a>>,
    suggestions: Vec<Link<'a>>,
    page: &'a str,
}

#[derive(Serialize)]
struct Link<'a> {
    principle: &'a str,
    confidence: f64,
    origin: &'static str,
    side: &'static str,
    evidence: Vec<Evidence<'a>>,
}

#[derive(Serialize)]
struct Evidence<'a> {
    start_line: usize,
    end_line: usize,
    quote: &'a str,
    terms: Vec<&'a str>,
}

/// The bytes of the file.
pub(super) fn render(atlas: &Atlas) -> Result<Vec<u8>, TemplateError> {
    let config = &atlas.edited.config;
    let playbook = Playbook {
        title: &config.title,
        language: &config.language,
        edition: &atlas.edited.audience.edition,
        as_of: atlas.as_of.map(|day| day.to_string()),
        principles: (0..atlas.principles.len()).map(|index| principle(atlas, index)).collect(),
        deals: (0..atlas.deals.len()).map(|index| deal(atlas, index)).collect(),
        counterparties: (0..atlas.counterparties.len()).map(|index| counterparty(atlas, index)).collect(),
        notes: (0..atlas.notes.len()).map(|index| note(atlas, index)).collect(),
    };
    // About what the generated corpora need a note, so that so large a file is not moved again and again while it grows.
    let mut bytes = Vec::with_capacity((1 << 16) + atlas.notes.len() * 1536);
    serde_json::to_writer(&mut bytes, &playbook).map_err(|error| TemplateError::plain(error.to_string()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn principle(atlas: &Atlas, index: usize) -> Principle<'_> {
    let principle = atlas.principle(index);
    Principle {
        id: principle.id.as_str(),
        title: &principle.title,
        section: principle.section.as_deref(),
        aliases: &principle.aliases,
        summary: &principle.summary,
        tactics: &principle.tactics,
        sources: principle
            .sources
            .iter()
            .map(|source| Source { label: &source.label, url: &source.url })
            .collect(),
        related: principle.related.iter().map(PrincipleId::as_str).collect(),
        line: principle.line,
        page: &atlas.principles[index].path,
    }
}

fn deal(atlas: &Atlas, index: usize) -> Deal<'_> {
    let deal = atlas.deal(index);
    let place = &atlas.deals[index];
    let facts = &deal.facts;
    Deal {
        id: &deal.id.0,
        name: &deal.name,
        outcome: deal.outcome.as_str(),
        stage: deal.stage.as_deref(),
        value: deal.value.filter(|value| value.is_finite()),
        currency: deal.currency.as_deref(),
        counterparties: &deal.counterparties,
        notes: deal.notes.iter().map(|id| &*id.0).collect(),
        facts: Facts {
            target: amount_text(facts.target.as_ref()),
            reservation: amount_text(facts.reservation.as_ref()),
            their_estimate: amount_text(facts.their_estimate.as_ref()),
            settled: amount_text(facts.settled.as_ref()),
            our_offer: amount_text(facts.our_offer.as_ref()),
            their_offer: amount_text(facts.their_offer.as_ref()),
            batna: amount_text(facts.batna.as_ref()),
            their_batna: amount_text(facts.their_batna.as_ref()),
            deadline: when_text(facts.deadline.as_ref()),
            their_deadline: when_text(facts.their_deadline.as_ref()),
            meeting: when_text(facts.meeting.as_ref()),
            owner: facts.owner.as_ref().map(|fact| fact.value.as_str()),
            people: facts.people.as_ref().map(|fact| fact.value.as_slice()),
        },
        principles: place
            .standings
            .iter()
            .map(|standing| Standing {
                principle: atlas.principle(standing.principle).id.as_str(),
                state: standing.state.as_str(),
                side: standing.side.map(crate::playbook::Side::as_str),
            })
            .collect(),
        page: &place.path,
        brief: &place.brief,
    }
}

fn amount_text(fact: Option<&Fact<Amount>>) -> Option<&str> {
    fact.map(|fact| fact.value.text.as_str())
}

fn when_text(fact: Option<&Fact<When>>) -> Option<&str> {
    fact.map(|fact| fact.value.text.as_str())
}

fn counterparty(atlas: &Atlas, index: usize) -> Counterparty<'_> {
    let counterparty = atlas.counterparty(index);
    Counterparty {
        name: &counterparty.name,
        deals: counterparty.deals.iter().map(|id| &*id.0).collect(),
        people: &counterparty.people,
        page: &atlas.counterparties[index].path,
    }
}

fn note(atlas: &Atlas, index: usize) -> Note<'_> {
    let note = atlas.note(index);
    let found = atlas.note_links(index);
    Note {
        id: &note.id.0,
        title: &note.title,
        date: note.day().map(|day| day.to_string()),
        deal: atlas.notes[index].deal.map(|deal| &*atlas.deal(deal).id.0),
        counterparties: note.counterparties.iter().map(|name| name.text.as_str()).collect(),
        stage: note.stage.as_deref(),
        tags: &note.tags,
        links: links(found.map_or(&[][..], |found| &found.links)),
        suggestions: links(found.map_or(&[][..], |found| &found.suggestions)),
        page: &atlas.notes[index].path,
    }
}

fn links(links: &[crate::playbook::Link]) -> Vec<Link<'_>> {
    links
        .iter()
        .map(|found| Link {
            principle: found.principle.as_str(),
            confidence: (found.confidence * 1e4).round() / 1e4,
            origin: found.origin.as_str(),
            side: found.side.as_str(),
            evidence: found
                .evidence
                .iter()
                .map(|evidence| Evidence {
                    start_line: evidence.start_line,
                    end_line: evidence.end_line,
                    quote: &evidence.quote,
                    terms: evidence.terms.iter().map(|term| term.text.as_str()).collect(),
                })
                .collect(),
        })
        .collect()
}
