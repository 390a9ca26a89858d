//! In a real browser: an open page follows what is saved, and keeps what its reader has done.

use serde_json::json;

use super::requests::{events, until_event};
use super::{CALL, Served, VISIT, project, words};
use crate::browser::{Browser, run};

const CALL_PAGE: &str = "notes/harbour-call.html";
const CALL_FILE: &str = "content/harbour/call.md";

/// Reads something of what stands over the page.
fn over(expression: &str) -> String {
    format!("const shadow = document.querySelector('leverbook-live').shadowRoot; return {expression}")
}

async fn has_text(browser: &Browser, text: &str) {
    let script = format!("return document.querySelector('main').textContent.includes({})", json!(text));
    browser.until("the change is shown", &script).await;
}

/// What lives only as long as the page is not loaded anew.
async fn mark(browser: &Browser) {
    browser.script("window.mark = document.querySelector('main'); return 0").await;
}

async fn is_marked(browser: &Browser) {
    let same = "return window.mark !== undefined && window.mark === document.querySelector('main')";
    assert_eq!(browser.script(same).await, true, "the page was loaded anew");
}

#[test]
fn a_save_changes_the_open_page_in_place() {
    run(async {
        let project = project();
        let long: String = (0..80).map(|number| format!("\nParagraph number {number}.\n")).collect();
        project.write(CALL_FILE, format!("{CALL}{long}"));
        let served = Served::new(project);
        let browser = Browser::start().await;
        browser.open(&served.url(CALL_PAGE)).await;
        mark(&browser).await;
        browser.click("details > summary").await;
        browser.press("/").await;
        browser.press("Timing").await;
        browser.until("results are listed", "return document.querySelector('#hits a') !== null").await;
        browser
            .script("[...document.querySelectorAll('main p')].find((one) => one.textContent.includes('number 40')).scrollIntoView(); window.place = scrollY; return 0")
            .await;
        let changed = CALL.replace("cannot wait", "cannot wait any longer");
        served.project.write(CALL_FILE, format!("{changed}{long}"));
        has_text(&browser, "cannot wait any longer").await;
        let outlined = "return document.getAnimations().filter((one) => one.id === 'leverbook-changed')\
                        .map((one) => one.effect.target.textContent.trim()).join('|')";
        let outlined = browser.script(outlined).await;
        let outlined = outlined.as_str().expect("a text");
        assert!(
            outlined.contains("cannot wait any longer") && !outlined.contains("Paragraph number"),
            "{outlined}"
        );
        is_marked(&browser).await;
        let kept = "return [document.querySelector('#search').value, document.activeElement.id, \
                    document.querySelector('details').open, document.querySelector('#hits a') !== null, scrollY === window.place]";
        assert_eq!(browser.script(kept).await, json!(["Timing", "search", true, true, true]));

        // A fold that the note itself opens or closes follows the note.
        served.project.write(CALL_FILE, changed.replace("[!note]-", "[!note]+"));
        has_text(&browser, "What is folded").await;
        served.project.write(
            CALL_FILE,
            changed.replace("[!note]-", "[!note]+").replace("What is folded", "What was folded"),
        );
        has_text(&browser, "What was folded").await;
        assert_eq!(browser.script("return document.querySelector('details').open").await, true);
        is_marked(&browser).await;
        assert_eq!(browser.complaints().await, Vec::<String>::new());
    });
}

#[test]
fn ticks_and_picks_stay() {
    run(async {
        let served = Served::new(project());
        let browser = Browser::start().await;
        browser.open(&served.url("deals/harbour.html")).await;
        mark(&browser).await;
        browser.click(".todo label").await;
        let ticks = "return [...document.querySelectorAll('.todo input')].map((tick) => tick.checked)";
        assert_eq!(browser.script(ticks).await, json!([true, false]));
        served.project.write(CALL_FILE, CALL.replace("- [ ] Ask", "- [ ] Print the list\n- [ ] Ask"));
        has_text(&browser, "Print the list").await;
        assert_eq!(browser.script(ticks).await, json!([true, false, false]));
        browser.click(".todo li:nth-child(2) label").await;
        assert_eq!(browser.script(ticks).await, json!([true, true, false]));
        is_marked(&browser).await;
        // What a new part of the page does is what it does on a page that is loaded anew.
        browser.client.refresh().await.expect("it loads again");
        assert_eq!(browser.script(ticks).await, json!([true, true, false]));
    });
}

