//! The two streams: results to stdout, talk to stderr, and how diagnostics look on either.

use std::io::{IsTerminal, Write};

use serde::Serialize;

use super::args::{Color, Format, Global};
use super::{CliError, Exit};
use crate::diagnostic::{Diagnostic, Severity, draw, drives_terminal, escape_controls};

/// Problems of one kind shown in full before the rest are only counted.
const SHOWN_OF_A_KIND: usize = 5;

/// Where a command prints.
pub(super) struct Terminal {
    format: Format,
    quiet: bool,
    verbose: bool,
    colour: bool,
    live: bool,
    /// Another program has the terminal: what is said now is said to nobody.
    muted: bool,
}

/// How many problems of each weight were found.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) struct Tally {
    pub(super) errors: usize,
    pub(super) warnings: usize,
}

/// A diagnostic as `check --format json` prints it.
#[derive(Serialize)]
struct DiagnosticJson<'a> {
    code: &'a str,
    severity: &'a str,
    file: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    message: &'a str,
    help: Option<&'a str>,
}

impl Terminal {
    /// Decides once how to print.
    pub(super) fn new(global: &Global) -> Self {
        let stderr = std::io::stderr();
        let colour = match global.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                anstream::AutoStream::choice(&stderr) != anstream::ColorChoice::Never && stderr.is_terminal()
            }
        };
        Self {
            format: global.format,
            quiet: global.quiet,
            verbose: global.verbose,
            colour,
            live: stderr.is_terminal(),
            muted: false,
        }
    }

    /// Whether results are to be printed as JSON.
    pub(super) fn json(&self) -> bool {
        self.format == Format::Json
    }

    /// Prints a line of a result for people; control characters are shown, not sent.
    #[expect(clippy::unused_self, reason = "a result goes through the terminal like all else")]
    pub(super) fn line(&mut self, text: &str) -> Result<(), CliError> {
        let mut stdout = std::io::stdout().lock();
        for line in text.split('\n') {
            writeln!(stdout, "{}", escape_controls(line))?;
        }
        Ok(())
    }

    /// Prints bytes of our own making as they are.
    #[expect(clippy::unused_self, reason = "a result goes through the terminal like all else")]
    pub(super) fn raw(&mut self, bytes: &[u8]) -> Result<(), CliError> {
        let mut stdout = std::io::stdout().lock();
        stdout.write_all(bytes)?;
        Ok(stdout.flush()?)
    }

    /// Prints a result as JSON.
    pub(super) fn value(&mut self, value: &impl Serialize) -> Result<(), CliError> {
        let text = serde_json::to_string_pretty(value).map_err(std::io::Error::from)?;
        self.raw(escape_json(&text).as_bytes())?;
        self.raw(b"\n")
    }

    /// Says what is going on, to a person at a terminal only.
    pub(super) fn step(&mut self, verb: &str, text: &str) -> Result<(), CliError> {
        if self.live && !self.quiet { self.say(verb, text) } else { Ok(()) }
    }

    /// Says what was done.
    pub(super) fn done(&mut self, verb: &str, text: &str) -> Result<(), CliError> {
        if self.quiet { Ok(()) } else { self.say(verb, text) }
    }

    /// Says nothing any more while another program has the terminal.
    pub(super) fn mute(&mut self, is_muted: bool) {
        self.muted = is_muted;
    }

    /// Says what may have consequences that nobody wants; also to those who want to hear only of errors.
    pub(super) fn warn(&mut self, text: &str) -> Result<(), CliError> {
        let (on, off) = if self.colour { ("\x1b[1;33m", "\x1b[0m") } else { ("", "") };
        Ok(writeln!(std::io::stderr().lock(), "{on}warning{off}: {}", escape_controls(text))?)
    }

    fn say(&mut self, verb: &str, text: &str) -> Result<(), CliError> {
        if self.muted {
            return Ok(());
        }
        let text = escape_controls(text);
        let (on, off) = if self.colour { ("\x1b[1;32m", "\x1b[0m") } else { ("", "") };
        Ok(writeln!(std::io::stderr().lock(), "{on}{verb:>10}{off}  {text}")?)
    }

    /// Says why a command failed.
    pub(super) fn error(&mut self, error: &CliError) -> Result<(), CliError> {
        self.diagnostics(error.problems())?;
        let (on, off) = if self.colour { ("\x1b[1;31m", "\x1b[0m") } else { ("", "") };
        if self.muted {
            return Ok(());
        }
        let mut message = String::new();
        for line in error.to_string().split('\n') {
            message.push_str(&escape_controls(line));
            message.push('\n');
        }
        Ok(write!(std::io::stderr().lock(), "{on}error{off}: {message}")?)
    }

    /// Draws problems: all errors, warnings unless quiet, the rest only when asked for; many of a kind are folded.
    pub(super) fn diagnostics(&mut self, diagnostics: &[Diagnostic]) -> Result<Tally, CliError> {
        let tally = Tally::of(diagnostics);
        if self.muted {
            return Ok(tally);
        }
        let mut stderr = std::io::stderr().lock();
        let mut kinds: std::collections::BTreeMap<_, usize> = std::collections::BTreeMap::new();
        for diagnostic in diagnostics.iter().filter(|diagnostic| self.shows(diagnostic.severity)) {
            let count = kinds.entry(diagnostic.code).or_default();
            *count += 1;
            if self.verbose || *count <= SHOWN_OF_A_KIND {
                writeln!(stderr, "{}\n", draw(diagnostic, self.colour))?;
            }
        }
        for (code, count) in kinds {
            if !self.verbose && count > SHOWN_OF_A_KIND {
                let (more, code) = (count - SHOWN_OF_A_KIND, code.as_str());
                writeln!(stderr, "and {more} more like {code}: `leverbook check -v --code {code}`\n")?;
            }
        }
        Ok(tally)
    }

    /// The same with what is merely worth knowing.
    pub(super) fn all_diagnostics(&mut self, diagnostics: &[Diagnostic]) -> Result<Tally, CliError> {
        let verbose = std::mem::replace(&mut self.verbose, true);
        let tally = self.diagnostics(diagnostics);
        self.verbose = verbose;
        tally
    }

    /// Prints problems as the contract's JSON.
    pub(super) fn diagnostics_json(&mut self, diagnostics: &[Diagnostic]) -> Result<Tally, CliError> {
        let all: Vec<DiagnosticJson<'_>> = diagnostics.iter().map(DiagnosticJson::from).collect();
        self.value(&all)?;
        Ok(Tally::of(diagnostics))
    }

    fn shows(&self, severity: Severity) -> bool {
        match severity {
            Severity::Error => true,
            Severity::Warning => !self.quiet,
            Severity::Info => self.verbose,
        }
    }
}

