use std::fmt::Write;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::diagnostic::{Place, Severity};
use crate::markdown;

/// A document as people paste it together: stray markers, a heading that is a list item, terms with and without bold.
const MESSY: &str = include_str!("messy.md");

fn read_text(text: &str) -> (Leverage, Vec<Diagnostic>) {
    read(&markdown::parse(&Arc::new(Source::new(SourceId::new("content/leverage.md"), text))))
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
    problems(text).split_inclusive('\n').filter(|line| !line.starts_with(' ')).collect()
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

#[test]
fn bold_terms_with_every_separator_open_principles() {
    check(
        "# Levers\n\n- **Timing**: Control the clock.\n- **Power:** Find out who decides.\n- **Need** - Want it less.\n- **Trust** – Keep it.\n- **Calm** — Stay so.\n- **Patience** Sit still.\n- **Silence.** Say nothing.\n- __Warmth__: Smile.\n- **Rest**\n  At night.\n",
        "
Levers / Timing: Control the clock.
Levers / Power: Find out who decides.
Levers / Need: Want it less.
Levers / Trust: Keep it.
Levers / Calm: Stay so.
Levers / Patience: Sit still.
Levers / Silence: Say nothing.
Levers / Warmth: Smile.
Levers / Rest: At night.",
    );
}

#[test]
fn wide_colons_close_a_term_as_well() {
    check(
        "## 杠杆\n\n- **时间**：等待。\n- **权力：** 找到决定者。\n- **需要：少一点** 更好。\n- 信任：保持。\n",
        "
杠杆 / 时间: 等待。
杠杆 / 权力: 找到决定者。
杠杆 / 需要: 少一点 更好。
杠杆 / 信任: 保持。",
    );
}

#[test]
fn plain_terms_below_a_heading_are_principles() {
    check(
        "## Levers\n\n- Timing: Control the clock.\n- Walk away power: Have it ready at 10:30.\n- See https://example.com for more: it is a sentence, after all.\n",
        "
Levers / Timing: Control the clock.
Levers / Walk away power: Have it ready at 10:30.",
    );
    assert_eq!(
        warnings("## Levers\n\n- Timing: Control.\n- Power: Hold.\n- See https://example.com for more\n"),
        "LB020:5 this list item belongs to no principle\n"
    );
}

#[test]
fn headings_with_prose_are_principles() {
    check(
        "# Our playbook\n\nWords before.\n\n## Timing\n\nControl the clock.\n\nAnd the calendar.\n\n- Wait.\n- Ask for the date.\n\n## Power\n\nFind out who decides.\n",
        "
Our playbook / Timing: Control the clock. | And the calendar.
  - Wait.
  - Ask for the date.
Our playbook / Power: Find out who decides.",
    );
    check(
        "# Book\n\n## Clocks\n\n### Timing {#clock}\n\nControl it.\n\n### Deadlines\n\nKnow theirs.\n\n## People\n\n### 3. Trust:\n\nKeep it.\n",
        "
Clocks / Timing: Control it.
Clocks / Deadlines: Know theirs.
People / Trust: Keep it.",
    );
}

#[test]
fn headings_that_hold_lists_of_principles_are_sections() {
    check(
        "## Clocks\n\n- **Timing**: Control it.\n\n## People\n\n1. **Trust**: Keep it.\n2. **Need**: Hide it.\n\nStray words.\n\n7) **Calm**: Stay so.\n",
        "
Clocks / Timing: Control it.
People / Trust: Keep it.
People / Need: Hide it.
People / Calm: Stay so.",
    );
}

#[test]
fn a_principle_with_bold_tactics_among_principles_stays_one() {
    check(
        "## Timing\n\nControl the clock.\n\n## Power\n\nFind out.\n\n## Need\n\nHide it.\n\n- **At lunch**: Eat little.\n- **By mail**: Answer late.\n",
        "
Timing: Control the clock.
Power: Find out.
Need: Hide it.
  - At lunch: Eat little.
  - By mail: Answer late.",
    );
}

#[test]
fn headings_that_come_back_divide_a_principle() {
    check(
        "# Book\n\n## Timing\n\nControl it.\n\n### Tactics\n\n- Wait.\n\n### Sources\n\n- <https://example.com/a>\n\n## Power\n\nHold it.\n\n### Tactics\n\n- Ask.\n\n### Sources\n\n- [A book](https://example.com/b)\n",
        "
Book / Timing: Control it.
  - Wait.
  - https://example.com/a
Book / Power: Hold it.
  - Ask.
  - A book",
    );
}

#[test]
fn tables_and_definition_lists_hold_principles() {
    check(
        "## Levers\n\n| Lever | What it is | Tactics |\n|---|---|---|\n| **Timing** | Control the *clock*. | Wait; ask for the date |\n| BATNA (Best Alternative to a Negotiated Agreement) | A way out. | Write it down<br>Count it |\n| | | |\n",
        "
Levers / Timing: Control the clock.
  - Wait
  - ask for the date
Levers / BATNA: A way out.
  - Write it down
  - Count it",
    );
    check(
        "## Levers\n\nTiming\n: Control the clock.\n\nPower\n: Find out who decides.\n\n    - Ask.\n",
        "
Levers / Timing: Control the clock.
Levers / Power: Find out who decides.
  - Ask.",
    );
    check(
        "| # | Lever | Text |\n|---|---|---|\n| 1 | Timing | Wait. |\n| 2 | Need | Hide it. |\n",
        "
Timing: Wait.
Need: Hide it.",
    );
}

#[test]
fn pasted_bullets_are_read_line_by_line() {
    check(
        "Levers:\n\n•\t**Timing**: Control the clock.\no\tWait.\no\tAsk.\n•\tPower: Find out\nwho decides.\n",
        "
Levers / Timing: Control the clock.
  - Wait.
  - Ask.
Levers / Power: Find out who decides.",
    );
    check(
        "## Levers\n\n• Timing: Control it.\n\n• Power: Find it.\n\n– Ask.\n",
        "
Levers / Timing: Control it.
Levers / Power: Find it.
  - Ask.",
    );
    check(
        "## Levers\n\nSix of them.\n7) **Timing**: Control it.\n8) **Power**: Find it.\n",
        "
Levers / Timing: Control it.
Levers / Power: Find it.",
    );
    check(
        "## Levers\n\n* **Timing**: Control it.\n• **Power**: Find it.\n• **Need**: Hide it.\n* **Calm**: We wait:\n• in the car\n• at home\n",
        "
Levers / Timing: Control it.
Levers / Power: Find it.
Levers / Need: Hide it.
Levers / Calm: We wait:
  - in the car
  - at home",
    );
    let problems = problems("## Levers\n\n• Timing: Control it.\n• Power: Find it.\n");
    assert_eq!(problems, " LB020:3 these lines are no list in Markdown; they were read as one\n");
    check(
        "## Timing\n\nIt took years\n– as always – to wait.\n",
        "Timing: It took years – as always – to wait.",
    );
}

#[test]
fn sections_may_be_written_as_bold_lines() {
    check(
        "**Clocks**\n\n- **Timing**: Control it.\n\nPeople:\n\n- **Trust**: Keep it.\n",
        "
Clocks / Timing: Control it.
People / Trust: Keep it.",
    );
    check(
        "- Clocks\n  - **Timing**: Control it.\n    - Wait.\n- People\n  - **Trust**: Keep it.\n",
        "
Clocks / Timing: Control it.
  - Wait.
People / Trust: Keep it.",
    );
    check(
        "# Levers\n\n**Timing**\n\nControl it.\n\n- Wait.\n\n**Power**\n\nFind it.\n",
        "
Levers / Timing: Control it.
  - Wait.
Levers / Power: Find it.",
    );
    check(
        "## Levers\n\n1. Timing\n   - Wait.\n   - Ask.\n2. Power\n   - Look up.\n",
        "
Levers / Timing: 
  - Wait.
  - Ask.
Levers / Power: 
  - Look up.",
    );
}

#[test]
fn nested_items_are_tactics_in_order() {
    check(
        "- **Timing**: Control it.\n\n  It pays.\n\n  - Wait.\n    - In the car.\n      - With tea.\n  - Ask.\n\n  > Said an old hand.\n\n  ```\n  a < b\n  ```\n- **Power:**\n- Look up.\n- Look down.\n- **Need**: Hide `it` &amp; wait.\n",
        "
Timing: Control it. | It pays. | Said an old hand. | a < b
  - Wait.
  - In the car.
  - With tea.
  - Ask.
Power: 
  - Look up.
  - Look down.
Need: Hide it & wait.",
    );
}

#[test]
fn acronyms_and_their_expansions_are_told_apart() {
    let (leverage, _) = read_text(
        "## A\n\n- **ZOPA (Zone of Possible Agreement)**: One.\n- **Worst Alternative to a Negotiated Agreement (WATNA)**: Two.\n- **Timing (the clock)**: Three.\n- **EBITDA** (Earnings Before Interest, Taxes, Depreciation and Amortisation): Four.\n- Price (per unit): Five.\n",
    );
    let titles: Vec<_> = leverage
        .principles
        .iter()
        .map(|principle| (principle.title.as_str(), principle.id.as_str(), principle.aliases.clone()))
        .collect();
    assert_eq!(
        titles,
        [
            ("ZOPA", "zopa", vec!["Zone of Possible Agreement".to_owned()]),
            (
                "Worst Alternative to a Negotiated Agreement",
                "worst-alternative-to-a-negotiated-agreement",
                vec!["WATNA".to_owned()]
            ),
            ("Timing (the clock)", "timing-the-clock", vec![]),
            (
                "EBITDA",
                "ebitda",
                vec!["Earnings Before Interest, Taxes, Depreciation and Amortisation".to_owned()]
            ),
            ("Price (per unit)", "price-per-unit", vec![]),
        ]
    );
}

#[test]
fn principles_are_found_by_every_name() {
    let (leverage, _) = read_text(
        "## A\n\n- **BATNA (Best Alternative to a Negotiated Agreement)**: One.\n- **Emotional Control**: Two.\n- **Timing** {#clock}: Three.\n- **Zone of Possible Agreement**: Four.\n",
    );
    let find = |name: &str| leverage.find(name).map(|id| id.to_string()).unwrap_or_default();
    for name in [
        "batna",
        "BATNA",
        "#batna",
        "best  alternative to a\u{a0}negotiated agreement",
        "BATNA (Best Alternative to a Negotiated Agreement)",
    ] {
        assert_eq!(find(name), "batna", "{name}");
    }
    for name in [
        "Emotional control",
        "emotional-control",
        "principles/emotional-control.md",
        "#lever/emotional-control",
        "EMOTIONAL_CONTROL",
    ] {
        assert_eq!(find(name), "emotional-control", "{name}");
    }
    assert_eq!(
        [find("clock"), find("Timing"), find("ZOPA")],
        ["clock", "clock", "zone-of-possible-agreement"]
    );
    assert_eq!([find("control"), find(""), find("#"), find("tim")], ["", "", "", ""]);
}

#[test]
fn ids_are_unique_and_the_second_of_a_name_is_told() {
    let text = "## A\n\n- **Timing**: One.\n- **timing**: Two.\n- **Timing 2**: Three.\n- **Timing**: Four.\n- **Clock {#timing}**: Five.\n";
    let (leverage, _) = read_text(text);
    let ids: Vec<&str> = leverage.principles.iter().map(|principle| principle.id.as_str()).collect();
    assert_eq!(ids, ["timing", "timing-2", "timing-2-2", "timing-3", "timing-4"]);
    assert_eq!(warnings(text).matches("LB024").count(), 4);
    assert!(warnings(text).contains("LB024:4 `timing` stands twice; the first is on line 3"));
}

#[test]
fn links_become_sources_once_each() {
    let (leverage, _) = read_text(
        "## A\n\n- **Timing**: Wait, says [a book](https://example.com/book) ([2](https://example.com/caf%C3%A9?x=1#y)), [\\[3\\]](<https://example.com/a b>) and [3](https://example.com/book). So [here](javascript:alert(1)), [4](ftp://example.com) or <mailto:me@example.com>; www too: https://www.example.org/x(y)).\n  - See[^n] and [[5]](https://example.net/five).\n\n[^n]: A note, [read](https://example.com/note).\n",
    );
    let principle = &leverage.principles[0];
    assert_eq!(
        principle.summary,
        "Wait, says a book and. So here, 4 or mailto:me@example.com; www too: https://www.example.org/x(y))."
    );
    assert_eq!(principle.tactics, ["See and."]);
    let sources: Vec<String> =
        principle.sources.iter().map(|source| format!("{} <{}>", source.label, source.url)).collect();
    assert_eq!(
        sources,
        [
            "a book <https://example.com/book>",
            "example.com/café <https://example.com/caf%C3%A9?x=1#y>",
            "example.com/a b <https://example.com/a b>",
            "me@example.com <mailto:me@example.com>",
            "example.org/x(y) <https://www.example.org/x(y)>",
            "read <https://example.com/note>",
            "example.net/five <https://example.net/five>",
        ]
    );
}

#[test]
fn brackets_around_a_citation_mark_go_with_it() {
    check(
        "- **Timing**: Wait ([1](https://a.example)) and 🕴 see ([2](https://b.example), [3](https://c.example)): *so* **it ([4](https://d.example)) is**.\n",
        "Timing: Wait and 🕴 see: so it is.",
    );
}

#[test]
fn principles_that_name_each_other_are_related() {
    let related = |text: &str| -> Vec<String> {
        read_text(text)
            .0
            .principles
            .iter()
            .map(|principle| format!("{}: {}", principle.id, ids(&principle.related).join(" ")))
            .collect()
    };
    assert_eq!(
        related(
            "## A\n\n- **Information**: Information is power. Power helps.\n- **Power**: Hold it.\n- **Timing**: Ask for Power early.\n- **Need**: See [[Timing]] and emotional  control.\n- **Emotional Control**: Keep **information** close, and our zopas.\n- **ZOPA**: None.\n"
        ),
        [
            "information: emotional-control",
            "power: timing",
            "timing: power need",
            "need: timing emotional-control",
            "emotional-control: information need",
            "zopa: ",
        ]
    );
    assert_eq!(
        related(
            "## A\n\n- **Way Out**: Have a BATNA (Best Alternative to a Negotiated Agreement).\n- **Walking**: Your best alternative to a negotiated agreement (BATNA) carries you.\n- **Zones**: Find their ZOPAs.\n- **ZOPA**: None.\n"
        ),
        ["way-out: walking", "walking: way-out", "zones: zopa", "zopa: zones"]
    );
}

#[test]
fn what_seems_the_same_is_worth_a_word() {
    assert_eq!(
        problems(
            "## A\n\n- **Alternatives**: Have a BATNA (Best Alternative to a Negotiated Agreement).\n- **BATNA**: Have it.\n- **Concessions**: Stay above the BATNA.\n"
        ),
        " LB021:4 `BATNA` and `Alternatives` seem to say the same\n"
    );
    assert_eq!(
        problems(
            "## A\n\n- **Waiting**: Sit at the harbour until morning and watch how tired boats return.\n- **Patience**: Watch tired boats return and sit at the harbour until the morning.\n- **Wait**: No.\n"
        ),
        " LB021:4 `Patience` and `Waiting` seem to say the same\n LB021:5 `Wait` and `Waiting` seem to say the same\n"
    );
}

#[test]
fn nothing_is_dropped_silently() {
    assert_eq!(
        warnings(
            "# Levers\n\nAn introduction.\n\n## Clocks\n\nMore words.\n\n- **Timing**: Control it.\n- and so on\n\n<div>raw</div>\n\n<!-- a remark -->\n\n> A quote.\n\n```\ncode\n```\n\n| 1 | 2 |\n|---|---|\n| 3 | 4 |\n\n## Empty\n\n## Links\n\n- [x](https://example.com)\n"
        ),
        "LB020:7 this text belongs to no principle\n\
         LB020:10 this list item belongs to no principle\n\
         LB020:12 raw HTML is not read as a principle or its text\n\
         LB020:16 this text belongs to no principle\n\
         LB020:18 this code belongs to no principle\n\
         LB020:22 this table belongs to no principle\n\
         LB020:26 nothing stands below this heading\n\
         LB020:30 this list item belongs to no principle\n"
    );
    assert_eq!(
        warnings("Just words.\n"),
        "LB020:1 this text belongs to no principle\nLB023:0 the leverage document has no principles\n"
    );
    assert_eq!(problems(""), "LB023:0 the leverage document has no principles\n");
    assert_eq!(problems("- \n- **Timing**: Control it.\n"), " LB020:1 an empty list item\n");
}

#[test]
fn long_texts_are_no_terms() {
    let long = "word ".repeat(2000);
    let text = format!("## {long}\n\n- **{long}**: text\n- **Timing**: Control it.\n");
    let (leverage, problems) = read_text(&text);
    assert_eq!(leverage.principles.len(), 1);
    assert!(leverage.principles[0].section.as_ref().unwrap().chars().count() <= 121);
    assert!(problems.iter().any(|problem| problem.code == Code::NotUnderstood));
}

#[test]
fn texts_hold_nothing_invisible() {
    check(
        "- **Ti\u{200b}ming**: Con\u{1b}[31mtrol\u{202e} ==it==\u{7} now. ^block-1\n- **Need** : A\u{a0}b `==c==`.\n",
        "
Timing: Con[31mtrol it now.
Need: A b ==c==.",
    );
}

#[test]
fn the_place_of_a_term_is_its_own() {
    let text = "## Clocks\n\n- **Timing**: One.\n- **R&amp;D \\* Costs:** Two.\n-   . Price: Three.\n\n## A `code` heading:\n\nText.\n";
    let (leverage, _) = read_text(text);
    let places: Vec<_> =
        leverage.principles.iter().map(|principle| (&text[principle.span.range()], principle.line)).collect();
    assert_eq!(places, [("Timing", 3), ("R&amp;D \\* Costs", 4), ("Price", 5), ("A `code` heading", 7)]);
}

#[test]
fn the_front_matter_adds_names_cues_and_relations() {
    let text = "---\naliases:\n  timing: [Clock, Timing]\n  calm: cool head\ncues:\n  Emotional Control: [poker face]\n  tming: [soon]\nrelated:\n  timing: [calm, nothing-near]\n---\n- **Timing**: One.\n- **Emotional Control** {#calm}: Two.\n";
    let (leverage, told) = read_text(text);
    assert_eq!(leverage.principles[0].aliases, ["Clock"]);
    assert_eq!(leverage.principles[1].aliases, ["cool head"]);
    assert_eq!(leverage.principles[1].cues, ["poker face"]);
    assert_eq!(ids(&leverage.principles[1].related), ["timing"]);
    assert_eq!(leverage.find("clock").unwrap().as_str(), "timing");
    let shown: Vec<_> = told
        .iter()
        .map(|problem| {
            (problem.code.as_str(), problem.positions().unwrap().0.line, problem.help.as_deref().unwrap())
        })
        .collect();
    assert_eq!(
        shown,
        [("LB022", 7, "did you mean `timing`?"), ("LB022", 9, "`leverbook principles` lists the ids")]
    );
    // What Obsidian means by `aliases` is a list, and names the note.
    assert_eq!(
        problems("---\naliases: [Levers]\ncues: soon\n---\n- **Timing**: One.\n"),
        "LB006:3 `cues` is no map from ids to words\n"
    );
    let by_hand = "---\nrelated: {waiting: [wait]}\n---\n- **Waiting**: One.\n- **Wait**: Two.\n";
    assert_eq!(problems(by_hand), "");
}

#[test]
fn hostile_documents_take_little_time() {
    let many: String = (0..20_000).fold(String::new(), |text, number| {
        text + &format!("- **Lever {number}**: See Lever {}.\n", number / 2)
    });
    assert_eq!(read_text(&many).0.principles.len(), 20_000);
    let _ = read_text(&"[1](https://example.com/a)".repeat(20_000));
    let _ = read_text(&"- ".repeat(5_000));
    let _ = read_text(&"• a\n".repeat(50_000));
    let _ = read_text(&format!("- **Timing**: {}\n", "`a` **b** [c](https://example.com) ".repeat(20_000)));
    let _ = read_text(&"- **Timing**: same\n".repeat(20_000));
    let _ = read_text(&format!("- **Timing**: {}\n", "Timing BATNA (".repeat(50_000)));
    let _ = read_text(&format!("{}\n", "http://a.b/(".repeat(20_000)));
    let _ = read_text(&"## a\nb\n".repeat(20_000));
    let _ = read_text(&format!("- **T**: {}", "a".repeat(1_000_000)));
    let _ = read_text(&format!("- **T**: {}", "a:".repeat(500_000)));
    let _ = read_text(&format!("- **T**: x[^1]\n\n{}", "[^1]: y\n\n".repeat(10_000)));
}

/// Pieces of Markdown that matter here, in any order.
fn markdown() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "# ",
        "## ",
        "\n",
        "\n\n",
        "- ",
        "* ",
        "*   *   ",
        "    ",
        "**",
        "**Timing**",
        "**Need:**",
        ": ",
        " - ",
        "– ",
        "• ",
        "o\t",
        "7) ",
        "1. ",
        "BATNA",
        " (Best Alternative to a Negotiated Agreement)",
        "Term: text",
        "[5](https://example.com/(a))",
        "[[x|y]]",
        "[[5]](http://a)",
        "[^1]",
        "[^1]: b",
        "`c`",
        "&amp;",
        "\\*",
        "{#id}",
        "---",
        "===",
        "| a | b |\n|---|---|\n| c | d |\n",
        "> ",
        "[!note] ",
        "<br>",
        "<div>",
        "é",
        "\u{1f600}",
        "\r\n",
        "\t",
        "==",
        "^b",
        ".",
        ". ",
        "\u{1b}",
        "```\n",
        "\n: ",
        "https://x.y",
        "）：",
        "：",
        "**a：b**",
        "([5](https://example.com/b))",
        "(",
        ")",
        "^",
        "1. **",
        "word ",
        "Sentence. ",
    ]);
    prop::collection::vec(prop_oneof![8 => pieces.prop_map(str::to_owned), 1 => any::<String>()], 0..40)
        .prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn anything_can_be_read(text in markdown()) {
        let (leverage, problems) = read_text(&text);
        let mut seen = std::collections::BTreeSet::new();
        for principle in &leverage.principles {
            prop_assert!(seen.insert(principle.id.clone()), "{} stands twice", principle.id);
            prop_assert!(text.get(principle.span.range()).is_some());
            prop_assert_eq!(principle.line, text[..principle.span.start].matches('\n').count() + 1);
            prop_assert!(!principle.title.is_empty() && principle.title.chars().count() <= 120);
            prop_assert_eq!(leverage.find(principle.id.as_str()), Some(principle.id.clone()));
            for other in &principle.related {
                prop_assert!(other != &principle.id && leverage.get(other).unwrap().related.contains(&principle.id));
            }
            let all = principle.tactics.iter().chain(&principle.text).chain([&principle.title, &principle.summary]);
            for shown in all {
                prop_assert!(!shown.chars().any(char::is_control));
            }
            for source in &principle.sources {
                prop_assert!(prose::is_outside(&source.url));
            }
        }
        for problem in &problems {
            if let Place::Text(source, span) = &problem.place {
                prop_assert!(source.text().get(span.range()).is_some());
            }
        }
        let ids: Vec<&str> = leverage.principles.iter().map(|principle| principle.id.as_str()).collect();
        let again = read_text(&text).0;
        prop_assert_eq!(ids, again.principles.iter().map(|principle| principle.id.as_str()).collect::<Vec<_>>());
    }
}