#[test]
fn an_error_stands_over_the_last_good_page_until_it_is_gone() {
    run(async {
        let served = Served::new(project());
        let browser = Browser::start().await;
        browser.open(&served.url(CALL_PAGE)).await;
        mark(&browser).await;
        served.project.write(CALL_FILE, CALL.replace("deal: Harbour", "deal: [<img src=x onerror=alert(1)>"));
        browser
            .until("the error is shown", &over("shadow.querySelector('.over.errors')?.hidden === false"))
            .await;
        let text = browser.script(&over("shadow.querySelector('.over').textContent")).await;
        let text = text.as_str().expect("a text").to_owned();
        assert!(text.contains("error[LB") && text.contains("content/harbour/call.md:2:"), "{text}");
        assert!(text.contains("2 | deal: [<img src=x onerror=alert(1)>"), "the source line as it is: {text}");
        assert_eq!(browser.script(&over("shadow.querySelectorAll('.over img').length")).await, 0);
        let link = browser.script(&over("shadow.querySelector('.over a').getAttribute('href')")).await;
        let link = link.as_str().expect("an address").to_owned();
        assert!(link.starts_with("vscode://file/") && link.contains("/content/harbour/call.md:2:"), "{link}");
        has_text(&browser, "they cannot wait").await;
        is_marked(&browser).await;

        // Closed, it is a word at the edge; other errors open it again.
        browser.press("\u{e00c}").await;
        browser
            .until(
                "it is closed",
                &over(
                    "shadow.querySelector('.over').hidden && !shadow.querySelector('button.errors').hidden",
                ),
            )
            .await;
        served.project.write(CALL_FILE, CALL.replace("deal: Harbour", "title: a: b\ndeal: Harbour"));
        browser.until("another error is shown", &over("!shadow.querySelector('.over').hidden")).await;

        served.project.write(CALL_FILE, CALL.replace("cannot wait", "can wait"));
        has_text(&browser, "they can wait").await;
        browser
            .until(
                "the error is gone",
                &over("shadow.querySelector('.over').hidden && shadow.querySelector('button.errors').hidden"),
            )
            .await;
        is_marked(&browser).await;
    });
}

#[test]
fn settings_and_templates_with_errors_leave_the_last_good_site() {
    run(async {
        let served = Served::new(project());
        let browser = Browser::start().await;
        browser.open(&served.url(CALL_PAGE)).await;
        mark(&browser).await;
        for (file, bad, good, word) in [
            ("leverbook.toml", "[playbok]\n", "[playbook]\ntitle = \"Other\"\n", "playbok"),
            (
                "templates/pages/note.html",
                "{% if %}",
                "{% extends \"base.html\" %}{% block main %}<h1>Own {{ page.title }}</h1>{% endblock main %}",
                "pages/note.html",
            ),
            (
                "templates/pages/note.html",
                "{% extends \"base.html\" %}{% block main %}{{ page.nothing }}{% endblock main %}",
                "{% extends \"base.html\" %}{% block main %}<h1>New {{ page.title }}</h1>{% endblock main %}",
                "nothing",
            ),
        ] {
            served.project.write(file, bad);
            browser
                .until(file, &over(&format!("shadow.querySelector('.over').textContent.includes('{word}')")))
                .await;
            is_marked(&browser).await;
            served.project.write(file, good);
            browser.until(file, &over("shadow.querySelector('.over').hidden")).await;
            is_marked(&browser).await;
        }
        has_text(&browser, "New First call").await;
        // A template of pages that nobody looks at is tried, too.
        served.project.write("templates/pages/matrix.html", "{{ page.nowhere }}");
        browser
            .until("it is told", &over("shadow.querySelector('.over').textContent.includes('nowhere')"))
            .await;
        served.project.remove("templates/pages/matrix.html");
        browser.until("it is gone", &over("shadow.querySelector('.over').hidden")).await;
        served.settled("at the end");
    });
}

