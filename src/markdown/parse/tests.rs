use proptest::prelude::*;

use super::super::{Passage, PassageKind, ReferenceKind};
use super::*;
use crate::source::{SourceId, Span};

fn document(text: &str) -> Document {
    parse(&Arc::new(Source::new(SourceId::new("content/note.md"), text)))
}

/// The passages as `kind text`.
fn passages(text: &str) -> Vec<String> {
    let passages = document(text).passages.into_iter();
    passages.map(|passage| format!("{:?} {}", passage.kind, passage.text)).collect()
}

/// The references as `kind target#fragment|display`.
fn references(text: &str) -> Vec<String> {
    let references = document(text).references.into_iter();
    references
        .map(|reference| {
            let display = reference.display.map(|display| format!("|{display}")).unwrap_or_default();
            format!("{:?} {}#{}{display}", reference.kind, reference.target, reference.fragment)
        })
        .collect()
}

fn tags(text: &str) -> Vec<String> {
    document(text).tags.into_iter().map(|tag| tag.name).collect()
}

/// The blocks with ids as `id text`.
fn blocks(text: &str) -> Vec<String> {
    let document = document(text);
    document.blocks.iter().map(|block| format!("{} {}", block.id, &text[block.span.range()])).collect()
}

fn codes(text: &str) -> Vec<&'static str> {
    document(text).diagnostics.iter().map(|diagnostic| diagnostic.code.as_str()).collect()
}

mod passages {
    use super::*;

    #[test]
    fn each_block_of_prose_is_one() {
        let text = "# Title\n\nOne *two*\nthree.\n\n- a\n  - b\n- c\n\n  d\n\n> q\n> - r\n\n| h | i |\n|---|---|\n| `j` | **k** l |\n\nTerm\n: def\n\nx[^1]\n\n[^1]: note\n";
        assert_eq!(
            passages(text),
            [
                "Heading Title",
                "Paragraph One two three.",
                "Item a",
                "Item b",
                "Item c",
                "Item d",
                "Quote q",
                "Quote r",
                "Row h i",
                "Row j k l",
                "Paragraph Term",
                "Paragraph def",
                "Paragraph x",
                "Paragraph note",
            ]
        );
    }

    #[test]
    fn code_html_and_addresses_are_none() {
        let text = "```\ncode\n```\n\n    code\n\n<div>\nhtml\n</div>\n\n`code` <b>text</b> [a](b \"c\") <https://d.e> ![f](g)\n\n[h]: i\n";
        assert_eq!(passages(text), ["Paragraph code text a"]);
    }

    #[test]
    fn wikilinks_read_as_they_are_shown() {
        let text = "[[Note]] [[ b/c ]] [[d|e *f*]] [[g|]] [[h#i#j]] [[#k]] ![[l]] [[]] [[ ]] [[m\nn]]";
        assert_eq!(passages(text), ["Paragraph Note b/c e f g h > i > j k [[]] [[ ]] m n"]);
    }

    #[test]
    fn front_matter_and_comments_are_none() {
        let text = "---\na: b\n---\none %% two %% three\n%% four\n\nfive %% six\n\n%%\nseven\n%%\n";
        assert_eq!(passages(text), ["Paragraph one three", "Paragraph six"]);
    }

    #[test]
    fn their_spans_leave_out_the_marks_of_blocks() {
        let text = "## Title ^id\n- [ ] *task* now ^t\n> quote\n";
        let document = document(text);
        let spans: Vec<_> = document.passages.iter().map(|passage| &text[passage.span.range()]).collect();
        assert_eq!(spans, ["Title", "*task* now", "quote"]);
    }

    #[test]
    fn a_word_stands_in_the_source_where_the_passage_says() {
        let text = "> Ärger &amp; **Zeit** \\*eins\\* [[Seite|zwei]]\n> `drei` &Auml;nder [[vier#fünf]] %%x%% sechs\r\n> [s](t) &nGt;ü &#x1F600;ende";
        let document = document(text);
        let passage = &document.passages[0];
        for word in
            ["Ärger", "&", "Zeit", "*eins", "zwei", "drei", "vier", "fünf", "sechs", "s", "ü", "ende", "nder"]
        {
            let at = passage.text.find(word).unwrap();
            let span = passage.source_span(at, at + word.len());
            let written = &text[span.range()];
            assert!(written == word || (word == "&" && written == "&"), "{word}: {written}");
        }
        let at = passage.text.find("Ä").unwrap();
        assert_eq!(at, 0);
    }
}

