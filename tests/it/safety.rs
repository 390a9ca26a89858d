//! A hostile vault: nothing of it becomes active, leaves its place, or is changed.
#![allow(clippy::disallowed_methods, reason = "links, odd names and foreign folders are staged")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::markup;
use crate::project::{Files, Project, Run, is_kind, repository};

/// Markup that must be shown as the words that it is, wherever a name or a value may stand.
pub(crate) const PAYLOADS: &[&str] = &[
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "</title></main></body><script>alert(1)</script>",
    "--><svg onload=alert(1)>",
    "]]><iframe src=javascript:alert(1)>",
    "javascript:alert(1)",
    "{{ 7 * 191 }} {% include \"base.html\" %} {# gone #}",
    "{{ __tera_context }} {{ get_env(name=\"HOME\") }} {% raw %}",
    "<style>*{display:none}</style>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\\\"; alert(1); //",
    "</script><script>alert(1)</script>",
    "\u{2028}alert(1)\u{2029}",
];

/// Raw HTML and links, each in a block of its own.
const BODY: &[&str] = &[
    "<script>alert(1)</script>",
    "<ScRiPt src=https://evil.example/x.js></sCrIpT>",
    "<script\n>alert(1)</script\n>",
    "text <script>alert(1)</script> text",
    "<img src=x onerror=alert(1)>",
    "<img src=\"https://evil.example/pixel.png\" alt=\"pixel\">",
    "<img srcset=\"https://evil.example/pixel.png 1x\">",
    "<picture><source srcset=\"https://evil.example/p.png\"><img src=p.png></picture>",
    "![pixel](https://evil.example/pixel.png)",
    "![pixel](//evil.example/pixel.png)",
    "![[https://evil.example/pixel.png]]",
    "<a href=\"javascript:alert(1)\">a</a>",
    "<a href=\" JaVaScRiPt:alert(1)\">a</a>",
    "<a href=\"java\tscript:alert(1)\">a</a>",
    "<a href=\"java&#10;script:alert(1)\">a</a>",
    "<a href=\"&#106;&#x61;vascript&colon;alert(1)\">a</a>",
    "<a href=\"\u{1}javascript:alert(1)\">a</a>",
    "<a href=\"vbscript:alert(1)\">a</a>",
    "<a href=\"data:text/html,<script>alert(1)</script>\">a</a>",
    "<a href=\"view-source:javascript:alert(1)\">a</a>",
    "<a href=\"file:///etc/passwd\">a</a>",
    "<a href=\"https://e.example/\" ping=\"https://evil.example/\" onclick=\"alert(1)\" style=\"position:fixed\">a</a>",
    "[a](javascript:alert(1))",
    "[a](JAVASCRIPT:alert(1))",
    "[a](<java\tscript:alert(1)>)",
    "[a](&#106;avascript:alert(1))",
    "[a](javascript&colon;alert(1))",
    "[a](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[a](vbscript:alert(1))",
    "[a](x.md \"title\\\" onmouseover=alert(1)\")",
    "[a]: javascript:alert(1)\n\n[a] and [b][a]",
    "<javascript:alert(1)>",
    "[[javascript:alert(1)]] [[javascript:alert(1)|x]] [[data:text/html,x]]",
    "![[x.svg|\"><script>alert(1)</script>]]",
    "![x\" onerror=alert(1)](x.png)",
    "![100\" onload=alert(1)](chart.png)",
    "<svg onload=alert(1)><script>alert(1)</script><a xlink:href=\"javascript:alert(1)\"><text>x</text></a></svg>",
    "<svg><foreignObject><iframe src=\"javascript:alert(1)\"></iframe></foreignObject></svg>",
    "<svg><animate attributeName=href values=javascript:alert(1)></animate><set attributeName=onload to=alert(1)></set></svg>",
    "<svg><use href=\"data:image/svg+xml,x#x\"/></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<form action=https://evil.example/><input name=q autofocus onfocus=alert(1)><button formaction=javascript:alert(1)>x</button></form>",
    "<iframe src=https://evil.example/></iframe><iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
    "<object data=javascript:alert(1)></object><embed src=javascript:alert(1)><applet code=x></applet>",
    "<base href=https://evil.example/>",
    "<meta http-equiv=refresh content=\"0;url=https://evil.example/\">",
    "<link rel=stylesheet href=https://evil.example/x.css><style>@import 'https://evil.example/x.css';</style>",
    "<body onload=alert(1)><html onclick=alert(1)><head><title>x</title></head>",
    "<details open ontoggle=alert(1)><summary>x</summary></details>",
    "<video src=https://evil.example/x.mp4 poster=https://evil.example/x.png onerror=alert(1)><source src=x></video><audio src=//evil.example/x.mp3></audio>",
    "<template><script>alert(1)</script></template><slot name=x></slot>",
    "<marquee onstart=alert(1)>x</marquee><isindex type=image src=x onerror=alert(1)>",
    "<div id=main class=shell name=body data-js hidden>x</div><a name=hits id=q>x</a>",
    "<p title=\"a > b\" style=\"background:url(https://evil.example/)\">x</p>",
    "<table background=https://evil.example/x.png><tr><td background=//evil.example/>x</td></tr></table>",
    "</main></body></html>",
    "</div></div></section></article></main>",
    "</p></li></ul></blockquote></table>",
    "<textarea></textarea><title>x</title><xmp>",
    "# Heading {#main .x onclick=\"alert(1)\" style=\"color:red\" href=javascript:alert(1)}",
    "## Heading {onload=alert(1) data-x='\"><script>alert(1)</script>'}",
    "```<script>alert(1)</script>\ncode\n```",
    "```\"><img src=x onerror=alert(1)>\ncode\n```",
    "~~~js onclick=alert(1) {style=\"x\"}\ncode </code></pre><script>alert(1)</script>\n~~~",
    "> [!<script>alert(1)</script>] <img src=x onerror=alert(1)>\n> text",
    "> [!note\" onclick=\"alert(1)] title\" onclick=\"alert(1)\n> text",
    "> [!lever] <script>alert(1)</script> (theirs, \"><script>alert(1)</script>)\n> text",
    "> [!lever] Timing (theirs, \" onclick=alert(1))\n> the year ends soon",
    "- [<] <script>alert(1)</script>\n- [\"] \"onclick=\n- [x] <img src=x onerror=alert(1)>",
    "| <script>alert(1)</script> | b |\n|:-:|--:|\n| <img src=x onerror=alert(1)> | [x](javascript:alert(1)) |",
    "Term[^<script>]\n\n[^<script>]: <script>alert(1)</script>",
    "Text ^\"><script>alert(1)</script>",
    "==<script>alert(1)</script>== ~~<img src=x onerror=alert(1)>~~ #tag/<script> #\"onclick",
    "$<script>alert(1)</script>$ and $$\\href{javascript:alert(1)}{x}$$",
    "%%<script>alert(1)</script>%% <!-- <script>alert(1)</script> --> <![CDATA[<script>alert(1)</script>]]> <?php x ?> <!DOCTYPE x>",
    "{{ 7 * 191 }} {% include \"base.html\" %} {# gone #} {{ page | safe }} {%- raw -%}",
    "<div><!-- {{ 7 * 191 }}\n\n</div>",
];

