//! Walks the document and takes principles out of it, in whatever shape they are written.
//!
//! In comes the tree; out go drafts of principles, still with their marks, and what was not understood.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::blocks::{Block, Heading, Item, List, Table, Tree};
use super::outline::{
    Column, Part, PartKind, Style, has_words, holds_terms, is_term_list, opens_bold, parts, term_column,
    term_of,
};
use super::pasted;
use super::prose::{Citation, Prose, is_blank};
use super::term::{self, Term, Title};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::source::{Source, Span, floor_char_boundary};

/// So many parts that are not understood are named one by one.
const MAX_PROBLEMS: usize = 200;
const HOW_TO_WRITE: &str = "open it with a bold term in a list, `- **Term**: text`, or indent it below the principle that it belongs to";

/// A principle whose id and relations are not known yet.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// Its names.
    pub title: Title,
    /// The nearest heading.
    pub section: Option<String>,
    /// The term's place.
    pub span: Span,
    /// Its own text.
    pub paragraphs: Vec<Prose>,
    /// The items below it, each of one or more paragraphs.
    pub tactics: Vec<Vec<Prose>>,
    /// Cues from a table's column.
    pub cues: Vec<String>,
    /// What it cites, in order.
    pub citations: Vec<Citation>,
    /// What the term itself links to.
    pub term: Prose,
}

impl Draft {
    /// All its texts, in order.
    pub(super) fn texts(&self) -> impl Iterator<Item = &Prose> {
        self.paragraphs.iter().chain(self.tactics.iter().flatten())
    }

    fn is_bare(&self) -> bool {
        self.paragraphs.is_empty() && self.tactics.is_empty()
    }
}

/// Takes the principles out of a document.
pub(super) fn drafts(tree: &Tree, source: &Arc<Source>) -> (Vec<Draft>, Vec<Diagnostic>) {
    let parts = parts(&tree.blocks);
    let mut walk = Walk {
        source,
        drafts: Vec::new(),
        problems: Vec::new(),
        section: None,
        introduction: None,
        has_pasted: false,
        left: 0,
    };
    for part in &parts {
        walk.part(part);
    }
    walk.footnotes(tree);
    walk.finish()
}

/// The way through the document.
struct Walk<'a> {
    source: &'a Arc<Source>,
    drafts: Vec<Draft>,
    problems: Vec<Diagnostic>,
    section: Option<String>,
    /// The first text that introduces the document: worth a word only if no principle follows.
    introduction: Option<Span>,
    /// Whether pasted bullets were told of.
    has_pasted: bool,
    /// Problems that were not named any more.
    left: usize,
}

