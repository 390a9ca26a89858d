//! What the linker makes of odd notes and odd principles: rather no link than a wrong one, and never a fuss.

use std::fmt::Write as _;

use serde_json::Value;

use crate::project::Project;

/// The principles of most playbooks, by their usual names.
const LEVERAGE: &str = "\
* **Information**\n* **Timing**\n* **Alternatives**\n* **Relationships**\n* **Power**\n* **Expertise and Reputation**
* **Dependency**\n* **Need**\n* **Emotional Control**\n* **Communication of Value**\n* **Social Standards**
* **Confidence and Clarity**\n* **Concessions**
";

/// It shows timing in so many words.
const WAITING: &str = "Their quarter closes on Friday and they must book the deal before that. We can wait until spring, so we \
    let the offer lapse and said nothing for a week.";

/// The principles linked to each note, by the note's name.
fn links(leverage: &str, notes: &[(&str, &str)]) -> Vec<(String, Vec<String>)> {
    let project = Project::empty();
    project.write("content/leverage.md", leverage);
    for (name, text) in notes {
        project.write(format!("content/notes/{name}.md"), text);
    }
    let all = project.run(["links", "--format", "json"]).ends(0).json();
    let all = all.as_array().expect("a list");
    let find = |name: &str| {
        let path = format!("notes/{name}.md");
        let note = all.iter().find(|note| note["note"] == path.as_str()).expect("every note is listed");
        names(&note["links"])
    };
    notes.iter().map(|(name, _)| ((*name).to_owned(), find(name))).collect()
}

fn names(links: &Value) -> Vec<String> {
    let links = links.as_array().expect("a list");
    links.iter().filter_map(|link| link["principle"].as_str()).map(str::to_owned).collect()
}

#[track_caller]
fn assert_no_links(leverage: &str, notes: &[(&str, &str)]) {
    for (name, links) in links(leverage, notes) {
        assert!(links.is_empty(), "{name}: {links:?}");
    }
}

#[test]
fn notes_of_a_word_or_none_show_nothing() {
    assert_no_links(
        LEVERAGE,
        &[
            ("empty", ""),
            ("blank", "\n\n   \n"),
            ("word", "Timing."),
            ("power", "Power"),
            ("ok", "ok"),
            ("number", "42"),
            ("dots", "..."),
            ("heading", "# Call\n"),
            ("emoji", "\u{1F600}"),
        ],
    );
}

#[test]
fn other_languages_get_no_link_rather_than_a_wrong_one() {
    assert_no_links(
        LEVERAGE,
        &[
            (
                "german",
                "# Anruf mit Frau Brandt\n\nIhr Quartal endet am Freitag, sie muss vorher abschließen. Wir können bis zum \
                Frühjahr warten und haben das Angebot verfallen lassen. Sie fragte zweimal nach dem Termin, und ich sagte nichts \
                dazu.\n\nWir haben eine echte Alternative: das Angebot von Keller liegt auf dem Tisch. Ihre Information über unsere \
                Situation ist schlecht, und die Konzession war klein. Der Termin im Hotel ist bestätigt. Power Point bitte bis \
                Montag, Standard wie immer, Zimmer 12.\n",
            ),
            (
                "french",
                "# Appel avec Monsieur Lefèvre\n\nSon trimestre se termine vendredi et il doit signer avant. Nous pouvons attendre \
                le printemps, nous avons laissé passer la date. Il a rappelé deux fois dans la matinée.\n\nLeur dépendance est \
                réelle : aucun autre atelier ne fabrique la pièce. La communication reste polie, les concessions sont petites, et \
                la confiance revient. Les informations sur leur budget viennent de la comptable.\n",
            ),
            (
                "spanish",
                "# Reunión con la señora Ortega\n\nSu trimestre termina el viernes y tiene que firmar antes. Nosotros podemos esperar \
                hasta la primavera y dejamos pasar la fecha. Tenemos otra oferta firmada sobre la mesa.\n\nNadie más fabrica la pieza \
                y dependen de nosotros. La información que tienen es mala. Pidió una concesión en el transporte y dijimos que no. \
                Control emocional ante todo: nadie levantó la voz.\n",
            ),
            (
                "dutch",
                "# Gesprek met mevrouw De Boer\n\nHaar kwartaal eindigt vrijdag en ze moet daarvoor tekenen. Wij kunnen tot het voorjaar \
                wachten en hebben de datum laten lopen. Er ligt een tweede bod van een andere koper.\n\nNiemand anders maakt het onderdeel, \
                dus ze zijn van ons afhankelijk. De informatie over onze voorraad klopt niet. De macht ligt bij de directeur, hij tekent \
                alles zelf.\n",
            ),
            (
                "italian",
                "# Telefonata con la signora Ricci\n\nIl loro trimestre finisce venerdì e devono firmare prima. Noi possiamo aspettare la \
                primavera e abbiamo lasciato passare la data. Abbiamo un'altra offerta firmata.\n\nNessun altro fa quel pezzo e dipendono da \
                noi. La relazione è buona, la reputazione anche. Hanno chiesto una concessione sul trasporto.\n",
            ),
            (
                "polish",
                "# Rozmowa z panią Nowak\n\nIch kwartał kończy się w piątek i muszą podpisać wcześniej. Możemy czekać do wiosny, więc termin \
                minął. Mamy drugą ofertę na stole.\n\nNikt inny nie robi tej części, są od nas zależni. Informacja o budżecie przyszła z \
                księgowości. Koncesja na transport była mała, standard ten sam.\n",
            ),
        ],
    );
}

