//! Footnotes: numbered by where they are first referred to, written at the end.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::Renderer;

/// Footnotes met so far.
#[derive(Default)]
pub(super) struct Footnotes {
    numbers: HashMap<String, usize>,
    /// By number: content, if it was met, and how often it is referred to.
    notes: Vec<(Option<String>, usize)>,
    /// Content of footnotes that nobody refers to, or that are defined again.
    others: Vec<(Option<String>, String)>,
}

impl Footnotes {
    /// The number of a footnote, and how often it has been referred to, this time included.
    fn refer(&mut self, name: &str) -> (usize, usize) {
        let key = name.to_lowercase();
        let notes = &mut self.notes;
        let number = *self.numbers.entry(key).or_insert_with(|| {
            notes.push((None, 0));
            notes.len()
        });
        notes[number - 1].1 += 1;
        (number, notes[number - 1].1)
    }

    /// Keeps the content of a footnote.
    pub(super) fn define(&mut self, name: &str, html: String) {
        self.others.push((Some(name.to_lowercase()), html));
    }

    /// Takes an inline footnote.
    fn add(&mut self, html: String) -> usize {
        self.notes.push((Some(html), 1));
        self.notes.len()
    }
}

impl Renderer<'_> {
    pub(super) fn footnote_reference(&mut self, name: &str) {
        let (number, times) = self.footnotes.refer(name);
        self.write_reference(number, times);
    }

    /// Begins to write an inline footnote apart from the text around it.
    pub(super) fn open_note(&mut self) {
        self.out.suspend();
        self.out.open("p", "");
    }

    pub(super) fn close_note(&mut self) {
        let html = self.out.resume();
        let number = self.footnotes.add(html);
        self.write_reference(number, 1);
    }

    fn write_reference(&mut self, number: usize, times: usize) {
        let id = reference_id(number, times);
        self.out.raw(&format!(
            "<sup class=\"footnote\"><a id=\"{id}\" href=\"#fn_{number}\" role=\"doc-noteref\" aria-label=\"Footnote {number}\">{number}</a></sup>"
        ));
    }

    pub(super) fn write_footnotes(&mut self) {
        let Footnotes { numbers, mut notes, others } = std::mem::take(&mut self.footnotes);
        let mut unreferred = Vec::new();
        for (name, html) in others {
            let number = name.and_then(|name| numbers.get(&name));
            match number.map(|number| &mut notes[number - 1].0) {
                Some(content @ None) => *content = Some(html),
                _ => unreferred.push((Some(html), 0)),
            }
        }
        if !self.is_part {
            notes.extend(unreferred);
        }
        if notes.is_empty() {
            return;
        }
        let mut html = String::from(
            "<section class=\"footnotes\" role=\"doc-endnotes\" aria-label=\"Footnotes\">\n<ol>\n",
        );
        for (index, (content, times)) in notes.into_iter().enumerate() {
            let content = content.unwrap_or_default();
            let backlinks = backlinks(index + 1, times);
            let _ = write!(html, "<li id=\"fn_{}\">", index + 1);
            match content.trim_end().strip_suffix("</p>") {
                Some(start) => {
                    let _ = writeln!(html, "{start}{backlinks}</p></li>");
                }
                None => {
                    let _ = writeln!(html, "{content}{backlinks}</li>");
                }
            }
        }
        html.push_str("</ol>\n</section>\n");
        self.out.close_all();
        self.out.line();
        self.out.raw(&html);
    }
}

fn reference_id(number: usize, times: usize) -> String {
    match times {
        1 => format!("fnref_{number}"),
        _ => format!("fnref_{number}_{times}"),
    }
}

fn backlinks(number: usize, times: usize) -> String {
    (1..=times).fold(String::new(), |mut links, time| {
        let id = reference_id(number, time);
        let label = if time == 1 {
            format!("Back to reference {number}")
        } else {
            format!("Back to reference {number}-{time}")
        };
        let _ = write!(
            links,
            " <a class=\"backlink\" href=\"#{id}\" role=\"doc-backlink\" aria-label=\"{label}\">↩</a>"
        );
        links
    })
}
