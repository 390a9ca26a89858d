//! What must hold for every site, whatever stands in the notes.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

use super::catalogue::Frame;
use super::context::{Given, Shapes};
use super::pages::{Globals, Head, KINDS};
use super::{Site, Templates};
use crate::config::Config;
use crate::edition::{self, Audience};
use crate::playbook::NoteId;
use crate::source::{Source, SourceId};

const LEVERAGE: &str = "# Leverage\n\n\
    * **Timing**: The side that can wait has the upper hand when a deadline is near.\n\
    \x20   * Learn their deadline before they learn yours.\n\
    * **Alternatives**: Another offer in writing.\n\
    * **Need** <script>alert(1)</script>: Do not appear to need it.\n";

/// A site of notes by path; every file is rendered.
fn site(notes: &[(&str, &str)]) -> BTreeMap<String, String> {
    site_with(notes, &Config::default())
}

fn site_with(notes: &[(&str, &str)], config: &Config) -> BTreeMap<String, String> {
    let site = plan(notes, config);
    let file = |path: &String| {
        let bytes = site.render(path).unwrap_or_else(|error| panic!("{path}: {error}"));
        (path.clone(), String::from_utf8_lossy(&bytes).into_owned())
    };
    site.paths().iter().map(file).collect()
}

fn plan(notes: &[(&str, &str)], config: &Config) -> Site {
    let audience = Audience::of(config, "team", false).expect("it is built in");
    let source = |path: &str, text: &str| Arc::new(Source::new(SourceId::new(path), text));
    let (leverage, _) = edition::read_leverage(&source("content/leverage.md", LEVERAGE), &audience);
    let admitted: Vec<_> = notes
        .iter()
        .filter_map(|(path, text)| {
            edition::read_note(
                NoteId((*path).into()),
                path,
                &source(&format!("content/{path}"), text),
                &audience,
            )
            .note
        })
        .collect();
    let none = BTreeMap::new();
    let config = Arc::new(config.clone());
    let (edited, _) = edition::Memory::default().compose(&edition::Composition {
        audience: &audience,
        config: &config,
        leverage: &Arc::new(leverage),
        admitted: &admitted,
        attachments: &none,
        today: None,
    });
    let templates =
        Templates::new(&Config::default(), &BTreeMap::new()).expect("the built-in templates are right");
    Site::new(Arc::new(edited), Arc::new(templates), |_| Err(io::Error::other("no files here")))
}

/// Notes as people and attackers write them.
fn sample() -> Vec<(String, String)> {
    let mut notes: Vec<(String, String)> = [
        ("deals/acme/2026-03-01-first.md", "---\ndeal: Acme renewal\ncounterparty: [[Acme]]\noutcome: won\ntags: [a/b, Ä]\ntarget: 42,000\nreservation: 40,000\nprinciples: [timing]\n---\n# First call\n\n## Main\n\nTheir deadline is [[2026-03-09-second|near]]. See [[Timing]] and [[nowhere]].[^1]\n\n- [ ] Ask\n- [x] Done\n\n> [!lever] Alternatives (theirs, strong)\n> They have another offer in writing.\n\n> [!note] One\n> x\n\n> [!note] Two\n> y\n\n[^1]: A note.\n"),
        ("deals/acme/2026-03-09-second.md", "---\ndeal: Acme renewal\noutcome: won\n---\n### Deep\n\nThey cannot wait, the deadline is Friday. ![[2026-03-01-first]] ![[2026-03-09-second]]\n\n[up](../acme/2026-03-01-first.md#main) [[2026-03-01-first#Main]] [[#Deep]]\n"),
        ("deals/Beta/x.md", "---\ntitle: \"<img src=x onerror=alert(1)> {{ 7 * 191 }} {% raw %}\"\ndeal: \"</title><script>alert(1)</script>\"\ncounterparty: \"\\\"><b>x\"\ntags: [\"<i>\", \"x/y/z\"]\nowner: \"<script>\"\nmeeting: \"<script>\"\n---\n<script>alert(1)</script>\n\n{{ 7 * 191 }} {% include 'base.html' %} [x](javascript:alert(1)) <a href=\"javascript:x\" onclick=\"x\" style=\"x\">y</a>\n\n# One {#main}\n\n# Two {#search}\n\n# One\n"),
        ("index.md", "Nothing here."),
        ("con.md", "A deadline."),
        ("a b.md", "One."),
        ("a-b.md", "Two."),
        ("A_B.md", "Three."),
        ("שלום.md", "# שלום עולם\n\nThe deadline is near."),
        ("no-deal.md", ""),
    ]
    .map(|(path, text)| (path.to_owned(), text.to_owned()))
    .to_vec();
    notes.push((
        "long.md".to_owned(),
        format!("# {}\n\nThe deadline {}", "Wort ".repeat(200), "and so on ".repeat(800)),
    ));
    notes.push((format!("{}.md", "名".repeat(120)), "Far.".to_owned()));
    for number in 0..130 {
        let outcome = ["won", "lost", "partly", "open"][number % 4];
        let text = format!(
            "---\ndate: 2025-01-{:02}\ndeal: Deal {}\noutcome: {outcome}\nprinciples: [timing]\ntags: many\n---\nThe deadline is near.\n",
            number % 28 + 1,
            number % 50
        );
        notes.push((format!("many/{number}.md"), text));
    }
    notes
}

