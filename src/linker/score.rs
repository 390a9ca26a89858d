//! Joins the signals into a calibrated probability.
//!
//! One logistic over standardised features, whose weights are the same for every subject; only where it begins
//! differs from concept to concept, for some show in fewer words than others. A second, more cautious one is for
//! principles that the library does not know. The numbers are fitted by `training/fit.py` and stand in `fusion.json`.

use serde::Deserialize;

use super::numbers;
use super::signals::{Measured, SIGNALS};
use crate::playbook::Reason;

/// What joins the signals, read from its file.
pub(super) struct Fusion {
    library: Logistic,
    own: Logistic,
}

/// The score of one subject in one note.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Score {
    pub(super) probability: f64,
    /// Shares of the log-odds; they sum to the score.
    pub(super) reasons: Vec<Reason>,
}

struct Logistic {
    /// By subject; the last one is that of all others.
    intercepts: Vec<f64>,
    /// By signal, then by feature.
    terms: Vec<Vec<Term>>,
}

#[derive(Clone, Copy, Default, Deserialize)]
struct Term {
    mean: f64,
    sd: f64,
    weight: f64,
    /// Beyond what the fit has seen, more says no more: a note of one sentence is extreme in every feature.
    low: f64,
    high: f64,
}

#[derive(Deserialize)]
struct FusionFile {
    library: LogisticFile,
    own: LogisticFile,
}

#[derive(Deserialize)]
struct LogisticFile {
    intercepts: Vec<f64>,
    terms: Vec<TermFile>,
}

#[derive(Deserialize)]
struct TermFile {
    signal: String,
    feature: String,
    #[serde(flatten)]
    term: Term,
}

impl Fusion {
    /// The numbers that are built in.
    pub(super) fn embedded() -> Self {
        // The file is part of the program; a test reads all of it.
        let file: FusionFile =
            serde_json::from_str(include_str!("fusion.json")).expect("the built-in fusion is well formed");
        Self { library: Logistic::new(&file.library), own: Logistic::new(&file.own) }
    }

    /// The score of a subject, given what every signal measured.
    pub(super) fn score(&self, measured: &[Measured], subject: usize, in_library: bool) -> Score {
        let logistic = if in_library { &self.library } else { &self.own };
        let intercept = logistic.intercept(subject);
        let mut log_odds = intercept;
        let mut reasons = Vec::with_capacity(SIGNALS.len() + 1);
        for ((signal, terms), measured) in SIGNALS.iter().zip(&logistic.terms).zip(measured) {
            let width = signal.features.len();
            let features = &measured.features[subject * width..][..width];
            let weight: f64 = terms
                .iter()
                .zip(features)
                .filter(|(term, _)| term.weight != 0.0)
                .map(|(term, value)| term.weight * (value.clamp(term.low, term.high) - term.mean) / term.sd)
                .sum();
            log_odds += weight;
            reasons.push(Reason { signal: signal.name, weight });
        }
        reasons.push(Reason { signal: "intercept", weight: intercept });
        Score { probability: numbers::logistic(log_odds), reasons }
    }
}

impl Logistic {
    fn new(file: &LogisticFile) -> Self {
        let term = |signal: &str, feature: &str| {
            let mut terms = file.terms.iter();
            let found = terms.find(|term| term.signal == signal && term.feature == feature);
            found.map_or_else(Term::default, |found| found.term)
        };
        let terms = SIGNALS
            .iter()
            .map(|signal| signal.features.iter().map(|feature| term(signal.name, feature)).collect())
            .collect();
        Self { intercepts: file.intercepts.clone(), terms }
    }

    fn intercept(&self, subject: usize) -> f64 {
        self.intercepts.get(subject).or(self.intercepts.last()).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linker::signals::passages::CONCEPTS;

    #[test]
    fn every_number_of_the_file_belongs_to_a_feature() {
        let file: FusionFile = serde_json::from_str(include_str!("fusion.json")).unwrap();
        for term in file.library.terms.iter().chain(&file.own.terms) {
            let known = SIGNALS
                .iter()
                .any(|signal| signal.name == term.signal && signal.features.contains(&term.feature.as_str()));
            assert!(known, "{} {}", term.signal, term.feature);
            assert!(term.term.sd > 0.0 && term.term.low <= term.term.high);
        }
        assert_eq!(file.library.intercepts.len(), CONCEPTS);
        assert_eq!(file.own.intercepts.len(), 1);
    }
}
