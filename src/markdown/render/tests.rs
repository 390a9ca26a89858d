use std::sync::{Arc, LazyLock};

use proptest::prelude::*;

use super::super::{Document, Reference, slug};
use super::{Embed, Mark, Resolver, Target, active_html, render};
use crate::source::{Source, SourceId, Span};

/// Knows every target but `missing`, and gives it back as it is in the worst case.
struct Naive;

impl Resolver for Naive {
    fn link(&self, reference: &Reference) -> Target {
        match reference.target.as_str() {
            "missing" => Target::Nowhere,
            "" => Target::Href(format!("#{}", reference.fragment)),
            target => Target::Href(target.to_owned()),
        }
    }

    fn embed(&self, reference: &Reference) -> Embed {
        let target = reference.target.clone();
        match target.rsplit('.').next() {
            Some("png") => Embed::Image(target),
            Some("mp3") => Embed::Audio(target),
            Some("mp4") => Embed::Video(target),
            Some("pdf") => Embed::File { href: target, text: "file".to_owned() },
            Some("note") => Embed::Html {
                html:
                    "<p id=\"L1\">in<sup class=\"footnote\"><a id=\"fnref_1\" href=\"#fn_1\">1</a></sup></p>"
                        .to_owned(),
                href: "in.html".to_owned(),
                title: "In".to_owned(),
            },
            _ => Embed::Nowhere,
        }
    }

    fn tag(&self, name: &str) -> Option<String> {
        Some(format!("tags/{}.html", slug(name)))
    }
}

fn document(text: &str) -> Document {
    super::super::parse(&Arc::new(Source::new(SourceId::new("content/a.md"), text)))
}

fn html(text: &str) -> String {
    render(&document(text), None, &[], &Naive)
}

fn marked(text: &str, words: &[&str]) -> String {
    let mut marks: Vec<Mark> = words
        .iter()
        .map(|word| {
            let start = text.find(word).unwrap_or_else(|| panic!("{word} is not in the text"));
            Mark { span: Span::new(start, start + word.len()), id: Some(format!("m_{start}")) }
        })
        .collect();
    marks.sort_by_key(|mark| mark.span.start);
    render(&document(text), None, &marks, &Naive)
}

#[test]
fn marks_are_split_over_inline_markup() {
    assert_eq!(
        marked("We *could wait* longer.\n", &["could wait* longer"]),
        "<p id=\"L1\">We <em><mark id=\"m_4\">could wait</mark></em><mark> longer</mark>.</p>\n"
    );
    assert_eq!(
        marked("A [b c](missing) \\* & `d e` [x] f\n", &["c](missing) \\* & `d", "[x] f"]),
        "<p id=\"L1\">A b <mark id=\"m_5\">c</mark><mark> * &amp; </mark><code><mark>d</mark> e</code> <mark id=\"m_28\">[x] f</mark></p>\n"
    );
}

#[test]
fn marks_that_end_within_a_character_do_no_harm() {
    let text = "é—x [[ü]] &amp;\n";
    for start in 0..text.len() {
        for end in start..=text.len() {
            let marks = [Mark { span: Span::new(start, end), id: None }];
            assert_balanced(&render(&document(text), None, &marks, &Naive));
        }
    }
}

#[test]
fn only_a_part_is_rendered_if_asked_for() {
    let text = "# A\n\none[^1]\n\n- two ^t\n- three\n\n[^1]: note\n";
    let part = |words: &str| {
        let start = text.find(words).unwrap_or_default();
        render(&document(text), Some(Span::new(start, start + words.len())), &[], &Naive)
    };
    assert_eq!(part("- two ^t"), "<ul>\n<li><span id=\"^t\"></span>two</li>\n</ul>\n");
    assert!(part("one[^1]").starts_with("<p id=\"L3\">one<sup"));
    assert!(part("one[^1]").contains("<li id=\"fn_1\"><p>note "));
    assert!(!part("one[^1]").contains("two"));
}