/// A project in which every name and value that a note may bring is markup.
pub(crate) fn hostile() -> Project {
    let project = Project::with(&[("content/deals/harbour/chart.png", "\u{89}PNG no picture")]);
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    for (number, payload) in PAYLOADS.iter().enumerate() {
        let value = quoted(payload);
        let part = &payload.replace(['/', '\0'], "_");
        let front_matter = [
            "title",
            "deal",
            "counterparty",
            "stage",
            "outcome",
            "currency",
            "role",
            "target",
            "reservation",
            "their_estimate",
            "settled",
            "our_offer",
            "their_offer",
            "batna",
            "their_batna",
            "deadline",
            "their_deadline",
            "meeting",
            "owner",
            "value",
        ];
        let keys: Vec<String> = front_matter.iter().map(|key| format!("{key}: {value}")).collect();
        let lists = ["tags", "aliases", "people", "principles", "not_principles"];
        let lists: Vec<String> = lists.iter().map(|key| format!("{key}: [{value}]")).collect();
        let all = format!(
            "---\n{}\n{}\n{value}: {value}\nextra: {{{value}: [{value}]}}\n---\n",
            keys.join("\n"),
            lists.join("\n")
        );
        let text = "They must sign before the year ends; a second offer lies here.\n";
        project.write(format!("content/deals/values-{number}/2026-01-01-all.md"), format!("{all}{text}"));
        let wild = format!(
            "---\ndate: 2026-02-01\noutcome: won\n---\n# {payload}\n\n{text}\n{payload}\n\n- {payload}\n\n> {payload}\n"
        );
        project.write(format!("content/deals/{part}/{part}.md"), &wild);
        project.write(format!("content/{part}/{part}/2026-01-01 {part}.md"), &wild);
    }
    for (number, block) in BODY.iter().enumerate() {
        let text = format!(
            "---\ntitle: Body {number}\ndate: 2026-03-01\n---\nBefore the year ends {number}.\n\n{block}\n\nAfter it, {number}.\n"
        );
        project.write(format!("content/deals/bodies/body-{number}.md"), text);
    }
    let all = format!("---\ntitle: All\ndate: 2026-03-01\n---\n{}\n\nThe end.\n", BODY.join("\n\n"));
    project.write("content/deals/bodies/together.md", all);
    project
}

