//! The command line from outside: exit codes, what goes to which stream, and the shapes of JSON.
#![allow(clippy::disallowed_methods, reason = "pipes are closed and folders are staged")]

use std::collections::BTreeSet;
use std::io::Read;
use std::process::Stdio;

use serde_json::Value;

use crate::project::{Project, Run, files, is_kind, leverbook, repository};

/// A note with one link in its text, and nothing that is wrong.
const NOTE: &str = "---\ndeal: Harbour\ndate: 2026-03-02\noutcome: open\n---\n# First call\n\n\
    Their financial year ends on 30 June and they must sign before that deadline. We could wait.\n";

fn small() -> Project {
    Project::with(&[("content/deals/harbour/2026-03-02-call.md", NOTE)])
}

#[track_caller]
fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap_or_else(|| panic!("not a list: {value}"))
}

/// Fails unless an object has these keys and no others.
#[track_caller]
fn assert_keys(object: &Value, keys: &[&str]) {
    let object = object.as_object().unwrap_or_else(|| panic!("not an object: {object}"));
    let found: BTreeSet<&str> = object.keys().map(String::as_str).collect();
    assert!(keys.iter().all(|key| found.contains(key)), "{keys:?} are asked for, {found:?} are there");
}

#[test]
fn a_build_that_finds_nothing_wrong_ends_with_zero() {
    let run = small().run(["build"]).ends(0);
    assert_eq!(run.stdout, "", "talk goes to stderr");
    assert!(run.stderr.contains("site/") && run.stderr.contains("0 errors"), "{run}");
    assert_eq!(small().run(["build", "-q"]).ends(0).stderr, "");
}

#[test]
fn an_error_in_a_note_ends_with_one_and_the_rest_is_built() {
    let project = small();
    project.write("content/deals/harbour/2026-03-09-broken.md", "---\ntitle: [\n---\nLost words.\n");
    let run = project.run(["build"]).ends(1);
    assert!(
        run.stderr.contains("error[LB001]")
            && run.stderr.contains("content/deals/harbour/2026-03-09-broken.md:2"),
        "{run}"
    );
    assert!(run.stderr.contains("title: ["), "the source line is shown: {run}");
    let pages: Vec<_> = project.site().into_keys().filter(|path| path.starts_with("notes/deals-")).collect();
    assert_eq!(pages.len(), 1, "{pages:?}");
}

#[test]
fn a_warning_ends_with_one_only_when_strict() {
    let project =
        Project::with(&[("content/deals/a/x.md", "---\noutcome: wonn\n---\nBefore the year ends.\n")]);
    let run = project.run(["build"]).ends(0);
    assert!(run.stderr.contains("warning[LB014]") && run.stderr.contains("`won`"), "{run}");
    project.run(["build", "--strict"]).ends(1);
    project.run(["check"]).ends(0);
    project.run(["check", "--strict"]).ends(1);
    assert!(!project.path("content/site").exists());
    let quiet = project.run(["check", "-q"]).ends(0);
    assert_eq!(quiet.stderr, "");
}

#[test]
fn wrong_use_ends_with_two() {
    let project = small();
    for arguments in [
        &[][..],
        &["bild"],
        &["build", "--edition", "nobody"],
        &["build", "--no-such-flag"],
        &["build", "content"],
        &["check", "--code", "LB999"],
        &["explain", "no/such/note.md"],
        &["explain", "LB999"],
        &["links", "no/such/note.md"],
        &["eval", "no-such-file.jsonl"],
        &["--format", "xml", "check"],
        &["--root", "no-such-folder", "check"],
        &["--config", "no-such-file.toml", "check"],
        &["completions", "tcl"],
        &["new", "letter", "x"],
    ] {
        let run = project.run(arguments).ends(2);
        assert!(!run.stderr.trim().is_empty() && run.stdout.is_empty(), "{arguments:?}: {run}");
    }
    assert!(!project.path("site").exists());
    assert!(
        project.run(["build", "--edition", "tean"]).ends(2).stderr.contains("team"),
        "the known editions are named"
    );
    let nowhere = Project::empty();
    for command in ["build", "check", "links", "principles"] {
        nowhere.run([command]).ends(2);
    }
    assert_eq!(files(nowhere.root()).len(), 0);
}

