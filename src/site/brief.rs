//! One sheet to take into a meeting: on a page, in the terminal, and as Markdown to paste.
//!
//! Everything in it is short enough that the sheet stays one, however long the notes are.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use super::atlas::{Atlas, fold};
use super::pages::deal::{FactRow, best_elsewhere, check_words, question, sheet, tasks, when};
use super::quote::{Piece, first_pieces, place_name};
use super::templates::Templates;
use super::words::{Words, shorten};
use crate::diagnostic::nearest;
use crate::edition::EditedPlaybook;
use crate::playbook::Side;

const MAX_STRENGTHS: usize = 3;
const MAX_WARNINGS: usize = 3;
const MAX_GAPS: usize = 4;
const MAX_TASKS: usize = 7;
const MAX_OTHERS: usize = 6;
const MAX_CHECKS: usize = 3;
const MAX_PEOPLE: usize = 6;

/// What fits in one line of the sheet, in half a line, and in two lines of half its width.
const LINE: usize = 90;
const SHORT: usize = 60;
const TWO_LINES: usize = 120;

/// How many names an error lists.
const MAX_NAMED: usize = 8;

context! {
    /// The sheet of one deal; `page.brief` in `pages/brief.html`, and what `brief --format json` prints.
    #[derive(Debug)]
    pub struct Brief {
        /// The deal's name.
        title: String,
        /// `won`, `partly`, `lost` or `open`.
        outcome: &'static str,
        /// The same for people.
        outcome_text: String,
        /// The next meeting as people say it.
        meeting: Option<String>,
        /// Their names.
        counterparties: Vec<String>,
        /// Who will be there.
        people: Vec<String>,
        /// Target, walk-away point, alternative and pressure, known or not.
        facts: Vec<Fact>,
        /// What else is known.
        others: Vec<Fact>,
        /// What follows from the facts.
        checks: Vec<String>,
        /// Our levers that the notes show, each with its passage.
        strengths: Vec<Passage>,
        /// Principles that nothing supports yet, each with a question.
        gaps: Vec<Gap>,
        /// What not to mention.
        unsaid: Vec<String>,
        /// Their levers: what not to walk into.
        warnings: Vec<Passage>,
        /// What is to be done or brought.
        tasks: Vec<Task>,
    }
}

context! {
    /// A fact of the deal.
    #[derive(Clone, Debug)]
    struct Fact {
        /// What it is.
        label: String,
        /// The fact as people say it.
        text: String,
        /// What follows it in smaller letters; may be empty.
        detail: String,
        /// Whether anybody stated it.
        known: bool,
        /// Whether the text is too long to be set large.
        long: bool,
    }
}

context! {
    /// A principle and the passage that shows it.
    #[derive(Debug)]
    struct Passage {
        /// The principle's title.
        principle: String,
        /// The passage, the telling words marked.
        pieces: Vec<Piece>,
        /// `note.md:14`
        place: String,
        /// `ours`, `theirs`, `mutual` or `unclear`.
        side: &'static str,
        /// The same for people.
        side_text: String,
    }
}

context! {
    /// A principle that nothing supports yet.
    #[derive(Debug)]
    struct Gap {
        /// The principle's title.
        principle: String,
        /// What to ask.
        question: String,
        /// What was said elsewhere; empty if nothing was.
        pieces: Vec<Piece>,
    }
}

context! {
    /// Something to be done.
    #[derive(Debug)]
    struct Task {
        /// Unique on the page.
        id: String,
        /// What is to be done.
        text: String,
        /// Whether it is ticked in the note.
        done: bool,
    }
}

/// The sheets of a playbook, made when they are asked for.
pub struct Briefs {
    atlas: Atlas,
}

impl Briefs {
    /// The sheets of what one audience may see.
    pub fn new(playbook: Arc<EditedPlaybook>, templates: &Templates) -> Self {
        Self { atlas: Atlas::new(playbook, Arc::clone(&templates.words)) }
    }

