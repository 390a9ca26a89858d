//! Inline markup: words, code, links, images, tasks.

use pulldown_cmark::LinkType;

use super::super::super::{Reference, ReferenceKind, Task};
use super::super::{reference, tags};
use super::Walker;
use super::marks::TaskBox;
use crate::source::Span;

/// A link or image whose end has not come yet.
pub(super) struct OpenReference {
    /// In `Document::references`; `None` for brackets that are text.
    index: Option<usize>,
    /// Whether its content stays out of the passage.
    is_hidden: bool,
    /// Whether its content says what the reader sees, instead of repeating the target.
    has_text: bool,
    /// Where its text begins in the passage.
    text_start: usize,
    /// Its text, while that stays out of the passage.
    hidden_text: String,
    span: Span,
}

impl Walker<'_> {
    pub(super) fn words(&mut self, words: &str, span: Span) {
        let is_written = self.text[span.range()] == *words;
        if self.has_markers
            && is_written
            && let Some(at) = words.find("%%")
        {
            self.overlooked = Some(Span::new(span.start + at, span.start + at + 2));
            return;
        }
        if self.hidden > 0 {
            return self.hide(words);
        }
        self.draft();
        if let Some(task_box) = self.task_box.take_if(|task_box| task_box.start == span.start) {
            self.begin_task(task_box);
        }
        if is_written {
            let skipped = self.skip_to.clamp(span.start, span.end) - span.start;
            self.written_words(&words[skipped..], Span::new(span.start + skipped, span.end));
        } else if span.start >= self.skip_to {
            self.flush_run();
            let text = self.text;
            let draft = self.draft();
            draft.reach(span);
            draft.push_aligned(words, text, span);
            draft.ends_in_words = false;
        }
    }

    fn written_words(&mut self, words: &str, span: Span) {
        if words.is_empty() {
            return;
        }
        let is_free = self.references.is_empty();
        let draft = self.draft();
        let follows_blank = draft.text.is_empty() || draft.text.ends_with(char::is_whitespace);
        draft.reach(span);
        draft.push(words, span.start);
        draft.ends_in_words = is_free;
        match &mut self.run {
            Some((run, _)) if run.end == span.start => run.end = span.end,
            _ => {
                self.flush_run();
                self.run = is_free.then_some((span, follows_blank));
            }
        }
    }

    /// Looks for tags in the words that have come together.
    pub(super) fn flush_run(&mut self) {
        if let Some((run, follows_blank)) = self.run.take() {
            tags::find(self.text, run, follows_blank, &mut self.document.tags);
        }
    }

    pub(super) fn code(&mut self, code: &str, span: Span) {
        if self.hidden > 0 {
            return self.hide(code);
        }
        let text = self.text;
        let written = &text[span.range()];
        let ticks = written.len() - written.trim_start_matches('`').len();
        let inside = Span::new(span.start + ticks, (span.end - ticks).max(span.start + ticks));
        let draft = self.draft();
        draft.reach(span);
        match text[inside.range()].find(code) {
            // One blank on each side may stand between the ticks and the code.
            Some(at) if at <= 1 => draft.push(code, inside.start + at),
            _ => draft.push_aligned(code, text, inside),
        }
        draft.ends_in_words = false;
    }

    pub(super) fn line_break(&mut self, span: Span) {
        if self.hidden > 0 {
            return self.hide(" ");
        }
        if self.title_of.is_some() {
            // The title of a callout ends with its line, though for Markdown the paragraph goes on.
            self.close();
            self.open(self.kind());
            for reference in &mut self.references {
                reference.text_start = 0;
            }
        } else {
            self.draft().push_blank(span.start);
        }
    }

    pub(super) fn task_marker(&mut self, span: Span) {
        self.draft();
        let mark = self.text[span.range()].chars().nth(1).unwrap_or(' ');
        let task_box = self.task_box.take().filter(|task_box| task_box.start == span.start);
        self.begin_task(task_box.unwrap_or(TaskBox { mark, start: span.start, end: span.end }));
    }

    fn begin_task(&mut self, task_box: TaskBox) {
        self.skip_to = task_box.end;
        self.task_of = Some(self.document.tasks.len());
        let span = self.trimmed(Span::new(task_box.start, task_box.end));
        self.document.tasks.push(Task { mark: task_box.mark, text: String::new(), span });
    }

    pub(super) fn start_link(&mut self, link_type: LinkType, destination: &str, span: Span) {
        match link_type {
            LinkType::WikiLink { has_pothole } => {
                self.start_wikilink(ReferenceKind::Wikilink, destination, has_pothole, span);
            }
            LinkType::Autolink => {
                self.start_reference(ReferenceKind::Link, reference::destination(destination), false, span);
                self.hide_content();
            }
            LinkType::Email => {
                let target = (format!("mailto:{destination}"), String::new());
                self.start_reference(ReferenceKind::Link, target, false, span);
                self.hide_content();
            }
            _ => self.start_reference(ReferenceKind::Link, reference::destination(destination), true, span),
        }
    }

    pub(super) fn start_image(&mut self, link_type: LinkType, destination: &str, span: Span) {
        match link_type {
            LinkType::WikiLink { has_pothole } => {
                self.start_wikilink(ReferenceKind::Embed, destination, has_pothole, span);
            }
            _ => self.start_reference(ReferenceKind::Image, reference::destination(destination), true, span),
        }
        self.hide_content();
    }

    fn start_wikilink(&mut self, kind: ReferenceKind, inner: &str, has_pothole: bool, span: Span) {
        let Some(target) = reference::wikilink(inner) else {
            // Brackets around nothing are text.
            let text = self.text;
            self.words(&text[span.range()], span);
            self.push_open(None, false, span);
            self.hide_content();
            return;
        };
        let shows_name = !has_pothole && kind == ReferenceKind::Wikilink;
        let is_shown = shows_name && self.hidden == 0;
        if shows_name && !is_shown {
            self.hide(inner);
        }
        self.start_reference(kind, target, has_pothole, span);
        if is_shown {
            self.show_name(span);
        }
        if shows_name {
            self.hide_content();
        }
    }

    fn start_reference(&mut self, kind: ReferenceKind, target: (String, String), has_text: bool, span: Span) {
        let (target, fragment) = target;
        let index = self.document.references.len();
        self.document.references.push(Reference { kind, target, fragment, display: None, span });
        self.push_open(Some(index), has_text, span);
    }

    fn push_open(&mut self, index: Option<usize>, has_text: bool, span: Span) {
        let draft = self.draft();
        draft.reach(span);
        draft.ends_in_words = false;
        let text_start = draft.text.len();
        let hidden_text = String::new();
        self.references.push(OpenReference {
            index,
            is_hidden: false,
            has_text,
            text_start,
            hidden_text,
            span,
        });
    }

    /// Keeps the content of the innermost reference out of the passage.
    fn hide_content(&mut self) {
        if let Some(open) = self.references.last_mut().filter(|open| !open.is_hidden) {
            open.is_hidden = true;
            self.hidden += 1;
        }
    }

    fn hide(&mut self, text: &str) {
        if let Some(open) = self.references.last_mut().filter(|open| open.has_text) {
            open.hidden_text.push_str(text);
        }
    }

    pub(super) fn end_reference(&mut self) {
        let Some(open) = self.references.pop() else { return };
        self.hidden -= usize::from(open.is_hidden);
        let Some(index) = open.index.filter(|_| open.has_text) else { return };
        let is_shown = !open.is_hidden && self.hidden == 0;
        let draft = self.draft();
        draft.ends_in_words = false;
        let text = if is_shown { draft.text.get(open.text_start..) } else { Some(&*open.hidden_text) };
        let display = text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        let is_wikilink = self.document.references[index].kind == ReferenceKind::Wikilink;
        if display.is_none() && is_shown && is_wikilink {
            self.show_name(open.span);
        }
        if !open.is_hidden && !is_shown {
            // A link in the text of an image is a part of that text.
            self.hide(&open.hidden_text);
        }
        self.document.references[index].display = display;
    }

    /// Shows a wikilink without alias as Obsidian does: `Note#Heading` as `Note > Heading`.
    fn show_name(&mut self, span: Span) {
        let text = self.text;
        let Some((before, rest)) = text[span.range()].split_once("[[") else { return };
        let inner = rest.strip_suffix("]]").unwrap_or(rest);
        let inner = inner.split('|').next().unwrap_or(inner).trim_end_matches('\\');
        let separators: &[char] = if reference::is_address(inner) { &['\n'] } else { &['#', '\n'] };
        let mut offset = span.start + before.len() + 2;
        let draft = self.draft();
        let start = draft.text.len();
        for part in inner.split_inclusive(separators) {
            let line = part.trim_end_matches(separators);
            let name = line.trim_start_matches([' ', '\t', '>']);
            if !name.is_empty() {
                draft.push(name.trim_end(), offset + line.len() - name.len());
            }
            offset += part.len();
            if draft.text.len() > start && part.ends_with('#') {
                draft.push_unwritten(" > ", offset - 1);
            } else if draft.text.len() > start && part.ends_with('\n') {
                draft.push_blank(offset - 1);
            }
        }
    }
}