mod headings {
    use super::*;

    #[test]
    fn anchors_are_unique_and_harmless() {
        let text = "# A b\n## A b\n## A-b-1\n## A b\n# x {#own-id}\n# y {#own-id}\n# z {#a\"b}\n# {.c}\n#\n";
        let anchors: Vec<_> = document(text).headings.into_iter().map(|heading| heading.anchor).collect();
        assert_eq!(anchors[..7], ["a-b", "a-b-1", "a-b-1-1", "a-b-2", "own-id", "own-id-1", "z"]);
        let mut unique = anchors.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), anchors.len());
        assert!(anchors.iter().all(|anchor| !anchor.is_empty()));
    }

    #[test]
    fn the_text_is_plain_and_without_block_id() {
        let document = document("Setext *one*\n===\n### Two `#` #tag ^id\n");
        let headings: Vec<_> =
            document.headings.iter().map(|heading| (heading.level, heading.text.as_str())).collect();
        assert_eq!(headings, [(1, "Setext one"), (3, "Two # #tag")]);
    }

    #[test]
    fn a_line_above_a_rule_is_pointed_out() {
        let text = "First line\nWalk away at 5\n---\n";
        let document = document(text);
        let diagnostic = &document.diagnostics[0];
        assert_eq!(diagnostic.code, Code::AccidentalHeading);
        let (start, end) = diagnostic.positions().unwrap();
        assert_eq!((start.line, start.column, end.line, end.column), (2, 1, 2, 15));
        for text in ["a\n\n---\n", "a\n------\n", "a\n===\n", "## a\n---\n", "- a\n---\n"] {
            assert_eq!(codes(text), Vec::<&str>::new(), "{text:?}");
        }
        assert_eq!(codes("> a\n> ---\n"), ["LB031"]);
    }
}

mod references {
    use super::*;

    #[test]
    fn wikilinks_are_taken_apart() {
        for (text, expected) in [
            ("[[Note]]", "Wikilink Note#"),
            ("[[Note.md]]", "Wikilink Note.md#"),
            ("[[ a/Note ]]", "Wikilink a/Note#"),
            ("[[Note#H1#H2|t]]", "Wikilink Note#H1#H2|t"),
            ("[[Note#^id]]", "Wikilink Note#^id"),
            ("[[#H]]", "Wikilink #H"),
            ("[[#^id|t]]", "Wikilink #^id|t"),
            ("[[Note|a|b]]", "Wikilink Note#|a|b"),
            ("[[Note|]]", "Wikilink Note#"),
            ("[[Note|**b** c]]", "Wikilink Note#|b c"),
            ("[[Sp\nace]]", "Wikilink Sp ace#"),
            ("> [[Sp\n> ace]]", "Wikilink Sp ace#"),
            ("[[Sq]uare]]", "Wikilink Sq]uare#"),
            ("[[a [[b]] c]]", "Wikilink b#"),
            ("[[Note]](x)", "Wikilink Note#"),
            ("[[a%20b]]", "Wikilink a%20b#"),
            ("[[https://example.com/a#b]]", "Wikilink https://example.com/a#b#"),
            ("[[Acme: renewal]]", "Wikilink Acme: renewal#"),
            ("[[Note\\|x]]", "Wikilink Note#|x"),
            ("|a|\n|-|\n|[[Note\\|x]]|", "Wikilink Note#|x"),
            ("![[a.png|100x145]]", "Embed a.png#|100x145"),
            ("![[Note#^id]]", "Embed Note#^id"),
            ("![[a.pdf#page=3]]", "Embed a.pdf#page=3"),
        ] {
            assert_eq!(references(text), [expected], "{text:?}");
        }
        for text in
            ["[[]]", "[[ ]]", "[[|a]]", "\\[[Note]]", "`[[Note]]`", "    [[Note]]", "%% [[Secret]] %%"]
        {
            assert_eq!(references(text), Vec::<String>::new(), "{text:?}");
        }
    }