impl Tally {
    /// Counts problems.
    pub(super) fn of(diagnostics: &[Diagnostic]) -> Self {
        let count =
            |severity| diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
        Self { errors: count(Severity::Error), warnings: count(Severity::Warning) }
    }

    /// The exit that these problems ask for.
    pub(super) fn exit(self, strict: bool) -> Exit {
        if self.errors > 0 || (strict && self.warnings > 0) { Exit::Findings } else { Exit::Done }
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let warnings = count(self.warnings, "warning");
        write!(formatter, "{}, {warnings}", count(self.errors, "error"))
    }
}

impl<'a> From<&'a Diagnostic> for DiagnosticJson<'a> {
    fn from(diagnostic: &'a Diagnostic) -> Self {
        let first = crate::source::Position { line: 1, column: 1 };
        let (start, end) = diagnostic.positions().unwrap_or((first, first));
        Self {
            code: diagnostic.code.as_str(),
            severity: diagnostic.severity.word(),
            file: diagnostic.file().as_str(),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            message: &diagnostic.message,
            help: diagnostic.help.as_deref(),
        }
    }
}

/// JSON in which control characters that JSON itself allows are escaped too: the reader may be a terminal.
fn escape_json(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if character != '\n' && drives_terminal(character) {
            escaped.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else {
            escaped.push(character);
        }
    }
    escaped
}

/// `1 note`, `2 notes`.
pub(super) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