#[test]
fn code_and_figures_show_nothing() {
    let table = "| item | need | power | price |\n|---|--:|--:|--:|\n| pump | 4 | 2.2 kW | 1,900 |\n| valve | 12 | 0 | 85 |\n";
    let code = "```rust\nlet timing = Timing::wait(deadline);\nif power.need(information) { alternatives.push(batna) }\n```\n";
    let log = "    2026-03-02 10:14:07 INFO timing: deadline reached, waiting for leverage.power\n";
    assert_no_links(
        LEVERAGE,
        &[
            ("table", table),
            ("code", code),
            ("log", log),
            ("inline", "Renamed `wait_for_deadline` to `await_deadline`."),
        ],
    );
}

#[test]
fn the_other_sides_words_in_a_quoted_mail_count_less_than_our_own() {
    let project = Project::empty();
    project.write("content/leverage.md", LEVERAGE);
    project.write(
        "content/own.md",
        format!("{WAITING}\n\nThe parking is behind the building, the gate code is in the mail.\n"),
    );
    project.write(
        "content/quoted.md",
        format!("> {WAITING}\n\nThe parking is behind the building, the gate code is in the mail.\n"),
    );
    let confidence = |note: &str| {
        let json = project.run(["explain", note, "--format", "json"]).ends(0).json();
        let principles = json["principles"].as_array().expect("a list").clone();
        let timing = principles
            .iter()
            .find(|principle| principle["principle"] == "timing")
            .expect("it is scored")
            .clone();
        timing["probability"].as_f64().expect("a number")
    };
    assert!(confidence("own.md") > 0.5);
    assert!(confidence("quoted.md") < confidence("own.md"));
}

