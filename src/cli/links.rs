//! `leverbook links`

use std::collections::BTreeMap;

use serde::Serialize;

use super::args::{Global, Links};
use super::evidence::{self, EvidenceJson, RivalJson, confidence, rounded};
use super::print::{Terminal, count};
use super::{CliError, Exit, project};
use crate::playbook::{Link, NoteId, NoteLinks, Playbook};

/// A note's links as `links --format json` prints them.
#[derive(Serialize)]
struct NoteJson<'a> {
    note: &'a str,
    links: Vec<LinkJson<'a>>,
    suggestions: Vec<LinkJson<'a>>,
    refused: Vec<&'a str>,
}

#[derive(Serialize)]
struct LinkJson<'a> {
    principle: &'a str,
    confidence: f64,
    origin: &'a str,
    side: &'a str,
    sureness: &'a str,
    evidence: Vec<EvidenceJson<'a, String>>,
    /// Shares of the log-odds by the name of their sign; they sum to the score.
    reasons: BTreeMap<&'a str, f64>,
    reads_like: Option<&'a str>,
    rival: Option<RivalJson<'a>>,
}

pub(super) fn run(global: &Global, args: &Links, terminal: &mut Terminal) -> Result<Exit, CliError> {
    let project = project::open(global)?;
    let snapshot = project.author_snapshot(&project.read(None, &[])?);
    let playbook = &snapshot.playbook.playbook;
    for path in &args.paths {
        if !playbook.links.keys().any(|note| lies_below(playbook, note, path)) {
            return Err(CliError::Message(unknown_note(playbook, path)));
        }
    }
    let chosen = |note: &NoteId| {
        args.paths.is_empty() || args.paths.iter().any(|path| lies_below(playbook, note, path))
    };
    let notes = playbook.links.iter().filter(|(note, _)| chosen(note));
    if terminal.json() {
        terminal.value(&notes.map(|(note, links)| json(note, links)).collect::<Vec<_>>())?;
    } else {
        for (note, links) in notes {
            print(note, links, terminal)?;
        }
    }
    Ok(Exit::Done)
}

/// Whether a path names a note, or a folder above it.
fn lies_below(playbook: &Playbook, note: &NoteId, path: &str) -> bool {
    let path = trimmed(path);
    let is_below = |name: &str| name.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
    path.is_empty()
        || path == "."
        || is_called(playbook, note, path)
        || paths(playbook, note).iter().any(|name| is_below(name))
}

/// The note that a path names.
pub(super) fn find_note<'a>(playbook: &'a Playbook, path: &str) -> Result<&'a NoteId, CliError> {
    let path = trimmed(path);
    let found = playbook.links.keys().find(|note| is_called(playbook, note, path));
    found.ok_or_else(|| CliError::Message(unknown_note(playbook, path)))
}

fn trimmed(path: &str) -> &str {
    path.trim_start_matches("./").trim_end_matches('/')
}

/// A note's path from the notes folder and from the project's root.
fn paths<'a>(playbook: &'a Playbook, note: &'a NoteId) -> [&'a str; 2] {
    [&note.0, playbook.note(note).map_or("", |note| note.document.source.id.as_str())]
}

/// Whether a path names a note, with its ending or without.
fn is_called(playbook: &Playbook, note: &NoteId, path: &str) -> bool {
    paths(playbook, note).iter().any(|name| *name == path || name.strip_suffix(".md") == Some(path))
}

fn unknown_note(playbook: &Playbook, path: &str) -> String {
    let near = crate::diagnostic::nearest(path, playbook.links.keys().map(|note| &*note.0));
    let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    format!("there is no note `{path}`{hint}")
}

fn print(note: &NoteId, links: &NoteLinks, terminal: &mut Terminal) -> Result<(), CliError> {
    let suggestions = match links.suggestions.len() {
        0 => String::new(),
        number => format!(", {}", count(number, "suggestion")),
    };
    terminal.line(&format!("{}  {}{suggestions}", note.0, count(links.links.len(), "link")))?;
    for link in &links.links {
        terminal.line(&format!(
            "  {:<26} {}  {}, {}",
            link.principle.as_str(),
            confidence(link.confidence),
            link.sureness(),
            link.side
        ))?;
        evidence::print(&link.evidence, terminal)?;
    }
    for link in &links.suggestions {
        let confidence = confidence(link.confidence);
        terminal.line(&format!("  {:<26} {confidence}  perhaps", link.principle.as_str()))?;
    }
    Ok(())
}

fn json<'a>(note: &'a NoteId, links: &'a NoteLinks) -> NoteJson<'a> {
    NoteJson {
        note: &note.0,
        links: links.links.iter().map(link_json).collect(),
        suggestions: links.suggestions.iter().map(link_json).collect(),
        refused: links.refused.iter().map(crate::playbook::PrincipleId::as_str).collect(),
    }
}

fn link_json(link: &Link) -> LinkJson<'_> {
    LinkJson {
        principle: link.principle.as_str(),
        confidence: rounded(link.confidence),
        origin: link.origin.as_str(),
        side: link.side.as_str(),
        sureness: link.sureness(),
        evidence: evidence::json(&link.evidence, |term| term.text.clone()),
        reasons: link.reasons.iter().map(|reason| (reason.signal, rounded(reason.weight))).collect(),
        reads_like: link.reads_like.as_deref(),
        rival: link.rival.as_ref().map(|rival| RivalJson {
            principle: rival.principle.as_str(),
            confidence: rounded(rival.confidence),
        }),
    }
}