    #[test]
    fn markdown_links_are_decoded() {
        for (text, expected) in [
            ("[t](Three%20laws.md)", "Link Three laws.md#|t"),
            ("[t](<Three laws.md#Law two>)", "Link Three laws.md#Law two|t"),
            ("[t](a%23b.md#c%20d)", "Link a#b.md#c d|t"),
            ("[t](%FF.md)", "Link %FF.md#|t"),
            ("[t](https://a.b/c%20d?e#f)", "Link https://a.b/c%20d?e#f#|t"),
            ("[t](javascript:alert%281%29)", "Link javascript:alert%281%29#|t"),
            ("[](a.md)", "Link a.md#"),
            ("[t][r]\n\n[r]: u.md", "Link u.md#|t"),
            ("<https://a.b>", "Link https://a.b#"),
            ("<a@b.c>", "Link mailto:a@b.c#"),
            ("![alt *b*|100x20](a%20b.png)", "Image a b.png#|alt b|100x20"),
            ("![](a.png)", "Image a.png#"),
        ] {
            assert_eq!(references(text), [expected], "{text:?}");
        }
        assert_eq!(references("[t](a b.md)"), Vec::<String>::new());
        assert_eq!(references("[![alt](im.png) text](u.md)"), ["Link u.md#|text", "Image im.png#|alt"]);
    }

    #[test]
    fn their_spans_hold_all_of_them() {
        let text = "a [[b|c]] ![d](e)";
        let document = document(text);
        let spans: Vec<_> =
            document.references.iter().map(|reference| &text[reference.span.range()]).collect();
        assert_eq!(spans, ["[[b|c]]", "![d](e)"]);
        assert_eq!(document.references[0].kind, ReferenceKind::Wikilink);
    }
}

mod tag_rules {
    use super::*;

    #[test]
    fn a_tag_is_a_name_after_a_hash_that_follows_a_blank() {
        for (text, expected) in [
            ("#a", vec!["a"]),
            ("x #a/b-c_d y", vec!["a/b-c_d"]),
            ("#a, #b. #c/ (#d)", vec!["a", "b", "c"]),
            ("#1984 #y1984 deal #123", vec!["y1984"]),
            ("x#no", vec![]),
            ("#日本 #été #🎉 #a。", vec!["日本", "été", "🎉", "a"]),
            ("#snake_case_tag #x*y*", vec!["snake_case_tag", "x"]),
            ("**#bold** _a #b_", vec!["bold", "b"]),
            ("\\#no &#35;no `#no` [l #no](u#no) ![#no](u) [[#no]] <i title=' #no'>", vec![]),
            ("    #no\n\n```\n#no\n```\n\n<div>\n#no\n</div>", vec![]),
            ("# Title #a\n- #b\n- [ ] #c\n> #d\n\n|#e|\n|-|\n|x #f|\n", vec!["a", "b", "c", "d", "e", "f"]),
            ("one\n#a", vec!["a"]),
            ("%% #no %% #a", vec!["a"]),
            ("##no #", vec![]),
        ] {
            assert_eq!(tags(text), expected, "{text:?}");
        }
    }

    #[test]
    fn its_span_includes_the_hash() {
        let text = "a #b/c.";
        let document = document(text);
        assert_eq!(&text[document.tags[0].span.range()], "#b/c");
    }
}

mod callouts {
    use super::*;

    fn callouts(text: &str) -> Vec<String> {
        let callouts = document(text).callouts.into_iter();
        callouts.map(|callout| format!("{}: {}", callout.kind, callout.title)).collect()
    }

