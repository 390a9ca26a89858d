//! How a leverage document is understood, as scripts and people see it.

use serde_json::Value;

use crate::project::Project;

/// Everything that goes wrong when a list is pasted together from elsewhere.
const MESSY: &str = include_str!("../../src/playbook/leverage/messy.md");

fn principles(document: &str) -> Vec<Value> {
    let project = Project::empty();
    project.write("content/leverage.md", document);
    let run = project.run(["principles", "--format", "json"]).ends(0);
    run.json().as_array().expect("a list of principles").clone()
}

#[test]
fn a_pasted_document_gives_its_principles_and_nothing_else() {
    let principles = principles(MESSY);
    let titles: Vec<&str> = principles.iter().filter_map(|principle| principle["title"].as_str()).collect();
    assert_eq!(
        titles,
        [
            "Currents",
            "Daylight",
            "Spare Boats",
            "Crew",
            "Anchor",
            "Charts and Lanterns",
            "Ballast",
            "Thirst",
            "Steady Hands",
            "Signals",
            "Right of Way",
            "Loud and Clear",
            "Small Gifts",
            "SBIR"
        ]
    );
    assert_eq!(principles[10]["section"], "Customs of the River");
    assert_eq!(principles[13]["aliases"][0], "Second Boat In Reserve");
    assert_eq!(principles[2]["related"][0], "sbir");
    assert_eq!(principles[13]["related"][0], "spare-boats");
}

#[test]
fn line_ends_and_a_byte_order_mark_change_nothing() {
    let plain = principles(MESSY);
    assert_eq!(principles(&MESSY.replace('\n', "\r\n")), plain);
    assert_eq!(principles(&format!("\u{feff}{MESSY}")), plain);
}

#[test]
fn what_is_not_understood_fails_a_strict_check() {
    let project = Project::with(&[("content/note.md", "Text.\n")]);
    project.run(["check", "--strict"]).ends(0);
    let document = project.read("content/leverage.md");
    project.write("content/leverage.md", format!("{document}\n---\n\nWords that follow no term.\n"));
    let run = project.run(["check", "--strict", "--format", "json"]).ends(1);
    assert_eq!(run.json()[0]["code"], "LB020", "{run}");
}