#[test]
fn active_html_is_pointed_at() {
    let text = "a <b>c</b> <script>x</script>\n\n<img src=x onerror=y>\n\n<Acme Corp> <kbd>k</kbd>\n";
    let places: Vec<&str> = active_html(&document(text)).iter().map(|span| &text[span.range()]).collect();
    assert_eq!(places, ["<script", "<img"]);
}

#[test]
fn deep_and_long_input_is_rendered_in_time() {
    let times = 20_000;
    for piece in [
        "> ",
        "- ",
        "* a\n",
        "**a ",
        "[",
        "![",
        "[[a|",
        "<b>",
        "<details>\n\n",
        "</b>",
        "`",
        "==a ",
        "^[",
        "^[a] ",
        "a ^b\n\n",
        "#a ",
        "http://a.b/((",
        "<a href=x>",
        "|a",
        "[^1]",
        "[^1]: a\n\n",
        "<script>",
        "<!--",
        "&",
        "> [!a]\n> ",
        "|a|\n|-|\n",
    ] {
        let text = piece.repeat(times / piece.len());
        let html = html(&text);
        assert_balanced(&html);
    }
}

// ---- Laws

/// What is written must be what a browser reads, and no browser may read more than this into it.
static ORACLE: LazyLock<ammonia::Builder<'static>> = LazyLock::new(|| {
    let mut oracle = ammonia::Builder::empty();
    let elements = "a abbr aside audio b bdi bdo blockquote br caption cite code dd del details dfn div dl dt em figcaption figure h2 h3 h4 h5 h6 \
        hr i img input ins kbd li mark ol p pre q rp rt ruby s samp section small span strong sub summary sup table tbody td \
        tfoot th thead time tr u ul var video wbr";
    let attributes = "id class dir title role tabindex aria-label data-callout data-task href rel src alt width height loading \
        type disabled checked controls preload open start reversed colspan rowspan scope";
    oracle
        .tags(elements.split_whitespace().collect())
        .clean_content_tags(["script", "style"].into())
        .generic_attributes(attributes.split_whitespace().collect())
        .url_schemes(["http", "https", "mailto"].into())
        .link_rel(None);
    oracle
});

fn assert_safe(html: &str) {
    // A line end right after `<pre>` is dropped whenever HTML is read.
    let plain = |html: &str| {
        html.split("<pre>").map(|piece| piece.trim_start_matches('\n')).collect::<Vec<_>>().join("<pre>")
    };
    assert_eq!(plain(&ORACLE.clean(html).to_string()), plain(html));
    assert_balanced(html);
    let ids = html.match_indices(" id=\"").map(|(index, found)| {
        let rest = &html[index + found.len()..];
        &rest[..rest.find('"').unwrap_or(rest.len())]
    });
    let mut ids: Vec<&str> = ids.collect();
    ids.sort_unstable();
    assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "an id stands twice: {ids:?}");
}

fn assert_balanced(html: &str) {
    let mut open = Vec::new();
    for piece in html.split('<').skip(1) {
        let name: String = piece.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '/').collect();
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop().as_deref(), Some(name), "in {html}"),
            None if ["br", "hr", "img", "input", "wbr"].contains(&name.as_str()) => {}
            None => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?} stay open in {html}");
}

