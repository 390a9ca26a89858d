//! `leverbook completions`

use clap::CommandFactory;

use super::args::{Args, Completions};
use super::print::Terminal;
use super::{CliError, Exit};

pub(super) fn run(args: &Completions, terminal: &mut Terminal) -> Result<Exit, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "leverbook", &mut script);
    terminal.raw(&script)?;
    Ok(Exit::Done)
}
