//! Runs the pages in `tests/spec`.
//!
//! A page tells in prose what is so, and shows it in fenced blocks:
//!
//! - the first words of a block are `LANG PATH`: its content is written to that file of a fresh project;
//! - `html PATH.md`: the HTML of that note's body, with notes in `content/` as they stand now;
//! - `console`: each line `$ leverbook ARGS` is run in the project's folder, and what follows is what it prints, first to
//!   stdout, then to stderr, and `[exit 1]` if it does not end with 0. `$ cat FILE` prints a file. `[..]` in a line
//!   stands for any text.
//!
//! `LEVERBOOK_BLESS=1 cargo test --test it spec` writes what came out into the pages.
#![allow(clippy::disallowed_methods, reason = "projects are staged, and pages are read and blessed")]
#![allow(clippy::print_stdout, reason = "each page is listed as a check of its own")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use leverbook::markdown::{
    Document, Embed, Fragments, Reference, ReferenceKind, Resolver, Target, parse, render, slug,
};
use leverbook::playbook::paths::{Paths, Resolution};
use leverbook::source::{Source, SourceId};

#[test]
fn pages_of_the_spec_hold() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/spec");
    let bless = std::env::var_os("LEVERBOOK_BLESS").is_some();
    let mut report = String::new();
    let mut failed = 0;
    let pages = pages(&folder);
    assert!(!pages.is_empty(), "there are no pages in tests/spec");
    for path in &pages {
        let name = path.strip_prefix(&folder).unwrap_or(path).display().to_string();
        let page = Page::read(path);
        let differences = page.check();
        println!("spec {name} ... {}", if differences.is_empty() { "ok" } else { "FAILED" });
        if differences.is_empty() {
            continue;
        }
        if bless {
            page.bless(path, &differences);
            continue;
        }
        failed += 1;
        for difference in differences {
            let _ = write!(
                report,
                "\ntests/spec/{name}:{}: {}\n{}",
                difference.line,
                difference.what,
                difference.lines()
            );
        }
    }
    assert!(
        failed == 0,
        "\n{report}\n{failed} of {} pages do not hold. LEVERBOOK_BLESS=1 writes what came out into them.",
        pages.len()
    );
}

// ---- Pages

struct Page {
    lines: Vec<String>,
    blocks: Vec<Block>,
}

/// A fenced block.
struct Block {
    language: String,
    path: String,
    /// Indices of the first line of its content and of the closing fence.
    start: usize,
    end: usize,
}

/// A block whose content is not what came out.
struct Difference {
    /// Of the block's opening fence, from 1.
    line: usize,
    what: String,
    block_index: usize,
    expected: Vec<String>,
    actual: Vec<String>,
}

impl Page {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).expect("the page was just listed");
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let mut blocks = Vec::new();
        let mut open: Option<(usize, Block)> = None;
        for (index, line) in lines.iter().enumerate() {
            let ticks = line.bytes().take_while(|byte| *byte == b'`').count();
            match &mut open {
                None if ticks >= 3 => {
                    let mut words = line[ticks..].trim().splitn(2, ' ');
                    let language = words.next().unwrap_or_default().to_owned();
                    let path = words.next().unwrap_or_default().to_owned();
                    open = Some((ticks, Block { language, path, start: index + 1, end: index + 1 }));
                }
                Some((opening, block)) if ticks >= *opening && line[ticks..].trim().is_empty() => {
                    block.end = index;
                    blocks.extend(open.take().map(|(_, block)| block));
                }
                _ => {}
            }
        }
        assert!(open.is_none(), "{}: a block is never closed", path.display());
        Self { lines, blocks }
    }

    fn check(&self) -> Vec<Difference> {
        let project = tempfile::tempdir().expect("a temporary folder can be made");
        let mut differences = Vec::new();
        for (block_index, block) in self.blocks.iter().enumerate() {
            let content = &self.lines[block.start..block.end];
            let actual = match (block.language.as_str(), block.path.as_str()) {
                ("console", _) => console(project.path(), content),
                ("html", path) if is_note(path) => lines(&note_html(project.path(), path)),
                (_, "") => continue,
                (_, path) => {
                    write_file(project.path(), path, content);
                    continue;
                }
            };
            if !matches(content, &actual) {
                let what = format!("the `{}` block is not what came out", block.language);
                let expected = content.to_vec();
                differences.push(Difference { line: block.start, what, block_index, expected, actual });
            }
        }
        differences
    }

    fn bless(&self, path: &Path, differences: &[Difference]) {
        let mut lines = self.lines.clone();
        for difference in differences.iter().rev() {
            let block = &self.blocks[difference.block_index];
            lines.splice(block.start..block.end, difference.actual.iter().cloned());
        }
        fs::write(path, lines.join("\n") + "\n").expect("the page can be written");
    }
}