/// Pieces of which hostile and odd notes are made.
const PIECES: &[&str] = &[
    "<script>alert(1)</script>",
    "<script",
    "<SCRIPT/x>",
    "</script>",
    "<img src=x onerror=alert(1)>",
    "<img src=\"a.png\" alt='q'>",
    "<a href=\"javascript:alert(1)\">",
    "<a href='JaVa&#115;cript:alert(1)'>",
    "<a href=\"java\tscript:x\">",
    "<a href=b.html>",
    "</a>",
    "[x](javascript:alert(1))",
    "[x](JAVA&Tab;SCRIPT:alert)",
    "[x](<java\\\nscript:x>)",
    "[x](data:text/html,<script>)",
    "[x](vbscript:x)",
    "![x](data:image/svg+xml,<svg onload=x>)",
    "<javascript:alert(1)>",
    "[[javascript:alert(1)]]",
    "![[javascript:x.png]]",
    "[x](//evil.example)",
    "[x](\\\\\\\\evil.example)",
    "[a]: javascript:x\n",
    "[a]",
    "<style>*{}</style>",
    "<div style=\"x\" id=L1 class=callout data-callout=x onclick=y>",
    "</div>",
    "<iframe src=x>",
    "</iframe>",
    "<object data=x>",
    "<embed src=x>",
    "<form action=x><input name=a><button>",
    "<base href=//x>",
    "<meta http-equiv=refresh content=0>",
    "<link rel=x>",
    "<svg><a xlink:href=\"javascript:x\"><style><img src=x onerror=y></style>",
    "<math><mi xlink:href=\"data:x\">",
    "</svg>",
    "</math>",
    "<img srcset=\"x 1x\">",
    "<template><b>",
    "<noscript><p title=\"</noscript><img src=x onerror=y>\">",
    "<textarea>",
    "</textarea>",
    "<title>",
    "<xmp>",
    "<plaintext>",
    "<select><option>",
    "<table>",
    "<tr>",
    "<td align=right colspan=9999>",
    "</table>",
    "<p>",
    "</p>",
    "<details open>",
    "<summary>",
    "</details>",
    "<b>",
    "</b>",
    "<i",
    "<!-- c -->",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?x",
    "?>",
    "<x onclick=y>",
    "<Acme Corp>",
    "&lt;script&gt;",
    "&#60;b&#62;",
    "\u{0}",
    "\u{202e}",
    "\"",
    "'",
    "`",
    "``",
    "\n",
    "\n\n",
    " ",
    "  \n",
    "> ",
    "> [!tip]+ t\n",
    "> [!<b>x]- y\n",
    "- ",
    "- [ ] ",
    "- [?] ",
    "1. ",
    "# ",
    "## h\n",
    "---\n",
    "|a|b|\n|-:|-|\n|c|d|\n",
    "*",
    "**",
    "_",
    "~~",
    "==",
    "^[",
    "]",
    "[^1]",
    "[^1]: note\n",
    "[[Note|x]]",
    "[[Note#h]]",
    "![[a.png|30]]",
    "![[x.note]]",
    "![b](https://x.example/p.png)",
    "https://a.example/x.",
    "#tag/a",
    " ^id1",
    "\n\n^id2\n\n",
    "    code\n",
    "```js\"onload=x\n",
    "```\n",
    "~~~",
    "term\n: def\n",
    "text",
    "word ",
    "é",
    "[",
    "(",
    ")",
    "{#x onclick=y}",
    "<ul><li>",
    "<h1>",
    "<dl><dt>",
    "<pre>",
    "<a>",
    "<mark>",
    "<span>",
];

fn hostile() -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(PIECES), 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_active_is_left(text in hostile()) {
        assert_safe(&html(&text));
    }

    #[test]
    fn any_text_is_rendered_safely(text in "(\\PC|[<>\"'&=#^\\[\\]!|*_`~\n -]){0,80}") {
        assert_safe(&html(&text));
    }

    #[test]
    fn marks_and_parts_never_break_the_html(text in hostile(), a in 0usize..200, b in 0usize..200, c in 0usize..200) {
        let mut places = [a.min(text.len()), b.min(text.len()), c.min(text.len())];
        places.sort_unstable();
        let marks = [
            Mark { span: Span::new(places[0], places[1]), id: Some("m_1".to_owned()) },
            Mark { span: Span::new(places[1], places[2]), id: Some("m_2".to_owned()) },
        ];
        let document = document(&text);
        assert_safe(&render(&document, None, &marks, &Naive));
        let text = &document.text();
        let boundary = |offset| crate::source::floor_char_boundary(text, offset);
        let part = Span::new(boundary(places[0]), boundary(places[2]));
        assert_safe(&render(&document, Some(part), &marks, &Naive));
    }
}
