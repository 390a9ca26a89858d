//! `leverbook links`

use std::collections::BTreeMap;

use serde::Serialize;

use super::args::{Global, Links};
use super::explain::rounded;
use super::print::{Terminal, count};
use super::{CliError, Exit, project};
use crate::playbook::{Evidence, Link, NoteId, NoteLinks, Playbook};

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
    evidence: Vec<EvidenceJson<'a>>,
    /// Shares of the log-odds by the name of their sign; they sum to the score.
    reasons: BTreeMap<&'a str, f64>,
    reads_like: Option<&'a str>,
    rival: Option<RivalJson<'a>>,
}

/// The likeliest other principle.
#[derive(Serialize)]
pub(super) struct RivalJson<'a> {
    pub(super) principle: &'a str,
    pub(super) confidence: f64,
}

#[derive(Serialize)]
struct EvidenceJson<'a> {
    start_line: usize,
    end_line: usize,
    quote: &'a str,
    terms: Vec<&'a str>,
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

/// Whether a path names a note, or a folder above it; from the notes folder or from the project's root.
fn lies_below(playbook: &Playbook, note: &NoteId, path: &str) -> bool {
    let path = path.trim_start_matches("./").trim_end_matches('/');
    let source = playbook.note(note).map_or("", |note| note.document.source.id.as_str());
    let below =
        |whole: &str| whole == path || whole.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
    path.is_empty() || path == "." || below(&note.0) || below(source)
}

/// The note that a path names, from the notes folder or from the project's root.
pub(super) fn find_note<'a>(playbook: &'a Playbook, path: &str) -> Result<&'a NoteId, CliError> {
    let path = path.trim_start_matches("./");
    let names = |note: &&NoteId| {
        let source = playbook.note(note).map_or("", |note| note.document.source.id.as_str());
        *note.0 == *path || source == path || note.0.strip_suffix(".md") == Some(path)
    };
    playbook.links.keys().find(names).ok_or_else(|| CliError::Message(unknown_note(playbook, path)))
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
            "  {:<26} {:.2}  {}, {}",
            link.principle.as_str(),
            link.confidence,
            link.sureness(),
            link.side
        ))?;
        print_evidence(&link.evidence, terminal)?;
    }
    for link in &links.suggestions {
        terminal.line(&format!("  {:<26} {:.2}  perhaps", link.principle.as_str(), link.confidence))?;
    }
    Ok(())
}

/// Quotes with their lines and the words that spoke for the link.
pub(super) fn print_evidence(evidence: &[Evidence], terminal: &mut Terminal) -> Result<(), CliError> {
    for evidence in evidence {
        let quote = evidence.quote.split_whitespace().collect::<Vec<_>>().join(" ");
        terminal.line(&format!("    {:>4}  \"{quote}\"", evidence.start_line))?;
        if !evidence.terms.is_empty() {
            let terms: Vec<&str> = evidence.terms.iter().map(|term| term.text.as_str()).collect();
            terminal.line(&format!("          because of: {}", terms.join(", ")))?;
        }
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
        evidence: link.evidence.iter().map(evidence_json).collect(),
        reasons: link.reasons.iter().map(|reason| (reason.signal, rounded(reason.weight))).collect(),
        reads_like: link.reads_like.as_deref(),
        rival: link.rival.as_ref().map(|rival| RivalJson {
            principle: rival.principle.as_str(),
            confidence: rounded(rival.confidence),
        }),
    }
}

fn evidence_json(evidence: &Evidence) -> EvidenceJson<'_> {
    EvidenceJson {
        start_line: evidence.start_line,
        end_line: evidence.end_line,
        quote: &evidence.quote,
        terms: evidence.terms.iter().map(|term| term.text.as_str()).collect(),
    }
}