fn sample_site() -> BTreeMap<String, String> {
    let notes = sample();
    let notes: Vec<(&str, &str)> = notes.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    site(&notes)
}

/// The values of an attribute in a page.
fn values<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let opening = format!(" {name}=\"");
    html.split(&opening).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

fn pages(site: &BTreeMap<String, String>) -> impl Iterator<Item = (&String, &String)> {
    site.iter().filter(|(path, _)| path.rsplit('.').next() == Some("html"))
}

/// A relative address as a path below the site's root.
fn resolve(page: &str, href: &str) -> String {
    let mut folders: Vec<&str> = page.split('/').collect();
    folders.pop();
    for part in href.split('/') {
        match part {
            ".." => assert!(folders.pop().is_some(), "{href} in {page} leaves the site"),
            part => folders.push(part),
        }
    }
    folders.join("/")
}

#[test]
fn every_internal_link_leads_somewhere() {
    let site = sample_site();
    let ids: BTreeMap<&String, BTreeSet<&str>> =
        pages(&site).map(|(path, html)| (path, values(html, "id").into_iter().collect())).collect();
    for (page, html) in pages(&site) {
        for href in values(html, "href").into_iter().chain(values(html, "src")) {
            if href.starts_with("http") || href.starts_with("mailto:") {
                continue;
            }
            let (file, anchor) = href.split_once('#').unwrap_or((href, ""));
            let target = if file.is_empty() { page.clone() } else { resolve(page, file) };
            assert!(site.contains_key(&target), "{href} in {page}");
            assert!(anchor.is_empty() || ids[&target].contains(anchor), "#{anchor} of {href} in {page}");
        }
    }
}

#[test]
fn every_page_is_whole_and_of_its_own() {
    let site = sample_site();
    let mut titles = BTreeSet::new();
    for (page, html) in pages(&site) {
        assert_eq!(html.matches("<h1").count(), 1, "{page}");
        let ids = values(html, "id");
        assert_eq!(
            ids.len(),
            ids.iter().collect::<BTreeSet<_>>().len(),
            "an id stands twice in {page}: {ids:?}"
        );
        let title =
            html.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next()).expect("a title");
        assert!(titles.insert(title.to_owned()), "{title} of {page}");
        assert!(html.contains("Content-Security-Policy"), "{page}");
    }
}

#[test]
fn nothing_active_comes_out_of_a_note() {
    for (page, html) in pages(&sample_site()) {
        assert_eq!(html.matches("<script").count(), 1, "{page}");
        for active in [" style=\"", " onclick", "href=\"javascript", "<img src=x", "<i>\"", "<b>x"] {
            assert!(!html.contains(active), "{active} in {page}");
        }
        assert!(!html.contains("1337"), "a template ran in {page}");
    }
}

