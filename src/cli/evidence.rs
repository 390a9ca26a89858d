//! How `links` and `explain` show evidence and confidence.

use serde::Serialize;

use super::CliError;
use super::print::Terminal;
use crate::playbook::{Evidence, Term};

/// A passage that speaks for a link, as it is printed; `T` is what a command shows of a word.
#[derive(Serialize)]
pub(super) struct EvidenceJson<'a, T> {
    start_line: usize,
    end_line: usize,
    quote: &'a str,
    terms: Vec<T>,
}

/// The likeliest other principle.
#[derive(Serialize)]
pub(super) struct RivalJson<'a> {
    pub(super) principle: &'a str,
    pub(super) confidence: f64,
}

/// The JSON of all evidence.
pub(super) fn json<T>(evidence: &[Evidence], term: fn(&Term) -> T) -> Vec<EvidenceJson<'_, T>> {
    let evidence = evidence.iter().map(|evidence| EvidenceJson {
        start_line: evidence.start_line,
        end_line: evidence.end_line,
        quote: &evidence.quote,
        terms: evidence.terms.iter().map(term).collect(),
    });
    evidence.collect()
}

/// Quotes with their lines and the words that spoke for the link.
pub(super) fn print(evidence: &[Evidence], terminal: &mut Terminal) -> Result<(), CliError> {
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

/// Four digits are more than the calibration can tell apart.
pub(super) fn rounded(number: f64) -> f64 {
    (number * 10_000.0).round() / 10_000.0
}

/// A confidence for people, rounded down, so that what is not sure enough for a link never looks as if it were.
pub(super) fn confidence(probability: f64) -> String {
    format!("{:.2}", (probability * 100.0).floor() / 100.0)
}
