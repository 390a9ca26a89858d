//! `leverbook search`

use std::sync::Arc;

use serde::Serialize;

use super::args::{Global, Search};
use super::print::{Terminal, count};
use super::project::{self, today};
use super::{CliError, Exit};
use crate::engine::Engine;
use crate::playbook::{Note, Playbook};
use crate::search::{self, Hit, Index, Kind, Lexicon, Query};

/// A hit as `search --format json` prints it.
#[derive(Serialize)]
struct HitJson<'a> {
    kind: &'static str,
    title: &'a str,
    /// The note's deal.
    deal: Option<&'a str>,
    outcome: Option<&'static str>,
    date: Option<String>,
    /// Where the quote stands; for a deal or counterparty its newest note.
    file: Option<&'a str>,
    line: Option<usize>,
    quote: &'a str,
    /// The words of the quote that were found, in order.
    marks: Vec<&'a str>,
}

pub(super) fn run(global: &Global, args: &Search, terminal: &mut Terminal) -> Result<Exit, CliError> {
    let project = project::open(global)?;
    let vault = project.read(None, &[])?;
    let snapshot = if args.edition == "author" {
        project.author_snapshot(&vault)
    } else {
        let audience = project.audience_of(&args.edition, false)?;
        Engine::new(Arc::clone(&project.config), audience).update(&vault, today())
    };
    let playbook = &snapshot.playbook.playbook;
    let read = |note: &Arc<Note>, lexicon: &mut Lexicon| Arc::new(search::read(note, lexicon));
    let index = Index::new(&snapshot.playbook, &mut Lexicon::default(), read);
    let found = search::search(&index, playbook, &Query::parse(&args.query.join(" ")), args.limit);
    let hits: Vec<HitJson> = found.hits.iter().map(|hit| json(&index, playbook, hit)).collect();
    if terminal.json() {
        terminal.value(&hits)?;
        return Ok(Exit::Done);
    }
    for (hit, shown) in found.hits.iter().zip(&hits) {
        print(hit, shown, terminal)?;
    }
    let shown =
        if hits.len() < found.total { format!(", the best {} shown", hits.len()) } else { String::new() };
    terminal.done("Found", &format!("{}{shown}", count(found.total, "page")))?;
    Ok(Exit::Done)
}

fn json<'a>(index: &Index, playbook: &'a Playbook, hit: &'a Hit) -> HitJson<'a> {
    let deal = match hit.page.kind {
        Kind::Note => hit.page.deal.map(|deal| index.pages.pages[deal as usize].item),
        _ => None,
    };
    let note = (hit.page.kind == Kind::Note).then(|| &playbook.notes[hit.page.item]);
    let place = hit.place_in(playbook);
    HitJson {
        kind: hit.page.kind.as_str(),
        title: hit.title(playbook),
        deal: deal.map(|deal| playbook.deals[deal].name.as_str()),
        outcome: hit.page.outcome.map(crate::playbook::Outcome::as_str),
        date: note.and_then(|note| note.day()).map(|day| day.to_string()),
        file: place.map(|(file, _)| file),
        line: place.map(|(_, line)| line),
        quote: &hit.quote,
        marks: hit.marks.iter().map(|mark| &hit.quote[mark.clone()]).collect(),
    }
}

/// Title, what it is, and where; below it the quote with its marks in brackets.
fn print(hit: &Hit, shown: &HitJson, terminal: &mut Terminal) -> Result<(), CliError> {
    let mut words = vec![shown.kind];
    words.extend(shown.outcome);
    let place = match (shown.file, shown.line) {
        (Some(file), Some(line)) => format!("  {file}:{line}"),
        _ => String::new(),
    };
    terminal.line(&format!("{}  {}{place}", shown.title, words.join(", ")))?;
    if !hit.quote.is_empty() {
        terminal.line(&format!("    {}", with_marks(hit)))?;
    }
    Ok(())
}

fn with_marks(hit: &Hit) -> String {
    let mut text = String::new();
    let mut at = 0;
    for mark in &hit.marks {
        text.push_str(&hit.quote[at..mark.start]);
        text.push_str(&format!("[{}]", &hit.quote[mark.clone()]));
        at = mark.end;
    }
    text + &hit.quote[at..]
}
