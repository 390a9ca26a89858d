use proptest::prelude::*;

use super::*;
use crate::source::SourceId;

fn source(text: &str) -> Arc<Source> {
    Arc::new(Source::new(SourceId::new("content/note.md"), text))
}

/// The entries as `key=value` and the problems as `code line:column message`.
fn read(text: &str) -> (State, Vec<String>, Vec<String>) {
    let (front_matter, diagnostics) = split(&source(text));
    let entries = front_matter.entries.iter().map(|entry| format!("{}={}", entry.key, show(&entry.value)));
    let problems = diagnostics.iter().map(|diagnostic| {
        let (start, _) = diagnostic.positions().unwrap();
        format!("{} {}:{} {}", diagnostic.code.as_str(), start.line, start.column, diagnostic.message)
    });
    (front_matter.state, entries.collect(), problems.collect())
}

fn show(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Scalar { text, quoted: false } => text.clone(),
        Value::Scalar { text, quoted: true } => format!("{text:?}"),
        Value::List(items) => {
            format!("[{}]", items.iter().map(|(item, _)| show(item)).collect::<Vec<_>>().join(","))
        }
        Value::Map(pairs) => {
            let pairs = pairs.iter().map(|(key, value)| format!("{key}:{}", show(value)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(","))
        }
    }
}

fn entries(text: &str) -> Vec<String> {
    let (state, entries, problems) = read(text);
    assert_eq!((state, problems), (State::Read, Vec::new()), "{text:?}");
    entries
}

/// The one problem of a front matter that cannot be read.
fn unreadable(text: &str) -> String {
    let (state, entries, problems) = read(text);
    assert_eq!((state, entries), (State::Unreadable, Vec::new()), "{text:?}");
    problems.join("; ")
}

#[test]
fn it_stands_between_marker_lines_at_the_very_top() {
    for text in [
        "---\na: b\n---\nbody\n",
        "---  \r\na: b\r\n---\t\r\nbody\r\n",
        "---\na: b\n...\nbody\n",
        "\u{feff}---\na: b\n---",
        "---\n\na: b\n\n---\n",
        "+++\na = \"b\"\n+++\n",
        "---\n{\"a\": \"b\"}\n---\n",
        "---\n{\n\t\"a\": \"\\u0062\"\n}\n---\n",
    ] {
        let (front_matter, diagnostics) = split(&source(text));
        assert_eq!(front_matter.state, State::Read, "{text:?}");
        assert_eq!(front_matter.get("a").unwrap().value.texts(), ["b"], "{text:?}");
        assert!(diagnostics.is_empty());
        assert!(text[front_matter.span.range()].starts_with(['-', '+']));
        assert!(text[front_matter.span.range()].trim_end().ends_with(['-', '+', '.']));
    }
    for text in
        ["", "body\n", "text\n---\na: b\n---\n", "----\na: b\n----\n", "---a\n---\n", "\n\n---\n\nprose\n"]
    {
        assert_eq!(split(&source(text)).0, FrontMatter::default(), "{text:?}");
    }
    assert_eq!(entries("---\n---\nbody"), Vec::<String>::new());
    assert_eq!(entries("---\n# only a comment\n---\nbody"), Vec::<String>::new());
    assert_eq!(entries("+++\n+++\n"), Vec::<String>::new());
}

#[test]
fn scalars_keep_their_spelling() {
    assert_eq!(
        entries(
            "---\na: no\nb: 012\nc: 1.10\nd: 2026-03-14\ne: 'x'\nf: ~\ng:\nh: 12,000\ni: |\n  j\n  k\n---\n"
        ),
        [
            "a=no",
            "b=012",
            "c=1.10",
            "d=2026-03-14",
            "e=\"x\"",
            "f=null",
            "g=null",
            "h=12,000",
            "i=\"j\\nk\\n\""
        ],
    );
    assert_eq!(entries("---\na: !!str 12\nb: !important thing\n---\n"), ["a=\"12\"", "b=!important thing"]);
    assert_eq!(
        entries(
            "+++\na = 1_000\nb = 1.10\nc = true\nd = 2026-03-14T10:30:00\ne = [\"x\", 2]\n[f]\ng = 'h'\n+++\n"
        ),
        ["a=1000", "b=1.10", "c=true", "d=2026-03-14T10:30:00", "e=[\"x\",2]", "f={g:\"h\"}"],
    );
}

#[test]
fn keys_are_found_in_any_case_and_with_escapes() {
    let (front_matter, _) = split(&source("---\nVisiBility: private\n\"dr\\u0061ft\": yes\n---\n"));
    assert_eq!(front_matter.get("visibility").unwrap().key, "VisiBility");
    assert_eq!(front_matter.get("draft").unwrap().value.texts(), ["yes"]);
    assert_eq!(front_matter.get("title"), None);
}

