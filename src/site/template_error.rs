//! What is wrong with a template of a project: the engine's report as a diagnostic, with the place in the file as it was written,
//! and with what there is instead.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::catalogue;
use super::templates::{self, TEMPLATES};
use super::words::Words;
use crate::diagnostic::{Code, Diagnostic, Place, nearest};
use crate::source::{Source, SourceId, Span};

/// How many names a message tells; of more the nearest is told and how many there are.
const MAX_NAMES: usize = 40;

/// What a template may call.
pub(super) const FILTERS: &[&str] = &[
    "abs",
    "capitalize",
    "capitalized",
    "default",
    "escape",
    "escape_html",
    "escape_xml",
    "first",
    "float",
    "get",
    "group_by",
    "indent",
    "int",
    "join",
    "keys",
    "last",
    "length",
    "lower",
    "newlines_to_br",
    "nth",
    "pairs",
    "pluralize",
    "replace",
    "reverse",
    "round",
    "safe",
    "say",
    "sort",
    "split",
    "str",
    "title",
    "trim",
    "trim_end",
    "trim_start",
    "truncate",
    "unique",
    "upper",
    "values",
    "wordcount",
];
const TESTS: &[&str] = &[
    "array",
    "bool",
    "bytes",
    "containing",
    "defined",
    "divisible_by",
    "ending_with",
    "even",
    "float",
    "integer",
    "iterable",
    "map",
    "none",
    "null",
    "number",
    "odd",
    "starting_with",
    "string",
    "undefined",
];
const FUNCTIONS: &[&str] = &["range", "super", "throw"];

/// Why a page cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct TemplateError {
    /// What is wrong, with file and place if they are known.
    pub message: String,
    /// The same, each with its place, if files of the project are to blame.
    pub problems: Vec<Diagnostic>,
}

/// What a project's templates are made of, as far as their errors have to know it.
pub(super) struct Origins {
    /// The project's templates folder.
    pub(super) folder: String,
    /// The texts of its own templates, as written.
    pub(super) own: BTreeMap<String, Arc<str>>,
}

/// A complaint of the template engine.
struct Report {
    message: String,
    file: String,
    line: usize,
    /// From 0, in characters, with the words of the interface in place.
    column: usize,
    width: usize,
    notes: Vec<String>,
}

impl TemplateError {
    /// An error of which no file of the project is guilty.
    pub fn plain(message: impl Into<String>) -> Self {
        Self { message: message.into(), problems: Vec::new() }
    }

    /// An error in a file whose path below the templates folder is known.
    pub(super) fn at(name: &str, text: &str, at: usize, problem: &str, help: Option<String>) -> Self {
        let source = Arc::new(Source::new(SourceId::new(name), text));
        let position = source.position(at);
        let hint = help.as_ref().map_or_else(String::new, |help| format!("; {help}"));
        let message = format!("{name}:{}:{}: {problem}{hint}", position.line, position.column);
        let length = text.get(at..).map_or(0, |rest| {
            rest.find(|letter: char| !(letter.is_alphanumeric() || "_.-".contains(letter)))
                .unwrap_or(rest.len())
        });
        let problem = Diagnostic::at(Code::Template, &source, Span::new(at, at + length), problem);
        Self { message, problems: vec![Diagnostic { help, ..problem }] }
    }

    /// An error of a whole file.
    pub(super) fn of_file(name: &str, problem: &str) -> Self {
        let message = format!("`{name}` {problem}");
        let diagnostic = Diagnostic::of_file(Code::Template, &SourceId::new(name), message.clone());
        Self { message, problems: vec![diagnostic] }
    }

    /// The same with paths from the project's root.
    pub(super) fn below(mut self, folder: &str) -> Self {
        for problem in &mut self.problems {
            let id = SourceId::new(format!("{folder}/{}", problem.file()));
            problem.place = match &problem.place {
                Place::Text(source, span) => Place::Text(Arc::new(Source::new(id, source.text())), *span),
                Place::File(_) => Place::File(id),
            };
        }
        self
    }

