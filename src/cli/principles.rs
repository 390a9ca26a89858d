//! `leverbook principles`

use serde::Serialize;

use super::args::Global;
use super::print::{Terminal, count};
use super::{CliError, Exit, project};
use crate::linker::{Coverage, Knowledge};
use crate::playbook::Principle;

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
    covered: bool,
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
    let knowledge = Knowledge::new(leverage);
    let covered = |principle: &Principle| {
        let mut concepts = knowledge.concepts().iter();
        concepts.any(|concept| concept.principle == principle.id && concept.coverage == Coverage::Library)
    };
    if terminal.json() {
        let all: Vec<_> =
            leverage.principles.iter().map(|principle| json(principle, covered(principle))).collect();
        terminal.value(&all)?;
        return Ok(terminal.diagnostics(&about_it)?.exit(false));
    }
    let width =
        leverage.principles.iter().map(|principle| principle.id.as_str().chars().count()).max().unwrap_or(0);
    let mut section = None;
    for principle in &leverage.principles {
        if section != Some(&principle.section) {
            let gap = if section.is_some() { "\n" } else { "" };
            terminal.line(&format!("{gap}{}", principle.section.as_deref().unwrap_or("(no section)")))?;
            section = Some(&principle.section);
        }
        print(principle, width, file, covered(principle), terminal)?;
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
    covered: bool,
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
    if !covered {
        terminal.line(&format!(
            "{indent}not in the built-in library: found by its own words, aliases and cues only"
        ))?;
    }
    Ok(())
}

/// The first words of a text, for a line on a screen.
fn shortened(text: &str) -> String {
    const WIDTH: usize = 90;
    match text.char_indices().nth(WIDTH) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
    }
}

fn json(principle: &Principle, covered: bool) -> PrincipleJson<'_> {
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
        covered,
    }
}
