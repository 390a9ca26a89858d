//! What authors say by hand about some notes teaches the linker for the others, within bounds.

use std::sync::Arc;

use leverbook::config::Config;
use leverbook::edition::Audience;
use leverbook::engine::Engine;
use leverbook::source::{Source, SourceId};
use leverbook::vault::Vault;
use proptest::prelude::*;
use serde_json::Value;

use crate::engine::site;
use crate::project::{Files, Project, assert_same};

/// A leverage document with a principle that no library knows.
const LEVERAGE: &str = "\
* **Timing**: Learn the date that hurts them and keep your own to yourself.
* **Dependency**: Look at what one side could not replace within the year.
* **The Flinch**: Be seen to be surprised at the first number.
";

/// Notes of a dealer in kitchens about the flinch, each in other words.
const FLINCHES: [(&str, &str); 5] = [
    (
        "arven-1",
        "Bettina opened with 52,000 for the line. I whistled, laid the pen down and looked at the ceiling. She took out her pencil again.",
    ),
    (
        "zilk-1",
        "Tomasz wants 900 a day for the fitter. Whistled, eyebrows up, pen down, nothing else. He came back with 760.",
    ),
    (
        "arven-2",
        "Quote for the second kitchen: 61. My eyebrows went up before I could help it, and I whistled. Bettina blushed and crossed the number out.",
    ),
    (
        "canteen-1",
        "Ruth put the service contract at 14,200 a year. I let her see my eyebrows. A long whistle from Per beside me. 12,900 by lunch.",
    ),
    (
        "zilk-2",
        "He started at 8 percent. Per whistled. I raised my eyebrows and put the pen down. 5 percent.",
    ),
];

/// A sixth one that nobody has labelled.
const SIXTH: (&str, &str) = (
    "hotel-6",
    "Their man read out 33,500 for the cold room. Eyebrows up on our side; Per whistled softly and laid down his pen. He corrected himself to 31.",
);

/// Notes with the same people and deals about other things, and some of the same words by chance.
const OTHERS: [(&str, &str); 12] = [
    (
        "arven-3",
        "Bettina sent the plans of the second kitchen. Per measures on Tuesday, the lift takes 800 kilos.",
    ),
    ("arven-4", "Lunch with Bettina and her chef. Per showed the photographs of the canteen."),
    ("zilk-3", "Tomasz asked for the data sheet of the oven. Sent it the same day."),
    ("zilk-4", "Delivery at Zilk moved to the back gate. The fitter needs two days and a pallet truck."),
    ("canteen-2", "Ruth wants the invoice split in two. Accounting agrees. The old fryer stays."),
    (
        "canteen-3",
        "Inspection with Ruth and the fire brigade. Two extinguishers more, one door to be hung the other way.",
    ),
    (
        "hotel-1",
        "First visit to the hotel. Their man showed us the cellar. The pencil marks on the wall are the old pipes.",
    ),
    (
        "hotel-2",
        "The hotel opens on the first of May and the cooks are hired. Their man said it twice. We can wait, they cannot.",
    ),
    ("hotel-3", "The cold room needs a drain. Per drew it, the plumber will price it."),
    ("depot-1", "The train whistled at the crossing while we unloaded. Everything counted, two boxes short."),
    ("depot-2", "New racks for the depot. The pallet truck goes to Zilk for a week."),
    ("depot-3", "Stock count. Ceiling lamps replaced, number of boxes corrected."),
];

fn note(name: &str, text: &str, front: &str) -> (String, Vec<u8>) {
    let deal = name.split('-').next().unwrap_or(name);
    (format!("content/notes/{name}.md"), format!("---\ndeal: {deal}\n{front}---\n{text}\n").into_bytes())
}

/// The vault, with these lines in the front matter of the notes about the flinch.
fn vault(fronts: [&str; 5]) -> Files {
    let mut files = Files::new();
    files.insert("content/leverage.md".to_owned(), LEVERAGE.as_bytes().to_vec());
    files.extend(FLINCHES.iter().zip(fronts).map(|((name, text), front)| note(name, text, front)));
    files.extend(OTHERS.iter().chain([&SIXTH]).map(|(name, text)| note(name, text, "")));
    files
}

