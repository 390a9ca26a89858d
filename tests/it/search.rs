//! Stems: the same in the program and, as `browser.rs` shows, in the site's script.

use leverbook::search;

/// Texts, their words folded, and the stems of these.
pub(crate) const STEMS: &str = include_str!("../stems.tsv");

#[test]
fn stems_are_those_of_the_golden_file() {
    for line in STEMS.lines() {
        let [text, forms, stems] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("three columns are expected in `{line}`")
        };
        let found = search::forms(text);
        assert_eq!(found.join(" "), forms, "forms of `{text}`");
        let found: Vec<String> = found.iter().map(|form| search::stem(form)).collect();
        assert_eq!(found.join(" "), stems, "stems of `{text}`");
    }
}