impl Walk<'_> {
    fn part(&mut self, part: &Part<'_>) {
        if let Some(heading) = part.heading {
            if part.kind == PartKind::Principle {
                return self.heading_principle(heading, &part.blocks);
            }
            self.section = term::section(&heading.prose);
            if part.blocks.is_empty() && !part.is_parent && !heading.prose.is_blank() {
                self.not_understood(
                    heading.prose.span,
                    "nothing stands below this heading",
                    "write a sentence or a list of principles below it",
                );
            }
        }
        let bold = part.blocks.iter().filter(|block| opens_bold(block)).count();
        let takes_bold = bold > 1 || part.heading.is_none() || part.is_parent;
        self.blocks(&part.blocks, takes_bold, part.may_introduce);
    }

    fn heading_principle(&mut self, heading: &Heading, blocks: &[&Block]) {
        let Some(mut title) = term::title(&heading.prose) else {
            self.section = term::section(&heading.prose);
            self.not_understood(
                heading.prose.span,
                "this heading is too long for a principle",
                "name the principle in a few words",
            );
            return self.blocks(blocks, false, false);
        };
        title.id = heading.id.clone().or(title.id);
        // The section above stays in force for the next heading of this rank.
        let place = term::place(&heading.prose);
        self.open(title, place, &heading.prose);
        for block in blocks {
            self.fill(block);
        }
    }

    /// Blocks below a heading that is a section.
    fn blocks(&mut self, blocks: &[&Block], takes_bold: bool, may_introduce: bool) {
        // Whether text belongs to a paragraph's bold term above it.
        let mut is_open = false;
        for (index, block) in blocks.iter().enumerate() {
            let next = blocks.get(index + 1);
            match block {
                Block::Rule => is_open = false,
                Block::List(list) => {
                    let before_rule = matches!(next, Some(Block::Rule));
                    if is_open && !holds_terms(block) {
                        self.fill(block);
                    } else {
                        is_open = false;
                        self.list(list, before_rule);
                    }
                }
                Block::Prose(prose)
                    if next.is_some_and(|next| holds_terms(next)) && is_pseudo_heading(prose) =>
                {
                    is_open = false;
                    self.section = term::section(prose);
                }
                Block::Prose(prose) => match term::bold(prose).filter(|_| takes_bold) {
                    Some(term) => {
                        is_open = true;
                        self.term(term, prose);
                    }
                    None if is_open => self.fill(block),
                    None => self.text(prose.span, may_introduce),
                },
                Block::Table(table) => match term_column(table) {
                    Some(column) => self.table(table, column),
                    None => self.not_understood(
                        table.span,
                        "this table belongs to no principle",
                        "put the terms into its first column",
                    ),
                },
                Block::Definitions(definitions) => self.definitions(definitions),
                block if is_open => self.fill(block),
                Block::Quote(_, span) => self.text(*span, may_introduce),
                Block::Code(_, span) => {
                    self.not_understood(*span, "this code belongs to no principle", HOW_TO_WRITE);
                }
                Block::Html(span) => self.raw_html(*span),
                Block::Heading(_) => {}
            }
        }
    }

    /// Text that belongs to no principle: an introduction, or not understood.
    fn text(&mut self, span: Span, may_introduce: bool) {
        if may_introduce && self.drafts.is_empty() {
            self.introduction.get_or_insert(span);
        } else {
            self.not_understood(span, "this text belongs to no principle", HOW_TO_WRITE);
        }
    }

    fn raw_html(&mut self, span: Span) {
        self.not_understood(span, "raw HTML is not read as a principle or its text", "write it as Markdown");
    }

    fn list(&mut self, list: &List, before_rule: bool) {
        self.pasted(list);
        let style = Style::of(list);
        let takes_plain = is_term_list(list) || self.section.is_some();
        self.items(&list.items, style, takes_plain, before_rule, false);
    }

    /// The items of a list of principles. `is_inner`: they stand below an item that is only a stray marker.
    fn items(&mut self, items: &[Item], style: Style, takes_plain: bool, before_rule: bool, is_inner: bool) {
        let mut waiting = None;
        let mut plain_before = false;
        for (index, item) in items.iter().enumerate() {
            let is_last = index + 1 == items.len();
            let (prose, rest) = match item.split() {
                (None, []) => {
                    self.stray(item.span, "an empty list item", "remove the marker");
                    continue;
                }
                (None, [Block::List(list), others @ ..]) => {
                    self.stray(
                        self.marker(item.span),
                        "a list marker with nothing behind it but another list",
                        "remove the marker",
                    );
                    self.items(&list.items, style, takes_plain, false, true);
                    self.leftovers(others);
                    waiting = None;
                    continue;
                }
                (None, others) => {
                    self.leftovers(others);
                    continue;
                }
                (Some(prose), rest) => (prose, rest),
            };
            let bold = term::bold(prose);
            if bold.is_none() && waiting.is_some() && (is_inner || !plain_before) {
                self.tactic(item);
                continue;
            }
            let term = bold.or_else(|| term_of(prose, rest, style).filter(|_| takes_plain));
            if let Some(term) = term {
                plain_before |= term::bold(prose).is_none();
                self.term(term, prose);
                for block in rest {
                    self.fill(block);
                }
                waiting = self.drafts.last().filter(|draft| draft.is_bare()).map(|_| ());
                continue;
            }
            let is_rule_heading = is_last && before_rule && rest.is_empty() && term::is_short(prose);
            let holds_section =
                matches!(rest, [Block::List(inner)] if is_term_list(inner)) && term::is_short(prose);
            if is_rule_heading || holds_section {
                self.section = term::section(prose);
                if is_rule_heading {
                    self.stray(
                        prose.span,
                        "a list item that stands as a heading",
                        "write `## ` in place of the list marker",
                    );
                }
                if let [Block::List(inner)] = rest {
                    self.list(inner, false);
                }
            } else {
                self.not_understood(item.span, "this list item belongs to no principle", HOW_TO_WRITE);
            }
        }
    }

    fn leftovers(&mut self, blocks: &[Block]) {
        for block in blocks {
            match block {
                Block::Html(span) => self.raw_html(*span),
                Block::Rule => {}
                block => self.not_understood(block.span(), "this belongs to no principle", HOW_TO_WRITE),
            }
        }
    }

    fn table(&mut self, table: &Table, column: usize) {
        let columns: Vec<Column> = table.head.iter().map(Column::of).collect();
        let section = self.section.clone();
        for row in &table.rows {
            let Some((term, title)) = row.get(column).and_then(|cell| Some((cell, term::title(cell)?)))
            else {
                let span = row.iter().find(|cell| !cell.is_blank()).map_or(table.span, |cell| cell.span);
                if row.iter().any(|cell| !cell.is_blank()) {
                    self.not_understood(span, "this row has no term", "put a term into its first column");
                }
                continue;
            };
            self.open(title, term::place(term), term);
            for (index, cell) in
                row.iter().enumerate().filter(|(index, cell)| *index > column && !cell.is_blank())
            {
                self.cell(columns.get(index).copied().unwrap_or(Column::Text), cell);
            }
            self.section.clone_from(&section);
        }
    }

    fn cell(&mut self, column: Column, cell: &Prose) {
        let Some(draft) = self.drafts.last_mut() else { return };
        draft.citations.extend(cell.citations.iter().map(|(_, citation)| citation.clone()));
        let parts = |signs: &'static [char]| split(cell, signs);
        match column {
            Column::Text => draft.paragraphs.push(cell.clone()),
            Column::Tactics => {
                draft.tactics.extend(parts(&[';', '\n']).into_iter().map(|tactic| vec![tactic]));
            }
            Column::Aliases => draft.title.aliases.extend(parts(&[';', ',', '\n']).iter().map(Prose::plain)),
            Column::Cues => draft.cues.extend(parts(&[';', ',', '\n']).iter().map(Prose::plain)),
            Column::Sources if has_words(cell) => draft.paragraphs.push(cell.clone()),
            Column::Sources => {}
            Column::Section => draft.section = term::section(cell),
        }
    }

    fn definitions(&mut self, definitions: &[(Prose, Vec<Block>)]) {
        for (term, blocks) in definitions {
            let Some(title) = term::title(term) else {
                self.not_understood(term.span, "this is no term", "name the principle in a few words");
                continue;
            };
            self.open(title, term::place(term), term);
            for block in blocks {
                self.fill(block);
            }
        }
    }

    /// Opens the principle of a term that text may follow.
    fn term(&mut self, term: Term, whole: &Prose) {
        self.open(term.title, term.prose, whole);
        if let Some(draft) = self.drafts.last_mut().filter(|_| !term.rest.is_blank()) {
            draft.paragraphs.push(term.rest);
        }
    }

    fn open(&mut self, title: Title, term: Prose, whole: &Prose) {
        let citations = whole.citations.iter().map(|(_, citation)| citation.clone()).collect();
        let section = self.section.clone();
        self.drafts.push(Draft {
            title,
            section,
            span: self.place(term.span),
            citations,
            term,
            ..Draft::default()
        });
    }

    /// Adds a block to the last principle.
    fn fill(&mut self, block: &Block) {
        match block {
            Block::Prose(prose) => self.paragraph(prose.clone()),
            Block::List(list) => {
                self.pasted(list);
                for item in &list.items {
                    self.tactic(item);
                }
            }
            Block::Quote(blocks, _) => {
                for block in blocks {
                    self.fill(block);
                }
            }
            Block::Code(code, span) => self.paragraph(Prose::verbatim(code.clone(), *span)),
            Block::Table(table) => {
                for row in table.rows.iter().chain(Some(&table.head)) {
                    // The head is shown only where it says something; a table below a principle is rare.
                    for cell in row.iter().filter(|cell| !cell.is_blank()) {
                        self.paragraph(cell.clone());
                    }
                }
            }
            Block::Definitions(definitions) => {
                for (term, blocks) in definitions {
                    self.paragraph(term.clone());
                    for block in blocks {
                        self.fill(block);
                    }
                }
            }
            Block::Heading(heading) => self.paragraph(heading.prose.clone()),
            Block::Html(span) => self.raw_html(*span),
            Block::Rule => {}
        }
    }

    fn paragraph(&mut self, prose: Prose) {
        let prose = without_callout(prose);
        if let Some(draft) =
            self.drafts.last_mut().filter(|_| !prose.is_blank() || !prose.citations.is_empty())
        {
            draft.citations.extend(prose.citations.iter().map(|(_, citation)| citation.clone()));
            if !prose.is_blank() {
                draft.paragraphs.push(prose);
            }
        }
    }

    /// Adds an item and those below it to the tactics of the last principle.
    fn tactic(&mut self, item: &Item) {
        let mut tactic = Vec::new();
        let mut inner = Vec::new();
        for block in &item.blocks {
            match block {
                Block::Prose(prose) => tactic.push(prose.clone()),
                Block::Code(code, span) => tactic.push(Prose::verbatim(code.clone(), *span)),
                Block::Html(span) => self.raw_html(*span),
                Block::Quote(blocks, _) => {
                    let prose = blocks.iter().filter_map(|block| match block {
                        Block::Prose(prose) => Some(without_callout(prose.clone())),
                        _ => None,
                    });
                    tactic.extend(prose);
                }
                block => inner.push(block),
            }
        }
        let is_empty = item.blocks.is_empty();
        if let Some(draft) = self.drafts.last_mut() {
            draft.citations.extend(
                tactic.iter().flat_map(|prose| &prose.citations).map(|(_, citation)| citation.clone()),
            );
            tactic.retain(|prose| !prose.is_blank());
            if !tactic.is_empty() {
                draft.tactics.push(tactic);
            }
        }
        if is_empty {
            self.stray(item.span, "an empty list item", "remove the marker");
        }
        for block in inner {
            match block {
                Block::List(list) => {
                    self.pasted(list);
                    for item in &list.items {
                        self.tactic(item);
                    }
                }
                block => self.fill(block),
            }
        }
    }

    /// Footnotes give their links to the principles that refer to them; the others are named.
    fn footnotes(&mut self, tree: &Tree) {
        let mut used = BTreeSet::new();
        for draft in &mut self.drafts {
            let mut citations = Vec::new();
            for citation in std::mem::take(&mut draft.citations) {
                match citation {
                    Citation::Footnote(label) => {
                        if let Some((blocks, _)) = tree.footnotes.get(&label) {
                            collect_links(blocks, &mut citations);
                        }
                        used.insert(label);
                    }
                    link @ Citation::Link { .. } => citations.push(link),
                }
            }
            draft.citations = citations;
        }
        for (label, (blocks, span)) in &tree.footnotes {
            let mut links = Vec::new();
            collect_links(blocks, &mut links);
            if !used.contains(label) || links.is_empty() {
                self.not_understood(
                    *span,
                    "this footnote gives no source to a principle",
                    "refer to it from a principle, and link what it cites",
                );
            }
        }
    }

    /// Says once that pasted bullets are no list in Markdown; an inner list among them is not told of again.
    fn pasted(&mut self, list: &List) {
        if let (Some(marker), Some(item)) = (&list.pasted, list.items.first()) {
            if std::mem::replace(&mut self.has_pasted, true) && pasted::is_inner(marker) {
                return;
            }
            let marker = if marker == "1" { "the number".to_owned() } else { format!("`{marker}`") };
            let fix = if marker.starts_with('t') {
                "put a blank line before the first number and count from 1".to_owned()
            } else {
                format!("write `- ` in place of {marker}")
            };
            self.stray(
                self.marker(item.span),
                "these lines are no list in Markdown; they were read as one",
                &fix,
            );
        }
    }

    /// The first sign of an item, whose whole range would cover all that stands in it.
    fn marker(&self, span: Span) -> Span {
        let first = self.source.text().get(span.range()).and_then(|text| text.chars().next());
        Span::new(span.start, span.start + first.map_or(0, char::len_utf8))
    }

    /// A place that lies on character borders, whatever was decoded on the way.
    fn place(&self, span: Span) -> Span {
        let text = self.source.text();
        let start = floor_char_boundary(text, span.start);
        Span::new(start, floor_char_boundary(text, span.end).max(start))
    }

    /// Something that was understood, but that the author will want to put right.
    fn stray(&mut self, span: Span, message: &str, help: &str) {
        self.problem(span, message, help, Severity::Info);
    }

    fn not_understood(&mut self, span: Span, message: &str, help: &str) {
        self.problem(span, message, help, Code::NotUnderstood.severity());
    }

    fn problem(&mut self, span: Span, message: &str, help: &str, severity: Severity) {
        if self.problems.len() >= MAX_PROBLEMS {
            self.left += 1;
            return;
        }
        let mut problem =
            Diagnostic::at(Code::NotUnderstood, self.source, self.place(span), message).help(help);
        problem.severity = severity;
        self.problems.push(problem);
    }

    fn finish(mut self) -> (Vec<Draft>, Vec<Diagnostic>) {
        if let Some(span) = self.introduction.filter(|_| self.drafts.is_empty()) {
            self.not_understood(span, "this text belongs to no principle", HOW_TO_WRITE);
        }
        if self.left > 0 {
            let message = format!("{} more parts of the leverage document are not understood", self.left);
            self.problems.push(Diagnostic::of_file(Code::NotUnderstood, &self.source.id, message));
        }
        (self.drafts, self.problems)
    }
}

