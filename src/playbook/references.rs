//! Follows the references of the notes of an edition: which files they use, which lead nowhere or in a circle.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::paths::{Certainty, Paths, Resolution};
use super::{Leverage, Note, key, media};
use crate::diagnostic::{Code, Diagnostic};
use crate::markdown::{Reference, ReferenceKind};

/// What following the references of one note gave.
#[derive(Debug, Default)]
pub struct Followed {
    /// Paths of the attachments that it shows or links to.
    pub attachments: Vec<String>,
    /// The notes that it embeds, by number, each with the number of the reference that does so.
    embeds: Vec<(usize, usize)>,
    /// What leads nowhere or to several places.
    pub problems: Vec<Diagnostic>,
}

/// Where the references of an edition's notes may lead.
#[derive(Debug, Default)]
pub struct Destinations {
    /// Paths of the notes and attachments, below the notes folder.
    pub paths: Paths,
    /// The keys of the names of deals and counterparties.
    pub names: BTreeSet<String>,
}

/// Follows the references of a note; `notes` are those that the destinations number.
pub fn follow(
    note: &Note,
    notes: &[Arc<Note>],
    leverage: &Leverage,
    destinations: &Destinations,
) -> Followed {
    let mut followed = Followed::default();
    for (number, reference) in note.document.references.iter().enumerate() {
        let resolution = resolve(&destinations.paths, note, reference);
        let source = &note.document.source;
        match &resolution {
            Resolution::Note(target, _) if reference.kind == ReferenceKind::Embed => {
                followed.embeds.push((*target, number));
            }
            Resolution::Attachment(path, _) => {
                if media::is_published(path) {
                    followed.attachments.push(path.clone());
                } else {
                    let message = format!(
                        "`{path}` is not a kind of file that a site may hold, so it is not published"
                    );
                    let problem = Diagnostic::at(Code::WithheldFile, source, reference.span, message);
                    followed.problems.push(problem.help("publish it as PDF, picture or text"));
                }
            }
            Resolution::Nowhere if is_local(reference) => {
                let is_known = leverage.find(&reference.target).is_some()
                    || destinations.names.contains(&key(&reference.target));
                if !is_known {
                    let message = format!("there is no note `{}` yet", reference.target);
                    let problem = Diagnostic::at(Code::UnresolvedLink, source, reference.span, message);
                    followed.problems.push(problem);
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
/// `followed` says by the notes' numbers what they embed.
pub fn circles(notes: &[Arc<Note>], followed: &[Arc<Followed>]) -> Vec<Diagnostic> {
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
    let embedding = (0..notes.len()).filter(|&note| !followed[note].embeds.is_empty());
    for start in embedding {
        let mut stack = vec![(start, 0)];
        while let Some((note, next)) = stack.pop() {
            if next == 0 {
                if visits[note] != Visit::New {
                    continue;
                }
                visits[note] = Visit::Open;
            }
            let Some(&(target, number)) = followed[note].embeds.get(next) else {
                visits[note] = Visit::Done;
                continue;
            };
            stack.push((note, next + 1));
            match visits[target] {
                Visit::Open => {
                    let message =
                        format!("this embeds `{}`, which embeds this note in turn", notes[target].id.0);
                    let document = &notes[note].document;
                    let span = document.references[number].span;
                    problems.push(
                        Diagnostic::at(Code::EmbedCycle, &document.source, span, message)
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