#[test]
fn file_names_are_portable() {
    let site = sample_site();
    let mut folded = BTreeSet::new();
    for path in site.keys() {
        assert!(folded.insert(path.to_lowercase()), "{path} has a twin");
        for (depth, part) in path.split('/').enumerate() {
            assert!(
                part.len() <= 255
                    && !part.starts_with('.')
                    && !part.contains(['\\', ':', '*', '?', '"', '<']),
                "{path}"
            );
            assert!(depth < 3);
        }
    }
    for twin in ["notes/a-b.html", "notes/a-b-2.html", "notes/a-b-3.html"] {
        assert!(site.contains_key(twin), "{twin}");
    }
}

#[test]
fn the_same_notes_give_the_same_bytes_in_any_order() {
    let notes = sample();
    let mut forwards: Vec<(&str, &str)> =
        notes.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let first = site(&forwards);
    forwards.reverse();
    assert!(first == site(&forwards));
}

#[test]
fn an_empty_playbook_has_its_pages() {
    let site = site(&[]);
    assert!(site["index.html"].contains("Three commands to begin"));
    assert!(site.contains_key("deals/index.html") && site.contains_key("assets/search/head.js"));
    assert!(!site.contains_key("sitemap.xml"));
}

#[test]
fn a_lever_that_was_theirs_is_not_counted_as_ours() {
    let notes = [
        (
            "a.md",
            "---\ndeal: A\noutcome: lost\n---\n> [!lever] Timing (theirs, strong)\n> They knew that we could not wait.\n",
        ),
        ("b.md", "---\ndeal: B\noutcome: won\n---\n> [!lever] Timing (ours)\n> We could wait.\n"),
    ];
    let page = &site(&notes)["principles/timing.html"];
    assert!(page.contains("As our lever") && page.contains("As their lever, against us"));
    assert!(page.contains("1 closed deal: 1 won"), "{page}");
    assert!(page.contains("1 closed deal: 1 lost"));
}

#[test]
fn absolute_addresses_stand_only_where_they_are_asked_for() {
    let config = Config { base_url: "https://example.org/book".to_owned(), ..Config::default() };
    let site = site_with(&[("a.md", "# A & B\n")], &config);
    assert!(site["sitemap.xml"].contains("<loc>https://example.org/book/notes/a.html</loc>"));
    assert!(site["index.html"].contains("rel=\"canonical\" href=\"https://example.org/book/index.html\""));
    assert!(site["404.html"].contains("href=\"/book/assets/book.css\""));
}

#[test]
fn a_template_of_the_project_replaces_the_built_in_one() {
    let page: Arc<[u8]> =
        Arc::from(&b"{% extends \"base.html\" %}{% block main %}<h1>Mine</h1>{% endblock main %}"[..]);
    let overrides = BTreeMap::from([
        ("pages/missing.html".to_owned(), page),
        ("assets/css/custom.css".to_owned(), Arc::from(&b"h1 { color: red }"[..])),
    ]);
    let templates = Templates::new(&Config::default(), &overrides).expect("it is right");
    assert!(
        String::from_utf8_lossy(templates.asset("assets/book.css").expect("a sheet")).contains("color: red")
    );
    let broken: Arc<[u8]> = Arc::from(&b"line\n{{ oops"[..]);
    let Err(error) =
        Templates::new(&Config::default(), &BTreeMap::from([("pages/note.html".to_owned(), broken)]))
    else {
        panic!("it is broken");
    };
    assert!(error.message.contains("pages/note.html:2"), "{error}");
}

#[test]
fn every_value_that_a_template_is_given_is_documented_and_every_documented_one_is_given() {
    let notes = sample();
    let notes: Vec<(&str, &str)> = notes.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let site = plan(&notes, &Config::default());
    let mut seen = BTreeSet::new();
    for path in site.paths().iter().filter(|path| path.ends_with(".html")) {
        let context = site.context(path).unwrap_or_else(|| panic!("{path} has no context"));
        let kind = KINDS
            .iter()
            .find(|kind| kind.templates.iter().any(|name| context.template == format!("pages/{name}.html")));
        let kind = kind.unwrap_or_else(|| panic!("nobody has {}", context.template));
        let mut shapes = Shapes::new();
        for (name, shape) in [
            ("page", (kind.context)(&mut shapes)),
            ("head", Head::shape(&mut shapes)),
            ("frame", Frame::shape(&mut shapes)),
            ("site", Globals::shape(&mut shapes)),
        ] {
            assert_eq!(shape.misfit(&context.data[name], &shapes), None, "{path}, {name}");
        }
        seen.insert(context.template);
    }
    let all: BTreeSet<String> = super::pages().iter().map(|name| format!("pages/{name}.html")).collect();
    assert_eq!(seen, all, "the sample has a page of each kind");
}

