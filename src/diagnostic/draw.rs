//! Draws a diagnostic as rustc does: code, message, file and place, source line, caret, help.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::{Diagnostic, Place, Severity};
use crate::source::{Source, Span, floor_char_boundary};

/// At most so many bytes of a source line are shown on either side of the place.
const CONTEXT: usize = 160;

/// The text for a person, without a final line end.
pub fn draw(diagnostic: &Diagnostic, colour: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let message = escape_controls(&diagnostic.message);
    let title = level.primary_title(message).id(diagnostic.code.as_str());
    let file = escape_controls(diagnostic.file().as_str());
    let mut group = match &diagnostic.place {
        Place::Text(source, span) => excerpt(title, file, source, *span),
        Place::File(_) => title.element(Origin::path(file)),
    };
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(escape_controls(help)));
    }
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&[group])
}

fn excerpt<'a>(title: annotate_snippets::Title<'a>, file: String, source: &Source, span: Span) -> Group<'a> {
    let position = source.position(span.start);
    let line = source.line_span(position.line);
    let start = floor_char_boundary(source.text(), span.start.min(line.end));
    let end = floor_char_boundary(source.text(), span.end.clamp(start, line.end));
    let from = floor_char_boundary(source.text(), start.saturating_sub(CONTEXT).max(line.start));
    let to =
        floor_char_boundary(source.text(), end.min(start + CONTEXT).saturating_add(CONTEXT).min(line.end));
    let shown = |from: usize, to: usize| escape_controls(&source.text()[from..to.max(from)]);
    let (before, marked, after) = (shown(from, start), shown(start, end.min(to)), shown(end.min(to), to));
    let range = before.len()..before.len() + marked.len();
    let text = Snippet::source(format!("{before}{marked}{after}"))
        .line_start(position.line)
        .annotation(AnnotationKind::Primary.span(range));
    if from == line.start {
        return title.element(text.path(file));
    }
    // The beginning of a very long line is not shown, so the column cannot be counted from what is.
    title.element(Origin::path(file).line(position.line).char_column(position.column)).element(text)
}

/// Shows control characters, and those that reorder text, as symbols, so that no name or line from
/// content drives a terminal. Tabs stay.
pub fn escape_controls(text: &str) -> String {
    let symbol = |character: char| match character {
        '\0'..='\x1f' if drives_terminal(character) => {
            char::from_u32(0x2400 + u32::from(character)).unwrap_or('\u{fffd}')
        }
        '\x7f' => '\u{2421}',
        _ if drives_terminal(character) => '\u{fffd}',
        _ => character,
    };
    text.chars().map(symbol).collect()
}

/// Whether a terminal might do something else with a character than show it.
pub fn drives_terminal(character: char) -> bool {
    (character.is_control() && character != '\t')
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::diagnostic::Code;
    use crate::source::SourceId;

    fn problem(text: &str, span: Span) -> Diagnostic {
        let source = Arc::new(Source::new(SourceId::new("content/acme.md"), text));
        Diagnostic::at(Code::UnknownPrinciple, &source, span, "no principle is called `batma`")
            .help("did you mean `batna`?")
    }

    #[test]
    fn a_problem_is_drawn_with_its_line_and_a_caret() {
        let drawn = draw(&problem("---\nprinciples: [batma]\n---\n", Span::new(17, 22)), false);
        let expected = "\
error[LB007]: no principle is called `batma`
 --> content/acme.md:2:14
  |
2 | principles: [batma]
  |              ^^^^^
  |
  = help: did you mean `batna`?";
        assert_eq!(drawn, expected);
    }

    #[test]
    fn nothing_drives_the_terminal_and_long_lines_are_cut() {
        let drawn = draw(
            &problem(&format!("\x1b[31m{}\u{202e}x", "é".repeat(5_000)), Span::new(5_000, 5_010)),
            false,
        );
        assert!(!drawn.contains(['\x1b', '\u{202e}']), "{drawn}");
        assert!(drawn.len() < 2_000, "{}", drawn.len());
        draw(&problem("", Span::new(0, 0)), true);
        draw(&problem("a\n\u{1}b", Span::new(2, 400)), true);
    }
}