    /// What the engine reports.
    pub(super) fn of(error: &tera::Error, origins: &Origins, words: &Words) -> Self {
        let text = said(error);
        let mut problems: Vec<Diagnostic> = match error.kind() {
            tera::ErrorKind::MissingParent { current, parent } => {
                vec![origins.missing(current, parent)]
            }
            _ => reports(&text).iter().map(|report| origins.problem(report, words)).collect(),
        };
        if problems.is_empty()
            && let Some(name) = origins.own.keys().find(|name| text.contains(name.as_str()))
        {
            let id = SourceId::new(format!("{}/{name}", origins.folder));
            problems.push(Diagnostic::of_file(Code::Template, &id, lower_first(&text)));
        }
        Self { message: text.strip_prefix("error: ").unwrap_or(&text).to_owned(), problems }
    }
}

/// Files of a project that replace nothing and that nothing speaks of: their names are probably wrong.
pub fn strays(folder: &str, overrides: &BTreeMap<String, Arc<[u8]>>) -> Vec<Diagnostic> {
    let known: BTreeSet<&str> = catalogue::catalogue().iter().map(|part| part.name).collect();
    let texts: Vec<(&str, &str)> = overrides
        .iter()
        .filter_map(|(name, bytes)| Some((name.as_str(), std::str::from_utf8(bytes).ok()?)))
        .collect();
    let is_spoken_of = |name: &str| {
        let file = name.rsplit('/').next().unwrap_or(name);
        texts.iter().any(|(other, text)| *other != name && text.contains(file))
    };
    let is_stray = |name: &str, text: &str| {
        let is_page = templates::has_extension(name, "html") || templates::has_extension(name, "xml");
        let is_asset = name.starts_with("assets/")
            && (templates::has_extension(name, "css") || templates::has_extension(name, "js"));
        let is_word_file = templates::has_extension(name, "toml") && !name.starts_with("words/");
        // Components are known everywhere, whatever their file is called.
        (is_page && !text.contains("{% component") && !text.contains("{%- component"))
            || is_asset
            || is_word_file
    };
    let stray = texts
        .iter()
        .filter(|(name, text)| !known.contains(name) && is_stray(name, text) && !is_spoken_of(name));
    stray
        .map(|(name, _)| {
            let id = SourceId::new(format!("{folder}/{name}"));
            let message = format!("`{name}` replaces nothing, and no other template speaks of it");
            let help = match catalogue::nearest_file(name, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`? `leverbook templates list` prints all names"),
                None => "`leverbook templates list` prints what can be replaced".to_owned(),
            };
            Diagnostic::of_file(Code::Override, &id, message).help(help)
        })
        .collect()
}

impl Origins {
    /// The text of a template as it was written, and where that stands.
    fn source(&self, name: &str) -> Arc<Source> {
        let built_in = || TEMPLATES.iter().find(|(other, _)| *other == name).map_or("", |(_, text)| *text);
        match self.own.get(name) {
            Some(text) => {
                Arc::new(Source::new(SourceId::new(format!("{}/{name}", self.folder)), Arc::clone(text)))
            }
            None => Arc::new(Source::new(SourceId::new(format!("{name} (built in)")), built_in())),
        }
    }

    fn problem(&self, report: &Report, words: &Words) -> Diagnostic {
        let source = self.source(&report.file);
        let span = place(&source, report, &words.insert(&report.file, source.text()).unwrap_or_default());
        let (message, help) = self.explain(report, &source, span);
        let mut help: Vec<String> = help.into_iter().collect();
        help.extend(report.notes.iter().cloned());
        if !self.own.contains_key(&report.file) {
            // The built-in templates agree with each other.
            let own: Vec<&str> = self.own.keys().map(String::as_str).collect();
            help.push(format!("this project replaces what it is made of: see {}", own.join(", ")));
        }
        let problem = Diagnostic::at(Code::Template, &source, span, message);
        if help.is_empty() { problem } else { problem.help(help.join("\n")) }
    }

    /// A template that extends one that is not there.
    fn missing(&self, current: &str, parent: &str) -> Diagnostic {
        let source = self.source(current);
        let at = source.text().find(parent).unwrap_or(0);
        let names = self.templates();
        let message = format!("there is no template `{parent}` to extend");
        let problem = Diagnostic::at(Code::Template, &source, Span::new(at, at + parent.len()), message);
        problem.help(instead_of_file(parent, &names))
    }

    fn templates(&self) -> BTreeSet<String> {
        TEMPLATES.iter().map(|(name, _)| (*name).to_owned()).chain(self.own.keys().cloned()).collect()
    }

    /// The names that follow an opening in any template but one.
    fn named(&self, opening: &str, but: &str) -> BTreeSet<String> {
        let built_in = TEMPLATES.iter().filter(|(name, _)| !self.own.contains_key(*name)).copied();
        let own = self.own.iter().map(|(name, text)| (name.as_str(), text.as_ref()));
        let mut names = BTreeSet::new();
        for (_, text) in built_in.chain(own).filter(|(name, _)| *name != but) {
            for (at, _) in text.match_indices(opening) {
                let rest = &text[at + opening.len()..];
                let end = rest.find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'));
                names.insert(rest[..end.unwrap_or(rest.len())].to_owned());
            }
        }
        names
    }

    /// The engine's message in the house's words, and what to do.
    fn explain(&self, report: &Report, source: &Source, span: Span) -> (String, Option<String>) {
        let message = report.message.as_str();
        let quoted = |opening: &str| {
            let rest = message.strip_prefix(opening)?;
            rest.split_once('`').map(|(name, after)| (name.to_owned(), after.to_owned()))
        };
        let unknown = |what: &str, name: &str, names: BTreeSet<String>| {
            let help = instead(name, names.iter().map(String::as_str));
            (format!("there is no {what} `{name}`"), Some(help))
        };
        let fixed = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        if let Some((name, _)) = quoted("Unknown filter `") {
            return unknown("filter", &name, fixed(FILTERS));
        }
        if let Some((name, _)) = quoted("Unknown test `") {
            return unknown("test", &name, fixed(TESTS));
        }
        if let Some((name, _)) = quoted("Unknown function `") {
            return unknown("function", &name, fixed(FUNCTIONS));
        }
        if let Some((name, _)) = quoted("Unknown component `") {
            return unknown("component", &name, self.named("{% component ", ""));
        }
        if let Some((name, _)) = quoted("Unknown template `") {
            let help = instead_of_file(&name, &self.templates());
            return (format!("there is no template `{name}`"), Some(help));
        }
        if let Some((name, _)) = quoted("Block `") {
            return unknown("block", &name, self.named("{% block ", &report.file));
        }
        for (opening, what) in [("Variable `", "variable"), ("Field `", "field")] {
            let Some((name, after)) = quoted(opening) else { continue };
            let names = after.split_once(": ").map_or("", |(_, names)| names);
            let names: BTreeSet<String> =
                names.split(", ").filter(|name| !name.is_empty()).map(str::to_owned).collect();
            if after.starts_with(" is not defined") {
                return unknown(what, &name, names);
            }
        }
        let before = source.text().get(..span.start).unwrap_or_default();
        let open =
            open_tag(before).map(|(tag, line)| format!("`{{% {tag} %}}` in line {line} is still open"));
        match source.text().get(span.range()) {
            Some(tag) if message == "Unknown tag" && tag.starts_with("end") => {
                (format!("`{tag}` closes nothing here"), open)
            }
            _ => (lower_first(message), open.filter(|_| message.contains("end of input"))),
        }
    }
}

/// The innermost tag that a beginning of a template leaves open, and its line.
fn open_tag(text: &str) -> Option<(&str, usize)> {
    let mut open = Vec::new();
    for (at, _) in text.match_indices("{%") {
        let rest = text[at + 2..].trim_start_matches('-').trim_start();
        let end = rest.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(rest.len());
        let inside = rest.split("%}").next().unwrap_or_default();
        match &rest[..end] {
            tag @ ("if" | "for" | "block" | "component" | "filter" | "raw") => open.push((tag, at)),
            "set" if !inside.contains('=') => open.push(("set", at)),
            tag if tag.starts_with("end") => drop(open.pop()),
            _ => {}
        }
    }
    open.pop().map(|(tag, at)| (tag, text[..at].matches('\n').count() + 1))
}

/// What there is instead of a template; the folder is not what people get wrong.
fn instead_of_file(name: &str, names: &BTreeSet<String>) -> String {
    match catalogue::nearest_file(name, names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`leverbook templates list` prints those that there are".to_owned(),
    }
}

/// What there is instead of a name.
fn instead<'a>(name: &str, names: impl Iterator<Item = &'a str> + Clone) -> String {
    let near = nearest(name, names.clone()).map(|near| format!("did you mean `{near}`? "));
    let all: Vec<&str> = names.collect();
    let told = match all.len() {
        0 => "there is none".to_owned(),
        count if count <= MAX_NAMES => format!("there are {}", all.join(", ")),
        count => format!("there are {} and {} more", all[..MAX_NAMES].join(", "), count - MAX_NAMES),
    };
    format!("{}{told}", near.unwrap_or_default())
}

