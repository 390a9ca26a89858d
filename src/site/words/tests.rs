use super::*;

fn english() -> Words {
    Words::new("en", &BTreeMap::new()).expect("the built-in words are right")
}

fn with(language: &str, files: &[(&str, &str)]) -> Result<Words, String> {
    let files = files.iter().map(|(name, text)| ((*name).to_owned(), Arc::from(text.as_bytes()))).collect();
    Words::new(language, &files).map_err(|error| error.message)
}

/// The English file in another language's place, with some words replaced.
fn translated(replacements: &[(&str, &str)]) -> String {
    let replace = |text: String, (from, to): &(&str, &str)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    };
    replacements.iter().fold(LANGUAGES[0].1.to_owned(), replace)
}

#[test]
fn numbers_are_grouped() {
    let words = english();
    assert_eq!(words.number(1_234_567.5), "1,234,567.5");
    assert_eq!(words.number(-0.08), "−0.08");
    assert_eq!(words.number(42_000.0), "42,000");
    assert_eq!(words.number(0.0), "0");
    assert_eq!(words.number(f64::NAN), "NaN");
}

#[test]
fn dates_are_written_out() {
    let words = english();
    let at = jiff::civil::date(2026, 11, 24).at(14, 0, 0, 0);
    assert_eq!(words.moment(at), "Tuesday 24 November 2026, 14:00");
    assert_eq!(&*words.date(at.date()).short, "24 Nov");
    assert_eq!(&*words.date(at.date()).text, "24 November 2026");
}

#[test]
fn long_texts_are_cut_at_a_word() {
    assert_eq!(shorten("one two three", 9), "one two…");
    assert_eq!(shorten("äöü", 3), "äöü");
    assert_eq!(shorten("äöüäöü", 3), "äöü…");
}

#[test]
fn counted_words_have_a_form_a_number() {
    let words = english();
    assert_eq!(words.count("count.deals", 0), "no deals");
    assert_eq!(words.count("count.deals", 1), "1 deal");
    assert_eq!(words.count("count.deals", 21), "21 deals");
    assert_eq!(plural("ru", 21), "one");
    assert_eq!(plural("ru", 12), "many");
    assert_eq!(plural("pl", 22), "few");
    assert_eq!(plural("fr", 0), "one");
}

#[test]
fn a_project_overrides_single_words() {
    let words = with("en", &[("words/en.toml", "[deal]\ngaps = \"Holes\"\n")]).expect("it is right");
    assert_eq!(words.say("deal.gaps"), "Holes");
    assert_eq!(words.say("deal.timeline"), "Timeline");
}

#[test]
fn a_second_language_is_a_file() {
    let file = translated(&[("\"Gaps to close\"", "\"Offene Lücken\""), ("group = \",\"", "group = \".\"")]);
    let words = with("de-CH", &[("words/de.toml", &file)]).expect("it is right");
    assert_eq!(words.say("deal.gaps"), "Offene Lücken");
    assert_eq!(words.number(1_234.0), "1.234");
    assert_eq!(with("tlh", &[]).expect("English stands in").say("deal.gaps"), "Gaps to close");
}

#[test]
fn a_word_that_is_wrong_is_named_with_its_line() {
    let error = |text: &str| with("en", &[("words/en.toml", text)]).expect_err("it is wrong");
    assert_eq!(
        error("[deal]\ngapz = \"x\"\n"),
        "words/en.toml:2:1: there is no word `deal.gapz`; did you mean `deal.gaps`?"
    );
    assert_eq!(
        error("[deal]\ntimeline = \"{when}\"\n"),
        "words/en.toml:2:1: `deal.timeline` has no value for `{when}`"
    );
    assert!(error("[count]\ndeals = \"deals\"\n").contains("must have forms"));
    assert!(error("[date]\nmonths = [\"a\"]\n").contains("12 texts"));
    assert!(error("deal = 1\n").starts_with("words/en.toml:1:1: "));
    assert!(error("[deal\n").starts_with("words/en.toml:1:"));
    let error = with("de", &[("words/de.toml", "[deal]\ngaps = \"x\"\n")]).expect_err("it is not whole");
    assert!(error.starts_with("`words/de.toml` lacks the words `about.blank`"), "{error}");
}

#[test]
fn words_are_put_into_templates() {
    let words = with("en", &[("words/en.toml", "[deal]\ngaps = \"`a` < **b**\"\n")]).expect("it is right");
    let inserted = |template: &str| words.insert("x.html", template).map_err(|error| error.message);
    assert_eq!(
        inserted("<p>{{ words.deal.gaps }}</p>").as_deref(),
        Ok("<p><code>a</code> &lt; <b>b</b></p>")
    );
    assert_eq!(
        inserted("{{ words.count.deals | say(n=3) }}").as_deref(),
        Ok("{{ \"count.deals\" | say(n=3) }}")
    );
    assert_eq!(inserted("{{ x or words.deal.todo }}").as_deref(), Ok("{{ x or \"Before you go in\" }}"));
    let kept = "keywords.deal.x {{ page.words.x }} words. words.x";
    assert_eq!(inserted(kept).as_deref(), Ok(kept));
    assert_eq!(
        inserted("\n  {{ words.deal.gap }}").expect_err("there is no such word"),
        "x.html:2:6: there is no word `deal.gap`; did you mean `deal.gaps`?"
    );
}