const LABEL: &str = "principles: [the-flinch]\n";
const REFUSAL: &str = "not_principles: [the-flinch]\n";

fn links(project: &Project) -> Vec<Value> {
    let run = project.run(["links", "--format", "json"]).ends(0);
    run.json().as_array().expect("a list").clone()
}

/// Links and suggestions of the notes that nobody has labelled.
fn unlabelled(project: &Project) -> Vec<Value> {
    let is_unlabelled = |note: &Value| {
        let name = note["note"].as_str().unwrap_or_default();
        OTHERS.iter().chain([&SIXTH]).any(|(other, _)| name == format!("notes/{other}.md"))
    };
    links(project).into_iter().filter(is_unlabelled).collect()
}

fn names(links: &Value) -> Vec<&str> {
    let links = links.as_array().expect("a list");
    links.iter().filter_map(|link| link["principle"].as_str()).collect()
}

#[test]
fn five_labelled_notes_find_the_sixth_and_leave_the_others_alone() {
    let project = Project::of(&vault([LABEL; 5]));
    let before = unlabelled(&Project::of(&vault([""; 5])));
    for (note, before) in unlabelled(&project).iter().zip(&before) {
        if note["note"] == format!("notes/{}.md", SIXTH.0) {
            assert!(!names(&before["links"]).contains(&"the-flinch"), "{before}");
            assert_eq!(names(&note["links"]), ["the-flinch"], "{note}");
            let evidence = note["links"][0]["evidence"][0].to_string();
            assert!(evidence.contains("whistled") || evidence.contains("Eyebrows"), "{evidence}");
        } else {
            assert!(!names(&note["links"]).contains(&"the-flinch"), "{note}");
            assert_eq!(names(&note["links"]), names(&before["links"]), "{note}");
        }
    }
}

#[test]
fn what_labels_add_is_a_reason_of_its_own_and_all_reasons_sum_to_the_score() {
    let project = Project::of(&vault([LABEL; 5]));
    let run = project.run(["explain", "notes/hotel-6", "--format", "json"]).ends(0);
    let best = &run.json()["principles"][0];
    assert_eq!(best["principle"], "the-flinch");
    let reasons = best["reasons"].as_array().expect("a list");
    let weight = |reason: &Value| reason["weight"].as_f64().unwrap_or_default();
    let labels = reasons.iter().find(|reason| reason["signal"] == "labels").expect("labels are a reason");
    assert!(weight(labels) > 0.0);
    let sum: f64 = reasons.iter().map(weight).sum();
    let probability = best["probability"].as_f64().unwrap_or_default();
    assert!((1.0 / (1.0 + libm::exp(-sum)) - probability).abs() < 0.001, "{best}");
    let shown = project.run(["explain", "notes/hotel-6"]).ends(0).stdout;
    assert!(shown.contains("your own labels"), "{shown}");
}

#[test]
fn the_author_of_a_note_wins_over_the_labels_of_others() {
    let mut files = vault([LABEL; 5]);
    files.extend([note(SIXTH.0, SIXTH.1, REFUSAL)]);
    let links = unlabelled(&Project::of(&files));
    let sixth = links.iter().find(|note| note["note"] == "notes/hotel-6.md").expect("it is there");
    assert_eq!(names(&sixth["links"]), [""; 0]);
    assert_eq!(names(&sixth["suggestions"]), [""; 0]);
}

#[test]
fn labels_that_contradict_each_other_teach_nothing() {
    let project = Project::of(&vault([LABEL, REFUSAL, LABEL, REFUSAL, LABEL]));
    assert_eq!(unlabelled(&project), unlabelled(&Project::of(&vault([""; 5]))));
    let evaluation = project.run(["eval", "--vault", "--format", "json"]).ends(0).json();
    assert_eq!(evaluation["learnt"].as_array().map(Vec::len), Some(0), "{evaluation}");
}

