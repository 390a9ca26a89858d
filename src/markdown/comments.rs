//! `%%…%%` comments, which only the author sees while editing.

use crate::source::Span;

/// Where comments stand in a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comments {
    /// Ascending, markers included; an unclosed one reaches to the end of the text.
    pub spans: Vec<Span>,
    /// The opening marker of a comment that is never closed.
    pub unclosed: Option<Span>,
}

/// Finds the comments outside code, from the end of the front matter on.
pub fn comments(text: &str, body_start: usize) -> Comments {
    let _ = (text, body_start);
    todo!()
}