impl Difference {
    /// Lines that are missing with `-`, lines that came out with `+`, those that agree with a blank.
    fn lines(&self) -> String {
        let (expected, actual) = (&self.expected, &self.actual);
        let same = |(a, b): (&String, &String)| line_matches(a, b);
        let before = expected.iter().zip(actual).take_while(|pair| same(*pair)).count();
        let left = expected.len().min(actual.len()) - before;
        let after =
            expected.iter().rev().zip(actual.iter().rev()).take(left).take_while(|pair| same(*pair)).count();
        let mut text = String::new();
        let mut show = |sign: char, lines: &[String]| {
            for line in lines {
                let _ = writeln!(text, "  {sign} {line}");
            }
        };
        show(' ', &expected[..before]);
        show('-', &expected[before..expected.len() - after]);
        show('+', &actual[before..actual.len() - after]);
        show(' ', &expected[expected.len() - after..]);
        text
    }
}

fn pages(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(pages(&path));
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn write_file(project: &Path, path: &str, lines: &[String]) {
    let path = project.join(path);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).expect("a folder of the project can be made");
    }
    fs::write(path, lines.join("\n") + "\n").expect("a file of the project can be written");
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(|line| line.trim_end().to_owned()).collect()
}

fn matches(expected: &[String], actual: &[String]) -> bool {
    expected.len() == actual.len() && expected.iter().zip(actual).all(|(a, b)| line_matches(a, b))
}

/// Whether a line is as expected, where `[..]` stands for anything.
fn line_matches(expected: &str, actual: &str) -> bool {
    let mut parts = expected.trim_end().split("[..]");
    let Some(mut rest) = parts.next().and_then(|first| actual.strip_prefix(first)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(index) = rest.find(part) else { return false };
        rest = &rest[index + part.len()..];
    }
    rest.ends_with(last)
}

// ---- Commands

/// Runs the commands of a block and gives the block as it should be.
fn console(project: &Path, block: &[String]) -> Vec<String> {
    let mut actual = Vec::new();
    for line in block {
        let Some(command) = line.strip_prefix("$ ") else { continue };
        actual.push(line.clone());
        let words = words(command);
        match words.split_first() {
            Some((program, arguments)) if program == "leverbook" => actual.extend(run(project, arguments)),
            Some((program, arguments)) if program == "cat" => {
                for path in arguments {
                    let text = fs::read_to_string(project.join(path));
                    actual.extend(text.map_or_else(
                        |error| vec![format!("cat: {path}: {}", error.kind())],
                        |text| lines(&text),
                    ));
                }
            }
            _ => actual.push(format!("a spec can run only `leverbook` and `cat`, not `{command}`")),
        }
    }
    actual
}

fn run(project: &Path, arguments: &[String]) -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_leverbook"))
        .args(arguments)
        .current_dir(project)
        .env_clear()
        .env("HOME", project)
        .env("NO_COLOR", "1")
        .env("SOURCE_DATE_EPOCH", crate::project::TODAY)
        .output()
        .expect("the program that was just built can be started");
    let project = fs::canonicalize(project).unwrap_or_else(|_| project.to_owned()).display().to_string();
    let text = |bytes: &[u8]| lines(&String::from_utf8_lossy(bytes).replace(&project, "[DIR]"));
    let mut actual = text(&output.stdout);
    actual.extend(text(&output.stderr));
    match output.status.code() {
        Some(0) => {}
        Some(code) => actual.push(format!("[exit {code}]")),
        None => actual.push("[killed]".to_owned()),
    }
    actual
}

/// Splits a command as a shell does, as far as quotes go.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    for character in command.chars() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (None, '"' | '\'') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, ' ') => words.extend(word.take()),
            _ => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    words
}

// ---- Notes

/// All notes of a project, and where names lead in them.
struct Notes {
    documents: Vec<(String, Document)>,
    fragments: Vec<Fragments>,
    paths: Paths,
}