#[test]
fn the_side_is_ours_only_where_we_speak() {
    let project = Project::empty();
    project.write("content/leverage.md", LEVERAGE);
    let theirs = "We can wait until spring and we are in no hurry. Let your deadline pass, our lease runs on until May.";
    for (name, text) in [
        ("own", theirs.to_owned()),
        ("quoted", format!("Their answer, for the file:\n\n> {theirs}\n")),
        ("mail", format!("From: Joop Kramer\nTo: Ines\nSubject: Lease\n\n{theirs}\n")),
        ("speech", format!("\"{theirs}\"\n\nI wrote down every word of it.\n")),
        ("transcript", format!("INES (us): What is your date?\n\nJOOP (Kramer): {theirs}\n")),
    ] {
        project.write(format!("content/notes/{name}.md"), text);
    }
    let all = project.run(["links", "--format", "json"]).ends(0).json();
    let side = |name: &str| {
        let path = format!("notes/{name}.md");
        let note = all.as_array().into_iter().flatten().find(|note| note["note"] == path.as_str());
        let note = note.expect("every note is listed");
        let links =
            ["links", "suggestions"].into_iter().flat_map(|kind| note[kind].as_array().into_iter().flatten());
        let timing = links.into_iter().find(|link| link["principle"] == "timing");
        timing.expect("it is found")["side"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(side("own"), "ours");
    for name in ["quoted", "mail", "speech", "transcript"] {
        assert_eq!(side(name), "unclear", "{name}");
    }
}

#[test]
fn a_transcript_is_read_by_what_is_said_not_by_who_speaks() {
    let said = "JOY POWERS: Your quarter closes on Friday, does it not?\n\nWILL NEED: It does, and head office wants it booked by then.\n\n\
        JOY POWERS: We can wait until spring. Let it pass.\n\nWILL NEED: Nobody here can wait.\n";
    let small = "JOY POWERS: The car park is full.\n\nWILL NEED: Take the gate at the back.\n\nJOY POWERS: Room 12?\n\nWILL NEED: \
        Room 14, second floor.\n";
    let found = links(LEVERAGE, &[("said", said), ("small", small)]);
    assert!(found[0].1.contains(&"timing".to_owned()), "{found:?}");
    assert!(!found[0].1.iter().any(|name| name == "power"), "{found:?}");
    assert_eq!(found[1].1, [""; 0]);
}

#[test]
fn an_electricians_power_is_no_lever() {
    assert_no_links(
        LEVERAGE,
        &[
            (
                "board",
                "New distribution board in the cellar. The power supply comes from the street, three phases, 63 A.",
            ),
            (
                "fault",
                "The power tripped twice. Earth fault on circuit 9, the cable of the cold room. Power restored at noon.",
            ),
            ("solar", "Peak power of the panels is 9.8 kW, the inverter takes 10. Power meter ordered."),
            ("need", "We need 40 m of cable and two power sockets in the kitchen."),
        ],
    );
}

#[test]
fn a_note_of_many_megabytes_is_linked_in_peace() {
    let mut text = String::new();
    for number in 0..60_000 {
        let _ = write!(text, "Row {number}: pallet moved to bay {}, seal checked.\n\n", number % 97);
    }
    text.push_str(WAITING);
    let project = Project::empty();
    project.write("content/leverage.md", LEVERAGE);
    project.write("content/long.md", &text);
    project.write("content/short.md", WAITING);
    let json = project.run(["links", "--format", "json"]).ends(0).json();
    let [long, short] = json.as_array().map(Vec::as_slice).unwrap_or_default() else { panic!("{json}") };
    assert_eq!((&long["note"], names(&short["links"])), (&"long.md".into(), vec!["timing".to_owned()]));
    // That so many paragraphs show anything is chance, which is known; but what is said of them stands there.
    for link in
        ["links", "suggestions"].into_iter().flat_map(|kind| long[kind].as_array().into_iter().flatten())
    {
        let evidence = link["evidence"].as_array().map(Vec::as_slice).unwrap_or_default();
        assert!(!evidence.is_empty(), "{link}");
        for evidence in evidence {
            let line =
                evidence["start_line"].as_u64().and_then(|line| usize::try_from(line).ok()).unwrap_or(0);
            let quote = evidence["quote"].as_str().unwrap_or_default();
            let written = text.lines().nth(line - 1).unwrap_or_default();
            assert!(!quote.is_empty() && written.contains(quote), "{evidence}");
        }
    }
}

#[test]
fn three_hundred_principles_take_nothing_from_each_other() {
    let mut leverage = LEVERAGE.to_owned();
    for number in 0..300 {
        let _ = writeln!(
            leverage,
            "* **Rule {number}**: Keep the paper of room {number} in drawer {number} and lock it at night."
        );
    }
    let notes = [
        ("waiting", WAITING),
        ("paper", "The paper of the second room lies in the drawer."),
        ("lunch", "Lunch is at half past twelve."),
    ];
    let found = links(&leverage, &notes);
    assert_eq!(
        found,
        [
            ("waiting".to_owned(), vec!["timing".to_owned()]),
            ("paper".to_owned(), Vec::new()),
            ("lunch".to_owned(), Vec::new()),
        ]
    );
}

#[test]
fn of_two_principles_that_say_the_same_each_note_is_told_which_is_which() {
    let project = Project::empty();
    let leverage = "* **Patience**: Whoever can wait has the upper hand; let their date pass.\n\
        * **Waiting**: Whoever can wait has the upper hand; let their date pass.\n* **Timing**\n";
    project.write("content/leverage.md", leverage);
    project.write("content/call.md", WAITING);
    let json = project.run(["links", "--format", "json"]).ends(0).json();
    let found = names(&json[0]["links"]);
    let text = project.run(["explain", "call.md"]).ends(0).stdout;
    // One idea is linked once, and the others say where the link went.
    assert_eq!(found.len(), 1, "{json}\n{text}");
    assert!(text.contains("same idea as"), "{text}");
}

#[test]
fn what_is_both_set_and_refused_is_set_and_reported() {
    let project = Project::empty();
    project.write("content/leverage.md", LEVERAGE);
    project.write(
        "content/call.md",
        "---\nprinciples: [need]\nnot_principles: [need]\n---\nThe room is booked.\n",
    );
    let json = project.run(["links", "--format", "json"]).ends(0).json();
    assert_eq!(names(&json[0]["links"]), ["need"]);
    let problems = project.run(["check"]);
    assert!(problems.stderr.contains("LB034") || problems.stdout.contains("LB034"), "{problems}");
}

/// What each principle of a leverage document is taken for: a concept of the library, or where else its links come from.
#[track_caller]
fn assert_covered(leverage: &str, expected: &[(&str, &str)]) {
    let project = Project::empty();
    project.write("content/leverage.md", leverage);
    let json = project.run(["principles", "--format", "json"]).json();
    let of = |id: &str| {
        let principles = json.as_array().expect("a list");
        let principle = principles.iter().find(|principle| principle["id"] == id).expect("it is understood");
        principle["concept"].as_str().or(principle["coverage"].as_str()).unwrap_or_default().to_owned()
    };
    let found: Vec<(&str, String)> = expected.iter().map(|(id, _)| (*id, of(id))).collect();
    let expected: Vec<(&str, String)> =
        expected.iter().map(|(id, concept)| (*id, (*concept).to_owned())).collect();
    assert_eq!(found, expected);
}

#[test]
fn principled_negotiation_is_covered_by_title_alias_acronym_and_meaning() {
    let leverage = "\
1. **People and problem apart**: Be hard on the matter and soft on the person. Name the feelings on both sides, let the other side vent, and do not answer an outburst with one.
2. **Interests behind positions**: Ask why they want what they ask for, and why not something else.
3. **Options for mutual gain**: Before choosing, invent many possible agreements together.
4. **Objective Criteria**: Settle differences by a standard that neither side controls.
5. **Our BATNA**: Know what you will do if there is no deal, and make it better while you talk.
6. **Active listening**: Repeat in your own words what you heard before you answer.
";
    assert_covered(
        leverage,
        &[
            ("interests-behind-positions", "information"),
            ("options-for-mutual-gain", "concessions"),
            ("objective-criteria", "social-standards"),
            ("our-batna", "alternatives"),
            ("active-listening", "own_text"),
        ],
    );
}

#[test]
fn the_ways_of_influence_are_covered_and_a_name_with_two_meanings_goes_by_its_text() {
    let leverage = "\
## Reciprocity
People give back what they were given. Give first, let it be personal and unexpected.

## Commitment and Consistency
Whoever has said a small yes in public keeps to it later. Ask for a first step, in writing if you can.

## Social Proof
In doubt people do what others like them do. Show who has already signed.

## Authority
People follow those whom they take for experts. Let titles, diplomas and a record of good work be seen before you speak.

## Liking
We say yes to people whom we like: who are like us, who praise us, who work with us for one aim.
";
    assert_covered(
        leverage,
        &[
            ("reciprocity", "concessions"),
            ("commitment-and-consistency", "own_text"),
            ("social-proof", "social-standards"),
            ("authority", "expertise-and-reputation"),
            ("liking", "relationships"),
        ],
    );
    assert_covered("* **Authority**: Who may sign, and who may say no.\n", &[("authority", "power")]);
}

#[test]
fn levers_of_ones_own_are_covered_as_far_as_they_say_something() {
    let leverage = "\
| Lever | What we mean |
|---|---|
| Walk-away power | We could leave the hull to somebody else and live from repairs. |
| Home turf | Meetings at our own yard, with the crane working outside. |
| Good name | Forty years without a claim. |
| Weather | |
";
    assert_covered(
        leverage,
        &[
            ("walk-away-power", "alternatives"),
            ("home-turf", "own_text"),
            ("good-name", "expertise-and-reputation"),
            ("weather", "name_only"),
        ],
    );
    let project = Project::empty();
    project.write("content/leverage.md", leverage);
    let shown = project.run(["principles"]).stdout;
    assert!(shown.contains("in the built-in library as alternatives"), "{shown}");
    assert!(shown.contains("found by its own words, aliases and cues only"), "{shown}");
    assert!(shown.contains("nothing is written about it: found by its name only"), "{shown}");
}

#[test]
fn a_link_says_why_in_words_and_figures() {
    let project = Project::empty();
    project.write("content/leverage.md", LEVERAGE);
    project.write("content/rent.md", "The market rate for such a building is 14 per square metre; the rent index of the street says 11. We \
        offered what the index says and showed the page. Three recent leases in the same street agree with it.\n");
    let json = project.run(["links", "--format", "json"]).ends(0).json();
    let link = &json[0]["links"][0];
    assert_eq!(link["principle"], "social-standards", "{json}");
    assert!(["Strong", "Good"].contains(&link["sureness"].as_str().unwrap_or_default()), "{link}");
    assert!(link["reads_like"].as_str().is_some_and(|passage| passage.contains("rent index")), "{link}");
    assert!(link["rival"]["confidence"].as_f64() < link["confidence"].as_f64(), "{link}");
    let sum: f64 = link["reasons"].as_object().expect("reasons").values().filter_map(Value::as_f64).sum();
    let confidence = link["confidence"].as_f64().expect("a number");
    assert!((1.0 / (1.0 + libm::exp(-sum)) - confidence).abs() < 0.001, "{link}");
    let text = project.run(["explain", "rent.md"]).ends(0).stdout;
    assert!(text.contains("reads like") && text.contains("linked: "), "{text}");
    let site = project.build("team");
    let page = String::from_utf8_lossy(&site["notes/rent.html"]).into_owned();
    assert!(page.contains("Reads like"), "{page}");
}

#[test]
fn the_titles_of_the_book_on_principled_negotiation_are_covered() {
    let leverage = "\
1. **Focus on interests, not positions**: Ask what they need it for.
2. **Invent options for mutual gain**: Think first, choose later.
3. **Insist on objective criteria**: Let a yardstick decide that neither of you made.
4. **Know your BATNA**: What happens if nobody signs?
5. **Improve your BATNA**
6. **One-text procedure**: A third person drafts and both sides criticise.
";
    assert_covered(
        leverage,
        &[
            ("focus-on-interests-not-positions", "information"),
            ("invent-options-for-mutual-gain", "concessions"),
            ("insist-on-objective-criteria", "social-standards"),
            ("know-your-batna", "alternatives"),
            ("improve-your-batna", "alternatives"),
            ("one-text-procedure", "own_text"),
        ],
    );
}

#[test]
fn other_matters_under_the_name_of_a_concept_are_not_taken_for_it() {
    let leverage = "\
* **Power**: Kitchen and workshop hang on two fuses; no more than 63 A on each; label every breaker in the cabinet.
* **Information**: The notice board hangs where the crew eats. Data sheets are in the red folder beside the first aid box.
* **Resources**: Links to the handbooks that the crew likes.
* **Network**: Cameras in one VLAN, phones in another.
* **Size**: Order boots one number larger.
* **Timing**: Never be the first to look at the clock.
* **Authority**: Ask early who can sign, and whether somebody above can forbid it.
";
    assert_covered(
        leverage,
        &[
            ("power", "own_text"),
            ("information", "own_text"),
            ("resources", "own_text"),
            ("network", "own_text"),
            ("size", "own_text"),
            ("timing", "timing"),
            ("authority", "power"),
        ],
    );
}

#[test]
fn a_long_text_shows_no_more_than_a_short_one() {
    let row = |number: usize| format!("Row {number}: pallet moved to bay {}, seal checked.\n\n", number % 97);
    let (short, long): (String, String) = ((0..12).map(row).collect(), (0..1200).map(row).collect());
    assert_no_links(LEVERAGE, &[("short", &short), ("long", &long)]);
    let again = WAITING.to_owned() + "\n\nLunch is at noon.\n\n";
    let found = links(LEVERAGE, &[("once", &again), ("often", &again.repeat(100))]);
    assert_eq!(found[0].1, ["timing"]);
    assert_eq!(found[1].1, ["timing"]);
}

#[test]
fn words_said_again_and_again_show_nothing() {
    let again = |word: &str| format!("{word} ").repeat(12);
    let (ok, no, blah) = (again("ok"), again("no"), again("blah"));
    assert_no_links(LEVERAGE, &[("ok", &ok), ("no", &no), ("blah", &blah)]);
}

#[test]
fn accents_written_as_marks_of_their_own_are_the_same_letters() {
    let leverage =
        "---\ncues:\n  seating: [préséance établie]\n---\n* **Seating**: Who sits where at the table.\n";
    let composed = "Nous avons la préséance établie depuis mars, et le comité le sait.";
    let apart = composed.replace('é', "e\u{301}");
    let found = links(leverage, &[("composed", composed), ("apart", &apart)]);
    assert_eq!(found[0].1, ["seating"]);
    assert_eq!(found[1].1, found[0].1);
}

#[test]
fn the_bare_name_of_a_principle_of_ones_own_links_nothing() {
    let leverage = "* **Bridge**: Let a third person whom both trust carry the words when the two do not speak.\n\
        * **Weather**: Begin with small talk and let them warm up before any figure is named.\n";
    assert_no_links(
        leverage,
        &[
            (
                "canal",
                "The bridge over the canal is closed until May. Bridge opens again on the third, says the town hall.",
            ),
            (
                "rain",
                "Bad weather again, so the crane stood still. The weather forecast for Tuesday is no better.",
            ),
        ],
    );
}