#[track_caller]
fn assert_quiet(site: &Files) {
    let problems = markup::problems(site);
    let shown: Vec<_> = problems.iter().take(25).collect();
    assert!(problems.is_empty(), "{} problems: {shown:#?}", problems.len());
}

#[test]
fn a_hostile_vault_becomes_nothing_active() {
    let site = hostile().build("author");
    assert_quiet(&site);
    let pages = markup::pages(&site);
    assert!(pages.len() > PAYLOADS.len() * 3 + BODY.len(), "every note has its page: {}", pages.len());
    for (path, page) in &pages {
        assert!(!page.text.contains("1337"), "{path} has run a template");
        assert!(page.comments.iter().all(|comment| !comment.contains("alert")), "{path} copies a comment");
    }
}

#[test]
fn template_syntax_is_shown_as_it_is_written() {
    let text = "{{ 7 * 191 }} {% include \"base.html\" %} {# gone #} {{ page }} {% raw %}";
    let value = serde_json::Value::from(text).to_string();
    let note = format!(
        "---\ntitle: {value}\ndeal: {value}\ncounterparty: {value}\ntags: [{value}]\n---\n{text}\n\n`{text}`\n"
    );
    let project = Project::with(&[("content/deals/a/x.md", note.as_str())]);
    project.write("leverbook.toml", format!("[playbook]\ntitle = {value}\n"));
    project.write(
        "content/leverage.md",
        format!("## {text}\n\n* **Timing {{{{ 1 + 1 }}}}**: {text}\n    * {text}\n"),
    );
    let site = project.build("author");
    assert_quiet(&site);
    let (_, page) = markup::pages(&site)
        .into_iter()
        .find(|(path, _)| path.starts_with("notes/"))
        .expect("the note's page");
    // Typography may change the quotes, never the braces.
    for part in ["{{ 7 * 191 }}", "{% include", "{# gone #}", "{% raw %}"] {
        assert!(page.text.matches(part).count() >= 3, "`{part}` is not in title and text: {}", page.text);
    }
}

#[test]
fn the_leverage_document_and_the_settings_are_escaped_like_any_note() {
    let project = Project::empty();
    let mut leverage = String::from("## Leverage <script>alert(1)</script>\n\n");
    for payload in PAYLOADS {
        leverage.push_str(&format!("* **{payload}**: {payload} [1](javascript:alert(1)) [2](https://e.example/\"onclick=alert(1))\n    * {payload}\n\n"));
    }
    for block in BODY {
        leverage.push_str(&format!("* **Term {}**: x\n\n  {}\n\n", block.len(), block.replace('\n', "\n  ")));
    }
    project.write("content/leverage.md", leverage);
    project.write("content/deals/a/x.md", "They must sign before the year ends.");
    for payload in PAYLOADS {
        let value = toml::Value::from(*payload).to_string();
        project.write(
            "leverbook.toml",
            format!("[playbook]\ntitle = {value}\nbase_url = \"https://e.example/a\"\n"),
        );
        // With an address of its own the site's page for lost readers is served at any depth, so it counts from the root.
        let (lost, rest) = project.build("team").into_iter().partition(|(path, _)| path == "404.html");
        assert_quiet(&rest);
        let rooted = |problem: &String| {
            ["from the host's root", "leads to no file", "not our script"]
                .iter()
                .any(|part| problem.contains(part))
        };
        let problems: Vec<_> =
            markup::problems(&lost).into_iter().filter(|problem| !rooted(problem)).collect();
        assert_eq!(problems, Vec::<String>::new());
    }
    let language = "[playbook]\nlanguage = \"en\\\" onclick=\\\"alert(1)\"\n";
    project.write("leverbook.toml", language);
    let run = project.run(["build"]);
    assert!(run.code == 2 || markup::problems(&project.site()).is_empty(), "{run}");
    project.write("leverbook.toml", "[playbook]\nbase_url = \"javascript:alert(1)//\"\n");
    let run = project.run(["build"]);
    assert!(run.code == 2 || markup::problems(&project.site()).is_empty(), "{run}");
}

