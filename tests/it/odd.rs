//! Content that nobody planned for: every page of it stays whole, and says what the notes say.

use crate::markup;
use crate::project::{self, Files, Project};

/// A title that no window is wide enough for.
pub(crate) fn long_title() -> String {
    "The renewal of the framework agreement about containers and their cleaning ".repeat(3)[..200].to_owned()
}

/// A project in which everything is too long, too many, missing or the other way round.
pub(crate) fn odd() -> Project {
    let mut leverage = String::from(
        "## Leverage\n\n* **Timing**: Learn the date that hurts them.\n* **صبر**: من صبر ظفر.\n",
    );
    for number in 3..=300 {
        leverage.push_str(&format!("* **Principle {number}**: What number {number} says, with a reason.\n"));
    }
    let words = "the deadline moved and moved ".repeat(140);
    let unbroken = "x".repeat(4_000);
    let columns = |cell: &str| format!("|{}\n", format!(" {cell} |").repeat(40));
    let table = format!("{}{}{}", columns("column"), columns("---"), columns("123,456.78"));
    let title = long_title();
    let tasks = format!("- [ ] {}\n", "Bring every sheet that anybody could ask for ".repeat(8)).repeat(30);
    let many: Vec<String> = (0..40).map(|number| format!("Person {number} of the committee")).collect();
    let files = [
        ("content/leverage.md", leverage),
        ("content/no-outcome.md", "---\ndeal: Open end\nprinciples: [timing]\n---\nTheir deadline is near.\n".to_owned()),
        ("content/no-date.md", "---\ntitle: Undated\ndeal: Open end\ncounterparty: Nobody\noutcome: sideways\n---\nWe could wait until spring.\n".to_owned()),
        ("content/long-quote.md", format!("---\ndeal: Long\noutcome: won\nprinciples: [timing]\n---\n{}.\n\n{unbroken}\n\n> [!lever] Timing (theirs)\n> {unbroken}\n", &words[..4_000])),
        ("content/rtl.md", "---\ntitle: مذكرة الاجتماع الأول\ndeal: صفقة الشحن\ncounterparty: شركة النقل\ntarget: ٪٨\nprinciples: [صبر]\n---\nلا نستعجل، والموعد الأخير عندهم قريب.\n\n- [ ] اسأل عن الموعد\n".to_owned()),
        ("content/long-title.md", format!("---\ntitle: {title}\ndeal: {title}\ncounterparty: {title}\nowner: {title}\nstage: {title}\npeople: [{}]\ntarget: {title}\nreservation: {unbroken}\nbatna: {words}\ntheir_batna: {words}\ndeadline: {title}\ntheir_deadline: {title}\nmeeting: {title}\ntags: [{unbroken}, \"{}\"]\n---\n{tasks}\n> [!lever] Timing (ours)\n> {words}\n\n> [!lever] Principle 7 (ours)\n> {unbroken}\n\n> [!lever] Principle 8 (theirs)\n> 名{}\n", many.join(", "), "a/".repeat(40), "名".repeat(3_000))),
        ("content/table.md", format!("---\ndeal: Wide\n---\n{table}\n")),
        ("content/offers.md", "---\ndeal: Offers\ndate: 2026-01-02\nour_offer: 1\ntheir_offer: 99999999999999\nreservation: 5\ntheir_estimate: 99999999999999999999\n---\nx\n".to_owned()),
        ("content/offers-2.md", "---\ndeal: Offers\ndate: 2026-01-02\nour_offer: -3\ntheir_offer: 1e400\nsettled: 0\n---\nx\n".to_owned()),
        ("content/empty.md", String::new()),
    ];
    Project::of(
        &files.map(|(path, text)| (path.to_owned(), text.into_bytes())).into_iter().collect::<Files>(),
    )
}

#[test]
fn every_page_of_odd_content_is_whole() {
    let site = odd().build("author");
    let page = |path: &str| String::from_utf8_lossy(&site[path]).into_owned();
    for path in site.keys().filter(|path| project::is_kind(path, "html")) {
        let text = page(path);
        assert!(text.starts_with("<!doctype html>") && text.trim_end().ends_with("</html>"), "{path} is cut");
        assert!(text.len() < 250_000, "{path} has {} bytes", text.len());
    }
    assert_eq!(markup::problems(&site), Vec::<String>::new());
    // A principle without evidence says what to do.
    assert!(page("principles/principle-299.html").contains("No note shows it yet."));
    // Of 300 principles the first page shows a part, and leads to all.
    assert!(page("index.html").contains("All 300 principles"));
    // A deal without an outcome is open; an unknown one is named in the review.
    assert!(page("deals/open-end.html").contains("class=\"oc open\""));
    assert!(page("review.html").contains("outcome `sideways` is not known"));
    // Both notes without a date are in the deal's timeline.
    assert!(page("deals/open-end.html").contains("Undated"));
    // Lists show a part of a long passage, its note all of it.
    assert!(page("notes/long-quote.html").contains(&"x".repeat(4_000)));
    assert!(!page("principles/timing.html").contains(&"x".repeat(1_000)));
    // Every text of a note says itself which way it runs.
    assert!(page("notes/rtl.html").contains("<h1 dir=\"auto\">مذكرة"), "{}", page("notes/rtl.html"));
    assert_eq!(
        page("notes/table.html").matches("<th").count() - page("notes/table.html").matches("<thead").count(),
        40
    );
}