/// The place of a report in the text as written: the words of the interface were put in after that.
fn place(source: &Source, report: &Report, worded: &str) -> Span {
    let text = source.text();
    let written = source.line_span(report.line.clamp(1, text.matches('\n').count() + 1));
    let line_start: usize = worded.split_inclusive('\n').take(report.line - 1).map(str::len).sum();
    let letters = |count: usize| {
        let rest = &worded[line_start.min(worded.len())..];
        rest.char_indices().nth(count).map_or(worded.len(), |(at, _)| line_start + at)
    };
    let (start, end) = (letters(report.column), letters(report.column + report.width));
    let token = worded[start..end].trim_end();
    if token.is_empty() || token.contains('\n') {
        return Span::new(written.start, written.end);
    }
    let before = worded[..start].matches(token).count();
    let is_same = worded.matches(token).count() == text.matches(token).count();
    match text.match_indices(token).nth(before).filter(|_| is_same) {
        Some((at, _)) => Span::new(at, at + token.len()),
        None => Span::new(written.start, written.end),
    }
}

/// The engine's report; causes follow their effects.
fn said(error: &tera::Error) -> String {
    let mut message = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        message.push_str("\n  caused by: ");
        message.push_str(&cause.to_string());
        source = cause.source();
    }
    message
}