#[test]
fn the_filters_that_messages_name_are_there() {
    for filter in super::template_error::FILTERS {
        let text: Arc<[u8]> = Arc::from(format!("{{{{ \"a\" | {filter} }}}}").as_bytes());
        let overrides = BTreeMap::from([("partials/x.html".to_owned(), text)]);
        assert!(Templates::new(&Config::default(), &overrides).is_ok(), "{filter}");
    }
}

#[test]
fn the_newest_passages_stand_on_the_principles_page_and_all_on_pages_of_their_own() {
    let site = sample_site();
    let own = &site["principles/timing.html"];
    assert_eq!(own.matches("class=\"ev pair\"").count(), 30);
    assert!(own.contains("href=\"../lists/principle-timing-2.html\">All 132 passages</a>"), "{own}");
    let all = &site["lists/principle-timing-2.html"];
    assert_eq!(all.matches("<li class=\"ev\"").count(), 120);
    assert!(
        all.contains("Page 1 of 2") && all.contains("href=\"../lists/principle-timing-3.html\" rel=\"next\"")
    );
    assert_eq!(site["lists/principle-timing-3.html"].matches("<li class=\"ev\"").count(), 12);
    assert!(!site.contains_key("lists/principle-timing-4.html"));
    assert!(!site.contains_key("lists/principle-alternatives-2.html"));
    // Whoever does not see the plot has a table.
    assert!(own.contains("<caption>The share won and the range in which it may lie</caption>"));
}

#[test]
fn a_similar_deal_says_all_that_it_has_in_common() {
    let note = |deal: &str, party: &str, more: &str| {
        format!("---\ndeal: {deal}\ncounterparty: {party}\n{more}\n---\nThe deadline is near.\n")
    };
    let one = note(
        "One",
        "Acme",
        "stage: closing\nvalue: 100000\ncurrency: EUR\nrole: buy\nprinciples: [timing]\noutcome: open",
    );
    let two = note(
        "Two",
        "Acme",
        "stage: Closing\nvalue: 120000\ncurrency: EUR\nrole: buy\nprinciples: [timing]\noutcome: won",
    );
    let three = note(
        "Three",
        "Birch",
        "stage: prep\nvalue: 900000\ncurrency: EUR\nrole: sell\nprinciples: [timing]\noutcome: won",
    );
    let four = "---\ndeal: Four\ncounterparty: Acme\noutcome: lost\n---\nNothing at all.\n";
    let five = "---\ndeal: Five\ncounterparty: Cole\nstage: closing\noutcome: lost\n---\nNothing at all.\n";
    let site = site(&[("1.md", &one), ("2.md", &two), ("3.md", &three), ("4.md", four), ("5.md", five)]);
    let page = &site["deals/one.html"];
    let similar = page.split("id=\"similar\"").nth(1).unwrap_or_default();
    let row = |name: &str| {
        similar
            .split("<li class=\"row\">")
            .find(|row| row.contains(&format!(">{name}</a>")))
            .unwrap_or_default()
    };
    for reason in [
        "The same other side, Acme",
        "1 principle in common",
        "Both lack",
        "Both at “Closing”",
        "Of like value, EUR 120,000",
        "We buy in both",
    ] {
        assert!(row("Two").contains(reason), "{reason}: {similar}");
    }
    assert!(row("Three").contains("1 principle in common") && !row("Three").contains("value"), "{similar}");
    assert!(row("Four").contains("The same other side, Acme"), "{similar}");
    assert_eq!(row("Five"), "", "a stage alone makes no deal similar");
    let order: Vec<_> = ["Two", "Three", "Four"].map(|name| similar.find(&format!(">{name}</a>"))).to_vec();
    assert!(order.is_sorted(), "{order:?}");
}
