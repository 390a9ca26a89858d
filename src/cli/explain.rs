//! `leverbook explain`

use serde::Serialize;

use super::args::{Explain, Global};
use super::evidence::{self, EvidenceJson, RivalJson, confidence, rounded};
use super::links::find_note;
use super::print::{Terminal, count};
use super::{CliError, Exit, check, project};
use crate::linker::explain::{Explained, Explanation, State, explain};
use crate::linker::{Coverage, Limits};
use crate::playbook::sureness;

/// An explanation as `explain --format json` prints it.
#[derive(Serialize)]
struct ExplanationJson<'a> {
    note: &'a str,
    none: f64,
    sentences: usize,
    principles: Vec<ExplainedJson<'a>>,
}

#[derive(Serialize)]
struct ExplainedJson<'a> {
    principle: &'a str,
    probability: f64,
    sureness: &'a str,
    concept: Option<&'a str>,
    by_hand: Option<&'a str>,
    refused: bool,
    /// `linked`, `suggested`, `crowded` (a note has only so many links), `unquoted` (nothing can be quoted for it) or `apart`.
    state: &'a str,
    reasons: Vec<ReasonJson<'a>>,
    reads_like: Option<&'a str>,
    /// The likeliest other principle.
    rival: Option<RivalJson<'a>>,
    evidence: Vec<EvidenceJson<'a, TermJson>>,
}

#[derive(Serialize)]
struct ReasonJson<'a> {
    signal: &'a str,
    weight: f64,
}

#[derive(Serialize)]
struct TermJson {
    text: String,
    weight: f64,
}

pub(super) fn run(global: &Global, args: &Explain, terminal: &mut Terminal) -> Result<Exit, CliError> {
    if check::is_code(&args.note) {
        let code = check::find_code(&args.note)?;
        terminal.line(&format!("{}: {}. {}", code.as_str(), code.severity().word(), code.about()))?;
        return Ok(Exit::Done);
    }
    let project = project::open(global)?;
    let snapshot = project.author_snapshot(&project.read(None, &[])?);
    let playbook = &snapshot.playbook.playbook;
    let id = find_note(playbook, &args.note)?;
    let Some(note) = playbook.note(id) else { return Ok(Exit::Done) };
    let limits =
        Limits { min_confidence: project.config.min_confidence, max_links: project.config.max_links };
    let explanation = explain(&snapshot.playbook.knowledge, &snapshot.playbook.learnt, note, limits);
    if terminal.json() {
        terminal.value(&json(&id.0, &explanation))?;
        return Ok(Exit::Done);
    }
    let shown = format!(
        "{}: {}; that one of them shows no lever is {} likely on average",
        id.0,
        count(explanation.sentences, "sentence"),
        confidence(explanation.none)
    );
    terminal.line(&shown)?;
    if explanation.too_short {
        terminal.line("its text is too short to show a principle; only what is set by hand counts")?;
    }
    for explained in &explanation.principles {
        print(explained, explanation.rival(explained), limits, terminal)?;
    }
    Ok(Exit::Done)
}

/// A signal's name for people.
fn plain(signal: &str) -> &str {
    match signal {
        "passages" => "the trained passages",
        "words" => "words of the principle",
        "cues" => "names and cue phrases",
        "labels" => "your own labels",
        "intercept" => "before any sign",
        other => other,
    }
}

fn print(
    explained: &Explained,
    rival: Option<&Explained>,
    limits: Limits,
    terminal: &mut Terminal,
) -> Result<(), CliError> {
    let state = match (explained.by_hand, explained.refused, explained.state) {
        (_, true, _) => "refused by hand".to_owned(),
        (Some(origin), ..) => format!("set by hand ({})", origin.as_str()),
        (.., State::Linked) => format!("linked: {}", sureness(explained.probability)),
        (.., State::Suggested) => "suggested, not sure enough".to_owned(),
        (.., State::Crowded) => {
            format!("not linked: a note has at most {} from its text", count(limits.max_links, "link"))
        }
        (.., State::Unquoted) => "not linked: no sentence of the note can be quoted for it".to_owned(),
        (.., State::Apart) => "not linked".to_owned(),
    };
    let name = explained.principle.as_str();
    let instead = explained
        .instead
        .as_ref()
        .map(|other| format!("; same idea as {other}, which gets the link"))
        .unwrap_or_default();
    let probability = confidence(explained.probability);
    terminal.line(&format!("\n  {name:<26} {probability}  {state}{instead}"))?;
    if !explained.in_full {
        return Ok(());
    }
    let reasons = explained.reasons.iter();
    let reasons: Vec<String> =
        reasons.map(|reason| format!("{} {:+.2}", plain(reason.signal), reason.weight)).collect();
    let sum: f64 = explained.reasons.iter().map(|reason| reason.weight).sum();
    terminal.line(&format!("    log-odds  {sum:+.2} = {}", reasons.join(", ")))?;
    if explained.coverage != Coverage::Library {
        terminal.line(&format!("    {}", about_coverage(explained.coverage)))?;
    }
    evidence::print(&explained.evidence, terminal)?;
    if let Some(passage) = &explained.reads_like {
        terminal.line(&format!("    reads like  \"{passage}\""))?;
    }
    if let Some(rival) = rival {
        terminal.line(&format!(
            "    next        {} {}",
            rival.principle.as_str(),
            confidence(rival.probability)
        ))?;
    }
    Ok(())
}

/// What a principle is found by, for people.
pub(super) fn about_coverage(coverage: Coverage) -> &'static str {
    match coverage {
        Coverage::Library => "in the built-in library",
        Coverage::OwnText => "not in the built-in library: found by its own words, aliases and cues only",
        Coverage::NameOnly => {
            "not in the built-in library, and nothing is written about it: found by its name only"
        }
    }
}

fn json<'a>(note: &'a str, explanation: &'a Explanation) -> ExplanationJson<'a> {
    let principles = explanation.principles.iter().map(|explained| ExplainedJson {
        principle: explained.principle.as_str(),
        probability: rounded(explained.probability),
        sureness: sureness(explained.probability),
        concept: explained.concept.as_deref(),
        by_hand: explained.by_hand.map(crate::playbook::Origin::as_str),
        refused: explained.refused,
        state: match explained.state {
            State::Linked => "linked",
            State::Suggested => "suggested",
            State::Crowded => "crowded",
            State::Unquoted => "unquoted",
            State::Apart => "apart",
        },
        reasons: explained
            .reasons
            .iter()
            .map(|reason| ReasonJson { signal: reason.signal, weight: rounded(reason.weight) })
            .collect(),
        reads_like: explained.reads_like.as_deref(),
        rival: explanation.rival(explained).map(|rival| RivalJson {
            principle: rival.principle.as_str(),
            confidence: rounded(rival.probability),
        }),
        evidence: evidence::json(&explained.evidence, |term| TermJson {
            text: term.text.clone(),
            weight: rounded(term.weight),
        }),
    });
    ExplanationJson {
        note,
        none: rounded(explanation.none),
        sentences: explanation.sentences,
        principles: principles.collect(),
    }
}
