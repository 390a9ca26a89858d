use std::fmt::Write;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::diagnostic::{Place, Severity};
use crate::markdown::front_matter::{Entry, FrontMatter, State, Value};

/// A document as people paste it together: stray markers, a heading that is a list item, terms with and without bold.
const MESSY: &str = include_str!("messy.md");

fn document(text: &str) -> Document {
    let source = Arc::new(Source::new(SourceId::new("content/leverage.md"), text));
    Document { text: text.into(), source, ..Document::default() }
}

fn read_text(text: &str) -> (Leverage, Vec<Diagnostic>) {
    read(&document(text))
}

/// Titles with their sections, summaries and tactics, a line each.
fn shown(text: &str) -> String {
    let mut shown = String::new();
    for principle in read_text(text).0.principles {
        let section = principle.section.map(|section| format!("{section} / ")).unwrap_or_default();
        let texts: Vec<String> = principle.text.iter().map(|text| format!(" | {text}")).collect();
        let _ = writeln!(shown, "{section}{}: {}{}", principle.title, principle.summary, texts.concat());
        for tactic in principle.tactics {
            let _ = writeln!(shown, "  - {tactic}");
        }
    }
    shown
}

/// Code, line and message of each problem, a line each; what is merely worth knowing begins with a blank.
fn problems(text: &str) -> String {
    let mut shown = String::new();
    for problem in read_text(text).1 {
        let line = problem.positions().map_or(0, |(start, _)| start.line);
        let mark = if problem.severity == Severity::Info { " " } else { "" };
        let _ = writeln!(shown, "{mark}{}:{line} {}", problem.code.as_str(), problem.message);
    }
    shown
}

fn warnings(text: &str) -> String {
    problems(text).lines().filter(|line| !line.starts_with(' ')).map(|line| format!("{line}\n")).collect()
}

fn ids(principles: &[PrincipleId]) -> Vec<&str> {
    principles.iter().map(PrincipleId::as_str).collect()
}

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(shown(text).trim_end(), expected.trim());
}

#[test]
fn a_messy_document_is_read_as_it_was_meant() {
    let (leverage, _) = read_text(MESSY);
    let found: Vec<(&str, &str, usize)> = leverage
        .principles
        .iter()
        .map(|principle| {
            (principle.title.as_str(), principle.section.as_deref().unwrap_or(""), principle.line)
        })
        .collect();
    assert_eq!(
        found,
        [
            ("Currents", "Rowing upstream", 4),
            ("Daylight", "Rowing upstream", 8),
            ("Spare Boats", "Rowing upstream", 11),
            ("Crew", "Rowing upstream", 13),
            ("Anchor", "Rowing upstream", 15),
            ("Charts and Lanterns", "Rowing upstream", 18),
            ("Ballast", "Rowing upstream", 20),
            ("Thirst", "Rowing upstream", 21),
            ("Steady Hands", "Rowing upstream", 24),
            ("Signals", "Rowing upstream", 26),
            ("Right of Way", "Customs of the River", 30),
            ("Loud and Clear", "Talking to Pilots", 36),
            ("Small Gifts", "Talking to Pilots", 38),
            ("SBIR", "Talking to Pilots", 40),
        ]
    );
    for principle in &leverage.principles {
        let own = [&principle.title, &principle.summary];
        for text in own.into_iter().chain(&principle.text).chain(&principle.tactics) {
            assert!(
                !text.contains(['*', '[', ']', '\n'])
                    && !text.starts_with(['.', ' ', ':'])
                    && !text.ends_with(' '),
                "{text}"
            );
        }
        assert!(!principle.title.ends_with(':'));
    }
}

#[test]
fn the_parts_of_a_messy_document_come_to_their_principles() {
    let (leverage, problems) = read_text(MESSY);
    let get = |name: &str| leverage.get(&leverage.find(name).unwrap()).unwrap();
    assert_eq!(get("currents").tactics.len(), 2);
    assert_eq!(get("anchor").summary, "");
    assert_eq!(
        get("anchor").tactics,
        ["It can be made of many things: iron, stone, a heavy pot, or a good rope."]
    );
    assert_eq!(get("thirst").tactics, ["The less you look at the water barrel, the longer it lasts."]);
    assert_eq!(get("sbir").tactics.len(), 2);
    assert_eq!(get("sbir").aliases, ["Second Boat In Reserve"]);
    assert!(get("right of way").summary.ends_with("plain and usual."));
    let sources: Vec<_> = get("right of way")
        .sources
        .iter()
        .map(|source| (source.label.as_str(), source.url.as_str()))
        .collect();
    assert_eq!(
        sources,
        [
            ("example.org/wiki/Right_of_way_(river)", "https://example.org/wiki/Right_of_way_(river)"),
            (
                "example.com/blog/ten-rules-of-the-river",
                "https://www.example.com/blog/ten-rules-of-the-river/"
            ),
        ]
    );
    assert_eq!(ids(&get("sbir").related), ["spare-boats"]);
    assert_eq!(ids(&get("spare boats").related), ["sbir"]);
    assert!(problems.iter().all(|problem| problem.severity == Severity::Info), "{problems:#?}");
}