/// The complaints in the engine's text: a headline, an arrow with the place, the line, and carets below it.
fn reports(text: &str) -> Vec<Report> {
    let mut reports: Vec<Report> = Vec::new();
    let mut is_note = false;
    for line in text.lines() {
        if let Some(message) = line.strip_prefix("error: ") {
            let message = message.to_owned();
            is_note = false;
            reports.push(Report {
                message,
                file: String::new(),
                line: 1,
                column: 0,
                width: 1,
                notes: Vec::new(),
            });
            continue;
        }
        let Some(report) = reports.last_mut() else { continue };
        if let Some(note) = line.strip_prefix("note: ") {
            is_note = true;
            report.notes.push(note.to_owned());
        } else if let Some(place) = line.trim_start().strip_prefix("--> ").filter(|_| report.file.is_empty())
        {
            let mut parts = place.rsplitn(3, ':');
            let number =
                |part: Option<&str>| part.and_then(|part| part.parse::<usize>().ok()).unwrap_or(1).max(1);
            report.column = number(parts.next()) - 1;
            report.line = number(parts.next());
            parts.next().unwrap_or_default().clone_into(&mut report.file);
        } else if !is_note && line.trim_start().starts_with("| ") && line.trim_end().ends_with('^') {
            report.width = line.matches('^').count();
        }
    }
    reports.retain(|report| !report.file.is_empty());
    reports
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