#[test]
fn help_and_version_end_with_zero_on_stdout() {
    let project = Project::empty();
    for arguments in
        [&["--help"][..], &["-h"], &["--version"], &["build", "--help"], &["help"], &["help", "links"]]
    {
        let run = project.run(arguments).ends(0);
        assert!(!run.stdout.is_empty() && run.stderr.is_empty(), "{arguments:?}: {run}");
    }
    let version = project.run(["--version"]).stdout;
    assert_eq!(version.trim(), concat!("leverbook ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn an_unknown_settings_key_names_its_place_and_the_nearest_one() {
    let project = small();
    project.write("leverbook.toml", "[playbook]\ntitle = \"x\"\n\n[linking]\nmin_confidense = 0.6\n");
    let run = project.run(["build"]).ends(2);
    for part in ["leverbook.toml:5:1", "min_confidense", "min_confidence", "LB041"] {
        assert!(run.stderr.contains(part), "{part} is missing: {run}");
    }
    assert!(!project.path("site").exists());
    project.write("leverbook.toml", "[plabook]\ntitle = \"x\"\n");
    let run = project.run(["check"]).ends(2);
    assert!(run.stderr.contains("leverbook.toml:1") && run.stderr.contains("playbook"), "{run}");
}

#[test]
fn a_setting_that_this_version_cannot_keep_is_refused() {
    let project = small();
    project.write(
        "leverbook.toml",
        "[editions.guests]\nincludes = [\"public\"]\nredact = { \"Acme\" = \"A\" }\n",
    );
    let run = project.run(["build", "--edition", "guests"]);
    assert!(run.code == 2 || !project.site().is_empty(), "{run}");
    project.write("leverbook.toml", "[editions.guests]\nincludes = [\"everything\"]\n");
    let run = project.run(["build", "--edition", "guests"]).ends(2);
    assert!(run.stderr.contains("leverbook.toml:2"), "{run}");
}

#[test]
fn a_project_without_settings_is_built() {
    let project = small();
    project.run(["build"]).ends(0);
    assert!(project.site().contains_key("index.html"));
    let below = Run::of(project.command(["check"]).current_dir(project.path("content/deals")));
    assert!(below.code == 0 || below.stderr.contains("no leverbook.toml"), "{below}");
}

#[test]
fn the_project_is_found_from_a_folder_inside_it() {
    let project = small();
    project.write("leverbook.toml", "[playbook]\ntitle = \"Found\"\n");
    Run::of(project.command(["build"]).current_dir(project.path("content/deals/harbour"))).ends(0);
    let index = String::from_utf8(project.site()["index.html"].clone()).expect("UTF-8");
    assert!(index.contains("Found"));
}

#[test]
fn root_and_config_say_where_the_project_is() {
    let (project, elsewhere) = (small(), Project::empty());
    project.write("other.toml", "[playbook]\ntitle = \"Other\"\n[paths]\noutput = \"other-site\"\n");
    let run = |arguments: &[&str]| {
        let mut command = leverbook();
        Run::of(command.current_dir(elsewhere.root()).env("HOME", elsewhere.root()).args(arguments))
    };
    let root = project.root().to_str().expect("a plain path");
    run(&["--root", root, "build"]).ends(0);
    assert!(project.path("site/index.html").is_file());
    let config = project.path("other.toml");
    run(&["build", "--config", config.to_str().expect("a plain path")]).ends(0);
    assert!(project.read("other-site/index.html").contains("Other"));
    run(&["build", "--root", root, "--output", "here"]).ends(0);
    assert!(
        elsewhere.path("here/index.html").is_file(),
        "an output folder is named from where the person stands"
    );
}

#[test]
fn principles_are_printed_as_json() {
    let project = Project::with(&[("content/x.md", "Words.")]);
    project.write(
        "content/leverage.md",
        "---\naliases:\n  timing: [clock]\nrelated:\n  timing: [need]\n---\n# Book\n\n## Levers\n\n* **Timing**: Learn the date. [Why](https://e.example/a)\n    * Write it down.\n* **Need**: Show none.\n",
    );
    let run = project.run(["principles", "--format", "json"]).ends(0);
    let principles = run.json();
    for principle in list(&principles) {
        assert_keys(
            principle,
            &["id", "title", "section", "aliases", "summary", "tactics", "sources", "related", "line"],
        );
    }
    let timing = &list(&principles)[0];
    assert_eq!(
        (timing["id"].as_str(), timing["title"].as_str(), timing["section"].as_str()),
        (Some("timing"), Some("Timing"), Some("Levers"))
    );
    assert_eq!(timing["aliases"], serde_json::json!(["clock"]));
    assert_eq!(timing["tactics"], serde_json::json!(["Write it down."]));
    assert_eq!(timing["sources"], serde_json::json!([{ "label": "Why", "url": "https://e.example/a" }]));
    assert_eq!(timing["related"], serde_json::json!(["need"]));
    assert_eq!(timing["line"], 11);
    let human = project.run(["principles"]).ends(0).stdout;
    assert!(human.contains("timing") && human.contains("content/leverage.md:11"), "{human}");
}

#[test]
fn links_are_printed_as_json() {
    let project = small();
    project.write(
        "content/deals/harbour/2026-04-01-hand.md",
        "---\nprinciples: [dependency]\nnot_principles: [timing]\n---\nWords.\n",
    );
    let run = project.run(["links", "--format", "json"]).ends(0);
    let notes = run.json();
    let mut seen = BTreeSet::new();
    for note in list(&notes) {
        assert_keys(note, &["note", "links", "suggestions"]);
        let path = note["note"].as_str().expect("a path");
        seen.insert(path.to_owned());
        let source = project.read(format!("content/{path}"));
        let lines: Vec<&str> = source.lines().collect();
        for link in list(&note["links"]).iter().chain(list(&note["suggestions"])) {
            assert_keys(link, &["principle", "confidence", "origin", "side", "evidence"]);
            let confidence = link["confidence"].as_f64().expect("a number");
            assert!((0.0..=1.0).contains(&confidence), "{link}");
            let origin = link["origin"].as_str().expect("a word");
            assert!(["front_matter", "wikilink", "tag", "text"].contains(&origin), "{link}");
            assert!(
                ["ours", "theirs", "mutual", "unclear"].contains(&link["side"].as_str().expect("a word")),
                "{link}"
            );
            assert!(origin != "text" || !list(&link["evidence"]).is_empty(), "{link}");
            for evidence in list(&link["evidence"]) {
                assert_keys(evidence, &["start_line", "end_line", "quote", "terms"]);
                let quote = evidence["quote"].as_str().expect("a text");
                let line =
                    |key: &str| usize::try_from(evidence[key].as_u64().expect("a number")).expect("small");
                let (start, end) = (line("start_line"), line("end_line"));
                assert!(source.contains(quote), "the note is quoted exactly: {evidence}");
                assert!(
                    lines[start - 1..end].join("\n").contains(quote),
                    "it stands on these lines: {evidence}"
                );
                for term in list(&evidence["terms"]) {
                    assert!(quote.contains(term.as_str().expect("a text")), "{evidence}");
                }
            }
        }
    }
    assert_eq!(
        seen,
        ["deals/harbour/2026-03-02-call.md", "deals/harbour/2026-04-01-hand.md"].map(str::to_owned).into()
    );
    let hand = &list(&notes)
        .iter()
        .find(|note| note["note"] == "deals/harbour/2026-04-01-hand.md")
        .expect("the note")["links"];
    assert_eq!(
        (hand[0]["principle"].as_str(), hand[0]["origin"].as_str(), hand[0]["confidence"].as_f64()),
        (Some("dependency"), Some("front_matter"), Some(1.0))
    );
    assert_eq!(list(hand).len(), 1, "what was refused is not linked: {hand}");
    let found = &list(&notes)
        .iter()
        .find(|note| note["note"] == "deals/harbour/2026-03-02-call.md")
        .expect("the note")["links"];
    assert!(
        list(found).iter().any(|link| link["principle"] == "timing" && link["origin"] == "text"),
        "{found}"
    );
    let one = project.run(["links", "deals/harbour/2026-04-01-hand.md", "--format", "json"]).ends(0).json();
    assert_eq!(list(&one).len(), 1);
    let from_root = project.run(["links", "content/deals/harbour", "--format", "json"]).ends(0).json();
    assert_eq!(list(&from_root).len(), 2);
}

#[test]
fn problems_are_printed_as_json() {
    let project = Project::with(&[("content/deals/a/x.md", "---\nprinciples: [timign]\n---\nWords.\n")]);
    let run = project.run(["check", "--format", "json"]).ends(1);
    let problems = run.json();
    for problem in list(&problems) {
        assert_keys(
            problem,
            &["code", "severity", "file", "line", "column", "end_line", "end_column", "message", "help"],
        );
    }
    let unknown =
        list(&problems).iter().find(|problem| problem["code"] == "LB007").expect("the unknown principle");
    let expected = serde_json::json!({
        "code": "LB007", "severity": "error", "file": "content/deals/a/x.md", "line": 2, "column": 14, "end_line": 2, "end_column": 20,
        "message": unknown["message"], "help": unknown["help"],
    });
    assert_eq!(unknown, &expected);
    assert!(unknown["message"].as_str().is_some_and(|text| text.contains("`timign`")), "{unknown}");
    assert!(unknown["help"].as_str().is_some_and(|text| text.contains("`timing`")), "{unknown}");
    let clean = small().run(["check", "--format", "json"]).ends(0);
    assert!(list(&clean.json()).iter().all(|problem| problem["severity"] == "info"), "{clean}");
    let only = project.run(["check", "--code", "lb007", "--format", "json"]).ends(1).json();
    assert!(list(&only).iter().all(|problem| problem["code"] == "LB007"));
}

#[test]
fn explain_says_why_for_notes_and_for_codes() {
    let project = small();
    let human = project.run(["explain", "deals/harbour/2026-03-02-call.md"]).ends(0).stdout;
    for principle in ["timing", "alternatives", "dependency", "relationships"] {
        assert!(human.to_lowercase().contains(principle), "the scores of every principle: {human}");
    }
    project.run(["explain", "content/deals/harbour/2026-03-02-call.md"]).ends(0);
    project.run(["explain", "deals/harbour/2026-03-02-call.md", "--format", "json"]).ends(0).json();
    let code = project.run(["explain", "LB001"]).ends(0).stdout;
    assert!(code.contains("LB001") && code.contains("front matter"), "{code}");
}

#[test]
fn a_note_may_be_called_nearly_like_a_code_and_is_found_with_its_ending_or_without() {
    let project = small();
    project.write(
        "content/notes/lbo-1.md",
        "Their quarter closes on Friday and they cannot wait. We let the date pass.\n",
    );
    for name in
        ["notes/lbo-1", "notes/lbo-1.md", "content/notes/lbo-1", "content/notes/lbo-1.md", "./notes/lbo-1"]
    {
        for command in ["explain", "links"] {
            let shown = project.run([command, name]).ends(0).stdout;
            assert!(shown.starts_with("notes/lbo-1.md"), "{shown}");
        }
    }
    project.write("content/lbo.md", "# A word or two about nothing\n");
    let shown = project.run(["explain", "lbo"]).ends(0).stdout;
    assert!(shown.starts_with("lbo.md: 1 sentence;"), "{shown}");
    project.run(["explain", "lb999"]).ends(2);
}

#[test]
fn explain_says_truly_why_there_is_no_link() {
    let project = small();
    project.write(
        "content/call.md",
        "Their quarter closes on Friday and they cannot wait. We let the date pass.\n",
    );
    project.write("leverbook.toml", "[linking]\nmax_links = 0\n");
    let shown = project.run(["explain", "call"]).ends(0).stdout;
    assert!(shown.contains("not linked: a note has at most 0 links from its text"), "{shown}");
}

#[test]
fn eval_measures_labelled_notes() {
    let project = small();
    let gold = "{\"id\":\"a\",\"text\":\"They must sign before their year ends.\",\"principles\":[\"timing\"]}\n\
                {\"id\":\"b\",\"text\":\"The weather was fine.\",\"principles\":[]}\n";
    project.write("gold.jsonl", gold);
    let human = project.run(["eval", "gold.jsonl"]).ends(0);
    assert!(!human.stdout.is_empty());
    let json = project.run(["eval", "gold.jsonl", "--format", "json"]).ends(0).json();
    assert!(json.is_object(), "{json}");
    project.write("gold.jsonl", "{\"id\":\"a\",\"text\":\"x\"\nno JSON\n");
    let run = project.run(["eval", "gold.jsonl"]).ends(2);
    assert!(run.stderr.contains("gold.jsonl") && run.stderr.contains('1'), "{run}");
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_is_no_reason_to_complain() {
    let root = repository();
    for arguments in [
        &["links"][..],
        &["links", "--format", "json"],
        &["principles"],
        &["check", "--format", "json"],
        &["completions", "bash"],
        &["man"],
        &["--help"],
    ] {
        let mut command = leverbook();
        command
            .arg("--root")
            .arg(root)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        drop(child.stdout.take());
        let mut said = String::new();
        child.stderr.take().expect("it is piped").read_to_string(&mut said).expect("UTF-8");
        let status = child.wait().expect("it ends");
        assert!(!said.contains("panicked") && !said.to_lowercase().contains("pipe"), "{arguments:?}: {said}");
        assert!(status.code().is_some_and(|code| code < 2), "{arguments:?}: {status:?} {said}");
    }
}

#[test]
fn init_starts_a_project_that_builds() {
    let project = Project::empty();
    let run = project.run(["init"]).ends(0);
    assert!(run.stdout.contains("leverbook build"), "the next commands are named: {run}");
    assert!(project.path("leverbook.toml").is_file() && project.path("content/leverage.md").is_file());
    project.run(["build", "--strict"]).ends(0);
    let principles = project.run(["principles", "--format", "json"]).ends(0).json();
    assert!(list(&principles).len() >= 10);
    assert!(project.site().keys().filter(|path| path.starts_with("deals/")).count() >= 3);
}

#[test]
fn init_a_second_time_touches_nothing() {
    let project = Project::empty();
    project.run(["init"]).ends(0);
    let before = project.traces(".");
    let run = project.run(["init"]).ends(2);
    assert!(run.stderr.contains("leverbook.toml"), "{run}");
    assert_eq!(project.traces("."), before);
}

#[test]
fn init_in_a_vault_writes_the_settings_and_nothing_else() {
    let vault = Project::empty();
    vault.write(".obsidian/app.json", "{}");
    vault.write("Leverage notes.md", "* **Timing**: Learn the date.\n");
    vault.write("Deals/Harbour/2026-03-02 call.md", NOTE);
    let before = files(vault.root());
    let run = vault.run(["init"]).ends(0);
    assert!(run.stderr.contains('2'), "it says how many notes it would read: {run}");
    let mut after = files(vault.root());
    assert!(after.remove("leverbook.toml").is_some());
    assert!(after == before, "only the settings were written");
    let out = vault.path("out-of-the-way");
    let principles = vault.run(["principles", "--format", "json"]).ends(0).json();
    assert_eq!(list(&principles).len(), 1);
    let run = vault.run(["check"]);
    assert!(run.code < 2, "{run}");
    assert!(!out.exists());
}

#[test]
fn init_makes_the_folder_that_it_is_given() {
    let project = Project::empty();
    project.run(["init", "deep/book"]).ends(0);
    assert!(project.path("deep/book/leverbook.toml").is_file());
    Run::of(project.command(["build"]).current_dir(project.path("deep/book"))).ends(0);
}

#[test]
fn new_begins_notes_and_deals_and_overwrites_none() {
    let project = small();
    let run =
        project.run(["new", "note", "Coffee with \"Ines\": <what> she said?", "--deal", "Harbour"]).ends(0);
    let path = run.stdout.trim().to_owned();
    assert!(path.starts_with("content/deals/harbour/2026-11-24-"), "{run}");
    let first = project.read(&path);
    project.run(["new", "note", "Coffee with \"Ines\": <what> she said?", "--deal", "Harbour"]).ends(2);
    assert_eq!(project.read(&path), first);
    let deal = project.run(["new", "deal", "North: Quay #2", "--counterparty", "O'Neil & \"Sons\""]).ends(0);
    assert!(project.path(deal.stdout.trim()).is_file(), "{deal}");
    let alone = project.run(["new", "note", "Alone"]).ends(0);
    assert!(project.path(alone.stdout.trim()).is_file(), "{alone}");
    project.run(["check", "--strict"]).ends(0);
    let site = project.build("team");
    let shown: String = site
        .iter()
        .filter(|(path, _)| is_kind(path, "html"))
        .map(|(_, bytes)| String::from_utf8_lossy(bytes))
        .collect();
    assert!(
        shown.contains("North: Quay #2") && shown.contains("O'Neil &amp; ")
            || shown.contains("O&#x27;Neil")
            || shown.contains("O&#39;Neil"),
        "the deal and its counterparty are read back"
    );
    for title in ["", "..", "../../outside", "/etc/passwd", "\u{1b}[31m", &"long ".repeat(100)] {
        let run = project.run(["new", "note", title]);
        assert!(run.code == 0 || run.code == 2, "{run}");
        assert!(!project.root().join("../outside.md").exists());
    }
    let beside = files(project.root())
        .into_keys()
        .filter(|path| !path.starts_with("content/") && !path.starts_with("site/"))
        .count();
    assert_eq!(beside, 0, "all of it is content");
}

#[test]
fn completions_and_the_manual_know_every_command() {
    let project = Project::empty();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = project.run(["completions", shell]).ends(0).stdout;
        for command in ["build", "watch", "check", "principles", "links", "explain", "edition"] {
            assert!(script.contains(command), "{shell} lacks {command}");
        }
    }
    let manual = project.run(["man"]).ends(0).stdout;
    assert!(manual.contains(".TH leverbook 1") && manual.contains("principles"), "{manual}");
    project.run(["man", "--folder", "pages"]).ends(0);
    let pages = files(&project.path("pages"));
    assert!(
        pages.contains_key("leverbook.1") && pages.contains_key("leverbook-build.1"),
        "{:?}",
        pages.keys()
    );
}

#[test]
fn colour_is_for_those_who_ask_for_it() {
    let project = Project::with(&[("content/deals/a/x.md", "---\noutcome: wonn\n---\nWords.\n")]);
    assert!(!project.run(["check"]).stderr.contains('\u{1b}'), "a pipe gets none");
    assert!(project.run(["--color", "always", "check"]).stderr.contains("\u{1b}["));
    assert!(!project.run(["check", "--color", "never"]).stderr.contains('\u{1b}'));
}

#[test]
fn a_build_without_changes_is_none() {
    let (project, home) = (small(), Project::empty());
    let build = |arguments: &[&str]| {
        let mut command = project.command(["build"].iter().chain(arguments));
        Run::of(command.env("XDG_CACHE_HOME", home.path("cache"))).ends(0)
    };
    let first = build(&[]).stderr;
    assert!(!first.contains(" 0 changed files"), "{first}");
    let site = project.site();
    let again = build(&[]).stderr;
    assert!(again.contains(" 0 changed files"), "{again}");
    assert_eq!(project.site(), site);

    // Nothing that a build depends on, or that somebody does to the site, is overlooked.
    project.write("site/index.html", "mine");
    build(&[]);
    assert_eq!(project.site(), site);
    build(&["--edition", "author"]);
    let of_author = project.site();
    assert_ne!(of_author, site);
    build(&[]);
    assert_eq!(project.site(), site);
    project.write("content/deals/harbour/2026-03-02-call.md", NOTE.to_owned() + "\nOne more line.\n");
    build(&[]);
    assert_ne!(project.site(), site);
    project.write("content/deals/harbour/2026-03-02-call.md", NOTE);
    build(&[]);
    assert_eq!(project.site(), site);

    // The memory lies outside the project, and holds hashes only.
    let memory = home.read("cache/leverbook/builds");
    assert!(
        memory.chars().all(|letter| letter.is_ascii_hexdigit() || letter.is_ascii_whitespace()),
        "{memory}"
    );
    for damaged in ["", "nonsense\n"] {
        home.write("cache/leverbook/builds", damaged);
        build(&[]);
        assert_eq!(project.site(), site);
    }
}
