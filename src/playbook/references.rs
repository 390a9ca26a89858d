//! Follows the references of all notes of an edition: which files they use, which lead nowhere or in a circle.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::paths::{Certainty, Paths, Resolution};
use super::{Leverage, Note, key, media};
use crate::diagnostic::{Code, Diagnostic};
use crate::markdown::{Reference, ReferenceKind};

/// What following all references gave.
pub struct Followed {
    /// Paths of the attachments that notes show or link to.
    pub attachments: BTreeSet<String>,
    /// What leads nowhere, to several places, or in a circle.
    pub problems: Vec<Diagnostic>,
}

/// Follows the references of the notes; `attachments` are paths below the notes folder, `names` those of deals and counterparties.
pub fn follow<'a>(
    notes: &'a [Arc<Note>],
    leverage: &Leverage,
    names: impl Iterator<Item = &'a str>,
    attachments: impl Iterator<Item = &'a str>,
) -> Followed {
    let paths = Paths::new(notes.iter().map(|note| &*note.id.0), attachments);
    let names: BTreeSet<String> = names.map(key).collect();
    let mut followed = Followed { attachments: BTreeSet::new(), problems: Vec::new() };
    let mut embeds: BTreeMap<usize, Vec<(usize, &Reference)>> = BTreeMap::new();
    for (index, note) in notes.iter().enumerate() {
        for reference in &note.document.references {
            let resolution = resolve(&paths, note, reference);
            let source = &note.document.source;
            match &resolution {
                Resolution::Note(target, _) if reference.kind == ReferenceKind::Embed => {
                    embeds.entry(index).or_default().push((*target, reference));
                }
                Resolution::Attachment(path, _) => {
                    if media::is_published(path) {
                        followed.attachments.insert(path.clone());
                    } else {
                        let message = format!(
                            "`{path}` is not a kind of file that a site may hold, so it is not published"
                        );
                        let problem = Diagnostic::at(Code::WithheldFile, source, reference.span, message);
                        followed.problems.push(problem.help("publish it as PDF, picture or text"));
                    }
                }
                Resolution::Nowhere if is_local(reference) => {
                    let is_known =
                        leverage.find(&reference.target).is_some() || names.contains(&key(&reference.target));
                    if !is_known {
                        let message = format!("there is no note `{}` yet", reference.target);
                        followed.problems.push(Diagnostic::at(
                            Code::UnresolvedLink,
                            source,
                            reference.span,
                            message,
                        ));
                    }
                }
                Resolution::Note(..) | Resolution::Nowhere => {}
            }
            if let Resolution::Note(_, certainty @ (Certainty::Several | Certainty::End))
            | Resolution::Attachment(_, certainty @ (Certainty::Several | Certainty::End)) = resolution
            {
                followed.problems.push(unsure(notes, note, reference, &resolution, certainty));
            }
        }
    }
    followed.problems.extend(circles(notes, &embeds));
    followed
}

/// What a reference of a note leads to.
pub fn resolve(paths: &Paths, note: &Note, reference: &Reference) -> Resolution {
    if reference.target.is_empty() {
        return Resolution::Nowhere;
    }
    match reference.kind {
        ReferenceKind::Wikilink | ReferenceKind::Embed => paths.resolve(&note.id.0, &reference.target),
        ReferenceKind::Link | ReferenceKind::Image => paths.resolve_link(&note.id.0, &reference.target),
    }
}

/// Whether a reference means a file of the vault, not an outside address or a place in its own note.
fn is_local(reference: &Reference) -> bool {
    let target = reference.target.as_str();
    let scheme = target.split_once(':').is_some_and(|(scheme, _)| {
        scheme.len() > 1
            && scheme.chars().all(|character| character.is_ascii_alphanumeric() || "+-.".contains(character))
    });
    !target.is_empty() && !scheme && !target.starts_with("//")
}

fn unsure(
    notes: &[Arc<Note>],
    note: &Note,
    reference: &Reference,
    resolution: &Resolution,
    certainty: Certainty,
) -> Diagnostic {
    let taken = match resolution {
        Resolution::Note(index, _) => &*notes[*index].id.0,
        Resolution::Attachment(path, _) => path,
        Resolution::Nowhere => "",
    };
    let target = &reference.target;
    let message = match certainty {
        Certainty::End => format!("`{target}` is only the end of a path; `{taken}` was taken"),
        _ => format!("`{target}` could mean several files; `{taken}` was taken"),
    };
    Diagnostic::at(Code::AmbiguousLink, &note.document.source, reference.span, message)
        .help("write the path from the vault's root")
}

/// The embeds that close a circle: a depth-first search on a stack of its own, so that long chains do no harm.
fn circles(notes: &[Arc<Note>], embeds: &BTreeMap<usize, Vec<(usize, &Reference)>>) -> Vec<Diagnostic> {
    #[derive(Clone, Copy, PartialEq)]
    enum Visit {
        /// Becomes `Open`.
        New,
        /// On the way from the start to here; becomes `Done`.
        Open,
        Done,
    }
    let mut visits = vec![Visit::New; notes.len()];
    let mut problems = Vec::new();
    for &start in embeds.keys() {
        let mut stack = vec![(start, 0)];
        while let Some((note, next)) = stack.pop() {
            if next == 0 {
                if visits[note] != Visit::New {
                    continue;
                }
                visits[note] = Visit::Open;
            }
            let Some(&(target, reference)) = embeds.get(&note).and_then(|targets| targets.get(next)) else {
                visits[note] = Visit::Done;
                continue;
            };
            stack.push((note, next + 1));
            match visits[target] {
                Visit::Open => {
                    let message =
                        format!("this embeds `{}`, which embeds this note in turn", notes[target].id.0);
                    let source = &notes[note].document.source;
                    problems.push(
                        Diagnostic::at(Code::EmbedCycle, source, reference.span, message)
                            .help("link to it instead of embedding it"),
                    );
                }
                Visit::New => stack.push((target, 0)),
                Visit::Done => {}
            }
        }
    }
    problems
}