#[test]
fn words_that_are_filled_become_text_around_their_values() {
    let words = with("en", &[("words/en.toml", "[note]\nline = \"`a` {n}\"\nwrong = \"{{line}\"\n")]);
    let words = words.expect("it is right");
    let inserted = |template: &str| words.insert("x.html", template).map_err(|error| error.message);
    let becomes = |template: &str, text: &str| assert_eq!(inserted(template).as_deref(), Ok(text));
    becomes("<p>{{ words.note.line | say(n=entry.line) }}</p>", "<p><code>a</code> {{ entry.line }}</p>");
    becomes(
        "{{ words.note.line | say(n = f(a, b=[\"),\"]) | x) }}",
        "<code>a</code> {{ f(a, b=[\"),\"]) | x }}",
    );
    becomes("{{ words.note.line | say(m=1) }}", "<code>a</code> {n}");
    let kept = |template: &str, key: &str| {
        becomes(template, &template.replace(&format!("words.{key}"), &format!("\"{key}\"")));
    };
    kept("{{ words.note.line | say(n=1) | capitalized }}", "note.line");
    kept("{% set x = words.note.line | say(n=1) %}", "note.line");
    kept("{{ words.note.wrong | say(line=1) }}", "note.wrong");
    kept("{{ words.count.deals | say(n=1) }}", "count.deals");
    kept("{{ words.note.line | say(n=1", "note.line");
}

#[test]
fn values_are_escaped_as_templates_do_it() {
    let mut html = String::new();
    escape_into(&mut html, "<é> & \"a\" 'b'");
    assert_eq!(html, "&lt;é&gt; &amp; &quot;a&quot; &#39;b&#39;");
}

#[test]
fn promises_are_found_as_whole_words() {
    let words = english();
    let found = |text: &str| words.promising_word(text).map(|range| text[range].to_owned());
    assert_eq!(found("Compromises; they PLEDGED, then promised").as_deref(), Some("PLEDGED"));
    assert_eq!(found("éguaranteed committees"), None);
    assert_eq!(found(""), None);
}

/// A word that nobody says would be translated in vain, and one that is not there would show its key.
#[test]
fn every_word_is_used_and_every_used_word_is_there() {
    let words = english();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut code = String::new();
    read_all(&root.join("src/site"), "rs", &mut code);
    let mut templates = String::new();
    read_all(&root.join("templates"), "html", &mut templates);
    let sections: BTreeSet<&str> =
        words.words.keys().filter_map(|key| Some(key.split_once('.')?.0)).collect();
    let mut used: BTreeSet<String> = BTreeSet::new();
    for literal in code.split('"') {
        let is_key = |literal: &str| {
            literal.split_once('.').is_some_and(|(section, key)| {
                sections.contains(section)
                    && !key.is_empty()
                    && key.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_')
                    && !["html", "toml", "rs", "md", "js", "json", "xml"].contains(&key)
            })
        };
        if is_key(literal) {
            used.insert(literal.to_owned());
        }
    }
    for key in templates.split("words.").skip(1) {
        let end = key.find(|letter: char| !(letter.is_ascii_lowercase() || letter == '_' || letter == '.'));
        used.insert(key[..end.unwrap_or(key.len())].trim_end_matches('.').to_owned());
    }
    let known: BTreeSet<String> = words.words.keys().cloned().collect();
    let unused: Vec<&String> = known.difference(&used).collect();
    let missing: Vec<&String> = used.difference(&known).collect();
    assert!(unused.is_empty(), "nobody says {unused:?}");
    assert!(missing.is_empty(), "templates/words/en.toml lacks {missing:?}");
}

/// Templates name their words; what stands in them between the tags would stay English in every language.
#[test]
fn no_words_stand_in_templates() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let mut found = Vec::new();
    for name in ["base.html", "pages", "partials"] {
        for (path, text) in files(&root.join(name), "html") {
            let text = without(
                &without(&text, "{% block kind %}", "{% endblock kind %}"),
                "{% block shell %}",
                "{% endblock shell %}",
            );
            let text = without(&without(&text, "<style>", "</style>"), "'sha256-", "'");
            let text = without(&without(&without(&text, "{#", "#}"), "{%", "%}"), "{{", "}}");
            let text = without(&without(&text, "<code>", "</code>"), "<kbd>", "</kbd>");
            for attribute in ["aria-label=\"", "title=\"", "placeholder=\"", "alt=\""] {
                let values = text.split(attribute).skip(1).filter_map(|rest| rest.split('"').next());
                found.extend(values.filter(|value| is_worded(value)).map(|value| format!("{path}: {value}")));
            }
            let text = without(&text, "<", ">");
            let lines = text.lines().map(str::trim).filter(|line| is_worded(line));
            found.extend(lines.map(|line| format!("{path}: {line}")));
        }
    }
    assert!(found.is_empty(), "move these words into templates/words/en.toml:\n{}", found.join("\n"));
}

fn is_worded(text: &str) -> bool {
    text.chars().any(char::is_alphabetic)
}

/// A text without its parts between two signs.
fn without(text: &str, opening: &str, closing: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(opening) {
        kept.push_str(before);
        kept.push(' ');
        rest = after.split_once(closing).map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    kept
}

fn read_all(folder: &std::path::Path, extension: &str, into: &mut String) {
    for (path, text) in files(folder, extension) {
        // The tests of the words name words that are not there.
        if !path.ends_with("words/tests.rs") {
            into.push_str(&text);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the sources of the project are read")]
fn files(path: &std::path::Path, extension: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    if path.is_dir() {
        for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
            found.extend(files(&entry.path(), extension));
        }
    } else if path.extension().is_some_and(|other| other == extension) {
        let text = std::fs::read_to_string(path).expect("the file was just listed");
        found.push((path.to_string_lossy().replace('\\', "/"), text));
    }
    found.sort();
    found
}