/// What a note that is being rendered sees.
struct View<'a> {
    notes: &'a Notes,
    index: usize,
    depth: usize,
}

/// The HTML of a note's body. Notes lead to `notes/SLUG.html`, other files to `files/PATH`, tags to `tags/SLUG.html`.
fn note_html(project: &Path, path: &str) -> String {
    let notes = Notes::read(project);
    match notes.documents.iter().position(|(name, _)| format!("content/{name}") == path) {
        Some(index) => render(&notes.documents[index].1, None, &[], &View { notes: &notes, index, depth: 0 }),
        None => format!("no note is at `{path}`"),
    }
}

impl Notes {
    fn read(project: &Path) -> Self {
        let mut files = BTreeMap::new();
        collect(&project.join("content"), "", &mut files);
        let (notes, others): (Vec<_>, Vec<_>) = files.into_iter().partition(|(name, _)| is_note(name));
        let parse_note = |(name, bytes): (String, Vec<u8>)| {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let source = Arc::new(Source::new(SourceId::new(format!("content/{name}")), text));
            (name, parse(&source))
        };
        let documents: Vec<(String, Document)> = notes.into_iter().map(parse_note).collect();
        let fragments = documents.iter().map(|(_, document)| Fragments::new(document)).collect();
        let names = documents.iter().map(|(name, _)| name.as_str());
        let paths = Paths::new(names, others.iter().map(|(name, _)| name.as_str()));
        Self { documents, fragments, paths }
    }
}

fn is_note(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "md")
}

fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{name}/"), files);
        } else {
            files.insert(name, fs::read(entry.path()).unwrap_or_default());
        }
    }
}

impl View<'_> {
    fn resolve(&self, reference: &Reference) -> Resolution {
        let from = &self.notes.documents[self.index].0;
        match reference.kind {
            _ if reference.target.is_empty() => {
                Resolution::Note(self.index, leverbook::playbook::paths::Certainty::Sure)
            }
            ReferenceKind::Wikilink | ReferenceKind::Embed => {
                self.notes.paths.resolve(from, &reference.target)
            }
            ReferenceKind::Link | ReferenceKind::Image => {
                self.notes.paths.resolve_link(from, &reference.target)
            }
        }
    }

    fn page(&self, index: usize) -> String {
        let name = &self.notes.documents[index].0;
        format!("{}.html", slug(name.trim_end_matches(".md")))
    }

    fn href(&self, index: usize, fragment: &str) -> String {
        let page = if index == self.index { String::new() } else { self.page(index) };
        let anchor = self.notes.fragments[index].find(fragment).map(|part| format!("#{}", part.anchor));
        match anchor {
            Some(anchor) => page + &anchor,
            None => self.page(index),
        }
    }
}

impl Resolver for View<'_> {
    fn link(&self, reference: &Reference) -> Target {
        match self.resolve(reference) {
            Resolution::Note(index, _) => Target::Href(self.href(index, &reference.fragment)),
            Resolution::Attachment(path, _) => Target::Href(format!("../files/{path}")),
            Resolution::Nowhere => Target::Nowhere,
        }
    }

    fn embed(&self, reference: &Reference) -> Embed {
        match self.resolve(reference) {
            Resolution::Nowhere => Embed::Nowhere,
            Resolution::Attachment(path, _) => {
                let href = format!("../files/{path}");
                match path.rsplit('.').next().unwrap_or_default() {
                    "png" | "jpg" | "svg" | "webp" => Embed::Image(href),
                    "mp3" | "ogg" => Embed::Audio(href),
                    "mp4" | "webm" => Embed::Video(href),
                    _ => Embed::File { href, text: path },
                }
            }
            Resolution::Note(_, _) if self.depth > 2 => Embed::Nowhere,
            Resolution::Note(index, _) => {
                let part = self.notes.fragments[index].find(&reference.fragment).map(|part| part.span);
                let view = View { notes: self.notes, index, depth: self.depth + 1 };
                let (name, document) = &self.notes.documents[index];
                let html = render(document, part, &[], &view);
                let title = name.trim_end_matches(".md").to_owned();
                Embed::Html { html, href: self.href(index, &reference.fragment), title }
            }
        }
    }

    fn tag(&self, name: &str) -> Option<String> {
        Some(format!("../tags/{}.html", slug(name)))
    }
}
