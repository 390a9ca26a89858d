//! The `leverbook` command.

use std::process::ExitCode;

/// Building a site is many small allocations on all cores.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    leverbook::cli::run(std::env::args_os())
}