    #[test]
    fn a_quote_with_a_mark_is_one() {
        for (text, expected) in [
            ("> [!note]", vec!["note: "]),
            ("> [!NOTE]\n> body", vec!["note: "]),
            ("> [!lever] Timing (theirs, strong)\n> body", vec!["lever: Timing (theirs, strong)"]),
            ("> [!tip]- A **b** `c` [[d|e]]\n> f", vec!["tip: A b c e"]),
            ("> [!x|meta]+ T", vec!["x: T"]),
            (">[!a] T", vec!["a: T"]),
            (">[!a]T", vec!["a: T"]),
            ("> [!a] T\n> > [!b] U\n> > v", vec!["a: T", "b: U"]),
            ("- > [!a] T", vec!["a: T"]),
            ("> text\n> [!no] T", vec![]),
            ("> [!no](u)", vec![]),
            ("> [!]", vec![]),
            ("> [!a]T", vec!["a: T"]),
            ("> [!a]-(theirs)", vec!["a: (theirs)"]),
            ("[!no] T", vec![]),
            ("> # [!no] T", vec![]),
        ] {
            assert_eq!(callouts(text), expected, "{text:?}");
        }
    }

    #[test]
    fn title_and_body_are_passages_of_their_own() {
        let text = "> [!a]- T *u* #tag\n> one\n> two ^id\n>\n> - item\n> > inner\n\n> quote\n";
        assert_eq!(
            passages(text),
            ["Heading T u #tag", "Paragraph one two", "Item item", "Quote inner", "Quote quote",]
        );
        assert_eq!(tags(text), ["tag"]);
        let document = document(text);
        let callout = &document.callouts[0];
        assert_eq!(&text[callout.title_span.range()], "[!a]- T *u* #tag");
        assert!(text[callout.span.range()].ends_with("> > inner"));
        assert!(document.headings.is_empty());
        assert_eq!(passages("> [!a]\n> body"), ["Paragraph body"]);
    }
}

mod tasks {
    use super::*;

    fn tasks(text: &str) -> Vec<String> {
        let tasks = document(text).tasks.into_iter();
        tasks.map(|task| format!("{}: {}", task.mark, task.text)).collect()
    }

    #[test]
    fn any_character_in_the_box_counts() {
        let text = "- [ ] a\n- [x] *b*\n- [X] c\n- [/] d #t\n- [?] e\n* [-] f\n\n1. [é] g ^id\n   - [>] h\n\n- [x]\n";
        assert_eq!(
            tasks(text),
            ["x: b", "X: c", "/: d #t", "?: e", "-: f", "é: g", ">: h", "x: "].iter().fold(
                vec![" : a".to_owned()],
                |mut all, task| {
                    all.push((*task).to_owned());
                    all
                }
            )
        );
        assert_eq!(passages(text)[3], "Item d #t");
        assert_eq!(tags(text), ["t"]);
        for text in ["-[ ] a", "- [] a", "- [ab] c", "- [a](b)", "- [[a]]", "a [ ] b", "- `[ ]` a", "- [ ]a"]
        {
            assert_eq!(tasks(text), Vec::<String>::new(), "{text:?}");
        }
    }

    #[test]
    fn the_span_is_the_text_after_the_box() {
        let text = "- [?]  do *it*\n  - sub\n";
        assert_eq!(&text[document(text).tasks[0].span.range()], "do *it*");
    }
}

mod block_ids {
    use super::*;

    #[test]
    fn an_id_names_the_block_at_whose_end_it_stands() {
        assert_eq!(blocks("Some *text* ^a-1\n"), ["a-1 Some *text*"]);
        assert_eq!(blocks("- x\n- y ^a\n  - z\n"), ["a - y ^a\n  - z"]);
        assert_eq!(blocks("## Title ^m1\n"), ["m1 ## Title ^m1"]);
        assert_eq!(blocks("> q ^a\n"), ["a q"]);
        assert_eq!(passages("Some text ^a1\n"), ["Paragraph Some text"]);
        for text in ["a^b", "2 ^", "a ^b c", "a ^b_c", "a `^b`", "a \\^b", "^[note]"] {
            assert_eq!(blocks(text), Vec::<String>::new(), "{text:?}");
        }
    }

