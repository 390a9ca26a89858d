//! What must hold whatever stands in the notes.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use proptest::prelude::*;

use super::{Hits, Index, Kind, Layout, Lexicon, Pages, Query, Shard, read, search, stem};
use crate::config::Config;
use crate::edition::{self, Audience, EditedPlaybook};
use crate::playbook::NoteId;
use crate::source::{Source, SourceId};

const LEVERAGE: &str = "# Leverage\n\n* **Timing**: The side that can wait has the upper hand.\n\
    * **Alternatives**: Another offer in writing.\n";

fn playbook(notes: &[(&str, &str)], edition: &str) -> EditedPlaybook {
    let config = Config::default();
    let audience = Audience::of(&config, edition, false).expect("it is built in");
    let source = |path: &str, text: &str| Arc::new(Source::new(SourceId::new(path), text));
    let (leverage, _) = edition::read_leverage(&source("content/leverage.md", LEVERAGE), &audience);
    let admitted: Vec<_> = notes
        .iter()
        .filter_map(|(path, text)| {
            let source = source(&format!("content/{path}"), text);
            edition::read_note(NoteId((*path).into()), path, &source, &audience).note
        })
        .collect();
    let (edited, _) = edition::Memory::default().compose(&edition::Composition {
        audience: &audience,
        config: &Arc::new(config.clone()),
        leverage: &Arc::new(leverage),
        admitted: &admitted,
        attachments: &BTreeMap::new(),
        today: None,
    });
    edited
}

fn index(edited: &EditedPlaybook) -> Index {
    Index::new(edited, &mut Lexicon::default(), |note, lexicon| Arc::new(read(note, lexicon)))
}

fn find(edited: &EditedPlaybook, query: &str) -> Hits {
    search(&index(edited), &edited.playbook, &Query::parse(query), usize::MAX)
}

/// Kinds and titles of what a query finds.
fn titles(edited: &EditedPlaybook, query: &str) -> Vec<String> {
    let hits = find(edited, query).hits;
    hits.iter().map(|hit| format!("{} {}", hit.page.kind.as_str(), hit.title(&edited.playbook))).collect()
}

/// All scripts of the index, one after another.
fn scripts(edited: &EditedPlaybook) -> String {
    let pages = Pages::new(&edited.playbook);
    let layout = Layout::new(pages.pages.len());
    let mut all = layout.index(&index(edited)).concat();
    for shard in layout.shards() {
        if let Shard::Texts(number) = shard {
            all.extend(layout.texts(number, &edited.playbook, &pages, |_| super::Label::default()));
        }
    }
    String::from_utf8(all).expect("scripts are text")
}

fn sample() -> EditedPlaybook {
    let notes = [
        (
            "deals/halden/2026-03-01-call.md",
            "---\ndeal: Halden steel\ncounterparty: Halden Works\noutcome: won\ndate: 2026-03-01\nnot_principles: [timing]\n---\n# First call\n\nWe could wait until after the audit. Their café is closed.\n\nMüller walked away twice.",
        ),
        (
            "deals/halden/2026-03-09-offer.md",
            "---\ndeal: Halden steel\noutcome: won\ndate: 2026-03-09\nprinciples: [timing]\n---\n# Timing of the offer\n\nAnother carrier offered five percent less in writing.",
        ),
        (
            "deals/kestrel/2024-05-02-lost.md",
            "---\ndeal: Kestrel lease\ncounterparty: Kestrel Energy\noutcome: lost\ndate: 2024-05-02\n---\n# How it was lost\n\nThey walked, and away went the lease. We offered too early.",
        ),
        ("journal.md", "# Journal\n\nNothing about deals, only the weather in 東京."),
    ];
    playbook(&notes, "team")
}

#[test]
fn pages_are_found_by_words_in_any_form() {
    let edited = sample();
    assert_eq!(titles(&edited, "after "), ["note First call"]);
    assert_eq!(titles(&edited, "CAFE "), ["note First call"]);
    assert_eq!(titles(&edited, "muller"), ["note First call"]);
    assert_eq!(titles(&edited, "waits "), ["principle Timing", "note First call"]);
    assert_eq!(titles(&edited, "東京"), ["note Journal"]);
    assert_eq!(titles(&edited, "zebra"), Vec::<String>::new());
    assert_eq!(titles(&edited, ""), Vec::<String>::new());
}

#[test]
fn titles_come_before_names_and_names_before_text() {
    let edited = sample();
    assert_eq!(
        titles(&edited, "halden"),
        ["counterparty Halden Works", "deal Halden steel", "note Timing of the offer", "note First call"]
    );
    assert_eq!(titles(&edited, "timing")[0], "principle Timing");
}

#[test]
fn the_last_word_may_be_unfinished_and_a_word_misspelt() {
    let edited = sample();
    assert_eq!(
        titles(&edited, "kestr"),
        ["counterparty Kestrel Energy", "deal Kestrel lease", "note How it was lost"]
    );
    assert_eq!(titles(&edited, "kestr "), Vec::<String>::new());
    for typo in ["carier", "carrrier", "carreir", "acrrier", "xcarrier", "catrier"] {
        assert_eq!(titles(&edited, &format!("{typo} ")), ["note Timing of the offer"], "{typo}");
    }
    assert_eq!(titles(&edited, "cerier "), Vec::<String>::new());
}