    /// The sheet of the deal with this name, id or part of a name.
    ///
    /// # Errors
    /// No deal has the name, or several do; the message says which there are.
    pub fn find(&self, name: &str) -> Result<Brief, String> {
        let wanted = fold(name);
        let deals = &self.atlas.playbook().deals;
        let exact = deals.iter().position(|deal| fold(&deal.name) == wanted || *deal.id.0 == *wanted);
        if let Some(deal) = exact {
            return Ok(brief(&self.atlas, deal));
        }
        let matches = |index: &usize| !wanted.is_empty() && fold(&deals[*index].name).contains(&wanted);
        let found: Vec<usize> = (0..deals.len()).filter(matches).collect();
        if let [deal] = found[..] {
            return Ok(brief(&self.atlas, deal));
        }
        let names = |mut deals: Vec<&str>| {
            let more = deals.len().saturating_sub(MAX_NAMED);
            deals.truncate(MAX_NAMED);
            let names: Vec<String> = deals.iter().map(|name| format!("`{}`", shorten(name, LINE))).collect();
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            format!("{}{more}", names.join(", "))
        };
        let all = deals.iter().map(|deal| deal.name.as_str());
        if !found.is_empty() {
            let found = found.iter().map(|&deal| deals[deal].name.as_str()).collect();
            return Err(format!("`{name}` may be several deals: {}", names(found)));
        }
        if deals.is_empty() {
            let help = "write `deal: NAME` into a note, or put it into a folder of its own";
            return Err(format!("there is no deal `{name}`, nor any other\n  help: {help}"));
        }
        let folded: Vec<(String, &str)> = all.clone().map(|name| (fold(name), name)).collect();
        let near = nearest(&wanted, folded.iter().map(|(folded, _)| folded.as_str()));
        let near = near.and_then(|near| folded.iter().find(|(folded, _)| folded == near));
        let help = match near {
            Some((_, near)) => format!("did you mean `{near}`?"),
            None => format!("the deals are {}", names(all.collect())),
        };
        Err(format!("there is no deal `{name}`\n  help: {help}"))
    }

    /// The words in which the sheets are written.
    fn words(&self) -> &Words {
        &self.atlas.words
    }

    /// The sheet for a terminal, in lines of at most `width` letters.
    pub fn text(&self, brief: &Brief, width: usize) -> String {
        let words = self.words();
        let mut text = String::new();
        let width = width.max(40);
        push_wrapped(&mut text, "", &brief.title, width);
        push_wrapped(&mut text, "", &brief.head(words), width);
        for fact in brief.facts.iter().chain(&brief.others) {
            push_wrapped(&mut text, "  ", &fact.line(&fact.label), width);
        }
        for check in &brief.checks {
            push_wrapped(&mut text, "  - ", check, width);
        }
        for section in brief.sections(words) {
            let _ = write!(text, "\n{}\n", section.title);
            for line in &section.lines {
                push_wrapped(&mut text, line.sign("  ", "[x] ", "[ ] "), &line.text, width);
                if !line.below.is_empty() {
                    push_wrapped(&mut text, "    ", &line.below, width);
                }
            }
            if section.lines.is_empty() {
                push_wrapped(&mut text, "  ", &section.empty, width);
            }
        }
        text
    }

    /// The sheet as Markdown.
    pub fn markdown(&self, brief: &Brief) -> String {
        let words = self.words();
        let mut text = format!("# {}\n\n{}\n\n", escaped(&brief.title), escaped(&brief.head(words)));
        for fact in brief.facts.iter().chain(&brief.others) {
            let label = format!("**{}**", escaped(&fact.label));
            let _ = writeln!(
                text,
                "- {}",
                Fact { text: escaped(&fact.text), detail: escaped(&fact.detail), ..fact.clone() }
                    .line(&label)
            );
        }
        for check in &brief.checks {
            let _ = writeln!(text, "- {}", escaped(check));
        }
        for section in brief.sections(words) {
            let _ = write!(text, "\n## {}\n\n", escaped(&section.title));
            for line in &section.lines {
                let sign = line.sign("- ", "- [x] ", "- [ ] ");
                let _ = write!(text, "{sign}{}", escaped(&line.text));
                if !line.below.is_empty() {
                    let _ = write!(text, "  \n  {}", escaped(&line.below));
                }
                text.push('\n');
            }
            if section.lines.is_empty() {
                let _ = writeln!(text, "{}", escaped(&section.empty));
            }
        }
        text
    }
}