    #[test]
    fn an_id_on_its_own_line_names_the_block_before() {
        assert_eq!(blocks("- a\n- b\n\n^l\n"), ["l - a\n- b"]);
        assert_eq!(blocks("> [!a] b\n> c\n\n^q\n\nx\n"), ["q > [!a] b\n> c"]);
        assert_eq!(blocks("|a|\n|-|\n|b|\n\n^t\n"), ["t |a|\n|-|\n|b|"]);
        assert_eq!(blocks("|a|\n|-|\n|b|\n^t\n"), ["t |a|\n|-|\n|b|\n^t"]);
        assert_eq!(blocks("```\na\n```\n\n^c\n"), ["c ```\na\n```"]);
        assert_eq!(blocks("> q\n>\n> ^i\n"), ["i q"]);
        assert_eq!(blocks("p\n\n^x\n"), ["x p"]);
        assert_eq!(blocks("^first\n"), ["first ^first"]);
        assert_eq!(passages("- a\n\n^l\n"), ["Item a"]);
    }
}

mod withholding {
    use super::*;

    #[test]
    fn an_unclosed_comment_hides_the_rest() {
        let text = "a\n\nb %% c\n\n# d [[e]] #f\n";
        let document = document(text);
        assert_eq!(codes(text), ["LB008"]);
        assert_eq!(
            document.diagnostics[0].positions().unwrap().0,
            crate::source::Position { line: 3, column: 3 }
        );
        assert_eq!(passages(text), ["Paragraph a", "Paragraph b"]);
        assert!(document.headings.is_empty() && document.references.is_empty() && document.tags.is_empty());
        assert!(!document.text().contains(['c', 'd', 'e', 'f']));
    }

    #[test]
    fn nothing_of_a_comment_is_left_in_any_part() {
        for text in [
            "%% secret %%",
            "a\n%%\nsecret\n\n- secret #secret [[secret]]\n%%\nb",
            "> %%\n> # secret\n> %%\n> b",
            "- a\n  %% secret ^secret %%\n- [ ] b",
            "| a %% secret %% |\n|---|\n| b |",
            "> [!note] t %% secret %%\n> %%\n> secret\n> %%",
            "a %%`%% b ` c %% secret %%",
            "- a\n\n%%\nx\n%%\n\n    %% secret\n",
        ] {
            let document = document(text);
            let mut shown = format!("{document:?}").replace(&format!("{:?}", document.source), "");
            shown.retain(|character| character != '\\');
            assert!(!shown.contains("secret"), "{text:?}: {shown}");
        }
    }

    #[test]
    fn quotes_nested_beyond_use_withhold_the_note() {
        for text in
            [format!("{}a\n", "> ".repeat(10_000)), format!("{}a\n{}", "- ".repeat(200), "b\n".repeat(100))]
        {
            let document = document(&text);
            assert_eq!(document.front_matter.state, State::Unreadable);
            assert_eq!(codes(&text), ["LB026"]);
            assert!(document.text().trim().is_empty());
            assert_eq!(document.text().len(), text.len());
        }
        for text in
            [format!("{}a\n", "> ".repeat(50)), "- ".repeat(300), format!("```\n{}x\n```", " ".repeat(900))]
        {
            assert_eq!(codes(&text), Vec::<&str>::new());
        }
    }
}

#[test]
fn money_is_no_math() {
    assert_eq!(passages("Between $5M-$10M or $5/$10"), ["Paragraph Between $5M-$10M or $5/$10"]);
}

#[test]
fn a_later_rule_pair_is_no_front_matter() {
    let text = "one\n\n---\nvisibility: private\n\n---\n\ntwo\n";
    assert_eq!(passages(text), ["Paragraph one", "Paragraph visibility: private", "Paragraph two"]);
}

#[test]
fn line_ends_of_windows_change_nothing() {
    let text = "---\na: b\n---\n# T ^i\n\n> [!n]- c\n> d\n\n- [?] e\n\n%%\nf\n%%\n\ng\nh [[i\nj]]\n";
    let windows = text.replace('\n', "\r\n");
    assert_eq!(passages(text), passages(&windows));
    assert_eq!(references(text), references(&windows));
    assert_eq!(document(&windows).callouts[0].title, "c");
    assert_eq!(document(&windows).blocks[0].id, "i");
    assert_eq!(codes(&windows), Vec::<&str>::new());
}

