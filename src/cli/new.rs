//! `leverbook new`

use super::args::{Global, New, NewWhat};
use super::build::shown;
use super::print::Terminal;
use super::scaffold::write_new;
use super::{CliError, Exit, project};
use crate::markdown::slug;

pub(super) fn run(global: &Global, args: &New, terminal: &mut Terminal) -> Result<Exit, CliError> {
    let project = project::open(global)?;
    let day = project::today().map(|day| day.to_string()).unwrap_or_default();
    let (path, text) = match &args.what {
        NewWhat::Note { title, deal: Some(deal) } => {
            (format!("deals/{}/{day}-{}.md", slug(deal), slug(title)), note(title, Some(deal), &day))
        }
        NewWhat::Note { title, deal: None } => (format!("{day}-{}.md", slug(title)), note(title, None, &day)),
        NewWhat::Deal { name, counterparty } => (
            format!("deals/{}/{day}-prep.md", slug(name)),
            deal(name, counterparty.as_deref().unwrap_or(""), &day),
        ),
    };
    let notes = project.config.notes.first().map_or("content", String::as_str);
    let path = project.root.join(notes).join(path);
    write_new(&path, &text)?;
    terminal.done("Wrote", &shown(&path))?;
    terminal.line(&shown(&path))?;
    Ok(Exit::Done)
}

/// A YAML text in quotes: whatever the words, they stay text.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn note(title: &str, deal: Option<&str>, day: &str) -> String {
    let deal = deal.map(|deal| format!("deal: {}\n", quoted(deal))).unwrap_or_default();
    let heading = title.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("---\n{deal}date: {day}\nstage:\nvisibility: team\n---\n# {heading}\n\n")
}

fn deal(name: &str, counterparty: &str, day: &str) -> String {
    let (name, counterparty) = (quoted(name), quoted(counterparty));
    format!(
        "---
deal: {name}
counterparty: {counterparty}
date: {day}
stage: prep
outcome: open
visibility: team
# The deal sheet: numbers or words; leave out what you do not know.
role: buy            # or sell
target:
reservation:         # walk away at
their_estimate:      # where you think they walk away
batna:               # your best alternative
their_batna:
deadline:
their_deadline:
meeting:
owner:
people: []
---
# Preparation

What we know, what we do not know, who is pressed:

## Before the meeting

- [ ] 
"
    )
}
