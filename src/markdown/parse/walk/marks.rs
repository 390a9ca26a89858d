//! The marks of callouts and tasks, which the Markdown parser takes for text.

use crate::source::Span;

/// `[x] ` at the start of a list item.
#[derive(Clone, Copy)]
pub(super) struct TaskBox {
    /// The character in the box.
    pub(super) mark: char,
    /// Of the opening bracket.
    pub(super) start: usize,
    /// Of what follows after the box and its blank.
    pub(super) end: usize,
}

/// `[!kind]± title` at the start of a quote.
pub(super) struct CalloutHead {
    pub(super) kind: String,
    /// From `[!` to the end of the line.
    pub(super) line: Span,
    pub(super) title_start: usize,
    pub(super) quote: Span,
}

/// The head of a callout, if the first line of a quote looks like one.
pub(super) fn callout_head(text: &str, quote: Span) -> Option<CalloutHead> {
    let written = &text[quote.range()];
    let line = written.lines().next()?.trim_start().strip_prefix('>')?.trim_start();
    let start = quote.start + written.find("[!")?;
    let (kind, rest) = line.strip_prefix("[!")?.split_once(']')?;
    let kind = kind.split('|').next()?.trim();
    if kind.is_empty() || kind.contains('[') {
        return None;
    }
    // `[!kind](address)` is a link. A title right behind the mark makes a callout all the same.
    if rest.starts_with(['(', '[']) {
        return None;
    }
    let title = rest.strip_prefix(['+', '-']).unwrap_or(rest);
    let title_start = start + line.len() - title.trim_start().len();
    let line = Span::new(start, start + line.trim_end().len());
    Some(CalloutHead { kind: kind.to_lowercase(), line, title_start, quote })
}

/// The box of a task, if a list item begins with one.
pub(super) fn task_box(text: &str, item: Span) -> Option<TaskBox> {
    let written = &text[item.range()];
    let marked = written.trim_start_matches([' ', '\t']);
    let after_mark = match marked.strip_prefix(['-', '*', '+']) {
        Some(rest) => rest,
        None => marked.trim_start_matches(|digit: char| digit.is_ascii_digit()).strip_prefix(['.', ')'])?,
    };
    let content = after_mark.trim_start_matches([' ', '\t']);
    let mut characters = content.strip_prefix('[')?.chars();
    let mark = characters.next().filter(|mark| !matches!(mark, '[' | ']' | '\n' | '\r'))?;
    let rest = characters.as_str().strip_prefix(']')?;
    let start = item.start + written.len() - content.len();
    let end = item.start + written.len() - rest.trim_start_matches([' ', '\t']).len();
    let is_box =
        content.len() < after_mark.len() && (rest.is_empty() || rest.starts_with(char::is_whitespace));
    is_box.then_some(TaskBox { mark, start, end })
}
