//! `leverbook explain`

use serde::Serialize;

use super::args::{Explain, Global};
use super::links::{RivalJson, find_note, print_evidence};
use super::print::Terminal;
use super::{CliError, Exit, check, project};
use crate::linker::explain::{Explained, Explanation, State, explain};
use crate::linker::{Coverage, Knowledge, Limits};
use crate::playbook::{Evidence, sureness};

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
    /// `linked`, `suggested`, `crowded` (others are surer) or `apart`.
    state: &'a str,
    reasons: Vec<ReasonJson<'a>>,
    reads_like: Option<&'a str>,
    /// The likeliest other principle.
    rival: Option<RivalJson<'a>>,
    evidence: Vec<EvidenceJson<'a>>,
}

#[derive(Serialize)]
struct ReasonJson<'a> {
    signal: &'a str,
    weight: f64,
}

#[derive(Serialize)]
struct EvidenceJson<'a> {
    start_line: usize,
    end_line: usize,
    quote: &'a str,
    terms: Vec<TermJson<'a>>,
}

#[derive(Serialize)]
struct TermJson<'a> {
    text: &'a str,
    weight: f64,
}

pub(super) fn run(global: &Global, args: &Explain, terminal: &mut Terminal) -> Result<Exit, CliError> {
    if let Some(number) = args.note.to_uppercase().strip_prefix("LB")
        && number.len() == 3
    {
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
    let explanation = explain(&Knowledge::new(&playbook.leverage), &snapshot.playbook.learnt, note, limits);
    if terminal.json() {
        terminal.value(&json(&id.0, &explanation))?;
        return Ok(Exit::Done);
    }
    let shown = format!(
        "{}: {} sentences, {:.0}% without any lever",
        id.0,
        explanation.sentences,
        explanation.none * 100.0
    );
    terminal.line(&shown)?;
    if explanation.too_short {
        terminal.line("its text is too short to show a principle; only what is set by hand counts")?;
    }
    for (index, explained) in explanation.principles.iter().enumerate() {
        print(explained, explanation.rival(explained), index < 5, terminal)?;
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
    in_full: bool,
    terminal: &mut Terminal,
) -> Result<(), CliError> {
    let state = match (explained.by_hand, explained.refused, explained.state) {
        (_, true, _) => "refused by hand".to_owned(),
        (Some(origin), ..) => format!("set by hand ({})", origin.as_str()),
        (.., State::Linked) => format!("linked: {}", sureness(explained.probability)),
        (.., State::Suggested) => "suggested, not sure enough".to_owned(),
        (.., State::Crowded) => "not linked, since others are surer".to_owned(),
        (.., State::Apart) => "not linked".to_owned(),
    };
    let name = explained.principle.as_str();
    let instead = explained
        .instead
        .as_ref()
        .map(|other| format!("; same idea as {other}, which gets the link"))
        .unwrap_or_default();
    terminal.line(&format!("\n  {name:<26} {:.2}  {state}{instead}", explained.probability))?;
    if !in_full && explained.by_hand.is_none() {
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
    print_evidence(&explained.evidence, terminal)?;
    if let Some(passage) = &explained.reads_like {
        terminal.line(&format!("    reads like  \"{passage}\""))?;
    }
    if let Some(rival) = rival {
        terminal.line(&format!("    next        {} {:.2}", rival.principle.as_str(), rival.probability))?;
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
        evidence: explained.evidence.iter().map(evidence).collect(),
    });
    ExplanationJson {
        note,
        none: rounded(explanation.none),
        sentences: explanation.sentences,
        principles: principles.collect(),
    }
}

fn evidence(evidence: &Evidence) -> EvidenceJson<'_> {
    EvidenceJson {
        start_line: evidence.start_line,
        end_line: evidence.end_line,
        quote: &evidence.quote,
        terms: evidence
            .terms
            .iter()
            .map(|term| TermJson { text: &term.text, weight: rounded(term.weight) })
            .collect(),
    }
}

/// Four digits are more than the calibration can tell apart.
pub(super) fn rounded(number: f64) -> f64 {
    (number * 10_000.0).round() / 10_000.0
}
