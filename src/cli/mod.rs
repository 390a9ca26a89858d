//! The command line: a file per command; printing for people and as JSON; exit codes.
//!
//! In come arguments; out go lines on two streams and an exit code: results to stdout, all else to stderr.
//! Nothing below this module prints or ends the program.

mod args;
mod print;
mod evidence;
mod project;
mod scaffold;
mod interrupt;
mod editor;
mod watch;
mod serve;
mod brief;
mod build;
mod check;
mod completions;
mod eval;
mod explain;
mod init;
mod links;
mod man;
mod new;
mod principles;
mod search;
mod templates;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command, Format};
use print::Terminal;

use crate::site::TemplateError;

/// How a command ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Exit {
    /// All was done.
    Done,
    /// The content has errors, or `--strict` and warnings.
    Findings,
    /// Wrong use, settings, or the environment.
    Failed,
}

/// Why a command could not be carried out; the message is complete.
#[derive(Debug, thiserror::Error)]
enum CliError {
    /// A message for a person.
    #[error("{0}")]
    Message(String),
    /// The settings have problems; they are drawn like those of notes.
    #[error("the settings cannot be used")]
    Settings(Vec<crate::diagnostic::Diagnostic>),
    /// Files of the project that replace built-in ones have problems; drawn in the same way.
    #[error("the templates cannot be used")]
    Templates(Vec<crate::diagnostic::Diagnostic>),
    /// The reader of the output went away: not worth a word.
    #[error("the output was closed")]
    Closed,
}

impl From<std::io::Error> for CliError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Message(format!("cannot print: {error}")),
        }
    }
}

impl From<crate::vault::disk::VaultError> for CliError {
    fn from(error: crate::vault::disk::VaultError) -> Self {
        Self::Message(with_help(with_sources(&error), error.help()))
    }
}

impl From<crate::output::OutputError> for CliError {
    fn from(error: crate::output::OutputError) -> Self {
        if let crate::output::OutputError::Render(cause) = &error
            && let Some(error) =
                cause.downcast_ref::<TemplateError>().filter(|error| !error.problems.is_empty())
        {
            return Self::Templates(error.problems.clone());
        }
        Self::Message(with_help(with_sources(&error), error.help()))
    }
}

impl From<TemplateError> for CliError {
    fn from(error: TemplateError) -> Self {
        if error.problems.is_empty() { Self::Message(error.message) } else { Self::Templates(error.problems) }
    }
}

impl CliError {
    /// The problems that are drawn before the message.
    fn problems(&self) -> &[crate::diagnostic::Diagnostic] {
        match self {
            Self::Settings(problems) | Self::Templates(problems) => problems,
            Self::Message(_) | Self::Closed => &[],
        }
    }
}

fn with_help(message: String, help: Option<&str>) -> String {
    match help {
        Some(help) => format!("{message}\n  help: {help}"),
        None => message,
    }
}

/// An error's message and, after colons, those of what it comes from.
fn with_sources(error: &dyn std::error::Error) -> String {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        message = format!("{message}: {error}");
        source = error.source();
    }
    message
}

/// Runs the command that the arguments name.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args = match Args::try_parse_from(arguments) {
        Ok(args) => args,
        Err(error) => {
            // A closed pipe is no reason to complain about.
            let _ = error.print();
            return ExitCode::from(u8::from(error.use_stderr()) * 2);
        }
    };
    let mut terminal = Terminal::new(&args.global);
    let exit = match dispatch(&args, &mut terminal) {
        Ok(exit) => exit,
        Err(CliError::Closed) => Exit::Done,
        Err(error) => {
            let _ = terminal.error(&error);
            Exit::Failed
        }
    };
    ExitCode::from(match exit {
        Exit::Done => 0,
        Exit::Findings => 1,
        Exit::Failed => 2,
    })
}

fn dispatch(args: &Args, terminal: &mut Terminal) -> Result<Exit, CliError> {
    let global = &args.global;
    if global.format == Format::Markdown && !matches!(args.command, Command::Brief(_)) {
        let message =
            "only `brief` can be printed as Markdown; there are `--format human` and `--format json`";
        return Err(CliError::Message(message.to_owned()));
    }
    match &args.command {
        Command::Init(args) => init::run(global, args, terminal),
        Command::New(args) => new::run(global, args, terminal),
        Command::Build(args) => build::run(global, args, terminal),
        Command::Watch(args) => watch::run(global, args, terminal),
        Command::Serve(args) => serve::run(global, args, terminal),
        Command::Check(args) => check::run(global, args, terminal),
        Command::Principles => principles::run(global, terminal),
        Command::Links(args) => links::run(global, args, terminal),
        Command::Search(args) => search::run(global, args, terminal),
        Command::Explain(args) => explain::run(global, args, terminal),
        Command::Brief(args) => brief::run(global, args, terminal),
        Command::Templates(args) => templates::run(global, args, terminal),
        Command::Eval(args) => eval::run(global, args, terminal),
        Command::Completions(args) => completions::run(args, terminal),
        Command::Man(args) => man::run(args, terminal),
    }
}