#[test]
fn what_is_harmless_stays() {
    let note = "Press <kbd>Ctrl</kbd>, see <https://e.example/a?b=c&d>, [mail](mailto:ines@e.example), H<sub>2</sub>O, a < b && c > d, \"x\" & 'y'.\n";
    let site = Project::with(&[("content/deals/a/x.md", note)]).build("author");
    let (_, page) = markup::pages(&site)
        .into_iter()
        .find(|(path, _)| path.starts_with("notes/"))
        .expect("the note's page");
    assert!(page.all("kbd").count() >= 1 && page.all("sub").count() >= 1);
    let links: BTreeSet<_> = page.all("a").filter_map(|link| link.get("href")).collect();
    assert!(
        links.contains("https://e.example/a?b=c&d") && links.contains("mailto:ines@e.example"),
        "{links:?}"
    );
    assert!(page.text.contains("a < b && c > d"), "{}", page.text);
}

#[test]
fn an_active_attachment_never_becomes_a_page() {
    let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" onload=\"alert(1)\"><script>alert(1)</script>\
               <a xlink:href=\"javascript:alert(1)\"><rect width=\"9\" height=\"9\" style=\"fill:url(https://evil.example/)\"/></a>\
               <foreignObject><body xmlns=\"http://www.w3.org/1999/xhtml\"><iframe src=\"javascript:alert(1)\"/></body></foreignObject>\
               <image href=\"https://evil.example/x.png\"/><use xlink:href=\"https://evil.example/x.svg#x\"/></svg>";
    let html = "<!doctype html><script>alert(1)</script>zqlive";
    let project = Project::with(&[(
        "content/deals/a/x.md",
        "![[a.svg]] [[a.html]] ![[a.html]] [x](a.xhtml) ![[a.xhtml]] ![[a.xml]] ![[a.js]] ![[a.HTM]] ![[a.svgz]] ![[a.mhtml]] ![[a.png]] ![[a.pdf]]\n",
    )]);
    project.write("content/deals/a/a.svg", svg);
    for name in ["a.html", "a.xhtml", "a.HTM", "a.xml", "a.js", "a.mhtml", "a.svgz", "a.png", "a.pdf"] {
        project.write(format!("content/deals/a/{name}"), html);
    }
    let site = project.build("author");
    assert_quiet(&site);
    for (path, bytes) in &site {
        let ending = path.rsplit('.').next().unwrap_or_default().to_lowercase();
        let live =
            ["html", "htm", "xhtml", "xml", "js", "mhtml", "svg", "svgz", "xht"].contains(&ending.as_str());
        let shown = String::from_utf8_lossy(bytes);
        assert!(!live || !shown.contains("zqlive"), "{path} is served as it was");
    }
}