#[test]
fn hostile_texts_are_parsed_in_bounded_time() {
    for (piece, count) in [
        ("[", 5000),
        ("![a", 2000),
        ("](b)", 2000),
        ("#a", 2000),
        ("[[a|", 2000),
        ("^a ", 2000),
        ("> [!a] b\n\n", 500),
    ] {
        let text = piece.repeat(count);
        assert_eq!(document(&text).text().len(), text.len());
    }
}

fn check_passage(passage: &Passage, text: &str) {
    assert!(text.get(passage.span.range()).is_some());
    let mut before = 0;
    for &(offset, _) in &passage.offsets {
        assert!(offset >= before && offset < passage.text.len());
        before = offset;
    }
    assert_eq!(passage.text, passage.text.trim());
    let starts: Vec<_> = passage.text.char_indices().map(|(at, _)| at).chain([passage.text.len()]).collect();
    for pair in starts.windows(2) {
        let span = passage.source_span(pair[0], pair[1]);
        assert!(text.get(span.range()).is_some(), "{passage:?} {span:?}");
    }
    let whole = passage.source_span(0, passage.text.len());
    assert!(whole.start <= whole.end && whole.end <= text.len());
}

fn check(text: &str) {
    let document = document(text);
    assert_eq!(document.text().len(), text.len());
    let newlines = |text: &str| {
        text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect::<Vec<_>>()
    };
    assert_eq!(newlines(&document.text()), newlines(text));
    let mut end = 0;
    for passage in &document.passages {
        check_passage(passage, text);
        assert!(passage.span.start >= end, "{:?}", document.passages);
        end = passage.span.end;
    }
    let mut spans: Vec<Span> = Vec::new();
    spans.extend(document.headings.iter().map(|heading| heading.span));
    spans.extend(document.references.iter().map(|reference| reference.span));
    spans.extend(document.tags.iter().map(|tag| tag.span));
    spans.extend(document.callouts.iter().flat_map(|callout| [callout.span, callout.title_span]));
    spans.extend(document.tasks.iter().map(|task| task.span));
    spans.extend(document.blocks.iter().map(|block| block.span));
    assert!(spans.iter().all(|span| text.get(span.range()).is_some()), "{spans:?}");
    for tag in &document.tags {
        assert_eq!(text[tag.span.range()], format!("#{}", tag.name));
    }
    for diagnostic in &document.diagnostics {
        let crate::diagnostic::Place::Text(_, span) = &diagnostic.place else { panic!("no place") };
        assert!(text.get(span.range()).is_some());
    }
}

/// What Markdown and Obsidian give a meaning, and a few words between.
const PIECES: &[&str] = &[
    "a",
    "é",
    "😀",
    " ",
    "\n",
    "\n\n",
    "\r\n",
    "    ",
    "\t",
    "- ",
    "1. ",
    "> ",
    "# ",
    "*",
    "**",
    "_",
    "`",
    "```\n",
    "~~",
    "~~~\n",
    "==",
    "[",
    "]",
    "[[",
    "]]",
    "|",
    "!",
    "(",
    ")",
    "(u)",
    "#t",
    "^id",
    "^[",
    "[^1]",
    "[^1]: ",
    "[r]: u\n",
    "[!note]",
    "[!n]- ",
    "[ ] ",
    "[?] ",
    "%%",
    "---\n",
    "+++\n",
    "k: v\n",
    "|a|b|\n|-|-|\n",
    "<b>",
    "<!--",
    "<div>",
    "&amp;",
    "&nGt;",
    "\\",
    ": ",
    "{#x}",
    "\0",
    "\u{c}",
    "$",
    "\u{feff}",
];

fn markdown(pieces: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 0..pieces).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_gives_places_that_exist(text in markdown(60)) {
        check(&text);
    }

    #[test]
    fn any_characters_give_places_that_exist(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn a_word_is_found_again_in_the_source(
        before in markdown(12),
        after in markdown(12),
    ) {
        let text = format!("{before} zebra {after}");
        let document = document(&text);
        for passage in &document.passages {
            if let Some(at) = passage.text.find("zebra") {
                let span = passage.source_span(at, at + 5);
                prop_assert_eq!(&text[span.range()], "zebra");
                prop_assert!(passage.kind == PassageKind::Heading || passage.span.contains(span));
            }
        }
    }
}