/// The sheet of a deal.
pub(super) fn brief(atlas: &Atlas, index: usize) -> Brief {
    let words = &atlas.words;
    let deal = atlas.deal(index);
    let facts = sheet(atlas, deal);
    let fact = |row: &FactRow| Fact {
        label: row.label.to_owned(),
        text: shorten(&row.text, LINE).into_owned(),
        detail: shorten(&row.detail, LINE).into_owned(),
        known: row.known,
        long: row.long,
    };
    let short = |text: &str| shorten(text.trim(), SHORT).into_owned();
    let people = deal.facts.people.iter().flat_map(|fact| &fact.value);
    let deadline = deal.facts.deadline.iter().map(|fact| ("brief.our_deadline", when(words, &fact.value)));
    let reservation = deal
        .facts
        .reservation
        .iter()
        .map(|fact| ("brief.our_reservation", short(&words.amount(&fact.value))));
    let unsaid = deadline.chain(reservation).filter(|_| !deal.outcome.is_closed());
    Brief {
        title: shorten(&deal.name, LINE).into_owned(),
        outcome: deal.outcome.as_str(),
        outcome_text: words.outcome(deal.outcome).to_owned(),
        meeting: deal.facts.meeting.as_ref().map(|fact| when(words, &fact.value)),
        counterparties: deal.counterparties.iter().take(MAX_PEOPLE).map(|name| short(name)).collect(),
        people: people.take(MAX_PEOPLE).map(|name| short(name)).collect(),
        facts: facts.main.iter().map(fact).collect(),
        others: facts.others.iter().take(MAX_OTHERS).map(fact).collect(),
        checks: deal.checks.iter().take(MAX_CHECKS).map(|check| check_words(words, check, deal)).collect(),
        strengths: strongest(atlas, index, |side| side != Side::Theirs, MAX_STRENGTHS),
        gaps: atlas
            .gaps(index)
            .iter()
            .take(MAX_GAPS)
            .map(|&principle| Gap {
                principle: short(&atlas.principle(principle).title),
                question: shorten(&question(atlas, principle), TWO_LINES).into_owned(),
                pieces: best_elsewhere(atlas, index, principle)
                    .map_or_else(Vec::new, |at| first_pieces(atlas, at, TWO_LINES)),
            })
            .collect(),
        unsaid: unsaid.map(|(key, value)| words.fill(key, &[("value", &value)])).collect(),
        warnings: strongest(atlas, index, |side| side == Side::Theirs, MAX_WARNINGS),
        tasks: tasks(atlas, index)
            .iter()
            .take(MAX_TASKS)
            .map(|task| Task {
                id: task.id.clone(),
                text: shorten(task.text.trim(), TWO_LINES).into_owned(),
                done: task.done,
            })
            .collect(),
    }
}

/// The surest passages of a deal, one a principle, ours before those whose side is not clear.
fn strongest(atlas: &Atlas, deal: usize, wanted: impl Fn(Side) -> bool, limit: usize) -> Vec<Passage> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for &note in &atlas.deals[deal].notes {
        let links = atlas.links(note).iter().enumerate();
        found.extend(
            links
                .filter(|(_, link)| wanted(link.side) && !link.evidence.is_empty())
                .map(|(link, _)| (note, link)),
        );
    }
    found.sort_by(|left, right| {
        let (left_link, right_link) = (atlas.link(*left), atlas.link(*right));
        (right_link.side == Side::Ours)
            .cmp(&(left_link.side == Side::Ours))
            .then(right_link.confidence.total_cmp(&left_link.confidence))
            .then(left.cmp(right))
    });
    let mut principles = BTreeSet::new();
    found.retain(|&at| principles.insert(atlas.link(at).principle.clone()));
    found.truncate(limit);
    let passage = |at: (usize, usize)| {
        let link = atlas.link(at);
        let title = atlas.principle_of(&link.principle).map(|index| atlas.principle(index).title.as_str());
        Passage {
            principle: shorten(title.unwrap_or(link.principle.as_str()), SHORT).into_owned(),
            pieces: first_pieces(atlas, at, TWO_LINES),
            place: place_name(atlas, at),
            side: link.side.as_str(),
            side_text: atlas.words.side(link.side).to_owned(),
        }
    };
    found.into_iter().map(passage).collect()
}

/// A part of the sheet below its facts.
struct Section {
    title: String,
    lines: Vec<Line>,
    /// What it says without lines.
    empty: String,
}

#[derive(Default)]
struct Line {
    text: String,
    /// A quote below it.
    below: String,
    /// For what is to be ticked.
    done: Option<bool>,
}