#[test]
fn nothing_outside_the_content_is_read() {
    let outside = Project::empty();
    outside.write("secret.md", "zqsecret");
    outside.write("secret.png", "zqsecret");
    outside.write("deep/more.md", "zqsecret");
    let project = Project::with(&[("content/deals/a/real.md", "Real words before the year ends.")]);
    project.write("secret.txt", "zqsecret");
    project.write("secret.md", "zqsecret");
    project.write("secret.png", "zqsecret");
    project.write("leverbook.toml", "# zqsecret\n[playbook]\ntitle = \"Title\"\n");
    project.write("content/.hidden.png", "zqsecret");
    let name = outside.root().display();
    let targets = ["secret.txt", "secret.md", "secret.png", "leverbook.toml", "site/index.html"];
    let ups = [
        "../",
        "../../",
        "../../../",
        "../../../../",
        "..%2f..%2f..%2f",
        "..\\..\\..\\",
        "/../",
        "./../../../",
        "%2e%2e/%2e%2e/%2e%2e/",
    ];
    let mut text = String::new();
    for target in targets {
        for up in ups {
            text.push_str(&format!(
                "[a]({up}{target}) ![a]({up}{target}) [[{up}{target}]] ![[{up}{target}]]\n\n"
            ));
        }
    }
    for target in [
        "/etc/passwd",
        "file:///etc/passwd",
        "\\\\host\\share",
        "C:/Windows/win.ini",
        "~/.profile",
        "../../.hidden.png",
        ".hidden.png",
    ] {
        text.push_str(&format!("[a](<{target}>) ![a](<{target}>) [[{target}]] ![[{target}]]\n\n"));
    }
    for target in ["secret.md", "secret.png"] {
        text.push_str(&format!("![[{name}/{target}]] ![a]({name}/{target}) [a]({name}/{target})\n\n"));
    }
    text.push_str("![[linked.png]] ![[linked]] ![[linked.md]] ![[folder/more]] ![[folder/secret.png]]\n");
    project.write("content/deals/a/links.md", text);
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        let link = |target: &Path, name: &str| symlink(target, project.path(name)).expect("a link");
        link(&outside.path("secret.md"), "content/deals/a/linked.md");
        link(&outside.path("secret.png"), "content/deals/a/linked.png");
        link(outside.root(), "content/deals/a/folder");
        link(outside.root(), "content/outside");
        link(Path::new("/"), "content/everything");
        link(Path::new(".."), "content/around");
        link(Path::new("nowhere"), "content/dangling.md");
        link(Path::new("/dev/zero"), "content/endless.md");
        link(&project.path("leverbook.toml"), "content/settings.md");
        link(&project.path("content/.hidden.png"), "content/shown.png");
    }
    let site = project.build("author");
    for (path, bytes) in &site {
        let shown = String::from_utf8_lossy(bytes);
        assert!(!shown.contains("zqsecret") && !shown.contains("root:x:"), "{path} holds what lies outside");
        assert!(!path.contains(".."), "{path}");
    }
    assert_quiet(&site);
    let roots: BTreeSet<_> = fs::read_dir(project.root())
        .expect("it is there")
        .map(|entry| entry.expect("readable").file_name().into_string().expect("a plain name"))
        .collect();
    let expected = ["content", "leverbook.toml", "secret.md", "secret.png", "secret.txt", "site"];
    assert_eq!(roots, expected.map(str::to_owned).into());
}

#[test]
fn a_folder_that_is_somebodys_is_never_touched() {
    let project = Project::with(&[("content/deals/a/x.md", "Words before the year ends.")]);
    project.write("templates/pages/own.html", "own");
    project.write("photos/2019/cat.jpg", "cat");
    project.write("photos/index.html", "my own page");
    project.write("file", "a file");
    project.write("home/letter.txt", "dear");
    let above = project.root().parent().expect("it lies in a folder").join("not-a-site");
    #[cfg(unix)]
    std::os::unix::fs::symlink(project.path("photos"), project.path("link")).expect("a link");
    let before = project.traces(".");
    // The root of the file system is refused by the same rule; a test must not try it on a real machine.
    for folder in [
        "photos",
        "photos/2019",
        "link",
        "link/2019",
        "file",
        "file/x",
        "home",
        ".",
        "content",
        "content/deals",
        "content/site",
        "content/../content",
        "templates",
        "templates/site",
        "photos/../.",
        "content/leverage.md",
    ] {
        let mut command = project.command(["build", "--output", folder]);
        let run = Run::of(command.env("HOME", project.path("home"))).ends(2);
        assert!(!run.stderr.trim().is_empty(), "{folder} is refused without a word");
        assert_eq!(project.traces("."), before, "something was touched for {folder}: {run}");
    }
    for key in ["content", ".", "content/site", "photos", "templates"] {
        let settings = format!("[paths]\noutput = {}\n", toml::Value::from(key));
        project.write("leverbook.toml", &settings);
        let run = project.run(["build"]).ends(2);
        project.remove("leverbook.toml");
        assert_eq!(project.traces("."), before, "something was touched for {key}: {run}");
    }
    assert!(!above.exists());
}

#[test]
fn what_somebody_put_into_the_site_survives() {
    let project = Project::with(&[("content/deals/a/x.md", "Words before the year ends.")]);
    project.build("author");
    project.write("site/CNAME", "playbook.example");
    project.write("site/.git/config", "[core]");
    project.write("site/notes/mine.html", "mine");
    project.write("content/deals/a/y.md", "More words before the year ends.");
    let before = project.site();
    let run = project.run(["build"]);
    let after = project.site();
    for (path, text) in
        [("CNAME", "playbook.example"), (".git/config", "[core]"), ("notes/mine.html", "mine")]
    {
        assert_eq!(after.get(path).map(Vec::as_slice), Some(text.as_bytes()), "{path} is gone: {run}");
    }
    assert!(run.code == 0 || (run.code == 2 && before == after), "{run}");
}

