//! The `leverbook` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    leverbook::cli::run(std::env::args_os())
}