#[test]
fn places_point_into_the_file() {
    let text = "---\ntitle: \"Ä: b\"\nprinciples:\n  - timing\n  - batma\nempty:\nflow: [a, 'b c']\n---\n";
    let (front_matter, _) = split(&source(text));
    let place = |span: Span| &text[span.range()];
    let title = front_matter.get("title").unwrap();
    assert_eq!((place(title.key_span), place(title.value_span)), ("title", "\"Ä: b\""));
    let Value::List(items) = &front_matter.get("principles").unwrap().value else { panic!() };
    assert_eq!(items.iter().map(|(_, span)| place(*span)).collect::<Vec<_>>(), ["timing", "batma"]);
    let empty = front_matter.get("empty").unwrap();
    assert_eq!(empty.value_span, Span::new(empty.key_span.end, empty.key_span.end));
    let flow = front_matter.get("flow").unwrap();
    assert_eq!(place(flow.value_span), "[a, 'b c']");
    let text = "+++\na = [\"x\", \"yz\"]\n+++\n";
    let (front_matter, _) = split(&source(text));
    let Value::List(items) = &front_matter.get("a").unwrap().value else { panic!() };
    assert_eq!(&text[items[1].1.range()], "\"yz\"");
}

#[test]
fn a_wikilink_without_quotes_is_read_as_one() {
    let (state, entries, problems) =
        read("---\ndeal: [[Acme: renewal|x]]\nl:\n  - [[A#B]]\n  - c\nm: [[[D]], e]\n---\n");
    assert_eq!(
        (state, entries),
        (State::Read, vec!["deal=[[Acme: renewal|x]]".into(), "l=[[[A#B]],c]".into(), "m=[[[D]],e]".into(),])
    );
    assert_eq!(problems.len(), 3);
    assert!(problems[0].starts_with("LB006 2:7 the wikilink `[[Acme: renewal|x]]`"), "{problems:?}");
}

#[test]
fn a_hash_without_quotes_is_warned_of() {
    let (_, entries, problems) =
        read("---\ntags: #batna\nl:\n  - #a\n  - b\nm:\n- #c\nc: # a comment\n---\n");
    assert_eq!(entries, ["tags=null", "l=[null,b]", "m=[null]", "c=null"]);
    assert_eq!(
        problems,
        [
            "LB006 2:7 `#batna` begins a comment in YAML, so no value is set",
            "LB006 4:5 `#a` begins a comment in YAML, so no value is set",
            "LB006 7:3 `#c` begins a comment in YAML, so no value is set",
        ]
    );
}

#[test]
fn what_templates_leave_behind_can_be_read() {
    assert_eq!(entries("---\ndate: {{date}}\na: <%x%>\n---\n"), ["date={{date}:null}", "a=<%x%>"]);
}

#[test]
fn a_key_that_stands_twice_counts_once() {
    let (state, entries, problems) = read("---\ntitle: a\nTitle: b\nc: d\n---\n");
    assert_eq!((state, entries), (State::Read, vec!["title=a".into(), "c=d".into()]));
    assert_eq!(problems, ["LB002 3:1 the key `Title` stands twice"]);
    let (state, entries, problems) = read("+++\na = 1\na = 2\nb = 3\n+++\n");
    assert_eq!((state, entries), (State::Read, vec!["a=1".into(), "b=3".into()]));
    assert_eq!(problems, ["LB002 3:1 the key `a` stands twice"]);
}

#[test]
fn a_second_visibility_or_draft_withholds_the_note() {
    for text in [
        "---\nvisibility: team\nvisibility: private\n---\n",
        "---\nvisibility: team\nVisibility: private\n---\n",
        "---\n{\"draft\": false, \"draft\": true}\n---\n",
        "+++\nvisibility = \"team\"\nvisibility = \"private\"\n+++\n",
        "+++\ndraft = false\nDRAFT = true\n+++\n",
    ] {
        let (state, _, problems) = read(text);
        assert_eq!((state, problems.len()), (State::Unreadable, 1), "{text:?} {problems:?}");
    }
}