/// File names that are legal and odd; each holds a word that is found on its page.
fn odd_names() -> Vec<String> {
    let long = "l".repeat(200);
    let mut names: Vec<String> = [
        "line\nend.md",
        "tab\tname.md",
        "per%20cent.md",
        "100%.md",
        "%2e%2e.md",
        "index.md",
        "INDEX.md",
        "Index.md",
        "con.md",
        "CON.md",
        "nul.txt.md",
        "aux.md",
        "lpt1.md",
        "ends with dot..md",
        " blank .md",
        "a b.md",
        "a-b.md",
        "a_b.md",
        "A B.md",
        "a  b.md",
        "caf\u{e9}.md",
        "cafe\u{301}.md",
        "stra\u{df}e.md",
        "strasse.md",
        "STRASSE.md",
        "\u{130}stanbul.md",
        "istanbul.md",
        "\u{7530}\u{4e2d}.md",
        "\u{1f600}.md",
        "#hash.md",
        "q?x.md",
        "a&b.md",
        "a\"b.md",
        "a'b.md",
        "a<b>.md",
        "a:b.md",
        "a|b.md",
        "a*b.md",
        "back\\slash.md",
        "[[x]].md",
        "^x.md",
        "---.md",
        "\u{202e}dm.md",
        "\u{feff}bom.md",
        "zero\u{200b}width.md",
        "zerowidth.md",
        "404.md",
        "search.md",
        "leverage.md",
        "x.MD",
        "x.markdown",
        "x.md.md",
        "\u{1b}[31mred.md",
        "timing.md",
        "playbook.json.md",
    ]
    .map(str::to_owned)
    .into();
    names.push(format!("{long}.md"));
    names.push(format!("{long}2.md"));
    names.push(format!("{}.md", "\u{7530}".repeat(80)));
    names
}

#[cfg(unix)]
#[test]
fn every_note_has_a_page_that_can_be_reached_whatever_its_name() {
    let project = Project::with::<&str>(&[]);
    let mut expected = Vec::new();
    for (number, name) in odd_names().iter().enumerate() {
        for (letter, folder) in ["deals/odd", "Deals/odd", "deals/odd/index", "a/../b", ""].iter().enumerate()
        {
            let word = format!("zq{number}x{letter}");
            let path = format!("content/{}/{name}", folder.replace("..", "dots"));
            if path == "content//leverage.md" {
                continue;
            }
            project.write(&path, format!("{word} must be signed before the year ends.\n"));
            if is_kind(name, "md") {
                expected.push((word, path));
            }
        }
    }
    let site = project.build("author");
    assert_quiet(&site);
    let reachable = markup::reachable(&site);
    let pages = markup::pages(&site);
    let notes: Vec<_> = pages.iter().filter(|(path, _)| path.starts_with("notes/")).collect();
    let mut lost = Vec::new();
    for (word, path) in expected {
        let found = notes.iter().any(|(page, content)| {
            reachable.contains(**page)
                && content.text.split(|sign: char| !sign.is_alphanumeric()).any(|text| text == word)
        });
        if !found {
            lost.push(path);
        }
    }
    assert!(lost.is_empty(), "{} notes have no page that can be reached: {lost:?}", lost.len());
    let mut folded = BTreeSet::new();
    for path in site.keys() {
        assert!(path.is_ascii() || path.chars().all(|sign| !sign.is_control()), "{path:?}");
        assert!(path.split('/').all(|part| part.len() <= 255 && !part.ends_with(['.', ' '])), "{path:?}");
        assert!(!path.contains(['\\', ':', '*', '?', '"', '<', '>', '|', '%', '#']), "{path:?}");
        assert!(folded.insert(path.to_lowercase()), "{path:?} differs from another by case only");
    }
}

