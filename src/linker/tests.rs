//! What the linker finds, at its boundary: links, sides, evidence, and what it leaves alone.

use std::fmt::Write as _;
use std::sync::Arc;

use super::eval::{GoldNote, evaluate, evaluate_notes, read_gold};
use super::explain::{explain, features};
use super::*;
use crate::markdown::front_matter::FrontMatter;
use crate::markdown::{Document, Passage, PassageKind};
use crate::playbook::{NoteId, Principle, Side, note};
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
                passage.text = text[passage.span.start..end].replace(['\n', '\r'], " ").into();
                passage.span.end = end;
            }
            _ => passages.push(Passage {
                kind,
                span: Span::new(at + marker, end),
                text: text[at + marker..end].to_owned().into(),
                offsets: vec![(0, at + marker)],
            }),
        }
        open = kind != PassageKind::Heading;
    }
    let document = Document {
        blanked: None,
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
    let (mut note, _) = note::read(NoteId("note.md".into()), "note.md", document);
    note.title = title.to_owned();
    note
}

fn ids(links: &[Link]) -> Vec<&str> {
    links.iter().map(|link| link.principle.as_str()).collect()
}

/// Prints figures for the labelled notes named in `LEVERBOOK_GOLD` and, for `training/fit.py`, writes what the signals
/// measured to the folder `LEVERBOOK_FEATURES`: in `library.jsonl` as it is, in `own.jsonl` as if the library did not
/// know the concepts and a user had described them.
#[test]
#[ignore = "measures and asserts nothing: run by hand with the labelled notes that it is given"]
#[expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a measurement for people, run by hand")]
fn figures_on_labelled_notes() {
    let paths = std::env::var("LEVERBOOK_GOLD").unwrap();
    let knowledge = whole_library();
    let described = library::described_anew();
    let mut files = [String::new(), String::new(), String::new()];
    for path in paths.split(':') {
        let (gold, problems) = read_gold(&std::fs::read_to_string(path).unwrap());
        assert!(problems.is_empty(), "{problems:?}");
        let mut figures = evaluate(&knowledge, &gold, LIMITS);
        figures.misses.truncate(12);
        println!("{path} {}", serde_json::to_string_pretty(&figures).unwrap());
        for gold in &gold {
            let labels: Vec<String> =
                gold.principles.iter().filter_map(|name| eval::key_of_name(&knowledge, name)).collect();
            let note = gold.note();
            let known = knowledge.read(&note);
            let own = Knowledge::measure(&described.0, &described.1, &Phrases::default(), &note);
            let text = &known.text;
            let sentences: Vec<_> = text
                .sentences
                .iter()
                .map(|sentence| {
                    let words: Vec<&str> =
                        text.words_of(sentence).iter().map(|word| text.folded(word)).collect();
                    serde_json::json!({ "words": words, "weight": sentence.weight })
                })
                .collect();
            let line = serde_json::json!({ "file": path, "note": gold.id, "labels": labels, "sentences": sentences });
            writeln!(files[2], "{line}").unwrap();
            for subject in 0..knowledge.concepts.len() {
                let concept = knowledge.library.concept_id(subject).unwrap_or_default();
                let row = |features: Vec<(String, f64)>| {
                    serde_json::json!({
                        "file": path, "note": gold.id, "subject": concept,
                        "label": labels.iter().any(|label| label == concept),
                        "features": features.into_iter().collect::<BTreeMap<_, _>>(),
                    })
                };
                writeln!(files[0], "{}", row(features(&known, subject))).unwrap();
                writeln!(files[1], "{}", row(features(&own, knowledge.concepts.len() + subject))).unwrap();
            }
        }
    }
    if let Ok(folder) = std::env::var("LEVERBOOK_FEATURES") {
        for (name, content) in ["library", "own", "sentences"].iter().zip(files) {
            std::fs::write(format!("{folder}/{name}.jsonl"), content).unwrap();
        }
    }
}