#[test]
fn one_or_two_labels_teach_nothing_yet() {
    let before = unlabelled(&Project::of(&vault([""; 5])));
    for fronts in [[LABEL, "", "", "", ""], [LABEL, "", LABEL, "", ""]] {
        assert_eq!(unlabelled(&Project::of(&vault(fronts))), before);
    }
}

/// Notes about the first number in one deal over a press, and others that share its words but not the idea.
const PRESS: [&str; 5] = [
    "Press for the bindery. Mertens named 71,000. I gasped. The folding unit and the roller are extra.",
    "The press again. Folding unit at 9,000 he said; Ines pulled a face. Roller and gearbox included now. Hall 3 is free.",
    "Mertens and his price for the roller: 3,900. Silence, then my laugh. Press inspection by the insurer in hall 3.",
    "Gearbox quote for the press, 8,800. I nearly fell off the chair. He took it back to 7,900. Folding unit stays in hall 3.",
    "Hall 3, the press: 2,700 a week for the fitter. I raised my hands. Roller oil not included, the folding unit is.",
];
const PRESS_LOGISTICS: [&str; 3] = [
    "Press and folding unit arrive at hall 3 on Tuesday, the roller a day later. Two men for the gearbox.",
    "The insurer came for the press. Roller worn, folding unit fine. Report in the folder of hall 3.",
    "Fitter of the press ill, replacement in hall 3 at six. Folding unit locked, roller oiled.",
];

/// The vault of the press, where each note lies in a folder, which is its deal.
fn press(folder: impl Fn(usize) -> &'static str) -> Files {
    let mut files = Files::new();
    files.insert("content/leverage.md".to_owned(), LEVERAGE.as_bytes().to_vec());
    for (number, text) in PRESS.iter().enumerate() {
        let text = format!("---\n{LABEL}---\n{text}\n");
        files.insert(format!("content/notes/{}labelled-{number}.md", folder(number)), text.into_bytes());
    }
    for (number, text) in PRESS_LOGISTICS.iter().enumerate() {
        files.insert(format!("content/notes/{}logistics-{number}.md", folder(0)), text.as_bytes().to_vec());
    }
    let small = [
        "Invoice paid, the printer is back.",
        "Canteen menu.",
        "Visitor badges are out of stock.",
        "Roof gutter cleaned.",
    ];
    for number in 0..40 {
        let text = format!("{} Week {number}.", small[number % small.len()]);
        files.insert(format!("content/notes/small-{number}.md"), text.into_bytes());
    }
    files
}

#[test]
fn the_words_of_one_deal_make_no_link_to_a_principle_of_ones_own() {
    for folder in ["", "press/"] {
        let links = links(&Project::of(&press(|_| folder)));
        let logistics =
            links.iter().filter(|note| note["note"].as_str().is_some_and(|name| name.contains("logistics")));
        for note in logistics {
            assert_eq!(names(&note["links"]), [""; 0], "{note}");
        }
    }
}

#[test]
fn a_refusal_shows_where_the_words_of_a_deal_end() {
    let mut files = press(|_| "press/");
    let refused = format!("---\n{REFUSAL}---\n{}\n", PRESS_LOGISTICS[0]);
    files.insert("content/notes/press/logistics-0.md".to_owned(), refused.into_bytes());
    for note in links(&Project::of(&files)) {
        let name = note["note"].as_str().unwrap_or_default().to_owned();
        assert!(name.contains("labelled") || !names(&note["links"]).contains(&"the-flinch"), "{note}");
    }
}

#[test]
fn an_overview_that_links_to_everything_teaches_nothing() {
    let mut files = vault([""; 5]);
    let principles = "* **One**\n* **Two**\n* **Three**\n* **Four**\n".to_owned() + LEVERAGE;
    files.insert("content/leverage.md".to_owned(), principles.clone().into_bytes());
    let before = unlabelled(&Project::of(&files));
    for number in 0..4 {
        let text = "[[One]] [[Two]] [[Three]] [[Four]] [[Timing]] [[The Flinch]]: eyebrows and whistled, the pallet truck.";
        files.extend([note(&format!("overview-{number}"), text, "")]);
    }
    assert_eq!(unlabelled(&Project::of(&files)), before);
}