#[test]
fn what_cannot_be_read_is_explained() {
    for (text, expected) in [
        ("---\na: b\n", "LB001 1:1 the front matter is never closed"),
        ("+++\na = 1\n---\n", "LB001 1:1 the front matter is never closed"),
        (
            "---\ntitle: Acme: renewal\n---\n",
            "LB001 2:12 a value that holds a colon and a blank needs quotes",
        ),
        ("---\na: 1\n\tb: 2\n---\n", "LB001 3:1 a tab stands where YAML takes blanks only"),
        ("---\na:\n\t- x\n---\n", "LB001 3:1 a tab stands where YAML takes blanks only"),
        ("---\na: 1\nt: \"Acme\nb: 1\n---\n", "LB001 3:4 this quote is never closed"),
        ("---\nt: \"Acme\" x\n---\n", "LB001 2:11 text follows after the closing quote"),
        ("---\nt: @acme\n---\n", "LB001 2:4 a value cannot begin with `@`"),
        ("---\nd: [[A]], [[B]]\n---\n", "LB001 2:9 a wikilink in the front matter needs quotes"),
        ("---\ntags: [#a, #b]\n---\n", "LB001 2:8 `#` begins a comment in YAML"),
        (
            "---\ntags: [a, b\nc: 1\n---\n",
            "LB001 2:7 this bracket is never closed, or what stands in it is no list",
        ),
        (
            "---\nvisibility:private\n---\n",
            "LB001 2:1 the front matter does not consist of lines `key: value`",
        ),
        (
            "---\na: 1\nvisibility:private\n---\n",
            "LB001 3:1 the front matter has a line that is not of the form `key: value`",
        ),
        ("---\nA line of prose\n---\n", "LB001 2:1 the front matter does not consist of lines `key: value`"),
        ("---\n- a\n---\n", "LB001 2:1 the front matter does not consist of lines `key: value`"),
        ("---\na: 1\n--- b\n---\n", "LB001 3:1 a second document begins inside the front matter"),
        ("---\na: \u{1}\n---\n", "LB001 2:4 a control character cannot stand in a front matter"),
        ("+++\na = b\n+++\n", "LB001 2:5 string values must be quoted, expected literal string"),
    ] {
        assert_eq!(unreadable(text), expected, "{text:?}");
    }
    for text in ["---\na: &b c\n---\n", "---\na: *b*\n---\n", "---\na: &b [c]\nd: *b\n---\n"] {
        assert!(unreadable(text).contains("not allowed here"), "{text:?}");
    }
}

#[test]
fn the_help_shows_the_cure() {
    let help = |text: &str| split(&source(text)).1[0].help.clone().unwrap();
    assert_eq!(
        help("---\ntitle: Acme: renewal\n---\n"),
        "put the value in quotes: `title: \"Acme: renewal\"`"
    );
    assert_eq!(help("---\nl:\n  - @x\n---\n"), "put the value in quotes: `- \"@x\"`");
    assert_eq!(help("---\nvisibility:private\n---\n"), "put a blank after the colon");
    assert_eq!(
        help("+++\na: b\n+++\n"),
        "between `+++` lines write `key = \"value\"`; lines `key: value` stand between `---`"
    );
}

#[test]
fn a_block_of_unusual_size_is_not_read() {
    let long = format!("---\na: {}\n---\n", "x".repeat(70_000));
    assert!(unreadable(&long).contains("larger than 64 kB"));
    let wide = format!("---\na: [{}]\n---\n", "1,".repeat(12_000));
    assert!(unreadable(&wide).contains("too many values"));
    for text in [
        format!("---\na: {}\n---\n", "[".repeat(40)),
        format!("+++\na = {}{}\n+++\n", "[".repeat(40), "]".repeat(40)),
    ] {
        assert!(unreadable(&text).starts_with("LB001"));
    }
}

#[test]
fn a_misplaced_front_matter_withholds_the_note() {
    for text in [
        "\n---\nvisibility: private\n---\nbody\n",
        "\r\n  \r\n---\r\ntitle: x\r\n---\r\n",
        "  ---\ntitle: x\n---\n",
        "--- # properties\nvisibility: private\n---\n",
        "\n+++\ntitle = 'x'\n+++\n",
        "\n---\n{\"visibility\": \"private\"}\n---\n",
        "\n---\nvisibility: private\n\nbody without an end\n",
    ] {
        let (state, _, problems) = read(text);
        assert_eq!(state, State::Unreadable, "{text:?}");
        assert!(problems[0].starts_with("LB005"), "{problems:?}");
    }
    for text in
        ["\n---\n\nA rule, then prose.\n\n---\n", "\n---\nNote to all: prose\n---\n", "\ntitle: x\n---\n"]
    {
        assert_eq!(split(&source(text)).0.state, State::Absent, "{text:?}");
    }
}

proptest! {
    #[test]
    fn any_block_is_read_or_explained(
        inside in "(a: |b: |visibility: |- |\\[|\\]|\\{|\\}|\"|'|#|&x |\\*x|!|%|\\||>|, |: |\n|\n  |\t|é|x){0,40}",
        marker in "(---|\\+\\+\\+)",
    ) {
        let text = format!("{marker}\n{inside}\n{marker}\nbody\n");
        let (front_matter, diagnostics) = split(&source(&text));
        prop_assert!(text.get(front_matter.span.range()).is_some());
        for entry in &front_matter.entries {
            prop_assert!(text.get(entry.key_span.range()).is_some());
            prop_assert!(text.get(entry.value_span.range()).is_some());
            prop_assert!(front_matter.span.contains(entry.value_span));
        }
        for diagnostic in &diagnostics {
            let crate::diagnostic::Place::Text(_, span) = &diagnostic.place else { panic!() };
            prop_assert!(text.get(span.range()).is_some(), "{:?}", diagnostic);
        }
        let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == crate::diagnostic::Severity::Error);
        prop_assert!(front_matter.state == State::Read || errors.count() > 0);
    }
}
