//! `leverbook principles`

use std::collections::BTreeMap;

use serde::Serialize;

use super::args::Global;
use super::explain::about_coverage;
use super::print::{Terminal, count};
use super::{CliError, Exit, project};
use crate::linker::Coverage;
use crate::playbook::{Origin, Playbook, Principle, PrincipleId};

/// A principle as `principles --format json` prints it.
#[derive(Serialize)]
struct PrincipleJson<'a> {
    id: &'a str,
    title: &'a str,
    section: Option<&'a str>,
    aliases: &'a [String],
    summary: &'a str,
    tactics: &'a [String],
    sources: Vec<SourceJson<'a>>,
    related: Vec<&'a str>,
    line: usize,
    /// Whether the built-in library knows it.
    covered: bool,
    /// `library`, `own_text` or `name_only`.
    coverage: &'a str,
    /// The library's concept that it is taken for.
    concept: Option<&'a str>,
    /// How many notes name it by hand, and whether other notes are found by them.
    labelled_notes: usize,
    learnt: bool,
}

/// What a principle is found by.
#[derive(Clone, Copy)]
struct Covered<'a> {
    coverage: Coverage,
    concept: Option<&'a str>,
    labelled_notes: usize,
    learnt: bool,
}

#[derive(Serialize)]
struct SourceJson<'a> {
    label: &'a str,
    url: &'a str,
}

pub(super) fn run(global: &Global, terminal: &mut Terminal) -> Result<Exit, CliError> {
    let project = project::open(global)?;
    let snapshot = project.author_snapshot(&project.read(None, &[])?);
    let leverage = &snapshot.playbook.playbook.leverage;
    let file = project.config.leverage.as_str();
    let about_it: Vec<_> =
        snapshot.diagnostics.into_iter().filter(|diagnostic| diagnostic.file().as_str() == file).collect();
    let knowledge = &snapshot.playbook.knowledge;
    let labelled = labelled_notes(&snapshot.playbook.playbook);
    let covered = knowledge.concepts().iter().map(|concept| Covered {
        coverage: concept.coverage,
        concept: concept.concept.as_deref(),
        labelled_notes: labelled.get(&concept.principle).copied().unwrap_or(0),
        learnt: snapshot.playbook.learnt.knows(knowledge, &concept.principle),
    });
    let principles: Vec<(&Principle, Covered<'_>)> = leverage.principles.iter().zip(covered).collect();
    if terminal.json() {
        let all: Vec<_> = principles.iter().map(|(principle, covered)| json(principle, *covered)).collect();
        terminal.value(&all)?;
        return Ok(terminal.diagnostics(&about_it)?.exit(false));
    }
    let width =
        leverage.principles.iter().map(|principle| principle.id.as_str().chars().count()).max().unwrap_or(0);
    let mut section = None;
    for (principle, covered) in principles {
        if section != Some(&principle.section) {
            let gap = if section.is_some() { "\n" } else { "" };
            terminal.line(&format!("{gap}{}", principle.section.as_deref().unwrap_or("(no section)")))?;
            section = Some(&principle.section);
        }
        print(principle, width, file, covered, terminal)?;
    }
    terminal.line(&format!("\n{}", count(leverage.principles.len(), "principle")))?;
    // What is merely worth knowing, such as two principles that say the same, is the very point here.
    let tally = terminal.all_diagnostics(&about_it)?;
    Ok(tally.exit(false))
}

fn print(
    principle: &Principle,
    width: usize,
    file: &str,
    covered: Covered<'_>,
    terminal: &mut Terminal,
) -> Result<(), CliError> {
    let Principle { id, title, line, .. } = principle;
    terminal.line(&format!("  {:width$}  {title}  {file}:{line}", id.as_str()))?;
    let indent = " ".repeat(width + 4);
    if !principle.summary.is_empty() {
        terminal.line(&format!("{indent}{}", shortened(&principle.summary)))?;
    }
    for tactic in &principle.tactics {
        terminal.line(&format!("{indent}- {}", shortened(tactic)))?;
    }
    if !principle.aliases.is_empty() {
        terminal.line(&format!("{indent}also: {}", principle.aliases.join(", ")))?;
    }
    if !principle.related.is_empty() {
        let related: Vec<&str> = principle.related.iter().map(crate::playbook::PrincipleId::as_str).collect();
        terminal.line(&format!("{indent}related: {}", related.join(", ")))?;
    }
    for source in &principle.sources {
        terminal.line(&format!("{indent}source: {} <{}>", source.label, source.url))?;
    }
    if covered.coverage != Coverage::Library {
        terminal.line(&format!("{indent}{}", about_coverage(covered.coverage)))?;
    } else if let Some(concept) = covered.concept.filter(|concept| *concept != id.as_str()) {
        terminal.line(&format!("{indent}in the built-in library as {concept}"))?;
    }
    if covered.labelled_notes > 0 {
        let notes = count(covered.labelled_notes, "note");
        let effect = if covered.learnt { ", by which others are found" } else { "" };
        terminal.line(&format!("{indent}named by hand in {notes}{effect}"))?;
    }
    Ok(())
}

/// In how many notes each principle is named by hand.
fn labelled_notes(playbook: &Playbook) -> BTreeMap<&PrincipleId, usize> {
    let mut labelled = BTreeMap::new();
    for link in playbook.links.values().flat_map(|found| &found.links) {
        if link.origin != Origin::Text {
            *labelled.entry(&link.principle).or_insert(0) += 1;
        }
    }
    labelled
}

/// The first words of a text, for a line on a screen.
fn shortened(text: &str) -> String {
    const WIDTH: usize = 90;
    match text.char_indices().nth(WIDTH) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
    }
}

fn json<'a>(principle: &'a Principle, covered: Covered<'a>) -> PrincipleJson<'a> {
    let sources =
        principle.sources.iter().map(|source| SourceJson { label: &source.label, url: &source.url });
    PrincipleJson {
        id: principle.id.as_str(),
        title: &principle.title,
        section: principle.section.as_deref(),
        aliases: &principle.aliases,
        summary: &principle.summary,
        tactics: &principle.tactics,
        sources: sources.collect(),
        related: principle.related.iter().map(crate::playbook::PrincipleId::as_str).collect(),
        line: principle.line,
        covered: covered.coverage == Coverage::Library,
        coverage: covered.coverage.as_str(),
        concept: covered.concept,
        labelled_notes: covered.labelled_notes,
        learnt: covered.learnt,
    }
}