#[test]
fn warnings_are_a_word_at_the_edge() {
    run(async {
        let project = project();
        project.write("content/harbour/odd.md", "---\noutcome: wonn\ndeal: Harbour\n---\nOdd.\n");
        let served = Served::new(project);
        let browser = Browser::start().await;
        browser.open(&served.url("index.html")).await;
        let chip = "shadow.querySelector('button.warnings')";
        browser
            .until(
                "the warning is counted",
                &over(&format!("!{chip}.hidden && {chip}.textContent === '1 warning'")),
            )
            .await;
        assert_eq!(
            browser.script(&over("shadow.querySelector('.over').hidden")).await,
            true,
            "it covers nothing"
        );
        browser.script(&over(&format!("{chip}.click()"))).await;
        browser
            .until("it unfolds", &over("shadow.querySelector('.over').textContent.includes('wonn')"))
            .await;
        served.project.write("content/harbour/odd.md", "---\noutcome: won\ndeal: Harbour\n---\nOdd.\n");
        browser
            .until("it goes", &over(&format!("{chip}.hidden && shadow.querySelector('.over').hidden")))
            .await;
    });
}

#[test]
fn a_style_sheet_and_a_picture_are_swapped_without_loading_the_page_anew() {
    run(async {
        let project = project();
        project.write("content/harbour/plan.svg", SVG.replace("WIDTH", "10"));
        project.write(CALL_FILE, format!("{CALL}\n![[plan.svg]]\n"));
        let served = Served::new(project);
        let browser = Browser::start().await;
        browser.open(&served.url(CALL_PAGE)).await;
        mark(&browser).await;
        let width = "return document.querySelector('main img').naturalWidth";
        browser.until("the picture is there", &format!("{width} === 10")).await;
        for colour in ["rgb(1, 2, 3)", "rgb(4, 5, 6)"] {
            served
                .project
                .write("templates/assets/css/custom.css", format!("body {{ background: {colour} }}"));
            let shown = format!("return getComputedStyle(document.body).backgroundColor === '{colour}'");
            browser.until("the style is swapped", &shown).await;
        }
        browser
            .until(
                "only the newest stays",
                "return document.querySelectorAll('link[rel=stylesheet]').length === 1",
            )
            .await;
        served.project.write("content/harbour/plan.svg", SVG.replace("WIDTH", "20"));
        browser.until("the picture is swapped", &format!("{width} === 20")).await;
        served.project.write(CALL_FILE, format!("{CALL}\n![[plan.svg]]\n\nMore.\n"));
        has_text(&browser, "More.").await;
        browser.until("the picture stays", &format!("{width} === 20")).await;
        is_marked(&browser).await;
        assert_eq!(browser.complaints().await, Vec::<String>::new());
    });
}

const SVG: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"WIDTH\" height=\"10\"><rect width=\"5\" height=\"5\"/></svg>";

#[test]
fn a_page_whose_bytes_have_not_changed_is_left_alone() {
    let served = Served::new(project());
    let mut about = events(&served, "about.html", "");
    let mut call = events(&served, CALL_PAGE, "");
    let first = until_event(&mut about, "page");
    until_event(&mut call, "page");
    served.project.write(CALL_FILE, CALL.replace("cannot wait", "can wait"));
    let page = until_event(&mut call, "page");
    assert!(words(page["html"].as_str().expect("HTML")).contains("they can wait"));
    // The next thing that the other page hears of is what concerns it.
    served.project.write("leverbook.toml", "[playbook]\ntitle = \"Another title\"\n");
    let second = until_event(&mut about, "page");
    assert_ne!(first["version"], second["version"]);
    assert!(second["html"].as_str().expect("HTML").contains("Another title"));
}