#[test]
fn a_withheld_note_teaches_nothing() {
    for visibility in ["private", "team"] {
        let public = "visibility: public\n";
        let mut files = vault([""; 5]);
        let leverage = format!("---\nvisibility: public\n---\n{LEVERAGE}");
        files.insert("content/leverage.md".to_owned(), leverage.into_bytes());
        files.extend(OTHERS.iter().chain([&SIXTH]).map(|(name, text)| note(name, text, public)));
        for (name, text) in FLINCHES {
            files.extend([note(name, text, &format!("visibility: {visibility}\n{LABEL}"))]);
        }
        let project = Project::of(&files);
        let with = project.build("public");
        // The author, who sees the labels, sees what they teach.
        let sixth = unlabelled(&project).into_iter().find(|note| note["note"] == "notes/hotel-6.md");
        assert_eq!(names(&sixth.expect("it is there")["links"]), ["the-flinch"]);
        for (name, _) in FLINCHES {
            files.remove(&format!("content/notes/{name}.md"));
        }
        assert_same(&Project::of(&files).build("public"), &with);
    }
}

#[test]
fn eval_shows_before_and_after() {
    let project = Project::of(&vault([LABEL; 5]));
    let json = project.run(["eval", "--vault", "--format", "json"]).ends(0).json();
    assert_eq!((&json["labelled"], &json["groups"]), (&5.into(), &5.into()));
    assert_eq!(json["learnt"], serde_json::json!(["the-flinch"]));
    let figure = |when: &str, name: &str| json[when][name].as_f64().expect("a number");
    assert!(figure("after", "log_loss") < figure("before", "log_loss"), "{json}");
    assert!(figure("after", "precision_at_1") >= figure("before", "precision_at_1"), "{json}");
    let text = project.run(["eval", "--vault"]).ends(0).stdout;
    assert!(text.contains("before   after") && text.contains("learnt for: the-flinch"), "{text}");
    let none = Project::of(&vault([""; 5])).run(["eval", "--vault"]).ends(0).stdout;
    assert!(none.contains("nothing to measure"), "{none}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    /// Labels come and go, words with them, and whatever was remembered, all links are those of a clean build.
    #[test]
    fn edits_of_labels_end_in_the_bytes_of_a_clean_build(
        edits in prop::collection::vec((0..FLINCHES.len(), 0..5_usize, 0..OTHERS.len(), 0..3_usize), 1..8),
        edition in prop::sample::select(vec!["team", "public"]),
    ) {
        let config = Arc::new(Config::default());
        let engine = || Engine::new(Arc::clone(&config), Audience::of(&config, edition, false).expect("it is built in"));
        let mut vault = Vault::default();
        let write = |vault: &mut Vault, (path, bytes): (String, Vec<u8>)| {
            let text = String::from_utf8(bytes).expect("it is text");
            let text = match edition {
                "public" => text.replacen("---\n", "---\nvisibility: public\n", 1),
                _ => text,
            };
            let id = SourceId::new(path);
            vault.sources.insert(id.clone(), Arc::new(Source::new(id, text)));
        };
        for (path, bytes) in self::vault([LABEL; 5]) {
            let bytes = if path.ends_with("leverage.md") { [b"---\n---\n", &*bytes].concat() } else { bytes };
            write(&mut vault, (path, bytes));
        }
        let mut remembering = engine();
        site(&mut remembering, &vault);
        for (flinch, front, other, body) in edits {
            let (name, text) = FLINCHES[flinch];
            match ["", LABEL, REFUSAL, "principles: [timing]\n"].get(front) {
                Some(front) => write(&mut vault, note(name, text, front)),
                None => drop(vault.sources.remove(&SourceId::new(format!("content/notes/{name}.md")))),
            }
            let (name, text) = OTHERS[other];
            let text = [text, "Per whistled, eyebrows up, pen down. It took an hour.", "Eyebrows, eyebrows."][body];
            write(&mut vault, note(name, text, ""));
            prop_assert_eq!(site(&mut remembering, &vault), site(&mut engine(), &vault));
        }
    }
}
