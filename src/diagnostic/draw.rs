//! Draws a diagnostic as rustc does: code, message, file and place, source line, caret, help.

use super::Diagnostic;

/// The text for a person, with a line end; in colour if the terminal shows it.
pub fn draw(diagnostic: &Diagnostic, colour: bool) -> String {
    let _ = (diagnostic, colour);
    todo!()
}

/// Shows control characters (and those that reorder text) as escapes, so that no name or line from content drives a terminal.
pub fn escape_controls(text: &str) -> String {
    let _ = text;
    todo!()
}