#[test]
fn a_page_in_another_window_is_left_alone() {
    run(async {
        let served = Served::new(project());
        let browser = Browser::start().await;
        browser.open(&served.url("about.html")).await;
        browser
            .script("window.changes = 0; new MutationObserver(() => window.changes += 1).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true }); return 0")
            .await;
        let first = browser.client.window().await.expect("a window");
        let second = browser.client.new_window(false).await.expect("another window");
        browser.client.switch_to_window(second.handle).await.expect("it is there");
        browser.open(&served.url(CALL_PAGE)).await;
        served.project.write(CALL_FILE, CALL.replace("cannot wait", "can wait"));
        has_text(&browser, "they can wait").await;
        browser.client.switch_to_window(first).await.expect("it is there");
        assert_eq!(browser.script("return window.changes").await, 0);
        served.project.write("leverbook.toml", "[playbook]\ntitle = \"Another title\"\n");
        browser
            .until(
                "its own change comes",
                "return document.querySelector('.brand').textContent === 'Another title'",
            )
            .await;
    });
}

#[test]
fn a_page_that_goes_says_so_and_comes_back() {
    run(async {
        let served = Served::new(project());
        let browser = Browser::start().await;
        browser.open(&served.url(CALL_PAGE)).await;
        mark(&browser).await;
        served.project.remove(CALL_FILE);
        has_text(&browser, "no page at this address").await;
        let styled = "return [...document.querySelectorAll('main a')].every((link) => new URL(link.href).pathname === new URL(link.getAttribute('href'), location.origin).pathname)";
        assert_eq!(browser.script(styled).await, true, "links of the page lead from the root");
        served.project.write(CALL_FILE, CALL);
        has_text(&browser, "they cannot wait").await;
        is_marked(&browser).await;
    });
}

#[test]
fn a_lost_server_is_told_and_comes_back_by_itself() {
    run(async {
        let mut served = Served::new(project());
        let browser = Browser::start().await;
        browser.open(&served.url(CALL_PAGE)).await;
        mark(&browser).await;
        browser.until("it listens", &over("!shadow.querySelector('.edit').hidden")).await;
        served.stop();
        browser.until("it is lost", &over("!shadow.querySelector('.lost').hidden")).await;
        served.project.write(CALL_FILE, CALL.replace("cannot wait", "can wait"));
        let served = served.restart();
        has_text(&browser, "they can wait").await;
        browser.until("it is back", &over("shadow.querySelector('.lost').hidden")).await;
        served.project.write(CALL_FILE, CALL.replace("cannot wait", "will wait"));
        has_text(&browser, "they will wait").await;
        is_marked(&browser).await;
    });
}

#[test]
fn a_key_opens_the_line_that_a_claim_comes_from() {
    run(async {
        let project = project();
        project.write("leverbook.toml", "[serve]\neditor = \"$EDITOR\"\n");
        project.write("editor", "#!/bin/sh\nprintf '%s ' \"$@\" >> \"$(dirname \"$0\")/opened\"\n");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(project.path("editor"), mode).expect("it can be made a program");
        let editor = project.path("editor").display().to_string();
        let served = Served::with(project, &["--port", "0"], &[("EDITOR", &editor)]);
        let browser = Browser::start().await;
        let root = served.project.root().canonicalize().expect("it is there");
        for (page, focus, told) in [
            ("principles/timing.html", ".ev a", "+9 CONTENT/harbour/call.md "),
            (CALL_PAGE, "#L14", "+14 CONTENT/harbour/call.md "),
            (CALL_PAGE, ".margin a[href^='#m_']", "+9 CONTENT/harbour/call.md "),
            (CALL_PAGE, "", "+1 CONTENT/harbour/call.md "),
            ("principles/timing.html", "", "+3 CONTENT/leverage.md "),
        ] {
            let _ = std::fs::remove_file(served.project.path("opened"));
            browser.open(&served.url(page)).await;
            browser.until("it listens", &over("!shadow.querySelector('.edit').hidden")).await;
            if !focus.is_empty() {
                let focus = format!(
                    "const claim = document.querySelector({}); claim.tabIndex = -1; claim.focus(); return 0",
                    json!(focus)
                );
                browser.script(&focus).await;
            }
            browser.press("e").await;
            let told = told.replace("CONTENT", &root.join("content").display().to_string());
            let start = std::time::Instant::now();
            while !served.project.path("opened").exists() || served.project.read("opened") != told {
                assert!(start.elapsed() < super::BOUND, "{page} {focus}: never opened");
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        }
        assert_eq!(served.project.read("content/harbour/visit.md"), VISIT);
    });
}