#[test]
fn control_characters_reach_no_terminal() {
    let bell = "\u{1b}]0;pwned\u{7}\u{1b}[31m\u{9b}2J\u{7f}\u{8}\r";
    let value = serde_json::Value::from(bell).to_string();
    let project = Project::with(&[(
        "content/deals/a/x.md",
        format!(
            "---\ntitle: {value}\nprinciples: [{value}]\noutcome: {value}\nvisibilty: {value}\ndraft: {value}\n---\n{bell} before the year ends {bell}\n"
        ),
    )]);
    project
        .write("content/deals/a/plain.md", format!("---\nprinciples: [\"batma {bell}\"]\nx: [{bell}\n---\n"));
    project.write(
        "content/deals/a/found.md",
        format!(
            "They must sign before the year ends {bell} and we could wait {bell}. [[{bell}]] %% {bell}\n"
        ),
    );
    project.write("content/leverage.md", format!("## L{bell}\n\n* **Timing**: x {bell}\n    * {bell}\n* **Tim{bell}ing**: {bell} [a{bell}](https://e.example/{bell})\n\n{bell} lost words\n"));
    #[cfg(unix)]
    {
        project.write(
            format!("content/deals/\u{1b}[31mfolder/{bell}.md").as_str(),
            format!("---\nprinciples: [batma]\n---\nBefore the year ends {bell}"),
        );
        project.write(format!("content/{}", "\u{9b}31m\n.md"), "---\nbroken: [\n---\n");
    }
    let commands: &[&[&str]] = &[
        &["build"],
        &["build", "--strict", "-v"],
        &["check"],
        &["check", "-v"],
        &["check", "--format", "json"],
        &["principles"],
        &["principles", "--format", "json"],
        &["links"],
        &["links", "--format", "json"],
        &["explain", "deals/a/found.md"],
        &["explain", "\u{1b}[31mno-such-note"],
        &["links", "\u{1b}[31mno-such-note"],
        &["build", "--edition", "\u{1b}[31m"],
        &["build", "--output", "content/\u{1b}[31m"],
        &["--root", "\u{1b}[31m", "check"],
        &["--config", "\u{1b}[31m", "check"],
        &["check", "--code", "\u{1b}[31m"],
        &["\u{1b}[31m"],
        &["eval", "\u{1b}[31m"],
        &["new", "note", "\u{1b}[31mtitle"],
    ];
    for arguments in commands {
        assert_no_controls(arguments, &project.run(*arguments));
    }
    project.write("leverbook.toml", format!("[playbook]\ntitle = \"x\"\n\"titel{}\" = 1\n", "\\u001b[31m"));
    assert_no_controls(&["settings"], &project.run(["check"]));
    project.write("leverbook.toml", format!("[playbook]\ntitle = \"x\" {bell}\n"));
    assert_no_controls(&["settings"], &project.run(["check"]));
    project.remove("leverbook.toml");
    project.write("templates/base.html", format!("{{{{ {bell} }}}}"));
    assert_no_controls(&["templates"], &project.run(["build"]));
}

#[track_caller]
fn assert_no_controls(arguments: &[&str], run: &Run) {
    for (stream, text) in [("stdout", &run.stdout), ("stderr", &run.stderr)] {
        let line = text.lines().find(|line| line.chars().any(|sign| sign.is_control() && sign != '\t'));
        assert!(line.is_none(), "{arguments:?} sends control characters to {stream}: {line:?}");
    }
}

#[test]
fn the_vault_is_never_written_to() {
    let project = hostile();
    project.write("content/.obsidian/app.json", "{}");
    project.write("content/broken.md", "---\nx: [\n---\n");
    let before = project.traces("content");
    for arguments in [
        &["build"][..],
        &["build", "--edition", "public"],
        &["check", "-v"],
        &["principles"],
        &["links"],
        &["links", "--format", "json"],
        &["explain", "deals/bodies/body-1.md"],
        &["completions", "bash"],
        &["man"],
        &["init"],
    ] {
        let run = project.run(arguments);
        let after = project.traces("content");
        let changed: Vec<_> = after
            .iter()
            .filter(|(path, trace)| before.get(*path) != Some(trace))
            .map(|(path, _)| path)
            .collect();
        assert!(
            changed.is_empty() && after.len() == before.len(),
            "{arguments:?} changed {changed:?}: {run}"
        );
    }
}