impl Line {
    fn sign<'a>(&self, plain: &'a str, done: &'a str, open: &'a str) -> &'a str {
        match self.done {
            None => plain,
            Some(true) => done,
            Some(false) => open,
        }
    }
}

impl Brief {
    /// `Open, Tuesday 24 November 2026, 14:00, with Northwind`
    fn head(&self, words: &Words) -> String {
        let mut parts = vec![self.outcome_text.clone()];
        parts.extend(self.meeting.clone());
        if !self.counterparties.is_empty() {
            parts.push(words.fill("brief.with", &[("people", &words.list(&self.counterparties))]));
        }
        parts.join(" · ")
    }

    fn sections(&self, words: &Words) -> Vec<Section> {
        let said = |pieces: &[Piece]| {
            let text: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
            if text.is_empty() { text } else { words.fill("quote.quoted", &[("text", text.trim())]) }
        };
        let passage = |passage: &Passage| Line {
            text: match passage.side {
                "ours" | "theirs" => format!("{} ({})", passage.principle, passage.place),
                _ => format!("{} ({}, {})", passage.principle, passage.side_text, passage.place),
            },
            below: said(&passage.pieces),
            done: None,
        };
        let plain = |text: &String| Line { text: text.clone(), ..Line::default() };
        let section = |title: &'static str, lines: Vec<Line>, empty: &'static str| Section {
            title: words.say(title).to_owned(),
            lines,
            empty: words.say(empty).to_owned(),
        };
        let gap = |gap: &Gap| Line {
            text: format!("{}: {}", gap.principle, gap.question),
            below: said(&gap.pieces),
            done: None,
        };
        let task = |task: &Task| Line { text: task.text.clone(), done: Some(task.done), ..Line::default() };
        let unsaid = self.unsaid.iter().map(plain).chain(self.warnings.iter().map(passage)).collect();
        vec![
            section("brief.strong", self.strengths.iter().map(passage).collect(), "brief.no_strong"),
            section("brief.gaps", self.gaps.iter().map(gap).collect(), "brief.no_gaps"),
            section("brief.theirs", unsaid, "brief.no_theirs"),
            section("brief.bring", self.tasks.iter().map(task).collect(), "brief.no_tasks"),
        ]
    }
}

impl Fact {
    /// The fact behind its label, which may be a question.
    fn line(&self, label: &str) -> String {
        let colon = if self.label.ends_with('?') { "" } else { ":" };
        let detail = if self.detail.is_empty() { String::new() } else { format!(" ({})", self.detail) };
        format!("{label}{colon} {}{detail}", self.text)
    }
}

/// Adds a text in lines of a width; further lines stand below the first letter of its text.
fn push_wrapped(into: &mut String, sign: &str, text: &str, width: usize) {
    let indent = " ".repeat(sign.chars().count());
    let room = width.saturating_sub(indent.len()).max(20);
    let mut line = String::new();
    let mut letters = 0;
    let mut first = true;
    let mut flush = |line: &mut String| {
        into.push_str(if first { sign } else { &indent });
        into.push_str(line);
        into.push('\n');
        first = false;
        line.clear();
    };
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if letters > 0 && letters + 1 + length > room {
            flush(&mut line);
            letters = 0;
        }
        if letters > 0 {
            line.push(' ');
            letters += 1;
        }
        line.push_str(word);
        letters += length;
    }
    flush(&mut line);
}

/// A text that Markdown shows as it is.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '$' | '&') {
            escaped.push('\\');
        }
        escaped.push(if letter.is_control() { ' ' } else { letter });
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_wrapped_below_their_text() {
        let mut text = String::new();
        push_wrapped(&mut text, "[ ] ", "one two three four five six", 24);
        assert_eq!(text, "[ ] one two three four\n    five six\n");
        text.clear();
        push_wrapped(&mut text, "", &"x".repeat(90), 40);
        assert_eq!(text, format!("{}\n", "x".repeat(90)));
        text.clear();
        push_wrapped(&mut text, "  ", "", 40);
        assert_eq!(text, "  \n");
    }

    #[test]
    fn markdown_shows_what_was_written() {
        assert_eq!(escaped("*a* [b](c) <d>\n"), r"\*a\* \[b\](c) \<d\> ");
    }
}
