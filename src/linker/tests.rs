//! What the linker finds, at its boundary: links, sides, evidence, and what it leaves alone.

use std::fmt::Write as _;
use std::sync::Arc;

use super::eval::{GoldNote, evaluate_notes, read_gold};
use super::explain::{explain, features};
use super::*;
use crate::markdown::front_matter::FrontMatter;
use crate::markdown::{Document, Passage, PassageKind};
use crate::playbook::{NoteId, note};
use crate::source::{Source, SourceId, Span};

const LIMITS: Limits = Limits { min_confidence: 0.5, max_links: 3 };

/// A principle with nothing but a title.
fn principle(title: &str) -> Principle {
    Principle {
        id: PrincipleId(title.to_lowercase().replace(' ', "-").into()),
        title: title.to_owned(),
        section: None,
        aliases: Vec::new(),
        cues: Vec::new(),
        summary: String::new(),
        text: Vec::new(),
        tactics: Vec::new(),
        sources: Vec::new(),
        related: Vec::new(),
        line: 1,
        span: Span::default(),
    }
}

fn knowledge(principles: Vec<Principle>) -> Knowledge {
    Knowledge::new(&Leverage { source: None, principles })
}

/// One principle for every concept of the library.
fn whole_library() -> Knowledge {
    let titles = [
        "Information",
        "Timing",
        "Alternatives",
        "Relationships",
        "Power",
        "Expertise and Reputation",
        "Dependency",
        "Need",
        "Emotional Control",
        "Communication",
        "Social Standards",
        "Confidence and Clarity",
        "Concessions",
    ];
    knowledge(titles.into_iter().map(principle).collect())
}

/// A note whose paragraphs are divided by blank lines; `- ` opens an item, `# ` a heading, `> ` a quote.
fn note(title: &str, text: &str) -> Note {
    let source = Arc::new(Source::new(SourceId::new("note.md"), text));
    let mut passages: Vec<Passage> = Vec::new();
    let mut start = 0;
    let mut open = false;
    for line in text.split_inclusive('\n') {
        let content = line.trim();
        let at = start + line.find(content).unwrap_or(0);
        start += line.len();
        let (kind, marker) = match content {
            "" => {
                open = false;
                continue;
            }
            _ if content.starts_with('#') => {
                (PassageKind::Heading, content.len() - content.trim_start_matches(['#', ' ']).len())
            }
            _ if content.starts_with("- ") => (PassageKind::Item, 2),
            _ if content.starts_with("> ") => (PassageKind::Quote, 2),
            _ => (PassageKind::Paragraph, 0),
        };
        let end = at + content.len();
        match passages.last_mut() {
            Some(passage) if open && kind == PassageKind::Paragraph => {
                passage.text = text[passage.span.start..end].replace(['\n', '\r'], " ");
                passage.span.end = end;
            }
            _ => passages.push(Passage {
                kind,
                span: Span::new(at + marker, end),
                text: text[at + marker..end].to_owned(),
                offsets: vec![(0, at + marker)],
            }),
        }
        open = kind != PassageKind::Heading;
    }
    let document = Document {
        text: text.into(),
        source,
        front_matter: FrontMatter::default(),
        headings: Vec::new(),
        passages,
        references: Vec::new(),
        tags: Vec::new(),
        callouts: Vec::new(),
        tasks: Vec::new(),
        blocks: Vec::new(),
        diagnostics: Vec::new(),
    };
    let (mut note, _) = note::read(NoteId("note.md".into()), document);
    note.title = title.to_owned();
    note
}

fn ids(links: &[Link]) -> Vec<&str> {
    links.iter().map(|link| link.principle.as_str()).collect()
}

/// Prints figures for the labelled notes named in `LEVERBOOK_GOLD` and writes their features to `LEVERBOOK_FEATURES`, for `training/fit.py`.
#[test]
#[ignore = "needs labelled notes, which are no part of the repository"]
fn figures_on_labelled_notes() {
    let paths = std::env::var("LEVERBOOK_GOLD").unwrap();
    let knowledge = whole_library();
    let parse = |gold: &GoldNote| note(gold.title.as_deref().unwrap_or(""), &gold.text);
    let mut lines = String::new();
    for path in paths.split(':') {
        let (gold, problems) = read_gold(&std::fs::read_to_string(path).unwrap());
        assert!(problems.is_empty(), "{problems:?}");
        let mut figures = evaluate_notes(&knowledge, &gold, parse, LIMITS);
        figures.misses.truncate(12);
        println!("{path} {}", serde_json::to_string_pretty(&figures).unwrap());
        for note in &gold {
            let reading = knowledge.read(&parse(note));
            let labels: Vec<String> =
                note.principles.iter().filter_map(|name| eval::key_of_name(&knowledge, name)).collect();
            for subject in 0..knowledge.concepts.len() {
                let concept = knowledge.library.concept_id(subject).unwrap_or_default();
                let row = serde_json::json!({
                    "file": path, "note": note.id, "subject": concept, "label": labels.iter().any(|label| label == concept),
                    "features": features(&reading, subject).into_iter().collect::<BTreeMap<_, _>>(),
                });
                writeln!(lines, "{row}").unwrap();
            }
        }
    }
    if let Ok(path) = std::env::var("LEVERBOOK_FEATURES") {
        std::fs::write(path, lines).unwrap();
    }
}

#[test]
fn a_note_that_shows_a_principle_is_linked_to_it_with_its_sentence() {
    let knowledge = whole_library();
    let text = "Met Priya and the landlord's agent at noon. Their quarter closes on Friday and they must book the \
        deal before that. We can wait until spring, so we let the offer lapse and said nothing for a week.\n\n\
        Parking is behind the building.\n";
    let note = note("Call about the lease", text);
    let found = link(&knowledge, &note, LIMITS);
    assert_eq!(ids(&found.links)[0], "timing");
    let best = &found.links[0];
    assert_eq!(best.origin, Origin::Text);
    assert!(best.confidence >= 0.5 && best.confidence < 1.0);
    assert!(!best.evidence.is_empty() && best.evidence.len() <= 3);
    for evidence in &best.evidence {
        assert_eq!(&text[evidence.span.range()], evidence.quote);
        assert!(!evidence.quote.contains("Parking"));
        assert_eq!((evidence.start_line, evidence.end_line), (1, 1));
        assert!(!evidence.terms.is_empty());
        for term in &evidence.terms {
            assert_eq!(&text[term.span.range()], term.text);
            assert!(evidence.span.contains(term.span));
        }
    }
    let log_odds: f64 = best.reasons.iter().map(|reason| reason.weight).sum();
    assert!((1.0 / (1.0 + libm::exp(-log_odds)) - best.confidence).abs() < 1e-9);
}