/// Whether a paragraph names the list below it: all bold, or a few words and a colon.
fn is_pseudo_heading(prose: &Prose) -> bool {
    let is_bold = term::bold(prose).is_some_and(|term| term.rest.is_blank());
    term::is_short(prose) && (is_bold || prose.text.trim_end_matches(is_blank).ends_with(':'))
}

/// The parts of a text between signs, blank ones left out.
fn split(prose: &Prose, signs: &[char]) -> Vec<Prose> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (end, sign) in prose.text.match_indices(signs).chain([(prose.text.len(), "")]) {
        parts.push(prose.slice(start..end));
        start = end + sign.len();
    }
    parts.retain(|part| !part.is_blank());
    parts
}

/// The text without the `[!note]` that makes a quote a callout.
fn without_callout(prose: Prose) -> Prose {
    let end = prose.text.strip_prefix("[!").and_then(|rest| rest.find(']'));
    let Some(end) = end else { return prose };
    let rest = prose.text[end + 3..].trim_start_matches(['+', '-']);
    prose.slice(prose.text.len() - rest.len()..prose.text.len())
}

fn collect_links(blocks: &[Block], links: &mut Vec<Citation>) {
    for block in blocks {
        match block {
            Block::Prose(prose) => {
                let found = prose.citations.iter().map(|(_, citation)| citation);
                links.extend(found.filter(|citation| matches!(citation, Citation::Link { .. })).cloned());
            }
            Block::Quote(blocks, _) => collect_links(blocks, links),
            Block::List(list) => list.items.iter().for_each(|item| collect_links(&item.blocks, links)),
            _ => {}
        }
    }
}