#[test]
fn quotes_ask_for_words_that_follow_each_other() {
    let edited = sample();
    assert_eq!(titles(&edited, "walked away").len(), 2);
    assert_eq!(titles(&edited, "\"walked away\""), ["note First call"]);
    assert_eq!(titles(&edited, "\"walked aw"), ["note First call"]);
    assert_eq!(titles(&edited, "\"away walked\""), Vec::<String>::new());
}

#[test]
fn filters_narrow() {
    let edited = sample();
    assert_eq!(titles(&edited, "offer outcome:won"), ["note Timing of the offer"]);
    assert_eq!(titles(&edited, "kind:deal"), ["deal Halden steel", "deal Kestrel lease"]);
    assert_eq!(titles(&edited, "kind:deal year:2020-2025"), ["deal Kestrel lease"]);
    assert_eq!(titles(&edited, "kind:note counterparty:\"halden works\"").len(), 2);
    assert_eq!(titles(&edited, "kind:note principle:timing"), ["note Timing of the offer"]);
    assert_eq!(titles(&edited, "kind:deal outcome:won outcome:lost").len(), 2);
    assert_eq!(titles(&edited, "kind:deal outcome:maybe"), Vec::<String>::new());
}

#[test]
fn a_hit_quotes_the_passage_with_its_marks_and_its_line() {
    let edited = sample();
    let hits = find(&edited, "müller away ");
    let [hit] = &hits.hits[..] else { panic!("{hits:?}") };
    assert_eq!(hit.quote, "Müller walked away twice.");
    let marks: Vec<_> = hit.marks.iter().map(|mark| &hit.quote[mark.clone()]).collect();
    assert_eq!(marks, ["Müller", "away"]);
    assert_eq!(hit.place_in(&edited.playbook), Some(("content/deals/halden/2026-03-01-call.md", 12)));
}

#[test]
fn an_edition_holds_no_word_of_what_it_withholds() {
    let notes = [
        ("a.md", "# Open\n\nEveryone reads this.\n\n> [!private]\n> Quetzal is our floor.\n"),
        (
            "b.md",
            "---\nvisibility: private\ndeal: Zanzibar\ncounterparty: Xylophone\n---\n# Wombat\n\nOkapi.\n",
        ),
    ];
    let words = ["quetzal", "zanzibar", "xylophon", "wombat", "okapi"];
    let all = scripts(&playbook(&notes, "author")).to_lowercase();
    assert!(words.iter().all(|word| all.contains(word)), "the author finds all");
    let team = scripts(&playbook(&notes, "team")).to_lowercase();
    assert_eq!(words.iter().filter(|word| team.contains(**word)).collect::<Vec<_>>(), Vec::<&&str>::new());
    assert_eq!(
        scripts(&playbook(&[("a.md", "# Open\n\nEveryone reads this.\n")], "team")).to_lowercase(),
        team
    );
}

#[test]
fn there_are_as_many_scripts_as_the_layout_says() {
    let long = "Some words about the offer and its deadline, number after number. ".repeat(3000);
    for notes in [vec![], vec![("a.md", "x")], vec![("a.md", long.as_str()), ("b.md", "y"), ("c.md", &long)]]
    {
        let edited = playbook(&notes, "team");
        let pages = Pages::new(&edited.playbook);
        let layout = Layout::new(pages.pages.len());
        let others = layout.shards().filter(|shard| !matches!(shard, Shard::Texts(_))).count();
        assert_eq!(layout.index(&index(&edited)).len(), others);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn every_word_finds_its_page(text in "(?s).{0,200}", other in "\\PC{0,40}") {
        let edited = playbook(&[("a.md", &text), ("b.md", &other)], "author");
        let index = index(&edited);
        for term in &index.terms {
            for form in &term.forms {
                prop_assert_eq!(&stem(form), &term.stem);
                let hits = search(&index, &edited.playbook, &Query::parse(form), usize::MAX);
                for posting in &term.postings {
                    let page = index.pages.pages[posting.page as usize];
                    prop_assert!(hits.hits.iter().any(|hit| hit.page == page), "{form}: {page:?}");
                }
            }
        }
        scripts(&edited);
    }

    #[test]
    fn any_query_finds_pages_in_which_its_marks_stand(query in "\\PC{0,30}|(after|wait|\"walked|offr|kind:note| ){0,6}") {
        static SAMPLE: OnceLock<(EditedPlaybook, Index)> = OnceLock::new();
        let (edited, index) = SAMPLE.get_or_init(|| {
            let edited = sample();
            let index = index(&edited);
            (edited, index)
        });
        for hit in search(index, &edited.playbook, &Query::parse(&query), usize::MAX).hits {
            prop_assert!(hit.marks.iter().all(|mark| hit.quote.get(mark.clone()).is_some()));
            prop_assert!(hit.page.kind != Kind::Note || hit.place_in(&edited.playbook).is_some());
        }
    }
}