#[test]
fn a_broken_template_or_setting_leaves_the_old_site() {
    let project = Project::with(&[("content/deals/a/x.md", "Words before the year ends.")]);
    let before = project.build("team");
    project.write("content/deals/a/y.md", "More words before the year ends.");
    for (path, text, place) in [
        ("templates/base.html", "<!doctype html>\n{{ no end", "base.html:2"),
        (
            "templates/pages/note.html",
            "{% extends \"base.html\" %}\n{% block main %}\n{{ nobody.knows.this }}{% endblock %}",
            "pages/note.html:3",
        ),
        ("templates/pages/deal.html", "\n{% if %}", "pages/deal.html:2"),
        ("leverbook.toml", "[playbook]\ntitel = \"x\"\n", "leverbook.toml:2:1"),
        ("leverbook.toml", "[playbook\n", "leverbook.toml:1"),
        ("leverbook.toml", "[linking]\nmin_confidence = \"much\"\n", "leverbook.toml:2"),
        ("leverbook.toml", "[linking]\nmin_confidence = 7.0\n", "leverbook.toml:2"),
    ] {
        project.write(path, text);
        let run = project.run(["build"]).ends(2);
        assert!(run.stderr.contains(place), "{place} is not named: {run}");
        assert!(project.site() == before, "the old site was changed by {path}: {run}");
        project.remove(path);
    }
    assert!(project.build("team") != before);
}

#[test]
fn huge_and_twisted_files_are_met_with_patience() {
    let project = Project::with(&[("content/deals/a/x.md", "Words before the year ends.")]);
    let many = |part: &str, times: usize| part.repeat(times);
    let lines = |numbers: std::ops::Range<usize>, line: fn(usize) -> String| {
        numbers.map(line).collect::<Vec<_>>().concat()
    };
    for (name, text) in [
        ("quotes", many("> ", 10_000)),
        ("lists", lines(0..2_000, |depth| format!("{}- a\n", " ".repeat(depth * 2)))),
        ("brackets", many("[", 100_000)),
        ("links", many("[[", 100_000)),
        ("pairs", many("[[x]] ", 100_000)),
        ("stars", many("*a **a ", 50_000)),
        ("ticks", (1..1_000).map(|length| many("`", length) + " ").collect()),
        ("comments", many("%%", 100_001)),
        ("tags", many("#a/b ", 50_000)),
        ("callouts", many("> [!private] a\n\n", 5_000)),
        ("inner", lines(1..200, |depth| format!("{} [!note] a\n", "> ".repeat(depth).trim_end()))),
        ("html", many("<div>", 20_000)),
        ("rows", format!("|a|\n|-|\n{}", many("|b|\n", 20_000))),
        ("columns", format!("{}\n{}\n", many("|a", 2_000), many("|-", 2_000))),
        ("notes", lines(0..5_000, |number| format!("[^{number}] ")) + &lines(0..5_000, |number| format!("\n\n[^{number}]: x"))),
        ("bomb", "---\na: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f,*f]\n---\n".to_owned()),
        ("deep", format!("---\na: {}\n---\n", many("[", 20_000))),
        ("line", many("word ", 400_000)),
        ("nul", many("\0", 10_000)),
    ] {
        project.write(format!("content/deals/a/{name}.md"), text);
    }
    let start = std::time::Instant::now();
    let run = project.run(["build", "--edition", "author"]);
    assert!(run.code == 0 || run.code == 1, "{run}");
    // A guard against what grows with the square of its input, not a measure of speed.
    assert!(start.elapsed().as_secs() < 120, "it took {:?}", start.elapsed());
    let site = project.site();
    let pages: BTreeSet<_> = markup::pages(&site).into_keys().map(str::to_owned).collect();
    let named = project.run(["check", "--format", "json"]).stdout;
    for name in ["quotes", "lists", "brackets", "pairs", "bomb", "deep", "line", "nul", "inner"] {
        let page = pages.iter().any(|page| page.starts_with("notes/") && page.contains(name));
        assert!(
            page || named.contains(&format!("{name}.md")),
            "{name} is neither on the site nor in a message"
        );
    }
}

#[test]
fn the_repository_itself_is_quiet() {
    let project = Project::empty();
    let mut build = project.command(["build", "--edition", "author", "--drafts", "--output", "out"]);
    Run::of(build.arg("--root").arg(repository())).ends(0);
    let site = crate::project::files(&project.path("out"));
    assert_quiet(&site);
    let reachable = markup::reachable(&site);
    let lost: Vec<_> = site
        .keys()
        .filter(|path| is_kind(path, "html") && *path != "404.html" && !reachable.contains(*path))
        .collect();
    assert!(lost.is_empty(), "no link leads to {lost:?}");
}