#[test]
fn the_trained_files_are_those_that_were_made_and_measured_together() {
    let files: [(&str, &[u8]); 6] = [
        ("classes.tsv", include_bytes!("classes.tsv")),
        ("fusion.json", include_bytes!("fusion.json")),
        ("side/trained.safetensors", include_bytes!("side/trained.safetensors")),
        ("signals/background.tsv", include_bytes!("signals/background.tsv")),
        ("signals/passages.safetensors", include_bytes!("signals/passages.safetensors")),
        ("signals/reference.json", include_bytes!("signals/reference.json")),
    ];
    let digests: String =
        files.iter().map(|(name, bytes)| format!("{name}\t{}\n", blake3::hash(bytes).to_hex())).collect();
    assert_eq!(digests, include_str!("digests.tsv"), "training/README.md says how they are made");
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

#[test]
fn a_name_in_passing_makes_no_link() {
    let knowledge = whole_library();
    for text in [
        "There was a power cut in the afternoon, the call was moved.",
        "The timing belt was replaced at 90,000 km.",
        "We need a room for eight people on Tuesday.",
        "The information desk is left of the entrance.",
        "Take the alternative route by the ring road; the bridge is closed.",
        "The trust deed is filed in folder 7.",
        "Standard clause 4 applies, see the appendix.",
        "The power supply of the second rack comes with two cables.",
        "For your information: the office is closed on Friday.",
        "The communications department moves to the third floor.",
        "The concession stand opens at ten.",
        "An update of one npm dependency broke the build.",
        "Please use the new invoice address. Reference number 4711.",
        "Lunch is at half past twelve. I need the slides by Friday, please send them to Ines.",
        "Minutes were sent round. Next call on Thursday at 10:00.",
    ] {
        let found = link(&knowledge, &note("Note", text), LIMITS);
        assert_eq!(ids(&found.links), [""; 0], "{text}");
    }
}

#[test]
fn batna_and_alternatives_are_one_concept_and_one_link() {
    let mut alternatives = principle("Alternatives");
    alternatives.summary =
        "Having strong alternatives to the proposed deal makes you free. A rival offer helps.".into();
    let mut batna = principle("BATNA");
    batna.aliases = vec!["Best Alternative to a Negotiated Agreement".into()];
    batna.summary = "Knowing it gives you the confidence to walk away.".into();
    let knowledge = knowledge(vec![alternatives, batna, principle("Timing")]);
    let concepts: Vec<_> = knowledge.concepts().iter().map(|concept| concept.concept.as_deref()).collect();
    assert_eq!(concepts, [Some("alternatives"), Some("alternatives"), Some("timing")]);
    let rival = "We had a second bidder with a signed offer on the table, and showed them the rival quote. With \
        another buyer waiting they came up by eight percent.";
    let walk = "Our BATNA was clear: renew the old lease. We were ready to walk away from the table, and told them \
        that we had the other contract in hand.";
    for (text, expected) in [(rival, "alternatives"), (walk, "batna")] {
        let found = link(&knowledge, &note("Offer", text), LIMITS);
        assert_eq!(ids(&found.links), [expected], "{text}");
        assert!(found.suggestions.iter().all(|link| link.principle.as_str() == "timing"));
    }
    let mut refused = note("Offer", rival);
    refused.not_principles = vec![hand_link("BATNA")];
    assert_eq!(ids(&link(&knowledge, &refused, LIMITS).links), [""; 0]);
}

#[test]
fn an_unknown_principle_works_from_its_own_words_with_caution() {
    let mut venue = principle("Home Turf");
    venue.summary = "Meetings at our own premises let us set the room, the seating and the breaks.".into();
    venue.aliases = vec!["choice of venue".into()];
    venue.cues = vec!["our own meeting room".into(), "came to our site".into()];
    let knowledge = knowledge(vec![principle("Timing"), venue]);
    assert_eq!(knowledge.concepts()[1].coverage, Coverage::OwnText);
    let home = "They came to our site and sat in our own meeting room. The seating and the breaks were ours to set, the \
        choice of venue made the difference.";
    let found = link(&knowledge, &note("Second round", home), LIMITS);
    assert_eq!(ids(&found.links), ["home-turf"]);
    assert!(found.links[0].evidence[0].terms.iter().any(|term| term.text.contains("meeting room")));
    for text in [
        "The room is booked, breaks are at eleven and at three.",
        "The invoice was paid on Monday. The meetings go on in spring.",
        "We went home after the meeting.",
    ] {
        let found = link(&knowledge, &note("Note", text), LIMITS);
        assert_eq!(ids(&found.links), [""; 0], "{text}");
    }
}

#[test]
fn a_principle_of_another_name_is_matched_by_what_its_text_says() {
    let described = |title: &str, summary: &str| {
        let mut principle = principle(title);
        principle.summary = summary.to_owned();
        let knowledge = knowledge(vec![principle]);
        knowledge.concepts()[0].concept.clone()
    };
    let clock = "Whoever can wait has the upper hand. Find out when their quarter ends and which deadline presses them, \
        and let the date pass if you are in no hurry.";
    assert_eq!(described("The Clock", clock).as_deref(), Some("timing"));
    let temper = "Stay calm when they shout. Whoever loses their temper pays for it, so take a break, breathe, and keep \
        a straight face whatever they throw at you.";
    assert_eq!(described("The Iceman", temper).as_deref(), Some("emotional-control"));
    for (title, summary) in [
        (
            "Agenda",
            "Write the list of items and send it round two days before the meeting, with the room and the time.",
        ),
        (
            "Coalitions",
            "Bring several groups together in one block, so that everybody speaks with one voice at the table.",
        ),
        ("Home Turf", "Meetings at our own premises let us set the room, the seating and the breaks."),
        ("Short", "Be brief."),
    ] {
        assert_eq!(described(title, summary), None, "{title}");
    }
}

fn hand_link(name: &str) -> crate::playbook::HandLink {
    crate::playbook::HandLink { name: name.to_owned(), span: Span::new(0, 1) }
}

#[test]
fn what_the_author_says_wins_over_the_text() {
    let knowledge = whole_library();
    let text = "Their quarter closes on Friday, and they cannot wait. We let the date pass and called on Monday.\n\n\
        They depend on our tooling: nobody else can make the part. See [[Power]].\n";
    let mut note = note("Call", text);
    assert!(ids(&link(&knowledge, &note, LIMITS).links).contains(&"timing"));
    note.principles = vec![hand_link("need")];
    note.not_principles = vec![hand_link("Timing"), hand_link("power")];
    note.tags = vec!["lever/social-standards".into(), "timing".into(), "misc/need".into()];
    let at = text.find("[[").unwrap();
    note.document.references = vec![crate::markdown::Reference {
        kind: crate::markdown::ReferenceKind::Wikilink,
        target: "Dependency".into(),
        fragment: String::new(),
        display: None,
        span: Span::new(at, at + 9),
    }];
    let found = link(&knowledge, &note, LIMITS);
    let origins: Vec<(&str, Origin)> =
        found.links.iter().map(|link| (link.principle.as_str(), link.origin)).collect();
    let expected =
        [("need", Origin::FrontMatter), ("dependency", Origin::Wikilink), ("social-standards", Origin::Tag)];
    assert_eq!(origins, expected);
    assert!(found.links.iter().all(|link| (link.confidence - 1.0).abs() < f64::EPSILON));
    assert!(found.links[1].evidence.iter().any(|evidence| evidence.quote.contains("[[Power]]")));
    assert_eq!(found.refused.iter().map(PrincipleId::as_str).collect::<Vec<_>>(), ["timing", "power"]);
    assert!(found.suggestions.iter().all(|link| link.principle.as_str() != "timing"));
}

#[test]
fn a_callout_says_whose_lever_it_is() {
    let knowledge = whole_library();
    let mut note = note("Call", "They waited.\n\nAnother day, another talk.\n");
    note.levers = vec![crate::playbook::Lever {
        name: "Timing".into(),
        side: Side::Theirs,
        strength: "strong".into(),
        title_span: Span::new(0, 4),
        span: Span::new(0, 12),
    }];
    let found = link(&knowledge, &note, LIMITS);
    assert_eq!((found.links[0].origin, found.links[0].side), (Origin::FrontMatter, Side::Theirs));
    assert_eq!(found.links[0].evidence[0].quote, "They waited.");
}

#[test]
fn unknown_and_contradictory_names_are_reported() {
    let knowledge = whole_library();
    let mut note = note("Call", "text text");
    note.principles = vec![hand_link("timng"), hand_link("need"), hand_link("zzzzzz")];
    note.not_principles = vec![hand_link("Need")];
    let found = check(&knowledge, &note);
    let shown: Vec<(&str, Option<&str>)> =
        found.iter().map(|found| (found.code.as_str(), found.help.as_deref())).collect();
    assert_eq!(shown[0], ("LB007", Some("did you mean `timing`?")));
    assert_eq!(shown[1], ("LB007", Some("`leverbook principles` lists them all")));
    assert_eq!(shown[2].0, "LB034");
    // The link that was set stays.
    assert_eq!(ids(&link(&knowledge, &note, LIMITS).links), ["need"]);
}

#[test]
fn what_is_set_anywhere_and_refused_is_reported_where_it_is_set() {
    let mut batna = principle("BATNA");
    batna.aliases = vec!["Best Alternative to a Negotiated Agreement".into()];
    let knowledge = knowledge(vec![principle("Alternatives"), batna, principle("Timing")]);
    let reported = |text: &str| {
        let gold = GoldNote { id: "n".into(), title: None, text: text.into(), principles: Vec::new() };
        let note = gold.note();
        let reported: Vec<String> = check(&knowledge, &note)
            .into_iter()
            .filter(|found| found.code.as_str() == "LB034")
            .map(|found| match found.place {
                crate::diagnostic::Place::Text(_, span) => text[span.range()].to_owned(),
                crate::diagnostic::Place::File(_) => "file".to_owned(),
            })
            .collect();
        let links = link(&knowledge, &note, LIMITS).links;
        (reported, ids(&links).into_iter().map(str::to_owned).collect::<Vec<_>>())
    };
    let refused = "---\nnot_principles: [timing]\n---\n";
    let callout = "> [!lever] Timing (ours)\n> They waited.\n";
    for (text, places, links) in [
        (format!("{refused}Text."), vec![], vec![]),
        (format!("{refused}{callout}"), vec!["[!lever] Timing (ours)"], vec!["timing"]),
        (format!("{refused}See [[Timing]] and [[timing]]."), vec!["[[Timing]]"], vec![]),
        (format!("{refused}A #timing tag."), vec!["#timing"], vec![]),
        ("---\nnot_principles: [timing]\ntags: [timing]\n---\nText.".to_owned(), vec!["timing"], vec![]),
        (
            "---\nprinciples: [alternatives]\nnot_principles: [batna]\n---\nText.".to_owned(),
            vec!["batna"],
            vec!["alternatives"],
        ),
        (
            "---\nnot_principles: [batna]\n---\nSee [[Alternatives]].".to_owned(),
            vec!["[[Alternatives]]"],
            vec!["alternatives"],
        ),
    ] {
        let (found, linked) = reported(&text);
        assert_eq!(
            (found, linked),
            (places.into_iter().map(str::to_owned).collect(), links.into_iter().map(str::to_owned).collect()),
            "{text}"
        );
    }
}

#[test]
fn who_can_wait_holds_the_lever() {
    let knowledge = whole_library();
    let side = |text: &str| {
        let found = link(&knowledge, &note("Call about the lease", text), LIMITS);
        found.links.iter().find(|link| link.principle.as_str() == "timing").map(|link| link.side)
    };
    let rest = "The quote lapses at the end of the quarter, on Friday.";
    assert_eq!(side(&format!("We could wait until the deadline passed. {rest}")), Some(Side::Ours));
    assert_eq!(side(&format!("We could not wait until the deadline passed. {rest}")), Some(Side::Theirs));
    assert_eq!(side(rest), Some(Side::Unclear));
}

#[test]
fn limits_decide_what_is_shown_and_what_is_suggested() {
    let knowledge = whole_library();
    let text = "Their quarter closes on Friday and they cannot wait.\n\nThey depend on our tooling: nobody else can \
        make the part.\n";
    let note = note("Call", text);
    let found = link(&knowledge, &note, Limits { min_confidence: 1.0, max_links: 3 });
    assert!(found.links.is_empty() && !found.suggestions.is_empty());
    assert!(found.suggestions.iter().all(|link| link.confidence < 1.0 && !link.evidence.is_empty()));
    assert_eq!(link(&knowledge, &note, Limits { min_confidence: 0.3, max_links: 1 }).links.len(), 1);
    assert!(link(&knowledge, &note, Limits { min_confidence: 0.0, max_links: 0 }).links.is_empty());
}

#[test]
fn an_explanation_scores_every_principle() {
    let knowledge = whole_library();
    let mut note =
        note("Call", "Their quarter closes on Friday and they cannot wait. We let the date pass.\n");
    note.not_principles = vec![hand_link("timing")];
    let explanation = explain(&knowledge, &Learnt::default(), &note, LIMITS);
    assert_eq!(explanation.principles.len(), knowledge.concepts().len());
    let best = &explanation.principles[0];
    assert_eq!(best.principle.as_str(), "timing");
    assert!(best.refused && best.probability > explanation.principles[1].probability);
    let log_odds: f64 = best.reasons.iter().map(|reason| reason.weight).sum();
    assert!((1.0 / (1.0 + libm::exp(-log_odds)) - best.probability).abs() < 1e-9);
}

#[test]
fn what_no_room_is_left_for_is_explained_as_such_and_the_rest_in_brief() {
    let mut principles = vec![principle("Timing")];
    principles.extend((0..8).map(|number| principle(&format!("Rule {number}"))));
    let knowledge = knowledge(principles);
    let mut note =
        note("Call", "Their quarter closes on Friday and they cannot wait. We let the date pass.\n");
    note.principles = vec![hand_link("Rule 7")];
    let explained = |max_links| {
        let explanation =
            explain(&knowledge, &Learnt::default(), &note, Limits { min_confidence: 0.5, max_links });
        explanation.principles
    };
    assert_eq!(explained(0)[0].state, explain::State::Crowded);
    assert_eq!(explained(1)[0].state, explain::State::Linked);
    let principles = explained(1);
    let in_full: Vec<&str> = principles
        .iter()
        .filter(|explained| explained.in_full)
        .map(|explained| explained.principle.as_str())
        .collect();
    assert!(in_full.contains(&"timing") && in_full.contains(&"rule-7"), "{in_full:?}");
    assert!((5..=6).contains(&in_full.len()), "{in_full:?}");
    let brief = principles.iter().filter(|explained| !explained.in_full);
    assert!(brief.clone().count() >= 3 && brief.clone().all(|explained| explained.evidence.is_empty()));
}

#[test]
fn a_labelled_note_does_not_state_its_own_label() {
    let knowledge = whole_library();
    let gold = r#"{"id":"a","text":"The car park is full, take the back gate. #timing","principles":["timing"]}
        {"id":"b","text":"The room is booked for ten people, see [[Need]]."}
        {"id":"c","text":"---\nprinciples: [power]\n---\nThe room is booked for ten people.","principles":["power"]}"#;
    let (gold, problems) = read_gold(gold);
    assert_eq!((gold.len(), problems.len()), (3, 0), "{problems:?}");
    let figures = evaluate(&knowledge, &gold, LIMITS);
    assert_eq!((figures.recall, figures.none_kept_empty), (0.0, 1.0));
}

#[test]
fn labelled_notes_give_figures() {
    let knowledge = whole_library();
    let gold = "{\"id\":\"a\",\"title\":\"Call\",\"text\":\"Their quarter closes on Friday, they cannot wait. We let the \
        deadline pass.\",\"principles\":[\"timing\"]}\n\n{\"text\":\"The room is booked for ten o'clock.\"}\n{\"id\":\"c\",\
        \"text\":\"Nothing.\",\"principles\":[\"weather\"]}\n{\"id\": 3}\n";
    let (gold, problems) = read_gold(gold);
    assert_eq!(gold.len(), 3);
    assert_eq!(problems[0].0, 5);
    let parse = |gold: &GoldNote| note(gold.title.as_deref().unwrap_or(""), &gold.text);
    let figures = evaluate_notes(&knowledge, &gold, parse, LIMITS);
    assert_eq!((figures.notes, figures.labelled), (2, 1));
    assert_eq!((figures.precision_at_1, figures.recall_at_3, figures.none_kept_empty), (1.0, 1.0, 1.0));
    assert_eq!(figures.unknown, ["weather"]);
    assert_eq!(figures.confusion[1].label, "timing");
    assert_eq!(figures.confusion[1].shown, [("timing".to_owned(), 1)]);
}

#[test]
fn odd_input_is_bounded_and_places_are_exact() {
    let knowledge = whole_library();
    let long_word = "x".repeat(100_000);
    let long_sentence = "wait ".repeat(20_000);
    for text in [
        "",
        " ",
        "\u{feff}",
        "é’é ’ \u{0301}",
        &long_word,
        &long_sentence,
        "İSTANBUL WAİT ﬁne ǅ",
        "a.b.c. D.",
        "\r\n\r\n- \r\n",
    ] {
        let note = note("", text);
        let limits = Limits { min_confidence: 0.0, max_links: 13 };
        let found = link(&knowledge, &note, limits);
        for evidence in found.links.iter().flat_map(|link| &link.evidence) {
            assert_eq!(&text[evidence.span.range()], evidence.quote);
        }
    }
}

proptest::proptest! {
    #[test]
    fn any_text_gives_the_same_links_twice_and_exact_quotes(text in "(?s)([a-zé’' .!?\n\u{0}-\u{ff}]|wait|deadline|\u{1F600}|🇩🇪|ß|[0-9$€]){0,120}") {
        static KNOWLEDGE: std::sync::OnceLock<Knowledge> = std::sync::OnceLock::new();
        let principles = || knowledge(vec![principle("Timing"), principle("Silence"), principle("Need")]);
        let knowledge = KNOWLEDGE.get_or_init(principles);
        let note = note("Über den Preis", &text);
        let limits = Limits { min_confidence: 0.0, max_links: 3 };
        let found = link(knowledge, &note, limits);
        proptest::prop_assert_eq!(&found, &link(knowledge, &note, limits));
        for link in &found.links {
            proptest::prop_assert!((0.0..=1.0).contains(&link.confidence));
            for evidence in &link.evidence {
                proptest::prop_assert_eq!(&text[evidence.span.range()], &evidence.quote);
                for term in &evidence.terms {
                    proptest::prop_assert_eq!(&text[term.span.range()], &term.text);
                }
            }
        }
    }
}
